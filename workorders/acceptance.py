"""Signatures and the customer's opinion (5.5.1-7): accepted, rejected, taken back."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from core import clock
from core.lifecycle import action
from core.refusals import Refusal
from people.models import User
from tickets import actions as tickets
from tickets import telling
from tickets.states import OPEN
from workorders import custody, sla
from workorders.lifecycle import OPEN_SLIP
from workorders.models import Copy, Holder, Signature, Slip

Strokes = list[list[list[float]]]


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
    at = fact_time(slip, at)
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
        on_behalf_of=telling.told(slip.ticket, by, on_behalf_of),
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
    at = fact_time(slip, at)
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


def fact_time(slip: Slip, at: dt.datetime | None) -> dt.datetime:
    """As telling.fact_time, against the slip's last step."""
    moment = telling.fact_time_after(slip.since, at)
    if slip.state not in {*OPEN_SLIP} and slip.ticket.state not in OPEN:
        raise Refusal(_("这张单已结束。"))
    return moment
