"""Who is to be told when (Policy), and that he was told (Bell)."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from alerts.policy import Level, read
from people.models import User
from people.roles import Role
from tickets.models import Deadline

PERSON = settings.AUTH_USER_MODEL


class Policy(models.Model):
    """The bells of one kind of promise from a moment on. A change is a new row: it holds for promises begun afterwards, never backwards."""

    kind = models.CharField(_("时限"), max_length=13, choices=Deadline.Kind.choices)
    since = models.DateTimeField(db_index=True)
    by = models.ForeignKey(PERSON, null=True, on_delete=models.SET_NULL, related_name="+")
    levels = models.JSONField(help_text="[{share: 1–100, after: minutes, roles: [codes]}], the earliest first")

    class Meta:
        ordering = ["-since", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.since:%F %T}"

    @property
    def bells(self) -> tuple[Level, ...]:
        return read(self.levels)


class BellQuerySet(models.QuerySet["Bell"]):
    def waiting(self) -> Self:
        """Planned, neither rung nor silenced."""
        return self.filter(rung_at=None, silenced_at=None)

    def rung(self) -> Self:
        return self.exclude(rung_at=None)

    def standing(self) -> Self:
        """Rung and not yet silenced: what is on the screens."""
        return self.filter(rung_at__isnull=False, silenced_at=None)

    def ended(self) -> Self:
        """Rung for a promise that has been kept or ended since, or that somebody has acknowledged."""
        over = models.Q(deadline__met_at__isnull=False) | models.Q(deadline__cancelled_at__isnull=False)
        return self.standing().filter(over | models.Q(deadline__acknowledgement__isnull=False))

    def addressing(self, *roles: Role) -> Self:
        """Those for any of these roles."""
        wanted = models.Q()
        for role in roles:
            wanted |= models.Q(roles__contains=role)
        return self.filter(wanted) if roles else self.none()


class Bell(models.Model):
    """One bell of one promise, planned when the promise began, so that a policy changed later leaves it alone (trust.md P2)."""

    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="bells")
    share = models.PositiveSmallIntegerField(help_text="percent of the promise; 100 at its due time or after it")
    after = models.PositiveIntegerField(default=0, help_text="minutes past the due time")
    roles = models.CharField(max_length=40, help_text="codes with commas; TE is the performer himself")
    policy = models.ForeignKey(
        Policy, null=True, on_delete=models.PROTECT, related_name="+", help_text="empty: as delivered"
    )
    planned_at = models.DateTimeField()
    rung_at = models.DateTimeField(null=True)
    silenced_at = models.DateTimeField(
        null=True, help_text="kept, ended or acknowledged, before it had to ring or after it"
    )

    objects = BellQuerySet.as_manager()

    class Meta:
        ordering = ["planned_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["deadline", "share", "after"], name="one_bell_a_level"),
            models.CheckConstraint(condition=models.Q(share__gte=1, share__lte=100), name="share_in_percent"),
        ]
        indexes = [
            models.Index(
                fields=["planned_at"], name="bell_to_ring", condition=models.Q(rung_at=None, silenced_at=None)
            ),
            models.Index(
                fields=["deadline"],
                name="bell_standing",
                condition=models.Q(rung_at__isnull=False, silenced_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.share} % + {self.after}"

    @property
    def is_ahead(self) -> bool:
        return self.share < 100

    @property
    def addressed(self) -> list[Role]:
        return [Role(code) for code in self.roles.split(",")]

    def concerns(self, user: User) -> bool:
        """Is it for this person: by his role there, or as the performer?"""
        ticket = self.deadline.ticket
        if ticket is None:
            return user.may(*self.addressed)
        office = [role for role in self.addressed if role != Role.TECHNICIAN]
        own = Role.TECHNICIAN in self.addressed and ticket.technician_id == user.pk
        return own or user.may(*office, within=ticket.community_id)
