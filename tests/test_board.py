"""The front desk's board and the frame around every page: groups, order, filters, promises, alarms, and what they cost."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from callbacks import actions as callbacks
from core.clock import SHANGHAI
from desk.alarms import alarms
from desk.context import frame_of
from people.roles import FD
from places.models import Building, Community, Entrance, Unit
from places.queries import forget_communities, several_communities
from tests.accounts import somebody
from tests.cast import Cast
from tickets import actions as tickets
from tickets import sla
from tickets.models import Ticket
from workorders import actions as workorders

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=SHANGHAI)


@pytest.fixture
def clock():
    forget_communities()
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def page(client: Client, address: str = "/board/") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<kbd.*?</kbd>|<[^>]+>", " ", html))).strip()


def groups(html: str) -> list[tuple[str, int]]:
    """Title and number of rows of each group that is shown."""
    found = re.findall(r'<section class="queue".*?</section>', html, re.S)
    return [(re.findall(r"<h2[^>]*>(.*?)</h2>", each)[0], each.count("data-item")) for each in found]


def rows(html: str) -> list[str]:
    """The faults in their order."""
    return [unescape(fault).split("\u3000")[0] for fault in re.findall(r"data-open-item>(.*?)</a>", html)]


def steps(html: str) -> dict[str, str]:
    """Fault → the words on the row's button."""
    found = {}
    for each in re.findall(r'<li class="row.*?</li>', html, re.S):
        button = re.findall(r"data-next[^>]*>(.*?)</a>", each, re.S)
        found[rows(each)[0]] = plain(button[0]) if button else ""
    return found


def one_of_each(cast: Cast) -> dict[str, Any]:
    """A repair in every state of the story, its fault named after the helper of the cast that made it."""
    told = {name: {"fault": f"见 {name}"} for name in ("report", "notified", "surveyed", "quoted", "accepted", "issued", "arrived", "finished", "paid", "returned")}  # fmt: skip
    made: dict[str, Any] = {name: getattr(cast, name)(**given) for name, given in told.items()}
    on_site = cast.notified(fault="见 on_site")
    tickets.arrive(on_site, by=cast.wang)
    cast.accepted("860.00", "260.00", fault="见 dear")
    cast.prepaid("860.00", "260.00", fault="见 prepaid")
    cast.accepted_slip(fault="见 unpaid")
    wrong = cast.returned(fault="见 wrong").ticket
    callbacks.record_answer(
        wrong, caller=wrong.callers.get(), by=cast.zhou, satisfied=False, opinion="还在滴水", what="再修"
    )
    done = cast.returned(fault="见 called").ticket
    callbacks.record_answer(done, caller=done.callers.get(), by=cast.zhou, satisfied=True)
    return made


@pytest.mark.sop("5.1.2")
def test_every_open_repair_stands_once_in_the_group_of_what_must_happen_next(cast: Cast, sign_in, clock) -> None:
    one_of_each(cast)
    html = page(sign_in("zhou"))
    assert groups(html) == [
        ("待通知", 1),
        ("待到场", 1),
        ("待核实", 1),
        ("待报价确认与预付款", 3),
        ("待开单与领单", 3),
        ("维修中", 1),
        ("待验收与返单", 3),
        ("待回访", 1),
        ("待纠正", 1),
        ("待结清归档", 1),
    ]
    assert sorted(rows(html)) == sorted(Ticket.objects.open().values_list("fault", flat=True))


def test_a_row_offers_the_next_step_by_state_and_nature_alone(cast: Cast, sign_in, clock) -> None:
    one_of_each(cast)
    assert {fault.removeprefix("见 "): step for fault, step in steps(page(sign_in("zhou"))).items()} == {
        "report": "通知工程",
        "notified": "记录到场",
        "on_site": "填核实结果",
        "surveyed": "填报价",
        "quoted": "客户认可报价",
        "dear": "开维修协议",
        "accepted": "开派工单",
        "prepaid": "开派工单",
        "issued": "领单",
        "arrived": "登记完工",
        "finished": "登记客户验收",
        "unpaid": "收款",
        "paid": "收回单据",
        "returned": "登记回访",
        "wrong": "",
        "called": "消单归档",
    }


@pytest.mark.sop("5.5.1-3")
@pytest.mark.parametrize(
    ("nature", "step"),
    [
        ("warranty_home", "通知施工单位"),
        ("warranty_public", "通知施工单位"),
        ("municipal", "转报市政"),
        ("paid_public", "开公共维修单"),
    ],
)
def test_no_dispatch_order_is_offered_where_none_goes_out(cast: Cast, sign_in, clock, nature: str, step: str) -> None:
    surveyed = cast.surveyed(fault="见 surveyed")
    Ticket.objects.filter(pk=surveyed.pk).update(nature=nature, nature_guess=nature)
    assert steps(page(sign_in("zhou"))) == {"见 surveyed": step}


@pytest.mark.sop("5.5.2-2")
def test_g20_the_customer_hears_of_another_judgement_first(cast: Cast, sign_in, clock) -> None:
    cast.surveyed(unit=cast.unit_1201, component="water_pipe", fault="水管渗水")
    assert steps(page(sign_in("zhou"))) == {"水管渗水": "告知客户改判"}


def test_a_step_nobody_of_the_role_may_take_is_not_offered(cast: Cast, sign_in, clock) -> None:
    cast.report(fault="见 report")
    cast.notified(fault="见 notified")
    assert steps(page(sign_in("shen"))) == {"见 report": "", "见 notified": "记录到场"}


def test_inside_a_group_the_earliest_deadline_comes_first_and_what_is_late_is_red(cast: Cast, sign_in, clock) -> None:
    cast.report(urgency="urgent", fault="后报的")
    clock.shift(dt.timedelta(minutes=-4))
    cast.report(urgency="urgent", fault="先报的")
    clock.shift(dt.timedelta(minutes=6))
    html = page(sign_in("zhou"))
    assert rows(html) == ["先报的", "后报的"]
    assert re.findall(r'class="clock clock--(\w+)"', html) == ["late", "calm"]
    assert "超时 1:00" in html
    assert "应 12:01:00" in html


def test_a_step_done_in_the_dialog_comes_back_to_the_same_view(cast: Cast, sign_in, clock) -> None:
    ticket = cast.report()
    html = page(sign_in("zhou"), "/board/?scope=mine&channel=phone")
    assert (
        f'href="/tickets/{ticket.number}/notify_engineering/?next=%2Fboard%2F%3Fscope%3Dmine%26channel%3Dphone"' in html
    )


def test_the_board_costs_the_same_for_three_rows_and_for_thirty(cast: Cast, sign_in, clock) -> None:
    client = sign_in("zhou")

    def cost() -> int:
        several_communities()  # asked once a minute: not just now
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page(client)
        return len(queries)

    cast.report()
    cast.accepted("860.00", "260.00")
    cast.issued()
    page(client)
    few = cost()
    for _ in range(9):
        cast.report()
        cast.accepted("860.00", "260.00")
        cast.issued()
    assert (few, cost()) == (14, 14)


def test_the_frame_costs_two_queries_three_where_something_is_late_and_a_fragment_none(
    cast: Cast, sign_in, clock
) -> None:
    cast.report()
    request = RequestFactory().get("/board/")
    request.user = cast.zhou
    cast.zhou.granted  # noqa: B018
    with CaptureQueriesContext(connection) as queries:
        frame_of(request)
    assert len(queries) == 2
    clock.shift(dt.timedelta(minutes=6))
    several_communities()  # asked once a minute: not just now
    with CaptureQueriesContext(connection) as queries:
        frame_of(request)
    assert len(queries) == 3
    client = sign_in("zhou")
    ticket = Ticket.objects.get()
    address = f"/tickets/{ticket.number}/note/"
    with CaptureQueriesContext(connection) as queries:
        client.get(address, headers={"HX-Request": "true"})
    assert not any("tickets_pulse" in query["sql"] for query in queries.captured_queries)


def test_a_row_carries_no_telephone_and_no_full_name(cast: Cast, sign_in, clock) -> None:
    cast.returned()
    html = page(sign_in("zhou"))
    assert "13800001201" not in html
    assert "李建国" not in html
    assert "李*" in html


def test_markup_in_a_fault_is_text(cast: Cast, sign_in, clock) -> None:
    cast.report(fault='<img src=x onerror="alert(1)">漏水')
    html = page(sign_in("zhou"))
    assert "<img" not in html
    assert "&lt;img src=x" in html


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("?scope=mine", ["钱登记的"]),
        ("?scope=public", ["大堂的灯"]),
        ("?scope=soon", ["急的"]),
        ("?promise=notify", ["急的", "大堂的灯", "钱登记的"]),
        ("?building=1", ["急的", "钱登记的", "已通知的"]),
        ("?building=3", ["大堂的灯"]),
        ("?channel=walk_in", ["钱登记的"]),
        ("?scope=nonsense&promise=x&team=abc&channel=", ["急的", "大堂的灯", "钱登记的", "已通知的"]),
    ],
)
def test_a_filter_stands_in_the_address(cast: Cast, sign_in, clock, address: str, found: list[str]) -> None:
    clock.shift(dt.timedelta(minutes=-4))
    cast.report(urgency="prompt", fault="急的")
    clock.shift(dt.timedelta(minutes=4))
    cast.report(place="public", unit=None, area=cast.hall, fault="大堂的灯")
    cast.report(by=cast.qian, channel="walk_in", fault="钱登记的")
    cast.notified(fault="已通知的")
    assert rows(page(sign_in("qian"), f"/board/{address}")) == found


def test_a_team_s_repairs_alone(cast: Cast, sign_in, clock) -> None:
    cast.report(fault="没有班组")
    ticket = cast.notified(fault="水电班的")
    assert rows(page(sign_in("zhou"), f"/board/?team={ticket.team_id}")) == ["水电班的"]


def test_more_than_twelve_rows_of_a_group_fold(cast: Cast, sign_in, clock) -> None:
    for number in range(14):
        cast.report(fault=f"第 {number} 件")
    html = page(sign_in("zhou"))
    assert len(rows(html)) == 14
    assert "再显示 2 件" in html
    assert len(rows(html.partition("<details")[0])) == 12


def test_a_part_of_the_board_is_fetched_alone(cast: Cast, sign_in, clock) -> None:
    cast.report(fault="只此一件")
    client = sign_in("zhou")
    whole, part = page(client), page(client, "/board/?part=list")
    assert rows(whole) == rows(part) == ["只此一件"]
    assert "<html" not in part
    assert "5 分钟通知" in page(client, "/board/?part=today")
    assert "人员" in page(client, "/board/?part=rail")


def test_an_empty_board_says_so_and_shows_what_was_closed_last(cast: Cast, sign_in, clock) -> None:
    assert "今天没有待办" in page(sign_in("zhou"))
    ticket = cast.returned(fault="已归档的").ticket
    callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.zhou, satisfied=True)
    workorders.close(ticket, by=cast.zhou)
    html = page(sign_in("zhou"))
    assert groups(html) == []
    assert "已归档的" in html
    cast.report(fault="新的")
    assert "没有符合筛选的报修" in page(sign_in("zhou"), "/board/?scope=public")


@pytest.mark.sop("5.4.1")
def test_the_strip_tells_the_worst_clock_and_what_was_kept_today(cast: Cast, sign_in, clock) -> None:
    late = cast.report(urgency="prompt")
    clock.shift(dt.timedelta(minutes=7))
    tickets.notify_engineering(late, by=cast.zhou, to=cast.wang)
    cast.notified(urgency="urgent")
    cast.report(urgency="urgent")
    clock.shift(dt.timedelta(minutes=3))
    strip = page(sign_in("zhou"), "/board/?part=today")
    assert [plain(each) for each in re.findall(r"<a class=\"promise.*?</a>", strip, re.S)] == [
        "5 分钟通知 今日 1/2 2:00 仅此一件",
        "30 分钟到场 今日尚无 20:00 最近一件",
        "急修今日完工 今日尚无 2 件未完，24:00 前",
        "今日预约到场 今日尚无 0 件待办",
    ]
    clock.shift(dt.timedelta(minutes=21))
    strip = page(sign_in("zhou"), "/board/?part=today")
    assert [plain(each) for each in re.findall(r"<a class=\"promise.*?</a>", strip, re.S)][:2] == [
        "5 分钟通知 今日 1/3 1 件， 超时 19:00",
        "30 分钟到场 今日 0/1 1 件， 超时 1:00",
    ]


def test_the_rail_tells_who_is_free_and_which_papers_calls_and_prepayments_are_due(cast: Cast, sign_in, clock) -> None:
    cast.arrived(fault="在修的")
    cast.accepted("860.00", "260.00")
    cast.returned()
    rail = plain(page(sign_in("zhou"), "/board/?part=rail"))
    assert "当班 3 人" in rail
    assert "王（水电班） 1栋1单元0702 水龙头、花洒" in rail
    assert "预付款待收 ¥860.00" in rail
    assert "全部 1 件" not in rail.partition("回访到期")[0]
    clock.shift(dt.timedelta(days=2))
    assert "2 份逾期" not in plain(page(sign_in("zhou"), "/board/?part=rail"))


def test_another_community_s_repairs_are_absent(cast: Cast, sign_in, clock) -> None:
    cast.report(fault="海棠苑的")
    elsewhere = Community.objects.create(code="MD", name="牡丹园", company="海棠物业")
    entrance = Entrance.objects.create(building=Building.objects.create(community=elsewhere, code="9"), code="1")
    unit = Unit(entrance=entrance, code="0101")
    unit.fill_search([])
    unit.save()
    stranger = somebody("stranger", FD, within=elsewhere.pk)
    cast.report(community=elsewhere, unit=unit, by=stranger, fault="牡丹园的")
    assert rows(page(sign_in("zhou"))) == ["海棠苑的"]
    client = Client()
    client.force_login(stranger)
    assert rows(page(client)) == ["牡丹园的"]


@pytest.mark.parametrize(("name", "status"), [("zhou", 200), ("night", 200), ("lin", 200), ("shen", 200), ("mei", 200), ("fin", 200), ("wang", 403), ("admin", 403)])  # fmt: skip
def test_who_may_open_the_board(cast: Cast, sign_in, name: str, status: int) -> None:
    assert sign_in(name).get("/board/").status_code == status


def labels(cast: Cast, name: str) -> list[str]:
    request = RequestFactory().get("/board/")
    request.user = cast.people[name]
    return [str(item["label"]) for group in frame_of(request)["nav"] for item in group["items"]]


def test_the_side_bar_lists_what_the_role_may_open(cast: Cast) -> None:
    desk, technician = labels(cast, "zhou"), labels(cast, "wang")
    assert desk[:4] == ["工作台", "登记报修", "交房验房", "报修登记表"]
    assert "我的任务" not in desk
    assert [label for label in technician if label in desk] == ["交房验房"]
    assert "登记报修" not in labels(cast, "mei")
    assert labels(cast, "admin") == ["时限提醒"]


def test_the_side_bar_counts_open_work_and_marks_what_is_late(cast: Cast, sign_in, clock) -> None:
    cast.report(urgency="urgent")
    cast.report()
    clock.shift(dt.timedelta(minutes=6))
    request = RequestFactory().get("/board/")
    request.user = cast.zhou
    items = {
        str(item["label"]): (item["count"], item["late"])
        for group in frame_of(request)["nav"]
        for item in group["items"]
    }
    assert (items["工作台"], items["报修登记表"]) == ((0, 2), (2, 0))


@pytest.mark.sop("5.4.1")
def test_a_late_promise_rings_for_the_roles_it_concerns_until_it_is_acknowledged(cast: Cast, clock) -> None:
    ticket = cast.report(urgency="urgent", fault="漏水")
    clock.shift(dt.timedelta(minutes=6))
    now = NOON + dt.timedelta(minutes=6)
    (bell,) = alarms(cast.zhou, now)
    assert (bell["head"], bell["short"], bell["step_label"]) == ("通知", "1-0702", "通知工程")
    assert bell["sentence"] == "1栋1单元0702 漏水（BX-202611-0001）"
    assert [len(alarms(cast.people[name], now)) for name in ("night", "shen", "lin", "wang", "mei")] == [1, 1, 0, 0, 0]
    sla.escalate_missed(now)
    tickets.acknowledge(ticket.deadlines.get(kind="notify"), by=cast.zhou)
    assert alarms(cast.shen, now) == []


def test_a_late_arrival_rings_for_its_technician_alone_and_for_engineering(cast: Cast, clock) -> None:
    ticket = cast.report(urgency="urgent")
    tickets.notify_engineering(ticket, by=cast.zhou, to=cast.wang)
    now = NOON + dt.timedelta(minutes=31)
    heard = {name: [bell["head"] for bell in alarms(cast.people[name], now)] for name in ("wang", "xu", "shen", "zhou")}
    assert heard == {"wang": ["到场"], "xu": [], "shen": ["到场"], "zhou": []}


def test_a_sweeper_that_stands_still_is_said_on_every_page(cast: Cast, sign_in, clock) -> None:
    client = sign_in("zhou")
    sla.escalate_missed(NOON)
    assert re.search(r"data-sweep-stale hidden", page(client))
    clock.shift(dt.timedelta(seconds=31))
    html = page(client)
    assert not re.search(r"data-sweep-stale hidden", html)
    assert "超时提醒自 12:00:00 起停走" in html
