"""From a slip to its paper (domain.md A.2): every field from the record, rendered outside of any transaction, then kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from decimal import Decimal
from typing import Any, cast

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from core import clock, codes
from core.clock import local
from core.codes import Stroke
from core.refusals import Forbidden, Refusal
from core.text import masked_telephone
from papers.actions import keep
from papers.models import Print
from papers.prints import TRIES, prints_of
from people.models import User
from people.roles import DU, ES, FD, SS
from places.queries import printed_number
from tickets.evidence import write
from workorders import sheets
from workorders.issuing import PAPER
from workorders.models import Handover, Holder, Part, Signature, Slip
from workorders.printing import DispatchData, PartLine, PriceLine, Signed, dispatch_order
from workorders.states import Kind as SlipKind
from workorders.states import SlipState

PRINTERS = (FD, DU, SS, ES)

PAD = 2.5  # width of a signature pad by its height: strokes are kept as 0 to 1 of either side
OF_PRINTING = {"printed_at", "printed_by", "print_count", "links"}
HOW = {"in_person": "当面", "phone": "电话", "wechat": "微信", "signed": "当面签字"}
METHOD = {"cash": "现金", "wechat": "微信", "alipay": "支付宝", "card": "刷卡", "transfer": "转账"}
WAY = {"phone": "电话", "visit": "上门", "wechat": "微信"}
RESULT = {"satisfied": "满意", "unsatisfied": "不满意", "exhausted": "未接通", "due": "未接通"}


def print_slip(slip: Slip, *, by: User, link: Callable[[str], str]) -> Print:
    """The three copies as a PDF, kept under the next count; from the second on the sheets say 补打.

    link: the address behind the digits of a copy's code. Refused when the slip changes faster than it prints.
    """
    if not by.may(*PRINTERS, within=slip.community_id):
        raise Forbidden("print_slip", PRINTERS)
    links = tuple(link(codes.copy_digits(slip.pk, copy)) for copy in (1, 2, 3))
    for _try in range(TRIES):
        slip.fresh()
        now, count = clock.now(), printed(slip).count() + 1
        data = paper_data(slip, links=links, printed_at=now, printed_by=by.name, count=count)  # type: ignore[arg-type]
        kept = _keep(slip, data, made(slip, data), by=by, at=now)
        if kept:
            return kept
        slip.refresh_from_db()
    raise Refusal(_("单据正在被改动，没有打印。稍后再打印。"))


def printed(slip: Slip) -> Any:
    """The kept prints of a slip, the first one first."""
    return prints_of(slip.community_id, PAPER[SlipKind(slip.kind)], slip.number)


def _keep(slip: Slip, data: Any, pdf: bytes, *, by: User, at: dt.datetime) -> Print | None:
    """Keep the PDF if the slip still says what was rendered and nobody printed in between."""
    with transaction.atomic():
        ticket = slip.ticket.lock()
        now = type(slip).objects.get(pk=slip.pk)
        if now.version != slip.version or printed(slip).count() + 1 != data["print_count"]:
            return None
        kept = keep(
            slip.community, PAPER[SlipKind(slip.kind)], slip.number, by=by, at=at, content=content_of(data), pdf=pdf
        )
        write(ticket, "slip_print", by=by, at=at, facts={"slip": slip.number, "nth": kept.nth, "print": kept.pk})
        return kept


def made(slip: Slip, data: Any) -> bytes:
    """The PDF of its kind."""
    return dispatch_order(data) if slip.kind == SlipKind.DISPATCH else sheets.sheets(slip.kind, data)


def paper_data(slip: Slip, *, links: tuple[str, str, str], printed_at: dt.datetime, printed_by: str, count: int) -> Any:
    """Everything that goes onto the paper of this slip's kind."""
    if slip.kind == SlipKind.DISPATCH:
        return dispatch_data(slip, links=links, printed_at=printed_at, printed_by=printed_by, count=count)
    with translation.override("zh-hans"):
        data: dict[str, Any] = {
            **_head(slip),
            **_work(slip),
            **_signatures(slip),
            **_after(slip),
            **sheets.words_of(slip),
        }
        data |= {
            "links": links,
            "printed_at": f"{local(printed_at):%Y-%m-%d %H:%M}",
            "printed_by": printed_by,
            "print_count": count,
        }
    data = {name: "" if value is None else value for name, value in data.items()}  # a blank is ruled, never "None"
    if slip.kind == SlipKind.WARRANTY:
        data["parts"] = []  # materials are words there, without a price
    if data["when_label"] == "计划日期":
        data["appointment"] = f"{slip.planned_on:%Y-%m-%d}"
    return data


def dispatch_data(
    slip: Slip, *, links: tuple[str, str, str], printed_at: dt.datetime, printed_by: str, count: int
) -> DispatchData:
    """Everything the dispatch order prints of this slip; papers are Chinese whatever the screen's language."""
    with translation.override("zh-hans"):
        data: dict[str, Any] = {
            **_head(slip), **_money(slip), **_work(slip), **_signatures(slip), **_after(slip),
            "links": links, "printed_at": f"{local(printed_at):%Y-%m-%d %H:%M}", "printed_by": printed_by, "print_count": count,
        }  # fmt: skip
    kept = {
        name: value
        for name, value in data.items()
        if name in DispatchData.__required_keys__ or value not in (None, "", [])
    }
    return cast(DispatchData, kept)


def content_of(data: Any) -> str:
    """SHA-256 of what the sheet says, the moment and count of printing left out."""
    said = {name: value for name, value in data.items() if name not in OF_PRINTING}
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def _head(slip: Slip) -> dict[str, Any]:
    ticket, community = slip.ticket, slip.community
    return {
        "company": community.company, "community": community.name, "number": printed_number(slip.number), "slip_id": slip.pk,
        "ticket_number": printed_number(ticket.number), "issued_at": f"{local(slip.issued_at):%Y-%m-%d %H:%M}", "issued_by": slip.issued_by.name,
        "room": ticket.unit.printed if ticket.unit else str(ticket.area or ""), "customer": ticket.reporter_name,
        "telephone": masked_telephone(ticket.phone) if community.mask_on_paper else ticket.phone,
        "fault": f"{ticket.component.name}：{ticket.fault}", "trade": slip.trade.name, "technician": slip.technician.name,
        "appointment": window(slip.window_from, slip.window_to), "edition": slip.revision, "voided": slip.state == SlipState.VOIDED,
    }  # fmt: skip


def _money(slip: Slip) -> dict[str, Any]:
    said = " ".join(filter(None, [slip.agreed_by, HOW.get(slip.agreed_how, ""), moment(slip.agreed_at)]))
    received = slip.received_line
    return {
        "prices": [_price(line) for line in slip.lines], "total": slip.quoted_total, "confirmed": said,
        "agreement_number": " ".join(map(printed_number, slip.agreement_number.split())),
        "deposit_receipt": " ".join(map(printed_number, slip.receipt_numbers.split())),
        "received": Decimal(received["amount"]) if received else None,
        "method": METHOD.get(received.get("method", "")), "received_by": received.get("by"),
    }  # fmt: skip


def _price(line: dict[str, Any]) -> PriceLine:
    item = " ".join(filter(None, [line["name"], line.get("spec"), line.get("model")]))
    return PriceLine(
        item=item, unit=line["unit"], quantity=Decimal(line["quantity"]), price=Decimal(line["price"]),
        amount=Decimal(line["amount"]), struck=bool(line.get("struck")),
    )  # fmt: skip


def _work(slip: Slip) -> dict[str, Any]:
    parts = [part for part in slip.part_rows if not part.withdrawn]
    verified = max((part.verified_at for part in parts if part.verified_at), default=None)
    remarks = "；".join(part.inspection for part in slip.part_rows if part.inspection)
    handed = slip.collected_at or slip.copies_with_performer
    return {
        "parts": [_part(part) for part in parts], "parts_final": bool(slip.content_hash), "inspection_remark": remarks,
        "verified": f"√ {moment(verified)}" if verified else "",
        "collected": f"{slip.collected_name or slip.technician.name} {moment(slip.collected_at)}".strip() if handed else "",
        "arrived_at": moment(slip.arrived_at), "finished_at": moment(slip.finished_at) if slip.content_hash else "",
        "work_done": slip.work, "opinion": str(slip.get_opinion_display()) if slip.opinion else "", "opinion_text": slip.opinion_text,
    }  # fmt: skip


def _part(part: Part) -> PartLine:
    line = PartLine(
        source="公司" if part.source == Part.Source.COMPANY else "客户", name=part.name, spec=part.spec, model=part.model,
        quantity=part.quantity, unit=part.unit, price=part.price, amount=part.amount,
    )  # fmt: skip
    if part.source == Part.Source.CUSTOMER:
        line["name_ok"], line["quantity_ok"], line["look_ok"] = part.name_ok, part.quantity_ok, part.look_ok
    return line


def _signatures(slip: Slip) -> dict[str, Any]:
    """What was signed on a screen is drawn on the sheet; a signature on paper is on the paper."""
    last = {row.role: row for row in slip.signatures.filter(dropped=False) if row.strokes}
    roles = {
        "customer": Signature.Role.CUSTOMER,
        "technician": Signature.Role.TECHNICIAN,
        "supervisor": Signature.Role.ENGINEERING,
    }
    if slip.kind == SlipKind.WARRANTY:
        roles = {
            "customer": Signature.Role.CUSTOMER,
            "builder": Signature.Role.BUILDER,
            "supervisor": Signature.Role.ENGINEERING,
        }
    elif slip.kind == SlipKind.FACILITY:
        roles = {"performer": Signature.Role(slip.performer_role), "supervisor": Signature.Role.ENGINEERING}
    return {
        f"{name}_signature": Signed(_drawn(last[role].strokes), f"{local(last[role].at):%Y-%m-%d %H:%M}")
        for name, role in roles.items()
        if role in last
    }  # fmt: skip


def _drawn(strokes: list[list[list[float]]]) -> list[Stroke]:
    return [[(x * PAD, y) for x, y in stroke] for stroke in strokes]


def _after(slip: Slip) -> dict[str, Any]:
    called = slip.callback_line
    return {
        "returned": tuple(_returned(slip, number) for number in (1, 2, 3)),
        "callback_at": moment(dt.datetime.fromisoformat(called["at"])) if called else "",
        "callback_way": WAY.get(called.get("way", "")), "callback_result": RESULT.get(called.get("state", "")),
        "callback_opinion": called.get("opinion"), "callback_by": called.get("by"),
    }  # fmt: skip


def _returned(slip: Slip, number: int) -> str:
    """王强→周敏 11-23 15:10: the handover that brought the copy home, while it is the last."""
    rows = Handover.objects.filter(copy__slip=slip, copy__number=number).select_related("from_person", "by")
    last = rows.order_by("-seq").first()
    if last is None or last.move not in {Handover.Move.TAKE_IN, Handover.Move.RECALL}:
        return ""
    giver = last.from_person.name if last.from_person else str(Holder(last.from_holder).label)
    return f"{giver}→{last.by.name} {moment(last.at)}"


def moment(at: dt.datetime | None) -> str:
    """11-23 14:05, as papers write a time of the year of issue."""
    return f"{local(at):%m-%d %H:%M}" if at else ""


def window(starts: dt.datetime | None, ends: dt.datetime | None) -> str:
    """11-23 14:00–15:00."""
    if not (starts and ends):
        return ""
    same = local(starts).date() == local(ends).date()
    return f"{moment(starts)}–{local(ends):%H:%M}" if same else f"{moment(starts)}–{moment(ends)}"
