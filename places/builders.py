"""Which builder answers for a part of a place, and by when (5.5.2-3, A.8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q

from places.models import Builder, BuiltBy, Component, PublicArea, Unit


def builder_of(place: Unit | PublicArea, component: Component) -> Builder | None:
    """The original builder: of that part in that building, of that part everywhere, of the dwelling, of the building."""
    return builders_of(place, [component])[component.pk]


def builders_of(place: Unit | PublicArea, components: Iterable[Component]) -> dict[str, Builder | None]:
    """The original builder of each of these parts of one place, by code. One query for all."""
    codes = [component.pk for component in components]
    building = place.entrance.building if isinstance(place, Unit) else place.building
    rows = BuiltBy.objects.filter(
        Q(component__in=codes) | Q(component=None), Q(building=building) | Q(building=None), community=place.community
    )
    found = {(row.building_id is not None, row.component_id): row.builder for row in rows.select_related("builder")}
    own = place.builder if isinstance(place, Unit) else None
    rest = own or found.get((True, None)) or _neighbour(place)
    return {code: found.get((True, code)) or found.get((False, code)) or rest for code in codes}


def _neighbour(place: Unit | PublicArea) -> Builder | None:
    """A hall nobody was named for: who built the dwellings of that building, if it was one builder."""
    if isinstance(place, Unit) or place.building_id is None:
        return None
    rows = Builder.objects.filter(units__entrance__building=place.building_id, kind=Builder.Kind.BUILDER).distinct()
    builders = list(rows[:2])
    return builders[0] if len(builders) == 1 else None


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
