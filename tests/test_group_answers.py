"""A burst main: sixty callers, one repair, one group answer, archived (G13, domain E.2, lives.md §7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import actions as billing
from callbacks import actions as callbacks
from callbacks import merging
from core.clock import SHANGHAI
from core.refusals import Forbidden, Refusal
from tests.cast import STROKES, Cast
from tests.test_paths import facility
from tests.test_steps import errors, send
from tests.test_ticket_page import offered, page, plain, sentences
from tickets import actions as tickets
from tickets.models import Ticket
from workorders import actions as workorders
from workorders import custody

NOON = dt.datetime(2026, 11, 24, 10, 42, 42, tzinfo=SHANGHAI)
WORDS = "您反映的大堂漏水已修好"


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def flooded(cast: Cast, n: int = 60) -> tuple[Ticket, list[Ticket]]:
    """The hall is under water: the first report, and those of n - 1 neighbours."""
    fields = {"component": "pump", "place": "public", "unit": None, "spot": "", "area": cast.hall, "urgency": "urgent", "fault": "水管爆裂，大堂进水"}  # fmt: skip
    first = cast.report(**fields)
    others = [
        cast.report(**fields | {"unit": cast.unit_1201}, reporter_name=f"住户{k}", phone=f"139000{k:05d}")
        for k in range(1, n)
    ]
    return first, others


def repaired(cast: Cast, ticket: Ticket) -> Ticket:
    """One repair of it, countersigned, its sheets at home."""
    tickets.notify_engineering(ticket, by=cast.zhou, to=cast.wang)
    tickets.arrive(ticket, by=cast.wang)
    if ticket.nature_guess != "paid_public":
        cast.photographed(ticket)
    tickets.survey(ticket, by=cast.wang, nature="paid_public", work="更换管箍", reason="外力挖断")
    slip = facility(cast, ticket)
    workorders.collect(slip, by=cast.zhou)
    workorders.arrive(slip, by=cast.wang)
    workorders.finish(slip, by=cast.wang, work="更换管箍，试压", no_parts=True, strokes=STROKES)
    billing.countersign_slip(slip, by=cast.shen, opinion="passed", strokes=STROKES)
    custody.take_in(slip, copies=[1, 2, 3], by=cast.zhou)
    ticket.refresh_from_db()
    return ticket


def done(cast: Cast, n: int = 60) -> Ticket:
    first, others = flooded(cast, n)
    merging.merge(others, into=first, by=cast.zhou)
    return repaired(cast, first)


@pytest.mark.sop("5.5.1-9", "5.5.3-6")
def test_g13_sixty_callers_are_one_repair_one_group_answer_and_one_archive(cast: Cast, clock) -> None:
    ticket = done(cast)
    assert (ticket.state, ticket.callers_left, ticket.slips.count()) == ("completed", 60, 1)
    message = merging.tell(ticket, by=cast.zhou, channel="sms", text=WORDS)
    ticket.refresh_from_db()
    assert (message.told.count(), ticket.callers_left, ticket.state) == (59, 1, "completed")
    callbacks.record_answer(ticket, caller=ticket.callers.get(first=True), by=cast.zhou, satisfied=True)
    assert (ticket.callers_left, ticket.state) == (0, "called_back")
    workorders.close(ticket, by=cast.zhou)
    assert ticket.state == "closed"
    assert Ticket.objects.filter(merged_into=ticket, state="merged").count() == 59
    assert not ticket.deadlines.open().exists()


@pytest.mark.sop("5.5.1-9")
def test_the_group_message_meets_the_promise_of_a_call_and_who_is_left_has_one_of_his_own(cast: Cast, clock) -> None:
    ticket = done(cast, 3)
    first = ticket.deadlines.open().get(kind="callback")
    clock.shift(dt.timedelta(hours=2))
    merging.tell(ticket, by=cast.zhou, channel="wechat", text=WORDS)
    first.refresh_from_db()
    assert first.met_at == NOON + dt.timedelta(hours=2)
    assert ticket.deadlines.open().get(kind="callback").due_at == NOON + dt.timedelta(hours=50)


def test_the_first_reporter_s_answer_is_the_figure_unless_he_too_is_only_told(cast: Cast, clock) -> None:
    ticket = done(cast, 3)
    merging.tell(ticket, by=cast.zhou, channel="notice", text=WORDS, everybody=True)
    ticket.refresh_from_db()
    assert (ticket.callers_left, ticket.state) == (0, "called_back")
    assert list(ticket.callbacks.values_list("state", flat=True)) == ["told"] * 3
    assert not ticket.callbacks.exclude(answered_at=None).exists()


def test_who_was_tried_before_is_told_in_the_same_round(cast: Cast, clock) -> None:
    ticket = done(cast, 3)
    tried = ticket.callers.filter(first=False)[0]
    callbacks.record_attempt(ticket, caller=tried, by=cast.zhou)
    merging.tell(ticket, by=cast.zhou, channel="sms", text=WORDS)
    assert [(row.round, row.state) for row in tried.callbacks.all()] == [(1, "told")]
    assert tried.callbacks.get().history.first().state == "told"


def test_who_was_told_is_not_called_again_when_another_s_complaint_was_put_right(cast: Cast, clock) -> None:
    ticket = done(cast, 3)
    merging.tell(ticket, by=cast.zhou, channel="sms", text=WORDS)
    first = ticket.callers.get(first=True)
    callbacks.record_answer(ticket, caller=first, by=cast.zhou, satisfied=False, opinion="还有水渍")
    correction = ticket.corrections.get()
    callbacks.assign(correction, by=cast.shen, to=cast.wang)
    callbacks.correct(correction, by=cast.wang, done="拖干")
    ticket.refresh_from_db()
    assert ticket.callers_left == 1
    callbacks.record_answer(ticket, caller=first, by=cast.zhou, satisfied=True)
    assert ticket.state == "called_back"


def test_nobody_is_told_before_it_is_repaired_nor_twice_nor_without_words(cast: Cast, clock) -> None:
    first, others = flooded(cast, 3)
    merging.merge(others, into=first, by=cast.zhou)
    with pytest.raises(Refusal, match="验收以后才回访"):
        merging.tell(first, by=cast.zhou, channel="sms", text=WORDS)
    ticket = repaired(cast, first)
    with pytest.raises(Refusal, match="写明告知的内容"):
        merging.tell(ticket, by=cast.zhou, channel="sms", text="  ")
    with pytest.raises(Forbidden):
        merging.tell(ticket, by=cast.shen, channel="sms", text=WORDS)
    with pytest.raises(Refusal, match="回访不能由维修人自己做"):
        cast.wang.grant("FD", within=cast.community.pk)
        merging.tell(ticket, by=cast.wang, channel="sms", text=WORDS)
    merging.tell(ticket, by=cast.zhou, channel="sms", text=WORDS)
    with pytest.raises(Refusal, match="没有还要告知的来电人"):
        merging.tell(ticket, by=cast.zhou, channel="sms", text=WORDS)


def test_the_step_offers_words_and_tells_how_many(cast: Cast, sign_in, clock) -> None:
    ticket, client = done(cast, 4), sign_in("zhou")
    assert "tell" in {offer.name for offer in offered(cast, ticket).others}
    body = plain(client.get(f"/tickets/{ticket.number}/tell/").content.decode())
    assert "并入的来电人还有 3 位没有告知。" in body and "您好，您反映的3栋2单元大堂" in body
    assert errors(send(client, "tell", ticket, text="")) == {"channel": ["选怎样告知"], "text": ["填写告知内容"]}
    assert send(client, "tell", ticket, channel="sms", text=WORDS).status_code == 302
    assert sentences(cast, ticket)[-1] == f"周 统一告知 3 位来电人（短信） ［{WORDS}］"
    assert "来电人 共 4 人" in plain(page(client, ticket, "?part=side"))


def test_the_list_of_calls_shows_how_many_are_left_and_offers_the_group_message(cast: Cast, sign_in, clock) -> None:
    ticket = done(cast, 4)
    body = sign_in("zhou").get("/callbacks/").content.decode()
    assert "还有 4 人" in plain(body) and f"/tickets/{ticket.number}/tell/" in body
    sheet = sign_in("zhou").get(f"/tickets/{ticket.number}/call_back/").content.decode()
    assert "并入的来电人 3 位，电话在这里" in sheet and "13900000001" not in sheet


def asked(work: Any) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)


def test_a_group_answer_costs_the_same_for_three_callers_and_for_sixty(cast: Cast, clock) -> None:
    few, many = done(cast, 3), done(cast, 60)
    costs = [
        asked(lambda each=each: merging.tell(each, by=cast.zhou, channel="sms", text=WORDS)) for each in (few, many)
    ]
    assert costs[0] <= costs[1] <= costs[0] + 1  # a long INSERT is parted by SQLite


def test_pages_cost_the_same_for_three_callers_and_for_sixty(cast: Cast, sign_in, clock) -> None:
    client, few, many = sign_in("lin"), done(cast, 3), done(cast, 60)
    for path in ("", "call_back/", "tell/"):
        urls = [f"/tickets/{each.number}/{path}" for each in (few, many)]
        for url in urls:
            client.get(url)
        assert asked(lambda url=urls[0]: client.get(url)) == asked(lambda url=urls[1]: client.get(url)), path
