"""One form a step of a slip: who, when, why, signatures, copies."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.fields import DayField, TextField
from people.models import User
from people.queries import technicians
from tickets.forms import StepForm, ToldForm, WindowField
from tickets.queries import slots
from workorders.custody import ORDINAL
from workorders.models import Holder


class CollectForm(StepForm):
    """The three sheets together; a builder's person who takes them is named (5.5.2-4)."""

    name = TextField(label=gettext_lazy("领单人"), max_length=20)

    def fit(self) -> None:
        if not self.record.builder_id:
            del self.fields["name"]
            return
        self.initial.setdefault("name", self.record.builder.contact)


class ArriveForm(ToldForm):
    """On site: when, and told by whom; of a builder's coming whoever of the house saw it."""

    def fit(self) -> None:
        super().fit()
        if self.record.builder_id and "on_behalf_of" in self.fields:
            self.fields["on_behalf_of"].label = _("现场监督")


class LeaveForm(ToldForm):
    """Gone before it was done (G3): why, and when next."""

    WHY = (
        ("absent", gettext_lazy("客户不在")), ("parts", gettext_lazy("等配件")),
        ("customer", gettext_lazy("客户要求改时间")), ("other", gettext_lazy("其他")),
    )  # fmt: skip
    why = forms.ChoiceField(label=gettext_lazy("为何离场"), widget=forms.RadioSelect, choices=WHY)
    words = TextField(label=gettext_lazy("说明"), required=False, lines=2, max_length=200)
    parts_on = DayField(
        label=gettext_lazy("配件哪天到"), required=False,
        widget=forms.DateInput(attrs={"type": "date", "data-when": "why=parts"}, format="%Y-%m-%d"),
    )  # fmt: skip
    window = WindowField(
        label=gettext_lazy("下次上门"), required=False, help_text=gettext_lazy("还没约好就空着，24 小时内再约")
    )

    def fit(self) -> None:
        super().fit()
        ticket = self.record.ticket
        cast(WindowField, self.fields["window"]).offer(
            slots(ticket.community, self.record.trade, clock.now(), besides=ticket.pk)
        )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("why") == "other" and not data.get("words"):
            self.add_error("words", _("写明离场的原因。"))
        if data.get("why") == "parts" and not (data.get("parts_on") or data.get("window") or self.errors):
            self.add_error("parts_on", _("写明配件哪天到。"))
        return data

    def clean_parts_on(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["parts_on"]
        if day and day < clock.today():
            raise forms.ValidationError(_("这一天已过，选今天以后。"), code="past")
        return day


class ReassignForm(StepForm):
    """Another technician of the trade."""

    to = forms.ModelChoiceField(
        label=gettext_lazy("改派给"), queryset=User.objects.none(), empty_label=gettext_lazy("选定维修人")
    )

    def fit(self) -> None:
        people = technicians(self.record.community_id, self.record.trade_id)
        others = [person.pk for person in people if person.pk != self.record.technician_id]
        self.fields["to"].queryset = User.objects.filter(pk__in=others)  # type: ignore[attr-defined]


class UnfinishForm(StepForm):
    because = TextField(label=gettext_lazy("退回原因"), lines=2, max_length=200)


class TakeInForm(StepForm):
    """Which copies lie on the desk now."""

    copies = forms.TypedMultipleChoiceField(
        label=gettext_lazy("收回哪几联"), coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def fit(self) -> None:
        out = [copy.number for copy in self.record.copies.all() if copy.holder not in {Holder.DESK, Holder.LOST}]
        # Offered: what is out. Accepted: all three, so that who comes second is told who was first, not that his choice is unknown.
        self.fields["copies"].choices = [(n, ORDINAL[n]) for n in (out if not self.is_bound else (1, 2, 3))]  # type: ignore[attr-defined]
        self.initial.setdefault("copies", [n for n in out if n != 3] if self.record.accepted_at else out)


class LostForm(StepForm):
    """Which copy is lost (G8)."""

    number = forms.TypedChoiceField(
        label=gettext_lazy("哪一联"), coerce=int, choices=list(ORDINAL.items()), widget=forms.RadioSelect
    )


class DeclareLostForm(LostForm):
    because = TextField(label=gettext_lazy("何时、怎样遗失"), lines=2, max_length=100)


class ApproveLostForm(LostForm):
    """Declared ones only."""

    def fit(self) -> None:
        declared = list(self.record.copies.exclude(lost_by=None).exclude(holder=Holder.LOST))
        if not self.is_bound:
            choices = [(copy.number, f"{ORDINAL[copy.number]}{_('：')}{copy.lost_because}") for copy in declared]
            self.fields["number"].choices = choices  # type: ignore[attr-defined]
            self.initial.setdefault("number", declared[0].number if declared else None)


class UndoForm(LostForm):
    """The copy whose scan is taken back."""
