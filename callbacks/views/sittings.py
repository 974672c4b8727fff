"""One call about all lines of a handover inspection: /inspections/<number>/call_back/."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from callbacks import bundled
from callbacks.forms.sittings import SittingForm
from callbacks.models import Callback
from core.refusals import Forbidden
from people.roles import front_desk
from tickets.models import Inspection
from tickets.views.inspections import InspectionStep


class CallInspection(InspectionStep):
    """5.3.3, 5.5.1-9: the owner is called once and answers line by line."""

    step = "call_inspection"
    label = gettext_lazy("登记回访")
    form_class = SittingForm
    body = "callbacks/_sitting_fields.html"
    template = "tickets/inspection_step_page.html"

    def check(self, record: Inspection) -> None:
        if not front_desk(record, self.by):
            raise Forbidden(self.step, front_desk.admits)

    def allowed(self, record: Inspection) -> list[Any]:
        return []

    def title_of_step(self) -> str:
        return str(self.label)

    def act(self, record: Inspection, facts: dict[str, Any]) -> list[Callback]:
        if not facts["reached"]:
            return bundled.attempt_lines(record, by=self.by, lines=facts["said"], way=facts["way"])
        return bundled.answer_lines(
            record, by=self.by, said=facts["said"], department=facts["department"], way=facts["way"]
        )

    def confirmation(self, record: Inspection, result: list[Callback]) -> str:
        if all(row.answered_at is None for row in result):
            return _("已记未接通 %(n)s 项，两小时后再打") % {"n": len(result)}
        good, raised = bundled.outcome(result)
        said = _("已登记回访 %(n)s 项，满意 %(good)s 项") % {"n": len(result), "good": good}
        return said + (_("，开纠正单 %(raised)s 张") % {"raised": raised} if raised else "")

    def context(self, record: Inspection, form: Any) -> dict[str, Any]:
        found = {"first": form.calls[0].ticket if form.calls else None}
        if form.calls:
            return found
        if form.others:
            return {**found, "blocked": _("回访不能由维修人自己做。")}
        return {**found, "blocked": _("这次验房没有要回访的项目。")}
