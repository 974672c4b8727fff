"""The owner of a handover inspection is called once about all its lines (SOP 5.3.3, 5.5.1-9)."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing import actions as billing
from callbacks import actions as callbacks
from callbacks import bundled, queries
from callbacks.bundled import Said
from callbacks.models import Attempt, Callback, Correction
from core.clock import SHANGHAI
from core.refusals import Forbidden, Refusal
from tests.cast import STROKES, Cast
from tests.sheets import on_sheet, registered, written
from tests.test_paths import repaired, soon
from tests.test_ticket_page import plain
from tickets import inspections
from tickets.models import Inspection, Ticket
from workorders import issuing, notices

MORNING = dt.datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)
pytestmark = pytest.mark.sop("5.3.3", "5.5.1-9")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


def done(cast: Cast, n: int = 3) -> Inspection:
    """n lines in warranty, repaired by the builder and accepted: the owner is to be called about each."""
    lines = [written("客厅", "入户门", f"门框划伤 {n} 处", position=n) for n in range(1, n + 1)]
    inspection = registered(cast, lines)
    inspections.batch_notify(inspection, by=cast.zhou, to=cast.shen)
    inspections.survey_as_seen(inspection, by=cast.shen)
    found = tickets_of(inspection)
    notice = notices.send_notice(found, by=cast.zhou)
    notices.agree_time(notice, by=cast.zhou, window=soon())
    for ticket in tickets_of(inspection):
        slip = repaired(cast, issuing.issue_warranty_slip(ticket, by=cast.zhou, technician=cast.wang))
        billing.accept_slip(slip, by=cast.zhou, name="李建国", opinion="passed", strokes=STROKES)
        billing.countersign_slip(slip, by=cast.shen, opinion="passed", strokes=STROKES)
    return inspection


def tickets_of(inspection: Inspection) -> list[Ticket]:
    return list(inspection.tickets.order_by("pk"))


def said(ticket: Ticket, *answer: Any) -> Said:
    return Said(ticket, ticket.callers.get(), *answer)


def sheet(client: Client, inspection: Inspection, **fields: Any) -> Any:
    """Post the call sheet as the page sends it."""
    data = {"result": "reached", "department": "engineering", "way": "phone", "once": str(uuid.uuid4()), **fields}
    return client.post(reverse("call_inspection", args=[inspection.number]), data)


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code in {409, 422}, answer.status_code
    return {name: list(found) for name, found in answer.context["form"].errors.items()}


def states(inspection: Inspection) -> list[str]:
    return [ticket.state for ticket in tickets_of(inspection)]


# The action ------------------------------------------------------------------------


def test_one_call_answers_each_line_by_itself(cast: Cast) -> None:
    inspection = done(cast)
    good, bad, unasked = tickets_of(inspection)
    rows = bundled.answer_lines(inspection, by=cast.zhou, said=[said(bad, False, "门还是关不严", True), said(good)])
    assert [(row.ticket, row.state, row.opinion) for row in rows] == [
        (good, "satisfied", ""), (bad, "unsatisfied", "门还是关不严"),
    ]  # fmt: skip
    correction = Correction.objects.get()
    assert (correction.ticket, correction.department, correction.what, correction.needs_visit) == (
        bad, "engineering", "门还是关不严", True,
    )  # fmt: skip
    assert states(inspection) == ["called_back", "completed", "completed"]
    assert [call.ticket for call in queries.calls_of(inspection, cast.zhou)] == [unasked]


def test_all_or_none(cast: Cast) -> None:
    inspection = done(cast)
    first, second, _third = tickets_of(inspection)
    callbacks.record_answer(second, caller=second.callers.get(), by=cast.qian, satisfied=True)
    with pytest.raises(Refusal, match="这位客户已回访过"):
        bundled.answer_lines(inspection, by=cast.zhou, said=[said(first), said(second)])
    assert (Callback.objects.count(), states(inspection)) == (1, ["completed", "called_back", "completed"])


def test_a_call_in_vain_is_one_try_of_each_line(cast: Cast, clock) -> None:
    inspection = done(cast)
    for hours in (0, 25, 25):
        clock.shift(hours * 3600)
        lines = [said(ticket) for ticket in tickets_of(inspection)]
        bundled.attempt_lines(inspection, by=cast.zhou, lines=lines)
    assert Attempt.objects.count() == 9
    assert [row.state for row in Callback.objects.all()] == ["exhausted"] * 3


def test_a_repair_of_another_sheet_and_an_empty_answer_are_refused(cast: Cast) -> None:
    inspection, other = done(cast, 1), cast.returned().ticket
    for lines, sentence in (([said(other)], "这几件不是同一次验房的"), ([], "没有要回访的项目")):
        with pytest.raises(Refusal, match=sentence):
            bundled.answer_lines(inspection, by=cast.zhou, said=lines)
    for who in (cast.shen, cast.wang, cast.mei, cast.night):
        with pytest.raises(Forbidden):
            bundled.answer_lines(inspection, by=who, said=[said(tickets_of(inspection)[0])])


# The queue --------------------------------------------------------------------------


def test_in_the_list_an_inspection_is_one_row_of_its_own_queue_and_single_calls_stand_before(
    cast: Cast, sign_in
) -> None:
    inspection, single = done(cast), cast.returned().ticket
    context = sign_in("zhou").get(reverse("callbacks")).context
    groups = {group["name"]: group["rows"] for group in context["groups"]}
    assert (list(groups), context["n"]) == (["later", "sittings"], 2)
    assert [row["id"] for row in groups["later"]] == [single.pk]
    (row,) = groups["sittings"]
    assert (row["what"], row["where"], row["url"]) == ("验房 3 项待回访", "3栋2单元1201", inspection.get_absolute_url())
    assert row["step_url"].startswith(reverse("call_inspection", args=[inspection.number]))
    assert queries.next_call(cast.zhou, after=single) is None


def test_the_list_costs_the_same_for_one_line_and_for_eight(cast: Cast, sign_in) -> None:
    client, costs = sign_in("zhou"), []
    for n in (1, 8):
        done(cast, n)
        client.get(reverse("callbacks"))
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("callbacks"))
        costs.append(len(asked))
    assert costs[0] == costs[1]


# The page ---------------------------------------------------------------------------


def test_the_page_asks_line_by_line_and_hides_the_number(cast: Cast, sign_in) -> None:
    inspection = done(cast)
    answer = sign_in("zhou").get(reverse("call_inspection", args=[inspection.number]))
    page = plain(answer.content.decode())
    assert [f"门框划伤 {n} 处" in page for n in (1, 2, 3)] == [True] * 3
    assert (inspection.phone in page, inspection.masked_phone in page) == (False, True)


def test_the_exceptions_are_typed_and_the_rest_is_one_tick(cast: Cast, sign_in) -> None:
    inspection = done(cast)
    _first, bad, _third = tickets_of(inspection)
    fields = {f"answer_{bad.pk}": "no", f"opinion_{bad.pk}": "门还是关不严", "rest": "on"}
    answer = sheet(sign_in("zhou"), inspection, **fields)
    assert (answer.status_code, answer["Location"]) == (302, inspection.get_absolute_url())
    assert [row.state for row in Callback.objects.order_by("ticket")] == ["satisfied", "unsatisfied", "satisfied"]
    shown = sign_in("zhou").get(inspection.get_absolute_url())
    assert Correction.objects.get().what == "门还是关不严" and shown.status_code == 200


def test_what_is_missing_is_said_at_its_line_and_what_was_typed_stays(cast: Cast, sign_in) -> None:
    inspection = done(cast, 2)
    first, second = tickets_of(inspection)
    client = sign_in("zhou")
    assert errors(sheet(client, inspection)) == {"__all__": ["选出问过的项目"]}
    fields = {f"answer_{first.pk}": "no", f"answer_{second.pk}": "no", f"opinion_{second.pk}": "<b>还响</b>"}
    answer = sheet(client, inspection, **fields)
    assert errors(answer) == {f"opinion_{first.pk}": ["第 1 项不满意，写客户意见"]}
    assert ("&lt;b&gt;还响&lt;/b&gt;" in answer.content.decode(), Callback.objects.count()) == (True, 0)


def test_not_reached_asks_nothing_more_and_a_second_press_writes_nothing_more(cast: Cast, sign_in) -> None:
    inspection, key = done(cast), str(uuid.uuid4())
    for _press in range(2):
        answer = sheet(sign_in("zhou"), inspection, result="unreached", once=key, next="/callbacks/")
        assert (answer.status_code, Attempt.objects.count()) == (302, 3)


def test_who_was_slower_is_told(cast: Cast, sign_in) -> None:
    inspection = done(cast, 1)
    (ticket,) = tickets_of(inspection)
    client = sign_in("zhou")
    client.get(reverse("call_inspection", args=[inspection.number]))
    callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.qian, satisfied=True)
    answer = sheet(client, inspection, rest="on")
    assert (answer.status_code, Callback.objects.count()) == (409, 1)
    assert "这次验房没有要回访的项目。" in plain(answer.content.decode())


def test_forty_lines_are_answered_within_the_patience_of_a_telephone_call(cast: Cast, sign_in) -> None:
    inspection = done(cast, 40)
    client, started = sign_in("zhou"), time.process_time()
    with CaptureQueriesContext(connection) as asked:
        answer = sheet(client, inspection, rest="on")
    assert (answer.status_code, set(states(inspection))) == (302, {"called_back"})
    assert time.process_time() - started < 4
    assert len(asked) < 40 * 40


def test_lines_of_the_sheet_keep_their_numbers(cast: Cast, sign_in) -> None:
    inspection = done(cast, 2)
    form = sign_in("zhou").get(reverse("call_inspection", args=[inspection.number])).context["form"]
    assert [(call.ticket.pk, call.line.number) for call in form.calls] == [
        (line.ticket_id, line.number) for line in on_sheet(inspection)
    ]
