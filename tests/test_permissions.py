"""Who may take which step and open which page: the table of tests/permissions.csv against every transition and URL."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from billing.models import Agreement, Approval, Charge, Claim, Payment, Quote
from callbacks.models import Callback, Complaint, Correction
from core.lifecycle import Lifecycle
from desk.models import Shift
from people.models import User
from people.roles import Permission, Role
from places.models import Community
from tests.accounts import somebody
from tickets.models import Inspection, Ticket
from workorders.models import Notice, Slip

ALWAYS, OWN, NEVER = "●", "○", "–"
TABLE = {
    row.pop("name"): row
    for row in csv.DictReader((Path(__file__).parent / "permissions.csv").read_text(encoding="utf-8").splitlines())
}


def leaves(model: type[Lifecycle] = Lifecycle) -> Iterator[type[Lifecycle]]:
    """Every record with a life of its own."""
    for child in model.__subclasses__():
        if child._meta.abstract:
            yield from leaves(child)
        elif not child._meta.auto_created:
            yield child


STEPS: dict[str, list[Any]] = {}
for leaf in leaves():
    for move in leaf._moves():
        if not move.custom.get("auto"):
            STEPS.setdefault(f"{leaf._meta.model_name}.{move.name}", []).append(move)


def test_the_table_holds_every_step_and_no_other():
    assert sorted(name for name in TABLE if "." in name) == sorted(STEPS)


@pytest.mark.sop("3.1")
@pytest.mark.sop("3.3")
@pytest.mark.parametrize("name", sorted(STEPS))
def test_a_step_is_open_to_the_roles_of_the_table(name):
    said = {str(role): NEVER for role in Role}
    for move in STEPS[name]:
        assert isinstance(move.permission, Permission), name
        said |= dict.fromkeys(move.permission.own, OWN)
    for move in STEPS[name]:
        said |= dict.fromkeys([*move.permission.roles, *move.permission.told], ALWAYS)
    assert {role: said[role] for role in TABLE[name]} == TABLE[name]


STAFF = {"FD": "zhou", "DU": "night", "SS": "lin", "TE": "wang", "ES": "shen", "MG": "mei", "FI": "fin", "AD": "admin"}


@pytest.fixture
def elsewhere(db: None) -> Community:
    return Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")


def record_of(name: str, community: Community, technician: User, department: str = "engineering") -> Any:
    """An unsaved record of that kind, the technician's own."""
    ticket = Ticket(community=community, technician=technician)
    records = {
        "ticket": lambda: ticket,
        "slip": lambda: Slip(ticket=ticket, community=community, technician=technician),
        "notice": lambda: Notice(community=community),
        "quote": lambda: Quote(ticket=ticket),
        "agreement": lambda: Agreement(ticket=ticket, community=community),
        "charge": lambda: Charge(ticket=ticket),
        "payment": lambda: Payment(ticket=ticket),
        "approval": lambda: Approval(ticket=ticket),
        "claim": lambda: Claim(ticket=ticket, community=community),
        "callback": lambda: Callback(ticket=ticket),
        "shift": lambda: Shift(community=community),
        "complaint": lambda: Complaint(ticket=ticket, community=community, owner=technician),
        "inspection": lambda: Inspection(community=community),
        "correction": lambda: Correction(
            ticket=ticket, community=community, assignee=technician, department=department
        ),
    }
    return records[name.partition(".")[0]]()


@pytest.mark.parametrize("name", sorted(STEPS))
def test_a_step_is_refused_on_another_s_work_and_in_another_community(name, cast, elsewhere):
    people = {role: cast.people[who] for role, who in STAFF.items()}
    move = STEPS[name][0]
    found = dict.fromkeys(people, NEVER)
    for department in ("engineering", "desk") if name.startswith("correction.") else ("",):
        mine, others = (record_of(name, cast.community, whose, department) for whose in (cast.wang, cast.dian))
        foreign = record_of(name, elsewhere, cast.wang, department)
        for role, person in people.items():
            own, other = move.has_perm(mine, person), move.has_perm(others, person)
            found[role] = ALWAYS if own and other else OWN if own else found[role]
        assert [role for role, person in people.items() if move.has_perm(foreign, person)] == []
        assert not move.has_perm(mine, somebody(f"nobody-{department}"))
    assert found == TABLE[name]
