"""The front desk's board: everything that must happen today, in the order it burns (screens 5.1)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from core import clock
from desk import rail
from desk.clocks import before, spelled, warn_of
from desk.filters import TITLES, Filters, building_name, promise_of
from desk.queries import PROMISES, Kept, clocks_of, kept_today, last_closed, last_events, open_tickets
from desk.roles import READERS, only_for, person
from desk.rows import GROUPS, NATURE, Item, items, row
from desk.saved import views_of
from desk.way import pattern
from people.models import Team, User
from people.roles import DESK
from places.models import Community
from tickets.handover import INSPECTORS
from tickets.inspections.listing import waiting
from tickets.models import Deadline, Ticket
from tickets.states import Nature

Kind = Deadline.Kind
FOLD = 12
PARTS = {"list": "desk/_board_list.html", "today": "desk/_board_today.html", "rail": "desk/_board_rail.html"}


@require_GET
@only_for(*READERS)
def board(request: HttpRequest) -> HttpResponse:
    """The page, or one of its parts (?part=list, today, rail) when the pulse says that something changed."""
    user, now = person(request), clock.now()
    filters, part = Filters.read(request.GET), request.GET.get("part", "")
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
    sheets = the_sheets(user, filters)
    return {"groups": shown, "all": len(found), "closed": last_closed(user) if not found else [], **sheets}


def the_sheets(user: User, filters: Filters) -> dict[str, Any]:
    """Handover inspections, a row each and not a row a line, so that single calls do not drown; nothing under another filter."""
    if filters.address() not in {Filters().address(), Filters(channel=Ticket.Channel.INSPECTION).address()}:
        return {"sheets": [], "sheets_more": 0, "sheets_at_work": 0}
    rows, more, at_work = waiting(user, FOLD)
    return {
        "may_tell": user.may(*INSPECTORS),
        "sheets": rows,
        "sheets_more": more,
        "sheets_at_work": at_work,
        "sheets_n": len(rows) + more,
    }


def estate_names(user: User, chosen: list[Item]) -> dict[int, str]:
    """Names of the estates where a person sees repairs of several; nothing otherwise."""
    if len({item.ticket.community_id for item in chosen}) < 2:
        return {}
    return dict(Community.objects.visible_to(user).values_list("pk", "name"))


def choices(user: User, found: list[Item], filters: Filters) -> dict[str, Any]:
    """The views above the list with their numbers, and what the other filters offer."""
    teams = {str(item.ticket.team_id): str(item.ticket.team) for item in found if item.ticket.team}
    if filters.team and filters.team not in teams:  # nothing of that team now: still what is chosen
        teams[filters.team] = str(Team.objects.filter(pk=filters.team).first() or "")
    buildings = {str(getattr(item.ticket, "building", None) or "") for item in found} | {filters.building}
    kinds = {item.ticket.stands for item in found} | {filters.kind}
    return {
        **views_of(user, found, filters),
        "teams": sorted(teams.items()),
        "buildings": sorted((code, building_name(code)) for code in buildings if code),
        "kinds": [(kind, NATURE[Nature(kind)]) for kind in Nature.values if kind in kinds],
        "channels": Ticket.Channel.choices,
        "new_url": pattern("register") if user.may(*DESK) else "",
    }


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
    return [
        {
            "title": title,
            "kept": kept[name],
            "url": filters.address(promise="" if filters.promise == name else name),
            "current": filters.promise == name,
            **worst(name, sorted(running[name], key=lambda each: each.due_at), now),
        }
        for name, title in TITLES.items()
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
