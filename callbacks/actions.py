"""Calling back and putting right (5.5.1-9): answers, attempts, corrections."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from callbacks.lifecycle import CallbackState, CorrectionState
from callbacks.models import Attempt, Callback, Complaint, Correction
from core import clock
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from papers.actions import next_number
from papers.models import Kind as PaperKind
from people.models import User
from people.roles import ES, FD, SS
from tickets import actions as tickets
from tickets import sla
from tickets.models import Caller, Deadline, Ticket
from tickets.states import State

Kind = Deadline.Kind
OPEN_CORRECTION = [CorrectionState.RAISED, CorrectionState.ASSIGNED, CorrectionState.CORRECTED]
SETTLED = [CallbackState.SATISFIED, CallbackState.TOLD, CallbackState.EXHAUSTED]


def round_of(ticket: Ticket) -> int:
    """Which round of calls is on: one more than the corrections that were put right."""
    return 1 + ticket.corrections.exclude(corrected_at=None).count()


def push_answers(ticket: Ticket) -> None:
    """Tell the ticket who is still to be called and what is to be corrected, recomputed from rows (lives.md §0.2)."""
    left = exhausted = 0
    again = asked_again_since(ticket)
    for caller in ticket.callers.prefetch_related("callbacks"):
        last = max(caller.callbacks.all(), key=lambda row: row.round, default=None)
        left += is_to_be_called(last, again)
        exhausted += last is not None and last.state == CallbackState.EXHAUSTED
    open_ones = list(ticket.corrections.filter(state__in=OPEN_CORRECTION))
    ticket.pushed(
        callers_left=left,
        callbacks_exhausted=exhausted > 0,
        corrections_open=len(open_ones),
        rework_due=any(_needs_slip(row) for row in open_ones),
    )


def asked_again_since(ticket: Ticket) -> dt.datetime | None:
    """When something was put right that no call has verified yet: everybody is asked again from then on."""
    rows = ticket.corrections.filter(state=CorrectionState.CORRECTED)
    since: dt.datetime | None = rows.aggregate(since=Max("corrected_at"))["since"]
    return since


def is_to_be_called(last: Callback | None, again: dt.datetime | None) -> bool:
    """Is a caller still to be called, given his last round and since when everybody is asked again?"""
    if last is None or last.state not in SETTLED:
        return True
    return again is not None and last.since < again


def _needs_slip(correction: Correction) -> bool:
    """Needs a visit and has no rework slip yet."""
    if not correction.needs_visit or correction.state == CorrectionState.CORRECTED:
        return False
    slips = correction.ticket.slips.filter(rework=True, issued_at__gte=correction.raised_at)
    return not slips.exclude(state="voided").exists()


def uncallable(ticket: Ticket, by: User) -> str:
    """Why this person cannot call anybody about this repair now; empty when he can."""
    if ticket.state not in {State.COMPLETED, State.CALLED_BACK, State.CLOSED}:
        return _("验收以后才回访。")
    if ticket.slips.filter(finished_by=by).exists():
        return _("回访不能由维修人自己做。")
    if ticket.corrections.filter(state__in=[CorrectionState.RAISED, CorrectionState.ASSIGNED]).exists():
        return _("纠正还没有完成，完成后再回访。")
    return ""


def uncorrectable(ticket: Ticket) -> str:
    """Why there is nothing to be put right on this repair; empty when there is: work that was once accepted."""
    if ticket.completed_at is None:
        return _("现为“%(state)s”，没有验收过的维修，不开纠正单。") % {"state": ticket.get_state_display()}
    return ""


def _row(ticket: Ticket, caller: Caller, by: User, way: str) -> Callback:
    if not by.may(FD, SS, within=ticket.community_id):
        raise Forbidden("callback", (FD, SS))
    if sentence := uncallable(ticket, by):
        raise Refusal(sentence)
    last = caller.callbacks.order_by("round").last()
    if last and last.state == CallbackState.DUE:
        row: Callback = last
    elif not is_to_be_called(last, asked_again_since(ticket)):
        raise Refusal(_("这位客户已回访过。"))
    else:
        row = Callback.objects.create(ticket=ticket, caller=caller, round=last.round + 1 if last else 1, way=way)
    row.ticket, row.way = ticket, way
    return row


@action
def record_attempt(
    ticket: Ticket, *, caller: Caller, by: User, way: str = "phone", at: dt.datetime | None = None
) -> Callback:
    """Nobody answered (A.5): after three valid attempts the round is exhausted (G7)."""
    at = at or clock.now()
    row = _row(ticket, caller, by, way)
    last = row.attempts.order_by("at").last()
    if last and at - last.at < dt.timedelta(minutes=1):
        raise Refusal(_("刚记过一次未接通。"))
    Attempt.objects.create(callback=row, way=way, by=by, at=at)
    row.advance(row.attempt, by=by, at=at, n=row.attempts.count())
    if row.valid_attempts >= 3:
        row.advance(row.exhaust, by=by, at=at)
        sla.stop(ticket, Kind.CALLBACK, at=at, ref=str(row.round))
    _after_answer(ticket, row, by=by, at=at)
    return row


@action
def record_answer(ticket: Ticket, *, caller: Caller, by: User, satisfied: bool, opinion: str = "", way: str = "phone", marks: dict[str, int | None] | None = None,
                  department: str = "engineering", what: str = "", needs_visit: bool = False, at: dt.datetime | None = None) -> Callback:  # fmt: skip
    """The caller's answer (5.5.1-9): on the slip and in the register; not satisfied raises a correction in the same action."""
    at = at or clock.now()
    row = _row(ticket, caller, by, way)
    for name, mark in (marks or {}).items():
        setattr(row, name, mark)
    step = row.answer_satisfied if satisfied else row.answer_unsatisfied
    row.advance(step, by=by, at=at, opinion=opinion, answered_at=at, answered_to=by)
    sla.stop(ticket, Kind.CALLBACK, at=at, ref=str(row.round))
    waiting = ticket.corrections.filter(state=CorrectionState.CORRECTED)
    if satisfied:
        _verify(waiting, by=by, at=at, ticket=ticket)
    elif not _send_back(waiting, by=by, at=at, ticket=ticket):
        raise_correction(
            ticket, by=by, department=department, what=what or opinion, needs_visit=needs_visit, callback=row, at=at
        )
    _after_answer(ticket, row, by=by, at=at)
    return row


def _verify(waiting: Any, *, by: User, at: dt.datetime, ticket: Ticket) -> None:
    for correction in waiting:
        correction.ticket = ticket
        correction.advance(correction.verify, by=by, at=at, verified_by=by, verified_at=at)
        sla.stop(ticket, Kind.CORRECTION, at=at, ref=correction.number)


def _send_back(waiting: Any, *, by: User, at: dt.datetime, ticket: Ticket) -> int:
    rows = list(waiting)
    for correction in rows:
        correction.ticket = ticket
        correction.advance(correction.send_back, by=by, at=at, corrected_at=None, rework_accepted=False)
    return len(rows)


def _after_answer(ticket: Ticket, row: Callback, *, by: User, at: dt.datetime) -> None:
    push_answers(ticket)
    slip = ticket.slips.exclude(state="voided").order_by("pk").last()
    if slip:
        slip.callback_line = {
            "at": at.isoformat(),
            "way": row.way,
            "state": row.state,
            "opinion": row.opinion,
            "by": by.name,
        }
        slip.save(update_fields=["callback_line"])
    tickets.call_back(ticket, by=by, at=at)


@action
def raise_correction(
    ticket: Ticket,
    *,
    by: User,
    department: str,
    what: str,
    needs_visit: bool = False,
    callback: Callback | None = None,
    complaint: Complaint | None = None,
    at: dt.datetime | None = None,
) -> Correction:
    """Hand what was not good to the responsible department, with a due time (5.5.1-9)."""
    at = at or clock.now()
    if not by.may(FD, SS, ES, within=ticket.community_id):
        raise Forbidden("raise_correction", (FD, SS, ES))
    if sentence := uncorrectable(ticket):
        raise Refusal(sentence)
    if not what.strip():
        raise Refusal(_("写明要纠正什么。"))
    due = at + ticket.community.correction_hours * sla.HOURS
    correction: Correction = Correction.objects.create(
        community=ticket.community, ticket=ticket, callback=callback, complaint=complaint, number=next_number(ticket.community, PaperKind.CORRECTION, at=at),
        department=department, what=what, due_at=due, needs_visit=needs_visit, raised_by=by, raised_at=at, since=at,
    )  # fmt: skip
    said = {"complaint": complaint.number} if complaint else {}
    correction.record("raise", by=by, at=at, department=department, **said)
    sla.start(ticket, Kind.CORRECTION, at=at, due=due, ref=correction.number)
    push_answers(ticket)
    return correction


@action
def assign(correction: Correction, *, by: User, to: User, at: dt.datetime | None = None) -> None:
    """Name the person (5.5.1-9): either supervisor for engineering, the service supervisor for the desk (lives.md §7)."""
    correction.advance(correction.assign, by=by, at=at or clock.now(), assignee=to)


@action
def correct(correction: Correction, *, by: User, done: str, at: dt.datetime | None = None) -> None:
    """It was put right (5.5.1-9): the next round of calls begins, due with the correction."""
    at = at or clock.now()
    ticket = correction.ticket
    accepted = ticket.slips.filter(rework=True, accepted_at__gte=correction.raised_at).exists()
    correction.advance(
        correction.correct, by=by, at=at, done=done, corrected_by=by, corrected_at=at, rework_accepted=accepted
    )
    push_answers(ticket)
    if ticket.has_caller:
        last = max((row.round for row in ticket.callbacks.all()), default=0)
        sla.start(ticket, Kind.CALLBACK, at=at, due=max(correction.due_at, at), ref=str(last + 1))


@action
def verify_unreached(correction: Correction, *, by: User, at: dt.datetime | None = None) -> None:
    """Nobody can be asked whether it was put right: the service supervisor verifies it himself (lives.md §7)."""
    at = at or clock.now()
    correction.advance(correction.verify_unreached, by=by, at=at, verified_by=by, verified_at=at)
    sla.stop(correction.ticket, Kind.CORRECTION, at=at, ref=correction.number)
    push_answers(correction.ticket)
    tickets.call_back(correction.ticket, by=by, at=at)


@action
def withdraw(correction: Correction, *, by: User, because: str, at: dt.datetime | None = None) -> None:
    """Raised wrongly: the service supervisor takes it back, the number is kept."""
    at = at or clock.now()
    if not because.strip():
        raise Refusal(_("撤销要写原因。"))
    correction.advance(correction.withdraw, by=by, at=at, remark=because)
    sla.cancel(correction.ticket, Kind.CORRECTION, at=at, because=Deadline.Because.US, ref=correction.number)
    push_answers(correction.ticket)
    tickets.call_back(correction.ticket, by=by, at=at)
    call_again(correction.ticket, at=at)


def call_again(ticket: Ticket, *, at: dt.datetime) -> None:
    """Somebody is still to be called and no promise says when: his round begins now (5.1.2)."""
    waits = (
        ticket.state == State.COMPLETED and ticket.has_caller and ticket.callers_left and not ticket.corrections_open
    )
    if waits and not ticket.deadlines.open().filter(kind=Kind.CALLBACK).exists():
        last = max((row.round for row in ticket.callbacks.all()), default=0)
        due = at + ticket.community.callback_hours * sla.HOURS
        sla.start(ticket, Kind.CALLBACK, at=at, due=due, ref=str(last + 1))
