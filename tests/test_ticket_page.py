"""The page of one repair: its next step, what blocks others, what happened in sentences, and who may see it."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing import actions as billing
from billing import quoting, till
from billing.models import Agreement, Charge, Payment, Quote
from callbacks import actions as callbacks
from callbacks.models import Callback, Correction
from core import clock as wall
from core.clock import SHANGHAI
from core.lifecycle import Lifecycle
from desk.offers import registry
from desk.record import life_of, ticket_seen
from desk.sentences import DONE, FOLLOWS, MESSAGES, NOT_TOLD, SENTENCES
from desk.steps import steps_of
from desk.timeline import Names, told
from people.roles import FD
from places.models import Community
from places.queries import forget_communities
from tests.accounts import somebody
from tests.cast import STROKES, Cast
from tickets import actions as tickets
from tickets import appointments, sla, urgency
from tickets.models import Ticket
from workorders import actions as workorders
from workorders import custody
from workorders.models import Notice, Referral, Slip

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=SHANGHAI)


@pytest.fixture
def clock():
    forget_communities()
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def page(client: Client, ticket: Ticket, query: str = "") -> str:
    response = client.get(ticket.get_absolute_url() + query)
    assert response.status_code == 200
    return response.content.decode()


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<kbd.*?</kbd>|<[^>]+>", " ", html))).strip()


def offered(cast: Cast, ticket: Ticket, name: str = "zhou") -> Any:
    user = cast.people[name]
    seen = ticket_seen(user, ticket.number)
    return steps_of(seen, life_of(seen).papers, user, wall.now())


def ticket_of(made: Any) -> Ticket:
    ticket: Ticket = made.ticket if isinstance(made, Slip) else made
    return ticket


def answered(cast: Cast, satisfied: bool) -> Ticket:
    ticket = cast.returned().ticket
    callbacks.record_answer(
        ticket,
        caller=ticket.callers.get(),
        by=cast.zhou,
        satisfied=satisfied,
        opinion="" if satisfied else "还在滴",
        what="再修",
    )
    return ticket


def on_site(cast: Cast) -> Ticket:
    ticket = cast.notified()
    tickets.arrive(ticket, by=cast.wang)
    return ticket


def agreed(cast: Cast, *, signed: bool) -> Ticket:
    ticket = cast.accepted("860.00", "260.00")
    cast.agreement(ticket, signed=signed)
    return ticket


def revised(cast: Cast) -> Ticket:
    ticket = cast.arrived().ticket
    quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines("80.00", "30.00"))
    return ticket


def collected(cast: Cast) -> Slip:
    slip = cast.issued()
    workorders.collect(slip, by=cast.wang)
    return slip


NEXT = {
    "notify_engineering": lambda cast: cast.report(),
    "arrive": lambda cast: cast.notified(),
    "survey": on_site,
    "offer_quote": lambda cast: cast.surveyed(),
    "accept_quote": lambda cast: cast.quoted(),
    "issue_agreement": lambda cast: cast.accepted("860.00", "260.00"),
    "sign_agreement": lambda cast: agreed(cast, signed=False),
    "receive": lambda cast: agreed(cast, signed=True),
    "issue_slip": lambda cast: cast.accepted(),
    "slip_collect": lambda cast: cast.issued(),
    "slip_arrive": collected,
    "slip_finish": lambda cast: cast.arrived(),
    "accept_revision": revised,
    "slip_accept": lambda cast: cast.finished(),
    "slip_take_in": lambda cast: cast.paid(),
    "call_back": lambda cast: cast.returned(),
    "raise_correction": None,
    "close": lambda cast: answered(cast, satisfied=True),
}


@pytest.mark.parametrize("name", [name for name, make in NEXT.items() if make])
def test_the_one_primary_step_is_the_procedure_s_next(cast: Cast, clock, name: str) -> None:
    ticket = ticket_of(NEXT[name](cast))  # type: ignore[misc]
    main = offered(cast, ticket).main
    assert (main.name, main.blocked) == (name, None)


@pytest.mark.parametrize("name", [name for name, make in NEXT.items() if make])
def test_the_form_of_the_next_step_stands_on_the_page(cast: Cast, sign_in, clock, name: str) -> None:
    ticket = ticket_of(NEXT[name](cast))  # type: ignore[misc]
    main = offered(cast, ticket).main
    html = page(sign_in("zhou"), ticket)
    assert html.count('<form method="post" action="' + main.url + '"') == 1
    assert f"下一步：{main.label}" in html
    assert html.partition("</main>")[0].count("btn--main") == 1


def test_posting_the_form_of_the_page_takes_the_step_once(cast: Cast, sign_in, clock) -> None:
    ticket, client = cast.report(), sign_in("zhou")
    html = page(client, ticket)
    form = re.findall(r'<form method="post" action="([^"]+)" data-form.*?</form>', html, re.S)
    inside = html[html.index(f'action="{form[0]}" data-form') :].partition("</form>")[0]
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', inside))
    chosen = re.findall(r'name="(to|how)" value="([^"]+)"[^>]*checked', inside)
    for _press in (1, 2):
        answer = client.post(form[0], {**fields, **dict(chosen)})
        assert (answer.status_code, answer.headers["Location"]) == (302, ticket.get_absolute_url())
    ticket.refresh_from_db()
    assert (ticket.state, ticket.events.filter(action="notify_engineering").count()) == ("notified", 1)
    assert "已通知" in page(client, ticket)


@pytest.mark.sop("5.2.2-1c")
def test_a_step_that_cannot_be_taken_yet_is_a_sentence_that_says_why(cast: Cast, sign_in, clock) -> None:
    ticket = cast.accepted("860.00", "260.00")
    assert [(offer.name, offer.blocked) for offer in offered(cast, ticket).blocked] == [
        ("issue_slip", "预付款未到，不可开派工单。满 ¥500.00，先签协议并收预付款。")
    ]
    html = page(sign_in("zhou"), ticket)
    assert "开派工单：预付款未到，不可开派工单。满 ¥500.00，先签协议并收预付款。" in plain(html).replace(" ：", "：")
    assert "issue_slip/" not in html


def test_rare_steps_stand_under_more_and_what_ends_the_repair_last(cast: Cast, clock) -> None:
    steps = offered(cast, cast.notified(), "lin")
    assert [offer.name for offer in steps.rare] == [
        "urge",
        "move_appointment",
        "reassign",
        "raise_urgency",
        "gather",
        "link_rework",
        "tag_weather",
        "record_complaint",
        "merge",
        "cancel",
    ]
    assert steps.note.name == "note"


def test_what_makes_a_step_senseless_hides_it(cast: Cast, clock) -> None:
    urgent = cast.report(urgency="urgent")
    names = [offer.name for offer in offered(cast, urgent, "lin").rare]
    assert names == [
        "urge",
        "set_appointment",
        "lower_urgency",
        "customer_asks_to_wait",
        "run_safety_script",
        "gather",
        "link_rework",
        "tag_weather",
        "record_complaint",
        "merge",
        "cancel",
    ]
    called = offered(cast, cast.quoted())
    assert "keep_old_quote" not in [offer.name for offer in called.others]


def test_nobody_is_offered_what_the_role_may_never_do(cast: Cast, sign_in, clock) -> None:
    ticket = cast.report()
    steps = offered(cast, ticket, "mei")
    assert (steps.main, steps.others, steps.rare, steps.note) == (None, [], [], None)
    assert "下一步由别人办理" in page(sign_in("mei"), ticket)


@pytest.mark.sop("5.5.1-9")
def test_what_is_still_owed_before_closing_is_listed(cast: Cast, sign_in, clock) -> None:
    ticket = cast.accepted_slip().ticket
    html = plain(page(sign_in("zhou"), ticket))
    assert re.findall(r"归档前：(\S+)", html) == ["第一、二联未回前台", "款项未结清", "回访未完成"]


def test_every_step_on_offer_has_a_page_and_none_is_named_twice(cast: Cast, clock) -> None:
    for make in NEXT.values():
        if make:
            steps = offered(cast, ticket_of(make(cast)))
            all_of_them = [steps.main, *steps.others, *steps.rare, *steps.blocked]
            keys = [(offer.name, offer.url) for offer in all_of_them]
            assert len(keys) == len(set(keys))
            assert {offer.name for offer in all_of_them} <= set(registry())


@pytest.mark.parametrize("made", ["finished", "returned"])
def test_each_key_of_the_page_means_one_thing(cast: Cast, sign_in, clock, made: str) -> None:
    html = page(sign_in("zhou"), getattr(cast, made)().ticket)
    keys = re.findall(r'data-key="([^"]+)"', html)
    assert sorted(key for key in keys if keys.count(key) > 1) == []
    assert {"p", "c", "t"} <= set(keys)


PREFIX = {Ticket: "", Slip: "slip_", Notice: "notice_", Referral: "referral_", Quote: "quote_", Charge: "charge_", Payment: "payment_", Callback: "callback_", Correction: "correction_"}  # fmt: skip


def actions_of(model: type[Lifecycle]) -> set[str]:
    """The names under which a record's steps stand in the chain of events."""
    names = {move.name for move in model._moves()}
    if model is Agreement:
        return {name if name.endswith("agreement") else f"agreement_{name}" for name in names}
    return {PREFIX[model] + name for name in names}


@pytest.mark.parametrize("model", [*PREFIX, Agreement])
def test_every_step_has_a_sentence(model: type[Lifecycle]) -> None:
    assert sorted(actions_of(model) - set(SENTENCES)) == []


def test_the_lists_of_actions_name_actions() -> None:
    assert sorted({*DONE, *FOLLOWS, *NOT_TOLD, *MESSAGES} - set(SENTENCES)) == []


def sentences(cast: Cast, ticket: Ticket) -> list[str]:
    life = life_of(ticket_seen(cast.zhou, ticket.number))
    entries = told(life.events, life.deadlines, Names.of(life.events, life.people()), wall.now())
    return [
        " ".join(filter(None, [entry.who, entry.sentence, *(f"［{note}］" for note in entry.notes)]))
        for entry in entries[::-1]
    ]


def test_the_story_is_told_in_sentences(cast: Cast, clock) -> None:
    slip = cast.returned("860.00", "260.00", used="200.00")
    assert sentences(cast, slip.ticket) == [
        "周 登记报修（电话，一般）",
        "周 通知王强（电话） ［用时 0 秒，时限 5 分钟］",
        "王 到场",
        "王 核实：有偿家庭报修",
        "周 报价 ¥860.00",
        "周 记录客户认可报价 ¥860.00（电话） ［应收 ¥860.00］",
        "周 开维修协议，总价 ¥860.00",
        "周 登记协议已签",
        "周 收款 ¥860.00（微信） ［开收据 SJ-202611-0001］ ［协议与预付款已齐，可开派工单］",
        "周 开派工单 WX-202611-0001，派给王强",
        "王 领单，三联",
        "王 到场维修",
        "王 填写配件",
        "王 完工",
        "王 客户验收：合格 ［应收增减 −¥60.00（实用少于报价）］",
        "周 收回第1联、第2联 ［第一、二联已回前台］",
    ]


def test_a_step_told_to_the_desk_names_who_did_it_and_who_wrote_it_down(cast: Cast, sign_in, clock) -> None:
    ticket = cast.notified()
    clock.shift(dt.timedelta(minutes=20))
    tickets.arrive(ticket, by=cast.zhou, on_behalf_of=cast.wang, at=NOON + dt.timedelta(minutes=9))
    assert sentences(cast, ticket)[-1] == "王 到场 ［周代记］ ［12:20 送达］"


@pytest.mark.sop("5.4.2-2")
def test_what_came_late_is_marked_with_how_late_it_was(cast: Cast, sign_in, clock) -> None:
    ticket = cast.report(urgency="urgent")
    tickets.notify_engineering(ticket, by=cast.zhou, to=cast.wang)
    clock.shift(dt.timedelta(minutes=33, seconds=6))
    sla.escalate_missed()
    tickets.arrive(ticket, by=cast.wang)
    assert sentences(cast, ticket)[-2:] == ["到场超时", "王 到场 ［超时 3 分 06 秒］"]
    html = page(sign_in("shen"), ticket)
    assert html.count('class="is-late"') == 3


def test_free_text_is_shown_and_markup_in_it_is_text(cast: Cast, sign_in, clock) -> None:
    ticket = cast.report()
    tickets.note(ticket, by=cast.zhou, words="<b>门禁</b>坏了")
    html = page(sign_in("zhou"), ticket)
    assert "&lt;b&gt;门禁&lt;/b&gt;坏了" in html
    assert "<b>门禁" not in html


def test_the_timeline_is_filtered_by_steps_and_messages(cast: Cast, sign_in, clock) -> None:
    ticket = cast.notified()
    tickets.note(ticket, by=cast.zhou, words="记着")
    client = sign_in("zhou")

    def shown(query: str) -> list[str]:
        return re.findall(r"<b>周</b> (.*?)<", page(client, ticket, query))

    assert shown("?log=messages&part=log") == ["记一笔"]
    assert shown("?log=steps&part=log") == ["通知王强（电话）", "登记报修（电话，一般）"]
    assert shown("?log=nonsense&part=log") == ["记一笔", "通知王强（电话）", "登记报修（电话，一般）"]


def test_changed_fields_are_for_supervisors_of_service_and_managers(cast: Cast, sign_in, clock) -> None:
    ticket = cast.notified()
    urgency.raise_urgency(ticket, by=cast.zhou, urgency="urgent", because="淹水了")
    html = plain(page(sign_in("lin"), ticket, "?log=fields&part=log"))
    assert "紧急程度 一般 急修" in html
    assert "状态 待通知 待到场" in html
    assert "紧急程度 一般 急修" in plain(page(sign_in("mei"), ticket, "?log=fields&part=log"))
    for name in ("zhou", "shen"):
        assert "字段" not in plain(page(sign_in(name), ticket, "?log=fields&part=log"))


def test_an_older_quote_is_kept_and_struck(cast: Cast, sign_in, clock) -> None:
    ticket = revised(cast)
    quoting.accept_quote(ticket, by=cast.zhou, name="李建国", relation="owner", how=Quote.How.PHONE)
    html = page(sign_in("zhou"), ticket)
    heads = re.findall(r"<h3 class=\"nowrap( void)?\">(第.*?)</h3>", html)
    assert heads == [("", "第 2 次 ¥80.00"), (" void", "第 1 次 ¥35.00")]


@pytest.mark.sop("5.4.1")
def test_a_moved_appointment_leaves_the_broken_promise_in_sight(cast: Cast, sign_in, clock) -> None:
    ticket = cast.notified()
    window = (NOON + dt.timedelta(hours=5), NOON + dt.timedelta(hours=6))
    appointments.move_appointment(ticket, by=cast.zhou, window=window, moved_by="us", because="人手不够")
    side = plain(page(sign_in("zhou"), ticket, "?part=side"))
    assert "约定 15:00–16:00 到场 我方原因 原定 今日 16:00，改约 1 次，我方改约" in side
    assert "约定 17:00–18:00 到场 18:00 前" in side


def test_the_sheets_say_who_holds_them_since_when_and_until_when(cast: Cast, sign_in, clock) -> None:
    slip = cast.paid()
    custody.take_in(slip, copies=[1], by=cast.zhou)
    html = page(sign_in("zhou"), slip.ticket)
    assert [plain(each) for each in re.findall(r'<div class="sheet.*?</div>', html, re.S)] == [
        "第一联 客服存根联 前台 今日 12:00 起",
        "第二联 客服结算联 王强 今日 12:00 起，明日 12:00 前返回",
        "第三联 工程联 王强 今日 12:00 起，12月5日 前返回",
    ]


def test_the_head_masks_the_number_and_the_name(cast: Cast, sign_in, clock) -> None:
    ticket = cast.report()
    html = page(sign_in("zhou"), ticket)
    assert "13800001201" not in html
    assert "李建国" not in html
    assert "138****1201" in html
    assert f'data-unmask="/tickets/{ticket.number}/unmask/"' in html


def progress(html: str) -> list[tuple[str, str]]:
    found = re.findall(r'<li class="(is-\w+|)"[^>]*><b>(.*?)</b><small>', html)
    return [(word, state.removeprefix("is-")) for state, word in found]


def test_the_progress_has_the_words_this_nature_passes(cast: Cast, sign_in, clock) -> None:
    client = sign_in("zhou")
    assert progress(page(client, cast.arrived().ticket)) == [
        ("登记", "done"), ("通知", "done"), ("到场核实", "done"), ("报价确认", "done"), ("派单维修", "now"), ("验收", ""), ("回访归档", ""),
    ]  # fmt: skip
    assert progress(page(client, cast.accepted("860.00", "260.00"))) == [
        ("登记", "done"), ("通知", "done"), ("到场核实", "done"), ("报价确认", "done"), ("预付款", "now"), ("派单维修", ""), ("验收", ""), ("回访归档", ""),
    ]  # fmt: skip
    public = cast.report(place="public", unit=None, area=cast.hall)
    assert progress(page(client, public)) == [
        ("登记", "done"),
        ("通知", "now"),
        ("到场核实", ""),
        ("派单维修", ""),
        ("验收", ""),
        ("回访归档", ""),
    ]
    gone = cast.quoted()
    quoting.decline_quote(gone, by=cast.zhou, reason="太贵", visit_fee=False)
    assert progress(page(client, gone)) == [("登记", "done"), ("通知", "done"), ("到场核实", "done")]


def test_money_shows_what_was_agreed_paid_and_is_open(cast: Cast, sign_in, clock) -> None:
    ticket = cast.accepted_slip("168.00", "90.00", used="60.00").ticket
    till.receive(
        ticket,
        by=cast.zhou,
        amount=Decimal("100.00"),
        method="wechat",
        payer="李建国",
        reference="8841",
        part_because="先付一部分",
    )
    side = plain(page(sign_in("zhou"), ticket, "?part=side"))
    card = side[side.index("费用") : side.index("责任与质保")]
    assert (
        card.strip()
        == "费用 未收齐 人工 78.00 材料 90.00 认可的报价 ¥168.00 实用少于报价 −30.00 维修费 今日 12:00 微信 SJ-202611-0001 100.00 未收 ¥38.00"
    )


def test_linked_repairs_lead_to_each_other(cast: Cast, sign_in, clock) -> None:
    first = cast.returned().ticket
    again = cast.report(rework_of=first, fault="又滴了")
    client = sign_in("zhou")
    assert f"返修 {again.number.removeprefix('HT-')} 又滴了" in plain(page(client, first, "?part=side"))
    assert f"返修自 {first.number.removeprefix('HT-')}" in plain(page(client, again, "?part=side"))


def test_a_technician_opens_his_own_repairs_only(cast: Cast, sign_in, clock) -> None:
    mine, others = cast.notified(), cast.report()
    tickets.notify_engineering(others, by=cast.zhou, to=cast.xu)
    client = sign_in("wang")
    assert client.get(mine.get_absolute_url()).status_code == 200
    assert client.get(others.get_absolute_url()).status_code == 404
    assert client.get(others.get_absolute_url() + "?part=log").status_code == 404


def test_a_repair_of_another_community_is_absent_like_one_that_never_was(cast: Cast, sign_in, clock) -> None:
    ticket = cast.report()
    elsewhere = Community.objects.create(code="MD", name="牡丹园", company="海棠物业")
    client = Client()
    client.force_login(somebody("stranger", FD, within=elsewhere.pk))
    foreign, unknown = client.get(ticket.get_absolute_url()), client.get("/tickets/HT-BX-209901-0001/")
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert ticket.fault not in foreign.content.decode()
    assert sign_in("admin").get(ticket.get_absolute_url()).status_code == 404


def cost(client: Client, ticket: Ticket) -> int:
    client.get(ticket.get_absolute_url())
    with CaptureQueriesContext(connection) as queries:
        page(client, ticket)
    return len(queries)


def test_a_long_life_costs_no_more_queries_than_a_short_one(cast: Cast, sign_in, clock) -> None:
    client = sign_in("mei")
    short = cost(client, cast.accepted_slip().ticket)
    slip = cast.arrived()
    ticket = slip.ticket
    for total in ("80.00", "90.00", "110.00"):
        quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines(total, "30.00"))
        quoting.accept_quote(ticket, by=cast.zhou, name="李建国", relation="owner", how=Quote.How.PHONE)
    slip.refresh_from_db()
    workorders.list_parts(slip, by=cast.wang, parts=[*cast.parts("15.00"), *cast.parts("5.00")], verified=True)
    workorders.finish(slip, by=cast.wang, work="更换阀芯并试水", strokes=STROKES)
    billing.accept_slip(slip, by=cast.wang, name="李建国", opinion="passed", strokes=STROKES)
    for _ in range(5):
        tickets.note(ticket, by=cast.zhou, words="记着")
    assert (short, cost(client, ticket)) == (29, 29)
