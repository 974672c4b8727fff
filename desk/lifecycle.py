"""The life of a shift sheet (lives.md §8; domain.md E.1): draft → handed → taken. Nothing closes by handover, responsibility moves."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from core.lifecycle import Lifecycle, StateField, guard
from people.roles import FD, may


class ShiftState(models.TextChoices):
    DRAFT = "draft", _("起草中")
    HANDED = "handed", _("待接班")
    TAKEN = "taken", _("已接班")


handover_by = may(FD)


@guard(_("先清点抽屉里的现金。"), asked=True)
def has_count_of_outgoing(shift: Any) -> bool:
    """domain.md E.1: the drawer amount counted."""
    return shift.counted_out is not None


@guard(_("先清点抽屉里的现金。"), asked=True)
def has_count_of_incoming(shift: Any) -> bool:
    """domain.md E.1: in-coming counts."""
    return shift.counted_in is not None


@guard(_("接班人不能是交班人，由另一位前台清点签字。"))
def is_taken_by_another(shift: Any) -> bool:
    """trust.md §3: separation by person."""
    return shift.incoming_id is None or shift.incoming_id != shift.outgoing_id


class ShiftLifecycle(Lifecycle):
    state = StateField(default=ShiftState.DRAFT, choices=ShiftState.choices, protected=True, editable=False)

    class Meta:
        abstract = True

    @transition(state, ShiftState.DRAFT, None, permission=handover_by, custom={"label": _("保存草稿")})
    def save_draft(self) -> None:
        """Any time."""

    @transition(
        state,
        ShiftState.DRAFT,
        ShiftState.HANDED,
        conditions=[has_count_of_outgoing],
        permission=handover_by,
        custom={"label": _("交班签字")},
    )
    def hand(self) -> None:
        """What the sheet says is frozen."""

    @transition(
        state,
        ShiftState.HANDED,
        ShiftState.TAKEN,
        conditions=[is_taken_by_another, has_count_of_incoming],
        permission=handover_by,
        custom={"label": _("接班签字")},
    )
    def take(self) -> None:
        """A difference is written, not argued."""
