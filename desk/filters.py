"""What of the board is shown, as the address says it and as a saved view keeps it (screens 5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import parse_qsl, urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.queries import PROMISES
from desk.rows import NATURE, Item
from people.models import Team, User
from tickets.models import Deadline, Place, Ticket
from tickets.states import Nature, Urgency

Kind = Deadline.Kind
LONGEST = 40
SCOPES = {"mine": gettext_lazy("我登记的"), "soon": gettext_lazy("快到时限"), "public": gettext_lazy("公共区域")}
TITLES = {
    "notify": gettext_lazy("5 分钟通知"),
    "arrive": gettext_lazy("30 分钟到场"),
    "finish": gettext_lazy("急修今日完工"),
    "window": gettext_lazy("今日预约到场"),
}


@dataclass(frozen=True)
class Filters:
    """The filters of the board; an unknown name or value shows everything."""

    scope: str = ""
    promise: str = ""
    team: str = ""
    kind: str = ""
    building: str = ""
    channel: str = ""

    @classmethod
    def read(cls, said: Mapping[str, str]) -> Self:
        given = {name: said.get(name, "").replace("\x00", "")[:LONGEST] for name in cls.__dataclass_fields__}
        known = {
            "scope": set(SCOPES),
            "promise": set(PROMISES),
            "kind": set(Nature.values),
            "channel": set(Ticket.Channel.values),
        }
        given |= {name: given[name] if given[name] in values else "" for name, values in known.items()}
        team = given["team"]
        return cls(**{**given, "team": team if team.isdecimal() and team.isascii() and len(team) < 10 else ""})

    @classmethod
    def of(cls, query: str) -> Self:
        """Those of a kept query."""
        return cls.read(dict(parse_qsl(query[:400])))

    @property
    def query(self) -> str:
        """The filters that are set, in one order; empty where everything is shown."""
        return urlencode({name: value for name, value in vars(self).items() if value})

    def address(self, **changes: str) -> str:
        """The board's address with these filters, some of them changed."""
        query = replace(self, **changes).query
        return reverse("board") + (f"?{query}" if query else "")

    def passes(self, item: Item, user: User) -> bool:
        ticket = item.ticket
        return (
            in_scope(self.scope, item, user)
            and (not self.promise or promise_of(item.deadline, ticket) == self.promise)
            and (not self.team or str(ticket.team_id) == self.team)
            and (not self.kind or ticket.stands == self.kind)
            and (not self.building or getattr(ticket, "building", "") == self.building)
            and (not self.channel or ticket.channel == self.channel)
        )

    def words(self) -> list[str]:
        """What is shown, as the page says it: 快到时限, 水电班, 3栋."""
        team = Team.objects.filter(pk=self.team).first() if self.team else None
        said = [
            SCOPES.get(self.scope, ""),
            TITLES.get(self.promise, ""),
            team or "",
            NATURE[Nature(self.kind)] if self.kind else "",
            building_name(self.building) if self.building else "",
            Ticket.Channel(self.channel).label if self.channel else "",
        ]
        return [str(word) for word in said if word]


def building_name(code: str) -> str:
    return _("%(code)s栋") % {"code": code} if code[-1:].isascii() else code


def in_scope(scope: str, item: Item, user: User) -> bool:
    if scope == "mine":
        return item.ticket.taken_by_id == user.pk
    if scope == "public":
        return item.ticket.place != Place.HOME
    return item.pressing if scope == "soon" else True


def promise_of(deadline: Deadline | None, ticket: Ticket) -> str:
    """Which of the strip's promises a deadline belongs to; empty: none."""
    if deadline is None:
        return ""
    if deadline.kind == Kind.ARRIVE:
        return "window" if ticket.urgency == Urgency.ROUTINE else "arrive"
    if deadline.kind == Kind.FINISH:
        return "finish" if ticket.urgency == Urgency.URGENT and not deadline.ref else ""
    return "notify" if deadline.kind == Kind.NOTIFY else ""
