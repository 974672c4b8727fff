"""What an open page hears: nothing, what changed, what rings, and that the sweeper stands still (screens 4)."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import SHANGHAI
from people.models import Presence
from people.roles import FD
from places.models import Community
from tests.accounts import somebody
from tests.cast import Cast
from tickets import actions as tickets
from tickets import sla
from tickets.models import Event, Pulse

NOON = dt.datetime(2026, 11, 24, 10, 40, 0, tzinfo=SHANGHAI)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def hear(client: Client, since: int) -> Any:
    return client.get(reverse("pulse"), {"since": since})


def last() -> Any:
    event = Event.objects.order_by("-pk").first()
    return event.pk if event else 0


def test_silence_is_204_and_costs_two_questions_beside_the_sign_in(
    cast: Cast, sign_in, noon, django_assert_num_queries
):
    cast.report()
    sla.escalate_missed()
    client, newest = sign_in("zhou"), last()
    assert hear(client, newest).status_code == 204
    with django_assert_num_queries(3 + 2):
        answer = hear(client, newest)
    assert (answer.status_code, answer.content) == (204, b"")


def test_what_changed_is_told_by_the_ids_of_the_repairs(cast: Cast, sign_in, noon):
    sla.escalate_missed()
    before, first, second = last(), cast.report(), cast.report()
    tickets.note(first, by=cast.zhou, words="记一笔")
    said = hear(sign_in("zhou"), before).json()
    side = said.pop("side")
    assert said == {"now": "2026-11-24T10:40:00.000+08:00", "last": last(), "stale": False, "changed": [first.pk, second.pk], "alarms": []}  # fmt: skip
    assert (side["ticket_list"], side["board"]) == ([2, 0], [0, 0])


def test_another_community_hears_nothing(cast: Cast, noon):
    sla.escalate_missed()
    elsewhere = Community.objects.create(code="MD", name="牡丹园", company="海棠物业")
    client = Client()
    client.force_login(somebody("mdfd", FD, within=elsewhere.pk))
    before = last()
    cast.report()
    assert hear(client, before).status_code == 204


@pytest.mark.sop("5.4.1")
def test_a_missed_promise_rings_for_whom_it_concerns_with_the_step_that_ends_it(cast: Cast, sign_in, noon):
    ticket = cast.report(urgency="urgent")
    before = last()
    noon.shift(dt.timedelta(minutes=5, seconds=1))
    sla.escalate_missed()
    said = {who: hear(sign_in(who), before).json()["alarms"] for who in ("zhou", "night", "shen", "wang", "mei", "fin")}
    row = ticket.deadlines.get(kind="notify")
    assert {who: [alarm["id"] for alarm in alarms] for who, alarms in said.items()} == {
        "zhou": [row.pk], "night": [row.pk], "shen": [row.pk], "wang": [], "mei": [], "fin": [],
    }  # fmt: skip
    assert said["zhou"] == [{
        "id": row.pk, "head": "通知", "sentence": "1栋1单元0702 厨房水龙头关不紧，一直滴水（BX-202611-0001）", "url": ticket.get_absolute_url(),
        "ack_url": reverse("acknowledge", args=[row.pk]), "due": "2026-11-24T10:45:00+08:00", "short": "1-0702",
        "step_label": "通知工程", "step_url": reverse("notify_engineering", args=[ticket.number]),
    }]  # fmt: skip


def test_a_bell_that_was_acknowledged_or_met_is_gone_from_the_next_answer(cast: Cast, sign_in, noon):
    one, other = cast.report(), cast.report()
    noon.shift(6 * MINUTE)
    sla.escalate_missed()
    client, before = sign_in("zhou"), last()
    client.post(reverse("acknowledge", args=[one.deadlines.get(kind="notify").pk]))
    tickets.notify_engineering(other, by=cast.qian, to=cast.wang)
    said = hear(client, before).json()
    assert (said["alarms"], said["changed"]) == ([], [other.pk, one.pk])


def test_a_stale_sweeper_shows_and_the_poll_sweeps_in_its_place(cast: Cast, sign_in, noon):
    ticket, client = cast.report(), sign_in("zhou")
    sla.escalate_missed()
    noon.shift(6 * MINUTE)
    said = hear(client, last()).json()
    assert (said["stale"], len(said["alarms"])) == (True, 1)
    assert ticket.events.filter(action="deadline_missed").count() == 1
    assert set(Pulse.objects.values_list("name", "at")) == {
        ("sweep", NOON),
        ("poll", NOON + 6 * MINUTE),
        ("bell", NOON + 6 * MINUTE),
    }


def test_a_sweeper_that_is_back_is_told_to_pages_that_still_show_the_bar(cast: Cast, sign_in, noon):
    client = sign_in("zhou")
    assert hear(client, last()).json()["stale"] is True
    sla.escalate_missed()
    noon.shift(10)
    assert hear(client, last()).json()["stale"] is False
    noon.shift(3 * MINUTE)
    sla.escalate_missed()
    assert hear(client, last()).status_code == 204


def test_the_answer_stays_below_a_kilobyte_with_the_first_alarm_whole(cast: Cast, sign_in, noon):
    before = last()
    for _ in range(30):
        cast.report(urgency="urgent", fault="漏" * 200)
    noon.shift(40 * MINUTE)
    sla.escalate_missed()
    answer = hear(sign_in("zhou"), before)
    said = json.loads(answer.content)
    assert len(answer.content) <= 1000
    assert (len(said["alarms"]), said["alarms"][0]["step_label"]) == (20, "通知工程")
    assert [sorted(alarm) for alarm in said["alarms"][2:]] == [["id"]] * 18


@pytest.mark.parametrize("since", ["", "x", "-1", "9" * 30, "1' OR 1=1"])
def test_a_forged_since_is_zero(since, cast: Cast, sign_in):
    cast.report()
    answer = sign_in("zhou").get(reverse("pulse"), {"since": since})
    assert (answer.status_code, answer.json()["last"]) == (200, last())


# The numbers of the side bar ----------------------------------------------------------


def test_what_changed_brings_the_numbers_of_the_side_bar_as_the_page_would_say_them(cast: Cast, sign_in, noon):
    sla.escalate_missed()
    before = last()
    cast.report()
    cast.returned()
    noon.shift(6 * MINUTE)
    sla.escalate_missed()
    client = sign_in("zhou")
    said = hear(client, before).json()["side"]
    page = client.get("/board/").content.decode()
    shown = {
        name: (int(number), late == "")
        for name, number, late in re.findall(
            r'nav__n[^>]*data-side-n="(\w+)"[^>]*><b>(\d*)</b><span class="vh"( hidden)?>', page
        )
        if number
    }
    assert {name: (late or open_work, bool(late)) for name, (open_work, late) in said.items()} == {
        name: number for name, number in shown.items() if name in said
    }
    assert (said["board"], said["callbacks"], said["ticket_list"]) == ([0, 1], [1, 0], [2, 0])


def test_only_the_places_of_one_s_role_are_numbered(cast: Cast, sign_in, noon):
    before = last()
    cast.report()
    assert hear(sign_in("wang"), before).json()["side"] == {"inspections": [0, 0]}
    assert "cash" not in hear(sign_in("shen"), before).json()["side"]


# Two people ----------------------------------------------------------------------------


def here(client: Client, thing: str, **said: str) -> Any:
    answer = client.get(reverse("pulse"), {"since": last(), "here": thing, **said})
    return answer.json().get("here") if answer.status_code == 200 else None


def test_who_has_the_same_repair_open_is_told_by_name_until_half_a_minute_after(cast: Cast, sign_in, noon):
    ticket = cast.report()
    sla.escalate_missed()
    zhou, qian = sign_in("zhou"), sign_in("qian")
    assert here(zhou, ticket.number) is None
    noon.shift(2)
    assert here(qian, ticket.number) == {"open": "周敏", "calling": "", "key": str(cast.zhou.pk)}
    assert here(qian, ticket.number, others=str(cast.zhou.pk)) is None
    noon.shift(2)
    assert here(zhou, ticket.number) == {"open": "钱丽", "calling": "", "key": str(cast.qian.pk)}
    noon.shift(29)  # Zhou's page has said nothing since
    sla.escalate_missed()
    assert here(qian, ticket.number, others=str(cast.zhou.pk)) == {"open": "", "calling": "", "key": ""}


def test_one_s_own_second_window_is_nobody_else(cast: Cast, sign_in, noon):
    ticket = cast.report()
    sla.escalate_missed()
    for client in (sign_in("zhou"), sign_in("zhou")):
        assert here(client, ticket.number) is None


def test_two_repairs_are_two_rooms(cast: Cast, sign_in, noon):
    one, other = cast.report(), cast.report()
    sla.escalate_missed()
    assert [here(sign_in("zhou"), one.number), here(sign_in("qian"), other.number)] == [None, None]


def test_a_page_that_stays_open_writes_once_in_twenty_seconds_and_asks_one_question_more(
    cast: Cast, sign_in, noon, django_assert_num_queries
):
    ticket = cast.report()
    sla.escalate_missed()
    client, newest = sign_in("zhou"), last()
    asked: dict[str, str | int] = {"since": newest, "here": ticket.number}
    client.get(reverse("pulse"), asked)
    for seconds in range(2, 40, 2):
        noon.shift(2)
        sla.escalate_missed()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("pulse"), asked).status_code == 204
        writes = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
        assert (len(writes), len(queries)) == ((1, 3 + 2 + 3) if seconds == 20 else (0, 3 + 2 + 1))
    assert Presence.objects.values_list("user", "thing", "doing").get() == (cast.zhou.pk, ticket.number, "")


def test_rows_of_pages_left_behind_are_swept_when_the_next_begins(cast: Cast, sign_in, noon):
    tickets_seen = [cast.report() for _ in range(3)]
    client = sign_in("zhou")
    for ticket in tickets_seen:
        here(client, ticket.number)
        noon.shift(31)
        sla.escalate_missed()
    assert [thing for (thing,) in Presence.objects.values_list("thing")] == [tickets_seen[-1].number]


def test_a_stranger_neither_hears_nor_is_heard(cast: Cast, sign_in, noon):
    ticket = cast.report()
    tickets.notify_engineering(ticket, by=cast.zhou, to=cast.wang)
    sla.escalate_missed()
    elsewhere = Community.objects.create(code="MD", name="牡丹园", company="海棠物业")
    stranger = Client()
    stranger.force_login(somebody("mdfd", FD, within=elsewhere.pk))
    here(sign_in("zhou"), ticket.number)
    assert [here(client, ticket.number) for client in (stranger, sign_in("xu"), sign_in("admin"))] == [None] * 3
    assert here(sign_in("wang"), ticket.number) == {"open": "周敏", "calling": "", "key": str(cast.zhou.pk)}
    assert set(Presence.objects.values_list("user", flat=True)) == {cast.zhou.pk, cast.wang.pk}


@pytest.mark.parametrize("thing", ["", "x", "HT-BX-209901-0001", "\x00", "1' OR 1=1", "长" * 300])
def test_a_forged_number_writes_nothing(thing, cast: Cast, sign_in, noon):
    cast.report()
    sla.escalate_missed()
    assert here(sign_in("zhou"), thing) is None
    assert Presence.objects.count() == 0


@pytest.mark.sop("5.5.1-9")
def test_a_colleague_at_the_call_sheet_is_told_to_the_list_of_calls_and_to_the_repair_s_page(cast: Cast, sign_in, noon):
    ticket = cast.returned().ticket
    sla.escalate_missed()
    zhou, qian = sign_in("zhou"), sign_in("qian")
    here(zhou, ticket.number, doing="call")

    def calls(**said: str) -> Any:
        answer = qian.get(reverse("pulse"), {"since": last(), "watch": "calls", **said})
        return answer.json().get("calls") if answer.status_code == 200 else None

    key = f"{ticket.pk}周"
    assert calls() == {"rows": {str(ticket.pk): "周"}, "key": key}
    assert calls(callers=key) is None
    assert here(qian, ticket.number) == {"open": "", "calling": "周敏", "key": f"{cast.zhou.pk}c"}
    noon.shift(2)
    zhou.get(reverse("pulse"), {"since": last(), "left": ticket.number})  # the sheet was closed
    assert calls(callers=key) == {"rows": {}, "key": ""}


def test_a_call_elsewhere_is_not_told(cast: Cast, sign_in, noon):
    ticket = cast.returned().ticket
    sla.escalate_missed()
    here(sign_in("zhou"), ticket.number, doing="call")
    elsewhere = Community.objects.create(code="MD", name="牡丹园", company="海棠物业")
    stranger = Client()
    stranger.force_login(somebody("mdfd", FD, within=elsewhere.pk))
    for client in (stranger, sign_in("xu")):
        assert client.get(reverse("pulse"), {"since": last(), "watch": "calls"}).status_code == 204
