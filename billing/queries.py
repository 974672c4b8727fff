"""The desk's money at a glance: who owes, what is awaited beforehand, what goes back, who holds cash, what came in today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from billing.lifecycle import AgreementState, ApprovalState
from billing.models import Agreement, Approval, Payment, Receipt
from core.clock import midnight_after, start_of
from core.money import AGREEMENT_FROM, ZERO
from core.text import squeezed
from people.models import User
from places.queries import PaperNumber, parse_number
from tickets.conditions import is_paid_up
from tickets.models import Ticket
from tickets.states import UNDERWAY, State

HAND_OVER_WITHIN = dt.timedelta(hours=24)
BEFOREHAND = (State.ACCEPTED, State.PREPAID, State.ORDERED)
LONGEST = 100
# Where the number of a paper leads to its repair.
PAPERS = {
    "BX": "number",
    "WX": "slips__number",
    "SJ": "payments__receipts__number",
    "XY": "agreements__number",
    "JK": "payments__handover__number",
    "SP": "claims__number",
}


@dataclass
class Accounts:
    """Repairs whose money is not even, by what is to be done about it; each list with its sum."""

    due: list[Ticket] = field(default_factory=list)
    beforehand: list[Ticket] = field(default_factory=list)
    later: list[Ticket] = field(default_factory=list)
    back: list[Ticket] = field(default_factory=list)

    @staticmethod
    def total(tickets: Iterable[Ticket]) -> Decimal:
        return sum((abs(ticket.balance) for ticket in tickets), ZERO)

    @property
    def due_sum(self) -> Decimal:
        return self.total(self.due)

    @property
    def beforehand_sum(self) -> Decimal:
        return self.total(self.beforehand)

    @property
    def later_sum(self) -> Decimal:
        return self.total(self.later)

    @property
    def back_sum(self) -> Decimal:
        return self.total(self.back)


def accounts(user: User, q: str = "") -> Accounts:
    """Every repair that owes, is owed, or waits for an agreement; `q` narrows by place, name or number. One query."""
    unsigned = ~Q(agreement_total=F("accepted_total")) & Q(accepted_total__gte=AGREEMENT_FROM, state__in=BEFOREHAND)
    issued = Agreement.objects.filter(ticket=OuterRef("pk"), state=AgreementState.ISSUED).order_by("-pk").values("pk")
    rows = Ticket.objects.visible_to(user).filter(~Q(balance=ZERO) | unsigned).for_list()
    if typed := squeezed(q[:LONGEST]):
        rows = rows.filter(search_text__icontains=typed)
    found = Accounts()
    asked = Approval.objects.filter(ticket=OuterRef("pk"), kind=Approval.Kind.WAIVER, state=ApprovalState.ASKED)
    rows = rows.annotate(agreement_issued=Subquery(issued[:1]), waiver_asked=Exists(asked))
    for ticket in rows.order_by(F("completed_at").asc(nulls_last=True), "pk"):
        sorted_in(found, ticket).append(ticket)
    return found


def sorted_in(found: Accounts, ticket: Ticket) -> list[Ticket]:
    """Which list a repair belongs to."""
    if ticket.balance < ZERO:
        return found.back
    if awaits_prepayment(ticket):
        return found.beforehand
    return found.later if ticket.state in UNDERWAY else found.due


def awaits_prepayment(ticket: Ticket) -> bool:
    """From ¥500.00: accepted, and agreement or money still missing (5.2.2-1c)."""
    return ticket.state in BEFOREHAND and ticket.accepted_total >= AGREEMENT_FROM and not is_paid_up(ticket)


def to_give_back(tickets: Iterable[Ticket]) -> dict[int, list[Payment]]:
    """The payments of these repairs that can still be given back. One query."""
    found: dict[int, list[Payment]] = {}
    asked = Approval.objects.filter(payment=OuterRef("pk"), state=ApprovalState.ASKED)
    rows = Payment.objects.filter(ticket__in=[ticket.pk for ticket in tickets], amount__gt=0, contra=None)
    rows = rows.annotate(asked=Exists(asked))
    for payment in rows.order_by("pk"):
        found.setdefault(payment.ticket_id, []).append(payment)
    return found


def asked(user: User) -> QuerySet[Approval]:
    """What waits for the manager where this person works."""
    rows: QuerySet[Approval] = Approval.objects.visible_to(user).filter(state=ApprovalState.ASKED)
    return rows


def approvals(user: User, *, decided_since: dt.datetime) -> list[Approval]:
    """What waits for the manager, the oldest first, then what was decided since, the newest first. One query."""
    rows = Approval.objects.visible_to(user).filter(
        Q(state=ApprovalState.ASKED) | Q(since__gte=decided_since)
    )  # fmt: skip
    related = (
        "ticket__community",
        "ticket__unit",
        "ticket__area",
        "ticket__component",
        "payment",
        "claim",
        "asked_by",
        "decided_by",
    )
    found = list(rows.select_related(*related).order_by("asked_at", "pk"))
    over = sorted((row for row in found if row.state != ApprovalState.ASKED), key=lambda row: row.since, reverse=True)
    return [row for row in found if row.state == ApprovalState.ASKED] + over


@dataclass
class Purse:
    """Cash that one technician holds, the oldest first."""

    person: User
    payments: list[Payment]

    @property
    def total(self) -> Decimal:
        return sum((payment.amount for payment in self.payments), ZERO)

    @property
    def since(self) -> dt.datetime:
        return self.payments[0].received_at

    def is_late(self, now: dt.datetime) -> bool:
        """Not handed over within a day (X08, G14)."""
        return now - self.since > HAND_OVER_WITHIN


def in_hand(user: User) -> QuerySet[Payment]:
    """What technicians hold in the communities this person sees, the oldest first."""
    rows: QuerySet[Payment] = (
        Payment.objects.visible_to(user)
        .in_hand()
        .select_related("ticket__community", "ticket__unit", "ticket__area", "ticket__component", "received_by__team")
        .order_by("received_at", "pk")
    )
    return rows


def purses(user: User) -> list[Purse]:
    """Cash in hand by person, who waits longest first. One query."""
    found: dict[int, Purse] = {}
    for payment in in_hand(user):
        found.setdefault(payment.received_by_id, Purse(payment.received_by, [])).payments.append(payment)
    return list(found.values())


@dataclass
class Takings:
    """The receipts of a day, and what each way of paying came to; a voided receipt counts nothing, a red one takes off."""

    receipts: list[Receipt]

    @property
    def by_method(self) -> list[tuple[str, Decimal, int]]:
        sums: dict[str, tuple[Decimal, int]] = {}
        for receipt in self.standing:
            amount, n = sums.get(receipt.payment.method, (ZERO, 0))
            sums[receipt.payment.method] = amount + receipt.amount, n + 1
        return [(str(label), *sums[value]) for value, label in Payment.Method.choices if value in sums]

    @property
    def standing(self) -> list[Receipt]:
        return [receipt for receipt in self.receipts if receipt.voided_at is None]

    @property
    def total(self) -> Decimal:
        return sum((receipt.amount for receipt in self.standing), ZERO)


def takings(user: User, day: dt.date) -> Takings:
    """The receipts issued on a local day, newest first. One query."""
    rows = Receipt.objects.visible_to(user).filter(issued_at__gte=start_of(day), issued_at__lt=midnight_after(day))
    related = ("issued_by", "payment__received_by", "payment__ticket__unit", "payment__ticket__area")
    return Takings(list(rows.select_related(*related).order_by("-issued_at", "-pk")))


def by_paper(user: User, text: str) -> Ticket | None:
    """The repair behind the number of a paper, as people type it (wx1, SJ-202611-0031); None for anything else."""
    number = parse_number(text[:LONGEST])
    path = PAPERS.get(number.kind) if number else None
    if number is None or path is None or number.serial is None:
        return None
    rows = Ticket.objects.visible_to(user).filter(said(number, path))
    found: Ticket | None = rows.order_by(f"-{path}").first()
    return found


def said(number: PaperNumber, path: str) -> Q:
    """A number with or without community and month, as a condition."""
    tail = f"-{number.serial:04d}"
    if number.month and number.code:
        return Q(**{path: f"{number.code}-{number.kind}-{number.month}{tail}"})
    if number.month:
        return Q(**{f"{path}__endswith": f"-{number.kind}-{number.month}{tail}"})
    return Q(**{f"{path}__contains": f"-{number.kind}-", f"{path}__endswith": tail})
