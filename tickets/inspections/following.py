"""After the registration: engineering told once for all lines, all judged as seen, each looked at again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from core import clock
from core.lifecycle import action, advance_all
from core.refusals import Refusal
from people.models import Team, User
from tickets import sla
from tickets.evidence import write_all
from tickets.models import Acknowledgement, Deadline, Inspection, InspectionLine, Reinspection, Survey, Ticket
from tickets.states import Nature, State, Urgency
from tickets.telling import told

Kind = Deadline.Kind
GIVEN_UP = (State.CANCELLED, State.DECLINED, State.MERGED)


class Finding(NamedTuple):
    """What was judged of one line on the spot; a reason where it differs from what was computed."""

    nature: str
    reason: str = ""


class Look(NamedTuple):
    """One line looked at again."""

    line: InspectionLine
    passed: bool
    words: str = ""


def _locked(inspection: Inspection, *states: str) -> list[Ticket]:
    """The repairs of this inspection in these states that are not urgent, locked by id."""
    rows = inspection.tickets.filter(state__in=states).exclude(urgency=Urgency.URGENT).order_by("pk")
    return list(rows.select_for_update(of=("self",)).select_related("inspection_line"))


@action
def batch_notify(
    inspection: Inspection, *, by: User, to: User | Team, how: str = "phone", at: dt.datetime | None = None
) -> int:
    """Tell engineering once for all lines (5.4.1): the five minutes of each are measured to this notice. How many were told.

    Urgent lines are left: each is told to a technician of its trade, who is there within thirty minutes.
    Not one path with workorders.notices.send_notice: that is a numbered letter to a builder, with his clock of reply (5.5.2-3).
    """
    at = at or clock.now()
    technician, team = (to, to.team) if isinstance(to, User) else (None, to)
    if technician and not technician.on_duty(at):
        raise Refusal(_("%(name)s现在不当班。选当班的技工。") % {"name": technician.name})
    rows = _locked(inspection, State.REPORTED)
    if not rows:
        raise Refusal(_("没有等着批量通知的项目。急修逐项通知。"))
    facts: dict[str, Any] = {"notified_by": inspection.notified_by or by, "notified_at": inspection.notified_at or at}
    inspection.advance(
        inspection.batch_notify, by=by, at=at, technician=technician, team=team, items=len(rows), **facts
    )
    called = {"technician": technician, "team": team, "notified_how": how, "notified_at": at}
    advance_all([(row, dict(called)) for row in rows], "batch_notify", by=by, at=at)
    sla.stop_all(rows, Kind.NOTIFY, at=at)
    sla.rest_all(rows, at=at)
    return len(rows)


@action
def survey_as_seen(
    inspection: Inspection,
    *,
    by: User,
    findings: Mapping[int, Finding] | None = None,
    on_behalf_of: User | None = None,
    at: dt.datetime | None = None,
) -> int:
    """Judge every line that is not on its way yet as it was seen at the sitting (5.5.2-2). How many were judged.

    findings: by the pk of the line, where it is not what was computed.
    """
    at, findings = at or clock.now(), findings or {}
    rows = _locked(inspection, State.REPORTED, State.NOTIFIED)
    if not rows:
        raise Refusal(_("没有等着核实的项目。"))
    person = told(inspection, by, on_behalf_of)  # type: ignore[arg-type]  # asks for the community alone
    inspection.advance(inspection.survey_as_seen, by=by, at=at, on_behalf_of=person, items=len(rows))
    judged = [(row, _judged(row, findings)) for row in rows]
    seen = inspection.registered_at or at
    facts = [(row, {"nature": found.nature, "on_site_at": row.on_site_at or seen}) for row, found in judged]
    advance_all(facts, "survey_as_seen", by=by, at=at, on_behalf_of=person)
    Survey.objects.bulk_create(
        Survey(ticket=row, by=person or by, at=at, nature=found.nature, work=row.fault, reason=found.reason)
        for row, found in judged
    )
    for kind in (Kind.NOTIFY, Kind.ARRIVE):
        sla.stop_all(rows, kind, at=at)
    sla.rest_all(rows, at=at)
    return len(rows)


def _judged(row: Ticket, findings: Mapping[int, Finding]) -> Finding:
    """What was found of one repair; refused where it differs from the computed and nobody says why."""
    line = row.inspection_line
    found = findings.get(line.pk) or Finding(row.nature_guess)
    if found.nature not in Nature.values:
        raise Refusal(_("第 %(n)s 项的性质没有这一种，重新选。") % {"n": line.number})
    if found.nature != row.nature_guess and not found.reason.strip():
        raise Refusal(_("第 %(n)s 项与登记时的判断不同，写明原因。") % {"n": line.number})
    return found


@action
def reinspect(inspection: Inspection, *, by: User, looks: Sequence[Look], at: dt.datetime | None = None) -> int:
    """Look at lines again with the resident: passed or not, line by line. The last one that passes ends the inspection."""
    at = at or clock.now()
    if not looks:
        raise Refusal(_("选出复验过的项目。"))
    rows = {row.pk: row for row in inspection.tickets.order_by("pk").select_for_update(of=("self",))}
    inspection.advance(inspection.reinspect, by=by, at=at, items=len(looks), passed=sum(look.passed for look in looks))
    for look in looks:
        _check(inspection, look, rows)
        look.line.passed = look.passed
    Reinspection.objects.bulk_create(
        Reinspection(line=look.line, passed=look.passed, words=look.words, by=by, at=at) for look in looks
    )
    InspectionLine.objects.bulk_update([look.line for look in looks], ["passed"])
    said = [(rows[look.line.ticket_id or 0], {"passed": look.passed, "remark": look.words}) for look in looks]
    write_all(said, "reinspect_line", by=by, at=at)
    if all(is_settled(line, rows) for line in inspection.lines.all()):
        inspection.advance(inspection.conclude, by=by, at=at)
    return len(looks)


def reinspect_line(
    inspection: Inspection,
    *,
    by: User,
    line: InspectionLine,
    passed: bool,
    words: str = "",
    at: dt.datetime | None = None,
) -> None:
    """Look at one line again."""
    reinspect(inspection, by=by, looks=[Look(line, passed, words)], at=at)


def _check(inspection: Inspection, look: Look, rows: Mapping[int, Ticket]) -> None:
    line, ticket = look.line, rows.get(look.line.ticket_id or 0)
    if line.inspection_id != inspection.pk or ticket is None:
        raise Refusal(_("这一项不在这份验房里。"))
    if ticket.state in GIVEN_UP:
        raise Refusal(_("第 %(n)s 项已消单或合并，不用复验。") % {"n": line.number})
    if look.passed and not is_repaired(ticket):
        raise Refusal(_("第 %(n)s 项还没有修好验收，不能记通过。") % {"n": line.number})
    if not look.passed and not look.words.strip():
        raise Refusal(_("第 %(n)s 项不通过，写明还差什么。") % {"n": line.number})


def acknowledge_lines(deadline: Deadline, *, by: User, at: dt.datetime) -> None:
    """知道了 for every line of the same inspection that is late with the same promise."""
    assert deadline.ticket is not None, "lines have repairs"
    late = Deadline.objects.open().filter(kind=deadline.kind, due_at__lt=at, acknowledgement=None)
    late = late.filter(ticket__inspection=deadline.ticket.inspection_id).exclude(ticket__urgency=Urgency.URGENT)
    tickets = Ticket.objects.filter(pk__in=late.values("ticket")).order_by("pk").select_for_update(of=("self",))
    locked = {ticket.pk: ticket for ticket in tickets}
    rows = list(late.filter(ticket__in=locked))
    Acknowledgement.objects.bulk_create(Acknowledgement(deadline=row, by=by, at=at) for row in rows)
    said = [(locked[row.ticket_id or 0], {"kind": row.kind, "deadline": row.pk}) for row in rows]
    write_all(said, "acknowledge", by=by, at=at)


def is_repaired(ticket: Any) -> bool:
    """Accepted once, or closed without a slip."""
    return bool(ticket.completed_at or ticket.state == State.CLOSED)


def is_settled(line: InspectionLine, rows: Mapping[int, Ticket]) -> bool:
    """Passed, or given up as a repair."""
    ticket = rows.get(line.ticket_id or 0)
    return bool(line.passed or (ticket and ticket.state in GIVEN_UP))
