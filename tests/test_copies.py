"""Custody of copies: one holder each, a chain without gaps, two desks at once, and who is late (SOP 5.5.1-8)."""

from __future__ import annotations

import datetime as dt
import re
import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from core import clock
from core.refusals import Forbidden, Refusal
from tests.cast import Cast, the_cast
from workorders import custody, queries
from workorders.models import Copy, Handover

COPIES = "/copies/"


def chain(copy: Copy) -> list[tuple[str, str, str]]:
    return [(row.move, row.from_holder, row.to_holder) for row in copy.handovers.order_by("seq")]


def scan(client: Client, code: str, **fields: Any) -> Any:
    """A scan: looked up, or with `move` moved at once."""
    if fields:
        return client.post(COPIES, {"code": code, **fields}, headers={"HX-Request": "true"})
    return client.get(COPIES, {"code": code}, headers={"HX-Request": "true"})


# The chain ------------------------------------------------------------------------


@pytest.mark.sop("5.5.1-8")
def test_every_handover_begins_where_the_last_one_ended(cast: Cast) -> None:
    slip = cast.paid()
    custody.take_in(slip, copies=[1, 2], by=cast.zhou)
    custody.keep(slip, by=cast.wang)
    custody.take_in(slip, copies=[3], by=cast.zhou)
    first, _second, third = slip.copies.all()
    assert chain(first) == [
        ("create", "", "desk"),
        ("hand_out", "desk", "technician"),
        ("take_in", "technician", "desk"),
    ]
    assert chain(third) == [
        ("create", "", "desk"), ("hand_out", "desk", "technician"), ("keep", "technician", "engineering"), ("take_in", "engineering", "desk"),
    ]  # fmt: skip
    for copy in (first, third):
        rows = list(copy.handovers.order_by("seq"))
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
        assert [(row.from_holder, row.from_person) for row in rows[1:]] == [
            (row.to_holder, row.to_person) for row in rows[:-1]
        ]


@pytest.mark.sop("5.5.1-8")
def test_a_slip_has_exactly_three_copies_and_a_copy_one_place_in_its_chain(cast: Cast) -> None:
    slip = cast.issued()
    assert [copy.number for copy in slip.copies.all()] == [1, 2, 3]
    copy = slip.copies.get(number=1)
    for wrong in (
        lambda: Copy.objects.create(slip=slip, number=4, since=clock.now()),
        lambda: Copy.objects.create(slip=slip, number=1, since=clock.now()),
        lambda: Handover.objects.create(
            copy=copy, seq=1, move="take_in", to_holder="desk", by=cast.zhou, at=clock.now()
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


@pytest.mark.sop("5.5.1-8")
def test_engineering_keeps_the_third_copy_only_after_acceptance(cast: Cast) -> None:
    slip = cast.finished()
    with pytest.raises(Refusal, match="验收以后第三联才归工程部留存。"):
        custody.keep(slip, by=cast.wang)
    done = cast.accepted_slip()
    with pytest.raises(Forbidden):
        custody.keep(done, by=cast.xu)
    custody.keep(done, by=cast.wang)
    assert done.copies.get(number=3).holder == "engineering"


def test_a_lost_copy_is_approved_by_another_and_counts_as_home_for_closing(cast: Cast) -> None:
    slip = cast.paid()
    custody.take_in(slip, copies=[1], by=cast.zhou)
    custody.declare_lost(slip, number=2, because="11-23 在地库遗失", by=cast.lin)
    with pytest.raises(Refusal, match="报失人不能核准。"):
        custody.approve_lost(slip, number=2, by=cast.lin)
    for person in (cast.shen, cast.zhou, cast.wang):
        with pytest.raises(Forbidden):
            custody.approve_lost(slip, number=2, by=person)
    custody.declare_lost(slip, number=2, because="11-23 在地库遗失", by=cast.wang)
    custody.approve_lost(slip, number=2, by=cast.lin)
    assert (slip.copies.get(number=2).holder, slip.state, slip.ticket.desk_copies_home) == ("lost", "returned", True)
    with pytest.raises(Refusal, match=r"第二联已于 .* 由林岚核准遗失。"):
        custody.take_in(slip, copies=[2], by=cast.zhou)


def test_the_third_copy_is_approved_as_lost_by_engineering(cast: Cast, sign_in: Any) -> None:
    slip = cast.accepted_slip()
    declare, approve = (reverse(f"slip_{step}", args=[slip.number]) for step in ("declare_lost", "approve_lost"))
    assert sign_in("wang").post(declare, {"number": 3, "because": "上午在 3 栋遗失"}).status_code == 302
    assert sign_in("lin").post(approve, {"number": 3}).status_code == 403
    assert sign_in("shen").post(approve, {"number": 3}).status_code == 302
    assert slip.copies.get(number=3).holder == "lost"


def test_a_wrong_scan_is_taken_back_within_ten_seconds_by_the_same_person(cast: Cast) -> None:
    slip = cast.accepted_slip()
    custody.take_in(slip, copies=[1], by=cast.zhou)
    copy, at = slip.copies.get(number=1), clock.now()
    for person, later in ((cast.qian, 1), (cast.zhou, 11)):
        with pytest.raises(Refusal, match="只能在 10 秒内撤回自己的扫码。"):
            custody.undo(slip, copy=copy, by=person, at=at + dt.timedelta(seconds=later))
    custody.undo(slip, copy=copy, by=cast.zhou, at=at + dt.timedelta(seconds=9))
    copy.refresh_from_db()
    assert (copy.holder, copy.person, chain(copy)[-1]) == ("technician", cast.wang, ("undo", "desk", "technician"))


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
@pytest.mark.sop("5.5.1-8")
def test_two_desks_at_once_one_wins_and_the_other_learns_who_and_when() -> None:
    cast = the_cast()
    slip = cast.accepted_slip()
    answers: dict[str, tuple[int, str]] = {}
    start = threading.Barrier(2)

    def desk(name: str) -> None:
        client = Client()
        client.force_login(cast.people[name])
        start.wait()
        try:
            answer = scan(client, f"{slip.number}-1", move="take_in")
            # The words from the page: what a test client notes of contexts is noted by both threads' clients.
            answers[name] = (answer.status_code, re.findall(r"<b>(.*?)</b>", answer.content.decode())[0])
        finally:
            connection.close()

    threads = [threading.Thread(target=desk, args=(name,)) for name in ("zhou", "qian")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    copy = slip.copies.get(number=1)
    (winner,) = [name for name, (status, _words) in answers.items() if status == 200]
    (loser,) = [name for name, (status, _words) in answers.items() if status == 409]
    moment = f"{clock.local(copy.since):%m-%d %H:%M}"
    assert answers[loser][1] == f"第一联已于 {moment} 由{cast.people[winner].name}收回前台。"
    assert [row[0] for row in chain(copy)] == ["create", "hand_out", "take_in"]


# Who holds what, and since when too long ------------------------------------------

NOVEMBER = dt.datetime(2026, 11, 20, 9, 0, tzinfo=clock.SHANGHAI)


@pytest.mark.sop("5.5.1-8")
@pytest.mark.clock
def test_the_third_copy_is_late_from_the_first_second_of_the_sixth(cast: Cast) -> None:
    with clock.as_of(NOVEMBER):
        slip = cast.accepted_slip()
        custody.take_in(slip, copies=[1, 2], by=cast.zhou)
    cut_off = dt.datetime(2026, 12, 6, tzinfo=clock.SHANGHAI)
    for late, days in ((0, []), (1, [1]), (24 * 3600, [1]), (24 * 3600 + 1, [2])):
        found = queries.late_copies(cast.shen, cut_off + dt.timedelta(seconds=late))
        assert [(bundle.numbers, bundle.late) for bundle in found] == [([3], day) for day in days]


@pytest.mark.sop("5.5.1-8")
def test_copies_one_and_two_are_late_a_day_after_acceptance(cast: Cast) -> None:
    with clock.as_of(NOVEMBER):
        slip = cast.accepted_slip()
        slip.refresh_from_db()
    accepted = slip.accepted_at
    assert accepted is not None
    assert queries.late_copies(cast.zhou, accepted + dt.timedelta(hours=24)) == []
    found = queries.late_copies(cast.zhou, accepted + dt.timedelta(hours=24, seconds=1))
    assert [(bundle.numbers, bundle.late, bundle.slip) for bundle in found] == [([1, 2], 1, slip)]


def test_sheets_of_work_that_goes_on_are_not_late_before_the_fifth(cast: Cast) -> None:
    with clock.as_of(NOVEMBER):
        cast.arrived()
    assert queries.late_copies(cast.zhou, NOVEMBER + dt.timedelta(days=15)) == []
    assert [bundle.numbers for bundle in queries.late_copies(cast.zhou, NOVEMBER + dt.timedelta(days=16))] == [[3]]


def test_the_lists_name_each_holder_and_the_late_one_first(cast: Cast, sign_in: Any) -> None:
    with clock.as_of(clock.now() - dt.timedelta(days=2)):
        late = cast.accepted_slip()
    kept = cast.accepted_slip()
    custody.keep(kept, by=cast.wang)
    hands = sign_in("shen").get(COPIES).context["hands"]
    assert [(each.name, each.sheets, each.late) for each in hands] == [("王强", 5, 1), ("工程部", 1, 0)]
    assert [bundle.slip for bundle in hands[0].bundles] == [late, kept]
    page = sign_in("shen").get(reverse("copies_late"))
    assert [(bundle.slip, bundle.numbers) for bundle in page.context["bundles"]] == [(late, [1, 2])]


def test_the_lists_cost_the_same_for_one_slip_and_for_three(cast: Cast, django_assert_num_queries: Any) -> None:
    for _each in range(2):
        cast.arrived()
        with django_assert_num_queries(1):
            [
                bundle.due
                for hands in queries.by_holder(queries.copies_out(cast.zhou), clock.now())
                for bundle in hands.bundles
            ]
