"""交接班: the sheet that fills itself, both signatures, its history and its print (screens 5.12, domain E.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core import clock, once
from core.clock import midnight_after, start_of
from core.money import ZERO
from core.refusals import Forbidden, Refusal
from desk import actions, forms, handing, shift_prints
from desk.lifecycle import ShiftState, handover_by
from desk.models import Kept, Shift
from desk.roles import only_for, person
from papers.models import Kind as PaperKind
from papers.models import Print
from people import throttle
from people.models import User
from people.roles import DESK, DU, ES, FD, MG, SS, may
from places.models import Community
from places.queries import printed_number
from tickets.models import Event
from tickets.steps import StepForm, StepView, label_of
from workorders.views.papers import PrintPaper

READERS = (FD, DU, SS, ES, MG)
PRINTERS = (FD, DU, SS)
PAGE = 30


def estates(user: User) -> list[Community]:
    """Where this person reads shift sheets."""
    places = user.communities_as(*READERS)
    rows = Community.objects.visible_to(user)
    return list(rows if places is None else rows.filter(pk__in=places))


def chosen(request: HttpRequest, found: list[Community]) -> Community | None:
    wanted = request.GET.get("community", "") or request.POST.get("community", "")
    return next((row for row in found if str(row.pk) == wanted), found[0] if found else None)


@require_GET
@only_for(*READERS)
def shift(request: HttpRequest) -> HttpResponse:
    """The draft, the sheet that waits for the incoming, keys and tools, and earlier sheets, of a day if one is asked for."""
    user = person(request)
    found = estates(user)
    here = chosen(request, found)
    rows = Shift.objects.filter(community=here).select_related("outgoing", "incoming", "opened_by", "community")
    day = day_said(request.GET.get("day", ""))
    past = rows.exclude(state=ShiftState.DRAFT)
    if day:
        past = past.filter(handed_at__gte=start_of(day), handed_at__lt=midnight_after(day))
    last = rows.exclude(state=ShiftState.DRAFT).order_by("-handed_at", "-pk").first()
    context: dict[str, Any] = {
        "estates": found if len(found) > 1 else [],
        "here": here,
        "draft": rows.filter(state=ShiftState.DRAFT).first(),
        "waiting": last if last and last.state == ShiftState.HANDED else None,
        "may": bool(here and user.may(FD, within=here.pk)),
        "keeps": bool(here and user.may(*DESK, within=here.pk)),
        "kept": Kept.objects.filter(community=here, back_at=None).select_related("by"),
        "page": Paginator(past.order_by("-handed_at", "-pk"), PAGE).get_page(request.GET.get("page", "1")[:9]),
        "day": day,
    }
    return render(request, "desk/shift_page.html", context)


def day_said(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        return None


@require_POST
@only_for(FD)
def open_shift(request: HttpRequest) -> HttpResponse:
    """Begin the draft, or go on with the one there is."""
    user, key = person(request), once.key_of(request)
    here = chosen(request, [row for row in estates(user) if user.may(FD, within=row.pk)])
    if here is None:
        raise Forbidden("open_shift", handover_by.admits)
    if key and Event.objects.filter(once=key.value).exists():
        key = None
    with once.offered(key):
        return redirect(actions.open_shift(here, by=user))


def seen(user: User, pk: int) -> Shift:
    """The sheet, if this person may read it; else 404."""
    rows = Shift.objects.visible_to(user).select_related("community", "outgoing", "incoming", "opened_by")
    found: Shift = get_object_or_404(rows, pk=pk)
    if not user.may(*READERS, within=found.community_id):
        raise Http404
    return found


def told(row: Shift, user: User, now: dt.datetime) -> dict[str, Any]:
    """What the sheet says: as frozen, or of this moment while it is a draft."""
    facts = row.snapshot or handing.contents(row.community, user, now)
    at = row.handed_at or now
    return {
        "shift": row,
        "facts": facts,
        "sections": handing.shown(facts, row.notes, at),
        "cash": handing.money_shown(facts),
        "numbers": handing.numbers_shown(facts),
        "open": handing.open_shown(facts),
        "expected": handing.expected_out(facts, row.paid_in),
        "number": printed_number(row.number),
    }


@require_GET
@only_for(*READERS)
def shift_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft with its form, a handed sheet with the incoming's signature, a taken one to read."""
    user, now = person(request), clock.now()
    row = seen(user, pk)
    signs = handover_by(row, user)
    context = told(row, user, now)
    if signs and row.state == ShiftState.DRAFT:
        context["form"] = forms.NotesForm(record=row, by=user, initial={"remark": row.remark, "paid_in": row.paid_in})
    context["takes"] = signs and row.state == ShiftState.HANDED and row.outgoing_id != user.pk
    context["prints"] = bool(row.number) and user.may(*PRINTERS, within=row.community_id)
    context["own"] = signs and row.state == ShiftState.HANDED and row.outgoing_id == user.pk
    return render(request, "desk/shift_sheet_page.html", context)


class ShiftStep(StepView):
    """A step of a sheet: /shift/<pk>/<step>/."""

    body = "desk/_shift_sign_fields.html"

    def get_record(self, **kwargs: Any) -> Shift:
        return seen(self.by, kwargs["pk"])

    def title_of_step(self) -> str:
        return label_of(Shift, self.step)

    def form(self, record: Shift, *data: Any) -> StepForm:
        form = super().form(record, *data)
        form.address = throttle.address_of(self.request)  # type: ignore[attr-defined]
        return form

    def context(self, record: Shift, form: Any) -> dict[str, Any]:
        return told(record, self.by, clock.now())


class SaveDraft(ShiftStep):
    """Any time; with then=sign the signing follows."""

    step = "save_draft"
    form_class = forms.NotesForm
    template = "desk/shift_sheet_page.html"
    fragment = "desk/shift_sheet_page.html"

    def act(self, record: Shift, facts: dict[str, Any]) -> None:
        actions.save_draft(record, by=self.by, **facts)

    def context(self, record: Shift, form: Any) -> dict[str, Any]:
        """A refused form keeps what was typed in its lines."""
        if form.is_bound and "notes" in form.cleaned_data:
            record.notes = form.cleaned_data["notes"]
        return told(record, self.by, clock.now())

    def success_url(self, record: Shift) -> str:
        if self.request.POST.get("then") == "sign":
            return reverse("shift_hand", args=[record.pk])
        return record.get_absolute_url()

    def confirmation(self, record: Shift, result: Any) -> str:
        return _("草稿已保存")


class Hand(ShiftStep):
    """The outgoing counts and signs."""

    step = "hand"
    form_class = forms.HandForm

    def act(self, record: Shift, facts: dict[str, Any]) -> None:
        snapshot = record.snapshot or handing.contents(record.community, self.by, clock.now())
        actions.hand(record, by=self.by, snapshot=snapshot, **facts)

    def confirmation(self, record: Shift, result: Any) -> str:
        return _("已交班，%(number)s") % {"number": printed_number(record.number)}


class Take(ShiftStep):
    """The incoming counts and signs; never the outgoing."""

    step = "take"
    form_class = forms.TakeForm

    def act(self, record: Shift, facts: dict[str, Any]) -> None:
        since = record.handed_at or clock.now()
        expected = (record.counted_out or ZERO) + handing.cash_since(record.community, since)
        actions.take(record, by=self.by, expected=expected, **facts)

    def confirmation(self, record: Shift, result: Any) -> str:
        return _("已接班，%(number)s") % {"number": printed_number(record.number)}


class PrintShift(PrintPaper):
    """A4, once it is handed over: a draft still fills itself."""

    kind = PaperKind.SHIFT
    template = "desk/print_shift_page.html"
    permission = may(*PRINTERS)

    def paper(self, **kwargs: Any) -> Shift:
        return seen(self.by, kwargs["pk"])

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        paper = self.allowed(**kwargs)
        return self.show(paper) if paper.number else self.show(paper, _("交班签字后再打印。"), status=409)

    def print(self, paper: Shift) -> Print:
        if not paper.number:
            raise Refusal(_("交班签字后再打印。"))
        return shift_prints.print_shift(paper, by=self.by)

    def prints(self, paper: Shift) -> Iterable[Print]:
        return shift_prints.printed(paper).select_related("by")


urlpatterns = [
    path("shift/", shift, name="shift"),
    path("shift/open/", open_shift, name="open_shift"),
    path("shift/<int:pk>/", shift_sheet, name="shift_sheet"),
    path("shift/<int:pk>/print/", PrintShift.as_view(), name="print_shift"),
    *[
        path(f"shift/<int:pk>/{view.step}/", view.as_view(), name=f"shift_{view.step}")
        for view in (SaveDraft, Hand, Take)
    ],
]
