"""Days as offices write them: 2019.12.6, 2020/5/11, 2020年6月12日, 20200612, 43971, 二〇二〇年六月十二日."""

from __future__ import annotations

import datetime as dt
import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

EARLIEST, LATEST = dt.date(1950, 1, 1), dt.date(2099, 12, 31)
FIGURES = str.maketrans("〇零一二三四五六七八九", "00123456789")
SPELLING = re.compile(r"(\d{4})\s*[年.\-/,]\s*(\d{1,2})\s*[月.\-/,]\s*(\d{1,2})\s*[日号]?")
CLOCK = re.compile(r"[\sT]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")


def read_day(value: dt.datetime | str) -> dt.date:
    """The day; ValidationError with the reason for a day that does not exist, is ambiguous or beyond all sense."""
    found = value.date() if isinstance(value, dt.datetime) else from_text(value)
    if not EARLIEST <= found <= LATEST:
        raise wrong(_("%(day)s 不合常理。核对年份。") % {"day": f"{found:%Y-%m-%d}"})
    return found


def from_text(said: str) -> dt.date:
    """A day from half-width text."""
    said = CLOCK.sub("", said.strip())
    if serial := re.fullmatch(r"(\d{5})(\.\d+)?", said):
        return (dt.datetime(1899, 12, 30) + dt.timedelta(days=int(serial[1]))).date()  # noqa: DTZ001 - a spreadsheet's day 0
    if joined := re.fullmatch(r"(\d{4})(\d{2})(\d{2})", re.sub(r"\.0+$", "", said)):
        return real_day(int(joined[1]), int(joined[2]), int(joined[3]))
    if spelled := SPELLING.fullmatch(said if said[:1].isdigit() else in_figures(said)):
        return real_day(int(spelled[1]), int(spelled[2]), int(spelled[3]))
    if re.fullmatch(r"\d{4}\s*[年.\-/]\s*\d{1,2}\s*月?", said):
        raise wrong(_("只有年月，没有日。"))
    if re.fullmatch(r"\d{1,2}[.\-/]\d{1,2}[.\-/]\d{4}", said):
        raise wrong(_("年月日的次序不明。写成 2020-06-12 这样。"))
    if re.fullmatch(r"\d{2}[.\-/年]\d{1,2}[.\-/月]\d{1,2}日?", said):
        raise wrong(_("年份写四位，例如 2020-06-12。"))
    raise wrong(_("日期看不懂。写成 2020-06-12 这样。"))


def real_day(year: int, month: int, day: int) -> dt.date:
    """That day; ValidationError naming it where the calendar has none."""
    try:
        return dt.date(year, month, day)
    except ValueError as none:
        raise wrong(
            _("没有 %(year)s 年 %(month)s 月 %(day)s 日这一天。") % {"year": year, "month": month, "day": day}
        ) from none


def in_figures(said: str) -> str:
    """二〇二〇年六月十二日 → 2020年6月12日."""
    said = re.sub("([二三])十([一二三四五六七八九])", r"\1\2", said)
    said = re.sub("([二三])十", r"\g<1>0", said)
    return re.sub("十([一二三四五六七八九])", r"一\1", said).replace("十", "10").translate(FIGURES)


def wrong(reason: str) -> ValidationError:
    return ValidationError(reason, code="day")
