"""The whole life of one repair and its next step (screens 5.3)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from billing.lifecycle import issue_paper
from core import clock
from core.text import listed
from desk import cards as card
from desk.fields import changes
from desk.in_charge import in_charge
from desk.record import Life, life_of, links, moves, sheets, signature_points, ticket_seen, warranty_said
from desk.rework import earlier_of
from desk.roles import person
from desk.rows import chips
from desk.steps import panel, steps_of
from desk.timeline import Names, by_day, told
from desk.way import PK, pattern
from people.models import User
from people.roles import MG, SS
from tickets.conditions import owes
from tickets.photos import may_add_photo
from tickets.states import FINAL
from tickets.steps import last_step
from workorders.letters import letter_writer, referral_writer

LOGS = ("", "steps", "messages")
PARTS = {
    "log": "desk/_ticket_log.html",
    "state": "desk/_ticket_state.html",
    "side": "desk/_ticket_side.html",
    "peek": "desk/_ticket_peek.html",
}


@require_GET
def ticket(request: HttpRequest, number: str) -> HttpResponse:
    """The page, or a part of it (?part=log, state, side, peek) when the pulse says that it changed."""
    user, now = person(request), clock.now()
    record = ticket_seen(user, number)
    life = life_of(record)
    part = request.GET.get("part", "")
    context: dict[str, Any] = {"ticket": record, "life": life, "url": record.get_absolute_url(), "now": now}
    context |= head(life) | cards_of(life, user)
    context["log"] = log(request, life, user)
    if part not in PARTS:
        context |= next_step(request, life, user)
    if part == "state":  # an open page compares it with the panel it shows
        main = steps_of(record, life.papers, user, now).main
        context |= {"next_now": main, "next_by": last_step(record)}
    return render(request, PARTS.get(part, "desk/ticket_page.html"), context)


def head(life: Life) -> dict[str, Any]:
    """Title, chips, progress, and what is still owed before it can be closed."""
    now, record = clock.now(), life.ticket
    shown = card.progress(life, now)
    place = next((at for at, step in enumerate(shown, 1) if step["state"] == "is-now"), len(shown))
    return {
        "state": card.state_word(record),
        "chips": chips(record),
        "over": record.state in FINAL,
        "in_charge": listed(in_charge(record, life.slips)),
        "progress": shown,
        "progress_at": place,
        "progress_word": shown[place - 1]["word"],
        "window": card.window_now(record, now),
        "unmask_url": pattern("unmask", record.number),
        "print_url": pattern("print_slip", life.standing_slips[0].number) if life.standing_slips else "",
        "owed": owes(record) if record.completed_at and record.state not in FINAL else [],
    }


def next_step(request: HttpRequest, life: Life, user: User) -> dict[str, Any]:
    """The panel with the form of the one primary step, and the other steps beside it."""
    now = clock.now()
    steps = steps_of(life.ticket, life.papers, user, now)
    found: dict[str, Any] = {
        "steps": steps,
        "next_clock": card.next_clock(life, steps.main.name if steps.main else "", now),
    }
    if steps.main:
        found["panel"] = panel(request, steps.main, life.ticket.get_absolute_url())
    return found


def cards_of(life: Life, user: User) -> dict[str, Any]:
    now = clock.now()
    return {
        "slips": [
            {"slip": slip, "sheets": sheets(slip, now, user), "moves": moves(slip), "signs": signs(slip)}
            for slip in life.slips
        ],
        "clocks": card.clocks(life, now),
        "money": card.money(life),
        "safety": card.safety(life),
        "complaints": card.complaints(life, now),
        "warranty": warranty_said(life.ticket),
        "links": links(life),
        "writes_letters": letter_writer(life.ticket, user),
        "refers": referral_writer(life.ticket, user),
        "prints_money": issue_paper(life.ticket, user),
        "callers": card.callers(life),
        "earlier": earlier_of(life.ticket),
        "add_photo_url": pattern("add_photo", life.ticket.number) if may_add_photo(life.ticket, user) else "",
        "gone": ("superseded", "refused"),
        "photos": [
            {"photo": photo, "url": pattern("photo", PK).replace(str(PK), str(photo.pk))} for photo in life.photos
        ],
    }


def signs(slip: Any) -> list[dict[str, Any]]:
    """Signatures that stand, with the lines of the pen."""
    return [{"sign": row, "lines": signature_points(row.strokes)} for row in slip.signatures.all() if not row.dropped]


def log(request: HttpRequest, life: Life, user: User) -> dict[str, Any]:
    """The timeline as the address asks for it: everything, steps, messages, or the changed fields for who may read them."""
    now, record = clock.now(), life.ticket
    wanted = request.GET.get("log", "")
    audit = user.may(SS, MG, within=record.community_id)
    fields = changes(record) if audit and wanted == "fields" else None
    entries = told(life.events, life.deadlines, Names.of(life.events, life.people()), now)
    if wanted in {"steps", "messages"}:
        entries = [entry for entry in entries if entry.step == (wanted == "steps")]
    base = record.get_absolute_url()
    filters = [
        (_("全部"), base, wanted not in LOGS[1:]),
        (_("步骤"), f"{base}?log=steps", wanted == "steps"),
        (_("消息"), f"{base}?log=messages", wanted == "messages"),
    ]
    return {
        "days": by_day(entries, now),
        "fields": fields,
        "audit": audit,
        "filters": filters,
        "wanted": wanted,
        "src": f"{base}?part=log&log={wanted}",
    }
