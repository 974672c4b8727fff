"""The house as make run starts it, for benches: real web server, Redis, workers, beat and loop on the database of this run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from run import BASE_DIR
from tests.processes.house import OwnHouse, until

TICK = os.sysconf("SC_CLK_TCK")
PRINTING = """
from bench.slip import slip
from workorders.printing import dispatch_order
n = 0
while True:
    dispatch_order(slip(n)); n += 1
"""


@contextmanager
def opened() -> Iterator[OwnHouse]:
    """The house beside this process, on the same folder and database, once its clocks go round."""
    folder = Path(os.environ["VAR_DIR"])
    subprocess.run([sys.executable, "manage.py", "make_ready"], cwd=BASE_DIR, env=os.environ | {"DEMO": "0"}, stdout=subprocess.DEVNULL, check=True)  # fmt: skip
    house = OwnHouse(
        folder,
        (sys.executable, "run.py"),
        **{name: os.environ[name] for name in ("DATABASE_URL", "SECRET_KEY", "LOG_LEVEL")},
    )
    try:
        house.open()
        until(lambda: house.answer("/health/sweeper") == 200)
        yield house
    finally:
        if house.process.poll() is None:
            house.process.send_signal(signal.SIGINT)
        house.clear()


@contextmanager
def without(house: OwnHouse, *names: str) -> Iterator[None]:
    """Some of its children frozen."""
    groups = [house.child(name) for name in names]
    for pid in groups:
        os.killpg(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in groups:
            os.killpg(pid, signal.SIGCONT)


@contextmanager
def busy_printing() -> Iterator[None]:
    """A process beside that prints three-copy slips without a pause."""
    with tempfile.TemporaryFile() as said:
        code = f"import django; django.setup(){PRINTING}"
        process = subprocess.Popen([sys.executable, "-c", code], cwd=BASE_DIR, stdout=said, stderr=said)
        try:
            yield
            assert process.poll() is None, "the print process died"
        finally:
            process.kill()
            process.wait()


def spent(house: OwnHouse) -> float:
    """Processor seconds that all processes of the house have used; those of the past included, where somebody waited for them."""
    total = 0.0
    for pid in house.alive():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(each) for each in fields[11:15]) / TICK
    return total
