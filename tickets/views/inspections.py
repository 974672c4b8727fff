"""Registered inspections: their list, the page of one, the steps that follow, the printed list, a spreadsheet of defects."""

from __future__ import annotations

import logging
from typing import Any, cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_GET, require_http_methods

from core import clock, once
from core.refusals import Forbidden, Refusal
from people.models import User
from people.roles import DU, ES, FD, FI, MG, SS, TE
from places.queries import printed_number
from tickets import inspections, prints
from tickets.forms.inspections import BatchNotifyForm, ReinspectForm, SurveyAsSeenForm
from tickets.handover import INSPECTORS
from tickets.inspections.listing import PAGE, Wanted, counted, found, head, lines_of, told, totals
from tickets.models import Event, Inspection
from tickets.steps import StepView, label_of

log = logging.getLogger(__name__)
READERS = (FD, DU, SS, TE, ES, MG, FI)


def reader(request: HttpRequest) -> User:
    """Who is signed in, if he may read of inspections."""
    by = cast(User, request.user)
    if not by.may(*READERS):
        raise Forbidden("inspections", READERS)
    return by


def inspection_of(by: User, number: str) -> Inspection:
    """The inspection of the address, in a community this person works in; else 404."""
    found: Inspection = get_object_or_404(Inspection.objects.visible_to(by).for_page(), number=number)
    if not by.may(*READERS, within=found.community_id):
        raise Forbidden("inspections", READERS)
    found.unit.entrance.building.community = found.community
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def inspection_list(request: HttpRequest) -> HttpResponse:
    """A page of fifty, those with work left first; the filters stand in the address, the form posts them."""
    by = reader(request)
    if request.method == "POST":
        return redirect(Wanted.read(request.POST).address())
    wanted = Wanted.read(request.GET)
    rows = found(Inspection.objects.visible_to(by).for_page(), wanted)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page", "1")[:9])
    context = {
        "wanted": wanted, "page": page, "rows": counted(list(page.object_list)), "totals": totals(by, wanted),
        "pager": pager(wanted, page), "may_inspect": by.may(*INSPECTORS),
    }  # fmt: skip
    return render(request, "tickets/inspections_page.html", context)


def pager(wanted: Wanted, page: Any) -> list[dict[str, Any]]:
    """Real links to the pages around the present one."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [
        {"label": str(n), "url": wanted.address(page=n) if isinstance(n, int) else "", "current": n == page.number}
        for n in numbers
    ]


@require_GET
def inspection(request: HttpRequest, number: str) -> HttpResponse:
    """The page of one, or its lines alone (?part=lines) when the pulse says that something changed."""
    by = reader(request)
    record = inspection_of(by, number)
    lines = lines_of(record, by)
    context = {
        "record": record, "lines": lines, **head(record, lines, by), "events": told(record, Inspection),
        "ids": ",".join(str(line["id"]) for line in lines),
    }  # fmt: skip
    part = request.GET.get("part") == "lines"
    return render(request, "tickets/_inspection_lines.html" if part else "tickets/inspection_page.html", context)


class InspectionStep(StepView):
    """A step of a registered inspection: /inspections/<number>/<step>/."""

    def get_record(self, **kwargs: Any) -> Inspection:
        return inspection_of(reader(self.request), kwargs["number"])

    def title_of_step(self) -> str:
        return label_of(Inspection, self.step)

    def repeated(self, key: once.Key, record: Inspection) -> HttpResponse | None:
        """Its events hang on no ticket: the second press leads back to the inspection."""
        event = Event.objects.filter(once=key.value).first()
        return (
            self.leave_to(record.get_absolute_url(), None)
            if event and event.body == key.body
            else super().repeated(key, record)
        )


class BatchNotify(InspectionStep):
    step = "batch_notify"
    form_class = BatchNotifyForm

    def act(self, record: Inspection, facts: dict[str, Any]) -> int:
        return inspections.batch_notify(record, by=self.by, **facts)

    def confirmation(self, record: Inspection, result: int) -> str:
        return _("已通知工程 %(n)s 项") % {"n": result}


class LineStep(InspectionStep):
    """A step that asks about every line: its form is a table."""

    body = "tickets/_inspection_rows.html"
    template = "tickets/inspection_step_page.html"


class SurveyAsSeen(LineStep):
    step = "survey_as_seen"
    form_class = SurveyAsSeenForm

    def act(self, record: Inspection, facts: dict[str, Any]) -> int:
        return inspections.survey_as_seen(record, by=self.by, **facts)

    def confirmation(self, record: Inspection, result: int) -> str:
        return _("已核实 %(n)s 项") % {"n": result}


class Reinspect(LineStep):
    step = "reinspect"
    form_class = ReinspectForm

    def act(self, record: Inspection, facts: dict[str, Any]) -> int:
        return inspections.reinspect(record, by=self.by, **facts)

    def confirmation(self, record: Inspection, result: int) -> str:
        return _("已登记复验 %(n)s 项") % {"n": result}


class PrintInspection(View):
    """The prints of a list, and one more of them: the POST renders and keeps, a GET changes nothing."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        return self.show(self.allowed(number))

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        record, key = self.allowed(number), once.key_of(request)
        before = Event.objects.filter(once=key.value, stream=record.stream).first() if key else None
        if before:
            return redirect("print_file", before.facts["print"])
        try:
            with once.offered(key):
                return redirect("print_file", prints.print_inspection(record, by=cast(User, request.user)).pk)
        except Refusal as refusal:
            return self.show(record, refusal.sentence, status=409)
        except Exception:
            log.exception("paper.print_failed", extra={"paper": record.number})
            return self.show(record, _("PDF 没有生成。验房已登记、仍然有效，稍后再打印。"), status=503)

    def allowed(self, number: str) -> Inspection:
        by = reader(self.request)
        record = inspection_of(by, number)
        if not by.may(*prints.PRINTERS, within=record.community_id):
            raise Forbidden("print_inspection", prints.PRINTERS)
        return record

    def show(self, record: Inspection, sentence: str = "", *, status: int = 200) -> HttpResponse:
        context = {
            "record": record, "prints": prints.printed(record).select_related("by"), "sentence": sentence, "n": record.lines.count(),
            "printed_number": printed_number(str(record.number)), "now": clock.now(),
        }  # fmt: skip
        return render(self.request, "tickets/print_inspection_page.html", context, status=status)
