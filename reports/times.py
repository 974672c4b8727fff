"""How long things took: median and p90 over the repairs that have both ends (C.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reports.cases import Case, Records
from reports.counting import FEW, median, p90
from reports.formulas import of
from reports.outcomes import Column

Span = dt.timedelta


@dataclass(frozen=True)
class Stretch:
    """One stretch of a repair's life: from which moment to which, of which cohort."""

    code: str
    name: str | Promise
    formula: str | Promise
    spans: Callable[[Records], Iterator[Span | None]]


@dataclass(frozen=True)
class Took:
    """What a stretch took in a month."""

    stretch: Stretch
    n: int
    median: Span | None
    p90: Span | None

    @property
    def is_few(self) -> bool:
        return 0 < self.n < FEW


def between(first: dt.datetime | None, last: dt.datetime | None) -> Span | None:
    return last - first if first and last else None


def worked(case: Case) -> Span | None:
    """From the first arrival with a slip to the last finish."""
    done = case.done_slips
    arrived = min((slip.arrived_at for slip in done if slip.arrived_at), default=None)
    return between(arrived, max((slip.finished_at for slip in done if slip.finished_at), default=None))


STRETCHES = [
    Stretch(
        "dispatch",
        _("派工"),
        _("报修到通知工程维护部；当月报修的。"),
        lambda records: (between(case.reported_at, case.notified_at) for case in of(records.reported, Column.DISPATCH)),
    ),
    Stretch(
        "arrival",
        _("到场"),
        _("报修到到场；只看急修。"),
        lambda records: (
            between(case.reported_at, case.on_site_at) for case in of(records.reported, Column.ARRIVAL, urgent=True)
        ),
    ),
    Stretch(
        "work",
        _("维修"),
        _("凭单到场到完工；当月验收的。"),
        lambda records: (worked(case) for case in of(records.accepted, Column.COMPLETION)),
    ),
    Stretch(
        "whole",
        _("全程"),
        _("报修到验收；当月验收的。"),
        lambda records: (
            between(case.reported_at, case.completed_at) for case in of(records.accepted, Column.COMPLETION)
        ),
    ),
    Stretch(
        "callback",
        pgettext_lazy("figure", "回访"),
        _("验收到第一次问到报修人；当月验收的。"),
        lambda records: (
            between(case.completed_at, case.first_answer.at if case.first_answer else None)
            for case in of(records.accepted, Column.CALLBACK)
        ),
    ),
]


def times(records: Records) -> list[Took]:
    found = []
    for stretch in STRETCHES:
        spans = [span for span in stretch.spans(records) if span is not None]
        found.append(Took(stretch, len(spans), median(spans), p90(spans)))
    return found
