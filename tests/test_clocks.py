"""The promises of time: what starts, meets, ends and rings them (SOP 5.4, lives.md §1)."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from billing import actions as billing
from billing import quoting
from callbacks import actions as callbacks
from core.clock import SHANGHAI
from core.refusals import Refusal
from tests.cast import Cast
from tickets import actions as tickets
from tickets import appointments, sla, urgency
from tickets.models import Deadline, Event
from workorders import acceptance, custody
from workorders import actions as workorders

MONDAY = dt.datetime(2026, 11, 23, 9, 12, 0, tzinfo=SHANGHAI)


@pytest.fixture
def monday():
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def at(hour: int, minute: int = 0, second: int = 0, day: int = 23, micro: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, second, micro, tzinfo=SHANGHAI)


def due(ticket, kind: str, ref: str = "") -> dt.datetime:
    row: Deadline = ticket.deadlines.open().get(kind=kind, ref=ref)
    return row.due_at


@pytest.mark.sop("5.4.1")
def test_a_report_starts_five_minutes_and_the_end_of_its_window(cast: Cast, monday) -> None:
    ticket = cast.report(window=(at(14), at(15)))
    assert {d.kind: d.due_at for d in ticket.deadlines.all()} == {"notify": at(9, 17), "arrive": at(15)}


@pytest.mark.sop("5.4.2-1")
@pytest.mark.sop("5.4.2-2")
def test_an_urgent_report_starts_five_and_thirty_minutes_and_before_night(cast: Cast, monday) -> None:
    ticket = cast.report(urgency="urgent")
    assert {d.kind: d.due_at for d in ticket.deadlines.all()} == {
        "notify": at(9, 17),
        "arrive": at(9, 42),
        "finish": at(0, day=24),
    }


@pytest.mark.clock
@pytest.mark.sop("5.4.2-1")
def test_at_ten_to_midnight_the_floor_of_four_hours_holds(cast: Cast, monday) -> None:
    monday.move_to(at(23, 50))
    ticket = cast.report(urgency="urgent")
    assert {d.kind: d.due_at for d in ticket.deadlines.all()} == {
        "notify": at(23, 55),
        "arrive": at(0, 20, day=24),
        "finish": at(3, 50, day=24),
    }


@pytest.mark.sop("5.4.1")
@pytest.mark.parametrize(("moment", "late"), [(at(9, 17), False), (at(9, 17, 0, micro=1), True)])
def test_notice_at_the_exact_second_is_in_time_and_a_microsecond_later_is_not(
    cast: Cast, monday, moment: dt.datetime, late: bool
) -> None:
    ticket = cast.report(window=(at(14), at(15)))
    monday.move_to(moment)
    tickets.notify_engineering(ticket, by=cast.zhou, to=cast.wang)
    row = ticket.deadlines.get(kind="notify")
    assert (row.late_by() > dt.timedelta(0)) is late


def test_a_missed_deadline_rings_once_dated_at_the_deadline_however_many_sweep(cast: Cast, monday) -> None:
    ticket = cast.report(window=(at(14), at(15)))
    assert [sla.escalate_missed(at(9, 17)), sla.escalate_missed(at(9, 17, 1)), sla.escalate_missed(at(9, 17, 2))] == [
        0,
        1,
        0,
    ]
    event = Event.objects.get(action="deadline_missed")
    assert (event.ticket, event.at, event.facts["kind"]) == (ticket, at(9, 17), "notify")


def test_an_appointment_moved_by_the_customer_before_it_was_due_is_not_broken(cast: Cast, monday) -> None:
    ticket = cast.notified(window=(at(14), at(15)))
    monday.move_to(at(13))
    appointments.move_appointment(
        ticket, by=cast.zhou, window=(at(17), at(18)), moved_by="customer", because="客户临时外出"
    )
    assert list(ticket.deadlines.filter(kind="arrive").order_by("pk").values_list("cancelled_because", "due_at")) == [
        ("customer", at(15)),
        ("", at(18)),
    ]
    assert [a.moved_by for a in ticket.appointments.all()] == ["customer", ""]


def test_an_appointment_moved_by_us_is_broken(cast: Cast, monday) -> None:
    ticket = cast.notified(window=(at(14), at(15)))
    monday.move_to(at(13))
    appointments.move_appointment(ticket, by=cast.zhou, window=(at(17), at(18)), moved_by="us", because="人手不足")
    assert ticket.deadlines.filter(kind="arrive", due_at=at(15)).get().cancelled_because == "us"


@pytest.mark.sop("5.1.2")
def test_a_window_agreed_while_somebody_is_on_site_leaves_the_clock_of_his_step(cast: Cast, monday) -> None:
    ticket = cast.notified(window=(at(14), at(15)))
    tickets.arrive(ticket, by=cast.wang)
    appointments.move_appointment(
        ticket, by=cast.zhou, window=(at(17), at(18)), moved_by="customer", because="下午再来"
    )
    assert due(ticket, "step") == at(10, 12)


def test_a_window_already_missed_stays_broken_when_it_is_moved(cast: Cast, monday) -> None:
    ticket = cast.notified(window=(at(14), at(15)))
    monday.move_to(at(15, 10))
    appointments.move_appointment(ticket, by=cast.zhou, window=(at(17), at(18)), moved_by="customer", because="没人来")
    assert ticket.deadlines.filter(kind="arrive", due_at=at(15)).get().cancelled_because == "superseded"


def test_absence_keeps_the_promise_at_the_moment_of_coming(cast: Cast, monday) -> None:
    ticket = cast.notified(window=(at(14), at(15)))
    monday.move_to(at(15, 12))
    appointments.record_absence(
        ticket, by=cast.wang, proof="门条已贴", window=(at(10, day=24), at(11, day=24)), at=at(15, 0)
    )
    assert ticket.deadlines.get(kind="arrive", due_at=at(15)).met_at == at(15)
    assert (due(ticket, "arrive"), ticket.absences, ticket.state) == (at(11, day=24), 1, "notified")


def test_raising_the_urgency_starts_thirty_minutes_from_the_raising(cast: Cast, monday) -> None:
    ticket = cast.notified(window=(at(14), at(15)))
    monday.move_to(at(10))
    urgency.raise_urgency(ticket, by=cast.zhou, urgency="urgent", because="水漫到客厅")
    assert (due(ticket, "arrive"), due(ticket, "finish")) == (at(10, 30), at(0, day=24))


def test_only_the_service_supervisor_lowers_an_urgency_and_what_was_missed_stays_missed(cast: Cast, monday) -> None:
    ticket = cast.notified(urgency="urgent")
    monday.move_to(at(9, 50))
    sla.escalate_missed(at(9, 50))
    urgency.lower_urgency(ticket, by=cast.lin, urgency="routine", because="已止水", window=(at(14), at(15)))
    assert ticket.deadlines.get(kind="finish").cancelled_because == "downgraded"
    assert ticket.deadlines.get(kind="arrive", due_at=at(9, 42)).escalated_at == at(9, 50)
    assert due(ticket, "arrive") == at(15)


@pytest.mark.sop("5.1.2")
def test_a_resting_state_always_runs_a_clock(cast: Cast, monday) -> None:
    ticket = cast.surveyed(window=(at(14), at(15)))
    assert due(ticket, "step") == at(21, 12)
    quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines("800.00", "0.00"))
    assert due(ticket, "step") == MONDAY + dt.timedelta(hours=48)
    quoting.accept_quote(ticket, by=cast.zhou, name="李建国", relation="owner", how="phone")
    assert due(ticket, "step") == MONDAY + dt.timedelta(hours=72)
    assert ticket.deadlines.filter(kind="step", met_at=None, cancelled_at=None).count() == 1


@pytest.mark.sop("5.5.1-4")
def test_a_slip_starts_collect_arrive_and_the_third_copys_return(cast: Cast, monday) -> None:
    slip = cast.issued(window=(at(14), at(15)))
    rows = {d.kind: d.due_at for d in slip.ticket.deadlines.open().filter(ref=slip.number)}
    assert rows == {"collect": at(14), "arrive": at(15), "copy_return": dt.datetime(2026, 12, 6, tzinfo=SHANGHAI)}


@pytest.mark.sop("5.5.1-8")
def test_acceptance_starts_the_day_for_copies_one_and_two(cast: Cast, monday) -> None:
    slip = cast.accepted_slip(window=(at(14), at(15)))
    assert due(slip.ticket, "desk_copies", slip.number) == at(9, 12, day=24)
    custody.take_in(slip, copies=[1, 2], by=cast.zhou)
    assert not slip.ticket.deadlines.open().filter(kind="desk_copies").exists()
    assert slip.state == "returned"


def test_the_third_copys_clock_survives_the_closing(cast: Cast, monday) -> None:
    slip = cast.returned(window=(at(14), at(15)))
    ticket = slip.ticket
    callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.zhou, satisfied=True)
    workorders.close(ticket, by=cast.zhou)
    assert [d.kind for d in ticket.deadlines.open()] == ["copy_return"]


def test_a_rejected_finish_runs_against_the_old_due_time(cast: Cast, monday) -> None:
    slip = cast.finished(window=(at(14), at(15)))
    first = slip.ticket.deadlines.get(kind="finish")
    acceptance.reject(slip, by=cast.wang, name="李建国", words="还在滴水")
    assert due(slip.ticket, "finish", slip.number) == first.due_at


@pytest.mark.sop("5.5.1-9")
def test_completion_starts_48_hours_for_the_callback(cast: Cast, monday) -> None:
    slip = cast.accepted_slip(window=(at(14), at(15)))
    assert due(slip.ticket, "callback", "1") == at(9, 12, day=25)


def test_backdating_is_limited_and_needs_a_reason(cast: Cast, monday) -> None:
    window = (at(14), at(15))
    with pytest.raises(Refusal, match="写明原因"):
        cast.report(window=window, reported_at=at(9, 0))
    with pytest.raises(Refusal, match="最多往前改 30 分钟"):
        cast.report(window=window, reported_at=at(8, 40), backdated_because="停电")
    ticket = cast.report(window=window, reported_at=at(8, 40), backdated_because="停机补录", by=cast.lin)
    assert (ticket.reported_at, ticket.saved_at, due(ticket, "notify")) == (at(8, 40), MONDAY, at(8, 45))


def test_a_fact_sent_late_that_kept_its_promise_silences_the_bell_but_not_the_record(cast: Cast, monday) -> None:
    ticket = cast.notified(urgency="urgent")
    sla.escalate_missed(at(9, 43))
    monday.move_to(at(9, 50))
    tickets.arrive(ticket, by=cast.wang, at=at(9, 40))
    assert ticket.deadlines.get(kind="arrive").met_at == at(9, 40)
    assert list(ticket.events.filter(action__startswith="deadline").values_list("action", flat=True)) == [
        "deadline_missed",
        "deadline_kept_after_all",
    ]


def test_a_fact_from_the_future_or_before_the_last_step_is_refused(cast: Cast, monday) -> None:
    ticket = cast.notified(urgency="urgent")
    with pytest.raises(Refusal, match="时间不能晚于现在"):
        tickets.arrive(ticket, by=cast.wang, at=at(9, 20))
    with pytest.raises(Refusal, match="时间早于上一步"):
        tickets.arrive(ticket, by=cast.wang, at=at(9, 5))


def test_cancelling_ends_every_clock_with_the_ticket(cast: Cast, monday) -> None:
    ticket = cast.notified(urgency="urgent")
    billing.cancel(ticket, by=cast.zhou, reason="customer", words="自己修好了")
    assert set(Deadline.objects.filter(ticket=ticket, met_at=None).values_list("cancelled_because", flat=True)) == {
        "ticket_ended"
    }


def test_registered_in_error_after_a_missed_notice_is_the_service_supervisors(cast: Cast, monday) -> None:
    ticket = cast.report(window=(at(14), at(15)))
    monday.move_to(at(9, 18))
    with pytest.raises(Refusal, match="误报由客服主管消单"):
        billing.cancel(ticket, by=cast.zhou, reason="error")
    billing.cancel(ticket, by=cast.lin, reason="error")
    assert ticket.state == "cancelled"
