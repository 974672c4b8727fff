"""Urgency taken off, put on or put off while a slip is in work: the slip never lies without a clock (SOP 5.1.2, 5.4)."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from billing import actions as billing
from billing import quoting
from core.clock import SHANGHAI
from tests.cast import STROKES, Cast
from tickets import urgency as raising
from tickets.models import Ticket
from workorders import acceptance, urgency
from workorders import actions as workorders

MIDNIGHT = dt.datetime(2026, 11, 24, 0, 0, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(dt.datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI), tick=False) as traveller:
        yield traveller


def clocks(ticket: Ticket) -> dict[tuple[str, str], dt.datetime]:
    """Open clocks of the work, by kind and ref."""
    rows = ticket.deadlines.open().exclude(kind="copy_return")
    return {(row.kind, row.ref): row.due_at for row in rows}


@pytest.mark.sop("5.1.2", "5.4.2-1")
def test_lowered_while_the_slip_is_in_work_its_day_ends_instead_of_before_night(cast: Cast) -> None:
    slip = cast.arrived(urgency="urgent")
    assert clocks(slip.ticket) == {("finish", ""): MIDNIGHT}
    urgency.lower_urgency(slip.ticket, by=cast.lin, urgency="prompt", because="总阀已关")
    assert clocks(slip.ticket) == {("finish", slip.number): MIDNIGHT}
    assert slip.ticket.deadlines.get(kind="finish", ref="").cancelled_because == "downgraded"


def test_lowered_and_finished_the_slips_own_promise_is_met(cast: Cast, clock) -> None:
    slip = cast.finished(urgency="urgent")
    acceptance.reject(slip, by=cast.wang, name="李建国", words="还在滴", strokes=STROKES)
    urgency.lower_urgency(slip.ticket, by=cast.lin, urgency="prompt", because="总阀已关")
    clock.shift(600)
    workorders.finish(slip, by=cast.wang, work="重新装好", strokes=STROKES, unused_confirmed=True)
    assert [kind for kind, _ref in clocks(slip.ticket)] == ["step"]


@pytest.mark.sop("5.4.2-1")
def test_raised_in_work_there_is_one_promise_to_finish_and_lowered_again_the_old_one(cast: Cast) -> None:
    slip = cast.arrived()
    before = clocks(slip.ticket)
    assert list(before) == [("finish", slip.number)]
    raising.raise_urgency(slip.ticket, by=cast.zhou, urgency="urgent", because="水漫到客厅")
    assert clocks(slip.ticket) == {("finish", ""): MIDNIGHT}
    urgency.lower_urgency(slip.ticket, by=cast.lin, urgency="prompt", because="总阀已关")
    assert clocks(slip.ticket) == before


@pytest.mark.sop("5.1.2")
def test_put_off_by_the_customer_in_work_a_date_is_agreed_within_a_day(cast: Cast, clock) -> None:
    slip = cast.arrived(urgency="urgent")
    urgency.customer_asks_to_wait(slip.ticket, by=cast.zhou, because="周末再修")
    assert clocks(slip.ticket) == {("step", slip.number): dt.datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)}
    window = (MIDNIGHT + dt.timedelta(hours=34), MIDNIGHT + dt.timedelta(hours=36))
    workorders.leave(slip, by=cast.wang, why="customer", window=window)
    assert clocks(slip.ticket) == {("arrive", slip.number): window[1]}
    clock.move_to(window[0])
    workorders.arrive(slip, by=cast.wang)
    assert clocks(slip.ticket) == {("finish", slip.number): MIDNIGHT + dt.timedelta(days=2)}


@pytest.mark.sop("5.1.2")
def test_a_revision_offered_falls_away_with_its_clock_when_its_slip_is_voided(cast: Cast) -> None:
    slip = cast.arrived()
    ticket = slip.ticket
    quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines("60.00", "15.00"))
    assert ("step", "quote-2") in clocks(ticket)
    billing.void_slip(slip, by=cast.lin, reason="写错")
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert (ticket.state, list(clocks(ticket))) == ("accepted", [("step", "")])
    assert [quote.state for quote in ticket.quotes.order_by("n")] == ["accepted", "superseded"]


def test_a_second_revision_takes_the_place_and_the_clock_of_the_first(cast: Cast) -> None:
    slip = cast.arrived()
    for total in ("60.00", "70.00"):
        quoting.offer_quote(slip.ticket, by=cast.zhou, lines=cast.lines(total, "15.00"))
    assert [ref for kind, ref in clocks(slip.ticket) if kind == "step"] == ["quote-3"]
