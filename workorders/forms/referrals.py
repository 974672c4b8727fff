"""What the steps of a municipal referral ask (5.5.3-5, A.9)."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.clock import SHANGHAI, local
from core.fields import MomentField, TextField
from people.models import User
from people.queries import holders
from people.roles import DU, ES, FD, SS, TE
from tickets.forms import StepForm
from tickets.forms.moves import natures
from tickets.states import Nature, Urgency
from workorders.models import Referral
from workorders.referrals import longest

BODY = {
    "m_water": "water", "m_power": "power", "m_gas": "gas", "gas": "gas", "m_heat": "heat", "m_road": "road",
    "m_sewer": "sewer", "m_lamp": "lamp", "telecom": "telecom",
}  # fmt: skip
MORNING, EVENING = dt.time(9), dt.time(17)


class FollowedForm(StepForm):
    """When we ask the body again: within a day, urgent trouble within two hours."""

    next_at = MomentField(label=gettext_lazy("下次跟进"))

    def fit(self) -> None:
        span = longest(self.record)
        self.fields["next_at"].help_text = _("最迟 %(hours)s 小时内") % {"hours": int(span.total_seconds() // 3600)}
        self.initial.setdefault("next_at", usual_next(self.record, clock.now()))

    def clean_next_at(self) -> dt.datetime:
        at: dt.datetime = self.cleaned_data["next_at"]
        now, span = clock.now(), longest(self.record)
        if at <= now:
            raise ValidationError(_("下次跟进时间已过，选以后的时间"), code="past")
        if at > now + span:
            hours = int(span.total_seconds() // 3600)
            raise ValidationError(_("下次跟进最迟在 %(hours)s 小时内") % {"hours": hours}, code="late")
        return at


def usual_next(ticket: Any, now: dt.datetime) -> dt.datetime:
    """An hour on where it is urgent; else this evening, or tomorrow morning."""
    if ticket.urgency == Urgency.URGENT:
        return (now + dt.timedelta(hours=1)).replace(second=0, microsecond=0)
    day = local(now).date()
    evening = dt.datetime.combine(day, EVENING, SHANGHAI)
    return evening if now < evening - dt.timedelta(hours=2) else dt.datetime.combine(day + dt.timedelta(1), MORNING, SHANGHAI)  # fmt: skip


class ReferForm(FollowedForm):
    """Which body, how it was told, what it answered, who judged it municipal and why, what makes it safe meanwhile."""

    body = forms.ChoiceField(label=gettext_lazy("受理单位"), choices=Referral.Body.choices, widget=forms.RadioSelect)
    how = forms.ChoiceField(
        label=gettext_lazy("转报方式"), choices=Referral.How.choices, initial="phone", widget=forms.RadioSelect
    )
    hotline = TextField(
        label=gettext_lazy("热线"), required=False, max_length=20, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )  # fmt: skip
    accepted_by = TextField(label=gettext_lazy("对方受理人"), required=False, max_length=20)
    reference = TextField(
        label=gettext_lazy("受理编号"), required=False, max_length=40, help_text=gettext_lazy("对方没有给，就空着")
    )
    promised_at = MomentField(label=gettext_lazy("承诺时间"), required=False)
    homes = forms.IntegerField(label=gettext_lazy("影响户数"), required=False, min_value=1, max_value=99999)
    judged_by = forms.ModelChoiceField(label=gettext_lazy("判定人"), queryset=User.objects.none(), empty_label=None)
    judged_at = MomentField(label=gettext_lazy("判定时间"))
    basis = TextField(label=gettext_lazy("判定依据"), max_length=100)
    measures = TextField(label=gettext_lazy("我方临时措施"), required=False, lines=2, max_length=200)
    field_order = (
        "body", "basis", "judged_by", "judged_at", "how", "hotline", "accepted_by", "reference", "promised_at", "homes",
        "measures", "next_at",
    )  # fmt: skip

    def fit(self) -> None:
        super().fit()
        ticket = self.record
        visited = ticket.on_site_at is not None
        people = holders(*((TE, ES, SS) if visited else (SS,)), within=ticket.community_id)
        cast(Any, self.fields["judged_by"]).queryset = people
        survey = ticket.surveys.order_by("pk").last()
        judge = (survey.by_id if survey else ticket.technician_id) if visited else self.by.pk
        self.initial.setdefault("judged_by", judge)
        self.initial.setdefault("judged_at", (survey.at if survey else ticket.on_site_at) or clock.now())
        self.initial.setdefault("basis", (survey.reason or survey.work)[:100] if survey else "")
        self.initial.setdefault("body", BODY.get(ticket.component_id))
        if ticket.urgency == Urgency.URGENT and not ticket.made_safe_at:
            self.fields["measures"].required = True
            self.fields["measures"].help_text = _("急修：写明围挡、停用、告知等措施")

    def clean_judged_at(self) -> dt.datetime:
        at: dt.datetime = self.cleaned_data["judged_at"]
        if at > clock.now():
            raise ValidationError(_("判定时间不能晚于现在"), code="future")
        return at

    def facts(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        next_at, measures = data.pop("next_at"), data.pop("measures")
        return {"referral": Referral(**data), "next_at": next_at, "measures": measures}


class FollowUpForm(FollowedForm):
    """What the body says, and when we ask again."""

    words = TextField(label=gettext_lazy("对方怎么说"), lines=2, max_length=200)
    field_order = ("words", "next_at")


class RestoredForm(StepForm):
    """It works again: since when, who has seen it; the reporter is told first (A.9)."""

    restored_at = MomentField(label=gettext_lazy("恢复时间"))
    confirmed_by = forms.ModelChoiceField(label=gettext_lazy("确认人"), queryset=User.objects.none(), empty_label=None)
    told = forms.BooleanField(
        label=gettext_lazy("已告知报修人"), error_messages={"required": gettext_lazy("先告知报修人，再登记恢复")}
    )

    def fit(self) -> None:
        people = holders(FD, DU, SS, TE, ES, within=self.record.community_id)
        cast(Any, self.fields["confirmed_by"]).queryset = people
        self.initial.setdefault("confirmed_by", self.by.pk)
        self.initial.setdefault("restored_at", clock.now())
        if not self.record.has_caller:
            del self.fields["told"]

    def clean_restored_at(self) -> dt.datetime:
        at: dt.datetime = self.cleaned_data["restored_at"]
        sent = self.record.referrals.order_by("pk").last()
        if at > clock.now() + dt.timedelta(minutes=1) or (sent and at < sent.sent_at.replace(second=0, microsecond=0)):
            raise ValidationError(_("恢复时间须在转报之后、现在之前"), code="order")
        return at


class TakeBackForm(StepForm):
    """Why the body refuses, and what the repair is then (lives.md §2)."""

    because = TextField(label=gettext_lazy("对方为何不受理"), lines=2, max_length=200)
    nature = forms.ChoiceField(label=gettext_lazy("改判为"), widget=forms.RadioSelect)

    def fit(self) -> None:
        choices = [choice for choice in natures(self.record) if choice[0] != Nature.MUNICIPAL]
        cast(forms.ChoiceField, self.fields["nature"]).choices = choices
