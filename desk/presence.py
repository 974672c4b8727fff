"""Who else has the same repair open, and who is calling a customer back just now (screens 4, two people).

A row a person and repair, written at most every twenty seconds: the web processes share no memory but the database.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from core.text import listed
from desk.record import may_see
from desk.roles import READERS
from people.models import Presence, User
from tickets.models import Ticket

AGAIN = dt.timedelta(seconds=20)
# After the last word of a page that polls every two seconds and is written down every twenty.
GONE = dt.timedelta(seconds=30)
CALL = "call"
SHOWN = 5


@dataclass(frozen=True)
class Here:
    """What a page has open: a repair's number, and whether its call sheet is."""

    number: str
    calling: bool = False

    @property
    def doing(self) -> str:
        return CALL if self.calling else ""


@dataclass(frozen=True)
class Others:
    """Colleagues with the same repair open; `key` changes when they do, so that an unchanged answer need not be sent."""

    open: str = ""
    calling: str = ""
    key: str = ""


def others(user: User, here: Here, now: dt.datetime) -> Others:
    """Who else is here; this person is written down. One query, and two more every twenty seconds."""
    rows = Presence.objects.filter(thing=here.number, at__gt=now - GONE).order_by("user")
    fresh = list(rows.values_list("user", "user__name", "doing", "at"))
    own = next((at for pk, _name, doing, at in fresh if pk == user.pk and doing == here.doing), None)
    if own is None or now - own >= AGAIN:
        if not is_admitted(user, here.number):
            return Others()
        write_down(user, here, now)
    calling = {pk: name for pk, name, doing, _at in fresh if doing == CALL and pk != user.pk}
    reading = {pk: name for pk, name, _doing, _at in fresh if pk not in calling and pk != user.pk}
    key = ".".join([*(f"{pk}c" for pk in calling), *map(str, reading)])
    return Others(listed(list(reading.values())[:SHOWN]), listed(list(calling.values())[:SHOWN]), key)


def is_admitted(user: User, number: str) -> bool:
    """May this person open that repair? Others' names are for colleagues on the same work."""
    ticket = Ticket.objects.visible_to(user).filter(number=number).first()
    return ticket is not None and may_see(user, ticket)


def write_down(user: User, here: Here, now: dt.datetime) -> None:
    """One row a person, repair and doing; where a new one begins, this person's old ones are swept."""
    mine = Presence.objects.filter(user=user)
    if mine.filter(thing=here.number, doing=here.doing).update(at=now):
        return
    mine.filter(at__lt=now - GONE).delete()
    Presence.objects.get_or_create(user=user, thing=here.number, doing=here.doing, defaults={"at": now})


def put_down(user: User, number: str) -> None:
    """The call sheet of that repair was closed."""
    Presence.objects.filter(user=user, thing=number, doing=CALL).delete()


def callers(user: User, now: dt.datetime) -> dict[str, str]:
    """Repair (id as text) → the short name of the colleague who calls its customer back now. One query, a second while somebody calls."""
    if not user.may(*READERS):
        return {}
    rows = Presence.objects.filter(doing=CALL, at__gt=now - GONE).exclude(user=user).order_by("-at")
    calling = dict(rows.values_list("thing", "user__short_name")[: 2 * SHOWN])
    if not calling:
        return {}
    seen = Ticket.objects.visible_to(user).filter(number__in=calling).order_by("pk").values_list("pk", "number")
    return {str(pk): calling[number] for pk, number in seen}
