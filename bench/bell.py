"""From a deadline's moment to the committed event, seen from outside, with ten thousand clocks open and a print process at full load beside."""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
import statistics
import time
from typing import Any

from bench import Figure

OPEN, DUE, WITHIN = 10_000, 1000, 60.0  # promises, promises, seconds
LOOK = 0.01  # seconds between two looks at the events
BOUNDS = {"beat": (0.7, 1.5), "loop": (0.1, 1.5)}  # seconds: median, 99 of 100


def run(full: bool = False) -> list[Figure]:
    """First beat alone, a tick each second, then the loop alone, which sleeps until the next deadline."""
    from bench._estate import estate
    from bench._house import busy_printing, opened, without

    figures = []
    with estate() as cast, opened() as house, busy_printing():
        tickets = [cast.notified() for _ in range(20)]
        promise(tickets, OPEN, dt.timedelta(days=2), dt.timedelta(days=30))
        for alone, other in (("beat", "loop"), ("loop", "beat")):
            with without(house, other):
                late = sorted(delays(tickets))
            figures += [
                Figure("bell", f"{alone} alone: due to committed event, p{share}", value, "s", bound, value <= bound)
                for share, bound in zip((50, 99), BOUNDS[alone], strict=True)
                for value in (late[len(late) * share // 100],)
            ]
            figures.append(Figure("bell", f"{alone} alone: mean", statistics.fmean(late), "s", None, True))
    return figures


def promise(tickets: list[Any], n: int, first: dt.timedelta, last: dt.timedelta) -> dict[int, dt.datetime]:
    """n promises due at random between two moments from now; waits until a sweeper has planned their bells. Gives id and due time."""
    from core import clock
    from tickets.models import Deadline

    now, chance = clock.now(), random.Random(5)
    spread = (last - first).total_seconds()
    dues = [now + first + dt.timedelta(seconds=chance.random() * spread) for _ in range(n)]
    rows = [Deadline(ticket=tickets[n % len(tickets)], kind="step", ref=f"{now:%H%M%S}-{n}", started_at=now, due_at=due) for n, due in enumerate(dues)]  # fmt: skip
    for begin in range(0, n, 500):
        Deadline.objects.bulk_create(rows[begin : begin + 500])
    while Deadline.objects.open().filter(bells=None).exists():
        time.sleep(0.2)
    return {row.pk: row.due_at for row in rows}


def delays(tickets: list[Any]) -> list[float]:
    """Seconds of each promise from its moment until another connection sees the event."""
    from tickets.models import Event

    wait = dt.timedelta(seconds=8)
    dues = promise(tickets, DUE, wait, wait + dt.timedelta(seconds=WITHIN))
    last = Event.objects.latest("pk").pk
    found: dict[int, float] = {}
    until = time.time() + WITHIN + 30
    with looking() as connection:
        while len(found) < DUE and time.time() < until:
            rows = connection.execute(
                "SELECT id, CAST(facts->>'deadline' AS integer) FROM tickets_event WHERE id > ? AND action = 'deadline_missed'",
                [last],
            ).fetchall()
            seen = time.time()
            for pk, deadline in rows:
                last = max(last, pk)
                if deadline in dues:
                    assert deadline not in found, f"{deadline} rang twice"
                    found[deadline] = seen - dues[deadline].timestamp()
            time.sleep(LOOK)
    assert len(found) == DUE, f"{len(found)} of {DUE} rang"
    return list(found.values())


def looking() -> Any:
    """A connection of its own that only reads."""
    from contextlib import closing

    from django.db import connection

    return closing(sqlite3.connect(f"file:{connection.settings_dict['NAME']}?mode=ro", uri=True))
