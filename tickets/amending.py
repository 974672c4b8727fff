"""A slip of the pen in the register is put right: facts that carry no judgement; old and new stay in the history (5.1.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from core import clock
from core.lifecycle import action
from core.refusals import Refusal
from people.models import User
from tickets.models import Ticket
from tickets.registering import search_text

FIELDS = ("reporter_name", "relation", "phone", "fault", "remark")
PERSONAL = {"reporter_name", "phone"}


@action
def amend(
    ticket: Ticket, *, by: User, facts: Mapping[str, str], because: str = "", at: dt.datetime | None = None
) -> list[str]:
    """Correct who reported, his telephone, what is wrong, the remark (`facts`: some of FIELDS); gives the names that changed.

    A name or telephone is not changed without `because`. The Event names the fields only, never what stands in them.
    """
    changed = [name for name in FIELDS if name in facts and facts[name] != getattr(ticket, name)]
    if not changed:
        raise Refusal(_("没有改动。改了再保存。"))
    if PERSONAL.intersection(changed) and not because.strip():
        raise Refusal(_("改报修人或电话要写原因。"))
    if "relation" in changed and Ticket.Relation.PATROL in {ticket.relation, facts["relation"]}:
        raise Refusal(_("员工巡查不能改成客户报修，也不能反过来。消单后重新登记。"))
    reported = {"name": ticket.reporter_name, "phone": ticket.phone, "relation": ticket.relation}
    for name in changed:
        setattr(ticket, name, facts[name])
    ticket.search_text = search_text(ticket)
    ticket.advance(ticket.amend, by=by, at=at or clock.now(), fields=changed, remark=because)
    _amend_caller(ticket, reported, by)
    return changed


def _amend_caller(ticket: Ticket, reported: dict[str, str], by: User) -> None:
    """He is called back under the new name and number; others who reported the same stay as they are."""
    caller: Any = ticket.callers.filter(**reported).first()
    now = {"name": ticket.reporter_name, "phone": ticket.phone, "relation": ticket.relation}
    if caller is None or now == reported:
        return
    for name, value in now.items():
        setattr(caller, name, value)
    caller._history_user, caller._history_date = by, clock.now()
    caller.save()
