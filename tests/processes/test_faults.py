"""Each missed deadline rings once and is dated at the deadline, whatever dies: real beats, workers, loops, Redis and databases (trust.md P2, P9)."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

import run
from tests.databases import OwnPostgres, faketime
from tests.processes.house import OwnHouse, until
from tests.shell import BASE_DIR, call, fresh

pytestmark = pytest.mark.sop("5.4.1", "5.4.2-1", "5.4.2-2")
SWEEPERS = ("beat", "loop", "clocks")
CAST = "from people.models import User; User.objects.all().delete(); from tests.cast import make_cast; make_cast()"
# Forty promises of one repair: the first comes due after `after` seconds, the others within two more.
PROMISES = """
import datetime as dt; from core import clock; from tests.cast import the_cast; from tickets.models import Deadline
ticket, now = the_cast().report(), clock.now()
at = [now + dt.timedelta(seconds={after} + n / 20) for n in range({n})]
Deadline.objects.bulk_create(Deadline(ticket=ticket, kind="step", ref=f"{name}-{{n}}", started_at=now, due_at=due) for n, due in enumerate(at))
"""
MANY = 40


class FaultyHouse(OwnHouse):
    """A house with a second beat and a second clock worker, and a database that can be asked and hurt."""

    def __init__(self, folder: Path, postgres: OwnPostgres | None) -> None:
        self.postgres, self.name = postgres, ""
        super().__init__(folder, (sys.executable, "run.py"), **({"DATABASE_URL": postgres.address} if postgres else {}))
        self.open()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        if self.postgres:
            with psycopg.connect(self.postgres.address) as connection:
                return list(connection.execute(query))
        with sqlite3.connect(f"file:{self.folder / 'repairdesk.sqlite3'}?mode=ro", uri=True) as connection:
            return list(connection.execute(query))

    def variables(self) -> dict[str, str]:
        given = {"VAR_DIR": str(self.folder), "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0"}
        return given | ({"DATABASE_URL": self.postgres.address} if self.postgres else {})

    def beside(self, *words: str, **more: str) -> subprocess.Popen[bytes]:
        """One more process of this house, ended with it."""
        env = fresh(**self.variables()) | more
        env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
        with (self.folder / "beside.log").open("ab") as log:
            return subprocess.Popen(words, cwd=BASE_DIR, env=env, stdout=log, stderr=log, start_new_session=True)

    def promise(self, name: str, *, after: float = 1.0, n: int = MANY) -> None:
        self.name = name
        script = PROMISES.format(after=after, n=n, name=name)
        made = call(sys.executable, "manage.py", "shell", "-v0", "-c", script, **self.variables())
        assert made[0] == 0, made[2]

    def rung(self) -> int:
        like = f"ref LIKE '{self.name}-%'"
        return int(self.rows(f"SELECT count(*) FROM tickets_deadline WHERE {like} AND escalated_at IS NOT NULL")[0][0])

    def bells(self) -> list[tuple[Any, ...]]:
        """For each promise of this test: how many events say it was missed, and is the event dated at the deadline."""
        fact = "e.facts->>'deadline'"
        number = f"({fact})::bigint" if self.postgres else f"CAST({fact} AS integer)"
        return self.rows(
            f"""SELECT count(e.id), min(CASE WHEN e.at = d.due_at THEN 1 ELSE 0 END), min(CASE WHEN d.escalated_at >= d.due_at THEN 1 ELSE 0 END)
            FROM tickets_deadline d LEFT JOIN tickets_event e ON e.action = 'deadline_missed' AND {number} = d.id
            WHERE d.ref LIKE '{self.name}-%' GROUP BY d.id"""
        )

    def each_rang_once(self, within: float = 30) -> None:
        until(lambda: self.rung() == MANY, within)
        time.sleep(1.2)  # a second bell would come with the next round
        assert self.bells() == [(1, 1, 1)] * MANY

    def group(self, name: str) -> int:
        """The process group of a child, started again if it has just died."""
        until(lambda: self.child(name))
        return self.child(name)

    @contextmanager
    def frozen(self, *names: str) -> Iterator[None]:
        groups = [self.group(name) for name in names]
        for pid in groups:
            os.killpg(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in groups:
                os.killpg(pid, signal.SIGCONT)

    def kill(self, name: str) -> None:
        os.killpg(self.group(name), signal.SIGKILL)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyHouse]:
    folder = tmp_path_factory.mktemp("faults")
    postgres = OwnPostgres() if request.param == "postgres" else None
    variables = {"VAR_DIR": str(folder), "DEMO": "0", **({"DATABASE_URL": postgres.address} if postgres else {})}
    for words in (("make_ready",), ("shell", "-v0", "-c", CAST)):
        done = call(sys.executable, "manage.py", *words, **variables)
        assert done[0] == 0, done[2]
    one = FaultyHouse(folder, postgres)
    try:
        one.beside(*run.COMMANDS["beat"], "--schedule", str(folder / "second-beat"))
        one.beside(*(word.replace("clocks@", "more@") for word in run.COMMANDS["clocks"]))
        until(lambda: one.answer("/health/sweeper") == 200)
        yield one
    finally:
        one.clear()
        shutil.rmtree(folder, ignore_errors=True)
        if postgres:
            postgres.stop()


def test_two_beats_two_workers_and_a_loop_ring_each_promise_once(house: FaultyHouse) -> None:
    house.promise("many")
    house.each_rang_once()


def repeatedly(fault: Callable[[], None], times: int = 3, pause: float = 0.7) -> None:
    for _ in range(times):
        fault()
        time.sleep(pause)


def beat_killed(house: FaultyHouse) -> None:
    repeatedly(lambda: house.kill("beat"))


def worker_killed_at_work(house: FaultyHouse) -> None:
    repeatedly(lambda: house.kill("clocks"), times=4)


def redis_killed(house: FaultyHouse) -> None:
    house.kill("redis")


def redis_frozen(house: FaultyHouse) -> None:
    with house.frozen("redis"):
        time.sleep(4)


def redis_emptied(house: FaultyHouse) -> None:
    import redis

    def empty() -> None:
        with redis.Redis(port=house.redis_port) as server:
            server.flushall()

    repeatedly(empty, times=4)


@pytest.mark.parametrize("fault", [beat_killed, worker_killed_at_work, redis_killed, redis_frozen, redis_emptied])
def test_beat_and_workers_alone_ring_each_promise_once_when(
    house: FaultyHouse, fault: Callable[[FaultyHouse], None]
) -> None:
    with house.frozen("loop"):
        house.promise(fault.__name__)
        fault(house)
        house.each_rang_once(45)


def test_the_loop_alone_rings_each_promise_once_though_it_is_killed_at_work(house: FaultyHouse) -> None:
    with house.frozen("redis"):
        house.promise("loop")
        repeatedly(lambda: house.kill("loop"))
        house.each_rang_once()


def test_a_database_that_was_away_is_asked_again_and_each_promise_rings_once(house: FaultyHouse) -> None:
    before = house.child("loop")
    house.promise("away")
    if house.postgres:
        house.postgres.restart()
    else:
        with sqlite3.connect(house.folder / "repairdesk.sqlite3", isolation_level=None) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(4)
            connection.execute("ROLLBACK")
    house.each_rang_once(45)
    assert house.child("loop") == before  # it waited, it did not die


def test_a_house_that_slept_over_the_deadlines_rings_each_once_and_dates_it_at_the_deadline(house: FaultyHouse) -> None:
    house.promise("asleep")
    with house.frozen(*SWEEPERS, "redis", "web", "worker"):
        time.sleep(4)
    house.each_rang_once()


def test_a_clock_stepped_an_hour_ahead_and_back_rings_each_promise_once(house: FaultyHouse, tmp_path: Path) -> None:
    """A machine that wakes from an hour's sleep sees the same: its clock is an hour on, its timers are not."""
    step = tmp_path / "step"
    step.write_text("+0")
    with house.frozen("loop", "redis"):
        house.promise("stepped", after=1800)
        loop = house.beside(
            *run.COMMANDS["loop"], LD_PRELOAD=faketime(), FAKETIME_TIMESTAMP_FILE=str(step), FAKETIME_CACHE_DURATION="1"
        )  # fmt: skip
        time.sleep(3)
        assert house.rung() == 0
        step.write_text("+3600")
        house.each_rang_once()
        step.write_text("+0")
        time.sleep(3)
        house.each_rang_once()
        assert loop.poll() is None
        os.killpg(loop.pid, signal.SIGKILL)
        loop.wait()
