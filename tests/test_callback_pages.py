"""The call sheet, whom to call, the register of calls and the corrections (SOP 5.5.1-9, 2-1, A.5)."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing import actions as billing
from billing import till
from callbacks import actions as callbacks
from callbacks import queries
from callbacks.models import Attempt, Callback, Correction
from core.clock import SHANGHAI
from people.roles import Role
from places.models import Community
from tests.accounts import somebody
from tests.attacks.states import TICKETS
from tests.cast import STROKES, Cast
from tickets.models import Ticket
from workorders import actions as workorders

MORNING = dt.datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def clock():
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


def call(client: Client, ticket: Ticket, result: str, **fields: Any) -> Any:
    """Post the call sheet as the page sends it."""
    data = {
        "result": result, "caller": ticket.callers.get().pk, "way": "phone", "department": "engineering",
        "once": str(uuid.uuid4()), **fields,
    }  # fmt: skip
    return client.post(reverse("call_back", args=[ticket.number]), data)


def done(cast: Cast, **given: Any) -> Ticket:
    """A repair whose customer is to be called."""
    ticket: Ticket = cast.returned(**given).ticket
    return ticket


def html(answer: Any) -> str:
    return str(answer.content.decode())


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code in {409, 422}, answer.status_code
    return {name: list(said) for name, said in answer.context["form"].errors.items()}


def unsatisfied(cast: Cast, **given: Any) -> Correction:
    ticket = done(cast)
    callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.zhou, satisfied=False, opinion="还在滴水", **given)  # fmt: skip
    correction: Correction = ticket.corrections.get()
    return correction


# The call sheet --------------------------------------------------------------------


@pytest.mark.sop("5.5.1-9")
def test_the_sheet_shows_what_was_done_by_whom_for_how_much_and_hides_the_number(cast: Cast, sign_in: Any) -> None:
    ticket = done(cast)
    page = html(sign_in("zhou").get(reverse("call_back", args=[ticket.number])))
    words = ("更换阀芯并试水", "王强", "¥35.00", "138****1201", "修好了吗", "准时吗", "收费清楚吗", "态度")
    assert [word in page for word in words] == [True] * 8
    assert (ticket.phone in page, reverse("unmask", args=[ticket.number]) in page) == (False, True)


@pytest.mark.sop("5.5.1-9")
def test_a_satisfied_answer_keeps_its_marks_and_stands_on_the_slip(cast: Cast, sign_in: Any) -> None:
    ticket = done(cast)
    answer = call(sign_in("zhou"), ticket, "satisfied", quality="5", on_time="4", charging="0", opinion="很快")
    row = Callback.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, ticket.get_absolute_url())
    assert (row.state, row.quality, row.on_time, row.charging, row.manner, row.opinion) == ("satisfied", 5, 4, None, None, "很快")  # fmt: skip
    assert ticket.slips.get().callback_line["by"] == "周敏"


@pytest.mark.parametrize(
    ("result", "fields", "said"),
    [
        ("unsatisfied", {}, {"opinion": ["不满意要写客户意见。"]}),
        ("unsatisfied", {"opinion": "还在滴水", "department": ""}, {"department": ["选责任部门"]}),
        (
            "unsatisfied",
            {"opinion": "还在滴水", "department": "police"},
            {"department": ["责任部门没有这一项，重新选"]},
        ),
        ("", {}, {"result": ["选结果"]}),
        ("happy", {}, {"result": ["结果没有这一项，重新选"]}),
        ("satisfied", {"quality": "6"}, {"quality": ["修好了吗没有这一项，重新选"]}),
        ("satisfied", {"opinion": "满\x07意"}, {"opinion": ["客户意见含有不能显示的字符。删去后重新输入。"]}),
        ("unsatisfied", {"opinion": "长" * 201}, {"opinion": ["客户意见最多 200 个字，现有 201 个"]}),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(
    cast: Cast, sign_in: Any, result: str, fields: dict[str, str], said: dict[str, list[str]]
) -> None:
    ticket = done(cast)
    answer = call(sign_in("zhou"), ticket, result, what="<b>换新</b>", **fields)
    assert errors(answer) == said
    assert (Callback.objects.count(), answer.context["form"]["what"].value()) == (0, "<b>换新</b>")
    assert "&lt;b&gt;换新&lt;/b&gt;" in html(answer)


@pytest.mark.sop("2-1")
def test_not_satisfied_opens_the_correction_in_the_same_sheet(cast: Cast, sign_in: Any) -> None:
    ticket = done(cast)
    call(sign_in("zhou"), ticket, "unsatisfied", opinion="还在滴水", department="desk", what="重新解释收费", needs_visit="on")  # fmt: skip
    correction = Correction.objects.get()
    assert (correction.department, correction.what, correction.needs_visit, correction.callback) == ("desk", "重新解释收费", True, Callback.objects.get())  # fmt: skip


def test_without_words_of_its_own_the_correction_takes_the_customer_s(cast: Cast, sign_in: Any) -> None:
    call(sign_in("zhou"), done(cast), "unsatisfied", opinion="还在滴水")
    assert Correction.objects.get().what == "还在滴水"


def test_extra_keys_of_the_sheet_change_nothing(cast: Cast, sign_in: Any) -> None:
    ticket = done(cast)
    forged = {"state": "exhausted", "round": "9", "answered_to": cast.lin.pk, "number": "JZ-1", "due_at": "2099-01-01"}
    call(sign_in("zhou"), ticket, "unsatisfied", opinion="还在滴水", **forged)
    row, correction = Callback.objects.get(), Correction.objects.get()
    assert (row.state, row.round, row.answered_to) == ("unsatisfied", 1, cast.zhou)
    assert (correction.state, correction.number[:6], correction.due_at - correction.raised_at) == ("raised", "HT-JZ-", 72 * HOUR)  # fmt: skip


@pytest.mark.sop("5.5.1-9")
def test_three_attempts_over_two_days_are_told_one_by_one(cast: Cast, sign_in: Any, clock) -> None:
    ticket = done(cast)
    said = []
    for moment in (dt.timedelta(0), 3 * HOUR, 24 * HOUR):
        clock.move_to(MORNING + moment)
        answer = sign_in("zhou").post(
            reverse("call_back", args=[ticket.number]),
            {"result": "unreached", "caller": ticket.callers.get().pk, "way": "phone"},
            headers={"HX-Request": "true"},
        )
        said.append(json.loads(answer["HX-Trigger"])["step:done"]["message"])
    assert said == ["已记第 1 次未接通，两小时后再打", "已记第 2 次未接通，两小时后再打", "三次未接通，由客服主管归档"]
    ticket.refresh_from_db()
    assert (ticket.state, ticket.callbacks_exhausted) == ("called_back", True)


def test_the_same_press_twice_records_one_attempt(cast: Cast, sign_in: Any) -> None:
    ticket, once = done(cast), str(uuid.uuid4())
    answers = [call(sign_in("zhou"), ticket, "unreached", once=once) for _press in range(2)]
    assert ([answer.status_code for answer in answers], Attempt.objects.count()) == ([302, 302], 1)


def test_who_repaired_is_told_that_another_calls(cast: Cast, sign_in: Any) -> None:
    cast.wang.grant("FD", within=cast.community.pk)
    ticket = done(cast)
    client, said = sign_in("wang"), "回访不能由维修人自己做。"
    assert client.get(reverse("call_back", args=[ticket.number])).context["blocked"] == said
    assert errors(call(client, ticket, "satisfied"))["__all__"] == [said]


def test_a_customer_who_was_called_is_not_called_again(cast: Cast, sign_in: Any) -> None:
    ticket, client = done(cast), sign_in("zhou")
    call(client, ticket, "satisfied")
    assert client.get(reverse("call_back", args=[ticket.number])).context["blocked"] == "客户都已回访过。"
    assert errors(call(client, ticket, "satisfied"))["__all__"] == ["这位客户已回访过。"]


@pytest.mark.parametrize(("hour", "unusual"), [(8, True), (9, False), (20, False), (21, True)])
def test_an_unusual_hour_is_mentioned(cast: Cast, sign_in: Any, clock, hour: int, unusual: bool) -> None:
    clock.move_to(MORNING.replace(hour=hour))
    page = sign_in("zhou").get(reverse("call_back", args=[done(cast).number]))
    assert page.context["unusual"] is unusual


# Save and next ----------------------------------------------------------------------


def test_saving_opens_the_next_call_that_was_not_tried_just_now(cast: Cast, sign_in: Any, clock) -> None:
    tickets = []
    for n in range(3):
        clock.move_to(MORNING + n * HOUR)
        tickets.append(done(cast))
    first, tried, last = tickets
    callbacks.record_attempt(tried, caller=tried.callers.get(), by=cast.zhou)
    client, next_ = sign_in("zhou"), "/callbacks/"
    answer = call(client, first, "satisfied", then="next", next=next_)
    assert answer["Location"] == f"{reverse('call_back', args=[last.number])}?then=next&next=%2Fcallbacks%2F"
    assert client.get(answer["Location"]).context["then"] is True
    clock.move_to(MORNING + 5 * HOUR)
    assert call(sign_in("zhou"), last, "satisfied", then="next", next=next_)["Location"].startswith(reverse("call_back", args=[tried.number]))  # fmt: skip
    assert call(sign_in("zhou"), tried, "satisfied", then="next", next=next_)["Location"] == next_


def test_without_the_wish_one_returns_to_where_one_came_from(cast: Cast, sign_in: Any) -> None:
    first, _other = done(cast), done(cast)
    assert call(sign_in("zhou"), first, "satisfied", next="/board/")["Location"] == "/board/"
    assert call(sign_in("zhou"), done(cast), "satisfied", next="//evil.example")["Location"].startswith("/tickets/")


# The list ------------------------------------------------------------------------------


def test_the_list_begins_with_what_is_overdue_then_today(cast: Cast, sign_in: Any, clock) -> None:
    for moment in (dt.timedelta(0), 20 * HOUR, 44 * HOUR):
        clock.move_to(MORNING + moment)
        done(cast)
    clock.move_to(MORNING + 51 * HOUR)  # due: three hours ago, tomorrow 06:00 (17 h on), the day after
    groups = sign_in("zhou").get(reverse("callbacks")).context["groups"]
    assert [(group["name"], len(group["rows"])) for group in groups] == [("late", 1), ("later", 2)]
    clock.move_to(MORNING + 63 * HOUR)
    groups = sign_in("zhou").get(reverse("callbacks")).context["groups"]
    assert [(group["name"], len(group["rows"])) for group in groups] == [("late", 1), ("today", 1), ("later", 1)]
    assert groups[0]["rows"][0]["clock"].as_ == "late"


def test_a_row_tells_tries_and_when_the_dwelling_was_reached_before(cast: Cast, sign_in: Any, clock) -> None:
    earlier = done(cast)
    clock.move_to(MORNING + 8 * HOUR)
    callbacks.record_answer(earlier, caller=earlier.callers.get(), by=cast.zhou, satisfied=True)
    ticket = done(cast)
    callbacks.record_attempt(ticket, caller=ticket.callers.get(), by=cast.zhou)
    (row,) = sign_in("zhou").get(reverse("callbacks")).context["groups"][0]["rows"]
    assert (row["tries"], row["last"], row["reached"], row["who"]) == (1, "18:00", "18:00", "王强")


def test_a_repair_under_correction_waits_and_comes_back_when_it_is_put_right(cast: Cast, sign_in: Any) -> None:
    correction = unsatisfied(cast)
    assert queries.calls_due(cast.zhou) == []
    callbacks.assign(correction, by=cast.shen, to=cast.wang)
    callbacks.correct(correction, by=cast.wang, done="重新拧紧")
    (found,) = queries.calls_due(cast.zhou)
    assert found.again
    page = html(sign_in("zhou").get(reverse("call_back", args=[correction.ticket.number])))
    assert ("重新拧紧" in page, "开纠正单" in page) == (True, False)
    call(sign_in("zhou"), correction.ticket, "unsatisfied", opinion="仍在滴水")
    correction.refresh_from_db()
    assert (correction.state, Correction.objects.count()) == ("assigned", 1)


def test_an_engineering_supervisor_reads_the_list_without_its_buttons(cast: Cast, sign_in: Any) -> None:
    done(cast)
    page = html(sign_in("shen").get(reverse("callbacks")))
    assert ("call_back" in page, "更换阀芯并试水" in page, "13800001201" in page) == (False, True, False)


def test_another_community_sees_none_of_it(cast: Cast) -> None:
    unsatisfied(cast)
    done(cast)
    other = Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")
    client = Client()
    client.force_login(somebody("mudan", Role.FRONT_DESK, within=other.pk))
    answers = [client.get(reverse(name)).context for name in ("callbacks", "corrections")]
    assert [list(answer["groups"]) for answer in answers] == [[], []]
    assert client.get(f"{reverse('callbacks')}?view=register").context["page"].paginator.count == 0
    assert client.get(reverse("correction_assign", args=[Correction.objects.get().number])).status_code == 404


# The register (A.5) ------------------------------------------------------------------------


def test_the_register_has_a_line_an_attempt(cast: Cast, sign_in: Any, clock) -> None:
    ticket = done(cast)
    callbacks.record_attempt(ticket, caller=ticket.callers.get(), by=cast.qian)
    clock.move_to(MORNING + 3 * HOUR)
    callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.zhou, satisfied=False, opinion="还在滴水", marks={"quality": 2})  # fmt: skip
    answer = sign_in("zhou").get(f"{reverse('callbacks')}?view=register")
    lines = [(line.n, line.answered, line.by.name, line.way) for line in answer.context["page"]]
    assert lines == [(2, True, "周敏", "电话"), (1, False, "钱丽", "电话")]
    page = html(answer)
    shown = ("138****1201", "还在滴水", "工程部", Correction.objects.get().number.partition("-")[2])
    assert [words in page for words in shown] == [True] * 4
    assert "13800001201" not in page


def test_the_register_turns_its_months_and_bears_any_month_in_the_address(cast: Cast, sign_in: Any, clock) -> None:
    ticket = done(cast)
    callbacks.record_attempt(ticket, caller=ticket.callers.get(), by=cast.zhou)
    clock.move_to(MORNING + 20 * 24 * HOUR)
    client = sign_in("zhou")
    counts = {
        month: client.get(f"{reverse('callbacks')}?view=register&month={month}").context["page"].paginator.count
        for month in ("2026-11", "2026-12", "2026-13", "x", "", "0000-00", "9999-99")
    }
    assert counts == {"2026-11": 1, "2026-12": 0, "2026-13": 0, "x": 0, "": 0, "0000-00": 0, "9999-99": 0}


# Corrections ----------------------------------------------------------------------------------


@pytest.mark.sop("5.5.1-9")
@pytest.mark.sop("2-1")
def test_a_correction_goes_from_raised_to_verified_over_the_pages(cast: Cast, sign_in: Any) -> None:
    ticket = done(cast)
    call(sign_in("zhou"), ticket, "unsatisfied", opinion="还在滴水")
    correction = Correction.objects.get()
    steps = [[words for words, _url in row["steps"]] for row in listed(sign_in("shen"))]
    sign_in("shen").post(reverse("correction_assign", args=[correction.number]), {"to": cast.wang.pk})
    sign_in("wang").post(reverse("correction_correct", args=[correction.number]), {"done": "重新拧紧阀芯"})
    assert [[words for words, _url in row["steps"]] for row in listed(sign_in("zhou"))] == [["再次回访"]]
    call(sign_in("zhou"), ticket, "satisfied")
    correction.refresh_from_db()
    assert steps == [["指派纠正"]]
    assert (correction.state, correction.corrected_by, correction.verified_by) == ("verified", cast.wang, cast.zhou)
    assert [row.number for row in sign_in("zhou").get(reverse("corrections")).context["over"]] == [correction.number]


def listed(client: Client) -> list[dict[str, Any]]:
    """The rows of the page, from all its groups."""
    return [row for group in client.get(reverse("corrections")).context["groups"] for row in group["rows"]]


def test_either_supervisor_assigns_engineering_and_only_the_service_supervisor_the_desk(
    cast: Cast, sign_in: Any
) -> None:
    ours, theirs = unsatisfied(cast, department="desk"), unsatisfied(cast, department="engineering")
    url = {row: reverse("correction_assign", args=[row.number]) for row in (ours, theirs)}
    assert sign_in("shen").post(url[ours], {"to": cast.qian.pk}).status_code == 403
    assert [words for row in listed(sign_in("shen")) for words, _url in row["steps"]] == ["指派纠正"]
    assert sign_in("lin").post(url[ours], {"to": cast.qian.pk}).status_code == 302
    assert sign_in("lin").post(url[theirs], {"to": cast.wang.pk}).status_code == 302
    assert [row.assignee for row in Correction.objects.order_by("pk")] == [cast.qian, cast.wang]


def test_who_does_not_belong_to_the_department_cannot_be_assigned(cast: Cast, sign_in: Any) -> None:
    correction = unsatisfied(cast)
    answer = sign_in("lin").post(reverse("correction_assign", args=[correction.number]), {"to": cast.fin.pk})
    assert errors(answer) == {"to": ["指派给没有这一项，重新选"]}


def test_a_visit_waits_for_its_rework_slip_and_the_page_says_so(cast: Cast, sign_in: Any) -> None:
    correction = unsatisfied(cast, needs_visit=True)
    callbacks.assign(correction, by=cast.shen, to=cast.wang)
    ticket = correction.ticket
    answer = sign_in("wang").post(reverse("correction_correct", args=[correction.number]), {"done": "换新阀芯"})
    assert errors(answer)["__all__"] == ["需上门的纠正，返修单验收后才算完成。"]
    (row,) = listed(sign_in("zhou"))
    assert (next(words for words, _url in row["steps"]), row["slip"]) == ("开返修单", None)
    slip = billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang)
    assert listed(sign_in("zhou"))[0]["slip"] == slip
    workorders.collect(slip, by=cast.wang)
    workorders.arrive(slip, by=cast.wang)
    workorders.finish(slip, by=cast.wang, work="换新阀芯", strokes=STROKES)
    billing.accept_slip(slip, by=cast.wang, name="李建国", opinion="satisfied", strokes=STROKES)
    sign_in("wang").post(reverse("correction_correct", args=[correction.number]), {"done": "换新阀芯"})
    correction.refresh_from_db()
    assert correction.state == "corrected"


def test_a_correction_raised_wrongly_is_withdrawn_with_a_reason(cast: Cast, sign_in: Any) -> None:
    correction, client = unsatisfied(cast), sign_in("lin")
    url = reverse("correction_withdraw", args=[correction.number])
    assert errors(client.post(url, {"because": ""})) == {"because": ["填写撤销原因"]}
    client.post(url, {"because": "客户撤回"})
    correction.refresh_from_db()
    assert correction.state == "withdrawn"


def test_the_sheet_says_what_was_really_charged_and_paid(cast: Cast, sign_in: Any) -> None:
    ticket = cast.accepted_slip(used="0.00").ticket
    url = reverse("call_back", args=[ticket.number])
    facts = sign_in("zhou").get(url).context["facts"]
    assert [str(facts[name]) for name in ("price", "quoted", "paid", "open")] == ["20.00", "35.00", "0.00", "20.00"]
    till.receive(ticket, by=cast.zhou, amount=Decimal("12.00"), method="cash", payer="李建国", part_because="明天补")
    page = sign_in("zhou").get(url)
    facts = page.context["facts"]
    assert [str(facts[name]) for name in ("price", "quoted", "paid", "open")] == ["20.00", "35.00", "12.00", "8.00"]
    assert [word in html(page) for word in ("¥20.00", "报价 ¥35.00", "已收 ¥12.00", "未收 ¥8.00")] == [True] * 4


@pytest.mark.parametrize("state", ["cancelled", "declined", "surveyed", "ordered"])
def test_nothing_is_put_right_on_a_repair_that_was_never_accepted(cast: Cast, sign_in: Any, state: str) -> None:
    ticket = TICKETS[state](cast)
    client, url = sign_in("lin"), reverse("raise_correction", args=[ticket.number])
    said = f"现为“{ticket.get_state_display()}”，没有验收过的维修，不开纠正单。"
    assert client.get(url).context["blocked"] == said
    answer = client.post(url, {"department": "engineering", "what": "重做", "needs_visit": "on"})
    assert (answer.status_code, answer.context["refused"], Correction.objects.count()) == (409, said, 0)
    assert url not in html(client.get(ticket.get_absolute_url()))


@pytest.mark.sop("3.3")
@pytest.mark.parametrize(("department", "assigned", "corrected"), [("engineering", ["lin", "shen"], ["wang", "shen"]), ("desk", ["lin"], ["zhou", "qian", "lin"])])  # fmt: skip
def test_each_department_puts_right_what_is_its_own(
    cast: Cast, sign_in: Any, department: str, assigned: list[str], corrected: list[str]
) -> None:
    correction = unsatisfied(cast, department=department)
    everybody = ("zhou", "qian", "lin", "wang", "xu", "shen")

    def may(step: str) -> list[str]:
        url = reverse(f"correction_{step}", args=[correction.number])
        return sorted(name for name in everybody if sign_in(name).get(url).status_code == 200)

    assert may("assign") == sorted(assigned)
    callbacks.assign(correction, by=cast.lin, to=cast.wang if department == "engineering" else cast.zhou)
    assert may("correct") == sorted(corrected)


@pytest.mark.sop("5.5.1-9")
def test_a_correction_raised_after_the_calls_is_called_about_again(cast: Cast, sign_in: Any) -> None:
    ticket = done(cast)
    call(sign_in("zhou"), ticket, "satisfied")
    sign_in("lin").post(reverse("raise_correction", args=[ticket.number]), {"department": "engineering", "what": "墙面没有补平"})  # fmt: skip
    correction = Correction.objects.get()
    callbacks.assign(correction, by=cast.shen, to=cast.wang)
    assert queries.calls_due(cast.zhou) == []
    callbacks.correct(correction, by=cast.wang, done="补平刷白")
    assert [found.ticket for found in queries.calls_due(cast.zhou)] == [ticket]
    call(sign_in("zhou"), ticket, "satisfied")
    correction.refresh_from_db()
    ticket.refresh_from_db()
    assert (correction.state, ticket.state, ticket.callers_left, ticket.corrections_open) == ("verified", "called_back", 0, 0)  # fmt: skip


def test_where_nobody_can_be_asked_the_service_supervisor_verifies(cast: Cast, sign_in: Any, clock) -> None:
    correction = unsatisfied(cast)
    callbacks.assign(correction, by=cast.shen, to=cast.wang)
    callbacks.correct(correction, by=cast.wang, done="重新拧紧")
    url = reverse("correction_verify_unreached", args=[correction.number])
    assert errors(sign_in("lin").post(url))["__all__"] == ["客户还能问到，回访满意才算纠正。"]
    for moment in (HOUR, 4 * HOUR, 25 * HOUR):
        clock.move_to(MORNING + moment)
        callbacks.record_attempt(correction.ticket, caller=correction.ticket.callers.get(), by=cast.zhou)
    (row,) = listed(sign_in("lin"))
    assert row["steps"] == [("核实纠正", url)]
    assert sign_in("zhou").post(url).status_code == 403
    assert sign_in("lin").post(url).status_code == 302
    correction.refresh_from_db()
    assert (correction.state, correction.verified_by, correction.ticket.corrections_open) == ("verified", cast.lin, 0)
    assert not correction.ticket.deadlines.open().filter(kind__in=["callback", "correction"]).exists()


@pytest.mark.parametrize("field", ["what", "done", "because"])
def test_a_control_character_in_a_step_of_a_correction_is_refused_by_name(cast: Cast, sign_in: Any, field: str) -> None:
    labels = {"what": "要纠正什么", "done": "怎样纠正的", "because": "撤销原因"}
    correction = unsatisfied(cast)
    callbacks.assign(correction, by=cast.shen, to=cast.wang)
    urls = {
        "what": reverse("raise_correction", args=[correction.ticket.number]),
        "done": reverse("correction_correct", args=[correction.number]),
        "because": reverse("correction_withdraw", args=[correction.number]),
    }
    name = "shen" if field == "done" else "lin"
    answer = sign_in(name).post(urls[field], {field: "重\x00新", "department": "desk"})
    assert errors(answer) == {field: [f"{labels[field]}含有不能显示的字符。删去后重新输入。"]}


# What they cost -----------------------------------------------------------------------------------


def queries_of(client: Client, url: str) -> int:
    client.get(url)  # what a process remembers is remembered
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


@pytest.mark.parametrize("url", ["/callbacks/", "/callbacks/?part=list", "/callbacks/?view=register", "/corrections/"])
def test_three_rows_cost_no_more_queries_than_one(cast: Cast, sign_in: Any, url: str) -> None:
    client = sign_in("zhou")

    def more() -> None:
        unsatisfied(cast, needs_visit=True)
        ticket = done(cast)
        callbacks.record_attempt(ticket, caller=ticket.callers.get(), by=cast.qian)

    more()
    one = queries_of(client, url)
    more()
    more()
    assert queries_of(client, url) == one
    assert one <= 20
