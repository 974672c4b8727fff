"""Calling back everybody who reported, and putting right what was not good (SOP 5.5.1-9, domain A.5)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from callbacks.lifecycle import CallbackLifecycle, CorrectionLifecycle
from core.clock import local
from people.models import Team
from places.models import Community, VisibleQuerySet
from tickets.evidence import write
from tickets.models import Caller, Ticket

PERSON = settings.AUTH_USER_MODEL


class CallbackQuerySet(VisibleQuerySet):
    community_path = "ticket__community"


class Callback(CallbackLifecycle):
    """One caller in one round; the row begins with the first attempt. The first answer is the figure."""

    class Way(models.TextChoices):
        PHONE = "phone", _("电话")
        VISIT = "visit", _("上门")
        WECHAT = "wechat", _("微信")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="callbacks")
    caller = models.ForeignKey(Caller, on_delete=models.PROTECT, related_name="callbacks")
    round = models.PositiveSmallIntegerField(default=1)
    way = models.CharField(max_length=6, choices=Way.choices, default=Way.PHONE)
    opinion = models.CharField(max_length=200, blank=True)
    on_time = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1–5")
    quality = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1–5")
    manner = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1–5")
    charging = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1–5")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_to = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey(
        "callbacks.GroupMessage", null=True, blank=True, on_delete=models.PROTECT, related_name="told"
    )
    history = HistoricalRecords()
    objects = CallbackQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["caller", "round"], name="callback_once")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.round}"

    @property
    def community_id(self) -> int:
        return self.ticket.community_id

    @property
    def valid_attempts(self) -> int:
        """Unanswered attempts that count: two hours apart; 0–2 while all fall on one day (G7)."""
        counted: list[dt.datetime] = []
        for at in self.attempts.order_by("at").values_list("at", flat=True):
            if not counted or at - counted[-1] >= dt.timedelta(hours=2):
                counted.append(at)
        days = {local(at).date() for at in counted}
        return len(counted) if len(days) >= 2 else min(len(counted), 2)

    def is_for(self, user: Any) -> bool:
        return False

    def lock_spine(self) -> None:
        ticket = self.ticket.lock()
        self.lock()
        self.ticket = ticket

    def record(
        self, action: str, *, by: Any, at: dt.datetime, on_behalf_of: Any = None, remark: str = "", **facts: Any
    ) -> None:
        write(
            self.ticket,
            f"callback_{action}",
            by=by,
            at=at,
            remark=remark,
            facts={"callback": self.pk, "round": self.round, **facts},
        )


class GroupMessage(models.Model):
    """One message to many callers of one fault (G13): what was said, on which way."""

    class Channel(models.TextChoices):
        SMS = "sms", _("短信")
        WECHAT = "wechat", _("微信群")
        NOTICE = "notice", _("公告")
        BROADCAST = "broadcast", _("广播")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="messages")
    channel = models.CharField(max_length=9, choices=Channel.choices)
    text = models.CharField(max_length=300)
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.channel}"


class Attempt(models.Model):
    """A call nobody answered."""

    callback = models.ForeignKey(Callback, on_delete=models.CASCADE, related_name="attempts")
    way = models.CharField(max_length=6, choices=Callback.Way.choices, default=Callback.Way.PHONE)
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.callback_id} {self.at:%F %H:%M}"


class Correction(CorrectionLifecycle):
    """A correction 纠正 JZ: department, what, due; verified by the next callback."""

    class Department(models.TextChoices):
        ENGINEERING = "engineering", _("工程部")
        DESK = "desk", _("客服部")

    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="corrections")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="corrections")
    callback = models.ForeignKey(Callback, null=True, blank=True, on_delete=models.PROTECT, related_name="corrections")
    complaint = models.ForeignKey(
        "callbacks.Complaint", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections"
    )
    number = models.CharField(max_length=30, unique=True)
    department = models.CharField(max_length=11, choices=Department.choices)
    what = models.CharField(max_length=200)
    due_at = models.DateTimeField()
    needs_visit = models.BooleanField(default=False)
    raised_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    assignee = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="corrections")
    done = models.CharField(max_length=200, blank=True)
    corrected_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    corrected_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    verified_at = models.DateTimeField(null=True, blank=True)
    rework_accepted = models.BooleanField(default=False, editable=False)
    rework = models.ForeignKey(
        Ticket,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="redoing",
        help_text="the call that redoes it",
    )
    again_at = models.DateTimeField(null=True, blank=True, help_text="when it was sent back the last time")
    first_technician = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="redone")
    first_team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="redone")
    history = HistoricalRecords()
    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.number

    @property
    def asked(self) -> Ticket:
        """Whose callers verify it and where its clock runs: the repair itself, or the call that redoes it."""
        return self.rework or self.ticket

    @property
    def since_asked(self) -> dt.datetime:
        """From when a rework slip answers it: it was raised, or sent back."""
        return self.again_at or self.raised_at

    def place(self, ticket: Ticket) -> None:
        """Set the repair this transaction has locked: what it corrects, or the call that redoes it."""
        if self.rework_id == ticket.pk:
            self.rework = ticket
            self.ticket = ticket.rework_of or self.ticket
        else:
            self.ticket = ticket

    def is_for(self, user: Any) -> bool:
        return bool(self.assignee_id == user.pk)

    def lock_spine(self) -> None:
        ticket, rework = self.ticket, self.rework
        for row in (ticket, rework):  # the earlier repair has the lower id
            if row:
                row.lock()
        self.lock()
        self.ticket, self.rework = ticket, rework

    def record(
        self, action: str, *, by: Any, at: dt.datetime, on_behalf_of: Any = None, remark: str = "", **facts: Any
    ) -> None:
        write(
            self.ticket, f"correction_{action}", by=by, at=at, remark=remark, facts={"correction": self.number, **facts}
        )
