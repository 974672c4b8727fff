"""Reading text files: CSV and tab-separated, in the encodings offices use."""

from __future__ import annotations

import csv
import io
from collections import Counter

from django.utils.translation import gettext as _

from places.roster.sheets import MOST_COLUMNS, MOST_ROWS, Row, Sheet, Unreadable

SEPARATORS = ",\t;，|"


def read_text(data: bytes, title: str) -> list[Sheet]:
    """One sheet; the n-th record is row n, blank ones included."""
    text = decoded(data)
    if "\x00" in text:
        raise Unreadable(_("这不是表格文件。导入 .xlsx 或 .csv。"))
    sheet = Sheet(title)
    try:
        for number, record in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator(text)), 1):
            if number > MOST_ROWS:
                raise Unreadable(_("表格超过 %(most)s 行。分成几个文件导入。") % {"most": MOST_ROWS})
            if len(record) > MOST_COLUMNS and any(record[MOST_COLUMNS:]):
                raise Unreadable(_("表格超过 %(most)s 列。删去多余的列再导入。") % {"most": MOST_COLUMNS})
            values = {column: value for column, value in enumerate(record[:MOST_COLUMNS]) if value.strip()}
            sheet.rows.append(Row(number, dict(values)))
    except csv.Error as broken:
        raise Unreadable(_("表格读到一半出错，可能有没有配对的引号。")) from broken
    while sheet.rows and sheet.rows[-1].is_empty:
        sheet.rows.pop()
    return [sheet]


def decoded(data: bytes) -> str:
    """The text, by its mark, else UTF-8, else GB 18030."""
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(_("文字编码认不出。另存为 UTF-8 的 .csv 或 .xlsx 再导入。"))


def separator(text: str) -> str:
    """The one most used in the first lines."""
    counted = Counter(character for character in text[:20_000] if character in SEPARATORS)
    return max(SEPARATORS, key=lambda character: (counted[character], -SEPARATORS.index(character)))
