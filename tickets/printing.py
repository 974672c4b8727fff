"""The inspection list 验房记录 on paper (SOP 5.3.3; A4): what it needs, and its PDF. Times come as the words to print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

from core import pdf
from core.codes import Stroke


class DefectLine(TypedDict):
    """One defect. `number` is empty on a draft."""

    n: int
    room: str
    part: str
    fault: str
    urgency: str  # empty where it is routine
    photos: int
    warranty: str  # 至 2028-05-12
    who: str
    number: str  # BX-202611-0001
    verdict: NotRequired[str]  # 通过 11-24


class InspectionData(TypedDict):
    """Everything on the list. Without a number it is a draft to be signed by hand."""

    company: str
    community: str
    number: str
    room: str  # 3-2-1201
    handed_over_on: str
    inspected_at: str
    inspector: str
    customer: str
    relation: str
    telephone: str
    lines: Sequence[DefectLine]
    printed_at: str
    printed_by: str
    print_count: int
    signed_at: NotRequired[str]
    strokes: NotRequired[Sequence[Stroke]]
    on_paper: NotRequired[bool]


def inspection_list(data: InspectionData) -> bytes:
    """The list as a PDF, on as many pages as it takes, each with the head of the table and 第 x 页/共 y 页."""
    counted: dict[str, int] = {}
    for line in data["lines"]:
        counted[line["who"]] = counted.get(line["who"], 0) + 1
    context: dict[str, Any] = {
        "inspection": data,
        "counts": list(counted.items()),
        "looked_at": any(line.get("verdict") for line in data["lines"]),
        "reprint": f"补打 第{data['print_count']}次" if data["print_count"] > 1 else "",
        "printed": f"打印时间 {data['printed_at']}　打印人 {data['printed_by']}"
        + (f"　第{data['print_count']}次打印" if data["print_count"] else ""),
    }
    strokes = data.get("strokes")
    return pdf.render(
        "tickets/print/inspection.html",
        context,
        signatures={"resident": strokes} if strokes else None,
        family="listing",
    )
