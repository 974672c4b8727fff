"""The other natures of repair, walked by the real actions: warranty by the builder, public areas, municipal (5.5.2, 5.5.3)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from billing import actions as billing
from callbacks import actions as callbacks
from core import clock
from core.refusals import Forbidden, Refusal
from places.models import Builder, BuiltBy, Component
from tests.cast import STROKES, Cast
from tickets import actions as tickets
from tickets import judging
from tickets.models import Deadline, Ticket
from workorders import acceptance, custody, issuing, notices, referrals
from workorders import actions as workorders
from workorders.models import Part, Referral, Slip

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
ZERO = Decimal("0.00")


def soon(hours: int = 3) -> tuple[dt.datetime, dt.datetime]:
    return clock.now() + hours * HOUR, clock.now() + (hours + 1) * HOUR


def leaking(cast: Cast, **given: Any) -> Ticket:
    """A water pipe of 1201 leaks, in warranty, surveyed as such."""
    ticket = cast.notified(unit=cast.unit_1201, component="water_pipe", fault="厨房水管接口渗水", **given)
    tickets.arrive(ticket, by=cast.wang)
    tickets.survey(ticket, by=cast.wang, nature="warranty_home", work="接口未粘牢，切除重粘")
    return ticket


def dark_hall(cast: Cast, nature: str = "paid_public", **given: Any) -> Ticket:
    """A pump of the hall stands still, surveyed."""
    ticket = cast.notified(
        unit=None, area=cast.hall, place="public", spot="", component="pump", fault="水泵机封漏水，压力不足", **given
    )
    tickets.arrive(ticket, by=cast.wang)
    reason = "" if nature == ticket.nature_guess else "机封是易损件，不在质保内"
    if reason:
        cast.photographed(ticket)
    tickets.survey(ticket, by=cast.wang, nature=nature, work="更换机封", reason=reason)
    return ticket


def warranty_slip(cast: Cast, ticket: Ticket) -> Slip:
    notice = notices.send_notice([ticket], by=cast.zhou)
    notices.agree_time(notice, by=cast.zhou, window=soon())
    ticket.refresh_from_db()
    return issuing.issue_warranty_slip(ticket, by=cast.zhou, technician=cast.wang)


def repaired(cast: Cast, slip: Slip) -> Slip:
    workorders.collect(slip, by=cast.zhou, name="赵工")
    workorders.arrive(slip, by=cast.wang)
    workorders.finish(slip, by=cast.wang, work="切除重粘，试压", name="赵工", strokes=STROKES)
    return slip


def open_kinds(ticket: Ticket) -> list[str]:
    return sorted(f"{row.kind}{'/' + row.ref if row.ref else ''}" for row in ticket.deadlines.open())


# The builder's work in a dwelling ---------------------------------------------


@pytest.mark.sop("5.5.2-1", "5.5.2-3", "5.5.2-4", "5.5.2-5", "5.5.2-6")
def test_a_warranty_repair_goes_from_the_call_to_the_archive(cast: Cast) -> None:
    ticket = leaking(cast)
    slip = repaired(cast, warranty_slip(cast, ticket))
    billing.accept_slip(slip, by=cast.zhou, name="李建国", opinion="passed", strokes=STROKES)
    assert (slip.state, slip.accepted_at) == ("finished", None)
    billing.countersign_slip(slip, by=cast.shen, opinion="passed", words="合格", strokes=STROKES)
    assert (slip.state, slip.ticket.state, slip.ticket.balance) == ("accepted", "completed", Decimal("0.00"))
    custody.take_in(slip, copies=[1, 2, 3], by=cast.zhou)
    ticket = slip.ticket
    callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.zhou, satisfied=True)
    workorders.close(ticket, by=cast.zhou)
    slip.refresh_from_db()
    assert (ticket.state, slip.state, ticket.charges.count()) == ("closed", "filed", 0)
    assert list(slip.signatures.values_list("role", "name")) == [
        ("builder", "赵工"), ("customer", "李建国"), ("engineering", "沈刚"),
    ]  # fmt: skip


def test_either_signature_may_come_first(cast: Cast) -> None:
    slip = repaired(cast, warranty_slip(cast, leaking(cast)))
    billing.countersign_slip(slip, by=cast.shen, opinion="passed", strokes=STROKES)
    assert slip.state == "finished"
    billing.accept_slip(slip, by=cast.zhou, name="李建国", opinion="passed", strokes=STROKES)
    assert slip.state == "accepted"


def test_a_rejection_by_one_takes_the_others_acceptance_away(cast: Cast) -> None:
    slip = repaired(cast, warranty_slip(cast, leaking(cast)))
    billing.accept_slip(slip, by=cast.zhou, name="李建国", opinion="passed", strokes=STROKES)
    acceptance.reject(slip, by=cast.shen, name="沈刚", words="试压不足", strokes=STROKES)
    assert slip.state == "arrived"
    assert slip.signatures.filter(dropped=False).count() == 0


def test_no_warranty_slip_before_the_builder_is_notified(cast: Cast) -> None:
    ticket = leaking(cast)
    with pytest.raises(Refusal, match="先通知原施工单位"):
        issuing.issue_warranty_slip(ticket, by=cast.zhou, technician=cast.wang)


def test_the_notice_stops_the_steps_clock_and_starts_the_builders(cast: Cast) -> None:
    ticket = leaking(cast)
    notice = notices.send_notice([ticket], by=cast.zhou)
    ticket.refresh_from_db()
    assert open_kinds(ticket) == [f"builder_reply/{notice.number}"]
    row = ticket.deadlines.open().get()
    assert row.due_at == notice.sent_at + 48 * HOUR
    notices.agree_time(notice, by=cast.zhou, window=soon())
    ticket.refresh_from_db()
    assert open_kinds(ticket) == ["step"]
    assert ticket.builder_reply == "agreed"


def test_an_urgent_notice_gives_two_hours(cast: Cast) -> None:
    ticket = leaking(cast, urgency="urgent")
    notice = notices.send_notice([ticket], by=cast.zhou)
    assert (notice.arrive_by - notice.sent_at, notice.form) == (2 * HOUR, "phone")


def test_who_built_that_part_answers_for_it_before_who_built_the_house(cast: Cast) -> None:
    plumber = Builder.objects.create(community=cast.community, name="顺达安装")
    BuiltBy.objects.create(community=cast.community, component=Component.objects.get(pk="water_pipe"), builder=plumber)
    notice = notices.send_notice([leaking(cast)], by=cast.zhou)
    assert notice.builder == plumber


def test_the_countersigner_is_not_the_one_who_did_it(cast: Cast) -> None:
    ticket = dark_hall(cast)
    slip = facility(cast, ticket, technician=cast.shen)
    workorders.collect(slip, by=cast.zhou)
    workorders.arrive(slip, by=cast.shen)
    workorders.finish(slip, by=cast.shen, work="更换机封", no_parts=True, strokes=STROKES)
    with pytest.raises(Refusal, match="不能自己验收"):
        billing.countersign_slip(slip, by=cast.shen, opinion="passed", strokes=STROKES)
    billing.countersign_slip(slip, by=cast.mei, opinion="passed", strokes=STROKES)
    assert slip.state == "accepted"


def test_money_does_not_stand_on_a_warranty_slip(cast: Cast) -> None:
    slip = warranty_slip(cast, leaking(cast))
    workorders.collect(slip, by=cast.zhou, name="赵工")
    workorders.arrive(slip, by=cast.wang)
    with pytest.raises(Refusal, match="维保单不列价"):
        workorders.list_parts(slip, by=cast.wang, parts=cast.parts("15.00"), verified=True)
    Part.objects.create(slip=slip, source="company", name="管件", price=Decimal("15.00"))
    with pytest.raises(Refusal, match="维保单不写价格"):
        workorders.finish(slip, by=cast.wang, work="重粘", name="赵工", strokes=STROKES)


def test_g9_a_builder_who_refuses_is_replaced_at_his_cost(cast: Cast) -> None:
    ticket = leaking(cast)
    first = notices.send_notice([ticket], by=cast.zhou)
    notices.refuse_notice(first, by=cast.zhou, because="说是业主改动")
    second = notices.send_notice([ticket], by=cast.zhou)
    first.refresh_from_db()
    assert (first.state, second.nth) == ("superseded", 2)
    with pytest.raises(Forbidden):
        notices.take_over(ticket, by=cast.zhou, because="两次不来")
    notices.take_over(ticket, by=cast.lin, because="两次不来")
    second.refresh_from_db()
    assert (second.state, ticket.taken_over, open_kinds(ticket)) == ("taken_over", True, ["step"])
    slip = billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang)
    assert (slip.kind, slip.bearer, slip.due_sum, slip.quoted_total) == ("dispatch", "builder", ZERO, ZERO)
    workorders.collect(slip, by=cast.wang)
    workorders.arrive(slip, by=cast.wang)
    workorders.list_parts(slip, by=cast.wang, parts=cast.parts("15.00"), verified=True)
    workorders.finish(slip, by=cast.wang, work="切除重粘", strokes=STROKES)
    billing.accept_slip(slip, by=cast.wang, name="李建国", opinion="passed", strokes=STROKES)
    assert (slip.state, slip.ticket.balance, slip.ticket.charges.count()) == ("accepted", Decimal("0.00"), 0)


def test_g10_an_unknown_handover_day_blocks_the_slip_until_it_is_entered(cast: Cast) -> None:
    cast.unit_1201.handed_over_on = None
    cast.unit_1201.save()
    ticket = cast.notified(unit=cast.unit_1201, component="water_pipe", fault="厨房水管接口渗水")
    assert ticket.nature_guess == "undetermined"
    tickets.arrive(ticket, by=cast.wang)
    tickets.survey(ticket, by=cast.wang, nature="undetermined", work="接口未粘牢")
    with pytest.raises(Refusal, match="性质待定"):
        notices.send_notice([ticket], by=cast.zhou)
    judging.enter_start_day(ticket, by=cast.lin, day=clock.today() - dt.timedelta(days=300), because="开发商交付清单")
    assert (ticket.warranty_state, ticket.nature_guess) == ("in", "warranty_home")
    billing.rejudge(ticket, by=cast.lin, nature="warranty_home", reason="已查明交付日")
    notices.send_notice([ticket], by=cast.zhou)
    assert issuing.issue_warranty_slip(ticket, by=cast.zhou, technician=cast.wang).kind == "warranty"


def test_a_customer_who_will_not_sign_needs_a_witness_and_the_supervisor(cast: Cast) -> None:
    slip = cast.finished()
    with pytest.raises(Refusal, match="见证人"):
        acceptance.refuse_to_sign(slip, by=cast.zhou, because="嫌贵", witness=cast.wang)
    acceptance.refuse_to_sign(slip, by=cast.zhou, because="嫌贵", witness=cast.xu)
    assert slip.state == "finished"
    with pytest.raises(Forbidden):
        billing.confirm_refusal(slip, by=cast.zhou)
    billing.confirm_refusal(slip, by=cast.lin)
    assert (slip.state, slip.ticket.state, slip.ticket.callers_left) == ("accepted", "completed", 1)


# Public areas -----------------------------------------------------------------


def facility(cast: Cast, ticket: Ticket, **given: Any) -> Slip:
    fields: dict[str, Any] = {
        "technician": cast.wang,
        "cost": issuing.Cost("company"),
        "equipment": "生活水泵 2#",
        "equipment_no": "SB-03-02",
    }
    return issuing.issue_facility_slip(ticket, by=cast.zhou, **{**fields, **given})


def seal() -> Part:
    return Part(
        source="company",
        name="机械密封",
        spec="Φ25",
        model="MG1-25",
        quantity=Decimal(1),
        unit="只",
        price=Decimal("85.00"),
    )


@pytest.mark.sop("5.5.3-1", "5.5.3-2", "5.5.3-3", "5.5.3-6", "5.2.2-2")
def test_a_public_repair_goes_from_the_patrol_to_the_archive_without_a_customers_signature(cast: Cast) -> None:
    ticket = dark_hall(cast, relation="patrol", reporter_name="王强")
    slip = facility(cast, ticket)
    workorders.collect(slip, by=cast.wang)
    workorders.arrive(slip, by=cast.wang)
    workorders.list_parts(slip, by=cast.wang, parts=[seal()], verified=False)
    workorders.finish(slip, by=cast.wang, work="更换机封，试运行 30 分钟", hours=Decimal("2.5"), strokes=STROKES)
    custody.take_in(slip, copies=[1, 2, 3], by=cast.zhou)
    with pytest.raises(Refusal, match="没有客户签字"):
        billing.accept_slip(slip, by=cast.zhou, name="李建国", opinion="passed")
    billing.countersign_slip(slip, by=cast.shen, opinion="passed", words="合格")
    ticket.refresh_from_db()
    assert (slip.state, ticket.state, ticket.balance) == ("returned", "completed", Decimal("0.00"))
    workorders.close(ticket, by=cast.zhou)
    slip.refresh_from_db()
    assert (ticket.state, slip.state) == ("closed", "filed")


def test_a_facility_slip_is_not_finished_without_its_parts_or_the_word_none(cast: Cast) -> None:
    slip = facility(cast, dark_hall(cast))
    workorders.collect(slip, by=cast.wang)
    workorders.arrive(slip, by=cast.wang)
    with pytest.raises(Refusal, match="逐项填用料"):
        workorders.finish(slip, by=cast.wang, work="紧固", strokes=STROKES)
    workorders.finish(slip, by=cast.wang, work="紧固", no_parts=True, strokes=STROKES)
    assert slip.state == "finished"


def test_the_maintenance_fund_pays_only_with_its_approval_number(cast: Cast) -> None:
    ticket = dark_hall(cast)
    with pytest.raises(Refusal, match="批准文号"):
        facility(cast, ticket, cost=issuing.Cost("fund"))
    slip = facility(cast, ticket, cost=issuing.Cost("fund", approval_number="维资 2026-118"))
    assert slip.approval_number == "维资 2026-118"


def test_only_a_liable_person_is_charged_for_public_work(cast: Cast) -> None:
    slip = facility(cast, dark_hall(cast), cost=issuing.Cost("liable", liable_person="某搬家公司"))
    workorders.collect(slip, by=cast.wang)
    workorders.arrive(slip, by=cast.wang)
    workorders.list_parts(slip, by=cast.wang, parts=[seal()], verified=False)
    workorders.finish(slip, by=cast.wang, work="更换机封", strokes=STROKES)
    billing.countersign_slip(slip, by=cast.shen, opinion="passed")
    slip.ticket.refresh_from_db()
    assert slip.ticket.balance == Decimal("85.00")


@pytest.mark.sop("5.5.3-4")
def test_in_warranty_a_public_repair_is_the_builders_and_engineering_accepts_alone(cast: Cast) -> None:
    ticket = dark_hall(cast, nature="warranty_public")
    notices.send_notice([ticket], by=cast.zhou)
    slip = repaired(cast, issuing.issue_warranty_slip(ticket, by=cast.zhou, technician=cast.wang))
    assert slip.signatories == {"engineering"}
    billing.countersign_slip(slip, by=cast.shen, opinion="passed", strokes=STROKES)
    assert slip.state == "accepted"


def test_a_planned_public_repair_has_a_day_and_no_collection_clock(cast: Cast) -> None:
    ticket = dark_hall(cast, window=None, urgency="prompt")
    ticket.refresh_from_db()
    Ticket.objects.filter(pk=ticket.pk).update(urgency="routine")
    ticket.refresh_from_db()
    slip = facility(cast, ticket, planned_on=clock.today() + dt.timedelta(days=2))
    assert open_kinds(ticket) == [f"copy_return/{slip.number}", f"step/{slip.number}"]


# Municipal --------------------------------------------------------------------


def burst_main(cast: Cast, **given: Any) -> Ticket:
    ticket = cast.notified(
        unit=None,
        area=cast.hall,
        place="municipal",
        spot="",
        component="m_water",
        fault="东门外主管爆裂",
        urgency="urgent",
        **given,
    )
    tickets.arrive(ticket, by=cast.wang)
    return ticket


def letter(cast: Cast) -> Any:
    return Referral(  # unsaved
        body="water", how="phone", basis="市政管段", judged_by=cast.wang, judged_at=clock.now(), reference="未提供"
    )


@pytest.mark.sop("5.5.3-5")
def test_a_municipal_fault_is_referred_followed_up_and_closed_when_restored(cast: Cast) -> None:
    ticket = burst_main(cast)
    with pytest.raises(Refusal, match="应急处置"):
        referrals.refer(ticket, by=cast.zhou, referral=letter(cast), next_at=clock.now() + HOUR)
    referral = referrals.refer(
        ticket, by=cast.zhou, referral=letter(cast), next_at=clock.now() + HOUR, measures="围挡，启用水箱"
    )
    assert (ticket.state, ticket.nature, open_kinds(ticket)) == ("referred", "municipal", ["referral"])
    with pytest.raises(Refusal, match="2 小时"):
        referrals.follow_up(ticket, by=cast.zhou, words="正在开挖", next_at=clock.now() + 3 * HOUR)
    referrals.follow_up(ticket, by=cast.zhou, words="正在开挖", next_at=clock.now() + 2 * HOUR)
    with pytest.raises(Refusal, match="告知报修人"):
        referrals.confirm_restored(ticket, by=cast.zhou, restored_at=clock.now(), confirmed_by=cast.wang)
    referrals.confirm_restored(ticket, by=cast.zhou, restored_at=clock.now(), confirmed_by=cast.wang, told=True)
    referral.refresh_from_db()
    assert (ticket.state, referral.state, open_kinds(ticket)) == ("closed", "restored", [])


def test_without_a_visit_only_the_service_supervisor_refers(cast: Cast) -> None:
    ticket = cast.notified(
        unit=None, area=cast.hall, place="municipal", spot="", component="m_lamp", fault="路灯整排不亮"
    )
    with pytest.raises(Refusal, match="客服主管判定"):
        referrals.refer(ticket, by=cast.zhou, referral=letter(cast), next_at=clock.now() + HOUR)
    referrals.refer(ticket, by=cast.lin, referral=letter(cast), next_at=clock.now() + HOUR)
    assert open_kinds(ticket) == ["referral"]


def test_a_body_that_refuses_gives_the_repair_back_with_its_old_night(cast: Cast) -> None:
    ticket = burst_main(cast)
    night = ticket.deadlines.get(kind=Deadline.Kind.FINISH).due_at
    referrals.refer(ticket, by=cast.zhou, referral=letter(cast), next_at=clock.now() + HOUR, measures="围挡")
    referrals.take_back(ticket, by=cast.shen, because="在红线内，归物业")
    assert (ticket.state, open_kinds(ticket)) == ("surveyed", ["finish", "step"])
    assert ticket.deadlines.open().get(kind=Deadline.Kind.FINISH).due_at == night
