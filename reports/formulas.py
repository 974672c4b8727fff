"""The formulas of C.2, one function a figure: every thing of its cohort with what becomes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

from callbacks.lifecycle import CallbackState
from core.money import ZERO
from reports.cases import Case, Promise, Records, SlipRow
from reports.counting import Counted, Item, Verdict, all_judged, any_counted, promised, said
from reports.outcomes import Column, counts
from tickets.models import Deadline

Kind, Because = Deadline.Kind, Deadline.Because
Judged = Iterator[tuple[Item, Verdict]]
KEPT, BROKEN, PENDING, OUT = Verdict.KEPT, Verdict.BROKEN, Verdict.PENDING, Verdict.OUT


def item(case: Case, row: Promise | None = None, **given: object) -> Item:
    """The repair as the figure lists it, with the promise that decided."""
    facts = {"ref": row.ref, "due": row.due, "done": row.met} if row else {}
    return Item(case.pk, by=case.finisher, **{**facts, **given})  # type: ignore[arg-type]


def deciding(rows: list[Promise], verdict: Verdict) -> Promise | None:
    """The last promise that came out like that."""
    return next((row for row in reversed(rows) if row.verdict is verdict), rows[-1] if rows else None)


def by_promises(case: Case, rows: list[Promise], verdict: Verdict) -> tuple[Item, Verdict]:
    return item(case, deciding(rows, verdict)), verdict


def of(cases: Iterable[Case], column: Column, *, urgent: bool | None = None) -> Iterator[Case]:
    """Those that count in that column of table C.1."""
    return (case for case in cases if case.counts(column) and urgent in {None, case.is_urgent})


def notified(case: Case) -> Verdict:
    return any_counted(row.verdict for row in case.of(Kind.NOTIFY))


def arrived(case: Case) -> Verdict:
    """All its counted promises kept, the builder's like ours."""
    return any_counted(row.verdict for row in case.of(Kind.ARRIVE))


def overnight_rows(case: Case) -> list[Promise]:
    """The promise of before-night is the one that names no slip."""
    return [row for row in case.of(Kind.FINISH) if not row.ref]


def finished(case: Case) -> Verdict:
    """Before night (5.4.2-1): a miss stays one; put off by the customer it is out; rejected it is open again."""
    rows = overnight_rows(case)
    found = {row.verdict for row in rows}
    if BROKEN in found:
        return BROKEN
    if not rows or any(row.because == Because.CUSTOMER and row.verdict is OUT for row in rows):
        return OUT
    return PENDING if PENDING in found else KEPT if KEPT in found else OUT


def dispatch(records: Records) -> Judged:
    for case in of(records.reported, Column.DISPATCH):
        yield by_promises(case, case.of(Kind.NOTIFY), notified(case))


def arrival(records: Records) -> Judged:
    for case in of(records.reported, Column.ARRIVAL):
        yield by_promises(case, case.of(Kind.ARRIVE), arrived(case))


def arrival_of(builder: bool) -> Callable[[Records], Judged]:
    """The same, only the appointments of our own people, or of the builders."""

    def split(records: Records) -> Judged:
        for case in of(records.reported, Column.ARRIVAL):
            theirs = {slip.number for slip in case.slips if slip.builder}
            rows = [row for row in case.of(Kind.ARRIVE) if (row.ref in theirs) is builder]
            yield by_promises(case, rows, any_counted(row.verdict for row in rows))

    return split


def half_hour(records: Records) -> Judged:
    """On site within 30 minutes of the report, or of the raising, of the urgent ones whose arrival counts."""
    for case in of(records.reported, Column.ARRIVAL):
        if not case.was_urgent:
            continue
        due = case.urgent_since + case.half_hour
        verdict = arrived(case)
        if verdict in {KEPT, BROKEN}:
            verdict = said(case.on_site_at is not None and case.on_site_at <= due)
        yield item(case, due=due, done=case.on_site_at), verdict


def routine(records: Records) -> Judged:
    for case in of(records.reported, Column.ARRIVAL, urgent=False):
        yield item(case), all_judged(notified(case), arrived(case))


def urgent(records: Records) -> Judged:
    for case in of(records.reported, Column.OVERNIGHT, urgent=True):
        yield item(case), all_judged(notified(case), arrived(case), finished(case))


def completion(records: Records) -> Judged:
    for case in of(records.reported, Column.COMPLETION):
        yield item(case, done=case.completed_at), said(case.completed_at is not None)


def overnight(records: Records) -> Judged:
    for case in of(records.reported, Column.OVERNIGHT):
        if case.was_urgent:
            yield by_promises(case, overnight_rows(case), finished(case))


def urgent_quality(records: Records) -> Judged:
    for case in of(records.accepted, Column.REWORK, urgent=True):
        first = case.first_answer
        unsatisfied = first is not None and first.state == CallbackState.UNSATISFIED
        yield item(case, done=case.completed_at), said(not unsatisfied and not case.reworks)


def rework(records: Records) -> Judged:
    for case in of(records.accepted, Column.REWORK):
        again = case.reworks
        yield item(case, done=again[0] if again else None), said(bool(again))


def called(case: Case, as_of: dt.datetime) -> tuple[Item, Verdict]:
    """Reached, told, or tried three times by the rule; else due or not yet (A.5)."""
    assert case.completed_at is not None, "of K"
    rows = [row for row in case.of(Kind.CALLBACK) if row.ref == "1"]
    due = rows[-1].due if rows else case.completed_at + case.callback_within
    done = case.calls[0].at if case.calls else None
    return item(case, due=due, done=done), KEPT if done else BROKEN if due <= as_of else PENDING


def callback(records: Records) -> Judged:
    for case in of(records.accepted, Column.CALLBACK):
        yield called(case, records.as_of)


def reached(records: Records) -> Judged:
    for case in of(records.accepted, Column.CALLBACK):
        row, verdict = called(case, records.as_of)
        yield row, PENDING if verdict is PENDING else said(case.first_answer is not None)


def satisfaction(records: Records) -> Judged:
    for case in of(records.accepted, Column.CALLBACK):
        if first := case.first_answer:
            yield item(case, done=first.at), said(first.state == CallbackState.SATISFIED)


def final_satisfaction(records: Records) -> Judged:
    for case in of(records.accepted, Column.CALLBACK):
        last = case.last_answer
        if last and case.first_answer:
            yield item(case, done=last.at), said(last.state == CallbackState.SATISFIED)


def correction(records: Records) -> Judged:
    for row in records.corrections:
        verdict = promised(row.due, row.verified_at, row.withdrawn_at, records.as_of)
        yield Item(row.ticket, row.number, row.due, row.verified_at), verdict


def copies(records: Records) -> Judged:
    """The third copy; one that left the desk again after the 5th was home in time all the same."""
    for slip in records.issued:
        case = records.cases[slip.ticket]
        if slip.voided or not counts(case.outcome, Column.COPIES):
            continue
        rows = [row for row in case.of(Kind.COPY_RETURN) if row.ref == slip.number]
        yield third(case, slip, rows)


def third(case: Case, slip: SlipRow, rows: list[Promise]) -> tuple[Item, Verdict]:
    verdict = BROKEN if slip.third_lost else rows[-1].verdict if rows else OUT
    row = rows[-1] if rows else None
    done = row.met if row and not slip.third_lost else None
    return Item(case.pk, slip.number, row.due if row else None, done, slip.finished_by), verdict


def collection(records: Records) -> Counted:
    """Yuan settled on the month's charges, of what they came to after their own adjustments and waivers."""
    rows = [row for row in records.charges if row.net and counts(records.cases[row.ticket].outcome, Column.MONEY)]
    counted = Counted.of((Item(row.ticket), said(row.settled >= row.net)) for row in rows)
    counted.sums = (sum((row.settled for row in rows), ZERO), sum((row.net for row in rows), ZERO))
    return counted
