"""A house of its own for a test: run.py or make run in a temporary folder, and every process of it found by its environment."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from run import free_port
from tests.shell import BASE_DIR, fresh


def until(true: Callable[[], object], seconds: float = 30.0) -> float:
    """Wait until it is true; gives the seconds it took, fails when it never was."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, f"not within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - begun


class OwnHouse:
    """Starts it, sees its processes, asks its pages."""

    def __init__(self, folder: Path, command: tuple[str, ...] = (sys.executable, "run.py"), **variables: str) -> None:
        self.folder, self.port, self.redis_port = folder, free_port(0), free_port(0)
        given = {
            "VAR_DIR": str(folder),
            "PORT": str(self.port),
            "REDIS_PORT": str(self.redis_port),
            "DEMO": "0",
            **variables,
        }
        self.said = folder / "said.txt"
        with self.said.open("wb") as out:
            self.process = subprocess.Popen(
                command, cwd=BASE_DIR, env=fresh(**given), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )  # fmt: skip

    def alive(self) -> dict[int, str]:
        """Every process of this house, whoever its parent is by now: number and command line."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                ours = f"VAR_DIR={self.folder}".encode() in (entry / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            # Redis writes its title over its environment.
            if words and (ours or f"redis-server 127.0.0.1:{self.redis_port}" in words):
                found[int(entry.name)] = words
        return found

    def child(self, name: str) -> int:
        """The number of the child of that name, 0 while there is none: the oldest process of its kind below run.py."""
        signs = {
            "web": "gunicorn",
            "worker": "worker@",
            "clocks": "clocks@",
            "beat": " beat ",
            "loop": "escalate --loop",
            "redis": "redis-server",
        }
        found = [pid for pid, words in self.alive().items() if signs[name] in words and os.getpgid(pid) == pid]
        return min(found, default=0)

    def answer(self, path: str) -> int:
        """The status of a page, 0 where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as page:
                return int(page.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def open(self, within: float = 60) -> float:
        """Wait for the greeting; gives the seconds it names."""
        until(lambda: "Ready after" in self.said.read_text(), within)
        took = re.search(r"Ready after ([\d.]+) s", self.said.read_text())
        assert took
        return float(took[1])

    def end(self, number: signal.Signals = signal.SIGINT) -> float:
        """Signal the supervisor; gives the seconds until no process is left."""
        self.process.send_signal(number)
        return self.gone()

    def gone(self) -> float:
        begun = time.monotonic()
        self.process.wait(20)
        until(lambda: not self.alive(), 20)
        return time.monotonic() - begun

    def clear(self) -> None:
        """Whatever a failed test left."""
        for pid in self.alive():
            os.kill(pid, signal.SIGKILL)
        self.process.wait(20)
