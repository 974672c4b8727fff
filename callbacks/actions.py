"""Calling back and putting right (5.5.1-9): answers, attempts, corrections."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from callbacks.answers import (
    asked_again_since,
    call_again,
    corrections_of,
    is_to_be_called,
    push_answers,
    uncallable,
    uncorrectable,
)
from callbacks.lifecycle import CallbackState, CorrectionState
from callbacks.models import Attempt, Callback, Complaint, Correction
from core import clock
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from papers.actions import next_number
from papers.models import Kind as PaperKind
from people.models import Team, User
from people.roles import ES, FD, SS
from places.queries import printed_number
from tickets import actions as tickets
from tickets import sla
from tickets.models import Caller, Deadline, Ticket
from tickets.states import Rework

Kind = Deadline.Kind


@dataclass(frozen=True)
class Redone:
    """The call that redoes a repair, and whose work it redoes."""

    rework: Ticket
    first_technician: User | None
    first_team: Team | None


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
    waiting = corrections_of(ticket).filter(state=CorrectionState.CORRECTED)
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
        correction.place(ticket)
        correction.advance(correction.verify, by=by, at=at, verified_by=by, verified_at=at)
        verified(correction, by=by, at=at)


def verified(correction: Correction, *, by: User, at: dt.datetime) -> None:
    """Its clock is met; where a rework redid an earlier repair, that one is told too."""
    sla.stop(correction.asked, Kind.CORRECTION, at=at, ref=correction.number)
    if correction.rework:
        push_answers(correction.ticket)
        tickets.call_back(correction.ticket, by=by, at=at)


def _send_back(waiting: Any, *, by: User, at: dt.datetime, ticket: Ticket) -> int:
    rows = list(waiting)
    for correction in rows:
        correction.place(ticket)
        correction.advance(correction.send_back, by=by, at=at, corrected_at=None, rework_accepted=False, again_at=at)
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
    call_again(ticket, at=at)


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
    redone: Redone | None = None,
    at: dt.datetime | None = None,
) -> Correction:
    """Hand what was not good to the responsible department, with a due time (5.5.1-9).

    redone: the new call that redoes this repair, and whose repair it was; then its clock runs on that call.
    """
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
        **(vars(redone) if redone else {}),
    )  # fmt: skip
    said = {"complaint": complaint.number} if complaint else {}
    correction.record("raise", by=by, at=at, department=department, **said)
    sla.start(correction.asked, Kind.CORRECTION, at=at, due=due, ref=correction.number)
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
    ticket = correction.asked
    accepted = ticket.slips.filter(rework=True, accepted_at__gte=correction.since_asked).exists()
    correction.advance(
        correction.correct, by=by, at=at, done=done, corrected_by=by, corrected_at=at, rework_accepted=accepted
    )
    ask_again(correction, at=at)


def ask_again(correction: Correction, *, at: dt.datetime) -> None:
    """Put right: the callers are asked, by when the correction is due."""
    ticket = correction.asked
    push_answers(ticket)
    if ticket.has_caller:
        last = max((row.round for row in ticket.callbacks.all()), default=0)
        sla.start(ticket, Kind.CALLBACK, at=at, due=max(correction.due_at, at), ref=str(last + 1))


@action
def verify_unreached(correction: Correction, *, by: User, at: dt.datetime | None = None) -> None:
    """Nobody can be asked whether it was put right: the service supervisor verifies it himself (lives.md §7)."""
    at = at or clock.now()
    correction.advance(correction.verify_unreached, by=by, at=at, verified_by=by, verified_at=at)
    verified(correction, by=by, at=at)
    push_answers(correction.asked)
    tickets.call_back(correction.asked, by=by, at=at)


@action
def withdraw(correction: Correction, *, by: User, because: str, at: dt.datetime | None = None) -> None:
    """Raised wrongly: the service supervisor takes it back, the number is kept. What redid it goes the ordinary way."""
    at = at or clock.now()
    if not because.strip():
        raise Refusal(_("撤销要写原因。"))
    rework = correction.rework
    slip = rework.slips.exclude(state="voided").last() if rework else None
    if slip:
        raise Refusal(_("返修单 %(number)s 已开，先作废它。") % {"number": printed_number(slip.number)})
    correction.advance(correction.withdraw, by=by, at=at, remark=because)
    sla.cancel(correction.asked, Kind.CORRECTION, at=at, because=Deadline.Because.US, ref=correction.number)
    if rework:
        rework.advance(rework.refuse_rework, by=by, at=at, rework_judged=Rework.REFUSED, remark=because)
        push_answers(rework)
    push_answers(correction.ticket)
    tickets.call_back(correction.ticket, by=by, at=at)
    call_again(correction.ticket, at=at)
