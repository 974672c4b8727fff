"""What happened: the chain of events and their free text."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from tickets.models.ticket import Ticket

PERSON = settings.AUTH_USER_MODEL


class Event(models.Model):
    """What happened: timeline, statistic and outbox in one. Append-only by trigger; `facts` hold ids and sums, never names."""

    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="events")
    stream = models.CharField(max_length=30, blank=True, help_text="what the chain hangs on when there is no ticket")
    seq = models.PositiveIntegerField()
    action = models.CharField(max_length=30)
    actor = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="events")
    on_behalf_of = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="events_by_others")
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    once = models.UUIDField(null=True, unique=True)
    body = models.CharField(max_length=64, blank=True, help_text="digest of the form that carried `once`")
    digest = models.CharField(max_length=64)
    relayed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["ticket", "seq"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "seq"], condition=models.Q(ticket__isnull=False), name="event_chain"
            ),
            models.UniqueConstraint(fields=["stream", "seq"], condition=models.Q(ticket=None), name="event_stream"),
        ]
        indexes = [
            models.Index(fields=["id"], name="event_to_relay", condition=models.Q(relayed_at=None)),
            models.Index(fields=["action", "at"]),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class Remark(models.Model):
    """Free text of an event, kept apart so that a person can be erased without breaking the chain."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="remark", primary_key=True)
    text = models.TextField(max_length=500)

    def __str__(self) -> str:
        return str(self.event_id)
