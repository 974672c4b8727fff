"""Time as people at the desk count it: Asia/Shanghai days and months, stored as aware UTC moments."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _

SHANGHAI = ZoneInfo("Asia/Shanghai")
_moment: ContextVar[dt.datetime | None] = ContextVar("moment", default=None)


def now() -> dt.datetime:
    """The present moment, or the one that is being relived."""
    return _moment.get() or timezone.now()


@contextmanager
def as_of(moment: dt.datetime) -> Iterator[None]:
    """Live through a past moment: the demonstration estate walks a month of real actions this way."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)


def local(at: dt.datetime) -> dt.datetime:
    """The same moment on the wall clock of the estate."""
    return at.astimezone(SHANGHAI)


def today(at: dt.datetime | None = None) -> dt.date:
    """The local day of that moment (now)."""
    return local(at or now()).date()


def day_said(day: dt.date, now: dt.datetime | None = None) -> str:
    """5月12日, in English 12 May; with the year where it is not this year's (of `now`)."""
    return formatted(day, _("n月j日") if day.year == today(now).year else _("Y年n月j日"))


def took(span: dt.timedelta) -> str:
    """How long something took, in words: 42 秒 · 2 分 06 秒 · 1 时 12 分 · 2 天 3 时."""
    seconds = max(0, int(span.total_seconds()))
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 24:
        return _("%(days)s 天 %(hours)s 时") % {"days": hours // 24, "hours": hours % 24}
    if hours:
        return _("%(hours)s 时 %(minutes)s 分") % {"hours": hours, "minutes": minutes}
    if minutes:
        return _("%(minutes)s 分 %(seconds)02d 秒") % {"minutes": minutes, "seconds": rest}
    return _("%(seconds)s 秒") % {"seconds": rest}


def midnight_after(day: dt.date) -> dt.datetime:
    """24:00 of a local day, which is 00:00:00 of the next."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(0), SHANGHAI)


def start_of(day: dt.date) -> dt.datetime:
    """00:00 of a local day."""
    return dt.datetime.combine(day, dt.time(0), SHANGHAI)


def month_of(at: dt.datetime) -> str:
    """The local month of that moment as in numbers of papers: '202611'."""
    return f"{local(at):%Y%m}"


def copy_cut_off(at: dt.datetime, day: int = 5) -> dt.datetime:
    """24:00 of the 5th of the month after that moment's local month (SOP 5.5.1-8)."""
    first = local(at).date().replace(day=1)
    following = (first + dt.timedelta(days=32)).replace(day=1)
    return midnight_after(following.replace(day=day))


def whole_second(at: dt.datetime) -> dt.datetime:
    """Cut down to the second, so that what is due is due on a whole second."""
    return at.replace(microsecond=0)
