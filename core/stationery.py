"""A form's blank sheet and the words written on it.

A template marks what is written: `data-field="name"` on elements that hold text only (cells, inline blocks). The same field on several
rows of equal height is a column. What is left when the words are taken out is the stationery: laid out once and kept by its own text,
so that another template, letterhead or number of rows can never meet the wrong sheet. Further marks: `data-copy` (differs from copy to
copy), `data-code` (qr, bars) and `data-drawing` (signatures), all empty in the template.
"""

import atexit
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape, unescape
from typing import Any

from core import fonts, press
from core.codes import Place

FIELD = re.compile(r'(<[^>]*\bdata-field="([a-z_0-9]+)"[^>]*>)([^<]*)(?=<)')
MARKS = ("data-field", "data-copy", "data-code", "data-drawing")
SHRINKING = (1.0, 0.9, 0.8, 0.72)  # of the field's size: 10.5 pt down to 7.6
LEADING = 1.2
POINT = 0.75  # points in a CSS pixel
BASE = """
@page { margin: 0; size: %.2fpx %.2fpx }
body { font-family: paper, rare; margin: 0 }
div { break-after: page; height: 1px }
p { position: absolute; margin: 0; white-space: pre }
"""
NEVER_FIRST = frozenset("，。、；：！？）》」』】〕％…—,.;:!?)]}%°℃")


@dataclass(frozen=True)
class Spot:
    """Where a marked element lies: CSS pixels from the top left of its page; size and align of its text."""

    page: int
    x: float
    y: float
    width: float
    height: float
    size: float
    align: str
    page_height: float

    @property
    def place(self) -> Place:
        """The same in points."""
        return Place(*(side * POINT for side in (self.x, self.y, self.width, self.height, self.page_height)))


Spots = Mapping[str, Sequence[Spot]]


def words_of(html: str) -> dict[str, list[str]]:
    """What is written in each field, in the order of the rows."""
    words: dict[str, list[str]] = {}
    for _, name, text in FIELD.findall(html):
        words.setdefault(name, []).append(unescape(text).strip())
    return words


def blank(html: str) -> str:
    """The same form with nothing written."""
    return FIELD.sub(r"\1", html)


def spots_of(document: Any) -> dict[str, list[Spot]]:
    """Places of all marked elements of a laid-out document, read from its boxes: no coordinate is written by hand."""
    spots: dict[str, list[Spot]] = {}
    for number, page in enumerate(document.pages):
        seen = set()
        for box in page._page_box.descendants(placeholders=True):
            element = getattr(box, "element", None)
            name = _mark(element)
            if name is None or element in seen:
                continue
            seen.add(element)  # its anonymous and text boxes follow; the first is the element's own
            style = box.style
            spot = Spot(
                number,
                box.content_box_x(),
                box.position_y,
                box.width,
                box.border_height(),
                style["font_size"],
                style["text_align_all"],
                page.height,
            )
            spots.setdefault(name, []).append(spot)
    return spots


def _mark(element: Any) -> str | None:
    """field:customer, copy:label, code:qr … or None."""
    if element is None or not hasattr(element, "get"):
        return None
    for mark in MARKS:
        if element.get(mark):
            return f"{mark.removeprefix('data-')}:{element.get(mark)}"
    return None


def broken(text: str, room: float) -> list[str]:
    """The text in lines of at most `room` em: words of Latin letters and numbers stay whole, closing marks begin no line."""
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in re.findall(r"[!-~]+|.", paragraph):
            for part in [piece] if fonts.width(piece) <= room else piece:
                if fonts.width(line + part) <= room:
                    line += part
                    continue
                carried = line[-1] if part[0] in NEVER_FIRST and len(line) > 1 else ""
                lines.append(line.removesuffix(carried))
                line = (carried + part).lstrip(" ")
        lines.append(line)
    return lines


def fitted(text: str, spot: Spot) -> tuple[list[str], float] | None:
    """Lines and size in pixels at which the text stays within its spot; None when even the smallest is too large."""
    for share in SHRINKING:
        size = spot.size * share
        lines = broken(text, spot.width / size)
        narrow = max(map(fonts.width, lines)) * size <= spot.width + 0.1
        if narrow and (len(lines) == 1 or len(lines) * size * LEADING <= spot.height):
            return lines, size
    return None


class Stationery:
    """A blank form, laid out, with the places of its fields."""

    def __init__(self, html: str, sheet: str) -> None:
        self.document = press.lay_out(html, "paper", sheet)
        self.spots = spots_of(self.document)
        page = self.document.pages[0]
        rules = [f".{_class(name)} {{ {_style(spots[0])} }}" for name, spots in self.spots.items()]
        self.sheet = press.parsed(BASE % (page.width, page.height) + "".join(rules))

    def written(self, words: Mapping[str, Sequence[str]], kind: str = "field") -> str | None:
        """The words as boxes over the blank form; None when some do not fit (or the form has no such field: KeyError)."""
        boxes = []
        for name, rows in words.items():
            if not any(rows):
                continue
            spots = self.spots[f"{kind}:{name}"][: len(rows)]  # what stands on every page has its place on the first
            column = _column(spots, rows)
            if column is None:
                return None
            straight, odd = column
            if any(straight):
                boxes.append(f'<p class="{_class(f"{kind}:{name}")}">{escape(chr(10).join(straight))}</p>')
            boxes += odd
        return "".join(boxes)

    def overlay(self, title: str, pages: Iterable[str]) -> Any:
        """A document of the written boxes, a page each."""
        body = "".join(f"<div>{boxes}</div>" for boxes in pages)
        return press.lay_out(f"<!doctype html><html lang=zh-CN><title>{escape(title)}</title><body>{body}", self.sheet)


@lru_cache(maxsize=8)  # about 3 MB each
def stationery(html: str, sheet: str) -> Stationery:
    """The kept stationery of a blank form; call it under press.LOCK."""
    return Stationery(html, sheet)


atexit.register(stationery.cache_clear)  # before press drops its fonts, which the kept documents hold


def _class(name: str) -> str:
    return name.replace(":", "-")


def _style(spot: Spot) -> str:
    """Declarations that write a line in the middle of its spot."""
    return (
        f"left:{spot.x:.2f}px;top:{spot.y:.2f}px;width:{spot.width:.2f}px;line-height:{spot.height:.2f}px;"
        f"font-size:{spot.size:.2f}px;text-align:{spot.align}"
    )


def _column(spots: Sequence[Spot], rows: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """(lines for one box over the rows of plain size, boxes of their own for the others), or None when a text does not fit.

    One box a column instead of one a cell: the number of boxes and styles is what layout costs.
    """
    even = all(abs(spot.y - spots[0].y - at * spots[0].height) < 0.5 for at, spot in enumerate(spots))
    straight, odd = [], []
    for at, (spot, text) in enumerate(zip(spots, rows, strict=True)):
        fit = fitted(text, spot)
        if fit is None:
            return None
        lines, size = fit
        plain = len(lines) == 1 and size == spot.size and (even or at == 0)
        straight.append(text if plain else "")
        if text and not plain:
            odd.append(_box(lines, size, spot))
    return straight, odd


def _box(lines: list[str], size: float, spot: Spot) -> str:
    """A box of its own, its lines in the middle of the spot's height."""
    leading = size * LEADING
    top = spot.y + (spot.height - leading * len(lines)) / 2
    own = replace(spot, y=top, height=leading, size=size)
    return f'<p style="{_style(own)}">{escape(chr(10).join(lines))}</p>'
