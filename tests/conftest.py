"""Fixtures of every test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from alerts.ringing import seen
from places.queries import forget_communities
from tests.cast import Cast, make_cast, the_cast


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: Any, django_db_blocker: Any) -> None:
    """The cast is made once; every test that rolls back finds it again."""
    with django_db_blocker.unblock():
        make_cast()


@pytest.fixture
def cast(db: Any) -> Cast:
    """The fixed cast, in this test's own transaction."""
    return the_cast()


@pytest.fixture
def sign_in(cast: Cast) -> Any:
    """sign_in("zhou") gives a browserless client of that person."""

    def make(name: str) -> Client:
        client = Client()
        client.force_login(cast.people[name])
        return client

    return make


@pytest.fixture(autouse=True)
def _counted_anew() -> None:
    """How many communities there are is kept for a minute, how far a sweeper has planned for longer, the language of the last request in the thread: every test starts anew."""
    forget_communities()
    seen.forget()
    translation.activate(settings.LANGUAGE_CODE)


_unguarded = {"dropped": False}


@pytest.fixture(autouse=True)
def _unguarded_flush(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """A test that commits is flushed by DELETE or TRUNCATE, which the triggers refuse: away with them first, made again after."""
    from django.db import connection

    from tickets.guards import drop_triggers, make_triggers

    marker = request.node.get_closest_marker("django_db")
    commits = bool(marker and marker.kwargs.get("transaction")) or {"transactional_db", "live_server"} & set(
        request.fixturenames
    )
    if commits:
        request.getfixturevalue("transactional_db")
    if _unguarded["dropped"] and (commits or marker or "db" in request.fixturenames):
        with django_db_blocker.unblock():
            make_triggers(connection)
        _unguarded["dropped"] = connection.in_atomic_block
    yield
    if commits:
        drop_triggers(connection)
        _unguarded["dropped"] = True
