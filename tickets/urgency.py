"""More or less urgent than thought (5.4): the clocks follow, what was missed stays missed."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from core import clock
from core.clock import whole_second
from core.lifecycle import action
from core.refusals import Refusal
from people.models import User
from tickets import sla
from tickets.appointments import Window, new_window
from tickets.models import Deadline, Ticket
from tickets.states import Urgency

Kind, Because = Deadline.Kind, Deadline.Because


@action
def raise_urgency(ticket: Ticket, *, by: User, urgency: str, because: str, at: dt.datetime | None = None) -> None:
    """More urgent than thought (5.4): the thirty minutes begin at the raising."""
    at = whole_second(at or clock.now())
    order = list(Urgency.values)
    if order.index(urgency) <= order.index(ticket.urgency):
        raise Refusal(_("选更高的紧急程度。"))
    ticket.advance(ticket.raise_urgency, by=by, at=at, urgency=urgency, remark=because)
    if ticket.on_site_at is None:
        sla.start(ticket, Kind.ARRIVE, at=at, due=sla.arrive_due(ticket, since=at))
    if urgency == Urgency.URGENT:
        if ticket.completed_at is None:  # one promise for all slips, in place of theirs; what was missed stays missed
            theirs = ticket.deadlines.open().filter(kind=Kind.FINISH, due_at__gte=at).exclude(ref="")
            theirs.update(cancelled_at=at, cancelled_because=Because.SUPERSEDED)
        sla.start(ticket, Kind.FINISH, at=at, due=sla.night_due(ticket, since=at))


@action
def lower_urgency(
    ticket: Ticket, *, by: User, urgency: str, because: str, window: Window | None = None, at: dt.datetime | None = None
) -> None:
    """Less urgent than reported: the service supervisor only, with a reason; what was missed stays missed. The plain half of workorders'."""
    at = at or clock.now()
    order = list(Urgency.values)
    if order.index(urgency) >= order.index(ticket.urgency):
        raise Refusal(_("选更低的紧急程度。"))
    if not because.strip():
        raise Refusal(_("降低紧急程度要写原因。"))
    ticket.advance(ticket.lower_urgency, by=by, at=at, urgency=urgency, remark=because)
    sla.cancel(ticket, Kind.FINISH, at=at, because=Because.DOWNGRADED)
    if ticket.on_site_at is None and urgency == Urgency.ROUTINE:
        if not (window or (ticket.window_to and ticket.window_to > at)):
            raise Refusal(_("一般报修要约定上门时间。"))
        sla.cancel(ticket, Kind.ARRIVE, at=at, because=Because.DOWNGRADED)
        new_window(ticket, window or (ticket.window_from or at, ticket.window_to or at), by, at)


@action
def customer_asks_to_wait(ticket: Ticket, *, by: User, because: str, at: dt.datetime | None = None) -> None:
    """The customer himself wants it later: takes the ticket out of the before-night figure (C.2). The plain half of workorders'."""
    at = at or clock.now()
    ticket.advance(ticket.customer_asks_to_wait, by=by, at=at, remark=because)
    sla.cancel(ticket, Kind.FINISH, at=at, because=Because.CUSTOMER, ref=None)
