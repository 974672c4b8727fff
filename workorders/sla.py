"""The clocks of a slip: collect, arrive, finish, desk copies, third copy (5.5.1-4, -8; 5.4)."""

from __future__ import annotations

import datetime as dt

from core.clock import copy_cut_off, local, midnight_after
from tickets import sla
from tickets.models import Deadline, Ticket
from tickets.states import Urgency
from workorders.models import Slip
from workorders.states import SlipState

Kind, Because = Deadline.Kind, Deadline.Because


def issued(slip: Slip, *, at: dt.datetime) -> None:
    """Issue starts collect, arrive and the third copy's return; a first visit not yet due is superseded by the slip's."""
    ticket = slip.ticket
    soon = not slip.builder_id and (ticket.urgency != Urgency.ROUTINE or slip.window_from is None)
    sla.start(ticket, Kind.COPY_RETURN, at=at, due=copy_cut_off(at, ticket.community.copy_return_day), ref=slip.number)
    if slip.performer_on_site:  # the sheets follow him, or he goes on at once
        sla.start(ticket, Kind.COLLECT, at=at, due=at + 15 * sla.MINUTES, ref=slip.number)
        return
    if slip.window_to is None and slip.planned_on:  # planned public work: that day, nothing to collect by the hour
        sla.start(ticket, Kind.STEP, at=at, due=max(midnight_after(slip.planned_on), at + sla.HOURS), ref=slip.number)
        return
    starts = slip.window_to if slip.builder_id and slip.window_from == at else slip.window_from
    collect_by = at + 15 * sla.MINUTES if soon or starts is None else max(starts, at + 15 * sla.MINUTES)
    sla.start(ticket, Kind.COLLECT, at=at, due=collect_by, ref=slip.number)
    first_visit = ticket.deadlines.open().filter(kind=Kind.ARRIVE, ref="", due_at__gte=at)
    first_visit.update(cancelled_at=at, cancelled_because=Because.SUPERSEDED)
    if slip.window_to:
        sla.start(ticket, Kind.ARRIVE, at=at, due=slip.window_to, ref=slip.number)


def collected(slip: Slip, *, at: dt.datetime) -> None:
    """Who was on site and came for the sheets goes back: he is there again within the half hour, as nothing else promises."""
    if slip.performer_on_site:
        due = at + slip.ticket.community.arrive_minutes * sla.MINUTES
        sla.start(slip.ticket, Kind.ARRIVE, at=at, due=due, ref=slip.number)


def arrived(slip: Slip, *, at: dt.datetime) -> None:
    """Arrival meets collect and arrive; for work that is not urgent the day's end is promised."""
    ticket = slip.ticket
    for ref in (slip.number, ""):
        sla.stop(ticket, Kind.ARRIVE, at=at, ref=ref)
    sla.stop(ticket, Kind.COLLECT, at=at, ref=slip.number)
    sla.stop(ticket, Kind.STEP, at=at, ref=slip.number)
    restart_finish(slip, at=at)


def restart_finish(slip: Slip, *, at: dt.datetime) -> None:
    """Begin, or begin again with the old due time, the promise to finish (a rejected finish forgives nothing)."""
    ticket = slip.ticket
    ref = finish_ref(slip)
    earlier = promised_before(ticket, ref)
    if (
        earlier and earlier.cancelled_because == Because.CUSTOMER
    ):  # before-night was given up; the slip promises for itself
        ref = slip.number
        earlier = promised_before(ticket, ref)
    if sla.is_open(ticket, Kind.FINISH, ref):
        return
    if earlier:
        sla.start(ticket, Kind.FINISH, at=at, due=earlier.due_at, ref=ref)
        return
    day = max(local(at).date(), local(slip.window_to).date()) if slip.window_to else local(at).date()
    due = max(slip.finish_due_at, at) if slip.finish_due_at else midnight_after(day)  # the builder's by his notice
    sla.start(ticket, Kind.FINISH, at=at, due=due, ref=ref)


def promised_before(ticket: Ticket, ref: str) -> Deadline | None:
    """The last promise to finish under that ref, but one that fell away as less urgent than thought."""
    rows = ticket.deadlines.filter(kind=Kind.FINISH, ref=ref).exclude(cancelled_because=Because.DOWNGRADED)
    found: Deadline | None = rows.order_by("pk").last()
    return found


def finish_ref(slip: Slip) -> str:
    """An urgent ticket has one promise for all its slips, another has one a slip; so has what is redone after an acceptance."""
    again = slip.rework and slip.ticket.completed_at is not None
    return "" if slip.ticket.urgency == Urgency.URGENT and not again else slip.number


def finished(slip: Slip, *, at: dt.datetime) -> None:
    """Finishing meets the promise (an urgent ticket's with its last open slip); the customer signs within 2 h, engineering within 24."""
    ticket = slip.ticket
    others = ticket.slips.open().exclude(pk=slip.pk).exclude(state="finished").exists()
    sla.stop(ticket, Kind.FINISH, at=at, ref=slip.number)
    sla.stop(ticket, Kind.STEP, at=at, ref=slip.number)
    if not others:
        sla.stop(ticket, Kind.FINISH, at=at)
    alone = "customer" not in slip.signatories
    sla.start(ticket, Kind.STEP, at=at, due=at + (24 if alone else 2) * sla.HOURS, ref=slip.number)


def awaits_engineering(slip: Slip, *, at: dt.datetime) -> None:
    """The customer has signed; the engineering supervisor signs within a day (5.5.2-5)."""
    sla.stop(slip.ticket, Kind.STEP, at=at, ref=slip.number)
    sla.start(slip.ticket, Kind.STEP, at=at, due=at + 24 * sla.HOURS, ref=slip.number)


def reopened(slip: Slip, *, at: dt.datetime) -> None:
    """Taken back or rejected: the signature's clock ends, the old finish time runs again."""
    sla.stop(slip.ticket, Kind.STEP, at=at, ref=slip.number)
    restart_finish(slip, at=at)


def left(slip: Slip, *, at: dt.datetime) -> None:
    """Gone before the work was done: the new window, else the end of the day the parts come, else a day to agree on one."""
    if slip.window_to and slip.window_to > at:
        sla.stop(slip.ticket, Kind.STEP, at=at, ref=slip.number)
        sla.start(slip.ticket, Kind.ARRIVE, at=at, due=slip.window_to, ref=slip.number)
        return
    due = midnight_after(slip.parts_on) if slip.parts_on else at + 24 * sla.HOURS
    sla.start(slip.ticket, Kind.STEP, at=at, due=due, ref=slip.number)


def accepted(slip: Slip, *, at: dt.datetime) -> None:
    """Acceptance starts the day within which copies 1 and 2 come back (5.5.1-8)."""
    ticket = slip.ticket
    sla.stop(ticket, Kind.STEP, at=at, ref=slip.number)
    due = at + ticket.community.desk_copies_hours * sla.HOURS
    sla.start(ticket, Kind.DESK_COPIES, at=at, due=due, ref=slip.number)


def voided(slip: Slip, *, at: dt.datetime) -> None:
    """All clocks of the slip end (G15); what was due by then stays missed, what was not is nobody's breach (C.1)."""
    rows = slip.ticket.deadlines.open().filter(ref=slip.number)
    rows.update(cancelled_at=at, cancelled_because=Because.SUPERSEDED)


def lowered(ticket: Ticket, *, at: dt.datetime) -> None:
    """Before-night fell away while somebody is at it: each slip in work promises its day's end instead (5.1.2)."""
    for slip in in_work(ticket):
        restart_finish(slip, at=at)


def put_off(ticket: Ticket, *, at: dt.datetime) -> None:
    """The customer wants it later while somebody is at it: within a day a date is agreed, as after leaving without one."""
    for slip in in_work(ticket):
        sla.start(ticket, Kind.STEP, at=at, due=at + 24 * sla.HOURS, ref=slip.number)


def in_work(ticket: Ticket) -> list[Slip]:
    """The slips whose performer has come and has not finished; all speak of this very ticket."""
    found = list(ticket.slips.filter(state=SlipState.ARRIVED))
    for slip in found:
        slip.ticket = ticket
    return found
