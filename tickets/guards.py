"""Database triggers that keep the evidence: an event is never changed or removed, a deadline's moments are set once."""

from typing import Any

EVENT_COLUMNS = [
    "ticket_id",
    "stream",
    "seq",
    "action",
    "actor_id",
    "on_behalf_of_id",
    "facts",
    "at",
    "received_at",
    "once",
    "body",
    "digest",
]
ONCE = ["met_at", "cancelled_at", "escalated_at"]
FIXED = ["ticket_id", "kind", "ref", "started_at", "due_at"]
REFUSED_EVENT = "events are append-only"
REFUSED_DEADLINE = "a deadline never changes once set"


def _changed(columns: list[str], differs: str) -> str:
    return " OR ".join(f'OLD."{column}" {differs} NEW."{column}"' for column in columns)


def _changed_after_set(columns: list[str], differs: str) -> str:
    return " OR ".join(
        f'(OLD."{column}" IS NOT NULL AND OLD."{column}" {differs} NEW."{column}")' for column in columns
    )


def _sqlite() -> dict[str, str]:
    def trigger(name: str, table: str, when: str, sentence: str, condition: str = "") -> str:
        guard = f"WHEN {condition} " if condition else ""
        return f"CREATE TRIGGER {name} BEFORE {when} ON {table} {guard}BEGIN SELECT RAISE(ABORT, '{sentence}'); END"

    changed = _changed(EVENT_COLUMNS, "IS NOT")
    moved = f"{_changed(FIXED, 'IS NOT')} OR {_changed_after_set(ONCE, 'IS NOT')}"
    return {
        "event_no_update": trigger("event_no_update", "tickets_event", "UPDATE", REFUSED_EVENT, changed),
        "event_no_delete": trigger("event_no_delete", "tickets_event", "DELETE", REFUSED_EVENT),
        "deadline_once": trigger("deadline_once", "tickets_deadline", "UPDATE", REFUSED_DEADLINE, moved),
    }


def _postgres() -> list[str]:
    changed = _changed(EVENT_COLUMNS, "IS DISTINCT FROM").replace(
        'OLD."facts" IS DISTINCT FROM NEW."facts"', 'OLD."facts"::text IS DISTINCT FROM NEW."facts"::text'
    )
    moved = f"{_changed(FIXED, 'IS DISTINCT FROM')} OR {_changed_after_set(ONCE, 'IS DISTINCT FROM')}"
    refuse = "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '{sentence}'; END $$ LANGUAGE plpgsql"
    return [
        refuse.format(name="refuse_event", sentence=REFUSED_EVENT),
        refuse.format(name="refuse_deadline", sentence=REFUSED_DEADLINE),
        f"CREATE TRIGGER event_no_update BEFORE UPDATE ON tickets_event FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION refuse_event()",
        "CREATE TRIGGER event_no_delete BEFORE DELETE ON tickets_event FOR EACH ROW EXECUTE FUNCTION refuse_event()",
        "CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON tickets_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_event()",
        f"CREATE TRIGGER deadline_once BEFORE UPDATE ON tickets_deadline FOR EACH ROW WHEN ({moved}) EXECUTE FUNCTION refuse_deadline()",
    ]


def make_triggers(connection: Any) -> None:
    """Create the triggers on this database; existing ones are replaced."""
    drop_triggers(connection)
    statements = _postgres() if connection.vendor == "postgresql" else list(_sqlite().values())
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def drop_triggers(connection: Any) -> None:
    """Take the triggers away: to remove a demonstration estate, to reverse the migration, to flush a test database."""
    on = {
        "event_no_update": "tickets_event",
        "event_no_delete": "tickets_event",
        "event_no_truncate": "tickets_event",
        "deadline_once": "tickets_deadline",
    }
    with connection.cursor() as cursor:
        for name, table in on.items():
            cursor.execute(
                f"DROP TRIGGER IF EXISTS {name} ON {table}"
                if connection.vendor == "postgresql"
                else f"DROP TRIGGER IF EXISTS {name}"
            )
