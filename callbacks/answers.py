"""Who is still to be called about a repair, and what is being put right: counted from rows, told to the repair (5.5.1-9)."""

from __future__ import annotations

import datetime as dt

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from callbacks.lifecycle import CallbackState, CorrectionState
from callbacks.models import Callback, Correction
from people.models import User
from places.queries import printed_number
from tickets import sla
from tickets.models import Deadline, Ticket
from tickets.states import State

Kind = Deadline.Kind
OPEN_CORRECTION = [CorrectionState.RAISED, CorrectionState.ASSIGNED, CorrectionState.CORRECTED]
UNDERWAY = [CorrectionState.RAISED, CorrectionState.ASSIGNED]
SETTLED = [CallbackState.SATISFIED, CallbackState.TOLD, CallbackState.EXHAUSTED]


def push_answers(ticket: Ticket) -> None:
    """Tell the ticket who is still to be called and what is to be corrected, recomputed from rows (lives.md §0.2)."""
    left = exhausted = 0
    again = asked_again_since(ticket)
    for caller in ticket.callers.prefetch_related("callbacks"):
        last = max(caller.callbacks.all(), key=lambda row: row.round, default=None)
        left += is_to_be_called(last, again)
        exhausted += last is not None and last.state == CallbackState.EXHAUSTED
    open_ones = list(Correction.objects.filter(Q(ticket=ticket) | Q(rework=ticket), state__in=OPEN_CORRECTION))
    visits = [row for row in open_ones if row.needs_visit and ticket.pk == (row.rework_id or row.ticket_id)]
    ticket.pushed(
        callers_left=left,
        callbacks_exhausted=exhausted > 0,
        corrections_open=len(open_ones),
        rework_due=any(_needs_slip(row, ticket) for row in visits),
        rework_by=min((row.due_at for row in visits), default=None),
    )


def corrections_of(ticket: Ticket) -> QuerySet[Correction]:
    """What the callers of this repair verify: its own corrections, and what it redoes of an earlier one."""
    rows: QuerySet[Correction] = Correction.objects.filter(Q(ticket=ticket, rework=None) | Q(rework=ticket))
    return rows


def asked_again_since(ticket: Ticket) -> dt.datetime | None:
    """When something was put right that no call has verified yet: everybody is asked again from then on."""
    rows = corrections_of(ticket).filter(state=CorrectionState.CORRECTED)
    since: dt.datetime | None = rows.aggregate(since=Max("corrected_at"))["since"]
    return since


def is_to_be_called(last: Callback | None, again: dt.datetime | None) -> bool:
    """Is a caller still to be called, given his last round and since when everybody is asked again? Who was only told is not."""
    if last is None or last.state not in SETTLED:
        return True
    return again is not None and last.since < again and last.state != CallbackState.TOLD


def _needs_slip(correction: Correction, ticket: Ticket) -> bool:
    """Waits for a visit and has no rework slip yet."""
    if correction.state == CorrectionState.CORRECTED:
        return False
    slips = ticket.slips.filter(rework=True, issued_at__gte=correction.since_asked)
    return not slips.exclude(state="voided").exists()


def uncallable(ticket: Ticket, by: User) -> str:
    """Why this person cannot call anybody about this repair now; empty when he can."""
    if ticket.state not in {State.COMPLETED, State.CALLED_BACK, State.CLOSED}:
        return _("验收以后才回访。")
    if ticket.slips.filter(finished_by=by).exists():
        return _("回访不能由维修人自己做。")
    if not ticket.corrections_open:
        return ""
    if corrections_of(ticket).filter(state__in=UNDERWAY).exists():
        return _("纠正还没有完成，完成后再回访。")
    redone = ticket.corrections.filter(state__in=OPEN_CORRECTION, rework__isnull=False).select_related("rework").first()
    if redone and redone.rework:
        return _("返修 %(number)s 在办，随它一起回访。") % {"number": printed_number(redone.rework.number)}
    return ""


def uncorrectable(ticket: Ticket) -> str:
    """Why there is nothing to be put right on this repair; empty when there is: work that was once accepted."""
    if ticket.completed_at is None:
        return _("现为“%(state)s”，没有验收过的维修，不开纠正单。") % {"state": ticket.get_state_display()}
    return ""


def call_again(ticket: Ticket, *, at: dt.datetime) -> None:
    """Somebody is still to be called and no promise says when: it begins now (5.1.2)."""
    waits = ticket.state in {State.COMPLETED, State.CALLED_BACK} and ticket.has_caller and ticket.callers_left
    if waits and not ticket.corrections_open and not ticket.deadlines.open().filter(kind=Kind.CALLBACK).exists():
        due = at + ticket.community.callback_hours * sla.HOURS
        sla.start(ticket, Kind.CALLBACK, at=at, due=due, ref=str(next_round(ticket)))


def next_round(ticket: Ticket) -> int:
    """The round in which the next caller is called."""
    again, rounds = asked_again_since(ticket), [99]
    for caller in ticket.callers.prefetch_related("callbacks"):
        last = max(caller.callbacks.all(), key=lambda row: row.round, default=None)
        if is_to_be_called(last, again):
            rounds.append(1 if last is None else last.round + (last.state != CallbackState.DUE))
    return min(rounds)
