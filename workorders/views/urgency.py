"""The steps that take urgency off a repair, whose slip may be in work."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from tickets.forms import moves as forms
from tickets.models import Ticket
from tickets.steps import TicketStep
from tickets.views.moves import RaiseUrgency
from workorders import urgency


class LowerUrgency(RaiseUrgency):
    step = "lower_urgency"
    form_class = forms.LowerForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        urgency.lower_urgency(record, by=self.by, **facts)


class CustomerAsksToWait(TicketStep):
    step = "customer_asks_to_wait"
    said = gettext_lazy("已记客户要求缓修：%(number)s")
    form_class = forms.WaitForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        urgency.customer_asks_to_wait(record, by=self.by, **facts)
