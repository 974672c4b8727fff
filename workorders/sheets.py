"""Warranty and facility slip on paper (domain.md A.3, A.4): three copies each, no money on the first, no customer on the second."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from core import money, pdf
from core.clock import local
from workorders import printing
from workorders.models import Slip
from workorders.states import Bearer, Kind

SHEET = "dispatch_order"  # both stand on its page, head and foot
TEMPLATES = {Kind.WARRANTY: "workorders/print/warranty_slip.html", Kind.FACILITY: "workorders/print/facility_slip.html"}
INSPECTIONS = ("合格", "不合格")
KINDS = ("安装", "维修")
BEARERS = ("公司", "专项维修资金", "公共收益", "业主分摊", "责任人", "原施工单位", "保险")
FORM = {"phone": "电话", "letter": "书面", "email": "邮件", "chat": "微信"}


def sheets(kind: str, data: dict[str, Any]) -> bytes:
    """The three copies of a warranty or facility slip as one PDF; the same data, the same bytes."""
    drawn = printing.strokes_of(data, "customer", "performer", "builder", "supervisor")
    return pdf.three_copies(
        TEMPLATES[Kind(kind)], context(kind, data), printing.copies_of(data), signatures=drawn, sheet=SHEET
    )


def context(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """What the template reads: the single fields under `order`, choices as boxes, parts as rows."""
    rows = [printing.part_row(line) for line in data["parts"]]
    shown = [{"name": "无"}] if data["no_parts"] and not rows else rows
    signed = {
        f"{who}_signed": getattr(data.get(f"{who}_signature"), "at", "")
        for who in ("customer", "performer", "builder", "supervisor")
    }
    order = {
        **data, **signed, **{f"returned_{copy}": words for copy, words in enumerate(data["returned"], 1)},
        **printing.marks(data),
        "parts_total": money.shown(total(data["parts"])) if data["parts"] or data["no_parts"] else "",
    }  # fmt: skip
    return {
        "company": data["company"], "voided": data["voided"], "order": order, "caller": data["caller"], "at_home": data["at_home"],
        "start_label": "交付日期" if data["at_home"] else "竣工验收日", "when_label": data["when_label"],
        "performer_label": "施工单位" if data["by_firm"] else "维修人",
        "opinions": printing.choices(printing.OPINIONS, data["opinion"]),
        "inspections": printing.choices(INSPECTIONS, data["inspection"]),
        "kinds": printing.choices(KINDS, data["kind_word"]), "bearers": printing.choices(BEARERS, data["bearer"]),
        "ways": printing.choices(printing.WAYS, data["callback_way"]), "results": printing.choices(printing.RESULTS, data["callback_result"]),
        "parts": printing.padded(shown, "name", strike=data["final"]), "more_parts": shown[printing.ROWS :],
        "parts_carried": f"{total(data['parts'][: printing.ROWS]):.2f}", "parts_sum": f"{total(data['parts']):.2f}",
        "grows": len(shown) > printing.ROWS,
    }  # fmt: skip


def total(parts: list[Any]) -> Decimal:
    return sum((part["amount"] for part in parts), Decimal("0.00"))


def borne_by(slip: Slip) -> str:
    """The builder who bears what others repaired in his stead (G9), in words: 原施工单位 宏达建设; empty for every other slip."""
    if slip.bearer != Bearer.BUILDER or slip.kind == Kind.WARRANTY:
        return ""
    return f"{Bearer.BUILDER.label} {slip.ticket.builder or ''}".strip()


def words_of(slip: Slip) -> dict[str, Any]:
    """The fields of these kinds that a dispatch order has not; sums only on a facility slip."""
    warranty, notice, ticket = slip.warranty_line, slip.notice_line, slip.ticket
    limit = notice.get("arrive_by", "")
    return {
        "place": ticket.unit.printed if ticket.unit and not ticket.area else str(ticket.area or ""), "caller": ticket.has_caller,
        "at_home": "customer" in slip.signatories, "by_firm": slip.builder_id is not None, "final": bool(slip.content_hash),
        "starts_on": warranty.get("starts_on", ""), "category": warranty.get("category", ""), "term": warranty.get("term", ""),
        "ends_on": warranty.get("ends_on", ""), "agreement": warranty.get("agreement", ""),
        "survey": "；".join(filter(None, ["属质保", warranty.get("survey"), warranty.get("reason")])) if warranty else "",
        "surveyed": f"{warranty.get('surveyed_by', '')} {warranty.get('surveyed_at', '')}".strip(),
        "builder": slip.performer if slip.builder_id else "", "contact": notice.get("contact", ""), "builder_phone": notice.get("phone", ""),
        "notice": notice.get("number", "").partition("-")[2], "noticed": f"{FORM.get(notice.get('form', ''), '')} {notice.get('sent_at', '')}".strip(),
        "arrive_by": f"{local(dt.datetime.fromisoformat(limit)):%Y-%m-%d %H:%M}" if limit else "",
        "supervisor_name": slip.technician.name, "performer": slip.performer,
        "renewed_until": f"{slip.renewed_until:%Y-%m-%d}" if slip.renewed_until else "",
        "kind_word": KINDS[0] if slip.installing else KINDS[1], "equipment": slip.equipment, "equipment_no": slip.equipment_no,
        "bearer": str(Bearer(slip.bearer).label) if slip.bearer else "", "liable_person": slip.liable_person or borne_by(slip), "approval_number": slip.approval_number,
        "hours": printing.quantity(slip.hours) if slip.hours else "", "no_parts": slip.no_parts,
        "inspection": "合格" if slip.inspection_opinion else "", "inspection_text": slip.inspection,
        "when_label": "计划日期" if slip.planned_on and not slip.window_from else "预约时间",
    }  # fmt: skip
