"""Which dwelling a row means: building, entrance and room from three columns, from one address, or from both when they agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from django.utils.translation import gettext as _

from places.roster import cells
from places.roster.cells import Bad
from places.roster.columns import Column
from places.roster.sheets import Value

T = TypeVar("T")


class Key(NamedTuple):
    """Building, entrance, room in their normal spelling; an entrance nobody named is empty until the whole sheet is read."""

    building: str
    entrance: str
    room: str

    @property
    def label(self) -> str:
        """3栋2单元1201."""
        building = f"{self.building}栋" if self.building[-1:].isascii() else self.building
        return f"{building}{self.entrance}单元{self.room}" if self.entrance else f"{building}{self.room}"


class Misplaced(Exception):
    """A row that does not say which dwelling it means: the column at fault, its value, the reason."""

    def __init__(self, column: Column, value: Value, reason: str) -> None:
        super().__init__(reason)
        self.column, self.value, self.reason = column, value, reason


def key_of(
    building: Value, entrance: Value, room: Value, floor: Value = None, *, repeats_building: bool = False
) -> Key:
    """The dwelling; Misplaced where something is missing, unreadable or contradicts itself.

    repeats_building: in this sheet 3-0702 beside building 3 names the building again.
    """
    if room is None:
        raise Misplaced(Column.ROOM, None, _("没有房号。"))
    buildings, entrances = from_building(building)
    if entrance is not None:
        entrances.append((Column.ENTRANCE, entrance))
    *before, last = parts_of(Column.ROOM, room)
    if len(before) > 2 or (len(before) == 1 and is_room(before[0]) and is_room(last)):
        raise Misplaced(Column.ROOM, room, _("一格里不止一个房号。一户一行。"))
    if len(before) == 2:
        buildings.append((Column.ROOM, before[0]))
        entrances.append((Column.ROOM, before[1]))
    elif before:
        known = [read(column, value, cells.building) for column, value in buildings]
        same = bool(known) and read(Column.ROOM, before[0], cells.building) == known[0]
        means_building = not known or (same and (repeats_building or entrance is not None))
        (buildings if means_building else entrances).append((Column.ROOM, before[0]))
    if not buildings:
        raise Misplaced(Column.BUILDING, None, _("没有楼栋号。"))
    return Key(
        agreed(buildings, cells.building, _("楼栋与本行另一处不一致。")),
        agreed(entrances, cells.entrance, _("单元与本行另一处不一致。")),
        read(Column.ROOM, room, lambda _room: with_floor(last, floor)),
    )


def from_building(building: Value) -> tuple[list[tuple[Column, Value]], list[tuple[Column, Value]]]:
    """A building's cell may name the entrance too: 3栋2单元."""
    if building is None:
        return [], []
    first, *rest = parts_of(Column.BUILDING, building)
    if len(rest) > 1:
        raise Misplaced(Column.BUILDING, building, _("看不懂。写成 3 或 3栋 这样。"))
    return [(Column.BUILDING, first)], [(Column.BUILDING, part) for part in rest]


def parts_of(column: Column, value: Value) -> list[str]:
    return read(column, value, cells.address)


def read(column: Column, value: Value, parse: Callable[[Value], T]) -> T:
    try:
        return parse(value)
    except Bad as bad:
        raise Misplaced(column, value, str(bad)) from bad


def agreed(said: list[tuple[Column, Value]], parse: Callable[[Value], str], otherwise: str) -> str:
    """The one code that every place of the row gives; empty where none does."""
    codes = [read(column, value, parse) for column, value in said]
    named = [code for code in codes if code]
    if len(set(named)) > 1:
        column, value = said[-1]
        raise Misplaced(column, value, otherwise)
    return named[0] if named else ""


def is_room(part: str) -> bool:
    return part.isdecimal() and len(part) > 2


def with_floor(room: Value, floor: Value) -> str:
    """The room; where a column has the floor and the room is its place on it (3, 02), the two together: 0302."""
    level, place = cells.shown(floor).rstrip("层楼Ff"), cells.shown(room)
    if level.isdecimal() and len(level) < 3 and place.isdecimal() and len(place) < 3:
        return cells.room(f"{int(level)}{place.zfill(2)}")
    return cells.room(room)
