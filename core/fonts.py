"""The paper's typeface: a small TrueType face of the common characters, built once, and the full face behind it for rare names."""

import os
import re
import tempfile
from functools import cache
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from django.conf import settings

SIGNS = "¥€℃℉№㎡㎥㎜㎝㎞㎎㎏①②③④⑤⑥⑦⑧⑨⑩■□▲△●○◆◇★☆√×÷±≤≥≈Φφ†‡→←↑↓−"
RANGES = ((0x20, 0x7F), (0xA0, 0x100), (0x2010, 0x2040), (0x3000, 0x3020), (0xFF01, 0xFFEF))
RECIPE = 1  # raise it when what is built below changes: the file's name, and so every cached copy, follows
MISSING = "〓"  # the printer's mark for a character the type case lacks
UNPRINTED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\ud800-\udfff]"
)


def full() -> Path:
    """The whole face (30,890 characters); FileNotFoundError when the font package is incomplete.

    Strictly, because WeasyPrint reports a missing font in its log only and prints boxes.
    """
    from pylopdf_fonts_zh_cn import sans_path

    return Path(sans_path()).resolve(strict=True)


@cache
def small() -> Path:
    """The common characters as TrueType, about 2 MB; built at the first call on a machine (some seconds) into VAR_DIR/fonts."""
    source = full()
    place = settings.VAR_DIR / "fonts" / f"paper-{RECIPE}-{sha256(source.read_bytes()).hexdigest()[:12]}.ttf"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=place.parent, suffix=".part")
        os.close(handle)
        build(source, Path(draft))
        Path(draft).replace(place)  # whole or not at all: two processes may build at the same time
    return place


def common() -> set[int]:
    """GB2312 (6,763 Han and its signs), ASCII, Latin-1, punctuation, full-width forms, unit signs; as code points."""
    codes = {ord(sign) for sign in SIGNS} | set(chain.from_iterable(range(*ends) for ends in RANGES))
    cells = bytes(chain.from_iterable((high, low, 0x20) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF)))
    return codes | {ord(character) for character in cells.decode("gb2312", errors="ignore")}


def build(source: Path, target: Path) -> None:
    """Draw the common characters anew as TrueType: half the PDF that the same glyphs in CFF make."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.ttLib import TTFont

    face = TTFont(source, recalcTimestamp=False)
    wanted = common()
    cmap = {code: name for code, name in face.getBestCmap().items() if code in wanted}
    names = [".notdef", *sorted(set(cmap.values()))]
    builder = FontBuilder(face["head"].unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(cmap)
    builder.setupGlyf(outlines(face, names))
    builder.setupHorizontalMetrics({name: face["hmtx"][name] for name in names})
    builder.setupHorizontalHeader(**{key: getattr(face["hhea"], key) for key in ("ascent", "descent", "lineGap")})
    builder.setupNameTable({"familyName": "Paper SC", "styleName": "Regular", "psName": "PaperSC-Regular"})
    builder.setupPost(keepGlyphNames=False)
    builder.font["OS/2"] = face["OS/2"]
    # Fixed stamps: the build's own time would end in the bytes of every printed paper.
    builder.font["head"].created = builder.font["head"].modified = face["head"].modified
    builder.font.recalcTimestamp = False
    builder.save(target)


def outlines(face: Any, names: list[str]) -> dict[str, Any]:
    """The named glyphs with quadratic curves, within one unit of the cubic ones."""
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    source, drawn = face.getGlyphSet(), {}
    for name in names:
        pen = TTGlyphPen(None)
        source[name].draw(Cu2QuPen(pen, max_err=1.0, reverse_direction=True))
        drawn[name] = pen.glyph()
    return drawn


@cache
def advances() -> dict[int, float]:
    """Code point → width in em of the small face, which has no kerning: widths simply add up."""
    from fontTools.ttLib import TTFont

    with TTFont(small(), lazy=True) as face:
        widths, em = face["hmtx"], face["head"].unitsPerEm
        return {code: widths[name][0] / em for code, name in face.getBestCmap().items()}


@cache
def rare() -> frozenset[int]:
    """Code points of the full face; read only when a character is not a common one."""
    from fontTools.ttLib import TTFont

    with TTFont(full(), lazy=True) as face:
        return frozenset(face.getBestCmap())


def width(text: str) -> float:
    """Width of one line in em; a rare character is a full square."""
    known = advances()
    return sum(known.get(ord(character), 1.0) for character in text)


def printable(text: str) -> str:
    """The text without control and direction marks; a character in neither face becomes 〓, so that no system font slips in."""
    text = UNPRINTED.sub("", text)
    strange = {code for code in map(ord, set(text)) if code not in advances() and code != 0x0A}
    lost = strange - rare() if strange else strange
    return text.translate(dict.fromkeys(lost, MISSING))
