"""The registration of a report: place, person, part, fault, urgency, window, photos (SOP 5.1.1, 5.3, 5.5.1-1; domain A.1)."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.clock import local
from core.fields import MomentField, TextField
from core.text import telephone
from people.models import Trade, User
from people.roles import SS
from places.models import Community, Component, PublicArea, Unit
from places.safety import Script, scripts_of
from places.warranty import Verdict, verdict
from tickets.forms.finding import (
    Known,
    Where,
    call_began,
    earlier_repair,
    find_component,
    find_place,
    known_person,
    standing_repair,
    wrong_time,
)
from tickets.forms.moves import YES_NO, as_answer
from tickets.forms.pictures import PhotosField
from tickets.forms.recording import SafetyField, SafetyWidget
from tickets.forms.shared import CalledField, StepForm, TradeField, WindowField
from tickets.models import Place, Ticket
from tickets.queries import Candidate, Slot, crew, practising, recommended, slots
from tickets.states import Urgency

HERE = "here"
WORDED_URGENCY = [
    (Urgency.ROUTINE.value, gettext_lazy("一般，按约定")),
    (Urgency.PROMPT.value, gettext_lazy("急需，30 分钟到场")),
    (Urgency.URGENT.value, gettext_lazy("急修，30 分钟到场且不过夜")),
]


class RegisterForm(StepForm):
    """One report. `place`, `part`, `trade_chosen`, `warranty` and `person` are what was typed stands for, None while unknown."""

    place_text = TextField(label=gettext_lazy("房号、姓名、电话或拼音首字母"), required=False, max_length=60)
    place_kind = forms.CharField(required=False, widget=forms.HiddenInput)
    place_id = forms.CharField(required=False, widget=forms.HiddenInput)
    area = forms.ChoiceField(label=gettext_lazy("公共位置"), required=False)
    known = forms.CharField(required=False, widget=forms.HiddenInput)
    reporter_name = TextField(label=gettext_lazy("报修人"), max_length=20)
    relation = forms.ChoiceField(label=gettext_lazy("身份"), choices=Ticket.Relation.choices, initial="owner")
    phone = TextField(label=gettext_lazy("联系电话"), max_length=30)
    channel = forms.ChoiceField(
        label=gettext_lazy("报修方式"), choices=Ticket.Channel.choices, initial="phone", widget=forms.RadioSelect
    )
    call = forms.CharField(required=False, widget=forms.HiddenInput)
    called_at = MomentField(label=gettext_lazy("报修时间"), required=False)
    backdated_because = TextField(label=gettext_lazy("往前改的原因"), required=False, max_length=100)
    spot = forms.ChoiceField(
        label=gettext_lazy("报修部位"), choices=Ticket.Spot.choices, required=False, widget=forms.RadioSelect
    )
    component_text = TextField(label=gettext_lazy("部件"), required=False, max_length=60)
    component = forms.CharField(required=False, widget=forms.HiddenInput)
    trade = TradeField(label=gettext_lazy("工种"), queryset=Trade.objects.all(), required=False, empty_label="–")
    fault = TextField(label=gettext_lazy("故障情况"), lines=2, min_length=4, max_length=200)
    man_made = forms.ChoiceField(
        label=gettext_lazy("是否装修改动过"), choices=YES_NO, required=False, widget=forms.RadioSelect
    )
    urgency = forms.ChoiceField(
        label=gettext_lazy("紧急程度"), choices=WORDED_URGENCY, initial="routine", widget=forms.RadioSelect
    )
    window = WindowField(label=gettext_lazy("预约到场"), required=False)
    remark = TextField(label=gettext_lazy("备注"), required=False, max_length=100)
    photos = PhotosField(label=gettext_lazy("照片"), required=False)
    safety = SafetyField(label=gettext_lazy("安全步骤"), required=False)
    rework_of = forms.CharField(required=False, widget=forms.HiddenInput)
    to = CalledField(label=gettext_lazy("通知谁"), required=False)

    now: dt.datetime
    place: Where | None
    part: Component | None
    community: Community | None
    trade_chosen: Trade | None
    person: Known | None

    def fit(self) -> None:
        self.now = clock.now()
        where = self.said("place_kind"), self.said("place_id"), self.said("place_text")[:60]
        self.place, self.place_error = find_place(self.by, *where)
        named = self.said("component")[:20], self.said("component_text")[:60]
        self.part, self.part_error = find_component(*named, public=isinstance(self.place, PublicArea))
        self.community = self.place.community if self.place else None
        self.trade_chosen = self._find_trade()
        self.person = known_person(self.by, self.said("known"), self.place)
        self._offer()

    def said(self, name: str) -> str:
        """What the form was sent with, or begins with."""
        value = self.data.get(name) if self.is_bound else self.initial.get(name)
        return str(value or "").replace("\x00", "").strip()

    def _find_trade(self) -> Trade | None:
        code, proposed = self.said("trade")[:20], self.part.trade if self.part else None
        if not code or (proposed and code == proposed.pk):
            return proposed
        return Trade.objects.filter(pk=code).first() or proposed

    # Asked of the database only where they are shown or needed ---------------

    @cached_property
    def warranty(self) -> Verdict | None:
        """In or out of warranty today, once place and part are known."""
        return verdict(self.place, self.part, local(self.now).date()) if self.place and self.part else None

    @cached_property
    def people(self) -> list[User]:
        """The technicians of the trade."""
        return practising(self.community.pk, self.trade_chosen) if self.community and self.trade_chosen else []

    @cached_property
    def crew(self) -> list[Candidate]:
        """Who can be called out for this report."""
        if not self.community or not self.trade_chosen:
            return []
        return crew(self.community.pk, self.trade_chosen, self.now, self.people)

    @cached_property
    def slots(self) -> list[Slot]:
        """The next windows of the trade."""
        if not self.community or not self.trade_chosen:
            return []
        return slots(self.community, self.trade_chosen, self.now, self.people)

    # What the form offers ----------------------------------------------------

    @property
    def is_public(self) -> bool:
        """Is it no part of a home (SOP 1)?"""
        return isinstance(self.place, PublicArea) or bool(self.part and self.part.place != Place.HOME)

    @property
    def asks_man_made(self) -> bool:
        """In warranty is not enough: the desk asks (domain B.2)."""
        return bool(self.warranty and self.warranty.state == "in" and not self.is_public)

    @property
    def asks_area(self) -> bool:
        """A public fault told by somebody at home (G12)."""
        return isinstance(self.place, Unit) and self.is_public

    @property
    def scripts(self) -> list[Script]:
        """What is to be said and done first where this part is dangerous (domain B.3)."""
        return scripts_of(self.part.pk, pressing=True) if self.part else []

    @property
    def safety_times(self) -> str:
        """When lines were ticked, as it was sent: the list may come again, the times stay."""
        return self.said("safety_times")

    @property
    def is_danger(self) -> bool:
        """Are they to be shown whatever the urgency?"""
        return bool(self.part and any(self.part.pk in script.always for script in self.scripts))

    def _offer(self) -> None:
        safety = cast(SafetyField, self.fields["safety"])
        safety.offer(self.scripts, {}, self.part.pk if self.part else "")
        cast(SafetyWidget, safety.widget).own_times = False  # they outlive the list, which comes again with every part
        window = cast(WindowField, self.fields["window"])
        window.offer(cast(Any, SimpleLazyObject(lambda: self.slots)))
        window.widget.needed = True
        cast(TradeField, self.fields["trade"]).known = self.trade_chosen
        cast(forms.ChoiceField, self.fields["area"]).choices = self._areas()
        if self.wants_notice:
            cast(CalledField, self.fields["to"]).offer(self.crew)
        else:
            del self.fields["to"]

    def _areas(self) -> list[tuple[str, str]]:
        place = self.place
        if not isinstance(place, Unit) or not self.asks_area:
            return [("", "")]
        building = place.entrance.building_id
        areas = PublicArea.objects.filter(community=place.community).order_by("name")
        here = sorted(areas, key=lambda area: area.building_id != building)
        inside = (HERE, _("就在这一户（%(unit)s）") % {"unit": place.label})
        return [("", _("选公共位置")), *[(str(area.pk), area.name) for area in here], inside]

    # Cleaning ------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        self._clean_place(data)
        if self.part is None:
            self.add_error("component_text", self.part_error)
        self._clean_person(data)
        self._clean_time(data)
        if self.said("merge_into"):
            self._clean_duplicate(data)
            return data
        if data.get("urgency") == Urgency.ROUTINE and not data.get("window") and "window" not in self.errors:
            self.add_error("window", _("一般报修要选预约时间"))
        if self.asks_man_made and not data.get("man_made"):
            self.add_error("man_made", _("质保内，问清是否装修改动过"))
        self._clean_notice(data)
        return data

    def _clean_duplicate(self, data: dict[str, Any]) -> None:
        """Merged at once into a repair that stands: its window and its judgement hold for this report too (G13)."""
        data["into"] = standing_repair(self.by, self.said("merge_into"))
        data["window"] = data["to"] = None
        self.errors.pop("window", None)
        if data["into"] is None:
            self.add_error(None, _("没有这件报修可合并"))

    def _clean_notice(self, data: dict[str, Any]) -> None:
        """Whom to tell: the chosen one, else whom the page would have recommended."""
        if not self.wants_notice or not self.trade_chosen or not self.community or "to" in self.errors:
            return
        first = recommended(self.crew)
        data["to"] = data.get("to") or (first.who if first else None)
        if not data["to"]:
            sentence = _("没有当班的%(trade)s可通知。先登记，再由工程主管安排。")
            self.add_error("to", sentence % {"trade": self.trade_chosen})

    def _clean_place(self, data: dict[str, Any]) -> None:
        if self.place is None:
            self.add_error("place_text", self.place_error)
        elif self.asks_area and not data.get("area") and "area" not in self.errors:
            self.add_error("area", _("选公共位置"))
        elif not self.is_public and not data.get("spot") and "spot" not in self.errors:
            self.add_error("spot", _("选报修部位"))

    def _clean_person(self, data: dict[str, Any]) -> None:
        person, typed = self.person, data.get("phone")
        if person and data.get("reporter_name") == person.called:
            data["reporter_name"] = person.name or person.called
        if not typed:
            return
        if person and person.phone and typed == person.masked:
            data["phone"] = person.phone
            return
        try:
            data["phone"] = telephone(typed)
        except ValidationError as error:
            self.add_error("phone", error)

    def _clean_time(self, data: dict[str, Any]) -> None:
        data["rang_at"] = None if data.get("called_at") else call_began(data.get("call", ""), self.by)
        longest = dt.timedelta(minutes=settings.BACKDATE_LONGEST_MINUTES)
        supervisor = self.by.may(SS, within=self.community.pk if self.community else None)
        if wrong := wrong_time(data, self.now, longest=longest, supervisor=supervisor):
            self.add_error(*wrong)

    @property
    def wants_notice(self) -> bool:
        return self.said("then") == "notify"

    def facts(self) -> dict[str, Any]:
        """ticket (unsaved), window, rang_at, photos, lines of safety scripts done, `to` if engineering is told at once, `into` if it is a duplicate."""
        data = self.cleaned_data
        return {
            "ticket": self.ticket(),
            "window": data["window"],
            "rang_at": data["rang_at"],
            "photos": data["photos"],
            "safety": data["safety"],
            "to": data.get("to"),
            "into": data.get("into"),
        }

    def ticket(self) -> Ticket:
        """The report as an unsaved ticket."""
        data, place, part = self.cleaned_data, self.place, self.part
        assert place and part and self.community, "checked by clean"
        area = place if isinstance(place, PublicArea) else self._area(data["area"])
        names = ("reporter_name", "relation", "phone", "channel", "fault", "urgency", "backdated_because", "remark")
        ticket: Ticket = Ticket(
            **{name: data[name] for name in names}, community=self.community, component=part, trade=self.trade_chosen,
            unit=place if isinstance(place, Unit) else None, area=area,
            place=Place.MUNICIPAL if part.place == Place.MUNICIPAL else Place.PUBLIC if self.is_public else Place.HOME,
            spot="" if self.is_public else data["spot"], man_made=as_answer(data["man_made"]) if self.asks_man_made else None,
            rework_of=earlier_repair(self.by, place, data["rework_of"]),
        )  # fmt: skip
        if data.get("called_at"):
            ticket.reported_at = data["called_at"]
        return ticket

    def _area(self, chosen: str) -> PublicArea | None:
        return PublicArea.objects.get(pk=chosen) if self.asks_area and chosen and chosen != HERE else None
