"""From ¥500.00 two persons waive or give back: the service supervisor asks, the manager approves (lives.md §6, D.2, X05)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext as _

from billing import claims, till
from billing.charging import over, standing_charge
from billing.claim_lifecycle import ClaimState
from billing.lifecycle import ApprovalState
from billing.models import Approval, Claim, Payment
from core import clock
from core.lifecycle import action
from core.money import AGREEMENT_FROM, ZERO
from core.refusals import Forbidden, Refusal
from people.models import User
from people.roles import SS
from tickets.models import Ticket

Kind = Approval.Kind


@action
def waive_ask(
    ticket: Ticket, *, by: User, reason: str, amount: Decimal | None = None, at: dt.datetime | None = None
) -> Approval:
    """Ask the manager to waive `amount` yuan, all that is owed if not given (D.2)."""
    amount = ticket.balance if amount is None else amount
    _may_ask(ticket, by, reason)
    if standing_charge(ticket) is None or ticket.balance <= ZERO:
        raise Refusal(_("没有可减免的欠款。"))
    if not ZERO < amount <= ticket.balance:
        raise Refusal(over(amount, ticket.balance))
    if not till.needs_manager(ticket, amount):
        raise Refusal(_("不到 ¥500.00，不用报请，直接减免。"))
    if waiver_asked(ticket):
        raise Refusal(_("已有一件减免在等经理核准。"))
    return _asked(Approval(ticket=ticket, kind=Kind.WAIVER, amount=amount, reason=reason), by=by, at=at)


@action
def reverse_ask(payment: Payment, *, by: User, reason: str, at: dt.datetime | None = None) -> Approval:
    """Ask the manager to let this payment be given back (X05); who received it does not ask."""
    ticket = payment.ticket
    _may_ask(ticket, by, reason)
    if sentence := till.irreversible(payment, by=by):
        raise Refusal(sentence)
    if payment.amount < AGREEMENT_FROM:
        raise Refusal(_("不到 ¥500.00，不用报请，直接退款。"))
    if refund_asked(payment):
        raise Refusal(_("这笔款已在等经理核准退款。"))
    asked = Approval(ticket=ticket, kind=Kind.REFUND, payment=payment, amount=payment.amount, reason=reason)
    return _asked(asked, by=by, at=at)


@action
def claim_ask(
    claim: Claim, *, by: User, reason: str, amount: Decimal | None = None, at: dt.datetime | None = None
) -> Approval:
    """Ask the manager to give up `amount` yuan of a claim, all of it if not given (G9)."""
    amount = claim.net if amount is None else amount
    _may_ask(claim.ticket, by, reason)
    if claim.state != ClaimState.SENT:
        raise Refusal(_("索赔单不在等对方付款，不用报请。"))
    if not ZERO < amount <= claim.net:
        raise Refusal(over(amount, claim.net))
    if claim.conceded + amount < AGREEMENT_FROM:
        raise Refusal(_("不到 ¥500.00，不用报请，直接登记。"))
    if claim.approvals.filter(state=ApprovalState.ASKED).exists():
        raise Refusal(_("这张索赔单已有让步在等经理核准。"))
    return _asked(
        Approval(ticket=claim.ticket, kind=Kind.CLAIM, claim=claim, amount=amount, reason=reason), by=by, at=at
    )


def waiver_asked(ticket: Ticket) -> bool:
    """Does a waiver of this repair wait for the manager?"""
    return ticket.approvals.filter(kind=Kind.WAIVER, state=ApprovalState.ASKED).exists()


def refund_asked(payment: Payment) -> bool:
    """Does the refund of this payment wait for the manager?"""
    return payment.approvals.filter(state=ApprovalState.ASKED).exists()


def _may_ask(ticket: Ticket, by: User, reason: str) -> None:
    if not by.may(SS, within=ticket.community_id):
        raise Forbidden("ask", (SS,))
    if not reason.strip():
        raise Refusal(_("报请要写原因。"))


def _asked(approval: Approval, *, by: User, at: dt.datetime | None) -> Approval:
    approval.asked_by, approval.asked_at, approval.since = by, at or clock.now(), at or clock.now()
    approval.save()
    approval.record("ask", by=by, at=approval.asked_at, amount=approval.amount, asked_for=approval.kind)
    return approval


@action
def approve(approval: Approval, *, by: User, at: dt.datetime | None = None) -> None:
    """The manager approves, never who asked; what was asked for is done at once, in the name of who asked."""
    at = at or clock.now()
    if not approval.asked_by.may(SS, within=approval.community_id):
        raise Refusal(_("申请人已不任客服主管，由现任重新报请。"))
    approval.advance(
        approval.approve, by=by, at=at, decided_by=by, decided_at=at, amount=approval.amount, asked_for=approval.kind
    )
    if approval.claim:
        claim = approval.claim.lock()
        claim.ticket = approval.ticket
        claims.concede(claim, approval.amount, by=approval.asked_by, reason=approval.reason, at=at)
        return
    if approval.payment is None:
        till.let_off(approval.ticket, approval.amount, by=approval.asked_by, reason=approval.reason, at=at)
        return
    payment = approval.payment.lock()
    payment.ticket = approval.ticket
    till.give_back(payment, by=approval.asked_by, reason=approval.reason, at=at)


@action
def refuse(approval: Approval, *, by: User, answer: str, at: dt.datetime | None = None) -> None:
    """The manager says no, and why."""
    at = at or clock.now()
    facts = {"amount": approval.amount, "asked_for": approval.kind, "decided_by": by, "decided_at": at}
    approval.answer = answer
    approval.advance(approval.refuse, by=by, at=at, remark=answer, **facts)


@action
def withdraw(approval: Approval, *, by: User, at: dt.datetime | None = None) -> None:
    """The service supervisor takes the request back."""
    at = at or clock.now()
    approval.advance(approval.withdraw, by=by, at=at, amount=approval.amount, asked_for=approval.kind)
