"""待核准: what the service supervisors ask of the manager, and what became of it (lives.md §6)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from billing import queries
from billing.lifecycle import ApprovalState
from billing.models import Approval
from core import clock
from desk.clocks import said, spelled
from desk.roles import only_for, person
from desk.way import pattern
from people.models import User
from people.roles import MG, SS

READERS = (MG, SS)
DECIDED_FOR = dt.timedelta(days=30)


@require_GET
@only_for(*READERS)
def approvals(request: HttpRequest) -> HttpResponse:
    """The page, or its list (?part=list) when the pulse says that something changed."""
    user, now = person(request), clock.now()
    rows = queries.approvals(user, decided_since=now - DECIDED_FOR)
    context = {
        "asked": [row_of(row, user, now) for row in rows if row.state == ApprovalState.ASKED],
        "over": [row for row in rows if row.state != ApprovalState.ASKED],
        "part_url": f"{reverse('approvals')}?part=list",
        "next": f"?{urlencode({'next': reverse('approvals')})}",
    }
    part = request.GET.get("part") == "list"
    return render(request, "desk/_approvals_list.html" if part else "desk/approvals_page.html", context)


def row_of(row: Approval, user: User, now: dt.datetime) -> dict[str, Any]:
    """A request with the steps this person may take, and how long it waits."""
    own = row.asked_by_id == user.pk
    steps = [
        (step.label, pattern(f"approval_{step.name}", row.pk))
        for step in row.next_steps(user)
        if not (own and step.name == "approve")
    ]
    return {
        "approval": row,
        "steps": steps,
        "since": said(row.asked_at, now, name_today=True),
        "waits": spelled(now - row.asked_at),
    }
