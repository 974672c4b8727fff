"""Notices to the original builder (5.5.2-3, G9): sent in the agreed form, acknowledged, answered, reminded, sent again, taken over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from papers.actions import next_number
from papers.models import Kind as PaperKind
from people.models import User
from people.roles import ES, FD, SS
from places.builders import builder_of, limits
from places.models import Builder
from tickets import actions as tickets
from tickets import appointments
from tickets import sla as clocks
from tickets.models import Deadline, Ticket
from tickets.states import FINAL, PUBLIC_NATURES, WARRANTY_NATURES, State, Urgency
from workorders.letters import STANDING, UNENDED, NoticeState
from workorders.models import Notice, NoticeReminder

Kind, Because = Deadline.Kind, Deadline.Because


@transaction.atomic
def send_notice(
    about: Iterable[Ticket],
    *,
    by: User,
    builder: Builder | None = None,
    form: str = "",
    words: str = "",
    phone_consent: bool | None = None,
    at: dt.datetime | None = None,
) -> Notice:
    """Notify the builder of one repair or of many of his at once (5.5.2-3): in the agreed form unless told otherwise.

    A notice still standing on one of them is superseded: the new one is the n-th and prints the consequence (G9).
    phone_consent: do the customers let him have their numbers (PIPL 23)? None leaves what each has said before.
    """
    at = at or clock.now()
    rows = _locked(about)
    builder = builder or _one_builder(rows)
    if not by.may(FD, SS, ES, within=rows[0].community_id):
        raise Forbidden("notify_builder", (FD, SS, ES))
    urgent = any(ticket.urgency == Urgency.URGENT for ticket in rows)
    due = limits(builder, urgent=urgent, at=at)
    before = _supersede(rows, by=by, at=at)
    notice: Notice = Notice(
        community=rows[0].community, builder=builder, number=next_number(rows[0].community, PaperKind.NOTICE, at=at),
        nth=before + 1, urgent=urgent, form=form or due.form, words=words, sent_at=at, sent_by=by, since=at,
        arrive_by=due.arrive_by, finish_by=due.finish_by,
    )  # fmt: skip
    notice._history_user = by
    notice.save()
    notice.tickets.set(rows)
    for ticket in rows:
        consent = ticket.phone_consent if phone_consent is None else phone_consent
        _tell(ticket, notice, phone_consent=consent, by=by, at=at)
    return notice


def _locked(about: Iterable[Ticket]) -> list[Ticket]:
    """The tickets, locked by id; all of one community."""
    rows = sorted(about, key=lambda ticket: ticket.pk)
    if not rows:
        raise Refusal(_("选定要通知的报修。"))
    for ticket in rows:
        ticket.lock_spine()
    if len({ticket.community_id for ticket in rows}) > 1:
        raise Refusal(_("一张通知只写一个小区的报修。"))
    return rows


def _one_builder(rows: list[Ticket]) -> Builder:
    found = {builder for ticket in rows if (builder := ticket.builder or answering(ticket))}
    if not found:
        raise Refusal(_("没有登记这一部位的原施工单位，先选施工单位。"))
    if len(found) > 1:
        raise Refusal(_("这几件分属不同的施工单位，分开通知。"))
    return found.pop()


def answering(ticket: Ticket) -> Builder | None:
    """Who built that part of that place (5.5.2-3)."""
    return builder_of(ticket.site, ticket.component) if ticket.site else None


def _supersede(rows: list[Ticket], *, by: User, at: dt.datetime) -> int:
    """How many notices went before; those still standing end here."""
    earlier = Notice.objects.filter(tickets__in=rows).distinct()
    before = max((notice.nth for notice in earlier), default=0)
    for notice in earlier.filter(state__in=UNENDED):
        notice.advance(notice.supersede, by=by, at=at)
    return before


def _tell(ticket: Ticket, notice: Notice, *, phone_consent: bool, by: User, at: dt.datetime) -> None:
    first = ticket.builder_notified_at or at
    ticket.advance(
        ticket.notify_builder, by=by, at=at, builder=notice.builder, notice_number=notice.number, nth=notice.nth, form=notice.form,
        builder_notified_at=first, builder_reply=NoticeState.SENT, phone_consent=phone_consent,
    )  # fmt: skip
    clocks.cancel(ticket, Kind.BUILDER_REPLY, at=at, because=Because.SUPERSEDED, ref=None)
    if ticket.state == State.SURVEYED:
        clocks.cancel(ticket, Kind.STEP, at=at, because=Because.SUPERSEDED)
    clocks.start(ticket, Kind.BUILDER_REPLY, at=at, due=notice.arrive_by, ref=notice.number)


@action
def confirm_written(notice: Notice, *, by: User, at: dt.datetime | None = None) -> None:
    """A telephoned notice was followed by a written one (A.8, the same day)."""
    if not by.may(FD, SS, ES, within=notice.community_id):
        raise Forbidden("confirm_written", (FD, SS, ES))
    if notice.written_at:
        raise Refusal(_("已补发书面通知。"))
    at = at or clock.now()
    notice.written_at = at
    notice.save(update_fields=["written_at"])
    notice.record("confirm_written", by=by, at=at)


@action
def acknowledge_notice(notice: Notice, *, by: User, name: str, words: str = "", at: dt.datetime | None = None) -> None:
    """The builder has it (A.8): by whom; the clock for a time goes on."""
    at = at or clock.now()
    notice.advance(notice.acknowledge, by=by, at=at, acknowledged_by=name, acknowledged_at=at, reply=words)
    _push(notice)


@action
def agree_time(
    notice: Notice, *, by: User, window: appointments.Window, words: str = "", at: dt.datetime | None = None
) -> None:
    """The builder names a time; the desk has agreed it with the customer: appointment set, the reply's clock met (5.5.2-4)."""
    at = at or clock.now()
    appointments.check_window(window, at)
    notice.advance(
        notice.agree, by=by, at=at, agreed_from=window[0], agreed_to=window[1], reply=words or notice.reply,
        refused_because="", acknowledged_at=notice.acknowledged_at or at,
    )  # fmt: skip
    for ticket in notice.tickets.order_by("pk"):
        _agree_window(ticket, window, by=by, at=at)
        _answered(ticket, at)
    _push(notice)


def _agree_window(ticket: Ticket, window: appointments.Window, *, by: User, at: dt.datetime) -> None:
    """A dwelling's repair: the builder's time is the customer's appointment; once a slip is out it is moved by 改约 only."""
    if ticket.nature in PUBLIC_NATURES or (
        ticket.state == State.ORDERED and ticket.window_to and ticket.window_to > at
    ):
        return
    ref = ticket.slip_number if ticket.state == State.ORDERED else ""
    appointments.new_window(ticket, window, by, at, ref=ref)


@action
def refuse_notice(notice: Notice, *, by: User, because: str, at: dt.datetime | None = None) -> None:
    """The builder refuses (G9): the service supervisor decides what next; the step's clock runs again."""
    at = at or clock.now()
    notice.advance(notice.refuse, by=by, at=at, refused_because=because, remark=because)
    for ticket in notice.tickets.order_by("pk"):
        _answered(ticket, at)
    _push(notice)


@action
def remind_builder(
    notice: Notice, *, by: User, form: str, words: str = "", at: dt.datetime | None = None
) -> NoticeReminder:
    """Ask the builder again (A.8): a row each, append-only; no clock stops."""
    at = at or clock.now()
    notice.advance(notice.remind, by=by, at=at, reminded=form, remark=words)  # `form` is how the notice itself went out
    return NoticeReminder.objects.create(notice=notice, at=at, by=by, form=form, words=words)


@action
def take_over(ticket: Ticket, *, by: User, because: str, at: dt.datetime | None = None) -> None:
    """Own people repair in the builder's stead and at his cost (G9): the notice ends, the resident pays nothing."""
    at = at or clock.now()
    builder = ticket.builder or answering(ticket)
    tickets.take_over(ticket, by=by, because=because, at=at)
    ticket.pushed(builder=builder, builder_reply=NoticeState.TAKEN_OVER)
    for notice in ticket.notices.filter(state__in=UNENDED):
        if notice.tickets.count() == 1:
            notice.advance(notice.take_over, by=by, at=at)
        else:
            _withdraw_if_idle(notice, by=by, at=at)


def dropped(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    """The repair is no longer the builder's (judged anew, referred, ended): his clock ends, a notice about nothing else too."""
    clocks.cancel(ticket, Kind.BUILDER_REPLY, at=at, because=Because.SUPERSEDED, ref=None)
    if ticket.state not in FINAL and (ticket.builder_notified_at or ticket.taken_over):
        ticket.pushed(builder_notified_at=None, builder_reply="", taken_over=False)
    for notice in ticket.notices.filter(state__in=UNENDED):
        _withdraw_if_idle(notice, by=by, at=at)


def _withdraw_if_idle(notice: Notice, *, by: User, at: dt.datetime) -> None:
    """A notice ends when none of the repairs it is about waits for the builder any more."""
    waiting = Ticket.objects.open().filter(notices=notice).filter(nature__in=WARRANTY_NATURES, taken_over=False)
    if not waiting.exists():
        notice.advance(notice.withdraw, by=by, at=at)


def attended(ticket: Ticket, *, by: User, at: dt.datetime, step: str) -> None:
    """The builder took the sheets or came: his reply's clock is met."""
    clocks.stop(ticket, Kind.BUILDER_REPLY, at=at, ref=None)
    notice = ticket.notices.filter(state__in=STANDING).order_by("pk").last()
    if notice and step == "arrive":
        notice.advance(notice.attend, by=by, at=at, attended_at=at)
        ticket.pushed(builder_reply=NoticeState.ATTENDED)


def _answered(ticket: Ticket, at: dt.datetime) -> None:
    """The builder has answered: where nothing else is promised somebody must move it on (lives.md §1, step)."""
    clocks.stop(ticket, Kind.BUILDER_REPLY, at=at, ref=None)
    if ticket.state == State.SURVEYED:
        clocks.rest(ticket, at=at)


def _push(notice: Notice) -> None:
    for ticket in notice.tickets.all():
        ticket.pushed(builder_reply=notice.state)
