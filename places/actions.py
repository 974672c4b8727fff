"""Loading the catalogue that the product brings along: trades, parts, prices, spare parts."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.db import models, transaction
from simple_history.utils import bulk_create_with_history

from people.models import Trade
from places.models import Component, PriceItem, SparePart

DATA = Path(__file__).resolve().parent / "data"


class Loaded(NamedTuple):
    """How many rows a loading added or put right; all 0 the second time."""

    trades: int
    components: int
    prices: int
    spare_parts: int


@transaction.atomic
def load_catalogue() -> Loaded:
    """Bring trades, parts, price list and spare parts of domain B into the database; a second time changes nothing.

    Parts follow the files, so that a new release can correct a term. What an estate may edit (names of trades, prices,
    spare parts) is only added where it is absent.
    """
    return Loaded(load_trades(), load_components(), load_prices(), load_spare_parts())


def load_trades() -> int:
    """Add the trades that are not there yet."""
    known = set(Trade.objects.values_list("pk", flat=True))
    trades = [
        Trade(code=row["code"], name=row["name"], order=order, outside=bool(row["outside"]), licence=row["licence"])
        for order, row in enumerate(rows("trades"), 1)
        if row["code"] not in known
    ]
    return len(Trade.objects.bulk_create(trades))


def load_components() -> int:
    """Add the parts that are absent and put right those that differ from the file."""
    there = {part.pk: part for part in Component.objects.all()}
    wanted = [component(order, row) for order, row in enumerate(rows("components"), 1)]
    columns = [field.attname for field in Component._meta.concrete_fields if not field.primary_key]
    changed = [part for part in wanted if part.pk in there and differs(part, there[part.pk], columns)]
    Component.objects.bulk_update(
        changed, [field.name for field in Component._meta.concrete_fields if not field.primary_key]
    )
    new = Component.objects.bulk_create(part for part in wanted if part.pk not in there)
    return len(new) + len(changed)


def component(order: int, row: dict[str, str]) -> Component:
    """One line of components.csv; phrases are parted by |."""
    part = Component(
        code=row["code"],
        name=row["name"],
        place=row["place"],
        trade_id=row["trade"],
        term=row["term"],
        length=int(row["length"] or 0),
        basis=row["basis"],
        category=row["category"],
        other_when=row["other_when"],
        other_term=row["other_term"] or Component.Term.NONE,
        other_length=int(row["other_length"] or 0),
        other_basis=row["other_basis"],
        urgent_when=row["urgent_when"],
        always_urgent=bool(row["always_urgent"]),
        phrases=row["phrases"].split("|"),
        order=order,
    )
    part.fill_search()
    return part


def load_prices() -> int:
    """Add the lines of the price list whose code no general price has yet."""
    known = set(PriceItem.objects.filter(community=None).values_list("code", flat=True))
    items = [
        PriceItem(
            code=row["code"],
            name=row["name"],
            unit=row["unit"],
            price=Decimal(row["price"]),
            trade_id=row["trade"] or None,
        )
        for row in rows("prices")
        if row["code"] not in known
    ]
    return add(PriceItem, items)


def load_spare_parts() -> int:
    """Add the spare parts that are not there yet."""
    known = set(SparePart.objects.values_list("name", "spec", "model"))
    parts = [
        SparePart(name=row["name"], spec=row["spec"], model=row["model"], unit=row["unit"], price=Decimal(row["price"]))
        for row in rows("spare_parts")
        if (row["name"], row["spec"], row["model"]) not in known
    ]
    return add(SparePart, parts)


def add(kind: type[PriceItem] | type[SparePart], items: list[PriceItem] | list[SparePart]) -> int:
    """Save new rows at once, each with its first line of history."""
    for item in items:
        item.fill_search()
    if items:
        bulk_create_with_history(items, kind)
    return len(items)


def differs(one: models.Model, other: models.Model, columns: Iterable[str]) -> bool:
    return any(getattr(one, column) != getattr(other, column) for column in columns)


def rows(name: str) -> list[dict[str, str]]:
    """The lines of a data file, by column."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
