"""The shift sheet 交接班单: what the next shift must know, agreed by both, and the list of keys and borrowed tools."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.money import ZERO, MoneyField
from desk.lifecycle import ShiftLifecycle, ShiftState
from places.models import Community, VisibleQuerySet
from tickets.evidence import write

PERSON = settings.AUTH_USER_MODEL


class Shift(ShiftLifecycle):
    """A sheet: a draft fills itself from the desk's work; handed, `snapshot` is what it said, and never changes again."""

    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="shifts")
    number = models.CharField(max_length=30, blank=True, editable=False)
    opened_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(editable=False)
    notes = models.JSONField(default=dict, blank=True, help_text="key of a line → {note, told}")
    remark = models.TextField(max_length=1000, blank=True)
    paid_in = MoneyField(default=ZERO, help_text="taken out of the drawer and paid in during the shift")
    counted_out = MoneyField(null=True, blank=True)
    outgoing = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="shifts_handed")
    handed_at = models.DateTimeField(null=True, editable=False)
    snapshot = models.JSONField(null=True, editable=False)
    digest = models.CharField(max_length=64, blank=True, editable=False)
    counted_in = MoneyField(null=True, blank=True)
    expected_in = MoneyField(null=True, editable=False, help_text="counted at handing over, and what came in since")
    gap_words = models.CharField(max_length=200, blank=True)
    incoming = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="shifts_taken")
    taken_at = models.DateTimeField(null=True, editable=False)

    history = HistoricalRecords(excluded_fields=["snapshot"])
    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["community"], condition=models.Q(state=ShiftState.DRAFT), name="one_draft_shift"
            ),
            models.UniqueConstraint(fields=["number"], condition=~models.Q(number=""), name="shift_number_once"),
        ]

    def __str__(self) -> str:
        return self.number or str(self.pk)

    def get_absolute_url(self) -> str:
        return reverse("shift_sheet", args=[self.pk])

    @property
    def stream(self) -> str:
        """The chain of its events."""
        return f"{self.community.code}-JB-{self.pk}"

    @property
    def gap(self) -> Decimal | None:
        """Counted by the incoming less what should be there; None until taken."""
        if self.counted_in is None or self.expected_in is None:
            return None
        return Decimal(self.counted_in) - Decimal(self.expected_in)

    def is_for(self, user: Any) -> bool:
        return False

    def lock_spine(self) -> None:
        self.lock()

    def record(
        self, action: str, *, by: Any, at: dt.datetime, on_behalf_of: Any = None, remark: str = "", **facts: Any
    ) -> None:
        said = {"shift": self.pk, **facts}
        write(None, f"shift_{action}", by=by, at=at, remark=remark, facts=said, stream=self.stream)


class Kept(models.Model):
    """A key or a tool that is out of its place: what it is, who has it, since when; it stays listed until it is back."""

    class Kind(models.TextChoices):
        KEY = "key", _("钥匙")
        TOOL = "tool", _("借出工具")

    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="kept")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    what = models.CharField(max_length=40)
    whom = models.CharField(max_length=40, help_text="whose key, or who borrowed the tool")
    since = models.DateTimeField()
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    back_at = models.DateTimeField(null=True)
    back_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    history = HistoricalRecords()
    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["since", "pk"]

    def __str__(self) -> str:
        return self.what

    @property
    def stream(self) -> str:
        return f"{self.community.code}-kept"
