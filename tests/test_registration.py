"""Registration: one call, one form; nothing missing, nothing twice, and the clock begins with the call (SOP 5.1.1, 5.3, 5.5.1-1)."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from billing import quoting
from core.clock import SHANGHAI
from core.text import masked_telephone
from people.models import User
from people.roles import FD
from places.models import Community, PublicArea, Resident
from places.queries import forget_communities
from tests.accounts import somebody
from tests.cast import Cast, the_cast
from tests.test_photos import picture, sent
from tests.test_steps import client_of, errors, together
from tickets import actions as tickets
from tickets.forms.finding import begun
from tickets.models import Event, Ticket

NOON = dt.datetime(2026, 11, 24, 10, 42, 42, tzinfo=SHANGHAI)
MINUTE = dt.timedelta(minutes=1)
PAGE = "/tickets/new/"


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def report(cast: Cast, **given: Any) -> dict[str, Any]:
    """A filled form: an urgent leak at 0702, told by the owner whose number is known."""
    person = cast.unit_0702.residents.get(relation="owner")
    fields = {
        "once": str(uuid.uuid4()), "place_text": "1栋1单元0702", "place_kind": "unit", "place_id": cast.unit_0702.pk, "known": f"r{person.pk}",
        "reporter_name": person.called, "relation": "owner", "phone": person.masked_phone, "channel": "phone", "spot": "bathroom",
        "component_text": "阀门、角阀", "component": "valve", "trade": "plumbing", "fault": "洗手台下角阀漏水，已关总阀", "urgency": "urgent",
        "to": f"u{cast.wang.pk}", "then": "notify",
    }  # fmt: skip
    return {**fields, **given}


def call(client: Client, cast: Cast, **given: Any) -> Any:
    return client.post(PAGE, report(cast, **given))


def registered(answer: Any) -> Ticket:
    assert answer.status_code == 302, errors(answer)
    ticket: Ticket = Ticket.objects.order_by("-pk")[0]
    assert answer.headers["Location"] == ticket.get_absolute_url()
    return ticket


def refused(answer: Any) -> dict[str, list[str]]:
    assert (answer.status_code, Ticket.objects.count()) == (422, 0)
    return errors(answer)


# What is written --------------------------------------------------------------


@pytest.mark.sop("5.5.1-1", "5.3.2")
def test_a_call_is_entered_with_every_item_of_the_register(cast: Cast, sign_in, noon):
    ticket = registered(call(sign_in("zhou"), cast, remark="家有小孩，请轻声"))
    said = (ticket.number, ticket.reported_at, ticket.channel, ticket.taken_by, ticket.place, ticket.unit, ticket.spot)
    assert said == ("HT-BX-202611-0001", NOON, "phone", cast.zhou, "home", cast.unit_0702, "bathroom")
    person = (ticket.reporter_name, ticket.relation, ticket.phone, ticket.callers.get().phone)
    assert person == ("李建国", "owner", "13800001201", "13800001201")
    what = (ticket.component_id, ticket.fault, ticket.urgency, ticket.trade_id, ticket.nature_guess, ticket.remark)
    assert what == ("valve", "洗手台下角阀漏水，已关总阀", "urgent", "plumbing", "paid_home", "家有小孩，请轻声")


@pytest.mark.sop("5.4.1", "5.4.2-2")
def test_registered_and_notified_in_one_the_clocks_run_from_the_call(cast: Cast, sign_in, noon):
    ticket = registered(call(sign_in("zhou"), cast))
    assert (ticket.state, ticket.technician) == ("notified", cast.wang)
    clocks = {row.kind: (row.due_at, row.met_at) for row in ticket.deadlines.all()}
    night = dt.datetime(2026, 11, 25, tzinfo=SHANGHAI)
    assert clocks == {
        "notify": (NOON + 5 * MINUTE, NOON),
        "arrive": (NOON + 30 * MINUTE, None),
        "finish": (night, None),
    }


def test_registered_alone_the_notify_clock_goes_on(cast: Cast, sign_in, noon):
    ticket = registered(call(sign_in("zhou"), cast, then=""))
    assert (ticket.state, ticket.technician) == ("reported", None)
    assert ticket.deadlines.get(kind="notify").met_at is None


@pytest.mark.sop("5.3.1")
def test_who_comes_to_the_counter_is_entered_as_a_walk_in(cast: Cast, sign_in):
    assert registered(call(sign_in("zhou"), cast, channel="walk_in")).channel == "walk_in"


def test_the_answer_says_number_and_who_was_told_and_offers_the_next_report(cast: Cast, sign_in):
    client = sign_in("zhou")
    page = client.get(call(client, cast).headers["Location"])
    [notice] = page.context["messages"]
    assert notice.extra_tags == "saved:register"
    assert str(notice).startswith("已登记 BX-202611-0001，已通知王强")
    assert 'href="/tickets/new/?again=HT-BX-202611-0001"' in str(notice)


def test_another_number_than_the_known_one_is_kept_as_typed(cast: Cast, sign_in):
    ticket = registered(call(sign_in("zhou"), cast, phone="139-0000 7777", reporter_name="李太太", relation="family"))
    assert (ticket.phone, ticket.reporter_name, ticket.relation) == ("13900007777", "李太太", "family")


def test_a_mask_of_somebody_else_is_no_number(cast: Cast, sign_in):
    stranger = Resident.objects.create(unit=cast.unit_1201, name="王五", phone="13612340903")
    answer = call(sign_in("zhou"), cast, known=f"r{stranger.pk}", phone=stranger.masked_phone)
    assert refused(answer) == {"phone": ["联系电话遮住了几位，输入完整号码。"]}


def test_trade_is_proposed_from_the_part_and_may_be_changed(cast: Cast, sign_in):
    client = sign_in("zhou")
    assert registered(call(client, cast, trade="", then="")).trade_id == "plumbing"
    assert registered(call(client, cast, trade="general", then="")).trade_id == "general"


@pytest.mark.sop("5.4.1")
def test_a_routine_report_keeps_its_window(cast: Cast, sign_in, noon):
    ticket = registered(call(sign_in("zhou"), cast, urgency="routine", window_slot="2026-11-24T14:30"))
    ends = dt.datetime(2026, 11, 24, 15, 30, tzinfo=SHANGHAI)
    assert (ticket.window_to, ticket.appointments.get().ends) == (ends, ends)
    assert ticket.deadlines.get(kind="arrive").due_at == ends


def test_in_warranty_the_desk_asks_whether_it_was_altered(cast: Cast, sign_in):
    client = sign_in("zhou")
    given = {"place_text": "3栋2单元1201", "place_id": cast.unit_1201.pk, "known": "", "reporter_name": "李建国", "phone": "13800001201"}  # fmt: skip
    assert refused(call(client, cast, **given)) == {"man_made": ["质保内，问清是否装修改动过"]}
    natures = {answer: registered(call(client, cast, **given, man_made=answer)).nature_guess for answer in ("no", "yes", "unknown")}  # fmt: skip
    assert natures == {"no": "warranty_home", "yes": "paid_home", "unknown": "warranty_home"}


def test_a_public_fault_told_from_home_asks_where_it_is(cast: Cast, sign_in):
    client, lamp = sign_in("zhou"), {"component": "public_lamp", "component_text": "", "trade": "electric", "to": f"u{cast.dian.pk}"}  # fmt: skip
    assert refused(call(client, cast, **lamp)) == {"area": ["选公共位置"]}
    ticket = registered(call(client, cast, **lamp, area=cast.hall.pk))
    assert (ticket.place, ticket.unit, ticket.area, ticket.where) == (
        "public",
        cast.unit_0702,
        cast.hall,
        "3栋2单元大堂",
    )
    riser = registered(call(client, cast, component="riser", component_text="", area="here"))
    assert (riser.place, riser.area, riser.where, riser.spot) == ("public", None, "1栋1单元0702", "")


def test_a_patrol_reports_a_public_place(cast: Cast, sign_in):
    given = {"place_text": "3栋2单元大堂", "place_kind": "area", "place_id": cast.hall.pk, "known": "", "reporter_name": "周敏", "relation": "patrol", "phone": "13700001111", "spot": ""}  # fmt: skip
    ticket = registered(call(sign_in("zhou"), cast, **given, component="public_lamp", component_text="", trade="", then=""))  # fmt: skip
    assert (ticket.place, ticket.area, ticket.unit, ticket.has_caller, ticket.trade_id) == ("public", cast.hall, None, False, "electric")  # fmt: skip


def test_a_fault_of_the_town_s_is_entered_as_municipal(cast: Cast, sign_in):
    ticket = registered(call(sign_in("zhou"), cast, component="m_water", component_text="", trade="", area="here", then=""))  # fmt: skip
    assert (ticket.place, ticket.nature_guess, ticket.trade_id) == ("municipal", "municipal", "none")


def test_photos_come_with_the_report(cast: Cast, sign_in):
    ticket = registered(call(sign_in("zhou"), cast, photos=[sent(picture()), sent(picture("PNG"))]))
    assert [(photo.kind, photo.by) for photo in ticket.photos.all()] == [("report", cast.zhou)] * 2
    assert list(ticket.events.values_list("action", flat=True)) == ["register", "notify_engineering", "add_photo"]


def test_a_report_may_be_marked_as_redoing_an_earlier_repair_of_the_place(cast: Cast, sign_in):
    earlier, elsewhere = cast.returned(component="valve").ticket, cast.returned(unit=cast.unit_1201).ticket
    client = sign_in("zhou")
    assert registered(call(client, cast, rework_of=earlier.number)).rework_of == earlier
    assert registered(call(client, cast, rework_of=elsewhere.number)).rework_of is None


# The moment of the call --------------------------------------------------------


@pytest.mark.sop("5.4.1")
def test_the_report_is_as_old_as_the_call_and_not_as_the_saving(cast: Cast, sign_in, noon):
    client = sign_in("zhou")
    note = client.get(f"{PAGE}?unit={cast.unit_0702.pk}").context["call"]
    noon.shift(95)
    ticket = registered(call(client, cast, call=note))
    assert (ticket.reported_at, ticket.saved_at, ticket.backdated_because) == (NOON, NOON + dt.timedelta(seconds=95), "")  # fmt: skip
    row = ticket.deadlines.get(kind="notify")
    assert (row.due_at, row.met_at) == (NOON + 5 * MINUTE, NOON + dt.timedelta(seconds=95))


def test_a_forged_or_foreign_note_of_the_call_counts_for_nothing(cast: Cast, sign_in, noon):
    old = NOON - 20 * MINUTE
    for note in (
        begun(cast.qian, old),
        begun(cast.zhou, old) + "x",
        f"{cast.zhou.pk}.{int(old.timestamp())}:abc",
        "x" * 200,
    ):
        assert registered(call(sign_in("zhou"), cast, call=note)).reported_at == NOON


def test_the_time_may_be_set_back_half_an_hour_with_a_reason(cast: Cast, sign_in, noon):
    client, early = sign_in("zhou"), "2026-11-24T10:20"
    assert refused(call(client, cast, called_at=early)) == {"backdated_because": ["报修时间往前改了，写明原因"]}
    ticket = registered(call(client, cast, called_at=early, backdated_because="先去看了现场"))
    assert (ticket.reported_at, ticket.backdated_because) == (NOON.replace(minute=20, second=0), "先去看了现场")


def test_a_time_too_old_or_still_to_come_is_refused(cast: Cast, sign_in, noon):
    client, reason = sign_in("zhou"), "停电"
    late = refused(call(client, cast, called_at="2026-11-24T10:50", backdated_because=reason))
    old = refused(call(client, cast, called_at="2026-11-24T10:00", backdated_because=reason))
    assert (late, old) == (
        {"called_at": ["报修时间不能晚于现在"]},
        {"called_at": ["报修时间最多往前改 30 分钟；停机补录由客服主管登记"]},
    )


def test_what_was_written_on_paper_is_entered_later_by_the_supervisor(cast: Cast, sign_in, noon):
    ticket = registered(call(sign_in("lin"), cast, called_at="2026-11-24T07:42", backdated_because="停电，纸单补录", then=""))  # fmt: skip
    assert ticket.reported_at == NOON.replace(hour=7, second=0)
    assert ticket.deadlines.get(kind="notify").due_at == NOON.replace(hour=7, minute=47, second=0)


# What is missing or wrong -------------------------------------------------------


@pytest.mark.sop("5.1.1")
def test_an_empty_form_names_every_item_that_is_missing(cast: Cast, sign_in):
    answer = sign_in("zhou").post(PAGE, {"once": str(uuid.uuid4())})
    assert refused(answer) == {
        "reporter_name": ["填写报修人"], "relation": ["选身份"], "phone": ["填写联系电话"], "channel": ["选报修方式"], "fault": ["填写故障情况"],
        "urgency": ["选紧急程度"], "place_text": ["选定房号或公共区域"], "component_text": ["选部件"],
    }  # fmt: skip


@pytest.mark.sop("5.1.1")
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("spot", "", "选报修部位"),
        ("fault", "漏水", "故障情况至少 4 个字"),
        ("fault", "漏" * 201, "故障情况最多 200 个字，现有 201 个"),
        ("phone", "138 0013 802", "联系电话少 1 位，应为 11 位手机号或带区号的固话。"),
        ("reporter_name", "王" * 21, "报修人最多 20 个字，现有 21 个"),
        ("channel", "fax", "报修方式没有这一项，重新选"),
        ("trade", "wizard", "工种没有这一项，重新选"),
    ],
)
def test_a_wrong_item_is_refused_beside_its_field(field, value, sentence, cast: Cast, sign_in):
    answer = call(sign_in("zhou"), cast, **{field: value})
    assert refused(answer) == {field: [sentence]}
    page = answer.content.decode()
    assert (f'id="id_{field}_error"' in page and "洗手台下角阀漏水" in page) or field == "fault"


@pytest.mark.sop("5.4.1")
def test_a_routine_report_without_a_window_is_refused(cast: Cast, sign_in):
    assert refused(call(sign_in("zhou"), cast, urgency="routine")) == {"window": ["一般报修要选预约时间"]}


@pytest.mark.parametrize("field", ["place_text", "reporter_name", "phone", "component_text", "fault", "backdated_because", "remark"])  # fmt: skip
@pytest.mark.parametrize("character", ["\x00", "\x01", "\x7f"])
def test_no_field_takes_a_control_character(field, character, cast: Cast, sign_in):
    given = report(cast)
    answer = call(sign_in("zhou"), cast, **{field: f"{given.get(field, '')}{character}甲乙丙丁"})
    assert "含有不能显示的字符。删去后重新输入。" in refused(answer)[field][0]


def test_markup_is_kept_as_text_and_shown_as_text(cast: Cast, sign_in):
    client, markup = sign_in("zhou"), "<b>x</b><img src=x onerror=alert(1)>"
    given = {name: markup[:limit] for name, limit in (("reporter_name", 20), ("remark", 100), ("fault", 200))}
    ticket = registered(call(client, cast, **given))
    assert (ticket.fault, ticket.reporter_name) == (markup, markup[:20])
    pages = [
        client.get(url).content.decode() for url in (ticket.get_absolute_url(), f"{PAGE}?unit={cast.unit_0702.pk}")
    ]
    assert [page.count("<img src=x") for page in pages] == [0, 0]
    assert "&lt;img src=x" in pages[0]


def test_a_dwelling_is_found_by_what_was_typed_without_a_script(cast: Cast, sign_in):
    client, typed = sign_in("zhou"), {"place_kind": "", "place_id": "", "known": "", "phone": "13800001201", "reporter_name": "李建国"}  # fmt: skip
    found = {text: registered(call(client, cast, place_text=text, **typed)).where for text in ("1-0702", "0702", "1栋1单元702")}  # fmt: skip
    assert set(found.values()) == {"1栋1单元0702"}


def test_a_dwelling_that_does_not_exist_is_answered_with_near_ones(cast: Cast, sign_in):
    client, typed = sign_in("zhou"), {"place_kind": "", "place_id": "", "known": "", "phone": "13800001201"}
    said = {text: refused(call(client, cast, place_text=text, **typed))["place_text"] for text in ("1-0722", "张三丰", "李建国")}  # fmt: skip
    assert said == {
        "1-0722": ["没有 1-0722，相近：1-1-0702"],
        "张三丰": ["没有找到“张三丰”"],
        "李建国": ["有 2 处相符：1栋1单元0702、3栋2单元1201。写全房号，或从列表里选。"],
    }


@pytest.mark.parametrize(
    ("typed", "sentence", "offered"),
    [
        ("1-0722", "没有 1-0722，相近：1-1-0702", [("unit", "1栋1单元0702")]),
        ("3栋2单元大厅", "没有 3栋2单元大厅，相近：3栋2单元大堂", [("area", "3栋2单元大堂")]),
        ("张三丰", "没有找到“张三丰”", []),
    ],
)
def test_a_refused_form_offers_the_near_places_to_pick(typed, sentence, offered, cast: Cast, sign_in):
    answer = call(sign_in("zhou"), cast, place_kind="", place_id="", known="", phone="1380000", place_text=typed)
    assert refused(answer)["place_text"] == [sentence]
    found = re.findall(
        r'data-kind="(\w+)" data-near="1" data-value="\d+" data-label="([^"]+)"', answer.content.decode()
    )
    assert found == offered


def test_a_text_typed_over_a_chosen_dwelling_counts(cast: Cast, sign_in):
    ticket = registered(
        call(sign_in("zhou"), cast, place_text="3-2-1201", known="", phone="13800001201", man_made="no")
    )
    assert ticket.unit == cast.unit_1201


def test_a_part_is_found_by_what_was_typed_without_a_script(cast: Cast, sign_in):
    client = sign_in("zhou")
    assert registered(call(client, cast, component="", component_text="马桶、水箱")).component_id == "toilet"
    Ticket.objects.update(rework_of=None)
    assert call(client, cast, component="", component_text="火箭").context["form"].errors["component_text"] == ["没有部件“火箭”。换个说法，或选相近的部件。"]  # fmt: skip


def test_without_a_script_the_recommended_one_is_told(cast: Cast, sign_in):
    cast.notified(urgency="prompt")
    assert registered(call(sign_in("zhou"), cast, to="")).technician == cast.xu


def test_nobody_on_duty_is_a_sentence_and_registering_alone_goes_on(cast: Cast, sign_in):
    User.objects.get(pk=cast.wang.pk).duties.all().delete()
    User.objects.get(pk=cast.xu.pk).duties.all().delete()
    client = sign_in("zhou")
    assert refused(call(client, cast, to="")) == {"to": ["没有当班的水工可通知。先登记，再由工程主管安排。"]}
    assert registered(call(client, cast, to="", then="")).state == "reported"


# Who, and whose dwelling ---------------------------------------------------------


def test_only_the_desk_registers(cast: Cast, sign_in):
    people = ("zhou", "lin", "night", "wang", "shen", "mei", "fin", "admin")
    assert {who: sign_in(who).get(PAGE).status_code for who in people} == {
        "zhou": 200, "lin": 200, "night": 200, "wang": 403, "shen": 403, "mei": 403, "fin": 403, "admin": 403,
    }  # fmt: skip


def test_a_dwelling_of_another_community_is_none(cast: Cast):
    elsewhere = Community.objects.create(code="MD", name="牡丹园", company="海棠物业")
    client = Client()
    client.force_login(somebody("mdfd", FD, within=elsewhere.pk))
    assert refused(call(client, cast))["place_text"] == ["没有找到“1-1-0702”"]
    assert client.get(f"{PAGE}?unit={cast.unit_0702.pk}").context["place"] is None
    beside = client.get(reverse("register_rail"), {"place_kind": "unit", "place_id": str(cast.unit_0702.pk)})
    assert (beside.status_code, "李先生" in beside.content.decode()) == (200, False)


def test_extra_fields_of_a_ticket_have_no_effect(cast: Cast, sign_in, noon):
    forged = {"state": "closed", "number": "X", "reported_at": "2020-01-01", "community": 9, "nature": "paid_home", "taken_by": cast.lin.pk, "accepted_total": "900"}  # fmt: skip
    ticket = registered(call(sign_in("zhou"), cast, **forged))
    assert (ticket.state, ticket.number, ticket.reported_at, ticket.nature, ticket.taken_by) == ("notified", "HT-BX-202611-0001", NOON, "", cast.zhou)  # fmt: skip


# The page --------------------------------------------------------------------------


def test_the_page_opens_with_the_dwelling_or_the_caller(cast: Cast, sign_in):
    client, owner = sign_in("zhou"), cast.unit_1201.residents.get(relation="owner")
    tenant = cast.unit_1201.residents.get(relation="tenant")
    Resident.objects.filter(pk=tenant.pk).update(phone="13955556666")
    cast.unit_1201.fill_search(list(cast.unit_1201.residents.all()))
    cast.unit_1201.save()
    known = lambda query: client.get(f"{PAGE}?{query}", follow=True).context["form"].initial.get("known")  # noqa: E731
    assert known(f"unit={cast.unit_1201.pk}") == known("unit=3-1201") == f"r{owner.pk}"
    assert known("phone=13955556666") == f"r{tenant.pk}"
    assert client.get(f"{PAGE}?phone=13155550000", follow=True).context["form"].initial == {"phone": "13155550000"}


def test_the_next_report_of_the_same_caller_keeps_place_and_person(cast: Cast, sign_in):
    client = sign_in("zhou")
    first = registered(call(client, cast, phone="13900007777", reporter_name="李太太", relation="family"))
    form = client.get(f"{PAGE}?again={first.number}").context["form"]
    assert (form.initial["place_id"], form.initial["relation"]) == (cast.unit_0702.pk, "family")
    again = {name: form.initial[name] for name in ("known", "reporter_name", "phone", "relation")}
    assert again["phone"] == masked_telephone("13900007777")
    second = registered(call(client, cast, **again, component="tap", component_text="水龙头、花洒"))
    assert (second.reporter_name, second.phone) == ("李太太", "13900007777")


def rail(client: Client, cast: Cast, **given: Any) -> Any:
    asked: dict[str, Any] = {
        "place_kind": "unit",
        "place_id": cast.unit_0702.pk,
        "component": "valve",
        "trade": "plumbing",
        **given,
    }
    return client.get(reverse("register_rail"), asked)


def test_the_rail_shows_people_masked_warranty_with_its_reason_and_who_can_come(cast: Cast, sign_in, noon):
    answer = rail(sign_in("zhou"), cast)
    assert [(one.called, one.masked) for one in answer.context["residents"]] == [("李先生", "138****1201"), ("陈女士", "139****2222")]  # fmt: skip
    assert (answer.context["verdict"].state, answer.context["lived"]) == ("out", "8 年")
    assert [(str(each.who), each.state) for each in answer.context["crew"]] == [("王强", "空闲"), ("徐亮", "空闲")]
    assert answer.context["promises"] == {"began": "10:42:42", "notify": "10:47:42", "arrive": "11:12:42", "finish": "今日 24:00"}  # fmt: skip
    page = answer.content.decode()
    assert "13800001201" not in page and "李建国" not in page
    assert re.findall(r'id="([\w-]+)"[^>]*hx-swap-oob', page) == [
        "id_call", "safety", "area-field", "phrases", "made-field", "urgent-hint", "window-field", "promises", "save-act",
    ]  # fmt: skip


def test_the_rail_shows_what_may_be_the_same_fault_and_the_last_six_repairs(cast: Cast, sign_in):
    for _ in range(7):
        cast.report(component="tap")
    twin, other = cast.report(component="valve"), cast.report(component="valve", unit=cast.unit_1201)
    gone = cast.report(component="valve")
    tickets.cancel(gone, by=cast.zhou, reason="error")
    answer = rail(sign_in("zhou"), cast)
    assert answer.context["twins"] == [(twin, "已登记，正在安排人")] and other not in answer.context["earlier"]
    assert (len(answer.context["earlier"]), answer.context["earlier_n"]) == (6, 9)


def test_what_ended_without_a_repair_is_no_twin(cast: Cast, sign_in, noon):
    ticket = cast.quoted(component="valve")
    quoting.decline_quote(ticket, by=cast.zhou, reason="自己修", visit_fee=False)
    answer = rail(sign_in("zhou"), cast)
    assert (answer.context["twins"], answer.context["redone"]) == ([], [])


def test_a_public_area_has_its_own_rail(cast: Cast, sign_in):
    PublicArea.objects.filter(pk=cast.hall.pk).update(completed_on=dt.date(2020, 1, 1))
    answer = rail(sign_in("zhou"), cast, place_kind="area", place_id=cast.hall.pk, component="public_lamp", trade="electric")  # fmt: skip
    page = answer.content.decode()
    assert (answer.context["place"], answer.context["home"], answer.context["verdict"].state) == (
        cast.hall,
        None,
        "out",
    )
    assert "此处记录" in page and "按有偿登记" not in page


# Once ------------------------------------------------------------------------------


def test_a_double_press_gives_the_first_ticket_and_another_text_a_409(cast: Cast, sign_in):
    client, key = sign_in("zhou"), str(uuid.uuid4())
    first, second = (call(client, cast, once=key) for _ in range(2))
    assert (first.status_code, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    other = call(client, cast, once=key, fault="另外一处也在漏水")
    assert (other.status_code, other.context["refused"]) == (
        409,
        "这张表单已登记为 BX-202611-0001。要再登记一件，再按一次。",
    )
    assert "另外一处也在漏水" in other.content.decode()
    assert Ticket.objects.count() == 1


def test_a_refused_notice_leaves_no_ticket_and_no_number(cast: Cast, sign_in, monkeypatch):
    monkeypatch.setattr(User, "on_duty", lambda self, at: True)
    client = sign_in("zhou")
    assert call(client, cast, to=f"u{cast.dian.pk}").status_code == 422
    assert Ticket.objects.count() == 0
    assert registered(call(client, cast)).number == "HT-BX-202611-0001"


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_ten_equal_presses_at_once_are_one_ticket_and_ten_equal_answers() -> None:
    cast = the_cast()
    fields = report(cast)
    clients = [client_of(cast, "zhou") for _ in range(10)]
    answers = together(*[lambda client=client: client.post(PAGE, fields) for client in clients])
    ticket = Ticket.objects.get()
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {(302, ticket.get_absolute_url())}  # fmt: skip
    assert list(Event.objects.values_list("action", flat=True)) == ["register", "notify_engineering"]


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_five_clerks_at_once_get_five_numbers_without_a_gap() -> None:
    cast = the_cast()
    jobs = [lambda who=who: call(client_of(cast, who), cast) for who in ("zhou", "qian", "lin", "night", "zhou")]
    answers = together(*jobs)
    assert [answer.status_code for answer in answers] == [302] * 5
    assert sorted(Ticket.objects.values_list("number", flat=True)) == [f"HT-BX-202611-{n:04d}" for n in range(1, 6)]


@pytest.mark.parametrize(("given", "queries"), [({"then": ""}, 27), ({"then": "", "urgency": "routine", "window_slot": "2026-11-24T14:30"}, 31), ({}, 43)])  # fmt: skip
def test_a_registration_asks_the_database_no_more_than_this(
    given, queries, cast: Cast, sign_in, noon, django_assert_num_queries
):
    """The first of the month, so that the series of numbers is begun too; told to engineering at once is two steps in one."""
    client, fields = sign_in("zhou"), report(cast, **given)
    client.get(PAGE)
    forget_communities()
    with django_assert_num_queries(queries):
        assert client.post(PAGE, fields).status_code == 302
