"""Printing agreements and receipts: the POST renders and keeps, the kept file is fetched by a GET that changes nothing."""

from __future__ import annotations

import logging
from typing import Any, ClassVar, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views import View

from billing import prints
from billing.lifecycle import issue_paper
from billing.models import Agreement, Receipt
from core import once
from core.refusals import Forbidden, Refusal
from papers.models import Kind, Print
from people.models import User
from people.roles import SS
from tickets.models import Event, Ticket

log = logging.getLogger(__name__)


class PrintPaper(View):
    """The prints of one paper, and one more of them (§9: each is an event, the second carries 补打 第2次)."""

    http_method_names = ["get", "post"]
    kind: ClassVar[Kind]
    template: ClassVar[str]

    def paper(self, **kwargs: Any) -> Any:
        """The record of the URL, if this person may see it."""
        raise NotImplementedError

    def ticket(self, paper: Any) -> Ticket:
        raise NotImplementedError

    def print(self, paper: Any) -> Print:
        raise NotImplementedError

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
        if not issue_paper(self.ticket(paper), self.by):
            raise Forbidden(f"print_{self.kind.name.lower()}", issue_paper.admits)
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
        kept = prints.printed(paper, self.kind).select_related("by")
        context = {
            "paper": paper,
            "ticket": self.ticket(paper),
            "prints": kept,
            "sentence": sentence,
            "action_url": self.request.path,
            "may_reverse": self.by.may(SS, within=paper.community_id),
        }
        return render(self.request, self.template, context, status=status)


class PrintAgreement(PrintPaper):
    """Two for the two parties."""

    kind = Kind.AGREEMENT
    template = "billing/print_agreement_page.html"

    def paper(self, **kwargs: Any) -> Agreement:
        rows = Agreement.objects.select_related("ticket__unit", "ticket__community", "community", "issued_by")
        places = self.by.communities
        found: Agreement = get_object_or_404(
            rows if places is None else rows.filter(community__in=places), pk=kwargs["pk"]
        )
        return found

    def ticket(self, paper: Agreement) -> Ticket:
        return paper.ticket

    def print(self, paper: Agreement) -> Print:
        return prints.print_agreement(paper, by=self.by)


class PrintReceipt(PrintPaper):
    """Its three copies on one sheet."""

    kind = Kind.RECEIPT
    template = "billing/print_receipt_page.html"

    def paper(self, **kwargs: Any) -> Receipt:
        rows = Receipt.objects.visible_to(self.by).select_related(
            "payment__ticket__unit", "payment__ticket__community", "community", "issued_by", "payment__received_by"
        )
        found: Receipt = get_object_or_404(rows, number=kwargs["number"])
        return found

    def ticket(self, paper: Receipt) -> Ticket:
        return paper.payment.ticket

    def print(self, paper: Receipt) -> Print:
        return prints.print_receipt(paper, by=self.by)
