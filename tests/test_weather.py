"""Bad weather: a span that tags what is reported in it, a single tag, a filter; every clock stays honest (domain E.2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import SHANGHAI
from core.refusals import Forbidden, Refusal
from people.roles import SS
from places.models import Community
from tests.accounts import somebody
from tests.cast import Cast
from tests.test_steps import errors, send
from tests.test_ticket_page import page, plain, sentences
from tickets import recording
from tickets.models import BadWeather, Event, Ticket

NOON = dt.datetime(2026, 9, 8, 12, 0, tzinfo=SHANGHAI)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def storm(cast: Cast, **given: Any) -> BadWeather:
    span = {"what": "台风“梅花”", "starts": NOON, "ends": NOON + 8 * HOUR, **given}
    return recording.declare_weather(
        cast.community, by=given.pop("by", cast.lin), **{k: v for k, v in span.items() if k != "by"}
    )


def test_what_is_reported_in_a_span_is_tagged_and_what_comes_after_is_not(cast: Cast, clock) -> None:
    before = cast.report()
    storm(cast)
    during = cast.report()
    clock.shift(8 * HOUR)
    after = cast.report()
    assert [Ticket.objects.get(pk=each.pk).weather for each in (before, during, after)] == [True, True, False]


def test_a_span_that_began_earlier_tags_what_was_reported_since(cast: Cast, clock) -> None:
    early = cast.report()
    clock.shift(2 * HOUR)
    late = cast.report()
    storm(cast, starts=NOON + HOUR)
    assert [Ticket.objects.get(pk=each.pk).weather for each in (early, late)] == [False, True]
    assert sentences(cast, late)[-1] == "林 标恶劣天气"


@pytest.mark.sop("5.4.1", "5.4.2-2")
def test_the_clocks_of_a_tagged_repair_are_those_of_any_other(cast: Cast, clock) -> None:
    plain_one = cast.report(urgency="urgent")
    dues = sorted(plain_one.deadlines.values_list("kind", "due_at"))
    storm(cast)
    assert sorted(cast.report(urgency="urgent").deadlines.values_list("kind", "due_at")) == dues
    assert not plain_one.deadlines.exclude(cancelled_at=None).exists()


def test_the_span_ends_early_and_what_was_tagged_stays_so(cast: Cast, clock) -> None:
    span = storm(cast)
    during = cast.report()
    clock.shift(HOUR)
    recording.end_weather(span, by=cast.lin)
    during.refresh_from_db()
    assert (span.ends, during.weather, cast.report().weather) == (NOON + HOUR, True, False)
    with pytest.raises(Refusal, match="这段恶劣天气已结束"):
        recording.end_weather(span, by=cast.lin)
    told = Event.objects.filter(stream=f"weather-{cast.community.pk}").order_by("seq")
    assert list(told.values_list("action", "actor")) == [("weather_declare", cast.lin.pk), ("weather_end", cast.lin.pk)]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"starts": NOON - 25 * HOUR}, "开始时间最早为 24 小时前"),
        ({"ends": NOON}, "结束时间要晚于现在"),
        ({"ends": NOON + 8 * 24 * HOUR}, "最长七天"),
    ],
)
def test_a_span_that_cannot_be_is_refused(given, sentence, cast: Cast, clock) -> None:
    with pytest.raises(Refusal, match=sentence):
        storm(cast, **given)
    assert BadWeather.objects.count() == 0


def test_two_spans_do_not_overlap(cast: Cast, clock) -> None:
    storm(cast)
    with pytest.raises(Refusal, match="这段时间已标恶劣天气"):
        storm(cast, starts=NOON + 7 * HOUR, ends=NOON + 9 * HOUR)


def test_another_estate_is_not_touched(cast: Cast, clock) -> None:
    elsewhere = Community.objects.create(code="MD", name="牡丹园", company="海棠物业")
    recording.declare_weather(
        elsewhere, by=somebody("other", SS, within=elsewhere.pk), what="暴雨", starts=NOON, ends=NOON + HOUR
    )
    assert cast.report().weather is False


def test_only_the_service_supervisor_says_so(cast: Cast, clock) -> None:
    for who in (cast.zhou, cast.shen, cast.mei):
        with pytest.raises(Forbidden):
            storm(cast, by=who)
        with pytest.raises(Forbidden):
            recording.tag_weather(cast.report(), by=who, weather=True)


def test_a_single_repair_is_tagged_and_untagged(cast: Cast, sign_in, clock) -> None:
    ticket, client = cast.report(), sign_in("lin")
    assert send(client, "tag_weather", ticket).status_code == 302
    assert "恶劣天气" in page(client, ticket)
    assert send(client, "tag_weather", ticket).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.weather, sentences(cast, ticket)[-2:]) == (False, ["林 标恶劣天气", "林 取消恶劣天气"])


def test_an_old_page_does_not_turn_the_tag_round(cast: Cast, sign_in, clock) -> None:
    ticket, client = cast.report(), sign_in("lin")
    assert send(client, "tag_weather", ticket, seen="True").status_code == 409
    ticket.refresh_from_db()
    assert ticket.weather is False


def test_the_register_is_filtered_by_the_tag(cast: Cast, sign_in, clock) -> None:
    before = cast.report()
    clock.shift(60)
    storm(cast, starts=NOON + dt.timedelta(minutes=1), ends=NOON + 8 * HOUR)
    during, client = cast.report(), sign_in("zhou")

    def numbers(query: str) -> list[str]:
        return [row["number"] for row in client.get(f"/tickets/{query}").context["lines"]]

    short = [ticket.number.removeprefix("HT-") for ticket in (before, during)]
    assert (numbers("?weather=with"), numbers("?weather=without")) == ([short[1]], [short[0]])
    assert numbers("?weather=nonsense") == short[::-1]


def test_everybody_sees_the_banner_while_it_lasts_at_no_further_query(cast: Cast, sign_in, clock) -> None:
    client = sign_in("zhou")
    client.get("/board/")
    with CaptureQueriesContext(connection) as calm:
        assert "恶劣天气：" not in client.get("/board/").content.decode()
    storm(cast)
    with CaptureQueriesContext(connection) as rough:
        body = plain(client.get("/board/").content.decode())
    assert "恶劣天气：台风“梅花”，到 今日 20:00。新登记自动标记，时限照常，先办危险的。" in body
    assert len(rough) == len(calm)
    clock.shift(8 * HOUR)
    assert "恶劣天气：" not in client.get("/board/").content.decode()


def test_the_supervisor_s_page_declares_and_ends(cast: Cast, sign_in, clock) -> None:
    client = sign_in("lin")
    assert "还没有标过恶劣天气" in client.get("/weather/").content.decode()
    fields = {
        "community": cast.community.pk,
        "what": "暴雨红色预警",
        "starts": "2026-09-08T12:00",
        "ends": "2026-09-08T20:00",
    }
    assert client.post("/weather/", fields).headers["Location"] == "/weather/"
    cast.report()
    page_ = client.get("/weather/")
    assert [(span.what, span.tagged) for span in page_.context["spans"]] == [("暴雨红色预警", 1)]
    again = client.post("/weather/", fields)
    assert (again.status_code, "这段时间已标恶劣天气，先结束那一段。" in again.content.decode()) == (409, True)
    assert client.post(f"/weather/{BadWeather.objects.get().pk}/end/").headers["Location"] == "/weather/"
    assert BadWeather.objects.get().ends == NOON


def test_a_missing_item_is_named(cast: Cast, sign_in, clock) -> None:
    answer = sign_in("lin").post(
        "/weather/", {"community": cast.community.pk, "what": "", "starts": "2026-09-08T12:00", "ends": ""}
    )
    assert (answer.status_code, errors(answer)) == (422, {"what": ["填写什么天气"], "ends": ["填写结束"]})
