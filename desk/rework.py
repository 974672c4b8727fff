"""返修: what was done the first time and by whom, and the supervisor's judgement whether it is that fault again (2-1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from callbacks import rework
from callbacks.models import Correction
from callbacks.rework import first_slip
from core.clock import local
from core.text import listed
from people.models import User
from people.queries import holders
from people.roles import ES, TE
from places.queries import printed_number
from tickets.models import Ticket
from tickets.steps import StepForm, TicketStep
from workorders.models import Part, Slip


@dataclass(frozen=True)
class Earlier:
    """The repair that is redone: its last accepted slip with the parts used, and how many days ago that was."""

    ticket: Ticket
    slip: Slip | None
    parts: str
    days: int

    @property
    def who(self) -> User | None:
        return self.slip.technician if self.slip else self.ticket.technician

    @property
    def at(self) -> Any:
        return self.slip.accepted_at if self.slip else self.ticket.completed_at


def earlier_of(ticket: Ticket) -> Earlier | None:
    """What this repair redoes; two queries where it redoes something."""
    earlier = ticket.rework_of
    if earlier is None or earlier.completed_at is None:
        return None
    slip = first_slip(earlier)
    used = [part for part in slip.parts.all() if not part.withdrawn] if slip else []
    days = (local(ticket.reported_at).date() - local(earlier.completed_at).date()).days
    return Earlier(earlier, slip, listed(said(part) for part in used), max(days, 0))


def said(part: Part) -> str:
    """角阀 1 个."""
    return f"{part.name} {part.quantity.normalize():f} {part.unit}".strip()


class ConfirmReworkForm(StepForm):
    """Who puts it right; it need not be who did it first."""

    to = forms.ModelChoiceField(label=gettext_lazy("交给谁"), queryset=User.objects.none(), empty_label=None)

    def fit(self) -> None:
        cast(Any, self.fields["to"]).queryset = holders(TE, ES, within=self.record.community_id)
        self.initial.setdefault("to", self.record.technician_id)


class ConfirmRework(TicketStep):
    """2-1."""

    step = "confirm_rework"
    form_class = ConfirmReworkForm
    body = "desk/_rework_fields.html"

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        return rework.confirm_rework(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Correction) -> str:
        return _("已确认返修，纠正单 %(number)s") % {"number": printed_number(result.number)}

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        return {"earlier": earlier_of(record)}
