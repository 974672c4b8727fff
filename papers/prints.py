"""Printing a paper once for all kinds: rendered outside of any transaction, kept only if it still says the same."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from core import clock
from core.refusals import Refusal
from papers.actions import keep
from papers.models import Kind, Print
from people.models import User
from places.models import Community

TRIES = 3


def prints_of(community: Community | int, kind: Kind, number: str) -> QuerySet[Print]:
    """The kept prints of a paper, the first one first."""
    rows: QuerySet[Print] = Print.objects.filter(community=community, kind=kind, number=number)
    return rows


@dataclass(frozen=True)
class Paper:
    """A paper about to be printed: which it is, what it says, its PDF, the lock of its record, and the event of the print.

    said: what it says now; make: the PDF of that with printed_at, printed_by, print_count; record: called with nth and print.
    """

    community: Community
    kind: Kind
    number: str
    said: Callable[[], dict[str, Any]]
    make: Callable[[Any], bytes]
    lock: Callable[[], object]
    record: Callable[..., None]

    def count(self) -> int:
        return prints_of(self.community, self.kind, self.number).count() + 1

    def words(self) -> dict[str, Any]:
        """Papers are Chinese documents whatever the screen's language."""
        with override("zh-hans"):
            return self.said()


def stamped(data: dict[str, Any], *, by: User, at: dt.datetime, nth: int) -> dict[str, Any]:
    """With the foot of every paper: when, by whom, for the how-many-th time (from the second on 补打)."""
    return {**data, "printed_at": f"{clock.local(at):%Y-%m-%d %H:%M}", "printed_by": by.name, "print_count": nth}


def print_paper(paper: Paper, *, by: User) -> Print:
    """Render, then keep and record if it still says the same and nobody printed in between; refused when it changes too fast."""
    for _try in range(TRIES):
        now, nth, data = clock.now(), paper.count(), paper.words()
        with override("zh-hans"):
            pdf = paper.make(stamped(data, by=by, at=now, nth=nth))
        with transaction.atomic():
            paper.lock()
            if paper.words() == data and paper.count() == nth:
                content = hashlib.sha256(repr(sorted(data.items())).encode()).hexdigest()
                kept = keep(paper.community, paper.kind, paper.number, by=by, at=now, content=content, pdf=pdf)
                paper.record(by=by, at=now, nth=nth, print=kept.pk)
                return kept
    raise Refusal(_("单据正在被改动，没有打印。稍后再打印。"))
