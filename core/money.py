"""Money: Decimal yuan with two places, from 0.00 to 999,999.99, never rounded silently."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.text import plain_figures

LARGEST = Decimal("999999.99")
AGREEMENT_FROM = Decimal("500.00")
ZERO = Decimal("0.00")
# The same mistakes in a form, where a sentence names its field.
MISTAKES = {
    "money": gettext_lazy("%(label)s写成数字，例如 1250.50。"),
    "money_places": gettext_lazy("%(label)s最多两位小数。"),
    "money_large": gettext_lazy("%(label)s不能超过 ¥999,999.99。"),
}
SPELLING = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]*)?|\.[0-9]+")


def parsed(text: str) -> Decimal:
    """1,250 · １２５０ · ¥1250.5 as Decimal with two places; ValidationError for anything else, three places included."""
    plain = plain_figures(text).strip().lstrip("¥￥").strip().removesuffix("元").strip()
    if not SPELLING.fullmatch(plain):
        raise ValidationError(_("金额写成数字，例如 1250.50。"), code="money")
    amount = Decimal(plain.replace(",", ""))
    if amount != amount.quantize(ZERO):
        raise ValidationError(_("金额最多两位小数。"), code="money_places")
    if amount > LARGEST:
        raise ValidationError(_("金额不能超过 ¥999,999.99。"), code="money_large")
    return amount.quantize(ZERO)


def shown(amount: Decimal) -> str:
    """¥1,250.00; a negative sum with its sign in front."""
    return f"{'−' if amount < 0 else ''}¥{abs(amount):,.2f}"


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """A column of yuan."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 9)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)


class MoneyInput(forms.CharField):
    """A typed sum, in any of the spellings people use; cleaned to Decimal."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20)
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "class": "input end", "autocomplete": "off"})
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return parsed(text) if text else None
        except ValidationError as error:
            if not self.label:
                raise
            raise ValidationError(MISTAKES[error.code or "money"] % {"label": self.label}, code=error.code) from None

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.2f}" if isinstance(value, Decimal) else value
