"""Form fields that clean what people type: text, telephone, moments of Shanghai, signatures."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import SHANGHAI, local
from core.text import cleaned, plain_figures, telephone

LARGEST_SIGNATURE = 200_000
FEWEST_STROKES = 2
FIGURES = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


class TextField(forms.CharField):
    """One line, or several with lines=N, without control characters."""

    def __init__(self, *, lines: int = 1, **kwargs: Any) -> None:
        self.lines = lines
        if lines > 1:
            kwargs.setdefault("widget", forms.Textarea(attrs={"rows": lines}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        try:
            return cleaned(super().to_python(value) or "", lines=self.lines > 1)
        except ValidationError as error:
            if not self.label:
                raise
            sentence = _("%(label)s含有不能显示的字符。删去后重新输入。") % {"label": self.label}
            raise ValidationError(sentence, code=error.code) from None


class TelephoneField(forms.CharField):
    """A telephone number, cleaned to digits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 30)
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        return telephone(text) if text else ""


class MomentField(forms.DateTimeField):
    """A moment on the wall clock of Shanghai, as <input type=datetime-local>; cleaned to an aware datetime."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
        kwargs.setdefault("input_formats", ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"])
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> dt.datetime | None:
        moment: dt.datetime | None
        try:
            moment = dt.datetime.fromisoformat(value)
        except (ValueError, TypeError):
            moment = super().to_python(value)
        return moment.replace(tzinfo=SHANGHAI) if moment and moment.tzinfo is None else moment

    def prepare_value(self, value: Any) -> Any:
        return local(value).replace(tzinfo=None) if isinstance(value, dt.datetime) and value.tzinfo else value


class DayField(forms.DateField):
    """A day, as <input type=date>; its mistake names the field."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**kwargs)
        self.error_messages["invalid"] = gettext_lazy("日期写成 2026-11-26 这样。")


class QuantityField(forms.CharField):
    """A quantity above zero with up to three decimals, cleaned to Decimal."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 12)
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "class": "input end", "autocomplete": "off"})
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        plain = plain_figures(cleaned(text)).replace(",", "")
        if not FIGURES.fullmatch(plain):
            raise ValidationError(_("数量写成数字，例如 1 或 4.5。"), code="quantity")
        amount = Decimal(plain)
        if amount <= 0 or amount > 99999 or amount != amount.quantize(Decimal("0.001")):
            raise ValidationError(_("数量要大于 0，最多三位小数。"), code="quantity")
        return amount

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class StrokesField(forms.CharField):
    """Strokes of a signature pad as JSON: polylines of points between 0 and 1; empty means signed on paper."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("widget", forms.HiddenInput)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> list[list[list[float]]]:
        text = super().clean(value)
        if not text:
            return []
        try:
            if len(text) > LARGEST_SIGNATURE:
                raise ValueError
            strokes = [[[_unit(x), _unit(y)] for x, y in stroke] for stroke in json.loads(text)]
        except (ValueError, TypeError, RecursionError):
            raise ValidationError(_("签字没有存好，重签一次。"), code="strokes") from None
        if len(strokes) < FEWEST_STROKES:
            raise ValidationError(_("签字太短，重签一次。"), code="strokes")
        return strokes


def _unit(value: Any) -> float:
    number = round(float(value), 4)
    if not 0 <= number <= 1:
        raise ValueError
    return number
