"""Two people at once around ¥500.00, money and copies: one wins, the books stay right (trust.md §2b, G5)."""

from __future__ import annotations

import threading
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from billing import actions as billing
from billing import asking, quoting, till
from billing.models import Approval, CashHandover, Payment, Quote, Receipt
from core.refusals import Refusal
from tests.attacks.states import REFUSALS, browser, full, lines, url
from tests.cast import Cast, the_cast
from tickets.conditions import is_paid_up
from tickets.models import Ticket
from workorders import actions as workorders
from workorders import custody
from workorders.models import Copy, Handover, Slip

D = Decimal
pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]


def together(*jobs: Any) -> list[Any]:
    """Run them at once, each with its own connection; gives the results in order."""
    results: list[Any] = [None] * len(jobs)
    gate = threading.Barrier(len(jobs))

    def run(place: int, job: Any) -> None:
        try:
            gate.wait()
            results[place] = job()
        except BaseException as failure:
            results[place] = failure
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, job)) for place, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result for result in results if isinstance(result, BaseException) and not isinstance(result, Refusal)] == []
    return results


def posted(cast: Cast, who: str, step: str, record: Any, ticket: Ticket, **given: Any) -> Any:
    """A press of the button, prepared beforehand, to be run later; gives the status."""
    client, data = browser(cast, who), full(cast, step, ticket, **given)
    return lambda: client.post(url(step, record), data).status_code


@pytest.mark.sop("5.2.2-1c")
def test_a_slip_issued_while_the_quote_rises_to_500_is_never_a_500_slip_without_its_money() -> None:
    cast = the_cast()
    ticket = cast.accepted("499.99", "0.00")
    answers = together(
        posted(cast, "zhou", "issue_slip", ticket, ticket), posted(cast, "qian", "offer_quote", ticket, ticket, **lines("500.00"))
    )  # fmt: skip
    ticket.refresh_from_db()
    assert set(answers) <= {302, *REFUSALS}
    assert {slip.quoted_total for slip in ticket.slips.all()} <= {D("499.99")}
    assert (ticket.state, ticket.slips.count()) in {("ordered", 1), ("quoted", 0)}
    if ticket.state == "quoted":
        quoting.accept_quote(ticket, by=cast.zhou, name="李建国", relation="owner", how=Quote.How.PHONE)
        assert posted(cast, "zhou", "issue_slip", ticket, ticket)() == 409


@pytest.mark.sop("5.2.2-1c")
def test_a_second_slip_and_a_revision_to_500_accepted_at_once_leave_no_unpaid_slip_to_finish() -> None:
    cast = the_cast()
    slip = cast.arrived("480.00", "0.00")
    ticket = slip.ticket
    quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines("500.00", "0.00"))
    answers = together(
        posted(cast, "zhou", "accept_revision", ticket, ticket), posted(cast, "qian", "issue_slip", ticket, ticket),
        posted(cast, "wang", "slip_finish", slip, ticket),
    )  # fmt: skip
    ticket.refresh_from_db()
    assert set(answers) <= {302, *REFUSALS}
    assert (answers[0], ticket.accepted_total, is_paid_up(ticket)) == (302, D("500.00"), False)
    assert list(ticket.slips.values_list("state", flat=True)) == ["arrived"]


@pytest.mark.sop("5.2.2-1c")
def test_void_refund_and_reissue_at_once_never_issue_without_the_money() -> None:
    cast = the_cast()
    slip = cast.issued("800.00")
    ticket, payment = slip.ticket, Payment.objects.get()
    billing.void_slip(slip, by=cast.lin, reason="写错")
    asked = asking.reverse_ask(payment, by=cast.lin, reason="退款")
    together(
        lambda: quiet(asking.approve, Approval.objects.get(pk=asked.pk), by=cast.mei),
        posted(cast, "zhou", "issue_slip", ticket, ticket),
    )  # fmt: skip
    ticket.refresh_from_db()
    assert (ticket.slips.open().count(), ticket.receipted_total) in {(1, D("800.00")), (0, D("0.00"))}


def quiet(action: Any, *args: Any, **kwargs: Any) -> Any:
    """The action's result, or its refusal."""
    try:
        return action(*args, **kwargs)
    except Refusal as refusal:
        return refusal


@pytest.mark.sop("5.2.2-1a")
def test_the_same_payment_pressed_twice_or_taken_by_two_is_taken_once() -> None:
    cast = the_cast()
    first, second = cast.accepted_slip().ticket, cast.accepted_slip().ticket
    key, owed = str(uuid.uuid4()), {"amount": "35.00"}
    assert together(*[posted(cast, "zhou", "receive", first, first, once=key, **owed)] * 2) == [302, 302]
    answers = together(*[posted(cast, who, "receive", second, second, **owed) for who in ("zhou", "qian")])
    assert sorted(answers) in ([302, 409], [302, 422])
    assert list(Payment.objects.values_list("ticket", "amount")) == [(first.pk, D("35.00")), (second.pk, D("35.00"))]
    assert Receipt.objects.count() == 2


def test_a_refund_and_a_handover_of_cash_happen_once() -> None:
    cast = the_cast()
    slip = cast.accepted_slip()
    till.receive(slip.ticket, by=cast.wang, amount=D("35.00"), method="cash", payer="李建国")
    payment = Payment.objects.get()
    given = {"technician": cast.wang, "payments": [payment], "counted": D("35.00")}
    taken = together(*[lambda who=who: quiet(till.hand_over_cash, by=who, **given) for who in (cast.zhou, cast.qian)])
    assert [type(one) for one in sorted(taken, key=lambda one: isinstance(one, Refusal))] == [CashHandover, Refusal]
    back = [
        lambda: quiet(till.reverse, Payment.objects.get(pk=payment.pk), by=cast.lin, reason="退款") for _ in range(2)
    ]
    assert sorted(isinstance(one, Refusal) for one in together(*back)) == [False, True]
    assert sorted(Payment.objects.values_list("amount", flat=True)) == [D("-35.00"), D("35.00")]


@pytest.mark.sop("5.5.1-8")
def test_a_copy_scanned_at_two_desks_comes_back_once() -> None:
    cast = the_cast()
    slip = cast.arrived()
    jobs = [
        lambda who=who: quiet(custody.take_in, Slip.objects.get(pk=slip.pk), copies=[1], by=who)
        for who in (cast.zhou, cast.qian)
    ]
    assert sorted(isinstance(one, Refusal) for one in together(*jobs)) == [False, True]
    assert [row.move for row in Handover.objects.filter(copy__number=1).order_by("seq")] == [
        "create",
        "hand_out",
        "take_in",
    ]
    assert Copy.objects.get(number=1).holder == "desk"


def test_finishing_and_voiding_at_once_leaves_one_of_the_two() -> None:
    cast = the_cast()
    slip = cast.arrived("35.00", "0.00")
    workorders.list_parts(slip, by=cast.wang, parts=[], verified=True)
    answers = together(
        posted(cast, "wang", "slip_finish", slip, slip.ticket), posted(cast, "lin", "slip_void", slip, slip.ticket)
    )  # fmt: skip
    slip.refresh_from_db()
    assert (slip.state, set(answers) <= {302, 409}) == ("voided", True)
    assert slip.ticket.deadlines.open().filter(ref=slip.number).count() == 0
