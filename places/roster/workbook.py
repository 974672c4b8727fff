"""Reading .xlsx: only sheets, shared texts and number formats; no formula is run, no macro, no link, no DTD, no entity."""

from __future__ import annotations

import datetime as dt
import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.utils.translation import gettext as _

from places.roster.archive import open_archive, unpacked
from places.roster.merging import fill_merged
from places.roster.sheets import MOST_COLUMNS, MOST_ROWS, Fault, Formula, Row, Sheet, Unreadable, Value, column_number

EPOCH, EPOCH_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)  # noqa: DTZ001 - spreadsheets know no zones
LAST_SERIAL = 2_958_465
BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
LARGEST_TEXT = 32_767
DEEPEST, MOST_NODES = 50, 3_000_000


class Book(NamedTuple):
    """What every sheet needs: texts by index, which styles show dates, and the day 0."""

    archive: zipfile.ZipFile
    texts: list[str]
    date_styles: set[int]
    epoch: dt.datetime


def read_workbook(data: bytes) -> list[Sheet]:
    """The sheets of a workbook in their order; Unreadable with the remedy for what is none or goes beyond the limits."""
    archive = open_archive(data)
    try:
        return sheets_of(archive)
    except (ParseError, ValueError, LookupError, OverflowError) as broken:
        raise Unreadable(_("文件打不开，可能已损坏。重新另存为 .xlsx 再导入。")) from broken


def sheets_of(archive: zipfile.ZipFile) -> list[Sheet]:
    """The sheets as the workbook lists them."""
    names = set(archive.namelist())
    root = "xl/workbook.xml"
    if root not in names:
        raise Unreadable(_("这不是 .xlsx 表格。在表格软件里另存为 .xlsx 再导入。"))
    links = dict(relations(archive, "xl/_rels/workbook.xml.rels"))
    sheets: list[tuple[str, str, bool]] = []
    epoch = EPOCH
    for node in nodes(archive, root, "sheet", "workbookPr"):
        if local(node) == "workbookPr":
            epoch = EPOCH_1904 if node.get("date1904") in {"1", "true"} else EPOCH
        else:
            link = next((value for key, value in node.items() if key.endswith("}id")), "")
            sheets.append((node.get("name", ""), links.get(link, ""), node.get("state", "visible") != "visible"))
    book = Book(archive, shared_texts(archive, names), date_styles(archive, names), epoch)
    return [Sheet(title, list(sheet_rows(book, path)), hidden) for title, path, hidden in sheets if path in names]


def nodes(archive: zipfile.ZipFile, name: str, *tags: str) -> Iterator[Element]:
    """Every finished element of those names; whatever was read is thrown away at once, so that no file can fill the memory."""
    above: list[Element] = []
    inside = counted = 0
    try:
        for event, node in iterparse(io.BytesIO(unpacked(archive, name)), events=("start", "end"), forbid_dtd=True):
            wanted = local(node) in tags
            if event == "start":
                above.append(node)
                inside += wanted
                counted += 1
                if len(above) > DEEPEST or counted > MOST_NODES:
                    raise Unreadable(_("文件里的内容太多，不导入。"))
                continue
            above.pop()
            inside -= wanted
            if wanted:
                yield node
            if not inside and above:
                del above[-1][:]
    except DefusedXmlException as trick:
        raise Unreadable(_("文件里有不允许的声明（DTD 或实体），不导入。")) from trick


def local(node: Element) -> str:
    """The name without its namespace; the strict variant of the format has another one."""
    return node.tag.rpartition("}")[2]


def relations(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[str, str]]:
    """(id, path inside the archive) of what a workbook points to; what points outside is left out."""
    if name not in archive.namelist():
        return
    for node in nodes(archive, name, "Relationship"):
        if node.get("TargetMode") != "External":
            target = node.get("Target", "")
            yield (
                node.get("Id", ""),
                target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}"),
            )


def shared_texts(archive: zipfile.ZipFile, names: set[str]) -> list[str]:
    """Texts by index."""
    name = "xl/sharedStrings.xml"
    return [plain_text(node) for node in nodes(archive, name, "si")] if name in names else []


def plain_text(node: Element) -> str:
    """The text of a cell in all its runs, without the reading aids (rPh) above them."""
    parts = []
    for child in node:
        tag = local(child)
        if tag == "t":
            parts.append(child.text or "")
        elif tag == "r":
            parts += [run.text or "" for run in child if local(run) == "t"]
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), "".join(parts))[:LARGEST_TEXT]


def date_styles(archive: zipfile.ZipFile, names: set[str]) -> set[int]:
    """Indexes of the cell styles that show a number as a date."""
    if "xl/styles.xml" not in names:
        return set()
    dates, styles = set(BUILT_IN_DATES), set()
    for node in nodes(archive, "xl/styles.xml", "numFmt", "cellXfs"):
        if local(node) == "numFmt":
            if shows_date(node.get("formatCode", "")):
                dates.add(int(node.get("numFmtId", -1)))
        else:
            styles = {place for place, style in enumerate(node) if int(style.get("numFmtId", 0)) in dates}
    return styles


def shows_date(code: str) -> bool:
    """yyyy"年"m"月" does; 0.00, [Red]0 and General do not."""
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.', "", code).lower()
    return bare != "general" and bool(re.search("[ymdh年月日]", bare))


def sheet_rows(book: Book, path: str) -> Iterator[Row]:
    """The rows of a sheet up to the last with content; merged cells carry the value of their first."""
    rows: list[Row] = []
    merges: list[str] = []
    number = 0
    for node in nodes(book.archive, path, "row", "mergeCell"):
        if local(node) == "mergeCell":
            merges.append(node.get("ref", ""))
            continue
        number = int(node.get("r") or number + 1)
        row = Row(number, row_values(book, node))
        if not row.is_empty:
            rows.append(row)
        if len(rows) > MOST_ROWS:
            raise Unreadable(_("表格超过 %(most)s 行。分成几个文件导入。") % {"most": MOST_ROWS})
    fill_merged(rows, merges)
    previous = None
    for row in rows:
        if previous is not None and previous < row.number - 1:
            yield Row(previous + 1)
        yield row
        previous = row.number


def row_values(book: Book, node: Element) -> dict[int, Value]:
    """The values of one row by column; Unreadable beyond the last column that is read."""
    values: dict[int, Value] = {}
    column = -1
    for cell in node:
        if local(cell) != "c":
            continue
        place = re.match("[A-Z]{1,3}", cell.get("r", ""))
        column = column_number(place[0]) if place else column + 1
        value = cell_value(book, cell)
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        if column >= MOST_COLUMNS:
            raise Unreadable(_("表格超过 %(most)s 列。删去多余的列再导入。") % {"most": MOST_COLUMNS})
        values[column] = value
    return values


def cell_value(book: Book, cell: Element) -> Value:
    """A text, a number, a date, a formula with its last value, or a fault."""
    children = {local(child): child for child in cell}
    kind = cell.get("t", "n")
    value: Any = None
    if kind == "inlineStr":
        value = plain_text(children["is"]) if "is" in children else None
    elif "v" in children and children["v"].text is not None:
        value = typed(book, kind, children["v"].text, int(cell.get("s", 0)))
    if "f" in children:
        text = children["f"].text
        return Formula(f"={text}" if text else "", None if isinstance(value, Fault) else value)
    return value  # type: ignore[no-any-return]


def typed(book: Book, kind: str, text: str, style: int) -> Value:
    """The stored text as what the cell shows."""
    if kind == "s":
        return book.texts[int(text)]
    if kind in {"str", "inlineStr"}:
        return text[:LARGEST_TEXT]
    if kind == "b":
        return text == "1"
    if kind == "e":
        return Fault(text)
    if kind == "d":
        return dt.datetime.fromisoformat(text.replace("Z", "")).replace(tzinfo=None)
    number = float(text)
    if style in book.date_styles and 1 <= number <= LAST_SERIAL:
        return book.epoch + dt.timedelta(days=number)
    return int(number) if number.is_integer() and abs(number) < 1e15 else number
