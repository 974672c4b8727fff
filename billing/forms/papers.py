"""Papers of a paid repair: the dispatch order's issue, acceptance and void, the agreement."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Agreement
from core import clock
from core.fields import DayField, StrokesField, TextField
from people.models import User
from people.queries import technicians
from tickets.forms.moves import offer
from tickets.forms.shared import StepForm, WindowField
from tickets.states import Urgency
from workorders.models import Slip

FEW = 6


class IssueForm(StepForm):
    """To whom the dispatch order goes."""

    technician = forms.ModelChoiceField(
        label=gettext_lazy("维修人"), queryset=User.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    window = WindowField(label=gettext_lazy("预约到场"))
    performer_on_site = forms.BooleanField(label=gettext_lazy("技工还在现场，单据随后送到"), required=False)

    def fit(self) -> None:
        people = technicians(self.record.community_id, self.record.trade_id)
        field = cast(Any, self.fields["technician"])
        if len(people) > FEW:
            field.widget = forms.Select()
        field.queryset = User.objects.filter(pk__in=[person.pk for person in people])
        if self.record.technician_id:
            self.initial.setdefault("technician", self.record.technician_id)
        routine, agreed = self.record.urgency == Urgency.ROUTINE, self.record.window_to
        if routine:
            del self.fields["performer_on_site"]
        if not routine or (agreed and agreed > clock.now()):
            del self.fields["window"]
        else:
            offer(self, clock.now())

    def seen(self) -> str:
        return str(self.record.accepted_total)

    def facts(self) -> dict[str, Any]:
        return {"performer_on_site": False, **self.cleaned_data}


class AgreementForm(StepForm):
    """What the agreement says besides the accepted lines (A.6)."""

    party = TextField(label=gettext_lazy("甲方（客户）"), max_length=20)
    scope = TextField(label=gettext_lazy("维修项目及范围"), lines=2, max_length=300)
    materials = TextField(label=gettext_lazy("材料约定"), max_length=200)
    starts_on = DayField(label=gettext_lazy("开工日期"))
    ends_on = DayField(label=gettext_lazy("完工日期"))
    guarantee_months = forms.IntegerField(
        label=gettext_lazy("质量保证（月）"),
        min_value=0,
        max_value=120,
        initial=3,
        error_messages={
            "invalid": gettext_lazy("质量保证写月数，例如 12。"),
            "min_value": gettext_lazy("质量保证不能少于 0 个月。"),
            "max_value": gettext_lazy("质量保证不能超过 120 个月。"),
        },
    )

    def fit(self) -> None:
        today = clock.today()
        survey = self.record.surveys.last()
        start = clock.local(self.record.window_from).date() if self.record.window_from else today
        for name, value in {
            "party": self.record.reporter_name,
            "scope": survey.work if survey else self.record.fault,
            "materials": _("乙方提供，见价款明细"),
            "starts_on": max(start, today),
            "ends_on": max(start, today) + dt.timedelta(days=2),
            "guarantee_months": 12 if self.record.trade_id == "waterproof" else 3,
        }.items():
            self.initial.setdefault(name, value)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
            self.add_error("ends_on", _("完工日期早于开工日期。"))
        return data

    def seen(self) -> str:
        return str(self.record.accepted_total)

    def facts(self) -> dict[str, Any]:
        return {"agreement": Agreement(**self.cleaned_data)}


class SignAgreementForm(StepForm):
    """Both sides signed on paper; a tenant needs the owner's written word (G18)."""

    owner_signs = forms.TypedChoiceField(
        label=gettext_lazy("谁签的字"), widget=forms.RadioSelect, coerce=lambda value: value == "1", initial="1",
        choices=[("1", gettext_lazy("业主本人")), ("0", gettext_lazy("他人代签，附业主书面同意"))],
    )  # fmt: skip
    owner_word = TextField(
        label=gettext_lazy("书面同意的凭据"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"data-when": "owner_signs=0"}),
        help_text=gettext_lazy("例如“微信留言 11-23，截图附后”"),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("owner_signs") is False and not data.get("owner_word") and "owner_word" not in self.errors:
            self.add_error("owner_word", _("写明业主书面同意的凭据，例如“微信留言 11-23”。"))
        return data


class AcceptSlipForm(StepForm):
    """The customer's opinion and signature (5.5.1-7)."""

    opinion = forms.ChoiceField(
        label=gettext_lazy("验收意见"),
        widget=forms.RadioSelect,
        choices=[choice for choice in Slip.Opinion.choices if choice[0] != Slip.Opinion.FAILED],
    )
    words = TextField(label=gettext_lazy("客户补充"), required=False, lines=2, max_length=100)
    name = TextField(label=gettext_lazy("签字人"), max_length=20)
    strokes = StrokesField(label=gettext_lazy("客户签字"))
    on_paper = forms.BooleanField(
        label=gettext_lazy("客户已在纸单上签字"),
        required=False,
        widget=forms.CheckboxInput(attrs={"data-on-paper": True}),
    )

    def fit(self) -> None:
        self.initial.setdefault("name", self.record.ticket.reporter_name)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("strokes") and not data.get("on_paper") and "strokes" not in self.errors:
            self.add_error("strokes", _("请客户签字，或勾选“客户已在纸单上签字”。"))
        return data

    def seen(self) -> str:
        """What the customer signs: another content by now is another signature."""
        return str(self.record.content_hash)[:16]

    def facts(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        if data.pop("on_paper"):
            data["strokes"] = []
        return data


class VoidSlipForm(StepForm):
    reason = TextField(label=gettext_lazy("作废原因"), max_length=100)
