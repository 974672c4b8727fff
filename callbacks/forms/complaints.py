"""Forms of complaints (SOP 3.1-2): who complains, of what, by when he is answered; the answer; his own word."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from callbacks.forms.calls import with_relation
from callbacks.models import Complaint
from core import clock
from core.fields import MomentField, TelephoneField, TextField
from people.roles import FD, SS
from places.models import Community, PublicArea, Unit
from tickets.forms import StepForm
from tickets.forms.finding import Where, find_place
from tickets.models import Caller, Ticket


class PromiseField(MomentField):
    """By when an answer is promised: later than now."""

    def clean(self, value: Any) -> dt.datetime | None:
        moment: dt.datetime | None = super().clean(value)
        if moment and moment <= clock.now():
            raise forms.ValidationError(_("答应答复的时间已过，选以后的时间。"), code="past")
        return moment


def way_field(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=Complaint.Way.choices, initial="phone", widget=forms.RadioSelect)


class ComplaintFields(StepForm):
    """What every complaint says; `complaint()` gives it unsaved."""

    content = TextField(label=gettext_lazy("投诉什么"), lines=3, min_length=4, max_length=500)
    kind = forms.ChoiceField(label=gettext_lazy("投诉类别"), choices=Complaint.Kind.choices, widget=forms.RadioSelect)
    severity = forms.ChoiceField(
        label=gettext_lazy("严重程度"), choices=[*Complaint.Severity.choices], required=False, widget=forms.RadioSelect
    )
    way = way_field(gettext_lazy("投诉方式"))
    promised = PromiseField(label=gettext_lazy("答应何时答复"), required=False)

    def promise_by(self, community: Community | None) -> None:
        """Say by when an answer is due where nothing else is promised."""
        if community:
            self.fields["promised"].help_text = _("空着是 %(hours)s 小时内") % {"hours": community.complaint_hours}

    def asked(self) -> dict[str, Any]:
        names = ("content", "kind", "severity", "way")
        return {name: self.cleaned_data[name] for name in names}


class PersonFields(forms.Form):
    """Who complains."""

    name = TextField(label=gettext_lazy("投诉人"), max_length=20, required=False)
    relation = forms.ChoiceField(label=gettext_lazy("身份"), choices=Ticket.Relation.choices, initial="owner")
    phone = TelephoneField(label=gettext_lazy("联系电话"), required=False)

    def need_person(self, data: dict[str, Any]) -> None:
        """Name and telephone, each named where it is missing."""
        for name, sentence in (("name", _("填写投诉人")), ("phone", _("填写联系电话"))):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, sentence)


class OnTicketForm(ComplaintFields, PersonFields):
    """A complaint about a repair: one of those who reported it complains, or somebody else."""

    who = forms.ChoiceField(label=gettext_lazy("谁投诉"), required=False, widget=forms.RadioSelect)
    field_order = ["who", "name", "relation", "phone", "content", "kind", "severity", "way", "promised"]

    def fit(self) -> None:
        self.promise_by(self.record.community)
        self.callers = (
            {str(caller.pk): caller for caller in self.record.callers.all()} if self.record.has_caller else {}
        )
        if not self.callers:
            del self.fields["who"]
            return
        named = [(pk, with_relation(caller)) for pk, caller in self.callers.items()]
        cast(forms.ChoiceField, self.fields["who"]).choices = [*named, ("", _("别人"))]
        self.initial.setdefault("who", named[0][0])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("who") and "who" not in self.errors:
            self.need_person(data)
        return data

    def facts(self) -> dict[str, Any]:
        """complaint (unsaved), promised."""
        data, ticket = self.cleaned_data, self.record
        typed = Caller(name=data["name"], relation=data["relation"], phone=data["phone"])
        person = self.callers.get(data.get("who", ""), typed)
        complaint = Complaint(
            **self.asked(), community=ticket.community, ticket=ticket, name=person.name, relation=person.relation, phone=person.phone
        )  # fmt: skip
        return {"complaint": complaint, "promised": data["promised"]}


class ComplaintForm(ComplaintFields, PersonFields):
    """A complaint on no repair: on a dwelling or a public area, or on a person and his telephone alone."""

    place_text = TextField(label=gettext_lazy("房号或公共区域"), required=False, max_length=60)
    place_kind = forms.CharField(required=False, widget=forms.HiddenInput)
    place_id = forms.CharField(required=False, widget=forms.HiddenInput)
    community = forms.ModelChoiceField(label=gettext_lazy("小区"), queryset=Community.objects.none(), empty_label=None)
    field_order = ["place_text", "community", "name", "relation", "phone", "content", "kind", "severity", "way", "promised"]  # fmt: skip

    place: Where | None = None

    def fit(self) -> None:
        mine = self.by.communities_as(FD, SS)
        rows = Community.objects.visible_to(self.by)
        rows = rows if mine is None else rows.filter(pk__in=mine)
        field = cast(Any, self.fields["community"])
        field.queryset = rows
        self.promise_by(next(iter(rows), None))
        self.initial.setdefault("community", next((row.pk for row in rows), None))
        if len(rows) < 2:
            field.widget, field.required = forms.HiddenInput(), False

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        said = (data.get(name) or "" for name in ("place_kind", "place_id", "place_text"))
        kind, pk, text = said
        self.place, sentence = find_place(self.by, kind, pk, text)
        if text and self.place is None:
            self.add_error("place_text", sentence)
        self.need_person(data)
        estate = self.place.community if self.place else data.get("community") or cast(Any, self.fields["community"]).queryset.first()  # fmt: skip
        if estate is None or not self.by.may(FD, SS, within=estate.pk):
            self.add_error("community" if "community" in self.visible else "place_text", _("选您负责的小区"))
        data["estate"] = estate
        return data

    @property
    def visible(self) -> set[str]:
        return {field.name for field in self.visible_fields()}

    def facts(self) -> dict[str, Any]:
        """complaint (unsaved), promised."""
        data, place = self.cleaned_data, self.place
        complaint = Complaint(
            **self.asked(), community=data["estate"], name=data["name"], relation=data["relation"], phone=data["phone"],
            unit=place if isinstance(place, Unit) else None, area=place if isinstance(place, PublicArea) else None,
        )  # fmt: skip
        return {"complaint": complaint, "promised": data["promised"]}


class AnswerForm(StepForm):
    """What the complainant is told, and what was found."""

    reply = TextField(label=gettext_lazy("答复内容"), lines=3, min_length=2, max_length=500)
    outcome = forms.ChoiceField(
        label=gettext_lazy("处理结论"), choices=Complaint.Outcome.choices, widget=forms.RadioSelect
    )
    way = way_field(gettext_lazy("怎样答复"))


class ContentForm(StepForm):
    """The complainant's own word: content."""

    word = TextField(label=gettext_lazy("投诉人怎么说"), lines=2, max_length=200)
    way = way_field(gettext_lazy("怎样问的"))


class NotContentForm(StepForm):
    """The complainant's own word: not content, and by when he hears again."""

    word = TextField(label=gettext_lazy("投诉人怎么说"), lines=2, max_length=200)
    way = way_field(gettext_lazy("怎样问的"))
    promised = PromiseField(label=gettext_lazy("答应何时再答复"), required=False)

    def fit(self) -> None:
        hours = self.record.community.complaint_hours
        self.fields["promised"].help_text = _("空着是 %(hours)s 小时内") % {"hours": hours}
