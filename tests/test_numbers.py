"""Numbers without gaps: per community, kind and local month (domain A.0, trust.md P6)."""

from __future__ import annotations

import datetime as dt
import random
import threading

import pytest
from django.db import connection, transaction

from core.clock import SHANGHAI
from core.refusals import Refusal
from papers.actions import next_number
from papers.models import Kind, Series
from places.models import Community
from tests.cast import Cast

WORKERS, EACH = 8, 15


@pytest.mark.clock
@pytest.mark.parametrize(
    ("moment", "number"),
    [
        (dt.datetime(2026, 11, 30, 23, 59, 59, tzinfo=SHANGHAI), "HT-WX-202611-0001"),
        (dt.datetime(2026, 12, 1, 0, 0, 0, tzinfo=SHANGHAI), "HT-WX-202612-0001"),
        (dt.datetime(2026, 11, 30, 16, 0, 0, tzinfo=dt.UTC), "HT-WX-202612-0001"),
    ],
)
def test_the_month_in_a_number_is_the_local_month_of_issue(cast: Cast, moment: dt.datetime, number: str) -> None:
    assert next_number(cast.community, Kind.DISPATCH, at=moment) == number


def test_ten_thousand_follows_9999(cast: Cast) -> None:
    Series.objects.create(community=cast.community, kind=Kind.RECEIPT, month="202611", last=9999)
    assert (
        next_number(cast.community, Kind.RECEIPT, at=dt.datetime(2026, 11, 5, tzinfo=SHANGHAI)) == "HT-SJ-202611-10000"
    )


def test_no_number_is_issued_in_a_closed_month(cast: Cast) -> None:
    cast.community.closed_through = dt.date(2026, 10, 31)
    with pytest.raises(Refusal, match="这个月已封账"):
        next_number(cast.community, Kind.DISPATCH, at=dt.datetime(2026, 10, 31, 23, 59, tzinfo=SHANGHAI))


def test_a_rollback_gives_the_number_back(cast: Cast) -> None:
    at = dt.datetime(2026, 11, 5, tzinfo=SHANGHAI)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        next_number(cast.community, Kind.DISPATCH, at=at)
        raise ZeroDivisionError
    assert next_number(cast.community, Kind.DISPATCH, at=at) == "HT-WX-202611-0001"


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_eight_clerks_issuing_at_once_leave_no_gap() -> None:
    community = Community.objects.create(code="ZZ", name="测试小区", company="测试")
    at = dt.datetime(2026, 11, 5, tzinfo=SHANGHAI)
    issued: list[str] = []
    failures: list[BaseException] = []

    def clerk(seed: int) -> None:
        dice = random.Random(seed)
        try:
            for _ in range(EACH):
                gives_up = dice.random() < 0.1
                try:
                    with transaction.atomic():
                        number = next_number(community, Kind.DISPATCH, at=at)
                        if gives_up:
                            raise ZeroDivisionError
                    issued.append(number)
                except ZeroDivisionError:
                    pass
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=clerk, args=(seed,)) for seed in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(issued) == [f"ZZ-WX-202611-{n:04d}" for n in range(1, len(issued) + 1)]
    assert Series.objects.get(community=community).last == len(issued)
