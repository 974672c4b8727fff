"""A month as the figures count it: local days, and the instant by which its copies are judged (C.0, D.1)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from core import clock
from core.clock import copy_cut_off, start_of


@dataclass(frozen=True)
class Month:
    """A local month: its first moment and that of the next."""

    first: dt.date

    @classmethod
    def of(cls, text: str) -> Month:
        """202611 or 2026-11; anything else is the present month."""
        digits = text.replace("-", "")
        try:
            return cls(dt.datetime.strptime(digits, "%Y%m").date())  # noqa: DTZ007
        except ValueError:
            return cls(clock.today().replace(day=1))

    @property
    def next(self) -> Month:
        return Month((self.first + dt.timedelta(days=32)).replace(day=1))

    @property
    def before(self) -> Month:
        return Month((self.first - dt.timedelta(days=1)).replace(day=1))

    @property
    def key(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def starts(self) -> dt.datetime:
        return start_of(self.first)

    @property
    def ends(self) -> dt.datetime:
        """24:00 of its last day."""
        return start_of(self.next.first)

    def within(self, field: str) -> Q:
        return Q(**{f"{field}__gte": self.starts, f"{field}__lt": self.ends})

    def holds(self, at: dt.datetime | None) -> bool:
        return at is not None and self.starts <= at < self.ends

    @property
    def is_over(self) -> bool:
        return self.next.first <= clock.today()

    def cut_off(self, day: int = 5) -> dt.datetime:
        """24:00 of the 5th of the next month: the instant of its final figures (C.0)."""
        return copy_cut_off(self.starts, day)
