"""One row of a roster as a dwelling with its people, or the reasons why it cannot be taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeVar

from django.utils.translation import gettext as _

from places.models import Resident
from places.roster import cells
from places.roster.cells import Bad
from places.roster.columns import PHONE_OF, Column, Head
from places.roster.sheets import Row, Value
from places.roster.where import Key, Misplaced, key_of

Relation = Resident.Relation
RELATION_OF = {Column.OWNER: Relation.OWNER, Column.FAMILY: Relation.FAMILY, Column.TENANT: Relation.TENANT}
RELATIONS = {
    Relation.OWNER: "业主 产权人 房主 户主 本人 共有人 权利人 业主本人",
    Relation.TENANT: "租户 租客 承租人 承租 租住",
    Relation.FAMILY: "家属 配偶 夫妻 丈夫 妻子 夫 妻 子女 儿子 女儿 父母 父亲 母亲 父 母 亲属 家人 同住人 家庭成员",
}
RELATION_SAID = {word: relation for relation, words in RELATIONS.items() for word in words.split()}
T = TypeVar("T")


class Problem(NamedTuple):
    """Why a row is refused: the column as the file calls it, the value as it stands there, the reason."""

    column: str
    value: str
    reason: str


class Person(NamedTuple):
    """Somebody of a dwelling, as a roster gives him."""

    relation: str
    name: str
    title: str
    phone: str


@dataclass
class Dwelling:
    """What a row says of a dwelling; None and empty: it says nothing."""

    key: Key
    area: Decimal | None = None
    handed_over_on: dt.date | None = None
    completed_on: dt.date | None = None
    builder: str = ""
    remark: str = ""
    people: list[Person] = field(default_factory=list)


class Outcome(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    JOINED = "joined"
    REFUSED = "refused"
    SKIPPED = "skipped"


@dataclass
class Line:
    """A row of the file and what becomes of it; `notes` are said, `changes` are what would be changed."""

    sheet: str
    number: int
    head: Head
    outcome: Outcome = Outcome.NEW
    dwelling: Dwelling | None = None
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)

    def refuse(self, column: Column, value: str, reason: str) -> None:
        """Note why the row is not taken, with the column as the file calls it."""
        self.problems.append(Problem(self.head.name(column), value, reason))
        self.outcome = Outcome.REFUSED


class LineReader:
    """Reads the rows of one sheet below its head."""

    def __init__(self, title: str, head: Head, building: str = "") -> None:
        self.title, self.head, self.building = title, head, building
        self.repeats_building = False

    def read(self, row: Row) -> Line:
        """The row as a line: with a dwelling, or refused with every reason at once."""
        line = Line(self.title, row.number, self.head)
        row = self.without_id_numbers(row, line)
        key = self.key(row, line)
        dwelling = Dwelling(
            key=key or Key("", "", ""),
            area=self.take(row, line, Column.AREA, cells.area, None),
            handed_over_on=self.take(row, line, Column.HANDED_OVER, cells.day, None),
            completed_on=self.take(row, line, Column.COMPLETED, cells.day, None),
            builder=self.take(row, line, Column.BUILDER, cells.company, ""),
            remark=self.remark(row, line),
            people=self.people(row, line),
        )
        if dwelling.handed_over_on and dwelling.completed_on and dwelling.handed_over_on < dwelling.completed_on:
            line.notes.append(_("交付日早于竣工日，核对一下"))
        line.dwelling = dwelling if key else None
        return line

    def take(self, row: Row, line: Line, column: Column, parse: Callable[[Value], T], empty: T) -> T:
        """What the cell of that column means; `empty` without one; the reason noted where it cannot be read."""
        for value in self.head.values(row, column):
            return self.parsed(line, column, value, parse, empty)
        return empty

    def parsed(self, line: Line, column: Column, value: Value, parse: Callable[[Value], T], empty: T) -> T:
        try:
            return parse(value)
        except Bad as bad:
            line.refuse(column, cells.shown(value), str(bad))
            return empty

    def without_id_numbers(self, row: Row, line: Line) -> Row:
        """The row without identity numbers, which are never taken (trust §4)."""
        values = {
            place: value for place, value in row.values.items() if self.head.columns.get(place) != Column.ID_NUMBER
        }
        dropped = len(values) < len(row.values)
        for place, value in values.items():
            if place in self.head.columns and cells.ID_NUMBER.search(cells.shown(value)):
                values[place] = cells.ID_NUMBER.sub("", cells.shown(value)).strip("，,；;、（）() ") or None
                dropped = True
        if dropped:
            line.notes.append(_("身份证号不带入，已去掉"))
        return Row(row.number, {place: value for place, value in values.items() if value is not None})

    def remark(self, row: Row, line: Line) -> str:
        """All remarks of the row in one."""
        said = [
            self.parsed(line, Column.REMARK, value, cells.remark, "") for value in self.head.values(row, Column.REMARK)
        ]
        whole = "；".join(dict.fromkeys(filter(None, said)))
        if len(whole) > 100:
            line.refuse(Column.REMARK, whole, _("合起来超过 100 字。缩短再导入。"))
        return whole[:100]

    def key(self, row: Row, line: Line) -> Key | None:
        """Which dwelling; None, and the line refused, where the row does not say."""
        building, entrance, room, floor = (
            next(iter(self.head.values(row, column)), None)
            for column in (Column.BUILDING, Column.ENTRANCE, Column.ROOM, Column.FLOOR)
        )
        try:
            building = building if building is not None else self.building or None
            return key_of(building, entrance, room, floor, repeats_building=self.repeats_building)
        except Misplaced as wrong:
            line.refuse(
                wrong.column, cells.shown(next(iter(self.head.values(row, wrong.column)), wrong.value)), wrong.reason
            )
            return None

    def people(self, row: Row, line: Line) -> list[Person]:
        """Owners, family and tenants with their telephones; in a roster of persons the one of the row."""
        found: list[Person] = []
        for column, relation in RELATION_OF.items():
            said = (
                self.take(row, line, Column.RELATION, relation_said, relation) if column == Column.OWNER else relation
            )
            found += self.of_relation(row, line, column, said)
        return list(dict.fromkeys(found))

    def of_relation(self, row: Row, line: Line, column: Column, relation: Relation) -> list[Person]:
        """Names and numbers paired in their order; a number too many is the last person's second one."""
        named = self.everything(row, line, column, cells.names)
        numbers = self.everything(row, line, PHONE_OF[column], cells.phones)
        if numbers and not named:
            line.notes.append(_("有%(who)s电话没有姓名，只记电话") % {"who": relation.label})
            named = [("", "")]
        sex = self.take(row, line, Column.SEX, title_said, "") if column == Column.OWNER and len(named) == 1 else ""
        people = [
            Person(relation, name, title or sex, numbers[place] if place < len(numbers) else "")
            for place, (name, title) in enumerate(named)
        ]
        return people + [people[-1]._replace(phone=number) for number in numbers[len(named) :]]

    def everything(self, row: Row, line: Line, column: Column, parse: Callable[[Value], list[T]]) -> list[T]:
        """What all cells of that kind mean, one after the other."""
        nothing: list[T] = []
        found: list[T] = []
        for value in self.head.values(row, column):
            found += self.parsed(line, column, value, parse, nothing)
        return found


def relation_said(value: Value) -> Relation:
    """业主, 租户 or 家属 from the word of the office. Bad for another."""
    said = cells.text(value)
    if said not in RELATION_SAID:
        raise Bad(_("身份写业主、家属或租户。"))
    return RELATION_SAID[said]


def title_said(value: Value) -> str:
    """The title that goes with 男 or 女; none for anything else."""
    return {"男": Resident.Title.MR.value, "女": Resident.Title.MS.value}.get(cells.text(value)[:1], "")
