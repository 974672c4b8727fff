"""The dry run: what a roster would bring into a community, row by row, and what must be answered first."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from places.models import Community
from places.roster.columns import asked_columns
from places.roster.comparing import Present, Work, compare, completions
from places.roster.firms import Answers, Question, settle
from places.roster.gathering import SheetReport, gather
from places.roster.lines import Line, Outcome
from places.roster.reading import read


@dataclass
class Plan:
    """What would happen. Nothing is written by making one.

    lines: every row, refused and skipped ones included. questions: firms that may be one; unanswered they block.
    completions: {building: new completion day} of buildings that are there.
    """

    community: Community
    name: str
    sheets: list[SheetReport]
    lines: list[Line]
    works: list[Work]
    firms: dict[str, str]
    questions: list[Question]
    completions: dict[str, dt.date]
    answers: Answers = field(default_factory=Answers)

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many rows of each outcome."""
        counted = Counter(line.outcome for line in self.lines)
        return {outcome: counted[outcome] for outcome in Outcome}

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if line.outcome == Outcome.REFUSED]

    @property
    def changes_nothing(self) -> bool:
        """Is everything of the file there already?"""
        return not self.completions and all(work.outcome == Outcome.SAME for work in self.works)


def plan(file: BinaryIO, community: Community, answers: Answers | None = None, *, name: str = "") -> Plan:
    """Read a roster and say what it would bring. Unreadable, with a sentence, when the file cannot be taken at all."""
    answers = answers or Answers()
    present = Present(community)
    reports, lines = gather(read(file, name), asked_columns(answers.columns.items()), present.units)
    firms, questions = firms_of(lines, present, answers)
    works = compare(lines, present, firms)
    for work in works:
        work.line.outcome, work.line.changes = work.outcome, work.changes
    return Plan(community, name, reports, lines, works, firms, questions, completions(works, present), answers)


def firms_of(lines: Iterable[Line], present: Present, answers: Answers) -> tuple[dict[str, str], list[Question]]:
    """Which firm each name of the file is, beside those that are there."""
    known = {name: firm.aliases for name, firm in present.firms.items()}
    return settle((line.dwelling.builder for line in lines if line.dwelling), known, answers)
