"""Agreement (domain.md A.6) and receipt (A.7) on paper: what they need, and their PDF. Times come as words; sums as Decimal yuan."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NotRequired, TypedDict

from core import money, pdf
from core.capitals import capitals
from workorders.printing import PriceLine, Signed, price_row, strokes_of

RECEIPT_COPIES = ("①白 存根", "②红 收据联", "③黄 记账联")


class AgreementData(TypedDict):
    """A simple repair agreement, printed twice by the desk: one for the customer, one for the company."""

    company: str
    number: str  # XY-202611-0004
    customer: str
    room: str
    telephone: str
    clerk: str
    work: str
    materials: str
    lines: Sequence[PriceLine]  # those of the accepted quote
    total: Decimal  # must be their sum
    starts_on: str  # 2026年11月26日
    ends_on: str
    guarantee_months: int
    printed_at: str
    printed_by: str
    print_count: int
    supplement: NotRequired[int]  # 1: 补1, the first supplement of the same number
    voided: NotRequired[bool]
    customer_signature: NotRequired[Signed]
    signed_on: NotRequired[str]  # when signed on paper


class ReceiptData(TypedDict):
    """A receipt. A contra receipt (红字) has a negative amount and names the receipt it takes back."""

    company: str
    community: str
    number: str  # SJ-202611-0031
    received_on: str  # 2026年11月23日
    payer: str
    room: str
    reason: str  # WX-202611-0052 有偿维修费
    amount: Decimal
    method: str  # 微信
    nature: str  # 预收 / 维修费 / 补差
    received_by: str
    issued_by: str
    printed_at: str
    printed_by: str
    print_count: int
    reference: NotRequired[str]  # 尾号 8841
    contra_of: NotRequired[str]
    invoice_number: NotRequired[str]
    voided: NotRequired[bool]
    payer_signature: NotRequired[Signed]


def agreement(data: AgreementData) -> bytes:
    """The agreement as a PDF, one page unless its texts are long; ValueError when the total is not the sum of the lines."""
    if data["total"] != sum(line["amount"] for line in data["lines"] if not line.get("struck")):
        raise ValueError(f"{data['number']}: the total is not the sum of its lines")
    context = {
        **_common(data, data["total"]),
        "agreement": data,
        "lines": [price_row(line) for line in data["lines"]],
        # Long texts and many lines are set smaller: an agreement is one page.
        "dense": len(data["work"]) + len(data["materials"]) + 40 * len(data["lines"]) > 300,
        "supplement": f"补{data['supplement']}" if data.get("supplement") else "",
    }
    return pdf.render("billing/print/agreement.html", context, signatures=strokes_of(data, "customer"))


def receipt(data: ReceiptData) -> bytes:
    """The three copies of a receipt on one A4 sheet; ValueError for 0.00 and for a negative sum that takes back no receipt."""
    if not data["amount"] or (data["amount"] < 0) != bool(data.get("contra_of")):
        raise ValueError(f"{data['number']}: no receipt over {data['amount']}")
    context = {
        **_common(data, data["amount"]),
        "receipt": data,
        "copies": RECEIPT_COPIES,
    }
    return pdf.render("billing/print/receipt.html", context, signatures=strokes_of(data, "payer"))


def _common(data: AgreementData | ReceiptData, amount: Decimal) -> dict[str, Any]:
    """What both papers say of their sum and of their printing."""
    return {
        "amount": money.shown(amount),
        "capitals": f"人民币{capitals(amount)}",
        "reprint": f"补打 第{data['print_count']}次" if data["print_count"] > 1 else "",
        "printed": f"打印时间 {data['printed_at']}　打印人 {data['printed_by']}　第{data['print_count']}次打印",
    }
