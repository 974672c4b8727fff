"""Who is there to be called out. Duties, trades and grants come along, so that asking them costs no further query."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet

from people.models import Grant, Team, Trade, User
from people.roles import Role


def holders(*roles: Role, within: int) -> QuerySet[User]:
    """Active people who hold one of the roles in that community."""
    grants = Grant.objects.filter(Q(community=within) | Q(community=None), role__in=roles)
    return User.objects.filter(is_active=True, pk__in=grants.values("user"))


def supervisors(community_id: int) -> QuerySet[User]:
    """The engineering supervisors of that estate."""
    return holders(Role.ENGINEERING_SUPERVISOR, within=community_id)


def technicians(community_id: int, trade: Trade | str | None = None, at: dt.datetime | None = None) -> list[User]:
    """Technicians of a community, of one trade if given; with `at` those on duty then come first."""
    people = holders(Role.TECHNICIAN, within=community_id)
    if trade is not None:
        people = people.filter(trades=trade)
    return duty_first(people, at)


def people_of_team(team: Team, at: dt.datetime | None = None) -> list[User]:
    """Active people of a team; with `at` those on duty then come first."""
    return duty_first(User.objects.filter(is_active=True, team=team), at)


def duty_first(people: QuerySet[User], at: dt.datetime | None) -> list[User]:
    found = list(people.select_related("team").prefetch_related("duties", "trades", "grants"))
    return found if at is None else sorted(found, key=lambda person: not person.on_duty(at))
