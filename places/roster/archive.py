"""Opening a zip file that a stranger packed: its size, its names and its entries are looked at before anything is unpacked."""

from __future__ import annotations

import io
import zipfile
import zlib

from django.utils.translation import gettext as _

from places.roster.sheets import Unreadable

MOST_ENTRIES = 200
MOST_UNPACKED = 50 * 1024 * 1024
HIGHEST_RATIO = 100
# A small file of one repeated line packs better than 1:100 and harms nobody.
RATIO_FROM = 1024 * 1024
ENCRYPTED = 0x1
BROKEN = (KeyError, zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError)


def open_archive(data: bytes) -> zipfile.ZipFile:
    """A zip archive within the limits of trust §2c; Unreadable for bombs, paths, passwords and broken files."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except BROKEN as broken:
        raise Unreadable(_("文件打不开，可能已损坏。重新另存为 .xlsx 再导入。")) from broken
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES:
        raise Unreadable(
            _("文件里的部分太多（%(n)s 个，最多 %(most)s 个），不导入。") % {"n": len(entries), "most": MOST_ENTRIES}
        )
    if unpacked > MOST_UNPACKED:
        raise Unreadable(_("文件展开后超过 %(most)s MB，不导入。") % {"most": MOST_UNPACKED // 1024 // 1024})
    if unpacked > RATIO_FROM and unpacked > HIGHEST_RATIO * len(data):
        raise Unreadable(_("文件展开后是原来的 %(most)s 倍以上，不导入。") % {"most": HIGHEST_RATIO})
    for entry in entries:
        check(entry)
    if len({entry.filename for entry in entries}) != len(entries):
        raise Unreadable(_("文件里有重名的部分，不导入。"))
    return archive


def check(entry: zipfile.ZipInfo) -> None:
    """Refuse one entry whose name is a path out of the archive, which is encrypted or packed beyond the ratio."""
    parts = entry.filename.replace("\\", "/").split("/")
    if entry.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise Unreadable(_("文件里有指向外部的路径，不导入。"))
    if entry.flag_bits & ENCRYPTED:
        raise Unreadable(_("文件加了密码。去掉密码另存后再导入。"))
    if entry.file_size > RATIO_FROM and entry.file_size > HIGHEST_RATIO * max(entry.compress_size, 1):
        raise Unreadable(_("文件展开后是原来的 %(most)s 倍以上，不导入。") % {"most": HIGHEST_RATIO})


def unpacked(archive: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of an entry, never more than it declared; Unreadable when it is broken."""
    try:
        with archive.open(name) as entry:
            return entry.read(archive.getinfo(name).file_size + 1)
    except BROKEN as broken:
        raise Unreadable(_("文件打不开，可能已损坏。重新另存为 .xlsx 再导入。")) from broken
