"""Every string that people read: found in code and templates, kept in locale/*/LC_MESSAGES/django.po (msgid = Chinese)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.template import Template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

APPS = [
    "people",
    "core",
    "places",
    "papers",
    "tickets",
    "workorders",
    "billing",
    "callbacks",
    "alerts",
    "reports",
    "desk",
    "field",
    "repairdesk",
]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
CATALOGUE = ["trades.csv", "components.csv", "safety.csv"]
SAID = ["name", "urgent_when", "other_when", "title", "text"]
IN_FILTER = re.compile(r'_\("([^"]+)"\)')  # {{ value|date:_("n月j日") }}


class Word(NamedTuple):
    """A string to be translated, with its plural and context where it has them, and where it stands."""

    text: str
    plural: str
    context: str
    place: str


def sources() -> Iterator[Path]:
    """Code that may hold strings, migrations left out."""
    for app in APPS:
        yield from sorted(path for path in (settings.BASE_DIR / app).rglob("*.py") if "migrations" not in path.parts)


def templates() -> Iterator[Path]:
    """Screens; papers are Chinese documents whatever the reader's language is."""
    yield from sorted(path for path in (settings.BASE_DIR / "templates").rglob("*.html") if "print" not in path.parts)


def in_code(path: Path) -> Iterator[Word]:
    from babel.messages.extract import extract

    place = str(path.relative_to(settings.BASE_DIR))
    with path.open("rb") as file:
        for _line, message, _comments, context in extract("python", file, keywords=KEYWORDS):
            text, plural = (str(part or "") for part in (message if isinstance(message, tuple) else (message, "")))
            yield Word(text, plural, str(context or ""), place)


def in_template(path: Path) -> Iterator[Word]:
    """Read with Django's own parser, so that what is found is what will be looked up."""
    place = str(path.relative_to(settings.BASE_DIR))
    source = path.read_text(encoding="utf-8")
    nodes = Template(source).nodelist
    translate: Any
    for translate in nodes.get_nodes_by_type(TranslateNode):
        literal = getattr(translate.filter_expression.var, "literal", None)
        if isinstance(literal, str):
            yield Word(literal.replace("%", "%%"), "", context_of(translate), place)
    block: Any
    for block in nodes.get_nodes_by_type(BlockTranslateNode):
        plural = block.render_token_list(block.plural)[0] if block.plural else ""
        yield Word(block.render_token_list(block.singular)[0], plural, context_of(block), place)
    for literal in IN_FILTER.findall(source):
        yield Word(literal, "", "", place)


def context_of(node: Any) -> str:
    context = node.message_context
    return str(context.resolve({})) if context else ""


def in_catalogue(path: Path) -> Iterator[Word]:
    """Names of trades and parts, their conditions and the lines of safety scripts, which pages say in the reader's language."""
    place = str(path.relative_to(settings.BASE_DIR))
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield from (Word(row[name], "", "", place) for name in SAID if row.get(name))


def found() -> dict[tuple[str, str], list[Word]]:
    """All words by (context, text), each with every place it stands at."""
    words: dict[tuple[str, str], list[Word]] = {}
    for path in sources():
        for word in in_code(path):
            words.setdefault((word.context, word.text), []).append(word)
    for path in templates():
        for word in in_template(path):
            words.setdefault((word.context, word.text), []).append(word)
    for name in CATALOGUE:
        for word in in_catalogue(settings.BASE_DIR / "places" / "data" / name):
            words.setdefault((word.context, word.text), []).append(word)
    words.pop(("", ""), None)
    return words
