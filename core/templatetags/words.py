"""Filters every template may use: money, masked numbers, a form's one-time key."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext as _

from core import clock
from core.money import shown
from core.text import masked_telephone

register = template.Library()


@register.filter
def money(amount: Decimal | None) -> str:
    """¥1,250.00; nothing for None."""
    return "" if amount is None else shown(amount)


@register.filter
def masked(number: str) -> str:
    """138****1201."""
    return masked_telephone(number) if number else ""


@register.simple_tag
def once_key() -> str:
    """A new one-time key for a form."""
    return str(uuid.uuid4())


@register.filter
def moment(at: dt.datetime | None) -> str:
    """今日 14:05, 昨日 9:00, 11月12日 14:05, else with the year."""
    if at is None:
        return ""
    local, today = clock.local(at), clock.today()
    hour = f"{local:%H:%M}"
    near = {0: _("今日"), -1: _("昨日"), 1: _("明日")}.get((local.date() - today).days)
    if near:
        return f"{near} {hour}"
    if local.year == today.year:
        return _("%(month)s月%(day)s日 %(hour)s") % {"month": local.month, "day": local.day, "hour": hour}
    return _("%(year)s年%(month)s月%(day)s日 %(hour)s") % {
        "year": local.year,
        "month": local.month,
        "day": local.day,
        "hour": hour,
    }


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """mapping[key], or nothing."""
    return mapping.get(key) if hasattr(mapping, "get") else None
