"""What becomes known of a repair beside its steps."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from tickets import recording
from tickets.forms import recording as forms
from tickets.models import Ticket
from tickets.steps import TicketStep


class RunSafetyScript(TicketStep):
    """B.3."""

    step = "run_safety_script"
    form_class = forms.SafetyForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        for case, lines in facts["lines"].items():
            recording.run_safety_script(record, by=self.by, case=case, lines=lines)

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已记安全步骤")


class RecordObjection(TicketStep):
    """G20."""

    step = "record_objection"
    form_class = forms.ObjectionForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        recording.record_objection(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已记异议，等客服主管改判")


class LinkRework(TicketStep):
    """2-1."""

    step = "link_rework"
    form_class = forms.LinkForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        recording.link_rework(record, by=self.by, **facts)

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        none = not form.fields["earlier"].queryset.exists()
        return {"blocked": _("此处在返修期内没有修好过的报修。")} if none else {}

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已标为返修，等主管确认")


class RefuseRework(TicketStep):
    """2-1."""

    step = "refuse_rework"
    form_class = forms.RefuseReworkForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        recording.refuse_rework(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("不算返修，照常办理")


class TagWeather(TicketStep):
    """E.2."""

    step = "tag_weather"
    form_class = forms.WeatherForm

    def title(self, record: Ticket) -> str:
        return _("取消恶劣天气") if record.weather else _("标恶劣天气")

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        recording.tag_weather(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已标恶劣天气，时限照常") if record.weather else _("已取消恶劣天气")
