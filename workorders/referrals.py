"""Referrals to municipal bodies (5.5.3-5, A.9): which body, by whom, its reference, follow-ups until it is restored."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from core import clock
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from papers.actions import next_number
from papers.models import Kind as PaperKind
from people.models import User
from people.roles import DU, ES, FD, SS
from tickets import actions as tickets
from tickets import sla as clocks
from tickets.models import Deadline, Ticket
from tickets.states import Urgency
from workorders import notices
from workorders.letters import ReferralState
from workorders.models import FollowUp, Referral

Kind = Deadline.Kind


@action
def refer(
    ticket: Ticket,
    *,
    by: User,
    referral: Referral,
    next_at: dt.datetime,
    measures: str = "",
    at: dt.datetime | None = None,
) -> Referral:
    """Hand it to the body (5.5.3-5). `referral` is unsaved: body, how, basis, judged_by, judged_at, reference.

    next_at: when we ask again, within 24 h, urgent within 2 h. measures: what makes it safe meanwhile; urgent needs them.
    """
    at = at or clock.now()
    if not by.may(FD, DU, SS, ES, within=ticket.community_id):
        raise Forbidden("refer", (FD, DU, SS, ES))
    _check_next(ticket, next_at, at)
    notices.dropped(ticket, by=by, at=at)
    tickets.refer(ticket, by=by, body=referral.body, made_safe=bool(measures.strip()), at=at)
    referral.community, referral.ticket, referral.sent_by, referral.sent_at, referral.since = (
        ticket.community,
        ticket,
        by,
        at,
        at,
    )
    referral.measures = measures
    referral.number = next_number(ticket.community, PaperKind.REFERRAL, at=at)
    referral._history_user = by
    referral.save()
    referral.record("send", by=by, at=at, body=referral.body)
    clocks.start(ticket, Kind.REFERRAL, at=at, due=next_at)
    return referral


def longest(ticket: Ticket) -> dt.timedelta:
    """How long the body may go unasked: 24 h, urgent 2 h (lives.md §1)."""
    return dt.timedelta(hours=2 if ticket.urgency == Urgency.URGENT else 24)


def _check_next(ticket: Ticket, next_at: dt.datetime, at: dt.datetime) -> None:
    if next_at <= at:
        raise Refusal(_("下次跟进时间已过，选以后的时间。"))
    if next_at > at + longest(ticket):
        hours = int(longest(ticket).total_seconds() // 3600)
        raise Refusal(_("下次跟进最迟在 %(hours)s 小时内。") % {"hours": hours})


def open_referral(ticket: Ticket) -> Referral:
    """The referral that is being followed up."""
    found: Referral | None = ticket.referrals.filter(state=ReferralState.OPEN).last()
    if found is None:
        raise Refusal(_("这件没有跟进中的转报。"))
    return found


@action
def follow_up(ticket: Ticket, *, by: User, words: str, next_at: dt.datetime, at: dt.datetime | None = None) -> FollowUp:
    """What the body says, and when we ask again (5.5.3-5): the clock is met and starts anew."""
    at = at or clock.now()
    if not words.strip():
        raise Refusal(_("写明对方怎么说。"))
    _check_next(ticket, next_at, at)
    referral = open_referral(ticket)
    ticket.advance(ticket.follow_up, by=by, at=at, remark=words, next_at=next_at)
    row = FollowUp.objects.create(referral=referral, at=at, by=by, words=words, next_at=next_at)
    clocks.stop(ticket, Kind.REFERRAL, at=at)
    clocks.start(ticket, Kind.REFERRAL, at=at, due=next_at)
    return row


@action
def confirm_restored(
    ticket: Ticket,
    *,
    by: User,
    restored_at: dt.datetime,
    confirmed_by: User,
    told: bool = False,
    at: dt.datetime | None = None,
) -> None:
    """It works again (A.9): when, by whom confirmed; the reporter is told where there is one."""
    at = at or clock.now()
    referral = open_referral(ticket)
    # Typed to the minute, while the letter went out within one.
    if restored_at > at + dt.timedelta(minutes=1) or restored_at < referral.sent_at.replace(second=0, microsecond=0):
        raise Refusal(_("恢复时间须在转报之后、现在之前。"))
    if ticket.has_caller and not told:
        raise Refusal(_("先告知报修人，再登记恢复。"))
    ticket.advance(ticket.confirm_restored, by=by, at=at, closed_at=at)
    referral.advance(
        referral.restore, by=by, at=at, restored_at=restored_at, confirmed_by=confirmed_by,
        reporter_told_at=at if told else None,
    )  # fmt: skip
    clocks.stop(ticket, Kind.REFERRAL, at=at)
    clocks.stop(ticket, Kind.STEP, at=at)


@action
def take_back(ticket: Ticket, *, by: User, because: str, nature: str = "", at: dt.datetime | None = None) -> None:
    """The body refuses: the referral ends, the nature is judged anew (lives.md §2)."""
    at = at or clock.now()
    referral = open_referral(ticket)
    tickets.take_back(ticket, by=by, because=because, nature=nature, at=at)
    referral.advance(referral.take_back, by=by, at=at, taken_back_because=because)


def dropped(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    """The repair has ended: a referral still followed up ends with it."""
    for referral in ticket.referrals.filter(state=ReferralState.OPEN):
        referral.ticket = ticket
        referral.advance(referral.take_back, by=by, at=at, taken_back_because=str(ticket.get_cancel_reason_display()))
