"""Several who report one fault (G13): merged, told together, called back once each; a burst main is one repair and one group answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from callbacks.actions import push_answers
from core import clock
from core.refusals import Refusal
from people.models import User
from places.queries import printed_number
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
        _promise_a_call(survivor, at=at)
    return gone


def _promise_a_call(ticket: Ticket, *, at: dt.datetime) -> None:
    """A completed repair that has somebody to call has the promise of a call, if none runs."""
    waiting = (
        ticket.state in {State.COMPLETED, State.CALLED_BACK} and ticket.callers_left and not ticket.corrections_open
    )
    if waiting and not ticket.deadlines.open().filter(kind=Kind.CALLBACK).exists():
        sla.start(ticket, Kind.CALLBACK, at=at, due=at + ticket.community.callback_hours * sla.HOURS, ref="1")
        if ticket.state == State.COMPLETED:
            sla.stop(ticket, Kind.STEP, at=at)


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
