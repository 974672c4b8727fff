"""A technician's step, on his phone or as told at the desk."""

from __future__ import annotations

from django import forms

from core.fields import MomentField
from tickets.forms import ToldForm


class FactForm(ToldForm):
    """A technician's step: from his own phone it carries the moment of the tap (lives.md §0.4)."""

    def fit(self) -> None:
        super().fit()
        if "at" not in self.fields:
            self.fields["at"] = MomentField(required=False, widget=forms.HiddenInput(attrs={"data-tap": True}))
