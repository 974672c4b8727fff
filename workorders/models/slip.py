"""The slip with its parts and signatures."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.money import MoneyField
from people.models import Trade
from places.models import Builder, Community, VisibleQuerySet
from tickets.evidence import write
from tickets.models import Ticket
from tickets.states import PUBLIC_NATURES
from workorders.lifecycle import SlipLifecycle
from workorders.states import DONE_SLIP, LISTING, OPEN_SLIP, Bearer, Kind, SlipState

ZERO = Decimal("0.00")
PERSON = settings.AUTH_USER_MODEL


class SlipQuerySet(VisibleQuerySet):
    def open(self) -> Self:
        return self.filter(state__in=OPEN_SLIP)

    def done(self) -> Self:
        return self.filter(state__in=DONE_SLIP)


class Slip(SlipLifecycle):
    """A slip of any kind. What it prints of quote, agreement, receipt and callback is copied into its own columns."""

    class Opinion(models.TextChoices):
        SATISFIED = "satisfied", _("满意")
        PASSED = "passed", _("合格")
        FAILED = "failed", _("不合格")

    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="slips")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="slips")
    number = models.CharField(max_length=30, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.DISPATCH)
    trade = models.ForeignKey(Trade, on_delete=models.PROTECT, related_name="slips")
    technician = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="slips")
    issued_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="issued_slips")
    issued_at = models.DateTimeField()
    window_from = models.DateTimeField(null=True, blank=True)
    window_to = models.DateTimeField(null=True, blank=True)
    performer_on_site = models.BooleanField(default=False)
    rework = models.BooleanField(default=False)
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")
    revision = models.PositiveSmallIntegerField(default=1)

    builder = models.ForeignKey(Builder, null=True, blank=True, on_delete=models.PROTECT, related_name="slips")
    collected_name = models.CharField(max_length=20, blank=True, help_text="the builder's person who took the sheets")
    warranty_line = models.JSONField(default=dict, help_text="start day, category, term, last day, agreement, survey")
    notice_line = models.JSONField(default=dict, help_text="notice number, form, time, limits")
    renewed_until = models.DateField(null=True, blank=True, help_text="返修部位新届满日")
    installing = models.BooleanField(default=False, help_text="安装, else 维修")
    equipment = models.CharField(max_length=40, blank=True)
    equipment_no = models.CharField(max_length=20, blank=True)
    bearer = models.CharField(max_length=7, choices=Bearer.choices, blank=True)
    liable_person = models.CharField(max_length=20, blank=True)
    approval_number = models.CharField(max_length=40, blank=True)
    planned_on = models.DateField(null=True, blank=True)
    parts_on = models.DateField(null=True, blank=True, help_text="the day awaited parts are promised for")
    no_parts = models.BooleanField(default=False, help_text="无: no parts were used")
    hours = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True, help_text="人工时")
    inspection = models.CharField(max_length=100, blank=True, help_text="the engineering supervisor's opinion on site")
    inspection_opinion = models.CharField(max_length=9, choices=Opinion.choices, blank=True)
    refused_because = models.CharField(max_length=100, blank=True, help_text="why the customer would not sign")
    refused_witness = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    lines = models.JSONField(
        default=list, help_text="accepted price lines: code, name, unit, quantity, price, amount, struck"
    )
    quoted_total = MoneyField(default=ZERO)
    quoted_materials = MoneyField(default=ZERO)
    agreed_by = models.CharField(max_length=20, blank=True)
    agreed_how = models.CharField(max_length=20, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreement_number = models.CharField(max_length=40, blank=True)
    receipt_numbers = models.CharField(max_length=120, blank=True)
    callback_line = models.JSONField(default=dict)
    received_line = models.JSONField(default=dict)

    collected_at = models.DateTimeField(null=True, editable=False)
    arrived_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)
    finish_due_at = models.DateTimeField(null=True, editable=False)
    work = models.CharField(max_length=300, blank=True)
    opinion = models.CharField(max_length=9, choices=Opinion.choices, blank=True)
    opinion_text = models.CharField(max_length=100, blank=True)
    finished_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="finished_slips")
    content_hash = models.CharField(max_length=64, blank=True, editable=False)
    void_reason = models.CharField(max_length=100, blank=True)
    copies_with_performer = models.BooleanField(default=False, editable=False)

    # What the form of a step says and only its Event keeps.
    unused_confirmed = False

    history = HistoricalRecords()
    objects = SlipQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.number

    @cached_property
    def part_rows(self) -> list[Part]:
        return list(self.parts.all())

    @cached_property
    def signed_by(self) -> set[str]:
        return {row.role for row in self.signatures.all() if not row.dropped}

    def fresh(self) -> None:
        """Forget the child rows read before they changed."""
        for name in ("part_rows", "signed_by"):
            self.__dict__.pop(name, None)

    @property
    def free(self) -> bool:
        """No price and no charge: rework, warranty and what is repaired at the builder's cost."""
        return self.rework or self.kind != Kind.DISPATCH or self.bearer == Bearer.BUILDER

    @property
    def signatories(self) -> set[str]:
        """Who must sign before it counts as accepted (5.5.1-7, 5.5.2-5, 5.5.3-3)."""
        home = self.ticket.nature not in PUBLIC_NATURES
        if self.kind == Kind.DISPATCH:
            return {Signature.Role.CUSTOMER}
        if self.kind == Kind.WARRANTY and home:
            return {Signature.Role.CUSTOMER, Signature.Role.ENGINEERING}
        return {Signature.Role.ENGINEERING}

    @property
    def performer_role(self) -> str:
        """Whose signature finishes it: the builder's or the outside contractor's, else the technician's."""
        return Signature.Role.BUILDER if self.builder_id else Signature.Role.TECHNICIAN

    @property
    def performer(self) -> str:
        """By name: the builder or the outside contractor, else the technician."""
        return self.builder.name if self.builder else self.technician.name

    @property
    def used_materials(self) -> Decimal:
        """Yuan of the company's parts really used."""
        return sum(
            (part.amount for part in self.part_rows if part.source == Part.Source.COMPANY and not part.withdrawn), ZERO
        )

    @property
    def used_elsewhere(self) -> Decimal:
        """Yuan of the company's parts on the ticket's other standing slips: one quote covers all of them (G4, G5)."""
        parts = Part.objects.filter(
            slip__ticket=self.ticket_id, slip__rework=False, source=Part.Source.COMPANY, withdrawn=False
        )
        others = parts.exclude(slip=self.pk).exclude(slip__state=SlipState.VOIDED)
        return sum((part.amount for part in others), ZERO)

    @property
    def unlisted_materials(self) -> list[dict[str, Any]]:
        """Quoted material lines that no standing slip lists; none while another slip may list them still, or nothing falls off (G4)."""
        if self.rework or self.used_materials + self.used_elsewhere >= self.quoted_materials:
            return []
        others = Slip.objects.filter(ticket=self.ticket_id, rework=False, state__in=LISTING).exclude(pk=self.pk)
        if others.exists():
            return []
        parts = Part.objects.filter(slip__ticket=self.ticket_id, slip__rework=False, source=Part.Source.COMPANY)
        listed = Counter(
            parts.filter(withdrawn=False).exclude(slip__state=SlipState.VOIDED).values_list("name", flat=True)
        )
        quoted = [line for line in self.lines if line.get("kind") == "material" and not line.get("struck")]
        unlisted = []
        for line in quoted:
            if listed[line["name"]]:
                listed[line["name"]] -= 1
            else:
                unlisted.append(line)
        return unlisted

    @property
    def unlisted_sum(self) -> Decimal:
        """Yuan of the quoted materials that nobody lists."""
        return sum((Decimal(line["amount"]) for line in self.unlisted_materials), ZERO)

    @property
    def due_sum(self) -> Decimal:
        """What the customer pays for this slip: labour of the quote and the company's parts really used."""
        return ZERO if self.free else Decimal(self.quoted_total - self.quoted_materials + self.used_materials)

    def content_digest(self) -> str:
        """SHA-256 of what the customer signs: lines, parts, work and sums."""
        parts = [
            [
                p.source,
                p.name,
                p.spec,
                p.model,
                str(p.quantity),
                p.unit,
                str(p.price),
                p.withdrawn,
                p.name_ok,
                p.quantity_ok,
                p.look_ok,
            ]
            for p in self.part_rows
        ]
        said = [self.number, self.lines, str(self.quoted_total), parts, self.work, self.revision]
        if self.kind != Kind.DISPATCH:
            said += [self.bearer, self.approval_number, f"{self.hours or 0:.2f}", self.no_parts]
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()

    def is_for(self, user: Any) -> bool:
        return bool(self.technician_id == user.pk)

    def lock_spine(self) -> None:
        ticket = self.ticket
        ticket.lock_spine()
        self.lock()
        self.ticket = ticket
        self.fresh()

    def record(
        self, action: str, *, by: Any, at: dt.datetime, on_behalf_of: Any = None, remark: str = "", **facts: Any
    ) -> None:
        write(
            self.ticket,
            f"slip_{action}",
            by=by,
            at=at,
            on_behalf_of=on_behalf_of,
            remark=remark,
            facts={"slip": self.number, **facts},
        )


class Part(models.Model):
    """A part or material of a slip 配件 (domain A.2): the company's with five items and verified, the customer's inspected."""

    class Source(models.TextChoices):
        COMPANY = "company", _("公司")
        CUSTOMER = "customer", _("客户")

    slip = models.ForeignKey(Slip, on_delete=models.CASCADE, related_name="parts")
    source = models.CharField(max_length=8, choices=Source.choices)
    name = models.CharField(max_length=30)
    spec = models.CharField(max_length=30, blank=True)
    model = models.CharField(max_length=30, blank=True)
    quantity = models.DecimalField(max_digits=9, decimal_places=3, default=Decimal(1))
    unit = models.CharField(max_length=4, blank=True)
    price = MoneyField(default=ZERO)
    name_ok = models.BooleanField(null=True, blank=True)
    quantity_ok = models.BooleanField(null=True, blank=True)
    look_ok = models.BooleanField(null=True, blank=True)
    inspection = models.CharField(max_length=60, blank=True)
    withdrawn = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def amount(self) -> Decimal:
        """Quantity × price, half up to the fen; a customer's part costs nothing."""
        if self.source == self.Source.CUSTOMER:
            return ZERO
        return Decimal(self.quantity * self.price).quantize(ZERO, ROUND_HALF_UP)

    @property
    def is_inspected(self) -> bool:
        return self.withdrawn or None not in (self.name_ok, self.quantity_ok, self.look_ok)

    @property
    def passed(self) -> bool:
        return self.withdrawn or False not in (self.name_ok, self.quantity_ok, self.look_ok)

    @property
    def has_five_items(self) -> bool:
        return self.withdrawn or bool(
            self.name and self.spec and self.model and self.quantity > 0 and self.price >= 0 and self.unit
        )


class Signature(models.Model):
    """A signature on a slip: strokes drawn on a screen, or "signed on paper" with who saw it."""

    class Role(models.TextChoices):
        TECHNICIAN = "technician", _("维修人")
        CUSTOMER = "customer", _("客户")
        ENGINEERING = "engineering", _("工程主管")
        BUILDER = "builder", _("施工单位")

    slip = models.ForeignKey(Slip, on_delete=models.PROTECT, related_name="signatures")
    role = models.CharField(max_length=11, choices=Role.choices)
    name = models.CharField(max_length=20)
    strokes = models.JSONField(default=list, help_text="polylines of points 0…1; empty: signed on paper")
    on_paper = models.BooleanField(default=False)
    seen_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    opinion = models.CharField(max_length=9, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    refused = models.BooleanField(default=False, help_text="would not sign; witnessed, and confirmed by the supervisor")
    dropped = models.BooleanField(default=False, help_text="the acceptance fell, by reject or unfinish")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.slip_id} {self.role}"
