"""Steps of a repair request that leave its state as it is and tell something of it, and the one that hands it to another (lives.md §2)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from core.lifecycle import Lifecycle
from people.roles import DU, ES, FD, SS, TE, Permission, front_desk, service_supervisor, supervisors
from tickets.conditions import (
    has_earlier_repair,
    has_no_money,
    has_no_notice,
    has_no_rework_open,
    has_open_survivor,
)
from tickets.states import FRESH, OPEN, PRICED, State

FIELD = "state"


class TicketFacts(Lifecycle):
    """What may become known of a repair in any of several states."""

    class Meta:
        abstract = True

    @transition(
        FIELD, FRESH, State.MERGED, conditions=[has_no_rework_open, has_no_money, has_no_notice, has_open_survivor],
        permission=front_desk, custom={"label": _("合并到别件"), "rare": True},
    )  # fmt: skip
    def merge(self) -> None:
        """G13: the same fault was reported before; the caller is kept with the repair that stands."""

    @transition(
        FIELD, FRESH, None, conditions=[has_no_rework_open], permission=front_desk,
        custom={"label": _("标为返修"), "needs": "no_earlier_repair", "rare": True},
    )  # fmt: skip
    def link_rework(self) -> None:
        """2-1: the same part of the same place was repaired before."""

    @transition(
        FIELD, FRESH, None, conditions=[has_earlier_repair], permission=supervisors,
        custom={"label": _("确认返修"), "needs": "rework_asked"},
    )  # fmt: skip
    def confirm_rework(self) -> None:
        """2-1: it redoes the earlier repair: free, and a correction of it."""

    @transition(
        FIELD, FRESH, None, conditions=[has_earlier_repair], permission=supervisors,
        custom={"label": _("不算返修"), "needs": "rework_asked", "rare": True},
    )  # fmt: skip
    def refuse_rework(self) -> None:
        """Another cause: the ordinary way, with the reason."""

    @transition(
        FIELD, OPEN, None, permission=Permission(FD, DU, SS, ES, own=(TE,)),
        custom={"label": _("勾安全步骤"), "needs": "danger", "rare": True},
    )  # fmt: skip
    def run_safety_script(self) -> None:
        """B.3: what was said and done first, line by line with its time."""

    @transition(
        FIELD, [*OPEN, State.CLOSED], None, permission=service_supervisor,
        custom={"label": _("恶劣天气标记"), "rare": True},
    )  # fmt: skip
    def tag_weather(self) -> None:
        """E.2: the figures can be shown with and without; the clocks stay honest."""

    @transition(
        FIELD, PRICED, None, permission=front_desk, custom={"label": _("告知客户改判"), "needs": "overruled"}
    )  # fmt: skip
    def tell_judgement(self) -> None:
        """G20: the customer hears from the desk what the survey found instead, before any paper."""

    @transition(
        FIELD, PRICED, None, permission=front_desk,
        custom={"label": _("记客户异议"), "needs": "no_objection", "rare": True},
    )  # fmt: skip
    def record_objection(self) -> None:
        """G20: the customer contests the judgement; the service supervisor judges anew."""
