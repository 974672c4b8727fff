"""Two who report one fault, and sixty: merged, their callers kept, one repair (lives.md §2 merge, domain C.1, G13, E.2)."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from callbacks import merging
from core.clock import SHANGHAI
from core.refusals import Forbidden, Refusal
from people.roles import FD, SS
from places.models import Community
from tests.accounts import somebody
from tests.cast import Cast
from tests.test_registration import PAGE, call, rail
from tests.test_steps import errors, send
from tests.test_ticket_page import offered, page, plain, sentences
from tickets import actions as tickets
from tickets import sla
from tickets.models import Caller, Ticket

NOON = dt.datetime(2026, 11, 24, 10, 42, 42, tzinfo=SHANGHAI)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def burst(cast: Cast, **given: Any) -> Ticket:
    """A burst pipe, reported from the hall unless told otherwise."""
    fields = {
        "component": "riser",
        "place": "public",
        "unit": None,
        "area": cast.hall,
        "urgency": "urgent",
        "fault": "立管爆裂，大厅进水",
    }
    return cast.report(**{**fields, **given})


def neighbour(cast: Cast, name: str = "王芳", phone: str = "13900003333", **given: Any) -> Ticket:
    return burst(cast, unit=cast.unit_1201, reporter_name=name, phone=phone, fault="走廊全是水", **given)


def names(ticket: Ticket) -> list[tuple[str, str, bool]]:
    """Who is to be called on it, under which number, and whether he is the first."""
    return [
        (caller.name, caller.origin.number if caller.origin else ticket.number, caller.first)
        for caller in ticket.callers.select_related("origin")
    ]


# G13 ------------------------------------------------------------------------------


def test_g13_the_first_stands_and_the_second_is_merged_with_its_caller_kept(cast: Cast, clock) -> None:
    first = burst(cast)
    clock.shift(2 * MINUTE)
    second = neighbour(cast)
    merging.merge([second], into=first, by=cast.zhou, told=True)
    second.refresh_from_db()
    assert (second.state, second.merged_into, second.closed_at) == ("merged", first, NOON + 2 * MINUTE)
    assert names(first) == [("李建国", first.number, True), ("王芳", second.number, False)]
    assert first.callers.get(first=False).told_at == NOON + 2 * MINUTE
    assert not second.callers.exists()


@pytest.mark.sop("5.4.1")
def test_g13_the_duplicate_s_clocks_end_without_count_and_the_survivor_s_run_on(cast: Cast, clock) -> None:
    first = burst(cast)
    before = list(first.deadlines.order_by("pk").values_list("kind", "started_at", "due_at", "met_at", "cancelled_at"))
    clock.shift(3 * MINUTE)
    second = neighbour(cast)
    merging.merge([second], into=first, by=cast.zhou)
    gone = set(second.deadlines.values_list("kind", "cancelled_because", "met_at"))
    assert gone == {(kind, "ticket_ended", None) for kind in ("notify", "arrive", "finish")}
    assert (
        list(first.deadlines.order_by("pk").values_list("kind", "started_at", "due_at", "met_at", "cancelled_at"))
        == before
    )
    clock.shift(60 * MINUTE)
    assert sla.escalate_missed() == 2  # the survivor's notify and arrive


def test_g13_damage_in_two_flats_stays_two_tickets_of_their_own(cast: Cast, sign_in, clock) -> None:
    """Nothing merges by itself: two homes with a wet floor are two repairs until somebody says otherwise."""
    for unit in (cast.unit_0702, cast.unit_1201):
        cast.report(component="floor_screed", unit=unit, fault="地面泡水起鼓")
    assert list(Ticket.objects.values_list("state", flat=True)) == ["reported", "reported"]
    assert "各户自家的损坏" in rail(sign_in("zhou"), cast, component="floor_screed").content.decode()


@pytest.mark.parametrize("state", ["reported", "notified", "on_site", "surveyed"])
def test_g13_a_report_is_merged_until_it_is_priced(state, cast: Cast, clock) -> None:
    first, second = cast.report(), cast.surveyed() if state == "surveyed" else cast.report()
    if state in {"notified", "on_site"}:
        tickets.notify_engineering(second, by=cast.zhou, to=cast.wang)
    if state == "on_site":
        tickets.arrive(second, by=cast.wang)
    assert second.state == state
    merging.merge([second], into=first, by=cast.zhou)
    second.refresh_from_db()
    assert second.state == "merged"


def test_g13_a_priced_one_is_no_duplicate_any_more(cast: Cast, clock) -> None:
    first, second = cast.report(), cast.quoted()
    with pytest.raises(Refusal, match="现为“待客户答复”，不能合并到别件"):
        merging.merge([second], into=first, by=cast.zhou)
    assert first.callers.count() == 1


def test_g13_after_a_missed_notify_only_the_service_supervisor_merges(cast: Cast, clock) -> None:
    first, second = burst(cast), neighbour(cast)
    clock.shift(5 * MINUTE + dt.timedelta(seconds=1))
    with pytest.raises(Refusal, match=f"{second.number.removeprefix('HT-')} 已超过通知时限，由客服主管合并"):
        merging.merge([second], into=first, by=cast.zhou)
    merging.merge([second], into=first, by=cast.lin)
    second.refresh_from_db()
    assert second.state == "merged"


def test_g13_a_notify_in_time_is_no_missed_one_however_late_it_is_merged(cast: Cast, clock) -> None:
    first, second = burst(cast), neighbour(cast)
    tickets.notify_engineering(second, by=cast.zhou, to=cast.wang)
    clock.shift(20 * MINUTE)
    merging.merge([second], into=first, by=cast.zhou)
    second.refresh_from_db()
    assert second.state == "merged"


def test_g13_the_survivor_is_open_of_the_same_estate_and_another_one(cast: Cast, clock) -> None:
    second, over = burst(cast), burst(cast)
    tickets.cancel(over, by=cast.zhou, reason="error")
    elsewhere = Community.objects.create(code="MD", name="牡丹园", company="海棠物业")
    lin = somebody("both", SS, within=None)
    foreign = burst(cast, by=lin)
    Ticket.objects.filter(pk=foreign.pk).update(community=elsewhere)
    for into in (over, foreign, second):
        with pytest.raises(Refusal, match="选还没结束的、同一小区的另一件报修"):
            merging.merge([second], into=into, by=lin)
    second.refresh_from_db()
    assert second.state == "reported"


def test_g13_nobody_else_than_the_desk_merges(cast: Cast, clock) -> None:
    first, second = burst(cast), neighbour(cast)
    for who in (cast.wang, cast.shen, cast.night, cast.mei):
        with pytest.raises(Forbidden):
            merging.merge([second], into=first, by=who)


def test_g13_a_chain_of_merges_leads_every_caller_to_the_one_that_stands(cast: Cast, clock) -> None:
    first, second, third = burst(cast), neighbour(cast), neighbour(cast, "赵磊", "13900004444")
    merging.merge([third], into=second, by=cast.zhou)
    merging.merge([second], into=first, by=cast.zhou)
    assert names(first) == [
        ("李建国", first.number, True),
        ("王芳", second.number, False),
        ("赵磊", third.number, False),
    ]


def test_g13_where_nobody_was_to_be_called_the_earliest_caller_becomes_the_first(cast: Cast, clock) -> None:
    patrol = burst(cast, relation="patrol", reporter_name="周敏")
    second, third = neighbour(cast), neighbour(cast, "赵磊", "13900004444")
    merging.merge([third, second], into=patrol, by=cast.zhou)
    assert Ticket.objects.get(pk=patrol.pk).has_caller
    assert names(patrol) == [("王芳", second.number, True), ("赵磊", third.number, False)]


def test_g13_a_merged_ticket_is_final(cast: Cast, clock) -> None:
    first, second = burst(cast), neighbour(cast)
    merging.merge([second], into=first, by=cast.zhou)
    second.refresh_from_db()
    with pytest.raises(Refusal, match="现为“已合并”"):
        tickets.notify_engineering(second, by=cast.zhou, to=cast.wang)


# Called back once each ---------------------------------------------------------------


@pytest.mark.sop("5.5.1-9")
def test_g13_every_caller_is_called_back_on_the_one_that_stands(cast: Cast, clock) -> None:
    second = cast.report(reporter_name="王芳", phone="13900003333")
    first = cast.notified()
    merging.merge([second], into=first, by=cast.zhou)
    slip = cast.returned()
    assert slip.ticket.callers_left == 1
    third = cast.report(reporter_name="赵磊", phone="13900004444")
    merging.merge([third], into=slip.ticket, by=cast.zhou)
    slip.ticket.refresh_from_db()
    assert slip.ticket.callers_left == 2


@pytest.mark.sop("5.5.1-9")
def test_a_caller_merged_after_everybody_answered_is_still_called(cast: Cast, clock) -> None:
    from callbacks import actions as callbacks

    ticket = cast.returned().ticket
    callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.zhou, satisfied=True)
    assert ticket.state == "called_back"
    late = cast.report(reporter_name="王芳", phone="13900003333")
    merging.merge([late], into=ticket, by=cast.zhou)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.callers_left) == ("called_back", 1)
    assert ticket.deadlines.open().get(kind="callback").due_at == NOON + dt.timedelta(hours=48)


# At registration -----------------------------------------------------------------------


def duplicate(client: Any, cast: Cast, into: Ticket, **given: Any) -> Any:
    fields = {
        "component": "riser",
        "component_text": "",
        "area": cast.hall.pk,
        "trade": "plumbing",
        "merge_into": into.number,
    }
    return call(client, cast, **{**fields, "to": "", "then": "", **given})


def test_g13_another_caller_is_registered_and_merged_in_one_go(cast: Cast, sign_in, clock) -> None:
    first, client = burst(cast), sign_in("zhou")
    answer = duplicate(client, cast, first, reporter_name="王芳", phone="13900003333")
    assert (answer.status_code, answer.headers["Location"]) == (302, first.get_absolute_url())
    made = Ticket.objects.order_by("-pk")[0]
    assert (made.number, made.state, made.merged_into) == ("HT-BX-202611-0002", "merged", first)
    assert names(first) == [("李建国", first.number, True), ("王芳", made.number, False)]
    assert first.callers.get(first=False).told_at == NOON
    assert list(made.events.values_list("action", flat=True)) == ["register", "merge"]
    [notice] = client.get(answer.headers["Location"]).context["messages"]
    assert str(notice).startswith("已登记 BX-202611-0002，合并到 BX-202611-0001")


def test_g13_a_duplicate_needs_no_window_and_no_judgement_of_its_own(cast: Cast, sign_in, clock) -> None:
    first = burst(cast)
    answer = duplicate(sign_in("zhou"), cast, first, urgency="routine", window_slot="")
    assert answer.status_code == 302
    made = Ticket.objects.order_by("-pk")[0]
    assert (made.state, made.window_to, made.deadlines.open().count()) == ("merged", None, 0)


@pytest.mark.sop("5.1.1")
def test_g13_every_item_of_the_register_is_asked_of_a_duplicate_too(cast: Cast, sign_in, clock) -> None:
    first = burst(cast)
    answer = duplicate(sign_in("zhou"), cast, first, phone="", fault="水")
    assert (answer.status_code, sorted(errors(answer))) == (422, ["fault", "phone"])
    assert Ticket.objects.count() == 1


def test_g13_registered_and_merged_are_both_or_neither(cast: Cast, sign_in, clock) -> None:
    first = burst(cast)
    tickets.cancel(first, by=cast.zhou, reason="error")
    answer = duplicate(sign_in("zhou"), cast, first)
    assert (answer.status_code, Ticket.objects.count()) == (409, 1)
    assert "BX-202611-0001 已结束，不能合并。" in answer.content.decode()
    assert cast.report().number == "HT-BX-202611-0002"


def test_g13_a_number_of_another_estate_is_no_repair_to_merge_into(cast: Cast, sign_in, clock) -> None:
    elsewhere = Community.objects.create(code="MD", name="牡丹园", company="海棠物业")
    foreign = burst(cast)
    Ticket.objects.filter(pk=foreign.pk).update(community=elsewhere)
    answer = duplicate(sign_in("zhou"), cast, foreign)
    assert (answer.status_code, errors(answer)) == (422, {"__all__": ["没有这件报修可合并"]})


def test_the_card_says_what_to_tell_and_finds_public_faults_of_the_building(cast: Cast, sign_in, clock) -> None:
    first = burst(cast)
    tickets.notify_engineering(first, by=cast.zhou, to=cast.wang)
    asked = {"component": "riser", "place_id": cast.unit_1201.pk}
    answer = rail(sign_in("zhou"), cast, **asked)
    assert answer.context["twins"] == [(first, "已通知王强，尽快到场")]
    body = answer.content.decode()
    assert f'name="merge_into" value="{first.number}"' in body and "告诉来电人：已通知王强，尽快到场" in plain(body)
    assert rail(sign_in("zhou"), cast, component="riser").context["twins"] == []  # another building


# The step -------------------------------------------------------------------------------


def test_the_step_offers_the_likely_ones_and_takes_any_other_by_number(cast: Cast, sign_in, clock) -> None:
    first, other = burst(cast), cast.report(fault="厨房漏水到楼下")
    second, client = neighbour(cast), sign_in("zhou")
    form = client.get(f"/tickets/{second.number}/merge/").context["form"]
    assert [number for number, _line in form.fields["into"].choices] == [first.number]
    assert (
        send(client, "merge", second, into=first.number, q=other.number).headers["Location"] == other.get_absolute_url()
    )
    second.refresh_from_db()
    assert second.merged_into == other


def test_the_step_says_what_it_could_not_find(cast: Cast, sign_in, clock) -> None:
    burst(cast), burst(cast)
    second, client = cast.report(), sign_in("zhou")
    assert errors(send(client, "merge", second, q="立管爆裂")) == {
        "q": ["不止一件相符：BX-202611-0001、BX-202611-0002。写编号。"]
    }
    assert errors(send(client, "merge", second, q="没有")) == {"q": ["没有找到还没结束的“没有”"]}
    assert errors(send(client, "merge", second, q="")) == {"q": ["填写别的报修"]}


def test_both_pages_lead_to_each_other_and_tell_it(cast: Cast, sign_in, clock) -> None:
    first, second, client = burst(cast), neighbour(cast), sign_in("zhou")
    assert send(client, "merge", second, into=first.number, told="on").status_code == 302
    short = [ticket.number.removeprefix("HT-") for ticket in (first, second)]
    assert sentences(cast, second)[-1] == f"周 重复报修，合并到 {short[0]}"
    assert sentences(cast, first)[-1] == f"周 并入重复报修 {short[1]}"
    side = plain(page(client, first, "?part=side"))
    assert (
        f"来电人 共 2 人 李*（业主） 138****1201 本件 王*（业主） 139****3333 {short[1]} 今日 10:42 已告知进展" in side
    )
    html = page(client, second)
    assert f"已合并到 {short[0]}，由那一件办理" in html and first.get_absolute_url() in html
    assert offered(cast, second).main is None


def test_the_register_shows_where_a_merged_one_went(cast: Cast, sign_in, clock) -> None:
    first, second = burst(cast), neighbour(cast)
    merging.merge([second], into=first, by=cast.zhou)
    lines = {row["number"]: row for row in sign_in("zhou").get("/tickets/").context["lines"]}
    assert lines[second.number.removeprefix("HT-")]["into"] == first.number.removeprefix("HT-")
    assert lines[first.number.removeprefix("HT-")]["into"] == ""


def test_the_desk_still_reads_a_merged_caller_s_number_while_the_repair_is_open(cast: Cast, sign_in, clock) -> None:
    first, second, client = burst(cast), neighbour(cast), sign_in("zhou")
    merging.merge([second], into=first, by=cast.zhou)
    assert client.post(f"/tickets/{second.number}/unmask/").json() == {"number": "13900003333"}
    first.refresh_from_db()
    tickets.cancel(first, by=cast.lin, reason="error")
    assert client.post(f"/tickets/{second.number}/unmask/").status_code == 403


# Many at once ------------------------------------------------------------------------------


def sixty(cast: Cast) -> tuple[Ticket, list[Ticket]]:
    first = burst(cast)
    return first, [neighbour(cast, f"住户{n}", f"139000{n:05d}") for n in range(1, 60)]


def gathered(client: Any, first: Ticket, some: list[Ticket], **given: Any) -> Any:
    return client.post(f"/tickets/{first.number}/gather/", {"tickets": [ticket.number for ticket in some], **given})


def test_sixty_callers_of_a_burst_main_are_one_repair(cast: Cast, sign_in, clock) -> None:
    first, others = sixty(cast)
    client = sign_in("zhou")
    answer = gathered(client, first, others)
    assert answer.headers["Location"] == first.get_absolute_url()
    assert Ticket.objects.filter(state="merged", merged_into=first).count() == 59
    assert (first.callers.count(), first.callers.filter(first=True).count()) == (60, 1)
    assert Ticket.objects.open().count() == 1
    told = sentences(cast, first)[-1]
    assert told == "周 并入重复报修 BX-202611-0002、BX-202611-0003、BX-202611-0004 等 59 件"
    assert sum(caller.origin is not None for caller in first.callers.select_related("origin")) == 59


def test_the_list_is_of_the_same_part_and_building_and_may_be_widened(cast: Cast, sign_in, clock) -> None:
    first = burst(cast)
    same, part = neighbour(cast), burst(cast, area=None, unit=cast.unit_0702)
    near, far = cast.report(unit=cast.unit_1201), cast.report()
    client = sign_in("zhou")

    def shown(scope: str) -> list[Ticket]:
        return [row["ticket"] for row in client.get(f"/tickets/{first.number}/gather/?scope={scope}").context["rows"]]

    assert (shown(""), shown("part"), shown("building")) == ([same], [same, part], [same, near])
    assert shown("all") == [same, part, near, far]


def test_the_desk_cannot_tick_what_is_the_supervisor_s(cast: Cast, sign_in, clock) -> None:
    first, second = burst(cast), neighbour(cast)
    clock.shift(10 * MINUTE)
    answer = sign_in("zhou").get(f"/tickets/{first.number}/gather/")
    assert [(row["late"], row["held"]) for row in answer.context["rows"]] == [(True, True)]
    assert gathered(sign_in("zhou"), first, [second]).status_code == 409
    assert [row["held"] for row in sign_in("lin").get(f"/tickets/{first.number}/gather/").context["rows"]] == [False]
    assert gathered(sign_in("lin"), first, [second]).status_code == 302


def test_nothing_ticked_and_what_is_merged_already_are_said(cast: Cast, sign_in, clock) -> None:
    first, second, client = burst(cast), neighbour(cast), sign_in("zhou")
    assert errors(gathered(client, first, [])) == {"tickets": ["勾选要合并的报修"]}
    gathered(client, first, [second])
    assert gathered(client, first, [second]).status_code == 422


def test_one_that_cannot_be_merged_leaves_all_as_they_were(cast: Cast, clock) -> None:
    first, good, priced = cast.report(), cast.report(), cast.quoted()
    with pytest.raises(Refusal):
        merging.merge([good, priced], into=first, by=cast.zhou)
    good.refresh_from_db()
    assert (good.state, good.deadlines.open().count()) == ("reported", 2)


@pytest.mark.sop("5.4.1")
def test_merging_costs_the_same_for_three_callers_and_for_sixty(cast: Cast, clock) -> None:
    costs = []
    for n in (3, 59):
        first, others = burst(cast), [neighbour(cast, f"住户{n}", f"139000{n:05d}") for n in range(n)]
        started = time.process_time()
        with CaptureQueriesContext(connection) as queries:
            merging.merge(others, into=first, by=cast.zhou)
        assert time.process_time() - started < 2
        assert first.callers.count() == n + 1
        costs.append(len(queries))
    assert costs[0] <= costs[1] <= costs[0] + 6  # long writes are parted by SQLite


def cost(client: Any, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_pages_cost_the_same_for_two_callers_and_for_sixty(cast: Cast, sign_in, clock) -> None:
    first, others = sixty(cast)
    client = sign_in("lin")
    urls = [first.get_absolute_url(), "/board/", "/tickets/", f"/tickets/{first.number}/gather/?scope=all"]
    merging.merge(others[-1:], into=first, by=cast.lin)
    few = [cost(client, url) for url in urls]
    merging.merge(others[1:-2], into=first, by=cast.lin)
    assert [cost(client, url) for url in urls] == few


def test_the_chain_of_events_is_whole_after_sixty_merges(cast: Cast, clock) -> None:
    from tickets.evidence import broken_links

    first, others = sixty(cast)
    merging.merge(others, into=first, by=cast.zhou)
    assert list(broken_links()) == []


def test_a_caller_of_two_communities_is_not_seen_across(cast: Cast, sign_in, clock) -> None:
    first, second = burst(cast), neighbour(cast)
    elsewhere = Community.objects.create(code="MD", name="牡丹园", company="海棠物业")
    stranger = somebody("stranger", FD, within=elsewhere.pk)
    from django.test import Client

    client = Client()
    client.force_login(stranger)
    for url in (f"/tickets/{second.number}/merge/", f"/tickets/{first.number}/gather/"):
        assert client.get(url).status_code == 404
        assert client.post(url, {"tickets": [second.number]}).status_code == 404
    assert Caller.objects.filter(origin__isnull=False).count() == 0


def test_the_page_of_a_call_keeps_the_merge_button_outside_the_form_bound_to_it(cast: Cast, sign_in, clock) -> None:
    burst(cast)
    body = rail(sign_in("zhou"), cast, component="riser", place_id=cast.unit_1201.pk).content.decode()
    assert 'type="submit" form="register" name="merge_into"' in body
    assert sign_in("zhou").get(PAGE).status_code == 200
