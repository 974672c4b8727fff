"""Filters every template may use: money, masked numbers, a form's one-time key."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext as _

from core import clock
from core.capitals import capitals
from core.money import shown
from core.text import masked_telephone

register = template.Library()


@register.filter
def money(amount: Decimal | None) -> str:
    """¥1,250.00; nothing for None."""
    return "" if amount is None else shown(amount)


@register.filter
def yuan(amount: Decimal | str | None) -> str:
    """1,250.00, a sum among others that carry no sign; nothing for None."""
    return "" if amount in {None, ""} else f"{Decimal(str(amount)):,.2f}".replace("-", "−")


@register.filter
def quantity(value: Decimal | str | None) -> str:
    """1.000 as 1, 4.500 as 4.5."""
    return "" if value in {None, ""} else f"{Decimal(str(value)).normalize():f}"


@register.filter
def in_capitals(amount: Decimal) -> str:
    """人民币壹仟贰佰伍拾元整."""
    return f"人民币{capitals(amount)}"


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
    return said(clock.local(at).date(), f"{clock.local(at).hour}:{clock.local(at):%M}") if at else ""


@register.filter
def day(when: dt.date | None) -> str:
    """11月26日, with the year where it is not this year's."""
    return clock.day_said(when) if when else ""


@register.filter
def span(length: dt.timedelta | None) -> str:
    """42 秒, 2 分 06 秒, 1 时 12 分, 2 天 3 时; — for nothing."""
    return "—" if length is None else clock.took(length)


@register.filter
def until(at: dt.datetime | None) -> str:
    """The end of a promise: as moment, but 00:00 is 24:00 of the day before."""
    if at is None or clock.local(at).time() != dt.time(0):
        return moment(at)
    return said(clock.local(at).date() - dt.timedelta(days=1), "24:00")


def said(day: dt.date, hour: str) -> str:
    today = clock.today()
    near = {0: _("今日"), -1: _("昨日"), 1: _("明日")}.get((day - today).days)
    if near:
        return f"{near} {hour}"
    return f"{clock.day_said(day)} {hour}"


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """mapping[key], or nothing."""
    return mapping.get(key) if hasattr(mapping, "get") else None
