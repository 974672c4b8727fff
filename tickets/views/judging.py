"""What follows a judgement of nature (G10, G20)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from tickets import judging, recording
from tickets.forms import judging as forms
from tickets.models import Ticket
from tickets.steps import TicketStep


class TellJudgement(TicketStep):
    """G20: the customer hears it from the desk; his objection stands in the same form."""

    step = "tell_judgement"
    form_class = forms.TellForm
    body = "tickets/_tell_judgement_fields.html"

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        return {"survey": record.surveys.select_related("by").order_by("pk").last()}

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        objects = facts.pop("answer") == forms.OBJECTS
        judging.tell_judgement(record, by=self.by, **facts)
        if objects:
            recording.record_objection(record, by=self.by, words=facts["words"])

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已告知，异议交客服主管") if record.objected_at else _("已告知客户改判")


class EnterStartDay(TicketStep):
    """G10."""

    step = "enter_start_day"
    form_class = forms.StartDayForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        judging.enter_start_day(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已补日期，初判：%(nature)s") % {"nature": record.get_nature_guess_display()}
