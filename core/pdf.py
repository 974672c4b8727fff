"""The one door to paper: a template and its words become PDF bytes, the same bytes for the same words.

A template `app/print/NAME.html` has its style in static/print/NAME.css on top of static/print/paper.css and, where it is one of a family,
of the family's sheet. Nothing here knows a model,
asks the time or reads an address: the time of printing is a word like any other.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from core import codes, fonts, press, stationery
from core.codes import Stroke

GROWS = re.compile(r"<html[^>]*\bdata-grows")  # how a template says that this form needs more than its fixed rows


@dataclass(frozen=True)
class Copy:
    """One of the copies of a form: 第一联…, its number in words, the link of its QR, the digits of its bar code."""

    label: str
    number: str
    link: str
    digits: str


def page_of(template: str, context: Mapping[str, Any]) -> str:
    """The template's HTML; papers are written in Chinese, whatever language the clerk's screen has."""
    with translation.override("zh-hans"):
        return fonts.printable(render_to_string(template, dict(context)))


def render(
    template: str,
    context: Mapping[str, Any],
    *,
    signatures: Mapping[str, Sequence[Stroke]] | None = None,
    identifier: str = "",
    family: str = "",
) -> bytes:
    """A one-off paper (agreement, receipt, list), laid out plainly, on as many pages as it takes."""
    sheets = filter(None, ("paper", family, PurePath(template).stem))
    return from_html(page_of(template, context), *sheets, signatures=signatures, identifier=identifier)


def from_html(
    html: str,
    *sheets: str,
    signatures: Mapping[str, Sequence[Stroke]] | None = None,
    pictures: Mapping[str, bytes] | None = None,
    identifier: str = "",
) -> bytes:
    """PDF of a whole HTML page with the named sheets of static/print; what it refers to is refused unless it is a named asset
    or one of the `pictures` (JPEG bytes behind <img src="picture:NAME">)."""
    with press.LOCK:
        document = press.lay_out(html, *sheets, pictures=pictures)
        spots = stationery.spots_of(document) if signatures else {}
        sign = partial(_sign, spots=spots, signatures=signatures or {})
        return bytes(document.write_pdf(finisher=sign, pdf_identifier=identifier.encode() or None))


def three_copies(
    template: str,
    context: Mapping[str, Any],
    copies: Sequence[Copy],
    *,
    signatures: Mapping[str, Sequence[Stroke]] | None = None,
    identifier: str = "",
    sheet: str = "",
) -> bytes:
    """The form once a copy (any number of them), each on pages of its own that share the form's content.

    The words are laid over the kept blank form; where one does not fit even in small type, or the template asks for it, the whole form
    is laid out afresh and may take continuation pages. `signatures` are pen strokes by the name of their `data-drawing`; `sheet` another template's style.
    """
    html, sheet = page_of(template, context), sheet or PurePath(template).stem
    with press.LOCK:
        form = _overlaid(html, sheet, copies) or _plain(html, sheet, copies)
        bind = partial(_bind, form=form, copies=copies, signatures=signatures or {})
        return bytes(form.document.write_pdf(finisher=bind, pdf_identifier=identifier.encode() or None))


@dataclass(frozen=True)
class _Form:
    """A document whose last pages are the words of each copy and whose others are layers: layers[n] lie on each copy's page n."""

    document: Any
    layers: Sequence[Sequence[int]]
    spots: stationery.Spots


def _overlaid(html: str, sheet: str, copies: Sequence[Copy]) -> _Form | None:
    """Stationery, words, copies; None when the form needs more room than its stationery has."""
    if GROWS.search(html):
        return None
    form = stationery.stationery(stationery.blank(html), sheet)
    words = stationery.words_of(html)
    (title,) = words.pop("title")
    written = form.written(words) if len(form.document.pages) == 1 else None
    if written is None:
        return None
    overlay = form.overlay(title, [written, *_per_copy(form, copies)])
    return _Form(overlay.copy([*form.document.pages, *overlay.pages]), [[0, 1]], form.spots)


def _plain(html: str, sheet: str, copies: Sequence[Copy]) -> _Form:
    """The written form laid out as a whole, as many pages as it takes; then the copies."""
    form = stationery.Stationery(html, sheet)
    (title,) = stationery.words_of(html)["title"]
    overlay = form.overlay(title, _per_copy(form, copies))
    pages = form.document.pages
    return _Form(overlay.copy([*pages, *overlay.pages]), [[number] for number in range(len(pages))], form.spots)


def _per_copy(form: stationery.Stationery, copies: Sequence[Copy]) -> list[str]:
    """What is written on each copy's pages only: which copy it is, and its number."""
    written = [form.written({"label": [copy.label], "number": [copy.number]}, kind="copy") for copy in copies]
    boxes = [box for box in written if box is not None]
    if len(boxes) < len(copies):
        raise ValueError("a copy's label or number is longer than its place")
    return boxes


def _bind(
    document: Any, pdf: Any, *, form: _Form, copies: Sequence[Copy], signatures: Mapping[str, Sequence[Stroke]]
) -> None:
    """Give each copy its pages: the shared layers, its own words and its codes. Called just before the file is written."""
    import pydyf

    pages = _pages(pdf)
    contents = [page["Contents"] for page in pages]
    sheets = [
        [*(contents[layer] for layer in layers), *_signed(pdf, form.spots, page, signatures)]
        for page, layers in enumerate(form.layers)
    ]
    kids = []
    for copy, own in zip(copies, contents[-len(copies) :], strict=True):
        marks = _drawn(pdf, _codes(copy, form.spots))
        for sheet in sheets:
            page = pydyf.Dictionary(pages[0] | {"Contents": pydyf.Array([*sheet, own, marks])})
            pdf.add_object(page)
            kids += [page.number, 0, "R"]
    for page in pages:
        page.clear()
    pdf.pages["Kids"], pdf.pages["Count"] = pydyf.Array(kids), len(kids) // 3


def _codes(copy: Copy, spots: stationery.Spots) -> bytes:
    """QR and bar code of a copy, at the places the form keeps for them."""
    square, bars = spots["code:qr"][0].place, spots["code:bars"][0].place
    return codes.qr(copy.link, square) + b"\n" + codes.bars(copy.digits, bars)


def _sign(document: Any, pdf: Any, *, spots: stationery.Spots, signatures: Mapping[str, Sequence[Stroke]]) -> None:
    """Draw the signatures on the pages of a plain paper."""
    import pydyf

    for number, page in enumerate(_pages(pdf)):
        page["Contents"] = pydyf.Array([page["Contents"], *_signed(pdf, spots, number, signatures)])


def _signed(pdf: Any, spots: stationery.Spots, page: int, signatures: Mapping[str, Sequence[Stroke]]) -> list[bytes]:
    """References to the signatures that stand on the page."""
    return [
        _drawn(pdf, codes.signature(strokes, spot.place))
        for name, strokes in signatures.items()
        for spot in spots[f"drawing:{name}"]
        if spot.page == page
    ]


def _pages(pdf: Any) -> list[Any]:
    """The page dictionaries, their contents closed: WeasyPrint's begin with an unbalanced flip of the axes."""
    pages = [pdf.objects[number] for number in pdf.pages["Kids"][::3]]
    for page in pages:
        stream = pdf.objects[int(page["Contents"].split()[0])].stream
        stream.insert(0, b"q")
        stream.append(b"Q")
    return pages


def _drawn(pdf: Any, operators: bytes) -> bytes:
    """A content stream added to the file; its reference."""
    import pydyf

    stream = pydyf.Stream([operators], compress=True)
    pdf.add_object(stream)
    return bytes(stream.reference)
