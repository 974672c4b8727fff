"""The clocks: a deadline starts, is met or cancelled, and rings once when missed (SOP 5.4; kinds in lives.md §1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Case, DateTimeField, F, Max, Value, When

from core import clock
from core.clock import local, midnight_after
from core.money import AGREEMENT_FROM
from tickets.evidence import write, write_all
from tickets.models import Deadline, DeadlineQuerySet, Pulse, Ticket
from tickets.states import State, Urgency

Kind, Because = Deadline.Kind, Deadline.Because
MINUTES = dt.timedelta(minutes=1)
HOURS = dt.timedelta(hours=1)
TOGETHER = 100  # missed deadlines in one transaction


def start(ticket: Ticket | None, kind: str, *, at: dt.datetime, due: dt.datetime, ref: str = "") -> Deadline:
    """A promise begins; one still open of the same kind and ref is superseded, so there is never more than one.

    ticket: None for a complaint on no repair, which its ref names.
    """
    cancel(ticket, kind, at=at, because=Because.SUPERSEDED, ref=ref)
    return Deadline.objects.create(ticket=ticket, kind=kind, ref=ref, started_at=min(at, due), due_at=due)


def stop(ticket: Ticket | None, kind: str, *, at: dt.datetime, ref: str | None = "") -> int:
    """The promise is met at that moment; ref=None meets every open row of the kind."""
    rows = _open(ticket, kind, ref)
    met = 0
    for row in rows:
        met += Deadline.objects.open().filter(pk=row.pk).update(met_at=max(at, row.started_at))
        if row.escalated_at and at <= row.due_at:
            facts = {"kind": kind, "deadline": row.pk, "ref": row.ref}
            write(ticket, "deadline_kept_after_all", by=None, at=at, facts=facts, stream="" if ticket else row.ref)
    return met


def cancel(ticket: Ticket | None, kind: str, *, at: dt.datetime, because: str, ref: str | None = "") -> int:
    """The promise ends unkept, for a reason the figures need."""
    return int(_open(ticket, kind, ref).update(cancelled_at=at, cancelled_because=because))


def cancel_all(ticket: Ticket, *, at: dt.datetime, keep: tuple[str, ...] = ()) -> int:
    """The ticket has ended: nothing more is promised on it; what was promised to a complainant still is."""
    rows = ticket.deadlines.open().of_repairs().exclude(kind__in=keep)
    return rows.update(cancelled_at=at, cancelled_because=Because.TICKET_ENDED)


def is_open(ticket: Ticket, kind: str, ref: str = "") -> bool:
    return bool(_open(ticket, kind, ref).exists())


def _open(ticket: Ticket | None, kind: str, ref: str | None) -> DeadlineQuerySet:
    rows = Deadline.objects.open().filter(ticket=ticket, kind=kind)
    return rows if ref is None else rows.filter(ref=ref)


def notify_due(ticket: Ticket) -> dt.datetime:
    """5.4.1: report + 5 minutes."""
    return ticket.reported_at + ticket.community.notify_minutes * MINUTES


def arrive_due(ticket: Ticket, since: dt.datetime | None = None) -> dt.datetime:
    """5.4.1, 5.4.2-2: the end of the agreed window; where it is needed at once, report (or raising) + 30 minutes."""
    if ticket.urgency == Urgency.ROUTINE and ticket.window_to:
        return ticket.window_to
    return (since or ticket.reported_at) + ticket.community.arrive_minutes * MINUTES


def night_due(ticket: Ticket, since: dt.datetime | None = None) -> dt.datetime:
    """5.4.2-1: before night: the later of 24:00 of that day and four hours on."""
    begun = since or ticket.reported_at
    return max(midnight_after(local(begun).date()), begun + ticket.community.urgent_floor_hours * HOURS)


def begin(*tickets: Ticket) -> None:
    """The clocks that start with a registration, counted from the report (SOP readings). A new ticket has none to supersede."""
    Deadline.objects.bulk_create(row for ticket in tickets for row in first_clocks(ticket))


def first_clocks(ticket: Ticket) -> Iterator[Deadline]:
    """Notify, arrive, finish. A routine defect of an inspection is seen already: nobody is promised to come for a look (5.3.3)."""
    dues = {Kind.NOTIFY: notify_due(ticket), Kind.ARRIVE: arrive_due(ticket)}
    if is_seen_already(ticket):
        del dues[Kind.ARRIVE]
    if ticket.urgency == Urgency.URGENT:
        dues[Kind.FINISH] = night_due(ticket)
    for kind, due in dues.items():
        yield Deadline(ticket=ticket, kind=kind, started_at=min(ticket.reported_at, due), due_at=due)


def is_seen_already(ticket: Ticket) -> bool:
    """A routine line of a handover inspection with no visit agreed."""
    return bool(ticket.inspection_id and ticket.urgency == Urgency.ROUTINE and ticket.window_to is None)


RESTING = {
    State.ON_SITE: 60 * MINUTES,
    State.SURVEYED: 12 * HOURS,
    State.QUOTED: 48 * HOURS,
    State.ACCEPTED: 12 * HOURS,
    State.PREPAID: 12 * HOURS,
    State.COMPLETED: 12 * HOURS,
    State.CALLED_BACK: 7 * 24 * HOURS,
}


def resting_time(ticket: Ticket) -> dt.timedelta | None:
    """How long the ticket may rest in its state before somebody must move it; None where a promise runs already."""
    if ticket.state == State.SURVEYED and ticket.urgency != Urgency.ROUTINE:
        return 30 * MINUTES
    if ticket.state == State.ACCEPTED and ticket.accepted_total >= AGREEMENT_FROM:
        return 72 * HOURS
    if ticket.state == State.COMPLETED and ticket.has_caller:
        return None
    if ticket.state == State.NOTIFIED and is_seen_already(ticket):
        return 24 * HOURS
    return RESTING.get(State(ticket.state))


def rest(ticket: Ticket, *, at: dt.datetime) -> None:
    """Leaving a state meets its `step` clock; entering one that runs no promise opens the next (5.1.2)."""
    stop(ticket, Kind.STEP, at=at)
    span = resting_time(ticket)
    if span is not None:
        start(ticket, Kind.STEP, at=at, due=at + span)


def stop_all(tickets: Sequence[Ticket], kind: str, *, at: dt.datetime) -> int:
    """The same promise of many tickets is met at that moment, whatever its ref. One query."""
    met = Case(When(started_at__gt=at, then=F("started_at")), default=Value(at, output_field=DateTimeField()))
    return Deadline.objects.open().filter(ticket__in=tickets, kind=kind).update(met_at=met)


def rest_all(tickets: Sequence[Ticket], *, at: dt.datetime) -> None:
    """As `rest`, for many tickets at once."""
    stop_all(tickets, Kind.STEP, at=at)
    spans = ((ticket, span) for ticket in tickets if (span := resting_time(ticket)) is not None)
    Deadline.objects.bulk_create(
        Deadline(ticket=ticket, kind=Kind.STEP, started_at=at, due_at=at + span) for ticket, span in spans
    )


def escalate_missed(at: dt.datetime | None = None, *, limit: int = 2000, pulse: str = "sweep") -> int:
    """Ring every missed deadline exactly once, however many sweepers run: an event dated at the deadline. Returns how many.

    pulse: under whose name the round is noted; a page that helps out leaves the sweeper's own pulse stale.
    """
    now = at or clock.now()
    rows = list(Deadline.objects.missed(now).values_list("pk", "ticket_id")[:limit])
    rung = sum(_ring(rows[begin : begin + TOGETHER], now) for begin in range(0, len(rows), TOGETHER))
    beat(now, rung, pulse)
    return rung


def beat(now: dt.datetime, rung: int = 0, name: str = "sweep") -> None:
    """Note that a round was made. One query but for the very first."""
    if not Pulse.objects.filter(name=name).update(at=now, rung=rung):
        Pulse.objects.update_or_create(name=name, defaults={"at": now, "rung": rung})


@transaction.atomic
def _ring(rows: Sequence[tuple[int, int | None]], now: dt.datetime) -> int:
    """Claim these deadlines and say so on their chains, in one transaction: (deadline, ticket or None)."""
    # The tickets first, by id, then the claim: the other way round deadlocks with an action that meets the clock.
    pks = {ticket for _pk, ticket in rows if ticket}
    tickets = {row.pk: row for row in Ticket.objects.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk")}
    mine = list(Deadline.objects.missed(now).filter(pk__in=[pk for pk, ticket in rows if ticket]))
    Deadline.objects.filter(pk__in=[row.pk for row in mine]).update(escalated_at=now)
    said = [(tickets[row.ticket_id], _missed(row)) for row in mine if row.ticket_id]
    write_all(said, "deadline_missed", by=None, at=[row.due_at for row in mine])
    return len(mine) + sum(_ring_alone(pk, now) for pk, ticket in rows if not ticket)


def _ring_alone(pk: int, now: dt.datetime) -> int:
    """The clock of a complaint on no repair: nothing to lock, the claim alone decides between two sweepers."""
    if not Deadline.objects.missed(now).filter(pk=pk).update(escalated_at=now):
        return 0
    row = Deadline.objects.get(pk=pk)
    write(None, "deadline_missed", by=None, at=row.due_at, facts=_missed(row), stream=row.ref)
    return 1


def _missed(row: Deadline) -> dict[str, Any]:
    return {"kind": row.kind, "ref": row.ref, "deadline": row.pk}


def pulse_age(at: dt.datetime | None = None) -> dt.timedelta | None:
    """How long ago a sweeper went round; None if never."""
    last = Pulse.objects.filter(name="sweep").aggregate(at=Max("at"))["at"]
    return (at or clock.now()) - last if last else None


def next_due() -> dt.datetime | None:
    """When the next open deadline is due; a loop sleeps until then."""
    rows = Deadline.objects.open().filter(escalated_at=None).order_by(F("due_at").asc())
    return rows.values_list("due_at", flat=True).first()
