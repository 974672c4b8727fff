"""The sentence after a step names the thing: 已登记完工：WX-202611-0003."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import pytest
from django.urls import reverse

from callbacks import actions as callbacks
from desk.offers import registry
from tests.cast import Cast
from tickets import actions as tickets
from tickets.models import Ticket
from tickets.steps import TicketStep

HX = {"HX-Request": "true"}


def said(client: Any, step: str, key: Any, **fields: Any) -> str:
    """The words of the toast after the step was pressed in the dialog."""
    answer = client.post(reverse(step, args=[key]), {"once": str(uuid.uuid4()), **fields}, headers=HX)
    assert answer.status_code == 200, answer.content.decode()[:400]
    message: str = json.loads(answer.headers["HX-Trigger"])["step:done"]["message"]
    return message


def on_site(cast: Cast) -> Ticket:
    ticket = cast.notified()
    tickets.arrive(ticket, by=cast.wang)
    return ticket


OF_TICKETS = [
    ("zhou", "note", lambda cast: cast.report(), {"words": "下午再打"}, "已记一笔：{number}"),
    ("zhou", "make_safe", on_site, {"what": "关总阀", "on_behalf_of": "wang"}, "已记应急处置：{number}"),
    ("zhou", "raise_urgency", lambda cast: cast.report(), {"urgency": "urgent", "because": "越漏越大"}, "已改为急修：{number}"),
    ("lin", "lower_urgency", lambda cast: cast.report(urgency="urgent"), {"urgency": "prompt", "because": "总阀已关"}, "已改为急需：{number}"),
    ("zhou", "customer_asks_to_wait", lambda cast: cast.report(urgency="urgent"), {"because": "明天在家"}, "已记客户要求缓修：{number}"),
    ("zhou", "decline_quote", lambda cast: cast.quoted(), {"reason": "太贵"}, "已记客户不修：{number}"),
    ("zhou", "cancel", lambda cast: cast.report(), {"reason": "customer"}, "已消单：{number}"),
    ("lin", "waive", lambda cast: cast.accepted_slip().ticket, {"amount": "35.00", "reason": "等久了"}, "已减免 ¥35.00：{number}"),
]  # fmt: skip


@pytest.mark.parametrize(("who", "step", "make", "fields", "sentence"), OF_TICKETS, ids=[row[1] for row in OF_TICKETS])
def test_a_step_of_a_repair_says_which(cast: Cast, sign_in, who, step, make, fields, sentence):
    ticket = make(cast)
    fields = {name: cast.wang.pk if value == "wang" else value for name, value in fields.items()}
    assert said(sign_in(who), step, ticket.number, **fields) == sentence.format(number=ticket.number[3:])


def test_an_appointment_says_its_window(cast: Cast, sign_in):
    ticket = cast.report(urgency="urgent")
    window = {"window_slot": "other", "window_day": "2099-11-24", "window_starts": "14:00", "window_ends": "15:30"}
    assert said(sign_in("zhou"), "set_appointment", ticket.number, **window) == "已定预约 2099年11月24日 14:00–15:30"
    window |= {"window_starts": "16:00", "window_ends": "17:00", "moved_by": "customer", "because": "要开会"}
    assert said(sign_in("zhou"), "move_appointment", ticket.number, **window) == "已改约到 2099年11月24日 16:00–17:00"


def test_steps_of_a_slip_say_which(cast: Cast, sign_in):
    slip = cast.arrived(material="0.00", total="20.00")
    number = slip.number[3:]
    done = {"work": "更换阀芯并试水", "on_behalf_of": cast.wang.pk, "on_paper": "on"}
    assert said(sign_in("zhou"), "slip_finish", slip.number, **done) == f"已登记完工：{number}"
    assert said(sign_in("shen"), "slip_unfinish", slip.number, because="漏填配件") == f"已退回完工：{number}"


def test_copies_are_named_with_their_slip(cast: Cast, sign_in):
    slip = cast.paid()
    number = slip.number[3:]
    assert said(sign_in("zhou"), "slip_take_in", slip.number, copies=["1", "2"]) == f"已收回第一联、第二联：{number}"
    lost = {"number": 3, "because": "淋湿了"}
    assert said(sign_in("wang"), "slip_declare_lost", slip.number, **lost) == f"已报失第三联：{number}"
    assert said(sign_in("shen"), "slip_approve_lost", slip.number, number=3) == f"已核准第三联遗失：{number}"


def test_steps_of_a_correction_say_who_and_which(cast: Cast, sign_in):
    ticket = cast.returned().ticket
    row = callbacks.raise_correction(ticket, by=cast.zhou, department="engineering", what="仍滴水", needs_visit=False)
    number = row.number[3:]
    assert said(sign_in("shen"), "correction_assign", row.number, to=cast.wang.pk) == f"已指派王强纠正：{number}"
    assert said(sign_in("shen"), "correction_correct", row.number, done="换了垫圈") == f"已登记纠正结果：{number}"


class Silent(TicketStep):
    """A step without words of its own."""

    step = "note"


def test_a_step_without_words_of_its_own_says_its_label_and_the_number(cast: Cast):
    ticket = cast.report()
    assert Silent().confirmation(ticket, None) == f"已办：记一笔，{ticket.number[3:]}"


def test_no_sentence_of_a_step_is_left_with_a_gap(cast: Cast):
    ticket = cast.report()
    own = {name: view().confirmation(ticket, None) for name, view in registry().items() if view.said}
    assert {name for name in own if re.search(r"%|：$", own[name])} == set()
    assert {"note", "cancel", "slip_finish", "correction_withdraw"} <= set(own)
