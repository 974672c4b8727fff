"""The catalogue: parts with trade and warranty term, agreements of estates, price list, spare parts."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.money import MoneyField
from core.text import name_keys, squeezed
from people.models import Trade
from places.models.estate import Builder, Building, Community, VisibleQuerySet, as_words


class Component(models.Model):
    """A part 部位 of home or public facilities: decides trade, warranty term and when it is urgent."""

    class Place(models.TextChoices):
        HOME = "home", _("户内")
        PUBLIC = "public", _("公共")
        MUNICIPAL = "municipal", _("市政")

    class Term(models.TextChoices):
        MONTHS = "months", _("月")
        YEARS = "years", _("年")
        HEATING = "heating", _("采暖期")
        COOLING = "cooling", _("供冷期")
        NONE = "none", _("无")

    class Basis(models.TextChoices):
        LAW_40 = "40", _("建设工程质量管理条例第四十条")
        LAW_98 = "98", _("住宅质量保证书规定（1998）第五条")
        SEED = "seed", _("小区约定")
        NONE = "", _("无质保")

    code = models.SlugField(max_length=20, primary_key=True)
    name = models.CharField(max_length=30)
    place = models.CharField(max_length=9, choices=Place.choices)
    trade = models.ForeignKey(Trade, on_delete=models.PROTECT, related_name="components")
    term = models.CharField(max_length=8, choices=Term.choices, default=Term.NONE)
    length = models.PositiveSmallIntegerField(default=0, help_text="number of months, years or seasons")
    basis = models.CharField(max_length=4, choices=Basis.choices, blank=True, default="")
    category = models.CharField(max_length=12, blank=True, help_text="质保类别, as warranty slips print it")
    other_when = models.CharField(max_length=20, blank=True, help_text="the fault that has a term of its own")
    other_term = models.CharField(max_length=8, choices=Term.choices, default=Term.NONE)
    other_length = models.PositiveSmallIntegerField(default=0)
    other_basis = models.CharField(max_length=4, choices=Basis.choices, blank=True, default="")
    urgent_when = models.CharField(max_length=60, blank=True)
    always_urgent = models.BooleanField(default=False)
    phrases = models.JSONField(default=list, help_text="usual descriptions, offered at registration")
    order = models.PositiveSmallIntegerField(default=0)
    search_text = models.TextField(editable=False, default="")

    class Meta:
        ordering = ["order"]

    def __str__(self) -> str:
        return gettext(self.name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill_search()
        super().save(*args, **kwargs)

    def fill_search(self) -> None:
        """Name, each part of it with its pinyin (花洒 of 水龙头、花洒), code and phrases; the caller saves."""
        parts = [part for part in re.split("[、，（）()]", self.name) if part]
        words = [
            squeezed(self.name),
            self.code,
            squeezed(self.code),
            *parts,
            *map(name_keys, parts),
            *map(squeezed, self.phrases),
        ]
        self.search_text = as_words(words)


class WarrantyTerm(models.Model):
    """What an estate's own agreement gives for a part, for one builder or for all; longer than the law only."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="terms")
    builder = models.ForeignKey(Builder, null=True, blank=True, on_delete=models.CASCADE, related_name="terms")
    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="terms")
    term = models.CharField(max_length=8, choices=Component.Term.choices)
    length = models.PositiveSmallIntegerField()
    agreement = models.CharField(max_length=30, blank=True, help_text="维保协议号")
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "builder", "component"], name="term_once"),
            # SQLite knows no NULLS NOT DISTINCT, and two empty builders would not be equal.
            models.UniqueConstraint(
                fields=["community", "component"], condition=models.Q(builder=None), name="term_once_for_all"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.component} {self.length} {self.term}"


class BuiltBy(models.Model):
    """Who built what 原施工单位分工: a part of a building, a part everywhere, or a whole building; the narrowest counts."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="built_by")
    building = models.ForeignKey(Building, null=True, blank=True, on_delete=models.CASCADE, related_name="built_by")
    component = models.ForeignKey(Component, null=True, blank=True, on_delete=models.CASCADE, related_name="built_by")
    builder = models.ForeignKey(Builder, on_delete=models.CASCADE, related_name="built")
    history = HistoricalRecords()
    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(building__isnull=False) | models.Q(component__isnull=False), name="built_something"
            ),
            models.UniqueConstraint(
                fields=["community", "building", "component"],
                condition=models.Q(building__isnull=False, component__isnull=False),
                name="built_part_once",
            ),
            models.UniqueConstraint(
                fields=["community", "building"], condition=models.Q(component=None), name="built_whole_once"
            ),
            models.UniqueConstraint(
                fields=["community", "component"], condition=models.Q(building=None), name="built_everywhere_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.building or ''}{self.component or ''} {self.builder}"


class PriceItemQuerySet(VisibleQuerySet):
    def valid_on(self, day: dt.date, community: Community) -> Self:
        """The price list of that day for that community."""
        return self.filter(
            models.Q(community=None) | models.Q(community=community),
            models.Q(valid_to=None) | models.Q(valid_to__gte=day),
            valid_from__lte=day,
        )


class PriceItem(models.Model):
    """A line of the price list 有偿维修价目: labour, material extra. A quote copies the price."""

    code = models.CharField(max_length=6)
    name = models.CharField(max_length=40)
    unit = models.CharField(max_length=4)
    price = MoneyField()
    trade = models.ForeignKey(Trade, null=True, blank=True, on_delete=models.SET_NULL)
    community = models.ForeignKey(Community, null=True, blank=True, on_delete=models.CASCADE, related_name="prices")
    valid_from = models.DateField(default=dt.date(2026, 1, 1))
    valid_to = models.DateField(null=True, blank=True)
    search_text = models.TextField(editable=False, default="")

    history = HistoricalRecords(excluded_fields=["search_text"])
    objects = PriceItemQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code", "community", "valid_from"], name="price_once"),
            models.UniqueConstraint(
                fields=["code", "valid_from"], condition=models.Q(community=None), name="price_once_everywhere"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill_search()
        super().save(*args, **kwargs)

    def fill_search(self) -> None:
        """Code, name and pinyin; the caller saves."""
        self.search_text = as_words([self.code, squeezed(self.name), name_keys(self.name)])


class SparePart(models.Model):
    """A spare part 配件 the company keeps: name, spec, model, unit and unit price."""

    name = models.CharField(max_length=20)
    spec = models.CharField(max_length=20, blank=True)
    model = models.CharField(max_length=20, blank=True)
    unit = models.CharField(max_length=4)
    price = MoneyField(default=Decimal("0.00"))
    search_text = models.TextField(editable=False, default="")

    history = HistoricalRecords(excluded_fields=["search_text"])

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["name", "spec", "model"], name="spare_part_once")]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.name, self.spec, self.model]))

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill_search()
        super().save(*args, **kwargs)

    def fill_search(self) -> None:
        """Name, spec, model and pinyin; the caller saves."""
        self.search_text = as_words([squeezed(str(self)), name_keys(self.name)])
