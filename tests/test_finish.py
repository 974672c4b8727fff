"""What was quoted and is not listed at the finish falls off the charge: whoever finishes says so once (G4)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from billing import actions as billing
from core.refusals import Refusal
from tests.cast import STROKES, Cast
from tickets.models import Event
from workorders import actions as workorders
from workorders.models import Part, Slip

D = Decimal
SAID = "报价含 陶瓷阀芯 1 只 ¥15.00，未列用料：不收这项"
WITHOUT = {"work": "只拧紧，未换阀芯", "strokes": json.dumps(STROKES)}


def finish(slip: Slip, cast: Cast, **given: Any) -> None:
    workorders.finish(slip, by=cast.wang, work="只拧紧，未换阀芯", strokes=STROKES, **given)


def asks(slip: Slip) -> list[str]:
    return [line["name"] for line in slip.unlisted_materials]


@pytest.mark.parametrize(("name", "page"), [("wang", "phone"), ("zhou", "dialog"), ("zhou", "panel")])
def test_an_unlisted_material_is_named_where_the_work_is_finished(
    cast: Cast, sign_in: Any, name: str, page: str
) -> None:
    slip = cast.arrived()
    url = {
        "phone": f"{reverse('my_job', args=[slip.ticket.number])}?tab=sign",
        "dialog": reverse("slip_finish", args=[slip.number]),
        "panel": slip.ticket.get_absolute_url(),
    }[page]
    html = sign_in(name).get(url).content.decode()
    assert (html.count(SAID), html.count('name="unused_confirmed"')) == (1, 1)


@pytest.mark.sop("5.5.1-6")
@pytest.mark.parametrize(("name", "told"), [("wang", False), ("zhou", True)])
def test_without_the_tick_it_is_refused_beside_the_tick(cast: Cast, sign_in: Any, name: str, told: bool) -> None:
    slip = cast.arrived()
    client, url = sign_in(name), reverse("slip_finish", args=[slip.number])
    fields = WITHOUT | ({"on_behalf_of": cast.wang.pk} if told else {})
    answer = client.post(url, fields)
    said = {field: [str(error) for error in found] for field, found in answer.context["form"].errors.items()}
    assert (answer.status_code, said) == (422, {"unused_confirmed": ["勾选“未用，不收”，或先把用料列上。"]})
    assert answer.context["form"]["work"].value() == WITHOUT["work"]
    assert client.post(url, fields | {"unused_confirmed": "on"}).status_code == 302
    event = Event.objects.get(action="slip_finish")
    assert (Slip.objects.get(pk=slip.pk).state, event.facts["unused"]) == ("finished", "15.00")


def test_the_action_refuses_at_every_door_and_leaves_no_signature(cast: Cast) -> None:
    slip = cast.arrived()
    with pytest.raises(Refusal, match="报价里有材料没有列用料"):
        finish(slip, cast)
    slip.refresh_from_db()
    assert (slip.state, slip.signatures.count()) == ("arrived", 0)
    finish(slip, cast, unused_confirmed=True)
    billing.accept_slip(slip, by=cast.wang, name="李建国", opinion="passed", strokes=STROKES)
    slip.ticket.refresh_from_db()
    assert (slip.ticket.charged_total, slip.ticket.balance) == (D("20.00"), D("20.00"))


def test_nothing_is_asked_where_every_material_is_listed_also_for_less(cast: Cast, sign_in: Any) -> None:
    slip = cast.arrived()
    workorders.list_parts(slip, by=cast.wang, parts=cast.parts("12.00"), verified=True)
    page = sign_in("wang").get(reverse("my_job", args=[slip.ticket.number]), {"tab": "sign"})
    assert "unused_confirmed" not in page.context["finish_form"].fields
    finish(slip, cast)
    assert (slip.state, "unused" in Event.objects.get(action="slip_finish").facts) == ("finished", False)


def test_the_customer_s_own_part_in_its_place_is_not_charged_and_asked_for(cast: Cast) -> None:
    slip = cast.arrived()
    own = Part(source="customer", name="陶瓷阀芯", quantity=D(1), name_ok=True, quantity_ok=True, look_ok=True)
    workorders.list_parts(slip, by=cast.wang, parts=[own], verified=True)
    assert asks(slip) == ["陶瓷阀芯"]


def test_another_part_for_the_same_money_is_no_loss_and_asks_nothing(cast: Cast) -> None:
    slip = cast.arrived()
    (other,) = cast.parts()
    other.name = "铜阀芯"
    workorders.list_parts(slip, by=cast.wang, parts=[other], verified=True)
    assert asks(slip) == []


def test_of_two_slips_the_last_one_to_finish_asks(cast: Cast) -> None:
    first = cast.arrived()
    second = billing.issue_slip(first.ticket, by=cast.zhou, technician=cast.wang)
    workorders.collect(second, by=cast.wang)
    workorders.arrive(second, by=cast.wang)
    assert (asks(first), asks(second)) == ([], [])
    finish(first, cast)
    assert asks(second) == ["陶瓷阀芯"]


def test_a_rework_slip_quotes_nothing_and_asks_nothing(cast: Cast) -> None:
    slip = cast.arrived()
    slip.rework = True
    assert asks(slip) == []
