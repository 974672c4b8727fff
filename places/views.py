"""Options for comboboxes: places, parts, prices and spare parts, each a list of <li role="option">."""

from __future__ import annotations

from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from core.clock import today
from people.models import User
from places import queries
from places.models import Community, Component, Unit
from places.near import near_places

SHOWN = 12


def typed(request: HttpRequest) -> str:
    sent = request.POST if request.method == "POST" else request.GET
    return sent.get("q", "").replace("\x00", "").strip()[: queries.LONGEST]


@require_POST
def find_places(request: HttpRequest) -> HttpResponse:
    """Dwellings and public areas of the communities one may see; for an unknown one those that are near (screens 5.2).

    What is typed is posted: it may be a telephone, which no address and no log may hold (trust.md P8).
    """
    return render(request, "places/_place_options.html", options(cast(User, request.user), typed(request)))


def options(user: User, q: str) -> dict[str, Any]:
    """The context of the options for what was typed."""
    found = queries.find_places(user, q)
    near = [] if found.units or found.areas else near_places(user, q)
    address = queries.parse_address(q)
    return {
        "units": [shown(unit, user) for unit in found.units or [each for each in near if isinstance(each, Unit)]],
        "areas": found.areas or [each for each in near if not isinstance(each, Unit)],
        "near": [each.printed if isinstance(each, Unit) else each.name for each in near],
        "wanted": address.said if address else q,
        "nothing": bool(q) and not found.units and not found.areas,
    }


def shown(unit: Unit, user: User) -> dict[str, Any]:
    """A dwelling as an option: with its people where one works with residents, with the estate where one sees several."""
    people = list(unit.residents.all()) if user.may(*queries.SEES_RESIDENTS, within=unit.community.pk) else []
    several = user.communities is None or len(user.communities) > 1
    return {
        "unit": unit,
        "people": people[:3],
        "community": unit.community if several and queries.several_communities() else None,
    }


@require_GET
def find_components(request: HttpRequest) -> HttpResponse:
    """Parts by name, pinyin or a phrase of the fault; ?place=home, public or municipal puts those first."""
    place = request.GET.get("place", "")
    parts = queries.find_components(typed(request), place if place in Component.Place.values else "")
    return render(request, "places/_component_options.html", {"components": parts})


@require_GET
def find_prices(request: HttpRequest) -> HttpResponse:
    """Lines of today's price list; ?community= names the estate whose own prices go first."""
    mine = Community.objects.visible_to(request.user)
    wanted = request.GET.get("community", "")
    community = mine.filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 19 else mine.first()
    if community is None:
        raise Http404
    prices = queries.find_prices(typed(request), community, today())
    return render(request, "places/_price_options.html", {"prices": prices[:SHOWN]})


@require_GET
def find_spare_parts(request: HttpRequest) -> HttpResponse:
    """Spare parts the company keeps."""
    return render(
        request, "places/_spare_part_options.html", {"spare_parts": queries.find_spare_parts(typed(request))[:SHOWN]}
    )
