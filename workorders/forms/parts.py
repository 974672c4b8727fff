"""The parts of a slip: the company's with five items, the customer's with their inspection (5.5.1-5, -6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.forms import formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import QuantityField, TextField
from core.money import MoneyInput
from places.models import SparePart
from tickets.forms.shared import ToldForm, speak
from workorders.models import Part
from workorders.states import Kind

PARTS_MOST = 40
PASSED = [("", "—"), ("1", gettext_lazy("合格")), ("0", gettext_lazy("不合格"))]


class PartForm(forms.Form):
    """A row; its errors name the field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        speak(self)


class CompanyPartForm(PartForm):
    """A part of the company's: five items, copied from the spare parts where one was picked (5.5.1-6)."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    spare_part = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = TextField(label=gettext_lazy("名称"), max_length=30)
    spec = TextField(label=gettext_lazy("规格"), required=False, max_length=30)
    model = TextField(label=gettext_lazy("型号"), required=False, max_length=30)
    quantity = QuantityField(label=gettext_lazy("数量"), initial=Decimal(1))
    unit = TextField(label=gettext_lazy("单位"), max_length=4)
    price = MoneyInput(label=gettext_lazy("单价"))
    source = Part.Source.COMPANY

    def clean(self) -> dict[str, Any]:
        """A part picked from the list has the list's name and price, whatever was typed over them."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        kept = SparePart.objects.filter(pk=data["spare_part"]).first() if data.get("spare_part") else None
        if kept and data.get("name") == kept.name:
            data.update(spec=kept.spec, model=kept.model, unit=kept.unit, price=kept.price)
            for name in ("spec", "model", "unit", "price"):
                self.errors.pop(name, None)
        return data

    def fill(self, part: Part) -> Part:
        for name in ("name", "spec", "model", "quantity", "unit", "price"):
            setattr(part, name, self.cleaned_data[name])
        part.source = self.source
        return part


class CustomerPartForm(PartForm):
    """A part the customer brought: name, quantity and look inspected (5.5.1-5); a failed one is withdrawn or replaced (G6)."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = TextField(label=gettext_lazy("名称"), max_length=30)
    quantity = QuantityField(label=gettext_lazy("数量"), initial=Decimal(1))
    unit = TextField(label=gettext_lazy("单位"), required=False, max_length=4)
    name_ok = forms.TypedChoiceField(
        label=gettext_lazy("名称"), required=False, choices=PASSED, coerce=lambda v: v == "1", empty_value=None
    )
    quantity_ok = forms.TypedChoiceField(
        label=gettext_lazy("数量"), required=False, choices=PASSED, coerce=lambda v: v == "1", empty_value=None
    )
    look_ok = forms.TypedChoiceField(
        label=gettext_lazy("外观"), required=False, choices=PASSED, coerce=lambda v: v == "1", empty_value=None
    )
    inspection = TextField(label=gettext_lazy("检查备注"), required=False, max_length=60)
    withdrawn = forms.BooleanField(label=gettext_lazy("客户撤下不用"), required=False)
    source = Part.Source.CUSTOMER
    checks = ("name_ok", "quantity_ok", "look_ok")

    @property
    def inspected(self) -> list[forms.BoundField]:
        """The three answers of the inspection, for the page."""
        return [self[name] for name in self.checks]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if any(data.get(name) is False for name in self.checks) and not data.get("inspection"):
            self.add_error("inspection", _("写明哪里不合格。"))
        return data

    def fill(self, part: Part) -> Part:
        for name in ("name", "quantity", "unit", *self.checks, "inspection", "withdrawn"):
            setattr(part, name, self.cleaned_data[name])
        part.source = self.source
        return part


class PartRows(forms.BaseFormSet):  # type: ignore[type-arg]
    """The rows of one source; removed and untouched rows do not count."""

    def kept(self) -> list[Any]:
        rows = [form for form in self.forms if form.has_changed() and not form.cleaned_data.get("DELETE")]
        return [form for form in rows if form.cleaned_data.get("name")]

    def total_error_count(self) -> int:
        return sum(len(form.errors) for form in self.forms if form not in self.deleted_forms) + len(
            self.non_form_errors()
        )


def rows_of(form: type[PartForm]) -> Any:
    return formset_factory(
        form, formset=PartRows, extra=0, max_num=PARTS_MOST, absolute_max=PARTS_MOST, can_delete=True
    )


CompanyRows, CustomerRows = rows_of(CompanyPartForm), rows_of(CustomerPartForm)


class PartsForm(ToldForm):
    """The parts used, in two tables, and the one tick of the customer who has looked at the company's."""

    verified = forms.BooleanField(label=gettext_lazy("客户已当面验证公司提供的材料"), required=False)

    def fit(self) -> None:
        super().fit()
        data = self.data if self.is_bound else None
        rows = list(self.record.parts.all())
        self.with_customer = (
            self.record.kind == Kind.DISPATCH
        )  # nobody's customer in a hall: no parts of his, nobody to verify ours
        if not self.with_customer:
            del self.fields["verified"]
        self.company = CompanyRows(data, prefix="company", initial=None if data else self._company(rows))
        self.customer = CustomerRows(data, prefix="customer", initial=None if data else self._customer(rows))
        ours = [part for part in rows if part.source == Part.Source.COMPANY]
        self.initial.setdefault("verified", bool(ours) and all(part.verified_at for part in ours))
        self.spare_parts = SparePart.objects.all()

    def _company(self, rows: list[Part]) -> list[dict[str, Any]]:
        """What was listed before; at first the materials of the quote."""
        names = ("id", "name", "spec", "model", "quantity", "unit", "price")
        listed = [{name: getattr(part, name) for name in names} for part in rows if part.source == Part.Source.COMPANY]
        quoted = [line for line in self.record.lines if line.get("kind") == "material" and not line.get("struck")]
        return listed if rows else [
            {**{name: line[name] for name in ("name", "spec", "model", "unit")}, "quantity": Decimal(line["quantity"]), "price": Decimal(line["price"])}
            for line in quoted
        ]  # fmt: skip

    def _customer(self, rows: list[Part]) -> list[dict[str, Any]]:
        said = {None: "", True: "1", False: "0"}
        return [
            {
                **{name: getattr(part, name) for name in ("id", "name", "quantity", "unit", "inspection", "withdrawn")},
                **{name: said[getattr(part, name)] for name in CustomerPartForm.checks},
            }
            for part in rows
            if part.source == Part.Source.CUSTOMER
        ]

    @property
    def tables(self) -> list[Any]:
        return [self.company, self.customer] if self.with_customer else [self.company]

    def is_valid(self) -> bool:
        return all([super().is_valid(), *(table.is_valid() for table in self.tables)])

    def facts(self) -> dict[str, Any]:
        there = {part.pk: part for part in self.record.parts.all()}
        parts = [
            form.fill(there.get(form.cleaned_data.get("id") or 0) or Part())
            for table in self.tables
            for form in table.kept()
        ]
        return {"verified": False, **super().facts(), "parts": parts}
