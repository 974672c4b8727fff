"""The stage of the demonstration estate: who and what the walks use, and the clockwork that lets them take their steps in order of time."""

from __future__ import annotations

import datetime as dt
import heapq
import random
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import transaction
from PIL import Image

from core import clock
from people.models import User
from places.models import Community, Component, PriceItem, PublicArea, Resident, SparePart, Unit
from tickets import photos, sla
from workorders.acceptance import Strokes

T = TypeVar("T")
Moment = dt.datetime
Walk = Iterator[Moment]
Part = Generator[Moment, None, T]  # a stretch of a walk that gives something to the next
Scenes = list[tuple[Moment, Walk]]
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
STROKES: Strokes = [
    [[0.08, 0.6], [0.2, 0.25], [0.3, 0.7], [0.42, 0.3]],
    [[0.5, 0.5], [0.62, 0.35], [0.7, 0.65], [0.9, 0.4]],
]


@dataclass
class Stage:
    """The estate as the walks see it."""

    community: Community
    dice: random.Random
    people: dict[str, User]
    units: list[Unit]
    components: dict[str, Component]
    prices: dict[str, PriceItem]
    parts: dict[str, SparePart] = field(default_factory=dict)
    new_units: list[Unit] = field(default_factory=list)
    undated: list[Unit] = field(default_factory=list)
    areas: dict[str, PublicArea] = field(default_factory=dict)

    @classmethod
    def of(cls, community: Community, seed: int) -> Stage:
        people = {
            user.username: user for user in User.objects.prefetch_related("duties", "trades").select_related("team")
        }
        everywhere = Unit.objects.filter(entrance__building__community=community).order_by("pk")
        units = list(
            everywhere.select_related("entrance__building__community", "builder").prefetch_related("residents")
        )
        old = [unit for unit in units if unit.handed_over_on and unit.handed_over_on.year < 2020]
        new = [unit for unit in units if unit.handed_over_on and unit.handed_over_on.year > 2020]
        areas = PublicArea.objects.filter(community=community).select_related("building", "community").order_by("pk")
        return cls(
            community, random.Random(seed), people, old, {row.pk: row for row in Component.objects.select_related("trade")},
            {row.code: row for row in PriceItem.objects.all()}, {row.name: row for row in SparePart.objects.all()},
            new, [unit for unit in units if unit.handed_over_on is None], {row.name: row for row in areas},
        )  # fmt: skip

    def soon(self, low: float, high: float) -> dt.timedelta:
        """A stretch of minutes within bounds, cut to the second."""
        return dt.timedelta(seconds=int(self.dice.uniform(low, high) * 60))

    def in_warranty(self) -> Unit:
        """A dwelling of the new buildings."""
        return self.dice.choice(self.new_units)


def first_of(unit: Unit) -> Resident:
    """Who answers for a dwelling: its owner."""
    return unit.residents.all()[0]


def ago(days: int, hour: int, minute: int = 0) -> Moment:
    """That hour so many days before the day that is being lived."""
    return clock.start_of(clock.today() - days * DAY) + hour * HOUR + minute * MINUTE


def today(hour: int, minute: int, *, since: dt.timedelta) -> Moment:
    """That hour of the day that is being lived, and so long ago at the least."""
    return min(ago(0, hour, minute), clock.now() - since)


def ahead(days: int, hour: int, minute: int = 0) -> Moment:
    """That hour so many days after it."""
    return ago(-days, hour, minute)


def live_behind(walks: Scenes, until: Moment, *, pause: float = 0.1) -> int:
    """Let one walk after the other take all its steps, each walk committed as a whole; returns how many steps.

    Behind an open desk: a sweeper that saw half of a repair of last month would ring for promises kept long ago.
    pause: seconds between two walks, so that the desk gets the database in between.
    """
    steps = 0
    for at, walk in sorted(walks, key=lambda each: each[0]):
        with transaction.atomic():
            steps += live([(at, walk)], until)
        time.sleep(pause)
    return steps


def live(walks: Scenes, until: Moment) -> int:
    """Let all walks take their steps in the order of time up to a moment; returns how many steps."""
    queue = [(at, order, walk) for order, (at, walk) in enumerate(walks)]
    heapq.heapify(queue)
    steps = 0
    while queue and queue[0][0] <= until:
        at, order, walk = heapq.heappop(queue)
        with clock.as_of(at):
            sla.escalate_missed(at, pulse="demo")
            following = next(walk, None)
        steps += 1
        if following is not None:
            heapq.heappush(queue, (max(following, at), order, walk))
    return steps


def found_so() -> photos.Picture:
    """A grey wall with a damp patch: what a technician would have photographed."""
    wall = Image.new("RGB", (1200, 900), (196, 196, 190))
    patch = Image.radial_gradient("L").resize((620, 460)).point(lambda value: max(0, 240 - value))
    wall.paste((122, 112, 98), (300, 240), patch)
    return photos.made_anew(wall)
