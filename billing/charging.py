"""What a ticket owes: the charge opens, is adjusted and settled, and the ticket is told (5.2.2-1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.lifecycle import AgreementState, ChargeState, PaymentState, QuoteState
from billing.models import Adjustment, Charge
from core import clock
from core.money import ZERO, shown
from people.models import User
from places.queries import find_prices
from tickets import actions as tickets
from tickets.models import Ticket
from tickets.states import State

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
        paid_total=paid,
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


def after_money(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    settle_charges(ticket, by=by, at=at)
    push_money(ticket)
    tickets.confirm_prepaid(ticket, by=by, at=at)


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


def open_visit_fee(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    day = clock.local(at).date()
    fee = next((item for item in find_prices("P01", ticket.community, day) if item.code == "P01"), None)
    if fee:
        charge = Charge.objects.create(
            ticket=ticket, why=Charge.Why.VISIT, amount=fee.price, opened_at=at, opened_by=by, since=at
        )
        charge.record("open", by=by, at=at, amount=fee.price)


def charge_what_was_used(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    """When the last open slip is done: the quoted materials less what all slips used fall off the charge, once."""
    charge, last = standing_charge(ticket), ticket.slips.done().filter(rework=False).last()
    quote = ticket.quotes.filter(state=QuoteState.ACCEPTED).first()
    if charge is None or last is None or quote is None or ticket.slips.open().exists():
        return
    already = charge.adjustments.filter(why=Why.USED_LESS).aggregate(sum=Sum("amount"))["sum"] or ZERO
    unused = last.used_materials + last.used_elsewhere - quote.materials
    if unused < already:
        adjust(charge, unused - already, Why.USED_LESS, by=by, at=at, paper=last.number)


def over(amount: Decimal, owed: Decimal) -> str:
    """The sentence for a sum that does not fit."""
    gap = amount - owed
    words = _("多 %(gap)s") if gap > 0 else _("少 %(gap)s")
    return (
        _("应收 %(owed)s，已输入 %(amount)s，") % {"owed": shown(owed), "amount": shown(amount)}
        + words % {"gap": shown(abs(gap))}
        + "。"
    )
