"""The life of a handover inspection 交房验房 (SOP 5.3.3, lives.md §8): states, steps, guards and who may."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from core.lifecycle import Lifecycle, StateField, guard
from people.roles import ES, FD, SS, TE, Permission, may

INSPECTORS = (FD, SS, TE, ES)


class InspectionState(models.TextChoices):
    """Where an inspection is; its defects have lives of their own once they are registered."""

    DRAFT = "draft", pgettext_lazy("inspection", "草稿")
    REGISTERED = "registered", _("整改中")
    DONE = "done", _("验房完成")
    DISCARDED = "discarded", _("已弃用")


@guard(_("一项问题都没有，先记录问题。"))
def has_lines(inspection: Any) -> bool:
    """5.3.3: a sheet with nothing on it is not registered."""
    return bool(inspection.standing)


@guard(_("客户签字后再登记，或注明已签在纸上。"), asked=True)
def is_signed(inspection: Any) -> bool:
    """5.3.3: one signature of the resident for the whole sheet."""
    return bool(inspection.strokes or inspection.on_paper)


class InspectionLifecycle(Lifecycle):
    """State and steps of an inspection, line by line as the procedure has them."""

    state = StateField(
        default=InspectionState.DRAFT, choices=InspectionState.choices, protected=True, editable=False, db_index=True
    )

    class Meta:
        abstract = True

    @transition(
        state,
        InspectionState.DRAFT,
        InspectionState.REGISTERED,
        conditions=[has_lines, is_signed],
        permission=may(*INSPECTORS),
        custom={"label": _("登记验房")},
    )
    def register(self) -> None:
        """5.3.3: all lines or none, one ticket a line in line order."""

    @transition(
        state,
        InspectionState.DRAFT,
        InspectionState.DISCARDED,
        permission=may(*INSPECTORS),
        custom={"label": _("弃用草稿"), "rare": True},
    )
    def discard(self) -> None:
        """A draft of the wrong dwelling; its lines stay readable in the history of the house, nothing was promised."""

    @transition(
        state,
        [InspectionState.REGISTERED, InspectionState.DONE],
        None,
        permission=may(*INSPECTORS),
        custom={"label": _("批量通知工程")},
    )
    def batch_notify(self) -> None:
        """5.4.1: engineering is told once for all lines; urgent ones are told singly."""

    @transition(
        state,
        [InspectionState.REGISTERED, InspectionState.DONE],
        None,
        permission=Permission(TE, ES, told=(FD, SS)),
        custom={"label": _("按现场所见核实")},
    )
    def survey_as_seen(self) -> None:
        """5.5.2-2: technician or supervisor stood by; the computed responsibility holds unless a line says otherwise."""

    @transition(
        state,
        [InspectionState.REGISTERED, InspectionState.DONE],
        None,
        permission=may(*INSPECTORS),
        custom={"label": _("登记复验")},
    )
    def reinspect(self) -> None:
        """5.3.3: line by line, passed or not."""

    @transition(state, InspectionState.REGISTERED, InspectionState.DONE, custom={"auto": True})
    def conclude(self) -> None:
        """Every line has passed, or its repair has ended otherwise."""
