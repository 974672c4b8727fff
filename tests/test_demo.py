"""The demonstration estate: made once by the real actions, the same every time, removed without a trace by one command."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from people.models import Team, User
from places.models import Builder, Community, Unit
from tests.cast import Cast
from tickets.evidence import broken_links
from tickets.models import Ticket

STAYS = {"Component", "PriceItem", "SparePart", "Series", "Pulse"}


@pytest.fixture
def empty(cast: Cast) -> None:
    """An installation with the catalogue and nobody in it."""
    Unit.objects.all().delete()
    Builder.objects.all().delete()
    Community.objects.all().delete()
    User.objects.all().delete()
    Team.objects.all().delete()


def left() -> dict[str, int]:
    """Rows that the estate left, by model; the catalogue stays, and what history keeps of the removal."""
    labels = ("desk", "places", "papers", "tickets", "workorders", "billing", "callbacks")
    models = [model for label in labels for model in apps.get_app_config(label).get_models()]
    counted = {
        model.__name__: model._default_manager.count()
        for model in models
        if not model.__name__.startswith("Historical")
    }
    return {name: n for name, n in counted.items() if n and name not in STAYS}


def test_the_estate_is_made_by_real_steps_and_removed_without_a_trace(empty: None) -> None:
    call_command("demo", first=True, count=6)
    assert (Community.objects.get().demo, Unit.objects.count(), User.objects.count()) == (True, 2048, 16)
    assert Ticket.objects.count() == 12
    assert list(broken_links()) == []
    call_command("demo", remove=True)
    assert left() == {}
    assert User.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'event_no%'")
        assert cursor.fetchone() == (2,)


def test_a_second_estate_is_not_made_over_a_community(cast: Cast, capsys) -> None:
    call_command("demo", first=True)
    assert Community.objects.count() == 1
