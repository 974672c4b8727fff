"""A spreadsheet of defects, of one dwelling or of a whole weekend: shown first, then brought in as drafts, all or nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import BinaryIO

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import clock
from core.refusals import Refusal
from people.models import User
from places.models import Community, Unit
from places.roster import cells
from places.roster.columns import Column
from places.roster.comparing import Present
from places.roster.reading import read
from places.roster.sheets import Value
from places.roster.where import Key, Misplaced, key_of
from tickets.inspections.drafting import may_inspect, open_draft, save_lines
from tickets.inspections.lines import LONGEST_FAULT, SHORTEST_FAULT
from tickets.inspections.parts import Parts
from tickets.inspections.reading import Defect, read_rows
from tickets.models import MOST_LINES, DefectFile, Inspection, InspectionLine


@dataclass
class Row:
    """A row of the file and what becomes of it: `problem` keeps it out, `note` is to be mended on the sheet."""

    sheet: str
    defect: Defect
    unit: Unit | None = None
    column: str = ""
    problem: str = ""
    note: str = ""


@dataclass
class Home:
    """A dwelling with its rows, and how many lines its draft has already."""

    unit: Unit
    rows: list[Row] = field(default_factory=list)
    there: int = 0

    @property
    def notes(self) -> int:
        return sum(bool(row.note) for row in self.rows)


@dataclass
class Plan:
    """What a file would bring. Nothing is written by making one."""

    community: Community
    homes: list[Home]
    refused: list[Row]
    notes: list[str]

    @property
    def n(self) -> int:
        return sum(len(home.rows) for home in self.homes)


def plan(file: BinaryIO, community: Community, *, name: str = "") -> Plan:
    """Read a file (.xlsx, .csv) and say what it would bring; Unreadable, with a sentence, when it cannot be taken at all."""
    rows: list[Row] = []
    notes: list[str] = []
    for sheet in read(file, name):
        if sheet.hidden or not sheet.rows:
            continue
        defects, note = read_rows(sheet.rows)
        notes.append(f"{sheet.title}{_('：')}{note}" if sheet.title else note)
        rows += [Row(sheet.title, defect) for defect in carried_down(defects)]
    place(rows, Present(community))
    judge(rows, Parts())
    return gathered(community, rows, notes)


def carried_down(defects: list[Defect]) -> list[Defect]:
    """The dwelling written once at the head of its rows holds for those below it."""
    above: dict[Column, Value] = {}
    found = []
    for defect in defects:
        if Column.BUILDING in defect.dwelling:
            above = {}
        above |= defect.dwelling
        found.append(Defect(defect.row, defect.room, defect.part, defect.fault, defect.urgency, dict(above)))
    return found


def place(rows: list[Row], present: Present) -> None:
    """Which dwelling each row means."""
    known: dict[tuple[str, str], list[Unit]] = {}
    for key, unit in present.units.items():
        known.setdefault((key.building, key.room), []).append(unit)
    for row in rows:
        said = row.defect.dwelling
        try:
            key = key_of(
                *(said.get(column) for column in (Column.BUILDING, Column.ENTRANCE, Column.ROOM, Column.FLOOR))
            )
        except Misplaced as wrong:
            row.column, row.problem = str(wrong.column.label), f"{cells.shown(wrong.value)} {wrong.reason}".strip()
            continue
        row.unit = present.units.get(key) or only(known.get((key.building, key.room), []) if not key.entrance else [])
        if row.unit is None:
            row.column, row.problem = _("房号"), missing(key, known)


def only(units: list[Unit]) -> Unit | None:
    return units[0] if len(units) == 1 else None


def missing(key: Key, known: dict[tuple[str, str], list[Unit]]) -> str:
    if len(known.get((key.building, key.room), [])) > 1:
        return _("%(home)s 在几个单元都有，写明单元") % {"home": key.label}
    return _("没有 %(home)s 这一户") % {"home": key.label}


def judge(rows: list[Row], parts: Parts) -> None:
    """What of a row cannot be brought in, and what will be marked on the sheet."""
    for row in rows:
        defect = row.defect
        if row.problem:
            continue
        if len(defect.fault) > LONGEST_FAULT:
            row.column, row.problem = _("问题"), _("超过 %(n)s 个字，缩短后再导入") % {"n": LONGEST_FAULT}
            continue
        lacks = [] if defect.room else [_("缺部位")]
        found, why = parts.written(defect.part)
        lacks += [] if found else [why]
        lacks += [] if len(defect.fault) >= SHORTEST_FAULT else [_("问题要写")]
        row.note = _("，").join(lacks)


def gathered(community: Community, rows: list[Row], notes: list[str]) -> Plan:
    """By dwelling, in the order of the file; what goes beyond a sheet is refused."""
    homes: dict[int, Home] = {}
    for row in rows:
        if row.unit and not row.problem:
            homes.setdefault(row.unit.pk, Home(row.unit)).rows.append(row)
    counted = InspectionLine.objects.filter(
        inspection__in=Inspection.objects.drafts().filter(unit__in=homes), removed_at=None
    )
    for pk in counted.values_list("inspection__unit", flat=True):
        homes[pk].there += 1
    for home in homes.values():
        for row in home.rows[max(0, MOST_LINES - home.there) :]:
            row.column, row.problem = _("房号"), _("这一户超过 %(most)s 项") % {"most": MOST_LINES}
        home.rows = [row for row in home.rows if not row.problem]
    return Plan(community, [home for home in homes.values() if home.rows], [row for row in rows if row.problem], notes)


@transaction.atomic
def bring_in(made: Plan, *, by: User, at: dt.datetime | None = None) -> int:
    """Write the rows onto the drafts of their dwellings, all or nothing; each still wants its signature. How many lines."""
    may_inspect(by, made.community.pk)
    if made.refused:
        raise Refusal(_("有 %(n)s 行不能导入。改正后再导入。") % {"n": len(made.refused)})
    at = at or clock.now()
    for home in made.homes:
        unit = home.unit
        unit.entrance.building.community = made.community
        inspection = open_draft(unit, by=by, at=at)
        last = (
            inspection.lines.filter(removed_at=None).order_by("-position").values_list("position", flat=True).first()
            or 0.0
        )
        save_lines(
            inspection, by=by, at=at, lines=[row.defect.as_written(last + n) for n, row in enumerate(home.rows, 1)]
        )
    return made.n


LASTS = dt.timedelta(hours=24)


def hold(file: BinaryIO, community: Community, *, by: User, name: str, at: dt.datetime | None = None) -> DefectFile:
    """Keep a file until it is brought in; older ones of this person, and whatever lay here for a day, go."""
    at = at or clock.now()
    for old in DefectFile.objects.filter(Q(by=by) | Q(at__lt=at - LASTS)):
        drop(old)
    file.seek(0)
    row = DefectFile(community=community, by=by, name=name[:100], at=at)
    row.file.save(f"{uuid.uuid4().hex}.bin", ContentFile(file.read()), save=False)
    row.save()
    return row


def drop(row: DefectFile) -> None:
    row.file.delete(save=False)
    row.delete()
