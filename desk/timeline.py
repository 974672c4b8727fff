"""What happened to a repair, told in sentences: one for every action an Event may carry."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from billing.models import Adjustment, Approval, Payment
from callbacks.models import Complaint, Correction, GroupMessage
from core.clock import day_said, local, today, took
from core.money import shown
from core.text import listed
from desk.clocks import day_word, said, window_said
from desk.sentences import AMENDED, FOLLOWS, HOW, KEY_STEPS, MESSAGES, NOT_TOLD, PAPER, SENTENCES, WHY_LEFT
from people.models import Team, User
from places.models import Builder
from places.queries import printed_number
from places.safety import scripts
from tickets.models import Appointment, Deadline, Event, Remark, Ticket
from tickets.states import Nature, Urgency
from workorders.models import Referral, Slip
from workorders.states import Bearer

Kind = Deadline.Kind
MEETS = {
    "notify_engineering": Kind.NOTIFY,
    "batch_notify": Kind.NOTIFY,
    "arrive": Kind.ARRIVE,
    "record_absence": Kind.ARRIVE,
    "slip_arrive": Kind.ARRIVE,
    "slip_collect": Kind.COLLECT,
    "slip_finish": Kind.FINISH,
}
NAMED = 3
PEOPLE = ("technician", "assignee")


@dataclass
class Entry:
    """A line of the timeline: `key` marks a milestone, `late` what broke a promise; `step` False for messages and bells."""

    at: dt.datetime
    who: str
    sentence: str
    notes: list[str] = field(default_factory=list)
    key: bool = False
    late: bool = False
    step: bool = True


@dataclass
class Names:
    """People and teams by id, for the ids in facts; at most two queries for a whole timeline."""

    people: dict[int, User]
    teams: dict[int, Team]
    builders: dict[int, Builder] = field(default_factory=dict)

    @classmethod
    def of(cls, events: Iterable[Event], known: Iterable[User | None] = ()) -> Names:
        events = list(events)
        people = {person.pk: person for person in known if person}
        people |= {person.pk: person for event in events for person in (event.actor, event.on_behalf_of) if person}
        wanted = {event.facts[name] for event in events for name in PEOPLE if isinstance(event.facts.get(name), int)}
        people |= User.objects.in_bulk(wanted - people.keys()) if wanted - people.keys() else {}
        teams = {
            event.facts["team"]
            for event in events
            if isinstance(event.facts.get("team"), int) and "technician" not in event.facts
        }
        firms = {event.facts["builder"] for event in events if isinstance(event.facts.get("builder"), int)}
        return cls(
            people, Team.objects.in_bulk(teams) if teams else {}, Builder.objects.in_bulk(firms) if firms else {}
        )


class Facts(defaultdict[str, str]):
    """The words of one event's facts; blank for what is not there."""

    def __init__(self, event: Event, names: Names, now: dt.datetime) -> None:
        super().__init__(str)
        for name, value in event.facts.items():
            self[name] = self.word(name, value)
        self["to"] = str(_("施工单位")) if event.facts.get("builder") else self.somebody(event, names)
        self["paper"] = str(PAPER.get(event.facts.get("kind", ""), PAPER["dispatch"]))
        self["how"] = self["how"] or self["notified_how"]
        self["form"] = self["form"] or self["reminded"]
        self["message_channel"] = label(GroupMessage.Channel, event.facts.get("channel"))
        self["builder"] = str(names.builders.get(event.facts.get("builder", 0), ""))
        if event.facts.get("next_at"):
            self["next"] = said(moment(event.facts["next_at"]), now, name_today=True)
        if event.facts.get("agreed_from"):
            self["window"] = window_said(moment(event.facts["agreed_from"]), moment(event.facts["agreed_to"]), now)
        self["why_charge"] = label(Adjustment.Why, event.facts.get("why"))
        if event.facts.get("starts"):
            self["window"] = window_said(moment(event.facts["starts"]), moment(event.facts["ends"]), now)

    @staticmethod
    def word(name: str, value: Any) -> str:
        """A fact as it is said: a sum with its sign, a choice by its label, a number as printed."""
        if name in {"total", "amount"}:
            return money(value)
        if name in CHOICES:
            return label(CHOICES[name], value)
        if name == "duplicates":
            return several([printed_number(number) for number in value])
        if name in {
            "number",
            "slip",
            "correction",
            "complaint",
            "into",
            "earlier",
            "notice",
            "notice_number",
            "referral",
        }:
            return printed_number(str(value))
        if name == "copies":
            return listed(_("第%(n)s联") % {"n": number} for number in value)
        if name == "case":
            return str(scripts().get(value, ""))
        if name == "lines":
            return listed(str(line) for line, _at in value)
        if name == "weather":
            return _("标恶劣天气") if value else _("取消恶劣天气")
        if name == "fields":
            return listed(AMENDED.get(field, field) for field in value)
        if name == "parts_on":
            return _("，配件%(day)s到") % {"day": day_said(dt.date.fromisoformat(value))} if value else ""
        if name == "passed":
            return _("通过") if value else _("不通过")
        if name in {"how", "notified_how"}:
            return str(HOW.get(value, ""))
        return str(WHY_LEFT.get(value, "")) if name == "why" else str(value)

    @staticmethod
    def somebody(event: Event, names: Names) -> str:
        for name in PEOPLE:
            person = names.people.get(event.facts.get(name, 0))
            if person:
                return person.name
        return str(names.teams.get(event.facts.get("team", 0), ""))


CHOICES: dict[str, Any] = {
    "channel": Ticket.Channel,
    "nature": Nature,
    "nature_guess": Nature,
    "form": Builder.Form,
    "reminded": Builder.Form,
    "body": Referral.Body,
    "urgency": Urgency,
    "cancel_reason": Ticket.CancelReason,
    "moved_by": Appointment.MovedBy,
    "kind": Kind,
    "opinion": Slip.Opinion,
    "inspection_opinion": Slip.Opinion,
    "bearer": Bearer,
    "method": Payment.Method,
    "department": Correction.Department,
    "asked_for": Approval.Kind,
    "about": Complaint.Kind,
    "outcome": Complaint.Outcome,
}


def several(numbers: list[str]) -> str:
    """BX-1、BX-2、BX-3 等 12 件: the first three, and how many."""
    if len(numbers) <= NAMED:
        return listed(numbers)
    return _("%(numbers)s 等 %(n)s 件") % {"numbers": listed(numbers[:NAMED]), "n": len(numbers)}


def label(choices: Any, value: Any) -> str:
    return str(dict(choices.choices).get(value, "")) if value else ""


def money(value: Any) -> str:
    try:
        return shown(Decimal(str(value)))
    except InvalidOperation:
        return ""


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def told(events: list[Event], deadlines: Iterable[Deadline], names: Names, now: dt.datetime) -> list[Entry]:
    """The timeline, newest first; needs actor, on_behalf_of and remark loaded."""
    met = {(row.kind, row.met_at): row for row in deadlines if row.met_at}
    entries: list[Entry] = []
    before: Event | None = None
    for event in events:
        entry = entry_of(event, names, now)
        if (
            entries
            and before
            and event.action in FOLLOWS
            and (before.at, before.actor_id) == (event.at, event.actor_id)
        ):
            if event.action not in NOT_TOLD:
                entries[-1].notes.append(entry.sentence)
            continue
        mark_clock(entry, event, met)
        entries.append(entry)
        before = event
    return entries[::-1]


def entry_of(event: Event, names: Names, now: dt.datetime) -> Entry:
    facts = Facts(event, names, now)
    # A fact that is not there leaves nothing behind: no empty brackets, no dangling colon.
    sentence = (
        (str(SENTENCES.get(event.action, event.action)) % facts).replace("（）", "").replace(" ()", "").strip("：: ")
    )
    person = event.on_behalf_of or event.actor
    entry = Entry(
        at=event.at,
        who=person.short_name if person else "",
        sentence=sentence,
        key=event.action in KEY_STEPS,
        late=event.action == "deadline_missed",
        step=event.action not in MESSAGES,
    )
    entry.notes += notes_of(event, facts)
    return entry


def notes_of(event: Event, facts: Facts) -> list[str]:
    """What stands small below the sentence: the person's own words, and by whom and when it was written down."""
    notes = [remark_of(event)]
    if event.facts.get("customer_told"):
        notes.append(_("已告知客户：以现场核实为准"))
    if event.facts.get("unused"):
        notes.append(_("报价里 %(sum)s 的材料未用，不收") % {"sum": money(event.facts["unused"])})
    if event.on_behalf_of_id and event.actor:
        notes.append(_("%(who)s代记") % {"who": event.actor.short_name})
    late_by = event.received_at - event.at
    if late_by > dt.timedelta(minutes=2) and event.actor_id and event.action != "register":
        notes.append(_("%(time)s 送达") % {"time": f"{local(event.received_at).hour}:{local(event.received_at):%M}"})
    return [note for note in notes if note]


def remark_of(event: Event) -> str:
    try:
        return event.remark.text
    except Remark.DoesNotExist:
        return ""


def mark_clock(entry: Entry, event: Event, met: dict[tuple[str, dt.datetime], Deadline]) -> None:
    """Say how the step stood to its promise: 用时 2 分 06 秒，时限 5 分钟, or late by how much."""
    row = met.get((MEETS.get(event.action, ""), event.at))
    if row is None:
        return
    late = event.at - row.due_at
    if late > dt.timedelta(0):
        entry.late = True
        entry.notes.insert(0, _("超时 %(span)s") % {"span": took(late)})
    elif row.kind == Kind.NOTIFY:
        span = took(event.at - row.started_at)
        minutes = round((row.due_at - row.started_at).total_seconds() / 60)
        entry.notes.insert(0, _("用时 %(span)s，时限 %(minutes)s 分钟") % {"span": span, "minutes": minutes})


@dataclass
class Day:
    """The entries of one day, under its date."""

    title: str
    entries: list[Entry]


def by_day(entries: Iterable[Entry], now: dt.datetime) -> list[Day]:
    """Entries under 今日 5月12日, 昨日 5月11日, 5月10日."""
    days: list[Day] = []
    last: dt.date | None = None
    for entry in entries:
        day = local(entry.at).date()
        if day != last:
            days.append(Day(day_title(day, now), []))
            last = day
        days[-1].entries.append(entry)
    return days


def day_title(day: dt.date, now: dt.datetime) -> str:
    near = day_word(day, now, name_today=True)
    return near if abs((day - today(now)).days) > 1 else f"{near} {day_said(day, now)}"
