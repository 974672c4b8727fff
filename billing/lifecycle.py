"""The lives of quote, agreement, charge and payment (lives.md §6): steps by consequence, entered through the ticket's actions."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from core.lifecycle import Lifecycle, StateField, guard
from people.roles import FD, MG, SS, TE, Permission, front_desk, may, service_supervisor


class QuoteState(models.TextChoices):
    """A quote 报价."""

    OFFERED = "offered", _("待答复")
    ACCEPTED = "accepted", _("已认可")
    REFUSED = "refused", _("未认可")
    SUPERSEDED = "superseded", _("已被新报价代替")


class AgreementState(models.TextChoices):
    """A repair agreement 维修协议."""

    ISSUED = "issued", _("待签字")
    SIGNED = "signed", _("已签")
    SUPERSEDED = "superseded", _("已由补充协议代替")
    VOIDED = "voided", _("已作废")


class ChargeState(models.TextChoices):
    """What a customer owes."""

    OPEN = "open", _("未收齐")
    SETTLED = "settled", _("已收齐")
    WAIVED = "waived", _("已减免")
    CANCELLED = "cancelled", _("已取消")


class PaymentState(models.TextChoices):
    """Money that came in: at the desk it is receipted at once, in a technician's hand it waits."""

    RECEIVED = "received", _("技工代收")
    HANDED_OVER = "handed_over", _("已交前台")
    RECEIPTED = "receipted", _("已开收据")


class ApprovalState(models.TextChoices):
    """What a service supervisor asked of the manager."""

    ASKED = "asked", _("待核准")
    APPROVED = "approved", _("已核准")
    REFUSED = "refused", _("未核准")
    WITHDRAWN = "withdrawn", _("已撤回")


class QuoteLifecycle(Lifecycle):
    state = StateField(default=QuoteState.OFFERED, choices=QuoteState.choices, protected=True, editable=False)

    class Meta:
        abstract = True

    @transition(state, QuoteState.OFFERED, QuoteState.ACCEPTED, custom={"auto": True})
    def accept(self) -> None:
        """5.5.1-3."""

    @transition(state, QuoteState.OFFERED, QuoteState.REFUSED, custom={"auto": True})
    def refuse(self) -> None:
        """G4."""

    @transition(state, [QuoteState.OFFERED, QuoteState.ACCEPTED], QuoteState.SUPERSEDED, custom={"auto": True})
    def supersede(self) -> None:
        """One accepted quote a ticket; the older one is kept."""


@guard(_("协议金额与已认可的报价不一致，先重新打印。"))
def equals_accepted_total(agreement: Any) -> bool:
    """A.6: the total equals the accepted quote."""
    return bool(agreement.total == agreement.ticket.accepted_total)


@guard(_("协议须由业主签字，或附业主书面同意。"), asked=True)
def is_signed_by_owner(agreement: Any) -> bool:
    """G18: from ¥500.00 the owner, or his written word."""
    return bool(agreement.owner_signs or agreement.owner_word)


class AgreementLifecycle(Lifecycle):
    state = StateField(default=AgreementState.ISSUED, choices=AgreementState.choices, protected=True, editable=False)

    class Meta:
        abstract = True

    @transition(
        state,
        AgreementState.ISSUED,
        AgreementState.SIGNED,
        conditions=[equals_accepted_total, is_signed_by_owner],
        permission=front_desk,
        custom={"label": _("登记协议已签")},
    )
    def sign_agreement(self) -> None:
        """5.2.2-1c."""

    @transition(state, [AgreementState.ISSUED, AgreementState.SIGNED], AgreementState.SUPERSEDED, custom={"auto": True})
    def supersede(self) -> None:
        """A revision needs a supplement 补n, signed again."""

    @transition(
        state,
        AgreementState.ISSUED,
        AgreementState.VOIDED,
        permission=front_desk,
        custom={"label": _("作废协议"), "rare": True},
    )
    def void_agreement(self) -> None:
        """Printed wrong and not signed."""


class ChargeLifecycle(Lifecycle):
    state = StateField(default=ChargeState.OPEN, choices=ChargeState.choices, protected=True, editable=False)

    class Meta:
        abstract = True

    @transition(state, ChargeState.OPEN, ChargeState.SETTLED, custom={"auto": True})
    def settle(self) -> None:
        """P4: the balance is nothing or less."""

    @transition(state, ChargeState.SETTLED, ChargeState.OPEN, custom={"auto": True})
    def unsettle(self) -> None:
        """A contra entry, or an adjustment upwards."""

    @transition(
        state,
        ChargeState.OPEN,
        ChargeState.WAIVED,
        permission=service_supervisor,
        custom={"label": _("减免"), "rare": True},
    )
    def waive(self) -> None:
        """D.2: goodwill only."""

    @transition(state, [ChargeState.OPEN, ChargeState.SETTLED], ChargeState.CANCELLED, custom={"auto": True})
    def cancel(self) -> None:
        """G15: with a void, a cancellation, a decline."""


class PaymentLifecycle(Lifecycle):
    state = StateField(default=PaymentState.RECEIVED, choices=PaymentState.choices, protected=True, editable=False)

    class Meta:
        abstract = True

    @transition(
        state, PaymentState.RECEIVED, PaymentState.HANDED_OVER, permission=front_desk, custom={"label": _("收技工交款")}
    )
    def hand_over(self) -> None:
        """3.1: both sign."""

    @transition(state, [PaymentState.RECEIVED, PaymentState.HANDED_OVER], PaymentState.RECEIPTED, custom={"auto": True})
    def receipt(self) -> None:
        """A.7: at once at the desk, a technician's cash when he hands it over."""


@guard(_("申请人不能自己核准，由另一位经理核准。"))
def is_not_by_asker(approval: Any) -> bool:
    """trust.md §3: ask ≠ approve, by person, whatever roles he holds."""
    return approval.decided_by_id is None or approval.decided_by_id != approval.asked_by_id


@guard(_("不核准要写原因。"), asked=True)
def has_answer(approval: Any) -> bool:
    """The one who asked learns why not."""
    return bool(approval.answer.strip())


class ApprovalLifecycle(Lifecycle):
    state = StateField(
        default=ApprovalState.ASKED, choices=ApprovalState.choices, protected=True, editable=False, db_index=True
    )

    class Meta:
        abstract = True

    @transition(
        state,
        ApprovalState.ASKED,
        ApprovalState.APPROVED,
        conditions=[is_not_by_asker],
        permission=may(MG),
        custom={"label": _("核准")},
    )
    def approve(self) -> None:
        """lives.md §6: from ¥500.00 the manager; what was asked for is done in the same action."""

    @transition(
        state,
        ApprovalState.ASKED,
        ApprovalState.REFUSED,
        conditions=[has_answer],
        permission=may(MG),
        custom={"label": _("不核准")},
    )
    def refuse(self) -> None:
        """Nothing is waived or given back."""

    @transition(
        state,
        ApprovalState.ASKED,
        ApprovalState.WITHDRAWN,
        permission=service_supervisor,
        custom={"label": _("撤回申请"), "rare": True},
    )
    def withdraw(self) -> None:
        """Asked in error, or no longer needed."""


receive_at_desk = front_desk
receive_on_site = Permission(FD, SS, own=(TE,))
issue_paper = may(FD, SS)
