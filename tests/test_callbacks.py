"""Calling back and putting right: satisfied, not satisfied, not reached (SOP 5.5.1-9, 2-1, G7)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine

from billing import actions as billing
from callbacks import actions as callbacks
from core.clock import SHANGHAI
from core.refusals import Refusal
from tests.cast import STROKES, Cast
from tickets.conditions import owes
from workorders import actions as workorders


@pytest.fixture
def clock():
    with time_machine.travel(dt.datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI), tick=False) as traveller:
        yield traveller


def answer(cast: Cast, ticket, **given):
    return callbacks.record_answer(ticket, caller=ticket.callers.get(), by=given.pop("by", cast.zhou), **given)


@pytest.mark.sop("5.5.1-9")
def test_an_unsatisfied_answer_raises_a_correction_and_the_next_call_verifies_it(cast: Cast) -> None:
    ticket = cast.returned().ticket
    answer(cast, ticket, satisfied=False, opinion="还在滴水", department="engineering")
    correction = ticket.corrections.get()
    assert (ticket.state, ticket.corrections_open, ticket.callers_left, correction.state) == (
        "completed",
        1,
        1,
        "raised",
    )
    callbacks.assign(correction, by=cast.shen, to=cast.wang)
    callbacks.correct(correction, by=cast.wang, done="重新拧紧阀芯")
    answer(cast, ticket, satisfied=True)
    correction.refresh_from_db()
    assert (ticket.state, correction.state, ticket.corrections_open) == ("called_back", "verified", 0)
    assert [(c.round, c.state) for c in ticket.callbacks.all()] == [(1, "unsatisfied"), (2, "satisfied")]
    assert not ticket.deadlines.open().filter(kind__in=["callback", "correction"]).exists()


@pytest.mark.sop("2-1")
def test_not_satisfied_again_sends_the_correction_back_on_the_same_clock(cast: Cast) -> None:
    ticket = cast.returned().ticket
    answer(cast, ticket, satisfied=False, opinion="还在滴水")
    correction = ticket.corrections.get()
    callbacks.assign(correction, by=cast.shen, to=cast.wang)
    callbacks.correct(correction, by=cast.wang, done="重新拧紧")
    answer(cast, ticket, satisfied=False, opinion="仍在滴水")
    correction.refresh_from_db()
    assert (correction.state, ticket.corrections.count()) == ("assigned", 1)
    assert [d.due_at for d in ticket.deadlines.open().filter(kind="correction")] == [correction.due_at]


@pytest.mark.sop("5.5.1-9")
def test_nothing_closes_while_something_is_owed_and_the_page_lists_what(cast: Cast) -> None:
    slip = cast.accepted_slip()
    ticket = slip.ticket
    assert owes(ticket) == ["第一、二联未回前台", "款项未结清", "回访未完成"]
    with pytest.raises(Refusal):
        workorders.close(ticket, by=cast.zhou)
    answer(cast, ticket, satisfied=True)
    with pytest.raises(Refusal, match="还有未清的事项，不能归档。"):
        workorders.close(ticket, by=cast.zhou)
    assert (ticket.state, owes(ticket)) == ("called_back", ["第一、二联未回前台", "款项未结清"])


def test_who_repaired_does_not_call_back(cast: Cast) -> None:
    cast.wang.grant("FD", within=cast.community.pk)
    ticket = cast.returned().ticket
    with pytest.raises(Refusal, match="回访不能由维修人自己做"):
        answer(cast, ticket, satisfied=True, by=cast.wang)


def test_an_unsatisfied_answer_needs_the_customers_words(cast: Cast) -> None:
    ticket = cast.returned().ticket
    with pytest.raises(Refusal, match="不满意要写客户意见"):
        answer(cast, ticket, satisfied=False)
    assert (ticket.callbacks.count(), ticket.corrections.count()) == (0, 0)


def test_three_attempts_on_two_days_two_hours_apart_exhaust_a_round_and_the_supervisor_closes(
    cast: Cast, clock
) -> None:
    ticket = cast.returned().ticket
    caller = ticket.callers.get()
    for moment in ((23, 10, 30), (23, 13, 0), (23, 16, 0), (24, 10, 0)):
        day, hour, minute = moment
        clock.move_to(dt.datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI))
        row = callbacks.record_attempt(ticket, caller=caller, by=cast.zhou)
        assert row.state == ("exhausted" if day == 24 else "due")
    assert (ticket.state, ticket.callbacks_exhausted) == ("called_back", True)
    with pytest.raises(Refusal, match="三次未接通，由客服主管归档"):
        workorders.close(ticket, by=cast.zhou)
    workorders.close(ticket, by=cast.lin)
    assert ticket.state == "closed"


def test_a_correction_that_needs_a_visit_waits_for_its_rework_slip(cast: Cast) -> None:
    slip = cast.returned()
    ticket = slip.ticket
    answer(cast, ticket, satisfied=False, opinion="还在滴水", needs_visit=True)
    correction = ticket.corrections.get()
    callbacks.assign(correction, by=cast.shen, to=cast.wang)
    with pytest.raises(Refusal, match="返修单验收后才算完成"):
        callbacks.correct(correction, by=cast.wang, done="换新阀芯")
    again = billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang)
    assert (ticket.state, again.rework, again.due_sum, ticket.rework_due) == ("ordered", True, Decimal("0.00"), False)
    workorders.collect(again, by=cast.wang)
    workorders.arrive(again, by=cast.wang)
    workorders.finish(again, by=cast.wang, work="换新阀芯", strokes=STROKES)
    first_completed = ticket.completed_at
    billing.accept_slip(again, by=cast.wang, name="李建国", opinion="satisfied", strokes=STROKES)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.completed_at, ticket.balance) == ("completed", first_completed, Decimal("0.00"))
    correction.refresh_from_db()
    callbacks.correct(correction, by=cast.wang, done="换新阀芯")
    answer(cast, ticket, satisfied=True)
    assert ticket.state == "called_back"


def test_a_patrols_own_report_is_closed_without_a_call(cast: Cast) -> None:
    slip = cast.returned(relation="patrol", reporter_name="周敏")
    assert (slip.ticket.state, slip.ticket.callers_left) == ("completed", 0)
    assert [d.kind for d in slip.ticket.deadlines.open().exclude(kind="copy_return")] == ["step"]
    workorders.close(slip.ticket, by=cast.zhou)
    assert slip.ticket.state == "closed"
