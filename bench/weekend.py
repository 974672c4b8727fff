"""A handover weekend: 300 inspections of 12 lines each registered in a row; the desk's pages must not feel them."""

from __future__ import annotations

import statistics
import time
from functools import partial
from typing import Any

from bench import Figure

SINGLE, FEW, SHEETS, LINES = 40, 60, 300, 12
PAGES = {"board": "/board/", "pulse": "/pulse/?since={last}", "inspections": "/inspections/", "register": "/tickets/"}


def run(full: bool = False) -> list[Figure]:
    """The pages with sixty inspections and with all of them, the last third told to engineering."""
    from bench._estate import client_of, estate, open_repairs
    from bench.inspection import another_dwelling
    from tests.cast import STROKES
    from tests.sheets import drafted
    from tickets import inspections, sla

    sheets = 800 if full else SHEETS
    with estate() as cast:
        client = client_of(cast.zhou)
        open_repairs(cast, SINGLE)
        drafts = [drafted(cast, LINES, unit=another_dwelling(cast)) for _ in range(sheets + FEW)]
        for draft in drafts[:FEW]:
            inspections.register(draft, by=cast.zhou, strokes=STROKES)
        few = looked(client)
        begun = time.process_time()
        for draft in drafts[FEW:]:
            inspections.register(draft, by=cast.zhou, strokes=STROKES)
        each = (time.process_time() - begun) / sheets * 1000
        notice = told(cast, drafts[-sheets // 3 :])
        sla.escalate_missed()
        many = looked(client)
    return [
        Figure("weekend", f"{sheets} inspections of {LINES} lines, cpu each", each, "ms", 120, each <= 120),
        Figure("weekend", "registered a minute on one core", 60_000 / each, "", 30, 60_000 / each >= 30),
        Figure("weekend", "batch notice of 12 lines, cpu each", notice, "ms", 120, notice <= 120),
        *(figure for name in PAGES for figure in compared(name, few[name], many[name])),
    ]


def told(cast: Any, drafts: list[Any]) -> float:
    from tickets import inspections

    begun = time.process_time()
    for inspection in drafts:
        inspections.batch_notify(inspection, by=cast.zhou, to=cast.shen)
    return (time.process_time() - begun) / len(drafts) * 1000


def looked(client: Any) -> dict[str, tuple[float, int]]:
    """Median processor milliseconds and queries of each page."""
    from bench._estate import queries_of, taken
    from tickets.models import Event

    last = Event.objects.order_by("-pk").values_list("pk", flat=True)[0]
    found = {}
    for name, address in PAGES.items():
        url = address.format(last=max(0, last - 40))
        ask = partial(client.get, url)
        ask()  # what is asked once a minute
        n = queries_of(ask)
        found[name] = statistics.median(taken(ask) for _ in range(12)), n
    return found


def compared(name: str, few: tuple[float, int], many: tuple[float, int]) -> list[Figure]:
    """A page with sixty inspections beside the same page with all of them."""
    ratio = many[0] / few[0]
    return [
        Figure("weekend", f"{name}, cpu with 60 inspections", few[0], "ms", None, True),
        Figure("weekend", f"{name}, cpu with all", many[0], "ms", None, True),
        Figure("weekend", f"{name}, all ÷ 60", ratio, "×", 2, ratio <= 2),
        Figure(
            "weekend",
            f"{name}, queries with all less those with 60",
            many[1] - few[1],
            "",
            0,
            many[1] == few[1],
        ),
    ]
