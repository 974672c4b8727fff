"""Real Chromium against a real server: signed-in people with a window each."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from core import fonts
from tests.cast import Cast, the_cast

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs a loop of its own in this thread
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
PATIENCE = 20_000  # milliseconds until something that should appear is missed: a busy machine is slow, and speed is measured in bench/
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": "/usr/bin/chromium", "args": FLAGS}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Remember that a test went wrong, so that its windows are photographed before they close."""
    report = yield
    if call.when == "call" and report.failed:
        item.went_wrong = True  # type: ignore[attr-defined]
    return report


@pytest.fixture(scope="session", autouse=True)
def _fonts() -> None:
    """Made once an installation; a print should not wait for it."""
    fonts.small()


@pytest.fixture
def estate(transactional_db: Any) -> Cast:
    """The fixed cast, committed, so that the server's threads see it."""
    return the_cast()


@pytest.fixture
def window(
    request: pytest.FixtureRequest, browser: Browser, live_server: Any, estate: Cast
) -> Iterator[Callable[..., Page]]:
    """window("zhou") opens a browser window of that person, signed in; window("wang", phone=True) a phone."""
    contexts = []

    def make(name: str, *, phone: bool = False, **options: Any) -> Page:
        context = browser.new_context(
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport=PHONE if phone else DESK,
            base_url=live_server.url,
            has_touch=phone,
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto("/sign-in/")
        page.get_by_label("用户名").fill(name)
        page.get_by_label("密码", exact=True).fill("desk-2026")
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        return page

    yield make
    for number, context in enumerate(contexts):
        if getattr(request.node, "went_wrong", False):
            for tab, page in enumerate(context.pages):
                page.screenshot(path=f"var/failures/{request.node.originalname}-{number}{tab}.png", full_page=True)
        context.close()
