"""The red bar by keyboard: A silences one alarm, and the next Enter is the row's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from playwright.sync_api import Page, expect

from alerts import ringing
from core import clock
from tests.cast import Cast
from tickets.models import Deadline

Windows = Callable[..., Page]


def test_an_acknowledged_alarm_gives_way_to_the_next_and_the_keys_to_the_list(window: Windows, estate: Cast) -> None:
    for minutes in (12, 11, 10):
        estate.report(at=clock.now() - dt.timedelta(minutes=minutes))
    late = Deadline.objects.open().filter(kind=Deadline.Kind.NOTIFY)
    page = window("zhou")
    first, second, _third = late.order_by("due_at", "pk")
    bar = page.locator("[data-alarm]")
    expect(bar).to_have_attribute("data-alarm", str(first.pk))
    page.keyboard.press("j")
    with page.expect_response(lambda answer: answer.url.endswith("/acknowledge/")):
        page.keyboard.press("a")
    expect(bar).to_have_attribute("data-alarm", str(second.pk))
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open] h2")).to_have_text("通知工程")
    assert late.filter(acknowledgement=None).count() == 2
    expect(bar.locator("[data-alarm-url]")).to_contain_text("1栋1单元0702")


def test_a_warning_is_amber_comes_with_the_pulse_and_falls_silent_by_a_while_the_promise_runs_on(
    window: Windows, estate: Cast
) -> None:
    page = window("zhou")
    ringing.sweep()
    page.goto("/board/")
    bar = page.locator("[data-alarm]")
    expect(bar).to_be_hidden()
    ticket = estate.report(at=clock.now() - dt.timedelta(minutes=3, seconds=10))
    ringing.sweep()
    expect(bar).to_have_class("alarm alarm--ahead")
    expect(bar.locator("[data-alarm-head]")).to_have_text("通知快到时限")
    assert "超时" not in page.title()
    with page.expect_response(lambda answer: answer.url.endswith("/hush/")) as answer:
        page.keyboard.press("a")
    assert answer.value.status == 204
    expect(bar).to_be_hidden()
    row = ticket.deadlines.get(kind=Deadline.Kind.NOTIFY)
    assert (row.is_open, row.bells.standing().count()) == (True, 0)
