"""Money in hand: received at the desk or by a technician, handed over, receipted, reversed (A.7, lives.md §6)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.charging import Why, adjust, after_money, charge_to, over, push_money, standing_charge
from billing.lifecycle import PaymentState
from billing.models import Adjustment, CashHandover, Payment, Receipt
from core import clock
from core.lifecycle import action
from core.money import AGREEMENT_FROM, ZERO, shown
from core.refusals import Forbidden, Refusal
from papers.actions import next_number
from papers.models import Kind as PaperKind
from people.models import User
from people.roles import FD, SS, TE
from tickets import sla
from tickets.models import Deadline, Ticket
from tickets.states import UNDERWAY, State
from workorders.states import OPEN_SLIP, SlipState

Kind = Deadline.Kind
ROUND_THE_CLOCK = dt.timedelta(hours=24)


@action
def receive(
    ticket: Ticket,
    *,
    by: User,
    amount: Decimal,
    method: str,
    payer: str,
    reference: str = "",
    part_because: str = "",
    at: dt.datetime | None = None,
) -> Payment:
    """Take money on a ticket. It is receipted at once; a technician holds cash until he hands it over (5.2.2-1a, b)."""
    at = at or clock.now()
    desk = by.may(FD, SS, within=ticket.community_id)
    if not desk:
        _technician_may_take(ticket, by, at)
    elif not by.till:
        raise Refusal(_("您没有收款权限，由收费的同事办理。"))
    if amount <= ZERO:
        raise Refusal(_("金额要大于 0。"))
    if amount > ticket.balance:
        raise Refusal(over(amount, ticket.balance))
    if amount < ticket.balance and not part_because.strip():
        raise Refusal(over(amount, ticket.balance) + _("分次付款要写原因。"))
    if method != Payment.Method.CASH and not reference.strip():
        raise Refusal(_("填交易号（后四位即可）。"))
    beforehand = ticket.completed_at is None and ticket.state in UNDERWAY
    payment: Payment = Payment.objects.create(
        ticket=ticket, amount=amount, method=method, reference=reference, payer=payer,
        purpose=Payment.Purpose.PREPAYMENT if beforehand else Payment.Purpose.REPAIR,
        received_by=by, received_at=at, since=at, on_site=not desk, part_because=part_because,
    )  # fmt: skip
    payment.record("receive", by=by, at=at, amount=amount, method=method)
    if desk or method != Payment.Method.CASH:  # what a code took is with the company, not in his hand
        issue_receipt(payment, by=by, at=at)
    else:
        sla.start(ticket, Kind.CASH, at=at, due=at + ROUND_THE_CLOCK, ref=str(payment.pk))
    after_money(ticket, by=by, at=at)
    _print_on_slip(ticket)
    return payment


def _technician_may_take(ticket: Ticket, by: User, at: dt.datetime) -> None:
    """Small sums on completion only, and nobody who owes yesterday's cash (5.2.2-1a, G14)."""
    if not (by.may(TE, within=ticket.community_id) and ticket.is_for(by)):
        raise Forbidden("receive", (FD, SS))
    if ticket.accepted_total >= AGREEMENT_FROM:
        raise Refusal(_("满 ¥500.00 到前台交，技工不代收。"))
    if ticket.state not in {State.COMPLETED, State.CALLED_BACK, State.CLOSED, State.DECLINED}:
        raise Refusal(_("客户验收以后才收款。"))
    old = Payment.objects.in_hand().filter(received_by=by, received_at__lt=at - ROUND_THE_CLOCK)
    if old.exists():
        raise Refusal(_("有超过 24 小时未交的代收款，先到前台交款。"))


def _print_on_slip(ticket: Ticket) -> None:
    """What a slip prints of the money received for it is copied into its own column (law 4): the sum, and how the last of it came."""
    slip = ticket.slips.exclude(state=SlipState.VOIDED).order_by("pk").last()
    if slip is None:
        return
    rows = [row for row in ticket.payments.select_related("received_by") if row.received_at >= slip.issued_at]
    total = sum((row.amount for row in rows), ZERO)
    last = next((row for row in reversed(rows) if row.amount > ZERO), None)
    line = {"amount": f"{total:.2f}", "method": last.method, "by": last.received_by.name} if last and total > 0 else {}
    slip.received_line = line
    slip.save(update_fields=["received_line"])


def issue_receipt(payment: Payment, *, by: User, at: dt.datetime) -> Receipt:
    """One receipt a payment, to the payer (A.7)."""
    ticket = payment.ticket
    number = next_number(ticket.community, PaperKind.RECEIPT, at=at)
    slip = ticket.slip_number or ticket.number
    receipt = Receipt.objects.create(
        community=ticket.community, number=number, payment=payment, amount=payment.amount, payer=payment.payer,
        reason=_("%(paper)s 有偿维修费") % {"paper": slip.split("-", 1)[1]}, issued_by=by, issued_at=at,
    )  # fmt: skip
    payment.advance(payment.receipt, by=by, at=at, number=number, amount=payment.amount)
    return receipt


@action
def waive(
    ticket: Ticket, *, by: User, reason: str, amount: Decimal | None = None, at: dt.datetime | None = None
) -> None:
    """Goodwill of the service supervisor below ¥500.00 (D.2); amount: yuan, all that is owed if not given."""
    amount = ticket.balance if amount is None else amount
    if not by.may(SS, within=ticket.community_id):
        raise Forbidden("waive", (SS,))
    if needs_manager(ticket, amount):
        raise Refusal(_("满 ¥500.00 的减免要经理核准，用“报请减免”。"))
    let_off(ticket, amount, by=by, reason=reason, at=at or clock.now())


def waived_before(ticket: Ticket) -> Decimal:
    """Yuan of this repair that were waived already."""
    rows = Adjustment.objects.filter(charge__ticket=ticket, why=Why.WAIVED)
    return -(rows.aggregate(sum=Sum("amount"))["sum"] or ZERO)


def needs_manager(ticket: Ticket, amount: Decimal) -> bool:
    """From ¥500.00 the manager approves; what was waived before counts, or a large waiver would go through in small ones."""
    return amount + waived_before(ticket) >= AGREEMENT_FROM


def let_off(ticket: Ticket, amount: Decimal, *, by: User, reason: str, at: dt.datetime) -> None:
    """Waive so much of what is owed. The plain half: who may was asked before."""
    charge = standing_charge(ticket)
    if charge is None or ticket.balance <= ZERO:
        raise Refusal(_("没有可减免的欠款。"))
    if not ZERO < amount <= ticket.balance:
        raise Refusal(over(amount, ticket.balance))
    if not reason.strip():
        raise Refusal(_("减免要写原因。"))
    adjust(charge, -amount, Why.WAIVED, by=by, at=at, reason=reason)
    if charge.net == ZERO:
        charge.advance(charge.waive, by=by, at=at, amount=amount)
    after_money(ticket, by=by, at=at)


def hand_over_cash(
    *, technician: User, payments: list[Payment], counted: Decimal, by: User, at: dt.datetime | None = None
) -> CashHandover:
    """A technician gives his cash to the desk, item by item; the counted sum must match; each payment gets its receipt (3.1)."""
    at = at or clock.now()
    if not payments:
        raise Refusal(_("勾选要交的款项。"))
    community = payments[0].ticket.community
    if any(payment.ticket.community_id != community.pk for payment in payments):
        raise Refusal(_("两个小区的款分开交。"))
    if not by.may(FD, SS, within=community.pk) or by.pk == technician.pk:
        raise Forbidden("hand_over", (FD, SS))
    with transaction.atomic():
        for ticket_id in sorted({payment.ticket_id for payment in payments}):
            Ticket.objects.select_for_update(of=("self",)).get(pk=ticket_id)
        rows = list(
            Payment.objects.select_for_update(of=("self",)).filter(
                pk__in=[p.pk for p in payments], state=PaymentState.RECEIVED, received_by=technician
            )
        )
        total = sum((row.amount for row in rows), ZERO)
        if len(rows) != len(payments):
            raise Refusal(_("其中有款项已交过。刷新后再收。"))
        if total != counted:
            raise Refusal(miscounted(counted, total))
        handover = CashHandover.objects.create(
            community=community,
            number=next_number(community, PaperKind.HANDOVER, at=at),
            technician=technician,
            taken_by=by,
            amount=total,
            at=at,
        )
        for row in rows:
            row.handover = handover
            row.advance(row.hand_over, by=by, at=at, on_behalf_of=technician, amount=row.amount)
            sla.stop(row.ticket, Kind.CASH, at=at, ref=str(row.pk))
            issue_receipt(row, by=by, at=at)
            after_money(row.ticket, by=by, at=at)
        return handover


def miscounted(counted: Decimal, total: Decimal) -> str:
    """清点 ¥30.00，应交 ¥35.00，差 ¥5.00。"""
    facts = {"counted": shown(counted), "total": shown(total), "gap": shown(abs(total - counted))}
    return _("清点 %(counted)s，应交 %(total)s，差 %(gap)s。") % facts


@action
def reverse(payment: Payment, *, by: User, reason: str, at: dt.datetime | None = None) -> Payment:
    """Give money back by a contra entry 红字 (X05) below ¥500.00: the service supervisor, not who received it."""
    if not by.may(SS, within=payment.ticket.community_id) or by.pk == payment.received_by_id:
        raise Forbidden("reverse", (SS,))
    if payment.amount >= AGREEMENT_FROM:
        raise Refusal(_("满 ¥500.00 的退款要经理核准，用“报请退款”。"))
    return give_back(payment, by=by, reason=reason, at=at or clock.now())


def give_back(payment: Payment, *, by: User, reason: str, at: dt.datetime) -> Payment:
    """The contra entry with its red receipt. The plain half: who may was asked before.

    On a repair that is closed the debt is open again, and stands in the list of what is owed.
    """
    ticket = payment.ticket
    if not reason.strip():
        raise Refusal(_("冲红要写原因。"))
    if sentence := irreversible(payment, by=by):
        raise Refusal(sentence)
    contra: Payment = Payment.objects.create(
        ticket=ticket, amount=-payment.amount, method=payment.method, reference=payment.reference, purpose=Payment.Purpose.REFUND, payer=payment.payer,
        received_by=by, received_at=at, since=at, contra_of=payment,
    )  # fmt: skip
    contra.record("reverse", by=by, at=at, amount=contra.amount, of=payment.pk, remark=reason)
    issue_receipt(contra, by=by, at=at)
    if ticket.state in {State.ACCEPTED, State.PREPAID}:
        # The slip was voided and with it the charge; the acceptance stands, so what it asks for is owed again.
        charge_to(ticket, ticket.accepted_total, by=by, at=at)
    after_money(ticket, by=by, at=at)
    _print_on_slip(ticket)
    return contra


def irreversible(payment: Payment, *, by: User) -> str:
    """Why this payment cannot be given back by this person; empty when it can."""
    if payment.amount <= ZERO or hasattr(payment, "contra"):
        return _("这笔款已冲红。")
    if payment.state != PaymentState.RECEIPTED:
        return _("技工代收的款先交到前台。")
    if payment.received_by_id == by.pk:
        return _("收款人不能自己退款，由另一位客服主管办理。")
    if is_needed(payment):
        return _("未验收的派工单还要这笔预付款，先作废单据。")
    return ""


def is_needed(payment: Payment) -> bool:
    """Does a slip that is not accepted yet rest on this payment (5.2.2-1c)?"""
    ticket = payment.ticket
    short = ticket.receipted_total - payment.amount < ticket.accepted_total
    return ticket.accepted_total >= AGREEMENT_FROM and short and ticket.slips.filter(state__in=OPEN_SLIP).exists()


def unvoidable(receipt: Receipt | None, at: dt.datetime | None = None) -> str:
    """Why this receipt cannot be voided; empty when it can (G19)."""
    if receipt is None:
        return _("没有有效的收据。")
    if clock.local(receipt.issued_at).date() != clock.today(at):
        return _("收据只能当日作废，过日用红字冲销。")
    return ""


@action
def void_receipt(
    payment: Payment, *, by: User, reason: str, three_copies: bool, at: dt.datetime | None = None
) -> Receipt:
    """A receipt printed wrong: the same day, with all three copies; a new number follows (G19). Otherwise contra."""
    at = at or clock.now()
    receipt = payment.receipts.filter(voided_at=None).first()
    if not by.may(FD, SS, within=payment.ticket.community_id):
        raise Forbidden("void_receipt", (FD, SS))
    sentence = unvoidable(receipt, at)
    if receipt is None or sentence:
        raise Refusal(sentence)
    if not three_copies:
        raise Refusal(_("三联收齐才能作废。"))
    if not reason.strip():
        raise Refusal(_("作废要写原因。"))
    receipt.voided_at, receipt.voided_by, receipt.void_reason = at, by, reason
    receipt.save()
    payment.record("void_receipt", by=by, at=at, number=receipt.number, remark=reason)
    number = next_number(payment.ticket.community, PaperKind.RECEIPT, at=at)
    fresh = Receipt.objects.create(
        community=receipt.community,
        number=number,
        payment=payment,
        amount=payment.amount,
        payer=payment.payer,
        reason=receipt.reason,
        issued_by=by,
        issued_at=at,
    )
    payment.record("reissue_receipt", by=by, at=at, number=number)
    push_money(payment.ticket)
    return fresh
