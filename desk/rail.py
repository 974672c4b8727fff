"""The cards beside the board: who is on duty, papers to come back, calls that fall due, prepayments to be received."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from callbacks.models import Complaint
from callbacks.queries import complaints
from core.money import AGREEMENT_FROM, ZERO, shown
from core.text import in_brackets
from desk.clocks import before, said, spelled
from desk.queries import on_duty
from desk.rows import Item, when
from desk.way import main_move, pattern
from people.models import User
from people.roles import ES, FD, MG, SS
from places.queries import printed_number
from tickets.conditions import is_paid_up
from tickets.models import Ticket
from tickets.states import State, Urgency
from workorders.queries import Bundle, late_copies
from workorders.states import SlipState

SHOWN = 4
SOON = dt.timedelta(minutes=30)
HEARS_COMPLAINTS = (FD, SS, ES, MG)


def cards(user: User, found: list[Item], now: dt.datetime) -> dict[str, Any]:
    """What the rail shows; lists of at most four with the whole number and an address for the rest."""
    crew = [member(each, found, now) for each in on_duty(user, now)]
    late = late_copies(user, now)
    calls = sorted((item for item in found if item.group == "call"), key=lambda item: item.due)
    owing = [item for item in found if is_owing(item.ticket)]
    return {
        "crew": sorted(crew, key=lambda each: each["order"])[:SHOWN],
        "crew_n": len(crew),
        "copies": [sheet(bundle, now) for bundle in late[:SHOWN]],
        "copies_n": len(late),
        "copies_url": pattern("copies"),
        "calls": [call(item, user, now) for item in calls[:SHOWN]],
        "calls_n": len(calls),
        "calls_url": pattern("callbacks"),
        "owing": [debt(item, user) for item in owing[:SHOWN]],
        "owing_n": len(owing),
        "owing_sum": shown(sum((item.ticket.balance for item in owing), ZERO)),
        "cash_url": pattern("cash"),
        **complained(user, now),
    }


def complained(user: User, now: dt.datetime) -> dict[str, Any]:
    """Open complaints, the earliest promise first, for whom they concern. One query."""
    if not user.may(*HEARS_COMPLAINTS):
        return {"complaints": [], "complaints_n": 0}
    rows = list(complaints(user).open())
    return {
        "complaints": [grievance(row, now) for row in rows[:SHOWN]],
        "complaints_n": len(rows),
        "complaints_url": pattern("complaints"),
    }


def grievance(row: Complaint, now: dt.datetime) -> dict[str, Any]:
    """A complaint in the rail: of what, where, by when."""
    due: dt.datetime | None = getattr(row, "due", None)
    late = bool(due and due < now)
    return {
        "what": row.content,
        "where": row.where,
        "kind": row.get_kind_display(),
        "url": row.get_absolute_url(),
        "late": _("超时 %(span)s") % {"span": spelled(now - due)} if due and late else "",
        "due": before(due, now) if due and not late else "",
    }


def member(person: User, found: list[Item], now: dt.datetime) -> dict[str, Any]:
    """A technician on duty: at work, on the way, or free, with the present or the next job."""
    jobs = sorted((item for item in found if item.ticket.technician_id == person.pk), key=lambda item: item.due)
    working = [item for item in jobs if is_at_work(item.ticket)]
    coming = [item for item in jobs if is_coming(item.ticket)]
    soon = [item for item in coming if not starts_later(item.ticket, now)]
    state, order, now_at = (_("在修"), 1, working) if working else (_("途中"), 0, soon) if soon else (_("空闲"), 2, [])
    team = in_brackets(person.team)
    return {
        "name": f"{person.short_name}{team}",
        "what": job_words(now_at, coming, now),
        "state": state,
        "free": not now_at,
        "order": order,
    }


def is_at_work(ticket: Ticket) -> bool:
    return ticket.state == State.ON_SITE or (ticket.state == State.ORDERED and ticket.slip_state == SlipState.ARRIVED)


def is_coming(ticket: Ticket) -> bool:
    collected = ticket.slip_state in {SlipState.ISSUED, SlipState.COLLECTED}
    return ticket.state == State.NOTIFIED or (ticket.state == State.ORDERED and collected)


def starts_later(ticket: Ticket, now: dt.datetime) -> bool:
    """By appointment, and there is still time for something else."""
    return bool(ticket.urgency == Urgency.ROUTINE and ticket.window_from and ticket.window_from > now + SOON)


def job_words(now_at: list[Item], coming: list[Item], now: dt.datetime) -> str:
    """1栋0304 下水反水，还有 1 件 · 下一件 15:30 6栋1001 · 没有下一件."""
    if now_at:
        ticket = now_at[0].ticket
        rest = len({item.ticket.pk for item in [*now_at, *coming]}) - 1
        words = f"{ticket.where} {ticket.component}"
        return _("%(what)s，还有 %(n)s 件") % {"what": words, "n": rest} if rest else words
    if coming:
        ticket = coming[0].ticket
        time = said(ticket.window_from, now) if ticket.window_from else ""
        return _("下一件 %(time)s %(where)s") % {"time": time, "where": ticket.where}
    return _("没有下一件")


def sheet(bundle: Bundle, now: dt.datetime) -> dict[str, Any]:
    slip = bundle.slip
    url = pattern("copies")
    return {
        "numbers": bundle.numbers,
        "paper": printed_number(slip.number),
        "who": bundle.copies[0].person or bundle.copies[0].get_holder_display(),
        "due": said(bundle.due, now, name_today=True) if bundle.due else "",
        "late": bundle.late,
        "url": f"{url}?code={slip.number}" if url else slip.ticket.get_absolute_url(),
    }


def call(item: Item, user: User, now: dt.datetime) -> dict[str, Any]:
    ticket, move = item.ticket, main_move(item.ticket, user)
    who = ticket.technician.short_name if ticket.technician else ""
    return {
        "what": f"{ticket.where} {ticket.component}",
        "done": when(ticket.completed_at, now) if ticket.completed_at else "",
        "who": who,
        "clock": item.clock,
        "url": ticket.get_absolute_url(),
        "step_url": move.url if move and move.name == "call_back" else "",
    }


def is_owing(ticket: Ticket) -> bool:
    """From ¥500.00, accepted and not yet paid beforehand (5.2.2-1c)."""
    waits = ticket.state in {State.ACCEPTED, State.PREPAID, State.ORDERED}
    return waits and ticket.accepted_total >= AGREEMENT_FROM and not is_paid_up(ticket)


def debt(item: Item, user: User) -> dict[str, Any]:
    ticket, move = item.ticket, main_move(item.ticket, user)
    return {
        "what": f"{ticket.where} {ticket.component}",
        "sum": shown(ticket.balance),
        "signed": ticket.agreement_total == ticket.accepted_total,
        "url": ticket.get_absolute_url(),
        "step": move,
    }
