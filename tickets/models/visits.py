"""Visits: windows agreed, what was found, pictures."""

from __future__ import annotations

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.ticket import Ticket
from tickets.states import Nature

PERSON = settings.AUTH_USER_MODEL


class Appointment(models.Model):
    """A window agreed with the customer; a moved one stays and says by whom (G2)."""

    class MovedBy(models.TextChoices):
        CUSTOMER = "customer", _("客户要求")
        US = "us", _("我方改约")

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="appointments")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    made_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    moved_by = models.CharField(
        max_length=8, choices=MovedBy.choices, blank=True, help_text="who asked for the next one"
    )
    moved_because = models.CharField(max_length=100, blank=True)
    moved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends__gte=models.F("starts")), name="appointment_forward")
        ]

    def __str__(self) -> str:
        return f"{self.starts:%F %H:%M}"


class Survey(models.Model):
    """What was found on site (核实): work, quantities, parts, nature; a later judgement is a further row."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="surveys")
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    on_site = models.BooleanField(default=True)
    nature = models.CharField(max_length=15, choices=Nature.choices)
    man_made = models.BooleanField(null=True, blank=True)
    work = models.CharField(max_length=200)
    quantities = models.CharField(max_length=200, blank=True)
    parts = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text="why it differs from what the desk computed")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.nature}"


def photos_storage() -> FileSystemStorage:
    return FileSystemStorage(location=settings.MEDIA_ROOT / "photos")


class Photo(models.Model):
    """A picture, re-encoded, without place data; sent out only through a view that checks the ticket."""

    class Kind(models.TextChoices):
        REPORT = "report", _("报修")
        BEFORE = "before", _("修前")
        AFTER = "after", _("修后")
        DOOR = "door", _("门条")

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="photos")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    file = models.FileField(storage=photos_storage, max_length=120)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind}"
