"""One fault reported by several (G13): the first report stands, the others are merged into it, their callers are kept with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from core import clock
from core.lifecycle import advance_all
from core.refusals import Refusal
from people.models import User
from people.roles import SS
from places.queries import printed_number
from tickets.models import Caller, Deadline, Ticket

Because, Kind = Deadline.Because, Deadline.Kind
MOST = 200


@transaction.atomic
def merge(
    duplicates: Iterable[Ticket], *, into: Ticket, by: User, told: bool = False, at: dt.datetime | None = None
) -> tuple[Ticket, list[Ticket]]:
    """Merge these into the one that stands: their clocks end without count, its own run on untouched (C.1).

    told: the callers know how the repair stands. Gives the survivor and the duplicates as they were locked, lowest id first.
    The plain half: callbacks sees to who is still to be called.
    """
    at = at or clock.now()
    wanted = {ticket.pk for ticket in duplicates}
    if not wanted:
        raise Refusal(_("选要合并的报修。"))
    if len(wanted) > MOST:
        raise Refusal(_("一次最多合并 %(most)s 件。") % {"most": MOST})
    locked = Ticket.objects.select_for_update(of=("self",)).filter(pk__in={*wanted, into.pk}).order_by("pk")
    rows = {ticket.pk: ticket for ticket in locked.select_related("community")}
    survivor, gone = rows[into.pk], [rows[pk] for pk in sorted(wanted)]
    _missed_are_the_supervisors(gone, by=by, at=at)
    facts = {"merged_into": survivor, "into": survivor.number, "closed_at": at}
    advance_all([(ticket, dict(facts)) for ticket in gone], "merge", by=by, at=at)
    Deadline.objects.open().filter(ticket__in=gone).update(cancelled_at=at, cancelled_because=Because.TICKET_ENDED)
    _keep_callers(gone, survivor, by=by, at=at, told=told)
    survivor.record("take_in", by=by, at=at, duplicates=[ticket.number for ticket in gone], told=told)
    return survivor, gone


def _missed_are_the_supervisors(gone: list[Ticket], *, by: User, at: dt.datetime) -> None:
    """After a missed notify it is the service supervisor who says that a report was a duplicate (lives.md §2)."""
    if by.may(SS, within=gone[0].community_id):
        return
    rows = Deadline.objects.filter(ticket__in=gone, kind=Kind.NOTIFY, due_at__lt=at).exclude(met_at__lte=F("due_at"))
    late = rows.order_by("ticket").values_list("ticket__number", flat=True).first()
    if late:
        raise Refusal(_("%(number)s 已超过通知时限，由客服主管合并。") % {"number": printed_number(late)})


def _keep_callers(gone: list[Ticket], survivor: Ticket, *, by: User, at: dt.datetime, told: bool) -> None:
    """The callers go over, each under the number he was given; where nobody was to be called before, the earliest is the first."""
    callers = list(Caller.objects.filter(ticket__in=gone).order_by("ticket__reported_at", "pk"))
    for n, caller in enumerate(callers):
        caller.origin_id = caller.origin_id or caller.ticket_id
        caller.ticket, caller.first = survivor, not survivor.has_caller and n == 0
        caller.told_at = at if told else caller.told_at
    if callers:
        names = ["ticket", "origin", "first", "told_at"]
        bulk_update_with_history(callers, Caller, names, default_user=by, default_date=at)
        survivor.pushed(has_caller=True)
