"""What is signed on a slip: finished by its performer, refused or rejected by a customer, looked at by the engineering supervisor."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.fields import DayField, QuantityField, StrokesField, TextField
from people.models import User
from people.queries import holders, supervisors
from people.roles import DU, ES, FD, MG, SS, TE
from tickets.forms import StepForm, ToldForm
from workorders.models import Signature, Slip
from workorders.states import Kind

CUSTOMER = gettext_lazy("客户签字"), gettext_lazy("客户已签在纸单上")
TECHNICIAN = gettext_lazy("维修人签字"), gettext_lazy("维修人已签在纸单上")
BUILDER = gettext_lazy("施工单位签字"), gettext_lazy("施工单位已签在纸单上")
ENGINEERING = gettext_lazy("工程主管签字"), gettext_lazy("工程主管已签在纸单上")
HOURS_MOST = Decimal(999)


class SignedForm(ToldForm):
    """A signature on the screen, or the word that it stands on the paper; `signs` are the words of pad and tick."""

    signs: tuple[str | Promise, str | Promise] = CUSTOMER
    strokes = StrokesField(label=gettext_lazy("签字"))
    on_paper = forms.BooleanField(
        label=gettext_lazy("已签在纸单上"), required=False, widget=forms.CheckboxInput(attrs={"data-on-paper": True})
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("strokes") and not data.get("on_paper") and "strokes" not in self.errors:
            self.add_error("strokes", _("签字，或勾选“已签在纸单上”。"))
        return data

    def facts(self) -> dict[str, Any]:
        data = super().facts()
        return {**data, "strokes": None} if data.pop("on_paper") else data


class FinishForm(SignedForm):
    """What was done, and the performer's signature (A.2 to A.4): of a builder's work his person, of a public one hours and 「无」."""

    work = TextField(label=gettext_lazy("维修情况"), lines=3, min_length=2, max_length=300)
    unused_confirmed = forms.BooleanField(
        label=gettext_lazy("未用，不收"),
        error_messages={"required": gettext_lazy("勾选“未用，不收”，或先把用料列上。")},
    )
    no_parts = forms.BooleanField(label=gettext_lazy("无：没有用料"), required=False)
    hours = QuantityField(label=gettext_lazy("人工时"), required=False, help_text=gettext_lazy("小时，例如 2.5"))
    renewed_until = DayField(label=gettext_lazy("返修部位新届满日"), required=False)
    name = TextField(label=gettext_lazy("施工单位签字人"), max_length=20)

    def fit(self) -> None:
        super().fit()
        slip: Slip = self.record
        self.unlisted = [{**line, "amount": Decimal(line["amount"])} for line in slip.unlisted_materials]
        asked = {
            "unused_confirmed": bool(self.unlisted),
            "no_parts": slip.kind == Kind.FACILITY and not slip.part_rows,
            "hours": slip.kind == Kind.FACILITY,
            "renewed_until": slip.kind == Kind.WARRANTY and bool(slip.builder and slip.builder.renews_term),
            "name": bool(slip.builder_id),
        }
        for name in (name for name, needed in asked.items() if not needed):
            del self.fields[name]
        self.order_fields(["work", "unused_confirmed", "no_parts", "hours", "renewed_until", "name"])
        self._word(slip)
        survey = slip.ticket.surveys.last()
        self.initial.setdefault("work", slip.work or (survey.work if survey else ""))
        self.initial.setdefault("name", slip.collected_name)
        self.initial.setdefault("no_parts", slip.no_parts)
        self.initial.setdefault("hours", slip.hours)

    def _word(self, slip: Slip) -> None:
        """Name the fields as the paper of this kind does."""
        self.signs = BUILDER if slip.builder_id else TECHNICIAN
        work = cast(Any, self.fields["work"])
        if slip.kind == Kind.WARRANTY:
            work.label, work.help_text = _("维修内容、用料"), _("不写价格")
        elif slip.kind == Kind.FACILITY:
            work.label = _("处理情况")
        if "on_behalf_of" in self.fields and slip.builder_id:
            self.fields["on_behalf_of"].label = _("现场监督")

    def clean_hours(self) -> Decimal | None:
        hours: Decimal | None = self.cleaned_data["hours"]
        if hours and (hours > HOURS_MOST or hours != hours.quantize(Decimal("0.01"))):
            raise forms.ValidationError(_("人工时最多两位小数，不超过 999。"), code="hours")
        return hours

    def clean_renewed_until(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["renewed_until"]
        if day and day <= clock.today():
            raise forms.ValidationError(_("新届满日要晚于今天。"), code="past")
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "no_parts" in self.fields and not data.get("no_parts"):
            self.add_error("no_parts", _("没有列用料：先填配件，或勾选“无”。"))
        return data


class RejectForm(SignedForm):
    """不合格, signed (A.2): by the customer, or by the engineering supervisor where he accepts."""

    name = TextField(label=gettext_lazy("签字的客户"), max_length=20)
    words = TextField(label=gettext_lazy("哪里不合格"), lines=2, max_length=100)

    def fit(self) -> None:
        super().fit()
        self.order_fields(["words", "name"])
        slip: Slip = self.record
        if self.as_supervisor:
            del self.fields["name"]
            self.signs = ENGINEERING
        elif Signature.Role.CUSTOMER not in slip.signatories:
            self.fields["name"].label, self.signs = _("签字的工程主管"), ENGINEERING
            self.initial.setdefault("name", next((one.name for one in supervisors(slip.community_id)), ""))
        else:
            self.initial.setdefault("name", slip.ticket.reporter_name)

    @property
    def as_supervisor(self) -> bool:
        """Does the supervisor reject in his own name?"""
        mine = Signature.Role.ENGINEERING in self.record.signatories
        return mine and self.by.may(ES, within=self.record.community_id)

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "name": self.by.name} if self.as_supervisor else super().facts()


class CountersignForm(SignedForm):
    """The engineering supervisor's look on site (5.5.2-5, 5.5.3-3): 合格, or 不合格 and the work goes on."""

    signs = ENGINEERING
    opinion = forms.ChoiceField(
        label=gettext_lazy("现场查看意见"), widget=forms.RadioSelect, initial=Slip.Opinion.PASSED,
        choices=[(each.value, each.label) for each in (Slip.Opinion.PASSED, Slip.Opinion.FAILED)],
    )  # fmt: skip
    words = TextField(label=gettext_lazy("说明"), required=False, lines=2, max_length=100)

    def fit(self) -> None:
        super().fit()
        self.fields.pop("on_behalf_of", None)  # nobody signs it for another
        self.order_fields(["opinion", "words"])

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("opinion") == Slip.Opinion.FAILED and not data.get("words") and "words" not in self.errors:
            self.add_error("words", _("写明哪里不合格。"))
        return data

    def seen(self) -> str:
        """What is signed: another content by now is another signature."""
        return str(self.record.content_hash)[:16]


class RefusalForm(StepForm):
    """The customer will not sign (lives.md §4): why, and who was there besides him who did the work."""

    because = TextField(label=gettext_lazy("拒签原因"), lines=2, max_length=100)
    witness = forms.ModelChoiceField(
        label=gettext_lazy("见证人"), queryset=User.objects.none(), empty_label=gettext_lazy("选定见证人"),
        help_text=gettext_lazy("完工人以外、当时在场的人"),
    )  # fmt: skip

    def fit(self) -> None:
        people = holders(FD, DU, SS, TE, ES, MG, within=self.record.community_id)
        done_by = self.record.finished_by_id or self.record.technician_id
        cast(Any, self.fields["witness"]).queryset = people.exclude(pk=done_by)
