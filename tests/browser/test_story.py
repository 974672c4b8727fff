"""The main story in the browser: three signed-in people take a paid repair from the call to the archive."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.cast import Cast
from tickets.models import Ticket

Windows = Callable[..., Page]


def choose(page: Page, label: str, typed: str) -> None:
    """Type into a combobox and take the first option."""
    box = page.get_by_role("combobox", name=label, exact=True)
    box.fill(typed)
    page.locator("ul.options:visible li[role=option]").first.click()


def register(page: Page, *, urgent: bool) -> Ticket:
    """Task 1 of screens.md: a known dwelling rings; registered and notified with one save."""
    page.goto("/tickets/new/")
    choose(page, "房号、姓名、电话或拼音首字母", "1-0702")
    expect(page.locator("#rail")).to_contain_text("1栋1单元0702")
    expect(page.get_by_label("联系电话")).to_have_value("138****1201")
    page.get_by_role("radio", name="厨房").check()
    choose(page, "部件", "水龙头")
    page.get_by_label("故障情况").fill("厨房水龙头关不紧，一直滴水")
    if urgent:
        page.get_by_role("radio", name="急修，30 分钟到场且不过夜").check()
    else:
        page.locator(".slots input:not(:disabled)").first.check()
    page.get_by_role("button", name="登记并通知").click()
    page.wait_for_url(lambda url: "/tickets/new/" not in url or "again" in url)
    ticket: Ticket = Ticket.objects.latest("pk")
    return ticket


def test_register(window: Windows, estate: Cast) -> None:
    zhou = window("zhou")
    ticket = register(zhou, urgent=False)
    assert (ticket.state, ticket.phone, ticket.reporter_name, ticket.unit) == (
        "notified",
        "13800001201",
        "李建国",
        estate.unit_0702,
    )


def sign(page: Page) -> None:
    """Draw two strokes on the signature pad."""
    canvas = page.locator("[data-signature] canvas:visible").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    for start, end in (((0.2, 0.3), (0.4, 0.7)), ((0.5, 0.7), (0.8, 0.3))):
        page.mouse.move(box["x"] + box["width"] * start[0], box["y"] + box["height"] * start[1])
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * (start[0] + end[0]) / 2, box["y"] + box["height"] * 0.5, steps=3)
        page.mouse.move(box["x"] + box["width"] * end[0], box["y"] + box["height"] * end[1], steps=3)
        page.mouse.up()


def arrive_and_survey(wang: Page, ticket: Ticket) -> None:
    """The technician's phone: on site with one tap, then what is to be done."""
    wang.goto("/my/")
    wang.get_by_role("button", name="我已到场").first.click()
    wang.goto(f"/my/{ticket.number}/?tab=survey")
    wang.get_by_role("radio", name="有偿家庭报修").check()
    wang.get_by_label("要做的维修").fill("更换陶瓷阀芯")
    wang.get_by_role("button", name="报核实结果").click()
    wang.wait_for_load_state()


def test_arrive(window: Windows, estate: Cast) -> None:
    ticket = register(window("zhou"), urgent=False)
    arrive_and_survey(window("wang", phone=True), ticket)
    ticket.refresh_from_db()
    assert ticket.state == "surveyed"
