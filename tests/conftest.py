"""Fixtures of every test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

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
def _unguarded_flush(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that commits is flushed by DELETE or TRUNCATE, which the triggers refuse: take them away and make them again."""
    yield
    if request.node.get_closest_marker("django_db") and request.node.get_closest_marker("django_db").kwargs.get(
        "transaction"
    ):
        from django.db import connection

        from tickets.guards import drop_triggers

        drop_triggers(connection)
