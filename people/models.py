"""Staff, their roles, teams, trades and duty; who looked at whose telephone number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from people.roles import Role


class Trade(models.Model):
    """A trade 工种 of the catalogue, said in the reader's language; `licence` names what the law wants of who practises it."""

    code = models.SlugField(max_length=20, primary_key=True)
    name = models.CharField(max_length=20)
    order = models.PositiveSmallIntegerField(default=0)
    outside = models.BooleanField(default=False, help_text="done by a licensed outside firm, never by own staff")
    licence = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["order"]

    def __str__(self) -> str:
        return gettext(self.name)


class Team(models.Model):
    """A team 班组 of the engineering department."""

    name = models.CharField(max_length=20)
    community = models.PositiveBigIntegerField(null=True, blank=True, help_text="id of the community; empty: all")
    trades = models.ManyToManyField(Trade, blank=True, related_name="teams")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """A member of staff. Acts as `by` of every action; `may()` answers for its roles."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("跟随电脑")
        LIGHT = "light", _("浅色")
        DARK = "dark", _("深色")

    username = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=20)
    short_name = models.CharField(max_length=8)
    phone = models.CharField(max_length=20, blank=True)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="people")
    trades = models.ManyToManyField(Trade, blank=True, related_name="people")
    is_active = models.BooleanField(default=True)
    till = models.BooleanField(default=True, help_text="may take money at the desk")
    language = models.CharField(max_length=10, default="zh-hans")
    theme = models.CharField(max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    sound = models.BooleanField(default=True)
    single_keys = models.BooleanField(default=True)
    epoch = models.PositiveIntegerField(default=0, help_text="raised to end all sessions of this person")

    history = HistoricalRecords(excluded_fields=["password", "last_login"])
    objects = UserManager()
    USERNAME_FIELD = "username"

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(Lower("username"), name="username_once_in_any_case")]

    def __str__(self) -> str:
        return self.name

    def may(self, *roles: Role | str, within: int | None = None) -> bool:
        """Does this person hold one of the roles, in that community (None: in any)?"""
        return self.is_active and any(
            role in roles and (within is None or where is None or where == within) for role, where in self.granted
        )

    @property
    def granted(self) -> list[tuple[str, int | None]]:
        """(role, community id or None for everywhere), read once for each loaded user."""
        if not hasattr(self, "_granted"):
            self._granted = [(grant.role, grant.community) for grant in self.grants.all()]
        return self._granted

    @property
    def roles(self) -> set[str]:
        return {role for role, _where in self.granted}

    def communities_as(self, *roles: Role | str) -> set[int] | None:
        """Ids of the communities in which this person holds one of the roles; None: everywhere."""
        places = {where for role, where in self.granted if role in roles}
        return None if None in places else {where for where in places if where is not None}

    @property
    def communities(self) -> set[int] | None:
        """Ids of the communities this person may see; None: all of them. An administrator sees no resident's data."""
        places = {where for role, where in self.granted if role != Role.ADMINISTRATOR}
        return None if None in places else {where for where in places if where is not None}

    def grant(self, *roles: Role, within: int | None = None) -> None:
        """Give roles and end this person's sessions, so that they hold from the next request."""
        for role in roles:
            Grant.objects.get_or_create(user=self, role=role, community=within)
        self.end_sessions()

    def end_sessions(self) -> None:
        """Make every session of this person invalid at its next request."""
        User.objects.filter(pk=self.pk).update(epoch=models.F("epoch") + 1)
        self.refresh_from_db(fields=["epoch"])
        if hasattr(self, "_granted"):
            del self._granted

    def get_session_auth_hash(self) -> str:
        value = f"{self.password}|{self.is_active}|{self.epoch}"
        return salted_hmac("people.session", value, algorithm="sha256").hexdigest()

    def on_duty(self, at: dt.datetime) -> bool:
        """Is this person on duty at that moment by the weekly roster?"""
        return any(row.covers(at) for row in self.duties.all())


class Grant(models.Model):
    """A role held by a person, in one community or everywhere."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=2, choices=Role.choices)
    community = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="id of the community; empty: everywhere"
    )
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "community"], name="grant_once"),
            # SQLite knows no NULLS NOT DISTINCT, and two empty communities would not be equal.
            models.UniqueConstraint(
                fields=["user", "role"], condition=models.Q(community=None), name="grant_once_everywhere"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role}"


class Duty(models.Model):
    """A weekly stretch of duty in Asia/Shanghai; one that ends before it starts goes over midnight."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="duties")
    weekday = models.PositiveSmallIntegerField(help_text="0 Monday … 6 Sunday")
    starts = models.TimeField()
    ends = models.TimeField(help_text="00:00 means midnight")

    class Meta:
        ordering = ["user", "weekday", "starts"]

    def __str__(self) -> str:
        return f"{self.user} {self.weekday} {self.starts:%H:%M}-{self.ends:%H:%M}"

    def covers(self, at: dt.datetime) -> bool:
        """Does the stretch hold that moment (start included, end not)?"""
        local = timezone.localtime(at)
        clock, midnight = local.time(), dt.time(0)
        if self.ends == midnight or self.starts < self.ends:
            return (
                self.weekday == local.weekday()
                and self.starts <= clock
                and (self.ends == midnight or clock < self.ends)
            )
        yesterday = (local.weekday() - 1) % 7
        return (self.weekday == local.weekday() and clock >= self.starts) or (
            self.weekday == yesterday and clock < self.ends
        )


class AccessLog(models.Model):
    """Who saw a telephone number unmasked, of which record, and why (PIPL)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="accesses")
    record = models.CharField(max_length=40, help_text="kind and number of the paper or record, never a name")
    purpose = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["user", "-at"])]

    def __str__(self) -> str:
        return f"{self.user_id} {self.record}"


class SavedView(models.Model):
    """A view of the board under a name of one's own: `query` holds its filters, `position` orders the tabs."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=20)
    query = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name


class Presence(models.Model):
    """Who has what open now: a paper's number, and what is being done to it (empty: only looked at). Old rows mean nothing."""

    thing = models.CharField(max_length=30)
    doing = models.CharField(max_length=10, blank=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["thing", "doing", "user"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.thing}"


class SignInFailure(models.Model):
    """A failed sign-in, counted by account and by address to slow guessing down."""

    account = models.CharField(max_length=30)
    address = models.GenericIPAddressField()
    known = models.BooleanField(default=False, help_text="from a browser where this account has signed in before")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["account", "at"]), models.Index(fields=["address", "at"])]

    def __str__(self) -> str:
        return self.account


def on_duty(people: Iterable[User], at: dt.datetime) -> list[User]:
    """Those of them on duty at that moment, in the given order."""
    return [person for person in people if person.is_active and person.on_duty(at)]
