"""Complaints: on a repair or on none, owned, promised, answered, ended by the complainant's word (SOP 3.1-2, 3.2, 5.1.2; lives.md §7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from billing import actions as billing
from callbacks import actions as callbacks
from callbacks import complaining
from callbacks.models import Complaint
from core.clock import SHANGHAI
from core.refusals import Forbidden, Refusal
from people.roles import SS
from places.models import Community
from tests.accounts import somebody
from tests.cast import Cast, the_cast
from tests.test_steps import together
from tickets import actions as tickets
from tickets import sla
from tickets.evidence import broken_links
from tickets.models import Acknowledgement, Deadline, Event, Remark
from workorders import actions as workorders

MONDAY = dt.datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def monday():
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def complain(cast: Cast, **given: Any) -> Complaint:
    """陈小红 of 3-2-1201 complains by telephone of a rude answer; with `ticket` about a repair."""
    by, promised, at = (given.pop(name, None) for name in ("by", "promised", "at"))
    ticket = given.get("ticket")
    fields: dict[str, Any] = {
        "community": cast.community, "unit": None if ticket else cast.unit_1201, "name": "陈小红", "relation": "tenant", "phone": "13900002222",
        "kind": "manner", "content": "前台说话不耐烦，电话没讲完就挂断", **given,
    }  # fmt: skip
    return complaining.record_complaint(Complaint(**fields), by=by or cast.zhou, promised=promised, at=at)


def owned(cast: Cast, **given: Any) -> Complaint:
    complaint = complain(cast, **given)
    complaining.own(complaint, by=cast.lin)
    return complaint


def answered(cast: Cast, **given: Any) -> Complaint:
    complaint = owned(cast, **given)
    complaining.answer(complaint, by=cast.lin, reply="已向您致歉，当班人员重新培训", outcome="upheld")
    return complaint


def clocks(complaint: Complaint) -> list[tuple[str, dt.datetime, bool, str]]:
    """kind, due, open, why cancelled."""
    rows = Deadline.objects.filter(ref=complaint.number).order_by("pk")
    return [(row.kind, row.due_at, row.is_open, row.cancelled_because) for row in rows]


def told(complaint: Complaint) -> list[str]:
    rows = Event.objects.filter(ticket=complaint.ticket, stream=complaint.stream, action__startswith="complaint_")
    return list(rows.order_by("seq").values_list("action", flat=True))


# The life ------------------------------------------------------------------------------


@pytest.mark.sop("3.1")
@pytest.mark.sop("3.2")
def test_a_complaint_on_no_repair_is_recorded_owned_answered_and_ended_by_the_complainants_word(cast, monday):
    complaint = complain(cast)
    assert (complaint.number, complaint.state, complaint.recorded_by) == ("HT-TS-202611-0001", "recorded", cast.zhou)
    monday.shift(HOUR)
    complaining.own(complaint, by=cast.lin)
    assert (complaint.state, complaint.owner) == ("owned", cast.lin)
    complaining.answer(complaint, by=cast.lin, reply="已致歉", outcome="upheld", way="visit")
    complaining.close(complaint, by=cast.lin, word="可以，下次注意", way="phone")
    complaint.refresh_from_db()
    assert (complaint.state, complaint.reply, complaint.outcome, complaint.word) == ("closed", "已致歉", "upheld", "可以，下次注意")  # fmt: skip
    assert told(complaint) == ["complaint_record", "complaint_own", "complaint_answer", "complaint_close"]
    assert list(broken_links()) == []


@pytest.mark.sop("5.1.2")
def test_every_state_but_the_last_runs_a_clock(cast, monday):
    complaint = complain(cast)
    assert clocks(complaint) == [("complaint", MONDAY + 72 * HOUR, True, "")]
    complaining.own(complaint, by=cast.lin)
    assert clocks(complaint) == [("complaint", MONDAY + 72 * HOUR, True, "")]
    complaining.answer(complaint, by=cast.lin, reply="已致歉", outcome="partly")
    assert [(kind, is_open) for kind, _due, is_open, _why in clocks(complaint)] == [("complaint", False), ("step", True)]  # fmt: skip
    complaining.close(complaint, by=cast.lin, word="认可")
    assert [is_open for _kind, _due, is_open, _why in clocks(complaint)] == [False, False]


def test_a_promised_time_is_the_due_time_and_one_that_has_passed_is_refused(cast, monday):
    assert clocks(complain(cast, promised=MONDAY + 5 * HOUR)) == [("complaint", MONDAY + 5 * HOUR, True, "")]
    with pytest.raises(Refusal, match="答应答复的时间已过"):
        complain(cast, promised=MONDAY)
    assert Complaint.objects.count() == 1


def test_not_content_starts_the_clock_again_and_the_first_answer_stays_on_record(cast, monday):
    complaint = answered(cast)
    monday.shift(3 * HOUR)
    complaining.not_content(complaint, by=cast.lin, word="只道歉不够", promised=MONDAY + 30 * HOUR)
    assert (complaint.state, complaint.returned, complaint.owner) == ("owned", 1, cast.lin)
    assert clocks(complaint)[-1] == ("complaint", MONDAY + 30 * HOUR, True, "")
    complaining.answer(complaint, by=cast.lin, reply="已调离岗位", outcome="upheld")
    complaining.close(complaint, by=cast.lin, word="认可")
    assert list(Remark.objects.filter(event__action="complaint_answer").order_by("pk").values_list("text", flat=True)) == [
        "已向您致歉，当班人员重新培训", "已调离岗位",
    ]  # fmt: skip
    assert [is_open for _kind, _due, is_open, _why in clocks(complaint)] == [False] * 4


def test_without_a_new_promise_the_second_answer_is_due_in_72_hours(cast, monday):
    complaint = answered(cast)
    monday.shift(HOUR)
    complaining.not_content(complaint, by=cast.lin, word="不满意")
    assert clocks(complaint)[-1] == ("complaint", MONDAY + 73 * HOUR, True, "")


@pytest.mark.parametrize("make", [complain, owned])
def test_it_is_withdrawn_before_the_answer_with_a_reason_and_keeps_its_number(cast, monday, make):
    complaint = make(cast)
    with pytest.raises(Refusal, match="撤销要写原因"):
        complaining.withdraw(complaint, by=cast.lin, because=" ")
    complaining.withdraw(complaint, by=cast.lin, because="投诉人来电撤回")
    assert (complaint.state, clocks(complaint)[-1][3], complain(cast).number) == ("withdrawn", "customer", "HT-TS-202611-0002")  # fmt: skip


@pytest.mark.parametrize(
    ("make", "step", "given", "said"),
    [
        (complain, complaining.answer, {"reply": "好的", "outcome": "upheld"}, "现为“待受理”，不能答复投诉"),
        (owned, complaining.own, {}, "现为“处理中”，不能受理投诉"),
        (owned, complaining.answer, {"reply": "", "outcome": "upheld"}, "写明答复"),
        (owned, complaining.answer, {"reply": "已致歉", "outcome": ""}, "写明答复，并选处理结论"),
        (owned, complaining.close, {"word": "认可"}, "现为“处理中”，不能办结投诉"),
        (answered, complaining.close, {"word": " "}, "写明投诉人怎么说"),
        (answered, complaining.not_content, {"word": ""}, "写明投诉人怎么说"),
        (answered, complaining.withdraw, {"because": "误记"}, "现为“待投诉人确认”，不能撤销投诉"),
    ],
)
def test_a_step_out_of_turn_or_without_its_words_is_refused_and_leaves_no_trace(cast, monday, make, step, given, said):
    complaint = make(cast)
    before = (complaint.state, complaint.version, Event.objects.count(), clocks(complaint))
    with pytest.raises(Refusal, match=said):
        step(complaint, by=cast.lin, **given)
    complaint.refresh_from_db()
    assert (complaint.state, complaint.version, Event.objects.count(), clocks(complaint)) == before
    assert (complaint.reply == "") == (make is not answered)


@pytest.mark.sop("3.2")
def test_the_desk_records_and_the_service_supervisor_alone_does_the_rest(cast, monday):
    complaint = complain(cast)
    for person in (cast.zhou, cast.shen, cast.mei, cast.wang):
        with pytest.raises(Forbidden):
            complaining.own(complaint, by=person)
    for person in (cast.night, cast.shen, cast.mei, cast.wang, cast.fin):
        with pytest.raises(Forbidden):
            complain(cast, by=person)
    assert (Complaint.objects.count(), complaint.state) == (1, "recorded")


@pytest.mark.parametrize("missing", ["name", "phone", "content"])
def test_nothing_is_recorded_without_who_and_what(cast, monday, missing):
    with pytest.raises(Refusal):
        complain(cast, **{missing: ""})
    assert (Complaint.objects.count(), complain(cast).number) == (0, "HT-TS-202611-0001")


def test_facts_of_its_events_hold_no_words_of_people(cast, monday):
    complaint = owned(cast, name="Li", content="rude", kind="manner")
    complaining.answer(complaint, by=cast.lin, reply="OK", outcome="upheld")
    complaining.close(complaint, by=cast.lin, word="Fine")
    said = {str(value) for event in Event.objects.all() for value in event.facts.values()}
    assert said & {"Li", "rude", "OK", "Fine", "13900002222"} == set()


# On a repair ---------------------------------------------------------------------------------


def test_it_does_not_hold_the_repair_open_and_goes_on_when_the_repair_is_closed(cast, monday):
    ticket = cast.returned(window=(MONDAY + 4 * HOUR, MONDAY + 5 * HOUR)).ticket
    complaint = complain(cast, ticket=ticket)
    callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.zhou, satisfied=True)
    workorders.close(ticket, by=cast.zhou)
    assert ticket.state == "closed"
    assert clocks(complaint) == [("complaint", MONDAY + 72 * HOUR, True, "")]


def test_cancelling_the_repair_leaves_the_promise_to_the_complainant(cast, monday):
    ticket = cast.notified()
    complaint = complain(cast, ticket=ticket, kind="timeliness")
    billing.cancel(ticket, by=cast.zhou, reason="customer", words="自己修好了")
    assert list(ticket.deadlines.open().values_list("kind", flat=True)) == ["complaint"]
    complaining.own(complaint, by=cast.lin)
    complaining.answer(complaint, by=cast.lin, reply="已解释", outcome="partly")
    assert list(ticket.deadlines.open().values_list("kind", flat=True)) == ["step"]
    assert told(complaint) == ["complaint_record", "complaint_own", "complaint_answer"]


def test_a_finished_repair_is_put_right_by_a_correction_that_names_the_complaint(cast, monday):
    ticket = cast.returned().ticket
    complaint = owned(cast, ticket=ticket, kind="quality")
    correction = complaining.raise_correction(complaint, by=cast.lin, department="engineering", what="重做")
    assert (correction.complaint, correction.ticket, ticket.corrections.get()) == (complaint, ticket, correction)
    ticket.refresh_from_db()
    assert (ticket.corrections_open, complaint.state) == (1, "owned")


def test_without_a_finished_repair_there_is_nothing_to_correct(cast, monday):
    for ticket, said in ((None, "没有对应的报修"), (cast.notified(), "验收以后才开纠正单")):
        with pytest.raises(Refusal, match=said):
            complaining.raise_correction(owned(cast, ticket=ticket), by=cast.lin, department="desk", what="道歉")


# The bell ------------------------------------------------------------------------------------


@pytest.mark.sop("3.2")
def test_a_missed_answer_on_no_repair_rings_once_dated_at_the_deadline_however_many_sweep(cast, monday):
    complaint = complain(cast, promised=MONDAY + HOUR)
    late = MONDAY + HOUR + dt.timedelta(seconds=1)
    assert [sla.escalate_missed(at) for at in (MONDAY + HOUR, late, late + HOUR)] == [0, 1, 0]
    event = Event.objects.get(action="deadline_missed")
    assert (event.ticket, event.stream, event.at, event.facts["kind"]) == (None, complaint.number, MONDAY + HOUR, "complaint")  # fmt: skip
    assert list(broken_links()) == []


def test_the_bell_is_silenced_once_and_the_clock_goes_on(cast, monday):
    complaint = complain(cast, promised=MONDAY + HOUR)
    monday.shift(2 * HOUR)
    assert [complaining.acknowledge(complaint, by=cast.lin), complaining.acknowledge(complaint, by=cast.mei)] == [1, 0]
    assert (Acknowledgement.objects.get().by, clocks(complaint)[0][2]) == (cast.lin, True)


def test_an_answer_sent_late_that_kept_its_promise_silences_the_bell_but_not_the_record(cast, monday):
    complaint = owned(cast, promised=MONDAY + HOUR)
    sla.escalate_missed(MONDAY + 2 * HOUR)
    monday.shift(2 * HOUR)
    complaining.answer(complaint, by=cast.lin, reply="已答复", outcome="upheld", at=MONDAY + dt.timedelta(minutes=50))
    rows = Event.objects.filter(stream=complaint.number, action__startswith="deadline").order_by("seq")
    assert list(rows.values_list("action", flat=True)) == ["deadline_missed", "deadline_kept_after_all"]


def test_two_open_promises_of_one_complaint_on_no_repair_cannot_stand(cast, monday):
    from django.db import IntegrityError, transaction

    complaint = complain(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Deadline.objects.create(kind="complaint", ref=complaint.number, started_at=MONDAY, due_at=MONDAY + HOUR)


# Two at once, and elsewhere --------------------------------------------------------------------


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_eight_clerks_recording_at_once_take_the_numbers_one_to_eight() -> None:
    cast = the_cast()
    together(*[lambda: complain(cast) for _clerk in range(8)])
    assert sorted(int(number[-4:]) for number in Complaint.objects.values_list("number", flat=True)) == list(range(1, 9))  # fmt: skip


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_a_sweep_and_a_step_at_the_same_moment_keep_one_chain() -> None:
    cast = the_cast()
    complaint = complain(cast, promised=MONDAY + HOUR, at=MONDAY)
    fresh = [Complaint.objects.get(pk=complaint.pk) for _copy in range(2)]

    def own() -> str:
        try:
            complaining.own(fresh.pop(), by=cast.lin)
        except Refusal:
            return "refused"
        return "owned"

    done = together(own, own, *[sla.escalate_missed] * 2)
    assert sorted(map(str, done[:2])) == ["owned", "refused"]
    assert Event.objects.filter(stream=complaint.number, action="deadline_missed").count() == 1
    assert list(broken_links()) == []


def test_nobody_of_another_community_records_or_owns_here(cast, monday):
    other = Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")
    stranger = somebody("stranger", SS, within=other.pk)
    complaint = complain(cast)
    with pytest.raises(Forbidden):
        complaining.own(complaint, by=stranger)
    with pytest.raises(Forbidden):
        complain(cast, by=stranger)
    assert list(Complaint.objects.visible_to(stranger)) == []


def test_a_note_of_a_repair_is_no_step_of_its_complaint(cast, monday):
    ticket = cast.notified()
    complaint = complain(cast, ticket=ticket)
    tickets.note(ticket, by=cast.zhou, words="记一笔")
    assert told(complaint) == ["complaint_record"]
