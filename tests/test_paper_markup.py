"""Markup in every text that people type prints as they typed it, on each sheet of the three papers (trust.md §2d)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing import actions as billing
from billing import agreements, prints, quoting, till
from billing.models import Agreement, Quote, QuoteLine
from callbacks import actions as callbacks
from core import clock
from tests.cast import STROKES, Cast
from tests.paper import pages
from tickets.models import Ticket
from workorders import actions as workorders
from workorders import prints as slips
from workorders.models import Part, Slip

D = Decimal


def typed(field: str) -> str:
    """Markup, an entity and a template's own marks around the name of the field: at most 20 characters."""
    return f"<i>{field}</i>&lt;{{{{"


def said(page: str, *fields: str) -> dict[str, bool]:
    """Which of the fields stand on the page exactly as typed."""
    return {field: typed(field) in page for field in fields}


def accepted(cast: Cast, labour: str = "20.00") -> Ticket:
    """Reported, quoted and agreed to, with markup in every word."""
    ticket = cast.surveyed(reporter_name=typed("rn"), fault=typed("fault"))
    lines = [
        QuoteLine(kind="labour", name=typed("lab"), unit="只", quantity=D(1), price=D(labour)),
        QuoteLine(kind="material", name=typed("mat"), spec=typed("qs"), model=typed("qm"), unit="只", quantity=D(1), price=D("15.00")),
    ]  # fmt: skip
    quoting.offer_quote(ticket, by=cast.zhou, lines=lines)
    quoting.accept_quote(ticket, by=cast.zhou, name=typed("ans"), relation="owner", how=Quote.How.PHONE)
    return ticket


def finished(cast: Cast) -> Slip:
    slip = billing.issue_slip(accepted(cast), by=cast.zhou, technician=cast.wang)
    workorders.collect(slip, by=cast.wang)
    workorders.arrive(slip, by=cast.wang)
    ours = Part(source="company", name=typed("mat"), spec=typed("ps"), model=typed("pm"), quantity=D(1), unit="只", price=D("15.00"))  # fmt: skip
    own = Part(source="customer", name=typed("own"), quantity=D(1), name_ok=True, quantity_ok=True, look_ok=True, inspection=typed("insp"))  # fmt: skip
    workorders.list_parts(slip, by=cast.wang, parts=[ours, own], verified=True)
    workorders.finish(slip, by=cast.wang, work=typed("work"), strokes=STROKES)
    billing.accept_slip(slip, by=cast.wang, name=typed("sig"), opinion="passed", words=typed("words"), strokes=STROKES)
    return slip


def test_on_the_three_sheets_of_a_dispatch_order(cast: Cast, tmp_path: Path) -> None:
    slip = finished(cast)
    callbacks.record_answer(slip.ticket, caller=slip.ticket.callers.get(), by=cast.zhou, satisfied=False, opinion=typed("cb"))  # fmt: skip
    slip.refresh_from_db()
    printed = slips.print_slip(slip, by=cast.zhou, link=lambda code: f"https://desk.example.cn/c/{code}")
    fields = ("rn", "fault", "lab", "mat", "ans", "ps", "pm", "own", "insp", "work", "words", "cb")
    found = [said(page, *fields) for page in pages(printed.pdf.read(), tmp_path)]
    assert found == [dict.fromkeys(fields, True)] * 3


def test_on_an_agreement(cast: Cast, tmp_path: Path) -> None:
    ticket, today = accepted(cast, "600.00"), clock.today()
    draft = Agreement(
        party=typed("party"), scope=typed("scope"), materials=typed("sup"), starts_on=today,
        ends_on=today + dt.timedelta(days=2), guarantee_months=12,
    )  # fmt: skip
    agreement = agreements.issue_agreement(ticket, by=cast.zhou, agreement=draft)
    printed = prints.print_agreement(agreement, by=cast.zhou)
    fields = ("party", "scope", "sup", "lab", "mat")
    assert said("".join(pages(printed.pdf.read(), tmp_path)), *fields) == dict.fromkeys(fields, True)


@pytest.mark.parametrize("red", [False, True])
def test_on_a_receipt_and_on_the_red_one(cast: Cast, tmp_path: Path, red: bool) -> None:
    ticket: Any = finished(cast).ticket
    payment = till.receive(ticket, by=cast.zhou, amount=D("35.00"), method="wechat", payer=typed("payer"), reference=typed("ref"))  # fmt: skip
    if red:
        payment = till.reverse(payment, by=cast.lin, reason=typed("why"))
    printed = prints.print_receipt(payment.receipts.get(), by=cast.zhou)
    found = [said(page, "payer", "ref") for page in pages(printed.pdf.read(), tmp_path)]
    assert found == [{"payer": True, "ref": True}] * len(found)
    assert len(found) > 0
