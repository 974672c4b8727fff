"""The simple agreement (5.2.2-1c): issued, signed by both sides, voided."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from billing.charging import after_money, push_money
from billing.lifecycle import AgreementState, QuoteState
from billing.models import Agreement
from core import clock
from core.lifecycle import action
from core.money import AGREEMENT_FROM
from core.refusals import Forbidden, Refusal
from papers.actions import next_number
from papers.models import Kind as PaperKind
from people.models import User
from people.roles import FD, SS
from tickets.models import Ticket


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
    after_money(agreement.ticket, by=by, at=at)


@action
def void_agreement(agreement: Agreement, *, by: User, at: dt.datetime | None = None) -> None:
    """Printed wrong and not signed: void, the number stays."""
    agreement.advance(agreement.void_agreement, by=by, at=at or clock.now())
    push_money(agreement.ticket)
