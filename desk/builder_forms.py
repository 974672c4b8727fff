"""Forms of the set-up that stands beside the desk's work: builders and who built what."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import TelephoneField, TextField
from people.roles import ES, SS
from places.actions import BUILDER_FIELDS
from places.models import Builder, Building, BuiltBy, Community, Component
from tickets.forms import StepForm

Form = Builder.Form


class BuilderForm(StepForm):
    """A builder: whom to call, how its agreement wants it notified, and by when it must be there and done (A.8)."""

    name = TextField(label=gettext_lazy("单位名称"), max_length=40)
    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=Builder.Kind.choices, initial=Builder.Kind.BUILDER, widget=forms.RadioSelect)  # fmt: skip
    contact = TextField(label=gettext_lazy("联系人"), required=False, max_length=20)
    phone = TelephoneField(label=gettext_lazy("联系电话"), required=False)
    email = forms.EmailField(label=gettext_lazy("邮箱"), required=False, max_length=100)
    agreement = TextField(label=gettext_lazy("维保协议号"), required=False, max_length=30)
    form = forms.ChoiceField(label=gettext_lazy("一般通知的形式"), choices=Form.choices, initial=Form.CHAT, widget=forms.RadioSelect)  # fmt: skip
    form_urgent = forms.ChoiceField(label=gettext_lazy("紧急通知的形式"), choices=Form.choices, initial=Form.PHONE, widget=forms.RadioSelect)  # fmt: skip
    arrive_hours = forms.IntegerField(label=gettext_lazy("一般：几小时内到场"), min_value=1, max_value=240, initial=48)
    arrive_hours_urgent = forms.IntegerField(
        label=gettext_lazy("紧急：几小时内到场"), min_value=0, max_value=48, initial=2
    )
    finish_days = forms.IntegerField(label=gettext_lazy("一般：几天内完工"), min_value=1, max_value=90, initial=7)
    renews_term = forms.BooleanField(
        label=gettext_lazy("修好的部位，质保期重新起算"), required=False, help_text=gettext_lazy("协议写明的才勾")
    )

    def fit(self) -> None:
        if isinstance(self.record, Builder):
            for name in BUILDER_FIELDS:
                self.initial.setdefault(name, getattr(self.record, name))
        for name, (least, most) in {
            "arrive_hours": (1, 240),
            "arrive_hours_urgent": (0, 48),
            "finish_days": (1, 90),
        }.items():
            facts = {"label": self.fields[name].label, "least": least, "most": most}
            sentence = _("%(label)s写 %(least)s 到 %(most)s 的整数") % facts
            self.fields[name].error_messages["invalid"] = sentence
            for validator in self.fields[name].validators:
                validator.message = sentence  # type: ignore[attr-defined]
        self.fields["email"].error_messages["invalid"] = _("邮箱写成 name@example.com 的样子")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        forms_agreed = {data.get("form"), data.get("form_urgent")}
        if Form.EMAIL in forms_agreed and not data.get("email") and "email" not in self.errors:
            self.add_error("email", _("约定用邮件通知，填写邮箱"))
        if {Form.PHONE, Form.CHAT} & forms_agreed and not data.get("phone") and "phone" not in self.errors:
            self.add_error("phone", _("约定用电话或微信通知，填写联系电话"))
        return data

    def seen(self) -> str:
        """A digest of what the page showed, so that two supervisors do not write over each other."""
        if not isinstance(self.record, Builder):
            return ""
        said = "|".join(str(getattr(self.record, name)) for name in BUILDER_FIELDS)
        return salted_hmac("desk.builder", said, algorithm="sha256").hexdigest()[:24]


class NewBuilderForm(BuilderForm):
    """Of which estate, where one keeps several."""

    community = forms.ModelChoiceField(label=gettext_lazy("小区"), queryset=Community.objects.none(), empty_label=None)

    def fit(self) -> None:
        super().fit()
        places = self.by.communities_as(SS, ES)
        rows = Community.objects.order_by("code")
        cast(Any, self.fields["community"]).queryset = rows if places is None else rows.filter(pk__in=places)
        self.order_fields(["community", "name"])
        if cast(Any, self.fields["community"]).queryset.count() == 1:
            self.only = cast(Any, self.fields.pop("community")).queryset.get()

    def facts(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        return {"community": data.pop("community", None) or self.only, "facts": data}


class ShareForm(StepForm):
    """What this builder built: a part of a building, a part everywhere, or a whole building."""

    building = forms.ModelChoiceField(
        label=gettext_lazy("楼栋"), queryset=Building.objects.none(), required=False, empty_label=gettext_lazy("全小区")
    )
    component = forms.ModelChoiceField(
        label=gettext_lazy("部位"), queryset=Component.objects.none(), required=False, empty_label=gettext_lazy("整栋")
    )

    def fit(self) -> None:
        rows = Building.objects.filter(community=self.record.community_id)
        cast(Any, self.fields["building"]).queryset = rows.order_by("code")
        parts = Component.objects.exclude(place=Component.Place.MUNICIPAL).exclude(term=Component.Term.NONE)
        cast(Any, self.fields["component"]).queryset = parts

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not data.get("building") and not data.get("component"):
            raise ValidationError(_("选楼栋或部位，至少一项"), code="nothing")
        return data


class DropShareForm(StepForm):
    """Which line is to go."""

    share = forms.ModelChoiceField(
        label=gettext_lazy("分工"), queryset=BuiltBy.objects.none(), widget=forms.HiddenInput
    )

    def fit(self) -> None:
        cast(Any, self.fields["share"]).queryset = self.record.built.all()
        asked = self.data.get("share") or self.initial.get("share")
        self.initial.setdefault("share", asked)
