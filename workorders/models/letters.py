"""Letters that leave the house: notices to builders with their reminders, referrals to municipal bodies with their follow-ups."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core import clock
from core.clock import local
from places.models import Builder, Community, VisibleQuerySet
from tickets.evidence import write
from tickets.models import Ticket
from workorders.letters import AWAITED, STANDING, UNENDED, NoticeLifecycle, ReferralLifecycle, ReferralState

PERSON = settings.AUTH_USER_MODEL


class NoticeQuerySet(VisibleQuerySet):
    def standing(self) -> Self:
        return self.filter(state__in=STANDING)

    def awaited(self) -> Self:
        return self.filter(state__in=AWAITED)


class Notice(NoticeLifecycle):
    """A notice to the original builder 施工单位维修通知 (A.8), the n-th, about one repair or many."""

    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="notices")
    number = models.CharField(max_length=30, unique=True, editable=False)
    builder = models.ForeignKey(Builder, on_delete=models.PROTECT, related_name="notices")
    tickets = models.ManyToManyField(Ticket, related_name="notices")
    nth = models.PositiveSmallIntegerField(default=1)
    urgent = models.BooleanField(default=False)
    form = models.CharField(max_length=6, choices=Builder.Form.choices)
    words = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="notices")
    written_at = models.DateTimeField(null=True, blank=True, help_text="a telephoned notice, followed in writing")
    arrive_by = models.DateTimeField()
    finish_by = models.DateTimeField()
    acknowledged_by = models.CharField(max_length=20, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    agreed_from = models.DateTimeField(null=True, blank=True)
    agreed_to = models.DateTimeField(null=True, blank=True)
    reply = models.CharField(max_length=200, blank=True)
    refused_because = models.CharField(max_length=200, blank=True)
    attended_at = models.DateTimeField(null=True, blank=True)

    history = HistoricalRecords()
    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("notice", args=[self.number])

    def is_for(self, user: Any) -> bool:
        return False

    @property
    def is_to_be_written(self) -> bool:
        """A.8: told by telephone and not yet followed by a written one, which is due the same day."""
        return self.form == Builder.Form.PHONE and self.written_at is None and self.state in UNENDED

    @property
    def is_overdue(self) -> bool:
        """G9: the limit for coming has passed, and no later time was agreed."""
        due = max(filter(None, [self.arrive_by, self.agreed_to]))
        return self.state in STANDING and due < clock.now()

    def line(self) -> dict[str, str]:
        """What a warranty slip prints of it: number, form, time and the builder's limits."""
        return {
            "number": self.number, "nth": str(self.nth), "form": self.form, "sent_at": f"{local(self.sent_at):%F %H:%M}",
            "arrive_by": self.arrive_by.isoformat(), "finish_by": self.finish_by.isoformat(),
            "builder": self.builder.name, "contact": self.builder.contact, "phone": self.builder.phone,
        }  # fmt: skip

    def lock_spine(self) -> None:
        """Its tickets by id, then itself."""
        list(Ticket.objects.select_for_update(of=("self",)).filter(notices=self).order_by("pk"))
        self.lock()

    def record(
        self, action: str, *, by: Any, at: dt.datetime, on_behalf_of: Any = None, remark: str = "", **facts: Any
    ) -> None:
        """One event on each repair it is about."""
        for ticket in self.tickets.order_by("pk"):
            write(ticket, f"notice_{action}", by=by, at=at, remark=remark, facts={"notice": self.number, **facts})


class NoticeReminder(models.Model):
    """A reminder 催办 to the builder."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="reminders")
    at = models.DateTimeField()
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    form = models.CharField(max_length=6, choices=Builder.Form.choices)
    words = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.at:%F %T}"


class Referral(ReferralLifecycle):
    """A referral to a municipal body 市政转报函 (A.9)."""

    class Body(models.TextChoices):
        WATER = "water", _("自来水")
        POWER = "power", _("供电")
        GAS = "gas", _("燃气")
        HEAT = "heat", _("供热")
        SEWER = "sewer", _("排水")
        ROAD = "road", _("路政")
        LAMP = "lamp", _("路灯")
        TELECOM = "telecom", _("通信")
        REFUSE = "refuse", _("环卫")

    class How(models.TextChoices):
        PHONE = "phone", _("电话")
        LETTER = "letter", _("函")
        PLATFORM = "platform", _("平台")

    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="referrals")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="referrals")
    number = models.CharField(max_length=30, unique=True, editable=False)
    body = models.CharField(max_length=7, choices=Body.choices)
    hotline = models.CharField(max_length=20, blank=True)
    homes = models.PositiveIntegerField(null=True, blank=True, help_text="影响户数")
    judged_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    judged_at = models.DateTimeField()
    basis = models.CharField(max_length=100)
    how = models.CharField(max_length=8, choices=How.choices, default=How.PHONE)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="referrals")
    accepted_by = models.CharField(max_length=20, blank=True)
    reference = models.CharField(max_length=40, blank=True, help_text="受理编号; empty: 未提供")
    promised_at = models.DateTimeField(null=True, blank=True)
    measures = models.CharField(max_length=200, blank=True, help_text="我方临时措施")
    restored_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reporter_told_at = models.DateTimeField(null=True, blank=True)
    taken_back_because = models.CharField(max_length=200, blank=True)

    history = HistoricalRecords()
    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(state=ReferralState.OPEN), name="one_open_referral"
            )
        ]

    def __str__(self) -> str:
        return self.number

    def is_for(self, user: Any) -> bool:
        return False

    def lock_spine(self) -> None:
        self.ticket = self.ticket.lock()
        self.lock()

    def record(
        self, action: str, *, by: Any, at: dt.datetime, on_behalf_of: Any = None, remark: str = "", **facts: Any
    ) -> None:
        write(self.ticket, f"referral_{action}", by=by, at=at, remark=remark, facts={"referral": self.number, **facts})


class FollowUp(models.Model):
    """What the body said, and when we ask again 跟进记录."""

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="follow_ups")
    at = models.DateTimeField()
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    words = models.CharField(max_length=200)
    next_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.referral_id} {self.at:%F %T}"
