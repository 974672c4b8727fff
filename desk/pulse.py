"""What an open page hears every two seconds: which repairs have changed, and what rings (screens 4)."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.db.models import CharField, Exists, ExpressionWrapper, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from alerts import ringing
from core import clock
from desk.alarms import alarms
from desk.context import is_stale, side
from desk.presence import CALL, Here, callers, others, put_down
from desk.roles import person
from people.models import User
from places.models import Community
from tickets.models import Event, Pulse

LARGEST = 1000
CHANGED_MOST = 40
SENTENCE_MOST = 80
HELPED_EVERY = dt.timedelta(seconds=2)
Fresh = tuple[int, int | None, bool]
# How long after a sweeper came back every answer says so, for pages that still show the red bar.
RECOVERED = dt.timedelta(minutes=2)
# A bell is no event: for so long every answer carries the alarms, for pages that poll each two seconds, or each ten when hidden.
HEARD = dt.timedelta(seconds=15)


@require_GET
def pulse(request: HttpRequest) -> HttpResponse:
    """204 when nothing has happened since ?since=, else JSON of at most 1 kB; a stale sweeper is replaced by the poll itself."""
    user, now = person(request), clock.now()
    wanted = request.GET.get("since", "")
    since = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0
    rows = dict(Pulse.objects.filter(name__in=["sweep", "poll", ringing.RUNG]).values_list("name", "at"))
    stale, helped = is_stale(rows.get("sweep"), now), rows.get("poll")
    if stale and (helped is None or now - helped >= HELPED_EVERY):
        ringing.sweep(now, pulse="poll")
    fresh, people = events_since(user, since), people_here(request, user, now)
    rang = rows.get(ringing.RUNG)
    quiet = (rang is None or now - rang > HEARD) and (helped is None or now - helped > RECOVERED)
    if not fresh and not people and not stale and quiet:
        return HttpResponse(status=204)
    said = {
        "now": clock.local(now).isoformat(timespec="milliseconds"),
        "last": max([pk for pk, *_ticket in fresh], default=since),
        "stale": stale,
        "changed": list(dict.fromkeys(ticket for _pk, ticket, _on_sheet in singles_first(fresh) if ticket))[
            :CHANGED_MOST
        ],
        "alarms": [plain(alarm) for alarm in alarms(user, now)],
        **({"side": side(user, now)} if fresh else {}),
        **people,
    }
    return HttpResponse(within(said), content_type="application/json")


def people_here(request: HttpRequest, user: User, now: dt.datetime) -> dict[str, Any]:
    """Who else has ?here= open (with &doing=call its call sheet), and for ?watch=calls who calls whom; only where that is news.

    ?others= and ?callers= are the keys of what the page shows; ?left= is a call sheet just closed. No query for a page that asks nothing.
    """
    asked, said = request.GET, dict[str, Any]()
    if left := asked.get("left", "").replace("\x00", "")[:30]:
        put_down(user, left)
    if number := asked.get("here", "").replace("\x00", "")[:30]:
        found = others(user, Here(number, asked.get("doing") == CALL), now)
        if found.key != asked.get("others", ""):
            said["here"] = {"open": found.open, "calling": found.calling, "key": found.key}
    if asked.get("watch") == "calls":
        calling = callers(user, now)
        key = ".".join(sorted(f"{pk}{name}" for pk, name in calling.items()))
        if key != asked.get("callers", ""):
            said["calls"] = {"rows": calling, "key": key}
    return said


def singles_first(fresh: list[Fresh]) -> list[Fresh]:
    """The lines of an inspection last: forty at once must not push a single call out of the answer."""
    return sorted(fresh, key=lambda event: event[2])


def events_since(user: User, since: int) -> list[Fresh]:
    """(event, ticket, is it a line of an inspection) newer than that event, of the communities a person may see; a stream bears its community's code. One query."""
    rows = Event.objects.filter(pk__gt=since)
    places = user.communities
    if places is not None:
        mine = Community.objects.filter(pk__in=places).annotate(
            stream=ExpressionWrapper(OuterRef("stream"), CharField())
        )
        here = Exists(mine.filter(stream__startswith=Concat("code", Value("-"))))
        rows = rows.filter(Q(ticket__community__in=places) | Q(here, ticket=None))
    found = rows.order_by("-pk").values_list("pk", "ticket_id", "ticket__inspection")[:500]
    return [(pk, ticket, inspection is not None) for pk, ticket, inspection in found]


def plain(alarm: dict[str, Any]) -> dict[str, Any]:
    """An alarm as JSON has it: the due time as text, a long sentence cut."""
    due, sentence = alarm["due"], alarm["sentence"]
    short = sentence if len(sentence) <= SENTENCE_MOST else f"{sentence[: SENTENCE_MOST - 1]}…"
    return {**alarm, "sentence": short, "due": clock.local(due).isoformat(timespec="seconds")}


def within(said: dict[str, Any]) -> bytes:
    """The answer in at most 1 kB: the first alarms whole, of those behind them the id that the bell counts."""
    whole = list(said["alarms"])
    for kept in range(len(whole), -1, -1):
        said["alarms"] = whole[:kept] + [{"id": alarm["id"]} for alarm in whole[kept:]]
        answer = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        if len(answer) <= LARGEST:
            break
    return answer
