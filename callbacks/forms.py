"""Forms of the call sheet and of corrections (domain A.5)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from callbacks.models import Callback, Correction
from core.fields import TextField
from people.models import User
from people.queries import holders
from people.roles import ES, FD, SS, TE
from tickets.models import Caller
from tickets.steps import StepForm

MARKS = [("", "–"), *[(n, str(n)) for n in range(5, 0, -1)]]
MARK_FIELDS = ("quality", "on_time", "charging", "manner")


def mark(label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, choices=MARKS, coerce=int, empty_value=None, required=False, widget=forms.RadioSelect
    )


class CallSheetForm(StepForm):
    """One call: satisfied, not satisfied with what and who puts it right, or not reached."""

    caller = forms.ModelChoiceField(
        label=gettext_lazy("回访谁"), queryset=Caller.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    result = forms.ChoiceField(
        label=gettext_lazy("结果"), widget=forms.RadioSelect,
        choices=[("satisfied", gettext_lazy("满意")), ("unsatisfied", gettext_lazy("不满意")), ("unreached", gettext_lazy("未接通"))],
    )  # fmt: skip
    way = forms.ChoiceField(
        label=gettext_lazy("方式"), widget=forms.RadioSelect, choices=Callback.Way.choices, initial=Callback.Way.PHONE
    )
    quality = mark(gettext_lazy("修好了吗"))
    on_time = mark(gettext_lazy("准时吗"))
    charging = mark(gettext_lazy("收费清楚吗"))
    manner = mark(gettext_lazy("态度"))
    opinion = TextField(label=gettext_lazy("客户意见"), required=False, lines=2, max_length=200)
    department = forms.ChoiceField(
        label=gettext_lazy("责任部门"),
        widget=forms.RadioSelect,
        choices=Correction.Department.choices,
        initial=Correction.Department.ENGINEERING,
    )
    what = TextField(label=gettext_lazy("要纠正什么"), required=False, lines=2, max_length=200)
    needs_visit = forms.BooleanField(label=gettext_lazy("需要再上门（开返修单）"), required=False)

    def fit(self) -> None:
        callers = self.record.callers.all()
        self.fields["caller"].queryset = callers  # type: ignore[attr-defined]
        first = callers.first()
        self.initial.setdefault("caller", first.pk if first else None)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("result") == "unsatisfied" and not data.get("opinion"):
            self.add_error("opinion", _("不满意要写客户意见。"))
        return data


class CorrectionForm(StepForm):
    department = forms.ChoiceField(
        label=gettext_lazy("责任部门"), widget=forms.RadioSelect, choices=Correction.Department.choices
    )
    what = TextField(label=gettext_lazy("要纠正什么"), lines=2, max_length=200)
    needs_visit = forms.BooleanField(label=gettext_lazy("需要再上门（开返修单）"), required=False)


class AssignForm(StepForm):
    to = forms.ModelChoiceField(label=gettext_lazy("指派给"), queryset=User.objects.none())

    def fit(self) -> None:
        engineering = self.record.department == Correction.Department.ENGINEERING
        roles = (TE, ES) if engineering else (FD, SS)
        self.fields["to"].queryset = holders(*roles, within=self.record.community_id)  # type: ignore[attr-defined]
        if engineering:
            self.initial.setdefault("to", self.record.ticket.technician_id)


class CorrectForm(StepForm):
    done = TextField(label=gettext_lazy("怎样纠正的"), lines=2, max_length=200)


class WithdrawForm(StepForm):
    because = TextField(label=gettext_lazy("撤销原因"), max_length=100)
