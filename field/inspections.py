"""What waits for the engineering supervisor's signature, on his phone: look on site, sign, the next one follows (5.5.2-5, 5.5.3-3)."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core import clock
from core.refusals import Forbidden
from people.models import User
from people.roles import ES, MG
from tickets.models import Deadline
from workorders.models import Slip
from workorders.turns import to_countersign

SIGNERS = (ES, MG)


@require_GET
def my_inspections(request: HttpRequest) -> HttpResponse:
    """待我验收: finished warranty and facility slips, the longest waiting first."""
    user = cast(User, request.user)
    if not user.may(*SIGNERS):
        raise Forbidden("my_inspections", SIGNERS)
    waiting = to_countersign(user)
    return render(request, "field/inspections_page.html", {"rows": with_clocks(waiting), "now": clock.now()})


my_inspections.roles = SIGNERS  # type: ignore[attr-defined]


def with_clocks(waiting: list[Slip]) -> list[tuple[Slip, Deadline | None]]:
    """Each slip with the promise that runs on its signature. One query."""
    running = Deadline.objects.open().filter(kind=Deadline.Kind.STEP, ref__in=[slip.number for slip in waiting])
    due = {row.ref: row for row in running}
    return [(slip, due.get(slip.number)) for slip in waiting]
