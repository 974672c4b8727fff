"""Printing a slip: the POST renders and keeps, the GET of the kept file changes nothing; a failed PDF leaves the slip as it was."""

from __future__ import annotations

import logging
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View

from core import once
from core.refusals import Forbidden, Refusal
from people.models import User
from tickets.models import Event
from workorders import prints
from workorders.custody import ORDINAL
from workorders.models import Holder, Slip
from workorders.queries import slips

log = logging.getLogger(__name__)


class PrintSlip(View):
    """The prints of a slip, and one more of them (§9: each is an event, the second carries 补打 第2次)."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        return self.show(self.slip(number))

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        slip, key = self.slip(number), once.key_of(request)
        if key and (kept := self.repeated(key)):
            return redirect("print_file", kept)
        try:
            with once.offered(key):
                kept = prints.print_slip(slip, by=self.by, link=self.link).pk
        except Refusal as refusal:
            return self.show(slip, refusal.sentence, status=409)
        except Exception:
            # Whatever the renderer trips over: the slip stands and may be printed again.
            log.exception("slip.print_failed", extra={"slip": slip.pk})
            return self.show(slip, _("PDF 没有生成。单据已开、仍然有效，稍后再打印。"), status=503)
        return redirect("print_file", kept)

    @property
    def by(self) -> User:
        return cast(User, self.request.user)

    def slip(self, number: str) -> Slip:
        slip: Slip = get_object_or_404(slips(self.by), number=number)
        if not self.by.may(*prints.PRINTERS, within=slip.community_id):
            raise Forbidden("print_slip", prints.PRINTERS)
        return slip

    def repeated(self, key: once.Key) -> int | None:
        """The print that the first press of this button made."""
        event = Event.objects.filter(once=key.value).first()
        if event is None:
            return None
        if event.body != key.body:
            raise Refusal(_("这张表单已用别的内容提交过。刷新后重新填写。"))
        return cast(int, event.facts["print"])

    def link(self, digits: str) -> str:
        """The short link of a copy's QR code."""
        return self.request.build_absolute_uri(reverse("copy_scan", args=[digits]))

    def show(self, slip: Slip, sentence: str = "", *, status: int = 200) -> HttpResponse:
        kept: Any = prints.printed(slip).select_related("by")
        lost = [
            {"number": copy.number, "words": ORDINAL[copy.number]} for copy in slip.copies.filter(holder=Holder.LOST)
        ]
        context = {"slip": slip, "prints": kept, "sentence": sentence, "lost": lost}
        return render(self.request, "workorders/print_page.html", context, status=status)
