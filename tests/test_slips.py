"""The steps of a slip: collected, arrived, finished, taken back, rejected, voided, filed (SOP 5.5.1-4 to -8)."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from billing import actions as billing
from callbacks import actions as callbacks
from core import clock
from core.refusals import Forbidden, Refusal
from tests.cast import STROKES, Cast
from tickets.models import Deadline, Event
from workorders import acceptance, custody
from workorders import actions as workorders
from workorders.models import Part, Slip

SIGNED = json.dumps(STROKES)


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
    assert sign_in("wang").post(url, {"why": "customer", "words": "等家人回来", "window_slot": ""}).status_code == 302
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


# Taken back, rejected, voided, filed -----------------------------------------------


def finish_promises(slip: Slip) -> list[tuple[dt.datetime, bool]]:
    return [(row.due_at, row.is_open) for row in slip.ticket.deadlines.filter(kind=Deadline.Kind.FINISH).order_by("pk")]


def test_a_finish_is_taken_back_by_who_finished_it_or_the_engineering_supervisor(cast: Cast) -> None:
    slip = cast.arrived(material="0.00")
    workorders.finish(slip, by=cast.zhou, work="更换阀芯并试水", on_behalf_of=cast.xu)
    for stranger in (cast.wang, cast.zhou, cast.lin):
        with pytest.raises(Forbidden):
            acceptance.unfinish(slip, by=stranger, because="还在滴")
    acceptance.unfinish(slip, by=cast.shen, because="还在滴")
    assert slip.state == "arrived"


@pytest.mark.sop("3.1")
@pytest.mark.parametrize(("total", "said"), [("499.99", ""), ("500.00", "夜间值班只开不到 ¥500.00 的单。")])
def test_night_duty_issues_no_slip_from_five_hundred(cast: Cast, total: str, said: str) -> None:
    ticket = (cast.prepaid if said else cast.accepted)(total, "0.00", urgency="urgent")
    found = ""
    try:
        billing.issue_slip(ticket, by=cast.night, technician=cast.wang)
    except Refusal as refusal:
        found = refusal.sentence
    assert (found, ticket.slips.count()) == (said, 0 if said else 1)


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
    acceptance.reject(slip, by=cast.wang, name="李建国", words="仍在滴水", strokes=STROKES)
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
