"""Promises of time: deadlines, who acknowledged a missed one, when the sweeper went round."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core import clock
from papers.models import Kind as PaperKind
from tickets.models.ticket import Ticket

PERSON = settings.AUTH_USER_MODEL
# Every clock of a complaint bears its number.
OF_COMPLAINT = models.Q(ref__contains=f"-{PaperKind.COMPLAINT}-")


class DeadlineQuerySet(models.QuerySet["Deadline"]):
    def open(self) -> Self:
        return self.filter(met_at=None, cancelled_at=None)

    def missed(self, at: dt.datetime) -> Self:
        """Open, due before that moment and not yet rung."""
        return self.open().filter(escalated_at=None, due_at__lt=at)

    def of_repairs(self) -> Self:
        """Without the clocks of complaints: they run beside the repair, whatever becomes of it."""
        return self.exclude(OF_COMPLAINT)

    def of_complaints(self) -> Self:
        return self.filter(OF_COMPLAINT)


class Deadline(models.Model):
    """A promise of time. Late is arithmetic: coalesce(met_at, now) > due_at. A row never changes once set."""

    class Kind(models.TextChoices):
        NOTIFY = "notify", _("5 分钟通知")
        ARRIVE = "arrive", _("到场")
        FINISH = "finish", _("完工")
        STEP = "step", _("下一步")
        COLLECT = "collect", _("领单")
        DESK_COPIES = "desk_copies", _("第一、二联返回")
        COPY_RETURN = "copy_return", _("第三联返回")
        BUILDER_REPLY = "builder_reply", _("施工单位答复")
        REFERRAL = "referral", _("市政跟进")
        CALLBACK = "callback", _("回访")
        CORRECTION = "correction", _("纠正")
        COMPLAINT = "complaint", _("投诉答复")
        CASH = "cash", _("代收现金交款")

    class Because(models.TextChoices):
        CUSTOMER = "customer", _("客户要求")
        US = "us", _("我方原因")
        TICKET_ENDED = "ticket_ended", _("报修已结束")
        DOWNGRADED = "downgraded", _("降低紧急程度")
        SUPERSEDED = "superseded", _("被新的时限代替")

    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.CASCADE, related_name="deadlines")
    kind = models.CharField(max_length=13, choices=Kind.choices)
    ref = models.CharField(max_length=30, blank=True)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_because = models.CharField(max_length=12, choices=Because.choices, blank=True)
    escalated_at = models.DateTimeField(null=True)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind", "ref"],
                condition=models.Q(met_at=None, cancelled_at=None),
                name="one_open_deadline",
            ),
            # Two empty tickets are not equal to a database.
            models.UniqueConstraint(
                fields=["kind", "ref"],
                condition=models.Q(ticket=None, met_at=None, cancelled_at=None),
                name="one_open_deadline_alone",
            ),
            models.CheckConstraint(
                condition=models.Q(met_at=None) | models.Q(met_at__gte=models.F("started_at")), name="met_after_start"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="deadline_to_ring",
                condition=models.Q(met_at=None, cancelled_at=None, escalated_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_at:%F %T}"

    @property
    def is_of_complaint(self) -> bool:
        return f"-{PaperKind.COMPLAINT}-" in self.ref

    @property
    def is_open(self) -> bool:
        return self.met_at is None and self.cancelled_at is None

    def late_by(self, at: dt.datetime | None = None) -> dt.timedelta:
        """How much too late it was met, or is by now; zero or less when in time."""
        return (self.met_at or at or clock.now()) - self.due_at


class Acknowledgement(models.Model):
    """Somebody said 知道了 to a missed deadline: the bell falls silent for all, the clock does not."""

    deadline = models.OneToOneField(
        Deadline, on_delete=models.CASCADE, related_name="acknowledgement", primary_key=True
    )
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.deadline_id)


class Pulse(models.Model):
    """When a sweeper last went round; a stale one shows the red bar on every page."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()
    rung = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.at:%F %T}"
