"""Who is told of a promise and when: warnings ahead, the bell at the due time, further people while nobody says 知道了 (trust.md P2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import actions as bells
from alerts import ringing
from alerts.models import Bell, Policy
from alerts.policy import DEFAULTS, Level, ahead, due, unheard
from core.clock import SHANGHAI
from core.refusals import Forbidden, Refusal
from desk.alarms import alarms
from people.roles import ES, FD, MG, SS, Role
from tests.cast import Cast
from tickets import actions as tickets
from tickets import sla
from tickets.models import Deadline, Event, Ticket

NOON = dt.datetime(2026, 11, 24, 10, 40, 0, tzinfo=SHANGHAI)
SECOND, MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def rung(ticket: Ticket, kind: str = "notify") -> list[tuple[int, int]]:
    rows = Bell.objects.rung().filter(deadline__ticket=ticket, deadline__kind=kind)
    return list(rows.order_by("planned_at").values_list("share", "after"))


def heard(cast: Cast, who: str, at: dt.datetime) -> list[tuple[str, bool]]:
    return [(said["head"], said.get("ahead", False)) for said in alarms(cast.people[who], at)]


def swept(noon: Any, after: dt.timedelta) -> dt.datetime:
    at = NOON + after
    noon.move_to(at)
    ringing.sweep(at)
    return at


def test_every_kind_of_promise_rings_for_somebody_at_its_due_time() -> None:
    assert {kind: [level.is_due for level in levels].count(True) for kind, levels in DEFAULTS.items()} == dict.fromkeys(
        Deadline.Kind, 1
    )


@pytest.mark.sop("5.4.1")
def test_the_five_minutes_are_warned_of_at_three_and_at_four_and_ring_at_five(cast: Cast, noon) -> None:
    ticket = cast.report()
    moments = [2 * MINUTE, 3 * MINUTE + SECOND, 4 * MINUTE + SECOND, 5 * MINUTE + SECOND, 10 * MINUTE + SECOND]
    seen = []
    for moment in moments:
        swept(noon, moment)
        seen.append(len(rung(ticket)))
    assert seen == [0, 1, 2, 3, 4]
    assert rung(ticket) == [(60, 0), (80, 0), (100, 0), (100, 5)]


@pytest.mark.sop("5.4.1")
def test_a_warning_is_for_the_desk_first_and_then_for_engineering(cast: Cast, noon) -> None:
    cast.report()
    at = swept(noon, 3 * MINUTE + SECOND)
    assert (heard(cast, "zhou", at), heard(cast, "shen", at)) == ([("通知快到时限", True)], [])
    at = swept(noon, 4 * MINUTE + SECOND)
    assert (heard(cast, "zhou", at), heard(cast, "shen", at)) == ([("通知快到时限", True)], [("通知快到时限", True)])
    at = swept(noon, 5 * MINUTE + SECOND)
    assert [heard(cast, who, at) for who in ("zhou", "shen", "lin")] == [[("通知", False)], [("通知", False)], []]


def test_who_hears_it_next_is_the_service_supervisor_and_then_the_manager_while_nobody_answers(
    cast: Cast, noon
) -> None:
    ticket = cast.report()
    at = swept(noon, 10 * MINUTE + SECOND)
    assert [heard(cast, who, at) for who in ("lin", "mei")] == [[("通知", False)], []]
    at = swept(noon, 35 * MINUTE + SECOND)
    assert [("通知", False) in heard(cast, who, at) for who in ("lin", "mei")] == [True, True]
    tickets.acknowledge(ticket.deadlines.get(kind="notify"), by=cast.mei, at=at)
    assert [("通知", False) in heard(cast, who, at) for who in ("zhou", "lin", "mei")] == [False] * 3


def test_what_was_acknowledged_climbs_no_further(cast: Cast, noon) -> None:
    ticket = cast.report()
    at = swept(noon, 6 * MINUTE)
    tickets.acknowledge(ticket.deadlines.get(kind="notify"), by=cast.zhou, at=at)
    swept(noon, 12 * MINUTE)
    swept(noon, 40 * MINUTE)
    assert rung(ticket) == [(100, 0)]
    assert Bell.objects.waiting().filter(deadline__ticket=ticket, deadline__kind="notify").count() == 0


def test_a_kept_promise_warns_nobody(cast: Cast, noon) -> None:
    ticket = cast.notified()
    swept(noon, 4 * MINUTE)
    assert rung(ticket) == []
    assert heard(cast, "zhou", NOON + 4 * MINUTE) == []


def test_a_warning_that_was_silenced_leaves_the_bell_itself_to_come(cast: Cast, sign_in, noon) -> None:
    ticket = cast.report()
    row = ticket.deadlines.get(kind="notify")
    at = swept(noon, 4 * MINUTE + SECOND)
    assert sign_in("zhou").post(reverse("hush", args=[row.pk])).status_code == 302
    assert (heard(cast, "zhou", at), heard(cast, "shen", at)) == ([], [])
    assert Event.objects.filter(ticket=ticket, action="hush").count() == 1
    assert bells.hush(row, by=cast.qian) is False
    at = swept(noon, 5 * MINUTE + SECOND)
    assert heard(cast, "zhou", at) == [("通知", False)]
    with pytest.raises(Refusal, match="已经超时"):
        bells.hush(row, by=cast.zhou)


def test_only_those_a_bell_addresses_may_silence_it(cast: Cast, sign_in, noon) -> None:
    row = cast.report().deadlines.get(kind="arrive")
    swept(noon, 150 * MINUTE)
    said = {who: sign_in(who).post(reverse("hush", args=[row.pk])).status_code for who in ("fin", "zhou", "xu", "shen")}
    assert said == {"fin": 403, "zhou": 409, "xu": 409, "shen": 302}


def test_the_performer_hears_of_his_own_visit_and_no_other_technician_does(cast: Cast, noon) -> None:
    cast.notified(urgency="urgent")
    at = swept(noon, 25 * MINUTE)
    assert (heard(cast, "wang", at), heard(cast, "xu", at)) == ([("到场快到时限", True)], [])


@pytest.mark.engine
def test_each_bell_rings_once_whoever_sweeps_and_however_often(cast: Cast, noon) -> None:
    for _ in range(3):
        cast.report()
    noon.move_to(NOON + 6 * MINUTE)
    assert [ringing.sweep() for _ in range(3)] == [3, 0, 0]
    assert Bell.objects.rung().filter(share=100, after=0, deadline__kind="notify").count() == 3
    assert Event.objects.filter(action="deadline_missed").count() == 3


def test_a_sweeper_that_slept_an_hour_rings_what_is_late_and_warns_of_nothing_past(cast: Cast, noon) -> None:
    ticket = cast.report()
    swept(noon, 61 * MINUTE)
    assert rung(ticket) == [(100, 0), (100, 5), (100, 30)]


def test_an_idle_round_asks_one_question_and_writes_one_row(cast: Cast, noon) -> None:
    cast.report()
    ringing.sweep(NOON)
    ringing.sweep(NOON + SECOND)
    with CaptureQueriesContext(connection) as queries:
        ringing.sweep(NOON + 2 * SECOND)
    assert [query["sql"].split()[0] for query in queries.captured_queries] == ["SELECT", "UPDATE"]


def test_a_promise_whose_transaction_ended_late_still_gets_its_bells(cast: Cast, noon) -> None:
    first = cast.report().deadlines.get(kind="notify")
    ringing.sweep(NOON)
    Bell.objects.filter(deadline=first).delete()
    ringing.seen.upto = first.pk + 2 * ringing.OVERLAP
    ringing.sweep(NOON + SECOND)
    assert Bell.objects.filter(deadline=first).count() == 0
    ringing.sweep(NOON + MINUTE)
    assert Bell.objects.filter(deadline=first).count() == len(DEFAULTS["notify"])


def test_an_open_page_is_told_of_a_warning_though_no_event_was_written(cast: Cast, sign_in, noon) -> None:
    cast.report()
    client = sign_in("zhou")
    swept(noon, 2 * MINUTE)
    last = Event.objects.latest("pk").pk
    assert client.get(reverse("pulse"), {"since": last}).status_code == 204
    swept(noon, 3 * MINUTE + SECOND)
    (said,) = client.get(reverse("pulse"), {"since": last}).json()["alarms"]
    assert (said["head"], said["ahead"], said["ack_url"]) == (
        "通知快到时限", True, reverse("hush", args=[Deadline.objects.get(kind="notify").pk]),
    )  # fmt: skip
    assert 'class="alarm alarm--ahead"' in client.get(reverse("board")).content.decode()


# The table ----------------------------------------------------------------------------


def test_a_changed_policy_holds_for_promises_begun_afterwards_and_never_backwards(cast: Cast, noon) -> None:
    before = cast.report()
    noon.move_to(NOON + SECOND)
    bells.set_bells("notify", levels=[due(FD), ahead(50, FD), unheard(1, MG)], by=cast.admin)
    noon.move_to(NOON + 2 * SECOND)
    after = cast.report()
    swept(noon, 2 * MINUTE + 45 * SECOND)
    assert (rung(before), rung(after)) == ([], [(50, 0)])
    policies = {bell.deadline.ticket: bell.policy for bell in Bell.objects.filter(deadline__kind="notify")}
    assert policies == {before: None, after: Policy.objects.get()}
    assert Policy.objects.get().bells == (ahead(50, FD), due(FD), unheard(1, MG))


def test_nobody_but_the_administrator_changes_who_is_told(cast: Cast, noon) -> None:
    for who in ("zhou", "lin", "shen", "mei"):
        with pytest.raises(Forbidden):
            bells.set_bells("notify", levels=[due(FD)], by=cast.people[who])
    assert Policy.objects.count() == 0


def test_a_level_says_when_it_rings(cast: Cast, noon) -> None:
    row = Deadline(kind="notify", started_at=NOON, due_at=NOON + 10 * MINUTE)
    levels = [Level(60, 0, (FD,)), Level(100, 0, (ES,)), Level(100, 7, (SS, Role.MANAGER))]
    assert [level.at(row) - NOON for level in levels] == [6 * MINUTE, 10 * MINUTE, 17 * MINUTE]


def test_without_a_sweeper_what_is_late_rings_all_the_same(cast: Cast, noon) -> None:
    cast.report()
    assert heard(cast, "zhou", NOON + 6 * MINUTE) == [("通知", False)]
    sla.escalate_missed(NOON + 6 * MINUTE)
    assert heard(cast, "zhou", NOON + 6 * MINUTE) == [("通知", False)]


def table(client: Any) -> str:
    return str(client.get(reverse("bells")).content.decode())


def test_the_administrator_changes_a_line_and_the_page_keeps_what_held_before(cast: Cast, sign_in, noon) -> None:
    client = sign_in("admin")
    address = reverse("set_bells", args=["notify"])
    assert 'value="60"' in client.get(address).content.decode()
    for share in ("70", "75"):
        said = {
            "ahead1": share,
            "ahead1_roles": ["FD"],
            "due_roles": ["FD", "ES"],
            "after1": "10",
            "after1_roles": ["SS", "MG"],
        }
        assert client.post(address, said).status_code == 302
    assert [policy.bells for policy in Policy.objects.order_by("pk")] == [
        (ahead(share, FD), due(FD, ES), unheard(10, SS, MG)) for share in (70, 75)
    ]
    assert ("时限过去 75%" in table(client), "此前 1 版" in table(client)) == (True, True)
    assert [reverse("set_bells", args=["notify"]) in table(sign_in(who)) for who in ("admin", "mei")] == [True, False]


def test_a_second_press_or_an_unchanged_form_makes_no_version(cast: Cast, sign_in, noon) -> None:
    client, address = sign_in("admin"), reverse("set_bells", args=["step"])
    delivered = {"ahead1": "80", "ahead1_roles": ["FD", "SS", "ES"], "due_roles": ["FD", "SS", "ES"]}
    assert [client.post(address, delivered).status_code, Policy.objects.count()] == [302, 0]
    changed = {**delivered, "seen": "delivered", "ahead1": "70"}
    assert [client.post(address, changed).status_code for _ in range(2)] == [302, 302]
    assert Policy.objects.count() == 1


def test_what_another_administrator_changed_meanwhile_is_not_overwritten(cast: Cast, sign_in, noon) -> None:
    client, address = sign_in("admin"), reverse("set_bells", args=["step"])
    assert 'name="seen" value="delivered"' in client.get(address).content.decode()
    theirs = bells.set_bells("step", levels=[due(ES)], by=cast.admin)
    answer = client.post(address, {"seen": "delivered", "due_roles": ["FD"]})
    assert (answer.status_code, Policy.objects.get()) == (409, theirs)
    assert "打开表单后这一项已改过" in answer.content.decode()


@pytest.mark.parametrize(
    ("said", "field", "sentence"),
    [
        ({"due_roles": []}, "due_roles", "选到时限提醒谁。不能谁都不提醒。"),
        ({"after1": "0", "after1_roles": ["SS"]}, "after1", "填 1 到 10080 的整数，最长 7 天。"),
        ({"ahead1": "100", "ahead1_roles": ["FD"]}, "ahead1", "填 1 到 99 的整数，100 就是到时限。"),
        ({"ahead1": "60", "ahead1_roles": []}, "ahead1_roles", "选提醒谁，或清空这一行的数字。"),
        ({"after1": "", "after1_roles": ["SS"]}, "after1", "填数字，或不选这一行的人。"),
        ({"ahead1": "60", "ahead1_roles": ["FD"], "ahead2": "60", "ahead2_roles": ["ES"]}, "ahead2", "两行的数字不能一样。"),
    ],
)  # fmt: skip
def test_a_line_that_tells_nobody_or_at_no_time_is_refused_beside_its_field(
    cast: Cast, sign_in, noon, said: dict[str, Any], field: str, sentence: str
) -> None:
    answer = sign_in("admin").post(reverse("set_bells", args=["notify"]), {"due_roles": ["FD"], **said})
    assert (answer.status_code, answer.context["form"].errors[field]) == (422, [sentence])
    assert Policy.objects.count() == 0
