"""Complaints (SOP 3.1-2, 3.2): recorded by the desk, owned and answered by the service supervisor, ended by the complainant's word."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from callbacks import actions
from callbacks.lifecycle import record_complaint_by
from callbacks.models import Complaint, Correction
from core import clock
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from papers.actions import next_number
from papers.models import Kind as PaperKind
from people.models import User
from tickets import sla
from tickets.actions import silence
from tickets.models import Deadline
from tickets.states import State

Kind, Because = Deadline.Kind, Deadline.Because
# What was wrong with a repair is put right by a correction once there is something to correct; before, within the repair itself.
CORRECTABLE = [State.COMPLETED, State.CALLED_BACK, State.CLOSED]


@transaction.atomic
def record_complaint(
    complaint: Complaint, *, by: User, promised: dt.datetime | None = None, at: dt.datetime | None = None
) -> Complaint:
    """Take down a complaint, given unsaved, on a ticket or on none (3.1-2); its answer is promised for that moment, else within 72 h."""
    at = at or clock.now()
    if not record_complaint_by(complaint, by):
        raise Forbidden("record_complaint", record_complaint_by.admits)
    if complaint.ticket:
        complaint.ticket.lock()
    if not complaint.content.strip():
        raise Refusal(_("写明投诉什么。"))
    if not (complaint.name.strip() and complaint.phone):
        raise Refusal(_("写明投诉人的姓名和电话。"))
    complaint.recorded_by, complaint.recorded_at, complaint.since = by, at, at
    complaint.number = next_number(complaint.community, PaperKind.COMPLAINT, at=at)
    complaint.fill_search()
    due = _promise(complaint, promised, at)
    complaint.save()
    complaint.record("record", by=by, at=at, about=complaint.kind, severity=complaint.severity)
    sla.start(complaint.ticket, Kind.COMPLAINT, at=at, due=due, ref=complaint.number)
    return complaint


def _promise(complaint: Complaint, promised: dt.datetime | None, at: dt.datetime) -> dt.datetime:
    if promised is None:
        return at + complaint.community.complaint_hours * sla.HOURS
    if promised <= at:
        raise Refusal(_("答应答复的时间已过，选以后的时间。"))
    return promised


@action
def own(complaint: Complaint, *, by: User, at: dt.datetime | None = None) -> None:
    """The service supervisor takes it on (3.2); the promise goes on."""
    at = at or clock.now()
    complaint.owned_at = at
    complaint.advance(complaint.own, by=by, at=at, owner=by)


@action
def answer(
    complaint: Complaint, *, by: User, reply: str, outcome: str, way: str = "phone", at: dt.datetime | None = None
) -> None:
    """The answer and what was found (3.1-2): the promise is met; within 48 h the complainant is asked for his word (5.1.2)."""
    at = at or clock.now()
    # What people say never stands among an event's facts: the fields are set here, the words go beside the event.
    complaint.reply, complaint.reply_way, complaint.answered_by, complaint.answered_at = reply, way, by, at
    complaint.advance(complaint.answer, by=by, at=at, remark=reply, outcome=outcome)
    sla.stop(complaint.ticket, Kind.COMPLAINT, at=at, ref=complaint.number)
    due = at + complaint.community.callback_hours * sla.HOURS
    sla.start(complaint.ticket, Kind.STEP, at=at, due=due, ref=complaint.number)


@action
def close(complaint: Complaint, *, by: User, word: str, way: str = "phone", at: dt.datetime | None = None) -> None:
    """The complainant is content, in his own words (3.1-2)."""
    at = at or clock.now()
    complaint.word, complaint.word_way, complaint.word_at = word, way, at
    complaint.advance(complaint.close, by=by, at=at, remark=word)
    sla.stop(complaint.ticket, Kind.STEP, at=at, ref=complaint.number)


@action
def not_content(
    complaint: Complaint, *, by: User, word: str, way: str = "phone", promised: dt.datetime | None = None, at: dt.datetime | None = None
) -> None:  # fmt: skip
    """He is not content (3.1-2): the answer stays on record, a new one is promised and its clock starts."""
    at = at or clock.now()
    due = _promise(complaint, promised, at)
    complaint.word, complaint.word_way, complaint.word_at = word, way, at
    complaint.advance(complaint.not_content, by=by, at=at, remark=word, returned=complaint.returned + 1)
    sla.stop(complaint.ticket, Kind.STEP, at=at, ref=complaint.number)
    sla.start(complaint.ticket, Kind.COMPLAINT, at=at, due=due, ref=complaint.number)


@action
def withdraw(complaint: Complaint, *, by: User, because: str, at: dt.datetime | None = None) -> None:
    """Taken back by the complainant, or recorded in error: with the reason, the number is kept."""
    at = at or clock.now()
    if not because.strip():
        raise Refusal(_("撤销要写原因。"))
    complaint.advance(complaint.withdraw, by=by, at=at, remark=because)
    sla.cancel(complaint.ticket, Kind.COMPLAINT, at=at, because=Because.CUSTOMER, ref=complaint.number)


@action
def raise_correction(
    complaint: Complaint, *, by: User, department: str, what: str, needs_visit: bool = False, at: dt.datetime | None = None
) -> Correction:  # fmt: skip
    """What the complaint found wrong with a repair is handed to the department (5.5.1-9); only on a ticket."""
    if sentence := uncorrectable(complaint):
        raise Refusal(sentence)
    assert complaint.ticket is not None, "refused above"
    correction: Correction = actions.raise_correction(
        complaint.ticket, by=by, department=department, what=what, needs_visit=needs_visit, complaint=complaint, at=at
    )
    return correction


def uncorrectable(complaint: Complaint) -> str:
    """Why no correction can be raised from this complaint; empty when one can."""
    if complaint.ticket is None:
        return _("投诉没有对应的报修，不能开纠正单。")
    if complaint.ticket.state not in CORRECTABLE:
        return _("维修验收以后才开纠正单，现在的问题在维修中解决。")
    return ""


@action
def acknowledge(complaint: Complaint, *, by: User, at: dt.datetime | None = None) -> int:
    """知道了: the bells of its missed promise fall silent for everybody, the clock goes on. Returns how many."""
    at = at or clock.now()
    rows = Deadline.objects.open().filter(ticket=complaint.ticket, ref=complaint.number, due_at__lt=at)
    return sum(silence(row, ticket=complaint.ticket, by=by, at=at) for row in rows)
