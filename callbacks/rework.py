"""A new call for what was repaired before (2-1): confirmed, it is free, a correction of the earlier repair, and its own callback verifies it."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from callbacks.actions import Redone, ask_again, raise_correction
from callbacks.answers import UNDERWAY, push_answers
from callbacks.models import Correction
from core import clock
from core.lifecycle import action
from core.refusals import Refusal
from people.models import User
from tickets import sla
from tickets.models import Deadline, Ticket
from tickets.states import Rework
from workorders.models import Slip

Kind = Deadline.Kind


@action
def confirm_rework(ticket: Ticket, *, by: User, to: User | None = None, at: dt.datetime | None = None) -> Correction:
    """The same fault again (lives.md §2): a correction of the earlier repair, counted against who made it; `to` puts it right.

    The earlier repair stays as it is, archived or not; nobody is called twice, for this call's answer verifies the correction.
    """
    at = at or clock.now()
    if ticket.rework_judged:
        raise Refusal(_("是不是返修已判过。"))
    ticket.advance(ticket.confirm_rework, by=by, at=at, rework_judged=Rework.CONFIRMED)
    earlier = ticket.rework_of
    assert earlier is not None, "the guard has asked"
    slip = first_slip(earlier)
    who = slip.technician if slip else earlier.technician
    correction = raise_correction(
        earlier, by=by, department=Correction.Department.ENGINEERING, what=ticket.fault, needs_visit=True, at=at,
        redone=Redone(rework=ticket, first_technician=who, first_team=who.team if who else earlier.team),
    )  # fmt: skip
    if to:
        correction.advance(correction.assign, by=by, at=at, assignee=to)
    push_answers(ticket)
    _call_with_it(earlier, correction, at=at)
    return correction


def first_slip(earlier: Ticket) -> Slip | None:
    """The slip whose work is redone: the last that was accepted."""
    rows = earlier.slips.done().select_related("technician__team").prefetch_related("parts")
    slip: Slip | None = rows.order_by("accepted_at", "pk").last()
    return slip


def _call_with_it(earlier: Ticket, correction: Correction, *, at: dt.datetime) -> None:
    """A call still due on the earlier repair waits for the rework, unless it was missed already."""
    for row in earlier.deadlines.open().filter(kind=Kind.CALLBACK, due_at__gte=at):
        sla.start(earlier, Kind.CALLBACK, at=at, due=max(correction.due_at, row.due_at), ref=row.ref)


def completed(ticket: Ticket, by: User, at: dt.datetime) -> None:
    """The rework's last slip was accepted: that corrects the earlier repair and begins the call, due with the correction (lives.md §2)."""
    rows = Correction.objects.filter(rework=ticket, state__in=UNDERWAY).select_related("ticket")
    for correction in rows if ticket.rework_judged == Rework.CONFIRMED else ():
        correction.place(ticket)
        done = ticket.slips.done().filter(rework=True, accepted_at__gte=correction.since_asked)
        slip = done.select_related("finished_by", "technician").order_by("accepted_at", "pk").last()
        if slip is None:
            continue
        correction.advance(
            correction.correct_by_rework, by=by, at=at, done=slip.work, corrected_by=slip.finished_by or slip.technician,
            corrected_at=at, rework_accepted=True,
        )  # fmt: skip
        ask_again(correction, at=at)
        push_answers(correction.ticket)
