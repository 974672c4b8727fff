"""The same fault again: free, counted against who made it, verified by its own callback, nobody called twice (lives.md §2, SOP 2-1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from billing import actions as billing
from billing import quoting
from callbacks import actions as callbacks
from callbacks import answers, rework
from callbacks.models import Correction
from core.clock import SHANGHAI
from core.refusals import Forbidden, Refusal
from tests.cast import STROKES, Cast
from tests.test_registration import call, rail, registered
from tests.test_steps import errors, send
from tests.test_ticket_page import offered, page, plain, sentences
from tickets import actions as tickets
from tickets import recording
from tickets.models import Ticket
from tickets.queries import redone
from workorders import actions as workorders
from workorders import custody
from workorders.models import Slip

NOON = dt.datetime(2026, 11, 2, 12, 0, tzinfo=SHANGHAI)
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
ZERO = Decimal("0.00")


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def closed(cast: Cast, **given: Any) -> Ticket:
    """A repair of 王强, paid, called back and archived."""
    slip = cast.returned(**given)
    callbacks.record_answer(slip.ticket, caller=slip.ticket.callers.get(), by=cast.zhou, satisfied=True)
    workorders.close(slip.ticket, by=cast.zhou)
    assert slip.ticket.state == "closed"
    return slip.ticket


def again(cast: Cast, first: Ticket, clock: Any, *, to: str = "surveyed", **given: Any) -> Ticket:
    """The customer rings nine days later about the same tap; up to that state."""
    clock.shift(9 * DAY)
    ticket = cast.report(rework_of=first, fault="水龙头又滴水了", **given)
    if to == "reported":
        return ticket
    tickets.notify_engineering(ticket, by=cast.zhou, to=cast.xu)
    tickets.arrive(ticket, by=cast.xu)
    tickets.survey(ticket, by=cast.xu, nature="paid_home", work="阀芯装偏，重装")
    return ticket


def confirmed(cast: Cast, clock: Any, **given: Any) -> tuple[Ticket, Ticket, Correction]:
    first = closed(cast)
    ticket = again(cast, first, clock, **given)
    correction = rework.confirm_rework(ticket, by=cast.shen, to=cast.xu)
    first.refresh_from_db()
    return first, ticket, correction


def redo(cast: Cast, ticket: Ticket, *, accept: bool = True) -> Slip:
    slip = billing.issue_slip(ticket, by=cast.zhou, technician=cast.xu, window=soon(ticket))
    workorders.collect(slip, by=cast.xu)
    workorders.arrive(slip, by=cast.xu)
    if accept:
        workorders.finish(slip, by=cast.xu, work="重装阀芯，试水不滴", strokes=STROKES)
        billing.accept_slip(slip, by=cast.xu, name="李建国", opinion="satisfied", strokes=STROKES)
    return slip


def soon(ticket: Ticket) -> Any:
    from core import clock

    now = clock.now()
    return None if ticket.window_to and ticket.window_to > now else (now + HOUR, now + 2 * HOUR)


def answer(cast: Cast, ticket: Ticket, **given: Any) -> Any:
    return callbacks.record_answer(ticket, caller=ticket.callers.get(), by=given.pop("by", cast.qian), **given)


# Proposed -----------------------------------------------------------------------------


@pytest.mark.sop("2-1")
def test_within_thirty_days_the_same_part_of_the_same_room_is_proposed_and_no_longer(cast: Cast, clock) -> None:
    first = closed(cast)
    tap, valve = first.component, cast.report(component="valve").component
    assert list(redone(cast.unit_0702, tap, NOON + 30 * DAY - HOUR)) == [first]
    assert list(redone(cast.unit_0702, tap, NOON + 30 * DAY)) == []
    assert list(redone(cast.unit_1201, tap, NOON + DAY)) == []
    assert list(redone(cast.unit_0702, valve, NOON + DAY)) == []


@pytest.mark.sop("2-1")
def test_waterproofing_is_proposed_for_ninety_days_and_an_estate_may_set_both(cast: Cast, clock) -> None:
    first = closed(cast, component="bath_seepage")
    seepage = first.component
    assert list(redone(cast.unit_0702, seepage, NOON + 90 * DAY - HOUR)) == [first]
    assert list(redone(cast.unit_0702, seepage, NOON + 90 * DAY)) == []
    type(cast.community).objects.update(seepage_rework_days=10)
    cast.unit_0702.refresh_from_db()
    cast.unit_0702.entrance.building.community.refresh_from_db()
    assert list(redone(cast.unit_0702, seepage, NOON + 10 * DAY)) == []


def test_the_card_proposes_it_and_the_ticket_is_linked_with_a_line_in_its_story(cast: Cast, sign_in, clock) -> None:
    first = closed(cast, component="valve")
    clock.shift(3 * DAY)
    client = sign_in("zhou")
    answer = rail(client, cast)
    assert (answer.context["twins"], answer.context["redone"], answer.context["rework_days"]) == ([], [first], 30)
    assert f'name="rework_of" value="{first.number}" form="register"' in answer.content.decode()
    ticket = registered(call(client, cast, rework_of=first.number, then=""))
    assert (ticket.rework_of, ticket.rework_judged) == (first, "")
    assert sentences(cast, ticket)[-1] == f"周 标为 {first.number.removeprefix('HT-')} 的返修，等主管确认"


def test_a_link_may_be_made_later_by_the_desk(cast: Cast, sign_in, clock) -> None:
    first, ticket, client = closed(cast), cast.report(), sign_in("zhou")
    assert send(client, "link_rework", ticket, earlier=first.pk).status_code == 302
    ticket.refresh_from_db()
    assert ticket.rework_of == first
    with pytest.raises(Forbidden):
        recording.link_rework(cast.report(), by=cast.shen, earlier=first)


def test_what_was_never_repaired_or_came_later_is_nothing_to_redo(cast: Cast, sign_in, clock) -> None:
    ticket, unrepaired = cast.report(), cast.report()
    for earlier in (unrepaired, closed(cast)):
        with pytest.raises(Refusal, match="选修好过的、同一处的一件报修"):
            recording.link_rework(ticket, by=cast.zhou, earlier=earlier)
    body = sign_in("zhou").get(reverse("link_rework", args=[ticket.number])).content.decode()
    assert "此处在返修期内没有修好过的报修。" in body


# Judged ----------------------------------------------------------------------------------


@pytest.mark.sop("5.4.1")
def test_notify_and_arrive_run_and_ring_for_a_rework_as_for_any_call(cast: Cast, clock) -> None:
    first = closed(cast)
    ticket = again(cast, first, clock, to="reported")
    assert set(ticket.deadlines.open().values_list("kind", flat=True)) == {"notify", "arrive"}
    correction = rework.confirm_rework(ticket, by=cast.lin, to=cast.xu)
    assert set(ticket.deadlines.open().values_list("kind", flat=True)) == {"notify", "arrive", "correction"}
    assert ticket.deadlines.get(kind="correction").due_at == correction.due_at == NOON + 9 * DAY + 72 * HOUR


@pytest.mark.sop("5.5.1-3")
def test_no_price_and_no_slip_before_a_supervisor_has_judged(cast: Cast, clock) -> None:
    ticket = again(cast, closed(cast), clock)
    with pytest.raises(Refusal, match="先由主管判定是不是返修"):
        quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines())
    with pytest.raises(Refusal, match="先由主管判定是不是返修"):
        billing.issue_slip(ticket, by=cast.zhou, technician=cast.xu, window=soon(ticket))
    for who in (cast.zhou, cast.xu, cast.mei):
        with pytest.raises(Forbidden):
            rework.confirm_rework(ticket, by=who)


@pytest.mark.sop("2-1")
def test_confirmed_it_is_a_correction_of_the_first_repair_counted_against_its_team(cast: Cast, clock) -> None:
    first, ticket, correction = confirmed(cast, clock)
    assert (correction.ticket, correction.rework, correction.needs_visit) == (first, ticket, True)
    assert (correction.first_technician, correction.first_team) == (cast.wang, cast.wang.team)
    assert (correction.state, correction.assignee) == ("assigned", cast.xu)
    assert (first.state, first.corrections_open, first.rework_due) == ("closed", 1, False)
    ticket.refresh_from_db()
    assert (ticket.rework_judged, ticket.rework_due, ticket.rework_by) == ("confirmed", True, correction.due_at)
    with pytest.raises(Refusal, match="是不是返修已判过"):
        rework.confirm_rework(ticket, by=cast.lin)


@pytest.mark.sop("2-1")
def test_a_confirmed_rework_is_free_without_quote_charge_or_receipt(cast: Cast, clock) -> None:
    _first, ticket, _correction = confirmed(cast, clock)
    with pytest.raises(Refusal, match="已确认返修，不收费，直接开返修单"):
        quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines())
    slip = redo(cast, ticket, accept=False)
    workorders.list_parts(slip, by=cast.xu, parts=cast.parts("15.00"), verified=True)
    workorders.finish(slip, by=cast.xu, work="换新阀芯", strokes=STROKES)
    billing.accept_slip(slip, by=cast.xu, name="李建国", opinion="satisfied", strokes=STROKES)
    ticket.refresh_from_db()
    assert (slip.rework, slip.due_sum, ticket.accepted_total, ticket.balance) == (True, ZERO, ZERO, ZERO)
    assert not ticket.quotes.exists() and not ticket.charges.exists() and not ticket.payments.exists()


def test_refused_it_goes_the_paid_way_with_the_reason(cast: Cast, sign_in, clock) -> None:
    first = closed(cast)
    ticket, client = again(cast, first, clock), sign_in("shen")
    assert errors(send(client, "refuse_rework", ticket, because="")) == {"because": ["填写为什么不算返修"]}
    assert send(client, "refuse_rework", ticket, because="这次是软管裂，与阀芯无关").status_code == 302
    ticket.refresh_from_db()
    assert (ticket.rework_judged, ticket.rework_of, ticket.corrections_open) == ("refused", first, 0)
    assert not Correction.objects.exists()
    quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines())
    assert ticket.state == "quoted"
    assert sentences(cast, ticket)[-2] == "沈 不算返修，照常办理 ［这次是软管裂，与阀芯无关］"


# Put right, and verified by its own callback --------------------------------------------------


@pytest.mark.sop("5.5.1-9", "2-1")
def test_its_acceptance_corrects_and_starts_its_callback_due_with_the_correction(cast: Cast, clock) -> None:
    first, ticket, correction = confirmed(cast, clock)
    clock.shift(5 * HOUR)
    redo(cast, ticket)
    correction.refresh_from_db()
    assert (correction.state, correction.corrected_by, correction.done) == ("corrected", cast.xu, "重装阀芯，试水不滴")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.callers_left) == ("completed", 1)
    assert [row.due_at for row in ticket.deadlines.open().filter(kind="callback")] == [correction.due_at]
    first.refresh_from_db()
    assert (first.state, first.callers_left) == ("closed", 0)


@pytest.mark.sop("5.5.1-9", "2-1")
def test_its_callback_verifies_the_correction_and_nobody_is_called_twice(cast: Cast, clock) -> None:
    first, ticket, correction = confirmed(cast, clock)
    slip = redo(cast, ticket)
    answer(cast, ticket, satisfied=True)
    correction.refresh_from_db()
    first.refresh_from_db()
    assert (correction.state, correction.verified_by) == ("verified", cast.qian)
    assert (first.state, first.corrections_open, first.callers_left) == ("closed", 0, 0)
    assert first.callbacks.count() == 1
    assert (ticket.state, ticket.corrections_open) == ("called_back", 0)
    custody.take_in(slip, copies=[1, 2], by=cast.zhou)
    workorders.close(ticket, by=cast.zhou)
    assert ticket.state == "closed"
    for repair in (first, ticket):
        assert set(repair.deadlines.open().values_list("kind", flat=True)) <= {"copy_return"}


@pytest.mark.sop("2-1")
def test_not_satisfied_sends_the_same_correction_back_and_a_further_slip_answers_it(cast: Cast, clock) -> None:
    first, ticket, correction = confirmed(cast, clock)
    redo(cast, ticket)
    clock.shift(HOUR)
    answer(cast, ticket, satisfied=False, opinion="还在滴")
    correction.refresh_from_db()
    assert (correction.state, Correction.objects.count(), ticket.rework_due) == ("assigned", 1, True)
    clock.shift(HOUR)
    slip = redo(cast, ticket)
    correction.refresh_from_db()
    assert (slip.rework, correction.state, ticket.slips.count()) == (True, "corrected", 2)
    answer(cast, ticket, satisfied=True)
    correction.refresh_from_db()
    assert (correction.state, [row.state for row in ticket.callbacks.order_by("round")]) == (
        "verified",
        ["unsatisfied", "satisfied"],
    )
    first.refresh_from_db()
    assert first.state == "closed"


def test_who_put_it_right_does_not_call_back(cast: Cast, clock) -> None:
    _first, ticket, _correction = confirmed(cast, clock)
    redo(cast, ticket)
    cast.xu.grant("FD", within=cast.community.pk)
    with pytest.raises(Refusal, match="回访不能由维修人自己做"):
        answer(cast, ticket, satisfied=True, by=cast.xu)


def test_three_times_unreached_the_service_supervisor_verifies(cast: Cast, clock) -> None:
    first, ticket, correction = confirmed(cast, clock)
    redo(cast, ticket)
    caller = ticket.callers.get()
    for hours in (1, 3, 24):
        clock.shift(hours * HOUR)
        callbacks.record_attempt(ticket, caller=caller, by=cast.qian)
    correction.refresh_from_db()
    callbacks.verify_unreached(correction, by=cast.lin)
    ticket.refresh_from_db()
    first.refresh_from_db()
    assert (correction.state, ticket.state, first.corrections_open) == ("verified", "called_back", 0)


def test_the_first_repair_still_to_be_called_waits_for_the_rework(cast: Cast, clock) -> None:
    first = cast.returned().ticket
    due = first.deadlines.open().get(kind="callback").due_at
    clock.shift(20 * HOUR)
    ticket = cast.report(rework_of=first, fault="水龙头又滴水了")
    correction = rework.confirm_rework(ticket, by=cast.shen, to=cast.xu)
    row = first.deadlines.open().get(kind="callback")
    assert row.due_at == correction.due_at > due
    with pytest.raises(Refusal, match=f"返修 {ticket.number.removeprefix('HT-')} 在办，随它一起回访"):
        callbacks.record_answer(first, caller=first.callers.get(), by=cast.zhou, satisfied=True)
    assert answers.uncallable(ticket, cast.zhou) == "验收以后才回访。"


# The slip ---------------------------------------------------------------------------------------


@pytest.mark.sop("5.5.1-3", "5.5.1-8")
def test_its_slip_is_due_with_the_correction_and_its_copies_come_back_like_any(cast: Cast, clock) -> None:
    _first, ticket, correction = confirmed(cast, clock)
    slip = redo(cast, ticket, accept=False)
    assert ticket.deadlines.open().get(kind="finish").due_at == correction.due_at
    assert ticket.deadlines.open().filter(kind="copy_return", ref=slip.number).exists()


def test_a_voided_rework_slip_may_be_issued_again(cast: Cast, clock) -> None:
    _first, ticket, _correction = confirmed(cast, clock)
    slip = billing.issue_slip(ticket, by=cast.zhou, technician=cast.xu, window=soon(ticket))
    assert (ticket.state, ticket.rework_due) == ("ordered", False)
    billing.void_slip(slip, by=cast.lin, reason="开错维修人")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.rework_due) == ("surveyed", True)
    further = billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang, window=soon(ticket))
    assert (further.rework, further.due_sum) == (True, ZERO)


def test_a_further_slip_of_a_rework_is_free_too(cast: Cast, clock) -> None:
    _first, ticket, _correction = confirmed(cast, clock)
    billing.issue_slip(ticket, by=cast.zhou, technician=cast.xu, window=soon(ticket))
    second = billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang, window=soon(ticket))
    assert (second.rework, second.due_sum) == (True, ZERO)


# Taken back --------------------------------------------------------------------------------------


def test_a_confirmed_rework_is_neither_cancelled_nor_merged_while_its_correction_stands(cast: Cast, clock) -> None:
    from callbacks import merging

    _first, ticket, _correction = confirmed(cast, clock)
    other = cast.report()
    with pytest.raises(Refusal, match="返修已确认，先撤销它的纠正单"):
        billing.cancel(ticket, by=cast.zhou, reason="customer")
    with pytest.raises(Refusal, match="返修已确认，先撤销它的纠正单"):
        merging.merge([ticket], into=other, by=cast.lin)


def test_a_correction_raised_wrongly_is_withdrawn_and_the_call_goes_the_paid_way(cast: Cast, clock) -> None:
    first, ticket, correction = confirmed(cast, clock)
    callbacks.withdraw(correction, by=cast.lin, because="现场看是软管裂，不是阀芯")
    ticket.refresh_from_db()
    first.refresh_from_db()
    assert (ticket.rework_judged, ticket.rework_due, ticket.corrections_open) == ("refused", False, 0)
    assert (first.state, first.corrections_open) == ("closed", 0)
    quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines())
    assert ticket.state == "quoted"


def test_it_is_not_withdrawn_while_its_slip_is_out(cast: Cast, clock) -> None:
    _first, ticket, correction = confirmed(cast, clock)
    slip = billing.issue_slip(ticket, by=cast.zhou, technician=cast.xu, window=soon(ticket))
    correction.refresh_from_db()
    with pytest.raises(Refusal, match=f"返修单 {slip.number.removeprefix('HT-')} 已开，先作废它"):
        callbacks.withdraw(correction, by=cast.lin, because="判错")


# Pages ---------------------------------------------------------------------------------------------


def test_the_supervisor_sees_who_did_what_with_which_parts_the_first_time(cast: Cast, sign_in, clock) -> None:
    first = closed(cast)
    ticket, client = again(cast, first, clock), sign_in("shen")
    assert offered(cast, ticket, "shen").main.name == "confirm_rework"
    html = plain(page(client, ticket))
    number = first.number.removeprefix("HT-")
    assert (
        f"返修的原件 待主管确认 上次 {number} 11月2日 12:00 9 天前修好 谁修的 王强（水电班） 做了什么 更换阀芯并试水 用料 陶瓷阀芯 1 只"
        in html
    )
    assert "返修待确认" in html
    assert send(client, "confirm_rework", ticket, to=cast.xu.pk).status_code == 302
    html = plain(page(client, ticket))
    assert "返修的原件 已确认返修" in html and "JZ-202611-0001 纠正中" in html
    assert "报价" not in html.partition("经过")[0] and "开单" in html  # free: what is due is the slip
    assert offered(cast, Ticket.objects.get(pk=ticket.pk)).main.name == "issue_slip"


def test_both_pages_and_the_list_of_corrections_tell_of_it(cast: Cast, sign_in, clock) -> None:
    first, ticket, correction = confirmed(cast, clock)
    numbers = [repair.number.removeprefix("HT-") for repair in (first, ticket)]
    assert f"返修 {numbers[1]} 上次 王 修" in plain(page(sign_in("lin"), first, "?part=side"))
    assert sentences(cast, ticket)[-1] == "沈 确认返修，免费"
    assert sentences(cast, first)[-2:] == ["沈 提出纠正 JZ-202611-0001，交工程部", "沈 指派徐亮纠正"]
    body = plain(sign_in("lin").get("/corrections/").content.decode())
    assert f"JZ-202611-0001 返修自 {numbers[0]} 计水电班" in body
    assert correction.asked == ticket


def test_the_steps_of_a_rework_are_open_to_the_roles_of_the_procedure(cast: Cast, clock) -> None:
    ticket = again(cast, closed(cast), clock)
    assert {"confirm_rework", "refuse_rework"} <= {offer.name for offer in everything(cast, ticket, "lin")}
    assert not {"confirm_rework", "refuse_rework"} & {offer.name for offer in everything(cast, ticket, "zhou")}


def everything(cast: Cast, ticket: Ticket, who: str) -> list[Any]:
    steps = offered(cast, ticket, who)
    return [*filter(None, [steps.main]), *steps.others, *steps.rare, *steps.blocked]
