"""The procedure page: every clause with its figure and the cases behind it, and the lives drawn from code (SOP 4)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from core import clock
from desk.procedure.clauses import CLAUSES
from desk.procedure.figures import Figure, cases, figures, is_broken, is_kept, judged, promises
from desk.procedure.lives import life_of, lives, records
from repairdesk.procedure_map import carried, document
from reports.months import Month
from tests.cast import Cast
from tickets import actions as tickets
from tickets import sla
from tickets.models import Deadline, Ticket
from workorders.models import Slip

pytestmark = pytest.mark.django_db
BY_NUMBER = {clause.number: clause for clause in CLAUSES}


def month() -> Month:
    return Month.of("")


def test_the_map_in_docs_is_what_the_code_says() -> None:
    """After a change: manage.py write_procedure."""
    tests = settings.BASE_DIR / "tests"
    assert (settings.BASE_DIR / "docs/sop.md").read_text() == document()
    assert (settings.BASE_DIR / "desk/procedure/carried.csv").read_text() == carried(tests)


@pytest.mark.sop("5.4.1")
def test_a_promise_kept_and_one_broken_stand_as_such(cast: Cast) -> None:
    now = clock.now()
    cast.notified()
    late = cast.report()
    with clock.as_of(now + dt.timedelta(minutes=9)):
        tickets.notify_engineering(late, by=cast.zhou, to=cast.wang)
        found = figures(cast.lin, month())["5.4.1"]
    assert (found.kept, found.broken, found.rate) == (1, 1, "50.0 %")


def test_what_is_not_yet_due_is_in_neither(cast: Cast) -> None:
    cast.report()
    assert figures(cast.lin, month())["5.4.1"] == Figure(0, 0)
    assert figures(cast.lin, month())["5.4.1"].rate == "—"


def test_an_arrival_we_moved_ourselves_is_broken_and_one_the_customer_moved_is_not_counted(cast: Cast) -> None:
    ticket = cast.notified()
    row = ticket.deadlines.get(kind=Deadline.Kind.ARRIVE)
    sla.cancel(ticket, Deadline.Kind.ARRIVE, at=clock.now(), because="us", ref=None)
    row.refresh_from_db()
    assert judged(row, clock.now()) == "broken"
    other = cast.notified()
    sla.cancel(other, Deadline.Kind.ARRIVE, at=clock.now(), because="customer", ref=None)
    assert judged(other.deadlines.get(kind=Deadline.Kind.ARRIVE), clock.now()) == ""


def test_the_cases_behind_a_figure_are_as_many_as_the_figure_says(cast: Cast) -> None:
    cast.returned()
    cast.notified(urgency="urgent")
    with clock.as_of(clock.now() + dt.timedelta(hours=30)):
        now, found = clock.now(), figures(cast.lin, month())
        for number, clause in BY_NUMBER.items():
            if clause.kinds:
                rows = promises(cast.lin, clause, month())
                broken = rows.filter(is_broken(now))
                kept = rows.filter(is_kept()).exclude(pk__in=broken.values("pk"))
                assert (kept.count(), broken.count()) == (found[number].kept, found[number].broken), number
                assert sorted({judged(row, now) for row in broken}) in ([], ["broken"])
            elif clause.cases is not None:
                assert cases(cast.lin, clause, month()).count() == found[number].cases, number


def test_a_rate_is_rounded_half_up_to_a_tenth() -> None:
    assert [Figure(26, 1).rate, Figure(2, 1).rate, Figure(1, 1).rate, Figure(1999, 1).rate] == [
        "96.3 %",
        "66.7 %",
        "50.0 %",
        "100.0 %",
    ]


@pytest.mark.parametrize(("text", "key"), [("2026-02", "2026-02"), ("202612", "2026-12")])
def test_a_month_is_read_with_and_without_a_dash(text: str, key: str) -> None:
    assert Month.of(text).key == key
    assert Month.of("2026-13").key == Month.of("nonsense").key == f"{clock.today():%Y-%m}"


@pytest.mark.sop("4")
def test_the_lives_are_drawn_from_the_transitions_in_code() -> None:
    life = life_of(Ticket)
    assert [node.value for node in life.nodes] == [
        value for value, _label in Ticket._meta.get_field("state").flatchoices
    ]
    assert {move.name for move in life.moves} == {move.name for move in Ticket._moves()}
    ways = {
        (str(move.source), str(move.target)) for move in Slip._moves() if move.target and move.source != move.target
    }
    assert len(life_of(Slip).arcs) == len(ways)


@pytest.mark.sop("4")
def test_every_record_with_a_life_is_drawn_with_a_name_in_words() -> None:
    with translation.override("zh-hans"):
        found = {life.name: str(life.title) for life in lives()}
    assert set(found) == {str(model._meta.model_name) for model in records()}
    assert [name for name, title in found.items() if title.isascii()] == []


def test_the_page_shows_every_clause_and_its_tests(cast: Cast, sign_in: Any) -> None:
    cast.notified()
    page = sign_in("mei").get(reverse("procedure")).content.decode()
    assert [number for number in BY_NUMBER if f'id="c-{number}"' not in page] == []
    assert "test_procedure.py::test_a_promise_kept_and_one_broken_stand_as_such" in page


def test_a_clause_lists_its_promises_and_another_community_sees_none(cast: Cast, sign_in: Any) -> None:
    ticket = cast.notified()
    shown = sign_in("lin").get(reverse("procedure_clause", args=["5.4.1"]) + "?show=kept").content.decode()
    assert ticket.get_absolute_url() in shown
    assert sign_in("lin").get(reverse("procedure_clause", args=["9.9"])).status_code == 404


def test_the_page_costs_few_queries_however_many_repairs(
    cast: Cast, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    for _each in range(4):
        cast.notified()
    client = sign_in("lin")
    with django_assert_max_num_queries(24):
        client.get(reverse("procedure"))
