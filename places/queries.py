"""Finding places by number, name, pinyin or telephone, and lines of the catalogue; reading and shortening paper numbers."""

from __future__ import annotations

import datetime as dt
import re
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Length

from core.text import digits, squeezed
from people.roles import DESK, ES, MG
from places.models import Community, Component, PriceItem, PublicArea, Resident, SparePart, Unit

LONGEST = 100
SEES_RESIDENTS = (*DESK, ES, MG)
PART = re.compile(r"[a-z]?\d{1,6}[a-z]?|[a-z]")
NUMBER = re.compile(
    r"(?P<code>[A-Z0-9]{1,6}?)??(?P<kind>[A-Z]{2})(?P<month>20\d{2}(?:0[1-9]|1[0-2]))(?P<serial>\d{1,7})?"
)
SHORT_NUMBER = re.compile(r"(?P<kind>[A-Z]{2})(?P<serial>\d{1,7})")


class Address(NamedTuple):
    """What somebody typed for a room, e.g. 3-2-1201 or 1201; an empty part was not said."""

    building: str
    entrance: str
    room: str

    @property
    def said(self) -> str:
        """As it was meant: 3-0777."""
        return "-".join(part for part in self if part).upper()

    @property
    def words(self) -> list[str]:
        """Beginnings of the search words that mean it."""
        before = f"{self.building}栋" if self.building else ""
        before += f"{self.entrance}单元" if self.entrance else ""
        return [before + room for room in spellings(self.room)]


@dataclass
class Places:
    """What a search found: dwellings with their residents loaded, and public areas."""

    units: list[Unit] = field(default_factory=list)
    areas: list[PublicArea] = field(default_factory=list)


def spellings(room: str) -> list[str]:
    """A room of up to three figures may have been said without its zero: 702 is also 0702."""
    return [room, f"0{room}"] if room.isdigit() and not room.startswith("0") and len(room) < 4 else [room]


def parse_address(text: str) -> Address | None:
    """3-2-1201 · 3栋2单元1201室 · ３栋1201 · 3#1201 · 3-0702 · 1201 as an address; None where it is no number of a room."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    parts = [part for part in re.split(r"[\s\-_./—–#]+|号楼|栋|棟|幢|座|楼|樓|单元|單元|室|房|号", plain) if part]
    if not 1 <= len(parts) <= 3 or not all(PART.fullmatch(part) for part in parts):
        return None
    first, *rest = parts
    if not rest:
        return (
            Address("", "", first)
            if re.fullmatch(rf"{first}[室房号]?", plain) and not first.isalpha()
            else Address(short(first), "", "")
        )
    if len(rest) == 2:
        return Address(short(first), short(rest[0]), rest[1])
    return (
        Address(short(first), short(rest[0]), "")
        if plain.endswith(("单元", "單元"))
        else Address(short(first), "", rest[0])
    )


def short(code: str) -> str:
    """A building or entrance without leading zeros, as it is kept."""
    return code.lstrip("0") or code


def find_places(user: Any, q: str, limit: int = 8, *, people: bool = True) -> Places:
    """Dwellings and areas for what was typed: number in any spelling, and with people name, pinyin, telephone; at most 3 queries.

    Who does not work with residents (trust §4) finds by number only.
    """
    q = q.strip()[:LONGEST]
    known = user.communities_as(*SEES_RESIDENTS)
    words = unit_words(q, people=people and (known is None or bool(known))) if q else []
    units = Unit.objects.visible_to(user)
    if known:
        units = units.filter(entrance__building__community__in=known)
    return Places(
        units=list(ranked(units, words)[:limit]) if words else [],
        areas=list(find_areas(user, q)[:limit]) if q else [],
    )


def find_by_last_four(user: Any, figures: str, limit: int) -> list[Unit]:
    """The dwellings of those whose telephone ends with these figures, for who works with residents; at most 2 queries."""
    known = user.communities_as(*SEES_RESIDENTS)
    if known is not None and not known:
        return []
    units = Unit.objects.visible_to(user)
    if known:
        units = units.filter(entrance__building__community__in=known)
    theirs = Resident.objects.filter(phone__endswith=figures).values("unit")
    return list(in_order(units.filter(pk__in=theirs))[:limit])


def unit_words(q: str, *, people: bool) -> list[str]:
    """What a dwelling's search text must hold, best first; a blank on a side stands for the edge of a word."""
    number, address = digits(q), parse_address(q)
    room_in_full = address is not None and bool(address.entrance) and len(address.building) < 3
    if len(number) >= 7 and not room_in_full and not re.search(r"[^\W\d]", q):
        return [f" {number} ", f" {number}", f"{number} "] if people else []
    if address:
        words = [f" {word} " for word in address.words] + [f" {word}" for word in address.words]
        return words + ([f"{number} "] if people and re.fullmatch(r"\d{4}", squeezed(q)) else [])
    typed = squeezed(q)
    if not people or not typed:
        return []
    return [f" {typed} ", f" {typed}"] if typed.isascii() else [f" {typed} ", f" {typed}", typed]


def ranked(units: QuerySet[Unit], words: list[str]) -> QuerySet[Unit]:
    """The dwellings that hold one of the words, the better word first, then in the order of the estate."""
    holds = Q()
    for word in words:
        holds |= Q(search_text__contains=word)
    rank = Case(
        *(When(search_text__contains=word, then=Value(place)) for place, word in enumerate(words)),
        default=Value(len(words)),
        output_field=IntegerField(),
    )
    return in_order(units.filter(holds), rank)


def in_order(units: QuerySet[Unit], *first: Any) -> QuerySet[Unit]:
    """With everything an option shows, in the order of the estate."""
    building = "entrance__building__code"
    return (
        units.select_related("entrance__building__community", "builder")
        .prefetch_related("residents")
        .order_by(
            *first,
            "entrance__building__community",
            Length(building),
            building,
            Length("entrance__code"),
            "entrance__code",
            "code",
        )
    )


def find_areas(user: Any, q: str) -> QuerySet[PublicArea]:
    """Public areas by name or pinyin; gg in front lists them (gg, gg电梯)."""
    typed = squeezed(q)
    areas = PublicArea.objects.visible_to(user).select_related("building", "community").order_by("community", "name")
    if typed.startswith("gg"):
        return areas.filter(search_text__contains=typed[2:])
    return areas.none() if typed.isdigit() else areas.filter(search_text__contains=typed)


def find_components(q: str, place: str = "") -> list[Component]:
    """Parts for what was typed (name, pinyin, code, a phrase of the fault), those of that place first; nothing typed: all of the place.

    Gas is the town's but leaks at home: it is searched as a part of the home, and by its name before what is only said of another part.
    """
    typed = squeezed(q[:LONGEST])
    parts = Component.objects.select_related("trade")
    if not typed:
        return list(parts.filter(place=place) if place else parts)
    found = parts.filter(search_text__contains=typed)

    def far(part: Component) -> bool:
        at_home = place == Component.Place.HOME and part.place == Component.Place.MUNICIPAL and part.always_urgent
        return bool(place) and part.place != place and not at_home

    def unlike(part: Component) -> tuple[bool, bool]:
        return not begins(part.search_text, typed), not squeezed(part.name).startswith(typed)

    return sorted(found, key=lambda part: (far(part), *unlike(part), part.order))


def find_prices(q: str, community: Community, day: dt.date) -> list[PriceItem]:
    """Lines of the price list of that day; a community's own price goes before the general one, a later one before an earlier."""
    typed = squeezed(q[:LONGEST])
    chosen: dict[str, PriceItem] = {}
    for item in PriceItem.objects.valid_on(day, community).select_related("trade"):
        there = chosen.get(item.code)
        if there is None or (item.community_id is not None, item.valid_from) > (
            there.community_id is not None,
            there.valid_from,
        ):
            chosen[item.code] = item
    return matching(sorted(chosen.values(), key=lambda item: item.code), typed)


def find_spare_parts(q: str) -> list[SparePart]:
    """Spare parts by name, spec, model or pinyin."""
    return matching(SparePart.objects.all(), squeezed(q[:LONGEST]))


Line = TypeVar("Line", PriceItem, SparePart)


def matching(lines: Iterable[Line], typed: str) -> list[Line]:
    return [line for line in lines if typed in line.search_text]


def begins(text: str, typed: str) -> bool:
    return f" {typed}" in text


class PaperNumber(NamedTuple):
    """A number of a paper as somebody typed it; an unsaid part is empty or None."""

    kind: str
    month: str = ""
    serial: int | None = None
    code: str = ""
    copy: int | None = None

    @property
    def printed(self) -> str:
        """WX-202611-0001, with the community's code in front where it was typed."""
        parts = [self.code, self.kind, self.month, "" if self.serial is None else f"{self.serial:04d}"]
        return "-".join(part for part in parts if part)


def parse_number(text: str) -> PaperNumber | None:
    """wx2026111 · WX-202611-0001 · HT-WX-202611-0001-3 · bx383 read with or without code, dashes and zeros; None for anything else."""
    plain = re.sub(r"[\s_–—－]+", "-", unicodedata.normalize("NFKC", text).strip().upper())
    copy = re.fullmatch(r"(.*20\d{4}-\d{1,7})-([123])", plain)
    joined = (copy[1] if copy else plain).replace("-", "")
    found = NUMBER.fullmatch(joined)
    if found:
        serial = int(found["serial"]) if found["serial"] else None
        return PaperNumber(found["kind"], found["month"], serial, found["code"] or "", int(copy[2]) if copy else None)
    brief = SHORT_NUMBER.fullmatch(joined)
    return PaperNumber(brief["kind"], serial=int(brief["serial"])) if brief else None


@lru_cache(maxsize=1)
def communities_counted(minute: int) -> int:
    """How many communities there are; the minute is the key, so that a process asks once in each."""
    return Community.objects.count()


def several_communities() -> bool:
    """Is there more than one? At most a minute old."""
    return communities_counted(int(time.monotonic() // 60)) > 1


def forget_communities() -> None:
    """Ask the database again at the next number (after a community was added, between tests)."""
    communities_counted.cache_clear()


def printed_number(number: str) -> str:
    """The number as papers and pages show it: HT-WX-202611-0001 → WX-202611-0001 while there is only one community (domain A.0)."""
    if several_communities():
        return number
    _code, _dash, rest = number.partition("-")
    return rest if re.match(r"[A-Z]{2}-\d{6}", rest) else number
