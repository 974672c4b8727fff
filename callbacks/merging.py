"""Several who report one fault (G13): merged, told together, called back once each; a burst main is one repair and one group answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from callbacks.answers import asked_again_since, call_again, is_to_be_called, push_answers, uncallable
from callbacks.lifecycle import CallbackState
from callbacks.models import Callback, GroupMessage
from core import clock
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from people.models import User
from people.roles import FD, SS
from places.queries import printed_number
from tickets import actions as tickets
from tickets import merging, registering, sla
from tickets.models import Deadline, Ticket
from tickets.states import FINAL, State

Kind = Deadline.Kind


@transaction.atomic
def merge(
    duplicates: Iterable[Ticket], *, into: Ticket, by: User, told: bool = False, at: dt.datetime | None = None
) -> list[Ticket]:
    """Merge these into the one that stands; who is to be called is counted anew where it was completed already. Gives the duplicates."""
    at = at or clock.now()
    survivor, gone = merging.merge(duplicates, into=into, by=by, told=told, at=at)
    if survivor.completed_at is not None:
        push_answers(survivor)
        call_again(survivor, at=at)
        if survivor.state == State.COMPLETED and survivor.callers_left:
            sla.stop(survivor, Kind.STEP, at=at)
    return gone


@transaction.atomic
def register_duplicate(report: Ticket, *, into: Ticket, by: User, at: dt.datetime | None = None, **call: Any) -> Ticket:
    """Another caller of a fault that is known: a number of his own in the register, merged at once into the repair that stands.

    He is told how it stands while he is on the line. Registration and merge are one transaction: both or neither.
    report: unsaved; call: as registering.register takes it, without a window.
    """
    at = at or clock.now()
    if into.state in FINAL:
        raise Refusal(_("%(number)s 已结束，不能合并。") % {"number": printed_number(into.number)})
    made = registering.register(report, by=by, at=at, window=None, duplicate=True, **call)
    [gone] = merge([made], into=into, by=by, told=True, at=at)
    return gone


@action
def tell(
    ticket: Ticket, *, by: User, channel: str, text: str, everybody: bool = False, at: dt.datetime | None = None
) -> GroupMessage:
    """One message to the callers that were merged (G13): their rows are told, the promise of a call is met.

    everybody: the first reporter too, who is otherwise called for his answer, which is the figure.
    """
    at = at or clock.now()
    if not by.may(FD, SS, within=ticket.community_id):
        raise Forbidden("tell", (FD, SS))
    if sentence := uncallable(ticket, by):
        raise Refusal(sentence)
    if not text.strip():
        raise Refusal(_("写明告知的内容。"))
    rows = to_be_told(ticket, everybody=everybody)
    if not rows:
        raise Refusal(_("没有还要告知的来电人。"))
    message = GroupMessage.objects.create(ticket=ticket, channel=channel, text=text.strip(), by=by, at=at)
    _mark_told(rows, message)
    ticket.record("tell", by=by, at=at, n=len(rows), channel=channel, message=message, remark=text)
    sla.stop(ticket, Kind.CALLBACK, at=at, ref=None)
    push_answers(ticket)
    tickets.call_back(ticket, by=by, at=at)
    call_again(ticket, at=at)
    return message


def to_be_told(ticket: Ticket, *, everybody: bool) -> list[Callback]:
    """The round that is due of each caller still to be called, begun already or new."""
    again, rows = asked_again_since(ticket), []
    for caller in ticket.callers.prefetch_related("callbacks"):
        last = max(caller.callbacks.all(), key=lambda row: row.round, default=None)
        if not is_to_be_called(last, again) or (caller.first and not everybody):
            continue
        due = last if last and last.state == CallbackState.DUE else None
        row = due or Callback(caller=caller, round=last.round + 1 if last else 1, since=caller.ticket.since)
        row.ticket = ticket
        rows.append(row)
    return rows


def _mark_told(rows: list[Callback], message: GroupMessage) -> None:
    """Take the step of each row and write them at once, however many there are; one event of the ticket tells it."""
    for row in rows:
        row.message = message
        row._check(row.tell, message.by)
        row.tell()
        row.since, row.version = message.at, row.version + 1
    new, begun = [row for row in rows if row.pk is None], [row for row in rows if row.pk]
    if new:
        bulk_create_with_history(new, Callback, default_user=message.by, default_date=message.at)
    if begun:
        names = ["state", "since", "version", "message"]
        bulk_update_with_history(begun, Callback, names, default_user=message.by, default_date=message.at)
