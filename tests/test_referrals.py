"""Municipal trouble at the desk: referred, followed up until restored, taken back (5.5.3-5, A.9)."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from billing import actions as billing
from core.clock import SHANGHAI, local
from tests.cast import Cast
from tests.test_paths import HOUR, burst_main, letter, open_kinds
from tests.test_steps import errors, send
from tests.test_ticket_page import offered, page, plain, progress, sentences
from tickets import actions as tickets
from tickets.models import Ticket
from workorders import referrals
from workorders.models import Referral

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=SHANGHAI)


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def typed(at: dt.datetime) -> str:
    return f"{local(at):%Y-%m-%dT%H:%M}"


def filled(cast: Cast, **given: Any) -> dict[str, Any]:
    return {
        "body": "water", "how": "phone", "hotline": "96390", "reference": "", "basis": "市政管段", "judged_by": cast.wang.pk,
        "judged_at": typed(NOON), "measures": "围挡，启用水箱", "next_at": typed(NOON + HOUR), **given,
    }  # fmt: skip


def lamps(cast: Cast) -> Ticket:
    """The street's lamps are out, surveyed as municipal."""
    ticket = cast.notified(
        unit=None, area=cast.hall, place="municipal", spot="", component="m_lamp", fault="路灯整排不亮"
    )
    tickets.arrive(ticket, by=cast.wang)
    tickets.survey(ticket, by=cast.wang, nature="municipal", work="市政路灯，灯杆编号 12")
    return ticket


def referred(cast: Cast) -> tuple[Ticket, Referral]:
    ticket = burst_main(cast)
    sent = referrals.refer(ticket, by=cast.zhou, referral=letter(cast), next_at=NOON + HOUR, measures="围挡")
    return ticket, sent


@pytest.mark.sop("5.5.3-5")
def test_the_form_knows_the_body_who_judged_it_and_when_to_ask_again(cast: Cast, sign_in, noon) -> None:
    ticket = lamps(cast)
    assert offered(cast, ticket).main.name == "refer"
    form = sign_in("zhou").get(reverse("refer", args=[ticket.number])).context["form"]
    names = ("body", "how", "judged_by", "judged_at", "basis", "next_at")
    assert [form.initial.get(name, form.fields[name].initial) for name in names] == [
        "lamp", "phone", cast.wang.pk, NOON, "市政路灯，灯杆编号 12", NOON + 5 * HOUR,
    ]  # fmt: skip


@pytest.mark.sop("5.5.3-5")
def test_a_burst_main_is_referred_followed_up_and_closed_when_it_runs_again(cast: Cast, sign_in, noon) -> None:
    ticket, client = burst_main(cast), sign_in("zhou")
    assert send(client, "refer", ticket, **filled(cast)).headers["Location"] == ticket.get_absolute_url()
    ticket.refresh_from_db()
    assert (ticket.state, open_kinds(ticket), Referral.objects.get().reference) == ("referred", ["referral"], "")
    assert offered(cast, ticket).main.name == "follow_up"
    noon.shift(HOUR / 2)
    assert send(client, "follow_up", ticket, words="正在开挖", next_at=typed(NOON + 2 * HOUR)).status_code == 302
    last = {"restored_at": typed(NOON + HOUR / 2), "confirmed_by": cast.wang.pk}
    assert errors(send(client, "confirm_restored", ticket, **last)) == {"told": ["先告知报修人，再登记恢复"]}
    assert send(client, "confirm_restored", ticket, told="on", **last).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.state, open_kinds(ticket)) == ("closed", [])
    assert sentences(cast, ticket)[-3:] == [
        "周 转报市政：自来水 ［转报函 ZB-202611-0001］",
        "周 市政跟进，下次 今日 14:00 ［正在开挖］",
        "周 登记已恢复，归档 ［转报函 ZB-202611-0001 办结］",
    ]
    words = [word for word, _state in progress(page(client, ticket))]
    assert words == ["登记", "通知", "到场核实", "转报市政", "恢复归档"]


def test_urgent_trouble_is_made_safe_and_asked_about_within_two_hours(cast: Cast, sign_in, noon) -> None:
    ticket, client = burst_main(cast), sign_in("night")
    found = errors(send(client, "refer", ticket, **filled(cast, measures="", next_at=typed(NOON + 3 * HOUR))))
    assert found == {"measures": ["填写我方临时措施"], "next_at": ["下次跟进最迟在 2 小时内"]}
    found = errors(
        send(client, "refer", ticket, **filled(cast, judged_at=typed(NOON + HOUR), next_at=typed(NOON - HOUR)))
    )
    assert found == {"judged_at": ["判定时间不能晚于现在"], "next_at": ["下次跟进时间已过，选以后的时间"]}
    assert errors(send(client, "refer", ticket, **filled(cast, body="x", basis=""))) == {
        "body": ["受理单位没有这一项，重新选"],
        "basis": ["填写判定依据"],
    }


def test_without_a_visit_the_desk_is_told_that_the_supervisor_judges(cast: Cast, sign_in, noon) -> None:
    ticket = cast.notified(unit=None, area=cast.hall, place="municipal", spot="", component="m_lamp", fault="路灯不亮")
    address = reverse("refer", args=[ticket.number])
    assert "没有到场核实，由客服主管判定转报。" in plain(sign_in("zhou").get(address).content.decode())
    assert "没有到场核实" not in plain(sign_in("lin").get(address).content.decode())
    assert send(sign_in("zhou"), "refer", ticket, **filled(cast, judged_by=cast.lin.pk)).status_code == 409
    assert send(sign_in("lin"), "refer", ticket, **filled(cast, judged_by=cast.lin.pk)).status_code == 302


@pytest.mark.parametrize(
    ("step", "admitted"),
    [("refer", "zhou night lin shen"), ("follow_up", "zhou night lin shen"), ("confirm_restored", "zhou lin shen"), ("take_back", "lin shen")],
)  # fmt: skip
def test_each_step_has_its_people(cast: Cast, sign_in, noon, step: str, admitted: str) -> None:
    ticket = lamps(cast) if step == "refer" else referred(cast)[0]
    address = reverse(step, args=[ticket.number])
    staff = ("zhou", "night", "lin", "wang", "shen", "mei", "fin", "admin")
    assert [who for who in staff if sign_in(who).get(address).status_code == 200] == admitted.split()


def test_a_second_press_of_refer_writes_one_letter(cast: Cast, sign_in, noon) -> None:
    ticket, client, key = burst_main(cast), sign_in("zhou"), str(uuid.uuid4())
    found = [send(client, "refer", ticket, key=key, **filled(cast)).headers["Location"] for _press in (1, 2)]
    assert (found, Referral.objects.count()) == ([ticket.get_absolute_url()] * 2, 1)
    assert send(client, "refer", ticket, **filled(cast)).status_code == 409


def test_a_body_that_refuses_gives_the_repair_back_with_another_nature(cast: Cast, sign_in, noon) -> None:
    ticket, sent = referred(cast)
    client = sign_in("shen")
    assert errors(send(client, "take_back", ticket, because="", nature="municipal")) == {
        "because": ["填写对方为何不受理"],
        "nature": ["改判为没有这一项，重新选"],
    }
    assert send(client, "take_back", ticket, because="在红线内", nature="paid_public").status_code == 302
    ticket.refresh_from_db()
    sent.refresh_from_db()
    assert (ticket.state, ticket.nature, sent.state) == ("surveyed", "paid_public", "taken_back")
    assert ticket.surveys.get().reason == "在红线内"


def test_a_referral_ends_with_its_repair(cast: Cast, noon) -> None:
    ticket, sent = referred(cast)
    billing.cancel(ticket, by=cast.lin, reason="error", words="看错了")
    sent.refresh_from_db()
    assert (ticket.state, sent.state) == ("cancelled", "taken_back")


def test_the_list_has_the_next_call_first_and_what_is_not_sent_yet(cast: Cast, sign_in, noon) -> None:
    lamps(cast)
    referred(cast)
    ticket, _sent = referred(cast)
    referrals.follow_up(ticket, by=cast.zhou, words="正在开挖", next_at=NOON + HOUR / 2)
    client: Client = sign_in("night")
    html = client.get(reverse("referrals")).content.decode()
    assert re.findall(r'<h2 id="(?:unsent|open)">(.*?)</h2><span>(\d)</span>', html) == [
        ("待转报", "1"),
        ("跟进中", "2"),
    ]
    assert re.findall(r'<b><time data-due="[^"]+"[^>]*>(.*?)</time>', html) == ["30:00", "13:00 前"]
    assert "正在开挖" in html
    assert client.get(reverse("referrals"), {"part": "list"}).templates[0].name == "desk/_referral_list.html"


def test_the_register_of_referrals_is_filtered(cast: Cast, sign_in, noon) -> None:
    ticket, _sent = referred(cast)
    referrals.confirm_restored(ticket, by=cast.zhou, restored_at=NOON, confirmed_by=cast.wang, told=True)
    client = sign_in("mei")
    counts = [
        client.get(reverse("referrals"), {"view": "all", **asked}).context["page"].paginator.count
        for asked in ({}, {"state": "restored"}, {"state": "open"}, {"body": "gas"}, {"body": "x"})
    ]
    assert counts == [1, 1, 0, 0, 1]
    assert "没有要跟进的市政事项" in client.get(reverse("referrals")).content.decode()
    assert sign_in("fin").get(reverse("referrals")).status_code == 403


def test_it_stands_on_the_board_under_its_own_head_with_its_next_call(cast: Cast, sign_in, noon) -> None:
    referred(cast)
    html = sign_in("zhou").get(reverse("board")).content.decode()
    assert re.findall(r'<h2 id="g-(\w+)">', html) == ["refer"]
    assert "市政跟进" in html and "记录跟进" in html
