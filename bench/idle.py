"""What the whole house takes while nobody does anything: every process of it together, as a share of one core."""

from __future__ import annotations

import time

from bench import Figure

SETTLE, LOOK, LOOK_FULL = 8, 30, 300  # seconds


def run(full: bool = False) -> list[Figure]:
    """Processor time of all processes over a stretch of wall time, with clocks going round and no page open."""
    from bench._estate import estate, open_repairs
    from bench._house import opened, spent

    with estate() as cast, opened() as house:
        open_repairs(cast, 20)
        time.sleep(SETTLE)
        begun, before = time.monotonic(), spent(house)
        time.sleep(LOOK_FULL if full else LOOK)
        share = (spent(house) - before) / (time.monotonic() - begun) * 100
    return [Figure("idle", "all processes together, share of one core", share, "%", 5, share <= 5)]
