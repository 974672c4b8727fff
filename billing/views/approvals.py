"""What the manager approves or does not: /approvals/<pk>/<step>/."""

from __future__ import annotations

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from billing import asking, forms
from billing.models import STANDING, Approval, Charge
from core.money import shown
from places.queries import printed_number
from tickets.steps import StepView, label_of


class ApprovalStep(StepView):
    """A step of what was asked: what, how much, by whom and why, above the buttons."""

    body: ClassVar[str] = "billing/_approval_fields.html"

    def get_record(self, **kwargs: Any) -> Approval:
        rows = Approval.objects.visible_to(self.by).select_related(
            "ticket__community", "ticket__unit", "ticket__area", "payment__received_by", "asked_by"
        )
        approval: Approval = get_object_or_404(rows, pk=kwargs["pk"])
        return approval

    def title_of_step(self) -> str:
        return label_of(Approval, self.step)

    def title(self, record: Approval) -> str:
        return _("%(step)s%(what)s %(sum)s") % {"step": self.title_of_step(), **said(record)}

    def context(self, record: Approval, form: Any) -> dict[str, Any]:
        ticket = record.ticket
        return {
            "approval": record, "ticket": ticket,
            "charges": Charge.objects.filter(ticket=ticket, state__in=STANDING).prefetch_related("adjustments"),
            "payments": ticket.payments.select_related("received_by").prefetch_related("receipts"),
        }  # fmt: skip


def said(record: Approval) -> dict[str, str]:
    """What was asked for, how much, and for which repair, as sentences say it."""
    number = printed_number(record.ticket.number)
    return {"what": record.get_kind_display(), "sum": shown(record.amount), "number": number}


class Approve(ApprovalStep):
    """lives.md §6: done at once."""

    step = "approve"

    def act(self, record: Approval, facts: dict[str, Any]) -> None:
        asking.approve(record, by=self.by)

    def confirmation(self, record: Approval, result: Any) -> str:
        return _("已核准%(what)s %(sum)s：%(number)s") % said(record)


class Refuse(ApprovalStep):
    """The one who asked learns why not."""

    step = "refuse"
    form_class = forms.RefuseForm

    def act(self, record: Approval, facts: dict[str, Any]) -> None:
        asking.refuse(record, by=self.by, **facts)


class Withdraw(ApprovalStep):
    """Asked in error, or no longer needed."""

    step = "withdraw"

    def act(self, record: Approval, facts: dict[str, Any]) -> None:
        asking.withdraw(record, by=self.by)
