"""Whose turn a step of a slip is: what is no guard, but makes the step senseless for this slip or this person."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Exists, OuterRef

from people.models import User
from people.roles import ES, MG
from workorders.acceptance import another_supervisor
from workorders.models import Signature, Slip
from workorders.queries import slips
from workorders.states import Kind, SlipState


def is_needed(slip: Slip, needs: str, user: User) -> bool:
    """The condition that a transition names in custom["needs"]: what is no guard, but makes the step senseless."""
    unsigned = slip.signatories - slip.signed_by
    met: dict[str, Callable[[], bool]] = {
        "customer_signs": lambda: Signature.Role.CUSTOMER in unsigned,
        "engineering_signs": lambda: Signature.Role.ENGINEERING in unsigned and may_countersign(slip, user),
        "refused": lambda: bool(slip.refused_because) and Signature.Role.CUSTOMER in unsigned,
        "rejectable": lambda: Signature.Role.CUSTOMER in slip.signatories or may_countersign(slip, user),
        "facility": lambda: slip.kind == Kind.FACILITY,
        "parts": lambda: slip.kind != Kind.WARRANTY,
    }
    return met[needs]() if needs in met else True


def may_countersign(slip: Slip, user: User) -> bool:
    """An engineering supervisor who did not do the work; the manager where the estate has no other (lives.md §4)."""
    if user.pk in {slip.finished_by_id, slip.technician_id}:
        return False
    return user.may(ES, within=slip.community_id) or not another_supervisor(slip)


def to_countersign(user: User) -> list[Slip]:
    """Finished warranty and facility slips that wait for this person's signature, the longest waiting first."""
    signed = Signature.objects.filter(slip=OuterRef("pk"), role=Signature.Role.ENGINEERING, dropped=False)
    rows = slips(user).filter(state=SlipState.FINISHED, kind__in=[Kind.WARRANTY, Kind.FACILITY])
    rows = rows.exclude(Exists(signed)).prefetch_related("parts", "signatures").order_by("since", "pk")
    return [slip for slip in rows if user.may(ES, MG, within=slip.community_id) and may_countersign(slip, user)]
