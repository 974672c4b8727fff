"""Notices to builders at the desk: sent, answered, reminded, sent again, several in one (5.5.2-3, A.8, G9)."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing import actions as billing
from core.clock import SHANGHAI
from people.roles import FD
from places.models import Builder, BuiltBy, Component
from tests.accounts import signed_in, somebody
from tests.cast import Cast
from tests.test_paths import HOUR, dark_hall, leaking, open_kinds
from tests.test_steps import errors, send
from tests.test_ticket_page import offered, page, plain, sentences
from tickets.models import Ticket
from workorders import notices
from workorders.models import Notice

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=SHANGHAI)


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def window(hours: int = 24) -> tuple[dt.datetime, dt.datetime]:
    starts = NOON + hours * HOUR
    return starts, starts + 2 * HOUR


def answer(client: Client, step: str, notice: Notice, **fields: Any) -> Any:
    """Press the button of a notice's step."""
    key = fields.pop("key", str(uuid.uuid4()))
    return client.post(reverse(f"notice_{step}", args=[notice.number]), {"once": key, **fields})


def notified(cast: Cast, **given: Any) -> tuple[Ticket, Notice]:
    ticket = leaking(cast, **given)
    return ticket, notices.send_notice([ticket], by=cast.zhou)


def chosen(starts: dt.datetime) -> dict[str, str]:
    return {
        "window_slot": f"{starts.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}",
        "customer_agrees": "on",
        "words": "派两人来",
    }


# Sending ----------------------------------------------------------------------


@pytest.mark.sop("5.5.2-3")
def test_the_builder_of_that_part_is_proposed_with_its_form_and_limits(cast: Cast, sign_in, noon) -> None:
    plumber = Builder.objects.create(community=cast.community, name="顺达安装", form="letter", arrive_hours=24)
    BuiltBy.objects.create(community=cast.community, component=Component.objects.get(pk="water_pipe"), builder=plumber)
    ticket = leaking(cast)
    found = sign_in("zhou").get(reverse("notify_builder", args=[ticket.number]))
    form = found.context["form"]
    offered_firms = [(firm.builder.name, firm.answers, firm.form_word) for firm in form.fields["builder"].firms]
    assert offered_firms == [("顺达安装", True, "书面"), ("宏达建设", False, "微信")]
    assert form.initial["builder"] == str(plumber.pk)
    said = plain(found.content.decode())
    assert "协议约定书面，明日 12:00 前到场，11月30日 12:00 前完工" in said
    assert "住户 李先生 138****1201" in said


def test_a_notice_is_sent_in_the_agreed_form_once_however_often_it_is_pressed(cast: Cast, sign_in, noon) -> None:
    ticket, client, key = leaking(cast), sign_in("zhou"), str(uuid.uuid4())
    firm = str(Builder.objects.get().pk)
    for _press in (1, 2):
        found = send(client, "notify_builder", ticket, key=key, builder=firm, form="", seen="-")
        assert (found.status_code, found.headers["Location"]) == (302, ticket.get_absolute_url())
    notice = Notice.objects.get()
    assert (notice.form, notice.nth, list(notice.tickets.all())) == ("chat", 1, [ticket])
    assert sentences(cast, ticket)[-1] == "周 通知宏达建设，TZ-202611-0001 第 1 次（微信）"


def test_two_clerks_do_not_notify_twice(cast: Cast, sign_in, noon) -> None:
    ticket, _notice = notified(cast)
    firm = str(Builder.objects.get().pk)
    found = send(sign_in("qian"), "notify_builder", ticket, builder=firm, form="", seen="-")
    assert (found.status_code, Notice.objects.count()) == (409, 1)
    assert "打开表单后这一项已改过" in plain(found.content.decode())


def test_a_notice_needs_a_builder_of_this_estate(cast: Cast, sign_in) -> None:
    ticket, client = leaking(cast), sign_in("zhou")
    assert errors(send(client, "notify_builder", ticket, form="chat")) == {"builder": ["选施工单位"]}
    assert errors(send(client, "notify_builder", ticket, builder="999")) == {"builder": ["施工单位没有这一项，重新选"]}
    assert send(client, "notify_builder", ticket, builder="999", hx=True).status_code == 422


@pytest.mark.parametrize(("who", "status"), [("zhou", 200), ("lin", 200), ("shen", 200), ("wang", 403), ("night", 403)])
def test_desk_and_engineering_notify_builders_and_nobody_else(cast: Cast, sign_in, who: str, status: int) -> None:
    ticket = leaking(cast)
    assert sign_in(who).get(reverse("notify_builder", args=[ticket.number])).status_code == status


def test_what_is_not_in_warranty_is_not_the_builder_s(cast: Cast, sign_in) -> None:
    ticket = cast.surveyed()
    assert "notify_builder" not in {offer.name for offer in offered(cast, ticket).blocked}
    found = send(sign_in("zhou"), "notify_builder", ticket, builder=str(Builder.objects.get().pk), form="")
    assert found.status_code == 409


# Several in one -----------------------------------------------------------------


def batch(tickets: list[Ticket], **fields: Any) -> dict[str, Any]:
    return {"once": str(uuid.uuid4()), "t": [ticket.number for ticket in tickets], "builder": str(Builder.objects.first().pk), **fields}  # type: ignore[union-attr]  # fmt: skip


def test_several_repairs_of_one_builder_go_out_in_one_notice(cast: Cast, sign_in, noon) -> None:
    client, repairs = sign_in("zhou"), [leaking(cast), leaking(cast)]
    html = client.get(reverse("notices")).content.decode()
    assert re.findall(r'name="t" value="([^"]+)"', html) == [ticket.number for ticket in repairs]
    sent = batch(repairs)
    found = [client.post(reverse("send_notice"), sent) for _press in (1, 2)]
    notice = Notice.objects.get()
    assert [each.headers["Location"] for each in found] == [notice.get_absolute_url()] * 2
    assert set(notice.tickets.all()) == set(repairs)
    assert "已通知宏达建设，TZ-202611-0001，共 2 件" in plain(client.get(notice.get_absolute_url()).content.decode())


def test_repairs_of_two_builders_are_notified_apart(cast: Cast, sign_in) -> None:
    other = Builder.objects.create(community=cast.community, name="中筑三公司")
    BuiltBy.objects.create(community=cast.community, component=Component.objects.get(pk="pump"), builder=other)
    mixed = [leaking(cast), dark_hall(cast, nature="warranty_public")]
    found = sign_in("zhou").post(reverse("send_notice"), batch(mixed))
    assert (found.status_code, Notice.objects.count()) == (409, 0)
    assert "这几件分属不同的施工单位，分开通知。" in plain(found.content.decode())


def test_one_that_cannot_be_notified_is_named(cast: Cast, sign_in) -> None:
    found = sign_in("zhou").get(reverse("send_notice"), {"t": [leaking(cast).number, cast.surveyed().number]})
    assert "1栋1单元0702 现在不能通知施工单位，去掉这一件。" in plain(found.content.decode())


def test_nothing_chosen_and_what_is_not_there_are_said(cast: Cast, sign_in) -> None:
    client = sign_in("zhou")
    for ask in (client.get, client.post):
        found = ask(reverse("send_notice"), follow=True)
        assert (found.redirect_chain, "选定要通知的报修。" in found.content.decode()) == ([("/notices/", 302)], True)
    assert client.get(reverse("send_notice"), {"t": "HT-BX-209901-0001"}).status_code == 404
    elsewhere = type(cast.community).objects.create(code="MD", name="牡丹园", company="海棠物业")
    stranger = signed_in(somebody("stranger", FD, within=elsewhere.pk))
    assert stranger.post(reverse("send_notice"), batch([leaking(cast)])).status_code == 404


# Answers ------------------------------------------------------------------------


@pytest.mark.sop("5.5.2-4")
def test_the_builder_s_time_becomes_the_customer_s_appointment(cast: Cast, sign_in, noon) -> None:
    ticket, notice = notified(cast)
    client, starts = sign_in("shen"), NOON + 22 * HOUR
    refused = answer(client, "agree", notice, window_slot=chosen(starts)["window_slot"])
    assert errors(refused) == {"customer_agrees": ["先与客户约好，再登记"]}
    assert answer(client, "agree", notice, **chosen(starts)).headers["Location"] == notice.get_absolute_url()
    ticket.refresh_from_db()
    assert (ticket.window_from, ticket.window_to) == (starts, starts + 2 * HOUR)
    assert (ticket.builder_reply, open_kinds(ticket)) == ("agreed", ["step"])
    assert sentences(cast, ticket)[-1] == "沈 施工单位约定 明日 10:00–12:00 到场"


def test_what_the_builder_has_agreed_already_stands_beside_each_window(cast: Cast, sign_in, noon) -> None:
    _other, before = notified(cast)
    notices.agree_time(before, by=cast.zhou, window=window(22))
    _ticket, notice = notified(cast)
    form = sign_in("zhou").get(reverse("notice_agree", args=[notice.number])).context["form"]
    assert [(slot.when, slot.room) for slot in form.fields["window"].slots] == [
        ("13:00", "未约"), ("15:00", "未约"), ("17:00", "未约"), ("明日 8:30", "已约 1 件"), ("明日 10:00", "已约 1 件"),
        ("明日 13:00", "未约"), ("明日 15:00", "未约"), ("明日 17:00", "未约"), ("11月25日 8:30", "未约"),
    ]  # fmt: skip


def test_a_time_that_has_passed_is_refused_and_the_words_are_kept(cast: Cast, sign_in, noon) -> None:
    _ticket, notice = notified(cast)
    typed = {"window_slot": "other", "window_day": "2026-11-22", "window_starts": "09:00", "window_ends": "10:00"}
    found = answer(sign_in("zhou"), "agree", notice, **{**chosen(NOON), **typed, "words": "派两人来"})
    assert (found.status_code, "派两人来" in found.content.decode()) == (409, True)
    assert answer(sign_in("zhou"), "agree", notice, customer_agrees="on").status_code == 422


def test_a_telephoned_notice_is_followed_in_writing(cast: Cast, sign_in, noon) -> None:
    ticket, notice = notified(cast, urgency="urgent")
    client = sign_in("zhou")
    assert (notice.form, notice.is_to_be_written) == ("phone", True)
    assert "书面未补" in plain(page(client, ticket))
    assert answer(client, "confirm_written", notice).status_code == 302
    notice.refresh_from_db()
    assert (notice.written_at, notice.is_to_be_written) == (NOON, False)
    again = answer(client, "confirm_written", notice)
    assert (again.status_code, "已补发书面通知。" in plain(again.content.decode())) == (409, True)


def test_receipt_and_reminders_are_kept_with_who_and_when(cast: Cast, sign_in, noon) -> None:
    ticket, notice = notified(cast)
    client = sign_in("zhou")
    assert errors(answer(client, "acknowledge", notice, name="")) == {"name": ["填写签收人"]}
    answer(client, "acknowledge", notice, name="赵工", words="明日下午到")
    answer(client, "remind", notice, form="phone", words="说在路上")
    notice.refresh_from_db()
    assert (notice.form, notice.is_to_be_written) == (
        "chat",
        False,
    )  # a reminder by telephone leaves the notice as it went out
    assert sentences(cast, ticket)[-2:] == ["周 施工单位签收 TZ-202611-0001", "周 催施工单位（电话） ［说在路上］"]
    card = plain(page(client, ticket))
    assert "签收、回复 赵工 今日 12:00 明日下午到" in card and "催办 今日 12:00 周 电话：说在路上" in card


def test_g9_who_refuses_is_notified_again_and_then_replaced_by_the_supervisor(cast: Cast, sign_in, noon) -> None:
    ticket, notice = notified(cast)
    zhou, lin = sign_in("zhou"), sign_in("lin")
    answer(zhou, "refuse", notice, because="说是业主改动")
    main = offered(cast, ticket).main
    assert (main.name, "会印上逾期后果" in plain(page(zhou, ticket))) == ("notify_builder", True)
    send(zhou, "notify_builder", ticket, builder=str(notice.builder.pk), form="letter", seen=notice.number)
    second = Notice.objects.latest("pk")
    answer(zhou, "refuse", second, because="仍不来")
    assert "take_over" not in {offer.name for offer in [*offered(cast, ticket).others, *offered(cast, ticket).rare]}
    assert send(zhou, "take_over", ticket, because="两次不来").status_code == 403
    assert offered(cast, ticket, "lin").main.name == "take_over"
    assert errors(send(lin, "take_over", ticket, because="")) == {"because": ["填写代修的原因"]}
    assert send(lin, "take_over", ticket, because="两次不来").status_code == 302
    ticket.refresh_from_db()
    assert (ticket.taken_over, offered(cast, ticket).main.name) == (True, "issue_slip")
    assert sentences(cast, ticket)[-1] == "林 由我方代修，费用由施工单位承担 ［两次不来］ ［TZ-202611-0002 到此为止］"


def test_g9_who_stays_away_rises_to_the_top_and_is_notified_again(cast: Cast, sign_in, noon) -> None:
    ticket, notice = notified(cast)
    noon.shift(49 * HOUR)
    client = sign_in("zhou")
    html = plain(client.get(reverse("notices")).content.decode())
    assert "逾期未到 1" in html and "再次通知" in html
    assert offered(cast, ticket).main.name == "notify_builder"
    assert "宏达建设应在 今日 12:00 前到场，没有来。" in plain(page(client, ticket))
    assert notice.is_overdue


def test_urgent_work_is_taken_over_at_once_by_whoever_is_there(cast: Cast, sign_in) -> None:
    ticket = leaking(cast, urgency="urgent")
    assert send(sign_in("zhou"), "take_over", ticket, because="水止不住").status_code == 302
    ticket.refresh_from_db()
    assert ticket.taken_over


# Ends ---------------------------------------------------------------------------


def test_a_notice_ends_when_the_repair_turns_out_to_be_the_customer_s(cast: Cast, noon) -> None:
    ticket, notice = notified(cast)
    billing.rejudge(ticket, by=cast.shen, nature="paid_home", reason="业主改动过")
    notice.refresh_from_db()
    assert (notice.state, open_kinds(ticket), ticket.builder_notified_at) == ("withdrawn", ["step"], None)


def test_a_notice_about_two_stands_until_neither_waits(cast: Cast, noon) -> None:
    one, two = leaking(cast), leaking(cast)
    notice = notices.send_notice([one, two], by=cast.zhou)
    billing.cancel(one, by=cast.zhou, reason="customer")
    notice.refresh_from_db()
    assert notice.state == "sent"
    two.refresh_from_db()
    notices.take_over(two, by=cast.lin, because="不来")
    notice.refresh_from_db()
    assert notice.state == "withdrawn"


# Lists --------------------------------------------------------------------------


def test_the_list_has_what_waits_by_builder_and_how_each_notice_stands(cast: Cast, sign_in, noon) -> None:
    leaking(cast)
    notified(cast)
    _ticket, refused = notified(cast)
    notices.refuse_notice(refused, by=cast.zhou, because="不属保修")
    _other, agreed = notified(cast)
    notices.agree_time(agreed, by=cast.zhou, window=window())
    html = sign_in("zhou").get(reverse("notices")).content.decode()
    heads = re.findall(r'<h2 id="[fg]-\w+">(.*?)</h2>', html)
    assert heads == ["待通知：宏达建设", "拒修，待定", "待答复", "已约时间"]
    assert sign_in("zhou").get(reverse("notices"), {"part": "list"}).templates[0].name == "desk/_notice_list.html"


def test_the_register_of_notices_is_filtered_and_paged(cast: Cast, sign_in, noon) -> None:
    ticket = leaking(cast)
    for _n in range(51):
        notices.send_notice([ticket], by=cast.zhou)
    client = sign_in("mei")
    page_two = client.get(reverse("notices"), {"view": "all", "page": "2"})
    assert [notice.nth for notice in page_two.context["page"]] == [1]
    sent = client.get(reverse("notices"), {"view": "all", "state": "sent"})
    assert [notice.nth for notice in sent.context["page"]] == [51]
    assert (
        client.get(reverse("notices"), {"view": "all", "state": "x", "builder": "x"}).context["page"].paginator.count
        == 51
    )
    assert sign_in("wang").get(reverse("notices")).status_code == 403


def test_an_empty_list_says_what_would_be_here(cast: Cast, sign_in) -> None:
    assert "没有要通知、要催的" in sign_in("zhou").get(reverse("notices")).content.decode()
    assert "还没有发过通知" in sign_in("zhou").get(reverse("notices"), {"view": "all"}).content.decode()


def test_a_list_costs_no_more_queries_with_more_repairs(cast: Cast, sign_in, noon) -> None:
    client, counts = sign_in("zhou"), []
    for _n in (1, 2, 3):
        leaking(cast)
        notified(cast)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("notices"))
        counts.append(len(queries))
    assert counts[1] == counts[2]  # the first asks besides how many estates there are
