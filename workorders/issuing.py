"""A slip is written (5.5.1-3): number, three copies, clocks; reworded after a revision."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core import clock
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from papers.actions import next_number
from papers.models import Kind as PaperKind
from people.models import User
from people.roles import DU, FD, SS
from tickets import actions as tickets
from tickets.models import Ticket
from tickets.states import Urgency
from workorders import custody, sla
from workorders.lifecycle import SlipState
from workorders.models import Slip


@dataclass(frozen=True)
class Terms:
    """What the upper app copies onto a slip when it is issued: accepted lines and sums (yuan), who agreed, paper numbers."""

    lines: list[dict[str, Any]]
    total: Decimal
    materials: Decimal
    agreed_by: str = ""
    agreed_how: str = ""
    agreed_at: dt.datetime | None = None
    agreement_number: str = ""
    receipt_numbers: str = ""


@action
def issue_slip(
    ticket: Ticket,
    *,
    by: User,
    technician: User,
    terms: Terms,
    performer_on_site: bool = False,
    rework: bool = False,
    at: dt.datetime | None = None,
) -> Slip:
    """Write the dispatch order (5.5.1-3): number, three copies, clocks; the ticket is under repair. The plain half of billing's issue."""
    at = at or clock.now()
    if not by.may(FD, DU, SS, within=ticket.community_id):
        raise Forbidden("issue_slip", (FD, SS))
    if not by.may(FD, SS, within=ticket.community_id) and ticket.urgency != Urgency.URGENT:
        raise Refusal(_("夜间值班只开急修单。"))
    if not performer_on_site and not (ticket.window_to and ticket.window_to > at) and ticket.urgency == Urgency.ROUTINE:
        raise Refusal(_("先与客户约好上门时间，再开派工单。"))
    tickets.order(ticket, by=by, at=at)
    window = (ticket.window_from, ticket.window_to) if ticket.window_to and ticket.window_to > at else (None, None)
    if window[1] is None and not performer_on_site:
        window = (at, at + dt.timedelta(minutes=ticket.community.arrive_minutes))
    replaced = ticket.slips.filter(state=SlipState.VOIDED, replaced_by=None).last()
    slip: Slip = Slip(
        community=ticket.community, ticket=ticket, number=next_number(ticket.community, PaperKind.DISPATCH, at=at),
        trade=ticket.trade, technician=technician, issued_by=by, issued_at=at, since=at,
        window_from=window[0], window_to=window[1], performer_on_site=performer_on_site, rework=rework, replaces=replaced,
        lines=terms.lines, quoted_total=terms.total, quoted_materials=terms.materials,
        agreed_by=terms.agreed_by, agreed_how=terms.agreed_how, agreed_at=terms.agreed_at,
        agreement_number=terms.agreement_number, receipt_numbers=terms.receipt_numbers,
    )  # fmt: skip
    slip._history_user = by
    slip.save()
    custody.make_three(slip, by=by, at=at)
    slip.record("issue", by=by, at=at, total=terms.total, technician=technician)
    ticket.pushed(technician=technician, team=technician.team)
    sla.issued(slip, at=at)
    custody.push_paper(slip)
    return slip


def reword(slip: Slip, terms: Terms, *, by: User, at: dt.datetime) -> None:
    """New accepted lines after a revision (G4): the sheet becomes 第2版, to be printed again; the number stays."""
    slip.lines, slip.quoted_total, slip.quoted_materials = terms.lines, terms.total, terms.materials
    slip.agreement_number, slip.receipt_numbers = terms.agreement_number, terms.receipt_numbers
    slip.revision += 1
    slip.save(
        update_fields=["lines", "quoted_total", "quoted_materials", "agreement_number", "receipt_numbers", "revision"]
    )
    slip.record("reword", by=by, at=at, total=terms.total, revision=slip.revision)
