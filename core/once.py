"""The one-time key of a form: a double click, a resend and an offline replay write nothing twice.

A view offers the key for the length of one POST; the first Event written takes it. It is the only ambient value in the
product, because the key belongs to the request and not to any one of the actions that the request calls.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.http import HttpRequest

FIELD = "once"
LEFT_OUT = {"csrfmiddlewaretoken", FIELD}


@dataclass
class Key:
    """A key on offer together with the digest of the form's body."""

    value: uuid.UUID
    body: str
    taken: bool = False


_offered: ContextVar[Key | None] = ContextVar("once", default=None)


def key_of(request: HttpRequest) -> Key | None:
    """The key a request carries in its form or its Idempotency-Key header; None if absent or no UUID."""
    raw = request.POST.get(FIELD) or request.headers.get("Idempotency-Key", "")
    try:
        return Key(uuid.UUID(raw), body_digest(request))
    except ValueError:
        return None


def body_digest(request: HttpRequest) -> str:
    """SHA-256 of path and typed fields, so that the same key with another body can be told apart."""
    fields = sorted((name, value) for name, values in request.POST.lists() if name not in LEFT_OUT for value in values)
    files = sorted((name, f.name or "", f.size or 0) for name, many in request.FILES.lists() for f in many)
    return hashlib.sha256(repr((request.path, fields, files)).encode()).hexdigest()


@contextmanager
def offered(key: Key | None) -> Iterator[None]:
    """Let the first Event written inside take this key."""
    token = _offered.set(key)
    try:
        yield
    finally:
        _offered.reset(token)


def take() -> Key | None:
    """The key on offer, once; None afterwards and outside a request."""
    key = _offered.get()
    if key is None or key.taken:
        return None
    key.taken = True
    return key
