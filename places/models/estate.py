"""Where repairs happen: community → building → entrance → unit; public areas, residents, builders."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.text import masked_telephone, name_keys, squeezed


def as_words(words: list[str]) -> str:
    """Search text whose every word has a blank on both sides, so that " 0702" finds a beginning and "1201 " an end."""
    parts = dict.fromkeys(part.lower() for word in words for part in word.split())
    return f" {' '.join(parts)} "


class VisibleQuerySet(models.QuerySet[Any]):
    """Rows of the communities a person may see."""

    community_path = "community"

    def visible_to(self, user: Any) -> Self:
        """Every query of a page starts here: a foreign row is absent, like one that never was."""
        places = user.communities
        return self if places is None else self.filter(**{f"{self.community_path}__in": places})


class CommunityQuerySet(VisibleQuerySet):
    community_path = "pk"


class UnitQuerySet(VisibleQuerySet):
    community_path = "entrance__building__community"


class Community(models.Model):
    """An estate 小区 with its service centre; durations of its promises are its settings."""

    code = models.CharField(max_length=6, unique=True)
    name = models.CharField(max_length=30)
    company = models.CharField(max_length=40)
    phone = models.CharField(max_length=20, blank=True)
    demo = models.BooleanField(default=False)
    closed_through = models.DateField(null=True, blank=True, help_text="last day of the last closed month")
    notify_minutes = models.PositiveSmallIntegerField(default=5)
    arrive_minutes = models.PositiveSmallIntegerField(default=30)
    urgent_floor_hours = models.PositiveSmallIntegerField(default=4)
    callback_hours = models.PositiveSmallIntegerField(default=48)
    correction_hours = models.PositiveSmallIntegerField(default=72)
    rework_days = models.PositiveSmallIntegerField(default=30)
    seepage_rework_days = models.PositiveSmallIntegerField(default=90, help_text="of waterproofing, which leaks late")
    complaint_hours = models.PositiveSmallIntegerField(default=72)
    desk_copies_hours = models.PositiveSmallIntegerField(default=24)
    copy_return_day = models.PositiveSmallIntegerField(default=5)
    heating_season = models.CharField(max_length=11, blank=True, help_text="MM-DD/MM-DD, e.g. 11-15/03-15")
    cooling_season = models.CharField(max_length=11, blank=True, help_text="MM-DD/MM-DD")
    mask_on_paper = models.BooleanField(default=False)

    history = HistoricalRecords()
    objects = CommunityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "communities"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Builder(models.Model):
    """An original builder 原施工单位, or an outside contractor (lift, fire)."""

    class Kind(models.TextChoices):
        BUILDER = "builder", _("原施工单位")
        CONTRACTOR = "contractor", _("外包单位")

    class Form(models.TextChoices):
        """How a notice reaches it, as its agreement says (A.8)."""

        PHONE = "phone", _("电话")
        LETTER = "letter", _("书面")
        EMAIL = "email", _("邮件")
        CHAT = "chat", _("微信")

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="builders")
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.BUILDER)
    contact = models.CharField(max_length=20, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)
    aliases = models.JSONField(default=list, blank=True, help_text="other spellings of the name, answered at an import")
    agreement = models.CharField(max_length=30, blank=True, help_text="维保协议号")
    form = models.CharField(max_length=6, choices=Form.choices, default=Form.CHAT, help_text="agreed form, ordinary")
    form_urgent = models.CharField(max_length=6, choices=Form.choices, default=Form.PHONE, help_text="agreed, urgent")
    arrive_hours = models.PositiveSmallIntegerField(default=48, help_text="on site after an ordinary notice")
    arrive_hours_urgent = models.PositiveSmallIntegerField(default=2, help_text="on site after an urgent notice")
    finish_days = models.PositiveSmallIntegerField(default=7, help_text="finished after an ordinary notice")
    renews_term = models.BooleanField(default=False, help_text="a repaired part's term begins anew")

    history = HistoricalRecords()
    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "name"], name="builder_once")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("builder", args=[self.pk])


class Building(models.Model):
    """A building 栋; public parts are in warranty from its completion acceptance."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="buildings")
    code = models.CharField(max_length=8)
    completed_on = models.DateField(null=True, blank=True, help_text="竣工验收合格日")
    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "code"], name="building_once")]

    def __str__(self) -> str:
        return f"{self.code}栋" if self.code[-1:].isascii() else self.code


class Entrance(models.Model):
    """A stair unit 单元 of a building."""

    building = models.ForeignKey(Building, on_delete=models.CASCADE, related_name="entrances")
    code = models.CharField(max_length=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["building", "code"], name="entrance_once")]

    def __str__(self) -> str:
        return f"{self.building}{self.code}单元"


class Unit(models.Model):
    """A dwelling 户, said 3栋2单元1201 and printed 3-2-1201. `label` is kept so that lists need no joins."""

    entrance = models.ForeignKey(Entrance, on_delete=models.CASCADE, related_name="units")
    code = models.CharField(max_length=8)
    label = models.CharField(max_length=30, editable=False)
    area = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True, help_text="㎡")
    handed_over_on = models.DateField(null=True, blank=True, help_text="交付日")
    builder = models.ForeignKey(Builder, null=True, blank=True, on_delete=models.SET_NULL, related_name="units")
    remark = models.CharField(max_length=100, blank=True)
    search_text = models.TextField(editable=False, default="")

    # Without the search text: it holds telephones, which must not outlive an erasure in the history.
    history = HistoricalRecords(excluded_fields=["search_text"])
    objects = UnitQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entrance", "code"], name="unit_once")]

    def __str__(self) -> str:
        return self.label

    @property
    def community(self) -> Community:
        return self.entrance.building.community

    @property
    def printed(self) -> str:
        """3-2-1201, as papers have it."""
        return f"{self.entrance.building.code}-{self.entrance.code}-{self.code}"

    def fill_search(self, residents: list[Resident]) -> None:
        """Set label and search text from codes and residents; the caller saves. Needs the entrance's building loaded."""
        building, entrance = self.entrance.building, self.entrance.code
        self.label = f"{building}{entrance}单元{self.code}"
        words = [
            self.label,
            f"{building}{self.code}",
            self.code,
            f"{building.code}{entrance}{self.code}",
            f"{building.code}{self.code}",
        ]
        for person in residents:
            words += [squeezed(person.name), name_keys(person.name), person.phone]
        self.search_text = as_words(words)


class PublicArea(models.Model):
    """A public place 公共区域: a hall, a garage, a stretch of road."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="areas")
    building = models.ForeignKey(Building, null=True, blank=True, on_delete=models.CASCADE, related_name="areas")
    name = models.CharField(max_length=40)
    completed_on = models.DateField(null=True, blank=True, help_text="竣工验收合格日，空则取楼栋的")
    search_text = models.TextField(editable=False, default="")
    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "name"], name="area_once")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_text = as_words([squeezed(self.name), name_keys(self.name)])
        super().save(*args, **kwargs)


class Resident(models.Model):
    """A person of a dwelling. Whole name and number only where somebody must call."""

    class Relation(models.TextChoices):
        OWNER = "owner", _("业主")
        FAMILY = "family", _("家属")
        TENANT = "tenant", _("租户")

    class Title(models.TextChoices):
        MR = "mr", _("先生")
        MS = "ms", _("女士")
        NONE = "", _("不称呼")

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="residents")
    name = models.CharField(max_length=20, blank=True, help_text="empty: only the telephone is known")
    title = models.CharField(max_length=2, choices=Title.choices, blank=True, default="")
    relation = models.CharField(max_length=6, choices=Relation.choices, default=Relation.OWNER)
    phone = models.CharField(max_length=20, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.called

    @property
    def called(self) -> str:
        """刘先生, as lists have it; without a known title the surname and a star: 刘*; without a name 租户."""
        if not self.name:
            return str(self.get_relation_display())
        return f"{self.name[:1]}{self.get_title_display()}" if self.title else f"{self.name[:1]}*"

    @property
    def masked_phone(self) -> str:
        return masked_telephone(self.phone) if self.phone else ""
