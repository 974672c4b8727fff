"""A sheet is registered (5.3.3, domain A.1): all lines or none, one repair a line in line order, in a handful of statements.

Forty lines cost about what forty plain inserts cost (bench/inspection.py): numbers are taken at once, rows written a table at a time.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from core import clock
from core.clock import local, whole_second
from core.lifecycle import action
from core.refusals import Refusal
from papers.actions import next_number, next_numbers
from papers.models import Kind
from people.models import User
from places.warranty import Verdict
from tickets import photos, sla
from tickets.evidence import write_all
from tickets.inspections.drafting import may_inspect
from tickets.inspections.lines import problems_of, verdicts
from tickets.inspections.parts import Parts
from tickets.models import Caller, Inspection, InspectionLine, LinePhoto, Photo, Place, Ticket
from tickets.registering import search_text
from tickets.states import Nature


class BadLines(Refusal):
    """Lines that cannot be registered as they stand: (place on the sheet, sentence) each."""

    def __init__(self, found: Sequence[tuple[int, str]]) -> None:
        self.found = list(found)
        said = "；".join(self.sentences[:3])
        super().__init__(_("有 %(n)s 处要改：%(said)s") % {"n": len(self.found), "said": said})

    @property
    def sentences(self) -> list[str]:
        """第 7 项：选部件."""
        return [_("第 %(n)s 项：%(sentence)s") % {"n": n, "sentence": sentence} for n, sentence in self.found]


@action
def register(
    inspection: Inspection,
    *,
    by: User,
    strokes: Sequence[Any] = (),
    on_paper: bool = False,
    shown: Mapping[uuid.UUID, int] | None = None,
    at: dt.datetime | None = None,
) -> list[Ticket]:
    """Register every line of the sheet, or nothing. `shown`: the lines the resident signed for, by key and version.

    The clocks run from now; the one of the notice is met by the batch notice (5.4.1), urgent lines have theirs as always.
    """
    at = at or clock.now()
    may_inspect(by, inspection.community_id)
    lines = inspection.standing
    _check(inspection, lines, shown)
    inspection.strokes, inspection.on_paper = list(strokes), on_paper
    number = next_number(inspection.community, Kind.INSPECTION, at=at)
    inspection.advance(inspection.register, by=by, at=at, number=number, registered_by=by, registered_at=at, items=len(lines))  # fmt: skip
    _hand_over(inspection, by)
    made = _tickets(inspection, lines, by, at)
    _write(inspection, made, by)
    _bind(inspection, lines, made)
    return made


def _check(inspection: Inspection, lines: list[InspectionLine], shown: Mapping[uuid.UUID, int] | None) -> None:
    """Nothing wrong on the sheet, nothing on it that the person did not see, nobody to ask left out."""
    if shown is not None and {line.key: line.version for line in lines} != shown:
        raise Refusal(_("同事刚改过这份验房。核对各项后再登记一次。"))
    parts = Parts()
    bad = [(n, problem.sentence) for n, line in enumerate(lines, 1) for problem in problems_of(line, parts)]
    if bad:
        raise BadLines(bad)
    if not (inspection.reporter_name and inspection.phone):
        raise Refusal(_("填写验房客户的姓名和电话。"))


def _hand_over(inspection: Inspection, by: User) -> None:
    """The handover day, where the sheet tells it and the dwelling has none: the warranty of its parts begins (G10)."""
    unit = inspection.unit
    if unit.handed_over_on is None and inspection.handed_over_on:
        unit.handed_over_on = inspection.handed_over_on
        unit._history_user = by  # type: ignore[attr-defined]
        unit.save()


def _tickets(inspection: Inspection, lines: list[InspectionLine], by: User, at: dt.datetime) -> list[Ticket]:
    """The repairs, not saved yet, numbered in line order."""
    reported_at = whole_second(at)
    found = verdicts(inspection.unit, {line.component for line in lines if line.component}, local(at).date())
    numbers = next_numbers(inspection.community, Kind.TICKET, len(lines), at=reported_at)
    made = []
    for line, number in zip(lines, numbers, strict=True):
        assert line.component is not None, "checked before"
        ticket = Ticket(
            community=inspection.community, inspection=inspection, number=number, reported_at=reported_at, saved_at=at, since=reported_at,
            channel=Ticket.Channel.INSPECTION, taken_by=by, place=Place.HOME, unit=inspection.unit, spot=line.spot,
            reporter_name=inspection.reporter_name, relation=inspection.relation, phone=inspection.phone,
            component=line.component, trade=line.component.trade, fault=f"{line.room}：{line.fault}", urgency=line.urgency,
        )  # fmt: skip
        _judge(ticket, found[line.component.pk])
        ticket.search_text = search_text(ticket)
        ticket._history_user, ticket._history_date = by, at
        made.append(ticket)
    return made


def _judge(ticket: Ticket, found: Verdict) -> None:
    """First judgement from part and warranty; nobody has altered a dwelling that is just handed over (5.5.2-2)."""
    ticket.warranty_state, ticket.warranty_ends_on = found.state, found.ends_on
    covered = {"in": Nature.WARRANTY_HOME, "undetermined": Nature.UNDETERMINED}
    ticket.nature_guess = covered.get(found.state, Nature.PAID_HOME)


def _write(inspection: Inspection, made: list[Ticket], by: User) -> None:
    """Repairs with their history, callers, first events and clocks."""
    bulk_create_with_history(made, Ticket)
    callers = [Caller(ticket=row, name=row.reporter_name, phone=row.phone, relation=row.relation) for row in made]
    bulk_create_with_history(callers, Caller, default_user=by, default_date=made[0].saved_at)
    said = [
        (row, {"urgency": row.urgency, "channel": row.channel, "nature": row.nature_guess, "inspection": inspection.pk})
        for row in made
    ]
    write_all(said, "register", by=by, at=made[0].reported_at)
    sla.begin(*made)


def _bind(inspection: Inspection, lines: list[InspectionLine], made: list[Ticket]) -> None:
    """Each line points to its repair and gives it its pictures; what was taken off the sheet is thrown away."""
    for n, (line, ticket) in enumerate(zip(lines, made, strict=True), 1):
        line.number, line.ticket = n, ticket
    InspectionLine.objects.bulk_update(lines, ["number", "ticket"])
    Photo.objects.bulk_create(
        Photo(
            ticket=line.ticket,
            kind=Photo.Kind.REPORT,
            file=row.file.name,
            sha256=row.sha256,
            by_id=row.by_id,
            at=row.at,
        )
        for line in lines
        for row in line.photos.all()
    )
    left = inspection.lines.filter(ticket=None)
    names = list(LinePhoto.objects.filter(line__in=left).values_list("file", flat=True))
    left.delete()
    if names:
        transaction.on_commit(lambda: photos.forget(names))
