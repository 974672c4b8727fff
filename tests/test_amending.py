"""修改登记: a slip of the pen is put right, with a reason for a person; the Event names fields, the history keeps both readings."""

from __future__ import annotations

import re
import uuid
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from callbacks import actions as callbacks
from core.refusals import Refusal
from tests.cast import Cast
from tickets import actions as tickets
from tickets import amending
from tickets.models import Caller, Event, Ticket

HX = {"HX-Request": "true"}
SAME = {"reporter_name": "李建国", "relation": "owner", "phone": "", "fault": "厨房水龙头关不紧，一直滴水", "remark": "", "because": ""}  # fmt: skip


def send(client: Client, ticket: Ticket, **changed: str) -> Any:
    fields = {**SAME, "once": str(uuid.uuid4()), **changed}
    return client.post(reverse("amend", args=[ticket.number]), fields)


def errors(answer: Any) -> dict[str, list[str]]:
    return {name: list(found) for name, found in answer.context["form"].errors.items()}


def last(ticket: Ticket) -> Event:
    return ticket.events.order_by("-seq")[0]


def said(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


@pytest.mark.sop("5.1.1")
def test_name_telephone_and_fault_are_put_right_and_the_caller_with_them(cast: Cast, sign_in):
    ticket = cast.report()
    answer = send(
        sign_in("zhou"), ticket, reporter_name="李建华", relation="family", phone="139 0000 1201",
        fault="厨房角阀漏水", remark="孩子在家", because="听错了姓名",
    )  # fmt: skip
    ticket.refresh_from_db()
    assert (answer.status_code, answer.headers["Location"]) == (302, ticket.get_absolute_url())
    assert (ticket.reporter_name, ticket.relation, ticket.phone, ticket.fault, ticket.remark, ticket.state) == (
        "李建华", "family", "13900001201", "厨房角阀漏水", "孩子在家", "reported",
    )  # fmt: skip
    assert list(ticket.callers.values_list("name", "phone", "relation")) == [("李建华", "13900001201", "family")]
    assert [ticket.pk] == list(Ticket.objects.filter(search_text__contains="lijianhua").values_list("pk", flat=True))
    assert not Ticket.objects.filter(search_text__contains="13800001201").exists()


def test_the_event_names_the_fields_and_never_what_stood_in_them(cast: Cast, sign_in):
    ticket = cast.report()
    send(sign_in("zhou"), ticket, reporter_name="李建华", phone="13900001201", because="听错了姓名")
    event = last(ticket)
    assert (event.action, event.actor, event.facts) == ("amend", cast.zhou, {"fields": ["reporter_name", "phone"]})
    assert event.remark.text == "听错了姓名"


def test_the_timeline_says_which_fields_and_the_auditor_reads_old_and_new_with_the_number_masked(cast: Cast, sign_in):
    ticket = cast.report()
    send(sign_in("zhou"), ticket, reporter_name="李建华", phone="13888881201", because="听错了姓名")
    page = sign_in("lin").get(ticket.get_absolute_url()).content.decode()
    assert "周 修改登记：报修人、联系电话 听错了姓名" in said(page)
    fields = said(sign_in("lin").get(f"{ticket.get_absolute_url()}?log=fields").content.decode())
    assert "周 报修人 李建国 李建华" in fields
    assert "周 联系电话 138****1201 138****1201（遮住的几位不同）" in fields
    assert "13888881201" not in fields


def test_an_empty_number_keeps_the_old_one_and_the_page_does_not_carry_it(cast: Cast, sign_in):
    ticket = cast.report()
    html = sign_in("zhou").get(reverse("amend", args=[ticket.number])).content.decode()
    assert ("138****1201" in html, "13800001201" in html) == (True, False)
    send(sign_in("zhou"), ticket, fault="厨房角阀漏水")
    ticket.refresh_from_db()
    assert (ticket.phone, ticket.fault, last(ticket).facts) == ("13800001201", "厨房角阀漏水", {"fields": ["fault"]})


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"reporter_name": "李建华"}, {"because": ["改报修人或电话要写原因"]}),
        ({"phone": "13900001201"}, {"because": ["改报修人或电话要写原因"]}),
        ({"phone": "1390000120", "because": "错"}, {"phone": ["联系电话少 1 位，应为 11 位手机号或带区号的固话。"]}),
        ({"fault": "漏"}, {"fault": ["故障情况至少 4 个字"]}),
        ({"remark": "长" * 101}, {"remark": ["备注最多 100 个字，现有 101 个"]}),
        ({"reporter_name": ""}, {"reporter_name": ["填写报修人"]}),
        ({"relation": "patrol"}, {"relation": ["身份没有这一项，重新选"]}),
        ({}, {"__all__": ["没有改动。改了再保存。"]}),
    ],
)
def test_a_refused_correction_names_its_field_and_changes_nothing(cast: Cast, sign_in, changed, found):
    ticket = cast.report()
    answer = send(sign_in("zhou"), ticket, **changed)
    assert (answer.status_code, errors(answer)) == (422, found)
    ticket.refresh_from_db()
    assert (ticket.version, ticket.events.count()) == (0, 1)


def test_the_action_itself_refuses_what_the_form_would(cast: Cast):
    ticket = cast.report()
    for facts, sentence in (
        ({"fault": ticket.fault}, "没有改动。改了再保存。"),
        ({"phone": "13900001201"}, "改报修人或电话要写原因。"),
        ({"relation": "patrol"}, "员工巡查不能改成客户报修，也不能反过来。消单后重新登记。"),
    ):
        with pytest.raises(Refusal) as refusal:
            amending.amend(ticket, by=cast.zhou, facts=facts)
        assert str(refusal.value) == sentence
    assert ticket.events.count() == 1


def test_a_form_whose_page_is_older_than_another_s_correction_is_refused(cast: Cast, sign_in):
    ticket, client = cast.report(), sign_in("zhou")
    html = client.get(reverse("amend", args=[ticket.number]), headers=HX).content.decode()
    seen = re.findall(r'name="seen" value="(\w+)"', html)
    amending.amend(ticket, by=cast.qian, facts={"fault": "厨房角阀漏水"})
    answer = send(client, ticket, remark="孩子在家", seen=seen[0])
    assert (answer.status_code, errors(answer)) == (409, {"__all__": ["打开表单后这一项已改过。核对现在的情况，再提交一次。"]})  # fmt: skip
    ticket.refresh_from_db()
    assert (ticket.fault, ticket.remark) == ("厨房角阀漏水", "")


def test_a_patrol_s_report_has_nobody_to_call_before_and_after(cast: Cast):
    ticket = cast.report(relation="patrol", reporter_name="沈刚")
    assert amending.amend(ticket, by=cast.zhou, facts={"reporter_name": "徐亮"}, because="写错了人") == [
        "reporter_name"
    ]
    assert (ticket.has_caller, Caller.objects.filter(ticket=ticket).count()) == (False, 0)


def test_an_open_repair_is_put_right_in_any_state_and_a_closed_one_is_not(cast: Cast):
    slip = cast.returned()
    ticket = slip.ticket
    amending.amend(ticket, by=cast.zhou, facts={"phone": "13900001201"}, because="换了号")
    assert ticket.state == "completed"
    callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.zhou, satisfied=True, opinion="")
    ticket.refresh_from_db()
    tickets.close(ticket, by=cast.zhou)
    with pytest.raises(Refusal) as refusal:
        amending.amend(ticket, by=cast.zhou, facts={"remark": "补一笔"})
    assert str(refusal.value) == "现为“已归档”，不能修改登记。刷新后再看下一步。"


def test_a_colleague_who_corrected_last_is_not_named_as_who_took_the_step(cast: Cast, sign_in):
    ticket = cast.notified()
    amending.amend(ticket, by=cast.qian, facts={"remark": "孩子在家"})
    answer = sign_in("zhou").get(reverse("notify_engineering", args=[ticket.number]))
    assert answer.status_code == 409
    assert re.search(r"周敏 已于 \d\d:\d\d 通知工程。", answer.content.decode())
