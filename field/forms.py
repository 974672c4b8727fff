"""The customer's opinion, signature and payment on the technician's phone, in one form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Payment
from core.fields import TextField
from core.money import ZERO, MoneyInput
from field.queries import may_collect, to_pay
from workorders.forms.signing import SignedForm
from workorders.models import Slip

CASH, SCAN, DESK = "cash", "scan", "desk"


class SignForm(SignedForm):
    """Opinion and signature (5.5.1-7); where a small sum is due, how it is paid (5.2.2-1a, b)."""

    opinion = forms.ChoiceField(
        label=gettext_lazy("验收意见"),
        choices=Slip.Opinion.choices,
        initial=Slip.Opinion.SATISFIED,
        widget=forms.RadioSelect,
    )
    words = TextField(label=gettext_lazy("客户补充"), required=False, lines=2, max_length=100)
    name = TextField(label=gettext_lazy("签字人"), max_length=20)
    pay = forms.ChoiceField(
        label=gettext_lazy("收款"), widget=forms.RadioSelect, initial=CASH,
        choices=[(CASH, gettext_lazy("我收现金")), (SCAN, gettext_lazy("扫码付")), (DESK, gettext_lazy("到前台付"))],
    )  # fmt: skip
    method = forms.ChoiceField(
        label=gettext_lazy("扫的哪个码"), required=False, widget=forms.RadioSelect, initial=Payment.Method.WECHAT,
        choices=[(each.value, each.label) for each in (Payment.Method.WECHAT, Payment.Method.ALIPAY)],
    )  # fmt: skip
    reference = TextField(label=gettext_lazy("交易号后四位"), required=False, max_length=30)
    amount = MoneyInput(required=False, widget=forms.HiddenInput)

    def fit(self) -> None:
        super().fit()
        self.initial.setdefault("name", self.record.ticket.reporter_name)
        self.owed = to_pay(self.record)
        self.initial.setdefault("amount", self.owed)
        if self.owed <= ZERO or not may_collect(self.record.ticket):
            for name in ("pay", "method", "reference", "amount"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        failed = data.get("opinion") == Slip.Opinion.FAILED
        if failed and not data.get("words"):
            self.add_error("words", _("写明哪里不合格。"))
        if not failed and data.get("pay") == SCAN and not data.get("reference"):
            self.add_error("reference", _("填交易号（后四位即可）。"))
        return data
