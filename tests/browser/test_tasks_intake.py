"""Tasks 1 and 3 of screens §11 by the keyboard alone: keys, clicks and the waits for the server are counted in the page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pictures import take
from tests.cast import Cast
from tickets import sla
from tickets.models import Ticket

Windows = Callable[..., Page]
# What is counted survives from page to page in the tab's own storage.
COUNT = """
    const add = (name, n = 1) => sessionStorage.setItem(name, Number(sessionStorage.getItem(name) ?? 0) + n);
    addEventListener("keydown", () => add("keys"), true);
    addEventListener("pointerdown", () => add("clicks"), true);
    const watch = (kind, from, counts) => new PerformanceObserver((list) => list.getEntries().filter(counts).forEach((one) => add("waited", one.responseEnd - one[from]))).observe({ type: kind, buffered: true });
    watch("navigation", "startTime", () => true);
    watch("resource", "startTime", (one) => one.initiatorType === "fetch" && !one.name.includes("/pulse/"));
"""


def counted(page: Page, name: str) -> float:
    found: float = page.evaluate(f"Number(sessionStorage.getItem('{name}') ?? 0)")
    return found


def begin(window: Windows, path: str) -> Page:
    """The front desk's window on that page; the count begins."""
    page = window("zhou")
    sla.escalate_missed()  # nobody sweeps beside this server
    page.add_init_script(COUNT)
    page.goto(path)
    page.wait_for_load_state("networkidle")
    page.evaluate("['keys', 'clicks', 'waited'].forEach((name) => sessionStorage.removeItem(name))")
    return page


def typed(page: Page, keys: str, then: str) -> None:
    """Press these keys as fast as they go; then the eye waits until the cursor stands in that field."""
    for key in keys.split(" "):
        page.keyboard.press(key)
    page.wait_for_function("name => document.activeElement?.name === name", arg=then)


@pytest.mark.sop("5.4.1", "5.4.2-2")
def test_task_1_a_known_dwelling_rings_with_an_urgent_leak(window: Windows, estate: Cast) -> None:
    page = begin(window, "/board/")
    typed(page, "n", then="place_text")
    typed(page, "1 - 0 7 0 2 Enter", then="reporter_name")
    expect(page.get_by_label("联系电话")).to_have_value("138****1201")
    typed(page, "Enter Enter Enter Enter", then="spot")
    typed(page, "1 Enter", then="component_text")
    typed(page, "f m Enter", then="trade")
    expect(page.locator("#phrases button").nth(1)).to_be_visible()
    typed(page, "Enter Tab 1 Tab Tab", then="urgency")
    typed(page, "3", then="urgency")
    take(page, "task-1")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("已登记 BX-202611-0001，已通知")
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.unit, ticket.spot, ticket.component_id) == (
        "notified",
        estate.unit_0702,
        "bathroom",
        "valve",
    )
    assert (ticket.urgency, ticket.phone, ticket.fault) == ("urgent", "13800001201", "角阀滴水")
    assert sorted(ticket.deadlines.values_list("kind", flat=True)) == ["arrive", "finish", "notify"]
    assert ticket.deadlines.get(kind="notify").met_at is not None
    assert (counted(page, "keys") <= 26, counted(page, "clicks")) == (True, 0)
    assert counted(page, "waited") <= 1500


def test_task_3_where_is_my_repair(window: Windows, estate: Cast) -> None:
    for unit in (estate.unit_1201, estate.unit_0702):
        unit.residents.filter(relation="tenant").update(phone=f"1390000{8000 + unit.pk}")
    ticket = estate.report(reporter_name="陈小红", relation="tenant", phone=f"1390000{8000 + estate.unit_0702.pk}")
    page = begin(window, "/board/")
    for key in f"/{ticket.phone[-4:]}":
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tickets/{ticket.number}/")
    expect(page.locator("h1")).to_contain_text(ticket.fault)
    assert (counted(page, "keys") <= 6, counted(page, "clicks")) == (True, 0)
    assert counted(page, "waited") <= 600


def test_a_stranger_s_call_is_found_by_the_end_of_his_number_too(window: Windows, estate: Cast) -> None:
    ticket = estate.report(reporter_name="张师傅", relation="family", phone="13155554444")
    page = begin(window, "/board/")
    page.keyboard.press("Control+k")
    page.keyboard.type("4444")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tickets/{ticket.number}/")


def test_a_dwelling_that_does_not_exist_offers_near_ones_and_enter_takes_none_unseen(
    window: Windows, estate: Cast
) -> None:
    page = begin(window, "/tickets/new/")
    for key in ["1", "-", "0", "7", "2", "2", "Enter", "Enter"]:
        page.keyboard.press(key)
    options = page.locator("#place-options li")
    expect(options).to_have_text([re.compile("没有 1-0722，相近：1-1-0702"), re.compile("1栋1单元0702")])
    expect(page.locator("#id_place_text")).to_be_focused()
    expect(page.locator("#id_place_id")).to_have_value("")
    take(page, "near")
    page.keyboard.press("ArrowDown")
    typed(page, "Enter", then="reporter_name")
    expect(page.locator("#id_place_id")).to_have_value(str(estate.unit_0702.pk))


def test_nothing_that_is_looked_up_by_telephone_stands_in_an_address(window: Windows, estate: Cast) -> None:
    estate.report()
    page = begin(window, "/tickets/new/?phone=138-0000-1201")
    told: list[str] = []
    page.on("request", lambda request: told.append(f"{request.url} {request.headers.get('referer', '')}"))
    page.keyboard.type("13800001201", delay=10)
    expect(page.locator("#place-options li").first).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("13800001201", delay=10)
    expect(page.locator("#find-hits li").first).to_be_visible()
    page.goto("/tickets/")
    page.get_by_label("在登记表中搜索").fill("138 0000 1201")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets/?q=*")
    expect(page.locator("#count")).to_have_text("共 1 件")
    page.locator("thead a").first.click()
    page.wait_for_url("**sort=number*")
    assert len(told) > 10
    assert [one for one in [*told, page.url, page.title()] if re.search(r"1380000|138.0000.1201", one)] == []
