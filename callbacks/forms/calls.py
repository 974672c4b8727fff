"""Forms of the call sheet and of corrections (domain A.5)."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from callbacks.answers import SETTLED
from callbacks.lifecycle import CorrectionState
from callbacks.models import Callback, Correction
from core.fields import TextField
from core.text import masked_telephone
from people.models import User
from people.queries import holders
from people.roles import ES, FD, SS, TE
from places.queries import printed_number
from tickets.forms import StepForm
from tickets.models import Caller

# The digit that is pressed is the mark that is given.
MARKS = [*[(n, str(n)) for n in range(1, 6)], (0, "–")]
MARK_FIELDS = ("quality", "on_time", "charging", "manner")


def mark(label: Any) -> forms.TypedChoiceField:
    """One question of the script, 1 to 5; no answer is an answer."""
    return forms.TypedChoiceField(
        label=label,
        choices=MARKS,
        coerce=lambda given: int(given) or None,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )


def with_relation(caller: Any) -> str:
    return _("%(name)s（%(relation)s）") % {"name": caller.name, "relation": caller.get_relation_display()}


class CallerField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """李建国（业主）."""

    def label_from_instance(self, caller: Any) -> str:
        said = with_relation(caller)
        if caller.origin is None:
            return said
        return f"{said} {masked_telephone(caller.phone)} {printed_number(caller.origin.number)}"


class CallSheetForm(StepForm):
    """One call: satisfied, not satisfied with what and who puts it right, or not reached."""

    result = forms.ChoiceField(
        label=gettext_lazy("结果"), widget=forms.RadioSelect,
        choices=[("satisfied", gettext_lazy("满意")), ("unsatisfied", gettext_lazy("不满意")), ("unreached", gettext_lazy("未接通"))],
    )  # fmt: skip
    caller = CallerField(label=gettext_lazy("回访谁"), queryset=Caller.objects.none(), empty_label=None)
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
        required=False,
    )
    what = TextField(
        label=gettext_lazy("要纠正什么"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("空着就照客户意见"),
    )
    needs_visit = forms.BooleanField(label=gettext_lazy("需要再上门（开返修单）"), required=False)
    way = forms.ChoiceField(label=gettext_lazy("方式"), choices=Callback.Way.choices, initial=Callback.Way.PHONE)

    def fit(self) -> None:
        callers = self.record.callers.prefetch_related("origin")
        if not self.is_bound:
            callers = callers.exclude(
                pk__in=Callback.objects.filter(ticket=self.record, state__in=SETTLED).values("caller")
            )
        field = cast(CallerField, self.fields["caller"])
        field.queryset = callers
        self.callers = list(callers)
        if len(self.callers) < 2:
            field.widget = forms.HiddenInput()
        self.initial.setdefault("caller", self.callers[0].pk if self.callers else None)
        # Not satisfied again sends the same correction back; nothing new is opened.
        redone = self.record.corrections.filter(state=CorrectionState.CORRECTED).select_related("corrected_by")
        self.again = redone.last() if self.record.corrections_open else None
        if self.again:
            for name in ("department", "what", "needs_visit"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("result") == "unsatisfied":
            if not data.get("opinion") and "opinion" not in self.errors:
                self.add_error("opinion", _("不满意要写客户意见。"))
            if not self.again and not data.get("department") and "department" not in self.errors:
                self.add_error("department", _("选责任部门"))
        return data

    def facts(self) -> dict[str, Any]:
        return {"department": "", "what": "", "needs_visit": False, **self.cleaned_data}

    @property
    def merged(self) -> list[Caller]:
        """The merged callers still to be called, each with the number he reported under."""
        return [caller for caller in self.callers if caller.origin]

    @property
    def marks(self) -> list[forms.BoundField]:
        """The four questions, for the page."""
        return [self[name] for name in MARK_FIELDS]


class CorrectionForm(StepForm):
    """Something to be put right that no call brought up."""

    department = forms.ChoiceField(
        label=gettext_lazy("责任部门"),
        widget=forms.RadioSelect,
        choices=Correction.Department.choices,
        initial=Correction.Department.ENGINEERING,
    )
    what = TextField(label=gettext_lazy("要纠正什么"), lines=2, max_length=200)
    needs_visit = forms.BooleanField(label=gettext_lazy("需要再上门（开返修单）"), required=False)


class AssignForm(StepForm):
    """Who puts it right."""

    to = forms.ModelChoiceField(label=gettext_lazy("指派给"), queryset=User.objects.none(), empty_label=None)

    def fit(self) -> None:
        engineering = self.record.department == Correction.Department.ENGINEERING
        roles = (TE, ES) if engineering else (FD, SS)
        cast(Any, self.fields["to"]).queryset = holders(*roles, within=self.record.community_id)
        if engineering:
            self.initial.setdefault("to", self.record.ticket.technician_id)


class CorrectForm(StepForm):
    """What was done."""

    done = TextField(label=gettext_lazy("怎样纠正的"), lines=2, min_length=2, max_length=200)


class WithdrawForm(StepForm):
    """Raised wrongly."""

    because = TextField(label=gettext_lazy("撤销原因"), max_length=100)
