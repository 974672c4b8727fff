"""What the desk's pages ask of the database: open repairs, their clocks and last events, today's promises, who is on duty."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from billing.lifecycle import AgreementState, ApprovalState
from billing.models import Agreement, Approval
from callbacks.models import Complaint
from core.clock import midnight_after, start_of, today
from desk.sentences import FOLLOWS
from people.models import User
from people.roles import TE
from places.models import Community
from tickets.models import OF_COMPLAINT, BadWeather, Deadline, Event, Pulse, Ticket
from tickets.states import State, Urgency

Kind = Deadline.Kind
# Clocks of things that have a list of their own; a row shows them only when nothing else runs.
ASIDE = (Kind.COPY_RETURN, Kind.CASH)
# What a machine wrote, or what followed by itself: not "what they last did".
SILENT = ("deadline_missed", "deadline_kept_after_all", "acknowledge", *FOLLOWS)


def of_each(rows: QuerySet[Any], community: str) -> Any:
    """How many of these rows belong to the community of the outer query."""
    of_one = rows.filter(**{community: OuterRef("pk")}).order_by().values(community)
    return Coalesce(Subquery(of_one.annotate(n=Count("pk")).values("n")), 0)


def estates(user: User, now: dt.datetime) -> list[Any]:
    """The communities a person sees, each with what the frame must know: newest event, last sweep, open repairs, what waits for
    the manager, bad weather. One query."""
    newest = Event.objects.order_by("-pk").values("pk")[:1]
    sweep = Pulse.objects.filter(name="sweep").values("at")
    storm = BadWeather.objects.filter(community=OuterRef("pk")).at(now).order_by("-starts")
    waiting = Approval.objects.filter(state=ApprovalState.ASKED)
    rows = Community.objects.visible_to(user).annotate(
        weather=Subquery(storm.values("what")[:1]),
        weather_until=Subquery(storm.values("ends")[:1]),
        newest=Subquery(newest),
        sweep=Subquery(sweep),
        still_open=of_each(Ticket.objects.open(), "community"),
        asked=of_each(waiting, "ticket__community"),
    )
    return list(rows.only("code", "name", "demo"))


def promised_here(user: User) -> Q:
    """Which deadlines a person may see: those of his communities' repairs, and of complaints there that hang on none."""
    places = user.communities
    if places is None:
        return Q()
    alone = Complaint.objects.filter(community__in=places, ticket=None)
    return Q(ticket__community__in=places) | Q(ticket=None, ref__in=alone.values("number"))


def running(user: User, now: dt.datetime) -> dict[str, tuple[int, int]]:
    """Open promises by kind: how many run, how many of them are late. Every clock of a complaint counts as complaint."""
    rows = Deadline.objects.open().filter(promised_here(user))
    late = Count("pk", filter=Q(due_at__lt=now))
    of = Case(When(OF_COMPLAINT, then=Value(Kind.COMPLAINT.value)), default=F("kind"))
    sums = rows.order_by().annotate(of=of).values("of").annotate(n=Count("pk"), late=late)
    return {kind: (n, overdue) for kind, n, overdue in sums.values_list("of", "n", "late")}


def open_tickets(user: User) -> list[Ticket]:
    """Every open repair a person may see, ready for a row. One query."""
    issued = (
        Agreement.objects.filter(ticket=OuterRef("pk"), state=AgreementState.ISSUED).order_by("-pk").values("pk")[:1]
    )
    building = Coalesce("unit__entrance__building__code", "area__building__code")
    rows = Ticket.objects.visible_to(user).open().for_list()
    return list(rows.annotate(agreement_issued=Subquery(issued), building=building).defer("search_text").order_by("pk"))


def clocks_of(tickets: Iterable[Ticket]) -> dict[int, list[Deadline]]:
    """The open deadlines of these tickets, earliest first; those that have a list of their own come last. One query."""
    rows: dict[int, list[Deadline]] = {}
    pks = [ticket.pk for ticket in tickets]
    for row in Deadline.objects.open().of_repairs().filter(ticket__in=pks).order_by("due_at", "pk"):
        rows.setdefault(row.ticket_id or 0, []).append(row)
    for found in rows.values():
        found.sort(key=lambda row: row.kind in ASIDE)
    return rows


@dataclass(frozen=True, slots=True)
class Last:
    """Who last did what on a ticket."""

    action: str
    who: str
    at: dt.datetime


def last_events(tickets: Iterable[Ticket]) -> dict[int, Last]:
    """What people last did on these tickets. One query."""
    pks = [ticket.pk for ticket in tickets]
    newest = (
        Event.objects.filter(ticket__in=pks)
        .exclude(action__in=SILENT)
        .order_by()
        .values("ticket")
        .annotate(pk_=Max("pk"))
    )
    rows = Event.objects.filter(pk__in=newest.values("pk_")).order_by()
    who = Coalesce("on_behalf_of__short_name", "actor__short_name")
    return {row[0]: Last(row[1], row[3] or "", row[2]) for row in rows.values_list("ticket_id", "action", "at", who)}


@dataclass(frozen=True, slots=True)
class Kept:
    """How many promises of today were kept, of how many that are settled by now."""

    kept: int
    all: int

    @property
    def percent(self) -> int:
        return round(100 * self.kept / self.all) if self.all else 100


PROMISES = {
    "notify": Q(kind=Kind.NOTIFY),
    "arrive": Q(kind=Kind.ARRIVE) & ~Q(ticket__urgency=Urgency.ROUTINE),
    "finish": Q(kind=Kind.FINISH, ticket__urgency=Urgency.URGENT, ref=""),
    "window": Q(kind=Kind.ARRIVE, ticket__urgency=Urgency.ROUTINE),
}


def kept_today(user: User, now: dt.datetime) -> dict[str, Kept]:
    """The four promises of the strip among what is due today: kept and all, those still running and in time left out. One query."""
    day = today(now)
    rows = Deadline.objects.filter(due_at__gt=start_of(day), due_at__lte=midnight_after(day), ticket__isnull=False)
    places = user.communities
    if places is not None:
        rows = rows.filter(ticket__community__in=places)
    kept = Q(met_at__lte=F("due_at"))
    settled = Q(met_at__isnull=False) | Q(cancelled_because=Deadline.Because.US) | Q(cancelled_at=None, due_at__lt=now)
    sums = {f"{name}_kept": Count("pk", filter=which & kept) for name, which in PROMISES.items()}
    sums |= {f"{name}_all": Count("pk", filter=which & settled) for name, which in PROMISES.items()}
    found = rows.aggregate(**sums)
    return {name: Kept(found[f"{name}_kept"], found[f"{name}_all"]) for name in PROMISES}


def last_closed(user: User, limit: int = 5) -> QuerySet[Ticket]:
    """The repairs closed last, for an empty board."""
    rows: QuerySet[Ticket] = (
        Ticket.objects.visible_to(user).filter(state=State.CLOSED).for_list().order_by("-closed_at")
    )
    return rows[:limit]


def on_duty(user: User, now: dt.datetime) -> list[User]:
    """Technicians on duty now in the communities a person sees. Two queries."""
    places = user.communities
    grants = Q(grants__role=TE)
    if places is not None:
        grants &= Q(grants__community__in=places) | Q(grants__community=None)
    people = User.objects.filter(grants, is_active=True).select_related("team").prefetch_related("duties").distinct()
    return [person for person in people if person.on_duty(now)]
