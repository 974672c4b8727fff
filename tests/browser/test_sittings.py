"""One call about all lines of an inspection, by keyboard at the desk and by thumb on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from callbacks.models import Callback
from tests.cast import Cast
from tests.test_sittings import done, tickets_of

Windows = Callable[..., Page]


@pytest.mark.sop("5.3.3", "5.5.1-9")
def test_the_clerk_answers_line_by_line_without_the_mouse(window: Windows, estate: Cast) -> None:
    inspection = done(estate)
    _first, bad, _third = tickets_of(inspection)
    page = window("zhou")
    page.goto("/callbacks/")
    row = page.get_by_role("listitem").filter(has_text="验房 3 项待回访")
    row.locator("[data-next]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/call_back/**")
    page.locator(f'[name="answer_{bad.pk}"]').first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("门还是关不严")
    page.locator('[name="rest"]').focus()
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/callbacks/")
    expect(page.get_by_text("已登记回访 3 项，满意 2 项，开纠正单 1 张")).to_be_visible()
    assert [row.opinion for row in Callback.objects.order_by("ticket")] == ["", "门还是关不严", ""]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_call_sheet_pleases_axe_and_scrolls_nowhere_sideways(window: Windows, estate: Cast, theme: str) -> None:
    inspection = done(estate)
    for phone in (False, True):
        page = window("zhou", phone=phone, color_scheme=theme)
        for path in (f"{inspection.get_absolute_url()}call_back/", "/callbacks/"):
            page.goto(path)
            page.screenshot(path=f"var/failures/sitting-{theme}-{phone}-{path.split('/')[1]}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert Axe().run(page).violations_count == 0
