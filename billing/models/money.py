"""What is owed, paid and receipted; yuan with two places; nothing is deleted."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from billing.lifecycle import (
    ChargeLifecycle,
    ChargeState,
    PaymentLifecycle,
    PaymentState,
)
from billing.models.quotes import OnTicket
from core import clock
from core.money import AGREEMENT_FROM, MoneyField
from places.models import Community, VisibleQuerySet

ZERO = Decimal("0.00")
PERSON = settings.AUTH_USER_MODEL
STANDING = [ChargeState.OPEN, ChargeState.SETTLED]


class Charge(OnTicket, ChargeLifecycle):
    """What the customer owes for a ticket, opened the day the quote was accepted; changed by adjustment rows only."""

    class Why(models.TextChoices):
        REPAIR = "repair", _("维修费")
        VISIT = "visit", _("上门检测费")

    paper = "charge"
    why = models.CharField(max_length=6, choices=Why.choices, default=Why.REPAIR)
    amount = MoneyField(help_text="as opened")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["opened_at", "pk"]
        constraints = [models.CheckConstraint(condition=models.Q(amount__gte=0), name="charge_not_negative")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.amount}"

    @cached_property
    def net(self) -> Decimal:
        """Yuan owed after all adjustments."""
        return Decimal(self.amount) + sum((row.amount for row in self.adjustments.all()), ZERO)


class Adjustment(models.Model):
    """A charge goes up or down, with reason and paper; never by editing it."""

    class Why(models.TextChoices):
        REVISION = "revision", _("增项")
        USED_LESS = "used_less", _("实用少于报价")
        VOID = "void", _("单据作废")
        CANCEL = "cancel", _("消单")
        REJUDGED = "rejudged", _("改判性质")
        WAIVED = "waived", _("减免")
        BEARER = "bearer", _("改由别人承担")

    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="adjustments")
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    why = models.CharField(max_length=9, choices=Why.choices)
    paper = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=100, blank=True)
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.charge_id} {self.amount}"


class CashHandover(models.Model):
    """A technician hands the money he took over at the desk, item by item, counted and signed by both (3.1)."""

    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="cash_handovers")
    number = models.CharField(max_length=30, unique=True)
    technician = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="cash_handed_over")
    taken_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="cash_taken")
    amount = MoneyField()
    at = models.DateTimeField()
    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.number


class PaymentQuerySet(VisibleQuerySet):
    community_path = "ticket__community"

    def in_hand(self) -> Self:
        """Money that technicians still hold."""
        return self.filter(state=PaymentState.RECEIVED)


class Payment(OnTicket, PaymentLifecycle):
    """Money received on a ticket; a negative one is a contra entry 红字 that refers to the original."""

    class Method(models.TextChoices):
        CASH = "cash", _("现金")
        WECHAT = "wechat", _("微信")
        ALIPAY = "alipay", _("支付宝")
        CARD = "card", _("刷卡")
        TRANSFER = "transfer", _("转账")

    class Purpose(models.TextChoices):
        PREPAYMENT = "prepayment", _("预收")
        REPAIR = "repair", _("维修费")
        EXTRA = "extra", _("补差")
        REFUND = "refund", _("退款")

    paper = "payment"
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    method = models.CharField(max_length=8, choices=Method.choices)
    reference = models.CharField(max_length=30, blank=True, help_text="交易号; required unless cash")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    payer = models.CharField(max_length=20)
    received_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="payments_received")
    received_at = models.DateTimeField()
    on_site = models.BooleanField(default=False, help_text="taken by a technician")
    part_because = models.CharField(max_length=60, blank=True, help_text="why less than what is owed")
    handover = models.ForeignKey(CashHandover, null=True, blank=True, on_delete=models.PROTECT, related_name="payments")
    contra_of = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="contra")
    history = HistoricalRecords()
    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~models.Q(amount=0), name="payment_not_nothing")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.amount}"

    @property
    def needs_manager(self) -> bool:
        """From ¥500.00 it is given back only with the manager's word."""
        return bool(self.amount >= AGREEMENT_FROM)


class Receipt(models.Model):
    """A receipt 收款收据 (A.7): one a payment, to the payer. Voided the same day with all three copies, else by contra."""

    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="receipts")
    number = models.CharField(max_length=30, unique=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="receipts")
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    payer = models.CharField(max_length=20)
    reason = models.CharField(max_length=60)
    issued_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="receipts_issued")
    issued_at = models.DateTimeField(default=clock.now)
    invoice = models.CharField(max_length=20, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    void_reason = models.CharField(max_length=100, blank=True)
    history = HistoricalRecords()
    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["payment"], condition=models.Q(voided_at=None), name="one_receipt_a_payment"
            )
        ]

    def __str__(self) -> str:
        return self.number
