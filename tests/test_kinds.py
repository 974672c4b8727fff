"""Warranty and facility slips on their pages: written, collected, finished, signed by whom each kind asks (SOP 5.5.2-4, -5, 5.5.3-3)."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from billing import actions as billing
from core import clock
from people.models import User
from people.roles import ES, FD, SS, TE
from places.models import Builder, Community
from tests.cast import STROKES, Cast
from tests.test_paths import HOUR, dark_hall, facility, leaking, open_kinds, repaired, seal, soon, warranty_slip
from tickets.models import Event, Ticket
from workorders import actions as workorders
from workorders import custody, notices
from workorders.models import Slip

SIGNED = json.dumps(STROKES)
GIVEN = {
    "installing": "0", "equipment": "生活水泵 2#", "equipment_no": "SB-03-02", "bearer": "company", "liable_person": "", "approval_number": "",
}  # fmt: skip
NO_ROWS = {"company-TOTAL_FORMS": "0", "company-INITIAL_FORMS": "0"}
SEAL = {
    "company-TOTAL_FORMS": "1", "company-INITIAL_FORMS": "0", "company-0-name": "机械密封", "company-0-spec": "Φ25", "company-0-model": "MG1-25",
    "company-0-quantity": "1", "company-0-unit": "只", "company-0-price": "85.00",
}  # fmt: skip


def notified(cast: Cast) -> Ticket:
    """A leak in warranty whose builder has named a time."""
    ticket = leaking(cast)
    notice = notices.send_notice([ticket], by=cast.zhou)
    notices.agree_time(notice, by=cast.zhou, window=soon())
    ticket.refresh_from_db()
    return ticket


def planned(cast: Cast, **given: Any) -> dict[str, Any]:
    return {**GIVEN, "technician": cast.wang.pk, "planned_on": f"{clock.today():%F}", **given}


def arrived(cast: Cast, slip: Slip, name: str = "赵工") -> Slip:
    workorders.collect(slip, by=cast.zhou, name=name)
    workorders.arrive(slip, by=cast.wang)
    return slip


def of_slip(step: str, slip: Slip) -> str:
    return reverse(f"slip_{step}", args=[slip.number])


def of_ticket(step: str, ticket: Ticket) -> str:
    return reverse(step, args=[ticket.number])


# Written ------------------------------------------------------------------------


@pytest.mark.sop("5.5.2-4")
def test_the_desk_writes_a_warranty_slip_and_the_builder_collects_it_by_name(cast: Cast, sign_in: Any) -> None:
    ticket = notified(cast)
    page = sign_in("zhou").get(of_ticket("issue_warranty_slip", ticket))
    assert (page.status_code, list(page.context["form"].fields)) == (200, ["technician"])
    answer = sign_in("zhou").post(of_ticket("issue_warranty_slip", ticket), {"technician": cast.wang.pk})
    slip = ticket.slips.get()
    assert answer["Location"] == reverse("print_slip", args=[slip.number])
    assert (slip.kind, slip.performer, slip.technician, slip.window_from) == (
        "warranty", "宏达建设", cast.wang, ticket.window_from,
    )  # fmt: skip
    collect = sign_in("zhou").get(of_slip("collect", slip))
    assert (collect.context["form"].initial["name"], "三联一起交给宏达建设。" in collect.content.decode()) == (
        "赵工",
        True,
    )
    sign_in("zhou").post(of_slip("collect", slip), {"name": "钱师傅"})
    slip.refresh_from_db()
    assert (slip.state, slip.collected_name, [copy.holder for copy in slip.copies.all()]) == (
        "collected", "钱师傅", ["builder"] * 3,
    )  # fmt: skip


def test_the_notices_time_is_offered_where_the_home_has_no_window_ahead(cast: Cast, sign_in: Any) -> None:
    ticket = leaking(cast)
    notice = notices.send_notice([ticket], by=cast.zhou)
    starts = clock.start_of(clock.today() + dt.timedelta(days=1)) + 14 * HOUR
    ends = starts + HOUR
    notices.agree_time(notice, by=cast.zhou, window=(starts, ends))
    Ticket.objects.filter(pk=ticket.pk).update(window_from=None, window_to=None)
    url, client = of_ticket("issue_warranty_slip", ticket), sign_in("zhou")
    typed = client.get(url).context["form"].initial["window"]
    assert typed == {
        "slot": "other", "day": f"{clock.local(starts):%F}", "starts": f"{clock.local(starts):%H:%M}", "ends": f"{clock.local(ends):%H:%M}",
    }  # fmt: skip
    assert client.post(url, {"technician": cast.wang.pk}).status_code == 422
    fields = {"technician": cast.wang.pk, **{f"window_{name}": value for name, value in typed.items()}}
    assert client.post(url, fields).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.slips.get().window_to, ticket.window_to) == (ends, ends)


@pytest.mark.parametrize("unready", ["not notified", "unknown day", "another kind"])
def test_a_warranty_slip_that_cannot_be_written_says_why_and_nothing_is_kept(
    cast: Cast, sign_in: Any, unready: str
) -> None:
    sentences = {
        "not notified": "先通知原施工单位，再开维保单。",
        "unknown day": "交付日或竣工验收日不明，先补上日期。",
        "another kind": "维保单只用于质保期内、由原施工单位维修的报修。",
    }
    made: dict[str, Any] = {"not notified": leaking, "unknown day": notified, "another kind": Cast.accepted}
    ticket = made[unready](cast)
    if unready == "unknown day":
        ticket.unit.handed_over_on = None
        ticket.unit.save()
    url, client = of_ticket("issue_warranty_slip", ticket), sign_in("zhou")
    assert client.get(url).context["blocked"] == sentences[unready]
    window = {"window_slot": "other", "window_day": "2099-01-02", "window_starts": "09:00", "window_ends": "10:00"}
    answer = client.post(url, {"technician": cast.wang.pk, **window})
    assert (answer.status_code, answer.context["refused"]) == (409, sentences[unready])
    assert (Slip.objects.count(), Ticket.objects.get(pk=ticket.pk).state) == (0, ticket.state)


@pytest.mark.sop("5.5.3-3")
def test_the_desk_writes_a_facility_slip_for_a_piece_of_equipment(cast: Cast, sign_in: Any) -> None:
    ticket = dark_hall(cast, window=None, urgency="prompt")
    Ticket.objects.filter(pk=ticket.pk).update(urgency="routine")
    url, client = of_ticket("issue_facility_slip", ticket), sign_in("zhou")
    form = client.get(url).context["form"]
    assert (list(form.fields), form.initial["bearer"]) == (
        ["installing", "equipment", "equipment_no", "technician", "planned_on", "bearer", "liable_person", "approval_number"], "company",
    )  # fmt: skip
    day = clock.today() + dt.timedelta(days=2)
    assert client.post(url, planned(cast, installing="1", planned_on=f"{day:%F}")).status_code == 302
    slip = ticket.slips.get()
    assert (slip.kind, slip.installing, slip.equipment, slip.equipment_no, slip.bearer, slip.planned_on) == (
        "facility", True, "生活水泵 2#", "SB-03-02", "company", day,
    )  # fmt: skip
    assert open_kinds(slip.ticket) == [f"copy_return/{slip.number}", f"step/{slip.number}"]


@pytest.mark.sop("5.2.2-2")
@pytest.mark.parametrize(("bearer", "field"), [("fund", "approval_number"), ("liable", "liable_person")])
def test_what_the_bearer_needs_is_asked_for_and_the_typed_text_stays(
    cast: Cast, sign_in: Any, bearer: str, field: str
) -> None:
    ticket = dark_hall(cast)
    url, client = of_ticket("issue_facility_slip", ticket), sign_in("zhou")
    answer = client.post(url, planned(cast, bearer=bearer))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert answer.context["form"]["equipment"].value() == "生活水泵 2#"
    assert client.post(url, planned(cast, bearer=bearer, **{field: "维资 2026-118"})).status_code == 302
    assert getattr(ticket.slips.get(), field) == "维资 2026-118"


def test_one_press_twice_writes_one_slip(cast: Cast, sign_in: Any) -> None:
    ticket, client = dark_hall(cast), sign_in("zhou")
    fields = planned(cast, once=str(uuid.uuid4()))
    answers = [client.post(of_ticket("issue_facility_slip", ticket), fields) for _each in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert (Slip.objects.count(), Event.objects.filter(action="slip_issue").count()) == (1, 1)


@pytest.mark.parametrize(
    ("make", "url", "label"),
    [
        (Cast.accepted, "issue_slip", "开派工单"), (notified, "issue_warranty_slip", "开维保单"),
        (dark_hall, "issue_facility_slip", "开公共维修单"),
    ],
)  # fmt: skip
def test_ticket_page_and_board_lead_to_the_slip_of_that_kind(
    cast: Cast, sign_in: Any, make: Any, url: str, label: str
) -> None:
    ticket, client = make(cast), sign_in("zhou")
    main = client.get(ticket.get_absolute_url()).context["steps"].main
    assert (main.name, main.label, main.url) == (url, label, of_ticket(url, ticket))
    rows = [row for group in client.get("/board/").context["groups"] for row in group["rows"]]
    assert [(row["step"], row["step_url"]) for row in rows if row["id"] == ticket.pk] == [
        (label, of_ticket(url, ticket))
    ]


# Finished -----------------------------------------------------------------------


@pytest.mark.sop("3.3")
def test_the_builders_person_signs_what_was_done_and_no_price_is_asked(cast: Cast, sign_in: Any) -> None:
    slip = arrived(cast, warranty_slip(cast, leaking(cast)))
    Builder.objects.update(renews_term=True)
    client, url = sign_in("wang"), of_slip("finish", slip)
    form = client.get(url).context["form"]
    assert list(form.fields) == ["work", "renewed_until", "name", "at", "strokes", "on_paper"]
    assert (form.initial["name"], str(form.fields["work"].label)) == ("赵工", "维修内容、用料")
    day = clock.today() + dt.timedelta(days=730)
    fields = {
        "work": "切除重粘，试压；PVC 管件 2 个",
        "name": "钱师傅",
        "strokes": SIGNED,
        "renewed_until": f"{day:%F}",
    }
    assert client.post(url, fields).status_code == 302
    slip.refresh_from_db()
    signature = slip.signatures.get()
    assert (slip.state, slip.finished_by, slip.renewed_until) == ("finished", None, day)
    assert (signature.role, signature.name, signature.seen_by) == ("builder", "钱师傅", cast.wang)
    assert sign_in("wang").get(of_slip("list_parts", slip)).status_code == 409


@pytest.mark.sop("5.5.3-3")
def test_a_facility_slip_takes_parts_with_five_items_and_no_customers_table(cast: Cast, sign_in: Any) -> None:
    slip = arrived(cast, facility(cast, dark_hall(cast)))
    client = sign_in("wang")
    page = client.get(of_slip("list_parts", slip))
    assert ("客户" in page.content.decode(), "verified" in page.context["form"].fields) == (False, False)
    lacking = {name: value for name, value in SEAL.items() if name != "company-0-model"}
    assert client.post(of_slip("list_parts", slip), lacking).status_code == 302
    fields = {"work": "更换机封，试运行 30 分钟", "hours": "2.5", "strokes": SIGNED}
    refused = client.post(of_slip("finish", slip), fields)
    assert (refused.status_code, refused.context["refused"]) == (
        409,
        "公司提供的材料要填齐名称、规格、型号、数量和单价。",
    )
    assert refused.context["form"]["work"].value() == fields["work"]
    assert client.post(of_slip("list_parts", slip), SEAL).status_code == 302
    assert client.post(of_slip("finish", slip), fields).status_code == 302
    slip.refresh_from_db()
    slip.fresh()
    assert (slip.state, slip.hours, slip.no_parts, slip.used_materials) == (
        "finished", Decimal("2.50"), False, Decimal("85.00"),
    )  # fmt: skip


def test_without_parts_the_word_none_is_asked_for(cast: Cast, sign_in: Any) -> None:
    slip = arrived(cast, facility(cast, dark_hall(cast)))
    client, fields = sign_in("wang"), {"work": "紧固接线", "strokes": SIGNED}
    answer = client.post(of_slip("finish", slip), fields)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["no_parts"])
    assert client.post(of_slip("finish", slip), {**fields, "no_parts": "on", "hours": "0.125"}).status_code == 422
    assert client.post(of_slip("finish", slip), {**fields, "no_parts": "on"}).status_code == 302
    slip.refresh_from_db()
    assert (slip.state, slip.no_parts) == ("finished", True)


# Signed -------------------------------------------------------------------------


@pytest.mark.sop("5.5.2-5")
def test_customer_and_supervisor_sign_a_warranty_slip_in_any_order(cast: Cast, sign_in: Any) -> None:
    slip = repaired(cast, warranty_slip(cast, leaking(cast)))
    by_desk = sign_in("zhou").get(slip.ticket.get_absolute_url()).context["steps"]
    by_supervisor = sign_in("shen").get(slip.ticket.get_absolute_url()).context["steps"]
    assert (by_desk.main.name, by_supervisor.main.name) == ("slip_accept", "slip_countersign")
    seen = sign_in("shen").get(of_slip("countersign", slip)).context["seen"]
    fields = {"opinion": "passed", "words": "试压合格", "on_paper": "on", "seen": seen}
    assert sign_in("shen").post(of_slip("countersign", slip), fields).status_code == 302
    slip.refresh_from_db()
    slip.fresh()
    assert (slip.state, slip.inspection, slip.signed_by) == ("finished", "试压合格", {"builder", "engineering"})
    after = sign_in("shen").get(slip.ticket.get_absolute_url()).context["steps"]
    assert "slip_countersign" not in {offer.name for offer in [after.main, *after.others, *after.rare] if offer}
    fields = {"opinion": "satisfied", "name": "李建国", "strokes": SIGNED}
    assert sign_in("zhou").post(of_slip("accept", slip), fields).status_code == 302
    slip.refresh_from_db()
    assert (slip.state, slip.ticket.state) == ("accepted", "completed")


@pytest.mark.sop("5.5.3-3")
def test_a_facility_slip_is_accepted_by_the_supervisor_alone(cast: Cast, sign_in: Any) -> None:
    slip = done(cast)
    assert sign_in("zhou").get(slip.ticket.get_absolute_url()).context["steps"].main is None
    answer = sign_in("zhou").post(of_slip("accept", slip), {"opinion": "passed", "name": "李建国", "strokes": SIGNED})
    assert (answer.status_code, answer.context["refused"]) == (409, "公共维修没有客户签字，由工程主管验收。")
    fields = {"opinion": "passed", "strokes": SIGNED}
    assert sign_in("shen").post(of_slip("countersign", slip), fields).status_code == 302
    slip.refresh_from_db()
    assert (slip.state, slip.signatures.get(role="engineering").name) == ("accepted", "沈刚")


def done(cast: Cast, **given: Any) -> Slip:
    slip = arrived(cast, facility(cast, dark_hall(cast), **given))
    workorders.list_parts(slip, by=cast.wang, parts=[seal()], verified=False)
    workorders.finish(slip, by=cast.wang, work="更换机封", strokes=STROKES)
    return slip


def test_the_supervisors_unsatisfactory_sends_the_work_on(cast: Cast, sign_in: Any) -> None:
    slip, client = done(cast), sign_in("shen")
    url = of_slip("countersign", slip)
    assert client.post(url, {"opinion": "failed", "strokes": SIGNED}).status_code == 422
    assert client.post(url, {"opinion": "failed", "words": "仍有滴漏", "strokes": SIGNED}).status_code == 302
    slip.refresh_from_db()
    row = slip.signatures.get(role="engineering")
    assert (slip.state, row.opinion, row.name, row.dropped) == ("arrived", "failed", "沈刚", True)


def test_who_did_the_work_does_not_countersign_it_and_the_manager_steps_in(cast: Cast, sign_in: Any) -> None:
    cast.shen.grant(TE, within=cast.community.pk)
    slip = facility(cast, dark_hall(cast), technician=cast.shen)
    workorders.collect(slip, by=cast.zhou)
    workorders.arrive(slip, by=cast.shen)
    workorders.finish(slip, by=cast.shen, work="紧固", no_parts=True, strokes=STROKES)
    offered = sign_in("shen").get(slip.ticket.get_absolute_url()).context["steps"]
    assert "slip_countersign" not in {offer.name for offer in [offered.main, *offered.others, *offered.rare] if offer}
    fields = {"opinion": "passed", "strokes": SIGNED}
    answer = sign_in("shen").post(of_slip("countersign", slip), fields)
    assert (answer.status_code, answer.context["refused"]) == (409, "完工人不能自己验收，由另一位工程主管或经理验收。")
    assert sign_in("mei").post(of_slip("countersign", slip), fields).status_code == 302
    slip.refresh_from_db()
    assert slip.state == "accepted"


def test_the_manager_signs_only_where_there_is_no_other_supervisor(cast: Cast, sign_in: Any) -> None:
    slip = done(cast)
    assert sign_in("mei").get(slip.ticket.get_absolute_url()).context["steps"].main is None
    answer = sign_in("mei").post(of_slip("countersign", slip), {"opinion": "passed", "strokes": SIGNED})
    assert (answer.status_code, answer.context["refused"]) == (409, "由工程主管验收；经理只在没有别的工程主管时代验。")


def test_a_refused_signature_needs_a_witness_and_the_supervisor_and_a_callback(cast: Cast, sign_in: Any) -> None:
    slip = cast.finished()
    url = of_slip("refuse_to_sign", slip)
    people = sign_in("wang").get(url).context["form"].fields["witness"].queryset
    assert cast.wang not in people
    answer = sign_in("wang").post(url, {"because": "嫌贵", "witness": cast.wang.pk})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["witness"])
    assert sign_in("wang").post(url, {"because": "嫌贵", "witness": cast.xu.pk}).status_code == 302
    main = sign_in("lin").get(slip.ticket.get_absolute_url()).context["steps"].main
    assert main.name == "slip_confirm_refusal"
    page = sign_in("lin").get(of_slip("confirm_refusal", slip)).content.decode()
    assert ("嫌贵" in page, "徐亮" in page) == (True, True)
    assert sign_in("zhou").post(of_slip("confirm_refusal", slip)).status_code == 403
    assert sign_in("lin").post(of_slip("confirm_refusal", slip)).status_code == 302
    slip.refresh_from_db()
    assert (slip.state, slip.ticket.state, slip.ticket.callers_left) == ("accepted", "completed", 1)


# Who bears it ---------------------------------------------------------------------


@pytest.mark.sop("5.2.2-2")
def test_urgent_work_paid_by_the_company_goes_to_the_fund_with_its_number(cast: Cast, sign_in: Any) -> None:
    slip = done(cast)
    billing.countersign_slip(slip, by=cast.shen, opinion="passed", strokes=STROKES)
    client, url = sign_in("zhou"), of_slip("change_bearer", slip)
    assert client.post(url, {"bearer": "fund"}).status_code == 422
    assert client.post(url, {"bearer": "fund", "approval_number": "维资 2026-118"}).status_code == 302
    slip.refresh_from_db()
    assert (slip.bearer, slip.approval_number, slip.ticket.charges.count()) == ("fund", "维资 2026-118", 0)


def test_the_charge_comes_and_goes_with_the_liable_person(cast: Cast, sign_in: Any) -> None:
    slip = done(cast)
    billing.countersign_slip(slip, by=cast.shen, opinion="passed", strokes=STROKES)
    client, url = sign_in("zhou"), of_slip("change_bearer", slip)
    balances = []
    for fields in ({"bearer": "liable", "liable_person": "某搬家公司"}, {"bearer": "insurer"}):
        assert client.post(url, fields).status_code == 302
        balances.append(Ticket.objects.get(pk=slip.ticket_id).balance)
    assert balances == [Decimal("85.00"), Decimal("0.00")]
    slip.refresh_from_db()
    assert (slip.bearer, slip.liable_person) == ("insurer", "")


# Exceptions -------------------------------------------------------------------------


def lift_firm(cast: Cast) -> Builder:
    return Builder.objects.create(community=cast.community, name="迅达电梯维保", kind="contractor", contact="吴工")


def test_an_outside_contractor_collects_does_and_signs_a_facility_slip(cast: Cast, sign_in: Any) -> None:
    firm, ticket = lift_firm(cast), dark_hall(cast)
    url, client = of_ticket("issue_facility_slip", ticket), sign_in("zhou")
    assert list(client.get(url).context["form"].fields["contractor"].queryset) == [firm]
    builder = Builder.objects.get(name="宏达建设")
    assert client.post(url, planned(cast, contractor=builder.pk)).status_code == 422
    assert client.post(url, planned(cast, contractor=firm.pk)).status_code == 302
    slip = arrived(cast, ticket.slips.get(), name="")
    assert (slip.collected_name, {custody.holder_name(copy) for copy in slip.copies.all()}) == (
        "吴工",
        {"迅达电梯维保"},
    )
    fields = {"work": "更换门机皮带", "no_parts": "on", "name": "吴工", "strokes": SIGNED}
    assert sign_in("wang").post(of_slip("finish", slip), fields).status_code == 302
    slip.refresh_from_db()
    assert (slip.signatures.get().role, slip.finished_by) == ("builder", None)
    fields = {"opinion": "passed", "strokes": SIGNED}
    assert sign_in("shen").post(of_slip("countersign", slip), fields).status_code == 302
    slip.refresh_from_db()
    assert slip.state == "accepted"


def test_parts_awaited_carry_their_promised_day_as_the_clock(cast: Cast, sign_in: Any) -> None:
    slip = cast.arrived()
    url, client = of_slip("leave", slip), sign_in("wang")
    refused = client.post(url, {"why": "parts", "window_slot": ""})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["parts_on"])
    day = clock.today() + dt.timedelta(days=3)
    assert client.post(url, {"why": "parts", "parts_on": f"{day:%F}", "window_slot": ""}).status_code == 302
    slip.refresh_from_db()
    row = slip.ticket.deadlines.open().get(kind="step", ref=slip.number)
    assert (slip.state, slip.parts_on, row.due_at) == ("collected", day, clock.midnight_after(day))
    page = sign_in("zhou").get(slip.ticket.get_absolute_url()).content.decode()
    assert (f"{clock.day_said(day)}到" in page, f"等配件，配件{clock.day_said(day)}到" in page) == (True, True)
    workorders.arrive(slip, by=cast.wang)
    slip.refresh_from_db()
    assert slip.parts_on is None


@pytest.mark.parametrize("kind", ["dispatch", "warranty", "facility"])
def test_a_technician_changed_midway_leaves_the_builders_sheets_where_they_are(cast: Cast, kind: str) -> None:
    slip = {
        "dispatch": cast.issued,
        "warranty": lambda: warranty_slip(cast, leaking(cast)),
        "facility": lambda: facility(cast, dark_hall(cast)),
    }[kind]()
    arrived(cast, slip)
    workorders.reassign(slip, by=cast.shen, to=cast.xu)
    holders = {custody.holder_name(copy) for copy in slip.copies.all()}
    assert (slip.technician, holders) == (cast.xu, {"宏达建设"} if kind == "warranty" else {"徐亮"})


def test_two_firms_hold_their_sheets_apart(cast: Cast, sign_in: Any) -> None:
    slip = warranty_slip(cast, leaking(cast))
    other = facility(cast, dark_hall(cast), contractor=lift_firm(cast))
    for each in (slip, other):
        workorders.collect(each, by=cast.zhou)
    hands = sign_in("zhou").get("/copies/").context["hands"]
    assert sorted((hand.name, hand.sheets) for hand in hands) == [("宏达建设", 3), ("迅达电梯维保", 3)]


def test_a_scan_hands_the_sheets_to_the_builders_person(cast: Cast, sign_in: Any) -> None:
    slip = warranty_slip(cast, leaking(cast))
    client = sign_in("zhou")
    page = client.get("/copies/", {"code": slip.number}).content.decode()
    assert 'name="name" value="赵工"' in page
    assert client.post("/copies/", {"code": slip.number, "move": "collect", "name": "钱师傅"}).status_code == 200
    slip.refresh_from_db()
    assert (slip.state, slip.collected_name) == ("collected", "钱师傅")


# Not theirs -------------------------------------------------------------------------

STEPS = {
    "issue_warranty_slip": "zhou", "issue_facility_slip": "zhou", "slip_countersign": "shen", "slip_refuse_to_sign": "zhou",
    "slip_confirm_refusal": "lin", "slip_change_bearer": "zhou",
}  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_what_lies_elsewhere_is_absent_and_a_wrong_role_is_refused(
    cast: Cast, sign_in: Any, client: Any, step: str, django_user_model: type[User]
) -> None:
    slip = done(cast)
    record = slip if step.startswith("slip_") else slip.ticket
    url = reverse(step, args=[record.number])
    elsewhere = Community.objects.create(code="MD", name="牡丹园", company="海棠物业")
    stranger = django_user_model.objects.create_user(username="far", password="desk-2026", name="远")
    stranger.grant(FD, SS, ES, TE, within=elsewhere.pk)
    client.force_login(stranger)
    assert [client.get(url).status_code, client.post(url).status_code] == [404, 404]
    assert [sign_in("fin").get(url).status_code, sign_in("fin").post(url).status_code] == [403, 403]
    assert sign_in("dian").post(url).status_code == 403


def test_the_promises_of_a_builders_slip_are_his(cast: Cast) -> None:
    slip = warranty_slip(cast, leaking(cast))
    assert open_kinds(slip.ticket) == [f"{kind}/{slip.number}" for kind in ("arrive", "collect", "copy_return")]
    assert slip.window_to is not None
    assert slip.ticket.deadlines.open().get(kind="arrive").due_at == slip.window_to
