"""What people do about bells: silence a warning, and change who is told when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from alerts.models import Bell, Policy
from alerts.policy import DEFAULTS, Level, in_order
from core import clock
from core.refusals import Forbidden, Refusal
from people.models import User
from people.roles import AD
from tickets.evidence import write
from tickets.models import Deadline

SETTERS = (AD,)


@transaction.atomic
def hush(deadline: Deadline, *, by: User, at: dt.datetime | None = None) -> bool:
    """知道了 to a warning: it falls silent for everybody, the promise goes on, and its own bell is still to come.

    False: somebody had silenced it before. Refused once it is late: then it is acknowledged (tickets).
    """
    at = at or clock.now()
    if deadline.ticket:
        deadline.ticket.lock()
    if deadline.due_at < at:
        raise Refusal(_("已经超时，按超时处理。"))
    standing = Bell.objects.standing().filter(deadline=deadline, share__lt=100)
    if not standing.update(silenced_at=at):
        return False
    facts = {"kind": deadline.kind, "deadline": deadline.pk, "ref": deadline.ref}
    write(deadline.ticket, "hush", by=by, at=at, facts=facts, stream="" if deadline.ticket else deadline.ref)
    return True


@transaction.atomic
def set_bells(kind: str, *, levels: Sequence[Level], by: User, at: dt.datetime | None = None) -> Policy | None:
    """From now on promises of this kind ring like this; those that run keep the bells they have (never backwards).

    What holds already is not written again: a second press, or a form saved unchanged, makes no version. Gives the policy in force; None: as delivered.
    """
    if not by.may(*SETTERS):
        raise Forbidden("set_bells", SETTERS)
    wanted = in_order(levels)
    newest = Policy.objects.select_for_update().filter(kind=kind).first()
    if wanted == (newest.bells if newest else DEFAULTS[kind]):
        return newest
    rows = [level.plain() for level in wanted]
    return Policy.objects.create(kind=kind, since=at or clock.now(), by=by, levels=rows)
