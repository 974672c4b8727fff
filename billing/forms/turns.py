"""What takes a repair out of its way: judged anew, cancelled."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import TextField
from tickets.forms.moves import natures
from tickets.forms.shared import StepForm
from tickets.models import Ticket


class RejudgeForm(StepForm):
    """Another nature, and why (G10, G20)."""

    nature = forms.ChoiceField(label=gettext_lazy("性质"), widget=forms.RadioSelect)
    reason = TextField(label=gettext_lazy("改判原因"), lines=2, max_length=200)

    def fit(self) -> None:
        cast(forms.ChoiceField, self.fields["nature"]).choices = natures(self.record)
        self.initial.setdefault("nature", self.record.nature)
        if self.record.objected_at:
            self.fields["nature"].help_text = _("客户有异议；维持原判也在这里写明原因")

    def clean_nature(self) -> str:
        nature: str = self.cleaned_data["nature"]
        if nature == self.record.nature and not self.record.objected_at:
            raise forms.ValidationError(_("性质没有变，选另一种。"), code="same")
        return nature

    def seen(self) -> str:
        return str(self.record.nature)


class CancelForm(StepForm):
    """Why the repair is taken off the list (C.1)."""

    reason = forms.ChoiceField(
        label=gettext_lazy("原因"), widget=forms.RadioSelect, choices=Ticket.CancelReason.choices
    )
    words = TextField(label=gettext_lazy("说明"), required=False, lines=2, max_length=200)

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)
