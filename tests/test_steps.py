"""The steps of a ticket as pages: forms, refusals, repeats and races (trust.md §2b, screens 8)."""

from __future__ import annotations

import datetime as dt
import json
import threading
import uuid
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from core.clock import SHANGHAI
from core.fields import TextField
from core.refusals import Refusal
from tests.cast import Cast, the_cast
from tests.test_photos import picture, sent
from tickets import actions as tickets
from tickets import appointments
from tickets.models import Deadline, Event, Ticket
from tickets.urls import STEPS
from workorders.urls import LESS_URGENT

HX = {"HX-Request": "true"}
NOON = dt.datetime(2026, 11, 24, 10, 40, 0, tzinfo=SHANGHAI)


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def url(step: str, ticket: Ticket) -> str:
    return reverse(step, args=[ticket.number])


def send(client: Client, step: str, ticket: Ticket, **fields: Any) -> Any:
    """Press the button of a step: `key` is the form's one-time key, `hx=True` a press in the dialog."""
    headers = HX if fields.pop("hx", False) else None
    return client.post(url(step, ticket), {"once": fields.pop("key", str(uuid.uuid4())), **fields}, headers=headers)


def newest(ticket: Ticket) -> Event:
    return ticket.events.order_by("-seq")[0]


def errors(answer: Any) -> dict[str, list[str]]:
    return {name: list(found) for name, found in answer.context["form"].errors.items()}


def digest(ticket: Ticket) -> tuple[Any, ...]:
    row = Ticket.objects.filter(pk=ticket.pk).values_list()[0]
    return (*row, ticket.events.count(), ticket.deadlines.open().count())


# What a step asks and does ---------------------------------------------------


@pytest.mark.parametrize("view", STEPS, ids=lambda view: view.step)
def test_every_step_has_a_page_and_a_fragment(view, cast: Cast, sign_in):
    ticket = cast.notified(urgency="prompt")
    if view.step == "survey":
        tickets.arrive(ticket, by=cast.wang)
    if view.step == "notify_engineering":
        ticket = cast.report()
    if view.step in {"record_objection", "tell_judgement"}:
        ticket = cast.surveyed()
    supervisors = {"lower_urgency", "judge_by_description", "tag_weather", "enter_start_day", "refuse_rework"}
    client = sign_in("lin" if view.step in supervisors else "zhou")
    page, part = client.get(url(view.step, ticket)), client.get(url(view.step, ticket), headers=HX)
    names = [[template.name for template in answer.templates if template.name] for answer in (page, part)]
    assert (page.status_code, names[0][0]) == (200, "tickets/step_page.html")
    assert (part.status_code, names[1][0]) == (200, "tickets/_step.html")


@pytest.mark.sop("5.4.1")
def test_engineering_is_told_by_name_and_the_five_minutes_stop(cast: Cast, sign_in, noon):
    ticket = cast.report()
    noon.shift(130)
    answer = send(sign_in("zhou"), "notify_engineering", ticket, to=f"u{cast.wang.pk}", how="radio")
    assert (answer.status_code, answer.headers["Location"]) == (302, ticket.get_absolute_url())
    ticket.refresh_from_db()
    assert (ticket.state, ticket.technician, ticket.notified_how) == ("notified", cast.wang, "radio")
    assert ticket.deadlines.get(kind="notify").met_at == NOON + dt.timedelta(seconds=130)


def test_a_team_may_be_told_instead(cast: Cast, sign_in):
    ticket, team = cast.report(), cast.wang.team
    assert send(sign_in("zhou"), "notify_engineering", ticket, to=f"t{team.pk}", how="phone").status_code == 302
    ticket.refresh_from_db()
    assert (ticket.technician, ticket.team) == (None, team)


def test_those_who_practise_the_trade_are_offered_the_free_ones_first(cast: Cast, sign_in):
    cast.notified(urgency="prompt")
    form = sign_in("zhou").get(url("notify_engineering", cast.report())).context["form"]
    found = [(str(each.who), each.state, each.words) for each in form.fields["to"].candidates]
    assert found == [
        ("徐亮", "空闲", "可立即出发"),
        ("王强", "途中 1 件", "手上 1 件"),
        ("水电班", "空闲", "可立即出发"),
    ]
    assert form.initial["to"] == f"u{cast.xu.pk}"


def test_who_is_off_duty_is_shown_and_cannot_be_chosen(cast: Cast, sign_in):
    cast.wang.duties.all().delete()
    ticket, client = cast.report(), sign_in("zhou")
    answer = send(client, "notify_engineering", ticket, to=f"u{cast.wang.pk}", how="phone")
    assert (answer.status_code, errors(answer)) == (422, {"to": ["王强现在不当班。选当班的技工。"]})
    assert f'value="u{cast.wang.pk}"' in answer.content.decode()


def test_where_nobody_of_the_house_practises_the_trade_the_supervisor_is_offered(cast: Cast, sign_in):
    ticket = cast.report(component="lift", place="public", unit=None, area=cast.hall, urgency="urgent")
    form = sign_in("zhou").get(url("notify_engineering", ticket)).context["form"]
    assert [str(each.who) for each in form.fields["to"].candidates] == ["沈刚", "水电班"]


@pytest.mark.sop("5.4.2-2")
def test_the_desk_records_an_arrival_as_told_naming_the_technician_and_the_time(cast: Cast, sign_in, noon):
    ticket = cast.notified(urgency="urgent")
    noon.shift(dt.timedelta(minutes=20))
    answer = send(sign_in("zhou"), "arrive", ticket, on_behalf_of=cast.wang.pk, at="2026-11-24T10:55")
    assert answer.status_code == 302
    arrived, event = ticket.deadlines.get(kind="arrive"), newest(ticket)
    assert arrived.met_at == NOON + dt.timedelta(minutes=15)
    assert (event.actor, event.on_behalf_of, event.at) == (cast.zhou, cast.wang, arrived.met_at)


def test_a_technician_is_not_asked_for_whom_he_writes(cast: Cast, sign_in):
    ticket = cast.notified()
    asked = {who: sign_in(who).get(url("arrive", ticket)).context["form"].visible_fields() for who in ("wang", "zhou")}
    assert {who: [field.name for field in fields] for who, fields in asked.items()} == {
        "wang": [],
        "zhou": ["on_behalf_of", "at"],
    }
    assert send(sign_in("wang"), "arrive", ticket).status_code == 302


@pytest.mark.sop("5.5.1-2")
def test_a_survey_reports_work_quantities_and_parts_back_to_the_desk(cast: Cast, sign_in):
    ticket = cast.notified()
    tickets.arrive(ticket, by=cast.wang)
    fields = {"nature": "paid_home", "trade": "plumbing", "man_made": "no", "work": "更换陶瓷阀芯", "quantities": "1 只", "parts": "阀芯 35 mm"}  # fmt: skip
    answer = send(sign_in("wang"), "survey", ticket, **fields, photos=[sent(picture())])
    assert answer.status_code == 302
    found, photo = ticket.surveys.get(), ticket.photos.get()
    assert (found.work, found.quantities, found.parts, found.man_made) == ("更换陶瓷阀芯", "1 只", "阀芯 35 mm", False)
    assert (photo.kind, photo.by) == ("before", cast.wang)


def test_a_survey_that_differs_says_why(cast: Cast, sign_in):
    ticket = cast.notified()
    tickets.arrive(ticket, by=cast.wang)
    fields = {"nature": "warranty_home", "trade": "plumbing", "man_made": "no", "work": "更换陶瓷阀芯"}
    answer = send(sign_in("wang"), "survey", ticket, **fields)
    assert (answer.status_code, errors(answer)) == (
        422,
        {"reason": ["与登记时的判断不同，写明原因"], "photos": ["与登记时的判断不同，附修前照片"]},
    )
    fields["reason"] = "接口处是原装"
    again = send(sign_in("wang"), "survey", ticket, **fields)
    assert (again.status_code, errors(again)) == (422, {"photos": ["与登记时的判断不同，附修前照片"]})
    assert send(sign_in("wang"), "survey", ticket, **fields, photos=[sent(picture())]).status_code == 302


@pytest.mark.sop("5.5.1-2")
def test_the_action_asks_for_the_photo_too_but_not_of_an_inspection_s_line(cast: Cast):
    said = {"by": cast.wang, "nature": "warranty_home", "work": "更换陶瓷阀芯", "reason": "接口处是原装"}
    for channel, taken in (("phone", False), ("phone", True), ("inspection", False)):
        ticket = cast.notified(channel=channel)
        tickets.arrive(ticket, by=cast.wang)
        if taken:
            cast.photographed(ticket)
        if channel == "phone" and not taken:
            with pytest.raises(Refusal, match="与登记时的判断不同，附修前照片。"):
                tickets.survey(ticket, **said)
        else:
            tickets.survey(ticket, **said)
        assert ticket.state == ("surveyed" if taken or channel == "inspection" else "on_site")


@pytest.mark.sop("5.5.1-2")
def test_judged_by_description_the_customer_is_told_that_the_site_decides(cast: Cast, sign_in):
    ticket, client = cast.notified(), sign_in("zhou")
    answer = send(client, "judge_by_description", ticket, work="更换角阀一只")
    assert (answer.status_code, list(errors(answer))) == (422, ["site_decides"])
    with pytest.raises(Refusal, match="先告知客户：以现场核实为准。"):
        tickets.judge_by_description(ticket, by=cast.zhou, work="更换角阀一只", customer_told=False)
    assert send(client, "judge_by_description", ticket, work="更换角阀一只", site_decides="on").status_code == 302
    assert ticket.events.get(action="judge_by_description").facts["customer_told"] is True
    assert "已告知客户：以现场核实为准" in client.get(ticket.get_absolute_url()).content.decode()


def test_absence_needs_ten_minutes_of_waiting(cast: Cast, sign_in, noon):
    ticket = cast.notified(urgency="prompt")
    noon.shift(dt.timedelta(minutes=25))
    fields = {"on_behalf_of": cast.wang.pk, "proof": "门条已贴", "window_slot": ""}
    early = send(sign_in("zhou"), "record_absence", ticket, came_at="2026-11-24T10:58", **fields)
    assert (early.status_code, errors(early)) == (422, {"came_at": ["等满 10 分钟，客户仍不在再记录"]})
    assert send(sign_in("zhou"), "record_absence", ticket, came_at="2026-11-24T10:50", **fields).status_code == 302
    assert ticket.deadlines.get(kind="arrive").met_at == NOON + dt.timedelta(minutes=10)
    assert ticket.deadlines.open().get(kind="step").due_at == NOON + dt.timedelta(hours=24, minutes=10)


# Windows -----------------------------------------------------------------------


def test_the_next_six_windows_are_offered_with_their_room(cast: Cast, sign_in, noon):
    cast.notified(window=(at(11), at(12)))
    cast.report(window=(at(11), at(12)))
    form = sign_in("zhou").get(url("move_appointment", cast.report(window=(at(16), at(17))))).context["form"]
    assert [(slot.when, slot.room) for slot in form.fields["window"].slots] == [
        ("11:00", "已满"), ("13:30", "水工 2/2 空"), ("14:30", "水工 2/2 空"), ("15:30", "水工 2/2 空"), ("16:30", "水工 2/2 空"), ("18:30", "水工 2/2 空"),
    ]  # fmt: skip


def at(hour: int, minute: int = 0, day: int = 24) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def move(client: Client, ticket: Ticket, **fields: Any) -> Any:
    given = {"window_slot": "2026-11-24T14:30", "moved_by": "customer", "because": "家里没人", **fields}
    return send(client, "move_appointment", ticket, **given)


def test_a_full_window_is_refused_with_the_next_free_one(cast: Cast, sign_in, noon):
    for _ in range(2):
        cast.report(window=(at(14, 30), at(15, 30)))
    answer = move(sign_in("zhou"), cast.report(window=(at(16), at(17))))
    assert (answer.status_code, errors(answer)) == (422, {"window": ["该时段已满，11:00 还有 2 人"]})


def test_a_window_that_has_passed_since_the_form_was_opened_is_refused(cast: Cast, sign_in, noon):
    answer = move(sign_in("zhou"), cast.report(window=(at(16), at(17))), window_slot="2026-11-24T10:00")
    assert (answer.status_code, errors(answer)) == (422, {"window": ["这个时段已过，重新选"]})


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"window_day": "", "window_starts": "20:00", "window_ends": "21:00"}, "另定时间要填日期、从几点、到几点"),
        ({"window_day": "明天", "window_starts": "20:00", "window_ends": "21:00"}, "另定时间要填日期、从几点、到几点"),
        ({"window_day": "2026-11-25", "window_starts": "21:00", "window_ends": "20:00"}, "结束时间要晚于开始时间"),
    ],
)
def test_another_time_is_complete_and_runs_forward(typed, sentence, cast: Cast, sign_in, noon):
    answer = move(sign_in("zhou"), cast.report(window=(at(16), at(17))), window_slot="other", **typed)
    assert (answer.status_code, errors(answer)) == (422, {"window": [sentence]})


def test_another_time_is_one_of_shanghai(cast: Cast, sign_in, noon):
    ticket = cast.report(window=(at(16), at(17)))
    typed = {"window_day": "2026-11-25", "window_starts": "20:15", "window_ends": "21:00"}
    assert move(sign_in("zhou"), ticket, window_slot="other", **typed).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.window_from, ticket.window_to) == (at(20, 15, 25), at(21, 0, 25))


def test_lowering_to_routine_needs_a_window(cast: Cast, sign_in, noon):
    ticket, client = cast.report(urgency="urgent"), sign_in("lin")
    fields = {"urgency": "routine", "because": "总阀已关"}
    refused = send(client, "lower_urgency", ticket, **fields, window_slot="")
    assert (refused.status_code, errors(refused)) == (422, {"window": ["一般报修要选预约时间"]})
    assert send(client, "lower_urgency", ticket, **fields, window_slot="2026-11-24T14:30").status_code == 302
    assert ticket.deadlines.open().get(kind="arrive").due_at == at(15, 30)


# Refusals ------------------------------------------------------------------------


TYPED = [
    (view.step, name, str(field.label))
    for view in [*STEPS, *LESS_URGENT]
    for name, field in view.form_class.base_fields.items()
    if isinstance(field, TextField)
]


@pytest.mark.parametrize(("step", "field", "label"), TYPED, ids=lambda value: value)
def test_no_field_of_a_step_takes_a_control_character(step, field, label, cast: Cast, sign_in):
    ticket = cast.notified(urgency="prompt")
    for character in "\x00\x01\x1b\x7f":
        answer = send(sign_in("lin"), step, ticket, **{field: f"漏水{character}严重"})
        assert (answer.status_code, errors(answer)[field]) == (422, [f"{label}含有不能显示的字符。删去后重新输入。"])


def test_every_step_that_is_typed_into_is_in_that_list() -> None:
    assert sorted({step for step, _field, _label in TYPED}) == [
        "amend", "customer_asks_to_wait", "enter_start_day", "judge_by_description", "lower_urgency", "make_safe", "move_appointment", "note", "raise_urgency",
        "record_absence", "record_objection", "refuse_rework", "survey", "tell_judgement", "urge",
    ]  # fmt: skip


def test_bidi_and_invisible_marks_are_stripped_and_markup_stays_text(cast: Cast, sign_in):
    ticket, client = cast.notified(), sign_in("zhou")
    markup = "<script>alert(1)</script>\u202e\u200b"
    assert send(client, "note", ticket, words=markup).status_code == 302
    assert newest(ticket).remark.text == "<script>alert(1)</script>"
    page = client.get(ticket.get_absolute_url()).content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_text_too_long_is_refused_with_the_limit_and_what_was_typed(cast: Cast, sign_in):
    answer = send(sign_in("zhou"), "note", cast.notified(), words="长" * 501)
    assert (answer.status_code, errors(answer)) == (422, {"words": ["记什么最多 500 个字，现有 501 个"]})
    assert "长" * 501 in answer.content.decode()


def test_a_missing_item_is_named_with_what_to_do(cast: Cast, sign_in):
    answer = send(sign_in("zhou"), "move_appointment", cast.notified())
    assert (answer.status_code, errors(answer)) == (422, {"window": ["选预约时间"], "moved_by": ["选谁要改"], "because": ["填写原因"]})  # fmt: skip


def test_a_role_that_may_never_take_the_step_gets_a_403_that_names_who_may(cast: Cast, sign_in):
    ticket = cast.notified(urgency="prompt")
    before = digest(ticket)
    answer = send(sign_in("zhou"), "lower_urgency", ticket, urgency="routine", because="不急")
    assert (answer.status_code, digest(ticket)) == (403, before)
    assert "这一步由客服主管办理。" in answer.content.decode()


def test_another_technician_s_job_and_an_unknown_number_stay_closed(cast: Cast, sign_in):
    ticket = cast.notified()
    assert send(sign_in("xu"), "arrive", ticket).status_code == 403
    assert sign_in("zhou").get(reverse("arrive", args=["HT-BX-209901-0001"])).status_code == 404


def test_extra_fields_have_no_effect(cast: Cast, sign_in):
    ticket, number = cast.notified(), "HT-BX-202611-9999"
    forged = {"state": "closed", "number": number, "accepted_total": "0", "community": 9, "technician": cast.dian.pk}
    assert send(sign_in("zhou"), "note", ticket, words="记一笔", **forged).status_code == 302
    fresh = Ticket.objects.get(pk=ticket.pk)
    assert (fresh.state, fresh.number, fresh.technician) == ("notified", ticket.number, cast.wang)


@pytest.mark.parametrize("step", ["notify_engineering", "judge_by_description", "arrive", "survey", "reassign"])
def test_a_step_out_of_turn_is_a_409_that_changes_nothing(step, cast: Cast, sign_in):
    slip = cast.issued()
    ticket = slip.ticket
    before = digest(ticket)
    fields = {"to": f"u{cast.xu.pk}", "how": "phone", "on_behalf_of": cast.wang.pk, "nature": "paid_home", "trade": "plumbing", "man_made": "no", "work": "更换", "site_decides": "on"}  # fmt: skip
    answer = send(sign_in("zhou"), step, ticket, **fields)
    assert (answer.status_code, digest(ticket)) == (409, before)
    late = sign_in("zhou").get(url(step, ticket))
    assert (late.status_code, late.context["url"]) == (409, ticket.get_absolute_url())


def test_a_blocked_step_says_why_and_offers_no_button(cast: Cast, sign_in):
    ticket = cast.notified(unit=cast.unit_1201, component="water_pipe")
    answer = sign_in("zhou").get(url("judge_by_description", ticket))
    assert answer.context["blocked"] == "这一户仍在质保期内或交付日不明，须到现场核实。"
    assert "data-save" not in answer.content.decode()


@pytest.mark.parametrize("place", ["//evil.example", "https:evil.example", "/\\evil.example", "javascript:alert(1)", "/board/\r\nX: 1"])  # fmt: skip
def test_nobody_is_led_to_another_site(place, cast: Cast, sign_in):
    ticket = cast.notified()
    answer = send(sign_in("zhou"), "note", ticket, words="记一笔", next=place)
    assert (answer.status_code, answer.headers["Location"]) == (302, ticket.get_absolute_url())
    assert send(sign_in("zhou"), "note", ticket, words="再记", next="/board/").headers["Location"] == "/board/"


# Repeats and races ----------------------------------------------------------------


def test_a_step_done_in_a_dialog_tells_the_page_beneath(cast: Cast, sign_in):
    ticket = cast.report()
    answer = send(sign_in("zhou"), "notify_engineering", ticket, hx=True, to=f"u{cast.wang.pk}", how="phone")
    said = json.loads(answer.headers["HX-Trigger"])
    assert (answer.status_code, answer.content) == (200, b"")
    assert said == {"step:done": {"url": ticket.get_absolute_url(), "message": "已通知王强"}}


def test_the_same_press_twice_gets_the_same_answer_and_writes_once(cast: Cast, sign_in):
    ticket, client, key = cast.notified(), sign_in("zhou"), str(uuid.uuid4())
    first, second = (send(client, "urge", ticket, key=key, words="催") for _ in range(2))
    ticket.refresh_from_db()
    assert (first.status_code, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    assert (ticket.urged, ticket.events.filter(action="urge").count()) == (1, 1)


def test_the_same_key_with_another_text_is_a_409_that_keeps_what_was_typed(cast: Cast, sign_in):
    ticket, client, key = cast.notified(), sign_in("zhou"), str(uuid.uuid4())
    send(client, "note", ticket, key=key, words="第一次")
    answer = send(client, "note", ticket, key=key, words="另外一件事")
    assert (answer.status_code, answer.context["refused"]) == (409, "这张表单已用别的内容提交过。核对后再提交一次。")
    page = answer.content.decode()
    assert "另外一件事" in page and key not in page
    assert ticket.events.filter(action="note").count() == 1


def test_who_was_faster_is_said_and_the_typed_text_stays(cast: Cast, sign_in, noon):
    ticket, client = cast.notified(), sign_in("zhou")
    tickets.arrive(ticket, by=cast.wang)
    noon.shift(60)
    answer = send(client, "judge_by_description", ticket, hx=True, work="更换角阀一只", site_decides="on")
    assert answer.status_code == 409
    assert answer.context["refused"] == "王强 已于 10:40 记录到场。现为“已到场”，不能按描述判定。"
    assert "更换角阀一只" in answer.content.decode()


def test_a_form_that_shows_an_older_window_is_refused_once(cast: Cast, sign_in, noon):
    ticket, client = cast.report(window=(at(16), at(17))), sign_in("zhou")
    seen = client.get(url("move_appointment", ticket)).context["seen"]
    appointments.move_appointment(ticket, by=cast.qian, window=(at(18), at(19)), moved_by="customer", because="加班")
    answer = move(client, ticket, seen=seen)
    assert (answer.status_code, answer.context["refused"]) == (
        409,
        "打开表单后这一项已改过。核对现在的情况，再提交一次。",
    )
    assert "家里没人" in answer.content.decode()
    assert move(client, ticket, seen=answer.context["seen"]).status_code == 302
    assert ticket.appointments.count() == 3


def together(*jobs: Any) -> list[Any]:
    """Run them at once, each with its own connection; gives the results in order."""
    results: list[Any] = [None] * len(jobs)
    gate = threading.Barrier(len(jobs))

    def run(place: int, job: Any) -> None:
        try:
            gate.wait()
            results[place] = job()
        except BaseException as failure:
            results[place] = failure
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, job)) for place, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result for result in results if isinstance(result, BaseException)] == []
    return results


def client_of(cast: Cast, who: str) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(cast.people[who])
    return client


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_two_clerks_on_one_step_one_wins_and_the_other_is_told() -> None:
    cast = the_cast()
    ticket = cast.report()
    clients = [client_of(cast, who) for who in ("zhou", "qian")]
    whom = (cast.wang, cast.xu)
    jobs = [
        lambda client=client, one=one: send(client, "notify_engineering", ticket, to=f"u{one.pk}", how="phone")
        for client, one in zip(clients, whom, strict=True)
    ]
    answers = together(*jobs)
    assert sorted(answer.status_code for answer in answers) == [302, 409]
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert "现为“待到场”，不能通知工程。" in lost.context["refused"]
    assert Event.objects.filter(ticket=ticket, action="notify_engineering").count() == 1


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_records_reload_in_many_threads_and_a_state_is_never_set_by_hand() -> None:
    ticket = the_cast().report()

    def reload() -> str:
        record = Ticket.objects.get(pk=ticket.pk)
        for _ in range(50):
            record.refresh_from_db()
        return str(record.state)

    assert together(*[reload] * 8) == ["reported"] * 8
    with pytest.raises(AttributeError):
        ticket.state = "closed"


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_ten_equal_presses_at_once_are_one_step_and_ten_equal_answers() -> None:
    cast = the_cast()
    ticket, key = cast.report(), str(uuid.uuid4())
    clients = [client_of(cast, "zhou") for _ in range(10)]
    jobs = [
        lambda client=client: send(client, "notify_engineering", ticket, key=key, to=f"u{cast.wang.pk}", how="phone")
        for client in clients
    ]
    answers = together(*jobs)
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {(302, ticket.get_absolute_url())}  # fmt: skip
    assert Event.objects.filter(ticket=ticket, action="notify_engineering").count() == 1


# The number, and the bell ----------------------------------------------------------


def unmask(client: Client, ticket: Ticket, **fields: str) -> Any:
    return client.post(url("unmask", ticket), fields)


def test_an_unmasked_number_leaves_a_line_in_the_log(cast: Cast, sign_in):
    ticket = cast.report()
    answer = unmask(sign_in("zhou"), ticket)
    assert (answer.status_code, answer.json()) == (200, {"number": "13800001201"})
    line = cast.zhou.accesses.get()
    assert (line.record, line.purpose) == (ticket.number, "call")


def test_a_number_is_shown_to_whom_it_concerns_and_only_so_long(cast: Cast, sign_in, noon):
    slip = cast.accepted_slip()
    ticket = slip.ticket
    people = ("zhou", "lin", "wang", "dian", "shen", "night", "mei", "fin", "admin")
    assert {who: unmask(sign_in(who), ticket).status_code for who in people} == {
        "zhou": 200, "lin": 200, "wang": 200, "dian": 403, "shen": 200, "night": 200, "mei": 409, "fin": 403, "admin": 404,
    }  # fmt: skip
    assert unmask(sign_in("mei"), ticket, purpose="抽查回访").status_code == 200
    noon.shift(dt.timedelta(hours=24, minutes=1))
    assert [unmask(sign_in(who), ticket).status_code for who in ("wang", "zhou")] == [403, 200]


def test_a_closed_repair_shows_its_number_to_the_supervisor_only(cast: Cast, sign_in):
    ticket = cast.report()
    tickets.cancel(ticket, by=cast.zhou, reason="customer")
    assert [unmask(sign_in(who), ticket).status_code for who in ("zhou", "lin")] == [403, 200]


def test_an_acknowledged_bell_is_silent_and_its_clock_goes_on(cast: Cast, sign_in, noon):
    ticket = cast.report(urgency="urgent")
    row = Deadline.objects.get(ticket=ticket, kind="notify")
    address = reverse("acknowledge", args=[row.pk])
    assert sign_in("zhou").post(address).status_code == 409
    noon.shift(dt.timedelta(minutes=6))
    assert [sign_in(who).post(address, headers=HX).status_code for who in ("mei", "zhou", "qian")] == [403, 204, 204]
    row.refresh_from_db()
    assert (row.met_at, row.acknowledgement.by) == (None, cast.zhou)
    assert ticket.events.filter(action="acknowledge").count() == 1
    assert sign_in("qian").post(address).headers["Location"] == ticket.get_absolute_url()
