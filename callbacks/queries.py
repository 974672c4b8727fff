"""Whom to call today, what was answered, and what is being put right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, F, Min, OuterRef, Prefetch, Q, QuerySet, Subquery

from callbacks.answers import OPEN_CORRECTION, UNDERWAY
from callbacks.lifecycle import CallbackState, CorrectionState
from callbacks.models import Attempt, Callback, Complaint, ComplaintQuerySet, Correction
from core import clock
from core.clock import local, start_of
from people.models import User
from tickets.models import Deadline, Inspection, Ticket
from tickets.states import State
from workorders.models import Slip
from workorders.states import SlipState

BETWEEN_TRIES = dt.timedelta(hours=2)
CALLED = (State.COMPLETED, State.CALLED_BACK, State.CLOSED)
FAR = dt.datetime.max.replace(tzinfo=dt.UTC)
RELATED = ("community", "unit", "area", "component", "technician")


@dataclass
class Call:
    """A repair whose customer is to be called: by when, how often it was tried, what was done, and when he was reached before."""

    ticket: Ticket
    due: dt.datetime | None
    tries: list[Attempt] = field(default_factory=list)
    slip: Slip | None = None
    reached_before: dt.datetime | None = None
    again: bool = False

    def rests(self, now: dt.datetime) -> bool:
        """Tried less than two hours ago: another try now would not count (G7)."""
        return bool(self.tries) and now - self.tries[-1].at < BETWEEN_TRIES


def calls_due(user: User, *, only: Q | None = None) -> list[Call]:
    """Everybody still to be called, or `only` these, the earliest promise first. Four queries, however many there are."""
    due = Deadline.objects.open().filter(ticket=OuterRef("pk"), kind=Deadline.Kind.CALLBACK).order_by()
    own = Q(ticket=OuterRef("pk"), rework=None) | Q(rework=OuterRef("pk"))
    redone = Q(ticket=OuterRef("pk"), rework__isnull=False, state__in=OPEN_CORRECTION)  # called with what redoes it
    waiting = Correction.objects.filter((own & Q(state__in=UNDERWAY)) | redone)
    corrected = Correction.objects.filter(own, state=CorrectionState.CORRECTED)
    rows = (
        Ticket.objects.visible_to(user)
        .filter(~Exists(waiting), only or Q(), state__in=CALLED, callers_left__gt=0)
        .select_related(*RELATED)
        .annotate(
            due=Subquery(due.values("ticket").annotate(first=Min("due_at")).values("first")), again=Exists(corrected)
        )
        .defer("search_text")
    )
    tickets = sorted(rows, key=lambda ticket: (ticket.due or FAR, ticket.pk))
    tried, slips, reached = tries_of(tickets), slips_of(tickets), reached_before(tickets)
    return [
        Call(
            ticket=ticket, due=ticket.due, tries=tried.get(ticket.pk, []), slip=slips.get(ticket.pk),
            reached_before=reached.get(ticket.unit_id or 0), again=ticket.again,
        )
        for ticket in tickets
    ]  # fmt: skip


def next_call(user: User, *, after: Ticket) -> Ticket | None:
    """Whom to call after this one: the next single one in the list that was not tried just now."""
    now = clock.now()
    singles, _sittings = by_sitting(calls_due(user))
    rest = [call for call in singles if call.ticket.pk != after.pk and not call.rests(now)]
    return rest[0].ticket if rest else None


@dataclass
class Sitting:
    """A handover inspection whose owner is to be called, once for all these lines; the earliest promise first."""

    inspection: Inspection
    calls: list[Call]

    @property
    def due(self) -> dt.datetime | None:
        return self.calls[0].due

    def rests(self, now: dt.datetime) -> bool:
        """Every line was tried less than two hours ago."""
        return all(call.rests(now) for call in self.calls)


def by_sitting(calls: list[Call]) -> tuple[list[Call], list[Sitting]]:
    """The single calls, and those of handover inspections gathered by inspection, each in the order of the promises. One query."""
    singles = [call for call in calls if not call.ticket.inspection_id]
    gathered: dict[int, list[Call]] = {}
    for call in calls:
        if call.ticket.inspection_id:
            gathered.setdefault(call.ticket.inspection_id, []).append(call)
    sheets = Inspection.objects.for_page().in_bulk(list(gathered)) if gathered else {}
    return singles, [Sitting(sheets[pk], found) for pk, found in gathered.items()]


def calls_of(inspection: Inspection, user: User) -> list[Call]:
    """The lines of one inspection whose owner is to be called, in the order of the sheet."""
    return sorted(calls_due(user, only=Q(inspection=inspection)), key=lambda call: call.ticket.pk)


def tries_of(tickets: Iterable[Ticket]) -> dict[int, list[Attempt]]:
    """Unanswered calls of the round that is on, oldest first."""
    found: dict[int, list[Attempt]] = {}
    rows = Attempt.objects.filter(callback__ticket__in=list(tickets), callback__state=CallbackState.DUE)
    for row in rows.select_related("callback", "by").order_by("at"):
        found.setdefault(row.callback.ticket_id, []).append(row)
    return found


def slips_of(tickets: Iterable[Ticket]) -> dict[int, Slip]:
    """The last slip of each repair: what was done, by whom, when."""
    rows = Slip.objects.filter(ticket__in=list(tickets)).exclude(state=SlipState.VOIDED)
    found = rows.select_related("technician", "finished_by").order_by()
    return {slip.ticket_id: slip for slip in sorted(found, key=lambda slip: slip.pk)}


def reached_before(tickets: Iterable[Ticket]) -> dict[int, dt.datetime]:
    """When each dwelling last answered a call."""
    units = {ticket.unit_id for ticket in tickets if ticket.unit_id}
    rows = Callback.objects.filter(ticket__unit__in=units, answered_at__isnull=False).order_by("answered_at")
    return dict(rows.values_list("ticket__unit", "answered_at"))


@dataclass
class Line:
    """A line of the callback register: one attempt, answered or not (A.5)."""

    callback: Callback
    at: dt.datetime
    n: int
    way: str
    by: User | None
    answered: bool
    correction: Correction | None = None


def register(user: User, month: dt.date) -> list[Line]:
    """The register of a local month, newest first; `month` is its first day. Five queries."""
    starts = start_of(month)
    ends = start_of((month + dt.timedelta(days=32)).replace(day=1))
    attempts = Attempt.objects.select_related("by").order_by("at")
    tried = Attempt.objects.filter(at__gte=starts, at__lt=ends).values("callback")
    slips = Slip.objects.exclude(state=SlipState.VOIDED).select_related("technician").order_by("pk")
    rows = (
        Callback.objects.visible_to(user)
        .filter(Q(answered_at__gte=starts, answered_at__lt=ends) | Q(pk__in=tried))
        .select_related("caller", "answered_to", *(f"ticket__{name}" for name in RELATED))
        .prefetch_related(
            Prefetch("attempts", attempts), "corrections", Prefetch("ticket__slips", slips, to_attr="standing_slips")
        )
    )
    lines = [line for row in rows for line in lines_of(row)]
    return sorted((line for line in lines if starts <= line.at < ends), key=lambda line: line.at, reverse=True)


def lines_of(row: Callback) -> list[Line]:
    """The attempts of one caller and round, the answer last."""
    tries = list(row.attempts.all())
    lines = [Line(row, each.at, n, each.get_way_display(), each.by, False) for n, each in enumerate(tries, 1)]
    if row.answered_at:
        raised = next(iter(row.corrections.all()), None)
        lines.append(Line(row, row.answered_at, len(tries) + 1, row.get_way_display(), row.answered_to, True, raised))
    return lines


def corrections(user: User, *, done_since: dt.datetime) -> QuerySet[Correction]:
    """Corrections under way, and those that ended since; the earliest due first. Three queries."""
    slips = Slip.objects.filter(rework=True).exclude(state=SlipState.VOIDED).order_by("pk")
    over = Q(state__in=[CorrectionState.VERIFIED, CorrectionState.WITHDRAWN])
    rows: QuerySet[Correction] = (
        Correction.objects.visible_to(user)
        .filter(~over | Q(since__gte=done_since))
        .select_related(
            "assignee", "corrected_by", "verified_by", "raised_by", "callback", "ticket__technician", "first_team", "first_technician",
            *(f"ticket__{name}" for name in RELATED), *(f"rework__{name}" for name in RELATED),
        )
        .prefetch_related(
            Prefetch("ticket__slips", slips, to_attr="rework_slips"), Prefetch("rework__slips", slips, to_attr="rework_slips")
        )
        .order_by("due_at", "pk")
    )  # fmt: skip
    return rows


def complaints(user: User) -> ComplaintQuerySet:
    """Complaints a person may see, each with `due`: the promise that runs; open ones first, the earliest due of them at the top."""
    due = Deadline.objects.open().filter(ref=OuterRef("number")).order_by("due_at").values("due_at")
    rows = Complaint.objects.visible_to(user).for_list()
    found: ComplaintQuerySet = rows.annotate(due=Subquery(due[:1])).order_by(
        F("due").asc(nulls_last=True), "-recorded_at", "-pk"
    )
    return found


def month_said(text: str) -> dt.date:
    """2026-11 as its first day; the present month for anything else."""
    try:
        return dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        return local(clock.now()).date().replace(day=1)


def facts_of(ticket: Ticket, slip: Slip | None) -> dict[str, Any]:
    """What the caller is asked about: what was done, by whom and when, and what he was really charged and paid."""
    return {
        "work": slip.work if slip else "",
        "who": slip.technician if slip else ticket.technician,
        "when": slip.finished_at if slip else ticket.completed_at,
        "price": ticket.charged_total,
        "paid": ticket.paid_total,
        "quoted": ticket.accepted_total,
        "open": ticket.balance,
    }
