"""From `make run` to the open desk, cold and warm, and from Ctrl-C to nothing left."""

import os
import signal
import sys
import tempfile
from pathlib import Path

from bench import Figure
from tests.processes.house import OwnHouse

COLD, WARM, DARK = 120.0, 8.0, 5.0


def run(full: bool = False) -> list[Figure]:
    """Cold: no virtual environment, no database, the demonstration estate is built. Warm: the same again."""
    base = os.environ.get("PYTHON") or getattr(sys, "_base_executable", sys.executable)
    with tempfile.TemporaryDirectory() as place:
        command = ("make", "run", f"PYTHON={base}", f"VENV={place}/venv", "DEMO=1")
        cold, _ = once(Path(place), command)
        warm, dark = once(Path(place), command)
    return [
        Figure("start", "make run, cold", cold, "s", COLD, cold <= COLD),
        Figure("start", "make run, warm", warm, "s", WARM, warm <= WARM),
        Figure("start", "Ctrl-C to nothing left", dark, "s", DARK, dark <= DARK),
    ]


def once(place: Path, command: tuple[str, ...]) -> tuple[float, float]:
    """Seconds until it greets, seconds until it is gone."""
    folder = place / "var"
    folder.mkdir(exist_ok=True)
    house = OwnHouse(folder, command, DEMO="1")
    try:
        opened = house.open(within=300)
        os.killpg(house.process.pid, signal.SIGINT)  # a terminal's Ctrl-C reaches make and run.py
        return opened, house.gone()
    finally:
        house.clear()
