"""The catalogue that the product brings along, loaded; builders of an estate and who built what, kept."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from django.db import models, transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from core.refusals import Forbidden, Refusal
from people.models import Trade, User
from people.roles import ES, SS
from places.models import Builder, Building, BuiltBy, Community, Component, PriceItem, SparePart

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


# Builders and who built what ------------------------------------------------------

BUILDER_FIELDS = (
    "name", "kind", "contact", "phone", "email", "agreement", "form", "form_urgent",
    "arrive_hours", "arrive_hours_urgent", "finish_days", "renews_term",
)  # fmt: skip


@transaction.atomic
def add_builder(community: Community, *, by: User, facts: Mapping[str, Any]) -> Builder:
    """Enter a builder or contractor of an estate (5.5.2-3). facts: some of BUILDER_FIELDS."""
    _may_keep_builders(community.pk, by)
    if Builder.objects.filter(community=community, name=facts["name"]).exists():
        raise Refusal(_("“%(name)s”已经登记。") % {"name": facts["name"]})
    builder = Builder(community=community, **{name: facts[name] for name in BUILDER_FIELDS if name in facts})
    builder._history_user = by  # type: ignore[attr-defined]
    builder.save()
    return builder


@transaction.atomic
def change_builder(builder: Builder, *, by: User, facts: Mapping[str, Any]) -> Builder:
    """Contact, agreed forms and limits; notices already sent keep the limits they went out with."""
    _may_keep_builders(builder.community_id, by)
    there = Builder.objects.filter(community=builder.community_id, name=facts["name"]).exclude(pk=builder.pk)
    if there.exists():
        raise Refusal(_("“%(name)s”已经登记。") % {"name": facts["name"]})
    for name in BUILDER_FIELDS:
        if name in facts:
            setattr(builder, name, facts[name])
    builder._history_user = by  # type: ignore[attr-defined]
    builder.save()
    return builder


@transaction.atomic
def add_share(
    builder: Builder, *, by: User, building: Building | None = None, component: Component | None = None
) -> BuiltBy:
    """This builder built that part of that building, that part everywhere, or the whole building."""
    _may_keep_builders(builder.community_id, by)
    if building is None and component is None:
        raise Refusal(_("选楼栋或部位，至少一项。"))
    there = BuiltBy.objects.filter(community=builder.community_id, building=building, component=component)
    if row := there.select_related("builder").first():
        raise Refusal(_("这一项已登记为%(builder)s，先删去那一条。") % {"builder": row.builder})
    share = BuiltBy(community_id=builder.community_id, builder=builder, building=building, component=component)
    share._history_user = by  # type: ignore[attr-defined]
    share.save()
    return share


@transaction.atomic
def drop_share(share: BuiltBy, *, by: User) -> None:
    """It was not this builder; the history keeps that it stood there."""
    _may_keep_builders(share.community_id, by)
    share._history_user = by  # type: ignore[attr-defined]
    share.delete()


def _may_keep_builders(community: int, by: User) -> None:
    if not by.may(SS, ES, within=community):
        raise Forbidden("change_builder", (SS, ES))
