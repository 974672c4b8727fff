"""The sweep of the clocks and their bells without a broker: once, or in a loop that sleeps until the next deadline."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error

from alerts import ringing
from core import clock

LONGEST_SLEEP = 1.0
SHORTEST_SLEEP = 0.02
ALIVE = (
    "loop-goes-round"  # a file in VAR_DIR, touched by each round that went well: what a container's health is asked by
)
logger = logging.getLogger("repairdesk.sweep")


class Command(BaseCommand):
    help = "Ring every missed deadline once (SOP 5.4). With --loop go on until interrupted; no Redis is needed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--loop", action="store_true", help="go on; sleeps until the next deadline, at most a second"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["loop"]:
            rung = ringing.sweep_safely()
            self.stdout.write(f"{rung}")
            return
        while True:
            time.sleep(self.round())

    def round(self) -> float:
        """One round; gives the seconds until the next. A database that is away ends no loop: it is asked again a second later."""
        try:
            ringing.sweep_safely(by="loop")
            Path(settings.VAR_DIR, ALIVE).touch()
            return self.pause()
        except Error as error:
            logger.warning("sweep.late", extra={"said": type(error).__name__})
            return LONGEST_SLEEP

    def pause(self) -> float:
        """Seconds until the next deadline, within bounds."""
        due = ringing.next_moment()
        left = (due - clock.now()).total_seconds() if due else LONGEST_SLEEP
        return min(max(left, SHORTEST_SLEEP), LONGEST_SLEEP)
