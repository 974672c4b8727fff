"""Whose fact it is and when it happened: the technician's own, or as told at the desk."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from core import clock
from core.clock import local
from core.refusals import Refusal
from people.models import User
from people.roles import TE
from tickets.models import Ticket


def fact_time(ticket: Ticket, at: dt.datetime | None) -> dt.datetime:
    """When a fact of this ticket happened (see fact_time_after)."""
    return fact_time_after(ticket.since, at)


def fact_time_after(since: dt.datetime, at: dt.datetime | None) -> dt.datetime:
    """When it happened: not in the future, not older than 24 h, not before the step that led here (lives.md §0.4)."""
    now = clock.now()
    if at is None:
        return now
    if at > now + dt.timedelta(minutes=1):
        raise Refusal(_("时间不能晚于现在。"))
    if at < now - dt.timedelta(hours=24):
        raise Refusal(_("超过 24 小时的事，由前台补记。"))
    if at < since and since - at < dt.timedelta(minutes=1):
        return since
    if at < since:
        raise Refusal(_("时间早于上一步（%(time)s）。") % {"time": f"{local(since):%m-%d %H:%M}"})
    return min(at, now)


def told(ticket: Ticket, by: User, on_behalf_of: User | None) -> User | None:
    """Whose fact it is: the technician's own, or as told to the desk, which names him (trust.md §3)."""
    if on_behalf_of and on_behalf_of.pk != by.pk:
        if not on_behalf_of.may(TE, "ES", within=ticket.community_id):
            raise Refusal(_("只能代技工或工程主管记录。"))
        return on_behalf_of
    if by.may(TE, "ES", within=ticket.community_id):
        return None
    raise Refusal(_("写明是哪位技工办的。"))
