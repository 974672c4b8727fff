"""The ¥500.00 rule at every door, and that money balances to the fen (5.2.2-1, G4, G5, G15)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from billing import actions as billing
from billing import asking, quoting, till
from billing.models import Adjustment, Payment, Quote, Receipt
from core.refusals import Forbidden, Refusal
from tests.cast import STROKES, Cast
from tickets.models import Ticket
from workorders import actions as workorders
from workorders.models import Part

D = Decimal


def refused(action, *args, **kwargs) -> str:
    """The sentence with which it is refused."""
    with pytest.raises(Refusal) as caught:
        action(*args, **kwargs)
    return str(caught.value)


@pytest.mark.sop("5.2.2-1c")
@pytest.mark.parametrize(("total", "asks"), [("499.99", False), ("500.00", True)])
def test_from_500_the_slip_waits_for_agreement_and_receipt(cast: Cast, total: str, asks: bool) -> None:
    ticket = cast.accepted(total, "0.00")
    if not asks:
        assert billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang).quoted_total == D("499.99")
        return
    assert (
        refused(billing.issue_slip, ticket, by=cast.zhou, technician=cast.wang)
        == "预付款未到，不可开派工单。满 ¥500.00，先签协议并收预付款。"
    )
    assert ticket.slips.count() == 0


@pytest.mark.sop("5.2.2-1c")
def test_money_without_agreement_is_not_enough(cast: Cast) -> None:
    ticket = cast.accepted("500.00", "0.00")
    till.receive(ticket, by=cast.zhou, amount=D("500.00"), method="cash", payer="李建国")
    assert (ticket.state, ticket.receipted_total, ticket.agreement_total) == ("accepted", D("500.00"), D("0.00"))
    refused(billing.issue_slip, ticket, by=cast.zhou, technician=cast.wang)


@pytest.mark.sop("5.2.2-1c")
def test_agreement_and_part_of_the_money_is_not_enough(cast: Cast) -> None:
    ticket = cast.accepted("500.00", "0.00")
    cast.agreement(ticket)
    till.receive(ticket, by=cast.zhou, amount=D("499.99"), method="cash", payer="李建国", part_because="余款晚上来交")
    assert ticket.state == "accepted"
    refused(billing.issue_slip, ticket, by=cast.zhou, technician=cast.wang)
    till.receive(ticket, by=cast.zhou, amount=D("0.01"), method="cash", payer="李建国")
    assert ticket.state == "prepaid"
    slip = billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang)
    assert slip.agreement_number.startswith("HT-XY-")
    assert len(slip.receipt_numbers.split()) == 2


def test_an_unsigned_agreement_does_not_count(cast: Cast) -> None:
    ticket = cast.accepted("500.00", "0.00")
    cast.agreement(ticket, signed=False)
    till.receive(ticket, by=cast.zhou, amount=D("500.00"), method="cash", payer="李建国")
    assert ticket.state == "accepted"


@pytest.mark.sop("5.2.2-1c")
def test_crossing_500_on_site_blocks_the_finish_until_agreement_and_money_are_in(cast: Cast) -> None:
    slip = cast.arrived("480.00", "0.00")
    ticket = slip.ticket
    quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines("500.00", "0.00"))
    workorders.list_parts(slip, by=cast.wang, parts=[], verified=True)
    assert refused(workorders.finish, slip, by=cast.wang, work="更换", strokes=STROKES) == "增项报价还在等客户答复。"
    quoting.accept_quote(ticket, by=cast.zhou, name="李建国", relation="owner", how=Quote.How.PHONE)
    slip.refresh_from_db()
    assert (slip.revision, slip.quoted_total) == (2, D("500.00"))
    assert (
        refused(workorders.finish, slip, by=cast.wang, work="更换", strokes=STROKES)
        == "满 ¥500.00，协议签字并收齐预付款后才能完工。"
    )
    cast.agreement(ticket)
    till.receive(ticket, by=cast.zhou, amount=ticket.balance, method="card", payer="李建国", reference="1234")
    workorders.finish(slip, by=cast.wang, work="更换", strokes=STROKES)
    assert slip.state == "finished"


def test_splitting_the_job_over_two_slips_does_not_avoid_the_500(cast: Cast) -> None:
    first = cast.issued("480.00", "0.00")
    ticket = first.ticket
    quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines("510.00", "0.00"))
    quoting.accept_quote(ticket, by=cast.zhou, name="李建国", relation="owner", how=Quote.How.PHONE)
    refused(billing.issue_slip, ticket, by=cast.zhou, technician=cast.xu)
    assert ticket.slips.count() == 1


def test_a_declined_revision_leaves_the_accepted_lines_and_sum(cast: Cast) -> None:
    slip = cast.arrived("35.00")
    ticket = slip.ticket
    quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines("90.00"))
    assert ticket.revision_pending
    quoting.refuse_revision(ticket, by=cast.zhou)
    assert (ticket.accepted_total, ticket.balance, ticket.revision_pending) == (D("35.00"), D("35.00"), False)
    assert [quote.state for quote in ticket.quotes.all()] == ["accepted", "refused"]


def test_used_less_than_quoted_lowers_the_charge_by_a_row(cast: Cast) -> None:
    slip = cast.accepted_slip("35.00", "15.00", used="0.00")
    assert slip.ticket.balance == D("20.00")
    assert list(Adjustment.objects.values_list("amount", "why")) == [(D("-15.00"), "used_less")]


def test_used_more_than_quoted_waits_for_a_revision(cast: Cast) -> None:
    slip = cast.arrived("35.00", "15.00")
    workorders.list_parts(slip, by=cast.wang, parts=cast.parts("15.01"), verified=True)
    assert (
        refused(workorders.finish, slip, by=cast.wang, work="更换", strokes=STROKES)
        == "用料超过报价，先报增项并经客户认可。"
    )


@pytest.mark.sop("5.2.2-1a")
def test_a_technician_takes_small_sums_on_completion_and_holds_them_until_handed_over(cast: Cast) -> None:
    slip = cast.accepted_slip("35.00")
    ticket = slip.ticket
    payment = till.receive(ticket, by=cast.wang, amount=D("35.00"), method="cash", payer="李建国")
    assert (payment.state, ticket.balance, ticket.receipted_total, Receipt.objects.count()) == (
        "received",
        D("0.00"),
        D("0.00"),
        0,
    )
    handover = till.hand_over_cash(technician=cast.wang, payments=[payment], counted=D("35.00"), by=cast.zhou)
    payment.refresh_from_db()
    ticket.refresh_from_db()
    assert (payment.state, handover.amount, ticket.receipted_total) == ("receipted", D("35.00"), D("35.00"))
    assert Receipt.objects.get().payer == "李建国"
    assert [(d.kind, d.met_at is not None) for d in ticket.deadlines.filter(kind="cash")] == [("cash", True)]


@pytest.mark.sop("5.2.2-1a")
def test_a_technician_takes_nothing_from_500(cast: Cast) -> None:
    slip = cast.accepted_slip("500.00", "15.00")
    assert (
        refused(till.receive, slip.ticket, by=cast.wang, amount=D("1.00"), method="cash", payer="李建国")
        == "满 ¥500.00 到前台交，技工不代收。"
    )


@pytest.mark.sop("5.2.2-1b")
def test_after_completion_the_customer_pays_at_the_desk_and_gets_a_receipt(cast: Cast) -> None:
    slip = cast.accepted_slip("35.00")
    payment = till.receive(
        slip.ticket, by=cast.zhou, amount=D("35.00"), method="wechat", payer="李建国", reference="8841"
    )
    assert (payment.state, payment.purpose, payment.receipts.get().amount) == ("receipted", "repair", D("35.00"))


def test_a_miscounted_handover_is_refused_with_the_difference(cast: Cast) -> None:
    slip = cast.accepted_slip("35.00")
    payment = till.receive(slip.ticket, by=cast.wang, amount=D("35.00"), method="cash", payer="李建国")
    said = refused(till.hand_over_cash, technician=cast.wang, payments=[payment], counted=D("30.00"), by=cast.zhou)
    assert said == "清点 ¥30.00，应交 ¥35.00，差 ¥5.00。"


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("40.00", "应收 ¥35.00，已输入 ¥40.00，多 ¥5.00。"),
        ("30.00", "应收 ¥35.00，已输入 ¥30.00，少 ¥5.00。分次付款要写原因。"),
        ("0.00", "金额要大于 0。"),
    ],
)
def test_a_sum_that_does_not_fit_is_named(cast: Cast, amount: str, said: str) -> None:
    slip = cast.accepted_slip("35.00")
    assert refused(till.receive, slip.ticket, by=cast.zhou, amount=D(amount), method="cash", payer="李建国") == said


def test_void_cancels_the_charge_keeps_the_money_and_the_reissue_opens_a_new_one(cast: Cast) -> None:
    slip = cast.issued("800.00", "0.00")
    ticket = slip.ticket
    billing.void_slip(slip, by=cast.lin, reason="房号写错")
    ticket.refresh_from_db()
    assert (slip.state, ticket.state, ticket.balance) == ("voided", "prepaid", D("-800.00"))
    again = billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang)
    assert (again.replaces_id, ticket.balance, ticket.state) == (slip.pk, D("0.00"), "ordered")
    assert [charge.state for charge in ticket.charges.all()] == ["cancelled", "settled"]


def test_a_prepayment_cannot_be_given_back_while_its_slip_is_open(cast: Cast) -> None:
    slip = cast.issued("800.00", "0.00")
    payment = Payment.objects.get()
    said = refused(asking.reverse_ask, payment, by=cast.lin, reason="客户要求")
    assert said == "未验收的派工单还要这笔预付款，先作废单据。"
    assert (Payment.objects.count(), Receipt.objects.count()) == (1, 1)
    billing.void_slip(slip, by=cast.lin, reason="客户取消")
    cast.refunded(payment)
    assert list(Receipt.objects.values_list("amount", flat=True)) == [D("800.00"), D("-800.00")]


def test_after_a_refund_the_standing_acceptance_is_paid_again_before_a_slip(cast: Cast) -> None:
    slip = cast.issued("800.00", "0.00")
    ticket = slip.ticket
    billing.void_slip(slip, by=cast.lin, reason="客户改期")
    cast.refunded(Payment.objects.get())
    ticket.refresh_from_db()
    refused(billing.issue_slip, ticket, by=cast.zhou, technician=cast.wang)
    assert ticket.balance == D("800.00")
    till.receive(ticket, by=cast.zhou, amount=D("800.00"), method="cash", payer="李建国")
    assert billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang).state == "issued"


def test_who_received_the_money_does_not_give_it_back(cast: Cast) -> None:
    cast.lin.grant("FD", within=cast.community.pk)
    slip = cast.accepted_slip("35.00")
    payment = till.receive(slip.ticket, by=cast.lin, amount=D("35.00"), method="cash", payer="李建国")
    with pytest.raises(Forbidden):
        till.reverse(payment, by=cast.lin, reason="错收")


def test_a_tenant_accepts_up_to_499_99_only(cast: Cast) -> None:
    ticket = cast.quoted("500.00", "0.00")
    said = refused(quoting.accept_quote, ticket, by=cast.zhou, name="陈小红", relation="tenant", how="phone")
    assert said == "租户只能认可 ¥499.99 以内；满 ¥500.00 由业主认可或附业主书面同意。"


def test_a_visit_fee_is_charged_only_when_told_beforehand(cast: Cast) -> None:
    ticket = cast.surveyed()
    quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines(), visit_fee_told=False)
    assert (
        refused(quoting.decline_quote, ticket, by=cast.zhou, reason="嫌贵", visit_fee=True)
        == "上门检测费没有事先讲明，不能收。"
    )
    quoting.decline_quote(ticket, by=cast.zhou, reason="嫌贵", visit_fee=False)
    assert (ticket.state, ticket.balance, ticket.deadlines.open().count()) == ("declined", D("0.00"), 0)


def test_a_receipt_is_voided_the_same_day_with_three_copies_and_a_new_number_follows(cast: Cast) -> None:
    cast.paid("35.00")
    payment = Payment.objects.get()
    assert refused(till.void_receipt, payment, by=cast.zhou, reason="写错", three_copies=False) == "三联收齐才能作废。"
    till.void_receipt(payment, by=cast.zhou, reason="写错", three_copies=True)
    assert [(r.number[-4:], r.voided_at is not None) for r in Receipt.objects.all()] == [
        ("0001", True),
        ("0002", False),
    ]


def test_cancelling_with_a_slip_out_is_the_service_supervisors_and_voids_it(cast: Cast) -> None:
    slip = cast.issued("35.00")
    ticket = slip.ticket
    with pytest.raises(Forbidden):
        billing.cancel(ticket, by=cast.zhou, reason="customer")
    billing.cancel(ticket, by=cast.lin, reason="customer", words="客户自己修好了")
    slip.refresh_from_db()
    assert (ticket.state, slip.state, ticket.balance) == ("cancelled", "voided", D("0.00"))
    assert not ticket.deadlines.open().exclude(kind="copy_return").exists()


def test_a_warranty_repair_is_never_quoted(cast: Cast) -> None:
    ticket = cast.notified(unit=cast.unit_1201, component="water_pipe")
    from tickets import actions as tickets

    tickets.arrive(ticket, by=cast.wang)
    tickets.survey(ticket, by=cast.wang, nature="warranty_home", work="接口未胶粘")
    assert refused(quoting.offer_quote, ticket, by=cast.zhou, lines=cast.lines()) == "这件不是有偿家庭报修，不报价。"


def test_net_payments_equal_what_was_settled(cast: Cast) -> None:
    """P4: recomputed from raw rows."""
    slip = cast.paid("35.00")
    ticket = Ticket.objects.get(pk=slip.ticket.pk)
    owed = sum(charge.net for charge in ticket.charges.all())
    paid = sum(payment.amount for payment in ticket.payments.all())
    assert (owed, paid, ticket.balance) == (D("35.00"), D("35.00"), D("0.00"))


def test_a_customers_part_costs_nothing(cast: Cast) -> None:
    part = Part(source="customer", name="水龙头", quantity=D(1), price=D("99.00"))
    assert part.amount == D("0.00")
