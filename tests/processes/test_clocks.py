"""The clocks with real processes: beat rings within seconds, and the desk works while Redis is dead or frozen (trust.md P9, 2a)."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tests.processes.house import OwnHouse, until
from tests.shell import call

CAST = "from people.models import User; User.objects.all().delete(); from tests.cast import make_cast; make_cast()"
OVERDUE = (
    "import datetime as dt; from core import clock; from tests.cast import the_cast; from tickets import sla; cast = the_cast(); "
    "ticket = cast.report(); at = clock.now(); sla.start(ticket, 'step', at=at, due=at + dt.timedelta(seconds=2))"
)
LONGEST_POST = 2.0


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tables, static files and the cast."""
    folder = tmp_path_factory.mktemp("settled")
    ready = call(sys.executable, "manage.py", "make_ready", VAR_DIR=str(folder), DEMO="0")
    assert ready[0] == 0, ready[2]
    made = call(sys.executable, "manage.py", "shell", "-v0", "-c", CAST, VAR_DIR=str(folder))
    assert made[0] == 0, made[2]
    return folder


@pytest.fixture
def house(settled: Path, tmp_path: Path) -> Iterator[OwnHouse]:
    folder = tmp_path / "var"
    shutil.copytree(settled, folder)
    one = OwnHouse(folder)
    try:
        one.open()
        yield one
    finally:
        one.clear()


def rows(house: OwnHouse, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(f"file:{house.folder / 'repairdesk.sqlite3'}?mode=ro", uri=True) as connection:
        return list(connection.execute(query))


class Clerk:
    """Somebody at a browser without one: cookies, tokens and the seconds each answer took."""

    def __init__(self, house: OwnHouse) -> None:
        self.house, self.jar, self.slowest = house, CookieJar(), 0.0
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.get("/sign-in/")
        self.post("/sign-in/", username="zhou", password="desk-2026")

    def get(self, path: str) -> str:
        with self.opener.open(f"http://127.0.0.1:{self.house.port}{path}", timeout=30) as page:
            return str(page.read().decode())

    def post(self, path: str, **fields: str) -> str:
        token = next(cookie.value for cookie in self.jar if cookie.name == "csrftoken") or ""
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        begun = time.monotonic()
        try:
            with self.opener.open(f"http://127.0.0.1:{self.house.port}{path}", data=body, timeout=60) as page:
                said = str(page.read().decode())
        except urllib.error.HTTPError as error:
            raise AssertionError(
                f"{error.code} {path}: {re.findall(r'data-errors.*', error.read().decode())}"
            ) from error
        self.slowest = max(self.slowest, time.monotonic() - begun)
        return said


def overdue_soon(house: OwnHouse) -> None:
    made = call(sys.executable, "manage.py", "shell", "-v0", "-c", OVERDUE, VAR_DIR=str(house.folder))
    assert made[0] == 0, made[2]


def test_beat_rings_a_missed_deadline_within_three_seconds_and_once(house: OwnHouse) -> None:
    until(lambda: house.answer("/health/sweeper") == 200)
    overdue_soon(house)
    until(lambda: rows(house, "SELECT 1 FROM tickets_event WHERE action = 'deadline_missed'"), 10)
    ((due, rung),) = rows(house, "SELECT due_at, escalated_at FROM tickets_deadline WHERE escalated_at IS NOT NULL")
    late = seconds(str(rung)) - seconds(str(due))
    assert 0 <= late < 3
    time.sleep(2.5)
    assert rows(house, "SELECT count(*) FROM tickets_event WHERE action = 'deadline_missed'") == [(1,)]
    assert until(lambda: not rows(house, "SELECT 1 FROM tickets_event WHERE relayed_at IS NULL"), 15) < 15


def seconds(stamp: str) -> float:
    import datetime as dt

    return dt.datetime.fromisoformat(stamp).replace(tzinfo=dt.UTC).timestamp()


@pytest.mark.parametrize("trouble", [signal.SIGSTOP, signal.SIGKILL])
def test_the_desk_registers_and_notifies_while_redis_is_frozen_or_dead(
    house: OwnHouse, trouble: signal.Signals
) -> None:
    clerk = Clerk(house)
    redis = house.child("redis")
    os.kill(redis, trouble)
    ((unit,),) = rows(house, "SELECT id FROM places_unit WHERE code = '0702'")
    clerk.post(
        "/tickets/new/", place_text="1-0702", place_id=str(unit), place_kind="unit", reporter_name="李建国", relation="owner", phone="13800001201", channel="phone", spot="kitchen",
        component="tap", component_text="水龙头", trade="plumbing", fault="厨房水龙头关不紧", urgency="urgent", then="",
    )  # fmt: skip
    ((number,),) = rows(house, "SELECT number FROM tickets_ticket")
    ((wang,),) = rows(house, "SELECT id FROM people_user WHERE username = 'wang'")
    clerk.post(f"/tickets/{number}/notify_engineering/", to=f"u{wang}", how="phone")
    if trouble == signal.SIGSTOP:
        os.kill(redis, signal.SIGCONT)
    assert rows(house, "SELECT state FROM tickets_ticket") == [("notified",)]
    assert clerk.slowest <= LONGEST_POST
    until(lambda: not rows(house, "SELECT 1 FROM tickets_event WHERE relayed_at IS NULL"), 60)


def test_with_beat_and_workers_gone_a_desks_own_poll_rings(house: OwnHouse) -> None:
    clerk = Clerk(house)
    os.kill(house.process.pid, signal.SIGSTOP)  # or it would start them again
    for name in ("beat", "loop", "clocks", "worker"):
        os.killpg(os.getpgid(house.child(name)), signal.SIGKILL)
    overdue_soon(house)
    with sqlite3.connect(house.folder / "repairdesk.sqlite3") as connection:
        connection.execute("UPDATE tickets_pulse SET at = '2026-01-01 00:00:00'")
    until(lambda: asked(clerk), 15)
    os.kill(house.process.pid, signal.SIGCONT)


def asked(clerk: Clerk) -> bool:
    said = clerk.get("/pulse/?since=0")
    if said:
        json.loads(said)
    return bool(rows(clerk.house, "SELECT 1 FROM tickets_event WHERE action = 'deadline_missed'"))
