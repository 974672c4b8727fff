"""From notices and referrals to paper: what they say, masked as the customer wishes, rendered outside of any transaction, then kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.db.models import QuerySet

from core import clock
from core.clock import local
from papers.models import Kind, Print
from papers.prints import Paper, print_paper, prints_of
from people.models import User
from places.models import Unit
from places.queries import printed_number
from places.warranty import verdict
from tickets.models import Photo, Ticket
from tickets.photos import thumbnail
from tickets.states import PUBLIC_NATURES
from workorders.letter_printing import Line, NoticeData, Repair, notice, referral
from workorders.models import Notice, Referral

PICTURES_EACH = 6
PICTURES_OF_ALL = 12


def print_notice(record: Notice, *, by: User) -> Print:
    """The notice as it stands, kept under the next count; a later print says 补打."""

    def make(data: Any) -> bytes:
        return notice(data, pictures_of(data, record))

    return print_paper(_letter(record, Kind.NOTICE, lambda: notice_data(record), make), by=by)


def print_referral(record: Referral, *, by: User) -> Print:
    """The referral letter with its follow-ups so far."""
    return print_paper(_letter(record, Kind.REFERRAL, lambda: referral_data(record), referral), by=by)


def printed(letter: Notice | Referral, kind: Kind) -> QuerySet[Print]:
    """The kept prints of a letter, the first one first."""
    return prints_of(letter.community_id, kind, letter.number)


def _letter(record: Any, kind: Kind, said: Callable[[], dict[str, Any]], make: Callable[[Any], bytes]) -> Paper:
    return Paper(record.community, kind, record.number, said, make, record.lock_spine, partial(record.record, "print"))


# What is said of a repair --------------------------------------------------------


def about(ticket: Ticket, most: int = PICTURES_EACH) -> Repair:
    """What a builder is told of a repair: no telephone and no full name without the customer's consent (trust.md §4)."""
    survey = ticket.surveys.order_by("pk").last()
    found = verdict(ticket.site, ticket.component, local(ticket.reported_at).date()) if ticket.site else None
    photos = ticket.photos.filter(kind__in=[Photo.Kind.REPORT, Photo.Kind.BEFORE]).order_by("pk")
    return {
        "number": printed_number(ticket.number),
        "where": ticket.where,
        "part": str(ticket.component),
        "fault": ticket.fault,
        "warranty": " ".join(filter(None, [found.category, found.term])) if found else "",
        "ends_on": day(found.ends_on) if found and found.ends_on else "",
        "survey": survey.work if survey else "",
        "customer": customer_of(ticket),
        "appointment": window(ticket),
        "pictures": [f"{photo.sha256[:32]}" for photo in photos[:most]],
    }


def customer_of(ticket: Ticket) -> str:
    """李先生 138****1201; the whole name and number where he agreed to it; nobody for a public place."""
    if ticket.nature in PUBLIC_NATURES:
        return ""
    if ticket.phone_consent:
        return f"{ticket.reporter_name} {ticket.phone}".strip()
    known = ticket.unit.residents.filter(name=ticket.reporter_name).first() if isinstance(ticket.unit, Unit) else None
    return f"{known.called if known else ticket.called} {ticket.masked_phone}".strip()


def window(ticket: Ticket) -> str:
    """11-24 14:00–16:00, where it lies ahead."""
    if not (ticket.window_from and ticket.window_to and ticket.window_to > clock.now()):
        return ""
    return f"{local(ticket.window_from):%m-%d %H:%M}–{local(ticket.window_to):%H:%M}"


def pictures_of(data: NoticeData, record: Notice) -> dict[str, bytes]:
    """The thumbnails behind the names; a photo whose file is gone is left out."""
    wanted = {name for repair in data["repairs"] for name in repair["pictures"]}
    photos = Photo.objects.filter(ticket__notices=record, kind__in=[Photo.Kind.REPORT, Photo.Kind.BEFORE]).order_by(
        "pk"
    )
    chosen = [photo for photo in photos if photo.sha256[:32] in wanted]
    small = ((photo.sha256[:32], thumbnail(photo)) for photo in chosen)
    return {name: jpeg for name, jpeg in small if jpeg}


def notice_data(record: Notice) -> dict[str, Any]:
    """Everything the notice prints."""
    builder, community = record.builder, record.community
    repairs = list(record.tickets.select_related("unit__entrance__building", "area", "component").order_by("pk"))
    each = PICTURES_EACH if len(repairs) == 1 else max(1, PICTURES_OF_ALL // len(repairs))
    data: dict[str, Any] = {
        "company": community.company, "community": community.name, "telephone": community.phone,
        "number": printed_number(record.number), "nth": record.nth, "builder": builder.name, "contact": builder.contact,
        "reach": "　".join(filter(None, [builder.phone, builder.email])), "agreement": builder.agreement,
        "form": str(record.get_form_display()), "urgency": "紧急" if record.urgent else "一般",
        "sent_at": moment(record.sent_at), "sent_by": record.sent_by.name, "day": day(local(record.sent_at).date()),
        "arrive_by": moment(record.arrive_by), "finish_by": moment(record.finish_by), "words": record.words,
        "repairs": [about(ticket, each) for ticket in repairs],
        "received_by": record.acknowledged_by, "received_at": moment(record.acknowledged_at), "reply": answer(record),
        "reminders": lines(record.reminders.select_related("by"), lambda row: f"{row.get_form_display()} {row.words}".strip()),
    }  # fmt: skip
    return data


def answer(record: Notice) -> str:
    """What the builder said: his words, the time he named, why he refuses."""
    said = [record.reply]
    if record.agreed_from and record.agreed_to:
        said.append(f"约定 {local(record.agreed_from):%m-%d %H:%M}–{local(record.agreed_to):%H:%M} 到场")
    if record.refused_because:
        said.append(f"拒修：{record.refused_because}")
    return "；".join(filter(None, said))


def referral_data(record: Referral) -> dict[str, Any]:
    """Everything the referral letter prints; no resident's name goes to the body."""
    ticket, community = record.ticket, record.community
    rows = list(record.follow_ups.select_related("by"))
    data: dict[str, Any] = {
        "company": community.company, "community": community.name, "telephone": community.phone,
        "number": printed_number(record.number), "ticket_number": printed_number(ticket.number),
        "body": record.body, "hotline": record.hotline, "where": ticket.where, "fault": f"{ticket.component}：{ticket.fault}",
        "homes": str(record.homes or ""), "reported_at": moment(ticket.reported_at),
        "judged_by": record.judged_by.name, "judged_at": moment(record.judged_at), "basis": record.basis,
        "how": str(record.get_how_display()), "sent_at": moment(record.sent_at), "sent_by": record.sent_by.name,
        "day": day(local(record.sent_at).date()),
        "accepted_by": record.accepted_by, "reference": record.reference or "未提供", "promised_at": moment(record.promised_at),
        "measures": record.measures, "follow_ups": lines(rows, lambda row: row.words),
        "next_at": next_asked(record), "restored_at": moment(record.restored_at),
        "confirmed_by": record.confirmed_by.name if record.confirmed_by else "", "told_at": moment(record.reporter_told_at),
    }  # fmt: skip
    return data


def next_asked(record: Referral) -> str:
    """When the body is asked again, while it is at it."""
    row = record.ticket.deadlines.open().filter(kind="referral").first()
    return moment(row.due_at) if row else ""


def lines(rows: Iterable[Any], words: Callable[[Any], str]) -> list[Line]:
    return [{"at": moment(row.at), "by": row.by.name, "words": words(row)} for row in rows]


def moment(at: dt.datetime | None) -> str:
    """2026-11-23 10:40."""
    return f"{local(at):%Y-%m-%d %H:%M}" if at else ""


def day(one: dt.date) -> str:
    return f"{one.year}年{one.month}月{one.day}日"
