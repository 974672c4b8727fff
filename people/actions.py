"""What administrators do to accounts, and what a person does to the own one. `by=None`: the server's own command line."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from people.models import AccessLog, Grant, Team, Trade, User
from people.roles import Role

security = logging.getLogger("repairdesk.security")


def is_administrator(by: User | None, whom: User | None = None) -> None:
    """PermissionDenied unless `by` administers accounts, and another's than the own one."""
    if by is None:
        return
    if not by.may(Role.ADMINISTRATOR):
        raise PermissionDenied(_("这一步由%(roles)s办理。") % {"roles": Role.ADMINISTRATOR.label})
    if whom is not None and whom.pk == by.pk:
        raise PermissionDenied(_("自己的账号和角色由另一位管理员办理。"))


def check_strength(password: str, user: User) -> None:
    """ValidationError with the one sentence that names what makes a password weak."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        sentences = {
            "password_too_short": _("密码至少 8 位。"),
            "password_too_common": _("密码太常见，容易被猜到。换一个。"),
            "password_entirely_numeric": _("密码不能全是数字。加上字母。"),
            "password_too_similar": _("密码与姓名或用户名太像。换一个。"),
        }
        first = error.error_list[0]
        raise ValidationError(sentences.get(first.code or "", first.messages[0]), code="weak") from error


@transaction.atomic
def create_staff(
    *,
    by: User | None,
    username: str,
    name: str,
    password: str,
    short_name: str = "",
    phone: str = "",
    team: Team | None = None,
    trades: Iterable[Trade] = (),
    roles: Iterable[Role] = (),
    within: int | None = None,
) -> User:
    """A new account with its roles in one community (None: everywhere); ValidationError for a taken name or a weak password."""
    is_administrator(by)
    username = User.normalize_username(username.strip())
    user = User(username=username, name=name, short_name=short_name or name[:1], phone=phone, team=team)
    check_strength(password, user)
    if User.objects.filter(username__iexact=username).exists():
        raise ValidationError(_("用户名“%(username)s”已有人用。换一个。") % {"username": username})
    user.set_password(password)
    user.full_clean()
    user.save()
    user.trades.set(trades)
    give(user, *roles, by=by, within=within)
    return user


@transaction.atomic
def grant(user: User, *roles: Role, by: User | None, within: int | None = None) -> None:
    """Give roles in one community (None: everywhere); they hold from the person's next sign-in."""
    is_administrator(by, user)
    give(user, *roles, by=by, within=within)


def give(user: User, *roles: Role, by: User | None, within: int | None) -> None:
    user.grant(*roles, within=within)
    for role in roles:
        note("role.changed", by=by, whom=user, role=str(role), given=True, community=within)


@transaction.atomic
def revoke(user: User, *roles: Role, by: User | None, within: int | None = None) -> None:
    """Take roles of that community away (None: those given for everywhere) and end the person's sessions."""
    is_administrator(by, user)
    for held in Grant.objects.filter(user=user, role__in=roles, community=within):
        held.delete()
        note("role.changed", by=by, whom=user, role=held.role, given=False, community=within)
    user.end_sessions()


@transaction.atomic
def disable(user: User, *, by: User | None) -> None:
    """The person has left: no sign-in any more, all sessions end; what was done stays under the name."""
    is_administrator(by, user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    user.end_sessions()
    note("account.disabled", by=by, whom=user)


@transaction.atomic
def enable(user: User, *, by: User | None) -> None:
    """The person is back, with the roles held before."""
    is_administrator(by, user)
    user.is_active = True
    user.save(update_fields=["is_active"])
    note("account.enabled", by=by, whom=user)


@transaction.atomic
def change_password(user: User, password: str, *, by: User | None) -> None:
    """A new password, the own one or set by an administrator; ends every session. ValidationError if it is weak."""
    if by is None or by.pk != user.pk:
        is_administrator(by)
    check_strength(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    user.end_sessions()
    note("password.changed", by=by, whom=user)


def log_access(user: User, record: str, purpose: str, *, at: dt.datetime | None = None) -> AccessLog:
    """Note that a telephone number was seen: `record` is kind and number of the paper, never a name (PIPL)."""
    seen = AccessLog.objects.create(user=user, record=record, purpose=purpose, at=at or timezone.now())
    security.info("person.unmasked", extra={"user": user.pk, "record": record})
    return seen


def note(event: str, *, by: User | None, whom: User, **facts: object) -> None:
    security.info(event, extra={"user": by.pk if by else None, "whom": whom.pk, **facts})
