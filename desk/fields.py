"""Which field had which value: the auditor's view of a ticket, from its history rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.text import masked_telephone
from desk.clocks import said
from desk.sentences import AMENDED
from people.models import User
from tickets.models import Ticket

# Only what a person may have typed or chosen; what follows by itself stands in the timeline.
LABELS = {
    **AMENDED,
    "spot": _("报修部位"),
    "component_id": _("部件"),
    "urgency": _("紧急程度"),
    "trade_id": _("工种"),
    "man_made": _("装修改动过"),
    "nature": _("性质"),
    "window_from": _("预约开始"),
    "window_to": _("预约结束"),
    "technician_id": _("维修人"),
    "team_id": _("班组"),
    "notified_at": _("通知时间"),
    "on_site_at": _("到场时间"),
    "completed_at": _("完成时间"),
    "cancel_reason": _("消单原因"),
    "state": _("状态"),
}


@dataclass
class Change:
    """A field that got another value."""

    at: dt.datetime
    who: str
    label: str
    before: str
    after: str


def changes(ticket: Ticket) -> list[Change]:
    """Every change of a field, newest first. Two queries."""
    rows = list(ticket.history.select_related("history_user").order_by("history_date", "history_id"))
    people = User.objects.in_bulk({row.technician_id for row in rows if row.technician_id})
    found: list[Change] = []
    for after, label, name, old, new in differences(rows, LABELS):
        said_old, said_new = shown(after, name, old, people), shown(after, name, new, people)
        if said_old == said_new:  # two numbers behind the same mask
            said_new = _("%(value)s（遮住的几位不同）") % {"value": said_new}
        found.append(Change(after.history_date, who(after), label, said_old, said_new))
    return found[::-1]


def differences(rows: list[Any], labels: Mapping[str, Any]) -> Iterator[tuple[Any, str, str, Any, Any]]:
    """History row, label, field, value before and after, wherever a labelled field changed; rows oldest first."""
    for before, after in pairwise(rows):
        for name, label in labels.items():
            old, new = getattr(before, name), getattr(after, name)
            if old != new:
                yield after, str(label), name, old, new


def who(row: Any) -> str:
    """Who wrote a history row, as lists name people."""
    return row.history_user.short_name if row.history_user else ""


def shown(row: Any, name: str, value: Any, people: dict[int, User]) -> str:
    """A value as an auditor reads it; a telephone stays masked."""
    if value in (None, ""):
        return "—"
    if isinstance(value, dt.datetime):
        return said(value, row.history_date, name_today=True)
    if isinstance(value, bool):
        return str(_("是")) if value else str(_("否"))
    if name == "phone":
        return masked_telephone(value)
    if name == "technician_id":
        return str(people.get(value, value))
    choices = dict(Ticket._meta.get_field(name.removesuffix("_id")).flatchoices)
    return str(choices.get(value, value))
