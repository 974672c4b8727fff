"""Tasks 4, 5, 8, 9 and 10 of screens §11: keys, taps and the waits for the server are counted in the page."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from billing.models import Payment
from callbacks.models import Correction
from papers.models import Print
from tests.browser.test_story import sign, until
from tests.browser.test_tasks_intake import COUNT, counted, typed
from tests.cast import Cast
from tests.test_photos import picture
from tickets import actions as tickets
from tickets import sla
from tickets.models import Event

Windows = Callable[..., Page]
STROKES = 2


def begin(window: Windows, who: str, path: str, **options: bool) -> Page:
    """That person's window on that page; the count begins."""
    page = window(who, **options)
    sla.escalate_missed()  # nobody sweeps beside this server
    page.add_init_script(COUNT)
    page.goto(path)
    page.wait_for_load_state("networkidle")
    page.evaluate("['keys', 'clicks', 'waited'].forEach((name) => sessionStorage.removeItem(name))")
    return page


def save(page: Page, then: str) -> None:
    """Ctrl Enter from wherever the cursor stands; then the next step must be this one."""
    page.keyboard.press("Control+Enter")
    expect(page.locator("#next h2")).to_contain_text(then)
    page.wait_for_load_state("networkidle")


def within(page: Page, *, keys: int, clicks: int, machine: float) -> None:
    found = counted(page, "keys"), counted(page, "clicks")
    assert (found[0] <= keys, found[1] <= clicks) == (True, True), found
    assert counted(page, "waited") <= machine


def line(page: Page, code: str) -> None:
    """A priced line by its number: Enter takes it, Enter again begins the next one."""
    row = page.locator("#next [data-rows] > li:visible").last
    for key in code:
        page.keyboard.press(key)
    expect(page.locator("ul.options:visible li[role=option]").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(row.get_by_label("单价")).not_to_have_value("")


@pytest.mark.sop("5.5.1-3")
def test_task_4_survey_quote_and_the_answer_by_telephone(window: Windows, estate: Cast) -> None:
    ticket = estate.notified()
    tickets.arrive(ticket, by=estate.wang)
    page = begin(window, "zhou", f"/tickets/{ticket.number}/")
    typed(page, "Enter", then="nature")
    typed(page, "Enter Enter Enter", then="work")
    work = "更换陶瓷阀芯"
    page.keyboard.insert_text(work)  # an input method: each character counts as a key below
    save(page, "填报价")
    expect(page.locator("#next")).to_contain_text("还没有认可的报价")
    typed(page, "Enter", then="lines-0-name")
    line(page, "p04")
    typed(page, "Enter", then="lines-1-name")
    line(page, "p05")
    typed(page, "Enter", then="lines-2-name")
    line(page, "p11")
    save(page, "客户认可报价")
    save(page, "开派工单")
    ticket.refresh_from_db()
    quote = ticket.quotes.get()
    assert (ticket.state, quote.lines.count(), quote.answered_how) == ("accepted", 3, "phone")
    within(page, keys=45 - len(work), clicks=0, machine=2000)


@pytest.mark.sop("5.2.2-1c")
@pytest.mark.parametrize(("total", "large"), [("860.00", True), ("499.99", False)])
def test_task_5_agreement_prepayment_and_three_copies(window: Windows, estate: Cast, total: str, large: bool) -> None:
    ticket = estate.accepted(total, "0.00")
    page = begin(window, "zhou", f"/tickets/{ticket.number}/")
    expect(page.locator("#next h2")).to_contain_text("开维修协议" if large else "开派工单")
    if large:
        save(page, "登记协议已签")
        save(page, "收预付款")
        save(page, "开派工单")
    save(page, "领单")
    ticket.refresh_from_db()
    page.keyboard.press("p")
    page.wait_for_url(f"**/slips/{ticket.slip_number}/print/**")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("p")
    until(lambda: Print.objects.filter(number=ticket.slip_number).exists())
    papers = ticket.agreements.filter(state="signed").count(), Payment.objects.count(), ticket.slips.count()
    assert papers == ((1, 1, 1) if large else (0, 0, 1))
    assert (str(ticket.receipted_total), ticket.slips.get().copies.count()) == (total if large else "0.00", 3)
    within(page, keys=16, clicks=0, machine=4000)


@pytest.mark.sop("5.4.2-2")
def test_task_8_one_tap_is_one_arrival_however_often_it_is_sent(window: Windows, estate: Cast) -> None:
    ticket = estate.notified(urgency="urgent")
    page = begin(window, "wang", "/my/", phone=True)
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("button", name="我已到场").tap()
    expect(page.get_by_role("button", name="我已到场")).to_have_count(0)
    again = page.request.post(
        sent.value.url, data=sent.value.post_data, headers={"content-type": "application/x-www-form-urlencoded", "referer": page.url},
    )  # fmt: skip
    ticket.refresh_from_db()
    event = Event.objects.get(action="arrive")
    assert (again.status, ticket.state, ticket.on_site_at) == (200, "on_site", event.at)
    assert (counted(page, "keys"), counted(page, "clicks")) == (0, 1)


@pytest.mark.sop("5.5.1-7", "5.2.2-1a")
def test_task_9_finished_signed_and_paid_on_the_phone(window: Windows, estate: Cast, tmp_path) -> None:
    slip = estate.arrived("168.00", "68.00")
    pictures = [tmp_path / "one.jpg", tmp_path / "two.jpg"]
    for path, colour in zip(pictures, ((60, 40), (40, 60)), strict=True):
        path.write_bytes(picture(size=colour))
    page = begin(window, "wang", f"/my/{slip.ticket.number}/?tab=parts", phone=True)
    page.get_by_label("客户已当面验证公司提供的材料").tap()
    page.get_by_role("button", name="保存配件").tap()
    page.wait_for_url("**tab=sign**")
    page.get_by_role("link", name="照片").tap()
    with page.expect_file_chooser() as chooser:
        page.locator("#after_photos").tap()
    chooser.value.set_files(pictures)
    page.get_by_role("button", name="保存修后照片").tap()
    expect(page.locator(".shots img")).to_have_count(2)
    page.get_by_role("link", name="签字收款").tap()
    expect(page.get_by_label("维修情况")).to_have_value("更换陶瓷阀芯")
    sign(page)
    page.get_by_role("button", name="登记完工").tap()
    expect(page.get_by_role("heading", name="请客户验收")).to_be_visible()
    sign(page)
    page.locator(".dock button[type=submit]").tap()
    page.wait_for_url("**/my/")
    slip.refresh_from_db()
    payment = Payment.objects.get()
    assert (slip.state, slip.opinion, slip.ticket.photos.count()) == ("accepted", "satisfied", 2)
    assert (payment.amount, payment.method, payment.received_by) == (Decimal("168.00"), "cash", estate.wang)
    within(page, keys=0, clicks=12 + 2 * STROKES, machine=3000)


@pytest.mark.sop("5.5.1-9")
def test_task_10_not_satisfied_raises_a_correction_and_the_next_call_opens(window: Windows, estate: Cast) -> None:
    first, second = estate.returned().ticket, estate.returned().ticket
    page = begin(window, "zhou", "/callbacks/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    sheet = page.locator("dialog[open]")
    expect(sheet).to_contain_text("登记回访")
    page.wait_for_function("document.activeElement?.name === 'result'")
    typed(page, "2", then="result")
    typed(page, "Tab Tab Tab Tab Tab", then="opinion")  # past the four marks, which he does not give
    page.keyboard.insert_text("用了一天又松了")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("纠正单")
    expect(sheet).to_contain_text("登记回访")
    correction = Correction.objects.get()
    assert (correction.ticket, correction.department, correction.what) == (first, "engineering", "用了一天又松了")
    assert correction.due_at - correction.raised_at == estate.community.correction_hours * sla.HOURS
    expect(page.locator(f"dialog[open] form[action*='{second.number}']")).to_be_visible()
    within(page, keys=10, clicks=0, machine=1000)
