"""What own people's repair in the builder's stead cost, asked of him 索赔单 (G9)."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from billing.claim_lifecycle import ClaimLifecycle, ClaimState
from billing.models.quotes import OnTicket
from core import clock
from core.money import ZERO, MoneyField
from places.models import Builder, Community, VisibleQuerySet

PERSON = settings.AUTH_USER_MODEL


class Claim(OnTicket, ClaimLifecycle):
    """A claim on a builder: lines at the prices of the day it was drawn up; what is given up later is `conceded`."""

    class How(models.TextChoices):
        TRANSFER = "transfer", _("转账")
        RETENTION = "retention", _("抵扣质保金")
        CASH = "cash", _("现金")
        OTHER = "other", _("其他")

    paper = "claim"
    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="claims")
    number = models.CharField(max_length=30, unique=True, editable=False)
    builder = models.ForeignKey(Builder, on_delete=models.PROTECT, related_name="claims")
    slip_numbers = models.JSONField(default=list, help_text="the slips whose costs it gathers")
    lines = models.JSONField(default=list, help_text="as a quote prints them, kind labour or material")
    total = MoneyField()
    conceded = MoneyField(default=ZERO, help_text="given up with the manager's word")
    statement = models.CharField(max_length=300)
    pay_by = models.DateField()
    drafted_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    form = models.CharField(max_length=6, choices=Builder.Form.choices, blank=True)
    recipient = models.CharField(max_length=20, blank=True)
    sent_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_amount = MoneyField(null=True, blank=True)
    how = models.CharField(max_length=9, choices=How.choices, blank=True)
    reference = models.CharField(max_length=30, blank=True)
    reason = models.CharField(max_length=100, blank=True)
    ended_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    history = HistoricalRecords()
    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(total__gt=0), name="claim_not_nothing"),
            models.CheckConstraint(condition=models.Q(conceded__lte=models.F("total")), name="claim_conceded_within"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("print_claim", args=[self.number])

    @property
    def net(self) -> Decimal:
        """Yuan still asked for, after what was conceded."""
        return Decimal(self.total - self.conceded)

    @property
    def is_overdue(self) -> bool:
        """Sent, and not paid by the day it names."""
        return self.state == ClaimState.SENT and self.pay_by < clock.today()
