"""投诉: every complaint with its clock, and the life of one (SOP 3.1-2, 3.2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from callbacks import queries
from callbacks.complaining import CORRECTABLE
from callbacks.lifecycle import ComplaintState
from callbacks.models import Complaint
from callbacks.models.complaints import OVER
from core import clock
from core.text import squeezed
from desk.cards import clock_line, complaint_clock
from desk.clocks import Clock
from desk.clocks import clock as clock_shown
from desk.offers import Offer
from desk.private import LOST, in_address
from desk.roles import only_for, person
from desk.rows import when
from desk.steps import panel
from desk.ticket_list import LONGEST, numbered
from desk.timeline import Names, by_day, told
from desk.way import pattern
from people.models import User
from people.roles import ES, FD, MG, SS
from places.queries import parse_number
from tickets.models import Deadline, Event

READERS = (FD, SS, ES, MG)
RECORDERS = (FD, SS)
PAGE = 50
Kind = Deadline.Kind


@dataclass(frozen=True)
class Wanted:
    """Which complaints are shown, as address or form say it; an unknown value shows everything.

    `said` is the search as it may stand in an address, `lost` a number that only an earlier session knew.
    """

    q: str = ""
    state: str = ""
    kind: str = ""
    said: str = ""
    lost: bool = False

    @classmethod
    def read(cls, request: HttpRequest) -> Wanted:
        sent = request.POST if request.method == "POST" else request.GET
        given = {name: sent.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in ("q", "state", "kind")}
        state = given["state"] if given["state"] in {"open", *ComplaintState.values} else ""
        kind = given["kind"] if given["kind"] in Complaint.Kind.values else ""
        return cls(given["q"], state, kind, in_address(request, given["q"]), sent.get(LOST) == "q")

    def address(self, page: int = 1) -> str:
        """The list's address with these filters."""
        said = {"q": self.said, "state": self.state, "kind": self.kind, "page": str(page) if page > 1 else ""}
        said = {name: value for name, value in said.items() if value}
        return reverse("complaints") + (f"?{urlencode(said)}" if said else "")


@require_http_methods(["GET", "HEAD", "POST"])
@only_for(*READERS)
def complaints(request: HttpRequest) -> HttpResponse:
    """Open ones first by their clock, then the ended ones; the form posts, for what is typed may be a telephone."""
    user, now, wanted = person(request), clock.now(), Wanted.read(request)
    if request.method == "POST":
        return redirect(wanted.address())
    page = Paginator(found(queries.complaints(user), wanted), PAGE).get_page(request.GET.get("page", "1")[:9])
    rows = [row_of(row, user, now, wanted.address()) for row in page.object_list]
    groups = [
        {
            "name": "open",
            "title": _("未结"),
            "hint": _("按答应的时间答复"),
            "rows": [row for row in rows if row["open"]],
        },
        {"name": "over", "title": _("已结"), "hint": "", "rows": [row for row in rows if not row["open"]]},
    ]
    here = wanted.address(page.number)
    context = {
        "wanted": wanted,
        "groups": [group for group in groups if group["rows"]],
        "page": page,
        "pager": pager(wanted, page),
        "part_url": f"{here}{'&' if '?' in here else '?'}part=list",
        "states": [("open", _("未结")), *ComplaintState.choices],
        "kinds": Complaint.Kind.choices,
        "new_url": reverse("new_complaint") if user.may(*RECORDERS) else "",
        "narrowed": wanted != Wanted(),
    }
    part = request.GET.get("part") == "list"
    return render(request, "desk/_complaints_list.html" if part else "desk/complaints_page.html", context)


def found(rows: Any, wanted: Wanted) -> Any:
    """The complaints that fit the filters and the words."""
    if wanted.lost:
        return rows.none()
    if wanted.state == "open":
        rows = rows.open()
    elif wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    return rows.filter(meaning(wanted.q)) if wanted.q else rows


def meaning(q: str) -> Q:
    """What was typed as a condition: a number of a complaint or of its repair, else words of the search text."""
    number = parse_number(q)
    if number and number.kind in {"TS", "BX"}:
        field = "number" if number.kind == "TS" else "ticket__number"
        return Q(pk__in=numbered(Complaint.objects.all(), field, number).values("pk"))
    return Q(search_text__contains=squeezed(q)) if squeezed(q) else Q(pk=None)


def pager(wanted: Wanted, page: Any) -> list[dict[str, Any]]:
    """Real links to the pages around the present one."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [
        {"label": str(n), "url": wanted.address(page=n) if isinstance(n, int) else "", "current": n == page.number}
        for n in numbers
    ]


def row_of(row: Complaint, user: User, now: dt.datetime, here: str) -> dict[str, Any]:
    """A complaint with its clock and the steps on offer, the procedure's first."""
    steps = offers(row, user)
    asked = f"?{urlencode({'next': here})}"
    return {
        "complaint": row,
        "open": row.state not in OVER,
        "clock": clock_of(row, now),
        "when": when(row.recorded_at, now),
        "over": when(row.since, now),
        "steps": [(offer.label, offer.url + asked) for offer in steps],
    }


def clock_of(row: Complaint, now: dt.datetime) -> Clock | None:
    """The promise that runs, from `due` of queries.complaints; None once it is over."""
    due = getattr(row, "due", None)
    if due is None:
        return None
    kind = Kind.STEP if row.state == ComplaintState.ANSWERED else Kind.COMPLAINT
    return clock_shown(Deadline(kind=Kind.COMPLAINT, due_at=due), now, label=complaint_clock(kind))


def offers(row: Complaint, user: User) -> list[Offer]:
    """The steps this person may take."""
    return [
        Offer(
            f"complaint_{step.name}", step.label, pattern(f"complaint_{step.name}", row.number), row, rare=bool(step.custom.get("rare"))
        )
        for step in row.next_steps(user)
    ]  # fmt: skip


@require_GET
@only_for(*READERS)
def complaint(request: HttpRequest, number: str) -> HttpResponse:
    """One complaint: its next step with the form, what was said and answered, its clocks and what happened."""
    user, now = person(request), clock.now()
    row = queries.complaints(user).filter(number=number).first()
    if row is None or not user.may(*READERS, within=row.community_id):
        raise Http404
    events, deadlines = life_of(row)
    steps = offers(row, user)
    main = next((offer for offer in steps if not offer.rare), None)
    url = row.get_absolute_url()
    context: dict[str, Any] = {
        "complaint": row,
        "url": url,
        "open": row.state not in OVER,
        "clock": clock_of(row, now),
        "panel": panel(request, main, url) if main else None,
        "others": [offer for offer in steps if offer is not main and not offer.rare],
        "rare": [offer for offer in steps if offer.rare],
        "clocks": [clock_line(deadline, complaint_clock(deadline.kind), now) for deadline in deadlines],
        "days": by_day(told(events, deadlines, Names.of(events), now), now),
        "corrections": row.corrections.select_related("assignee"),
        "correct_url": correct_url(row, user),
        "unmask_url": reverse("complaint_unmask", args=[row.number])
        if user.may(FD, SS, within=row.community_id)
        else "",
    }
    return render(request, "desk/complaint_page.html", context)


def life_of(row: Complaint) -> tuple[list[Event], list[Deadline]]:
    """Its events, among those of its repair if it hangs on one, and its clocks. Two queries."""
    deadlines = list(Deadline.objects.filter(ticket=row.ticket, ref=row.number).order_by("started_at", "pk"))
    chain = Event.objects.filter(ticket=row.ticket, stream=row.stream)
    rows = chain.select_related("actor", "on_behalf_of", "remark").order_by("seq")
    if row.ticket:
        rows = rows.filter(Q(facts__complaint=row.number) | Q(facts__ref=row.number))
    return list(rows), deadlines


def correct_url(row: Complaint, user: User) -> str:
    """Where a correction is raised from it; empty where there is nothing to correct, or not by this person."""
    may = row.ticket and row.ticket.state in CORRECTABLE and user.may(FD, SS, ES, within=row.community_id)
    return (
        f"{reverse('complaint_raise_correction', args=[row.number])}?{urlencode({'next': row.get_absolute_url()})}"
        if may
        else ""
    )
