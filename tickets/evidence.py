"""The chain of events: written once, each with its predecessor's digest, and checked again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db import models

from core import clock, once
from people.models import User
from tickets.models import Event, Remark, Ticket

CODE = re.compile(r"^[A-Za-z0-9_.:+-]{1,40}$")


def as_fact(value: Any) -> Any:
    """Ids, sums, moments and codes only; None for what may hold a name or free text."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [as_fact(item) for item in value]
    if isinstance(value, str):
        return str(value) if CODE.match(value) else None
    return value if isinstance(value, int | bool) else None


def digest_of(before: str, event: Event) -> str:
    """SHA-256 over the predecessor's digest and everything the event says."""
    said = [event.ticket_id, event.stream, event.seq, event.action, event.actor_id, event.on_behalf_of_id, event.facts,
            event.at.astimezone(dt.UTC).isoformat(), event.received_at.astimezone(dt.UTC).isoformat()]  # fmt: skip
    return hashlib.sha256((before + json.dumps(said, sort_keys=True)).encode()).hexdigest()


def write(
    ticket: Ticket | None,
    action: str,
    *,
    by: Any,
    at: dt.datetime,
    facts: dict[str, Any],
    on_behalf_of: Any = None,
    remark: str = "",
    stream: str = "",
) -> Event:
    """Append an event to its chain; the caller holds the ticket's lock."""
    last = Event.objects.filter(ticket=ticket, stream=stream).order_by("-seq").only("seq", "digest").first()
    event = Event(ticket=ticket, stream=stream, action=action, actor=by if isinstance(by, User) else None,
                  on_behalf_of=on_behalf_of, facts=facts_of(facts), at=at, received_at=clock.now())  # fmt: skip
    key = once.take()
    if key:
        event.once, event.body = key.value, key.body
    chain(event, last)
    event.save(force_insert=True)
    if remark:
        Remark.objects.create(event=event, text=remark)
    return event


def facts_of(facts: dict[str, Any]) -> dict[str, Any]:
    """What of it an event may hold."""
    return {name: fact for name, value in facts.items() if (fact := as_fact(value)) is not None}


def chain(event: Event, last: Event | None) -> None:
    """Hang an event on the one before."""
    event.seq = last.seq + 1 if last else 1
    event.digest = digest_of(last.digest if last else "", event)


def write_all(
    rows: Sequence[tuple[Ticket, dict[str, Any]]],
    action: str,
    *,
    by: Any,
    at: dt.datetime | Sequence[dt.datetime],
    on_behalf_of: Any = None,
) -> None:
    """Events on the chains of these tickets, whose locks the caller holds, one a row; `remark` among the facts is kept apart. Three queries.

    at: of all of them, or of each.
    """
    moments = [at] * len(rows) if isinstance(at, dt.datetime) else at
    pks = [ticket.pk for ticket, _facts in rows]
    newest = Event.objects.filter(ticket__in=pks).order_by().values("ticket").annotate(newest=models.Max("pk"))
    last = {
        each.ticket_id: each
        for each in Event.objects.filter(pk__in=newest.values("newest")).only("ticket", "seq", "digest")
    }
    actor, received = by if isinstance(by, User) else None, clock.now()
    events, remarks = [], []
    for (ticket, facts), moment in zip(rows, moments, strict=True):
        event = Event(ticket=ticket, action=action, actor=actor, on_behalf_of=on_behalf_of, at=moment, received_at=received,
                      facts=facts_of({name: value for name, value in facts.items() if name != "remark"}))  # fmt: skip
        chain(event, last.get(ticket.pk))
        last[ticket.pk] = event
        events.append(event)
        remarks.append(facts.get("remark", ""))
    Event.objects.bulk_create(events)
    Remark.objects.bulk_create(
        Remark(event=event, text=text) for event, text in zip(events, remarks, strict=True) if text
    )


def broken_links() -> Iterator[Event]:
    """Events whose digest no longer follows from the one before: somebody changed or removed a row."""
    chain: tuple[Any, Any] | None = None
    before, seq = "", 0
    for event in Event.objects.order_by("ticket_id", "stream", "seq").iterator():
        if chain != (event.ticket_id, event.stream):
            chain, before, seq = (event.ticket_id, event.stream), "", 0
        if event.seq != seq + 1 or event.digest != digest_of(before, event):
            yield event
        before, seq = event.digest, event.seq
