"""Complaints on screen: the list, the page of one, its forms, the red bar, Ctrl K, the ticket page (SOP 3.1-2, 3.2)."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from callbacks import complaining
from callbacks.models import Complaint, Correction
from core.clock import SHANGHAI
from people.models import AccessLog
from people.roles import FD, SS
from places.models import Community
from tests.accounts import somebody
from tests.cast import Cast, the_cast
from tests.test_complaints import answered, complain, owned
from tests.test_steps import client_of, together
from tickets import sla
from tickets.models import Acknowledgement, Event, Ticket

MONDAY = dt.datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
HOUR = dt.timedelta(hours=1)
HX = {"HX-Request": "true"}


@pytest.fixture
def monday():
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def html(answer: Any) -> str:
    return str(answer.content.decode())


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code in {409, 422}, answer.status_code
    return {name: list(said) for name, said in answer.context["form"].errors.items()}


def send(client: Client, step: str, complaint: Complaint, **fields: Any) -> Any:
    """Press the button of a step."""
    key = fields.pop("key", str(uuid.uuid4()))
    return client.post(reverse(f"complaint_{step}", args=[complaint.number]), {"once": key, **fields})


def new(client: Client, **fields: Any) -> Any:
    data = {"once": str(uuid.uuid4()), "name": "陈小红", "relation": "tenant", "phone": "139 0000 2222", "content": "电梯口堆物三天没人管",
            "kind": "timeliness", "way": "phone", **fields}  # fmt: skip
    return client.post(reverse("new_complaint"), data)


def about(client: Client, ticket: Ticket, **fields: Any) -> Any:
    data = {"once": str(uuid.uuid4()), "who": ticket.callers.get().pk, "relation": "owner", "content": "修了两次还漏", "kind": "quality", "way": "phone",
            **fields}  # fmt: skip
    return client.post(reverse("record_complaint", args=[ticket.number]), data)


def rows(client: Client, query: str = "") -> list[str]:
    """Numbers in the list, as shown."""
    page = html(client.get(reverse("complaints") + query))
    return re.findall(r'row__sub clip">(TS-\d{6}-\d{4})', page)


def stranger(*roles: Any) -> Client:
    """Somebody of another community."""
    other = Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")
    client = Client()
    client.force_login(somebody("mudan", *roles, within=other.pk))
    return client


# Recording -------------------------------------------------------------------------------


@pytest.mark.sop("3.1")
def test_a_complaint_about_no_repair_is_recorded_on_a_dwelling(cast: Cast, sign_in: Any, monday: Any) -> None:
    answer = new(sign_in("zhou"), place_text="3栋2单元1201", place_kind="unit", place_id=str(cast.unit_1201.pk), severity="serious")  # fmt: skip
    row = Complaint.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, reverse("complaint", args=[row.number]))
    assert (row.unit, row.ticket, row.phone, row.kind, row.severity, row.recorded_by) == (cast.unit_1201, None, "13900002222", "timeliness", "serious", cast.zhou)  # fmt: skip


def test_a_complaint_needs_no_place_only_a_person_and_a_telephone(cast: Cast, sign_in: Any, monday: Any) -> None:
    new(sign_in("zhou"))
    row = Complaint.objects.get()
    assert (row.community, row.unit, row.area, row.where) == (cast.community, None, None, "海棠苑")


def test_a_public_area_is_typed_by_its_name(cast: Cast, sign_in: Any, monday: Any) -> None:
    new(sign_in("zhou"), place_text="3栋2单元大堂")
    assert Complaint.objects.get().area == cast.hall


@pytest.mark.sop("3.1")
def test_a_complaint_about_a_repair_takes_its_reporter_or_somebody_else(cast: Cast, sign_in: Any, monday: Any) -> None:
    ticket, client = cast.notified(), sign_in("zhou")
    answer = about(client, ticket)
    assert answer["Location"] == ticket.get_absolute_url()
    about(client, ticket, who="", name="王芳", relation="family", phone="13911112222")
    found = Complaint.objects.order_by("pk").values_list("name", "phone", "ticket", "unit")
    assert list(found) == [("李建国", "13800001201", ticket.pk, None), ("王芳", "13911112222", ticket.pk, None)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, {"name": ["填写投诉人"]}),
        ({"phone": ""}, {"phone": ["填写联系电话"]}),
        ({"phone": "139000022"}, {"phone": ["联系电话少 2 位，应为 11 位手机号或带区号的固话。"]}),
        ({"content": "差"}, {"content": ["投诉什么至少 4 个字"]}),
        ({"content": "长" * 501}, {"content": ["投诉什么最多 500 个字，现有 501 个"]}),
        ({"content": "漏\x07水了还"}, {"content": ["投诉什么含有不能显示的字符。删去后重新输入。"]}),
        ({"kind": ""}, {"kind": ["选投诉类别"]}),
        ({"kind": "police"}, {"kind": ["投诉类别没有这一项，重新选"]}),
        ({"promised": "2026-11-23T09:00"}, {"promised": ["答应答复的时间已过，选以后的时间。"]}),
        ({"place_text": "9-9999"}, {"place_text": ["没有找到“9-9999”"]}),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    cast: Cast, sign_in: Any, monday: Any, fields: dict[str, str], said: dict[str, list[str]]
) -> None:
    answer = new(sign_in("zhou"), **{"content": "<b>吵</b>闹一整夜", **fields})
    assert errors(answer) == said
    assert (Complaint.objects.count(), answer.context["form"]["name"].value()) == (0, fields.get("name", "陈小红"))
    assert "<b>吵" not in html(answer)


def test_extra_keys_of_the_form_change_nothing(cast: Cast, sign_in: Any, monday: Any) -> None:
    other = Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")
    forged = {
        "state": "closed",
        "number": "HT-TS-1",
        "owner": cast.lin.pk,
        "recorded_at": "2020-01-01",
        "community": other.pk,
    }
    new(sign_in("zhou"), **forged)
    assert Complaint.objects.count() == 0  # a community of others is no choice
    new(sign_in("zhou"), **{**forged, "community": ""})
    row = Complaint.objects.get()
    assert (row.state, row.number, row.owner, row.recorded_at, row.community) == ("recorded", "HT-TS-202611-0001", None, MONDAY, cast.community)  # fmt: skip


def test_the_same_press_twice_records_one_complaint_and_leads_to_it(cast: Cast, sign_in: Any, monday: Any) -> None:
    client, once = sign_in("zhou"), str(uuid.uuid4())
    answers = [new(client, once=once) for _press in range(2)]
    assert [answer["Location"] for answer in answers] == ["/complaints/HT-TS-202611-0001/"] * 2
    ticket, once = cast.notified(), str(uuid.uuid4())
    assert [about(client, ticket, once=once)["Location"] for _press in range(2)] == [ticket.get_absolute_url()] * 2
    assert Complaint.objects.count() == 2


def test_a_used_form_with_other_words_is_refused_and_kept(cast: Cast, sign_in: Any, monday: Any) -> None:
    client, once = sign_in("zhou"), str(uuid.uuid4())
    new(client, once=once)
    answer = new(client, once=once, content="另外一件事情投诉")
    assert (answer.status_code, answer.context["form"]["content"].value()) == (409, "另外一件事情投诉")
    assert Complaint.objects.count() == 1


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_the_same_press_at_the_same_moment_records_one_complaint() -> None:
    cast, once = the_cast(), str(uuid.uuid4())
    client = client_of(cast, "zhou")
    answers = together(*[lambda: new(client, once=once) for _press in range(3)])
    assert {answer.status_code for answer in answers} == {302}
    assert Complaint.objects.count() == 1


# The steps -----------------------------------------------------------------------------------


@pytest.mark.sop("3.2")
def test_the_supervisor_walks_it_from_its_page(cast: Cast, sign_in: Any, monday: Any) -> None:
    complaint, client = complain(cast), sign_in("lin")
    url = complaint.get_absolute_url()
    assert client.get(url).context["panel"]["offer"].name == "complaint_own"
    assert send(client, "own", complaint)["Location"] == url
    send(client, "answer", complaint, reply="已致歉并重新培训", outcome="upheld", way="phone")
    assert [offer.name for offer in client.get(url).context["others"]] == ["complaint_not_content"]
    send(client, "not_content", complaint, word="没有说明原因", way="phone", promised="2026-11-25T18:00")
    send(client, "answer", complaint, reply="已当面说明原因", outcome="upheld", way="visit")
    send(client, "close", complaint, word="认可", way="visit")
    complaint.refresh_from_db()
    assert (complaint.state, complaint.returned, complaint.reply_way) == ("closed", 1, "visit")
    page = html(client.get(url))
    words = (
        "投诉 TS-202611-0001 办结，投诉人认可",
        "投诉人不认可，TS-202611-0001 退回再办",
        "已致歉并重新培训",
        "没有说明原因",
        "认可",
    )
    assert [word in page for word in words] == [True] * 5
    assert 'id="next"' not in page


@pytest.mark.parametrize(
    ("step", "fields", "said"),
    [
        ("answer", {"reply": "", "outcome": "upheld"}, {"reply": ["填写答复内容"]}),
        ("answer", {"reply": "已致歉"}, {"outcome": ["选处理结论"]}),
        ("withdraw", {"because": ""}, {"because": ["填写撤销原因"]}),
    ],
)
def test_a_step_names_the_field_that_is_missing(cast: Cast, sign_in: Any, monday: Any, step, fields, said) -> None:
    complaint = owned(cast)
    assert errors(send(sign_in("lin"), step, complaint, way="phone", **fields)) == said


def test_a_second_promise_that_has_passed_is_refused_at_its_field(cast: Cast, sign_in: Any, monday: Any) -> None:
    answer = send(sign_in("lin"), "not_content", answered(cast), word="不行", way="phone", promised="2026-11-20T10:00")
    assert errors(answer) == {"promised": ["答应答复的时间已过，选以后的时间。"]}


def test_a_step_that_somebody_else_took_is_told_with_his_name_and_the_words_stay(
    cast: Cast, sign_in: Any, monday: Any
) -> None:
    complaint = answered(cast)
    complaining.close(complaint, by=cast.lin, word="认可")
    answer = send(sign_in("lin"), "not_content", complaint, word="他又打来", way="phone")
    assert answer.status_code == 409
    assert answer.context["refused"] == "林岚 已于 10:00 办结投诉。现为“已办结”，不能退回再办。"
    assert answer.context["form"]["word"].value() == "他又打来"


def test_the_wrong_role_is_told_who_may(cast: Cast, sign_in: Any, monday: Any) -> None:
    complaint = complain(cast)
    for who in ("zhou", "shen", "mei"):
        answer = send(sign_in(who), "own", complaint)
        assert (answer.status_code, "这一步由客服主管办理。" in html(answer)) == (403, True)
    assert sign_in("night").get(reverse("new_complaint")).status_code == 403


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_two_supervisors_on_one_complaint_one_wins() -> None:
    cast = the_cast()
    cast.qian.grant(SS, within=cast.community.pk)
    complaint = complain(cast)
    clients = [client_of(cast, who) for who in ("lin", "qian")]
    answers = together(*[lambda client=client: send(client, "own", complaint) for client in clients])
    assert sorted(answer.status_code for answer in answers) == [302, 409]
    assert Event.objects.filter(action="complaint_own").count() == 1


def test_a_correction_is_raised_from_the_page_and_stands_on_it(cast: Cast, sign_in: Any, monday: Any) -> None:
    ticket = cast.returned().ticket
    complaint = owned(cast, ticket=ticket, kind="quality", content="修后仍有渗水")
    client, url = sign_in("lin"), complaint.get_absolute_url()
    form = client.get(reverse("complaint_raise_correction", args=[complaint.number])).context["form"]
    assert form["what"].value() == "修后仍有渗水"
    answer = send(client, "raise_correction", complaint, department="engineering", what="重做防水")
    assert (answer["Location"], Correction.objects.get().complaint) == (url, complaint)
    page = html(client.get(url))
    assert ("JZ-202611-0001" in page, "提出纠正 JZ-202611-0001，交工程部" in page) == (True, True)


def test_without_a_finished_repair_no_correction_is_offered(cast: Cast, sign_in: Any, monday: Any) -> None:
    client = sign_in("lin")
    for ticket in (None, cast.notified()):
        complaint = owned(cast, ticket=ticket)
        assert client.get(complaint.get_absolute_url()).context["correct_url"] == ""
        assert send(client, "raise_correction", complaint, department="desk", what="道歉").status_code == 409
    assert Correction.objects.count() == 0


# The list --------------------------------------------------------------------------------------


def test_the_list_begins_with_what_is_due_first_and_ends_with_what_is_over(
    cast: Cast, sign_in: Any, monday: Any
) -> None:
    over = answered(cast)
    complaining.close(over, by=cast.lin, word="认可")
    later, soon = complain(cast), complain(cast, promised=MONDAY + HOUR)
    monday.shift(2 * HOUR)
    client = sign_in("zhou")
    assert rows(client) == [f"TS-202611-{n:04d}" for n in (3, 2, 1)]
    groups = client.get(reverse("complaints")).context["groups"]
    assert [(group["name"], len(group["rows"])) for group in groups] == [("open", 2), ("over", 1)]
    assert [row["clock"].as_ if row["clock"] else None for group in groups for row in group["rows"]] == ["late", "calm", None]  # fmt: skip
    assert (later.state, soon.state) == ("recorded", "recorded")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [3, 2, 1]), ("?state=open", [3, 2]), ("?state=withdrawn", [1]), ("?kind=charging", [3]), ("?q=TS-202611-0002", [2]), ("?q=ts2", [2]),
        ("?q=陈小红", [2, 1]), ("?q=cxh", [2, 1]), ("?q=2222", [2, 1]), ("?q=渗水", [3]), ("?q=3-2-1201", [2, 1]), ("?q=bx1", [3]), ("?q=0702", [3]),
        ("?q=没有的", []), ("?q=--", []), ("?state=x&kind=y", [3, 2, 1]), ("?q=%00", [3, 2, 1]), ("?page=99", [3, 2, 1]),
    ],
)  # fmt: skip
def test_the_list_is_narrowed_by_state_kind_and_words(cast: Cast, sign_in: Any, monday: Any, query, found) -> None:
    complaining.withdraw(complain(cast), by=cast.lin, because="误记")
    complain(cast)
    complain(cast, ticket=cast.report(), kind="charging", name="李建国", phone="13800001201", content="渗水没修好就收费", promised=MONDAY + HOUR)  # fmt: skip
    assert rows(sign_in("zhou"), query) == [f"TS-202611-{n:04d}" for n in found]


def test_a_search_is_posted_and_a_telephone_never_stands_in_an_address(cast: Cast, sign_in: Any, monday: Any) -> None:
    complain(cast)
    client = sign_in("zhou")
    assert client.post(reverse("complaints"), {"q": "渗水", "state": "open"})["Location"] == "/complaints/?q=%E6%B8%97%E6%B0%B4&state=open"  # fmt: skip
    found = client.post(reverse("complaints"), {"q": "13900002222"})["Location"]
    assert ("13900002222" in found, rows(client, found.removeprefix("/complaints/"))) == (False, ["TS-202611-0001"])
    assert "重新输入号码" in html(sign_in("qian").get(found))


def test_the_list_is_paged_by_fifty_and_costs_the_same_for_three_and_for_fifty(
    cast: Cast, sign_in: Any, monday: Any
) -> None:
    client = sign_in("lin")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("complaints"))
        return len(queries)

    for _n in range(3):
        owned(cast, ticket=cast.report())
    cost()
    few = cost()
    for _n in range(49):
        owned(cast)
    assert (few, cost()) == (7, 7)
    assert [len(rows(client, query)) for query in ("", "?page=2")] == [50, 2]


def test_an_empty_list_says_what_would_be_here(cast: Cast, sign_in: Any, monday: Any) -> None:
    assert "对维修或服务的投诉登记后列在这里" in html(sign_in("zhou").get(reverse("complaints")))
    assert "没有符合筛选的投诉" in html(sign_in("zhou").get(reverse("complaints"), {"q": "没有"}))


def test_a_row_offers_its_steps_to_the_supervisor_and_none_to_the_desk(cast: Cast, sign_in: Any, monday: Any) -> None:
    complain(cast)

    def steps(who: str) -> list[str]:
        groups = sign_in(who).get(reverse("complaints")).context["groups"]
        return [words for words, _url in groups[0]["rows"][0]["steps"]]

    assert (steps("lin"), steps("zhou"), steps("mei")) == (["受理投诉", "撤销投诉"], [], [])


# Elsewhere: the red bar, the board, Ctrl K, the ticket -----------------------------------------


def alarms(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(reverse("complaints")).context["frame"]["alarms"]
    return found


@pytest.mark.sop("3.2")
def test_a_missed_answer_on_no_repair_shows_in_the_bar_of_supervisor_and_manager(
    cast: Cast, sign_in: Any, monday: Any
) -> None:
    complaint = complain(cast, promised=MONDAY + HOUR)
    monday.shift(HOUR + dt.timedelta(seconds=1))
    assert [len(alarms(sign_in(who))) for who in ("lin", "mei", "zhou", "shen")] == [1, 1, 0, 0]
    (ringing,) = alarms(sign_in("lin"))
    assert (ringing["head"], ringing["sentence"], ringing["url"], ringing["step_label"]) == (
        "投诉答复", "3栋2单元1201 投诉服务态度（TS-202611-0001）", complaint.get_absolute_url(), "受理投诉",
    )  # fmt: skip
    assert "step_url" not in alarms(sign_in("mei"))[0]
    assert sign_in("mei").post(ringing["ack_url"], headers=HX).status_code == 204
    assert ([len(alarms(sign_in(who))) for who in ("lin", "mei")], Acknowledgement.objects.get().by) == ([0, 0], cast.mei)  # fmt: skip


def test_the_pulse_tells_of_it_to_its_own_community_only(cast: Cast, sign_in: Any, monday: Any) -> None:
    sla.escalate_missed()
    complain(cast, promised=MONDAY + HOUR)
    monday.shift(HOUR + dt.timedelta(seconds=1))
    since = Event.objects.latest("pk").pk
    sla.escalate_missed()
    said = sign_in("lin").get(reverse("pulse"), {"since": since}).json()
    assert ([alarm["head"] for alarm in said["alarms"]], said["changed"]) == (["投诉答复"], [])
    assert stranger(SS).get(reverse("pulse"), {"since": since}).status_code == 204


def test_asking_for_the_complainants_word_rings_for_the_supervisor_alone(cast: Cast, sign_in: Any, monday: Any) -> None:
    answered(cast, ticket=cast.notified())
    monday.shift(48 * HOUR + dt.timedelta(seconds=1))
    heads = {who: [alarm["head"] for alarm in alarms(sign_in(who))] for who in ("lin", "zhou", "mei")}
    assert (heads["lin"].count("问投诉人意见"), "问投诉人意见" in heads["zhou"], heads["mei"]) == (1, False, [])


def test_the_side_bar_counts_corrections_and_complaints_together(cast: Cast, sign_in: Any, monday: Any) -> None:
    complain(cast, promised=MONDAY + HOUR)
    answered(cast, ticket=cast.report())
    monday.shift(2 * HOUR)
    nav = sign_in("lin").get(reverse("complaints")).context["frame"]["nav"]
    place = next(item for group in nav for item in group["items"] if item["label"] == "纠正与投诉")
    assert (place["count"], place["late"], place["current"], place["url"]) == (2, 1, True, "/corrections/")


def test_the_board_shows_open_complaints_beside_the_list_and_never_as_a_repairs_clock(
    cast: Cast, sign_in: Any, monday: Any
) -> None:
    ticket = cast.report()
    complain(cast, ticket=ticket, promised=MONDAY + dt.timedelta(minutes=1))
    monday.shift(dt.timedelta(minutes=2))
    context = sign_in("lin").get(reverse("board")).context
    assert [(row["late"], row["where"]) for row in context["rail"]["complaints"]] == [("超时 1:00", "1栋1单元0702")]
    assert [row["clock"].kind for group in context["groups"] for row in group["rows"]] == ["notify"]


def test_ctrl_k_finds_a_complaint_by_its_number_and_the_pages_by_name(cast: Cast, sign_in: Any, monday: Any) -> None:
    complaint = complain(cast)

    def hits(who: str, q: str) -> list[str]:
        page = html(sign_in(who).post(reverse("find"), {"q": q}, headers=HX))
        return re.findall(r'data-href="([^"]+)"', page)

    assert hits("zhou", "ts1") == [complaint.get_absolute_url()]
    assert complaint.get_absolute_url() not in hits("night", "ts1")
    assert hits("zhou", "投诉") == ["/corrections/", "/complaints/", "/complaints/new/"]


def test_the_ticket_page_offers_it_under_more_and_shows_it_with_its_clock(
    cast: Cast, sign_in: Any, monday: Any
) -> None:
    ticket, client = cast.notified(), sign_in("zhou")
    offered = client.get(ticket.get_absolute_url()).context["steps"].rare
    assert "record_complaint" in [offer.name for offer in offered]
    complaint = complain(cast, ticket=ticket, kind="quality")
    (card,) = client.get(ticket.get_absolute_url()).context["complaints"]
    assert (card["complaint"], card["clock"].small) == (complaint, "投诉答复")
    assert "登记投诉 TS-202611-0001（维修质量）" in html(client.get(ticket.get_absolute_url()))
    assert rows(client, "?q=BX-202611-0001") == ["TS-202611-0001"]
    assert "BX-202611-0001" in html(client.get(reverse("ticket_list"), {"q": "TS-202611-0001"}))


# Seen by whom ------------------------------------------------------------------------------------


def test_the_number_is_masked_shown_on_demand_and_logged(cast: Cast, sign_in: Any, monday: Any) -> None:
    complaint = complain(cast)
    page, url = html(sign_in("zhou").get(complaint.get_absolute_url())), reverse("complaint_unmask", args=[complaint.number])  # fmt: skip
    assert ("13900002222" in page, "139****2222" in page, "陈*" in page) == (False, True, True)
    assert sign_in("zhou").post(url).json() == {"number": "13900002222"}
    assert sign_in("mei").post(url).status_code == 409
    assert sign_in("mei").post(url, {"purpose": "抽查"}).status_code == 200
    assert list(AccessLog.objects.order_by("pk").values_list("user__username", "purpose")) == [("zhou", "call"), ("mei", "抽查")]  # fmt: skip
    assert sign_in("shen").post(url).status_code == 403


def test_nothing_of_another_community_is_seen_or_done(cast: Cast, sign_in: Any, monday: Any) -> None:
    complaint = complain(cast, promised=MONDAY + HOUR)
    monday.shift(2 * HOUR)
    client = stranger(FD, SS)
    assert (rows(client), alarms(client)) == ([], [])
    assert client.get(complaint.get_absolute_url()).status_code == 404
    for step in ("own", "answer", "close", "not_content", "withdraw", "raise_correction", "acknowledge", "unmask"):
        assert send(client, step, complaint).status_code == 404
    assert new(client, place_text="3栋2单元1201", place_kind="unit", place_id=str(cast.unit_1201.pk)).status_code == 422
    assert Complaint.objects.count() == 1


def test_who_serves_two_communities_chooses_and_a_dwelling_decides(cast: Cast, sign_in: Any, monday: Any) -> None:
    other = Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")
    cast.zhou.grant(FD, within=other.pk)
    client = sign_in("zhou")
    new(client, community=other.pk)
    new(client, community=other.pk, place_text="3栋2单元1201", place_kind="unit", place_id=str(cast.unit_1201.pk))
    assert list(Complaint.objects.order_by("pk").values_list("number", flat=True)) == ["MD-TS-202611-0001", "HT-TS-202611-0001"]  # fmt: skip


def test_the_procedure_counts_complaints_on_no_repair_too_and_leads_to_them(
    cast: Cast, sign_in: Any, monday: Any
) -> None:
    complaint = complain(cast, promised=MONDAY + HOUR)
    complain(cast, ticket=cast.report(), promised=MONDAY + HOUR)
    monday.shift(2 * HOUR)
    page = html(sign_in("lin").get("/procedure/3.2/"))
    assert (complaint.get_absolute_url() in page, page.count("<td>投诉答复")) == (True, 2)
