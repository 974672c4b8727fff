"""WeasyPrint behind one lock: its fonts, its parsed style sheets, and a fetcher that serves named assets and refuses all else."""

import atexit
import logging
import re
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.contrib.staticfiles import finders

from core import fonts

# A FontConfiguration used by two threads at once corrupts memory, and one per paper leaks it: one, and everything under this lock.
LOCK = threading.RLock()
PICTURE = re.compile(r"asset:(print/[a-z0-9_-]+\.(?:png|svg))")
FACES = """
@font-face { font-family: paper; src: url("asset:paper.ttf") }
@font-face { font-family: rare; src: url("asset:rare.otf") }
"""

log = logging.getLogger(__name__)
logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)  # ten lines a paper otherwise


def asset(url: str) -> Path:
    """The file behind a named asset (the two fonts, pictures of static/print); PermissionError, logged, for any other URL."""
    if url == "asset:paper.ttf":
        return fonts.small()
    if url == "asset:rare.otf":
        return fonts.full()
    picture = PICTURE.fullmatch(url)
    found = finders.find(picture[1]) if picture else None
    if found is None:
        # Kind and host only: a whole address may carry a name or a token.
        parts = urlsplit(url)
        log.warning("pdf.url_refused", extra={"scheme": parts.scheme[:20], "host": parts.netloc[:80]})
        raise PermissionError("pdf.url_refused")
    return Path(found)


@cache
def _closed() -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Closed(URLFetcher):  # type: ignore[misc]
        """Opens no connection and no path: it looks names up, among the assets and the pictures it was given."""

        pictures: Mapping[str, bytes] = {}

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            given = self.pictures.get(url.removeprefix("picture:")) if url.startswith("picture:") else None
            return URLFetcherResponse(url, given if given is not None else asset(url).read_bytes())

    return Closed


def _fetcher(pictures: Mapping[str, bytes] | None = None) -> Any:
    fetcher = _closed()()
    fetcher.pictures = pictures or {}
    return fetcher


@cache
def _font_configuration() -> Any:
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    configuration = FontConfiguration()
    CSS(string=FACES, font_config=configuration, url_fetcher=_fetcher())
    return configuration


# In time: at the interpreter's very end WeasyPrint can no longer remove the folder of its fonts, and says so.
atexit.register(_font_configuration.cache_clear)


@cache
def _sheet(name: str) -> Any:
    """The parsed sheet static/print/NAME.css; FileNotFoundError when there is none."""
    found = finders.find(f"print/{name}.css")
    if found is None:
        raise FileNotFoundError(f"print/{name}.css")
    return parsed(Path(found).read_text())


def parsed(css: str) -> Any:
    """A style sheet to be kept and used again, which saves a tenth of a page's time."""
    from weasyprint import CSS

    with LOCK:
        return CSS(string=css, font_config=_font_configuration(), url_fetcher=_fetcher())


def lay_out(html: str, *sheets: Any, pictures: Mapping[str, bytes] | None = None) -> Any:
    """A laid-out WeasyPrint document; sheets are names in static/print or parsed ones; pictures: bytes behind picture:NAME."""
    from weasyprint import HTML

    with LOCK:
        styles = [_sheet(sheet) if isinstance(sheet, str) else sheet for sheet in sheets]
        # A base of no meaning, so that relative addresses too reach the fetcher and are refused there.
        page = HTML(string=html, base_url="asset:", url_fetcher=_fetcher(pictures))
        return page.render(font_config=_font_configuration(), stylesheets=styles)
