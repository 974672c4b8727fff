"""Money given back on a repair that is over: the debt is open again, and whoever collects sees it (X05, decisions: Money)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from billing import till
from billing.models import Payment
from billing.queries import accounts
from callbacks import actions as callbacks
from tests.cast import Cast
from tickets.models import Ticket
from workorders import actions as workorders

D = Decimal


def closed(cast: Cast, total: str = "35.00", **given: Any) -> Ticket:
    """Archived, paid, everybody asked."""
    ticket: Ticket = cast.returned(total, "0.00", used="0.00", **given).ticket
    callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.zhou, satisfied=True)
    workorders.close(ticket, by=cast.zhou)
    assert (ticket.state, ticket.balance) == ("closed", D("0.00"))
    return ticket


@pytest.mark.sop("3.2")
@pytest.mark.parametrize("total", ["35.00", "800.00"])
def test_a_payment_of_an_archived_repair_taken_back_is_owed_again_and_stands_among_the_debts(
    cast: Cast, sign_in: Any, total: str
) -> None:
    ticket = closed(cast, total)
    cast.refunded(Payment.objects.get(), reason="转账被银行退回")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.balance, ticket.paid_total) == ("closed", D(total), D("0.00"))
    assert [charge.state for charge in ticket.charges.all()] == ["open"]
    assert [row.pk for row in accounts(cast.zhou).due] == [ticket.pk]
    page = sign_in("zhou").get(reverse("cash")).content.decode()
    assert [words in page for words in ("归档后退款，重新欠款", reverse("receive", args=[ticket.number]))] == [
        True,
        True,
    ]


def test_what_is_owed_again_is_received_and_leaves_the_debts(cast: Cast, sign_in: Any) -> None:
    ticket = closed(cast)
    cast.refunded(Payment.objects.get())
    page = sign_in("zhou").get(ticket.get_absolute_url())
    assert page.context["steps"].main.name == "receive"
    fields = {"method": "cash", "amount": "35.00", "payer": "李建国"}
    assert sign_in("zhou").post(reverse("receive", args=[ticket.number]), fields).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.state, ticket.balance, accounts(cast.zhou).due) == ("closed", D("0.00"), [])


def test_or_it_is_waived(cast: Cast, sign_in: Any) -> None:
    ticket = closed(cast)
    cast.refunded(Payment.objects.get())
    fields = {"amount": "35.00", "reason": "收错，不再收"}
    assert sign_in("lin").post(reverse("waive", args=[ticket.number]), fields).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.balance, accounts(cast.zhou).due) == (D("0.00"), [])


@pytest.mark.sop("5.2.2-1c")
def test_a_prepayment_given_back_before_the_slip_is_asked_for_again_everywhere(cast: Cast, sign_in: Any) -> None:
    ticket = cast.prepaid("800.00", "0.00")
    cast.refunded(Payment.objects.get())
    ticket.refresh_from_db()
    assert (ticket.state, ticket.balance) == ("prepaid", D("800.00"))
    assert [row.pk for row in accounts(cast.zhou).beforehand] == [ticket.pk]
    page = sign_in("zhou").get(ticket.get_absolute_url())
    assert (page.context["steps"].main.name, page.context["steps"].main.label) == ("receive", "收预付款")
    assert [offer.name for offer in page.context["steps"].blocked] == ["issue_slip"]


def test_a_payment_is_given_back_once(cast: Cast) -> None:
    closed(cast)
    payment = Payment.objects.get()
    cast.refunded(payment)
    assert till.irreversible(Payment.objects.get(pk=payment.pk), by=cast.lin) == "这笔款已冲红。"
