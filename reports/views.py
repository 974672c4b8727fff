"""/figures/: the figures of a month beside the month before, and the very repairs behind each part (C, screens 5.9)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import clock
from core.refusals import Forbidden
from people.models import User
from people.roles import ES, MG, SS
from places.models import Community
from reports.cases import Records
from reports.counting import Item
from reports.figures import BY_CODE, Figure, Result, result, results
from reports.months import Month
from reports.reading import read
from reports.technicians import SHOWN, shares
from reports.times import times
from tickets.models import Ticket

READERS = (SS, ES, MG)
PAGE = 50
PARTS = ("hits", "misses", "pending")


@dataclass(frozen=True)
class Asked:
    """What the address asks for: month, communities (None: all), the instant, and the estates to choose from."""

    month: Month
    places: set[int] | None
    estates: list[Community]
    estate: Community | None
    now: dt.datetime
    live: bool

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        by = cast(User, request.user)
        if not by.may(*READERS):
            raise Forbidden("figures", READERS)
        allowed = by.communities_as(*READERS)
        rows = Community.objects.all() if allowed is None else Community.objects.filter(pk__in=allowed)
        estates = list(rows)
        estate = next((each for each in estates if each.code == request.GET.get("community", "")), None)
        places = {estate.pk} if estate else allowed
        month = Month.of(request.GET.get("month", ""))
        return cls(month, places, estates, estate, clock.now(), request.GET.get("at") == "now")

    def as_of(self, month: Month) -> dt.datetime:
        """The cut-off of a month that is past it, unless the present is asked for."""
        return self.now if self.live else min(self.now, month.cut_off(self._day))

    @property
    def _day(self) -> int:
        return self.estate.copy_return_day if self.estate else max((e.copy_return_day for e in self.estates), default=5)

    @property
    def is_settled(self) -> bool:
        return self.month.cut_off(self._day) <= self.now

    def read(self, month: Month) -> Records:
        return read(self.places, month, self.as_of(month))

    def address(self, **given: str) -> str:
        """The same choice with something changed, for a link."""
        said = {
            "month": self.month.key,
            "community": self.estate.code if self.estate else "",
            "at": "now" if self.live else "",
        }
        return "?" + urlencode({name: value for name, value in {**said, **given}.items() if value})


@dataclass(frozen=True)
class Line:
    """A figure as the page shows it, with last month's."""

    now: Result
    before: Result

    @property
    def figure(self) -> Figure:
        return self.now.figure


@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """Every figure with percent, fraction and pending, last month beside it; times; by technician."""
    asked = Asked.of(request)
    records, earlier = asked.read(asked.month), asked.read(asked.month.before)
    found = results(records)
    took = zip(times(records), times(earlier), strict=True)
    context = {
        **frame_of(asked),
        "lines": [Line(now, before) for now, before in zip(found, results(earlier), strict=True)],
        "times": list(took),
        "shares": shares(records, found),
        "shown": [BY_CODE[code] for code in SHOWN],
        "empty": not records.cases and not earlier.cases,
    }
    return render(request, "reports/figures_page.html", context)


@require_GET
def figure(request: HttpRequest, code: str) -> HttpResponse:
    """The repairs behind one part of a figure: ?part=hits, misses or pending."""
    asked = Asked.of(request)
    chosen = BY_CODE.get(code)
    if chosen is None:
        raise Http404
    part = request.GET.get("part", "")
    part = part if part in PARTS else "misses"
    records = asked.read(asked.month)
    shown = result(chosen, records)
    page = Paginator(getattr(shown.counted, part), PAGE).get_page(request.GET.get("page"))
    context = {
        **frame_of(asked),
        "result": shown,
        "figure": chosen,
        "part": part,
        "parts": [
            (name, label, len(getattr(shown.counted, name)), asked.address(part=name))
            for name, label in zip(PARTS, (chosen.hit, chosen.miss, _("未到期")), strict=True)
        ],
        "page": page,
        "rows": with_tickets(cast(User, request.user), list(page.object_list)),
        "turn": asked.address(part=part),
    }
    return render(request, "reports/figure_page.html", context)


def with_tickets(by: User, items: list[Item]) -> list[tuple[Item, Ticket]]:
    """Each thing with its repair, as far as this person may see it. One query."""
    rows = Ticket.objects.visible_to(by).select_related("unit__entrance__building", "area").in_bulk(
        [item.ticket for item in items]
    )  # fmt: skip
    return [(item, rows[item.ticket]) for item in items if item.ticket in rows]


def frame_of(asked: Asked) -> dict[str, Any]:
    """What both pages say of the choice, and its links."""
    months = [asked.month.before, asked.month] + ([asked.month.next] if asked.month.is_over else [])
    return {
        "asked": asked,
        "as_of": asked.as_of(asked.month),
        "here": asked.address(),
        "months": [(month, asked.address(month=month.key)) for month in months],
        "estates": [(each, asked.address(community=each.code)) for each in asked.estates],
        "all_estates": asked.address(community=""),
        "final": asked.address(at=""),
        "live": asked.address(at="now"),
    }
