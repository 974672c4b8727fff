"""What becomes of a judgement afterwards: the day that was unknown, what the customer was told (G10, G20)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from core import clock
from core.clock import local
from core.lifecycle import action
from core.refusals import Refusal
from people.models import User
from places.models import PublicArea, Unit
from tickets import registering
from tickets.conditions import is_overruled
from tickets.models import Ticket


@action
def tell_judgement(ticket: Ticket, *, by: User, how: str, words: str = "", at: dt.datetime | None = None) -> None:
    """The desk tells the customer that the survey found otherwise than was said at registration (G20). No clock stops."""
    at = at or clock.now()
    if not is_overruled(ticket):
        raise Refusal(_("登记时的判断没有改，或已告知。"))
    ticket.advance(ticket.tell_judgement, by=by, at=at, how=how, remark=words, told_of_judgement_at=at)


@action
def enter_start_day(ticket: Ticket, *, by: User, day: dt.date, because: str, at: dt.datetime | None = None) -> None:
    """Handover or completion day, learnt later (G10): kept with the place; warranty and first judgement are computed anew."""
    at = at or clock.now()
    if not because.strip():
        raise Refusal(_("写明日期的依据，如开发商交付清单。"))
    if ticket.warranty_state != "undetermined":
        raise Refusal(_("质保起算日已知，不用补。"))
    if day > local(at).date():
        raise Refusal(_("日期不能晚于今天。"))
    place = ticket.site
    if isinstance(place, Unit) and ticket.component.place == "home":
        place.handed_over_on = day
        place._history_user = by  # type: ignore[attr-defined]
        place.save(update_fields=["handed_over_on"])
    elif isinstance(place, PublicArea):
        place.completed_on = day
        place.save(update_fields=["completed_on"])
    elif place is not None:
        building = place.entrance.building
        building.completed_on = day
        building.save(update_fields=["completed_on"])
    registering.judge_at_the_desk(ticket)
    judged = {
        "warranty_state": ticket.warranty_state,
        "warranty_ends_on": ticket.warranty_ends_on,
        "nature_guess": ticket.nature_guess,
    }
    ticket.advance(ticket.enter_start_day, by=by, at=at, remark=because, **judged)
