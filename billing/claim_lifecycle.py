"""The life of a claim 索赔单 on the builder in whose stead own people repaired (G9): states, steps and who may."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from core.lifecycle import Lifecycle, StateField, guard
from core.money import AGREEMENT_FROM, ZERO
from people.roles import service_supervisor


class ClaimState(models.TextChoices):
    """What the builder owes for what was done in his stead."""

    DRAFTED = "drafted", _("草拟")
    SENT = "sent", _("已发出")
    SETTLED = "settled", _("已收款")
    WAIVED = "waived", _("已放弃")
    WITHDRAWN = "withdrawn", _("已撤回")


STANDING_CLAIM = [ClaimState.DRAFTED, ClaimState.SENT]


@guard(_("写明实收金额，不超过应赔金额。"), asked=True)
def has_settled_amount(claim: Any) -> bool:
    """The sum that came, at most what is asked."""
    return claim.settled_amount is not None and ZERO < claim.settled_amount <= claim.net


@guard(_("少收满 ¥500.00 要经理核准，用“报请让步”。"), asked=True)
def is_small_loss(claim: Any) -> bool:
    """lives.md §6: from ¥500.00 given up, with what was conceded before, another person approves."""
    lost = claim.net - (claim.settled_amount or ZERO)
    return bool(lost <= ZERO or claim.conceded + lost < AGREEMENT_FROM)


@guard(_("写明原因。"), asked=True)
def has_reason(claim: Any) -> bool:
    """Why less came than was asked, or nothing."""
    full = claim.settled_amount is not None and claim.settled_amount == claim.total
    return full or bool(claim.reason.strip())


class ClaimLifecycle(Lifecycle):
    state = StateField(
        default=ClaimState.DRAFTED, choices=ClaimState.choices, protected=True, editable=False, db_index=True
    )

    class Meta:
        abstract = True

    @transition(
        state, ClaimState.DRAFTED, None, permission=service_supervisor, custom={"label": _("改索赔单"), "rare": True}
    )
    def revise(self) -> None:
        """G9: until it is sent its lines and words may change."""

    @transition(
        state, ClaimState.DRAFTED, ClaimState.SENT, permission=service_supervisor, custom={"label": _("发出索赔单")}
    )
    def send(self) -> None:
        """G9: to the builder, in writing."""

    @transition(state, ClaimState.SENT, None, custom={"auto": True})
    def concede(self) -> None:
        """lives.md §6: the manager approved that a part is given up."""

    @transition(
        state,
        ClaimState.SENT,
        ClaimState.SETTLED,
        conditions=[has_settled_amount, is_small_loss, has_reason],
        permission=service_supervisor,
        custom={"label": _("登记索赔到账")},
    )
    def settle(self) -> None:
        """G9: the builder paid, or it was taken off what he is owed."""

    @transition(
        state,
        ClaimState.SENT,
        ClaimState.WAIVED,
        conditions=[is_small_loss, has_reason],
        permission=service_supervisor,
        custom={"label": _("放弃索赔"), "rare": True},
    )
    def waive(self) -> None:
        """G9: below ¥500.00 the service supervisor alone; from there the manager approves."""

    @transition(state, ClaimState.SENT, ClaimState.WAIVED, conditions=[has_reason], custom={"auto": True})
    def waive_approved(self) -> None:
        """lives.md §6: the manager approved that all of it is given up."""

    @transition(
        state,
        STANDING_CLAIM,
        ClaimState.WITHDRAWN,
        conditions=[has_reason],
        permission=service_supervisor,
        custom={"label": _("撤回索赔单"), "rare": True},
    )
    def withdraw(self) -> None:
        """Wrong, or to be drawn up anew; the number is kept."""
