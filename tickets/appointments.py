"""Windows agreed with the customer (5.4.1, G2, G3): set, moved, found nobody at home."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from core import clock
from core.clock import local
from core.lifecycle import action
from core.refusals import Refusal
from people.models import User
from tickets import sla
from tickets.models import Appointment, Deadline, Ticket
from tickets.states import State
from tickets.telling import fact_time, told

Window = tuple[dt.datetime, dt.datetime]

Kind, Because = Deadline.Kind, Deadline.Because


def check_window(window: Window, now: dt.datetime) -> None:
    starts, ends = window
    if ends < starts:
        raise Refusal(_("预约的结束时间早于开始时间。"))
    if ends <= now:
        raise Refusal(_("预约时间已过，选 %(time)s 以后。") % {"time": f"{local(now):%H:%M}"})


def keep_window(ticket: Ticket, window: Window, by: User, at: dt.datetime) -> None:
    Appointment.objects.create(ticket=ticket, starts=window[0], ends=window[1], made_by=by, made_at=at)


@action
def record_absence(
    ticket: Ticket,
    *,
    by: User,
    proof: str,
    window: Window | None = None,
    on_behalf_of: User | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Nobody at home (G3): the promise is kept at the moment of coming; a new window or a step clock follows."""
    at = fact_time(ticket, at)
    if not proof.strip():
        raise Refusal(_("写明门条或照片，证明来过。"))
    ticket.absences += 1
    absences = ticket.absences
    ticket.advance(
        ticket.record_absence,
        by=by,
        at=at,
        on_behalf_of=told(ticket, by, on_behalf_of),
        absences=absences,
        remark=proof,
        on_site_at=ticket.on_site_at or at,
    )
    sla.stop(ticket, Kind.ARRIVE, at=at, ref=None)
    if window:
        new_window(ticket, window, by, at)
    else:
        sla.start(ticket, Kind.STEP, at=at, due=at + dt.timedelta(hours=24))


@action
def set_appointment(ticket: Ticket, *, by: User, window: Window, at: dt.datetime | None = None) -> None:
    """Agree on a first window with the customer (5.4.1)."""
    at = at or clock.now()
    if ticket.window_to and ticket.window_to > at:
        raise Refusal(_("已有预约，用“改约”。"))
    ticket.advance(ticket.set_appointment, by=by, at=at)
    new_window(ticket, window, by, at)


@action
def move_appointment(
    ticket: Ticket, *, by: User, window: Window, moved_by: str, because: str, at: dt.datetime | None = None
) -> None:
    """Move a window (G2): asked by the customer before it was due it does not count; asked by us it is broken. Both stay."""
    at = at or clock.now()
    if not because.strip():
        raise Refusal(_("改约要写原因。"))
    ticket.advance(
        ticket.move_appointment, by=by, at=at, moved_by=moved_by, starts=window[0], ends=window[1], remark=because
    )
    ticket.appointments.filter(moved_at=None).update(moved_by=moved_by, moved_because=because, moved_at=at)
    why = Because.CUSTOMER if moved_by == Appointment.MovedBy.CUSTOMER else Because.US
    missed = ticket.deadlines.open().filter(kind=Kind.ARRIVE, due_at__lt=at)
    missed.update(cancelled_at=at, cancelled_because=Because.SUPERSEDED)
    refs = list(ticket.deadlines.filter(kind=Kind.ARRIVE).order_by("-pk").values_list("ref", flat=True)[:1])
    sla.cancel(ticket, Kind.ARRIVE, at=at, because=why, ref=None)
    new_window(ticket, window, by, at, ref=refs[0] if refs else "")


def new_window(ticket: Ticket, window: Window, by: User, at: dt.datetime, ref: str = "") -> None:
    check_window(window, at)
    keep_window(ticket, window, by, at)
    ticket.pushed(window_from=window[0], window_to=window[1])
    # Elsewhere nobody is on the way: the clock of the step that is due runs on (5.1.2).
    if ticket.state in {State.REPORTED, State.NOTIFIED, State.ORDERED}:
        sla.stop(ticket, Kind.STEP, at=at, ref=ref)
        seen = ticket.state == State.ORDERED or ticket.on_site_at is not None  # the half hour is of the first visit
        due = window[1] if seen else sla.arrive_due(ticket)
        sla.start(ticket, Kind.ARRIVE, at=at, due=due, ref=ref)
