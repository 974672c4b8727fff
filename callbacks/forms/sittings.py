"""One call about all lines of a handover inspection: reached or not, and each line's answer (SOP 5.3.3, 5.5.1-9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from callbacks.answers import asked_again_since, is_to_be_called, uncallable
from callbacks.bundled import Said
from callbacks.models import Callback, Correction
from callbacks.queries import Call, calls_of
from core.fields import TextField
from tickets.models import Caller, Ticket
from tickets.steps import StepForm

ANSWERS = [("yes", gettext_lazy("满意")), ("no", gettext_lazy("不满意")), ("", gettext_lazy("未问"))]


class SittingForm(StepForm):
    """`calls` are the lines it asks about; whoever repaired one of them does not call about it."""

    result = forms.ChoiceField(
        label=gettext_lazy("结果"), widget=forms.RadioSelect, initial="reached",
        choices=[("reached", gettext_lazy("已接通")), ("unreached", gettext_lazy("未接通"))],
    )  # fmt: skip
    rest = forms.BooleanField(label=gettext_lazy("其余各项都满意"), required=False)
    department = forms.ChoiceField(
        label=gettext_lazy("责任部门"), widget=forms.RadioSelect, choices=Correction.Department.choices,
        initial=Correction.Department.ENGINEERING, required=False,
    )  # fmt: skip
    way = forms.ChoiceField(label=gettext_lazy("方式"), choices=Callback.Way.choices, initial=Callback.Way.PHONE)

    def fit(self) -> None:
        found = calls_of(self.record, self.by)
        self.calls = [call for call in found if not uncallable(call.ticket, self.by)]
        self.others = len(found) - len(self.calls)
        lines = {line.ticket_id: line for line in self.record.lines.exclude(ticket=None)}
        for call in self.calls:
            call.line = lines.get(call.ticket.pk)  # type: ignore[attr-defined]
            n = {"n": call.line.number if call.line else ""}  # type: ignore[attr-defined]
            self.fields[f"answer_{call.ticket.pk}"] = forms.ChoiceField(
                label=_("第 %(n)s 项") % n, choices=ANSWERS, widget=forms.RadioSelect, required=False
            )
            self.fields[f"opinion_{call.ticket.pk}"] = TextField(
                label=_("第 %(n)s 项客户意见") % n, required=False, max_length=200
            )
            self.fields[f"visit_{call.ticket.pk}"] = forms.BooleanField(
                label=_("第 %(n)s 项需要再上门") % n, required=False
            )

    def rows(self) -> Iterator[tuple[Call, list[forms.BoundField]]]:
        """Each line with its answer, opinion and visit."""
        for call in self.calls:
            yield call, [self[f"{name}_{call.ticket.pk}"] for name in ("answer", "opinion", "visit")]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("result") != "reached":
            return data
        for call in self.calls:
            pk = call.ticket.pk
            if (
                data.get(f"answer_{pk}") == "no"
                and not data.get(f"opinion_{pk}")
                and f"opinion_{pk}" not in self.errors
            ):
                n = {"n": call.line.number if call.line else ""}  # type: ignore[attr-defined]
                self.add_error(f"opinion_{pk}", _("第 %(n)s 项不满意，写客户意见") % n)
        asked = data.get("rest") or any(data.get(f"answer_{call.ticket.pk}") for call in self.calls)
        if not self.errors and not asked:
            self.add_error(None, _("选出问过的项目"))
        return data

    def facts(self) -> dict[str, Any]:
        data, found = self.cleaned_data, []
        for call in self.calls:
            pk = call.ticket.pk
            answer = data[f"answer_{pk}"] or ("yes" if data["rest"] else "")
            if data["result"] == "reached" and not answer:
                continue
            bad = answer == "no" and data["result"] == "reached"
            opinion, visit = (data[f"opinion_{pk}"], data[f"visit_{pk}"]) if bad else ("", False)
            found.append(Said(call.ticket, caller_of(call.ticket), not bad, opinion, visit))
        department = data["department"] or Correction.Department.ENGINEERING
        return {"reached": data["result"] == "reached", "said": found, "department": department, "way": data["way"]}


def caller_of(ticket: Ticket) -> Caller:
    """Whom the call about this line answers for: the first who is still to be called."""
    again = asked_again_since(ticket)
    callers = list(ticket.callers.prefetch_related("callbacks"))
    for caller in callers:
        if is_to_be_called(max(caller.callbacks.all(), key=lambda row: row.round, default=None), again):
            return caller
    return callers[0]
