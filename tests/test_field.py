"""The technician's phone: my jobs in the order that burns, one job in four tabs, the customer's signature with the money."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from billing import quoting
from billing.models import Payment
from core import clock
from field import queries
from tests.cast import STROKES, Cast
from tickets import actions as tickets
from tickets.models import Event, Ticket
from workorders import actions as workorders
from workorders import custody
from workorders.models import Slip

SIGNED = json.dumps(STROKES)


def sign_fields(**given: Any) -> dict[str, Any]:
    """The form of the customer's signature as the phone posts it."""
    return {
        "opinion": "passed",
        "words": "",
        "name": "李建国",
        "strokes": SIGNED,
        "pay": "cash",
        "amount": "35.00",
        **given,
    }


def sign_url(slip: Slip) -> str:
    return reverse("my_sign", args=[slip.ticket.number])


# My jobs ------------------------------------------------------------------------------


def test_only_one_s_own_jobs_are_there(cast: Cast, sign_in: Any) -> None:
    slip = cast.issued()
    url = reverse("my_job", args=[slip.ticket.number])
    assert [sign_in(name).get(url).status_code for name in ("wang", "xu", "dian", "zhou")] == [200, 404, 404, 403]
    assert [sign_in(name).post(sign_url(slip), sign_fields()).status_code for name in ("xu", "zhou")] == [404, 403]
    assert [job.ticket for job in sign_in("wang").get("/my/").context["first"]] == [slip.ticket]
    assert sign_in("xu").get("/my/").context["n"] == 0


def test_a_job_of_the_team_is_everybody_s_until_one_is_named(cast: Cast, sign_in: Any) -> None:
    ticket = cast.report()
    tickets.notify_engineering(ticket, by=cast.zhou, to=cast.wang.team)
    assert [sign_in(name).get("/my/").context["n"] for name in ("wang", "xu")] == [1, 1]
    assert sign_in("xu").post(reverse("arrive", args=[ticket.number]), {"next": "/my/"})["Location"] == "/my/"
    assert [sign_in(name).get("/my/").context["n"] for name in ("wang", "xu")] == [0, 1]


@pytest.mark.sop("5.4.2-2")
def test_half_an_hour_to_be_there_comes_before_all_and_waiting_for_others_last(cast: Cast, sign_in: Any) -> None:
    waiting = cast.quoted()
    at_hand = cast.arrived().ticket
    urgent = cast.notified(urgency="urgent")
    later = cast.notified(window=(clock.now() + dt.timedelta(hours=6), clock.now() + dt.timedelta(hours=7)))
    page = sign_in("wang").get("/my/")
    assert [job.ticket for job in [*page.context["first"], *page.context["later"]]] == [urgent, at_hand, later, waiting]
    assert [job.next.words for job in queries.jobs(cast.wang)] == ["我已到场", "登记完工", "我已到场", "等客户认可报价"]


def test_each_state_has_its_next_step(cast: Cast) -> None:
    def words(ticket: Ticket) -> str:
        return next((job.next.words for job in queries.jobs(cast.wang) if job.ticket == ticket), "")

    ticket = cast.notified()
    assert words(ticket) == "我已到场"
    tickets.arrive(ticket, by=cast.wang)
    assert words(ticket) == "填核实结果"
    assert [words(each) for each in (cast.surveyed(), cast.quoted(), cast.accepted("800.00"), cast.accepted(), cast.prepaid())] == [
        "等前台报价", "等客户认可报价", "等客户签协议、付预付款", "等前台开派工单", "等前台开派工单",
    ]  # fmt: skip
    slip = cast.issued()
    assert words(slip.ticket) == "已领三联"
    workorders.collect(slip, by=cast.wang)
    assert words(slip.ticket) == "我已到场"
    assert [words(each.ticket) for each in (cast.arrived(), cast.finished(), cast.accepted_slip(), cast.paid())] == [
        "登记完工", "请客户验收签字", "收款", "",
    ]  # fmt: skip


@pytest.mark.sop("5.5.1-4")
def test_one_tap_records_the_arrival_once_at_the_time_of_the_tap(cast: Cast, sign_in: Any) -> None:
    with clock.as_of(clock.now() - dt.timedelta(minutes=20)):
        ticket = cast.notified(urgency="urgent")
    tap = clock.now() - dt.timedelta(minutes=5)
    fields = {"at": tap.isoformat(), "once": str(uuid.uuid4()), "next": "/my/"}
    client = sign_in("wang")
    for _each in range(2):
        assert client.post(reverse("arrive", args=[ticket.number]), fields)["Location"] == "/my/"
    ticket.refresh_from_db()
    assert (ticket.on_site_at, Event.objects.filter(action="arrive").count()) == (tap, 1)


def test_the_page_costs_the_same_for_one_job_and_for_three(cast: Cast, django_assert_num_queries: Any) -> None:
    for _each in range(3):
        cast.issued()
        with django_assert_num_queries(5):
            queries.jobs(cast.wang)


def test_no_list_of_the_phone_shows_a_telephone_number(cast: Cast, sign_in: Any) -> None:
    slip = cast.arrived()
    client, here = sign_in("wang"), reverse("my_job", args=[slip.ticket.number])
    for url in ("/my/", "/my/copies/", *(f"{here}?tab={tab}" for tab in ("survey", "parts", "photos", "sign"))):
        assert "13800001201" not in client.get(url).content.decode()


# The customer signs and pays -------------------------------------------------------------


@pytest.mark.sop("5.5.1-7", "5.2.2-1a")
def test_one_press_signs_and_takes_the_cash_on_the_technician_s_name(cast: Cast, sign_in: Any) -> None:
    slip = cast.finished()
    answer = sign_in("wang").post(sign_url(slip), sign_fields(once=str(uuid.uuid4())))
    assert answer["Location"] == "/my/"
    slip = Slip.objects.get(pk=slip.pk)
    payment = Payment.objects.get()
    assert (slip.state, slip.opinion, slip.signatures.get(role="customer").strokes) == ("accepted", "passed", STROKES)
    assert (payment.amount, payment.method, payment.received_by, payment.state) == (
        Decimal("35.00"),
        "cash",
        cast.wang,
        "received",
    )
    assert slip.ticket.deadlines.open().filter(kind="cash").count() == 1


def test_less_used_than_quoted_is_asked_for_less(cast: Cast, sign_in: Any) -> None:
    slip = cast.finished(used="12.00")
    client = sign_in("wang")
    assert client.get(reverse("my_job", args=[slip.ticket.number]), {"tab": "sign"}).context["owed"] == Decimal("32.00")
    assert client.post(sign_url(slip), sign_fields(amount="32.00")).status_code == 302
    assert Payment.objects.get().amount == Decimal("32.00")


def test_a_payment_that_is_refused_takes_the_signature_back_with_it(cast: Cast, sign_in: Any) -> None:
    slip = cast.finished()
    answer = sign_in("wang").post(sign_url(slip), sign_fields(amount="36.00"))
    assert (answer.status_code, answer.context["refused"]) == (409, "应收 ¥35.00，已输入 ¥36.00，多 ¥1.00。")
    slip = Slip.objects.get(pk=slip.pk)
    assert (slip.state, slip.signatures.filter(role="customer").count(), Payment.objects.count()) == ("finished", 0, 0)
    assert answer.context["sign_form"]["strokes"].value() == SIGNED


def test_who_owes_yesterday_s_cash_takes_no_more(cast: Cast, sign_in: Any) -> None:
    with clock.as_of(clock.now() - dt.timedelta(hours=25)):
        old = cast.finished()
        assert sign_in("wang").post(sign_url(old), sign_fields()).status_code == 302
    slip = cast.finished()
    client = sign_in("wang")
    answer = client.post(sign_url(slip), sign_fields())
    assert (answer.status_code, answer.context["refused"]) == (409, "有超过 24 小时未交的代收款，先到前台交款。")
    assert client.post(sign_url(slip), sign_fields(pay="desk")).status_code == 302
    assert Payment.objects.count() == 1


@pytest.mark.sop("5.2.2-1b")
def test_payment_at_the_desk_is_left_to_the_desk(cast: Cast, sign_in: Any) -> None:
    slip = cast.finished()
    assert sign_in("wang").post(sign_url(slip), sign_fields(pay="desk")).status_code == 302
    slip.ticket.refresh_from_db()
    assert (slip.ticket.state, slip.ticket.balance, Payment.objects.count()) == ("completed", Decimal("35.00"), 0)


def test_a_scanned_payment_needs_its_number(cast: Cast, sign_in: Any) -> None:
    slip = cast.finished()
    client = sign_in("wang")
    answer = client.post(sign_url(slip), sign_fields(pay="scan", method="wechat"))
    assert (answer.status_code, answer.context["sign_form"].errors) == (
        422,
        {"reference": ["填交易号（后四位即可）。"]},
    )
    assert client.post(sign_url(slip), sign_fields(pay="scan", method="wechat", reference="8841")).status_code == 302
    assert (Payment.objects.get().method, Payment.objects.get().reference) == ("wechat", "8841")


@pytest.mark.parametrize(
    ("paid", "said"),
    [
        ({}, "已验收，现金 ¥35.00 记在您名下"),
        ({"pay": "scan", "method": "wechat", "reference": "8841"}, "已验收，微信已收 ¥35.00，收据 SJ-{month}-0001"),
        ({"pay": "scan", "method": "alipay", "reference": "8841"}, "已验收，支付宝已收 ¥35.00，收据 SJ-{month}-0001"),
        ({"pay": "desk"}, "客户已验收"),
    ],
)
def test_the_sentence_says_whose_hand_the_money_is_in(
    cast: Cast, sign_in: Any, paid: dict[str, str], said: str
) -> None:
    slip = cast.finished()
    answer = sign_in("wang").post(sign_url(slip), sign_fields(**paid), follow=True)
    month = f"{clock.today():%Y%m}"
    assert [str(message) for message in answer.context["messages"]] == [said.format(month=month)]


@pytest.mark.sop("5.2.2-1c")
def test_from_five_hundred_the_technician_takes_no_money(cast: Cast, sign_in: Any) -> None:
    slip = cast.finished("800.00", "260.00", used="260.00")
    client = sign_in("wang")
    form = client.get(reverse("my_job", args=[slip.ticket.number]), {"tab": "sign"}).context["sign_form"]
    assert [name for name in ("pay", "method", "reference", "amount") if name in form.fields] == []
    assert client.post(sign_url(slip), sign_fields(amount="800.00")).status_code == 302
    assert [payment.received_by for payment in Payment.objects.all()] == [cast.zhou]


def test_a_signed_no_sends_the_work_on(cast: Cast, sign_in: Any) -> None:
    slip = cast.finished()
    client = sign_in("wang")
    answer = client.post(sign_url(slip), sign_fields(opinion="failed"))
    assert (answer.status_code, answer.context["sign_form"].errors) == (422, {"words": ["写明哪里不合格。"]})
    assert client.post(sign_url(slip), sign_fields(opinion="failed", words="仍在滴水")).status_code == 302
    slip = Slip.objects.get(pk=slip.pk)
    assert (slip.state, slip.ticket.state, Payment.objects.count()) == ("arrived", "ordered", 0)


def test_a_resent_signature_is_one_acceptance_and_one_payment(cast: Cast, sign_in: Any) -> None:
    slip = cast.finished()
    fields, client = sign_fields(once=str(uuid.uuid4())), sign_in("wang")
    assert [client.post(sign_url(slip), fields).status_code for _each in range(3)] == [302, 302, 302]
    assert (Payment.objects.count(), Event.objects.filter(action="slip_accept").count()) == (1, 1)


def test_what_still_holds_the_finish_stands_where_the_button_would(cast: Cast, sign_in: Any) -> None:
    slip = cast.arrived()
    workorders.list_parts(slip, by=cast.wang, parts=cast.parts("16.00"), verified=False)
    context = sign_in("wang").get(reverse("my_job", args=[slip.ticket.number]), {"tab": "sign"}).context
    assert (context["blockers"], context["parts_first"]) == (
        ["公司提供的材料还没有请客户当面验证。", "用料超过报价，先报增项并经客户认可。"], True,
    )  # fmt: skip


# What I still hold --------------------------------------------------------------------------


@pytest.mark.sop("5.5.1-8")
def test_sheets_and_money_in_hand_are_listed_with_their_due_time(cast: Cast, sign_in: Any) -> None:
    slip, client = cast.finished(), sign_in("wang")
    assert client.post(sign_url(slip), sign_fields()).status_code == 302
    cash = client.get("/my/cash/").context["cash"]
    assert (cash.total, cash.due - Payment.objects.get().received_at) == (Decimal("35.00"), dt.timedelta(hours=24))
    slip = Slip.objects.get(pk=slip.pk)
    (bundle,) = client.get("/my/copies/").context["bundles"]
    assert (bundle.slip, bundle.numbers, bundle.due) == (slip, [1, 2, 3], slip.accepted_at + dt.timedelta(hours=24))
    assert client.post(reverse("slip_keep", args=[slip.number]), {"next": "/my/copies/"})["Location"] == "/my/copies/"
    custody.take_in(slip, copies=[1, 2], by=cast.zhou)
    assert client.get("/my/copies/").context["bundles"] == []


def test_a_typed_number_leads_to_its_sheet(cast: Cast, sign_in: Any) -> None:
    slip, client = cast.arrived(), sign_in("wang")
    answer = client.get("/my/copies/", {"code": f"{slip.number}-3"})
    assert answer["Location"] == reverse("copy_scan", args=[slip.copies.get(number=3).code])
    page = client.get(answer["Location"])
    assert (page.status_code, page.templates[0].name) == (200, "desk/copy_scan_page.html")
    assert client.get("/my/copies/", {"code": "你好"}).context["sentence"].startswith("看不懂“你好”")


def test_the_list_fetches_itself_again_as_a_fragment(cast: Cast, sign_in: Any) -> None:
    ticket = cast.notified()
    answer = sign_in("wang").get("/my/", headers={"HX-Request": "true"})
    assert (answer.templates[0].name, f'id="job-{ticket.pk}"' in answer.content.decode()) == ("field/_jobs.html", True)


# The quote, read to the customer on site -------------------------------------------------------


@pytest.mark.sop("5.5.1-3")
def test_the_offered_quote_stands_on_the_job_with_what_may_be_signed_on_site(cast: Cast, sign_in: Any) -> None:
    ticket, client = cast.quoted(), sign_in("wang")
    here = reverse("my_job", args=[ticket.number])
    page = client.get(here, {"tab": "survey"})
    assert page.context["answers"] == [("客户认可报价", "accept_quote"), ("客户不修", "decline_quote")]
    html = page.content.decode()
    assert [word in html for word in ("更换阀芯", "陶瓷阀芯", "¥35.00", reverse("accept_quote", args=[ticket.number]))] == [True] * 4  # fmt: skip
    fields = {"name": "李建国", "relation": "owner", "how": "signed", "next": f"{here}?tab=survey"}
    assert client.post(reverse("accept_quote", args=[ticket.number]), fields)["Location"] == f"{here}?tab=survey"
    after = client.get(here, {"tab": "survey"}).context
    assert (after["quote"].state, after["answers"]) == ("accepted", [])


@pytest.mark.sop("5.5.1-3")
def test_a_revision_is_signed_on_site_too(cast: Cast, sign_in: Any) -> None:
    slip = cast.arrived()
    quoting.offer_quote(slip.ticket, by=cast.zhou, lines=cast.lines("48.00"))
    page = sign_in("wang").get(reverse("my_job", args=[slip.ticket.number]), {"tab": "survey"})
    assert (str(page.context["quote"].total), page.context["answers"]) == (
        "48.00",
        [("客户认可增项", "accept_revision")],
    )


def test_what_was_not_used_is_shown_without_a_price_where_the_customer_signs(cast: Cast, sign_in: Any) -> None:
    slip = cast.finished(used="0.00")
    page = sign_in("wang").get(reverse("my_job", args=[slip.ticket.number]), {"tab": "sign"})
    assert ([line["name"] for line in page.context["lines"]], [line["name"] for line in page.context["unused"]]) == (
        ["更换阀芯"], ["陶瓷阀芯"],
    )  # fmt: skip
    assert "15.00" not in page.content.decode()
    desk = sign_in("zhou").get(reverse("slip_accept", args=[slip.number]))
    assert [line["name"] for line in desk.context["unused"]] == ["陶瓷阀芯"]
