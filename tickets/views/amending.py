"""The registration is put right where it was written down wrong."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from places.queries import printed_number
from tickets import amending
from tickets.forms.amending import AmendForm
from tickets.models import Ticket
from tickets.steps import TicketStep


class Amend(TicketStep):
    step = "amend"
    form_class = AmendForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        because = facts.pop("because")
        return amending.amend(record, by=self.by, facts=facts, because=because)

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已修改登记：%(number)s") % {"number": printed_number(record.number)}
