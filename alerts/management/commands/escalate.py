"""The sweep of the clocks and their bells without a broker: once, or in a loop that sleeps until the next deadline."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from alerts import ringing
from core import clock

LONGEST_SLEEP = 1.0
SHORTEST_SLEEP = 0.02


class Command(BaseCommand):
    help = "Ring every missed deadline once (SOP 5.4). With --loop go on until interrupted; no Redis is needed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--loop", action="store_true", help="go on; sleeps until the next deadline, at most a second"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            rung = ringing.sweep_safely()
            if rung:
                self.stdout.write(f"{rung}")
            if not options["loop"]:
                return
            time.sleep(self.pause())

    def pause(self) -> float:
        """Seconds until the next deadline, within bounds."""
        due = ringing.next_moment()
        left = (due - clock.now()).total_seconds() if due else LONGEST_SLEEP
        return min(max(left, SHORTEST_SLEEP), LONGEST_SLEEP)
