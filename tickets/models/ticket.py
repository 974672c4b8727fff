"""The repair request and those who reported it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.money import MoneyField
from core.text import masked_telephone
from people.models import Team, Trade
from places.models import Builder, Community, Component, PublicArea, Unit, VisibleQuerySet
from tickets.lifecycle import TicketLifecycle
from tickets.states import FINAL, Nature, Rework, Urgency, kind_of_slip

ZERO = Decimal("0.00")
PERSON = settings.AUTH_USER_MODEL


class Place(models.TextChoices):
    """Two worlds in one register, and what is neither's (SOP 1)."""

    HOME = "home", _("户内")
    PUBLIC = "public", _("公共")
    MUNICIPAL = "municipal", _("市政")


def called(name: str, relation: str) -> str:
    """刘先生, or 刘* where no title is known; colleagues by name."""
    known = relation == Ticket.Relation.PATROL or len(name) < 2 or name[1:] in {"先生", "女士"}
    return name if known else f"{name[:1]}*"


class TicketQuerySet(VisibleQuerySet):
    def open(self) -> Self:
        return self.exclude(state__in=FINAL)

    def single(self) -> Self:
        """Listed by themselves: lines of a handover inspection have a queue of their own (5.3.3), unless they are urgent."""
        return self.filter(models.Q(inspection=None) | models.Q(urgency=Urgency.URGENT))

    def for_list(self) -> Self:
        """Everything a row of a list shows, in one query."""
        return self.select_related("unit", "area", "component", "trade", "technician", "team", "taken_by", "builder")

    def of_technician(self, user: Any) -> Self:
        """Jobs of this technician, or of his team where nobody is named."""
        mine = models.Q(technician=user)
        return self.filter(mine | models.Q(technician=None, team_id=user.team_id) if user.team_id else mine)


class Ticket(TicketLifecycle):
    """A repair request 报修 (domain A.1). Sums and flags of the last group are pushed down by the apps above."""

    class Channel(models.TextChoices):
        PHONE = "phone", _("电话")
        WALK_IN = "walk_in", _("上门")
        INSPECTION = "inspection", _("验房")

    class Relation(models.TextChoices):
        OWNER = "owner", _("业主")
        FAMILY = "family", _("家属")
        TENANT = "tenant", _("租户")
        PATROL = "patrol", _("员工巡查")
        OTHER = "other", _("其他")

    class Spot(models.TextChoices):
        BATHROOM = "bathroom", _("卫生间")
        KITCHEN = "kitchen", _("厨房")
        LIVING = "living", _("客厅")
        BEDROOM = "bedroom", _("卧室")
        BALCONY = "balcony", _("阳台")
        DOORS = "doors", _("门窗")
        LINES = "lines", _("户内管线")
        OTHER = "other", _("其他")

    class CancelReason(models.TextChoices):
        CUSTOMER = "customer", _("客户取消")
        NOTHING = "nothing", _("无需维修")
        ABSENT = "absent", _("两次上门无人")
        ERROR = "error", _("误报")

    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="tickets")
    number = models.CharField(max_length=30, unique=True, editable=False)
    reported_at = models.DateTimeField(editable=False)
    saved_at = models.DateTimeField(editable=False)
    backdated_because = models.CharField(max_length=100, blank=True)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.PHONE)
    taken_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="taken_tickets")
    place = models.CharField(max_length=9, choices=Place.choices, default=Place.HOME)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets")
    area = models.ForeignKey(PublicArea, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets")
    spot = models.CharField(max_length=8, choices=Spot.choices, blank=True)
    reporter_name = models.CharField(max_length=20)
    relation = models.CharField(max_length=6, choices=Relation.choices, default=Relation.OWNER)
    phone = models.CharField(max_length=20)
    component = models.ForeignKey(Component, on_delete=models.PROTECT, related_name="tickets")
    fault = models.CharField(max_length=200)
    urgency = models.CharField(max_length=7, choices=Urgency.choices, default=Urgency.ROUTINE)
    trade = models.ForeignKey(Trade, null=True, on_delete=models.PROTECT, related_name="tickets")
    man_made = models.BooleanField(null=True, blank=True, help_text="是否装修改动过")
    nature_guess = models.CharField(max_length=15, choices=Nature.choices)
    nature = models.CharField(max_length=15, choices=Nature.choices, blank=True)
    warranty_state = models.CharField(max_length=12, blank=True)
    warranty_ends_on = models.DateField(null=True, blank=True)
    window_from = models.DateTimeField(null=True, blank=True)
    window_to = models.DateTimeField(null=True, blank=True)
    technician = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="jobs")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="jobs")
    notified_how = models.CharField(max_length=10, blank=True)
    builder = models.ForeignKey(Builder, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets")
    builder_notified_at = models.DateTimeField(null=True, editable=False)
    builder_reply = models.CharField(max_length=12, blank=True, editable=False, help_text="state of the last notice")
    taken_over = models.BooleanField(default=False, help_text="own people in the builder's stead (G9)")
    notice_number = models.CharField(max_length=30, blank=True, editable=False, help_text="of the last notice")
    phone_consent = models.BooleanField(default=False, help_text="the builder may have the customer's number")
    told_of_judgement_at = models.DateTimeField(
        null=True, editable=False, help_text="another judgement than the desk's"
    )
    equipment = models.CharField(max_length=40, blank=True, help_text="设备名称")
    equipment_no = models.CharField(max_length=20, blank=True, help_text="设备编号")
    made_safe_at = models.DateTimeField(null=True, blank=True)
    absences = models.PositiveSmallIntegerField(default=0)
    urged = models.PositiveSmallIntegerField(default=0)
    remark = models.CharField(max_length=100, blank=True)
    weather = models.BooleanField(default=False, help_text="reported in bad weather; its clocks run all the same")
    objected_at = models.DateTimeField(
        null=True, blank=True, help_text="the customer contests the nature; until it is judged anew"
    )
    rework_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reworks")
    rework_judged = models.CharField(max_length=9, choices=Rework.choices, blank=True)
    follows = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="followed_by")
    inspection = models.ForeignKey(
        "tickets.Inspection", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="tickets"
    )
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="duplicates")
    cancel_reason = models.CharField(max_length=8, choices=CancelReason.choices, blank=True)

    notified_at = models.DateTimeField(null=True, editable=False)
    on_site_at = models.DateTimeField(null=True, editable=False)
    referred_at = models.DateTimeField(null=True, editable=False, help_text="first handed to a municipal body")
    completed_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)

    has_caller = models.BooleanField(default=True, editable=False)
    open_slips = models.PositiveSmallIntegerField(default=0, editable=False)
    slip_number = models.CharField(max_length=30, blank=True, editable=False)
    slip_state = models.CharField(max_length=10, blank=True, editable=False)
    desk_copies_home = models.BooleanField(default=True, editable=False)
    accepted_total = MoneyField(default=ZERO, editable=False)
    agreement_total = MoneyField(default=ZERO, editable=False)
    receipted_total = MoneyField(default=ZERO, editable=False)
    paid_total = MoneyField(default=ZERO, editable=False, help_text="received less given back, receipted or not")
    balance = MoneyField(default=ZERO, editable=False, help_text="owed by the customer; negative: to be given back")
    revision_pending = models.BooleanField(default=False, editable=False)
    callers_left = models.PositiveSmallIntegerField(default=0, editable=False)
    callbacks_exhausted = models.BooleanField(default=False, editable=False)
    corrections_open = models.PositiveSmallIntegerField(default=0, editable=False)
    rework_due = models.BooleanField(default=False, editable=False)
    rework_by = models.DateTimeField(null=True, editable=False, help_text="when what the rework redoes is to be right")
    search_text = models.CharField(max_length=400, editable=False)

    # What a step's form says and only its Event keeps.
    customer_told = False

    history = HistoricalRecords(excluded_fields=["search_text"])
    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ["-reported_at", "-pk"]
        indexes = [
            models.Index(fields=["community", "state"]),
            models.Index(fields=["community", "-reported_at"]),
            models.Index(fields=["technician", "state"]),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("ticket", args=[self.number])

    @property
    def site(self) -> Unit | PublicArea | None:
        """Where the fault is: of a public one told by somebody at home the area, his room is only his address (G12)."""
        return self.area or self.unit

    @property
    def is_on_sheet(self) -> bool:
        """A line of a handover inspection that is told, judged and listed with the others of its sheet."""
        return bool(self.inspection_id and self.urgency != Urgency.URGENT)

    @property
    def where(self) -> str:
        """3栋2单元1201, or the public area's name."""
        return str(self.site or "")

    @property
    def called(self) -> str:
        """The reporter as lists name him."""
        return called(self.reporter_name, self.relation)

    @property
    def masked_phone(self) -> str:
        return masked_telephone(self.phone) if self.phone else ""

    @property
    def charged_total(self) -> Decimal:
        """Yuan really charged: the charges after every adjustment."""
        return Decimal(self.balance + self.paid_total)

    @property
    def kind_of_slip(self) -> str:
        """Which paper goes out follows nature and performer (lives.md §4); empty while nothing may go out."""
        return kind_of_slip(self.nature, taken_over=self.taken_over)

    @property
    def stands(self) -> str:
        """Nature as judged, else as guessed."""
        return self.nature or self.nature_guess

    def is_for(self, user: Any) -> bool:
        """Is this the technician notified, or is it his team's and nobody is named?"""
        if self.technician_id:
            return bool(self.technician_id == user.pk)
        return bool(self.team_id and self.team_id == user.team_id)

    @property
    def redoes(self) -> bool:
        """Is the work free because it redoes an earlier repair: this one's own, or the one it names?"""
        return bool(self.rework_due or self.rework_judged == Rework.CONFIRMED)

    def lock_spine(self) -> None:
        """A rework moves the repair it redoes: that row is locked first, lowest id first."""
        if self.rework_of_id is None:
            self.lock()
            return
        rows = type(self)._base_manager.select_for_update(of=("self",))
        earlier = rows.get(pk=self.rework_of_id)
        self.lock()
        self.rework_of = earlier

    @classmethod
    def record_all(
        cls,
        rows: Sequence[tuple[Any, dict[str, Any]]],
        action: str,
        *,
        by: Any,
        at: dt.datetime,
        on_behalf_of: Any = None,
    ) -> None:
        from tickets.evidence import write_all

        write_all(rows, action, by=by, at=at, on_behalf_of=on_behalf_of)

    def record(
        self, action: str, *, by: Any, at: dt.datetime, on_behalf_of: Any = None, remark: str = "", **facts: Any
    ) -> None:
        from tickets.evidence import write

        write(self, action, by=by, at=at, on_behalf_of=on_behalf_of, remark=remark, facts=facts)

    def pushed(self, **values: Any) -> None:
        """Set what an app above knows, recomputed from its rows; the state never goes this way."""
        for name, value in values.items():
            setattr(self, name, value)
        type(self).objects.filter(pk=self.pk).update(**values)


class Caller(models.Model):
    """Somebody who reported the fault and is to be called back. `origin`: the duplicate under whose number he did (G13)."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="callers")
    origin = models.ForeignKey(Ticket, null=True, blank=True, on_delete=models.PROTECT, related_name="gone_callers")
    name = models.CharField(max_length=20)
    phone = models.CharField(max_length=20)
    relation = models.CharField(max_length=6, choices=Ticket.Relation.choices)
    first = models.BooleanField(default=True)
    told_at = models.DateTimeField(
        null=True, blank=True, help_text="when a merged caller was told how the repair stands"
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ["-first", "pk"]

    def __str__(self) -> str:
        return f"{self.ticket_id}/{self.pk}"
