"""The bells that hold now, kind by kind."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from alerts.models import Policy
from alerts.policy import DEFAULTS, Level
from tickets.models import Deadline


@dataclass(frozen=True)
class Line:
    """One kind of promise: who is told when, and since when that holds."""

    kind: str
    levels: tuple[Level, ...]
    policy: Policy | None
    earlier: tuple[Policy, ...] = ()

    @property
    def pk(self) -> str:
        """What a kept draft is named by."""
        return self.kind

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return f"{reverse('bells')}#k-{self.kind}"

    @property
    def label(self) -> str:
        return str(Deadline.Kind(self.kind).label)


def lines() -> list[Line]:
    """Every kind in the order of the procedure, with its earlier policies, the newest first. One query."""
    rows = list(Policy.objects.select_related("by"))
    return [line_of(kind, [row for row in rows if row.kind == kind]) for kind in Deadline.Kind.values]


def line_of(kind: str, rows: list[Policy]) -> Line:
    newest = rows[0] if rows else None
    return Line(kind, newest.bells if newest else DEFAULTS[kind], newest, tuple(rows[1:]))
