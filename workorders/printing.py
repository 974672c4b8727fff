"""The dispatch order on paper (domain.md A.2): what it needs, and its PDF. Times come as the words to print; sums as Decimal yuan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict

from core import codes, money, pdf
from core.capitals import capitals
from core.codes import Stroke

COPIES = ("第一联 客服存根联（白）", "第二联 客服结算联（红）", "第三联 工程联（黄）")
ROWS = 8  # lines of each table on the first page; more go to the continuation sheet
STRUCK = "以下空白"
OPINIONS = ("满意", "合格", "不合格")
METHODS = ("现金", "微信", "支付宝", "刷卡", "转账")
WAYS = ("电话", "上门", "微信")
RESULTS = ("满意", "不满意", "未接通")
TICK, CROSS = "√", "×"


class PriceLine(TypedDict):
    """One line of the accepted quote. `struck`: replaced by a revision, kept legible."""

    item: str
    unit: str
    quantity: Decimal
    price: Decimal
    amount: Decimal
    struck: NotRequired[bool]


class PartLine(TypedDict):
    """One part used. `name_ok` … `look_ok`: the inspection of a customer's part, None while not inspected."""

    source: Literal["公司", "客户"]
    name: str
    spec: NotRequired[str]
    model: NotRequired[str]
    quantity: Decimal
    unit: NotRequired[str]
    price: NotRequired[Decimal]
    amount: NotRequired[Decimal]
    name_ok: NotRequired[bool | None]
    quantity_ok: NotRequired[bool | None]
    look_ok: NotRequired[bool | None]


@dataclass(frozen=True)
class Signed:
    """A signature given on screen: its pen strokes and the time printed under it."""

    strokes: Sequence[Stroke]
    at: str


class DispatchData(TypedDict):
    """Everything on the dispatch order. What is absent prints as a ruled blank to be filled in by hand."""

    company: str  # letterhead
    community: str
    number: str  # as printed: WX-202611-0052
    slip_id: int  # for the bar code
    links: tuple[str, str, str]  # short link of each copy, for its QR
    ticket_number: str
    issued_at: str  # 2026-11-23 09:40
    issued_by: str
    room: str  # 3-2-1201
    customer: str
    telephone: str
    fault: str  # 水龙头：关不紧
    trade: str
    technician: str
    appointment: str  # 11-23 14:00–15:00
    prices: Sequence[PriceLine]
    total: Decimal  # with a bearer: the company's parts used, at his cost
    confirmed: str  # 李建国 电话 11-23 09:36
    printed_at: str  # time and person of this printing come as data: the same words make the same bytes
    printed_by: str
    print_count: int  # 1 for the first; from 2 on the sheet says 补打
    edition: NotRequired[int]  # 2 after a revision: 第2版
    voided: NotRequired[bool]
    only: NotRequired[int]  # 3: the third copy alone, in the place of a lost one
    approved: NotRequired[str]  # 沈刚 2026-11-24 10:05, with `only`
    bearer: NotRequired[str]  # 原施工单位 宏达建设: he pays, the customer nothing
    agreement_number: NotRequired[str]
    deposit_receipt: NotRequired[str]
    collected: NotRequired[str]  # 王强 11-23 13:50
    arrived_at: NotRequired[str]
    finished_at: NotRequired[str]
    parts: NotRequired[Sequence[PartLine]]
    parts_final: NotRequired[bool]  # nothing may be added: the blank rest is struck
    inspection_remark: NotRequired[str]
    verified: NotRequired[str]  # √ 11-23 14:38
    work_done: NotRequired[str]
    opinion: NotRequired[str]  # one of OPINIONS
    opinion_text: NotRequired[str]
    received: NotRequired[Decimal]
    method: NotRequired[str]  # one of METHODS
    received_by: NotRequired[str]
    customer_signature: NotRequired[Signed]
    technician_signature: NotRequired[Signed]
    supervisor_signature: NotRequired[Signed]
    returned: NotRequired[tuple[str, str, str]]  # 王强→周敏 11-23 15:10, for each copy
    callback_at: NotRequired[str]
    callback_way: NotRequired[str]  # one of WAYS
    callback_result: NotRequired[str]  # one of RESULTS
    callback_opinion: NotRequired[str]
    callback_by: NotRequired[str]


def dispatch_order(data: DispatchData) -> bytes:
    """The three copies of a dispatch order as one PDF: three pages, six with a continuation sheet; the same data, the same bytes."""
    signatures = strokes_of(data, "customer", "technician", "supervisor")
    return pdf.three_copies(
        "workorders/print/dispatch_order.html", _context(data), copies_of(data), signatures=signatures
    )


def strokes_of(data: Mapping[str, Any], *names: str) -> dict[str, Sequence[Stroke]]:
    """The pen strokes by name of those who signed on screen: `customer_signature` → customer."""
    signed = {name: data.get(f"{name}_signature") for name in names}
    return {name: given.strokes for name, given in signed.items() if isinstance(given, Signed)}


def copies_of(data: Mapping[str, Any]) -> list[pdf.Copy]:
    """The three copies with their codes; one alone where it takes the place of a lost one."""
    found = [
        pdf.Copy(label, f"{data['number']}-{copy}", link, codes.copy_digits(data["slip_id"], copy))
        for copy, (label, link) in enumerate(zip(COPIES, data["links"], strict=True), 1)
    ]
    return [found[data["only"] - 1]] if data.get("only") else found


def marks(data: Mapping[str, Any]) -> dict[str, str]:
    """What every slip says of its printing: 补打 from the second time on; 补联 with clerk and approver where a copy is lost (G8)."""
    printed = f"打印时间 {data['printed_at']}　打印人 {data['printed_by']}"
    if data.get("only"):
        return {
            "reprint": "补联（原联遗失）",
            "printed": f"{printed}　核准 {data['approved']}　第{data['print_count']}次补联",
        }
    return {
        "reprint": f"补打 第{data['print_count']}次" if data["print_count"] > 1 else "",
        "printed": f"{printed}　第{data['print_count']}次打印",
    }


def _context(data: DispatchData) -> dict[str, Any]:
    prices, parts = list(data["prices"]), list(data.get("parts", ()))
    price_rows, part_rows = [price_row(line) for line in prices], [part_row(line) for line in parts]
    if data.get("bearer"):
        price_rows = [{"item": f"费用由{data['bearer']}承担"}, {"item": "客户不付费"}]
    return {
        "company": data["company"],
        "order": _order(data),
        "voided": data.get("voided", False),
        "prices": padded(price_rows, "item", strike=True),
        "parts": padded(part_rows, "name", strike=data.get("parts_final", False)),
        "more_prices": price_rows[ROWS:],
        "more_parts": part_rows[ROWS:],
        "prices_carried": f"{_sum(prices[:ROWS]):.2f}",
        "prices_sum": f"{_sum(prices):.2f}",
        "parts_carried": f"{_sum(parts[:ROWS]):.2f}",
        "parts_sum": f"{_sum(parts):.2f}",
        "opinions": choices(OPINIONS, data.get("opinion")),
        "methods": choices(METHODS, data.get("method")),
        "ways": choices(WAYS, data.get("callback_way")),
        "results": choices(RESULTS, data.get("callback_result")),
        # Struck lines and continuation sheets are beyond a blank form with fixed rows.
        "grows": len(prices) > ROWS or len(parts) > ROWS or any(line.get("struck") for line in prices),
    }


def _order(data: DispatchData) -> dict[str, Any]:
    """The single fields: the data's own words, and those put together here."""
    returned = data.get("returned", ("", "", ""))
    signed = {
        f"{name}_signed": getattr(data.get(f"{name}_signature"), "at", "")
        for name in ("customer", "technician", "supervisor")
    }
    known = not data.get("bearer") or data.get("parts") or data.get("parts_final")
    free = {"confirmed": "客户应付 ¥0.00", "received": "不收费"} if data.get("bearer") else {}
    return {
        **data,
        **signed,
        **{f"returned_{copy}": words for copy, words in enumerate(returned, 1)},
        "total": money.shown(data["total"]) if known else "",
        "capitals": f"人民币{capitals(data['total'])}" if known else "",
        "received": money.shown(data["received"]) if "received" in data else "",
        "edition": f"第{data['edition']}版" if data.get("edition", 1) > 1 else "",
        **marks(data),
        **free,
    }


def price_row(line: PriceLine) -> dict[str, Any]:
    """A price line as the words of its cells."""
    return {
        **line,
        "quantity": quantity(line["quantity"]),
        "price": f"{line['price']:.2f}",
        "amount": f"{line['amount']:.2f}",
    }


def part_row(line: PartLine) -> dict[str, Any]:
    row: dict[str, Any] = {**line, "quantity": quantity(line["quantity"])}
    sums = {name: f"{row[name]:.2f}" for name in ("price", "amount") if name in row}
    verdict = {True: TICK, False: CROSS, None: ""}
    marks = {name: verdict[row.get(name)] for name in ("name_ok", "quantity_ok", "look_ok")}
    return row | sums | marks


def padded(rows: list[dict[str, Any]], name: str, *, strike: bool) -> list[dict[str, Any]]:
    """The rows of the first page, always ROWS of them; the first blank one is struck so that nothing can be added."""
    padding: list[dict[str, Any]] = [{} for _ in range(ROWS - len(rows))]
    if padding and strike:
        padding[0] = {name: STRUCK}
    return [*rows[:ROWS], *padding]


def choices(labels: Sequence[str], chosen: str | None) -> list[dict[str, str]]:
    """The boxes of a choice, the chosen one ticked; ValueError for a choice that has no box and would be lost."""
    if chosen and chosen not in labels:
        raise ValueError(f"no box for {chosen!r} among {labels}")
    return [{"label": label, "tick": TICK if label == chosen else ""} for label in labels]


def quantity(amount: Decimal) -> str:
    """1.000 as 1, 4.500 as 4.5."""
    return f"{amount.normalize():f}"


def _sum(lines: Sequence[Any]) -> Decimal:
    """The sum of the lines that stand."""
    return sum((line.get("amount", Decimal(0)) for line in lines if not line.get("struck")), Decimal("0.00"))
