"""From a file to sheets: told apart by the first bytes, never by the name."""

from __future__ import annotations

from typing import BinaryIO

from django.utils.translation import gettext as _

from places.roster.plain import read_text
from places.roster.sheets import LARGEST_BYTES, Sheet, Unreadable
from places.roster.workbook import read_workbook

ZIP, OLD_OFFICE, PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"


def read(file: BinaryIO, name: str = "") -> list[Sheet]:
    """The sheets of an .xlsx or text file; Unreadable, with the remedy, for everything else."""
    data = file.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise Unreadable(_("文件超过 %(most)s MB，不导入。") % {"most": LARGEST_BYTES // 1024 // 1024})
    if not data.strip():
        raise Unreadable(_("文件是空的。"))
    if data.startswith(ZIP):
        return read_workbook(data)
    if data.startswith(OLD_OFFICE):
        raise Unreadable(_("这是旧版 .xls 或加了密码的表格。去掉密码，另存为 .xlsx 再导入。"))
    if data.startswith(PDF):
        raise Unreadable(_("这是 PDF，不是表格。导入 .xlsx 或 .csv。"))
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise Unreadable(_("这其实是网页，不是表格。在表格软件里打开，另存为 .xlsx 再导入。"))
    return read_text(data, name)
