"""What follows a judgement: telling the customer, a day that was unknown (G10, G20)."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.fields import TextField
from places.models import Unit
from tickets.forms.shared import StepForm
from tickets.states import Nature

TOLD, OBJECTS = "agrees", "objects"
HOW = [("phone", gettext_lazy("电话")), ("in_person", gettext_lazy("当面")), ("wechat", gettext_lazy("微信"))]


class TellForm(StepForm):
    """How he was told, and what he says; an objection goes to the service supervisor."""

    how = forms.ChoiceField(label=gettext_lazy("怎样告知"), choices=HOW, initial="phone", widget=forms.RadioSelect)
    answer = forms.ChoiceField(
        label=gettext_lazy("客户怎么说"), widget=forms.RadioSelect,
        choices=[(TOLD, gettext_lazy("知道了")), (OBJECTS, gettext_lazy("有异议"))],
    )  # fmt: skip
    words = TextField(
        label=gettext_lazy("客户的话"),
        required=False,
        lines=2,
        max_length=200,
        help_text=gettext_lazy("有异议要写明理由"),
    )

    def clean(self) -> dict[str, object]:
        data: dict[str, object] = super().clean() or self.cleaned_data
        if data.get("answer") == OBJECTS and not data.get("words") and "words" not in self.errors:
            self.add_error("words", _("写明客户为何有异议"))
        return data

    def seen(self) -> str:
        """The judgement he was told of."""
        return str(self.record.nature)


class StartDayForm(StepForm):
    """Handover or completion day, and how it is known (G10)."""

    day = forms.DateField(label=gettext_lazy("日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    because = TextField(
        label=gettext_lazy("依据"), max_length=100, help_text=gettext_lazy("例如：开发商交付清单、竣工验收备案表")
    )

    def fit(self) -> None:
        home = isinstance(self.record.site, Unit) and self.record.component.place == "home"
        self.fields["day"].label = _("交付日") if home else _("竣工验收日")
        if not home:
            self.fields["day"].help_text = _("同一处、同一栋的其他报修也按这一天算质保")

    def clean_day(self) -> dt.date:
        day: dt.date = self.cleaned_data["day"]
        if day > clock.today():
            raise ValidationError(_("日期不能晚于今天"), code="future")
        return day

    def seen(self) -> str:
        return Nature(self.record.nature_guess).value
