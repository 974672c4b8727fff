"""Which builder answers for a part of a place, and by when (5.5.2-3, A.8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from places.models import Builder, BuiltBy, Community, Component, PublicArea, Unit


def builder_of(place: Unit | PublicArea, component: Component) -> Builder | None:
    """The original builder: of that part in that building, of that part everywhere, of the dwelling, of the building."""
    return Division.of(place.community).builder_of(place, component)


def builders_of(place: Unit | PublicArea, components: Iterable[Component]) -> dict[str, Builder | None]:
    """The original builder of each of these parts of one place, by code. One query for all."""
    division = Division.of(place.community)
    return {component.pk: division.builder_of(place, component) for component in components}


@dataclass
class Division:
    """Who built what in an estate 原施工单位分工, read once for many repairs."""

    shares: dict[tuple[int | None, str | None], Builder]
    neighbours: dict[int, Builder | None] = field(default_factory=dict)

    @classmethod
    def of(cls, community: Community | int) -> Self:
        """One query."""
        rows = BuiltBy.objects.filter(community=community).select_related("builder")
        return cls({(row.building_id, row.component_id): row.builder for row in rows})

    def builder_of(self, place: Unit | PublicArea, component: Component) -> Builder | None:
        """As the function of that name."""
        building = place.entrance.building_id if isinstance(place, Unit) else place.building_id
        own = place.builder if isinstance(place, Unit) else None
        part = self.shares.get((building, component.pk)) if building else None
        return (
            part
            or self.shares.get((None, component.pk))
            or own
            or (self.shares.get((building, None)) if building else None)
            or self._neighbour(place)
        )

    def _neighbour(self, place: Unit | PublicArea) -> Builder | None:
        """A hall nobody was named for: who built the dwellings of that building, if it was one builder."""
        if isinstance(place, Unit) or place.building_id is None:
            return None
        if place.building_id not in self.neighbours:
            rows = Builder.objects.filter(
                units__entrance__building=place.building_id, kind=Builder.Kind.BUILDER
            ).distinct()
            builders = list(rows[:2])
            self.neighbours[place.building_id] = builders[0] if len(builders) == 1 else None
        return self.neighbours[place.building_id]


class Limits(NamedTuple):
    """When a notified builder must be there, and be done."""

    arrive_by: dt.datetime
    finish_by: dt.datetime
    form: str


def limits(builder: Builder, *, urgent: bool, at: dt.datetime) -> Limits:
    """By its agreement; where that is silent 2 h or 48 h to come, 1 day or 7 days to finish (A.8)."""
    hours = builder.arrive_hours_urgent if urgent else builder.arrive_hours
    days = 1 if urgent else builder.finish_days
    form = builder.form_urgent if urgent else builder.form
    arrive = at + dt.timedelta(hours=hours)
    return Limits(arrive, max(arrive, at + dt.timedelta(days=days)), form)


@dataclass(frozen=True)
class Firm:
    """A builder or contractor that may be notified, with its limits; `answers`: it built that part of that place."""

    builder: Builder
    limits: Limits
    answers: bool

    @property
    def key(self) -> str:
        return str(self.builder.pk)

    @property
    def form_word(self) -> str:
        """As its agreement names it: 微信."""
        return str(Builder.Form(self.limits.form).label)


def firms(community_id: int, first: Builder | None, *, urgent: bool, at: dt.datetime) -> list[Firm]:
    """Everybody who may be notified of warranty work there: who answers for it, builders, contractors. One query."""
    rows = Builder.objects.filter(community=community_id).order_by("kind", "name")
    found = [Firm(row, limits(row, urgent=urgent, at=at), bool(first and first.pk == row.pk)) for row in rows]
    return sorted(found, key=lambda firm: not firm.answers)
