"""Gap-free numbers and kept prints. Papers are known by kind and number only."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.utils.translation import gettext_lazy as _

from places.models import Community, VisibleQuerySet


def prints_storage() -> FileSystemStorage:
    """Prints lie outside the media folder's names: random, never served without a check."""
    return FileSystemStorage(location=settings.MEDIA_ROOT / "prints")


class Kind(models.TextChoices):
    """Kinds of paper, as they stand in front of a number (domain A.0)."""

    TICKET = "BX", _("报修记录")
    DISPATCH = "WX", _("维修派工单")
    WARRANTY = "WB", _("维保单")
    FACILITY = "GG", _("公共设施设备安装/维修单")
    AGREEMENT = "XY", _("维修协议")
    RECEIPT = "SJ", _("收款收据")
    NOTICE = "TZ", _("施工单位维修通知")
    REFERRAL = "ZB", _("市政转报函")
    CLAIM = "SP", _("索赔单")
    CORRECTION = "JZ", _("纠正单")
    COMPLAINT = "TS", _("投诉登记")
    HANDOVER = "JK", _("交款单")
    SHIFT = "JB", _("交接班单")
    INSPECTION = "YF", _("验房记录")


class Series(models.Model):
    """The last number given of a kind, community and local month: one locked row, so that no number is missing."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="series")
    kind = models.CharField(max_length=2, choices=Kind.choices)
    month = models.CharField(max_length=6)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "series"
        constraints = [models.UniqueConstraint(fields=["community", "kind", "month"], name="series_once")]

    def __str__(self) -> str:
        return f"{self.kind}-{self.month}"


class Print(models.Model):
    """A print of a paper: which it is, who made it when, and the PDF kept as it left the desk."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="prints")
    kind = models.CharField(max_length=2, choices=Kind.choices)
    number = models.CharField(max_length=30)
    nth = models.PositiveSmallIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="prints")
    at = models.DateTimeField()
    content = models.CharField(max_length=64, help_text="SHA-256 of what the sheet says")
    pdf = models.FileField(storage=prints_storage, max_length=120)
    sha256 = models.CharField(max_length=64)

    objects: Any = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["number", "nth"]
        constraints = [models.UniqueConstraint(fields=["community", "kind", "number", "nth"], name="print_once")]

    def __str__(self) -> str:
        return f"{self.number} #{self.nth}"
