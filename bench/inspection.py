"""Forty defects of a handover inspection registered at once, against forty plain inserts of the same rows, one after the other."""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import Any

from bench import Figure

LINES, FEW = 40, 4
serial = count(1)


def run(full: bool = False) -> list[Figure]:
    """Both ways in turn in one process on one database; queries counted for 4 and for 40 lines. The drafts are written beforehand."""
    from bench._estate import estate, in_turn, queries_of
    from tests.cast import STROKES
    from tests.sheets import drafted
    from tickets import inspections
    from tickets.models import Ticket

    rounds = 24 if full else 12
    with estate() as cast:
        short = [drafted(cast, FEW, unit=another_dwelling(cast)) for _ in range(2)]
        whole = [drafted(cast, LINES, unit=another_dwelling(cast)) for _ in range(rounds + 4)]

        def register(waiting: list[Any]) -> None:
            inspections.register(waiting.pop(), by=cast.zhou, strokes=STROKES)

        few, many = queries_of(lambda: register(short)), queries_of(lambda: register(whole))
        rows = list(Ticket.objects.order_by("-pk").prefetch_related("callers", "deadlines", "events")[:LINES])
        assert len(rows) == LINES and rows[0].inspection == rows[-1].inspection
        mine, plain, ratio = in_turn(lambda: register(whole), lambda: bare(rows), rounds)
    return [
        Figure("inspection", "40 lines registered, cpu median", mine, "ms", None, True),
        Figure("inspection", "the same rows inserted one by one, cpu median", plain, "ms", None, True),
        Figure("inspection", "registration ÷ plain inserts", ratio, "×", 1.5, ratio <= 1.5),
        Figure("inspection", "queries for 40 lines", many, "", 50, many <= 50),
        Figure("inspection", "queries for 40 lines less those for 4", many - few, "", 10, many - few <= 10),
    ]


def another_dwelling(cast: Any) -> Any:
    """There is one draft a dwelling: each has its own."""
    from places.models import Unit

    like = cast.unit_1201
    unit = Unit(
        entrance=like.entrance, code=f"9{next(serial):03d}", handed_over_on=like.handed_over_on, builder=like.builder
    )
    unit.fill_search([])
    unit.save()
    unit.residents.create(name="李建国", phone="13800001201")
    return unit


def bare(rows: list[Any]) -> None:
    """What a plain view would write for each of them: number, ticket and caller with their history, clocks, an event."""
    from django.db import transaction

    with transaction.atomic():
        for row in rows:
            insert(row)


def insert(row: Any) -> None:
    from papers.models import Series
    from tickets.models import Caller, Deadline, Event, Ticket

    series, _made = Series.objects.select_for_update().get_or_create(community=row.community, kind="BX", month="190001")
    series.last += 1
    series.save()
    values = {
        field.attname: getattr(row, field.attname) for field in Ticket._meta.concrete_fields if not field.primary_key
    }
    ticket = Ticket(**{**values, "number": f"XX-BX-190001-{series.last:05d}"})
    ticket.save()
    for caller in row.callers.all():
        Caller.objects.create(ticket=ticket, name=caller.name, phone=caller.phone, relation=caller.relation)
    for clock in row.deadlines.all():
        Deadline.objects.create(ticket=ticket, kind=clock.kind, started_at=clock.started_at, due_at=clock.due_at)
    for said in row.events.all():
        Event.objects.create(
            ticket=ticket, seq=1, action=said.action, actor_id=said.actor_id, facts=said.facts, at=said.at,
            received_at=dt.datetime.now(dt.UTC), digest=ticket.number,
        )  # fmt: skip
