"""市政转报: which bodies are at it, when each is asked again, and what they have put right (5.5.3-5, A.9)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import clock
from desk.clocks import clock as clock_shown
from desk.notice_list import pager
from desk.roles import only_for, person
from desk.rows import when
from desk.way import is_allowed, label_of, pattern
from people.models import User
from people.roles import DU, ES, FD, MG, SS
from tickets.models import Deadline, Ticket
from tickets.states import Nature, State
from workorders.correspondence import referrals
from workorders.letters import ReferralState
from workorders.models import FollowUp, Referral

READERS = (FD, DU, SS, ES, MG)
PAGE = 50
FAR = dt.datetime.max.replace(tzinfo=dt.UTC)


@require_GET
@only_for(*READERS)
def referral_list(request: HttpRequest) -> HttpResponse:
    """What is being followed up, the next call first; ?view=all is the register of referrals, ?part=list the list alone."""
    if request.GET.get("view") == "all":
        return render(request, "desk/referral_register_page.html", the_register(request))
    context = waiting(person(request))
    part = request.GET.get("part") == "list"
    return render(request, "desk/_referral_list.html" if part else "desk/referral_list_page.html", context)


def waiting(user: User) -> dict[str, Any]:
    """Judged municipal and not yet referred; then the open referrals by their next follow-up."""
    now = clock.now()
    rows = Ticket.objects.visible_to(user).for_list().filter(state=State.SURVEYED, nature=Nature.MUNICIPAL)
    found = [row_of(referral, user, now) for referral in with_clock(referrals(user).filter(state=ReferralState.OPEN))]
    return {
        "unsent": [
            {"ticket": ticket, "url": pattern("refer", ticket.number) if is_allowed("refer", ticket, user) else ""}
            for ticket in rows.order_by("reported_at")
        ],
        "rows": sorted(found, key=lambda row: row["due"]),
        "part_url": f"{reverse('referrals')}?part=list",
        "next": f"?{urlencode({'next': reverse('referrals')})}",
    }


def with_clock(rows: Any) -> list[Referral]:
    """Each with its follow-ups and the open clock of the next one. Two more queries."""
    clocks = Deadline.objects.open().filter(kind=Deadline.Kind.REFERRAL)
    said = FollowUp.objects.select_related("by").order_by("pk")
    return list(rows.prefetch_related(Prefetch("follow_ups", said), Prefetch("ticket__deadlines", clocks, to_attr="asked")))  # fmt: skip


def row_of(referral: Referral, user: User, now: dt.datetime) -> dict[str, Any]:
    """What the template of a row reads."""
    ticket, said = referral.ticket, list(referral.follow_ups.all())
    asked: list[Deadline] = ticket.asked  # type: ignore[attr-defined]
    due = asked[0].due_at if asked else None
    steps = [name for name in ("follow_up", "confirm_restored") if is_allowed(name, ticket, user)]
    return {
        "referral": referral,
        "ticket": ticket,
        "due": due or FAR,
        "clock": clock_shown(Deadline(kind=Deadline.Kind.REFERRAL, due_at=due), now, label=_("下次跟进")) if due else None,
        "last": said[-1] if said else None,
        "last_at": when(said[-1].at, now) if said else "",
        "n": len(said),
        "steps": [(label_of(name), pattern(name, ticket.number)) for name in steps],
    }  # fmt: skip


def the_register(request: HttpRequest) -> dict[str, Any]:
    """Every referral, newest first, by body and state, fifty a page."""
    state, body = request.GET.get("state", "")[:12], request.GET.get("body", "")[:9]
    state = state if state in ReferralState.values else ""
    body = body if body in Referral.Body.values else ""
    rows = referrals(person(request)).order_by("-pk")
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(body=body) if body else rows
    page = Paginator(rows, PAGE).get_page(request.GET.get("page", "1")[:9])
    asked = {name: value for name, value in (("view", "all"), ("state", state), ("body", body)) if value}
    return {
        "page": page, "state": state, "body": body, "states": ReferralState.choices, "bodies": Referral.Body.choices,
        "pages": pager(page, f"{reverse('referrals')}?{urlencode(asked)}"),
    }  # fmt: skip
