"""The front desk's board: everything that must happen today, in the order it burns (screens 5.1)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from core import clock
from desk import rail
from desk.clocks import before, spelled, warn_of
from desk.queries import PROMISES, Kept, clocks_of, kept_today, last_closed, last_events, open_tickets
from desk.roles import READERS, only_for, person
from desk.rows import GROUPS, Item, items, row
from desk.way import pattern
from people.models import User
from people.roles import DESK
from places.models import Community
from tickets.models import Deadline, Place, Ticket
from tickets.states import Urgency

Kind = Deadline.Kind
FOLD = 12
PARTS = {"list": "desk/_board_list.html", "today": "desk/_board_today.html", "rail": "desk/_board_rail.html"}


@dataclass(frozen=True)
class Filters:
    """What of the board is shown, as the address says it; an unknown value shows everything."""

    scope: str = ""
    promise: str = ""
    team: str = ""
    building: str = ""
    channel: str = ""

    @classmethod
    def read(cls, request: HttpRequest) -> Filters:
        given = {name: request.GET.get(name, "")[:40] for name in cls.__dataclass_fields__}
        scope = given["scope"] if given["scope"] in {"mine", "soon", "public"} else ""
        promise = given["promise"] if given["promise"] in PROMISES else ""
        channel = given["channel"] if given["channel"] in Ticket.Channel.values else ""
        team = given["team"] if given["team"].isdecimal() else ""
        return cls(scope, promise, team, given["building"], channel)

    def address(self, **changes: str) -> str:
        """The board's address with these filters, some of them changed."""
        said = {name: value for name, value in vars(replace(self, **changes)).items() if value}
        return reverse("board") + (f"?{urlencode(said)}" if said else "")

    def passes(self, item: Item, user: User) -> bool:
        ticket = item.ticket
        return (
            in_scope(self.scope, item, user)
            and (not self.promise or promise_of(item.deadline, ticket) == self.promise)
            and (not self.team or str(ticket.team_id) == self.team)
            and (not self.building or getattr(ticket, "building", "") == self.building)
            and (not self.channel or ticket.channel == self.channel)
        )


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


@require_GET
@only_for(*READERS)
def board(request: HttpRequest) -> HttpResponse:
    """The page, or one of its parts (?part=list, today, rail) when the pulse says that something changed."""
    user, now = person(request), clock.now()
    filters, part = Filters.read(request), request.GET.get("part", "")
    tickets = open_tickets(user)
    clocks = clocks_of(tickets)
    found = items(tickets, clocks, now)
    here = filters.address()
    context: dict[str, Any] = {
        "filters": filters,
        "next": f"?{urlencode({'next': here})}",
        "part_url": f"{here}{'&' if '?' in here else '?'}part=",
    }
    if part in {"", "list"}:
        context |= the_list(user, found, filters, now)
    if part in {"", "today"}:
        context["promises"] = promises(found, clocks, kept_today(user, now), filters, now)
    if part in {"", "rail"}:
        context["rail"] = rail.cards(user, found, now)
    if part == "":
        context |= choices(user, found, filters)
    return render(request, PARTS.get(part, "desk/board_page.html"), context)


def the_list(user: User, found: list[Item], filters: Filters, now: dt.datetime) -> dict[str, Any]:
    chosen = [item for item in found if filters.passes(item, user)]
    last = last_events(item.ticket for item in chosen)
    names = estate_names(user, chosen)
    groups: dict[str, list[Item]] = {name: [] for name in GROUPS}
    for item in chosen:
        groups[item.group].append(item)
    shown = []
    for name, (title, hint) in GROUPS.items():
        members = sorted(groups[name], key=lambda item: item.due)
        rows = [
            row(each, user, last.get(each.ticket.pk), now, names.get(each.ticket.community_id, "")) for each in members
        ]
        if rows:
            shown.append(
                {
                    "name": name,
                    "title": title,
                    "hint": hint,
                    "rows": rows,
                    "n": len(rows),
                    "more": max(0, len(rows) - FOLD),
                }
            )
    return {"groups": shown, "all": len(found), "closed": last_closed(user) if not found else []}


def estate_names(user: User, chosen: list[Item]) -> dict[int, str]:
    """Names of the estates where a person sees repairs of several; nothing otherwise."""
    if len({item.ticket.community_id for item in chosen}) < 2:
        return {}
    return dict(Community.objects.visible_to(user).values_list("pk", "name"))


def choices(user: User, found: list[Item], filters: Filters) -> dict[str, Any]:
    """The views above the list with their numbers, and what the other filters offer."""
    views = (("", _("全部")), ("mine", _("我登记的")), ("soon", _("快到时限")), ("public", _("公共区域")))
    counts = {scope: sum(in_scope(scope, item, user) for item in found) for scope, _label in views}
    teams = {item.ticket.team_id: str(item.ticket.team) for item in found if item.ticket.team}
    buildings = {getattr(item.ticket, "building", None) for item in found} - {None}
    return {
        "views": [
            {"label": label, "n": counts[scope], "url": filters.address(scope=scope), "current": filters.scope == scope}
            for scope, label in views
        ],
        "teams": sorted((str(pk), name) for pk, name in teams.items()),
        "buildings": sorted((str(code), building_name(str(code))) for code in buildings),
        "channels": Ticket.Channel.choices,
        "new_url": pattern("register") if user.may(*DESK) else "",
    }


def building_name(code: str) -> str:
    return _("%(code)s栋") % {"code": code} if code[-1:].isascii() else code


def promises(
    found: list[Item], clocks: dict[int, list[Deadline]], kept: dict[str, Kept], filters: Filters, now: dt.datetime
) -> list[dict[str, Any]]:
    """The strip: for each promise its worst clock, how many of today were kept, and a bar."""
    running: dict[str, list[Deadline]] = {name: [] for name in PROMISES}
    for item in found:
        for deadline in clocks.get(item.ticket.pk, []):
            name = promise_of(deadline, item.ticket)
            if name:
                running[name].append(deadline)
    titles = {
        "notify": _("5 分钟通知"),
        "arrive": _("30 分钟到场"),
        "finish": _("急修今日完工"),
        "window": _("今日预约到场"),
    }
    return [
        {
            "title": title,
            "kept": kept[name],
            "url": filters.address(promise="" if filters.promise == name else name),
            "current": filters.promise == name,
            **worst(name, sorted(running[name], key=lambda each: each.due_at), now),
        }
        for name, title in titles.items()
    ]


def worst(name: str, rows: list[Deadline], now: dt.datetime) -> dict[str, Any]:
    """The figure of a promise: how many are late and by how much, else the next one, else how many stand open."""
    late = [each for each in rows if each.due_at < now]
    if late:
        return {
            "as": "late",
            "fig": len(late),
            "words": ngettext("件，", "件，", len(late)),
            "due": late[0].due_at.isoformat(),
            "time": late_words(late[0], now),
        }
    first = rows[0] if rows else None
    if first is None:
        return {"as": "calm", "fig": 0, "words": _("件待办")}
    if name in {"notify", "arrive"}:
        soon = (first.due_at - now).total_seconds() <= warn_of(first.kind)
        return {
            "as": "soon" if soon else "calm", "lead": True, "due": first.due_at.isoformat(), "warn": warn_of(first.kind),
            "time": spelled(first.due_at - now), "words": _("最近一件") if len(rows) > 1 else _("仅此一件"),
        }  # fmt: skip
    today = [each for each in rows if clock.today(each.due_at - dt.timedelta(seconds=1)) == clock.today(now)]
    if name == "finish":
        return {"as": "calm", "fig": len(rows), "words": _("件未完，%(time)s") % {"time": before(first.due_at, now)}}
    words = _("件在约，最早 %(time)s") % {"time": before(first.due_at, now)} if today else _("件在约")
    return {"as": "calm", "fig": len(today), "words": words}


def late_words(row: Deadline, now: dt.datetime) -> str:
    return _("超时 %(span)s") % {"span": spelled(now - row.due_at)}
