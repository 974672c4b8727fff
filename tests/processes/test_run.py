"""make run as it is: real web server, Redis, Celery. What dies comes back, and nothing stays behind."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.processes.house import OwnHouse, until
from tests.shell import call


def is_another(house: OwnHouse, name: str, before: int) -> bool:
    return house.child(name) not in {0, before}


NAMES = ["redis", "web", "worker", "clocks", "beat", "loop"]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tables and static files, and nobody in it yet."""
    folder = tmp_path_factory.mktemp("prepared")
    done = call(sys.executable, "manage.py", "make_ready", VAR_DIR=str(folder), DEMO="0")
    assert done[0] == 0, done[2]
    return folder


@pytest.fixture
def house(prepared: Path, tmp_path: Path) -> Iterator[OwnHouse]:
    folder = tmp_path / "var"
    shutil.copytree(prepared, folder)
    one = OwnHouse(folder)
    yield one
    one.clear()


def test_the_house_opens_its_clocks_run_and_ctrl_c_leaves_nothing_within_five_seconds(house):
    house.open()
    assert f"Repairdesk is open: http://127.0.0.1:{house.port}\n" in house.said.read_text()
    assert [name for name in NAMES if not house.child(name)] == []
    assert house.answer("/health/live") == 200
    until(lambda: house.answer("/health/sweeper") == 200)  # beat, Redis and the clock worker did their parts
    assert house.answer("/health/ready") == 200
    assert house.end(signal.SIGINT) < 5
    assert house.process.returncode == 0
    assert "\nClosing.\n" in house.said.read_text()


def test_a_child_killed_by_force_comes_back_and_the_desk_works_again(house):
    house.open()
    until(lambda: all(map(house.child, NAMES)))
    for name in NAMES:
        before = house.child(name)
        group = [pid for pid in house.alive() if os.getpgid(pid) == before]
        os.kill(before, signal.SIGKILL)
        until(partial(is_another, house, name, before))
        assert [pid for pid in group if pid in house.alive()] == [], "its own children outlived it"
        assert f"{name} ended with -9; starts again in 0.5 s." in house.said.read_text()
    until(lambda: house.answer("/health/live") == 200)
    assert house.end(signal.SIGTERM) < 5


def test_the_supervisor_killed_by_force_leaves_nothing(house):
    house.open()
    until(lambda: all(map(house.child, NAMES)))
    assert len(house.alive()) >= len(NAMES) + 2  # the supervisor and its guard
    assert house.end(signal.SIGKILL) < 6


def test_make_killed_by_force_leaves_nothing_either(prepared, tmp_path):
    folder = tmp_path / "var"
    shutil.copytree(prepared, folder)
    house = OwnHouse(folder, ("make", "run", f"PYTHON={sys.executable}", f"VENV={sys.prefix}"))
    try:
        house.open()
        assert house.end(signal.SIGKILL) < 6
    finally:
        house.clear()


def test_a_redis_port_that_is_taken_is_replaced_by_a_free_one(house, prepared, tmp_path):
    house.open()
    folder = tmp_path / "second"
    shutil.copytree(prepared, folder)
    second = OwnHouse(folder, REDIS_PORT=str(house.redis_port))
    try:
        second.open()
        until(lambda: second.answer("/health/sweeper") == 200)
        assert house.end() < 5
        second.end()
    finally:
        second.clear()


def test_a_prepared_house_is_left_alone(prepared):
    call(sys.executable, "manage.py", "make_ready", VAR_DIR=str(prepared), DEMO="0")
    before = {path: path.stat().st_mtime_ns for path in sorted(prepared.rglob("*")) if path.is_file()}
    assert call(sys.executable, "manage.py", "make_ready", VAR_DIR=str(prepared), DEMO="0") == (0, "", "")
    after = {path: path.stat().st_mtime_ns for path in sorted(prepared.rglob("*")) if path.is_file()}
    assert {path.name for path in before if before[path] != after.get(path)} <= {
        "repairdesk.sqlite3-shm",
        "repairdesk.sqlite3-wal",
    }


def test_a_database_that_is_away_is_one_sentence(tmp_path):
    address = "postgres://desk:hidden@127.0.0.1:9/desk"
    code, _, error = call(sys.executable, "manage.py", "make_ready", VAR_DIR=str(tmp_path), DATABASE_URL=address)
    assert code == 1
    assert error.startswith("CommandError: The database is not usable: ")
    assert error.count("\n") == 1
