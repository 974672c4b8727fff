"""The main story in the browser: three signed-in people take a paid repair from the call to the archive, below and from ¥500.00."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect

from papers.models import Print
from tests.browser.pictures import picture_of, take
from tests.cast import Cast
from tickets import sla
from tickets.models import Ticket

Windows = Callable[..., Page]
pytestmark = pytest.mark.sop("5.5.1-9")


def choose(where: Page | Locator, label: str, typed: str) -> None:
    """Type into a combobox and take the first option."""
    where.get_by_role("combobox", name=label, exact=True).last.fill(typed)
    where.locator("ul.options:visible li[role=option]:not([aria-disabled=true])").first.click()


def panel(page: Page, ticket: Ticket, title: str) -> Locator:
    """The next step on the ticket's page, which must be this one."""
    page.goto(f"/tickets/{ticket.number}/")
    box = page.locator("#next")
    expect(box.locator("h2")).to_contain_text(title)
    return box


def save(page: Page, box: Locator) -> None:
    """Press the one main button and wait for what comes."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as caught:
        box.locator("button[data-save]").click()
    assert caught.value.status in {200, 302}, caught.value.text()[:2000]
    page.wait_for_load_state()


def sign(page: Page) -> None:
    """Draw two strokes on the signature pad."""
    canvas = page.locator("[data-signature] canvas:visible").first
    for points in (((0.2, 0.3), (0.3, 0.6), (0.4, 0.4)), ((0.5, 0.6), (0.6, 0.3), (0.8, 0.5))):
        canvas.evaluate("canvas => canvas.scrollIntoView({block: 'center'})")  # above the dock
        box = canvas.bounding_box()
        assert box is not None
        where = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]
        page.mouse.move(*where[0])
        page.mouse.down()
        for point in where[1:]:
            page.mouse.move(*point, steps=4)
        page.mouse.up()


def register(page: Page) -> Ticket:
    """A known dwelling rings; registered and notified with one save."""
    sla.escalate_missed()  # nobody sweeps beside this server
    page.goto("/tickets/new/")
    choose(page, "房号、姓名、电话或拼音首字母", "1-0702")
    expect(page.get_by_label("联系电话")).to_have_value("138****1201")
    page.get_by_role("radio", name="厨房").check()
    choose(page, "部件", "水龙头")
    expect(page.locator("#rail")).to_contain_text("质保已过")
    page.get_by_label("故障情况").fill("厨房水龙头关不紧，一直滴水")
    page.locator(".slots input:not(:disabled)").first.check()
    take(page, "register")
    page.get_by_role("button", name="登记并通知").click()
    expect(page.locator(".toast")).to_contain_text("已登记")
    ticket: Ticket = Ticket.objects.latest("pk")
    assert (ticket.state, ticket.phone, ticket.reporter_name) == ("notified", "13800001201", "李建国")
    return ticket


def survey(wang: Page, ticket: Ticket) -> None:
    """The technician's phone: on site with one tap, then what is to be done."""
    wang.goto("/my/")
    wang.get_by_role("button", name="我已到场").first.click()
    expect(wang.get_by_role("button", name="我已到场")).to_have_count(0)
    wang.goto(f"/my/{ticket.number}/?tab=survey")
    wang.get_by_role("radio", name="有偿家庭报修").check()
    wang.get_by_label("要做的维修").fill("更换陶瓷阀芯")
    wang.get_by_role("button", name="报核实结果").click()
    expect(wang.get_by_role("button", name="报核实结果")).to_have_count(0)


def quote(zhou: Page, ticket: Ticket, *lines: tuple[str, str]) -> None:
    """Priced lines from the list, then the customer's answer by telephone."""
    box = panel(zhou, ticket, "填报价")
    for n, (what, quantity) in enumerate(lines):
        if n:
            box.locator("[data-line-add]").click()
        row = box.locator("[data-rows] > li:visible").nth(n)
        choose(row, "项目", what)
        row.get_by_label("数量").fill(quantity)
    save(zhou, box)
    box = panel(zhou, ticket, "客户认可报价")
    save(zhou, box)
    ticket.refresh_from_db()


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    """The PDF opens in a tab of its own: wait for its row."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds
        time.sleep(0.1)


def issue(zhou: Page, ticket: Ticket) -> None:
    save(zhou, panel(zhou, ticket, "开派工单"))
    ticket.refresh_from_db()
    assert ticket.slip_number
    zhou.goto(f"/slips/{ticket.slip_number}/print/")
    zhou.locator("main button.btn--main").first.click()
    until(lambda: Print.objects.filter(number=ticket.slip_number).exists())
    kept = Print.objects.get(number=ticket.slip_number)
    picture_of(kept.pdf.path)
    for tab in zhou.context.pages[1:]:
        tab.close()
    assert kept.pdf.read()[:5] == b"%PDF-"


def work(zhou: Page, wang: Page, ticket: Ticket, *, collect: bool) -> None:
    """Three sheets across the counter, then the work, signed by both on the phone, the money taken there where it may be."""
    save(zhou, panel(zhou, ticket, "领单"))
    wang.goto("/my/")
    wang.get_by_role("button", name="我已到场").first.click()
    expect(wang.get_by_role("button", name="我已到场")).to_have_count(0)
    wang.goto(f"/my/{ticket.number}/?tab=parts")
    if not wang.get_by_label("型号").first.input_value():
        wang.get_by_label("型号").first.fill("JS-II")  # the spare part has none: all five items are asked
    wang.get_by_label("客户已当面验证公司提供的材料").check()
    wang.get_by_role("button", name="保存配件").click()
    wang.wait_for_url("**tab=sign**")
    wang.get_by_label("维修情况").fill("更换阀芯并试水")
    sign(wang)
    wang.get_by_role("button", name="登记完工").click()
    expect(wang.get_by_role("heading", name="请客户验收")).to_be_visible()
    sign(wang)
    take(wang, "phone" if collect else "phone-prepaid")
    wang.locator(".dock button[type=submit]").click()
    wang.wait_for_url(lambda url: "tab=sign" not in url or "my_sign" not in url)
    expect(wang.locator(".dock button[type=submit]")).to_have_count(0)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.balance) == ("completed", Decimal("0.00"))


def bring_home(zhou: Page, ticket: Ticket) -> None:
    """Copies 1 and 2 by the scan line; the third goes to engineering."""
    slip = ticket.slips.get()
    zhou.goto("/copies/")
    line = zhou.locator("form[data-scan] #code")
    for copy in slip.copies.filter(number__lte=2):
        line.press_sequentially(copy.code, delay=2)
        line.press("Enter")
        expect(zhou.locator("[data-scan-confirm]")).to_be_visible()
        line.press("Enter")
        expect(zhou.locator("[data-scan-result=done]")).to_be_visible()
    ticket.refresh_from_db()
    assert ticket.desk_copies_home


def hand_in_cash(zhou: Page, ticket: Ticket) -> None:
    """The technician's cash over the counter: counted by both, receipted."""
    payment = ticket.payments.get()
    zhou.goto(f"/cash/handover/{payment.received_by_id}/")
    zhou.locator("input[name=counted]").fill(str(payment.amount))
    zhou.locator("input[name=together]").check()
    zhou.get_by_role("button", name="收下交款").click()
    expect(zhou.locator("main")).to_contain_text("SJ-")
    payment.refresh_from_db()
    assert (payment.state, payment.receipts.count()) == ("receipted", 1)


def call_back(zhou: Page, ticket: Ticket, result: str) -> None:
    box = panel(zhou, ticket, "回访")
    box.get_by_role("radio", name=result, exact=True).check()
    if result == "不满意":
        box.get_by_label("客户意见").fill("用了一天又松了")
        box.get_by_label("要纠正什么").fill("重新检查紧固")
    save(zhou, box)
    ticket.refresh_from_db()


def put_right(shen: Page, wang: Page, ticket: Ticket) -> None:
    correction = ticket.corrections.get()
    for page, step, button in ((shen, "assign", "指派纠正"), (wang, "correct", "登记纠正结果")):
        page.goto(f"/corrections/{correction.number}/{step}/")
        if step == "correct":
            page.get_by_label("怎样纠正的").fill("重新紧固并复检")
        page.get_by_role("button", name=button).click()
        page.wait_for_load_state()
    correction.refresh_from_db()
    assert correction.state == "corrected"


def close(zhou: Page, ticket: Ticket) -> None:
    save(zhou, panel(zhou, ticket, "消单归档"))
    ticket.refresh_from_db()
    assert ticket.state == "closed"


def test_a_small_repair_from_the_call_to_the_archive_with_cash_and_a_correction(window: Windows, estate: Cast) -> None:
    zhou, wang, shen = window("zhou"), window("wang", phone=True), window("shen")
    ticket = register(zhou)
    survey(wang, ticket)
    quote(zhou, ticket, ("P04", "1"), ("陶瓷阀芯", "1"))
    assert (ticket.state, ticket.accepted_total) == ("accepted", Decimal("35.00"))
    issue(zhou, ticket)
    work(zhou, wang, ticket, collect=True)
    bring_home(zhou, ticket)
    hand_in_cash(zhou, ticket)
    call_back(zhou, ticket, "不满意")
    assert ticket.corrections_open == 1
    put_right(shen, wang, ticket)
    call_back(zhou, ticket, "满意")
    sla.escalate_missed()
    zhou.goto(f"/tickets/{ticket.number}/")
    take(zhou, "ticket")
    close(zhou, ticket)
    zhou.goto("/board/")
    expect(zhou.locator("main")).not_to_contain_text(ticket.number[3:])


@pytest.mark.sop("5.2.2-1c")
def test_from_500_the_desk_sees_agreement_and_prepayment_before_the_slip(window: Windows, estate: Cast) -> None:
    zhou, wang = window("zhou"), window("wang", phone=True)
    ticket = register(zhou)
    survey(wang, ticket)
    quote(zhou, ticket, ("P38", "4.5"), ("防水涂料", "1"))
    assert ticket.accepted_total == Decimal("800.00")
    zhou.goto(f"/tickets/{ticket.number}/")
    expect(zhou.locator("#next")).to_contain_text("满 ¥500.00，先签协议并收预付款")
    save(zhou, panel(zhou, ticket, "开维修协议"))
    save(zhou, panel(zhou, ticket, "登记协议已签"))
    box = panel(zhou, ticket, "收预付款")
    box.get_by_role("radio", name="微信").check()
    box.get_by_label("交易号").fill("8841")
    save(zhou, box)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.receipted_total) == ("prepaid", Decimal("800.00"))
    issue(zhou, ticket)
    work(zhou, wang, ticket, collect=False)
    bring_home(zhou, ticket)
    call_back(zhou, ticket, "满意")
    close(zhou, ticket)
