"""What a line of a sheet still lacks, what is computed beside it, and what the sheet says in one sentence."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from places.builders import builders_of
from places.models import Builder, Component, Unit, WarrantyTerm
from places.warranty import Verdict, verdict
from tickets.inspections.parts import Parts
from tickets.models import Inspection, InspectionLine, Ticket

LONGEST_FAULT = 180
SHORTEST_FAULT = 2


class Problem(NamedTuple):
    """Why a line cannot be registered: the cell and its sentence."""

    cell: str
    sentence: str


def problems_of(line: InspectionLine, parts: Parts) -> list[Problem]:
    """Everything that is wrong with one line at once; none for a blank one."""
    if line.is_blank:
        return []
    found = []
    if not line.room:
        found.append(Problem("room", _("选部位")))
    if not line.component_id:
        found.append(Problem("component", parts.written(line.component_text)[1]))
    if not line.fault:
        found.append(Problem("fault", _("写问题")))
    elif len(line.fault) < SHORTEST_FAULT:
        found.append(Problem("fault", _("问题至少 %(n)s 个字") % {"n": SHORTEST_FAULT}))
    elif len(line.fault) > LONGEST_FAULT:
        facts = {"most": LONGEST_FAULT, "n": len(line.fault)}
        found.append(Problem("fault", _("问题最多 %(most)s 个字，现有 %(n)s 个") % facts))
    return found


def lacking(cell: str, n: int) -> str:
    """3 项缺部件."""
    words = {
        "room": ngettext("%(n)s 项缺部位", "%(n)s 项缺部位", n),
        "component": ngettext("%(n)s 项缺部件", "%(n)s 项缺部件", n),
        "fault": ngettext("%(n)s 项问题要改", "%(n)s 项问题要改", n),
    }
    return words[cell] % {"n": n}


def summary(lines: Sequence[InspectionLine], parts: Parts) -> str:
    """40 项，3 项缺部件."""
    counted = Counter(problem.cell for line in lines for problem in problems_of(line, parts))
    n = sum(not line.is_blank for line in lines)
    whole = ngettext("%(n)s 项", "%(n)s 项", n) % {"n": n}
    return _("，").join(
        [whole, *(lacking(cell, counted[cell]) for cell in ("room", "component", "fault") if counted[cell])]
    )


def verdicts(unit: Unit, parts: Iterable[Component], on: dt.date) -> dict[str, Verdict]:
    """The warranty of these parts of a dwelling by code. One query for all agreements."""
    parts = list(parts)
    terms: dict[str, list[WarrantyTerm]] = defaultdict(list)
    rows = WarrantyTerm.objects.filter(
        Q(builder=None) | Q(builder=unit.builder_id), community=unit.community, component__in=parts
    )
    for row in rows.order_by("pk"):
        terms[row.component_id].append(row)
    return {part.pk: verdict(unit, part, on, terms[part.pk]) for part in parts}


class BuilderLines(NamedTuple):
    """What one builder is to be told of an inspection: its repairs in the order of the sheet. builder None: nobody is known."""

    builder: Builder | None
    tickets: list[Ticket]


ENDED = ("cancelled", "declined", "merged", "closed")


def lines_by_builder(inspection: Inspection) -> list[BuilderLines]:
    """The warranty repairs of a registered inspection that are still to be done, grouped into one notice a builder (5.5.2-3, E.2)."""
    rows = inspection.tickets.exclude(state__in=ENDED).select_related("component", "inspection_line")
    due = [row for row in rows.order_by("inspection_line__number") if row.stands == "warranty_home"]
    who = builders_of(inspection.unit, [row.component for row in due])
    groups: dict[int, BuilderLines] = {}
    for row in due:
        builder = who[row.component_id]
        groups.setdefault(builder.pk if builder else 0, BuilderLines(builder, [])).tickets.append(row)
    return list(groups.values())
