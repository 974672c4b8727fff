"""The quote (5.5.1-3): offered, accepted, refused, declined; the old one is kept."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.charging import after_money, charge_to, open_visit_fee, push_money
from billing.lifecycle import AgreementState, QuoteState
from billing.models import Quote, QuoteLine
from core import clock
from core.lifecycle import action
from core.money import AGREEMENT_FROM, ZERO
from core.refusals import Refusal
from people.models import User
from people.roles import DU, FD, SS
from tickets import actions as tickets
from tickets import sla
from tickets.models import Deadline, Ticket
from tickets.states import State, Urgency
from workorders import issuing
from workorders.states import OPEN_SLIP


@action
def offer_quote(
    ticket: Ticket, *, by: User, lines: list[QuoteLine], visit_fee_told: bool = False, at: dt.datetime | None = None
) -> Quote:
    """Tell the customer items and sum (5.5.1-3). In work it is a revision; the accepted lines stand until it is accepted (G4)."""
    at = at or clock.now()
    if not lines:
        raise Refusal(_("报价至少一行。"))
    total = sum((line.amount for line in lines), ZERO)
    _night_duty_limit(ticket, by, total, lines)
    ordered = ticket.state == State.ORDERED
    supersede_offered(ticket, by=by, at=at)
    ticket.advance(ticket.offer_revision if ordered else ticket.offer_quote, by=by, at=at, total=total)
    last = ticket.quotes.order_by("n").last()
    materials = sum((line.amount for line in lines if line.kind == QuoteLine.Kind.MATERIAL), ZERO)
    quote: Quote = Quote.objects.create(
        ticket=ticket,
        n=last.n + 1 if last else 1,
        by=by,
        at=at,
        since=at,
        total=total,
        materials=materials,
        visit_fee_told=visit_fee_told,
    )
    for line in lines:
        line.quote = quote
    QuoteLine.objects.bulk_create(lines)
    push_money(ticket)
    if ordered:
        sla.start(ticket, Deadline.Kind.STEP, at=at, due=at + 2 * sla.HOURS, ref=f"quote-{quote.n}")
    else:
        sla.rest(ticket, at=at)
    return quote


def _night_duty_limit(ticket: Ticket, by: User, total: Decimal, lines: list[QuoteLine]) -> None:
    """Night duty quotes urgent work from the price list below ¥500.00 only (lives.md)."""
    if by.may(FD, SS, within=ticket.community_id):
        return
    if (
        ticket.urgency != Urgency.URGENT
        or total >= AGREEMENT_FROM
        or any(not line.code for line in lines if line.kind == QuoteLine.Kind.LABOUR)
    ):
        raise Refusal(_("夜间值班只按价目表报急修、不到 ¥500.00 的价。"))


def supersede_offered(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    """Another quote, or none, takes the place of the one offered; nobody waits for its answer any more."""
    for quote in ticket.quotes.filter(state=QuoteState.OFFERED):
        quote.ticket = ticket
        quote.advance(quote.supersede, by=by, at=at)
        sla.cancel(ticket, Deadline.Kind.STEP, at=at, because=Deadline.Because.SUPERSEDED, ref=f"quote-{quote.n}")


def drop_revision(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    """The repair has left the work, so a revision still offered falls away with its clock (G4, G15)."""
    if ticket.state != State.ORDERED and ticket.revision_pending:
        supersede_offered(ticket, by=by, at=at)
        push_money(ticket)


def _answer(ticket: Ticket, *, name: str, relation: str, how: str, by: User, at: dt.datetime) -> Quote:
    quote = ticket.quotes.filter(state=QuoteState.OFFERED).first()
    if quote is None:
        raise Refusal(_("没有等答复的报价。"))
    if not name.strip():
        raise Refusal(_("写明谁答复的。"))
    quote.ticket = ticket
    quote.answered_by, quote.answered_as, quote.answered_how = name, relation, how
    quote.answered_at, quote.recorded_by = at, by
    return quote


@action
def accept_quote(
    ticket: Ticket, *, by: User, name: str, relation: str, how: str, at: dt.datetime | None = None
) -> None:
    """The customer agrees, who, how and when (5.5.1-3); the charge opens, or is adjusted by a revision (G4)."""
    at = at or clock.now()
    quote = _answer(ticket, name=name, relation=relation, how=how, by=by, at=at)
    _may_take_answer(quote, by)
    if relation == Ticket.Relation.TENANT and quote.total >= AGREEMENT_FROM and how != Quote.How.SIGNED:
        raise Refusal(_("租户只能认可 ¥499.99 以内；满 ¥500.00 由业主认可或附业主书面同意。"))
    supersede_accepted(ticket, by=by, at=at)
    quote.advance(quote.accept, by=by, at=at, total=quote.total)
    ticket.pushed(accepted_total=quote.total)
    ordered = ticket.state == State.ORDERED
    ticket.advance(ticket.accept_revision if ordered else ticket.accept_quote, by=by, at=at, total=quote.total, how=how)
    charge_to(ticket, quote.total, by=by, at=at)
    after_money(ticket, by=by, at=at)
    if ordered:
        sla.stop(ticket, Deadline.Kind.STEP, at=at, ref=f"quote-{quote.n}")
        for slip in ticket.slips.filter(state__in=OPEN_SLIP):
            slip.ticket = ticket
            issuing.reword(slip, terms_of(ticket), by=by, at=at)
    else:
        sla.rest(ticket, at=at)
        tickets.confirm_prepaid(ticket, by=by, at=at)


def _may_take_answer(quote: Quote, by: User) -> None:
    """Night duty writes down answers by telephone to what it offered, a technician what was signed on site (lives.md §2)."""
    community = quote.ticket.community_id
    if by.may(FD, SS, within=community):
        return
    if by.may(DU, within=community):
        if quote.answered_how != Quote.How.PHONE or quote.by.may(FD, SS, within=community):
            raise Refusal(_("夜间值班只登记自己报的价、电话里的答复。"))
    elif quote.answered_how != Quote.How.SIGNED:
        raise Refusal(_("技工只登记客户现场签字的答复，其他方式由前台登记。"))


def supersede_accepted(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    for quote in ticket.quotes.filter(state=QuoteState.ACCEPTED):
        quote.ticket = ticket
        quote.advance(quote.supersede, by=by, at=at)


@action
def keep_old_quote(ticket: Ticket, *, by: User, at: dt.datetime | None = None) -> None:
    """The newer quote is refused, the earlier one stands (G4)."""
    at = at or clock.now()
    before = ticket.quotes.filter(state=QuoteState.ACCEPTED).exists()
    if not before:
        raise Refusal(_("以前没有认可过报价。"))
    _refuse_offered(ticket, by=by, at=at)
    ticket.advance(ticket.keep_old_quote, by=by, at=at)
    push_money(ticket)
    sla.rest(ticket, at=at)
    tickets.confirm_prepaid(ticket, by=by, at=at)


def _refuse_offered(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    for quote in ticket.quotes.filter(state=QuoteState.OFFERED):
        quote.ticket = ticket
        quote.answered_at, quote.recorded_by = at, by
        quote.advance(quote.refuse, by=by, at=at)


@action
def refuse_revision(ticket: Ticket, *, by: User, at: dt.datetime | None = None) -> None:
    """In work: only the accepted lines are done and charged (G4)."""
    at = at or clock.now()
    offered = ticket.quotes.filter(state=QuoteState.OFFERED).first()
    if offered is None:
        raise Refusal(_("没有等答复的报价。"))
    _refuse_offered(ticket, by=by, at=at)
    ticket.advance(ticket.refuse_revision, by=by, at=at)
    push_money(ticket)
    sla.stop(ticket, Deadline.Kind.STEP, at=at, ref=f"quote-{offered.n}")


@action
def decline_quote(ticket: Ticket, *, by: User, reason: str, visit_fee: bool, at: dt.datetime | None = None) -> None:
    """The customer does not want it: over; a visit fee only if told beforehand (C.1)."""
    at = at or clock.now()
    if not reason.strip():
        raise Refusal(_("写明客户不修的原因。"))
    if ticket.quotes.filter(state=QuoteState.ACCEPTED).exists():
        raise Refusal(_("以前认可过报价，用“沿用原报价”或“消单”。"))
    told = ticket.quotes.filter(state=QuoteState.OFFERED, visit_fee_told=True).exists()
    if visit_fee and not told:
        raise Refusal(_("上门检测费没有事先讲明，不能收。"))
    _refuse_offered(ticket, by=by, at=at)
    ticket.advance(ticket.decline_quote, by=by, at=at, remark=reason, closed_at=at)
    sla.cancel_all(ticket, at=at)
    if visit_fee:
        open_visit_fee(ticket, by=by, at=at)
    push_money(ticket)


def terms_of(ticket: Ticket) -> issuing.Terms:
    """What a slip copies of the accepted quote, the agreement and the receipts."""
    quote = ticket.quotes.filter(state=QuoteState.ACCEPTED).first()
    if quote is None:
        return issuing.Terms(lines=[], total=ZERO, materials=ZERO)
    agreement = ticket.agreements.filter(state=AgreementState.SIGNED).order_by("pk").last()
    receipts = (
        ticket.payments.filter(receipts__voided_at=None)
        .exclude(receipts=None)
        .values_list("receipts__number", flat=True)
    )
    return issuing.Terms(
        lines=_printed_lines(ticket, quote), total=quote.total, materials=quote.materials,
        agreed_by=quote.answered_by, agreed_how=quote.answered_how, agreed_at=quote.answered_at,
        agreement_number=str(agreement or ""), receipt_numbers=" ".join(receipts)[:120],
    )  # fmt: skip


def _printed_lines(ticket: Ticket, quote: Quote) -> list[dict[str, object]]:
    """The accepted lines; lines of the version before that a revision dropped stay legible, struck (A.0-4)."""
    now = [{**line.as_printed(), "struck": False} for line in quote.lines.all()]
    before = (
        ticket.quotes.filter(state=QuoteState.SUPERSEDED, n__lt=quote.n).exclude(answered_at=None).order_by("n").last()
    )
    if before is None or ticket.state != State.ORDERED:
        return now
    kept = [{name: value for name, value in line.items() if name != "struck"} for line in now]
    gone = [{**line, "struck": True} for line in (row.as_printed() for row in before.lines.all()) if line not in kept]
    return gone + now
