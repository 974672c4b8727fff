"""The demonstration estate: made once by the real actions, the same every time, removed without a trace by one command."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.models import Count

from billing.models import Approval, Claim
from callbacks.models import Complaint, GroupMessage
from core import clock
from desk.demo.stage import live_behind
from desk.models import Shift
from people.models import Team, User
from places.models import Builder, Community, Unit
from tests.cast import Cast
from tickets.evidence import broken_links
from tickets.models import Caller, Event, Inspection, Reinspection, Ticket
from workorders.models import Copy, Notice, Referral, Signature, Slip

STAYS = {"Component", "PriceItem", "SparePart", "Series", "Pulse"}


# What a visitor finds: each nature, each state, each exception, at any hour of any day.
EVERYTHING = {
    "natures": {"paid_home", "warranty_home", "paid_public", "warranty_public", "municipal", "undetermined"},
    "slips": {"dispatch", "warranty", "facility"},
    "bearers": {"", "builder", "company", "fund", "liable"},
    "notices": {"sent", "acknowledged", "agreed", "attended", "refused", "superseded", "taken_over"},
    "referrals": {"open", "restored", "taken_back"},
    "inspections": {"draft", "registered"},
    "looked at again": {True, False},
    "rework": {"", "confirmed", "refused"},
    "complaints": {"recorded", "owned", "closed"},
    "shifts": {"draft", "taken"},
    "exceptions": {
        "no signature", "parts awaited", "technician changed", "voided", "copy lost", "tenant", "weather", "absent",
        "objection", "unknown day", "taken over", "claim", "contractor", "refund asked", "group answer", "thirteen callers",
    },
}  # fmt: skip


def shown() -> dict[str, set[Any]]:
    rows = {
        "natures": Ticket.objects.exclude(nature="").values_list("nature", flat=True),
        "slips": Slip.objects.values_list("kind", flat=True),
        "bearers": Slip.objects.values_list("bearer", flat=True),
        "notices": Notice.objects.values_list("state", flat=True),
        "referrals": Referral.objects.values_list("state", flat=True),
        "inspections": Inspection.objects.values_list("state", flat=True),
        "looked at again": Reinspection.objects.values_list("passed", flat=True),
        "rework": Ticket.objects.exclude(rework_of=None).values_list("rework_judged", flat=True),
        "complaints": Complaint.objects.values_list("state", flat=True),
        "shifts": Shift.objects.values_list("state", flat=True),
    }
    return {**{name: set(found) for name, found in rows.items()}, "exceptions": exceptions()}


def exceptions() -> set[str]:
    steps = set(Event.objects.values_list("action", flat=True))
    found = {
        "no signature": Signature.objects.filter(refused=True).exists(),
        "parts awaited": Slip.objects.exclude(parts_on=None).exists(),
        "technician changed": "slip_reassign" in steps,
        "voided": Slip.objects.filter(state="voided").exists(),
        "copy lost": Copy.objects.exclude(lost_by=None).exists(),
        "tenant": Ticket.objects.filter(relation="tenant", nature="paid_home").exists(),
        "weather": Ticket.objects.filter(weather=True).exists(),
        "absent": Ticket.objects.filter(absences=1).exists(),
        "objection": Ticket.objects.exclude(objected_at=None).exists(),
        "unknown day": Ticket.objects.filter(warranty_state="undetermined", nature="undetermined").exists(),
        "taken over": Ticket.objects.filter(taken_over=True, state="closed").exists(),
        "claim": Claim.objects.filter(state="sent").exists(),
        "contractor": Slip.objects.filter(builder__kind="contractor").exists(),
        "refund asked": Approval.objects.filter(state="asked").exists(),
        "group answer": GroupMessage.objects.exists(),
        "thirteen callers": Caller.objects.filter(origin__isnull=False).values("ticket").annotate(n=Count("pk")).filter(n=12).exists(),
    }  # fmt: skip
    return {name for name, there in found.items() if there}


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
    labels = ("desk", "places", "papers", "tickets", "workorders", "billing", "callbacks", "alerts")
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
    assert shown() == EVERYTHING
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


@pytest.mark.django_db(transaction=True)
def test_a_walk_behind_the_open_desk_is_committed_as_a_whole_so_that_no_sweeper_sees_half_of_it() -> None:
    now, seen = clock.now(), list[tuple[str, bool]]()

    def walk(name: str) -> Iterator[Any]:
        for _ in range(2):
            seen.append((name, connection.in_atomic_block))
            yield clock.now() + dt.timedelta(minutes=5)

    late, early = (now - dt.timedelta(days=days) for days in (20, 30))
    assert live_behind([(late, walk("late")), (early, walk("early"))], now, pause=0) == 6
    assert seen == [("early", True)] * 2 + [("late", True)] * 2
    assert connection.in_atomic_block is False
