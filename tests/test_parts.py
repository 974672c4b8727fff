"""What holds a finish, and parts as they are typed (SOP 5.5.1-5, -6; G6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from billing import quoting, till
from core.refusals import Refusal
from places.models import SparePart
from tests.cast import STROKES, Cast
from tickets.models import Event
from workorders import actions as workorders
from workorders.models import Part, Slip


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
    quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines("500.00", "15.00"))
    for sentence, remedy in (
        ("增项报价还在等客户答复。", lambda: quoting.accept_quote(ticket, by=cast.zhou, name="李建国", relation="owner", how="phone")),
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
    slip = cast.arrived(material="0.00")
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
    slip = cast.arrived(material="0.00")
    fields = {"work": "更换阀芯并试水", "on_paper": "on", "on_behalf_of": cast.wang.pk}
    assert sign_in("zhou").post(reverse("slip_finish", args=[slip.number]), fields).status_code == 302
    signature = slip.signatures.get()
    assert (signature.name, signature.on_paper, signature.seen_by, signature.strokes) == ("王强", True, cast.zhou, [])
    event = Event.objects.get(action="slip_finish")
    assert (event.actor, event.on_behalf_of) == (cast.zhou, cast.wang)


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
