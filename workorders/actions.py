"""What people do to a slip. Issue, accept, void and cancel are entered in billing/, which moves the charge in the same transaction."""

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
from people.roles import DU, FD, SS, TE
from tickets import actions as tickets
from tickets import sla as clocks
from tickets.lifecycle import OPEN, Urgency
from tickets.models import Deadline, Ticket
from workorders import custody, sla
from workorders.lifecycle import OPEN_SLIP, SlipState
from workorders.models import Copy, Handover, Holder, Part, Signature, Slip

Kind = Deadline.Kind
Strokes = list[list[list[float]]]


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


@action
def collect(slip: Slip, *, by: User, at: dt.datetime | None = None) -> None:
    """The technician takes the three copies at the desk (5.5.1-4); the clock `collect` is met."""
    at = at or clock.now()
    custody.all_to_performer(slip, by=by, at=at)
    slip.advance(slip.collect, by=by, at=at, copies_with_performer=True, collected_at=at)
    clocks.stop(slip.ticket, Kind.COLLECT, at=at, ref=slip.number)
    custody.push_paper(slip)


@action
def hand_out(slip: Slip, *, by: User, at: dt.datetime | None = None) -> None:
    """The sheets follow a performer who was on site when the slip was issued (lives.md §4)."""
    at = at or clock.now()
    if not by.may(FD, SS, within=slip.community_id):
        raise Forbidden("hand_out", (FD, SS))
    if slip.state not in OPEN_SLIP:
        raise Refusal(_("这张单已结束。"))
    custody.all_to_performer(slip, by=by, at=at)
    slip.copies_with_performer = True
    slip.save(update_fields=["copies_with_performer"])
    slip.record("hand_out", by=by, at=at)


@action
def arrive(slip: Slip, *, by: User, on_behalf_of: User | None = None, at: dt.datetime | None = None) -> None:
    """On site for the work (5.5.1-4)."""
    at = _fact_time(slip, at)
    person = tickets.told(slip.ticket, by, on_behalf_of)
    slip.advance(slip.arrive, by=by, at=at, on_behalf_of=person, arrived_at=slip.arrived_at or at)
    ticket = slip.ticket
    if ticket.on_site_at is None:
        ticket.pushed(on_site_at=at)
    sla.arrived(slip, at=at)
    custody.push_paper(slip)


@action
def leave(
    slip: Slip,
    *,
    by: User,
    why: str,
    words: str = "",
    window: tuple[dt.datetime, dt.datetime] | None = None,
    on_behalf_of: User | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Gone before it was done (G3): absent, parts awaited, the customer asks, other; a new window or a day's grace."""
    at = _fact_time(slip, at)
    slip.advance(
        slip.leave, by=by, at=at, on_behalf_of=tickets.told(slip.ticket, by, on_behalf_of), why=why, remark=words
    )
    slip.window_from, slip.window_to = window or (None, None)
    slip.save(update_fields=["window_from", "window_to"])
    if window:
        slip.ticket.pushed(window_from=window[0], window_to=window[1])
    sla.left(slip, at=at)
    custody.push_paper(slip)


@action
def reassign(slip: Slip, *, by: User, to: User, at: dt.datetime | None = None) -> None:
    """Another technician of the trade midway: sheets already out pass to him (lives.md §4)."""
    at = at or clock.now()
    trades = {trade.pk for trade in to.trades.all()}
    if not to.may(TE, within=slip.community_id) or (trades and slip.trade_id not in trades):
        raise Refusal(_("%(name)s不做%(trade)s。选该工种的技工。") % {"name": to.name, "trade": slip.trade})
    if to.pk == slip.technician_id:
        raise Refusal(_("维修人已是%(name)s。") % {"name": to.name})
    slip.advance(slip.reassign, by=by, at=at, technician=to, performer_on_site=False)
    if slip.copies_with_performer:
        custody.all_to_performer(slip, by=by, at=at, move=Handover.Move.PASS_ON)
    else:
        clocks.start(slip.ticket, Kind.COLLECT, at=at, due=at + 15 * clocks.MINUTES, ref=slip.number)
    slip.ticket.pushed(technician=to, team=to.team)


@action
def list_parts(
    slip: Slip,
    *,
    by: User,
    parts: list[Part],
    verified: bool,
    on_behalf_of: User | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Write down the parts used: the company's with five items and the customer's look, his own inspected (5.5.1-5, -6)."""
    at = at or clock.now()
    slip.advance(
        slip.list_parts, by=by, at=at, on_behalf_of=tickets.told(slip.ticket, by, on_behalf_of), verified=verified
    )
    kept = {part.pk for part in parts if part.pk}
    slip.parts.exclude(pk__in=kept).delete()
    for part in parts:
        part.slip = slip
        if part.source == Part.Source.COMPANY:
            part.verified_at = (part.verified_at or at) if verified else None
        part.save()
    slip.fresh()


@action
def finish(
    slip: Slip,
    *,
    by: User,
    work: str,
    strokes: Strokes | None = None,
    on_behalf_of: User | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Done (5.5.1-5, -6, -7): the technician signs; from here the content is frozen by its hash."""
    at = _fact_time(slip, at)
    person = tickets.told(slip.ticket, by, on_behalf_of)
    slip.work = work
    slip.fresh()
    sign(
        slip,
        Signature.Role.TECHNICIAN,
        name=(person or by).name,
        strokes=strokes,
        seen_by=by,
        at=at,
        content=slip.content_digest(),
    )
    slip.advance(
        slip.finish,
        by=by,
        at=at,
        on_behalf_of=person,
        work=work,
        finished_at=at,
        finished_by=person or by,
        content_hash=slip.content_digest(),
    )
    sla.finished(slip, at=at)
    custody.push_paper(slip)


def sign(
    slip: Slip,
    role: str,
    *,
    name: str,
    strokes: Strokes | None,
    seen_by: User,
    at: dt.datetime,
    content: str,
    opinion: str = "",
) -> Signature:
    """A signature on this content; without strokes it stands on the paper and says who saw it."""
    row = Signature.objects.create(
        slip=slip,
        role=role,
        name=name,
        strokes=strokes or [],
        on_paper=not strokes,
        seen_by=seen_by,
        at=at,
        content_hash=content,
        opinion=opinion,
    )
    slip.fresh()
    return row


@action
def unfinish(slip: Slip, *, by: User, because: str, at: dt.datetime | None = None) -> None:
    """Take a finish back before any acceptance, with a reason; the old due time runs again."""
    at = at or clock.now()
    if not because.strip():
        raise Refusal(_("退回要写原因。"))
    slip.advance(slip.unfinish, by=by, at=at, remark=because, content_hash="")
    slip.signatures.update(dropped=True)
    slip.fresh()
    sla.reopened(slip, at=at)
    custody.push_paper(slip)


@action
def reject(
    slip: Slip,
    *,
    by: User,
    name: str,
    words: str,
    strokes: Strokes | None = None,
    on_behalf_of: User | None = None,
    at: dt.datetime | None = None,
) -> None:
    """The customer signs 不合格 (A.2): recorded, no acceptance; the work goes on and a new opinion follows."""
    at = _fact_time(slip, at)
    if not words.strip():
        raise Refusal(_("写明哪里不合格。"))
    sign(
        slip,
        Signature.Role.CUSTOMER,
        name=name,
        strokes=strokes,
        seen_by=by,
        at=at,
        content=slip.content_hash,
        opinion=Slip.Opinion.FAILED,
    )
    slip.advance(
        slip.reject,
        by=by,
        at=at,
        on_behalf_of=tickets.told(slip.ticket, by, on_behalf_of),
        content_hash="",
        remark=words,
    )
    slip.signatures.update(dropped=True)
    slip.fresh()
    sla.reopened(slip, at=at)
    custody.push_paper(slip)


@action
def accept(
    slip: Slip,
    *,
    by: User,
    name: str,
    opinion: str,
    words: str = "",
    strokes: Strokes | None = None,
    at: dt.datetime | None = None,
) -> None:
    """The customer's opinion and signature (5.5.1-7). The plain half of billing's accept."""
    at = _fact_time(slip, at)
    if opinion == Slip.Opinion.FAILED:
        raise Refusal(_("不合格不是验收，用“验收不合格”。"))
    if (
        not strokes
        and slip.copies.exclude(holder=Holder.TECHNICIAN, person=slip.technician).exists()
        and not _home_again(slip)
    ):
        raise Refusal(_("客户在纸单上签字，三联须先在维修人手里。"))
    slip.fresh()
    sign(
        slip,
        Signature.Role.CUSTOMER,
        name=name,
        strokes=strokes,
        seen_by=by,
        at=at,
        content=slip.content_hash,
        opinion=opinion,
    )
    slip.advance(slip.accept, by=by, at=at, opinion=opinion, opinion_text=words, accepted_at=at)
    sla.accepted(slip, at=at)
    custody.after_move(slip, by=by, at=at)
    complete_if_last(slip, by=by, at=at)


def _home_again(slip: Slip) -> bool:
    """Signed sheets that were brought back before the desk wrote it down: they were with the performer after collecting."""
    return (
        not Copy.objects.filter(slip=slip).exclude(holder__in=[Holder.DESK, Holder.TECHNICIAN]).exists()
        and slip.collected_at is not None
    )


def complete_if_last(slip: Slip, *, by: User, at: dt.datetime) -> None:
    """The last open slip is done: the ticket is completed."""
    ticket = slip.ticket
    if not ticket.slips.filter(state__in=OPEN_SLIP).exists() and ticket.state == "ordered":
        tickets.complete(ticket, by=by, at=at)


@action
def void(slip: Slip, *, by: User, reason: str, at: dt.datetime | None = None) -> None:
    """Void a slip (G15): the number stays, sheets are recalled and stamped. The plain half of billing's void."""
    at = at or clock.now()
    ticket = slip.ticket
    slip.advance(slip.void, by=by, at=at, void_reason=reason, remark=reason)
    sla.voided(slip, at=at)
    for copy in slip.copies.filter(holder=Holder.DESK):
        copy.recalled_at = at
        copy.save(update_fields=["recalled_at"])
    custody.push_paper(slip)
    if ticket.open_slips or ticket.state != "ordered":
        return
    if ticket.completed_at or ticket.slips.done().exists():
        if slip.rework:
            ticket.pushed(rework_due=True)
        tickets.complete(ticket, by=by, at=at)
    else:
        tickets.withdraw_order(ticket, by=by, at=at)


@action
def close(ticket: Ticket, *, by: User, at: dt.datetime | None = None) -> None:
    """Archive the ticket (5.5.1-9) and file the slips whose third copy is home."""
    at = at or clock.now()
    tickets.close(ticket, by=by, at=at)
    for slip in ticket.slips.done():
        slip.ticket = ticket
        custody.file_if_complete(slip, by=by, at=at)
    last = ticket.slips.last()
    if last:
        last.ticket = ticket
        custody.push_paper(last)


def _fact_time(slip: Slip, at: dt.datetime | None) -> dt.datetime:
    """As tickets.fact_time, against the slip's last step."""
    moment = tickets.fact_time_after(slip.since, at)
    if slip.state not in {*OPEN_SLIP} and slip.ticket.state not in OPEN:
        raise Refusal(_("这张单已结束。"))
    return moment
