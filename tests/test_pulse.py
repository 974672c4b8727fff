"""What an open page hears: nothing, what changed, what rings, and that the sweeper stands still (screens 4)."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from core.clock import SHANGHAI
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


def last() -> int:
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
    assert said == {"now": "2026-11-24T10:40:00.000+08:00", "last": last(), "stale": False, "changed": [first.pk, second.pk], "alarms": []}  # fmt: skip


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
    assert set(Pulse.objects.values_list("name", "at")) == {("sweep", NOON), ("poll", NOON + 6 * MINUTE)}


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
