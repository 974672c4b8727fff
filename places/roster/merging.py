"""Merged cells: every cell of a merged range has the value of its first one, as a reader sees it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

from places.roster.sheets import MOST_COLUMNS, Row, Unreadable, column_number

RANGE = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")
MOST_CELLS = 500_000


def fill_merged(rows: list[Row], merges: Iterable[str]) -> None:
    """Copy the first value of each range into its other cells, in rows that exist; Unreadable when it is beyond all sense."""
    by_number = {row.number: row for row in rows}
    filled = 0
    for merge in merges:
        found = RANGE.fullmatch(merge)
        if not found:
            continue
        left, right = column_number(found[1]), min(column_number(found[3]), MOST_COLUMNS - 1)
        top, bottom = int(found[2]), min(int(found[4]), rows[-1].number if rows else 0)
        first = by_number.get(top)
        if first is None or left not in first.values:
            continue
        filled += max(right - left + 1, 0) * max(bottom - top + 1, 0)
        if filled > MOST_CELLS:
            raise Unreadable(_("合并的单元格太多。取消合并再导入。"))
        for row in (by_number[number] for number in range(top, bottom + 1) if number in by_number):
            for column in range(left, right + 1):
                row.values.setdefault(column, first.values[left])
