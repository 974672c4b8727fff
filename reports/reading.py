"""The rows of a month, read as values in a handful of queries however many repairs there are."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum

from billing.models import Charge, Payment
from callbacks.lifecycle import CallbackState
from callbacks.models import Callback
from callbacks.models import Correction as CorrectionModel
from core.money import ZERO
from places.models import Community, Component
from reports.cases import (
    ENDED,
    ERROR,
    REACHED,
    VOIDED,
    WITHDRAWN,
    Call,
    Case,
    ChargeRow,
    Correction,
    Records,
    SlipRow,
    promise,
)
from reports.months import Month
from tickets.models import Deadline, Event, Ticket
from tickets.queries import rework_window
from tickets.states import Urgency
from workorders.letters import ReferralState
from workorders.models import Copy, Holder, Referral, Slip

Kind = Deadline.Kind
COUNTED = (Kind.NOTIFY, Kind.ARRIVE, Kind.FINISH, Kind.CALLBACK, Kind.COPY_RETURN)
CHANGES = ("raise_urgency", "lower_urgency")
# What begins a promise to finish anew, with the old due time.
REOPENS = ("slip_reject", "slip_unfinish", "slip_arrive", "take_back")
TICKET = (
    "pk", "community_id", "component_id", "reported_at", "notified_at", "on_site_at", "completed_at", "state", "since",
    "cancel_reason", "relation", "has_caller", "urgency",
)  # fmt: skip
Places = set[int] | None


def here(places: Places, path: str = "community") -> Q:
    """Of these communities; None: of all."""
    return Q() if places is None else Q(**{f"{path}__in": places})


def read(places: Places, month: Month, as_of: dt.datetime) -> Records:
    """A month of these communities as it stood at the instant."""
    chosen = _chosen(places, month, as_of)
    cases = {case.pk: case for case in _cases(chosen, as_of)}
    pks = chosen.order_by().values("pk")
    _urgency(cases, pks, as_of)
    _promises(cases, pks, as_of)
    _slips(cases, pks, as_of)
    _referrals(cases, pks, as_of)
    raised = _corrections(cases, pks, places, month, as_of)
    _calls(cases, pks, as_of)
    return Records(month, as_of, cases, raised, _charges(cases, places, month, as_of))


def _chosen(places: Places, month: Month, as_of: dt.datetime) -> QuerySet[Ticket]:
    """R, K, and what S and the month's charges hang on."""
    issued = Slip.objects.filter(here(places), month.within("issued_at"))
    opened = Charge.objects.filter(here(places, "ticket__community"), month.within("opened_at"))
    of_papers = Q(pk__in=issued.order_by().values("ticket")) | Q(pk__in=opened.order_by().values("ticket"))
    of_month = month.within("reported_at") | month.within("completed_at") | of_papers
    rows: QuerySet[Ticket] = Ticket.objects.filter(here(places), of_month, reported_at__lte=as_of)
    return rows


def _cases(chosen: QuerySet[Ticket], as_of: dt.datetime) -> Iterable[Case]:
    estates, parts = Community.objects.in_bulk(), Component.objects.defer("phrases", "search_text").in_bulk()
    minutes, hours = dt.timedelta(minutes=1), dt.timedelta(hours=1)
    windows: dict[tuple[int, str], dt.timedelta] = {}
    first = Ticket.objects.filter(merged_into=OuterRef("pk")).exclude(relation=Ticket.Relation.PATROL)
    joined = Subquery(first.order_by("since").values("since")[:1])
    for row in chosen.annotate(joined=joined).order_by("pk").values(*TICKET, "joined"):
        estate, key = estates[row["community_id"]], (row["community_id"], row["component_id"])
        if key not in windows:
            windows[key] = rework_window(estate, parts[row["component_id"]])
        ended = row["state"] in ENDED and row["since"] <= as_of
        yield Case(
            pk=row["pk"],
            reported_at=row["reported_at"],
            notified_at=seen(row["notified_at"], as_of),
            on_site_at=seen(row["on_site_at"], as_of),
            completed_at=seen(row["completed_at"], as_of),
            ended=row["state"] if ended else "",
            ended_at=row["since"] if ended else None,
            in_error=ended and row["cancel_reason"] == ERROR,
            has_caller=row["relation"] != Ticket.Relation.PATROL or bool(seen(row["joined"], as_of)),
            notify_by=estate.notify_minutes * minutes,
            half_hour=estate.arrive_minutes * minutes,
            callback_within=estate.callback_hours * hours,
            rework_window=windows[key],
            urgency=row["urgency"],
            urgent_since=row["reported_at"],
        )


def seen(at: dt.datetime | None, as_of: dt.datetime) -> dt.datetime | None:
    """Nothing that came later."""
    return at if at and at <= as_of else None


def _urgency(cases: dict[int, Case], pks: Any, as_of: dt.datetime) -> None:
    """How urgent each was at the instant, and since when: the half hour of a raised one begins with the raising."""
    rows = Event.objects.filter(ticket__in=pks, action__in=CHANGES).order_by("pk")
    changed, later = set(), set()
    for pk, at, facts in rows.values_list("ticket", "at", "facts"):
        if at > as_of:
            later.add(pk)
            continue
        changed.add(pk)
        cases[pk].urgency = facts["urgency"]
        if facts["urgency"] == Urgency.URGENT:
            cases[pk].urgent_since = at
    if later - changed:  # as it was registered
        begun = Event.objects.filter(ticket__in=later - changed, action="register")
        for pk, facts in begun.values_list("ticket", "facts"):
            cases[pk].urgency = facts["urgency"]


def _promises(cases: dict[int, Case], pks: Any, as_of: dt.datetime) -> None:
    names = ("ticket", "kind", "ref", "started_at", "due_at", "met_at", "cancelled_at", "cancelled_because")
    rows = Deadline.objects.filter(ticket__in=pks, kind__in=COUNTED, started_at__lte=as_of).order_by("pk")
    found = list(rows.values(*names))
    births = _births(found, as_of)
    for n, row in enumerate(found):
        left_again = row["kind"] == Kind.COPY_RETURN and row["started_at"] == row["due_at"]  # after it was home in time
        if births.get(n, as_of) <= as_of and not left_again:
            cases[row["ticket"]].promises.setdefault(row["kind"], []).append(promise(row, as_of))


def _births(rows: list[dict[str, Any]], as_of: dt.datetime) -> dict[int, dt.datetime]:
    """When each promise began that was made anew after it was due: its row starts with the due time, so events are asked."""
    again = {n: row for n, row in enumerate(rows) if row["started_at"] == row["due_at"] and row["kind"] == Kind.FINISH}
    moments = defaultdict(list)
    if again:
        events = Event.objects.filter(ticket__in={row["ticket"] for row in again.values()}, action__in=REOPENS)
        for pk, at in events.order_by("at").values_list("ticket", "at"):
            moments[pk].append(at)
    late = dt.datetime.max.replace(tzinfo=dt.UTC)
    return {
        n: next((at for at in moments[row["ticket"]] if at >= row["due_at"]), late) for n, row in again.items()
    }  # fmt: skip


def _slips(cases: dict[int, Case], pks: Any, as_of: dt.datetime) -> None:
    lost = Copy.objects.filter(slip=OuterRef("pk"), number=3, holder=Holder.LOST).values("since")[:1]
    rows = Slip.objects.filter(ticket__in=pks, issued_at__lte=as_of).annotate(lost=Subquery(lost)).order_by("pk")
    names = (
        "number", "ticket_id", "issued_at", "state", "since", "arrived_at", "finished_at", "accepted_at", "finished_by_id",
        "builder_id", "rework", "lost",
    )  # fmt: skip
    for row in rows.values(*names):
        cases[row["ticket_id"]].slips.append(
            SlipRow(
                number=row["number"],
                ticket=row["ticket_id"],
                issued_at=row["issued_at"],
                voided=row["state"] == VOIDED and row["since"] <= as_of,
                arrived_at=seen(row["arrived_at"], as_of),
                finished_at=seen(row["finished_at"], as_of),
                accepted_at=seen(row["accepted_at"], as_of),
                finished_by=row["finished_by_id"],
                builder=row["builder_id"] is not None,
                rework=row["rework"],
                third_lost=bool(seen(row["lost"], as_of)),
            )
        )


def _referrals(cases: dict[int, Case], pks: Any, as_of: dt.datetime) -> None:
    rows = Referral.objects.filter(ticket__in=pks, sent_at__lte=as_of)
    standing = rows.exclude(state=ReferralState.TAKEN_BACK, since__lte=as_of)
    for pk in standing.order_by().values_list("ticket", flat=True):
        cases[pk].referred = True


def _corrections(
    cases: dict[int, Case], pks: Any, places: Places, month: Month, as_of: dt.datetime
) -> list[Correction]:
    """Hung on the repair each corrects and on the call that redoes it; gives those raised in the month."""
    of_cases = Q(ticket__in=pks) | Q(rework__in=pks) | month.within("raised_at")
    rows = CorrectionModel.objects.filter(here(places), of_cases, raised_at__lte=as_of).order_by("pk")
    names = (
        "number", "ticket_id", "rework_id", "rework__reported_at", "raised_at", "due_at", "needs_visit", "state", "since",
        "verified_at",
    )  # fmt: skip
    raised = []
    for number, ticket, rework, reported, at, due, visit, state, since, verified in rows.values_list(*names):
        withdrawn = since if state == WITHDRAWN and since <= as_of else None
        row = Correction(number, ticket, rework, reported, at, due, visit, seen(verified, as_of), withdrawn)
        if ticket in cases:
            cases[ticket].corrections.append(row)
        if rework in cases and withdrawn is None:
            cases[rework].redoes = True
        if month.holds(at):
            raised.append(row)
    return raised


def _calls(cases: dict[int, Case], pks: Any, as_of: dt.datetime) -> None:
    """The first reporter's answers (decisions.md), on the repair and on the calls that redid it."""
    redone = CorrectionModel.objects.filter(ticket__in=pks, rework__isnull=False)
    rows = Callback.objects.filter(Q(ticket__in=pks) | Q(ticket__in=redone.values("rework")), caller__first=True)
    rows = rows.exclude(state=CallbackState.DUE).order_by("round", "pk")
    earlier = {row.rework: row.ticket for case in cases.values() for row in case.corrections if row.rework}
    for pk, state, since, answered in rows.values_list("ticket", "state", "since", "answered_at"):
        at = answered if state in REACHED and answered else since
        if at > as_of:
            continue
        if pk in cases:
            cases[pk].calls.append(Call(state, at))
        if earlier.get(pk) in cases:
            cases[earlier[pk]].later_calls.append(Call(state, at))


def _charges(cases: dict[int, Case], places: Places, month: Month, as_of: dt.datetime) -> list[ChargeRow]:
    """Every charge of the repairs that opened one in the month, settled oldest first; of them those of the month."""
    opened = Charge.objects.filter(here(places, "ticket__community"), month.within("opened_at"), opened_at__lte=as_of)
    tickets = opened.order_by().values("ticket")
    paid = Payment.objects.filter(ticket__in=tickets, received_at__lte=as_of).order_by().values("ticket")
    left = dict(paid.annotate(sum=Sum("amount")).values_list("ticket", "sum"))
    rows = Charge.objects.filter(ticket__in=tickets, opened_at__lte=as_of).order_by("opened_at", "pk")
    adjusted = Sum("adjustments__amount", filter=Q(adjustments__at__lte=as_of))
    found = []
    for pk, at, amount, change in rows.annotate(change=adjusted).values_list("ticket", "opened_at", "amount", "change"):
        net = Decimal(amount) + (change or ZERO)
        settled = min(max(left.get(pk, ZERO), ZERO), net)
        left[pk] = left.get(pk, ZERO) - settled
        if month.holds(at) and pk in cases:
            found.append(ChargeRow(pk, at, net, settled))
    return found
