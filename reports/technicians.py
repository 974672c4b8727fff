"""人均: the same figures by the technician who finished (C.2)."""

from __future__ import annotations

from dataclasses import dataclass

from people.models import User
from reports.cases import Records
from reports.counting import Counted
from reports.figures import Figure, Result

SHOWN = ("arrival", "routine", "urgent", "overnight", "rework", "satisfaction")


@dataclass(frozen=True)
class Share:
    """One technician's part: repairs accepted in the month that he finished, and each figure of his."""

    name: str
    accepted: int
    pairs: list[tuple[Figure, Counted]]


def shares(records: Records, found: list[Result]) -> list[Share]:
    """Who finished at least one repair of any figure shown, the busiest first. One query."""
    chosen = [(result.figure, result.counted) for result in found if result.figure.code in SHOWN]
    finished: dict[int, int] = {}
    for case in records.accepted:
        if case.finisher:
            finished[case.finisher] = finished.get(case.finisher, 0) + 1
    people = {item.by for _figure, counted in chosen for item in (*counted.hits, *counted.misses) if item.by} | set(
        finished
    )
    names = dict(User.objects.filter(pk__in=people).values_list("pk", "name"))
    rows = [
        Share(names[pk], finished.get(pk, 0), [(figure, counted.only(pk)) for figure, counted in chosen])
        for pk in people
    ]
    return sorted(rows, key=lambda row: (-row.accepted, row.name))
