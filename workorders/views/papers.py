"""Printing a paper: the POST renders and keeps, the kept file is fetched by a GET that changes nothing; a failed PDF spoils nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View

from core import once
from core.refusals import Forbidden, Refusal
from papers.models import Kind, Print
from people.models import User
from people.roles import Permission
from tickets.models import Event
from workorders import letter_prints, prints
from workorders.correspondence import notices, referrals
from workorders.letters import letter_writer, referral_writer
from workorders.models import Copy, Notice, Referral
from workorders.prints import printer
from workorders.queries import NAME, slips

log = logging.getLogger(__name__)


class PrintPaper(View):
    """The prints of one paper, and one more of them (§9: each is an event, the second carries 补打 第2次)."""

    http_method_names = ["get", "post"]
    kind: ClassVar[Kind]
    template: ClassVar[str]
    permission: ClassVar[Permission]

    def paper(self, **kwargs: Any) -> Any:
        """The record of the URL, if this person may see it."""
        raise NotImplementedError

    def print(self, paper: Any) -> Print:
        raise NotImplementedError

    def prints(self, paper: Any) -> Iterable[Print]:
        """The kept ones, the first one first."""
        raise NotImplementedError

    def owner(self, paper: Any) -> Any:
        """The record whose page one comes from and whose community the permission asks."""
        return paper

    @property
    def by(self) -> User:
        return cast(User, self.request.user)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.show(self.allowed(**kwargs))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        paper, key = self.allowed(**kwargs), once.key_of(request)
        if key and (kept := self.repeated(key)):
            return redirect("print_file", kept)
        try:
            with once.offered(key):
                return redirect("print_file", self.print(paper).pk)
        except Refusal as refusal:
            return self.show(paper, refusal.sentence, status=409)
        except Exception:
            # Whatever the renderer trips over: the paper stands and may be printed again.
            log.exception("paper.print_failed", extra={"paper": str(paper)})
            return self.show(paper, _("PDF 没有生成。单据已开、仍然有效，稍后再打印。"), status=503)

    def allowed(self, **kwargs: Any) -> Any:
        paper = self.paper(**kwargs)
        if not self.permission(self.owner(paper), self.by):
            raise Forbidden(f"print_{self.kind.name.lower()}", self.permission.admits)
        return paper

    def repeated(self, key: once.Key) -> int | None:
        """The print that the first press of this button made."""
        event = Event.objects.filter(once=key.value).first()
        if event is None:
            return None
        if event.body != key.body:
            raise Refusal(_("这张表单已用别的内容提交过。刷新后重新填写。"))
        return cast(int, event.facts["print"])

    def show(self, paper: Any, sentence: str = "", *, status: int = 200) -> HttpResponse:
        context = {
            "paper": paper, "prints": self.prints(paper), "sentence": sentence, "action_url": self.request.path,
            "back_url": self.owner(paper).get_absolute_url(), **self.context(paper),
        }  # fmt: skip
        return render(self.request, self.template, context, status=status)

    def context(self, paper: Any) -> dict[str, Any]:
        return {}


class PrintNotice(PrintPaper):
    """A.8: what goes to the builder as a letter, or follows a telephone call the same day."""

    kind = Kind.NOTICE
    template = "workorders/print_notice_page.html"
    permission = letter_writer

    def paper(self, **kwargs: Any) -> Notice:
        found: Notice = get_object_or_404(notices(self.by), number=kwargs["number"])
        return found

    def print(self, paper: Notice) -> Print:
        return letter_prints.print_notice(paper, by=self.by)

    def prints(self, paper: Notice) -> Iterable[Print]:
        return letter_prints.printed(paper, self.kind).select_related("by")


class PrintReferral(PrintPaper):
    """A.9."""

    kind = Kind.REFERRAL
    template = "workorders/print_referral_page.html"
    permission = referral_writer

    def paper(self, **kwargs: Any) -> Referral:
        found: Referral = get_object_or_404(referrals(self.by), number=kwargs["number"])
        return found

    def owner(self, paper: Referral) -> Any:
        return paper.ticket

    def print(self, paper: Referral) -> Print:
        return letter_prints.print_referral(paper, by=self.by)

    def prints(self, paper: Referral) -> Iterable[Print]:
        return letter_prints.printed(paper, self.kind).select_related("by")


class PrintCopy(PrintPaper):
    """G8: the certified reprint of one lost copy."""

    kind = Kind.DISPATCH
    template = "workorders/print_copy_page.html"
    permission = printer

    def paper(self, **kwargs: Any) -> Copy:
        slip = get_object_or_404(slips(self.by), number=kwargs["number"])
        found: Copy = get_object_or_404(Copy.objects.select_related("lost_by"), slip=slip, number=kwargs["copy"])
        found.slip = slip
        return found

    def owner(self, paper: Copy) -> Any:
        return paper.slip.ticket

    def print(self, paper: Copy) -> Print:
        return prints.print_copy(paper, by=self.by, link=self.link)

    def link(self, digits: str) -> str:
        """The short link of a copy's QR code."""
        return self.request.build_absolute_uri(reverse("copy_scan", args=[digits]))

    def prints(self, paper: Copy) -> Iterable[Print]:
        return cast(Iterable[Print], prints.copies_printed(paper).select_related("by"))

    def context(self, paper: Copy) -> dict[str, Any]:
        return {"slip": paper.slip, "loss": prints.loss_of(paper), "name": NAME[paper.number]}
