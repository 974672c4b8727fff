"""The edge cases of the trade by their numbers, as far as no other file plays them (domain.md G; G1, G3, G6, G8-G11, G13, G15, G17, G18, G20 stand there)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from billing import actions as billing
from billing import quoting, till
from callbacks import actions as callbacks
from core import clock
from core.refusals import Refusal
from tests.cast import STROKES, Cast
from tickets import actions as tickets
from tickets import appointments
from tickets.models import Deadline
from workorders import actions as workorders

pytestmark = pytest.mark.django_db
D, HOUR = Decimal, dt.timedelta(hours=1)
ARRIVE = Deadline.Kind.ARRIVE


def at(hour: int, minute: int = 0, day: int = 23, month: int = 11) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, tzinfo=clock.SHANGHAI)


# G2 An appointment moved ----------------------------------------------------------


def moved(cast: Cast, by: str, when: dt.datetime) -> list[tuple[dt.datetime, str]]:
    """A window 14–15 h, moved at `when` to 17–18 h on somebody's wish: due times and why each row ended."""
    with clock.as_of(at(9)):
        ticket = cast.notified(window=(at(14), at(15)))
    with clock.as_of(when):
        appointments.move_appointment(ticket, by=cast.zhou, window=(at(17), at(18)), moved_by=by, because="改时间")
    rows = ticket.deadlines.filter(kind=ARRIVE).order_by("pk")
    assert [(row.starts, row.moved_by) for row in ticket.appointments.all()] == [(at(14), by), (at(17), "")]
    return [(row.due_at, row.cancelled_because) for row in rows]


def test_g2_moved_by_the_customer_before_it_was_due_the_old_promise_is_not_counted(cast: Cast) -> None:
    assert moved(cast, "customer", at(13)) == [(at(15), "customer"), (at(18), "")]


def test_g2_moved_by_us_the_old_promise_is_broken_at_once(cast: Cast) -> None:
    assert moved(cast, "us", at(13)) == [(at(15), "us"), (at(18), "")]


def test_g2_moved_after_it_was_due_it_stays_broken_whoever_asks(cast: Cast) -> None:
    assert moved(cast, "customer", at(15, 10)) == [(at(15), "superseded"), (at(18), "")]


# G4, G5 More than was quoted --------------------------------------------------------


def test_g4_a_quote_changed_on_site_is_appended_and_the_old_one_kept(cast: Cast) -> None:
    slip = cast.arrived()
    ticket = slip.ticket
    quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines("80.00", "15.00"), visit_fee_told=False)
    quoting.accept_quote(ticket, by=cast.zhou, name="李建国", relation="owner", how="phone")
    slip.refresh_from_db()
    ticket.refresh_from_db()
    assert [(quote.total, quote.state) for quote in ticket.quotes.order_by("pk")] == [
        (D("35.00"), "superseded"), (D("80.00"), "accepted"),
    ]  # fmt: skip
    assert (slip.revision, slip.quoted_total, ticket.state) == (2, D("80.00"), "ordered")
    assert {line["struck"] for line in slip.lines if line["amount"] == "20.00"} == {True}


def test_g4_refused_only_the_accepted_lines_are_charged(cast: Cast) -> None:
    slip = cast.arrived()
    quoting.offer_quote(slip.ticket, by=cast.zhou, lines=cast.lines("80.00", "15.00"), visit_fee_told=False)
    quoting.refuse_revision(slip.ticket, by=cast.zhou)
    slip.ticket.refresh_from_db()
    assert (slip.ticket.accepted_total, slip.ticket.revision_pending) == (D("35.00"), False)


def grown(cast: Cast, total: str) -> Refusal | None:
    """A repair of ¥35.00 that grows on site to `total`: what still forbids to finish it."""
    slip = cast.arrived()
    quoting.offer_quote(slip.ticket, by=cast.zhou, lines=cast.lines(total, "15.00"), visit_fee_told=False)
    quoting.accept_quote(slip.ticket, by=cast.zhou, name="李建国", relation="owner", how="phone")
    slip.refresh_from_db()
    workorders.list_parts(slip, by=cast.wang, parts=cast.parts("15.00"), verified=True)
    try:
        workorders.finish(slip, by=cast.wang, work="更换阀芯", strokes=STROKES)
    except Refusal as refusal:
        return refusal
    return None


@pytest.mark.sop("5.2.2-1c")
def test_g5_grown_to_500_on_site_it_waits_for_agreement_and_receipt(cast: Cast) -> None:
    refusal = grown(cast, "500.00")
    assert refusal is not None
    assert refusal.sentence == "满 ¥500.00，协议签字并收齐预付款后才能完工。"


@pytest.mark.sop("5.2.2-1c")
def test_g5_one_fen_less_waits_for_nothing(cast: Cast) -> None:
    assert grown(cast, "499.99") is None


# G7 Nobody answers the callback ------------------------------------------------------


def test_g7_a_fourth_call_at_the_same_hour_does_not_help(cast: Cast) -> None:
    with clock.as_of(at(9)):
        slip = cast.returned()
    caller = slip.ticket.callers.get()
    for when in (at(10, day=24), at(10, 30, day=24), at(11, day=24), at(11, 30, day=24)):
        with clock.as_of(when):
            row = callbacks.record_attempt(slip.ticket, caller=caller, by=cast.zhou)
    assert (row.state, row.attempts.count(), row.valid_attempts) == ("due", 4, 1)


def test_g7_three_calls_on_two_days_two_hours_apart_are_enough_and_the_supervisor_closes(cast: Cast) -> None:
    with clock.as_of(at(9)):
        slip = cast.returned()
    ticket, caller = slip.ticket, slip.ticket.callers.get()
    for when in (at(10, day=24), at(14, day=24), at(10, day=25)):
        with clock.as_of(when):
            row = callbacks.record_attempt(ticket, caller=caller, by=cast.zhou)
    ticket.refresh_from_db()
    assert (row.state, ticket.state, ticket.callbacks_exhausted) == ("exhausted", "called_back", True)
    with clock.as_of(at(11, day=25)):
        with pytest.raises(Refusal, match="客服主管归档"):
            workorders.close(ticket, by=cast.zhou)
        workorders.close(ticket, by=cast.lin)
    assert ticket.state == "closed"


# G12 A public fault told from a flat ---------------------------------------------------


def test_g12_a_public_fault_told_from_home_keeps_its_reporter_and_needs_no_quote(cast: Cast) -> None:
    ticket = cast.notified(
        unit=cast.unit_1201, area=cast.hall, place="public", spot="", component="pump", fault="水泵不转"
    )
    assert (ticket.site, ticket.has_caller, ticket.callers.count()) == (cast.hall, True, 1)
    tickets.arrive(ticket, by=cast.wang)
    if ticket.nature_guess != "paid_public":
        cast.photographed(ticket)
    tickets.survey(ticket, by=cast.wang, nature="paid_public", work="更换电容", reason="易损件")
    with pytest.raises(Refusal, match="不报价"):
        quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines(), visit_fee_told=False)
    assert ticket.kind_of_slip == "facility"


# G14 A technician keeps the cash -------------------------------------------------------


def test_g14_the_customer_owes_nothing_while_the_technician_still_holds_the_cash(cast: Cast) -> None:
    slip = cast.accepted_slip()
    payment = till.receive(slip.ticket, by=cast.wang, amount=D("35.00"), method="cash", payer="李建国")
    slip.ticket.refresh_from_db()
    assert (slip.ticket.balance, payment.state, payment.receipts.count()) == (D("0.00"), "received", 0)


def test_g14_who_holds_cash_over_a_day_may_take_no_more(cast: Cast) -> None:
    first, second = cast.accepted_slip(), cast.accepted_slip()
    till.receive(first.ticket, by=cast.wang, amount=D("35.00"), method="cash", payer="李建国")
    with clock.as_of(clock.now() + 25 * HOUR), pytest.raises(Refusal, match="超过 24 小时未交"):
        till.receive(second.ticket, by=cast.wang, amount=D("35.00"), method="cash", payer="李建国")


# G16 Accepted in the last minute of the month ---------------------------------------------


def test_g16_accepted_at_2359_of_the_last_day_and_called_back_in_the_next_month(cast: Cast) -> None:
    with clock.as_of(at(20, day=30)):
        slip = cast.finished()
    with clock.as_of(at(23, 59, day=30)):
        billing.accept_slip(slip, by=cast.wang, name="李建国", opinion="passed", strokes=STROKES)
    ticket = slip.ticket
    with clock.as_of(at(10, day=1, month=12)):
        callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.zhou, satisfied=True)
    row = ticket.deadlines.get(kind=Deadline.Kind.CALLBACK)
    assert (ticket.completed_at, row.due_at, row.met_at) == (
        at(23, 59, day=30),
        at(23, 59, day=30) + 48 * HOUR,
        at(10, day=1, month=12),
    )
    third = ticket.deadlines.get(kind=Deadline.Kind.COPY_RETURN)
    assert third.due_at == at(0, day=6, month=12)


# G19 A receipt with a wrong sum --------------------------------------------------------------


def test_g19_the_same_day_a_receipt_is_void_with_its_three_copies_and_gets_a_new_number(cast: Cast) -> None:
    slip = cast.paid()
    payment = slip.ticket.payments.get()
    with pytest.raises(Refusal, match="三联收齐"):
        till.void_receipt(payment, by=cast.zhou, reason="写错交款人", three_copies=False)
    fresh = till.void_receipt(payment, by=cast.zhou, reason="写错交款人", three_copies=True)
    serials = [int(number[-4:]) for number in payment.receipts.order_by("pk").values_list("number", flat=True)]
    assert (serials[1] - serials[0], fresh.voided_at) == (1, None)


def test_g19_the_next_day_only_a_contra_entry_helps(cast: Cast) -> None:
    slip = cast.paid()
    payment = slip.ticket.payments.get()
    with clock.as_of(clock.now() + 24 * HOUR):
        with pytest.raises(Refusal):
            till.void_receipt(payment, by=cast.zhou, reason="写错金额", three_copies=True)
        contra = till.reverse(payment, by=cast.lin, reason="写错金额")
    slip.ticket.refresh_from_db()
    assert (contra.amount, slip.ticket.balance) == (D("-35.00"), D("35.00"))
