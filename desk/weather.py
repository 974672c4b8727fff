"""恶劣天气: the service supervisor says from when to when; what is reported in it is tagged, no clock waits (domain E.2)."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.clock import midnight_after
from core.fields import MomentField, TextField
from core.refusals import Forbidden
from people.models import User
from people.roles import SS
from places.models import Community
from tickets import recording
from tickets.models import BadWeather, Ticket
from tickets.steps import StepForm, StepView

ROLES = (SS,)
SHOWN = 20


class WeatherForm(StepForm):
    """Where, what, from when to when."""

    community = forms.ModelChoiceField(label=gettext_lazy("小区"), queryset=Community.objects.none(), empty_label=None)
    what = TextField(
        label=gettext_lazy("什么天气"), max_length=30, help_text=gettext_lazy("例如：台风梅花，暴雨红色预警")
    )
    starts = MomentField(label=gettext_lazy("开始"), help_text=gettext_lazy("最早为 24 小时前；此后登记的一并标记"))
    ends = MomentField(label=gettext_lazy("结束"))

    def fit(self) -> None:
        estates = supervised(self.by)
        field = cast(Any, self.fields["community"])
        field.queryset = estates
        if len(estates) == 1:
            field.widget = forms.HiddenInput()
        now = clock.now().replace(second=0, microsecond=0)
        self.initial.setdefault("community", estates[0].pk if estates else None)
        self.initial.setdefault("starts", now)
        self.initial.setdefault("ends", midnight_after(clock.today()) - dt.timedelta(minutes=1))


def supervised(user: User) -> QuerySet[Community]:
    """The estates whose service supervisor this person is."""
    rows = Community.objects.visible_to(user)
    return rows.filter(pk__in=[estate.pk for estate in rows if user.may(SS, within=estate.pk)])


class Weather(StepView):
    """The spans of the last time, and the form of a new one."""

    step = "weather"
    form_class = WeatherForm
    template = "desk/weather_page.html"
    fragment = "desk/weather_page.html"
    roles = ROLES

    def get_record(self, **kwargs: Any) -> None:
        """There is no record yet."""

    def check(self, record: Any) -> None:
        if not self.by.may(*ROLES):
            raise Forbidden(self.step, ROLES)

    def allowed(self, record: Any) -> list[Any]:
        return []

    def title_of_step(self) -> str:
        return _("标恶劣天气")

    def act(self, record: None, facts: dict[str, Any]) -> BadWeather:
        return recording.declare_weather(by=self.by, **facts)

    def confirmation(self, record: None, result: BadWeather) -> str:
        return _("%(what)s 已标，新登记自动带标记，时限照常") % {"what": result.what}

    def success_url(self, record: Any) -> str:
        return reverse("weather")

    def context(self, record: None, form: StepForm) -> dict[str, Any]:
        return {"spans": spans(self.by)[:SHOWN], "now": clock.now()}


def spans(user: User) -> Any:
    """The spans a person may see, newest first, with how many repairs reported in them are tagged."""
    tagged = (
        Ticket.objects.filter(community=OuterRef("community"), weather=True)
        .filter(reported_at__gte=OuterRef("starts"), reported_at__lt=OuterRef("ends"))
        .order_by()
        .values("community")
        .annotate(n=Count("pk"))
        .values("n")
    )
    rows = BadWeather.objects.visible_to(user).select_related("community", "by")
    return rows.annotate(tagged=Coalesce(Subquery(tagged), 0))


class WeatherEnd(StepView):
    """It is over sooner than thought."""

    step = "weather_end"
    said = gettext_lazy("恶劣天气已结束")

    def get_record(self, **kwargs: Any) -> BadWeather:
        span: BadWeather = get_object_or_404(BadWeather.objects.visible_to(self.by), pk=kwargs["pk"])
        return span

    def check(self, record: BadWeather) -> None:
        if not self.by.may(*ROLES, within=record.community_id):
            raise Forbidden(self.step, ROLES)

    def allowed(self, record: BadWeather) -> list[Any]:
        return []

    def title_of_step(self) -> str:
        return _("结束恶劣天气")

    def act(self, record: BadWeather, facts: dict[str, Any]) -> Any:
        recording.end_weather(record, by=self.by)

    def success_url(self, record: Any) -> str:
        return reverse("weather")
