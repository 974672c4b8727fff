"""What the steps of money share: who looks for which record."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404

from billing.models import Agreement, Payment
from tickets.steps import MakesPaper, OwnPermission, StepView, TicketStep, label_of
from workorders.models import Slip

__all__ = ["AgreementStep", "MakesPaper", "MoneyStep", "PaymentStep", "SlipMoneyStep"]


class MoneyStep(OwnPermission, TicketStep):
    """A step of a ticket's money: /tickets/<number>/<step>/."""


class PaymentStep(OwnPermission):
    """A step of a payment: /payments/<pk>/<step>/."""

    def get_record(self, **kwargs: Any) -> Payment:
        rows = Payment.objects.visible_to(self.by).select_related(
            "ticket__community", "ticket__unit", "received_by", "contra"
        )
        payment: Payment = get_object_or_404(rows, pk=kwargs["pk"])
        return payment


class AgreementStep(StepView):
    """A step of an agreement: /agreements/<pk>/<step>/."""

    def get_record(self, **kwargs: Any) -> Agreement:
        rows = Agreement.objects.select_related("ticket__community", "ticket__unit", "issued_by")
        places = self.by.communities
        agreement: Agreement = get_object_or_404(
            rows if places is None else rows.filter(community__in=places), pk=kwargs["pk"]
        )
        return agreement

    def title_of_step(self) -> str:
        return label_of(Agreement, self.step)


class SlipMoneyStep(StepView):
    """Steps of a slip that move the charge are entered here (lives.md §0.1)."""

    def get_record(self, **kwargs: Any) -> Slip:
        rows = Slip.objects.visible_to(self.by).select_related(
            "ticket__community",
            "ticket__unit",
            "ticket__area",
            "technician",
            "finished_by",
            "builder",
            "refused_witness",
        )
        slip: Slip = get_object_or_404(rows, number=kwargs["number"])
        return slip

    def title_of_step(self) -> str:
        return label_of(Slip, self.step)
