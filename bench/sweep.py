"""A round of the clocks when nothing is due, over very many promises long past; and a thousand that break at once."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from typing import Any

from bench import Figure

PAST, PAST_FULL, BROKEN, TICKETS = 200_000, 2_000_000, 1000, 50
SERIES = """
INSERT INTO tickets_deadline (ticket_id, kind, ref, started_at, due_at, met_at, cancelled_because)
WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < %s)
SELECT %s + n %% %s, 'step', 'past', %s, strftime('%%Y-%%m-%%d %%H:%%M:%%S', %s, '-' || (n %% 9000000) || ' seconds'), %s, '' FROM series
"""


def run(full: bool = False) -> list[Figure]:
    """In one database: the round against reading one row by its index, in turn."""
    from alerts import ringing
    from bench._estate import estate, in_turn
    from core import clock
    from tickets.models import Deadline, Pulse

    past = PAST_FULL if full else PAST
    with estate() as cast:
        tickets = [cast.notified() for _ in range(TICKETS)]
        long_past(past, tickets, clock.now())
        ringing.sweep()
        assert Deadline.objects.count() >= past
        ours, plain, ratio = in_turn(ringing.sweep, lambda: Pulse.objects.get(name="sweep"), 200)
        took = broken_at_once(tickets)
    return [
        Figure("sweep", f"idle round over {past:,} past promises, cpu median", ours, "ms", None, True),
        Figure("sweep", "one row read by its index, cpu median", plain, "ms", None, True),
        Figure("sweep", "idle round ÷ one row", ratio, "×", 3, ratio <= 3),
        Figure("sweep", f"{BROKEN} broken at once, until all have rung", took, "s", 3, took <= 3),
    ]


def long_past(n: int, tickets: list[Any], now: dt.datetime) -> None:
    """Kept promises of years gone by, spread over the tickets. They were not all kept in time."""
    from django.db import connection

    at = (now - dt.timedelta(days=30)).astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
    begun = (now - dt.timedelta(days=400)).astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
    first = min(ticket.pk for ticket in tickets)
    with connection.cursor() as cursor:
        cursor.execute(SERIES, [n, first, len(tickets), begun, at, at])
        cursor.execute("ANALYZE")


def broken_at_once(tickets: list[Any]) -> float:
    """Seconds from the first look to the last bell."""
    from alerts import ringing
    from alerts.models import Bell
    from core import clock
    from tickets.models import Deadline

    now = clock.now()
    Deadline.objects.bulk_create(
        Deadline(ticket=tickets[n % len(tickets)], kind="step", ref=str(n), started_at=now - dt.timedelta(hours=2), due_at=now - dt.timedelta(seconds=n % 60 + 1))
        for n in range(BROKEN)
    )  # fmt: skip
    begun = time.perf_counter()
    rounds = []
    while Deadline.objects.missed(now).exists() or Bell.objects.waiting().filter(planned_at__lt=now).exists():
        rounds.append(ringing.sweep(now))
    assert sum(rounds) == BROKEN, statistics.fmean(rounds)
    return time.perf_counter() - begun
