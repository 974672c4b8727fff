"""An estate for a bench: the fixed cast in the empty database that this run has made for itself."""

from __future__ import annotations

import datetime as dt
import logging
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@contextmanager
def estate() -> Iterator[Any]:
    """The cast in the empty database of this run; besides the product's pages those of bench/_bare.py answer."""
    from django.conf import settings
    from django.core.management import call_command
    from django.test.utils import override_settings

    from tests.cast import make_cast

    logging.disable(logging.WARNING)
    warnings.filterwarnings("ignore", "No directory at", UserWarning)
    call_command("migrate", verbosity=0)
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(
        ROOT_URLCONF="bench._bare", STORAGES={**settings.STORAGES, **PLAIN}, PASSWORD_HASHERS=hashers
    ):
        yield make_cast()


def client_of(user: Any) -> Any:
    """A browserless client of that person."""
    from django.test import Client

    client = Client()
    client.force_login(user)
    return client


def open_repairs(cast: Any, n: int) -> None:
    """n open repairs in the states of a usual day, by real actions."""
    from core import clock

    mix = (
        "report",
        "notified",
        "notified",
        "surveyed",
        "quoted",
        "accepted",
        "issued",
        "arrived",
        "arrived",
        "finished",
    )
    now = clock.now()
    for number in range(n):
        with clock.as_of(now - dt.timedelta(minutes=7 * (number % 60))):
            getattr(cast, mix[number % len(mix)])(fault=f"厨房水龙头关不紧，一直滴水（{number}）", unit=cast.unit_1201 if number % 3 else cast.unit_0702)  # fmt: skip


def queries_of(ask: Callable[[], Any]) -> int:
    """How many queries one request takes, after one to warm up."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ask()
    with CaptureQueriesContext(connection) as queries:
        ask()
    return len(queries)


def taken(ask: Callable[[], Any]) -> float:
    """Processor milliseconds of one request: others on the machine do not count."""
    start = time.process_time()
    ask()
    return (time.process_time() - start) * 1000


def in_turn(ours: Callable[[], Any], bare: Callable[[], Any], rounds: int) -> tuple[float, float, float]:
    """Medians of ours and of the bare view (ms), and the median of the ratios of one round each, after two rounds to warm up."""
    for _ in range(2):
        taken(ours), taken(bare)
    pairs = [(taken(ours), taken(bare)) for _ in range(rounds)]
    mine, plain = (statistics.median(column) for column in zip(*pairs, strict=True))
    return mine, plain, statistics.median(own / other for own, other in pairs)
