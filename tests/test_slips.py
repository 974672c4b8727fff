"""The steps of a slip: collected, arrived, parts, finished, taken back, rejected, voided, filed (SOP 5.5.1-4 to -8)."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from billing import actions as billing
from billing import till
from callbacks import actions as callbacks
from core import clock
from core.refusals import Refusal
from places.models import SparePart
from tests.cast import STROKES, Cast
from tickets.models import Deadline, Event
from workorders import actions as workorders
from workorders import custody
from workorders.models import Part, Slip

SIGNED = json.dumps(STROKES)


def customer_part(**given: Any) -> Part:
    """A mixer tap of the customer's, inspected and good, unless told otherwise."""
    fields = {
        "name": "龙头",
        "quantity": Decimal(1),
        "unit": "个",
        "name_ok": True,
        "quantity_ok": True,
        "look_ok": True,
    }
    return Part(source="customer", **{**fields, **given})


def company_part(**given: Any) -> Part:
    fields = {
        "name": "陶瓷阀芯",
        "spec": "35 mm",
        "model": "SL-35",
        "quantity": Decimal(1),
        "unit": "只",
        "price": Decimal("15.00"),
    }
    return Part(source="company", **{**fields, **given})


def rows(prefix: str, *lines: dict[str, Any]) -> dict[str, Any]:
    """The fields of a table of parts as a browser posts them."""
    data: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": len(lines), f"{prefix}-INITIAL_FORMS": 0}
    for n, line in enumerate(lines):
        data |= {f"{prefix}-{n}-{name}": value for name, value in line.items()}
    return data


def finish(slip: Slip, cast: Cast) -> None:
    workorders.finish(slip, by=cast.wang, work="更换阀芯并试水", strokes=STROKES)


# G6 and what else holds a finish -------------------------------------------------

HELD = {
    "not inspected": ([customer_part(look_ok=None)], True, "客户提供的材料还没有检查名称、数量和外观。"),
    "failed": ([customer_part(look_ok=False, inspection="螺纹有裂纹")], True, "有检查不合格的客户材料：换一件、改用公司材料或由客户撤下。"),
    "no model": ([company_part(model="")], True, "公司提供的材料要填齐名称、规格、型号、数量和单价。"),
    "no spec": ([company_part(spec="")], True, "公司提供的材料要填齐名称、规格、型号、数量和单价。"),
    "not verified": ([company_part()], False, "公司提供的材料还没有请客户当面验证。"),
    "above the quote": ([company_part(price=Decimal("15.01"))], True, "用料超过报价，先报增项并经客户认可。"),
}  # fmt: skip


@pytest.mark.sop("5.5.1-5", "5.5.1-6")
@pytest.mark.parametrize("why", HELD)
def test_a_finish_is_refused_with_its_reason(cast: Cast, why: str) -> None:
    parts, verified, sentence = HELD[why]
    slip = cast.arrived()
    workorders.list_parts(slip, by=cast.wang, parts=[Part(**_fields(part)) for part in parts], verified=verified)
    with pytest.raises(Refusal) as refusal:
        finish(slip, cast)
    assert refusal.value.sentence == sentence
    assert (Slip.objects.get(pk=slip.pk).state, slip.signatures.count()) == ("arrived", 0)


def _fields(part: Part) -> dict[str, Any]:
    names = (
        "source",
        "name",
        "spec",
        "model",
        "quantity",
        "unit",
        "price",
        "name_ok",
        "quantity_ok",
        "look_ok",
        "inspection",
    )
    return {name: getattr(part, name) for name in names}


@pytest.mark.sop("5.5.1-5")
def test_a_failed_part_that_the_customer_withdraws_no_longer_holds_the_finish(cast: Cast) -> None:
    slip = cast.arrived()
    parts = [customer_part(look_ok=False, inspection="螺纹有裂纹", withdrawn=True), company_part()]
    workorders.list_parts(slip, by=cast.wang, parts=parts, verified=True)
    finish(slip, cast)
    assert (slip.state, slip.used_materials) == ("finished", Decimal("15.00"))


def test_work_that_grew_to_five_hundred_waits_for_agreement_and_the_whole_sum(cast: Cast) -> None:
    slip = cast.arrived("499.99", "15.00")
    ticket = slip.ticket
    workorders.list_parts(slip, by=cast.wang, parts=[company_part()], verified=True)
    billing.offer_quote(ticket, by=cast.zhou, lines=cast.lines("500.00", "15.00"))
    for sentence, remedy in (
        ("增项报价还在等客户答复。", lambda: billing.accept_quote(ticket, by=cast.zhou, name="李建国", relation="owner", how="phone")),
        ("满 ¥500.00，协议签字并收齐预付款后才能完工。", lambda: cast.agreement(ticket)),
        ("满 ¥500.00，协议签字并收齐预付款后才能完工。", lambda: till.receive(ticket, by=cast.zhou, amount=Decimal("500.00"), method="cash", payer="李建国")),
    ):  # fmt: skip
        slip = Slip.objects.get(pk=slip.pk)
        with pytest.raises(Refusal) as refusal:
            finish(slip, cast)
        assert refusal.value.sentence == sentence
        remedy()
        ticket.refresh_from_db()
    slip = Slip.objects.get(pk=slip.pk)
    finish(slip, cast)
    assert (slip.state, slip.revision) == ("finished", 2)


@pytest.mark.sop("5.5.1-7")
def test_without_work_text_or_signature_nothing_is_finished(cast: Cast, sign_in: Any) -> None:
    slip = cast.arrived()
    url = reverse("slip_finish", args=[slip.number])
    answer = sign_in("wang").post(url, {"work": "", "strokes": "", "next": "/my/"})
    assert answer.status_code == 422
    form = answer.context["form"]
    assert {name: [str(error) for error in errors] for name, errors in form.errors.items()} == {
        "work": ["填写维修情况"],
        "strokes": ["签字，或勾选“已签在纸单上”。"],
    }
    with pytest.raises(Refusal, match="写维修情况。"):
        workorders.finish(slip, by=cast.wang, work=" ", strokes=STROKES)


def test_signing_on_paper_says_who_saw_it(cast: Cast, sign_in: Any) -> None:
    slip = cast.arrived()
    fields = {"work": "更换阀芯并试水", "on_paper": "on", "on_behalf_of": cast.wang.pk}
    assert sign_in("zhou").post(reverse("slip_finish", args=[slip.number]), fields).status_code == 302
    signature = slip.signatures.get()
    assert (signature.name, signature.on_paper, signature.seen_by, signature.strokes) == ("王强", True, cast.zhou, [])
    event = Event.objects.get(action="slip_finish")
    assert (event.actor, event.on_behalf_of) == (cast.zhou, cast.wang)


# What happened, step by step ------------------------------------------------------


@pytest.mark.sop("5.5.1-4")
def test_the_technician_collects_all_three_and_the_clock_is_met(cast: Cast, sign_in: Any) -> None:
    slip = cast.issued()
    assert sign_in("wang").post(reverse("slip_collect", args=[slip.number]), {"next": "/my/"})["Location"] == "/my/"
    slip.refresh_from_db()
    clocks = slip.ticket.deadlines.filter(kind="collect").values_list("met_at", flat=True)
    assert (slip.state, [copy.person for copy in slip.copies.all()], list(clocks)) == (
        "collected", [cast.wang] * 3, [slip.collected_at],
    )  # fmt: skip


@pytest.mark.sop("5.5.1-4")
def test_an_arrival_keeps_the_time_of_the_tap(cast: Cast, sign_in: Any) -> None:
    with clock.as_of(clock.now() - dt.timedelta(hours=3)):
        slip = cast.issued()
        workorders.collect(slip, by=cast.wang)
    tap = (clock.now() - dt.timedelta(hours=2)).replace(microsecond=123000)
    fields = {"at": tap.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"), "once": str(uuid.uuid4())}
    client, url = sign_in("wang"), reverse("slip_arrive", args=[slip.number])
    assert [client.post(url, fields).status_code for _each in range(3)] == [302, 302, 302]
    slip.refresh_from_db()
    events = Event.objects.filter(action="slip_arrive")
    assert (slip.state, slip.arrived_at, [event.at for event in events]) == ("arrived", tap, [tap])


def test_a_tap_older_than_a_day_is_left_to_the_desk(cast: Cast, sign_in: Any) -> None:
    with clock.as_of(clock.now() - dt.timedelta(hours=30)):
        slip = cast.issued()
        workorders.collect(slip, by=cast.wang)
    tap = clock.now() - dt.timedelta(hours=25)
    answer = sign_in("wang").post(reverse("slip_arrive", args=[slip.number]), {"at": tap.isoformat(), "next": "/my/"})
    assert (answer.status_code, answer.context["refused"]) == (409, "超过 24 小时的事，由前台补记。")
    assert answer.templates[0].name == "workorders/phone_step_page.html"


def test_leaving_without_a_window_gives_a_day_to_agree_on_one(cast: Cast, sign_in: Any) -> None:
    slip = cast.arrived()
    url = reverse("slip_leave", args=[slip.number])
    assert sign_in("wang").post(url, {"why": "other", "window_slot": ""}).status_code == 422
    assert sign_in("wang").post(url, {"why": "parts", "words": "等阀芯", "window_slot": ""}).status_code == 302
    slip.refresh_from_db()
    row = slip.ticket.deadlines.open().get(kind="step", ref=slip.number)
    assert (slip.state, slip.window_from, row.due_at - row.started_at) == ("collected", None, dt.timedelta(hours=24))


def test_sheets_pass_to_another_technician_of_the_trade_only(cast: Cast, sign_in: Any) -> None:
    slip = cast.arrived()
    with pytest.raises(Refusal, match="孙电不做水工。选该工种的技工。"):
        workorders.reassign(slip, by=cast.zhou, to=cast.dian)
    url = reverse("slip_reassign", args=[slip.number])
    assert list(sign_in("zhou").get(url).context["form"].fields["to"].queryset) == [cast.xu]
    assert sign_in("zhou").post(url, {"to": cast.xu.pk}).status_code == 302
    slip.refresh_from_db()
    assert (slip.technician, [copy.person for copy in slip.copies.all()]) == (cast.xu, [cast.xu] * 3)
    assert [row.move for row in slip.copies.get(number=1).handovers.all()] == ["create", "hand_out", "pass_on"]


def test_a_slip_not_yet_collected_that_changes_hands_gets_a_new_clock_and_the_old_one_is_not_met(cast: Cast) -> None:
    slip = cast.issued()
    workorders.reassign(slip, by=cast.shen, to=cast.xu)
    clocks = slip.ticket.deadlines.filter(kind="collect").values_list("met_at", "cancelled_because")
    assert sorted(clocks, key=str) == [(None, ""), (None, "superseded")]


# Parts as they are typed -----------------------------------------------------------


@pytest.mark.sop("5.5.1-6")
def test_a_picked_spare_part_brings_its_five_items_whatever_was_typed(cast: Cast, sign_in: Any) -> None:
    slip = cast.arrived()
    kept = SparePart.objects.get(name="角阀", spec__startswith="DN15")
    line = {
        "name": "角阀",
        "spec": "随便",
        "model": "",
        "unit": "个",
        "quantity": "２",
        "price": "0.01",
        "spare_part": kept.pk,
    }
    fields = {**rows("company", line), **rows("customer"), "verified": "on"}
    assert sign_in("wang").post(reverse("slip_list_parts", args=[slip.number]), fields).status_code == 302
    part = slip.parts.get()
    assert (part.name, part.spec, part.model, part.unit, part.price, part.quantity) == (
        kept.name, kept.spec, kept.model, kept.unit, kept.price, Decimal(2),
    )  # fmt: skip
    assert part.verified_at is not None


@pytest.mark.sop("5.5.1-5")
def test_an_inspection_that_fails_says_what_is_wrong(cast: Cast, sign_in: Any) -> None:
    slip = cast.arrived()
    line = {"name": "龙头", "quantity": "1", "name_ok": "1", "quantity_ok": "1", "look_ok": "0", "inspection": ""}
    client, url = sign_in("wang"), reverse("slip_list_parts", args=[slip.number])
    answer = client.post(url, {**rows("company"), **rows("customer", line)})
    assert (answer.status_code, answer.context["form"].customer.errors) == (422, [{"inspection": ["写明哪里不合格。"]}])
    assert (
        client.post(url, {**rows("company"), **rows("customer", {**line, "inspection": "螺纹有裂纹"})}).status_code
        == 302
    )
    part = slip.parts.get()
    assert (part.source, part.passed, part.inspection, part.amount) == (
        "customer",
        False,
        "螺纹有裂纹",
        Decimal("0.00"),
    )


def test_a_row_is_changed_in_place_and_a_removed_one_goes(cast: Cast, sign_in: Any) -> None:
    slip = cast.arrived()
    workorders.list_parts(slip, by=cast.wang, parts=[company_part(), company_part(name="角阀")], verified=True)
    first, second = slip.parts.all()
    same = {
        "id": first.pk,
        "name": "陶瓷阀芯",
        "spec": "35 mm",
        "model": "SL-35",
        "quantity": "2",
        "unit": "只",
        "price": "7.50",
    }
    gone = {"id": second.pk, "name": "角阀", "quantity": "1", "unit": "只", "price": "15.00", "DELETE": "on"}
    fields = {**rows("company", same, gone), **rows("customer")}
    assert sign_in("wang").post(reverse("slip_list_parts", args=[slip.number]), fields).status_code == 302
    part = slip.parts.get()
    assert (part.pk, part.quantity, part.amount, part.verified_at) == (first.pk, Decimal(2), Decimal("15.00"), None)


def test_the_table_begins_with_the_materials_of_the_quote(cast: Cast, sign_in: Any) -> None:
    slip = cast.arrived()
    form = sign_in("wang").get(reverse("slip_list_parts", args=[slip.number])).context["form"]
    assert [(row["name"].value(), str(row["price"].value())) for row in form.company] == [("陶瓷阀芯", "15.00")]
    assert list(form.customer) == []


# Taken back, rejected, voided, filed -----------------------------------------------


def finish_promises(slip: Slip) -> list[tuple[dt.datetime, bool]]:
    return [(row.due_at, row.is_open) for row in slip.ticket.deadlines.filter(kind=Deadline.Kind.FINISH).order_by("pk")]


@pytest.mark.parametrize("how", ["unfinish", "reject"])
def test_what_is_taken_back_keeps_its_old_due_time_and_drops_hash_and_signatures(
    cast: Cast, sign_in: Any, how: str
) -> None:
    slip = cast.finished()
    (due, _open), *_rest = finish_promises(slip)
    fields = {
        "unfinish": {"because": "客户说还在滴"},
        "reject": {"words": "仍在滴水", "name": "李建国", "strokes": SIGNED},
    }[how]
    assert sign_in("wang").post(reverse(f"slip_{how}", args=[slip.number]), fields).status_code == 302
    slip = Slip.objects.get(pk=slip.pk)
    assert finish_promises(slip) == [(due, False), (due, True)]
    assert (slip.state, slip.content_hash, slip.signed_by) == ("arrived", "", set())


def test_a_rejection_is_signed_and_recorded_and_is_no_acceptance(cast: Cast) -> None:
    slip = cast.finished()
    workorders.reject(slip, by=cast.wang, name="李建国", words="仍在滴水", strokes=STROKES)
    signature = slip.signatures.get(role="customer")
    assert (signature.opinion, signature.dropped, slip.ticket.state, slip.accepted_at) == (
        "failed",
        True,
        "ordered",
        None,
    )


@pytest.mark.sop("5.5.1-7")
def test_content_changed_after_the_finish_cannot_be_accepted(cast: Cast) -> None:
    slip = cast.finished()
    Part.objects.filter(slip=slip).update(price=Decimal("14.00"))
    with pytest.raises(Refusal, match="单据内容在完工后被改动，退回重新完工。"):
        billing.accept_slip(slip, by=cast.wang, name="李建国", opinion="passed", strokes=STROKES)


def test_a_void_recalls_the_sheets_one_by_one(cast: Cast, sign_in: Any) -> None:
    slip = cast.arrived()
    billing.void_slip(slip, by=cast.lin, reason="房号写错")
    assert {copy.recalled_at for copy in slip.copies.all()} == {None}
    url = reverse("slip_take_in", args=[slip.number])
    assert sign_in("zhou").post(url, {"copies": [1, 3]}).status_code == 302
    copies = [(copy.holder, bool(copy.recalled_at), copy.handovers.last().move) for copy in slip.copies.all()]
    assert copies == [("desk", True, "recall"), ("technician", False, "hand_out"), ("desk", True, "recall")]


@pytest.mark.sop("5.5.1-8")
@pytest.mark.parametrize("order", ["closed first", "third copy first"])
def test_a_slip_is_filed_with_the_later_of_closing_and_the_third_copy(cast: Cast, order: str) -> None:
    slip = cast.returned()
    ticket = slip.ticket
    callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.qian, satisfied=True)
    steps = [lambda: workorders.close(ticket, by=cast.zhou), lambda: custody.take_in(slip, copies=[3], by=cast.zhou)]
    for step in steps if order == "closed first" else reversed(steps):
        slip.refresh_from_db()
        assert slip.state == "returned"
        step()
    slip.refresh_from_db()
    assert slip.state == "filed"


def test_the_page_of_closing_lists_what_is_owed(cast: Cast, sign_in: Any) -> None:
    slip = cast.accepted_slip()
    url = reverse("close", args=[slip.ticket.number])
    page = sign_in("zhou").get(url)
    assert (page.status_code, page.context["owed"]) == (200, ["第一、二联未回前台", "款项未结清", "回访未完成"])
    answer = sign_in("zhou").post(url)
    assert (answer.status_code, answer.context["owed"]) == (409, ["第一、二联未回前台", "款项未结清", "回访未完成"])
    slip.ticket.refresh_from_db()
    assert slip.ticket.state == "completed"


# The form at the desk ----------------------------------------------------------------


def test_a_second_press_writes_nothing_and_another_body_is_refused(cast: Cast, sign_in: Any) -> None:
    slip = cast.arrived()
    client, url = sign_in("zhou"), reverse("slip_take_in", args=[slip.number])
    fields = {"copies": [1, 2, 3], "once": str(uuid.uuid4())}
    assert [client.post(url, fields).status_code for _each in range(3)] == [302, 302, 302]
    assert Event.objects.filter(action="slip_take_in").count() == 1
    assert client.post(url, {**fields, "copies": [1]}).status_code == 409


def test_extra_fields_have_no_effect(cast: Cast, sign_in: Any) -> None:
    slip = cast.issued()
    extra = {"state": "filed", "number": "HT-WX-209901-0001", "technician": cast.xu.pk, "issued_at": "2020-01-01"}
    assert sign_in("wang").post(reverse("slip_collect", args=[slip.number]), extra).status_code == 302
    after = Slip.objects.get(pk=slip.pk)
    assert (after.state, after.number, after.technician, after.issued_at) == (
        "collected",
        slip.number,
        cast.wang,
        slip.issued_at,
    )


def test_a_step_in_a_dialog_answers_with_its_fragment_and_then_with_an_event(cast: Cast, sign_in: Any) -> None:
    slip = cast.issued()
    client, url = sign_in("zhou"), reverse("slip_collect", args=[slip.number])
    fragment = client.get(url, headers={"HX-Request": "true"})
    assert fragment.templates[0].name == "workorders/_step_form.html"
    done = client.post(url, headers={"HX-Request": "true"})
    assert json.loads(done["HX-Trigger"])["step:done"]["message"] == "三联已交王强"
    late = client.post(url, headers={"HX-Request": "true"})
    assert (late.status_code, "不能领单" in late.content.decode()) == (409, True)
