"""索赔: repairs done in a builder's stead whose costs nobody has claimed yet, and every claim with what came of it (G9)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from billing import claims
from billing.claim_lifecycle import STANDING_CLAIM, ClaimState
from billing.lifecycle import issue_paper
from billing.models import Claim
from billing.views.claims import seen
from core.money import ZERO
from desk.notice_list import pager
from desk.offers import of_claims
from desk.roles import only_for, person
from desk.way import pattern
from people.models import User
from people.roles import ES, FD, MG, SS
from tickets.models import Ticket

READERS = (FD, SS, ES, MG)
PAGE = 50


@require_GET
@only_for(*READERS)
def claim_list(request: HttpRequest) -> HttpResponse:
    """What waits for somebody, the earliest payment day first; ?view=all is the register of claims, ?part=list the list alone."""
    if request.GET.get("view") == "all":
        return render(request, "desk/claim_register_page.html", the_register(request))
    context = waiting(person(request))
    part = request.GET.get("part") == "list"
    return render(request, "desk/_claim_list.html" if part else "desk/claim_list_page.html", context)


def waiting(user: User) -> dict[str, Any]:
    """Repairs to be claimed for, drafts to be sent, claims that wait for the builder's money."""
    standing = seen(user).filter(state__in=STANDING_CLAIM).prefetch_related("approvals").order_by("pay_by", "pk")
    rows = [row_of(claim, user) for claim in standing]
    sent = [row for row in rows if row["claim"].state == ClaimState.SENT]
    return {
        "undrafted": [
            {"ticket": ticket, "url": draft_url(ticket, user)}
            for ticket in claims.to_claim(user).for_list().order_by("completed_at", "pk")
        ],
        "drafts": [row for row in rows if row["claim"].state == ClaimState.DRAFTED],
        "sent": sent,
        "sent_sum": sum((row["claim"].net for row in sent), ZERO),
        "part_url": f"{reverse('claims')}?part=list",
        "next": f"?{urlencode({'next': reverse('claims')})}",
    }


def draft_url(ticket: Ticket, user: User) -> str:
    return pattern("draft_claim", ticket.number) if user.may(SS, within=ticket.community_id) else ""


def row_of(claim: Claim, user: User) -> dict[str, Any]:
    """What the template of a row reads."""
    asked = [row for row in claim.approvals.all() if row.state == "asked"]
    offers = sorted(of_claims([claim], asked, user), key=lambda offer: offer.rare)
    steps = [(offer.label, offer.url, offer.page) for offer in offers]
    return {"claim": claim, "ticket": claim.ticket, "asked": asked, "steps": steps, "prints": issue_paper(claim, user)}


def the_register(request: HttpRequest) -> dict[str, Any]:
    """Every claim, newest first, by state, fifty a page; what was asked and what came."""
    state = request.GET.get("state", "")[:12]
    state = state if state in ClaimState.values else ""
    rows = seen(person(request)).order_by("-pk")
    rows = rows.filter(state=state) if state else rows
    page = Paginator(rows, PAGE).get_page(request.GET.get("page", "1")[:9])
    asked = {name: value for name, value in (("view", "all"), ("state", state)) if value}
    return {
        "page": page, "state": state, "states": ClaimState.choices, "pages": pager(page, f"{reverse('claims')}?{urlencode(asked)}"),
    }  # fmt: skip
