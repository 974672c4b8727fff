"""Sheets of a handover inspection for tests: drafts with lines, registered ones, and what is typed for them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from places.models import Unit
from tests.cast import STROKES, Cast
from tickets import inspections
from tickets.inspections import Written
from tickets.models import Inspection, InspectionLine

# Room, part as people write it, what is wrong: the sheet of the mock-up.
DEFECTS = (
    ("客厅", "墙面涂料", "北墙有裂纹，长约 40 cm"),
    ("客厅", "入户门", "门框划伤 2 处"),
    ("主卧", "窗扇五金", "执手松动"),
    ("主卧", "插座", "床头插座无电"),
    ("卫生间", "地面防水", "蓄水 24 小时楼下有印"),
    ("卫生间", "地漏", "排水慢"),
    ("卫生间", "灯具", "镜前灯不亮"),
    ("厨房", "橱柜", "柜门合页松"),
)


def written(room: str = "客厅", component_text: str = "入户门", fault: str = "门框划伤 2 处", **given: Any) -> Written:
    """A line as somebody typed it."""
    return Written(
        given.pop("key", None) or uuid.uuid4(), room=room, component_text=component_text, fault=fault, **given
    )


def sheet(n: int, **given: Any) -> list[Written]:
    """n lines in their order."""
    return [written(*DEFECTS[at % len(DEFECTS)], position=at + 1.0, **given) for at in range(n)]


def drafted(cast: Cast, lines: Sequence[Written] | int = 3, *, by: Any = None, unit: Unit | None = None) -> Inspection:
    """A draft of 3-2-1201 with these lines, or with so many."""
    by = by or cast.zhou
    inspection = inspections.open_draft(unit or cast.unit_1201, by=by)
    inspections.save_lines(inspection, by=by, lines=sheet(lines) if isinstance(lines, int) else lines)
    return inspection


def registered(
    cast: Cast, lines: Sequence[Written] | int = 3, *, by: Any = None, unit: Unit | None = None
) -> Inspection:
    """A registered inspection of 3-2-1201, signed on the screen."""
    inspection = drafted(cast, lines, by=by, unit=unit)
    inspections.register(inspection, by=by or cast.zhou, strokes=STROKES)
    return inspection


def on_sheet(inspection: Inspection) -> list[InspectionLine]:
    return list(inspection.lines.filter(removed_at=None).select_related("ticket", "component"))
