"""What becomes known of a repair beside its steps: safety lines done, an objection, bad weather (domain B.3, E.2, G20)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from people.models import User
from people.roles import SS
from places.models import Community
from places.safety import Script, scripts, scripts_of
from tickets.evidence import write
from tickets.models import BadWeather, Event, Ticket
from tickets.states import Rework, Urgency

RAN = "run_safety_script"
LONGEST_WEATHER = dt.timedelta(days=7)
BACK_WEATHER = dt.timedelta(hours=24)


class Tick(NamedTuple):
    """A line of a script that was done: when, and the event that says so."""

    at: dt.datetime
    event: Event


@action
def run_safety_script(
    ticket: Ticket, *, by: User, case: str, lines: Mapping[int, dt.datetime], at: dt.datetime | None = None
) -> None:
    """Lines of a safety script that were done (B.3), each with its time; a line done before keeps its first time."""
    at = at or clock.now()
    script = scripts().get(case)
    if script is None or not set(lines) <= {line.n for line in script.lines}:
        raise Refusal(_("没有这张安全清单。"))
    before = done_of(ticket.events.filter(action=RAN)).get(case, {})
    new = sorted(n for n in lines if n not in before)
    if not new:
        raise Refusal(_("勾选做过的步骤。"))
    ticket.advance(ticket.run_safety_script, by=by, at=at, case=case, lines=[[n, min(lines[n], at)] for n in new])


def done_of(events: Iterable[Event]) -> dict[str, dict[int, Tick]]:
    """Which lines of which scripts were done, by case and number, as the events tell."""
    found: dict[str, dict[int, Tick]] = {}
    for event in events:
        if event.action == RAN:
            case = found.setdefault(event.facts["case"], {})
            for n, moment in event.facts["lines"]:
                case.setdefault(n, Tick(dt.datetime.fromisoformat(moment), event))
    return found


def scripts_for(ticket: Ticket, done: Mapping[str, Any]) -> list[Script]:
    """The scripts that belong to a repair: of its part where it is pressing, and those that were begun."""
    found = scripts_of(ticket.component_id, pressing=ticket.urgency != Urgency.ROUTINE)
    return found + [script for code, script in scripts().items() if code in done and script not in found]


@action
def record_objection(ticket: Ticket, *, by: User, words: str, at: dt.datetime | None = None) -> None:
    """The customer contests the judgement (G20): no price and no slip until the service supervisor judges anew."""
    at = at or clock.now()
    if not words.strip():
        raise Refusal(_("写明客户怎么说。"))
    if ticket.objected_at:
        raise Refusal(_("异议已记，等客服主管改判。"))
    ticket.advance(ticket.record_objection, by=by, at=at, objected_at=at, remark=words)


@action
def link_rework(ticket: Ticket, *, by: User, earlier: Ticket, at: dt.datetime | None = None) -> None:
    """The same part of the same place was repaired before (2-1): a supervisor judges whether it is that fault again."""
    at = at or clock.now()
    if earlier.community_id != ticket.community_id or not earlier.completed_at or earlier.pk >= ticket.pk:
        raise Refusal(_("选修好过的、同一处的一件报修。"))
    ticket.advance(ticket.link_rework, by=by, at=at, rework_of=earlier, earlier=earlier.number, rework_judged="")


@action
def refuse_rework(ticket: Ticket, *, by: User, because: str, at: dt.datetime | None = None) -> None:
    """Not the same cause (2-1): the ordinary way, with the reason."""
    at = at or clock.now()
    if not because.strip():
        raise Refusal(_("写明为什么不算返修。"))
    if ticket.rework_judged:
        raise Refusal(_("是不是返修已判过。"))
    ticket.advance(ticket.refuse_rework, by=by, at=at, rework_judged=Rework.REFUSED, remark=because)


@action
def tag_weather(ticket: Ticket, *, by: User, weather: bool, at: dt.datetime | None = None) -> None:
    """Tag a repair as one of bad weather, or take the tag away (E.2). No clock is touched."""
    if ticket.weather == weather:
        raise Refusal(_("已标恶劣天气。") if weather else _("没有标恶劣天气。"))
    ticket.advance(ticket.tag_weather, by=by, at=at or clock.now(), weather=weather)


@transaction.atomic
def declare_weather(
    community: Community, *, by: User, what: str, starts: dt.datetime, ends: dt.datetime, at: dt.datetime | None = None
) -> BadWeather:
    """Bad weather from then to then: what is reported in it is tagged, also what was since it began (E.2)."""
    at = at or clock.now()
    if not by.may(SS, within=community.pk):
        raise Forbidden("weather", (SS,))
    if not at - BACK_WEATHER <= starts <= at + LONGEST_WEATHER:
        raise Refusal(_("开始时间最早为 24 小时前。"))
    if not max(starts, at) < ends <= starts + LONGEST_WEATHER:
        raise Refusal(_("结束时间要晚于现在，最长七天。"))
    if BadWeather.objects.filter(community=community, starts__lt=ends, ends__gt=starts).exists():
        raise Refusal(_("这段时间已标恶劣天气，先结束那一段。"))
    span = BadWeather.objects.create(community=community, by=by, what=what, starts=starts, ends=ends)
    _told(span, "weather_declare", by, at)
    for ticket in Ticket.objects.filter(community=community, reported_at__gte=starts, weather=False).open():
        tag_weather(ticket, by=by, weather=True, at=at)
    return span


@transaction.atomic
def end_weather(span: BadWeather, *, by: User, at: dt.datetime | None = None) -> None:
    """It is over sooner than thought; what was reported in it stays tagged."""
    at = at or clock.now()
    if not by.may(SS, within=span.community_id):
        raise Forbidden("weather_end", (SS,))
    if span.ends <= at:
        raise Refusal(_("这段恶劣天气已结束。"))
    span.starts, span.ends = min(span.starts, at), at
    span._history_user = by  # type: ignore[attr-defined]
    span.save()
    _told(span, "weather_end", by, at)


def _told(span: BadWeather, action_: str, by: User, at: dt.datetime) -> None:
    facts = {"starts": span.starts, "ends": span.ends, "weather": span.pk}
    write(None, action_, by=by, at=at, facts=facts, stream=f"weather-{span.community_id}")
