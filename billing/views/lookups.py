"""What a line of a quote can be picked from: the price list of the day and the spare parts, in one list."""

from __future__ import annotations

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.clock import today
from core.refusals import Forbidden
from people.models import User
from people.roles import DESK
from places.models import Community
from places.queries import find_prices, find_spare_parts
from places.views import typed

SHOWN = 7


@require_GET
def find_quote_lines(request: HttpRequest) -> HttpResponse:
    """Options for the item of a quote's line; ?community= names the estate whose own prices go first."""
    by = cast(User, request.user)
    if not by.may(*DESK):
        raise Forbidden("find_quote_lines", DESK)
    mine = Community.objects.visible_to(by)
    wanted, q = request.GET.get("community", ""), typed(request)
    community = mine.filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 19 else mine.first()
    if community is None:
        raise Http404
    context = {"prices": find_prices(q, community, today())[:SHOWN], "spare_parts": find_spare_parts(q)[:SHOWN]}
    return render(request, "billing/_line_options.html", context)
