"""Every component in all its states, for those who look after the pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from desk.roles import SUPERVISORS, only_for


@require_GET
@only_for(*SUPERVISORS)
def styleguide(request: HttpRequest) -> HttpResponse:
    return render(request, "styleguide/styleguide_page.html")
