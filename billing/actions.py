"""Issue, accept, void, cancel and judge anew: what moves a slip or a ticket together with its charge."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from billing.charging import (
    Why,
    after_money,
    cancel_charges,
    charge_to,
    charge_what_was_used,
    push_money,
    standing_charge,
)
from billing.quoting import drop_revision, supersede_accepted, supersede_offered, terms_of
from core import clock
from core.lifecycle import action
from core.money import AGREEMENT_FROM, ZERO
from core.refusals import Forbidden, Refusal
from people.models import User
from people.roles import FD, SS
from tickets import actions as tickets
from tickets import appointments
from tickets.conditions import is_paid_up
from tickets.models import Ticket
from tickets.states import WARRANTY_NATURES, State
from workorders import acceptance, custody, issuing, notices, referrals
from workorders import actions as workorders
from workorders.models import Holder, Slip
from workorders.states import OPEN_SLIP, Bearer, Kind, SlipState


@action
def rejudge(ticket: Ticket, *, by: User, nature: str, reason: str, at: dt.datetime | None = None) -> None:
    """Judge the nature anew (G10, G20): quotes are superseded, the charge cancelled; money stays on the ticket."""
    at = at or clock.now()
    tickets.rejudge(ticket, by=by, nature=nature, reason=reason, at=at)
    if nature not in WARRANTY_NATURES:
        notices.dropped(ticket, by=by, at=at)
    supersede_offered(ticket, by=by, at=at)
    supersede_accepted(ticket, by=by, at=at)
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
    notices.dropped(ticket, by=by, at=at)
    referrals.dropped(ticket, by=by, at=at)
    cancel_charges(ticket, Why.CANCEL, by=by, at=at)
    push_money(ticket)


def _void_keeping_order(slip: Slip, *, by: User, reason: str, at: dt.datetime) -> None:
    from workorders import sla as slip_clocks

    slip.advance(slip.void, by=by, at=at, void_reason=reason, remark=reason)
    slip_clocks.voided(slip, at=at)
    slip.copies.filter(holder=Holder.DESK).update(recalled_at=at)
    custody.push_paper(slip)


@action
def issue_slip(
    ticket: Ticket,
    *,
    by: User,
    technician: User,
    performer_on_site: bool = False,
    window: appointments.Window | None = None,
    at: dt.datetime | None = None,
) -> Slip:
    """Issue the dispatch order (5.5.1-3); from ¥500.00 only after agreement and receipted prepayment (5.2.2-1c, G5).

    window: agreed with the customer now, where none is left in the future.
    """
    at = at or clock.now()
    rework = ticket.redoes
    if ticket.kind_of_slip != Kind.DISPATCH:
        raise Refusal(_("派工单只用于户内有偿维修，或我方代修的户内质保维修。"))
    if not rework and not is_paid_up(ticket):
        raise Refusal(_("预付款未到，不可开派工单。满 ¥500.00，先签协议并收预付款。"))
    if ticket.accepted_total >= AGREEMENT_FROM and not by.may(FD, SS, within=ticket.community_id):
        raise Refusal(_("夜间值班只开不到 ¥500.00 的单。"))
    free = rework or ticket.taken_over
    if not free and standing_charge(ticket) is None and ticket.accepted_total:
        charge_to(ticket, ticket.accepted_total, by=by, at=at)
        after_money(ticket, by=by, at=at)
    if window:
        appointments.set_appointment(ticket, by=by, window=window, at=at)
    terms = issuing.Terms(lines=[], total=ZERO, materials=ZERO) if free else terms_of(ticket)
    return issuing.issue_slip(
        ticket, by=by, technician=technician, terms=terms, performer_on_site=performer_on_site, rework=rework, at=at
    )


@action
def void_slip(slip: Slip, *, by: User, reason: str, at: dt.datetime | None = None) -> None:
    """Void a slip (G15): the charge falls away, receipted money stays; the reissue opens a new charge on the same acceptance."""
    at = at or clock.now()
    ticket = slip.ticket
    workorders.void(slip, by=by, reason=reason, at=at)
    drop_revision(ticket, by=by, at=at)
    if not ticket.slips.exclude(state="voided").exists():
        cancel_charges(ticket, Why.VOID, by=by, at=at, paper=slip.number)
        push_money(ticket)
    elif not slip.free and not ticket.slips.open().exists():
        charge_what_was_used(ticket, by=by, at=at)
        after_money(ticket, by=by, at=at)


@action
def accept_slip(
    slip: Slip,
    *,
    by: User,
    name: str,
    opinion: str,
    words: str = "",
    strokes: acceptance.Strokes | None = None,
    at: dt.datetime | None = None,
) -> None:
    """The customer accepts and signs (5.5.1-7); used less than quoted: the charge goes down without asking (G4)."""
    at = at or clock.now()
    acceptance.accept(slip, by=by, name=name, opinion=opinion, words=words, strokes=strokes, at=at)
    charge_accepted(slip, by=by, at=at)


def charge_accepted(slip: Slip, *, by: User, at: dt.datetime) -> None:
    """Accepted: a priced slip is charged down to what was used; a public one only to the person liable (decisions.md)."""
    if slip.state == SlipState.FINISHED:  # one of the two signatures is still to come
        return
    drop_revision(slip.ticket, by=by, at=at)
    if not slip.free:
        charge_what_was_used(slip.ticket, by=by, at=at)
    elif slip.kind == Kind.FACILITY and slip.bearer == Bearer.LIABLE and slip.used_materials:
        charge_to(slip.ticket, slip.used_materials + slip.used_elsewhere, by=by, at=at)
    after_money(slip.ticket, by=by, at=at)


@action
def countersign_slip(
    slip: Slip,
    *,
    by: User,
    opinion: str,
    words: str = "",
    strokes: acceptance.Strokes | None = None,
    at: dt.datetime | None = None,
) -> None:
    """The engineering supervisor accepts on site (5.5.2-5, 5.5.3-3)."""
    at = at or clock.now()
    acceptance.countersign(slip, by=by, opinion=opinion, words=words, strokes=strokes, at=at)
    charge_accepted(slip, by=by, at=at)


@action
def change_bearer(
    slip: Slip,
    *,
    by: User,
    bearer: str,
    liable_person: str = "",
    approval_number: str = "",
    at: dt.datetime | None = None,
) -> None:
    """Another bearer before filing (decisions.md): only a liable person owes us, so the charge comes or goes with him."""
    at = at or clock.now()
    before = slip.bearer
    acceptance.change_bearer(
        slip, by=by, bearer=bearer, liable_person=liable_person, approval_number=approval_number, at=at
    )
    if before == Bearer.LIABLE != bearer:
        cancel_charges(slip.ticket, Why.BEARER, by=by, at=at, paper=slip.number)
    charge_accepted(slip, by=by, at=at)


@action
def confirm_refusal(slip: Slip, *, by: User, at: dt.datetime | None = None) -> None:
    """The service supervisor confirms that the customer would not sign; it counts as accepted."""
    at = at or clock.now()
    acceptance.confirm_refusal(slip, by=by, at=at)
    charge_accepted(slip, by=by, at=at)
