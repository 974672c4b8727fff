"""The call sheet and the steps of a correction."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from callbacks import actions, answers, forms, queries
from callbacks.lifecycle import CallbackState, raise_correction_by
from callbacks.models import Correction
from core import clock
from core.refusals import Forbidden
from people.roles import Permission, front_desk
from places.queries import printed_number
from tickets.models import Ticket
from tickets.steps import StepView, TicketStep, label_of

NEXT = "next"
# 09:00–20:30 is when people are called (A.5, usual).
CALL_FROM, CALL_UNTIL = dt.time(9), dt.time(20, 30)


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
    """5.5.1-9: with ?then=next the following call opens when this one is saved."""

    step = "call_back"
    label = gettext_lazy("登记回访")
    form_class = forms.CallSheetForm
    body = "callbacks/_call_fields.html"
    foot = "callbacks/_call_foot.html"
    enter = "submit"

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
        if result.state == CallbackState.EXHAUSTED:
            return _("三次未接通，由客服主管归档")
        if result.state == CallbackState.DUE:
            return _("已记第 %(n)s 次未接通，两小时后再打") % {"n": result.attempts.count()}
        correction = result.corrections.first()
        if correction:
            return _("已登记不满意，纠正单 %(number)s") % {"number": printed_number(correction.number)}
        if result.state == CallbackState.UNSATISFIED:
            return _("已登记不满意，退回纠正")
        return _("已登记回访：%(state)s") % {"state": result.get_state_display()}

    def done(self, record: Ticket, result: Any) -> HttpResponse:
        """Confirm, and where it is wished open the next call."""
        sentence, url = self.confirmation(record, result), self.success_url(record)
        following = queries.next_call(self.by, after=record) if self.request.POST.get("then") == NEXT else None
        then = self.sheet(following) if following else ""
        if getattr(self.request, "htmx", False):
            said = {"step:done": {"url": url, "message": sentence, "then": then}}
            return HttpResponse(headers={"HX-Trigger": json.dumps(said)})
        messages.success(self.request, sentence)
        return redirect(then or url)

    def sheet(self, ticket: Ticket) -> str:
        asked = {"then": NEXT, **({"next": self.next_url()} if self.next_url() else {})}
        return f"{reverse('call_back', args=[ticket.number])}?{urlencode(asked)}"

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        slip = queries.slips_of([record]).get(record.pk)
        hour = clock.local(clock.now()).time()
        found = {
            "ticket": record,
            "tries": queries.tries_of([record]).get(record.pk, []),
            "facts": queries.facts_of(record, slip),
            "unusual": not CALL_FROM <= hour <= CALL_UNTIL,
            "asked_then": self.request.GET.get("then") == NEXT or "then_asked" in self.request.POST,
            "then": self.request.method == "GET" or self.request.POST.get("then") == NEXT,
        }
        blocked = answers.uncallable(record, self.by) or self.nobody_left(record)
        return {**found, "blocked": blocked} if blocked else found

    def out_of_turn(self, record: Any) -> str:
        """The ticket's own step of that name is a consequence of the last answer; when one may call, the action says."""
        return ""

    def nobody_left(self, record: Ticket) -> str:
        return "" if record.callers_left else _("客户都已回访过。")


class RaiseCorrection(AnswerStep):
    """5.5.1-9."""

    step = "raise_correction"
    label = gettext_lazy("开纠正单")
    permission = raise_correction_by
    form_class = forms.CorrectionForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        return actions.raise_correction(record, by=self.by, **facts)

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        sentence = answers.uncorrectable(record)
        return {"blocked": sentence} if sentence else {}

    def confirmation(self, record: Ticket, result: Correction) -> str:
        return _("纠正单 %(number)s 已开") % {"number": printed_number(result.number)}


class CorrectionStep(StepView):
    """A step of a correction: /corrections/<number>/<step>/."""

    body = "callbacks/_correction_fields.html"

    def get_record(self, **kwargs: Any) -> Correction:
        rows = Correction.objects.visible_to(self.by).select_related(
            "ticket__community", "ticket__unit", "ticket__area", "assignee", "raised_by", "corrected_by", "callback"
        )
        correction: Correction = get_object_or_404(rows, number=kwargs["number"])
        return correction

    def title_of_step(self) -> str:
        return label_of(Correction, self.step)

    def context(self, record: Correction, form: Any) -> dict[str, Any]:
        return {"correction": record}


class Assign(CorrectionStep):
    """5.5.1-9: either supervisor for engineering, the service supervisor for the desk."""

    step = "assign"
    form_class = forms.AssignForm

    def act(self, record: Correction, facts: dict[str, Any]) -> Any:
        actions.assign(record, by=self.by, **facts)

    def confirmation(self, record: Correction, result: Any) -> str:
        facts = {"who": record.assignee.name if record.assignee else "", "number": printed_number(record.number)}
        return _("已指派%(who)s纠正：%(number)s") % facts


class Correct(CorrectionStep):
    """5.5.1-9."""

    step = "correct"
    said = gettext_lazy("已登记纠正结果：%(number)s")
    form_class = forms.CorrectForm

    def act(self, record: Correction, facts: dict[str, Any]) -> Any:
        actions.correct(record, by=self.by, **facts)


class VerifyUnreached(CorrectionStep):
    """Nobody can be asked: the supervisor's own word."""

    step = "verify_unreached"
    said = gettext_lazy("已核实纠正：%(number)s")

    def act(self, record: Correction, facts: dict[str, Any]) -> Any:
        actions.verify_unreached(record, by=self.by)


class Withdraw(CorrectionStep):
    """Raised wrongly; the number is kept."""

    step = "withdraw"
    said = gettext_lazy("已撤销纠正：%(number)s")
    form_class = forms.WithdrawForm

    def act(self, record: Correction, facts: dict[str, Any]) -> Any:
        actions.withdraw(record, by=self.by, **facts)
