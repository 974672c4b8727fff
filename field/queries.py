"""A technician's jobs: what is his, what comes next on it, and what he still holds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from billing.lifecycle import QuoteState
from billing.models import Payment, Quote
from core import clock
from core.money import AGREEMENT_FROM, ZERO
from people.models import User
from tickets.conditions import is_paid_up
from tickets.models import Deadline, Inspection, Ticket
from tickets.states import Nature, State, Urgency
from workorders.models import Signature, Slip
from workorders.queries import slips, with_copies
from workorders.states import SlipState

Kind = Deadline.Kind
OURS = [
    State.NOTIFIED,
    State.ON_SITE,
    State.SURVEYED,
    State.QUOTED,
    State.ACCEPTED,
    State.PREPAID,
    State.ORDERED,
    State.COMPLETED,
]
FAR = dt.timedelta(days=3650)


@dataclass(frozen=True)
class Next:
    """What comes next: a step to post, a tab to open, or somebody to wait for (then only words)."""

    words: str
    step: str = ""
    url: str = ""
    tab: str = ""
    clock: str = ""

    @property
    def is_mine(self) -> bool:
        return bool(self.step or self.tab)


@dataclass
class Job:
    """A repair of mine, with its slip and the promise that runs on its next step."""

    ticket: Ticket
    slip: Slip | None
    next: Next
    due: Deadline | None = None

    @property
    def here(self) -> bool:
        """Am I at it?"""
        return self.ticket.state == State.ON_SITE or bool(
            self.slip and self.slip.state in {SlipState.ARRIVED, SlipState.FINISHED}
        )

    @property
    def where_to(self) -> str:
        """The number in the address of the next step: the slip's or the ticket's."""
        return self.slip.number if self.slip and self.next.url.startswith("slip_") else self.ticket.number

    @property
    def order(self) -> tuple[Any, ...]:
        """Half an hour to be there before all, then what is at hand, then mine by its promise, then what waits for others."""
        due = self.due.due_at if self.due else self.ticket.window_from or clock.now() + FAR
        rush = self.ticket.urgency != Urgency.ROUTINE and self.next.clock in {Kind.ARRIVE, Kind.COLLECT}
        return (not self.next.is_mine, not rush, not self.here, due, self.ticket.pk)

    @property
    def near(self) -> bool:
        """Do the seconds run on the page, so that the moment itself has to stand beside them?"""
        rush = self.ticket.urgency != Urgency.ROUTINE
        return bool(self.due and (rush or self.due.due_at - clock.now() < dt.timedelta(hours=1)))

    @property
    def promised(self) -> str:
        """What is promised by that time: 到场, 完工, 签字."""
        if self.due is None or self.due.kind != Kind.STEP:
            return str(self.due.get_kind_display()) if self.due else ""
        return _("核实") if self.next.tab == "survey" else _("签字") if self.next.tab == "sign" else _("开始维修")


def own(user: User) -> QuerySet[Ticket]:
    """Repairs this technician has to do with: notified to him or his team, or with a slip of his."""
    rows = Ticket.objects.visible_to(user)
    mine = Q(pk__in=rows.of_technician(user).values("pk")) | Q(slips__technician=user)
    shown = ("community", "unit", "area", "component", "trade", "technician", "team")
    return cast("QuerySet[Ticket]", rows.filter(mine).distinct().select_related(*shown))


def jobs(user: User) -> list[Job]:
    """The open jobs, the one at hand first. Five queries, however many there are."""
    told = own(user).filter(state__in=OURS)
    # The lines of an inspection stand together on its page until they are judged.
    on_sheet = Q(inspection__isnull=False, state__in=[State.NOTIFIED, State.SURVEYED]) & ~Q(urgency=Urgency.URGENT)
    tickets = {ticket.pk: ticket for ticket in told.exclude(on_sheet)}
    mine: dict[int, Slip] = {}
    for slip in (
        with_copies(slips(user))
        .prefetch_related("signatures")
        .filter(ticket__in=tickets, technician=user)
        .exclude(state=SlipState.VOIDED)
        .order_by("pk")
    ):
        slip.ticket = tickets[slip.ticket_id]
        mine[slip.ticket_id] = slip
    clocks: dict[int, list[Deadline]] = {}
    for row in Deadline.objects.open().filter(ticket__in=tickets):
        clocks.setdefault(row.ticket_id or 0, []).append(row)
    found = [job_of(ticket, mine.get(pk), clocks.get(pk, [])) for pk, ticket in tickets.items()]
    return sorted((job for job in found if job.next.words), key=lambda job: job.order)


def sheets(user: User) -> list[tuple[Inspection, int]]:
    """Handover inspections whose lines this technician, or his team, was told of and nobody has judged yet. One query."""
    lines = Ticket.objects.visible_to(user).of_technician(user).filter(inspection__isnull=False, state=State.NOTIFIED)
    counted = lines.exclude(urgency=Urgency.URGENT).order_by().values("inspection").annotate(n=Count("pk"))
    sums = dict(counted.values_list("inspection", "n"))
    rows = Inspection.objects.filter(pk__in=sums).select_related("unit").order_by("registered_at", "pk")
    return [(row, sums[row.pk]) for row in rows]


def job_of(ticket: Ticket, slip: Slip | None, clocks: list[Deadline]) -> Job:
    following = next_of(ticket, slip)
    refs = {"", slip.number} if slip else {""}
    running = [row for row in clocks if row.kind == following.clock and row.ref in refs]
    return Job(ticket, slip, following, min(running, key=lambda row: row.due_at, default=None))


def next_of(ticket: Ticket, slip: Slip | None) -> Next:
    """The next step of a technician on this repair (5.5.1); empty words where nothing is left for him."""
    if ticket.state == State.NOTIFIED:
        return Next(_("我已到场"), step="arrive", url="arrive", clock=Kind.ARRIVE)
    if ticket.state == State.ON_SITE:
        return Next(_("填核实结果"), tab="survey", clock=Kind.STEP)
    if ticket.state == State.ORDERED and slip:
        return _of_slip(slip)
    if ticket.state == State.COMPLETED:
        lately = ticket.completed_at and ticket.completed_at > clock.now() - dt.timedelta(hours=24)
        mine = slip is not None and lately and may_collect(ticket)
        return Next(_("收款"), tab="sign") if mine else Next("")
    return Next(_waiting(ticket))


def _of_slip(slip: Slip) -> Next:
    """A technician does it himself, or watches a builder and writes down when he came and what he did (3.3-2)."""
    firm = slip.builder_id is not None
    if slip.state == SlipState.ISSUED and firm:
        return Next(_("等%(who)s领单") % {"who": slip.performer})
    if slip.state == SlipState.ISSUED and slip.performer_on_site:
        return Next(_("我在现场，开始维修"), step="arrive", url="slip_arrive", clock=Kind.STEP)
    if slip.state == SlipState.FINISHED:
        return _to_sign(slip)
    came = _("施工单位已到场") if firm else _("我已到场")
    return {
        SlipState.ISSUED: Next(_("已领三联"), step="collect", url="slip_collect", clock=Kind.COLLECT),
        SlipState.COLLECTED: Next(came, step="arrive", url="slip_arrive", clock=Kind.ARRIVE),
        SlipState.ARRIVED: Next(_("登记完工"), tab="sign", clock=Kind.FINISH),
    }.get(SlipState(slip.state), Next(""))


def _to_sign(slip: Slip) -> Next:
    """Finished: the customer signs on this phone, the supervisor on his own (5.5.2-5, 5.5.3-3)."""
    if Signature.Role.CUSTOMER not in slip.signatories - slip.signed_by:
        return Next(_("等工程主管验收"))
    if slip.refused_because:
        return Next(_("等客服主管确认拒签"))
    return Next(_("请客户验收签字"), tab="sign", clock=Kind.STEP)


def _waiting(ticket: Ticket) -> str:
    """For whom the technician waits."""
    if ticket.state == State.SURVEYED:
        return _("等前台报价") if ticket.nature == Nature.PAID_HOME else _("等前台办理")
    if ticket.state == State.QUOTED:
        return _("等客户认可报价")
    if ticket.state == State.ACCEPTED and not is_paid_up(ticket):
        return _("等客户签协议、付预付款")
    return _("等前台开派工单") if ticket.state in {State.ACCEPTED, State.PREPAID} else ""


def quote_of(ticket: Ticket) -> Quote | None:
    """What the customer was offered or agreed to, the newest; its lines are loaded."""
    rows = ticket.quotes.filter(state__in=[QuoteState.OFFERED, QuoteState.ACCEPTED]).prefetch_related("lines")
    quote: Quote | None = rows.order_by("n").last()
    return quote


def answers(ticket: Ticket, user: User) -> list[tuple[str, str]]:
    """What the customer may sign on site about his quote: words and step (lives.md §2)."""
    if ticket.state == State.ORDERED and not ticket.revision_pending:
        return []
    wanted = ("accept_quote", "accept_revision", "decline_quote")
    return [(step.label, step.name) for step in ticket.next_steps(user) if step.name in wanted and not step.blocked_by]


def may_collect(ticket: Ticket) -> bool:
    """Small sums on completion only (5.2.2-1a); from ¥500.00 the desk takes the money."""
    return bool(ticket.balance > ZERO and ticket.accepted_total < AGREEMENT_FROM)


def to_pay(slip: Slip) -> Decimal:
    """Yuan the customer owes once he has accepted: less used than quoted makes it less (G4)."""
    saved = ZERO if slip.free else max(ZERO, slip.quoted_materials - slip.used_materials)
    return max(ZERO, Decimal(slip.ticket.balance) - saved)


@dataclass(frozen=True)
class Cash:
    """Money a technician holds for the company, and since when."""

    payments: list[Payment]
    total: Decimal

    @property
    def due(self) -> dt.datetime | None:
        """When the oldest of it must be at the desk."""
        return min((payment.received_at + dt.timedelta(hours=24) for payment in self.payments), default=None)

    @property
    def late(self) -> bool:
        return bool(self.due and self.due < clock.now())


def cash_in_hand(user: User) -> Cash:
    """What this technician took and has not handed over, the oldest first."""
    rows = (
        Payment.objects.visible_to(user)
        .in_hand()
        .filter(received_by=user)
        .select_related("ticket__unit", "ticket__component")
    )
    payments = list(rows.order_by("received_at"))
    return Cash(payments, sum((payment.amount for payment in payments), ZERO))
