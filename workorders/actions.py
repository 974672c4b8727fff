"""What people do to a slip. Issue, accept, void and cancel are entered in billing/, which moves the charge in the same transaction."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core import clock
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from core.text import cleaned
from people.models import User
from people.roles import FD, SS, TE
from tickets import actions as tickets
from tickets import sla as clocks
from tickets.models import Deadline, Ticket
from workorders import custody, notices, sla
from workorders.acceptance import Strokes, fact_time, sign, whose
from workorders.models import Handover, Holder, Part, Slip
from workorders.states import OPEN_SLIP

Kind = Deadline.Kind


@action
def collect(slip: Slip, *, by: User, name: str = "", at: dt.datetime | None = None) -> None:
    """The technician, or the builder's person by name, takes the three copies at the desk (5.5.1-4, 5.5.2-4); `collect` is met."""
    at = at or clock.now()
    if slip.builder:
        name = cleaned(name)[:20] or slip.builder.contact
        if not name:
            raise Refusal(_("写明施工单位谁来领单。"))
        notices.attended(slip.ticket, by=by, at=at, step="collect")
    custody.all_to_performer(slip, by=by, at=at)
    slip.advance(slip.collect, by=by, at=at, copies_with_performer=True, collected_at=at, collected_name=name)
    clocks.stop(slip.ticket, Kind.COLLECT, at=at, ref=slip.number)
    sla.collected(slip, at=at)
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
    at = fact_time(slip, at)
    person = whose(slip, by, on_behalf_of)
    slip.advance(slip.arrive, by=by, at=at, on_behalf_of=person, arrived_at=slip.arrived_at or at)
    if slip.parts_on:
        slip.parts_on = None
        slip.save(update_fields=["parts_on"])
    if slip.builder_id:
        notices.attended(slip.ticket, by=by, at=at, step="arrive")
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
    parts_on: dt.date | None = None,
    on_behalf_of: User | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Gone before it was done (G3): absent, parts awaited, the customer asks, other; a new window or a day's grace.

    parts_on: the day awaited parts are promised for; without a window it is the next promise.
    """
    at = fact_time(slip, at)
    if why == "parts" and not (parts_on or window):
        raise Refusal(_("写明配件哪天到。"))
    promised = {"parts_on": parts_on if why == "parts" else None}
    slip.advance(
        slip.leave, by=by, at=at, on_behalf_of=whose(slip, by, on_behalf_of), why=why, remark=words, **promised
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
    elif not slip.builder_id and clocks.is_open(slip.ticket, Kind.COLLECT, slip.number):
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
    slip.advance(slip.list_parts, by=by, at=at, on_behalf_of=whose(slip, by, on_behalf_of), verified=verified)
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
    unused_confirmed: bool = False,
    name: str = "",
    no_parts: bool = False,
    hours: Decimal | None = None,
    renewed_until: dt.date | None = None,
    on_behalf_of: User | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Done (5.5.1-5, -6, -7): the performer signs; from here the content is frozen by its hash.

    name: the builder's person who signs a warranty slip. no_parts, hours: of a facility slip (A.4).
    unused_confirmed: quoted materials that are not listed were not used and are not charged.
    """
    at = fact_time(slip, at)
    person = whose(slip, by, on_behalf_of)
    signer = (name.strip() or slip.collected_name) if slip.builder_id else (person or by).name
    slip.work, slip.no_parts, slip.hours = work, no_parts, hours
    slip.fresh()
    unused: dict[str, Any] = {"unused": slip.unlisted_sum} if unused_confirmed else {}
    digest = slip.content_digest()
    sign(slip, slip.performer_role, name=signer, strokes=strokes, seen_by=by, at=at, content=digest)
    slip.unused_confirmed = unused_confirmed
    slip.advance(
        slip.finish,
        by=by,
        at=at,
        on_behalf_of=person,
        work=work,
        no_parts=no_parts,
        hours=hours,
        renewed_until=renewed_until,
        finished_at=at,
        finished_by=None if slip.builder_id else person or by,
        content_hash=digest,
        **unused,
    )
    sla.finished(slip, at=at)
    custody.push_paper(slip)


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
    if slip.rework:
        ticket.pushed(rework_due=True)
    if ticket.completed_at or ticket.slips.done().exists():
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
