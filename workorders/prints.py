"""From a slip to its paper (domain.md A.2): every field from the record, rendered outside of any transaction, then kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from core import codes
from core.clock import local
from core.codes import Stroke
from core.refusals import Forbidden, Refusal
from core.text import masked_telephone
from papers.models import Kind as PaperKind
from papers.models import Print
from papers.prints import Paper, print_paper, prints_of
from people.models import User
from people.roles import DU, ES, FD, SS, may
from places.queries import printed_number
from workorders import sheets
from workorders.issuing import PAPER
from workorders.models import Copy, Handover, Holder, Part, Signature, Slip
from workorders.printing import DispatchData, PartLine, PriceLine, Signed, dispatch_order
from workorders.states import Bearer, SlipState
from workorders.states import Kind as SlipKind

PRINTERS = (FD, DU, SS, ES)
printer = may(*PRINTERS)

PAD = 2.5  # width of a signature pad by its height: strokes are kept as 0 to 1 of either side
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
    paper = Paper(
        slip.community, kind_of(slip), slip.number,
        said=lambda: slip_data(slip), make=lambda data: made(slip, {**data, "links": links}),
        lock=slip.lock_spine, record=partial(slip.record, "print"),
    )  # fmt: skip
    slip.fresh()
    return print_paper(paper, by=by)


def print_copy(copy: Copy, *, by: User, link: Callable[[str], str]) -> Print:
    """The certified reprint 补联 of one copy whose loss was approved (G8); it is filed in its place, the copy stays lost.

    link: the address behind the digits of a copy's code. Refused while the loss is not approved.
    """
    slip = copy.slip
    if not by.may(*PRINTERS, within=slip.community_id):
        raise Forbidden("print_copy", PRINTERS)
    if not (loss := loss_of(copy)):
        raise Refusal(_("这一联没有核准遗失，不打补联。"))
    links = tuple(link(codes.copy_digits(slip.pk, number)) for number in (1, 2, 3))
    approved = f"{loss.by.name} {local(loss.at):%Y-%m-%d %H:%M}"
    paper = Paper(
        slip.community, kind_of(slip), str(copy),
        said=lambda: {**slip_data(slip), "only": copy.number, "approved": approved},
        make=lambda data: made(slip, {**data, "links": links}),
        lock=slip.lock_spine, record=partial(slip.record, "print_copy", copies=[copy.number]),
    )  # fmt: skip
    slip.fresh()
    return print_paper(paper, by=by)


def loss_of(copy: Copy) -> Handover | None:
    """The approval of its loss; None while it is not lost."""
    if copy.holder != Holder.LOST:
        return None
    return copy.handovers.select_related("by").order_by("-seq").first()


def copies_printed(copy: Copy) -> Any:
    """The kept 补联 of a copy, the first one first."""
    return prints_of(copy.slip.community_id, kind_of(copy.slip), str(copy))


def kind_of(slip: Slip) -> PaperKind:
    """Which paper it is."""
    return PAPER[SlipKind(slip.kind)]


def printed(slip: Slip) -> Any:
    """The kept prints of a slip, the first one first."""
    return prints_of(slip.community_id, kind_of(slip), slip.number)


def made(slip: Slip, data: Any) -> bytes:
    """The PDF of its kind."""
    return dispatch_order(data) if slip.kind == SlipKind.DISPATCH else sheets.sheets(slip.kind, data)


def slip_data(slip: Slip) -> dict[str, Any]:
    """Everything the paper of this slip's kind says, but for who prints it when; papers are Chinese whatever the screen's language."""
    with translation.override("zh-hans"):
        return dispatch_data(slip) if slip.kind == SlipKind.DISPATCH else sheet_data(slip)


def sheet_data(slip: Slip) -> dict[str, Any]:
    """What a warranty or facility slip says."""
    data: dict[str, Any] = {**_head(slip), **_work(slip), **_signatures(slip), **_after(slip), **sheets.words_of(slip)}
    data = {name: "" if value is None else value for name, value in data.items()}  # a blank is ruled, never "None"
    if slip.kind == SlipKind.WARRANTY:
        data["parts"] = []  # materials are words there, without a price
    if data["when_label"] == "计划日期":
        data["appointment"] = f"{slip.planned_on:%Y-%m-%d}"
    return data


def dispatch_data(slip: Slip) -> dict[str, Any]:
    """What a dispatch order says; what is not known yet is left out and prints as a ruled blank."""
    data = {**_head(slip), **_money(slip), **_work(slip), **_signatures(slip), **_after(slip)}
    return {
        name: value
        for name, value in data.items()
        if name in DispatchData.__required_keys__ or value not in (None, "", [])
    }


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
    if slip.bearer == Bearer.BUILDER:  # G9: what was really used, at the builder's cost; the customer pays nothing
        return {"prices": [], "total": slip.used_materials, "bearer": sheets.borne_by(slip), "confirmed": ""}
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
