"""What the steps of money share: a permission of their own where no transition carries one, and who looks for which record."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise

from billing.models import Agreement, Payment
from core.refusals import Forbidden
from people.roles import Permission, front_desk
from tickets.steps import StepView, TicketStep, label_of
from workorders.models import Slip


class OwnPermission(StepView):
    """A step that is no transition of its record: permission and words stand here."""

    permission: Permission = front_desk
    label: str | Promise = ""

    def check(self, record: Any) -> None:
        if not self.permission(record, self.by):
            raise Forbidden(self.step, self.permission.admits)

    def title(self, record: Any) -> str:
        return str(self.label)

    def title_of_step(self) -> str:
        return str(self.label)


class MakesPaper(StepView):
    """A step that brings forth a paper: without a page to return to one goes on to print it, with one the toast offers it."""

    paper_label: str | Promise = ""

    def paper_url(self, result: Any) -> str:
        """Where the paper is printed; empty where there is none."""
        raise NotImplementedError

    def done(self, record: Any, result: Any) -> HttpResponse:
        sentence, paper = self.confirmation(record, result), self.paper_url(result)
        if getattr(self.request, "htmx", False):
            said: dict[str, Any] = {"url": self.success_url(record), "message": sentence}
            if paper:
                said["paper"] = {"label": str(self.paper_label), "url": paper}
            return HttpResponse(headers={"HX-Trigger": json.dumps({"step:done": said})})
        return self.leave_to(self.next_url() or paper or self.success_url(record), sentence)


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
            "ticket__community", "ticket__unit", "ticket__area", "technician", "finished_by"
        )
        slip: Slip = get_object_or_404(rows, number=kwargs["number"])
        return slip

    def title_of_step(self) -> str:
        return label_of(Slip, self.step)
