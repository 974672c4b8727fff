"""What people read: each string said in three languages, none written past the catalogues."""

from __future__ import annotations

import ast
import csv
import datetime as dt
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.utils import translation
from django.utils.formats import date_format

from core.clock import SHANGHAI, day_said
from people.models import Team, Trade, User
from places.models import Builder, Component, PublicArea, Resident
from repairdesk.management.commands.compile_words import compile_words
from repairdesk.words import found, sources, templates

HERE = Path(__file__).parent
LOCALES = ["en", "zh_Hant"]
HAN = re.compile("[\u4e00-\u9fff]")
FULL_WIDTH = re.compile("[\u4e00-\u9fff，。：；（）、！？]")
PLACEHOLDER = re.compile(r"%\(\w+\)\d*[sd]|%%|\{\d\}|<[^>]+>")
SIMPLIFIED = set((HERE / "simplified_only.txt").read_text(encoding="utf-8").replace("\n", ""))


def catalogue(locale: str) -> dict[tuple[str, str], Message]:
    with (settings.BASE_DIR / "locale" / locale / "LC_MESSAGES" / "django.po").open("rb") as file:
        read = read_po(file, locale=locale)
    assert not read.obsolete
    return {(each.context or "", one(each.id)): each for each in read if each.id}


def one(text: Any) -> str:
    return str(text[0] if isinstance(text, tuple | list) else text)


def said(message: Message) -> list[str]:
    """The translation, or each of its plural forms."""
    return list(message.string) if isinstance(message.string, tuple | list) else [str(message.string)]


@pytest.fixture(autouse=True)
def _first_language_again() -> Iterator[None]:
    """A page leaves its reader's language behind in this thread; the next test starts in the first one."""
    yield
    translation.activate(settings.LANGUAGE_CODE)


# Catalogues ------------------------------------------------------------------


@pytest.mark.parametrize("locale", LOCALES)
def test_every_string_is_translated_and_no_translation_is_left_over(locale):
    words, known = found(), catalogue(locale)
    assert sorted(words.keys() ^ known.keys()) == []
    assert [key for key, message in known.items() if message.fuzzy or not all(said(message))] == []


def test_a_string_is_counted_everywhere_or_nowhere():
    """gettext does not find what stands in the catalogue with a plural."""
    mixed = {
        key: [word.place for word in words]
        for key, words in found().items()
        if len({bool(word.plural) for word in words}) > 1
    }
    assert mixed == {}


@pytest.mark.parametrize("locale", LOCALES)
def test_a_translation_fills_in_the_same_facts_as_its_original(locale):
    wrong = [
        (text, form)
        for (_context, text), message in catalogue(locale).items()
        for form in said(message)
        if sorted(PLACEHOLDER.findall(form)) != sorted(PLACEHOLDER.findall(text))
    ]
    assert wrong == []


def test_english_is_english_and_traditional_has_no_simplified_character():
    typed = re.compile("“[^”]*”|[＝=]房号|门牌|3栋|三号楼|业主, 家属, 租户|[、]")  # what is to be typed as it stands
    english = [form for message in catalogue("en").values() for form in said(message)]
    assert [form for form in english if FULL_WIDTH.search(typed.sub("", form))] == []
    hant = [form for message in catalogue("zh_Hant").values() for form in said(message)]
    assert [form for form in hant if SIMPLIFIED & set(form)] == []


def test_the_reviewed_terms_of_traditional_stand_wherever_the_simplified_ones_do():
    with (HERE / "traditional_terms.csv").open(encoding="utf-8", newline="") as file:
        terms = {row["simplified"]: row["traditional"] for row in csv.DictReader(file)}
    assert len(terms) >= 60
    longest_first = re.compile("|".join(map(re.escape, sorted(terms, key=len, reverse=True))))
    met, wrong = set(), []
    for (_context, text), message in catalogue("zh_Hant").items():
        for term in longest_first.findall(text):
            met.add(term)
            if any(terms[term] not in form for form in said(message)):
                wrong.append((term, text, message.string))
    assert wrong == []
    assert sorted(terms.keys() - met) == []  # a term that stands nowhere proves nothing


def test_the_catalogues_compile_to_what_django_reads(tmp_path):
    for locale in LOCALES:
        target = tmp_path / locale / "LC_MESSAGES" / "django.po"
        target.parent.mkdir(parents=True)
        target.write_bytes((settings.BASE_DIR / "locale" / locale / "LC_MESSAGES" / "django.po").read_bytes())
    assert [path.name for path in compile_words(tmp_path)] == ["django.mo", "django.mo"]
    assert compile_words(tmp_path) == []


# Code and templates ----------------------------------------------------------

# Chinese that is no sentence of a screen: papers, what people type, names, and data.
MAY_HOLD_CHINESE = {
    "core/capitals.py", "core/money.py", "core/templatetags/words.py",  # amounts in capitals, the unit people may type
    "core/logs.py",  # names of what is kept out of the log
    "core/checks.py", "people/management/commands/staff.py", "desk/management/commands/demo.py", "tickets/management/commands/verify_evidence.py",  # the console's own output
    "workorders/printing.py", "workorders/prints.py", "workorders/sheets.py", "workorders/letter_printing.py", "workorders/letter_prints.py", "tickets/printing.py", "tickets/prints.py",
    "billing/printing.py", "billing/prints.py", "billing/claim_prints.py", "desk/shift_printing.py", "desk/shift_prints.py",  # papers are Chinese documents
    "billing/models/quotes.py", "callbacks/models/complaints.py", "tickets/models/ticket.py",  # suffix of a receipt's number, how residents are addressed
    "places/models/estate.py", "places/queries.py", "desk/alarms.py",  # 3栋2单元1201: addresses
    "places/roster/cells.py", "places/roster/columns.py", "places/roster/days.py", "places/roster/firms.py",
    "places/roster/gathering.py", "places/roster/lines.py", "places/roster/template.py", "places/roster/where.py",
    "places/roster/workbook.py",  # what rosters hold
    "desk/find.py",  # words that are searched for
    "tickets/inspections/parts.py", "tickets/inspections/reading.py", "tickets/inspections/rooms.py",  # what spreadsheets call them
    "desk/demo/again.py", "desk/demo/builders.py", "desk/demo/estate.py", "desk/demo/grievances.py", "desk/demo/handover.py", "desk/demo/jobs.py",
    "desk/demo/municipal.py", "desk/demo/oddities.py", "desk/demo/paid.py", "desk/demo/public.py", "desk/demo/removal.py", "desk/demo/shifts.py", "desk/demo/warranty.py",  # the demonstration
    "repairdesk/procedure_map.py",  # the head of a document
    "repairdesk/settings.py",  # languages in their own names
}  # fmt: skip
TRANSLATES = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext", "pgettext_lazy"}
LOGS = {"log", "logger", "logging"}


def excused(tree: ast.AST) -> Iterator[ast.AST]:
    """Docstrings, what is translated or logged, help texts of fields."""
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(tree):
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr):
            yield node.body[0].value
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            base = node.func.value if isinstance(node.func, ast.Attribute) else None
            if name in TRANSLATES or (isinstance(base, ast.Name) and base.id in LOGS):
                yield from ast.walk(node)
            yield from (each.value for each in node.keywords if each.arg == "help_text")


def unwrapped(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    free = {id(node) for node in excused(tree)}
    return [
        f"{path.name}:{node.lineno} {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and HAN.search(node.value)
        if id(node) not in free
    ]


def test_no_code_says_chinese_past_the_catalogues():
    by_file = {str(path.relative_to(settings.BASE_DIR)): unwrapped(path) for path in sources()}
    assert {name: lines for name, lines in by_file.items() if lines and name not in MAY_HOLD_CHINESE} == {}
    assert sorted(name for name in MAY_HOLD_CHINESE if not by_file.get(name)) == []  # the list only shrinks


def spoken(source: str) -> Iterator[str]:
    """What a template says past translate and blocktranslate; languages are called in their own names."""
    inside = ""
    for token in Lexer(source).tokenize():
        text = token.contents
        if token.token_type == TokenType.BLOCK:
            word = text.split()[0]
            if word in {"comment", "blocktranslate"}:
                inside = f"end{word}"
            if word == inside:
                inside = ""
            text = "" if word in {"comment", "translate", "blocktranslate"} else text
        if not inside and token.token_type != TokenType.COMMENT:
            yield re.sub(r'_\("[^"]*"\)', "", text)


def test_no_template_says_chinese_past_the_catalogues():
    said_past = {
        str(path.relative_to(settings.BASE_DIR)): [
            text.strip() for text in spoken(path.read_text(encoding="utf-8")) if FULL_WIDTH.search(text)
        ]
        for path in templates()
        if path.name != "language.html"
    }
    assert {name: texts for name, texts in said_past.items() if texts} == {}


# Pages -----------------------------------------------------------------------

READ_ALOUD = {"aria-label", "title", "alt", "placeholder", "data-say"}


class Reader(HTMLParser):
    """The language of a page and all that is read on it; what carries a language of its own is left out."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lang = ""
        self.texts: list[str] = []
        self.foreign: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        if tag == "html":
            self.lang = facts.get("lang") or ""
        elif facts.get("lang"):
            self.foreign.append(tag)
        if not self.foreign:
            self.texts += [
                value
                for name, value in attrs
                if value and (name in READ_ALOUD or (name.startswith("data-") and tag == "div"))
            ]

    def handle_endtag(self, tag: str) -> None:
        if self.foreign and self.foreign[-1] == tag:
            self.foreign.pop()

    def handle_data(self, data: str) -> None:
        if not self.foreign and data.strip():
            self.texts.append(data.strip())


def own_words(cast) -> re.Pattern[str]:
    """What people wrote themselves, their names, and places: never translated."""
    people = [name for person in cast.people.values() for name in (person.name, person.short_name)]
    lives = [name for each in Resident.objects.all() for name in (each.name, each.called)]
    places = [
        str(each) for each in [*PublicArea.objects.all(), *Team.objects.all(), *Builder.objects.all(), cast.community]
    ]
    written = ["厨房水龙头关不紧，一直滴水", "更换陶瓷阀芯", "更换阀芯", "陶瓷阀芯", "阀芯", "李建国", "李*", "1 只"]
    phrases = [phrase for part in Component.objects.all() for phrase in part.phrases]
    own = {*people, *lives, *places, *written, *phrases, cast.community.company} - {""}
    return re.compile("|".join([r"\d+栋(?:\d+单元)?", *map(re.escape, sorted(own, key=len, reverse=True))]))


READERS = {
    "/board/": ("zhou", {"zh-hans": "登记报修", "zh-hant": "登記報修", "en": "Register repair"}),
    "/tickets/": ("zhou", {"zh-hans": "报修登记表", "zh-hant": "報修登記表", "en": "Repair register"}),
    "/tickets/new/": ("zhou", {"zh-hans": "登记并通知", "zh-hant": "登記並通知", "en": "Register and notify"}),
    "/tickets/{ticket}/": (
        "zhou",
        {"zh-hans": "责任与质保", "zh-hant": "責任與質保", "en": "Responsibility and warranty"},
    ),
    "/tickets/{ticket}/note/": ("zhou", {"zh-hans": "记一笔", "zh-hant": "記一筆", "en": "Add note"}),
    "/callbacks/": ("zhou", {"zh-hans": "回访", "zh-hant": "回訪", "en": "Callbacks"}),
    "/cash/": ("zhou", {"zh-hans": "收费与交款", "zh-hant": "收費與交款", "en": "Cash desk"}),
    "/copies/": ("zhou", {"zh-hans": "扫单据", "zh-hant": "掃單據", "en": "Scan slips"}),
    "/my/": ("wang", {"zh-hans": "我的任务", "zh-hant": "我的任務", "en": "My jobs"}),
    "/my/{ticket}/": ("wang", {"zh-hans": "返回我的任务", "zh-hant": "返回我的任務", "en": "Back to my jobs"}),
}
LANG = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}


@pytest.mark.parametrize("language", LANG)
@pytest.mark.parametrize("address", READERS)
def test_a_page_speaks_its_readers_language_and_no_other(cast, sign_in, address, language):
    name, sentences = READERS[address]
    slip = cast.arrived()
    User.objects.filter(pk=cast.people[name].pk).update(language=language)
    answer = sign_in(name).get(address.format(ticket=slip.ticket.number))
    assert answer.status_code == 200
    page = Reader(answer.content.decode())
    assert page.lang == LANG[language]
    assert any(sentences[language] in text for text in page.texts)
    own = own_words(cast)
    tests: dict[str, Callable[[str], object]] = {
        "zh-hans": lambda _text: False,
        "zh-hant": lambda text: SIMPLIFIED & set(text),
        "en": FULL_WIDTH.search,
    }
    foreign = tests[language]
    assert [text for text in page.texts if foreign(own.sub("", text))] == []


def test_dates_read_as_each_language_writes_them():
    day, now = dt.date(2026, 5, 12), dt.datetime(2026, 11, 24, tzinfo=SHANGHAI)
    told = {}
    for code in LANG:
        with translation.override(code):
            told[code] = (day_said(day, now), day_said(day.replace(year=2025), now), date_format(day))
    assert told == {
        "zh-hans": ("5月12日", "2025年5月12日", "2026年5月12日"),
        "zh-hant": ("5月12日", "2025年5月12日", "2026年5月12日"),
        "en": ("12 May", "12 May 2025", "12 May 2026"),
    }


def test_trades_and_parts_are_said_in_the_readers_language_and_printed_in_chinese(cast):
    trade, part = Trade.objects.get(pk="plumbing"), Component.objects.get(pk="tap")
    told = {}
    for code in LANG:
        with translation.override(code):
            told[code] = (str(trade), str(part), trade.name)
    assert told == {
        "zh-hans": ("水工", "水龙头、花洒", "水工"),
        "zh-hant": ("水工", "水龍頭、花灑", "水工"),
        "en": ("Plumbing", "Tap, shower", "水工"),
    }
