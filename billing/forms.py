"""Forms of money: a quote's lines, an answer, an agreement, a payment."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.forms import formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Agreement, Payment, Quote, QuoteLine
from core import clock
from core.fields import QuantityField, StrokesField, TextField
from core.money import MoneyInput
from people.models import User
from people.queries import holders, technicians
from people.roles import MG
from places.models import PriceItem, SparePart
from tickets.lifecycle import Nature
from tickets.models import Ticket
from tickets.steps import StepForm
from workorders.models import Slip

LINES_MOST = 40


class LineForm(forms.Form):
    """A line of a quote; price and unit are filled from the price list or the spare parts and kept as typed."""

    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=QuoteLine.Kind.choices, initial=QuoteLine.Kind.LABOUR)
    code = TextField(required=False, max_length=6, widget=forms.HiddenInput)
    name = TextField(label=gettext_lazy("项目"), max_length=60)
    spec = TextField(label=gettext_lazy("规格"), required=False, max_length=30)
    model = TextField(label=gettext_lazy("型号"), required=False, max_length=30)
    unit = TextField(label=gettext_lazy("单位"), max_length=4)
    quantity = QuantityField(label=gettext_lazy("数量"), initial=Decimal(1))
    price = MoneyInput(label=gettext_lazy("单价"))

    def line(self) -> QuoteLine:
        fields = {name: value for name, value in self.cleaned_data.items() if name != "DELETE"}
        return QuoteLine(**fields)


if TYPE_CHECKING:
    LineSet = forms.BaseFormSet[LineForm]
else:
    LineSet = forms.BaseFormSet  # not subscriptable while running


class BaseLines(LineSet):
    """The lines of one quote: at least one, price-list lines at the price of the day."""

    ticket: Ticket

    def clean(self) -> None:
        if any(form.errors for form in self.forms if not self._gone(form)):
            return
        lines = self.lines()
        if not lines:
            raise forms.ValidationError(_("报价至少一行。"))
        prices = {item.code: item.price for item in PriceItem.objects.valid_on(clock.today(), self.ticket.community)}
        for line in lines:
            if line.code and line.code in prices and line.price != prices[line.code]:
                raise forms.ValidationError(
                    _("%(name)s的价目是 %(price)s，改价先改价目表。") % {"name": line.name, "price": prices[line.code]}
                )

    def _gone(self, form: forms.Form) -> bool:
        return bool(self._should_delete_form(form)) if hasattr(form, "cleaned_data") else False  # type: ignore[attr-defined]

    def lines(self) -> list[QuoteLine]:
        return [
            form.line()
            for form in self.forms
            if getattr(form, "cleaned_data", None)
            and form.has_changed()
            and not self._gone(form)
            and form.cleaned_data.get("name")
        ]


Lines = formset_factory(
    LineForm, formset=BaseLines, extra=0, min_num=1, max_num=LINES_MOST, absolute_max=LINES_MOST, can_delete=True
)


class QuoteForm(StepForm):
    """A quote: its lines (a formset beside it) and whether the visit fee was told beforehand."""

    visit_fee_told = forms.BooleanField(label=gettext_lazy("已事先讲明：不修收上门检测费 ¥20.00"), required=False)

    def fit(self) -> None:
        data = self.data if self.is_bound else None
        self.lines = cast(BaseLines, Lines(data, initial=None if data else self._before(), prefix="lines"))
        self.lines.ticket = self.record
        self.prices = list(PriceItem.objects.valid_on(clock.today(), self.record.community))
        self.spare_parts = list(SparePart.objects.all())
        if self.record.state == "ordered":
            del self.fields["visit_fee_told"]

    def _before(self) -> list[dict[str, Any]]:
        """A revision begins with the lines that stand."""
        standing = self.record.quotes.filter(state="accepted").first()
        names = ("kind", "code", "name", "spec", "model", "unit", "quantity", "price")
        return [{name: getattr(line, name) for name in names} for line in standing.lines.all()] if standing else []

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.lines.is_valid()])

    def facts(self) -> dict[str, Any]:
        return {"lines": self.lines.lines(), "visit_fee_told": self.cleaned_data.get("visit_fee_told", False)}


class AnswerForm(StepForm):
    """Who agreed, as whom and how (5.5.1-3)."""

    name = TextField(label=gettext_lazy("谁认可的"), max_length=20)
    relation = forms.ChoiceField(label=gettext_lazy("身份"), widget=forms.RadioSelect)
    how = forms.ChoiceField(
        label=gettext_lazy("怎样认可的"), widget=forms.RadioSelect, choices=Quote.How.choices, initial=Quote.How.PHONE
    )

    def fit(self) -> None:
        callers = [choice for choice in Ticket.Relation.choices if choice[0] != Ticket.Relation.PATROL]
        self.fields["relation"].choices = callers  # type: ignore[attr-defined]
        self.initial.setdefault("name", self.record.reporter_name)
        self.initial.setdefault("relation", self.record.relation)


class DeclineForm(StepForm):
    reason = TextField(label=gettext_lazy("不修的原因"), max_length=100)
    visit_fee = forms.BooleanField(label=gettext_lazy("收上门检测费 ¥20.00"), required=False)

    def fit(self) -> None:
        if not self.record.quotes.filter(state="offered", visit_fee_told=True).exists():
            del self.fields["visit_fee"]

    def facts(self) -> dict[str, Any]:
        return {"visit_fee": False, **self.cleaned_data}


class RejudgeForm(StepForm):
    nature = forms.ChoiceField(label=gettext_lazy("性质"), widget=forms.RadioSelect, choices=Nature.choices)
    reason = TextField(label=gettext_lazy("改判原因"), lines=2, max_length=200)

    def fit(self) -> None:
        self.initial.setdefault("nature", self.record.nature)


class CancelForm(StepForm):
    reason = forms.ChoiceField(
        label=gettext_lazy("原因"), widget=forms.RadioSelect, choices=Ticket.CancelReason.choices
    )
    words = TextField(label=gettext_lazy("说明"), required=False, lines=2, max_length=200)


class IssueForm(StepForm):
    """To whom the dispatch order goes."""

    technician = forms.ModelChoiceField(label=gettext_lazy("维修人"), queryset=User.objects.none())
    performer_on_site = forms.BooleanField(label=gettext_lazy("技工还在现场，单据随后送到"), required=False)

    def fit(self) -> None:
        people = technicians(self.record.community_id, self.record.trade_id)
        field = self.fields["technician"]
        field.queryset = User.objects.filter(pk__in=[person.pk for person in people])  # type: ignore[attr-defined]
        if self.record.technician_id:
            self.initial.setdefault("technician", self.record.technician_id)
        if self.record.urgency == "routine":
            del self.fields["performer_on_site"]

    def facts(self) -> dict[str, Any]:
        return {"performer_on_site": False, **self.cleaned_data}


class AgreementForm(StepForm):
    """What the agreement says besides the accepted lines (A.6)."""

    party = TextField(label=gettext_lazy("甲方（客户）"), max_length=20)
    scope = TextField(label=gettext_lazy("维修项目及范围"), lines=2, max_length=300)
    materials = TextField(label=gettext_lazy("材料约定"), max_length=200)
    starts_on = forms.DateField(
        label=gettext_lazy("开工"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label=gettext_lazy("完工"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    guarantee_months = forms.IntegerField(label=gettext_lazy("质量保证（月）"), min_value=0, max_value=120, initial=3)

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

    def facts(self) -> dict[str, Any]:
        return {"agreement": Agreement(**self.cleaned_data)}


class SignAgreementForm(StepForm):
    """Both sides signed on paper; a tenant needs the owner's written word (G18)."""

    owner_signs = forms.TypedChoiceField(
        label=gettext_lazy("谁签的字"), widget=forms.RadioSelect, coerce=lambda value: value == "1", initial="1",
        choices=[("1", gettext_lazy("业主本人")), ("0", gettext_lazy("他人代签，附业主书面同意"))],
    )  # fmt: skip
    owner_word = TextField(label=gettext_lazy("书面同意的凭据"), required=False, max_length=100)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("owner_signs") is False and not data.get("owner_word"):
            self.add_error("owner_word", _("写明业主书面同意的凭据，例如“微信留言 11-23”。"))
        return data


class ReceiveForm(StepForm):
    """Money received: how much, how, from whom; less than owed only with a reason (A.7)."""

    method = forms.ChoiceField(
        label=gettext_lazy("收款方式"),
        widget=forms.RadioSelect,
        choices=Payment.Method.choices,
        initial=Payment.Method.CASH,
    )
    amount = MoneyInput(label=gettext_lazy("金额"))
    payer = TextField(label=gettext_lazy("交款人"), max_length=20)
    reference = TextField(label=gettext_lazy("交易号"), required=False, max_length=30)
    part_because = TextField(label=gettext_lazy("分次付款的原因"), required=False, max_length=60)

    def fit(self) -> None:
        self.initial.setdefault("amount", self.record.balance)
        self.initial.setdefault("payer", self.record.reporter_name)


class ApprovedForm(StepForm):
    """A reason, and from ¥500.00 the manager who approved."""

    reason = TextField(label=gettext_lazy("原因"), max_length=100)
    approved_by = forms.ModelChoiceField(
        label=gettext_lazy("核准的经理（满 ¥500.00）"), queryset=User.objects.none(), required=False
    )

    def fit(self) -> None:
        self.fields["approved_by"].queryset = holders(MG, within=self.record.community_id)  # type: ignore[attr-defined]


class VoidReceiptForm(StepForm):
    reason = TextField(label=gettext_lazy("作废原因"), max_length=100)
    three_copies = forms.BooleanField(label=gettext_lazy("三联已收齐"), required=False)


class AcceptSlipForm(StepForm):
    """The customer's opinion and signature (5.5.1-7)."""

    opinion = forms.ChoiceField(
        label=gettext_lazy("验收意见"),
        widget=forms.RadioSelect,
        initial=Slip.Opinion.SATISFIED,
        choices=[choice for choice in Slip.Opinion.choices if choice[0] != "failed"],
    )
    words = TextField(label=gettext_lazy("客户补充"), required=False, lines=2, max_length=100)
    name = TextField(label=gettext_lazy("签字人"), max_length=20)
    strokes = StrokesField(label=gettext_lazy("客户签字"))
    on_paper = forms.BooleanField(label=gettext_lazy("客户已在纸单上签字"), required=False)

    def fit(self) -> None:
        self.initial.setdefault("name", self.record.ticket.reporter_name)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("strokes") and not data.get("on_paper") and "strokes" not in self.errors:
            self.add_error("on_paper", _("请客户签字，或勾选“客户已在纸单上签字”。"))
        return data

    def facts(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        if data.pop("on_paper"):
            data["strokes"] = []
        return data


class VoidSlipForm(StepForm):
    reason = TextField(label=gettext_lazy("作废原因"), max_length=100)


class HandOverForm(forms.Form):
    """A technician's cash, item by item, and what was counted."""

    payments = forms.ModelMultipleChoiceField(
        label=gettext_lazy("款项"), queryset=Payment.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    counted = MoneyInput(label=gettext_lazy("清点金额"))

    def __init__(self, *args: Any, technician: User, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.technician, self.by = technician, by
        rows = (
            Payment.objects.visible_to(by)
            .in_hand()
            .filter(received_by=technician)
            .select_related("ticket__unit", "ticket__component")
        )
        self.fields["payments"].queryset = rows  # type: ignore[attr-defined]
