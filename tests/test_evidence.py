"""What happened cannot be edited: triggers, digests, keys (trust.md P5)."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from core import clock
from tests.cast import Cast
from tickets.evidence import as_fact
from tickets.guards import drop_triggers, make_triggers
from tickets.models import Deadline, Event, Remark

pytestmark = pytest.mark.engine


def raw(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tickets_event SET action = 'arrive'",
        "UPDATE tickets_event SET facts = '{}'",
        "DELETE FROM tickets_event",
    ],
)
def test_an_event_is_neither_changed_nor_removed_by_raw_sql(cast: Cast, statement: str) -> None:
    cast.notified()
    with pytest.raises(DatabaseError, match="append-only"):
        raw(statement)
    assert Event.objects.count() == 2


def test_an_event_is_not_replaced_on_sqlite_nor_truncated_on_postgresql(cast: Cast) -> None:
    cast.notified()
    statement = "TRUNCATE tickets_event CASCADE" if connection.vendor == "postgresql" else (
        "INSERT OR REPLACE INTO tickets_event SELECT id, stream, seq, 'x', facts, at, received_at, once, body, digest, relayed_at, actor_id, on_behalf_of_id, ticket_id FROM tickets_event"
    )  # fmt: skip
    with pytest.raises(DatabaseError):
        raw(statement)
    assert Event.objects.filter(action="x").count() == 0


def test_passing_an_event_on_is_the_one_change_allowed(cast: Cast) -> None:
    cast.report()
    assert Event.objects.update(relayed_at=clock.now()) == 1


@pytest.mark.parametrize("column", ["due_at", "started_at"])
def test_a_deadline_is_never_moved(cast: Cast, column: str) -> None:
    cast.report()
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        Deadline.objects.update(**{column: clock.now()})


def test_a_moment_of_a_deadline_is_set_once(cast: Cast) -> None:
    cast.notified()
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        Deadline.objects.filter(kind="notify").update(met_at=None)


def test_tampering_behind_the_triggers_is_named(cast: Cast) -> None:
    ticket = cast.notified()
    drop_triggers(connection)
    raw("UPDATE tickets_event SET actor_id = NULL WHERE seq = 1")
    make_triggers(connection)
    with pytest.raises(CommandError, match=f"{ticket.pk} #1 register"):
        call_command("verify_evidence")


def test_a_chain_that_nobody_touched_holds(cast: Cast, capsys) -> None:
    cast.returned()
    call_command("verify_evidence")
    assert f"{Event.objects.count()} 条事件，链条完整。" in capsys.readouterr().out


def test_facts_hold_codes_and_sums_but_no_names() -> None:
    assert [as_fact(v) for v in ("urgent", "李建国", "13800001201 李", 3, True, None)] == [
        "urgent",
        None,
        None,
        3,
        True,
        None,
    ]


def test_free_text_stands_beside_the_event_where_it_can_be_erased(cast: Cast) -> None:
    from tickets import actions as tickets

    ticket = cast.report()
    tickets.note(ticket, by=cast.zhou, words="家里有老人，请轻声")
    event = ticket.events.get(action="note")
    assert (event.facts, Remark.objects.get(event=event).text) == ({}, "家里有老人，请轻声")


@pytest.mark.django_db(transaction=True)
def test_the_triggers_stand_again_after_a_test_that_commits() -> None:
    from tests.cast import the_cast

    the_cast().report()
    with pytest.raises(DatabaseError, match="append-only"):
        raw("DELETE FROM tickets_event")
