"""The facts of a registration, to be put right."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import TelephoneField, TextField
from tickets.amending import FIELDS, PERSONAL
from tickets.forms.shared import StepForm
from tickets.models import Ticket


class AmendForm(StepForm):
    """Who reported, his telephone (masked; empty keeps it), what is wrong, the remark; a reason for a name or number."""

    reporter_name = TextField(label=gettext_lazy("报修人"), max_length=20)
    relation = forms.ChoiceField(label=gettext_lazy("身份"))
    phone = TelephoneField(label=gettext_lazy("联系电话"), required=False)
    fault = TextField(label=gettext_lazy("故障情况"), lines=2, min_length=4, max_length=200)
    remark = TextField(label=gettext_lazy("备注"), required=False, max_length=100)
    because = TextField(
        label=gettext_lazy("原因"), required=False, max_length=100, help_text=gettext_lazy("改报修人或电话时要写")
    )

    def fit(self) -> None:
        ticket = self.record
        for name in ("reporter_name", "relation", "fault", "remark"):
            self.initial.setdefault(name, getattr(ticket, name))
        patrol = ticket.relation == Ticket.Relation.PATROL
        choices = [each for each in Ticket.Relation.choices if (each[0] == Ticket.Relation.PATROL) == patrol]
        cast(forms.ChoiceField, self.fields["relation"]).choices = choices
        if ticket.phone:
            self.fields["phone"].help_text = _("现为 %(phone)s，不改就空着") % {"phone": ticket.masked_phone}

    def seen(self) -> str:
        """A digest: the page must not carry the number it masks."""
        said = "|".join(str(getattr(self.record, name)) for name in FIELDS)
        return salted_hmac("tickets.amend", said, algorithm="sha256").hexdigest()[:24]

    def clean_phone(self) -> str:
        return self.cleaned_data["phone"] or str(self.record.phone)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        changed = [name for name in FIELDS if name in data and data[name] != getattr(self.record, name)]
        if not changed and not self.errors:
            raise ValidationError(_("没有改动。改了再保存。"), code="same")
        if PERSONAL.intersection(changed) and not data.get("because"):
            self.add_error("because", _("改报修人或电话要写原因"))
        return data
