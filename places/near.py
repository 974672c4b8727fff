"""For a place that does not exist, those a slip of the finger or of the input method away (screens 5.2)."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import islice
from typing import Any

from django.db.models import Q

from core.text import name_keys, squeezed
from places.models import PublicArea, Unit
from places.queries import LONGEST, parse_address, spellings

ALIKE = 0.6
LOOKED_AT = 200
PAIRS = 12


def near_places(user: Any, q: str) -> list[Unit | PublicArea]:
    """For what was not found: near dwellings for a number, near public areas for a name."""
    return list(near_units(user, q)) or list(near_areas(user, q))


def near_units(user: Any, q: str, limit: int = 3) -> list[Unit]:
    """For a number that does not exist, the dwellings one slip of a finger away: 3-0777 → 3-0707, 3-0770."""
    address = parse_address(q)
    if address is None or not address.room:
        return []
    rooms = slips(address.room.zfill(4) if address.room.isdigit() else address.room)
    meant = Q(code__in=rooms)
    if address.building:
        other = Q(
            entrance__building__code__in=[code.upper() for code in slips(address.building)],
            code__in=spellings(address.room),
        )
        meant = Q(entrance__building__code=address.building.upper()) & meant | other
    units = (
        Unit.objects.visible_to(user)
        .filter(meant)
        .select_related("entrance__building__community")
        .prefetch_related("residents")
    )
    return list(islice(sorted(units[:200], key=lambda unit: (unit.code not in rooms, unit.label)), limit))


def slips(number: str) -> list[str]:
    """The numbers that differ by one figure, by one swap, or by one figure left out."""
    found: list[str] = []
    for place in range(len(number)):
        found += [number[:place] + figure + number[place + 1 :] for figure in "0123456789" if figure != number[place]]
        found += [number[:place] + number[place + 1 :]]
        if number[place : place + 2] not in {"", number[place] * 2}:
            found += [number[:place] + number[place : place + 2][::-1] + number[place + 2 :]]
    return [one for one in dict.fromkeys(found) if one and one != number]


def near_areas(user: Any, q: str, limit: int = 3) -> list[PublicArea]:
    """Public areas that sound the same (大唐 → 大堂), then those whose name is nearly the same (3栋2单元大厅 → 3栋2单元大堂)."""
    typed = squeezed(q[:LONGEST]).removeprefix("gg")
    if len(typed) < 2 or typed.isdigit():
        return []
    sounds = name_keys(typed).split()[:1]
    pairs = dict.fromkeys(typed[n : n + 2] for n in range(min(len(typed) - 1, PAIRS)))
    meant = Q(*[("search_text__contains", one) for one in [*sounds, *pairs]], _connector=Q.OR)
    areas = PublicArea.objects.visible_to(user).filter(meant).select_related("building", "community").order_by("name")
    scored = [(likeness(area, typed, sounds), area) for area in areas[:LOOKED_AT]]
    best = sorted((pair for pair in scored if pair[0] >= ALIKE), key=lambda pair: -pair[0])
    return [area for _score, area in best[:limit]]


def likeness(area: PublicArea, typed: str, sounds: list[str]) -> float:
    """From 0 to 1: how much what was typed is like the name, or like the part of it that is as long."""
    if any(sound in area.search_text for sound in sounds):
        return 1.0
    name, size = squeezed(area.name), len(typed)
    parts = [name[n : n + size] for n in range(max(len(name) - size, 0) + 1)]
    return max(SequenceMatcher(None, typed, part, autojunk=False).ratio() for part in parts)
