"""Forms of the shift sheet: notes of its lines, both signatures with the own password, keys and tools."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.fields import TextField
from core.money import ZERO, MoneyInput
from core.text import cleaned
from desk.models import Kept
from people import throttle
from people.views import wait_sentence
from tickets.forms import StepForm

KEY = re.compile(r"[a-z]:[\w:-]{1,50}")
LONGEST, MOST = 100, 600


class VersionedForm(StepForm):
    """Signed or saved is what the page showed: a sheet that somebody changed since is a 409."""

    def seen(self) -> str:
        return str(self.record.version)


class NotesForm(VersionedForm):
    """`note-KEY` and `told-KEY` of every line, free words, what was paid in."""

    paid_in = MoneyInput(label=gettext_lazy("本班缴存"), required=False)
    remark = TextField(label=gettext_lazy("其他要交代的"), lines=4, required=False, max_length=1000)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        data["notes"] = {}
        for name in list(self.data)[:MOST]:
            verb, _dash, key = name.partition("-")
            if verb in {"note", "told"} and KEY.fullmatch(key):
                line = data["notes"].setdefault(key, {"note": "", "told": False})
                line[verb] = True if verb == "told" else self.words(self.data[name])
        data["notes"] = {key: line for key, line in data["notes"].items() if line["note"] or line["told"]}
        data["paid_in"] = data.get("paid_in") or ZERO
        return data

    def words(self, text: str) -> str:
        try:
            words = cleaned(text)
        except ValidationError as error:
            self.add_error(None, error)
            return ""
        if len(words) > LONGEST:
            self.add_error(None, _("每行备注最多 %(most)s 个字，现有 %(n)s 个") % {"most": LONGEST, "n": len(words)})
        return words[:LONGEST]


class SigningForm(VersionedForm):
    """Counted cash, and the own password as signature."""

    counted = MoneyInput(label=gettext_lazy("清点的现金"))
    password = forms.CharField(
        label=gettext_lazy("您的密码"), max_length=200, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "class": "input"}),
    )  # fmt: skip
    address = "::"

    def clean_password(self) -> str:
        """Wrong ones are counted like wrong sign-ins."""
        try:
            attempt = throttle.begin(self.by.username, self.address, known=True, at=clock.now())
        except throttle.Throttled as throttled:
            raise ValidationError(wait_sentence(throttled)) from None
        if not self.by.check_password(self.cleaned_data["password"]):
            raise ValidationError(_("密码不对。重新输入。"), code="password")
        throttle.succeeded(attempt)
        return ""


class HandForm(SigningForm):
    """The outgoing."""

    def facts(self) -> dict[str, Any]:
        return {"counted": self.cleaned_data["counted"]}


class TakeForm(SigningForm):
    """The incoming: a difference is written, not argued."""

    words = TextField(label=gettext_lazy("差异说明"), required=False, max_length=200)
    field_order = ["counted", "words", "password"]

    def facts(self) -> dict[str, Any]:
        return {"counted": self.cleaned_data["counted"], "words": self.cleaned_data["words"]}


class KeepForm(StepForm):
    """A key or a tool that is out of its place."""

    kind = forms.ChoiceField(
        label=gettext_lazy("是什么"), choices=Kept.Kind.choices, initial="key", widget=forms.RadioSelect
    )
    what = TextField(label=gettext_lazy("名称"), max_length=40)
    whom = TextField(label=gettext_lazy("谁的、借给谁"), max_length=40)
