"""Claims on the builder (G9): costs of own people's repair in his stead gathered, sent, settled, given up. None of it holds a ticket up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from billing.claim_lifecycle import ClaimState
from billing.models import Claim, QuoteLine
from core import clock
from core.lifecycle import action
from core.money import ZERO
from core.refusals import Forbidden, Refusal
from papers.actions import next_number
from papers.models import Kind
from people.models import User
from people.roles import SS
from places.models import SparePart
from tickets.models import Ticket, TicketQuerySet
from workorders.models import Part, Slip
from workorders.states import DONE_SLIP, OPEN_SLIP, Bearer
from workorders.states import Kind as SlipKind


@dataclass(frozen=True)
class Terms:
    """What a claim says: its lines, the statement to the builder, the day it is to be paid by."""

    lines: Sequence[QuoteLine]
    statement: str
    pay_by: dt.date

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), ZERO)


def borne_slips() -> QuerySet[Slip]:
    """Slips of own people that the builder bears and that are accepted."""
    rows: QuerySet[Slip] = Slip.objects.filter(bearer=Bearer.BUILDER, state__in=DONE_SLIP)
    return rows.exclude(kind=SlipKind.WARRANTY)


def unclaimed(ticket: Ticket) -> list[Slip]:
    """Those of this repair that no standing or ended claim has gathered yet; a withdrawn claim frees its slips."""
    claims = Claim.objects.filter(ticket=ticket).exclude(state=ClaimState.WITHDRAWN)
    gathered = {number for claim in claims for number in claim.slip_numbers}
    rows = borne_slips().filter(ticket=ticket).prefetch_related("parts").order_by("pk")
    return [slip for slip in rows if slip.number not in gathered]


def why_not(ticket: Ticket) -> str:
    """Why no claim can be drawn up now; empty where one can."""
    if not ticket.taken_over or ticket.builder is None:
        return _("我方代修的才索赔。")
    if ticket.slips.filter(state__in=OPEN_SLIP).exists():
        return _("代修还没有验收，费用还不齐。")
    return "" if unclaimed(ticket) else _("代修的费用都已列入索赔单。")


def materials_used(slips: Sequence[Slip]) -> list[QuoteLine]:
    """The company's parts of these slips, each at today's list price, else at that of its slip."""
    listed = {(row.name, row.spec, row.model): row for row in SparePart.objects.all()}
    found = []
    for slip in slips:
        for part in slip.parts.all():
            if part.source == Part.Source.COMPANY and not part.withdrawn:
                row = listed.get((part.name, part.spec, part.model))
                found.append(
                    QuoteLine(
                        kind=QuoteLine.Kind.MATERIAL, name=part.name, spec=part.spec, model=part.model, unit=part.unit,
                        quantity=part.quantity, price=row.price if row else part.price,
                    )
                )  # fmt: skip
    return found


@action
def draft_claim(ticket: Ticket, *, by: User, terms: Terms, at: dt.datetime | None = None) -> Claim:
    """Gather what the repair cost and draw up the claim; the number is taken now (G9)."""
    at = at or clock.now()
    if not by.may(SS, within=ticket.community_id):
        raise Forbidden("draft_claim", (SS,))
    if sentence := why_not(ticket):
        raise Refusal(sentence)
    _check(terms)
    assert ticket.builder is not None, "asked by why_not"
    claim: Claim = Claim(
        ticket=ticket, community=ticket.community, builder=ticket.builder, number=next_number(ticket.community, Kind.CLAIM, at=at),
        slip_numbers=[slip.number for slip in unclaimed(ticket)], drafted_by=by, drafted_at=at, since=at, **_said(terms),
    )  # fmt: skip
    claim._history_user = by
    claim.save()
    claim.record("draft_claim", by=by, at=at, number=claim.number, amount=claim.total)
    return claim


@action
def revise(claim: Claim, *, by: User, terms: Terms, at: dt.datetime | None = None) -> None:
    """Other lines or words, while it is not sent."""
    _check(terms)
    for name, value in _said(terms).items():
        setattr(claim, name, value)
    claim.advance(claim.revise, by=by, at=at or clock.now(), number=claim.number, amount=claim.total)


def _check(terms: Terms) -> None:
    if terms.total <= ZERO:
        raise Refusal(_("没有可索赔的费用，填人工或材料。"))
    if not terms.statement.strip():
        raise Refusal(_("写明向施工单位说明的事由。"))


def _said(terms: Terms) -> dict[str, object]:
    lines = [line.as_printed() for line in terms.lines]
    return {"lines": lines, "total": terms.total, "statement": terms.statement, "pay_by": terms.pay_by}


@action
def send(claim: Claim, *, by: User, form: str, recipient: str, at: dt.datetime | None = None) -> None:
    """To the builder: in which form, to whom."""
    at = at or clock.now()
    claim.advance(
        claim.send, by=by, at=at, number=claim.number, form=form, recipient=recipient, sent_by=by, sent_at=at,
        amount=claim.total,
    )  # fmt: skip


@action
def settle(
    claim: Claim, *, by: User, amount: Decimal, how: str, reference: str = "", reason: str = "", at: dt.datetime | None = None
) -> None:  # fmt: skip
    """The sum that came, in yuan; less than asked with a reason, from ¥500.00 less with the manager's word first."""
    at = at or clock.now()
    claim.advance(
        claim.settle, by=by, at=at, number=claim.number, settled_amount=amount, amount=amount, how=how, reference=reference,
        reason=reason or claim.reason, ended_by=by, ended_at=at, remark=reason,
    )  # fmt: skip


@action
def waive(claim: Claim, *, by: User, reason: str, at: dt.datetime | None = None) -> None:
    """Given up below ¥500.00."""
    at = at or clock.now()
    claim.advance(
        claim.waive, by=by, at=at, number=claim.number, amount=claim.net, reason=reason, ended_by=by, ended_at=at,
        remark=reason,
    )  # fmt: skip


@action
def withdraw(claim: Claim, *, by: User, reason: str, at: dt.datetime | None = None) -> None:
    """Taken back: its slips may be claimed anew; what was asked of the manager about it falls away."""
    at = at or clock.now()
    for approval in claim.approvals.filter(state="asked"):
        approval.ticket = claim.ticket
        approval.advance(approval.withdraw, by=by, at=at, amount=approval.amount, asked_for=approval.kind)
    claim.advance(
        claim.withdraw, by=by, at=at, number=claim.number, reason=reason, ended_by=by, ended_at=at, remark=reason
    )


def concede(claim: Claim, amount: Decimal, *, by: User, reason: str, at: dt.datetime) -> None:
    """What the manager approved is given up; all of it ends the claim. The caller holds the ticket's lock."""
    facts = {"number": claim.number, "amount": amount, "conceded": claim.conceded + amount, "reason": reason}
    if claim.conceded + amount < claim.total:
        claim.advance(claim.concede, by=by, at=at, **facts)
    else:
        claim.advance(claim.waive_approved, by=by, at=at, ended_by=by, ended_at=at, **facts)


def to_claim(user: User) -> TicketQuerySet:
    """Repairs done in a builder's stead whose costs are in no claim yet, where this person works."""
    standing = Claim.objects.filter(ticket=OuterRef("pk")).exclude(state=ClaimState.WITHDRAWN)
    rows = Ticket.objects.visible_to(user).filter(taken_over=True, open_slips=0).exclude(builder=None)
    found: TicketQuerySet = rows.filter(Exists(borne_slips().filter(ticket=OuterRef("pk"))), ~Exists(standing))
    return found
