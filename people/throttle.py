"""Slows the guessing of passwords down, without ever locking an account for good: a prank must not close the desk."""

from __future__ import annotations

import datetime as dt
import ipaddress
import unicodedata

from django.conf import settings
from django.core import signing
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from people.models import SignInFailure

BY_ACCOUNT, BY_ADDRESS = 5, 20
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(minutes=1), dt.timedelta(minutes=15)
REMEMBERED = dt.timedelta(days=1)
COOKIE, COOKIE_DAYS, COOKIE_ACCOUNTS = "signed_in_before", 180, 20


class Throttled(Exception):
    """Too many failures; `wait` is how long it still takes until the next try counts."""

    def __init__(self, wait: dt.timedelta) -> None:
        self.wait = wait
        super().__init__(str(wait))

    @property
    def minutes(self) -> int:
        """Whole minutes to tell, rounded up."""
        return -(-self.wait // dt.timedelta(minutes=1))


def account_key(username: str) -> str:
    """One account under every spelling that signs in to it: full-width letters, upper case."""
    return unicodedata.normalize("NFKC", username).upper()[:30]


def begin(username: str, address: str, *, known: bool, at: dt.datetime) -> SignInFailure:
    """Count a try before its password is looked at, so that parallel guesses count too; Throttled while one must wait.

    A browser where the account has signed in before (`known`) is counted apart: strangers cannot keep its owner out.
    """
    attempt = SignInFailure.objects.create(account=account_key(username), address=address, known=known, at=at)
    # All others, not only the earlier ones: of tries at the same moment each then sees every one that was let through.
    others = SignInFailure.objects.exclude(pk=attempt.pk).filter(at__gt=at - REMEMBERED)
    waits = [wait(others.filter(account=attempt.account, known=known), BY_ACCOUNT, at)]
    if not known:
        waits.append(wait(others.filter(address=address, known=False), BY_ADDRESS, at))
    if longest := max(waits):
        attempt.delete()
        raise Throttled(longest)
    return attempt


def wait(failures: QuerySet[SignInFailure], batch: int, at: dt.datetime) -> dt.timedelta:
    """What is left of the wait after each full batch of failures: 1 minute, doubled each time, at most 15."""
    times = list(failures.order_by("at", "pk").values_list("at", flat=True))
    full = len(times) // batch
    if not full:
        return dt.timedelta(0)
    length = min(FIRST_WAIT * (1 << min(full - 1, 10)), LONGEST_WAIT)
    return max(times[full * batch - 1] + length - at, dt.timedelta(0))


def succeeded(attempt: SignInFailure) -> None:
    """The password was right: forget the account's failures and whatever is too old to count."""
    old = Q(at__lt=attempt.at - REMEMBERED)
    SignInFailure.objects.filter(Q(account=attempt.account) | old).delete()


def address_of(request: HttpRequest) -> str:
    """The address a request came from; the one a proxy reports only if that proxy is TRUSTED_PROXY."""
    address = request.META.get("REMOTE_ADDR", "")
    if address and address == getattr(settings, "TRUSTED_PROXY", ""):
        address = request.headers.get("X-Forwarded-For", address).rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return "::"


def knows(request: HttpRequest, username: str) -> bool:
    """Has this account signed in from this browser before?"""
    return mark(username) in marks(request)


def remember(request: HttpRequest, response: HttpResponse, username: str) -> None:
    """Let the browser prove later that this account has signed in from it."""
    kept = [mark(username), *(other for other in marks(request) if other != mark(username))][:COOKIE_ACCOUNTS]
    response.set_signed_cookie(
        COOKIE,
        "-".join(kept),
        salt=COOKIE,
        max_age=dt.timedelta(days=COOKIE_DAYS),
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def marks(request: HttpRequest) -> list[str]:
    try:
        return str(request.get_signed_cookie(COOKIE, "", salt=COOKIE, max_age=COOKIE_DAYS * 86400)).split("-")
    except signing.BadSignature:
        return []


def mark(username: str) -> str:
    return salted_hmac(COOKIE, account_key(username), algorithm="sha256").hexdigest()[:16]
