"""A promise of time as a page shows it: words, colour, and what the running clock of the page needs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.clock import day_said, local, today
from tickets.models import Deadline
from tickets.states import Urgency

Kind = Deadline.Kind
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
WARN = {
    Kind.NOTIFY: 120,
    Kind.ARRIVE: 600,
    Kind.COLLECT: 300,
    Kind.STEP: 1800,
    Kind.COPY_RETURN: 86_400,
    Kind.REFERRAL: 1800,
}
WARN_ELSE = 7200


@dataclass(frozen=True, slots=True)
class Clock:
    """`as_`: late, soon or calm. `text` is what stands there without a script, `small` the line below, `warn` seconds before due."""

    kind: str
    due: str
    warn: int
    as_: str
    text: str
    small: str
    urgent: bool = False


def warn_of(kind: str) -> int:
    """Seconds before its due time at which a clock turns amber."""
    return WARN.get(Kind(kind), WARN_ELSE)


def spelled(span: dt.timedelta) -> str:
    """0:42 · 1:06:40 · 2 天 0 时."""
    seconds = max(0, int(span.total_seconds()))
    if seconds >= 86_400:
        return _("%(days)s 天 %(hours)s 时") % {"days": seconds // 86_400, "hours": seconds % 86_400 // 3600}
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"


def day_word(day: dt.date, now: dt.datetime, *, name_today: bool = False) -> str:
    """明日, 昨日, 5月12日, else with the year; today is said only where asked."""
    near = {0: _("今日") if name_today else "", 1: _("明日"), -1: _("昨日")}.get((day - today(now)).days)
    if near is not None:
        return near
    return day_said(day, now)


def said(at: dt.datetime, now: dt.datetime, *, name_today: bool = False) -> str:
    """14:05 · 明日 10:40 · 5月12日 24:00: a moment as lists say it; midnight is the end of the day before."""
    wall = local(at)
    hour = "24:00" if wall.time() == dt.time(0) else f"{wall.hour}:{wall.minute:02d}"
    return f"{day_word(last_day(at), now, name_today=name_today)} {hour}".strip()


def last_day(at: dt.datetime) -> dt.date:
    """The local day a promise ends on: 00:00 is the end of the day before."""
    wall = local(at)
    return (wall - DAY).date() if wall.time() == dt.time(0) else wall.date()


def before(at: dt.datetime, now: dt.datetime) -> str:
    """18:00 前 · 明日 10:40 前 · 5月12日 前."""
    return _("%(time)s 前") % {"time": briefly(at, now)}


def briefly(at: dt.datetime, now: dt.datetime) -> str:
    """18:00 · 明日 10:40 · 5月12日."""
    day = last_day(at)
    return said(at, now) if abs((day - today(now)).days) <= 1 else day_word(day, now)


def by(at: dt.datetime, now: dt.datetime) -> str:
    """18:00 前 · 明日 10:40 · 5月12日: in the width of a row's clock."""
    return before(at, now) if last_day(at) == today(now) else briefly(at, now)


def window_said(starts: dt.datetime | None, ends: dt.datetime | None, now: dt.datetime) -> str:
    """今日 14:00–15:00; empty without a window."""
    if starts is None or ends is None:
        return ""
    return f"{said(starts, now, name_today=True)}–{local(ends).hour}:{local(ends).minute:02d}"


def clock(
    row: Deadline, now: dt.datetime, *, label: str = "", urgency: str = "", starts: dt.datetime | None = None
) -> Clock:
    """The clock of an open deadline; `starts` is the beginning of an agreed window, shown instead of its end."""
    left, warn = row.due_at - now, warn_of(row.kind)
    urgent = row.kind in {Kind.NOTIFY, Kind.ARRIVE} and urgency != Urgency.ROUTINE
    name = label or str(row.get_kind_display())
    if left < dt.timedelta(0):
        as_, text, small = (
            "late",
            _("超时 %(span)s") % {"span": spelled(-left)},
            _("应 %(time)s") % {"time": exact(row.due_at, now)},
        )
    elif left < HOUR or (urgent and left < DAY):
        as_, text = "soon" if left.total_seconds() <= warn else "calm", spelled(left)
        small = _("%(time)s 前") % {"time": exact(row.due_at, now)}
    elif starts and row.kind == Kind.ARRIVE:
        as_, text, small = "calm", said(starts, now), _("约定到场")
    else:
        as_, text, small = "soon" if left.total_seconds() <= warn else "calm", by(row.due_at, now), name
    return Clock(row.kind, row.due_at.isoformat(), warn, as_, text, small, urgent)


def exact(at: dt.datetime, now: dt.datetime) -> str:
    """10:44:00, with the day where it is not today."""
    wall = local(at)
    if wall.time() == dt.time(0):
        return said(at, now)
    return f"{day_word(wall.date(), now)} {wall.hour}:{wall:%M:%S}".strip()
