"""收费与交款: who owes, what goes back, what technicians hold, what came in today, and the handover of their cash (3.1, A.7)."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing import actions as billing
from billing import agreements, till
from billing.models import CashHandover, Payment, Receipt
from core.clock import SHANGHAI
from people.roles import Role
from places.models import Community
from tests.accounts import somebody
from tests.cast import Cast, the_cast
from tests.test_steps import client_of, together
from tickets.models import Ticket

D = Decimal
MORNING = dt.datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def clock():
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


def html(answer: Any) -> str:
    return str(answer.content.decode())


def held(cast: Cast, total: str = "35.00", **given: Any) -> Payment:
    """Cash that Wang took on site."""
    ticket = cast.accepted_slip(total, **given).ticket
    return till.receive(ticket, by=cast.wang, amount=D(total), method="cash", payer="李建国")


def hand_over(client: Client, cast: Cast, payments: list[Payment], counted: str, /, **fields: Any) -> Any:
    data = {"payments": [payment.pk for payment in payments], "counted": counted, "together": "on", **fields}
    return client.post(reverse("cash_handover", args=[cast.wang.pk]), data)


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code in {409, 422}, answer.status_code
    return {name: list(said) for name, said in answer.context["form"].errors.items()}


def stranger(*roles: Role) -> Client:
    """Somebody of another community."""
    other = Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")
    client = Client()
    client.force_login(somebody("mudan", *roles, within=other.pk))
    return client


# The lists ---------------------------------------------------------------------------


def test_each_repair_stands_where_something_is_to_be_done_about_its_money(cast: Cast, sign_in: Any) -> None:
    due = cast.accepted_slip("35.00").ticket
    waits, later = cast.accepted("800.00", "0.00"), cast.issued("48.00").ticket
    slip = cast.issued("800.00", "0.00")
    billing.void_slip(slip, by=cast.lin, reason="房号写错")
    cast.paid("35.00")
    found = sign_in("zhou").get(reverse("cash")).context["accounts"]
    assert [found.due, found.beforehand, found.later, found.back] == [[due], [waits], [later], [slip.ticket]]
    assert [found.due_sum, found.beforehand_sum, found.later_sum, found.back_sum] == [D("35.00"), D("800.00"), D("48.00"), D("800.00")]  # fmt: skip


@pytest.mark.sop("5.2.2-1c")
def test_a_prepayment_is_awaited_until_agreement_and_money_are_there(cast: Cast, sign_in: Any) -> None:
    ticket, client = cast.accepted("500.00", "0.00"), sign_in("zhou")

    def offered() -> list[str]:
        return [each["move"].label for each in client.get(reverse("cash")).context["beforehand"]]

    steps = [offered()]
    agreement = cast.agreement(ticket, signed=False)
    steps.append(offered())
    till.receive(ticket, by=cast.zhou, amount=D("500.00"), method="cash", payer="李建国")
    steps.append(offered())  # paid, and the agreement still to be signed
    agreements.sign_agreement(agreement, by=cast.zhou, owner_signs=True)
    steps.append(offered())
    assert steps == [["开维修协议"], ["登记协议已签"], ["登记协议已签"], []]


def test_what_is_to_be_given_back_offers_the_refund_to_the_supervisor_only(cast: Cast, sign_in: Any) -> None:
    slip = cast.issued("800.00", "0.00")
    billing.void_slip(slip, by=cast.lin, reason="客户取消")
    url = reverse("reverse_ask", args=[Payment.objects.get().pk])
    assert [url in html(sign_in(name).get(reverse("cash"))) for name in ("lin", "zhou", "mei")] == [True, False, False]
    cast.refunded(Payment.objects.get())
    assert sign_in("lin").get(reverse("cash")).context["accounts"].back == []


def test_cash_in_hand_stands_by_person_and_turns_red_after_a_day(cast: Cast, sign_in: Any, clock) -> None:
    held(cast, "35.00")
    clock.move_to(MORNING + 2 * HOUR)
    held(cast, "48.00")

    def shown() -> tuple[str, D, int, bool]:
        (each,) = sign_in("zhou").get(reverse("cash")).context["purses"]
        return each["purse"].person.name, each["purse"].total, len(each["purse"].payments), each["late"]

    clock.move_to(MORNING + 24 * HOUR)
    assert shown() == ("王强", D("83.00"), 2, False)
    clock.move_to(MORNING + 24 * HOUR + dt.timedelta(seconds=1))
    assert shown() == ("王强", D("83.00"), 2, True)
    assert "过 24 小时" in html(sign_in("zhou").get(reverse("cash")))


def test_todays_receipts_sum_by_method_without_voided_ones_and_less_the_red(cast: Cast, sign_in: Any, clock) -> None:
    cast.paid("35.00")
    clock.move_to(MORNING + 24 * HOUR)
    cast.paid("48.00")
    ticket = cast.accepted_slip("52.00").ticket
    wechat = till.receive(ticket, by=cast.zhou, amount=D("52.00"), method="wechat", payer="李建国", reference="8841")
    till.void_receipt(wechat, by=cast.zhou, reason="写错", three_copies=True)
    till.reverse(Payment.objects.order_by("pk")[1], by=cast.lin, reason="收错")
    takings = sign_in("zhou").get(reverse("cash")).context["takings"]
    assert [(words, amount, n) for words, amount, n in takings.by_method] == [("现金", D("0.00"), 2), ("微信", D("52.00"), 1)]  # fmt: skip
    assert (takings.total, len(takings.receipts)) == (D("52.00"), 4)


def test_a_manager_reads_and_takes_nothing(cast: Cast, sign_in: Any) -> None:
    payment = held(cast)
    cast.accepted_slip("35.00")
    page = html(sign_in("mei").get(reverse("cash")))
    assert [words in page for words in ("王强", "¥35.00", "/receive/\"", "收交款", "call_back")] == [True, True, False, False, False]  # fmt: skip
    assert sign_in("mei").get(reverse("cash_handover", args=[payment.received_by_id])).status_code == 403


def test_who_has_no_till_sees_no_button_to_receive(cast: Cast, sign_in: Any) -> None:
    ticket = cast.accepted_slip("35.00").ticket
    cast.qian.till = False
    cast.qian.save()
    url = reverse("receive", args=[ticket.number])
    assert [url in html(sign_in(name).get(reverse("cash"))) for name in ("qian", "zhou")] == [False, True]


def test_another_community_sees_none_of_it(cast: Cast) -> None:
    payment = held(cast)
    cast.accepted_slip("35.00")
    client = stranger(Role.FRONT_DESK)
    answer = client.get(reverse("cash")).context
    assert (answer["accounts"].due, answer["purses"], answer["takings"].receipts) == ([], [], [])
    assert client.get(reverse("cash_receive"), {"q": payment.ticket.number}).status_code == 404
    assert client.get(reverse("cash_handover", args=[payment.received_by_id])).status_code == 404


def test_names_stand_half_and_telephones_not_at_all(cast: Cast, sign_in: Any) -> None:
    cast.accepted_slip("35.00")
    page = html(sign_in("zhou").get(reverse("cash")))
    assert ("李*" in page, "李建国" in page, "13800001201" in page) == (True, False, False)


# Search -------------------------------------------------------------------------------


@pytest.mark.parametrize("spelled", ["ticket", "slip", "slip short", "slip of the month", "receipt", "room", "name"])
def test_a_number_a_room_or_a_name_leads_to_the_payment(cast: Cast, sign_in: Any, spelled: str) -> None:
    slip = cast.accepted_slip("35.00")
    ticket = slip.ticket
    till.receive(ticket, by=cast.zhou, amount=D("5.00"), method="cash", payer="李建国", part_because="零头")
    typed = {
        "ticket": ticket.number,
        "slip": slip.number,
        "slip short": "wx1",
        "slip of the month": slip.number.partition("-")[2].lower().replace("-", ""),
        "receipt": Receipt.objects.get().number,
        "room": "1栋1单元0702",
        "name": "李建国",
    }[spelled]
    answer = sign_in("zhou").get(reverse("cash_receive"), {"q": typed})
    assert answer["Location"] == f"{reverse('receive', args=[ticket.number])}?next=%2Fcash%2F"


def test_several_that_fit_are_listed(cast: Cast, sign_in: Any) -> None:
    for _n in range(2):
        cast.accepted_slip("35.00")
    client = sign_in("zhou")
    answer = client.get(reverse("cash_receive"), {"q": "李建国"})
    assert answer["Location"] == "/cash/?q=%E6%9D%8E%E5%BB%BA%E5%9B%BD"
    assert len(client.get(answer["Location"]).context["accounts"].due) == 2
    assert client.get("/cash/", {"q": "没有的人"}).context["accounts"].due == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("WX-202611-9999", "没有找到“WX-202611-9999”。输入报修号、单号、收据号，或欠款的房号、姓名。"),
        ("<script>", "没有找到“<script>”。输入报修号、单号、收据号，或欠款的房号、姓名。"),
        ("' OR 1=1 --", "没有找到“' OR 1=1 --”。输入报修号、单号、收据号，或欠款的房号、姓名。"),
        ("%", "没有找到“%”。输入报修号、单号、收据号，或欠款的房号、姓名。"),
        ("\x00", "输入单号或房号。"),
        ("", "输入单号或房号。"),
    ],
)
def test_what_is_not_found_is_said_and_kept_in_the_box(cast: Cast, sign_in: Any, typed: str, said: str) -> None:
    cast.accepted_slip("35.00")
    answer = sign_in("zhou").get(reverse("cash_receive"), {"q": typed})
    assert (answer.status_code, answer.context["sentence"], "<script>”" in html(answer)) == (404, said, False)
    assert answer.context["typed"] == typed.replace("\x00", "")


# Handover -------------------------------------------------------------------------------


@pytest.mark.sop("5.2.2-1a")
def test_cash_is_counted_item_by_item_and_each_payer_gets_his_receipt(cast: Cast, sign_in: Any) -> None:
    first, second, kept = held(cast, "35.00"), held(cast, "48.00"), held(cast, "20.00")
    client = sign_in("zhou")
    page = client.get(reverse("cash_handover", args=[cast.wang.pk]))
    assert ([row["ticked"] for row in page.context["rows"]], page.context["total"]) == ([True] * 3, D("103.00"))
    answer = hand_over(client, cast, [first, second], "83")
    done = client.get(answer["Location"])
    handover = CashHandover.objects.get()
    assert (handover.amount, handover.technician, handover.taken_by) == (D("83.00"), cast.wang, cast.zhou)
    assert done.context["sentence"] == f"王强交 ¥83.00，交款单 {handover.number.partition('-')[2]}"
    links = [reverse("print_receipt", args=[receipt.number]) for receipt in Receipt.objects.all()]
    assert ([link in html(done) for link in links], "还有 1 笔没有交" in html(done)) == ([True, True], True)
    assert [row.payer for row in Receipt.objects.all()] == ["李建国", "李建国"]
    assert list(Payment.objects.in_hand()) == [kept]


@pytest.mark.parametrize(
    ("counted", "fields", "said"),
    [
        ("80", {}, {"counted": ["清点 ¥80.00，应交 ¥83.00，差 ¥3.00。"]}),
        ("８３．５", {}, {"counted": ["清点 ¥83.50，应交 ¥83.00，差 ¥0.50。"]}),
        ("83.001", {}, {"counted": ["清点金额最多两位小数。"]}),
        ("-83", {}, {"counted": ["清点金额写成数字，例如 1250.50。"]}),
        ("", {}, {"counted": ["填写清点金额"]}),
        ("83", {"together": ""}, {"together": ["双方当面点清后勾选。"]}),
        ("0", {"payments": []}, {"payments": ["勾选要交的款项。"]}),
        ("83", {"payments": ["999999"]}, {"payments": ["其中有款项已交过。刷新后再收。"]}),
        ("83", {"payments": ["x"]}, {"payments": ["其中有款项已交过。刷新后再收。"]}),
    ],
)
def test_a_count_that_does_not_match_moves_nothing(
    cast: Cast, sign_in: Any, counted: str, fields: dict[str, Any], said: dict[str, list[str]]
) -> None:
    payments = [held(cast, "35.00"), held(cast, "48.00")]
    answer = hand_over(sign_in("zhou"), cast, payments, counted, **fields)
    assert errors(answer) == said
    assert (answer.status_code, Receipt.objects.count(), Payment.objects.in_hand().count()) == (422, 0, 2)
    assert answer.context["form"]["counted"].value() == counted


def test_another_s_money_is_not_taken_with_his(cast: Cast, sign_in: Any) -> None:
    cast.xu.trades.set(cast.wang.trades.all())
    own = held(cast, "35.00")
    other = held(cast, "48.00")
    Payment.objects.filter(pk=other.pk).update(received_by=cast.xu)
    answer = hand_over(sign_in("zhou"), cast, [own, other], "83")
    assert errors(answer) == {"payments": ["其中有款项已交过。刷新后再收。"]}


def test_nobody_takes_his_own_cash(cast: Cast, sign_in: Any) -> None:
    payment = held(cast)
    cast.wang.grant("FD", within=cast.community.pk)
    assert hand_over(sign_in("wang"), cast, [payment], "35").status_code == 403
    assert Payment.objects.in_hand().count() == 1


def test_a_second_press_shows_the_same_handover(cast: Cast, sign_in: Any) -> None:
    payment, once = held(cast), str(uuid.uuid4())
    client = sign_in("zhou")
    answers = [hand_over(client, cast, [payment], "35", once=once) for _press in range(2)]
    assert len({answer["Location"] for answer in answers}) == 1
    assert hand_over(client, cast, [payment], "36", once=once).status_code == 409
    assert (CashHandover.objects.count(), Receipt.objects.count()) == (1, 1)


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_two_clerks_take_the_same_cash_once() -> None:
    cast = the_cast()
    payment = held(cast)
    clients = [client_of(cast, name) for name in ("zhou", "qian")]
    answers = together(*[lambda client=client: hand_over(client, cast, [payment], "35") for client in clients])
    assert sorted(answer.status_code for answer in answers) in ([302, 409], [302, 422])
    assert (CashHandover.objects.count(), Receipt.objects.count()) == (1, 1)


def test_money_of_two_communities_is_handed_over_apart(cast: Cast) -> None:
    here, there = held(cast, "35.00"), held(cast, "48.00")
    other = Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")
    Ticket.objects.filter(pk=there.ticket_id).update(community=other)
    there.ticket.refresh_from_db()
    with pytest.raises(Exception, match="两个小区的款分开交"):
        till.hand_over_cash(technician=cast.wang, payments=[here, there], counted=D("83.00"), by=cast.zhou)


def test_empty_hands_are_said_and_an_unknown_person_is_absent(cast: Cast, sign_in: Any) -> None:
    client = sign_in("zhou")
    assert "王强手里没有待交的款" in html(client.get(reverse("cash_handover", args=[cast.wang.pk])))
    assert client.get(reverse("cash_handover", args=[10**9])).status_code == 404
    assert client.get(f"{reverse('cash_handover', args=[cast.wang.pk])}?done=HT-JK-202611-0001").status_code == 404


# What it costs --------------------------------------------------------------------------------


def test_three_rows_of_each_cost_no_more_queries_than_one(cast: Cast, sign_in: Any) -> None:
    client = sign_in("lin")

    def more() -> None:
        cast.accepted_slip("35.00")
        cast.accepted("800.00", "0.00")
        cast.agreement(cast.accepted("600.00", "0.00"), signed=False)
        slip = cast.issued("800.00", "0.00")
        billing.void_slip(slip, by=cast.lin, reason="房号写错")
        held(cast, "35.00")
        cast.paid("35.00")

    def counted() -> int:
        client.get(reverse("cash"))
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("cash")).status_code == 200
        return len(caught)

    more()
    one = counted()
    more()
    more()
    assert counted() == one
    assert one <= 16
