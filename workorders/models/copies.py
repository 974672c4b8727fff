"""The three copies of a slip and who holds them."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.codes import copy_digits
from places.models import VisibleQuerySet
from workorders.models.slip import Slip

PERSON = settings.AUTH_USER_MODEL


class Holder(models.TextChoices):
    """Who may hold a copy."""

    DESK = "desk", _("前台")
    TECHNICIAN = "technician", _("技工")
    ENGINEERING = "engineering", _("工程部")
    BUILDER = "builder", _("施工单位")
    LOST = "lost", _("遗失")


class CopyQuerySet(VisibleQuerySet):
    community_path = "slip__community"

    def out(self) -> Self:
        return self.exclude(holder__in=[Holder.DESK, Holder.LOST])


class Copy(models.Model):
    """One of the three sheets of a slip. `holder` and `person` repeat the last handover, so that lists are one query."""

    slip = models.ForeignKey(Slip, on_delete=models.PROTECT, related_name="copies")
    number = models.PositiveSmallIntegerField()
    holder = models.CharField(max_length=11, choices=Holder.choices, default=Holder.DESK)
    person = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="copies")
    since = models.DateTimeField()
    lost_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lost_because = models.CharField(max_length=100, blank=True)
    recalled_at = models.DateTimeField(null=True, blank=True, help_text="stamped 作废 and back at the desk")

    objects = CopyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "copies"
        ordering = ["slip", "number"]
        constraints = [
            models.UniqueConstraint(fields=["slip", "number"], name="copy_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1, number__lte=3), name="three_copies"),
        ]

    def __str__(self) -> str:
        return f"{self.slip.number}-{self.number}"

    @property
    def code(self) -> str:
        """The digits of its Code 128: slip id (9), copy (1), check digit."""
        return copy_digits(self.slip_id, self.number)


class Handover(models.Model):
    """A copy changes hands: from must be its holder; never edited, an undo is a reverse row."""

    class Move(models.TextChoices):
        CREATE = "create", pgettext_lazy("move", "开单")
        HAND_OUT = "hand_out", pgettext_lazy("move", "发出")
        PASS_ON = "pass_on", pgettext_lazy("move", "转交")
        TAKE_IN = "take_in", pgettext_lazy("move", "收回")
        KEEP = "keep", pgettext_lazy("move", "工程留存")
        DECLARE_LOST = "declare_lost", pgettext_lazy("move", "报失")
        APPROVE_LOST = "approve_lost", pgettext_lazy("move", "核准遗失")
        RECALL = "recall", pgettext_lazy("move", "作废收回")
        UNDO = "undo", pgettext_lazy("move", "撤回")

    copy = models.ForeignKey(Copy, on_delete=models.PROTECT, related_name="handovers")
    seq = models.PositiveSmallIntegerField()
    move = models.CharField(max_length=12, choices=Move.choices)
    from_holder = models.CharField(max_length=11, choices=Holder.choices, blank=True)
    from_person = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    to_holder = models.CharField(max_length=11, choices=Holder.choices)
    to_person = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["copy", "seq"]
        constraints = [models.UniqueConstraint(fields=["copy", "seq"], name="handover_chain")]

    def __str__(self) -> str:
        return f"{self.copy_id} {self.seq} {self.move}"
