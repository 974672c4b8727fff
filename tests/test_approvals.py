"""From ¥500.00 two persons waive or give back: one asks, another approves (lives.md §6, trust.md §3)."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from billing import actions as billing
from billing import asking, queries, till
from billing.models import Adjustment, Approval, Payment, Receipt
from core import clock
from core.refusals import Forbidden, Refusal
from people.roles import MG, SS
from tests.cast import Cast
from tickets.models import Ticket

D = Decimal
HX = {"HX-Request": "true"}


def owing(cast: Cast, total: str = "800.00") -> Ticket:
    """Accepted by the customer, and so much owed: the money that came beforehand was given back."""
    ticket: Ticket = cast.accepted_slip(total, "0.00", used="0.00").ticket
    for payment in Payment.objects.filter(ticket=ticket):
        cast.refunded(payment)
    ticket.refresh_from_db()
    assert ticket.balance == D(total)
    return ticket


def state_of(approval: Approval) -> tuple[str, str]:
    """The request's state, and what is owed now."""
    approval.refresh_from_db()
    return approval.state, str(Ticket.objects.get(pk=approval.ticket_id).balance)


def refused(action: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refusal) as caught:
        action(*args, **kwargs)
    return caught.value.sentence


# Waivers ---------------------------------------------------------------------------


@pytest.mark.sop("3.2")
@pytest.mark.parametrize(("total", "alone"), [("499.99", True), ("500.00", False)])
def test_below_five_hundred_the_supervisor_waives_alone_from_there_the_manager_approves(
    cast: Cast, sign_in: Any, total: str, alone: bool
) -> None:
    ticket, client = owing(cast, total), sign_in("lin")
    page = client.get(ticket.get_absolute_url()).content.decode()
    offered = [reverse(step, args=[ticket.number]) in page for step in ("waive", "waive_ask")]
    assert offered == [alone, not alone]
    fields = {"amount": total, "reason": "照顾困难业主"}
    answers = [client.post(reverse(step, args=[ticket.number]), fields).status_code for step in ("waive", "waive_ask")]
    assert answers == ([302, 422] if alone else [422, 302])
    ticket.refresh_from_db()
    waiting = Approval.objects.filter(kind="waiver", state="asked").count()
    assert (ticket.balance, waiting) == ((D("0.00"), 0) if alone else (D(total), 1))


@pytest.mark.sop("3.2")
def test_the_manager_approves_on_the_repair_s_page_and_it_is_waived(cast: Cast, sign_in: Any) -> None:
    ticket = owing(cast)
    approval = asking.waive_ask(ticket, by=cast.lin, reason="照顾困难业主")
    assert state_of(approval) == ("asked", "800.00")
    client, url = sign_in("mei"), reverse("approval_approve", args=[approval.pk])
    page = client.get(ticket.get_absolute_url())
    assert (page.context["panel"]["offer"].label, url in page.content.decode()) == ("核准", True)
    assert "照顾困难业主" in client.get(url).content.decode()
    assert client.post(url).status_code == 302
    assert state_of(approval) == ("approved", "0.00")
    (row,) = Adjustment.objects.filter(why="waived")
    assert (row.amount, row.reason, row.by, approval.decided_by) == (D("-800.00"), "照顾困难业主", cast.lin, cast.mei)
    assert [charge.state for charge in ticket.charges.all()] == ["waived"]
    event = ticket.events.filter(action="approval_approve").latest("seq")
    assert (event.actor, event.facts["asked_for"], event.facts["amount"]) == (cast.mei, "waiver", "800.00")


def test_who_asked_never_approves_whatever_roles_he_holds(cast: Cast, sign_in: Any) -> None:
    cast.lin.grant(MG, within=cast.community.pk)
    approval = asking.waive_ask(owing(cast), by=cast.lin, reason="照顾")
    assert refused(asking.approve, approval, by=cast.lin) == "申请人不能自己核准，由另一位经理核准。"
    answer = sign_in("lin").post(reverse("approval_approve", args=[approval.pk]))
    assert (answer.status_code, state_of(approval)) == (409, ("asked", "800.00"))
    page = sign_in("lin").get(reverse("approvals")).content.decode()
    assert reverse("approval_approve", args=[approval.pk]) not in page
    asking.approve(approval, by=cast.mei)
    assert state_of(approval) == ("approved", "0.00")


@pytest.mark.parametrize("name", ["zhou", "lin", "wang", "shen", "fin", "admin", "night"])
def test_nobody_but_the_manager_approves_or_refuses(cast: Cast, name: str) -> None:
    approval = asking.waive_ask(owing(cast), by=cast.lin, reason="照顾")
    with pytest.raises(Forbidden):
        asking.approve(approval, by=cast.people[name])
    with pytest.raises(Forbidden):
        asking.refuse(approval, by=cast.people[name], answer="不行")
    assert state_of(approval) == ("asked", "800.00")


@pytest.mark.parametrize("name", ["zhou", "wang", "shen", "mei", "fin"])
def test_nobody_but_the_service_supervisor_asks(cast: Cast, name: str) -> None:
    ticket = owing(cast)
    with pytest.raises(Forbidden):
        asking.waive_ask(ticket, by=cast.people[name], reason="照顾")
    assert Approval.objects.filter(kind="waiver").count() == 0


def test_a_large_waiver_does_not_go_through_in_small_ones(cast: Cast) -> None:
    ticket = owing(cast)
    till.waive(ticket, by=cast.lin, reason="照顾", amount=D("499.99"))
    said = "满 ¥500.00 的减免要经理核准，用“报请减免”。"
    assert refused(till.waive, ticket, by=cast.lin, reason="照顾", amount=D("0.01")) == said
    assert (ticket.balance, [charge.state for charge in ticket.charges.all()]) == (D("300.01"), ["open"])
    asking.approve(asking.waive_ask(ticket, by=cast.lin, reason="照顾", amount=D("0.01")), by=cast.mei)
    assert Ticket.objects.get(pk=ticket.pk).balance == D("300.00")


def test_one_request_at_a_time_and_none_above_what_is_owed(cast: Cast) -> None:
    ticket = owing(cast)
    assert refused(asking.waive_ask, ticket, by=cast.lin, reason="照顾", amount=D("800.01")).startswith("应收 ¥800.00")
    assert refused(asking.waive_ask, ticket, by=cast.lin, reason=" ") == "报请要写原因。"
    asking.waive_ask(ticket, by=cast.lin, reason="照顾")
    assert refused(asking.waive_ask, ticket, by=cast.lin, reason="照顾") == "已有一件减免在等经理核准。"


def test_what_was_paid_meanwhile_is_not_waived(cast: Cast) -> None:
    ticket = owing(cast)
    approval = asking.waive_ask(ticket, by=cast.lin, reason="照顾")
    ticket.refresh_from_db()
    till.receive(ticket, by=cast.zhou, amount=D("300.00"), method="cash", payer="李建国", part_because="先付一部分")
    assert refused(asking.approve, approval, by=cast.mei) == "应收 ¥500.00，已输入 ¥800.00，多 ¥300.00。"
    assert (state_of(approval), Adjustment.objects.filter(why="waived").count()) == (("asked", "500.00"), 0)


def test_a_refusal_says_why_and_leaves_the_debt(cast: Cast, sign_in: Any) -> None:
    approval = asking.waive_ask(owing(cast), by=cast.lin, reason="照顾")
    url, client = reverse("approval_refuse", args=[approval.pk]), sign_in("mei")
    answer = client.post(url, {"answer": ""})
    assert (answer.status_code, answer.context["form"].errors["answer"]) == (422, ["填写不核准的原因"])
    assert client.post(url, {"answer": "先协商分期"}).status_code == 302
    assert (state_of(approval), approval.answer) == (("refused", "800.00"), "先协商分期")
    assert "先协商分期" in sign_in("lin").get(reverse("approvals")).content.decode()
    assert asking.waive_ask(approval.ticket, by=cast.lin, reason="已协商").state == "asked"


def test_the_supervisor_takes_a_request_back(cast: Cast, sign_in: Any) -> None:
    approval = asking.waive_ask(owing(cast), by=cast.lin, reason="照顾")
    assert sign_in("mei").post(reverse("approval_withdraw", args=[approval.pk])).status_code == 403
    assert sign_in("lin").post(reverse("approval_withdraw", args=[approval.pk])).status_code == 302
    assert state_of(approval) == ("withdrawn", "800.00")
    assert refused(asking.approve, approval, by=cast.mei) == "现为“已撤回”，不能核准。刷新后再看下一步。"


def test_who_is_no_supervisor_any_more_has_asked_for_nothing(cast: Cast) -> None:
    approval = asking.waive_ask(owing(cast), by=cast.lin, reason="照顾")
    cast.lin.grants.filter(role=SS).delete()
    approval = Approval.objects.get(pk=approval.pk)
    assert refused(asking.approve, approval, by=cast.mei) == "申请人已不任客服主管，由现任重新报请。"


def test_the_same_press_twice_waives_once(cast: Cast, sign_in: Any) -> None:
    approval = asking.waive_ask(owing(cast), by=cast.lin, reason="照顾")
    url, fields = reverse("approval_approve", args=[approval.pk]), {"once": str(uuid.uuid4())}
    assert [sign_in("mei").post(url, fields).status_code for _press in range(2)] == [302, 302]
    assert (state_of(approval), Adjustment.objects.filter(why="waived").count()) == (("approved", "0.00"), 1)


# Refunds ---------------------------------------------------------------------------


@pytest.mark.parametrize(("total", "alone"), [("499.99", True), ("500.00", False)])
def test_a_refund_from_five_hundred_is_asked_for_and_approved_by_another(
    cast: Cast, sign_in: Any, total: str, alone: bool
) -> None:
    cast.paid(total, "0.00", used="0.00")
    payment, client = Payment.objects.get(), sign_in("lin")
    steps = [reverse(step, args=[payment.pk]) for step in ("reverse", "reverse_ask")]
    assert [client.post(url, {"reason": "重复付款"}).status_code for url in steps] == (
        [302, 409] if alone else [409, 302]
    )
    if alone:
        assert Payment.objects.count() == 2
        return
    approval = Approval.objects.get()
    assert (Payment.objects.count(), approval.payment) == (1, payment)
    assert sign_in("mei").post(reverse("approval_approve", args=[approval.pk])).status_code == 302
    contra = Payment.objects.get(contra_of=payment)
    assert (contra.amount, contra.received_by, contra.receipts.get().amount) == (D("-500.00"), cast.lin, D("-500.00"))
    assert state_of(approval) == ("approved", "500.00")


def test_who_received_the_money_does_not_ask_for_its_refund(cast: Cast) -> None:
    cast.lin.grant("FD", within=cast.community.pk)
    ticket = owing(cast)
    payment = till.receive(ticket, by=cast.lin, amount=D("800.00"), method="cash", payer="李建国")
    assert (
        refused(asking.reverse_ask, payment, by=cast.lin, reason="错收") == "收款人不能自己退款，由另一位客服主管办理。"
    )


@pytest.mark.sop("5.2.2-1c")
def test_money_that_an_open_slip_rests_on_is_not_given_back_and_the_form_says_so_first(
    cast: Cast, sign_in: Any
) -> None:
    slip = cast.issued("800.00", "0.00")
    payment, said = Payment.objects.get(), "未验收的派工单还要这笔预付款，先作废单据。"
    page = sign_in("lin").get(reverse("reverse_ask", args=[payment.pk]))
    assert (page.context["blocked"], refused(asking.reverse_ask, payment, by=cast.lin, reason="客户要求")) == (
        said,
        said,
    )
    billing.void_slip(slip, by=cast.lin, reason="客户取消")
    payment = Payment.objects.get()
    approval = asking.reverse_ask(payment, by=cast.lin, reason="客户取消")
    again = billing.issue_slip(payment.ticket, by=cast.zhou, technician=cast.wang)
    assert refused(asking.approve, approval, by=cast.mei) == said
    assert (again.state, state_of(approval)[0], Receipt.objects.count()) == ("issued", "asked", 1)


# The manager's list ------------------------------------------------------------------


def test_what_waits_is_counted_in_the_side_bar_and_listed_oldest_first(cast: Cast, sign_in: Any) -> None:
    first = asking.waive_ask(owing(cast), by=cast.lin, reason="照顾困难业主")
    second = asking.waive_ask(owing(cast), by=cast.lin, reason="施工影响邻居")

    def shown(name: str) -> tuple[int, list[Approval]]:
        page = sign_in(name).get(reverse("approvals"))
        counts = [item["count"] for group in page.context["frame"]["nav"] for item in group["items"] if item["url"] == reverse("approvals")]  # fmt: skip
        return counts[0], [row["approval"] for row in page.context["asked"]]

    assert (shown("mei"), shown("lin")) == ((2, [first, second]), (2, [first, second]))
    asking.approve(first, by=cast.mei)
    assert shown("mei") == (1, [second])
    page = sign_in("mei").get(reverse("approvals"), {"part": "list"})
    assert (page.templates[0].name, [row.pk for row in page.context["over"]][:1]) == (
        "desk/_approvals_list.html",
        [first.pk],
    )


def test_the_list_costs_one_query_however_long(cast: Cast, django_assert_num_queries: Any) -> None:
    for _each in range(3):
        asking.waive_ask(owing(cast), by=cast.lin, reason="照顾")
        with django_assert_num_queries(1):
            rows = queries.approvals(cast.mei, decided_since=clock.now())
            [(str(row.ticket.where), row.asked_by.name, row.ticket.component.name) for row in rows]


def test_an_empty_list_says_what_would_be_here(cast: Cast, sign_in: Any) -> None:
    assert "没有等核准的" in sign_in("mei").get(reverse("approvals")).content.decode()
