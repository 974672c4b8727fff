"""The lines of one handover inspection, one owner: called back with one call, answered line by line (SOP 5.3.3, 5.5.1-9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from callbacks.actions import record_answer, record_attempt
from callbacks.models import Callback, Correction
from core import clock
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from people.models import User
from people.roles import FD, SS
from tickets.models import Caller, Inspection, Ticket


class Said(NamedTuple):
    """What was said of one line; opinion: what is wrong, where it is not good."""

    ticket: Ticket
    caller: Caller
    satisfied: bool = True
    opinion: str = ""
    needs_visit: bool = False


@action
def answer_lines(
    inspection: Inspection, *, by: User, said: Sequence[Said], department: str = "engineering", way: str = "phone",
    at: dt.datetime | None = None,
) -> list[Callback]:  # fmt: skip
    """Each line's own answer with all that follows of it, all or none; lines that were not spoken of stay to be called."""
    at = at or clock.now()
    rows = _in_order(inspection, said, by)
    return [
        record_answer(
            line.ticket, caller=line.caller, by=by, satisfied=line.satisfied, opinion=line.opinion, way=way, department=department,
            needs_visit=line.needs_visit, at=at,
        )
        for line in rows
    ]  # fmt: skip


@action
def attempt_lines(
    inspection: Inspection, *, by: User, lines: Sequence[Said], way: str = "phone", at: dt.datetime | None = None
) -> list[Callback]:
    """Nobody answered: one try of each line (A.5, G7)."""
    at = at or clock.now()
    rows = _in_order(inspection, lines, by)
    return [record_attempt(line.ticket, caller=line.caller, by=by, way=way, at=at) for line in rows]


def _in_order(inspection: Inspection, said: Sequence[Said], by: User) -> list[Said]:
    """The lines by the id of their repair, the order in which rows are locked; refused where there is none or one is another sheet's."""
    if not by.may(FD, SS, within=inspection.community_id):
        raise Forbidden("call_inspection", (FD, SS))
    if not said:
        raise Refusal(_("没有要回访的项目。"))
    if any(line.ticket.inspection_id != inspection.pk for line in said):
        raise Refusal(_("这几件不是同一次验房的。"))
    return sorted(said, key=lambda line: line.ticket.pk)


def outcome(rows: Sequence[Callback]) -> tuple[int, int]:
    """How many lines are good, and how many corrections were raised."""
    good = sum(row.state == "satisfied" for row in rows)
    return good, Correction.objects.filter(callback__in=rows).count()
