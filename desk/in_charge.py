"""Who is responsible, state by state, of every record (5.1.2, lives.md §3): nothing rests with nobody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from people.roles import ES, FD, SS, TE, Role
from tickets.models import Ticket
from tickets.states import Nature, State
from workorders.models import Slip
from workorders.states import OPEN_SLIP, SlipState

# Record → state → the role that must move it. A state without an entry rests: nothing is owed in it.
ROLES: dict[str, dict[str, Role]] = {
    "ticket": {
        "reported": FD, "notified": TE, "on_site": TE, "surveyed": FD, "quoted": FD, "accepted": FD, "prepaid": FD,
        "ordered": TE, "completed": FD, "called_back": FD, "referred": FD,
    },
    "slip": {"issued": TE, "collected": TE, "arrived": TE, "finished": TE, "accepted": FD, "returned": ES},
    "notice": {"sent": FD, "acknowledged": FD, "agreed": FD, "refused": SS},
    "referral": {"open": FD},
    "quote": {"offered": FD},
    "agreement": {"issued": FD},
    "charge": {"open": FD},
    "payment": {"received": TE, "handed_over": FD},
    "callback": {"due": FD},
    "correction": {"raised": SS, "assigned": TE, "corrected": FD},
    "complaint": {"recorded": SS, "owned": SS, "answered": SS},
    "inspection": {"draft": FD, "registered": ES},
    "claim": {"drafted": SS, "sent": SS},
    "approval": {"asked": Role.MANAGER},
    "shift": {"draft": FD, "handed": FD},
}  # fmt: skip


def in_charge(ticket: Ticket, slips: Iterable[Slip] = ()) -> list[Any]:
    """Whom to ask about this repair now: people where they are known, else the role; empty once it has ended."""
    state = State(ticket.state)
    role = ROLES["ticket"].get(state)
    if role is None:
        return []
    if state == State.ORDERED:
        return [who for slip in slips if slip.state in OPEN_SLIP for who in at_work(slip)]
    if state in {State.NOTIFIED, State.ON_SITE}:
        return [ticket.technician or ticket.team or role.label]
    if state == State.SURVEYED and ticket.nature == Nature.UNDETERMINED:
        return [Role.SERVICE_SUPERVISOR.label]
    return [role.label]


def at_work(slip: Slip) -> list[Any]:
    """The performer; once he has finished and the customer has signed, the engineering supervisor."""
    waits_for_engineering = slip.state == SlipState.FINISHED and "engineering" in slip.signatories - slip.signed_by
    if waits_for_engineering and "customer" not in slip.signatories - slip.signed_by:
        return [Role.ENGINEERING_SUPERVISOR.label]
    return [slip.builder, slip.technician] if slip.builder else [slip.technician]
