"""Safety scripts (domain B.3): what is said and done first where there is danger, in this order."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

FILE = Path(__file__).resolve().parent / "data" / "safety.csv"
# Who acts on a line: it is said to the caller, done at the desk, or done by people who are sent.
WHO = {"caller": _("告诉来电人"), "desk": _("前台"), "people": _("派人")}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a script; n counts from 1."""

    n: int
    who: str
    words: str

    def __str__(self) -> str:
        return gettext(self.words)

    @property
    def who_word(self) -> str:
        return str(WHO[self.who])


@dataclass(frozen=True, slots=True)
class Script:
    """A case of danger: the parts it may concern, those it always concerns, and its lines."""

    code: str
    title: str
    parts: frozenset[str]
    always: frozenset[str]
    lines: list[Line] = field(default_factory=list)

    def __str__(self) -> str:
        return gettext(self.title)

    def concerns(self, part: str, *, pressing: bool) -> bool:
        """Is it to be shown for that part? `pressing`: it is reported as needed at once."""
        return part in self.always or (pressing and part in self.parts)


@cache
def scripts() -> dict[str, Script]:
    """Every script by the code of its case, in the order of the file."""
    found: dict[str, Script] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            code = row["case"]
            if code not in found:
                parts, always = (frozenset(filter(None, row[name].split("|"))) for name in ("parts", "always"))
                found[code] = Script(code, row["title"], parts, always)
            found[code].lines.append(Line(len(found[code].lines) + 1, row["who"], row["text"]))
    return found


def scripts_of(part: str, *, pressing: bool) -> list[Script]:
    """The scripts to be shown for a part, those that always belong to it first."""
    found = [script for script in scripts().values() if script.concerns(part, pressing=pressing)]
    return sorted(found, key=lambda script: part not in script.always)
