"""The shift sheet 交接班单 on paper (screens 5.12, domain E.1; A4): what it needs, and its PDF. Times and sums come as words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from core import pdf


class HandedLine(TypedDict):
    """One thing the next shift must know. `told`: 已交代 was ticked."""

    what: str  # 3栋2单元1201 厨房水管接口渗水
    urgent: bool
    number: str  # BX-202611-0001, empty for a key
    stands: str  # 待报价，下一步 填报价
    who: str
    due: str  # 11-24 12:00
    late: bool
    note: str
    told: bool


class HandedSection(TypedDict):
    """The lines under one head, as the screen has them."""

    title: str
    lines: Sequence[HandedLine]


class ShiftData(TypedDict):
    """Everything on the sheet; what is not signed yet prints as a ruled blank."""

    company: str
    community: str
    number: str
    state: str
    outgoing: str
    handed_at: str
    incoming: str
    taken_at: str
    sections: Sequence[HandedSection]
    remark: str
    cash: Sequence[tuple[str, str]]  # 本班收现金，3 笔 → ¥105.00
    counted_out: str
    expected_in: str
    counted_in: str
    gap: str
    gap_words: str
    open: Sequence[tuple[str, str]]  # 待通知 → 2
    numbers: Sequence[tuple[str, str]]  # 维修派工单 → WX-202611-0003–0007
    silent: str
    unsent: str
    printed_at: str
    printed_by: str
    print_count: int


def shift_sheet(data: ShiftData) -> bytes:
    """The sheet as a PDF, on as many pages as it takes, each with its number and 第 x 页/共 y 页."""
    context: dict[str, Any] = {
        "shift": data,
        "reprint": f"补打 第{data['print_count']}次" if data["print_count"] > 1 else "",
        "printed": f"打印时间 {data['printed_at']}　打印人 {data['printed_by']}　第{data['print_count']}次打印",
    }
    return pdf.render("desk/print/shift.html", context, family="listing")
