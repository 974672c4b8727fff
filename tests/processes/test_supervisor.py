"""The supervisor on its own, with small commands in place of the house's."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.processes.house import until
from tests.shell import BASE_DIR, fresh

SCRIPT = """
import sys, pathlib, run
commands = eval(sys.argv[1])
run.serve(run.House(commands, pathlib.Path(sys.argv[2])), lambda: True, lambda: "open")
"""
DEAF = "trap '' TERM; echo $$; sleep 300 & echo $!; while true; do sleep 300; done"


def supervise(commands: dict[str, tuple[str, ...]], folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, repr(commands), folder], cwd=BASE_DIR, env=fresh(), stdout=subprocess.PIPE, text=True
    )  # fmt: skip


def numbers(folder: Path, name: str, count: int) -> list[int]:
    """The process numbers a child wrote into its log."""
    log = folder / f"{name}.log"
    until(lambda: log.exists() and len(log.read_text().split()) >= count)
    return [int(word) for word in log.read_text().split()]


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_child_that_keeps_dying_waits_twice_as_long_each_time(tmp_path):
    house = supervise({"brief": ("false",)}, tmp_path)
    until((tmp_path / "brief.log").exists)
    time.sleep(4)
    house.send_signal(signal.SIGINT)
    said, _ = house.communicate(timeout=10)
    waits = [line.split("starts again in ")[1].split(" s.")[0] for line in said.splitlines() if "starts again" in line]
    assert waits == ["0.5", "1", "2", "4"]


def test_a_child_deaf_to_the_signal_is_killed_with_its_own_children_within_five_seconds(tmp_path):
    house = supervise({"deaf": ("bash", "-c", DEAF)}, tmp_path)
    pids = numbers(tmp_path, "deaf", 2)
    begun = time.monotonic()
    house.send_signal(signal.SIGINT)
    said, _ = house.communicate(timeout=10)
    assert time.monotonic() - begun < 5
    assert [pid for pid in pids if runs(pid)] == []
    assert said.splitlines()[-2:] == ["Closing.", "deaf had to be killed."]


def test_asked_a_second_time_it_does_not_wait(tmp_path):
    house = supervise({"deaf": ("bash", "-c", DEAF)}, tmp_path)
    pids = numbers(tmp_path, "deaf", 2)
    house.send_signal(signal.SIGINT)
    time.sleep(0.5)
    begun = time.monotonic()
    house.send_signal(signal.SIGINT)
    house.communicate(timeout=10)
    assert time.monotonic() - begun < 1
    assert [pid for pid in pids if runs(pid)] == []


def test_deaf_children_of_a_killed_supervisor_are_killed_by_the_guard(tmp_path):
    house = supervise({"deaf": ("bash", "-c", DEAF)}, tmp_path)
    pids = numbers(tmp_path, "deaf", 2)
    house.kill()
    house.communicate(timeout=10)  # ends when the guard has closed the output too
    until(lambda: not any(map(runs, pids)), 1)


def test_the_death_signal_alone_ends_a_child_when_the_guard_is_dead_too(tmp_path):
    house = supervise({"calm": ("bash", "-c", "echo $$; sleep 300")}, tmp_path)
    (calm,) = numbers(tmp_path, "calm", 1)
    children = Path(f"/proc/{house.pid}/task/{house.pid}/children").read_text().split()
    (guard,) = [int(pid) for pid in children if int(pid) != calm]
    os.kill(guard, signal.SIGKILL)
    house.kill()
    house.communicate(timeout=10)
    until(lambda: not runs(calm), 5)


def test_children_are_asked_to_end_in_the_reverse_order_of_their_start(tmp_path):
    order = tmp_path / "order.txt"
    speak = "trap 'echo {0} >> {1}; exit' TERM; echo $$; while true; do sleep 0.01; done"
    names = ["redis", "web", "beat"]
    house = supervise({name: ("bash", "-c", speak.format(name, order)) for name in names}, tmp_path)
    for name in names:
        numbers(tmp_path, name, 1)
    house.send_signal(signal.SIGTERM)
    house.communicate(timeout=10)
    assert sorted(order.read_text().split()[:2]) == ["beat", "web"]
    assert order.read_text().split()[2:] == ["redis"]


def test_an_errand_begins_after_the_greeting_and_runs_once(tmp_path):
    script = SCRIPT.replace("pathlib.Path(sys.argv[2]))", "pathlib.Path(sys.argv[2]), ('echo', 'done'))")
    house = subprocess.Popen(
        [sys.executable, "-c", script, repr({"calm": ("sleep", "300")}), tmp_path],
        cwd=BASE_DIR,
        env=fresh(),
        stdout=subprocess.PIPE,
        text=True,
    )
    until((tmp_path / "errand.log").exists)
    time.sleep(1.5)
    house.send_signal(signal.SIGINT)
    said, _ = house.communicate(timeout=10)
    assert (said, (tmp_path / "errand.log").read_text()) == ("open\nClosing.\n", "done\n")


def test_a_log_is_emptied_when_it_grows_and_its_past_is_kept_once(tmp_path, monkeypatch):
    import run

    monkeypatch.setattr(run, "LARGEST_LOG", 10)
    child = run.Child("web", ("true",), tmp_path / "web.log")
    child.log.write_text("eleven char")
    child.trim_log()
    assert (child.log.read_text(), (tmp_path / "web.log.1").read_text()) == ("", "eleven char")
