"""What the desk's pages ask of the database: open repairs, their clocks and last events, today's promises, who is on duty."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, TruncMonth

from alerts.models import Bell
from billing.lifecycle import AgreementState, ApprovalState
from billing.models import Agreement, Approval
from callbacks.lifecycle import CorrectionState
from callbacks.models import Complaint, Correction
from core.clock import SHANGHAI, midnight_after, start_of, today
from desk.sentences import FOLLOWS
from people.models import Duty, Grant, Team, User
from people.roles import TE
from places.models import Community
from tickets.models import OF_COMPLAINT, BadWeather, Deadline, Event, Pulse, Ticket
from tickets.states import State, Urgency
from workorders.models import Copy, Holder, Slip
from workorders.states import DONE_SLIP, SlipState

Kind = Deadline.Kind
SHEET = "inspection"
# What the board shows of a handover inspection in its own row: lines that are not urgent, until a slip goes out.
OF_WORK = (Kind.NOTIFY, Kind.ARRIVE, Kind.FINISH, Kind.STEP, Kind.COLLECT, Kind.BUILDER_REPLY, Kind.REFERRAL)
LINES = Q(ticket__inspection__isnull=False) & ~Q(ticket__urgency=Urgency.URGENT)
ON_SHEET = Case(When(LINES & Q(kind__in=OF_WORK), then=True), default=False, output_field=BooleanField())
# Clocks of things that have a list of their own; a row shows them only when nothing else runs.
ASIDE = (Kind.COPY_RETURN, Kind.CASH)
# What a machine wrote, or what followed by itself: not "what they last did".
SILENT = ("deadline_missed", "deadline_kept_after_all", "acknowledge", "hush", *FOLLOWS)


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
        rings=Exists(Bell.objects.standing()),
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
    """Open promises by kind: how many run, how many of them are late. Every clock of a complaint counts as complaint; those of inspection lines apart, as `inspection_notify`."""
    rows = Deadline.objects.open().filter(promised_here(user))
    late = Count("pk", filter=Q(due_at__lt=now))
    of = Case(When(OF_COMPLAINT, then=Value(Kind.COMPLAINT.value)), default=F("kind"))
    sums = rows.order_by().annotate(of=of).values("of", on_sheet=ON_SHEET).annotate(n=Count("pk"), late=late)
    return {
        f"{SHEET}_{kind}" if on_sheet else kind: (n, overdue)
        for kind, on_sheet, n, overdue in sums.values_list("of", "on_sheet", "n", "late")
    }


def open_tickets(user: User) -> list[Ticket]:
    """Every open repair a person may see that is listed by itself, ready for a row. One query."""
    issued = (
        Agreement.objects.filter(ticket=OuterRef("pk"), state=AgreementState.ISSUED).order_by("-pk").values("pk")[:1]
    )
    building = Coalesce("unit__entrance__building__code", "area__building__code")
    rows = Ticket.objects.visible_to(user).open().single().for_list()
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
    """Technicians on duty now in the communities a person sees. One query, by the rows of the roster."""
    places = user.communities
    grants = Grant.objects.filter(role=TE)
    if places is not None:
        grants = grants.filter(Q(community__in=places) | Q(community=None))
    rows = Duty.objects.filter(user__is_active=True, user__in=grants.values("user")).select_related("user__team")
    return list({row.user_id: row.user for row in rows.order_by("user_id") if row.covers(now)}.values())


def crews(user: User) -> list[tuple[Team, list[User]]]:
    """The teams of the communities a person sees, each with its technicians. Three queries."""
    places = user.communities
    teams = Team.objects.all() if places is None else Team.objects.filter(Q(community__in=places) | Q(community=None))
    people = User.objects.filter(grants__role=TE, is_active=True, team__in=teams).distinct().prefetch_related("duties")
    members: dict[int, list[User]] = {}
    for each in people.order_by("pk"):
        members.setdefault(each.team_id or 0, []).append(each)
    return [(team, members.get(team.pk, [])) for team in teams]


@dataclass(frozen=True, slots=True)
class Done:
    """A repair completed in the range: whose team it was, whether it was urgent, whether a builder or contractor did it."""

    team: int | None
    urgent: bool
    firm: bool


def done_since(user: User, since: dt.datetime) -> list[Done]:
    """What was completed since then. One query."""
    outside = Slip.objects.filter(ticket=OuterRef("pk"), state__in=DONE_SLIP, builder__isnull=False)
    rows = Ticket.objects.visible_to(user).filter(completed_at__gte=since).annotate(firm=Exists(outside))
    found = rows.order_by().values_list("team", "urgency", "firm")
    return [Done(team, urgency == Urgency.URGENT, firm) for team, urgency, firm in found]


@dataclass(frozen=True, slots=True)
class Quality:
    """Thirty days: half-hour arrivals kept and due, repairs completed, and those of them that had to be visited again."""

    kept: int
    due: int
    completed_by: dict[int | None, int]
    redone_by: dict[int | None, int]

    @property
    def completed(self) -> int:
        return sum(self.completed_by.values())

    @property
    def redone(self) -> int:
        return sum(self.redone_by.values())


def quality(user: User, now: dt.datetime) -> Quality:
    """The figures of the last thirty days (C.2). Two queries."""
    since = now - dt.timedelta(days=30)
    rows = Deadline.objects.filter(PROMISES["arrive"], due_at__gt=since, due_at__lte=now, ticket__isnull=False)
    places = user.communities
    if places is not None:
        rows = rows.filter(ticket__community__in=places)
    settled = Q(met_at__isnull=False) | Q(cancelled_because=Deadline.Because.US) | Q(cancelled_at=None)
    arrivals = rows.aggregate(kept=Count("pk", filter=Q(met_at__lte=F("due_at"))), due=Count("pk", filter=settled))
    again = Correction.objects.filter(ticket=OuterRef("pk"), needs_visit=True).exclude(state=CorrectionState.WITHDRAWN)
    done = Ticket.objects.visible_to(user).filter(completed_at__gt=since).annotate(again=Exists(again)).order_by()
    sums = list(done.values("team").annotate(n=Count("pk"), redone=Count("pk", filter=Q(again=True))))
    return Quality(
        arrivals["kept"], arrivals["due"], {row["team"]: row["n"] for row in sums}, {row["team"]: row["redone"] for row in sums}
    )  # fmt: skip


def thirds_by_month(user: User, now: dt.datetime) -> list[tuple[dt.date, int, int, int]]:
    """Of this month and the one before: its first day, third copies due, home, and with engineering. One query."""
    first = today(now).replace(day=1)
    before = (first - dt.timedelta(days=1)).replace(day=1)
    rows = Copy.objects.visible_to(user).filter(number=3, slip__issued_at__gte=start_of(before))
    rows = rows.exclude(slip__state=SlipState.VOIDED).annotate(month=TruncMonth("slip__issued_at", tzinfo=SHANGHAI))
    home, kept = Q(holder=Holder.DESK, slip__state__in=DONE_SLIP), Q(holder=Holder.ENGINEERING)
    sums = rows.order_by().values("month").annotate(
        due=Count("pk"), home=Count("pk", filter=home), kept=Count("pk", filter=kept)
    )  # fmt: skip
    return [(row["month"].date(), row["due"], row["home"], row["kept"]) for row in sums.order_by("month")]
