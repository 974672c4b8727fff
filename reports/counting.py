"""How anything is counted (C.0): kept, broken, pending or left out; rates half up with their fraction; median and p90."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum

TENTH = Decimal("0.1")
FEW = 5  # fewer are shown with 样本少


class Verdict(Enum):
    """What becomes of one thing in one figure."""

    KEPT = "kept"
    BROKEN = "broken"
    PENDING = "pending"
    OUT = "out"


def promised(
    due: dt.datetime,
    met: dt.datetime | None,
    ended: dt.datetime | None,
    as_of: dt.datetime,
    *,
    broken_at_once: bool = False,
) -> Verdict:
    """A promise as it stood at the instant: late is arithmetic, later facts are not seen.

    ended: when it was cancelled; before it was due that takes it out, unless we ourselves broke it at once.
    """
    if met and met <= as_of:
        return Verdict.KEPT if met <= due else Verdict.BROKEN
    if ended and ended <= as_of:
        return Verdict.BROKEN if broken_at_once or ended > due else Verdict.OUT
    return Verdict.BROKEN if due <= as_of else Verdict.PENDING  # met in its very last second it would be met by now


def any_counted(verdicts: Iterable[Verdict]) -> Verdict:
    """Kept when all that count were kept; pending only while none counts yet (arrival, C.2)."""
    found = set(verdicts)
    for verdict in (Verdict.BROKEN, Verdict.KEPT, Verdict.PENDING):
        if verdict in found:
            return verdict
    return Verdict.OUT


def all_judged(*verdicts: Verdict) -> Verdict:
    """Kept when each is; in the figure only when all are judged."""
    for verdict in (Verdict.OUT, Verdict.PENDING, Verdict.BROKEN):
        if verdict in verdicts:
            return verdict
    return Verdict.KEPT


def said(yes: bool) -> Verdict:
    return Verdict.KEPT if yes else Verdict.BROKEN


@dataclass(frozen=True, slots=True)
class Item:
    """One thing behind a figure: its repair, the paper it hangs on, by when it was due, when it was done, who finished."""

    ticket: int
    ref: str = ""
    due: dt.datetime | None = None
    done: dt.datetime | None = None
    by: int | None = None


@dataclass
class Counted:
    """A fraction with what stands behind each part of it; `sums` (yuan) where it is one of money."""

    hits: list[Item] = field(default_factory=list)
    misses: list[Item] = field(default_factory=list)
    pending: list[Item] = field(default_factory=list)
    sums: tuple[Decimal, Decimal] | None = None

    @classmethod
    def of(cls, rows: Iterable[tuple[Item, Verdict]]) -> Counted:
        counted = cls()
        parts = {Verdict.KEPT: counted.hits, Verdict.BROKEN: counted.misses, Verdict.PENDING: counted.pending}
        for item, verdict in rows:
            if verdict in parts:
                parts[verdict].append(item)
        return counted

    def only(self, by: int) -> Counted:
        """Of one technician."""
        hits, misses, pending = (
            [item for item in part if item.by == by] for part in (self.hits, self.misses, self.pending)
        )
        return Counted(hits, misses, pending)

    @property
    def numerator(self) -> Decimal:
        return self.sums[0] if self.sums else Decimal(len(self.hits))

    @property
    def denominator(self) -> Decimal:
        return self.sums[1] if self.sums else Decimal(len(self.hits) + len(self.misses))

    @property
    def rate(self) -> Decimal | None:
        """Per cent with one decimal, half up; None for 0/0, which is never 0 or 100."""
        return per_cent(self.numerator, self.denominator)

    @property
    def fraction(self) -> str:
        """26/27, or 855.00/915.00."""
        return f"{self.numerator}/{self.denominator}"

    @property
    def is_few(self) -> bool:
        return 0 < len(self.hits) + len(self.misses) < FEW


def per_cent(numerator: Decimal, denominator: Decimal) -> Decimal | None:
    return (100 * numerator / denominator).quantize(TENTH, ROUND_HALF_UP) if denominator else None


def median(values: Sequence[dt.timedelta]) -> dt.timedelta | None:
    """The middle value; the mean of the two middle ones when there are two."""
    ranked, middle = sorted(values), len(values) // 2
    if not ranked:
        return None
    return ranked[middle] if len(ranked) % 2 else (ranked[middle - 1] + ranked[middle]) / 2


def p90(values: Sequence[dt.timedelta]) -> dt.timedelta | None:
    """Nearest rank: value no. ⌈0.9 n⌉ ascending."""
    return sorted(values)[-(-9 * len(values) // 10) - 1] if values else None
