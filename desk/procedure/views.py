"""/procedure/: each clause with its code, its tests, this month's figure and the cases behind it; the life of each record."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core import clock
from desk.procedure.clauses import CLAUSES, Clause
from desk.procedure.figures import Figure, cases, counted, figures, is_broken, is_kept, judged, promises
from desk.procedure.lives import lives
from desk.roles import READERS, SUPERVISORS, only_for, person
from reports.figures import Result
from reports.months import Month

CARRIED = Path(__file__).parent / "carried.csv"
PAGE = 50


@cache
def carried() -> dict[str, list[str]]:
    """Clause → the tests that carry it, "file sentence", as the map was last written."""
    found: dict[str, list[str]] = {}
    with CARRIED.open(encoding="utf-8", newline="") as file:
        for clause, test in csv.reader(file):
            found.setdefault(clause, []).append(test)
    return found


@dataclass(frozen=True)
class Line:
    """A clause with its figure and its proofs, as the page lists it."""

    clause: Clause
    figure: Figure | None
    tests: list[str]
    results: list[Result]

    @property
    def has_cases(self) -> bool:
        return bool(self.figure and (self.figure.judged or self.figure.cases))


@require_GET
@only_for(*READERS)
def procedure(request: HttpRequest) -> HttpResponse:
    """Every clause, and the lives below."""
    month = Month.of(request.GET.get("month", ""))
    found, results = figures(person(request), month), counted(person(request), month)
    lines = [
        Line(
            clause,
            found.get(clause.number),
            carried().get(clause.number, []),
            [results[code] for code in clause.figures],
        )
        for clause in CLAUSES
    ]
    may_open = person(request).may(*SUPERVISORS)
    context = {"lines": lines, "month": month, "now": clock.now(), "lives": lives(), "may_open": may_open}
    return render(request, "desk/procedure_page.html", context)


@require_GET
@only_for(*READERS)
def procedure_clause(request: HttpRequest, number: str) -> HttpResponse:
    """The promises or the repairs behind a clause's figure; ?show=broken or kept."""
    clause = next((each for each in CLAUSES if each.number == number), None)
    if clause is None:
        raise Http404
    month = Month.of(request.GET.get("month", ""))
    show = request.GET.get("show", "")
    rows = (
        clocks_of(request, clause, month, show)
        if clause.kinds
        else cases(person(request), clause, month).select_related("unit", "area")
    )
    page = Paginator(rows.order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    now = clock.now()
    if clause.kinds:
        page.object_list = [{"row": row, "ticket": row.ticket, "judged": judged(row, now)} for row in page.object_list]
    else:
        page.object_list = [{"ticket": ticket} for ticket in page.object_list]
    figure = figures(person(request), month).get(number)
    context = {
        "clause": clause,
        "page": page,
        "month": month,
        "show": show,
        "figure": figure,
        "now": now,
        "tests": carried().get(number, []),
    }
    return render(request, "desk/procedure_clause_page.html", context)


def clocks_of(request: HttpRequest, clause: Clause, month: Month, show: str) -> Any:
    rows = promises(person(request), clause, month).select_related("ticket__unit", "ticket__area")
    broken = is_broken(clock.now())
    if show == "broken":
        return rows.filter(broken)
    return rows.filter(is_kept()).exclude(broken) if show == "kept" else rows
