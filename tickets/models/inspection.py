"""A handover inspection 交房验房 (SOP 5.3.3, domain A.1): one sitting, many defects, each its own repair once registered."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Self

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.urls import reverse
from simple_history.models import HistoricalRecords

from core.text import masked_telephone
from places.models import Community, Component, Unit, VisibleQuerySet
from tickets.handover import InspectionLifecycle, InspectionState
from tickets.models.ticket import Ticket
from tickets.models.visits import photos_storage
from tickets.states import Urgency

PERSON = settings.AUTH_USER_MODEL
MOST_LINES = 60


class InspectionQuerySet(VisibleQuerySet):
    def drafts(self) -> Self:
        return self.filter(state=InspectionState.DRAFT)

    def for_page(self) -> Self:
        """Everything the head of a page shows, in one query."""
        return self.select_related("community", "unit__entrance__building__community", "unit__builder", "opened_by", "registered_by", "notified_by")  # fmt: skip


class Inspection(InspectionLifecycle):
    """One sitting in one dwelling. A draft has no number (domain A.0); the lines are saved one by one, registered all or none."""

    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="inspections")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="inspections")
    number = models.CharField(max_length=30, unique=True, null=True, blank=True, editable=False)
    opened_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(editable=False)
    reporter_name = models.CharField(max_length=20, blank=True)
    relation = models.CharField(max_length=6, choices=Ticket.Relation.choices, default=Ticket.Relation.OWNER)
    phone = models.CharField(max_length=20, blank=True)
    handed_over_on = models.DateField(
        null=True, blank=True, help_text="交房日期, told here where the dwelling has none"
    )
    strokes = models.JSONField(default=list, blank=True)
    on_paper = models.BooleanField(default=False)
    registered_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField(null=True, editable=False)
    notified_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    notified_at = models.DateTimeField(null=True, editable=False)

    history = HistoricalRecords()
    objects: Any = InspectionQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit"], condition=models.Q(state=InspectionState.DRAFT), name="one_draft_a_dwelling"
            )
        ]
        indexes = [models.Index(fields=["community", "state"])]

    def __str__(self) -> str:
        return self.number or f"{self.unit}"

    def get_absolute_url(self) -> str:
        return (
            reverse("inspection", args=[self.number]) if self.number else f"{reverse('handover')}?unit={self.unit_id}"
        )

    @property
    def where(self) -> str:
        """3栋2单元1201."""
        return str(self.unit)

    @property
    def stream(self) -> str:
        """What its own events hang on."""
        return f"inspection-{self.pk}"

    @property
    def called(self) -> str:
        """The resident as lists name him."""
        return str(Ticket(reporter_name=self.reporter_name, relation=self.relation).called)

    @property
    def masked_phone(self) -> str:
        return masked_telephone(self.phone) if self.phone else ""

    @property
    def standing(self) -> list[InspectionLine]:
        """Its lines in their order, without those taken out and those with nothing on them."""
        rows = self.lines.filter(removed_at=None).select_related("component__trade", "edited_by")
        return [line for line in rows.prefetch_related("photos") if not line.is_blank]

    def is_for(self, user: Any) -> bool:
        """Whoever inspected."""
        return bool(user.pk in {self.opened_by_id, self.registered_by_id})

    def lock_spine(self) -> None:
        """This row first, then its repairs by id, then the numbers: the one order of every step here."""
        self.lock()

    def record(
        self, action: str, *, by: Any, at: dt.datetime, on_behalf_of: Any = None, remark: str = "", **facts: Any
    ) -> None:
        from tickets.evidence import write

        said = {"inspection": self.pk, "number": self.number, **facts}
        write(None, f"inspection_{action}", by=by, at=at, on_behalf_of=on_behalf_of, remark=remark, facts=said,
              stream=self.stream)  # fmt: skip


class InspectionLine(models.Model):
    """A defect on the sheet. While it is a draft it may lack anything; `key` is made by whoever writes it, so that a resend is harmless.

    room: 主卧, as typed or chosen; spot: the place of the register it means. `version` counts the edits.
    """

    inspection = models.ForeignKey(Inspection, on_delete=models.CASCADE, related_name="lines")
    key = models.UUIDField(default=uuid.uuid4)
    position = models.FloatField(default=0)
    number = models.PositiveSmallIntegerField(null=True, blank=True, help_text="序号, given at registration")
    room = models.CharField(max_length=20, blank=True)
    spot = models.CharField(max_length=8, choices=Ticket.Spot.choices, blank=True)
    component = models.ForeignKey(Component, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    component_text = models.CharField(max_length=60, blank=True)
    fault = models.TextField(max_length=1000, blank=True)
    urgency = models.CharField(max_length=7, choices=Urgency.choices, default=Urgency.ROUTINE)
    version = models.PositiveIntegerField(default=1)
    edited_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    edited_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    ticket = models.OneToOneField(
        Ticket, null=True, blank=True, on_delete=models.PROTECT, related_name="inspection_line"
    )
    passed = models.BooleanField(null=True, blank=True, help_text="as last re-inspected")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["inspection", "key"], name="line_key_once"),
            models.UniqueConstraint(fields=["inspection", "number"], name="line_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.inspection_id}/{self.number or self.position}"

    @property
    def is_blank(self) -> bool:
        """Nothing on it but, perhaps, the room that was proposed."""
        return not (self.component_id or self.component_text or self.fault or (self.pk and self.photos.all()))


class LinePhoto(models.Model):
    """A picture of a line that is not registered yet; registration makes it a photo of the repair, in the same file."""

    line = models.ForeignKey(InspectionLine, on_delete=models.CASCADE, related_name="photos")
    file = models.FileField(storage=photos_storage, max_length=120)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.line_id}/{self.pk}"


class Reinspection(models.Model):
    """A line looked at again: passed or not, in which words, by whom, when; a later look is a further row."""

    line = models.ForeignKey(InspectionLine, on_delete=models.CASCADE, related_name="reinspections")
    passed = models.BooleanField()
    words = models.CharField(max_length=100, blank=True)
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.line_id} {self.passed}"


def files_storage() -> FileSystemStorage:
    return FileSystemStorage(location=settings.MEDIA_ROOT / "sheets")


class DefectFile(models.Model):
    """A spreadsheet of defects between its dry run and the yes: read again then, thrown away afterwards or after a day."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    file = models.FileField(storage=files_storage, max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
