"""Shift handover 交接班: the sheet fills itself, both count and sign, nothing closes by it (SOP 3.1, screens 5.12, lives.md §8)."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from billing import till
from core.clock import SHANGHAI
from core.refusals import Forbidden, Refusal
from desk import actions, handing
from desk.models import Kept, Shift
from people.models import SignInFailure
from people.roles import FD
from places.models import Community
from tests.accounts import PASSWORD, somebody
from tests.cast import Cast, the_cast
from tests.test_complaints import complain
from tests.test_steps import client_of, together
from tickets import sla
from tickets.evidence import broken_links
from tickets.models import Event, Ticket

D = Decimal
MORNING = dt.datetime(2026, 11, 23, 8, 0, tzinfo=SHANGHAI)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def morning():
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


def html(answer: Any) -> str:
    return str(answer.content.decode())


def press(client: Client, step: str, shift: Shift, **fields: Any) -> Any:
    key = fields.pop("key", str(uuid.uuid4()))
    return client.post(reverse(f"shift_{step}", args=[shift.pk]), {"once": key, **fields})


def handed(cast: Cast, counted: str = "200.00", by: str = "zhou") -> Shift:
    person = cast.people[by]
    shift = actions.open_shift(cast.community, by=person)
    facts = handing.contents(cast.community, person, MORNING)
    actions.hand(shift, by=person, counted=D(counted), snapshot=facts)
    return shift


def keys(cast: Cast, now: dt.datetime = MORNING) -> dict[str, list[str]]:
    """Section → keys of its lines."""
    sections = handing.contents(cast.community, cast.zhou, now)["sections"]
    return {name: [line["key"] for line in lines] for name, lines in sections.items() if lines}


# What it says --------------------------------------------------------------------------------


@pytest.mark.sop("3.1")
def test_it_fills_itself_and_each_repair_stands_once_where_it_burns_most(cast: Cast, morning: Any) -> None:
    late = cast.report(window=(MORNING + 9 * HOUR, MORNING + 10 * HOUR))
    morning.shift(HOUR)
    urgent, soon = cast.notified(urgency="urgent"), cast.notified(window=(MORNING + 2 * HOUR, MORNING + 3 * HOUR))
    waiting, far = cast.quoted(window=(MORNING + 5 * HOUR, MORNING + 6 * HOUR)), cast.notified(window=(MORNING + 8 * HOUR, MORNING + 9 * HOUR))  # fmt: skip
    complaint, slip = complain(cast), cast.arrived(window=(MORNING + 9 * HOUR, MORNING + 10 * HOUR))
    item = actions.keep_item(Kept(community=cast.community, kind="key", what="水表房钥匙", whom="工程部"), by=cast.zhou)
    found = keys(cast, MORNING + HOUR)
    assert found == {
        "late": [f"t:{late.number}"], "urgent": [f"t:{urgent.number}"], "soon": [f"t:{soon.number}"], "waiting": [f"t:{waiting.number}"],
        "complaints": [f"s:{complaint.number}"], "copies": [f"c:{slip.number}:123"], "kept": [f"k:{item.pk}"],
    }  # fmt: skip
    assert far.state == "notified"


@pytest.mark.sop("3.1")
def test_cash_is_counted_from_the_last_count_by_method_and_in_technicians_hands(cast: Cast, morning: Any) -> None:
    shift = handed(cast, "200.00")
    actions.take(shift, by=cast.qian, counted=D("200.00"), expected=D("200.00"))
    morning.shift(HOUR)
    cast.paid("35.00")
    ticket = cast.accepted_slip("45.00").ticket
    till.receive(ticket, by=cast.wang, amount=D("45.00"), method="cash", payer="李建国")
    card = cast.accepted_slip("80.00").ticket
    till.receive(card, by=cast.zhou, amount=D("80.00"), method="wechat", payer="李建国", reference="8841")
    facts = handing.contents(cast.community, cast.zhou, MORNING + HOUR)
    assert facts["cash"]["methods"] == [["cash", "35.00", 1], ["wechat", "80.00", 1]]
    assert facts["cash"]["in_hand"] == [["王强", "45.00", 1]]
    assert (handing.expected_out(facts, D("0.00")), handing.expected_out(facts, D("100.00"))) == (D("235.00"), D("135.00"))  # fmt: skip


def test_numbers_used_go_from_the_last_sheet_to_this_one(cast: Cast, morning: Any) -> None:
    cast.report()
    first = handed(cast)
    assert ["BX", "202611", 1, 1] in (first.snapshot or {})["numbers"]
    cast.report()
    cast.report()
    assert ["BX", "202611", 2, 3] in handing.contents(cast.community, cast.zhou, MORNING)["numbers"]


# Signing -------------------------------------------------------------------------------------


@pytest.mark.sop("3.1")
def test_the_outgoing_and_another_incoming_sign_and_nothing_else_moves(cast: Cast, sign_in: Any, morning: Any) -> None:
    ticket = cast.report()
    out, into = sign_in("zhou"), sign_in("qian")
    shift = Shift.objects.get(pk=int(out.post(reverse("open_shift"), {"once": str(uuid.uuid4())})["Location"].split("/")[2]))  # fmt: skip
    saved = press(out, "save_draft", shift, **{f"note-t:{ticket.number}": "已打电话", f"told-t:{ticket.number}": "on", "remark": "明日停水", "then": "sign"})  # fmt: skip
    assert saved["Location"] == reverse("shift_hand", args=[shift.pk])
    assert press(out, "hand", shift, counted="200", password=PASSWORD)["Location"] == shift.get_absolute_url()
    assert press(into, "take", shift, counted="195.00", words="少五元", password=PASSWORD).status_code == 302
    shift.refresh_from_db()
    assert (shift.state, shift.number, shift.outgoing, shift.incoming, shift.gap) == ("taken", "HT-JB-202611-0001", cast.zhou, cast.qian, D("-5.00"))  # fmt: skip
    assert shift.notes == {f"t:{ticket.number}": {"note": "已打电话", "told": True}}
    page = html(out.get(shift.get_absolute_url()))
    assert [word in page for word in ("已打电话", "明日停水", "−¥5.00", "少五元", "已交代")] == [True] * 5
    ticket.refresh_from_db()
    assert (ticket.state, list(broken_links())) == ("reported", [])


def test_what_was_handed_never_changes_afterwards(cast: Cast, sign_in: Any, morning: Any) -> None:
    ticket = cast.report()
    shift = handed(cast)
    before, digest = shift.snapshot, shift.digest
    morning.shift(HOUR)
    sla.escalate_missed()
    cast.report()
    actions.take(shift, by=cast.qian, counted=D("200.00"), expected=D("200.00"))
    shift.refresh_from_db()
    assert (shift.snapshot, shift.digest, actions.digest_of(before or {})) == (before, digest, digest)
    assert Event.objects.get(action="shift_hand").facts["content"] == digest[:40]
    page = html(sign_in("zhou").get(shift.get_absolute_url()))
    assert (ticket.get_absolute_url() in page, "超时" in page.split("现金")[0].split("交接班单")[-1]) == (True, False)
    for step in ("save_draft", "hand", "take"):
        assert press(sign_in("zhou"), step, shift, counted="1", password=PASSWORD).status_code == 409


def test_one_person_cannot_be_both_sides(cast: Cast, sign_in: Any, morning: Any) -> None:
    shift = handed(cast)
    answer = press(sign_in("zhou"), "take", shift, counted="200", password=PASSWORD)
    assert (answer.status_code, answer.context["refused"]) == (409, "接班人不能是交班人，由另一位前台清点签字。")
    shift.refresh_from_db()
    assert (shift.state, shift.incoming, shift.counted_in) == ("handed", None, None)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"counted": "200", "password": "wrong"}, {"password": ["密码不对。重新输入。"]}),
        ({"counted": "200", "password": ""}, {"password": ["填写您的密码"]}),
        ({"counted": "", "password": PASSWORD}, {"counted": ["填写清点的现金"]}),
        ({"counted": "二百", "password": PASSWORD}, {"counted": ["清点的现金写成数字，例如 1250.50。"]}),
    ],
)
def test_without_count_and_own_password_nothing_is_signed(cast: Cast, sign_in: Any, morning: Any, fields, said) -> None:
    shift = actions.open_shift(cast.community, by=cast.zhou)
    answer = press(sign_in("zhou"), "hand", shift, **fields)
    assert (answer.status_code, {name: list(each) for name, each in answer.context["form"].errors.items()}) == (
        422,
        said,
    )
    assert (Shift.objects.get().state, 'value="wrong"' in html(answer)) == ("draft", False)


def test_wrong_passwords_are_counted_and_slowed_down(cast: Cast, sign_in: Any, morning: Any) -> None:
    shift, client = actions.open_shift(cast.community, by=cast.zhou), sign_in("zhou")
    for _try in range(5):
        press(client, "hand", shift, counted="200", password="wrong")
    answer = press(client, "hand", shift, counted="200", password=PASSWORD)
    assert answer.context["form"].errors["password"] == ["多次输错，1 分钟后再试。"]
    assert SignInFailure.objects.count() == 5


def test_a_draft_somebody_changed_since_is_told_and_what_was_typed_stays(
    cast: Cast, sign_in: Any, morning: Any
) -> None:
    shift = actions.open_shift(cast.community, by=cast.zhou)
    actions.save_draft(shift, by=cast.qian, notes={}, remark="钥匙在抽屉", paid_in=D("0.00"))
    answer = press(sign_in("zhou"), "save_draft", shift, seen="0", remark="明日停水")
    assert (answer.status_code, answer.context["form"]["remark"].value()) == (409, "明日停水")
    assert Shift.objects.get().remark == "钥匙在抽屉"
    assert press(sign_in("zhou"), "hand", shift, seen="0", counted="1", password=PASSWORD).status_code == 409


def test_the_same_press_twice_hands_over_once(cast: Cast, sign_in: Any, morning: Any) -> None:
    shift, client, key = actions.open_shift(cast.community, by=cast.zhou), sign_in("zhou"), str(uuid.uuid4())
    answers = [press(client, "hand", shift, key=key, counted="200", password=PASSWORD) for _press in range(2)]
    assert ([answer.status_code for answer in answers], Event.objects.filter(action="shift_hand").count()) == ([302, 302], 1)  # fmt: skip


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_two_clerks_begin_one_draft_and_one_of_them_hands_it_over() -> None:
    cast = the_cast()
    clients = [client_of(cast, who) for who in ("zhou", "qian")]
    begun = together(*[lambda client=client: client.post(reverse("open_shift"), {"once": str(uuid.uuid4())}) for client in clients])  # fmt: skip
    assert {answer["Location"] for answer in begun} == {Shift.objects.get().get_absolute_url()}
    shift = Shift.objects.get()
    signed = together(*[lambda client=client: press(client, "hand", shift, counted="200", password=PASSWORD) for client in clients])  # fmt: skip
    assert sorted(answer.status_code for answer in signed) == [302, 409]
    assert list(Shift.objects.values_list("number", flat=True)) == ["HT-JB-" + Shift.objects.get().number[6:]]


# Who, where, and the list of keys --------------------------------------------------------------


def test_only_the_front_desk_hands_over_and_takes_over(cast: Cast, morning: Any) -> None:
    shift = handed(cast)
    for person in (cast.lin, cast.night, cast.shen, cast.mei, cast.wang):
        with pytest.raises(Forbidden):
            actions.take(shift, by=person, counted=D("1.00"), expected=D("1.00"))
        with pytest.raises(Forbidden):
            actions.open_shift(cast.community, by=person)


def test_nothing_of_another_community_is_seen_or_signed(cast: Cast, morning: Any) -> None:
    shift = handed(cast)
    other = Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")
    client = Client()
    client.force_login(somebody("mudan", FD, within=other.pk))
    assert "JB-202611" not in html(client.get(reverse("shift")))
    assert [press(client, step, shift).status_code for step in ("save_draft", "hand", "take")] == [404] * 3
    assert client.get(shift.get_absolute_url()).status_code == 404


def test_keys_and_tools_stay_listed_until_they_are_back(cast: Cast, sign_in: Any, morning: Any) -> None:
    client = sign_in("night")
    client.post(reverse("keep_item"), {"once": str(uuid.uuid4()), "kind": "tool", "what": "人字梯", "whom": "3-1201 李先生"})  # fmt: skip
    item = Kept.objects.get()
    assert ("人字梯" in html(client.get(reverse("shift"))), item.by) == (True, cast.night)
    client.post(reverse("item_back", args=[item.pk]), {"once": str(uuid.uuid4())})
    item.refresh_from_db()
    assert (item.back_by, "人字梯" in html(sign_in("zhou").get(reverse("shift")))) == (cast.night, False)
    with pytest.raises(Refusal, match="已归还"):
        actions.item_back(item, by=cast.zhou)


def test_history_is_asked_by_day_and_empty_pages_say_what_would_be_here(cast: Cast, sign_in: Any, morning: Any) -> None:
    client = sign_in("zhou")
    assert "还没有交接过" in html(client.get(reverse("shift")))
    handed(cast)
    assert "JB-202611-0001" in html(client.get(reverse("shift"), {"day": "2026-11-23"}))
    assert "这一天没有交接" in html(client.get(reverse("shift"), {"day": "2026-11-22"}))
    assert client.get(reverse("shift"), {"day": "x"}).status_code == 200
    assert Ticket.objects.count() == 0
