"""Kept and broken promises of a month, clause by clause, and the repairs behind the figure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Count, F, Q, QuerySet

from core import clock
from desk.procedure.clauses import CLAUSES, Clause
from desk.queries import promised_here
from people.models import User
from reports.figures import BY_CODE, Result, result
from reports.months import Month
from reports.reading import read
from tickets.models import Deadline, Ticket
from tickets.states import Urgency


def counted(user: User, month: Month) -> dict[str, Result]:
    """The figures that clauses name, by code: final at the month's cut-off, live until then (C.0)."""
    records = read(user.communities, month, min(clock.now(), month.cut_off()))
    codes = [code for clause in CLAUSES for code in clause.figures]
    return {code: result(BY_CODE[code], records) for code in codes}


def is_kept() -> Q:
    return Q(met_at__lte=F("due_at"))


def is_broken(now: dt.datetime) -> Q:
    """Met late, never met and due, ended after it was due, or an arrival that we moved ourselves (lives.md §1)."""
    late = Q(met_at__gt=F("due_at")) | Q(met_at=None, cancelled_at__gt=F("due_at"))
    return late | Q(met_at=None, cancelled_at=None, due_at__lt=now) | Q(kind="arrive", cancelled_because="us")


def promises(user: User, clause: Clause, month: Month) -> QuerySet[Deadline]:
    """The clocks of a clause that fell due in that month."""
    rows = Deadline.objects.filter(month.within("due_at"), promised_here(user), kind__in=clause.kinds)
    if clause.urgent:
        rows = rows.filter(ticket__urgency=Urgency.URGENT)
    return rows


def cases(user: User, clause: Clause, month: Month) -> QuerySet[Any]:
    """The repairs reported in that month to which a clause without a clock applied."""
    rows = Ticket.objects.visible_to(user).filter(month.within("reported_at"), clause.cases or Q())
    return cast(QuerySet[Any], rows.distinct())


@dataclass(frozen=True)
class Figure:
    """Of a clause in a month: promises kept and broken, or the number of cases; None where nothing is counted."""

    kept: int = 0
    broken: int = 0
    cases: int | None = None

    @property
    def judged(self) -> int:
        return self.kept + self.broken

    @property
    def rate(self) -> str:
        """96.3 %, half up; — where nothing was judged (C.0)."""
        if not self.judged:
            return "—"
        tenths = (self.kept * 2000 + self.judged) // (2 * self.judged)
        return f"{tenths // 10}.{tenths % 10} %"


def figures(user: User, month: Month) -> dict[str, Figure]:
    """Clause number → its figure: one query for all clocks, one for all cases."""
    now = clock.now()
    found: dict[str, Figure] = {}
    clocked = [clause for clause in CLAUSES if clause.kinds]
    rows = promises(user, Clause("", "", kinds=tuple({kind for clause in clocked for kind in clause.kinds})), month)
    counted = rows.values("kind", "ticket__urgency").annotate(
        kept=Count("pk", filter=is_kept() & ~is_broken(now)), broken=Count("pk", filter=is_broken(now))
    )
    by_kind = list(counted.order_by())
    for clause in clocked:
        mine = [
            row
            for row in by_kind
            if row["kind"] in clause.kinds and (row["ticket__urgency"] == "urgent" or not clause.urgent)
        ]
        found[clause.number] = Figure(sum(row["kept"] for row in mine), sum(row["broken"] for row in mine))
    uncounted = [clause for clause in CLAUSES if clause.cases is not None and not clause.kinds]
    tickets = Ticket.objects.visible_to(user).filter(month.within("reported_at"))
    totals = tickets.aggregate(
        **{
            f"n{at}": Count("pk", distinct=True, filter=clause.cases or Q(pk__gt=0))
            for at, clause in enumerate(uncounted)
        }
    )
    return found | {clause.number: Figure(cases=totals[f"n{at}"]) for at, clause in enumerate(uncounted)}


def judged(row: Deadline, now: dt.datetime) -> str:
    """kept, broken, or empty while it is not decided: as the figure counts it."""
    if row.kind == "arrive" and row.cancelled_because == "us":
        return "broken"
    ended = row.met_at or row.cancelled_at or now
    if ended > row.due_at:
        return "broken"
    return "kept" if row.met_at else ""
