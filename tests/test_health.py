"""The three pages for machines (trust.md §5)."""

import datetime as dt

import pytest

from core import clock
from repairdesk import health
from tickets.models import Pulse


def test_live_answers_without_a_query_and_without_a_name(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/health/live")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_ready_names_each_part_and_calls_late_clocks_degraded(client, db):
    answer = client.get("/health/ready")
    parts = {"database": True, "written": True, "disk": True, "migrations": True}
    assert (answer.status_code, answer.json()) == (200, {"status": "degraded", **parts})
    Pulse.objects.create(name="sweep", at=clock.now())
    assert client.get("/health/ready").json() == {"status": "ok", **parts}


def test_ready_refuses_a_folder_that_cannot_be_written(client, db, settings):
    settings.VAR_DIR = "/proc"
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["status"] == "dead"
    assert answer.json()["written"] is False


@pytest.mark.parametrize(("age", "status"), [(None, 503), (59, 200), (62, 503)])
def test_the_sweeper_is_late_after_a_minute(client, db, age, status):
    if age is not None:
        Pulse.objects.create(name="sweep", at=clock.now() - dt.timedelta(seconds=age))
    assert client.get("/health/sweeper").status_code == status


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/health/sweeper"])
def test_health_changes_nothing_and_is_never_kept(client, db, path):
    assert client.post(path).status_code == 405
    assert "no-store" in client.get(path)["Cache-Control"]


def test_tables_out_of_date_are_seen(db):
    from django.db.migrations.recorder import MigrationRecorder

    health._nothing_to_migrate.cache_clear()
    last = MigrationRecorder.Migration.objects.latest("id")
    last.delete()
    assert health.tables_up_to_date() is False
    last.save(force_insert=True)
    assert health.tables_up_to_date() is True
