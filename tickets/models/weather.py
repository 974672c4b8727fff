"""Spans of bad weather, which tag what is reported in them."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from simple_history.models import HistoricalRecords

from places.models import Community, VisibleQuerySet

PERSON = settings.AUTH_USER_MODEL


class BadWeatherQuerySet(VisibleQuerySet):
    def at(self, moment: dt.datetime) -> Self:
        """Those that last at that moment."""
        return self.filter(starts__lte=moment, ends__gt=moment)


class BadWeather(models.Model):
    """A span of bad weather 恶劣天气 in an estate: figures can be shown with and without it, clocks run all the same (domain E.2)."""

    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="bad_weather")
    what = models.CharField(max_length=30)
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    history = HistoricalRecords()
    objects = BadWeatherQuerySet.as_manager()

    class Meta:
        ordering = ["-starts"]
        constraints = [models.CheckConstraint(condition=models.Q(ends__gte=models.F("starts")), name="weather_forward")]

    def __str__(self) -> str:
        return f"{self.what} {self.starts:%F %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("weather")
