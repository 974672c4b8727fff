"""What was offered and agreed: quotes with their lines, agreements."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from billing.lifecycle import (
    AgreementLifecycle,
    QuoteLifecycle,
)
from core.money import MoneyField
from places.models import Community
from tickets.evidence import write
from tickets.models import Ticket

ZERO = Decimal("0.00")
PERSON = settings.AUTH_USER_MODEL


class OnTicket(models.Model):
    """A record of money that hangs on a ticket and writes into its chain of events."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="%(class)ss")
    paper = "record"

    class Meta:
        abstract = True

    @property
    def community_id(self) -> int:
        return self.ticket.community_id

    def lock_spine(self) -> None:
        ticket = self.ticket.lock()
        self.lock()  # type: ignore[attr-defined]
        self.ticket = ticket

    def is_for(self, user: Any) -> bool:
        return self.ticket.is_for(user)

    def record(
        self, action: str, *, by: Any, at: dt.datetime, on_behalf_of: Any = None, remark: str = "", **facts: Any
    ) -> None:
        name = action if action.endswith(self.paper) else f"{self.paper}_{action}"
        write(
            self.ticket,
            name,
            by=by,
            at=at,
            on_behalf_of=on_behalf_of,
            remark=remark,
            facts={self.paper: self.pk, **facts},
        )


class Quote(OnTicket, QuoteLifecycle):
    """The n-th quote of a ticket: priced lines told to the customer before any paper (5.5.1-3). Frozen once offered."""

    class How(models.TextChoices):
        IN_PERSON = "in_person", _("当面")
        PHONE = "phone", _("电话")
        WECHAT = "wechat", _("微信")
        SIGNED = "signed", _("现场签字")

    paper = "quote"
    n = models.PositiveSmallIntegerField()
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    total = MoneyField()
    materials = MoneyField(default=ZERO, help_text="of it, the company's parts")
    visit_fee_told = models.BooleanField(default=False)
    answered_by = models.CharField(max_length=20, blank=True)
    answered_as = models.CharField(max_length=6, choices=Ticket.Relation.choices, blank=True)
    answered_how = models.CharField(max_length=9, choices=How.choices, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["n"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "n"], name="quote_once"),
            models.UniqueConstraint(fields=["ticket"], condition=models.Q(state="accepted"), name="one_accepted_quote"),
            models.UniqueConstraint(fields=["ticket"], condition=models.Q(state="offered"), name="one_offered_quote"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} #{self.n} {self.total}"


class QuoteLine(models.Model):
    """A line of a quote: labour from the price list or a spare part, the price copied on that day."""

    class Kind(models.TextChoices):
        LABOUR = "labour", _("人工")
        MATERIAL = "material", _("材料")

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    code = models.CharField(max_length=6, blank=True)
    name = models.CharField(max_length=60)
    spec = models.CharField(max_length=30, blank=True)
    model = models.CharField(max_length=30, blank=True)
    unit = models.CharField(max_length=4)
    quantity = models.DecimalField(max_digits=9, decimal_places=3)
    price = MoneyField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def amount(self) -> Decimal:
        """Quantity × price, half up to the fen."""
        return Decimal(self.quantity * self.price).quantize(ZERO, ROUND_HALF_UP)

    def as_printed(self) -> dict[str, str]:
        """As a slip or agreement copies it."""
        return {
            "kind": self.kind, "code": self.code, "name": self.name, "spec": self.spec, "model": self.model, "unit": self.unit,
            "quantity": f"{self.quantity.normalize():f}", "price": f"{self.price:.2f}", "amount": f"{self.amount:.2f}",
        }  # fmt: skip


class Agreement(OnTicket, AgreementLifecycle):
    """The simple agreement 维修协议 from ¥500.00 (5.2.2-1c, A.6); a supplement keeps the number and says 补n."""

    paper = "agreement"
    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="agreements")
    number = models.CharField(max_length=30)
    supplement = models.PositiveSmallIntegerField(default=0)
    total = MoneyField()
    lines = models.JSONField(default=list)
    party = models.CharField(max_length=20)
    scope = models.CharField(max_length=300)
    materials = models.CharField(max_length=200)
    starts_on = models.DateField()
    ends_on = models.DateField()
    guarantee_months = models.PositiveSmallIntegerField(default=3)
    owner_signs = models.BooleanField(default=True)
    owner_word = models.CharField(max_length=100, blank=True, help_text="业主书面同意的凭据")
    issued_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["number", "supplement"], condition=~models.Q(state="voided"), name="agreement_once"
            ),
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="agreement_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.number}补{self.supplement}" if self.supplement else self.number
