"""Everything a ticket page shows of one repair, read in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, Prefetch, Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from billing.models import Agreement, Approval, Charge, Claim, Payment, Quote, Receipt
from callbacks.lifecycle import CallbackState
from callbacks.models import Attempt, Callback, Complaint, Correction
from core.clock import local
from core.money import ZERO
from desk.clocks import before, said
from desk.offers import Papers
from desk.roles import READERS
from desk.way import pattern
from people.models import User
from people.roles import TE
from places.warranty import verdict
from tickets.models import Appointment, Caller, Deadline, Event, Survey, Ticket
from workorders.custody import holder_name
from workorders.models import Copy, FollowUp, Handover, Notice, NoticeReminder, Referral, Signature, Slip
from workorders.prints import printer
from workorders.queries import NAME, due_back
from workorders.states import OPEN_SLIP

RELATED = (
    "community",
    "inspection__unit",
    "unit__entrance__building",
    "unit__builder",
    "area__building",
    "component",
    "trade",
    "team",
    "builder",
)


def ticket_seen(user: User, number: str) -> Ticket:
    """The ticket, if this person may open it: office staff of its community, or the technician whose job it is; else 404."""
    ticket: Ticket = get_object_or_404(Ticket.objects.visible_to(user).select_related(*RELATED), number=number)
    if not may_see(user, ticket):
        raise Http404
    # One row of the community serves all that stand in it.
    if ticket.unit:
        ticket.unit.entrance.building.community = ticket.community
    if ticket.area:
        ticket.area.community = ticket.community
    return ticket


def may_see(user: User, ticket: Ticket) -> bool:
    if user.may(*READERS, within=ticket.community_id):
        return True
    own = ticket.is_for(user) or ticket.slips.filter(technician=user).exists()
    return user.may(TE, within=ticket.community_id) and own


@dataclass
class Life:
    """The rows of one repair; loaded by `life_of`."""

    ticket: Ticket
    slips: list[Slip]
    notices: list[Notice]
    referrals: list[Referral]
    quotes: list[Quote]
    agreements: list[Agreement]
    charges: list[Charge]
    payments: list[Payment]
    deadlines: list[Deadline]
    appointments: list[Appointment]
    callbacks: list[Callback]
    corrections: list[Correction]
    complaints: list[Complaint]
    events: list[Event]
    surveys: list[Any]
    photos: list[Any]
    approvals: list[Approval] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    reworks: list[Ticket] = field(default_factory=list)
    callers: list[Caller] = field(default_factory=list)

    @cached_property
    def papers(self) -> Papers:
        changes = (row for charge in self.charges for row in charge.adjustments.all())
        waived = -sum((row.amount for row in changes if row.why == row.Why.WAIVED), ZERO)
        return Papers(self.slips, self.notices, self.agreements, self.corrections, self.approvals, self.claims, waived)

    @cached_property
    def standing_slips(self) -> list[Slip]:
        return [slip for slip in self.slips if slip.state != "voided"]

    @cached_property
    def quote(self) -> Quote | None:
        """What is offered or accepted now."""
        return next((quote for quote in reversed(self.quotes) if quote.state in {"offered", "accepted"}), None)

    @cached_property
    def answers(self) -> list[Callback]:
        """The calls that were made or are due; who was told with the others stands among the callers."""
        return [callback for callback in self.callbacks if callback.state != CallbackState.TOLD]

    @cached_property
    def survey(self) -> Any:
        return self.surveys[-1] if self.surveys else None

    def people(self) -> Iterable[User | None]:
        """Everybody already loaded, so that the timeline need not ask again."""
        yield from (self.ticket.technician, self.ticket.taken_by)
        for slip in self.slips:
            yield from (slip.technician, slip.issued_by)


def life_of(ticket: Ticket) -> Life:
    """Read what hangs on a ticket; the people named in it come last, in one query for all rows."""
    life = Life(
        ticket=ticket,
        slips=slips_of(ticket),
        notices=notices_of(ticket),
        referrals=referrals_of(ticket),
        quotes=list(ticket.quotes.prefetch_related("lines")),
        agreements=list(ticket.agreements.all()),
        charges=list(ticket.charges.prefetch_related("adjustments")),
        payments=list(ticket.payments.prefetch_related(Prefetch("receipts", Receipt.objects.order_by("pk")))),
        deadlines=list(ticket.deadlines.order_by("started_at", "pk")),
        appointments=list(ticket.appointments.all()),
        callbacks=list(ticket.callbacks.prefetch_related("attempts")),
        corrections=corrections_of(ticket),
        complaints=list(ticket.complaints.all()),
        events=sorted(ticket.events.select_related("remark").order_by(), key=lambda event: event.seq),
        surveys=list(ticket.surveys.all()),
        photos=list(ticket.photos.all()),
        approvals=list(ticket.approvals.all()),
        claims=claims_of(ticket),
        reworks=linked(ticket),
    )
    if any(other.merged_into_id == ticket.pk for other in life.reworks):
        life.callers = list(ticket.callers.select_related("origin"))
    for row in (*life.agreements, *life.approvals, *life.claims):
        row.ticket = ticket  # type: ignore[attr-defined]
    for correction in life.corrections:
        correction.place(ticket)
    name_people(named_in(life))
    return life


def slips_of(ticket: Ticket) -> list[Slip]:
    """The slips with copies, handovers, parts and signatures, newest first."""
    handovers = Handover.objects.order_by("-pk")
    copies = Copy.objects.order_by("number").prefetch_related(Prefetch("handovers", handovers))
    rows = (
        Slip.objects.filter(ticket=ticket)
        .select_related("builder")
        .prefetch_related("parts", "signatures", Prefetch("copies", copies))
    )
    # Sorted here: Django compares every selected column with those of an ORDER BY, which costs more than the query.
    found = sorted(rows.order_by(), key=lambda slip: -slip.pk)
    for slip in found:
        slip.ticket, slip.community, slip.trade = ticket, ticket.community, ticket.trade
        # What the lifecycle's guards would otherwise read again.
        slip.part_rows = list(slip.parts.all())
        slip.signed_by = {row.role for row in slip.signatures.all() if not row.dropped}
    return found


def corrections_of(ticket: Ticket) -> list[Correction]:
    """The corrections of this repair, and that which it redoes of an earlier one, the first one first."""
    rows = Correction.objects.filter(Q(ticket=ticket) | Q(rework=ticket)).select_related("rework", "first_technician")
    return sorted(rows.order_by(), key=lambda row: row.pk)


def notices_of(ticket: Ticket) -> list[Notice]:
    """The notices to the builder, the first one first. No query where none was sent."""
    if not ticket.notice_number:
        return []
    rows = ticket.notices.select_related("builder").prefetch_related("reminders", "tickets")
    return list(rows.order_by("pk"))


def claims_of(ticket: Ticket) -> list[Claim]:
    """The claims on the builder, the first one first. No query where own people never repaired in his stead."""
    if not ticket.taken_over:
        return []
    return list(ticket.claims.select_related("builder").order_by("pk"))


def referrals_of(ticket: Ticket) -> list[Referral]:
    """The referrals to municipal bodies. No query where nobody ever judged it municipal."""
    if not ticket.referred_at:
        return []
    return list(ticket.referrals.prefetch_related("follow_ups").order_by("pk"))


# Which people each kind of row names.
NAMES: dict[type[Model], tuple[str, ...]] = {
    Ticket: ("technician", "taken_by"),
    Slip: ("technician", "issued_by", "finished_by", "refused_witness"),
    Notice: ("sent_by",),
    NoticeReminder: ("by",),
    Referral: ("sent_by", "judged_by", "confirmed_by"),
    FollowUp: ("by",),
    Copy: ("person", "lost_by"),
    Handover: ("by", "from_person", "to_person"),
    Signature: ("seen_by",),
    Quote: ("by", "recorded_by"),
    Agreement: ("issued_by",),
    Payment: ("received_by",),
    Survey: ("by",),
    Callback: ("answered_to",),
    Attempt: ("by",),
    Correction: ("assignee", "raised_by", "corrected_by"),
    Approval: ("asked_by", "decided_by"),
    Claim: ("drafted_by", "sent_by", "ended_by"),
    Complaint: ("owner", "recorded_by"),
    Event: ("actor", "on_behalf_of"),
}


def named_in(life: Life) -> Iterator[Model]:
    """Every row that names somebody."""
    yield life.ticket
    for slip in life.slips:
        yield slip
        yield from slip.signatures.all()
        for copy in slip.copies.all():
            yield copy
            yield from copy.handovers.all()
    for notice in life.notices:
        yield notice
        yield from notice.reminders.all()
    for referral in life.referrals:
        yield referral
        yield from referral.follow_ups.all()
    for callback in life.callbacks:
        yield callback
        yield from callback.attempts.all()
    for rows in (
        life.quotes,
        life.agreements,
        life.payments,
        life.surveys,
        life.corrections,
        life.complaints,
        life.approvals,
        life.claims,
        life.events,
    ):
        yield from rows


def name_people(rows: Iterable[Model]) -> None:
    """Put the people in their places. One query, where joins would read each of them again for every row."""
    rows = list(rows)
    wanted = {getattr(row, f"{name}_id") for row in rows for name in NAMES[type(row)]} - {None}
    people = User.objects.in_bulk(wanted)
    for row in rows:
        for name in NAMES[type(row)]:
            pk = getattr(row, f"{name}_id")
            if pk:
                setattr(row, name, people[pk])


def linked(ticket: Ticket) -> list[Ticket]:
    """Later tickets that point at this one: reworks, followers, duplicates."""
    rows = Ticket.objects.filter(
        Q(rework_of=ticket) | Q(follows=ticket) | Q(merged_into=ticket), community=ticket.community
    )
    return list(
        rows.only("number", "fault", "state", "rework_of", "follows", "merged_into", "community").order_by("pk")
    )


def links(life: Life) -> list[tuple[str, Any]]:
    """Other tickets of this story, and the inspection it comes from, each with how it belongs to it."""
    ticket = life.ticket
    before = ((_("返修自"), ticket.rework_of), (_("接续"), ticket.follows), (_("已并入"), ticket.merged_into))
    found: list[tuple[str, Any]] = [(word, other) for word, other in before if other]
    if ticket.inspection:
        found.append((_("验房"), ticket.inspection))
    for other in life.reworks:
        if other.merged_into_id == ticket.pk:
            continue  # among the callers
        word = _("返修") if other.rework_of_id == ticket.pk else _("后续")
        found.append((word, other))
    return found


def warranty_said(ticket: Ticket) -> Any:
    """The verdict of the day of the report, with its reason. One query."""
    place = ticket.unit or ticket.area
    return verdict(place, ticket.component, local(ticket.reported_at).date()) if place else None


def sheets(slip: Slip, now: dt.datetime, user: User) -> list[dict[str, Any]]:
    """The three sheets as cards: name, holder, since when, due back; a lost one with the way to its 补联."""
    found, prints = [], printer(slip, user)
    for copy in slip.copies.all():
        out, due = copy.holder not in {"desk", "lost"}, due_back(copy)
        found.append({
            "n": copy.number,
            "name": NAME[copy.number],
            "holder": holder_name(copy),
            "out": out,
            "since": said(copy.since, now, name_today=True),
            "due": before(due, now) if due and out and slip.state != "voided" else "",
            "lost": copy.holder == "lost",
            "print_url": pattern("print_copy", slip.number, copy.number) if copy.holder == "lost" and prints else "",
            "declared": copy.lost_because if copy.lost_by_id else "",
            "void": slip.state == "voided",
        })  # fmt: skip
    return found


def moves(slip: Slip) -> list[Handover]:
    """Every handover of the three sheets, newest first."""
    rows = [row for copy in slip.copies.all() for row in copy.handovers.all()]
    return sorted(rows, key=lambda row: (row.at, row.pk), reverse=True)


def signature_points(strokes: list[list[list[float]]]) -> list[str]:
    """Polylines on a pad of 250 × 100."""
    return [" ".join(f"{x * 250:.0f},{y * 100:.0f}" for x, y in stroke) for stroke in strokes]


def first_issue(life: Life) -> dt.datetime | None:
    return min((slip.issued_at for slip in life.standing_slips), default=None)


def is_repairing(life: Life) -> bool:
    return any(slip.state in OPEN_SLIP for slip in life.slips)
