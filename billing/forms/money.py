"""Money in hand: received, waived, given back, handed over."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.charging import over
from billing.models import Payment
from billing.till import miscounted, needs_manager
from core.fields import TextField
from core.money import ZERO, MoneyInput
from tickets.forms.shared import StepForm, speak

CASH = Payment.Method.CASH


class ReceiveForm(StepForm):
    """Money received: how much, how, from whom; less than owed only with a reason (A.7)."""

    method = forms.ChoiceField(
        label=gettext_lazy("收款方式"), widget=forms.RadioSelect, choices=Payment.Method.choices, initial=CASH
    )
    amount = MoneyInput(label=gettext_lazy("金额"))
    reference = TextField(
        label=gettext_lazy("交易号"), required=False, max_length=30, help_text=gettext_lazy("后四位即可")
    )
    payer = TextField(label=gettext_lazy("交款人"), max_length=20)
    part_because = TextField(label=gettext_lazy("分次付款的原因"), required=False, max_length=60)

    def fit(self) -> None:
        self.initial.setdefault("amount", max(self.record.balance, ZERO))
        self.initial.setdefault("payer", self.record.reporter_name)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("amount") is not None and (sentence := self.does_not_fit(data["amount"])):
            self.add_error("amount", sentence)
        if data.get("method") not in {None, CASH} and not data.get("reference") and "reference" not in self.errors:
            self.add_error("reference", _("填交易号（后四位即可）。"))
        return data

    def does_not_fit(self, amount: Decimal) -> str:
        """Why this sum cannot be taken as it is; empty when it can."""
        owed = self.record.balance
        if amount <= ZERO:
            return _("金额要大于 0。")
        if amount > owed:
            return over(amount, owed)
        if amount < owed and not self.cleaned_data.get("part_because"):
            return over(amount, owed) + _("分次付款要写原因。")
        return ""

    def facts(self) -> dict[str, Any]:
        """A reference belongs to what was not cash, a reason to what is less than owed."""
        data = dict(self.cleaned_data)
        if data["method"] == CASH:
            data["reference"] = ""
        if data["amount"] >= self.record.balance:
            data["part_because"] = ""
        return data


class WaiveForm(StepForm):
    """How much of what is owed is waived, and why."""

    amount = MoneyInput(label=gettext_lazy("减免金额"))
    reason = TextField(label=gettext_lazy("原因"), max_length=100)
    manager = False

    def fit(self) -> None:
        if needs_manager(self.record, self.record.balance) is self.manager:
            self.initial.setdefault("amount", max(self.record.balance, ZERO))

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if amount <= ZERO:
            raise forms.ValidationError(_("金额要大于 0。"), code="nothing")
        if amount > self.record.balance:
            raise forms.ValidationError(over(amount, self.record.balance), code="over")
        if needs_manager(self.record, amount) is not self.manager:
            raise forms.ValidationError(self.other_way(), code="manager")
        return amount

    def other_way(self) -> str:
        return _("满 ¥500.00 的减免要经理核准，用“报请减免”。")

    def seen(self) -> str:
        return str(self.record.balance)


class WaiveAskForm(WaiveForm):
    """The same, for the manager to approve."""

    manager = True

    def other_way(self) -> str:
        return _("不到 ¥500.00，不用报请，直接减免。")


class ReasonForm(StepForm):
    """Why money goes back."""

    reason = TextField(label=gettext_lazy("原因"), max_length=100)

    def seen(self) -> str:
        return str(self.record.amount)


class RefuseForm(StepForm):
    """Why the manager does not approve."""

    answer = TextField(label=gettext_lazy("不核准的原因"), lines=2, max_length=100)


class VoidReceiptForm(StepForm):
    """A receipt printed wrong (G19)."""

    reason = TextField(label=gettext_lazy("作废原因"), max_length=100)
    three_copies = forms.BooleanField(
        label=gettext_lazy("三联已收齐，都盖了“作废”章"),
        error_messages={"required": gettext_lazy("三联收齐才能作废。")},
    )


class HandOverForm(forms.Form):
    """A technician's cash, item by item, and what was counted in front of both."""

    payments = forms.ModelMultipleChoiceField(
        label=gettext_lazy("款项"),
        queryset=Payment.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("勾选要交的款项。"),
            "invalid_pk_value": gettext_lazy("其中有款项已交过。刷新后再收。"),
        },
    )
    counted = MoneyInput(label=gettext_lazy("清点金额"))
    together = forms.BooleanField(
        label=gettext_lazy("双方当面点清"),
        error_messages={"required": gettext_lazy("双方当面点清后勾选。")},
    )

    def __init__(self, *args: Any, rows: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(Any, self.fields["payments"]).queryset = rows
        speak(self)
        # Not one of his: another clerk was faster.
        self.fields["payments"].error_messages["invalid_choice"] = _("其中有款项已交过。刷新后再收。")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("payments") is not None and data.get("counted") is not None:
            total = sum((payment.amount for payment in data["payments"]), ZERO)
            if total != data["counted"]:
                self.add_error("counted", miscounted(data["counted"], total))
        return data
