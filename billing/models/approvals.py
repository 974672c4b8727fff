"""What a service supervisor asks of the manager from ¥500.00: to waive what is owed, to give money back, to give up a claim."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from billing.lifecycle import ApprovalLifecycle, ApprovalState
from billing.models.claims import Claim
from billing.models.money import Payment
from billing.models.quotes import OnTicket
from core.money import MoneyField
from places.models import VisibleQuerySet

PERSON = settings.AUTH_USER_MODEL


class ApprovalQuerySet(VisibleQuerySet):
    community_path = "ticket__community"


class Approval(OnTicket, ApprovalLifecycle):
    """A waiver, a refund or what is given up of a claim, from ¥500.00 (lives.md §6): asked by the service supervisor, approved by the manager."""

    class Kind(models.TextChoices):
        WAIVER = "waiver", _("减免")
        REFUND = "refund", _("退款")
        CLAIM = "claim", _("索赔让步")

    paper = "approval"
    kind = models.CharField(max_length=6, choices=Kind.choices)
    payment = models.ForeignKey(
        Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="approvals", help_text="to be given back"
    )
    claim = models.ForeignKey(
        Claim, null=True, blank=True, on_delete=models.PROTECT, related_name="approvals", help_text="to be given up"
    )
    amount = MoneyField()
    reason = models.CharField(max_length=100)
    asked_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=100, blank=True)
    history = HistoricalRecords()
    objects = ApprovalQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(state=ApprovalState.ASKED, kind="waiver"), name="one_waiver_asked"
            ),
            models.UniqueConstraint(
                fields=["payment"], condition=models.Q(state=ApprovalState.ASKED), name="one_refund_asked"
            ),
            models.UniqueConstraint(
                fields=["claim"], condition=models.Q(state=ApprovalState.ASKED), name="one_concession_asked"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="waiver", payment=None, claim=None)
                | models.Q(kind="refund", payment__isnull=False, claim=None)
                | models.Q(kind="claim", payment=None, claim__isnull=False),
                name="approval_names_its_record",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.amount}"
