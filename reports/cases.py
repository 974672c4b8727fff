"""A repair as it stood at an instant: its own facts, promises, slips, calls and corrections, and the outcome they make."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from callbacks.lifecycle import CallbackState, CorrectionState
from reports.counting import Verdict, promised
from reports.months import Month
from reports.outcomes import Column, Outcome, counts
from tickets.models import Deadline, Ticket
from tickets.states import State, Urgency
from workorders.states import SlipState

Kind, Because = Deadline.Kind, Deadline.Because
REACHED = (CallbackState.SATISFIED, CallbackState.UNSATISFIED)


@dataclass(frozen=True, slots=True)
class Promise:
    """One deadline and what became of it by the instant."""

    kind: str
    ref: str
    due: dt.datetime
    met: dt.datetime | None
    ended: dt.datetime | None
    because: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class SlipRow:
    """A slip issued by the instant; what happened to it later is not seen."""

    number: str
    ticket: int
    issued_at: dt.datetime
    voided: bool
    arrived_at: dt.datetime | None
    finished_at: dt.datetime | None
    accepted_at: dt.datetime | None
    finished_by: int | None
    builder: bool
    rework: bool
    third_lost: bool


@dataclass(frozen=True, slots=True)
class Call:
    """What the first reporter's round of calls came to, and when; made by the instant."""

    state: str
    at: dt.datetime

    @property
    def reached(self) -> bool:
        return self.state in REACHED


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction raised by the instant."""

    number: str
    ticket: int
    rework: int | None
    rework_reported_at: dt.datetime | None
    raised_at: dt.datetime
    due: dt.datetime
    needs_visit: bool
    verified_at: dt.datetime | None
    withdrawn_at: dt.datetime | None

    @property
    def confirms(self) -> bool:
        """Does a new visit go out for it? Then it counts as a rework of its repair (C.2)."""
        return self.withdrawn_at is None and (self.needs_visit or self.rework is not None)


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """What a charge came to by the instant, and how much of it was settled (yuan)."""

    ticket: int
    opened_at: dt.datetime
    net: Decimal
    settled: Decimal


@dataclass
class Case:
    """A repair at the instant. Moments after it are None; what is derived is worked out once, when all is read."""

    pk: int
    reported_at: dt.datetime
    notified_at: dt.datetime | None
    on_site_at: dt.datetime | None
    completed_at: dt.datetime | None
    ended: str
    ended_at: dt.datetime | None
    in_error: bool
    has_caller: bool
    notify_by: dt.timedelta
    half_hour: dt.timedelta
    callback_within: dt.timedelta
    rework_window: dt.timedelta
    urgency: str
    urgent_since: dt.datetime
    referred: bool = False
    redoes: bool = False
    promises: dict[str, list[Promise]] = field(default_factory=dict)
    slips: list[SlipRow] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    later_calls: list[Call] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)

    @cached_property
    def outcome(self) -> Outcome:
        """The row of table C.1."""
        if self.ended == State.MERGED:
            return Outcome.DUPLICATE
        if self.in_error:
            return Outcome.ERROR
        if self.redoes:
            return Outcome.REWORK
        if self.ended == State.CANCELLED:
            return self._cancelled
        if self.ended == State.DECLINED:
            return Outcome.DECLINED
        if self.referred:
            return Outcome.REFERRED
        if not self.has_caller:
            return Outcome.PATROL
        voided = {slip.voided for slip in self.slips}
        return Outcome.REISSUED if voided == {True, False} else Outcome.ORDINARY

    @property
    def _cancelled(self) -> Outcome:
        if self.slips:
            return Outcome.CANCELLED_ORDER
        early = self.ended_at is not None and self.ended_at <= self.reported_at + self.notify_by
        return Outcome.WITHDRAWN if early and self.notified_at is None else Outcome.CANCELLED

    def counts(self, column: Column) -> bool:
        return counts(self.outcome, column)

    @property
    def is_urgent(self) -> bool:
        return self.urgency == Urgency.URGENT

    @cached_property
    def was_urgent(self) -> bool:
        """Urgent now, or made less urgent after a promise to it was missed: missed ones stay missed (C.2)."""
        if self.is_urgent:
            return True
        lowered = [row for row in self.of(Kind.FINISH) if row.because == Because.DOWNGRADED and not row.ref]
        missed = [row.due for row in (*self.of(Kind.FINISH), *self.of(Kind.ARRIVE)) if row.verdict is Verdict.BROKEN]
        return any(row.ended and due < row.ended for row in lowered for due in missed)

    def of(self, kind: str) -> list[Promise]:
        return self.promises.get(kind, [])

    @property
    def done_slips(self) -> list[SlipRow]:
        """Accepted, the first work on it only: what a correction redoes has its own line."""
        return [slip for slip in self.slips if slip.accepted_at and not slip.rework and not slip.voided]

    @cached_property
    def finisher(self) -> int | None:
        """The technician who finished the last slip; None where a builder did, or nothing is accepted yet."""
        done = max(self.done_slips, key=lambda slip: slip.accepted_at or slip.issued_at, default=None)
        return done.finished_by if done else None

    @property
    def first_answer(self) -> Call | None:
        return next((call for call in self.calls if call.reached), None)

    @property
    def last_answer(self) -> Call | None:
        """After every correction, on this repair or on the call that redid it."""
        reached = [call for call in (*self.calls, *self.later_calls) if call.reached]
        return max(reached, key=lambda call: call.at, default=None)

    @cached_property
    def reworks(self) -> list[dt.datetime]:
        """When each confirmed rework within the window was reported, the first one first."""
        if self.completed_at is None:
            return []
        until = self.completed_at + self.rework_window
        moments = (row.rework_reported_at or row.raised_at for row in self.corrections if row.confirms)
        return sorted(at for at in moments if self.completed_at <= at <= until)


@dataclass
class Records:
    """Everything a month's figures are counted from, as it stood at the instant."""

    month: Month
    as_of: dt.datetime
    cases: dict[int, Case]
    corrections: list[Correction]
    charges: list[ChargeRow]

    @cached_property
    def reported(self) -> list[Case]:
        """R(M)."""
        return [case for case in self.cases.values() if self.month.holds(case.reported_at)]

    @cached_property
    def accepted(self) -> list[Case]:
        """K(M)."""
        return [case for case in self.cases.values() if self.month.holds(case.completed_at)]

    @cached_property
    def issued(self) -> list[SlipRow]:
        """S(M)."""
        return [slip for case in self.cases.values() for slip in case.slips if self.month.holds(slip.issued_at)]


def promise(row: dict[str, Any], as_of: dt.datetime) -> Promise:
    """A row of Deadline as values; what came later is not seen."""
    due, met, ended, because = (row[name] for name in ("due_at", "met_at", "cancelled_at", "cancelled_because"))
    ours = row["kind"] == Kind.ARRIVE and because == Because.US
    verdict = promised(due, met, ended, as_of, broken_at_once=ours)
    met = met if met and met <= as_of else None
    if not (ended and ended <= as_of):
        ended, because = None, ""
    return Promise(row["kind"], row["ref"], due, met, ended, because, verdict)


ENDED = (State.CANCELLED, State.DECLINED, State.MERGED)
ERROR = Ticket.CancelReason.ERROR
VOIDED = SlipState.VOIDED
WITHDRAWN = CorrectionState.WITHDRAWN
