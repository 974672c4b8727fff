"""Which builder answers for a part of a place, and by when (5.5.2-3, A.8)."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.db.models import Q

from places.models import Builder, BuiltBy, Component, PublicArea, Unit


def builder_of(place: Unit | PublicArea, component: Component) -> Builder | None:
    """The original builder: of that part in that building, of that part everywhere, of the dwelling, of the building."""
    building = place.entrance.building if isinstance(place, Unit) else place.building
    rows = BuiltBy.objects.filter(
        Q(component=component) | Q(component=None), Q(building=building) | Q(building=None), community=place.community
    ).select_related("builder")
    found = {(row.building_id is not None, row.component_id is not None): row.builder for row in rows}
    own = place.builder if isinstance(place, Unit) else None
    return found.get((True, True)) or found.get((False, True)) or own or found.get((True, False)) or _neighbour(place)


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
