"""One form a step of a ticket."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.fields import MomentField, TextField
from core.templatetags.words import moment
from people.models import Trade
from tickets.forms.pictures import PhotosField
from tickets.forms.shared import CalledField, StepForm, ToldForm, WindowField, wall
from tickets.models import Appointment, Photo
from tickets.photos import has_proof
from tickets.queries import crew, hour, slots
from tickets.states import Nature, Urgency

HOW = [
    ("phone", gettext_lazy("电话")),
    ("radio", gettext_lazy("对讲机")),
    ("in_person", gettext_lazy("当面")),
    ("wechat", gettext_lazy("微信")),
]
WAITED = dt.timedelta(minutes=10)
YES_NO = [("no", gettext_lazy("没有")), ("yes", gettext_lazy("动过")), ("unknown", gettext_lazy("不清楚"))]


def as_answer(value: str) -> bool | None:
    """yes, no or unknown as a fact."""
    return {"yes": True, "no": False}.get(value)


class NotifyForm(StepForm):
    """Who is called out, and how he was told (5.4.1)."""

    to = CalledField(label=gettext_lazy("通知谁"))
    how = forms.ChoiceField(label=gettext_lazy("怎样通知"), choices=HOW, initial="phone", widget=forms.RadioSelect)

    def fit(self) -> None:
        chosen = cast(CalledField, self.fields["to"]).offer(
            crew(self.record.community_id, self.record.trade_id, clock.now())
        )
        self.initial.setdefault("to", chosen.key if chosen else None)


class ReassignForm(StepForm):
    """Another technician of the trade."""

    to = CalledField(label=gettext_lazy("改派给"))

    def fit(self) -> None:
        found = crew(self.record.community_id, self.record.trade_id, clock.now())
        others = [each for each in found if each.is_person and each.who.pk != self.record.technician_id]
        chosen = cast(CalledField, self.fields["to"]).offer(others)
        self.initial.setdefault("to", chosen.key if chosen else None)

    def seen(self) -> str:
        return f"{self.record.technician_id or ''}/{self.record.team_id or ''}"


class JudgeForm(StepForm):
    """What is to be done, judged by description; the customer knows that the site decides (5.5.1-2)."""

    work = TextField(label=gettext_lazy("要做的维修"), lines=2, max_length=200)
    site_decides = forms.BooleanField(label=gettext_lazy("已告知客户：以现场核实为准"))

    def facts(self) -> dict[str, Any]:
        return {"work": self.cleaned_data["work"], "customer_told": self.cleaned_data["site_decides"]}


class AbsenceForm(ToldForm):
    """Nobody at home: when he came, the proof, and a new window if one was agreed (G3)."""

    came_at = MomentField(label=gettext_lazy("上门时间"), help_text=gettext_lazy("等满 10 分钟再记"))
    proof = TextField(label=gettext_lazy("门条或照片的说明"), max_length=100)
    photos = PhotosField(label=gettext_lazy("门条照片"), required=False)
    window = WindowField(label=gettext_lazy("新的预约"), required=False)

    def fit(self) -> None:
        super().fit()
        self.fields.pop("at", None)
        now = clock.now()
        self.initial.setdefault("came_at", (now - WAITED).replace(second=0, microsecond=0))
        offer(self, now)

    def clean_came_at(self) -> dt.datetime:
        came: dt.datetime = self.cleaned_data["came_at"]
        if came > clock.now() - WAITED:
            raise ValidationError(_("等满 10 分钟，客户仍不在再记录"), code="early")
        return came

    def facts(self) -> dict[str, Any]:
        facts = super().facts()
        facts["at"] = facts.pop("came_at")
        return facts


class SafeForm(ToldForm):
    """What was done to stop the damage; free (5.4.2-1)."""

    what = TextField(
        label=gettext_lazy("做了什么"), lines=2, max_length=200, help_text=gettext_lazy("应急处置不收费，也不用报价")
    )


class SurveyForm(ToldForm):
    """What was found on site: nature, trade, work, quantities, parts (5.5.1-2)."""

    nature = forms.ChoiceField(label=gettext_lazy("性质"), widget=forms.RadioSelect)
    trade = forms.ModelChoiceField(label=gettext_lazy("工种"), queryset=Trade.objects.all(), empty_label=None)
    man_made = forms.ChoiceField(
        label=gettext_lazy("装修改动过吗"), choices=YES_NO, initial="unknown", widget=forms.RadioSelect
    )
    work = TextField(label=gettext_lazy("要做的维修"), lines=2, max_length=200)
    quantities = TextField(label=gettext_lazy("工程量"), required=False, max_length=200)
    parts = TextField(label=gettext_lazy("配件"), required=False, max_length=200)
    reason = TextField(label=gettext_lazy("改判的原因"), required=False, max_length=200)
    photos = PhotosField(label=gettext_lazy("照片"), required=False)

    def fit(self) -> None:
        super().fit()
        guess = self.record.nature_guess
        cast(forms.ChoiceField, self.fields["nature"]).choices = natures(self.record)
        self.initial.setdefault("nature", guess)
        self.initial.setdefault("trade", self.record.trade_id)
        self.initial.setdefault("man_made", {True: "yes", False: "no"}.get(self.record.man_made, "unknown"))
        self.fields["reason"].help_text = _("登记时判为%(guess)s；改判要写原因，附照片") % {
            "guess": Nature(guess).label
        }

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("nature") in {None, self.record.nature_guess}:
            return data
        if not data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("与登记时的判断不同，写明原因"))
        if not data.get("photos") and "photos" not in self.errors and not has_proof(self.record):
            self.add_error("photos", _("与登记时的判断不同，附修前照片"))
        return data

    def facts(self) -> dict[str, Any]:
        facts = super().facts()
        return {**facts, "man_made": as_answer(facts["man_made"])}


def natures(ticket: Any) -> list[tuple[str, Any]]:
    """What a home, a public area or a municipal fault can turn out to be."""
    public = {Nature.PAID_PUBLIC, Nature.WARRANTY_PUBLIC, Nature.MUNICIPAL}
    home = {Nature.PAID_HOME, Nature.WARRANTY_HOME, Nature.MUNICIPAL}
    fits = (home if ticket.place == "home" else public) | {Nature.UNDETERMINED, Nature(ticket.nature_guess)}
    return [choice for choice in Nature.choices if choice[0] in fits]


def offer(form: StepForm, now: dt.datetime) -> None:
    """Offer the windows of the ticket's trade."""
    ticket = form.record
    cast(WindowField, form.fields["window"]).offer(slots(ticket.community, ticket.trade, now, besides=ticket.pk))


class AppointmentForm(StepForm):
    """A first window."""

    window = WindowField(label=gettext_lazy("预约到场"))

    def fit(self) -> None:
        offer(self, clock.now())

    def seen(self) -> str:
        return wall(self.record.window_from)


class MoveForm(AppointmentForm):
    """Another window: who asked for it, and why (G2)."""

    window = WindowField(label=gettext_lazy("改到"))
    moved_by = forms.ChoiceField(
        label=gettext_lazy("谁要改"), choices=Appointment.MovedBy.choices, widget=forms.RadioSelect
    )
    because = TextField(label=gettext_lazy("原因"), max_length=100)

    def fit(self) -> None:
        super().fit()
        starts, ends = self.record.window_from, self.record.window_to
        if starts and ends:
            self.fields["window"].help_text = _("现约 %(from)s–%(to)s") % {"from": moment(starts), "to": hour(ends)}


class UrgencyForm(StepForm):
    """A degree of urgency on one side of the present one."""

    urgency = forms.ChoiceField(label=gettext_lazy("紧急程度"), widget=forms.RadioSelect)
    because = TextField(label=gettext_lazy("原因"), max_length=100)
    higher = True

    def fit(self) -> None:
        at = Urgency.values.index(self.record.urgency)
        choices = Urgency.choices[at + 1 :] if self.higher else Urgency.choices[:at]
        cast(forms.ChoiceField, self.fields["urgency"]).choices = choices
        if len(choices) == 1:
            self.initial.setdefault("urgency", choices[0][0])

    def seen(self) -> str:
        return str(self.record.urgency)


class LowerForm(UrgencyForm):
    """A lower degree; a routine repair needs a window."""

    window = WindowField(label=gettext_lazy("预约到场"), required=False, help_text=gettext_lazy("降为一般时要约定"))
    higher = False

    def fit(self) -> None:
        super().fit()
        offer(self, clock.now())

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        agreed = self.record.window_to and self.record.window_to > clock.now()
        waiting = self.record.on_site_at is None and data.get("urgency") == Urgency.ROUTINE
        if waiting and not agreed and not data.get("window") and "window" not in self.errors:
            self.add_error("window", _("一般报修要选预约时间"))
        return data


class WaitForm(StepForm):
    """Why the customer himself wants it later (5.4.2-1)."""

    because = TextField(label=gettext_lazy("客户怎么说"), max_length=100)


class UrgeForm(StepForm):
    """The customer asks again (3.1-2)."""

    words = TextField(label=gettext_lazy("客户怎么说"), required=False, lines=2, max_length=200)


class NoteForm(StepForm):
    """A line for colleagues on the timeline."""

    words = TextField(label=gettext_lazy("记什么"), lines=3, max_length=500)


class PhotoForm(StepForm):
    """Photos with what they show."""

    kind = forms.ChoiceField(label=gettext_lazy("拍的是"), choices=Photo.Kind.choices, widget=forms.RadioSelect)
    photos = PhotosField(label=gettext_lazy("照片"))

    def fit(self) -> None:
        begun = self.record.completed_at or self.record.slip_state in {"arrived", "finished"}
        self.initial.setdefault(
            "kind", Photo.Kind.AFTER if begun else Photo.Kind.BEFORE if self.record.on_site_at else Photo.Kind.REPORT
        )
