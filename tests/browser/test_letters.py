"""Letters that leave the house, in the browser: a builder is notified and names a time; a municipal fault is referred until restored."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from papers.models import Print
from tests.browser.pictures import take
from tests.browser.test_story import panel, save, until
from tests.cast import Cast
from tests.test_paths import burst_main, leaking
from tickets.models import Ticket
from workorders.models import Notice, Referral

Windows = Callable[..., Page]


def printed(page: Page, button: str, number: str) -> None:
    """Print a letter: the PDF opens in a tab of its own, and is kept."""
    page.get_by_role("link", name=button).first.click()
    page.locator("main button.btn--main, dialog[open] button.btn--main").first.click()
    until(lambda: Print.objects.filter(number=number).exists())
    for tab in page.context.pages[1:]:
        tab.close()


@pytest.mark.sop("5.5.2-3", "5.5.2-4")
def test_a_builder_is_notified_on_paper_names_a_time_and_gets_the_warranty_slip(window: Windows, estate: Cast) -> None:
    ticket: Ticket = leaking(estate, window=None, urgency="prompt")
    zhou = window("zhou")
    box = panel(zhou, ticket, "通知施工单位")
    take(zhou, "notify-builder")
    save(zhou, box)
    notice = Notice.objects.get(tickets=ticket)
    zhou.goto(f"/notices/{notice.number}/")
    take(zhou, "notice")
    printed(zhou, "打印通知", notice.number)
    box = panel(zhou, ticket, "登记约定时间")
    box.locator(".slots input:not(:disabled)").first.check()
    box.get_by_label("已与客户约好这个时间").check()
    save(zhou, box)
    notice.refresh_from_db()
    ticket.refresh_from_db()
    assert (notice.state, ticket.builder_reply) == ("agreed", "agreed")
    assert ticket.window_from == notice.agreed_from
    save(zhou, panel(zhou, ticket, "开维保单"))
    ticket.refresh_from_db()
    assert ticket.slips.get().kind == "warranty"


@pytest.mark.sop("5.5.3-5")
def test_a_burst_main_is_referred_followed_up_and_archived_when_the_water_runs_again(
    window: Windows, estate: Cast
) -> None:
    ticket = burst_main(estate)
    zhou = window("zhou")
    zhou.goto(f"/tickets/{ticket.number}/refer/")
    zhou.get_by_role("radio", name="自来水").check()
    zhou.get_by_label("判定依据").fill("市政管段")
    zhou.get_by_label("我方临时措施").fill("围挡，群内通知，启用水箱")
    take(zhou, "refer")
    save(zhou, zhou.locator("main"))
    referral = Referral.objects.get(ticket=ticket)
    assert (referral.body, referral.reference) == ("water", "")
    zhou.goto(f"/tickets/{ticket.number}/")
    expect(zhou.locator("main")).to_contain_text("未提供")  # no reference was given
    take(zhou, "referred")
    printed(zhou, "打印转报函", referral.number)
    box = panel(zhou, ticket, "记录跟进")
    box.get_by_label("对方怎么说").fill("正在开挖")
    save(zhou, box)
    assert referral.follow_ups.count() == 1
    zhou.goto(f"/tickets/{ticket.number}/confirm_restored/")
    assert zhou.get_by_label("已告知报修人").evaluate("box => !box.checkValidity()")  # not before the reporter is told
    zhou.get_by_label("已告知报修人").check()
    save(zhou, zhou.locator("main"))
    ticket.refresh_from_db()
    assert ticket.state == "closed"
