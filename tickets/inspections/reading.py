"""Defects out of a spreadsheet: which column holds what, by its head or by what stands in it, in any order; tolerant, never guessing a part."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from core.text import listed, squeezed
from places.roster import cells
from places.roster.columns import COLUMN_OF, Column, plain
from places.roster.plain import read_text as read_sheet
from places.roster.sheets import Row, Value
from tickets.inspections.drafting import Written
from tickets.inspections.parts import Parts
from tickets.inspections.rooms import spot_of
from tickets.models import Ticket
from tickets.states import Urgency

# Words of their own: the columns of a roster are strings too, and one of them is "room".
ROOM, PART, FAULT, URGENCY, NOTHING = "defect room", "defect part", "defect fault", "defect urgency", ""
WORDS = {
    ROOM: "部位 位置 区域 空间 功能间 检查部位 问题部位 所在位置 房间部位 place area location spot",
    PART: "部件 项目 构件 分项 部品 检查项 检查项目 分部分项 问题分类 问题类别 类别 名称 component part item category",
    FAULT: "问题 描述 问题描述 缺陷 缺陷描述 内容 问题内容 情况 情况描述 现象 故障 故障情况 不合格项 整改内容 fault defect issue description problem",
    URGENCY: "紧急 紧急程度 等级 级别 紧急级别 严重程度 urgency priority severity",
    NOTHING: "序号 编号 行号 照片 图片 质保 责任单位 施工单位 状态 检查人 日期 no photo",
}
HEAD_OF = {plain(word): kind for kind, words in WORDS.items() for word in words.split()}
DWELLING = (Column.BUILDING, Column.ENTRANCE, Column.ROOM, Column.FLOOR)
LABELS: dict[str, Callable[[], str]] = {
    ROOM: lambda: _("部位"), PART: lambda: _("部件"), FAULT: lambda: _("问题"), URGENCY: lambda: _("紧急程度"),
}  # fmt: skip
DEGREES = {
    Urgency.URGENT: "急修 紧急 特急 urgent high 高", Urgency.PROMPT: "急需 急 较急 加急 是 √ prompt medium 中",
    Urgency.ROUTINE: "一般 普通 正常 否 routine low 低",
}  # fmt: skip
DEGREE_OF = {squeezed(word): degree for degree, words in DEGREES.items() for word in words.split()}
HEAD_WITHIN = 8


@dataclass(frozen=True)
class Defect:
    """A row as it was read. dwelling: what its columns of building, entrance, room and floor say, empty where there are none."""

    row: int
    room: str
    part: str
    fault: str
    urgency: str = Urgency.ROUTINE
    dwelling: dict[Column, Value] = field(default_factory=dict)

    def as_written(self, position: float) -> Written:
        """As if somebody had typed it."""
        return Written(
            uuid.uuid4(),
            position=position,
            room=self.room,
            component_text=self.part,
            fault=self.fault,
            urgency=self.urgency,
        )


@dataclass
class Reading:
    """Which column holds what, and where the rows begin."""

    columns: dict[int, str | Column]
    begins: int

    @property
    def said(self) -> str:
        """部位、部件、问题."""
        kinds = [kind for kind in (ROOM, PART, FAULT, URGENCY) if kind in self.columns.values()]
        return listed(LABELS[kind]() for kind in kinds)

    def text(self, row: Row, kind: str) -> str:
        """What a row has in the columns of that kind, put together."""
        found = [
            cells.shown(row.values[at]).strip() for at, one in self.columns.items() if one == kind and at in row.values
        ]
        return " ".join(" ".join(found).split())


def read_text(text: str) -> tuple[list[Defect], str]:
    """The defects of pasted rows and, in a sentence, how the columns were understood."""
    if not text.strip():
        return [], ""
    rows = read_sheet(text.encode(), "")[0].rows if "\t" in text else plain_rows(text)
    return read_rows(rows)


def plain_rows(text: str) -> list[Row]:
    """Lines of one cell each: commas belong to the sentence."""
    return [Row(n, {0: line.strip()}) for n, line in enumerate(text.splitlines(), 1) if line.strip()]


def read_rows(rows: Sequence[Row]) -> tuple[list[Defect], str]:
    """The defects below the head, or in all rows where there is none."""
    reading = by_head(rows) or by_content(rows)
    found = [defect_of(row, reading) for row in rows if row.number >= reading.begins]
    lines = [defect for defect in found if defect.fault or defect.part]
    return lines, _("已按“%(columns)s”读入 %(n)s 行") % {"columns": reading.said, "n": len(lines)}


def defect_of(row: Row, reading: Reading) -> Defect:
    dwelling = {
        kind: row.values[at] for at, kind in reading.columns.items() if isinstance(kind, Column) and at in row.values
    }
    degree = DEGREE_OF.get(squeezed(reading.text(row, URGENCY)), Urgency.ROUTINE)
    return Defect(
        row.number,
        reading.text(row, ROOM)[:20],
        reading.text(row, PART)[:60],
        reading.text(row, FAULT)[:1000],
        degree,
        dwelling,
    )


def by_head(rows: Sequence[Row]) -> Reading | None:
    """The first row that names a part or a fault and one thing more."""
    for row in rows[:HEAD_WITHIN]:
        columns: dict[int, str | Column] = {}
        for at, value in row.values.items():
            kind = head_word(plain(value), [each.values.get(at) for each in rows if each.number > row.number][:20])
            if kind and (kind in {FAULT} or kind not in columns.values()):
                columns[at] = kind
        if {PART, FAULT} & set(columns.values()) and len(columns) > 1:
            return Reading(columns, row.number + 1)
    return None


def head_word(label: str, below: Iterable[Value]) -> str | Column:
    """What a head word means here; 房间 is a dwelling where numbers stand below it, else a room of the home."""
    if label in {"房间", "房间名称"}:
        numbered = any(cells.shown(value)[:1].isdigit() for value in below if value is not None)
        return Column.ROOM if numbered else ROOM
    if label in HEAD_OF:
        return HEAD_OF[label]
    column = COLUMN_OF.get(label)
    return column if column in DWELLING else NOTHING


def by_content(rows: Sequence[Row]) -> Reading:
    """Without a head: rooms are known words, parts are understood, degrees are few, figures count, what is left is the fault."""
    parts = Parts()
    values: dict[int, list[str]] = {}
    for row in rows[:30]:
        for at, value in row.values.items():
            values.setdefault(at, []).append(cells.shown(value).strip())
    left = {at: said for at, said in values.items() if not share(said, str.isdecimal)}
    columns: dict[int, str | Column] = {}
    tests: tuple[tuple[str, Callable[[str], bool]], ...] = (
        (URGENCY, lambda said: squeezed(said) in DEGREE_OF),
        (ROOM, lambda said: len(said) < 8 and spot_of(said) not in {"", Ticket.Spot.OTHER}),
        (PART, lambda said: len(said) < 12 and parts.written(said)[0] is not None),
    )
    for kind, test in tests:
        best = max(left, key=lambda at: (portion(left[at], test), -at), default=None) if len(left) > 1 else None
        if best is not None and share(left[best], test):
            columns[best] = kind
            del left[best]
    if left:
        columns[max(left, key=lambda at: sum(map(len, left[at])) / len(left[at]))] = FAULT
    return Reading(columns, 0)


def portion(said: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, said)) / len(said)


def share(said: Sequence[str], test: Callable[[str], bool]) -> bool:
    """Is it so for at least half of them?"""
    return portion(said, test) >= 0.5
