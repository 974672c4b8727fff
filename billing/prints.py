"""From records to paper: what an agreement and a receipt say, printed and kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from billing.models import Agreement, Payment, Receipt
from billing.printing import agreement, receipt
from core import clock
from papers.models import Kind, Print
from papers.prints import Paper, print_paper, prints_of
from people.models import User
from places.queries import printed_number
from tickets.evidence import write
from tickets.models import Ticket


def print_agreement(record: Agreement, *, by: User) -> Print:
    """Two of them are signed; a later print says 补打. Refused when it changes faster than it prints."""
    paper = _paper(record, Kind.AGREEMENT, record.ticket, lambda: _agreement_data(record), agreement)
    return print_paper(paper, by=by)


def print_receipt(record: Receipt, *, by: User) -> Print:
    """Three copies on one sheet; voided ones say 作废, contra ones 红字. Refused when it changes faster than it prints."""
    paper = _paper(record, Kind.RECEIPT, record.payment.ticket, lambda: _receipt_data(record), receipt)
    return print_paper(paper, by=by)


def printed(paper: Agreement | Receipt, kind: Kind) -> QuerySet[Print]:
    """The kept prints of a paper, the first one first."""
    return prints_of(paper.community, kind, str(paper))


def _paper(
    record: Agreement | Receipt, kind: Kind, ticket: Ticket, said: Callable[[], dict[str, Any]], make: Any
) -> Paper:
    def lock() -> None:
        ticket.lock()
        record.refresh_from_db()

    def note(*, by: User, at: dt.datetime, **facts: Any) -> None:
        write(ticket, f"{kind.name.lower()}_print", by=by, at=at, facts={"number": str(record), **facts})

    return Paper(record.community, kind, str(record), said, make, lock, note)


def _day(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _lines(rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Lines as a paper wants them: Decimal sums and quantities."""
    return [
        {
            "item": " ".join(filter(None, [row["name"], row.get("spec", ""), row.get("model", "")])),
            "unit": row["unit"],
            "quantity": Decimal(row["quantity"]),
            "price": Decimal(row["price"]),
            "amount": Decimal(row["amount"]),
        }
        for row in rows
    ]


def _room(ticket: Ticket) -> str:
    return ticket.unit.printed if ticket.unit else ticket.where


def _agreement_data(record: Agreement) -> dict[str, Any]:
    data: dict[str, Any] = {
        "company": record.community.company, "number": printed_number(record.number), "customer": record.party, "room": _room(record.ticket),
        "telephone": record.ticket.masked_phone if record.community.mask_on_paper else record.ticket.phone, "clerk": record.issued_by.name,
        "work": record.scope, "materials": record.materials, "lines": _lines(record.lines), "total": record.total,
        "starts_on": _day(record.starts_on), "ends_on": _day(record.ends_on), "guarantee_months": record.guarantee_months,
    }  # fmt: skip
    if record.supplement:
        data["supplement"] = record.supplement
    if record.state == "voided":
        data["voided"] = True
    if record.signed_at:
        data["signed_on"] = _day(clock.local(record.signed_at).date())
    return data


def _receipt_data(record: Receipt) -> dict[str, Any]:
    payment = record.payment
    data: dict[str, Any] = {
        "company": record.community.company, "community": record.community.name, "number": printed_number(record.number),
        "received_on": _day(clock.local(record.issued_at).date()), "payer": record.payer, "room": _room(payment.ticket), "reason": record.reason,
        "amount": record.amount, "method": str(Payment.Method(payment.method).label), "nature": str(Payment.Purpose(payment.purpose).label),
        "received_by": payment.received_by.name, "issued_by": record.issued_by.name,
    }  # fmt: skip
    if payment.reference:
        data["reference"] = payment.reference
    if record.amount < 0 and payment.contra_of:
        original = payment.contra_of.receipts.order_by("pk").last()
        data["contra_of"] = printed_number(original.number) if original else ""
    if record.invoice:
        data["invoice_number"] = record.invoice
    if record.voided_at:
        data["voided"] = True
    return data
