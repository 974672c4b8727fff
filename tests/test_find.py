"""Finding: the one box over everything and the register, for numbers, places, people and words as people type them."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from callbacks import actions as callbacks
from core.clock import SHANGHAI
from people.roles import FD
from places.models import Building, Community, Entrance, Unit
from places.queries import forget_communities, several_communities
from tests.accounts import somebody
from tests.cast import Cast
from tickets.models import Ticket

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=SHANGHAI)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def clock():
    forget_communities()
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(cast: Cast, sign_in, clock) -> Client:
    """The desk's client, with a repair of ¥860.00 paid and signed in 1-1-0702, a new one in 3-2-1201, and a dark hall."""
    cast.accepted_slip("860.00", "260.00", used="260.00", fault="水管漏水")
    cast.report(unit=cast.unit_1201, reporter_name="陈小红", relation="tenant", phone="13900002222", fault="插座没电")
    cast.report(
        place="public",
        unit=None,
        area=cast.hall,
        fault="灯不亮",
        reporter_name="周敏",
        relation="patrol",
        phone="057188880000",
    )
    client: Client = sign_in("zhou")
    return client


def hits(client: Client, q: str) -> dict[str, list[str]]:
    """Section → labels of its options."""
    response = client.post("/find/", {"q": q}, headers=HTMX)
    assert response.status_code == 200
    html = response.content.decode()
    sections = re.findall(r'<ul role="group" aria-label="([^"]+)">(.*?)</ul>', html, re.S)
    return {
        head: [unescape(label) for label in re.findall(r"</svg><span>(.*?)</span>", body)] for head, body in sections
    }


def address(client: Client, q: str) -> str:
    html = client.post("/find/", {"q": q}, headers=HTMX).content.decode()
    return unescape(re.findall(r'data-href="([^"]+)"', html)[0])


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("BX-202611-0001", "BX-202611-0001"),
        ("HT-BX-202611-0001", "BX-202611-0001"),
        ("bx1", "BX-202611-0001"),
        ("ＢＸ２０２６１１０００２", "BX-202611-0002"),
        ("bx 202611 2", "BX-202611-0002"),
        ("WX-202611-0001", "WX-202611-0001"),
        ("wx1", "WX-202611-0001"),
        ("WX-202611-0001-3", "WX-202611-0001"),
        ("sj2026111", "SJ-202611-0001"),
    ],
)
def test_an_exact_number_stands_first_however_it_is_typed(desk: Client, typed: str, found: str) -> None:
    assert hits(desk, typed)["单号"] == [found]


def test_a_slip_and_a_receipt_lead_to_their_repair(desk: Client) -> None:
    assert address(desk, "wx1") == address(desk, "sj1") == address(desk, "bx1") == "/tickets/HT-BX-202611-0001/"


@pytest.mark.parametrize("typed", ["3-2-1201", "3栋2单元1201", "3-1201", "３栋１２０１"])
def test_a_dwelling_is_found_by_its_number(desk: Client, typed: str) -> None:
    found = hits(desk, typed)
    assert found["房屋"] == ["3栋2单元1201"]
    assert found["报修"] == ["BX-202611-0002"]


@pytest.mark.parametrize("typed", ["陈小红", "chenxiaohong", "cxh", "13900002222"])
def test_a_person_is_found_by_name_pinyin_initials_and_telephone(desk: Client, typed: str) -> None:
    assert hits(desk, typed)["人员"] == ["陈女士", "陈女士"]


def test_the_last_four_figures_of_a_telephone_open_the_one_repair_that_is_open(cast: Cast, desk: Client) -> None:
    found = hits(desk, "2222")
    assert found == {"人员": ["陈女士", "陈女士"], "报修": ["BX-202611-0002"]}
    assert address(desk, "2222") == "/tickets/HT-BX-202611-0001/"
    html = desk.post("/find/", {"q": "2222"}, headers=HTMX).content.decode()
    assert "1栋1单元0702，租户 139****2222，水管漏水，待回访" in html
    cast.report(fault="又漏水")
    assert address(desk, "2222") == "/tickets/?q=1-1-0702"


def test_a_caller_who_lives_nowhere_is_found_by_the_last_four_figures_of_his_repair(cast: Cast, desk: Client) -> None:
    cast.report(phone="13155554444", reporter_name="张师傅", fault="编号 4444 的水表坏了")
    cast.report(fault="水表 4444 又坏了")
    assert hits(desk, "4444") == {"报修": ["BX-202611-0004", "BX-202611-0005"]}


def test_who_sees_no_residents_finds_none_by_their_telephone(desk: Client, sign_in) -> None:
    assert "人员" not in hits(sign_in("fin"), "2222")


@pytest.mark.parametrize("typed", ["2", "02", "0002", "２"])
def test_a_serial_alone_is_the_repair_of_this_month(cast: Cast, desk: Client, typed: str) -> None:
    assert next(iter(hits(desk, typed).items())) == ("单号", ["BX-202611-0002"])
    assert address(desk, typed) == "/tickets/HT-BX-202611-0002/"


@pytest.mark.parametrize("typed", ["4", "0", "0000", "00002", "20002", "2222"])
def test_what_is_no_serial_of_this_month_names_no_repair(desk: Client, typed: str) -> None:
    assert "单号" not in hits(desk, typed)


def test_the_serial_of_another_month_is_none(cast: Cast, desk: Client, clock, sign_in) -> None:
    clock.move_to(NOON + dt.timedelta(days=10))
    client = sign_in("zhou")
    assert "单号" not in hits(client, "2")
    cast.report()
    assert hits(client, "1")["单号"] == ["BX-202612-0001"]


def test_a_room_that_is_a_serial_too_shows_both_the_number_first(cast: Cast, desk: Client) -> None:
    Ticket.objects.filter(number__endswith="-0002").update(number="HT-BX-202611-0702")
    found = hits(desk, "0702")
    assert list(found)[:2] == ["单号", "房屋"]
    assert (found["单号"], found["房屋"]) == (["BX-202611-0702"], ["1栋1单元0702"])


def test_many_rooms_do_not_push_out_the_repairs(cast: Cast, desk: Client) -> None:
    for code in range(10, 22):
        entrance = Entrance.objects.create(
            building=Building.objects.create(community=cast.community, code=str(code)), code="1"
        )
        unit = Unit(entrance=entrance, code="2222")
        unit.fill_search([])
        unit.save()
    found = hits(desk, "2222")
    assert {head: len(labels) for head, labels in found.items()} == {"房屋": 5, "人员": 2, "报修": 1}


def test_repairs_are_found_by_words_and_pages_by_their_name(desk: Client) -> None:
    assert hits(desk, "漏水") == {"报修": ["BX-202611-0001"]}
    assert hits(desk, "登记表")["页面"] == ["报修登记表"]
    assert hits(desk, "dengji")["页面"] == ["登记报修", "报修登记表", "登记投诉"]


def test_an_option_carries_no_full_number_and_a_dwelling_offers_a_new_report(cast: Cast, desk: Client) -> None:
    html = desk.post("/find/", {"q": "李建国"}, headers=HTMX).content.decode()
    assert "13800001201" not in html
    assert "138****1201" in html
    assert f'data-act="/tickets/new/?unit={cast.unit_0702.pk}"' in html


def test_at_most_eight_records_are_offered(cast: Cast, desk: Client) -> None:
    for _ in range(12):
        cast.report(fault="漏水")
    assert len(hits(desk, "漏水")["报修"]) == 8
    assert sum(len(labels) for labels in hits(desk, "0702").values()) == 8


def test_nothing_found_says_so_and_offers_to_register_what_was_typed(desk: Client) -> None:
    html = desk.post("/find/", {"q": "没有这个"}, headers=HTMX).content.decode()
    assert "没有找到“没有这个”" in html
    assert "/tickets/new/?unit=%E6%B2%A1%E6%9C%89%E8%BF%99%E4%B8%AA" in html
    assert hits(desk, "") == {}


@pytest.mark.parametrize(
    "typed", ["'", '"', "%", "_", "\\", "'; DROP TABLE tickets_ticket; --", "\x00", "<b>", "漏" * 500, "-", "0" * 99]
)
def test_hostile_words_find_nothing_and_break_nothing(desk: Client, typed: str) -> None:
    assert hits(desk, typed) in ({}, {"登记报修": ["登记报修"]})
    assert desk.get("/tickets/", {"q": typed}, follow=True).status_code == 200


def test_another_community_s_records_are_not_found(cast: Cast, desk: Client) -> None:
    elsewhere = Community.objects.create(code="MD", name="牡丹园", company="海棠物业")
    client = Client()
    client.force_login(somebody("stranger", FD, within=elsewhere.pk))
    for typed in ("bx1", "wx1", "sj1", "0702", "李建国", "漏水"):
        assert hits(client, typed) == {"登记报修": ["登记报修"]}
    assert "没有找到" in client.get("/tickets/", {"q": "漏水"}).content.decode()


def test_opened_as_a_page_the_box_is_the_register(desk: Client) -> None:
    answer = desk.get("/find/", {"q": "漏水"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/tickets/?q=%E6%BC%8F%E6%B0%B4")


def test_an_answer_of_the_box_takes_few_queries(desk: Client) -> None:
    hits(desk, "0702")
    with CaptureQueriesContext(connection) as queries:
        hits(desk, "0702")
    assert len(queries) <= 10


# The register ---------------------------------------------------------------


def numbers(client: Client, **query: str) -> list[str]:
    response = client.get("/tickets/", query, follow=True)
    assert response.status_code == 200
    return re.findall(r"data-next>([^<]+)</a>", response.content.decode())


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["0003", "0002", "0001"]),
        ("bx2", ["0002"]),
        ("wx1", ["0001"]),
        ("sj1", ["0001"]),
        ("xy1", ["0001"]),
        ("bx202611", ["0003", "0002", "0001"]),
        ("3-1201", ["0002"]),
        ("1201", ["0002", "0001"]),
        ("0702", ["0001"]),
        ("陈小红", ["0002"]),
        ("cxh", ["0002"]),
        ("13900002222", ["0002"]),
        ("不亮", ["0003"]),
        ("大堂", ["0003"]),
    ],
)
def test_the_register_is_searched_by_what_people_type(desk: Client, typed: str, found: list[str]) -> None:
    assert numbers(desk, q=typed) == [f"BX-202611-{tail}" for tail in found]


def test_the_register_is_filtered_by_state_and_team(cast: Cast, desk: Client) -> None:
    assert numbers(desk, state="reported") == ["BX-202611-0003", "BX-202611-0002"]
    assert numbers(desk, state="open") == numbers(desk, state="nonsense") == numbers(desk)
    assert numbers(desk, team=str(cast.wang.team.pk)) == ["BX-202611-0001"]


@pytest.mark.parametrize(
    "sort", ["number", "-number", "where", "urgency", "notified", "completed", "slip", "state", "-completed"]
)
def test_a_head_sorts_and_says_so(desk: Client, sort: str) -> None:
    html = desk.get("/tickets/", {"sort": sort}).content.decode()
    order = "descending" if sort.startswith("-") else "ascending"
    assert re.findall(r'aria-sort="(\w+)"', html) == [order]
    assert len(numbers(desk, sort=sort)) == 3


def test_a_forged_order_is_ignored(desk: Client) -> None:
    for sort in ("password", "taken_by__password", "-unit__residents__phone", "?", "pk;drop"):
        assert numbers(desk, sort=sort) == numbers(desk)


def test_the_head_keeps_the_filters_and_turns_the_order_round(desk: Client) -> None:
    html = unescape(desk.get("/tickets/", {"sort": "number", "state": "open"}).content.decode())
    assert 'href="/tickets/?state=open&sort=-number"' in html
    assert 'href="/tickets/?state=open&sort=completed"' in html


def test_a_row_has_what_the_procedure_asks_and_no_telephone(cast: Cast, desk: Client) -> None:
    ticket = cast.returned(fault="龙头滴水").ticket
    callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.zhou, satisfied=True)
    html = desk.get("/tickets/", {"q": "龙头滴水"}).content.decode()
    cells = [
        re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cell)).strip() for cell in re.findall(r"<td.*?</td>", html, re.S)
    ]
    assert cells == [
        "BX-202611-0004 今日 12:00 电话 周",
        "待归档",
        "1栋1单元0702 李*（业主）",
        "水龙头、花洒 龙头滴水",
        "一般 水工 有偿",
        "今日 15:00–16:00 今日 12:00 王强",
        "今日 12:00 今日 12:00",
        "WX-202611-0002 更换阀芯并试水",
        "¥35.00 SJ-202611-0002",
        "满意 今日 12:00",
    ]
    assert "13800001201" not in html


def test_fifty_rows_a_page_with_real_links(cast: Cast, desk: Client) -> None:
    for number in range(55):
        cast.report(fault=f"第 {number} 件漏水")
    assert (len(numbers(desk)), len(numbers(desk, page="2")), len(numbers(desk, page="99"))) == (50, 8, 8)
    html = unescape(desk.get("/tickets/", {"q": "漏水", "page": "2"}).content.decode())
    assert "共 56 件" in html
    assert 'href="/tickets/?q=%E6%BC%8F%E6%B0%B4"' in html
    assert [len(numbers(desk, page=page)) for page in ("0", "-1", "x")] == [8, 8, 50]


def test_the_register_costs_the_same_for_one_row_and_for_fifty(cast: Cast, sign_in, clock) -> None:
    client = sign_in("zhou")

    def cost() -> int:
        several_communities()  # asked once a minute: not just now
        with CaptureQueriesContext(connection) as queries:
            numbers(client)
        return len(queries)

    cast.returned()
    numbers(client)
    few = cost()
    for _ in range(5):
        cast.returned()
        cast.report()
    assert (few, cost()) == (11, 11)


@pytest.mark.parametrize(
    ("name", "status"), [("zhou", 200), ("night", 200), ("shen", 200), ("mei", 200), ("wang", 403), ("admin", 403)]
)
def test_who_may_look_into_the_register_and_the_box(cast: Cast, sign_in, name: str, status: int) -> None:
    client = sign_in(name)
    assert client.get("/tickets/").status_code == status
    assert client.post("/find/", {"q": "x"}, headers=HTMX).status_code == status


@pytest.mark.parametrize(("name", "status"), [("zhou", 403), ("lin", 200), ("shen", 200), ("mei", 200), ("wang", 403)])
def test_the_gallery_of_components_is_for_supervisors(cast: Cast, sign_in, name: str, status: int) -> None:
    assert sign_in(name).get("/setup/styleguide/").status_code == status
