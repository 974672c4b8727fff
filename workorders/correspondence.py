"""Notices and referrals as pages and papers ask for them; every answer starts from what the person may see."""

from __future__ import annotations

import datetime as dt
from typing import cast

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.clock import SHANGHAI, local
from people.models import User
from places.models import Builder
from tickets.models import Ticket, TicketQuerySet
from tickets.queries import Slot
from tickets.states import WARRANTY_NATURES, State
from workorders.letters import NoticeState
from workorders.models import Notice, NoticeQuerySet, NoticeReminder, Referral

# A builder's people come for half a morning or afternoon.
BEGINNINGS = [dt.time(8, 30), dt.time(10), dt.time(13), dt.time(15), dt.time(17)]
LASTS = dt.timedelta(hours=2)
SLOTS = 9
DAYS_AHEAD = 7
TOLD = ("community", "unit__entrance__building", "unit__builder", "area__building", "component", "trade", "builder")


def notices(user: User) -> NoticeQuerySet:
    """Notices a person may see, each with the repairs it is about. Two queries."""
    about = Ticket.objects.select_related(*TOLD).order_by("pk")
    rows = Notice.objects.visible_to(user).select_related("community", "builder", "sent_by")
    reminders = NoticeReminder.objects.select_related("by")
    return cast(NoticeQuerySet, rows.prefetch_related(Prefetch("tickets", about), Prefetch("reminders", reminders)))


def unnotified(user: User) -> TicketQuerySet:
    """Warranty work that waits for its first notice to the builder (5.5.2-3)."""
    rows = Ticket.objects.visible_to(user).filter(
        state=State.SURVEYED, nature__in=WARRANTY_NATURES, taken_over=False, builder_notified_at=None
    )
    return cast(TicketQuerySet, rows.select_related(*TOLD).order_by("reported_at", "pk"))


def referrals(user: User) -> QuerySet[Referral]:
    """Referrals a person may see, with the repair and who sent it."""
    rows = Referral.objects.visible_to(user).select_related(
        "community", "sent_by", "judged_by", "confirmed_by", "ticket__community", "ticket__component",
        "ticket__unit__entrance__building", "ticket__area__building",
    )  # fmt: skip
    return cast(QuerySet[Referral], rows)


def builder_windows(builder: Builder, at: dt.datetime, *, limit: dt.datetime, besides: int | None = None) -> list[Slot]:
    """The next windows of a builder with what he has agreed already; what lies past his limit says so. One query."""
    rows = Notice.objects.filter(builder=builder, state=NoticeState.AGREED, agreed_to__gt=at).exclude(pk=besides)
    agreed = list(rows.values_list("agreed_from", "agreed_to"))
    found = []
    for starts in beginnings(at):
        ends = starts + LASTS
        n = sum(begun < ends and over > starts for begun, over in agreed)
        found.append(Slot(starts, ends, str(builder), None, 0, local(at).date(), _said(n, late=starts > limit)))
        if len(found) == SLOTS:
            break
    return found


def beginnings(at: dt.datetime) -> list[dt.datetime]:
    """When a builder may come, from that moment on, for a week."""
    first = local(at).date()
    days = [first + dt.timedelta(days) for days in range(DAYS_AHEAD + 1)]
    moments = [dt.datetime.combine(day, time, SHANGHAI) for day in days for time in BEGINNINGS]
    return [moment for moment in moments if moment > at]


def _said(n: int, *, late: bool) -> str:
    """晚于时限 · 已约 2 件 · 未约."""
    if late:
        return _("晚于时限")
    return ngettext("已约 %(n)s 件", "已约 %(n)s 件", n) % {"n": n} if n else _("未约")
