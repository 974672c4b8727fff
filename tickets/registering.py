"""A report enters the register (5.1.1, 5.3, 5.5.1-1)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.clock import local, whole_second
from core.refusals import Forbidden, Refusal
from core.text import name_keys, squeezed
from papers.actions import next_number
from papers.models import Kind as PaperKind
from people.models import User
from people.roles import DESK, SS
from places.warranty import verdict
from tickets import sla
from tickets.appointments import Window, check_window, keep_window
from tickets.models import BadWeather, Caller, Place, Ticket
from tickets.states import Nature, Urgency


@transaction.atomic
def register(
    ticket: Ticket,
    *,
    by: User,
    window: Window | None = None,
    rang_at: dt.datetime | None = None,
    duplicate: bool = False,
    at: dt.datetime | None = None,
) -> Ticket:
    """Enter a report in the register (5.1.1, 5.3, 5.5.1-1): number, clocks, caller. `ticket` is unsaved.

    rang_at: when the call began, as this server noted it. reported_at may be set back by hand instead, with a reason.
    duplicate: merged at once into another, whose window holds for it (G13).
    """
    now = at or clock.now()
    if not by.may(*DESK, within=ticket.community_id):
        raise Forbidden("register", DESK)
    ticket.taken_by, ticket.saved_at = by, now
    ticket.reported_at = whole_second(rang_at or getattr(ticket, "reported_at", None) or now)
    _check_report(ticket, window, now, by, noted=rang_at is not None)
    if ticket.urgency == Urgency.ROUTINE and not (window or duplicate):
        raise Refusal(_("一般报修要约定上门时间。"))
    judge_at_the_desk(ticket)
    ticket.window_from, ticket.window_to = window or (None, None)
    ticket.has_caller = ticket.relation != Ticket.Relation.PATROL
    ticket.weather = BadWeather.objects.filter(community=ticket.community_id).at(ticket.reported_at).exists()
    ticket.since = ticket.reported_at
    ticket.number = next_number(ticket.community, PaperKind.TICKET, at=ticket.reported_at)
    ticket.search_text = search_text(ticket)
    ticket._history_user, ticket._history_date = by, now
    ticket.save()
    if ticket.has_caller:
        Caller.objects.create(ticket=ticket, name=ticket.reporter_name, phone=ticket.phone, relation=ticket.relation)
    if window:
        keep_window(ticket, window, by, now)
    ticket.record(
        "register",
        by=by,
        at=ticket.reported_at,
        urgency=ticket.urgency,
        channel=ticket.channel,
        nature=ticket.nature_guess,
    )
    if ticket.rework_of:
        ticket.record("link_rework", by=by, at=now, earlier=ticket.rework_of.number)
    sla.begin(ticket)
    return ticket


def _check_report(ticket: Ticket, window: Window | None, now: dt.datetime, by: User, *, noted: bool) -> None:
    """5.1.1: no item missing; the report's time is that of the call."""
    early = now - ticket.reported_at
    if early < -dt.timedelta(minutes=1):
        raise Refusal(_("报修时间不能晚于现在。"))
    if early > dt.timedelta(minutes=1) and not ticket.backdated_because and not noted:
        raise Refusal(_("报修时间往前改了，写明原因。"))
    if early > dt.timedelta(minutes=settings.BACKDATE_LONGEST_MINUTES) and not by.may(SS, within=ticket.community_id):
        raise Refusal(_("报修时间最多往前改 30 分钟；停机补录由客服主管登记。"))
    if ticket.place == Place.HOME and not ticket.unit_id:
        raise Refusal(_("选定房号。"))
    if ticket.place != Place.HOME and not (ticket.area_id or ticket.unit_id):  # a riser is public inside a home
        raise Refusal(_("选定公共位置。"))
    if window:
        check_window(window, now)
    if ticket.rework_of and (ticket.rework_of.community_id != ticket.community_id or not ticket.rework_of.completed_at):
        raise Refusal(_("选修好过的、同一处的一件报修。"))


def judge_at_the_desk(ticket: Ticket) -> None:
    """First judgement of nature and trade from the part and the warranty (5.5.1-2, 5.5.2-2); the survey decides."""
    if not ticket.trade_id:
        ticket.trade = ticket.component.trade
    assert ticket.site is not None, "checked before"
    found = verdict(ticket.site, ticket.component, local(ticket.reported_at).date())
    ticket.warranty_state, ticket.warranty_ends_on = found.state, found.ends_on
    covered = found.state == "in" and not ticket.man_made
    if ticket.place == Place.MUNICIPAL:
        guess = Nature.MUNICIPAL
    elif found.state == "undetermined" and not ticket.man_made:
        guess = Nature.UNDETERMINED
    elif ticket.place == Place.PUBLIC:
        guess = Nature.WARRANTY_PUBLIC if covered else Nature.PAID_PUBLIC
    else:
        guess = Nature.WARRANTY_HOME if covered else Nature.PAID_HOME
    ticket.nature_guess = guess


def search_text(ticket: Ticket) -> str:
    """Number, place, telephone, name with pinyin, and what is wrong, for one search box."""
    unit = ticket.unit
    words = [
        squeezed(ticket.number),
        f"{unit.printed.replace('-', '')} {unit.code} {squeezed(unit.label)}" if unit else "",
        squeezed(str(ticket.area or "")),
        ticket.phone,
        squeezed(ticket.reporter_name),
        name_keys(ticket.reporter_name),
        squeezed(ticket.fault),
    ]
    return " ".join(words)[:400]
