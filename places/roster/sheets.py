"""What is read from a file before anything is understood: sheets, rows and raw values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.functional import Promise

LARGEST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 200


class Unreadable(Exception):
    """A file that is not taken at all; its text is a sentence with the remedy."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(str(sentence))
        self.sentence = str(sentence)


class Formula(NamedTuple):
    """A cell that is computed: its text (=1+1) and the value the spreadsheet last saw."""

    text: str
    value: str | int | float | dt.datetime | bool | None


class Fault(NamedTuple):
    """A cell that shows an error such as #N/A."""

    text: str


Value = str | int | float | dt.datetime | bool | Formula | Fault | None


@dataclass
class Row:
    """A line of a sheet under the number the spreadsheet shows; values by column from 0, None where empty."""

    number: int
    values: dict[int, Value] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.values


@dataclass
class Sheet:
    """A sheet with its rows; an empty row within is kept, so that it can be named."""

    title: str
    rows: list[Row] = field(default_factory=list)
    hidden: bool = False


def letter(column: int) -> str:
    """0 → A, 26 → AA, as spreadsheets name columns."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_number(name: str) -> int:
    """A → 0, AA → 26."""
    number = 0
    for character in name:
        number = number * 26 + ord(character) - 64
    return number - 1
