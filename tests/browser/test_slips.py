"""Other kinds of slip in the browser: a public repair by three people, and a builder's work in a dwelling, to the archive."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from papers.models import Print
from tests.browser.pictures import take
from tests.browser.test_story import bring_home, call_back, close, panel, save, sign, until
from tests.cast import Cast
from tests.test_kinds import notified
from tests.test_paths import dark_hall
from tickets.models import Ticket

Windows = Callable[..., Page]


def print_three(zhou: Page, ticket: Ticket) -> None:
    zhou.goto(f"/slips/{ticket.slip_number}/print/")
    zhou.locator("main button.btn--main").first.click()
    until(lambda: Print.objects.filter(number=ticket.slip_number).exists())
    for tab in zhou.context.pages[1:]:
        tab.close()


def countersign(shen: Page, ticket: Ticket) -> None:
    """The supervisor's phone: what waits for him, looked at and signed."""
    shen.goto("/my/inspect/")
    shen.get_by_role("link", name="查看并签").first.click()
    sign(shen)
    take(shen, "phone-countersign")
    shen.locator(".dock button[type=submit]").click()
    shen.wait_for_url("**/my/inspect/")
    expect(shen.locator("main")).to_contain_text("没有待验收的单据")
    ticket.refresh_from_db()


@pytest.mark.sop("5.5.3-3")
def test_a_public_repair_by_three_people_from_the_slip_to_the_archive(window: Windows, estate: Cast) -> None:
    ticket = dark_hall(estate, relation="patrol", reporter_name="王强")
    zhou, wang, shen = window("zhou"), window("wang", phone=True), window("shen", phone=True)
    box = panel(zhou, ticket, "开公共维修单")
    box.get_by_label("设备编号").fill("SB-03-02")
    save(zhou, box)
    ticket.refresh_from_db()
    print_three(zhou, ticket)
    save(zhou, panel(zhou, ticket, "领单"))
    wang.goto("/my/")
    wang.get_by_role("button", name="我已到场").first.click()
    expect(wang.get_by_role("button", name="我已到场")).to_have_count(0)
    wang.goto(f"/my/{ticket.number}/?tab=sign")
    wang.get_by_label("处理情况").fill("紧固机封，试运行 30 分钟")
    wang.get_by_label("无：没有用料").check()
    sign(wang)
    wang.get_by_role("button", name="登记完工").click()
    expect(wang.locator(".dock")).to_contain_text("等工程主管验收")
    countersign(shen, ticket)
    assert (ticket.state, ticket.slips.get().state) == ("completed", "accepted")
    bring_home(zhou, ticket)
    close(zhou, ticket)


@pytest.mark.sop("5.5.2-5")
def test_a_builders_work_is_signed_by_him_the_customer_and_the_supervisor(window: Windows, estate: Cast) -> None:
    ticket = notified(estate)
    zhou, wang, shen = window("zhou"), window("wang", phone=True), window("shen", phone=True)
    save(zhou, panel(zhou, ticket, "开维保单"))
    ticket.refresh_from_db()
    print_three(zhou, ticket)
    save(zhou, panel(zhou, ticket, "领单"))
    wang.goto("/my/")
    wang.get_by_role("button", name="施工单位已到场").first.click()
    expect(wang.get_by_role("button", name="施工单位已到场")).to_have_count(0)
    wang.goto(f"/my/{ticket.number}/?tab=sign")
    wang.get_by_label("维修内容、用料").fill("切除重粘，试压")
    sign(wang)
    wang.get_by_role("button", name="登记完工").click()
    expect(wang.get_by_role("heading", name="请客户验收")).to_be_visible()
    sign(wang)
    wang.locator(".dock button[type=submit]").click()
    expect(wang.locator(".dock button[type=submit]")).to_have_count(0)
    countersign(shen, ticket)
    assert (ticket.state, ticket.slips.get().state) == ("completed", "accepted")
    bring_home(zhou, ticket)
    call_back(zhou, ticket, "满意")
    close(zhou, ticket)
