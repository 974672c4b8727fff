"""Complaints 投诉 (SOP 3.1-2, 3.2; lives.md §7): on a repair or on none, with an owner, a promised answer and the complainant's own word."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from callbacks.lifecycle import ComplaintLifecycle, ComplaintState
from callbacks.models.answers import PERSON
from core.text import masked_telephone, name_keys, squeezed
from places.models import Community, PublicArea, Unit, VisibleQuerySet
from tickets.evidence import write
from tickets.models import Deadline, Ticket

OVER = [ComplaintState.CLOSED, ComplaintState.WITHDRAWN]


class ComplaintQuerySet(VisibleQuerySet):
    def open(self) -> Self:
        return self.exclude(state__in=OVER)

    def for_list(self) -> Self:
        """Everything a row of a list shows, in one query."""
        return self.select_related("community", "unit", "area", "ticket__unit", "ticket__area", "owner", "recorded_by")


class Complaint(ComplaintLifecycle):
    """A complaint TS. Without a ticket it stands on a place, or on a person and his telephone alone."""

    class Kind(models.TextChoices):
        MANNER = "manner", _("服务态度")
        QUALITY = "quality", _("维修质量")
        TIMELINESS = "timeliness", _("及时性")
        CHARGING = "charging", _("收费")
        OTHER = "other", _("其他")

    class Severity(models.TextChoices):
        ORDINARY = "ordinary", _("一般")
        SERIOUS = "serious", _("严重")

    class Way(models.TextChoices):
        PHONE = "phone", _("电话")
        VISIT = "visit", _("当面")
        WECHAT = "wechat", _("微信")
        LETTER = "letter", _("书面")

    class Outcome(models.TextChoices):
        UPHELD = "upheld", _("属实")
        PARTLY = "partly", _("部分属实")
        UNFOUNDED = "unfounded", _("不属实")

    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="complaints")
    number = models.CharField(max_length=30, unique=True, editable=False)
    ticket = models.ForeignKey(Ticket, null=True, blank=True, on_delete=models.PROTECT, related_name="complaints")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="complaints")
    area = models.ForeignKey(PublicArea, null=True, blank=True, on_delete=models.PROTECT, related_name="complaints")
    name = models.CharField(max_length=20)
    relation = models.CharField(max_length=6, choices=Ticket.Relation.choices, default=Ticket.Relation.OWNER)
    phone = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    severity = models.CharField(max_length=8, choices=Severity.choices, blank=True)
    way = models.CharField(max_length=6, choices=Way.choices, default=Way.PHONE)
    content = models.CharField(max_length=500)
    recorded_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(editable=False)
    owner = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="complaints")
    owned_at = models.DateTimeField(null=True, editable=False)
    reply = models.CharField(max_length=500, blank=True)
    reply_way = models.CharField(max_length=6, choices=Way.choices, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome.choices, blank=True)
    answered_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, editable=False)
    word = models.CharField(max_length=200, blank=True, help_text="what the complainant said of the answer")
    word_way = models.CharField(max_length=6, choices=Way.choices, blank=True)
    word_at = models.DateTimeField(null=True, editable=False)
    returned = models.PositiveSmallIntegerField(default=0, editable=False, help_text="how often he was not content")
    search_text = models.CharField(max_length=800, editable=False)

    # Without the search text: it holds telephones, which must not outlive an erasure in the history.
    history = HistoricalRecords(excluded_fields=["search_text"])
    objects = ComplaintQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        indexes = [models.Index(fields=["community", "state"])]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("complaint", args=[self.number])

    @property
    def stream(self) -> str:
        """The chain its events hang on where there is no ticket."""
        return "" if self.ticket_id else self.number

    @property
    def site(self) -> Unit | PublicArea | None:
        return self.area or self.unit or (self.ticket.site if self.ticket else None)

    @property
    def where(self) -> str:
        """3栋2单元1201, the public area's name, else the estate's."""
        return str(self.site or self.community)

    @property
    def called(self) -> str:
        """The complainant as lists name him: 刘*."""
        plain = len(self.name) < 2 or self.name[1:] in {"先生", "女士"}
        return self.name if plain else f"{self.name[:1]}*"

    @property
    def masked_phone(self) -> str:
        return masked_telephone(self.phone) if self.phone else ""

    def fill_search(self) -> None:
        """Number, place, telephone, name with pinyin, and what is complained of, for one search box; the caller saves."""
        unit = self.unit or (self.ticket.unit if self.ticket else None)
        words = [
            squeezed(self.number),
            f"{unit.printed.replace('-', '')} {unit.code} {squeezed(unit.label)}" if unit else squeezed(self.where),
            self.phone,
            squeezed(self.name),
            name_keys(self.name),
            squeezed(self.content),
        ]
        self.search_text = " ".join(words)[:800]

    def is_for(self, user: Any) -> bool:
        return bool(self.owner_id == user.pk)

    def lock_spine(self) -> None:
        """The ticket first. Without one the clocks take its place: the sweeper, which writes the same chain, claims them first too."""
        ticket = self.ticket.lock() if self.ticket else None
        self.lock()
        self.ticket = ticket
        if ticket is None:
            list(Deadline.objects.select_for_update().filter(ticket=None, ref=self.number).order_by("pk"))

    def record(
        self, action: str, *, by: Any, at: dt.datetime, on_behalf_of: Any = None, remark: str = "", **facts: Any
    ) -> None:
        said = {"complaint": self.number, **facts}
        write(self.ticket, f"complaint_{action}", by=by, at=at, remark=remark, facts=said, stream=self.stream)
