"""Small rosters in every shape offices keep them in, made in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from typing import Any

from openpyxl import Workbook

HEAD = [
    "栋",
    "单元",
    "房号",
    "建筑面积",
    "业主",
    "电话",
    "交付日期",
    "竣工日期",
    "施工单位",
    "租户",
    "租户电话",
    "备注",
]


def book(*sheets: tuple[Any, ...], hidden: Iterable[str] = ()) -> io.BytesIO:
    """An .xlsx of (title, rows, merged ranges)."""
    made = Workbook()
    made.remove(made.active)  # type: ignore[arg-type]
    for title, rows, *merges in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for merge in merges[0] if merges else []:
            sheet.merge_cells(merge)
        sheet.sheet_state = "hidden" if title in hidden else "visible"
    return saved(made)


def saved(made: Workbook) -> io.BytesIO:
    file = io.BytesIO()
    made.save(file)
    file.seek(0)
    return file


def text(*lines: str, encoding: str = "utf-8") -> io.BytesIO:
    """A text file of those lines."""
    return io.BytesIO("\r\n".join(lines).encode(encoding))


def parts(file: io.BytesIO) -> dict[str, bytes]:
    """The entries of an .xlsx by name."""
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(entries: dict[str, bytes], *more: tuple[str, bytes]) -> io.BytesIO:
    """An archive of those entries; a name may come twice through `more`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in [*entries.items(), *more]:
            archive.writestr(name, content)
    file.seek(0)
    return file


def dwelling(building: Any = 1, entrance: Any = 1, room: Any = "0101", **more: Any) -> list[Any]:
    """A row under HEAD, complete and right unless told otherwise."""
    usual = {
        "建筑面积": 89.5,
        "业主": "李建国",
        "电话": "13800001201",
        "交付日期": "2020-05-11",
        "竣工日期": "2019-06-04",
        "施工单位": "中筑第三工程公司",
    }
    values = {"栋": building, "单元": entrance, "房号": room, **usual, **more}
    return [values.get(head) for head in HEAD]
