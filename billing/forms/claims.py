"""Forms of a claim on the builder (G9): drawn up, sent, settled, given up."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.forms import formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import claims
from billing.charging import over
from billing.claim_prints import statement_of
from billing.forms.quotes import LINES_MOST, BaseLines, LineForm
from billing.models import Claim
from core import clock
from core.fields import DayField, TextField
from core.money import AGREEMENT_FROM, ZERO, MoneyInput, shown
from places.models import Builder
from tickets.forms.shared import StepForm
from tickets.models import Ticket

PAY_WITHIN = dt.timedelta(days=30)
NAMES = ("kind", "code", "name", "spec", "model", "unit", "quantity", "price")


class BaseClaimLines(BaseLines):
    """Labour from the price list of today, materials as used."""

    none = gettext_lazy("索赔单至少一行。")
    too_much = gettext_lazy("索赔合计不能超过 ¥999,999.99。")


ClaimLines = formset_factory(
    LineForm, formset=BaseClaimLines, extra=0, min_num=1, max_num=LINES_MOST, absolute_max=LINES_MOST, can_delete=True
)


class DraftClaimForm(StepForm):
    """What the repair in the builder's stead cost: the slips' materials stand there, labour is picked from the price list."""

    statement = TextField(label=gettext_lazy("事由"), lines=3, max_length=300)
    pay_by = DayField(label=gettext_lazy("付款期限"))

    def fit(self) -> None:
        data = self.data if self.is_bound else None
        self.lines = cast(BaseLines, ClaimLines(data, initial=None if data else self.begun(), prefix="lines"))
        self.lines.ticket, self.lines.standing = self.ticket, []
        self.initial.setdefault("statement", statement_of(self.ticket))
        self.initial.setdefault("pay_by", clock.today() + PAY_WITHIN)

    @property
    def ticket(self) -> Ticket:
        return cast(Ticket, self.record)

    def begun(self) -> list[dict[str, Any]]:
        """The lines that the slips give."""
        return [
            {name: getattr(line, name) for name in NAMES}
            for line in claims.materials_used(claims.unclaimed(self.ticket))
        ]

    def clean_pay_by(self) -> dt.date:
        day: dt.date = self.cleaned_data["pay_by"]
        if day < clock.today():
            raise forms.ValidationError(_("付款期限不早于今天。"), code="past")
        return day

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.lines.is_valid()])

    def facts(self) -> dict[str, Any]:
        return {"terms": claims.Terms(self.lines.lines(), self.cleaned_data["statement"], self.cleaned_data["pay_by"])}


class ReviseClaimForm(DraftClaimForm):
    """The same, of a claim that is not sent yet."""

    def fit(self) -> None:
        self.initial.setdefault("statement", self.record.statement)
        self.initial.setdefault("pay_by", self.record.pay_by)
        super().fit()

    @property
    def ticket(self) -> Ticket:
        return cast(Ticket, self.record.ticket)

    def begun(self) -> list[dict[str, Any]]:
        lines = [{name: line[name] for name in NAMES} for line in self.record.lines]
        return [{**line, "quantity": Decimal(line["quantity"]), "price": Decimal(line["price"])} for line in lines]

    def seen(self) -> str:
        return str(self.record.version)


class SendClaimForm(StepForm):
    """In which form, to whom."""

    form = forms.ChoiceField(label=gettext_lazy("发出形式"), widget=forms.RadioSelect)
    recipient = TextField(label=gettext_lazy("收件人"), max_length=20)

    def fit(self) -> None:
        written = [choice for choice in Builder.Form.choices if choice[0] != Builder.Form.PHONE]
        cast(forms.ChoiceField, self.fields["form"]).choices = written
        self.initial.setdefault("form", Builder.Form.LETTER)
        self.initial.setdefault("recipient", self.record.builder.contact)

    def seen(self) -> str:
        return str(self.record.total)


class SettleClaimForm(StepForm):
    """What came, how, and why it is less than asked."""

    amount = MoneyInput(label=gettext_lazy("实收金额"))
    how = forms.ChoiceField(label=gettext_lazy("到账方式"), widget=forms.RadioSelect, choices=Claim.How.choices)
    reference = TextField(label=gettext_lazy("凭证号"), required=False, max_length=30)
    reason = TextField(label=gettext_lazy("少收的原因"), required=False, max_length=100)

    def fit(self) -> None:
        self.initial.setdefault("amount", self.record.net)
        self.initial.setdefault("how", Claim.How.TRANSFER)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        amount, net = data.get("amount"), self.record.net
        if amount is None:
            return data
        if amount <= ZERO:
            self.add_error("amount", _("金额要大于 0。"))
        elif amount > net:
            self.add_error("amount", over(amount, net))
        elif amount < net and self.record.conceded + net - amount >= AGREEMENT_FROM:
            self.add_error("amount", _("少收满 ¥500.00 要经理核准，用“报请让步”。"))
        elif amount < net and not data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", over(amount, net) + _("少收要写原因。"))
        return data

    def seen(self) -> str:
        return str(self.record.net)


class EndClaimForm(StepForm):
    """Why it is given up or taken back."""

    reason = TextField(label=gettext_lazy("原因"), max_length=100)

    def seen(self) -> str:
        return str(self.record.net)


class AskClaimForm(StepForm):
    """How much of the claim is to be given up, for the manager to approve."""

    amount = MoneyInput(label=gettext_lazy("让步金额"))
    reason = TextField(label=gettext_lazy("原因"), max_length=100)

    def fit(self) -> None:
        self.fields["amount"].help_text = _("应赔 %(net)s；全部让步即放弃索赔") % {"net": shown(self.record.net)}

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if amount <= ZERO:
            raise forms.ValidationError(_("金额要大于 0。"), code="nothing")
        if amount > self.record.net:
            raise forms.ValidationError(over(amount, self.record.net), code="over")
        if self.record.conceded + amount < AGREEMENT_FROM:
            raise forms.ValidationError(_("不到 ¥500.00，不用报请，直接登记。"), code="small")
        return amount

    def seen(self) -> str:
        return str(self.record.net)
