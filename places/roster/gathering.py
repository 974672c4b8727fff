"""From sheets to lines: rows that are no dwellings set aside, entrances settled, doubled rows and days that disagree named."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from places.roster import cells
from places.roster.columns import Column, Head, find_head
from places.roster.lines import Dwelling, Line, LineReader, Outcome
from places.roster.sheets import Row, Sheet, Unreadable, Value
from places.roster.where import Key

TOTALS = re.compile(r"合计|总计|小计|共计|总户数|合計|總計|小計|^累计|^共\d+户")
FOOTS = re.compile(
    r"^(制表|填表|审核|复核|编制|经办|打印|负责人|注[:：]|说明[:：]|备注[:：]|第\d+页|页码|单位[（(]?盖章|以下空白|以下无)"
)
SECTION = re.compile(r"^第?\w{1,6}(栋|幢|座|号楼|#)$")
DITTO = {"同上", "〃", "″", '"', "''", "”", "々", "同前"}


@dataclass
class SheetReport:
    """What was made of a sheet: its head, or why it was left out."""

    title: str
    head: Head | None = None
    left_out: str = ""
    notes: list[str] = field(default_factory=list)


def gather(
    sheets: list[Sheet], asked: dict[str, Column], there: Iterable[Key] = ()
) -> tuple[list[SheetReport], list[Line]]:
    """Every row of every sheet that has a head; Unreadable when none has."""
    reports, lines = [], []
    for sheet in sheets:
        head = None if sheet.hidden else find_head(sheet, asked)
        report = SheetReport(sheet.title, head)
        reports.append(report)
        if sheet.hidden:
            report.left_out = _("隐藏的工作表，没有读")
        elif head is None:
            report.left_out = _("没有找到表头，没有读")
        else:
            lines += lines_of(sheet, head, report)
    if not any(report.head for report in reports):
        raise Unreadable(_("没有找到表头：至少要有房号一列，并能看出楼栋。列名特别时用 --map 列=字段 指明。"))
    settle_entrances(lines, there)
    check_completion(lines)
    join_doubles(
        lines, relations={report.title for report in reports if report.head and report.head.has(Column.RELATION)}
    )
    return reports, lines


def lines_of(sheet: Sheet, head: Head, report: SheetReport) -> list[Line]:
    """The rows below the head."""
    building = sheet.title if SECTION.match(sheet.title) and not head.has(Column.BUILDING) else ""
    reader = LineReader(sheet.title, head, building)
    if building:
        report.notes.append(_("没有楼栋列，楼栋取自工作表名“%(title)s”") % {"title": sheet.title})
    lines = []
    reader.repeats_building = repeats_building(sheet, head)
    for row in filled_down([row for row in sheet.rows if row.number > head.row], head, report):
        if reason := set_aside(row, head):
            lines.append(Line(sheet.title, row.number, head, Outcome.SKIPPED, notes=[reason]))
            if section := section_of(row):
                reader.building = section
        else:
            lines.append(reader.read(row))
    return lines


def repeats_building(sheet: Sheet, head: Head) -> bool:
    """Without a column for the entrance, is 3-0702 in every room of building 3 the building again and not an entrance?"""
    if head.has(Column.ENTRANCE):
        return False
    pairs = [
        (re.sub(r"\D", "", cells.shown(building)), re.match(r"\D*(\d+)\D+\d", cells.shown(room)))
        for row in sheet.rows
        if row.number > head.row
        for building, room in zip(head.values(row, Column.BUILDING), head.values(row, Column.ROOM), strict=False)
    ]
    return bool(pairs) and all(
        room and room[1].lstrip("0") == building.lstrip("0") for building, room in pairs if building
    )


def set_aside(row: Row, head: Head) -> str:
    """Why a row is no dwelling: empty, a total, a foot, the head again, a heading; empty for a dwelling."""
    if row.is_empty:
        return _("空行")
    if head.repeats(row):
        return _("又一次表头")
    texts = [re.sub(r"\s", "", cells.shown(value)) for _place, value in sorted(row.values.items())]
    if any(TOTALS.search(text) for text in (texts if len(texts) < 4 else texts[:1])):
        return _("合计行")
    if FOOTS.match(texts[0]):
        return _("表尾")
    return _("小标题") if is_heading(row, texts, head) else ""


def is_heading(row: Row, texts: list[str], head: Head) -> bool:
    """One text alone, or over all columns of a merged row; a row of equal figures (villa 1-1-1) is none."""
    if len(set(texts)) > 1 or texts[0].isdecimal():
        return False
    return len(texts) > 2 or (not head.values(row, Column.ROOM) and bool(section_of(row) or not known(row, head)))


def known(row: Row, head: Head) -> bool:
    """Does anything of the row stand in a column that we read?"""
    return any(head.columns.get(place, Column.IGNORED) != Column.IGNORED for place in row.values)


def section_of(row: Row) -> str:
    """The building a heading between the rows names: 3栋; empty for another row."""
    texts = {re.sub(r"\s", "", cells.shown(value)) for value in row.values.values()}
    return texts.pop() if len(texts) == 1 and all(SECTION.match(text) for text in texts) else ""


def filled_down(rows: list[Row], head: Head, report: SheetReport) -> list[Row]:
    """Rows with 同上 replaced by the value above; and building and entrance from above, where most rows leave them empty."""
    with_room = [row for row in rows if head.values(row, Column.ROOM)]
    sparse: list[int] = []
    for place, column in sorted(head.columns.items(), key=lambda one: one[1] != Column.BUILDING):
        named = [place in row.values for row in with_room]
        if column in {Column.BUILDING, Column.ENTRANCE} and any(named[:1]) and (sparse or 2 * sum(named) < len(named)):
            sparse.append(place)
    if sparse:
        report.notes.append(
            _("%(columns)s空着的行取上一行的") % {"columns": "、".join(head.names[place] for place in sparse)}
        )
    building = next((place for place, column in head.columns.items() if column == Column.BUILDING), -1)
    above: dict[int, Value] = {}
    filled = []
    for row in rows:
        values = {
            place: above.get(place, value) if cells.shown(value) in DITTO else value
            for place, value in row.values.items()
        }
        if head.values(row, Column.ROOM):
            moved = building in values and values[building] != above.get(building)
            values |= {place: above[place] for place in sparse if place not in values and place in above and not moved}
            above = values
        filled.append(Row(row.number, values))
    return filled


def dwellings(lines: Iterable[Line]) -> list[tuple[Line, Dwelling]]:
    """The lines that say which dwelling they mean."""
    return [(line, line.dwelling) for line in lines if line.dwelling]


def settle_entrances(lines: list[Line], there: Iterable[Key]) -> None:
    """An entrance nobody named: that of the dwelling there is already, else the first of a building without any; else refused.

    there: the dwellings of the community so far.
    """
    found = dwellings(lines)
    with_entrances = {dwelling.key.building for _line, dwelling in found if dwelling.key.entrance}
    known: dict[tuple[str, str], set[str]] = {}
    for key in there:
        known.setdefault((key.building, key.room), set()).add(key.entrance)
        with_entrances |= {key.building} if key.entrance != "1" else set()
    for line, dwelling in found:
        building, entrance, room = dwelling.key
        if entrance:
            continue
        if len(entrances := known.get((building, room), set())) == 1:
            dwelling.key = Key(building, entrances.pop(), room)
        elif building not in with_entrances:
            dwelling.key = Key(building, "1", room)
        else:
            line.refuse(Column.ENTRANCE, "", _("没有单元号，同栋有几个单元。"))
            line.dwelling = None


def check_completion(lines: list[Line]) -> None:
    """A building was completed on one day: rows that differ from the rest of their building are refused."""
    days: dict[str, Counter[dt.date]] = {}
    for _line, dwelling in dwellings(lines):
        if dwelling.completed_on:
            days.setdefault(dwelling.key.building, Counter())[dwelling.completed_on] += 1
    for line, dwelling in dwellings(lines):
        counted = days.get(dwelling.key.building, Counter()).most_common(2)
        if len(counted) < 2 or not dwelling.completed_on:
            continue
        (most, times), (_second, fewer) = counted
        if times == fewer:
            line.refuse(Column.COMPLETED, str(dwelling.completed_on), _("同栋各行的竣工日期不一致。"))
        elif dwelling.completed_on != most:
            line.refuse(Column.COMPLETED, str(dwelling.completed_on), _("同栋其他行是 %(day)s。") % {"day": most})


def join_doubles(lines: list[Line], relations: set[str]) -> None:
    """Rows of one dwelling: joined where a roster has one row a person or another sheet adds to it, else refused."""
    first: dict[Key, Line] = {}
    for line, dwelling in dwellings(lines):
        there = first.setdefault(dwelling.key, line)
        if there is line or there.dwelling is None:
            continue
        joinable = there.sheet != line.sheet or line.sheet in relations
        if joinable and not line.problems and agrees(there.dwelling, dwelling):
            join(there, there.dwelling, line, dwelling)
        elif there.dwelling == dwelling:
            line.refuse(Column.ROOM, dwelling.key.label, _("与%(row)s重复。") % {"row": named(there, line)})
        else:
            for one, other in ((there, line), (line, there)):
                reason = _("与%(row)s是同一户，内容不同。") % {"row": named(other, one)}
                one.refuse(Column.ROOM, dwelling.key.label, reason)


def named(line: Line, seen_from: Line) -> str:
    """第 16 行, with its sheet when it stands on another."""
    row = _("第 %(row)s 行") % {"row": line.number}
    return row if line.sheet == seen_from.sheet else f"“{line.sheet}”{row}"


def agrees(one: Dwelling, other: Dwelling) -> bool:
    """Do two rows say the same of a dwelling wherever both say something?"""
    facts = (
        (getattr(one, name), getattr(other, name))
        for name in ("area", "handed_over_on", "completed_on", "builder", "remark")
    )
    return all(not mine or not theirs or mine == theirs for mine, theirs in facts)


def join(there: Line, into: Dwelling, line: Line, dwelling: Dwelling) -> None:
    """Add what a further row of the dwelling says to its first one."""
    if there.problems:
        line.refuse(
            Column.ROOM,
            dwelling.key.label,
            _("同一户的%(row)s有错，没有带入。") % {"row": named(there, line)},
        )
        return
    into.area = into.area or dwelling.area
    into.handed_over_on = into.handed_over_on or dwelling.handed_over_on
    into.completed_on = into.completed_on or dwelling.completed_on
    into.builder = into.builder or dwelling.builder
    into.remark = into.remark or dwelling.remark
    into.people = list(dict.fromkeys(into.people + dwelling.people))
    line.outcome, line.dwelling = Outcome.JOINED, None
    line.notes.append(_("并入%(row)s") % {"row": named(there, line)})
