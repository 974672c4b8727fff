"""What lists and pages say of inspections: how many lines stand where, which are late, what comes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, Subquery, Sum, When, Window
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from core.lifecycle import Lifecycle
from people.models import User
from people.roles import DU, ES, FD, FI, MG, SS
from places.builders import builders_of
from places.queries import parse_address, parse_number
from tickets.handover import InspectionState
from tickets.inspections.following import is_repaired
from tickets.inspections.rooms import said
from tickets.inspections.showing import bearer, until
from tickets.models import Deadline, Event, Inspection, InspectionLine, Ticket
from tickets.states import FINAL, State, Urgency

PAGE = 50
DONE_STATES = (State.COMPLETED, State.CALLED_BACK, State.CLOSED)
UNTOLD = Q(tickets__state=State.REPORTED)
FILTERS: Mapping[str, Q] = {
    "draft": Q(state=InspectionState.DRAFT), "notify": Q(state=InspectionState.REGISTERED) & UNTOLD,
    "open": Q(state=InspectionState.REGISTERED), "done": Q(state=InspectionState.DONE),
}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What of the inspections is shown, as the address says it; an unknown value shows everything."""

    q: str = ""
    state: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Wanted:
        q, state = (given.get(name, "").replace("\x00", "").strip()[:60] for name in ("q", "state"))
        return cls(q, state if state in FILTERS else "")

    def address(self, page: int = 1, **changes: str) -> str:
        said = {name: value for name, value in vars(replace(self, **changes)).items() if value}
        if page > 1:
            said["page"] = str(page)
        return reverse("inspections") + (f"?{urlencode(said)}" if said else "")


def found(rows: Any, wanted: Wanted) -> Any:
    """The inspections that fit, drafts first, then those at work, the newest first."""
    rows = rows.exclude(state=InspectionState.DISCARDED)
    if wanted.state:
        rows = rows.filter(FILTERS[wanted.state]).distinct()
    if wanted.q:
        rows = rows.filter(meaning(wanted.q))
    order = Case(
        When(state=InspectionState.DRAFT, then=0), When(state=InspectionState.REGISTERED, then=1), default=2,
        output_field=IntegerField(),
    )  # fmt: skip
    return with_facts(rows).order_by(order, "-registered_at", "-pk")


def meaning(q: str) -> Q:
    """A number in any spelling, else a dwelling, else the name of the resident."""
    number = parse_number(q)
    if number and number.kind == "YF":
        lead = f"YF-{number.month}-" if number.month else "YF-"
        holds = Q(number__contains=lead)
        return holds if number.serial is None else holds & Q(number__endswith=f"-{number.serial:04d}")
    holds = Q(reporter_name__contains=q)
    address = parse_address(q)
    for word in address.words if address else []:
        holds |= Q(unit__search_text__contains=f" {word}")
    return holds


def totals(by: User, wanted: Wanted) -> list[dict[str, Any]]:
    """The views above the list with how many there are of each. One query."""
    rows = Inspection.objects.visible_to(by).order_by()
    sums = {name: Count("pk", filter=which, distinct=True) for name, which in FILTERS.items()}
    n = rows.aggregate(all=Count("pk", filter=~Q(state=InspectionState.DISCARDED), distinct=True), **sums)
    words = {"": _("全部"), "draft": _("草稿"), "notify": _("待通知"), "open": _("整改中"), "done": _("已完成")}
    return [
        {"label": label, "n": n[name or "all"], "url": wanted.address(state=name), "current": wanted.state == name}
        for name, label in words.items()
    ]


def counted(rows: Sequence[Inspection]) -> list[dict[str, Any]]:
    """Each inspection (of `with_facts`) with how many of its lines stand where. One query more."""
    tickets = Ticket.objects.filter(inspection__in=[row.pk for row in rows]).order_by().values("inspection")
    sums = {row["inspection"]: row for row in tickets.annotate(**sums_of_lines())} if rows else {}
    now = clock.now()
    return [described(row, sums.get(row.pk, {}), now) for row in rows]


def with_facts(rows: Any) -> Any:
    """Inspections with the number of their lines and their earliest open promise."""
    here = {"ticket__inspection": OuterRef("pk")}
    written = InspectionLine.objects.filter(inspection=OuterRef("pk"), removed_at=None).order_by().values("inspection")
    dues = Deadline.objects.open().filter(**here).exclude(ticket__urgency=Urgency.URGENT).order_by("due_at")
    return rows.annotate(
        written=Coalesce(Subquery(written.annotate(n=Count("pk")).values("n")), 0),
        due=Subquery(dues.values("due_at")[:1]),
    )


def sums_of_lines() -> dict[str, Any]:
    states = {
        "untold": Q(state=State.REPORTED) & ~Q(urgency=Urgency.URGENT), "unjudged": Q(state__in=[State.NOTIFIED, State.ON_SITE]),
        "waiting": ~Q(state__in=[State.REPORTED, State.NOTIFIED, State.ON_SITE, *DONE_STATES, *FINAL]),
        "repaired": Q(state__in=DONE_STATES), "ended": Q(state__in=[State.CANCELLED, State.DECLINED, State.MERGED]),
        "passed": Q(inspection_line__passed=True), "failed": Q(inspection_line__passed=False),
        "urgent": Q(urgency=Urgency.URGENT) & ~Q(state__in=[*DONE_STATES, *FINAL]),
    }  # fmt: skip
    return {"n": Count("pk"), **{name: Count("pk", filter=which) for name, which in states.items()}}


def described(row: Any, sums: Mapping[str, int], now: dt.datetime) -> dict[str, Any]:
    """A row of a list: where, how many lines, what stands where."""
    draft = row.state == InspectionState.DRAFT
    return {
        "inspection": row, "url": row.get_absolute_url(), "n": row.written, "draft": draft, "parts": parts_of(sums), "due": row.due,
        "late": bool(row.due and row.due < now), "when": row.registered_at or row.opened_at,
        "who": row.registered_by or row.opened_by, "untold": sums.get("untold", 0),
    }  # fmt: skip


def parts_of(sums: Mapping[str, int]) -> list[str]:
    """待通知 38 · 待维修 2."""
    words = (
        ("untold", _("待通知 %(n)s")), ("unjudged", _("待核实 %(n)s")), ("waiting", _("待维修 %(n)s")),
        ("repaired", _("已修好 %(n)s")), ("failed", _("复验不通过 %(n)s")), ("passed", _("复验通过 %(n)s")),
        ("ended", _("已消单 %(n)s")), ("urgent", _("急修 %(n)s")),
    )  # fmt: skip
    return [word % {"n": sums[name]} for name, word in words if sums.get(name)]


def waiting(by: User, limit: int) -> tuple[list[dict[str, Any]], int, int]:
    """For the board: the inspections that wait for somebody (a draft, lines to tell, a promise missed). Two queries, one where there are none.

    Gives (rows, how many more of them there are, how many others are at work).
    """
    lines = Ticket.objects.filter(inspection=OuterRef("pk")).exclude(urgency=Urgency.URGENT)
    late = Deadline.objects.open().filter(ticket__inspection=OuterRef("pk"), due_at__lt=clock.now())
    wait = Exists(lines.filter(state=State.REPORTED)) | Exists(late.exclude(ticket__urgency=Urgency.URGENT))
    written = Exists(InspectionLine.objects.filter(inspection=OuterRef("pk"), removed_at=None))
    draft, registered = Q(state=InspectionState.DRAFT), Q(state=InspectionState.REGISTERED)
    rows = with_facts(Inspection.objects.visible_to(by).filter((draft & written) | registered))
    rows = rows.annotate(waits=Case(When(draft | wait, then=1), default=0, output_field=IntegerField()))
    rows = rows.annotate(all=Window(Count("pk")), pressing=Window(Sum("waits"))).for_page()
    first = list(rows.order_by("-waits", F("due").asc(nulls_last=True), "opened_at", "pk")[:limit])
    shown = [row for row in first if row.waits]
    if not first:
        return [], 0, 0
    return counted(shown), first[0].pressing - len(shown), first[0].all - first[0].pressing


OFFICE = (FD, DU, SS, ES, MG, FI)


def lines_of(record: Inspection, by: User) -> list[dict[str, Any]]:
    """The lines of a registered inspection with their repairs as they stand. Two queries."""
    rows = record.lines.select_related("ticket__component", "ticket__trade", "component").prefetch_related(
        "reinspections__by"
    )
    found = [line for line in rows.order_by("number") if line.ticket]
    builders = builders_of(record.unit, [line.component for line in found if line.component])
    office = by.may(*OFFICE, within=record.community_id)
    shown = []
    for line in found:
        ticket = line.ticket
        assert ticket is not None and line.component is not None, "registered"
        looks = list(line.reinspections.all())
        judged = Judged(ticket.warranty_state, ticket.warranty_ends_on)
        shown.append({
            "line": line, "id": ticket.pk, "ticket": ticket, "room": said(line.room), "url": ticket.get_absolute_url() if office or ticket.is_for(by) else "",
            "warranty": until(judged), "who": bearer(judged, builders[line.component.pk]),  # type: ignore[arg-type]
            "look": looks[-1] if looks else None, "repaired": is_repaired(ticket), "ended": ticket.state in FINAL,
        })  # fmt: skip
    return shown


@dataclass(frozen=True)
class Judged:
    """The verdict as it was computed on the day of the report."""

    state: str
    ends_on: dt.date | None


def head(record: Inspection, lines: Sequence[Mapping[str, Any]], by: User) -> dict[str, Any]:
    """What the page says on top: counts, the steps this person may take, the one that comes next."""
    tickets = [line["ticket"] for line in lines]
    told = [ticket for ticket in tickets if ticket.urgency != Urgency.URGENT]
    needs = {
        "batch_notify": any(ticket.state == State.REPORTED for ticket in told),
        "survey_as_seen": any(ticket.state in {State.REPORTED, State.NOTIFIED} for ticket in told),
        "reinspect": any(not line["line"].passed and not (line["ended"] and not line["repaired"]) for line in lines),
    }
    offered = {step.name: step for step in record.next_steps(by)}
    steps = [offered[name] for name, needed in needs.items() if needed and name in offered]
    for step in steps:
        step.custom["href"] = reverse(step.name, args=[record.number])
    ready = any(line["repaired"] and not line["line"].passed for line in lines)
    first = next((step for step in steps if step.name != "reinspect" or ready), None)
    sums: dict[str, int] = {}
    for line in lines:
        sums[line["who"]] = sums.get(line["who"], 0) + 1
    return {
        "steps": [step for step in steps if step is not first], "main": first, "by_builder": list(sums.items()),
        "urgent": [line for line in lines if line["ticket"].urgency == Urgency.URGENT and line["ticket"].state == State.REPORTED],
        "passed": sum(bool(line["line"].passed) for line in lines), "may_print": by.may(FD, SS, ES, within=record.community_id),
    }  # fmt: skip


def told(record: Inspection, model: type[Lifecycle]) -> list[dict[str, Any]]:
    """What happened to the inspection itself, newest first: word, who, when, how many lines."""
    labels = {move.name: str(move.custom.get("label", move.name)) for move in model._moves()}
    labels |= {"print": _("打印验房记录"), "conclude": _("全部复验通过")}
    rows = (
        Event.objects.filter(ticket=None, stream=record.stream).select_related("actor", "on_behalf_of").order_by("-seq")
    )
    return [
        {"word": labels.get(row.action.removeprefix("inspection_"), row.action), "who": row.on_behalf_of or row.actor, "at": row.at,
         "n": row.facts.get("items")}
        for row in rows
    ]  # fmt: skip
