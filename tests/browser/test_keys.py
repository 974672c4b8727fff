"""The desk without a mouse: the list one came from, the next step, the keys on their buttons, views, and who else is here."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from billing import quoting
from core import clock
from tests.cast import Cast
from tickets import sla
from tickets.models import Ticket

Windows = Callable[..., Page]
# What is printed for a key, as static/js/keys.js spells it; found in the element, or beside a field. What stands in main beats the side bar.
SHOWN = """() => {
  const here = document.querySelector("main");
  const spelled = (key) => key.replace("mod+", "Ctrl ").split(" ").map((k) => (k.length === 1 ? k.toUpperCase() : k)).join(" ");
  const own = new Set([...here.querySelectorAll("[data-key]")].map((e) => e.dataset.key));
  return [...document.querySelectorAll("[data-key]")].filter((e) => !e.closest("dialog, [hidden]")).map((e) => {
    const field = e.matches("input, select, textarea");
    const kbd = e.matches("kbd") ? [e] : [...(field ? e.parentElement : e).querySelectorAll("kbd")];
    const keys = [e.dataset.key, e.dataset.keyAlso].filter((key) => key && (here.contains(e) || !own.has(key)));
    return [keys, kbd.map((each) => each.textContent.trim()).includes(spelled(e.dataset.key))];
  });
}"""


def focused(page: Page) -> dict[str, Any]:
    """Name and text of what has the focus."""
    found: dict[str, Any] = page.evaluate(
        "({ tag: document.activeElement.tagName, name: document.activeElement.name ?? '', text: document.activeElement.textContent.trim() })"
    )
    return found


def at(page: Page, ticket: Ticket) -> None:
    page.wait_for_url(lambda url: url.endswith(f"/tickets/{ticket.number}/"))


def test_j_and_k_walk_the_list_one_came_from(window: Windows, estate: Cast) -> None:
    first, second, third = (estate.report(fault=f"第 {n} 件漏水") for n in "甲乙丙")
    page = window("zhou")
    page.goto("/board/?channel=phone")
    for key in "jj":
        page.keyboard.press(key)
    page.keyboard.press("o")
    at(page, second)
    place = page.locator("[data-trail]")
    expect(place.locator("[data-trail-at]")).to_have_text("第 2 件，共 3 件")
    page.keyboard.press("j")
    at(page, third)
    expect(place.locator("[data-trail-at]")).to_have_text("第 3 件，共 3 件")
    expect(place.locator("[data-trail-after]")).to_be_hidden()
    page.keyboard.press("k")
    at(page, second)
    page.keyboard.press("k")
    at(page, first)
    expect(place.locator("[data-trail-before]")).to_be_hidden()
    page.locator("[data-trail-from]").click()
    page.wait_for_url("**/board/?channel=phone")


def test_a_ticket_reached_by_another_way_has_no_list_and_the_register_s_own_order_counts(
    window: Windows, estate: Cast
) -> None:
    first, second = estate.report(), estate.report()
    page = window("zhou")
    page.goto(f"/tickets/{first.number}/")
    expect(page.locator("[data-trail]")).to_be_hidden()
    page.goto("/tickets/")
    page.locator("[data-open-item]").first.click()
    at(page, second)  # the register begins with the newest
    expect(page.locator("[data-trail-at]")).to_have_text("第 1 件，共 2 件")
    page.keyboard.press("j")
    at(page, first)
    page.goto("/callbacks/")  # another place: the list is forgotten
    page.goto(f"/tickets/{first.number}/")
    expect(page.locator("[data-trail]")).to_be_hidden()


def test_enter_begins_the_next_step_and_a_letter_typed_into_a_field_is_a_letter(window: Windows, estate: Cast) -> None:
    ticket = estate.surveyed()
    page = window("zhou")
    page.goto(f"/tickets/{ticket.number}/")
    page.keyboard.press("Enter")
    assert focused(page)["tag"] == "INPUT"
    page.keyboard.press("c")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert Ticket.objects.get().state == "surveyed"


def test_a_step_that_asks_nothing_waits_for_the_second_enter(window: Windows, estate: Cast) -> None:
    slip = estate.issued()
    page = window("zhou")
    page.goto(f"/tickets/{slip.ticket.number}/")
    page.keyboard.press("Enter")
    assert focused(page) == {"tag": "BUTTON", "name": "", "text": "领单 Enter"}
    assert Ticket.objects.get().slip_state == "issued"
    page.keyboard.press("Enter")
    expect(page.locator("[data-toasts]")).to_contain_text("三联已交王强")
    assert Ticket.objects.get().slip_state == "collected"


def test_enter_on_a_link_is_the_link_s(window: Windows, estate: Cast) -> None:
    ticket = estate.report()
    page = window("zhou")
    page.goto(f"/tickets/{ticket.number}/")
    page.get_by_role("link", name="记一笔").focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open] h2")).to_have_text("记一笔")


def test_e_corrects_the_registration_and_the_page_shows_it(window: Windows, estate: Cast) -> None:
    ticket = estate.report()
    page = window("zhou")
    page.goto(f"/tickets/{ticket.number}/")
    page.keyboard.press("e")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("h2")).to_have_text("修改登记")
    dialog.get_by_label("联系电话").fill("13900001201")
    page.keyboard.press("Control+Enter")
    expect(dialog.locator(".field__err")).to_contain_text("改报修人或电话要写原因")
    dialog.get_by_label("原因").fill("听错一位")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-toasts]")).to_contain_text("已修改登记：BX-")
    expect(page.locator("[data-number]")).to_have_text("139****1201")
    expect(page.locator("#log")).to_contain_text("修改登记：联系电话")


def test_the_telephone_is_one_t_away_in_the_side_sheet_of_a_row(window: Windows, estate: Cast) -> None:
    estate.report()
    page = window("zhou")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    sheet = page.locator("#peek[open]")
    expect(sheet.locator("[data-number]")).to_have_text("138****1201")
    with page.expect_response(lambda answer: answer.url.endswith("/unmask/")):
        page.keyboard.press("t")
    expect(sheet.locator("[data-number]")).to_have_text("13800001201")


@pytest.mark.parametrize("who", ["zhou", "shen"])
def test_each_key_of_a_page_presses_one_thing_and_is_printed_on_it(window: Windows, estate: Cast, who: str) -> None:
    made = [
        estate.report(),
        estate.surveyed(),
        estate.issued().ticket,
        estate.finished().ticket,
        estate.returned().ticket,
    ]
    page = window(who)
    sla.escalate_missed()
    page.goto("/board/")
    page.locator("[data-open-item]").first.click()  # so that the tickets know their list
    page.wait_for_url("**/tickets/**")
    pages = ["/board/", "/callbacks/", "/corrections/", "/tickets/", "/tickets/new/", "/me/"]
    pages += [f"/tickets/{ticket.number}/" for ticket in made]
    wrong = []
    for address in pages[6:] + pages[:6]:
        if page.goto(address).status == 403:  # type: ignore[union-attr]
            continue
        keys = page.evaluate(SHOWN)
        counted = Counter(key for found, _shown in keys for key in found)
        wrong += [f"{address} {key} twice" for key, n in counted.items() if n > 1]
        wrong += [f"{address} {found} is not shown" for found, shown in keys if not shown]
    assert wrong == []


def test_the_sheet_of_keys_names_those_of_this_page_and_of_a_ticket(window: Windows, estate: Cast) -> None:
    ticket = estate.issued().ticket
    estate.report()
    page = window("zhou")
    page.keyboard.press("Shift+?")
    sheet = page.locator("#keys")
    expect(sheet.locator("[data-keys-ticket]")).to_contain_text("打印、记一笔、修改登记")
    page.keyboard.press("Escape")
    page.locator(f'[data-open-item][href*="{ticket.number}"]').click()
    at(page, ticket)
    page.keyboard.press("Shift+?")
    expect(sheet.locator("[data-keys-ticket]")).to_be_hidden()
    lines = sheet.locator("[data-keys-page] li").all_inner_texts()
    said = {tuple(line.split()) for line in lines}
    assert {("打印派工单", "P"), ("记一笔", "C"), ("修改登记", "E"), ("显示号码并拨打", "T"), ("领单", "Enter")} <= said


# Two people -------------------------------------------------------------------------------


def test_two_people_at_one_ticket_are_told_of_each_other(window: Windows, estate: Cast) -> None:
    ticket = estate.report()
    zhou, qian = window("zhou"), window("qian")
    zhou.goto(f"/tickets/{ticket.number}/")
    expect(zhou.locator("[data-others]")).to_be_hidden()
    qian.goto(f"/tickets/{ticket.number}/")
    expect(qian.locator("[data-others]")).to_have_text("周敏也开着这件")
    expect(zhou.locator("[data-others]")).to_have_text("钱丽也开着这件")


def test_a_call_that_somebody_makes_just_now_is_marked_in_the_other_s_list_until_the_sheet_closes(
    window: Windows, estate: Cast
) -> None:
    ticket = estate.returned().ticket
    zhou, qian = window("zhou"), window("qian")
    qian.goto("/callbacks/")
    mark = qian.locator(f"#c-{ticket.pk} [data-caller]")
    expect(mark).to_be_hidden()
    zhou.goto("/callbacks/")
    zhou.keyboard.press("j")
    zhou.keyboard.press("Enter")
    expect(zhou.locator("dialog[open] h2")).to_have_text("登记回访")
    expect(mark).to_have_text("周正在回访")
    qian.keyboard.press("j")
    qian.keyboard.press("Enter")
    expect(qian.locator("dialog[open] [data-others]")).to_have_text("周敏正在回访")
    qian.keyboard.press("Escape")
    zhou.keyboard.press("Escape")
    expect(mark).to_be_hidden(timeout=15_000)  # two rounds of the pulse, one here and one there


def test_the_numbers_of_the_side_bar_follow_the_pulse(window: Windows, estate: Cast) -> None:
    page = window("zhou")
    sla.escalate_missed()
    page.goto("/cash/")
    number = page.locator('.nav [data-side-n="ticket_list"]')
    expect(number).to_be_hidden()
    estate.report(at=clock.now() - dt.timedelta(minutes=6))
    expect(number.locator("b")).to_have_text("1")
    sla.escalate_missed()
    late = page.locator('.nav [data-side-n="board"]')
    expect(late).to_have_text("1 项超时")
    expect(late).to_have_class("nav__n nav__n--late")


# Views --------------------------------------------------------------------------------------


def test_views_of_one_s_own_are_kept_walked_and_brought_back_by_keyboard(window: Windows, estate: Cast) -> None:
    estate.report(channel="walk_in")
    estate.report()
    page = window("zhou")
    page.goto("/board/?channel=walk_in")
    page.get_by_role("link", name="存为视图").press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("现在的筛选：上门")
    page.keyboard.type("上门的")
    page.keyboard.press("Enter")
    current = page.locator("[data-views] [aria-current]")
    expect(current).to_have_text("上门的 1")
    page.keyboard.press("[")
    expect(current).to_have_text("公共区域 0")
    page.wait_for_url("**/board/?scope=public")
    page.keyboard.press("]")
    page.wait_for_url("**/board/?channel=walk_in")
    expect(page.locator("[data-open-item]")).to_have_count(1)
    page.get_by_role("link", name="整理视图").press("Enter")
    dialog.get_by_role("button", name="删除 上门的").press("Enter")
    expect(dialog).to_contain_text("现在的筛选：上门")
    expect(page.locator("[data-views] a")).to_have_count(4)
    page.get_by_role("button", name="撤销").press("Enter")
    page.wait_for_load_state()
    expect(current).to_have_text("上门的 1")


def test_a_step_taken_by_a_colleague_is_said_on_the_open_page_and_what_was_typed_stays(
    window: Windows, estate: Cast
) -> None:
    ticket = estate.surveyed()
    page = window("zhou")
    page.goto(f"/tickets/{ticket.number}/")
    page.keyboard.press("Enter")
    page.keyboard.type("阀芯")
    quoting.offer_quote(ticket, by=estate.qian, lines=estate.lines(), visit_fee_told=True)
    note = page.locator("#next-changed")
    expect(note).to_contain_text("下一步已变为“客户认可报价”。这里填写的还在。")
    expect(note).to_contain_text("钱丽 已于")
    assert page.evaluate("document.activeElement.value") == "阀芯"
    expect(page.locator("#state")).to_have_text("待客户答复")
    note.get_by_role("link", name="显示下一步").press("Enter")
    expect(page.locator("#next-title")).to_contain_text("下一步：客户认可报价")
    expect(note).to_be_hidden()
