"""Less urgent than thought, or put off by the customer, while a slip may be in work: the slip's own clock follows (5.4, 5.1.2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from core import clock
from core.lifecycle import action
from people.models import User
from tickets import urgency
from tickets.models import Ticket
from workorders import sla


@action
def lower_urgency(ticket: Ticket, /, *, by: User, at: dt.datetime | None = None, **facts: Any) -> None:
    """facts: as tickets.urgency.lower_urgency takes them. A slip in work is promised for the end of its day."""
    at = at or clock.now()
    urgency.lower_urgency(ticket, by=by, at=at, **facts)
    sla.lowered(ticket, at=at)


@action
def customer_asks_to_wait(ticket: Ticket, *, by: User, because: str, at: dt.datetime | None = None) -> None:
    """For a slip in work another date is agreed within a day."""
    at = at or clock.now()
    urgency.customer_asks_to_wait(ticket, by=by, because=because, at=at)
    sla.put_off(ticket, at=at)
