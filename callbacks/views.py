"""The call sheet and the steps of a correction."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from callbacks import actions, forms
from callbacks.lifecycle import raise_correction_by
from callbacks.models import Correction
from core.refusals import Forbidden
from people.roles import Permission, front_desk
from tickets.models import Ticket
from tickets.steps import StepView, TicketStep, label_of


class AnswerStep(TicketStep):
    """A step of a ticket's answers: its permission stands here."""

    permission: Permission = front_desk
    label: str | Promise = ""

    def check(self, record: Any) -> None:
        if not self.permission(record, self.by):
            raise Forbidden(self.step, self.permission.admits)

    def title(self, record: Any) -> str:
        return str(self.label)

    def title_of_step(self) -> str:
        return str(self.label)


class CallBack(AnswerStep):
    step = "call_back"
    label = gettext_lazy("登记回访")
    form_class = forms.CallSheetForm
    template = "callbacks/call_page.html"
    fragment = "callbacks/_call.html"

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        caller, result, way = facts["caller"], facts["result"], facts["way"]
        if result == "unreached":
            return actions.record_attempt(record, caller=caller, by=self.by, way=way)
        marks = {name: facts[name] for name in forms.MARK_FIELDS}
        return actions.record_answer(
            record, caller=caller, by=self.by, satisfied=result == "satisfied", opinion=facts["opinion"], way=way, marks=marks,
            department=facts["department"], what=facts["what"], needs_visit=facts["needs_visit"],
        )  # fmt: skip

    def confirmation(self, record: Ticket, result: Any) -> str:
        correction = result.corrections.first()
        if correction:
            return _("已登记不满意，纠正单 %(number)s") % {"number": correction.number.split("-", 1)[1]}
        return _("已登记回访：%(state)s") % {"state": result.get_state_display()}

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        return {
            "tries": [
                attempt for row in record.callbacks.prefetch_related("attempts") for attempt in row.attempts.all()
            ],
            "slips": record.slips.exclude(state="voided").select_related("technician"),
        }


class RaiseCorrection(AnswerStep):
    step = "raise_correction"
    label = gettext_lazy("开纠正单")
    permission = raise_correction_by
    form_class = forms.CorrectionForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        return actions.raise_correction(record, by=self.by, **facts)


class CorrectionStep(StepView):
    """A step of a correction: /corrections/<number>/<step>/."""

    def get_record(self, **kwargs: Any) -> Correction:
        rows = Correction.objects.visible_to(self.by).select_related("ticket__community", "ticket__unit", "assignee")
        correction: Correction = get_object_or_404(rows, number=kwargs["number"])
        return correction

    def title_of_step(self) -> str:
        return label_of(Correction, self.step)


class Assign(CorrectionStep):
    step = "assign"
    form_class = forms.AssignForm

    def act(self, record: Correction, facts: dict[str, Any]) -> Any:
        actions.assign(record, by=self.by, **facts)


class Correct(CorrectionStep):
    step = "correct"
    form_class = forms.CorrectForm

    def act(self, record: Correction, facts: dict[str, Any]) -> Any:
        actions.correct(record, by=self.by, **facts)


class Withdraw(CorrectionStep):
    step = "withdraw"
    form_class = forms.WithdrawForm

    def act(self, record: Correction, facts: dict[str, Any]) -> Any:
        actions.withdraw(record, by=self.by, **facts)
