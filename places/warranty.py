"""Warranty by the counting rules of the trade: which last day holds, and why (SOP 5.2.1, 5.5.2-2; Civil Code 201-203).

The last day is the latest of: start day + term, completion + term of regulation article 40, handover + 1998 minimum, and what
the estate's own agreement gives. The start day itself is not counted; the last day ends at 24:00; the day of the report decides.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.text import in_brackets
from places.models import Component, PublicArea, Unit, WarrantyTerm

State = Literal["in", "out", "none", "undetermined"]
Term = Component.Term
Basis = Component.Basis


@dataclass(frozen=True)
class Verdict:
    """In or out of warranty on a day, with its proof. `reason` is a sentence in the reader's language.

    days_left: whole days to the last day, None unless in. condition: the fault the verdict is limited to, else empty.
    term: 2 年. rule: the law or the agreement that decides. warning: an agreement that gives less than it may.
    """

    state: State
    reason: str
    category: str = ""
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    days_left: int | None = None
    last_day_today: bool = False
    term: str = ""
    rule: str = ""
    condition: str = ""
    warning: str = ""


class Promise(NamedTuple):
    """A term that somebody owes: by law, by default of the catalogue, or by an estate's agreement."""

    term: str
    length: int
    basis: str
    agreement: str = ""

    @property
    def label(self) -> str:
        """2 年, 6 个月, 2 个采暖期."""
        words = {
            Term.MONTHS: ngettext("%(n)s 个月", "%(n)s 个月", self.length),
            Term.YEARS: ngettext("%(n)s 年", "%(n)s 年", self.length),
            Term.HEATING: ngettext("%(n)s 个采暖期", "%(n)s 个采暖期", self.length),
            Term.COOLING: ngettext("%(n)s 个供冷期", "%(n)s 个供冷期", self.length),
        }
        return words[Term(self.term)] % {"n": self.length}

    @property
    def rule(self) -> str:
        """The agreement, else the law, by name."""
        return self.agreement or str(Basis(self.basis).label)


class Facts(NamedTuple):
    """What is known of a place: its two days and the estate's seasons (MM-DD/MM-DD)."""

    handed_over_on: dt.date | None
    completed_on: dt.date | None
    heating: str = ""
    cooling: str = ""
    home: bool = True

    @property
    def starts_on(self) -> dt.date | None:
        """Handover for a part of a home, completion acceptance for a public part."""
        return self.handed_over_on if self.home else self.completed_on

    def season(self, term: str) -> str:
        return {Term.HEATING.value: self.heating, Term.COOLING.value: self.cooling}.get(term, "")


class Span(NamedTuple):
    """One promise counted out: from which day to which last day."""

    ends_on: dt.date
    starts_on: dt.date
    promise: Promise


class SeasonUnknown(Exception):
    """The estate has not said when its season begins and ends."""


def months_on(day: dt.date, months: int) -> dt.date:
    """The same date so many months on, or that month's last day: 2024-02-29 + 24 → 2026-02-28."""
    years, month = divmod(day.month - 1 + months, 12)
    return on_calendar(day.year + years, month + 1, day.day)


def on_calendar(year: int, month: int, day: int) -> dt.date:
    """That date, or the month's last day where the month has no such day."""
    return dt.date(year, month, min(day, calendar.monthrange(year, month)[1]))


def season_end(start: dt.date, count: int, season: str) -> dt.date:
    """Last day of the count-th season that begins on or after `start`; SeasonUnknown without MM-DD/MM-DD."""
    found = re.fullmatch(r"(0[1-9]|1[0-2])-([0-3]\d)/(0[1-9]|1[0-2])-([0-3]\d)", season)
    if not found:
        raise SeasonUnknown
    first, last = (int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
    year = start.year if on_calendar(start.year, *first) >= start else start.year + 1
    return on_calendar(year + count - 1 + (last < first), *last)


def last_day(start: dt.date, promise: Promise, season: str = "") -> dt.date:
    """The last day of a term; it ends at 24:00."""
    if promise.term in {Term.HEATING, Term.COOLING}:
        return season_end(start, promise.length, season)
    return months_on(start, promise.length * (12 if promise.term == Term.YEARS else 1))


def latest(facts: Facts, promises: Iterable[Promise]) -> Span | None:
    """The span that ends last; None without a start day. Of equal ones the first, so that the law goes before an agreement."""
    if facts.starts_on is None:
        return None
    spans = []
    for promise in promises:
        starts = [facts.starts_on]
        if facts.home and promise.basis == Basis.LAW_40 and facts.completed_on:
            starts.append(facts.completed_on)
        spans += [Span(last_day(start, promise, facts.season(promise.term)), start, promise) for start in starts]
    return max(spans, key=lambda span: span.ends_on, default=None)


def verdict(
    place: Unit | PublicArea, component: Component, on: dt.date, terms: Iterable[WarrantyTerm] | None = None
) -> Verdict:
    """Is this part of this place in warranty on that day (of the report)? One query for the agreements unless given."""
    agreed = [
        Promise(row.term, row.length, Basis.SEED, row.agreement)
        for row in (terms_of(place, component) if terms is None else terms)
    ]
    return judge(component, facts_of(place, component), on, agreed)


def facts_of(place: Unit | PublicArea, component: Component) -> Facts:
    """The days of a place as far as that part is concerned: a riser is public though it stands in a flat."""
    community = place.community
    if isinstance(place, Unit):
        home = component.place == Component.Place.HOME
        days = place.handed_over_on, place.entrance.building.completed_on
    else:
        home = False
        days = None, place.completed_on or (place.building.completed_on if place.building else None)
    return Facts(*days, community.heating_season, community.cooling_season, home)


def terms_of(place: Unit | PublicArea, component: Component) -> Iterable[WarrantyTerm]:
    """What the estate's agreements give for that part: those of every builder and those of this dwelling's own."""
    builder = place.builder_id if isinstance(place, Unit) else None
    return WarrantyTerm.objects.filter(
        Q(builder=None) | Q(builder=builder), community=place.community, component=component
    ).order_by("pk")


def judge(component: Component, facts: Facts, on: dt.date, agreed: Iterable[Promise] = ()) -> Verdict:
    """The verdict from facts alone; agreements count where they give more (domain B.2)."""
    agreed = list(agreed)
    promises = [*seeded(component.term, component.length, component.basis), *agreed]
    if component.place == Component.Place.MUNICIPAL or not promises:
        return Verdict("none", _nothing_owed(component), component.category)
    try:
        owed, agreement = latest(facts, promises), latest(facts, agreed)
        narrow = latest(facts, seeded(component.other_term, component.other_length, component.other_basis))
    except SeasonUnknown:
        return Verdict("undetermined", _("采暖期或供冷期未设，待定"), component.category, starts_on=facts.starts_on)
    if owed is None:
        reason = _("交付日不明，待定") if facts.home else _("竣工验收日不明，待定")
        return Verdict("undetermined", reason, component.category)
    warning = _too_short(component, owed, agreement)
    if narrow and owed.ends_on < on <= narrow.ends_on:
        return _counted(component, narrow, on, warning, component.other_when)
    return _counted(component, owed, on, warning)


def seeded(term: str, length: int, basis: str) -> list[Promise]:
    """The catalogue's own promise, none where it has no term."""
    return [] if term == Term.NONE else [Promise(term, length, basis)]


def _counted(component: Component, span: Span, on: dt.date, warning: str, condition: str = "") -> Verdict:
    condition = condition and _(condition)
    inside = on <= span.ends_on
    return Verdict(
        state="in" if inside else "out",
        reason=_sentence(component, span, on, condition),
        category=component.category,
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        days_left=(span.ends_on - on).days if inside else None,
        last_day_today=on == span.ends_on,
        term=span.promise.label,
        rule=span.promise.rule,
        condition=condition,
        warning=warning,
    )


def _sentence(component: Component, span: Span, on: dt.date, condition: str) -> str:
    facts = {
        "part": f"{component}{in_brackets(condition)}",
        "term": span.promise.label,
        "start": date_format(span.starts_on, "DATE_FORMAT"),
        "end": date_format(span.ends_on, "DATE_FORMAT"),
        "days": (span.ends_on - on).days,
    }
    if on > span.ends_on:
        return _("质保已过，%(part)s %(term)s：%(start)s 至 %(end)s，按有偿登记") % facts
    if on == span.ends_on:
        return _("质保内，今日届满，%(part)s %(term)s：%(start)s 至 %(end)s；人为损坏除外") % facts
    return _("质保内，%(part)s %(term)s：%(start)s 至 %(end)s，还有 %(days)s 天；人为损坏除外") % facts


def _nothing_owed(component: Component) -> str:
    if component.place == Component.Place.MUNICIPAL:
        return _("%(part)s由市政单位负责，转报") % {"part": component}
    return (
        _("%(part)s没有质保期，按有偿登记") % {"part": component}
        if component.place == Component.Place.HOME
        else _("%(part)s没有质保期") % {"part": component}
    )


def _too_short(component: Component, owed: Span, agreement: Span | None) -> str:
    """The warning for an agreement that ends earlier than what is owed anyway; empty when it does not."""
    if agreement is None or agreement.ends_on >= owed.ends_on:
        return ""
    return _("维保协议%(agreement)s约定%(part)s %(short)s，短于应有的 %(term)s，不采用") % {
        "agreement": f" {agreement.promise.agreement} " if agreement.promise.agreement else "",
        "part": component,
        "short": agreement.promise.label,
        "term": owed.promise.label,
    }
