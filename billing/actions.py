"""Money actions, and every action that moves a charge: quote, agreement, issue, accept, void, cancel, rejudge."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.lifecycle import AgreementState, ChargeState, PaymentState, QuoteState
from billing.models import Adjustment, Agreement, Charge, Quote, QuoteLine
from core import clock
from core.lifecycle import action
from core.money import AGREEMENT_FROM, ZERO, shown
from core.refusals import Forbidden, Refusal
from papers.actions import next_number
from papers.models import Kind as PaperKind
from people.models import User
from people.roles import DU, FD, SS
from places.queries import find_prices
from tickets import actions as tickets
from tickets import sla
from tickets.lifecycle import Nature, State, Urgency, is_paid_up
from tickets.models import Deadline, Ticket
from workorders import actions as workorders
from workorders import custody
from workorders.lifecycle import OPEN_SLIP
from workorders.models import Holder, Slip

Why = Adjustment.Why


def push_money(ticket: Ticket) -> None:
    """Tell the ticket its sums, recomputed from rows (lives.md §0.2)."""
    accepted = ticket.quotes.filter(state=QuoteState.ACCEPTED).first()
    signed = ticket.agreements.filter(state=AgreementState.SIGNED).order_by("pk").last()
    paid = ticket.payments.aggregate(sum=Sum("amount"))["sum"] or ZERO
    receipted = ticket.payments.filter(state=PaymentState.RECEIPTED).aggregate(sum=Sum("amount"))["sum"] or ZERO
    owed = sum((charge.net for charge in ticket.charges.prefetch_related("adjustments")), ZERO)
    ticket.pushed(
        accepted_total=accepted.total if accepted else ZERO,
        agreement_total=signed.total if signed else ZERO,
        receipted_total=receipted,
        balance=owed - paid,
        revision_pending=ticket.state == State.ORDERED and ticket.quotes.filter(state=QuoteState.OFFERED).exists(),
    )


def settle_charges(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    """Payments settle a ticket's charges oldest first (P4)."""
    left = ticket.payments.aggregate(sum=Sum("amount"))["sum"] or ZERO
    for charge in ticket.charges.filter(state__in=[ChargeState.OPEN, ChargeState.SETTLED]).prefetch_related(
        "adjustments"
    ):
        charge.ticket = ticket
        covered = left >= charge.net
        left -= min(left, charge.net)
        if covered and charge.state == ChargeState.OPEN:
            charge.advance(charge.settle, by=by, at=at)
        elif not covered and charge.state == ChargeState.SETTLED:
            charge.advance(charge.unsettle, by=by, at=at)


def _after_money(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    settle_charges(ticket, by=by, at=at)
    push_money(ticket)
    tickets.confirm_prepaid(ticket, by=by, at=at)


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
    _supersede_offered(ticket, by=by, at=at)
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


def _supersede_offered(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    for quote in ticket.quotes.filter(state=QuoteState.OFFERED):
        quote.ticket = ticket
        quote.advance(quote.supersede, by=by, at=at)


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
    _supersede_accepted(ticket, by=by, at=at)
    quote.advance(quote.accept, by=by, at=at, total=quote.total)
    ticket.pushed(accepted_total=quote.total)
    ordered = ticket.state == State.ORDERED
    ticket.advance(ticket.accept_revision if ordered else ticket.accept_quote, by=by, at=at, total=quote.total, how=how)
    charge_to(ticket, quote.total, by=by, at=at)
    _after_money(ticket, by=by, at=at)
    if ordered:
        sla.stop(ticket, Deadline.Kind.STEP, at=at, ref=f"quote-{quote.n}")
        for slip in ticket.slips.filter(state__in=OPEN_SLIP):
            slip.ticket = ticket
            workorders.reword(slip, terms_of(ticket), by=by, at=at)
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


def _supersede_accepted(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    for quote in ticket.quotes.filter(state=QuoteState.ACCEPTED):
        quote.ticket = ticket
        quote.advance(quote.supersede, by=by, at=at)


def charge_to(ticket: Ticket, total: Decimal, *, by: User, at: dt.datetime) -> None:
    """Open the repair charge, or bring the standing one to the accepted total by an adjustment."""
    charge = standing_charge(ticket)
    if charge is None:
        charge = Charge.objects.create(ticket=ticket, amount=total, opened_at=at, opened_by=by, since=at)
        charge.record("open", by=by, at=at, amount=total)
    elif charge.net != total:
        adjust(charge, total - charge.net, Why.REVISION, by=by, at=at)


def standing_charge(ticket: Ticket) -> Charge | None:
    """The repair charge that is not cancelled or waived."""
    rows = ticket.charges.filter(why=Charge.Why.REPAIR, state__in=[ChargeState.OPEN, ChargeState.SETTLED])
    charge = rows.order_by("pk").last()
    if charge:
        charge.ticket = ticket
    return charge


def adjust(
    charge: Charge, amount: Decimal, why: str, *, by: User, at: dt.datetime, paper: str = "", reason: str = ""
) -> None:
    """A charge goes up or down by a row (G4, G15)."""
    if amount:
        Adjustment.objects.create(charge=charge, amount=amount, why=why, paper=paper, reason=reason, by=by, at=at)
        charge.__dict__.pop("net", None)
        charge.record("adjust", by=by, at=at, amount=amount, why=why)


def cancel_charges(ticket: Ticket, why: str, *, by: User, at: dt.datetime, paper: str = "") -> None:
    """What was owed falls away; money received stays on the ticket, to be given back or moved (G15)."""
    for charge in ticket.charges.filter(why=Charge.Why.REPAIR, state__in=[ChargeState.OPEN, ChargeState.SETTLED]):
        charge.ticket = ticket
        adjust(charge, -charge.net, why, by=by, at=at, paper=paper)
        charge.advance(charge.cancel, by=by, at=at)


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
        _open_visit_fee(ticket, by=by, at=at)
    push_money(ticket)


def _open_visit_fee(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    day = clock.local(at).date()
    fee = next((item for item in find_prices("P01", ticket.community, day) if item.code == "P01"), None)
    if fee:
        charge = Charge.objects.create(
            ticket=ticket, why=Charge.Why.VISIT, amount=fee.price, opened_at=at, opened_by=by, since=at
        )
        charge.record("open", by=by, at=at, amount=fee.price)


@action
def rejudge(ticket: Ticket, *, by: User, nature: str, reason: str, at: dt.datetime | None = None) -> None:
    """Judge the nature anew (G10, G20): quotes are superseded, the charge cancelled; money stays on the ticket."""
    at = at or clock.now()
    tickets.rejudge(ticket, by=by, nature=nature, reason=reason, at=at)
    _supersede_offered(ticket, by=by, at=at)
    _supersede_accepted(ticket, by=by, at=at)
    cancel_charges(ticket, Why.REJUDGED, by=by, at=at)
    push_money(ticket)


@action
def cancel(ticket: Ticket, *, by: User, reason: str, words: str = "", at: dt.datetime | None = None) -> None:
    """Take the job off the list (消单). With slips out it is the service supervisor's and voids each of them (C.1, G3)."""
    at = at or clock.now()
    for slip in ticket.slips.filter(state__in=OPEN_SLIP) if ticket.state == State.ORDERED else []:
        if not by.may(SS, within=ticket.community_id):
            raise Forbidden("cancel_order", (SS,))
        slip.ticket = ticket
        _void_keeping_order(slip, by=by, reason=words or str(Ticket.CancelReason(reason).label), at=at)
    tickets.cancel(ticket, by=by, reason=reason, words=words, at=at)
    cancel_charges(ticket, Why.CANCEL, by=by, at=at)
    push_money(ticket)


def _void_keeping_order(slip: Slip, *, by: User, reason: str, at: dt.datetime) -> None:
    from workorders import sla as slip_clocks

    slip.advance(slip.void, by=by, at=at, void_reason=reason, remark=reason)
    slip_clocks.voided(slip, at=at)
    slip.copies.filter(holder=Holder.DESK).update(recalled_at=at)
    custody.push_paper(slip)


def terms_of(ticket: Ticket) -> workorders.Terms:
    """What a slip copies of the accepted quote, the agreement and the receipts."""
    quote = ticket.quotes.filter(state=QuoteState.ACCEPTED).first()
    if quote is None:
        return workorders.Terms(lines=[], total=ZERO, materials=ZERO)
    agreement = ticket.agreements.filter(state=AgreementState.SIGNED).order_by("pk").last()
    receipts = (
        ticket.payments.filter(receipts__voided_at=None)
        .exclude(receipts=None)
        .values_list("receipts__number", flat=True)
    )
    return workorders.Terms(
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


@action
def issue_slip(
    ticket: Ticket,
    *,
    by: User,
    technician: User,
    performer_on_site: bool = False,
    window: tickets.Window | None = None,
    at: dt.datetime | None = None,
) -> Slip:
    """Issue the dispatch order (5.5.1-3); from ¥500.00 only after agreement and receipted prepayment (5.2.2-1c, G5).

    window: agreed with the customer now, where none is left in the future.
    """
    at = at or clock.now()
    rework = bool(ticket.completed_at and ticket.rework_due)
    if ticket.nature != Nature.PAID_HOME:
        raise Refusal(_("派工单只用于有偿家庭报修。"))
    if not rework and not is_paid_up(ticket):
        raise Refusal(_("预付款未到，不可开派工单。满 ¥500.00，先签协议并收预付款。"))
    if not rework and standing_charge(ticket) is None and ticket.accepted_total:
        charge_to(ticket, ticket.accepted_total, by=by, at=at)
        _after_money(ticket, by=by, at=at)
    if window:
        tickets.set_appointment(ticket, by=by, window=window, at=at)
    terms = workorders.Terms(lines=[], total=ZERO, materials=ZERO) if rework else terms_of(ticket)
    return workorders.issue_slip(
        ticket, by=by, technician=technician, terms=terms, performer_on_site=performer_on_site, rework=rework, at=at
    )


@action
def void_slip(slip: Slip, *, by: User, reason: str, at: dt.datetime | None = None) -> None:
    """Void a slip (G15): the charge falls away, receipted money stays; the reissue opens a new charge on the same acceptance."""
    at = at or clock.now()
    ticket = slip.ticket
    workorders.void(slip, by=by, reason=reason, at=at)
    if not ticket.slips.exclude(state="voided").exists():
        cancel_charges(ticket, Why.VOID, by=by, at=at, paper=slip.number)
        push_money(ticket)
    elif not slip.rework and not ticket.slips.open().exists():
        _charge_what_was_used(ticket, by=by, at=at)
        _after_money(ticket, by=by, at=at)


@action
def accept_slip(
    slip: Slip,
    *,
    by: User,
    name: str,
    opinion: str,
    words: str = "",
    strokes: workorders.Strokes | None = None,
    at: dt.datetime | None = None,
) -> None:
    """The customer accepts and signs (5.5.1-7); used less than quoted: the charge goes down without asking (G4)."""
    at = at or clock.now()
    ticket = slip.ticket
    workorders.accept(slip, by=by, name=name, opinion=opinion, words=words, strokes=strokes, at=at)
    if not slip.rework:
        _charge_what_was_used(ticket, by=by, at=at)
    _after_money(ticket, by=by, at=at)


def _charge_what_was_used(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    """When the last open slip is done: the quoted materials less what all slips used fall off the charge, once."""
    charge, last = standing_charge(ticket), ticket.slips.done().filter(rework=False).last()
    quote = ticket.quotes.filter(state=QuoteState.ACCEPTED).first()
    if charge is None or last is None or quote is None or ticket.slips.open().exists():
        return
    already = charge.adjustments.filter(why=Why.USED_LESS).aggregate(sum=Sum("amount"))["sum"] or ZERO
    unused = last.used_materials + last.used_elsewhere - quote.materials
    if unused < already:
        adjust(charge, unused - already, Why.USED_LESS, by=by, at=at, paper=last.number)


@action
def issue_agreement(ticket: Ticket, *, by: User, agreement: Agreement, at: dt.datetime | None = None) -> Agreement:
    """Print the simple agreement for the accepted total (A.6); a second one is a supplement with the same number."""
    at = at or clock.now()
    if not by.may(FD, SS, within=ticket.community_id):
        raise Forbidden("issue_agreement", (FD, SS))
    quote = ticket.quotes.filter(state=QuoteState.ACCEPTED).first()
    if quote is None or ticket.accepted_total < AGREEMENT_FROM:
        raise Refusal(_("认可的报价满 ¥500.00 才签协议。"))
    earlier = ticket.agreements.exclude(state=AgreementState.VOIDED).order_by("pk").last()
    if earlier and earlier.total == ticket.accepted_total:
        raise Refusal(_("协议 %(number)s 已按这个总价开出。") % {"number": earlier})
    if earlier:
        earlier.ticket = ticket
        earlier.advance(earlier.supersede, by=by, at=at)
    agreement.ticket, agreement.community = ticket, ticket.community
    agreement.number = earlier.number if earlier else next_number(ticket.community, PaperKind.AGREEMENT, at=at)
    agreement.supplement = earlier.supplement + 1 if earlier else 0
    agreement.total, agreement.lines = quote.total, [line.as_printed() for line in quote.lines.all()]
    agreement.issued_by, agreement.issued_at, agreement.since = by, at, at
    agreement.save()
    agreement.record("issue", by=by, at=at, total=agreement.total)
    push_money(ticket)
    return agreement


@action
def sign_agreement(
    agreement: Agreement, *, by: User, owner_signs: bool, owner_word: str = "", at: dt.datetime | None = None
) -> None:
    """Both sides signed, by the owner or with his written word (5.2.2-1c, G18)."""
    at = at or clock.now()
    agreement.advance(
        agreement.sign_agreement, by=by, at=at, signed_at=at, owner_signs=owner_signs, owner_word=owner_word
    )
    _after_money(agreement.ticket, by=by, at=at)


@action
def void_agreement(agreement: Agreement, *, by: User, at: dt.datetime | None = None) -> None:
    """Printed wrong and not signed: void, the number stays."""
    agreement.advance(agreement.void_agreement, by=by, at=at or clock.now())
    push_money(agreement.ticket)


def over(amount: Decimal, owed: Decimal) -> str:
    """The sentence for a sum that does not fit."""
    gap = amount - owed
    words = _("多 %(gap)s") if gap > 0 else _("少 %(gap)s")
    return (
        _("应收 %(owed)s，已输入 %(amount)s，") % {"owed": shown(owed), "amount": shown(amount)}
        + words % {"gap": shown(abs(gap))}
        + "。"
    )
