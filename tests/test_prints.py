"""Printing a slip: counted, kept byte for byte, recorded, and never able to spoil the slip (screens §9, domain A.0)."""

from __future__ import annotations

import hashlib
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from billing import actions as billing
from billing import quoting
from callbacks import actions as callbacks
from core import clock
from papers.models import Print
from people.models import AccessLog
from people.roles import Role
from places.models import Community
from tests.accounts import somebody
from tests.cast import Cast, the_cast
from tests.paper import pages
from tickets.models import Event
from workorders import custody, prints
from workorders.models import Slip


def printed(client: Client, slip: Slip, **fields: Any) -> bytes:
    """Press 打印 and open what comes."""
    answer = client.post(reverse("print_slip", args=[slip.number]), fields)
    assert answer.status_code == 302, answer.content.decode()
    return opened(client, answer["Location"])


def opened(client: Client, url: str) -> bytes:
    """The bytes of a kept print."""
    answer: Any = client.get(url)
    return b"".join(answer.streaming_content)


def words_of(slip: Slip) -> Any:
    """What the paper of this slip would say."""
    fresh = Slip.objects.select_related("ticket__unit__entrance__building", "community").get(pk=slip.pk)
    return prints.slip_data(fresh)


def test_a_print_is_three_copies_kept_as_they_left_the_desk(cast: Cast, sign_in: Any, tmp_path: Path) -> None:
    slip, client = cast.issued(), sign_in("zhou")
    first = printed(client, slip)
    kept = Print.objects.get()
    assert (kept.nth, kept.by, kept.number, kept.sha256) == (
        1,
        cast.zhou,
        slip.number,
        hashlib.sha256(first).hexdigest(),
    )
    assert [f"{slip.number.partition('-')[2]}-{n}" in page for n, page in enumerate(pages(first, tmp_path), 1)] == [
        True
    ] * 3
    again = opened(client, reverse("print_file", args=[kept.pk]))
    assert again == first


def test_each_print_is_an_event_and_the_second_says_so_on_the_sheet(cast: Cast, sign_in: Any, tmp_path: Path) -> None:
    slip, client = cast.issued(), sign_in("zhou")
    sheets = [pages(printed(client, slip), tmp_path)[0] for _each in range(2)]
    assert ["补打第2次" in sheet for sheet in sheets] == [False, True]
    events = Event.objects.filter(action="slip_print").order_by("seq")
    assert [(event.actor, event.facts["nth"], event.facts["slip"]) for event in events] == [
        (cast.zhou, 1, slip.number), (cast.zhou, 2, slip.number),
    ]  # fmt: skip
    first, second = Print.objects.order_by("nth")
    assert (first.content == second.content, first.sha256 == second.sha256) == (True, False)


def test_the_second_press_of_the_same_button_gives_the_first_paper(cast: Cast, sign_in: Any) -> None:
    slip, client = cast.issued(), sign_in("zhou")
    once = str(uuid.uuid4())
    assert printed(client, slip, once=once) == printed(client, slip, once=once)
    assert (Print.objects.count(), Event.objects.filter(action="slip_print").count()) == (1, 1)


def test_looking_at_the_prints_prints_nothing(cast: Cast, sign_in: Any) -> None:
    slip, client = cast.issued(), sign_in("zhou")
    for _each in range(3):
        assert client.get(reverse("print_slip", args=[slip.number])).status_code == 200
    assert (Print.objects.count(), Event.objects.filter(action="slip_print").count()) == (0, 0)


def test_a_failed_pdf_leaves_the_slip_and_offers_another_try(cast: Cast, sign_in: Any, caplog: Any) -> None:
    slip, client = cast.issued(), sign_in("zhou")
    good = slip.lines
    Slip.objects.filter(pk=slip.pk).update(lines=[{**good[0], "quantity": "?"}])
    answer = client.post(reverse("print_slip", args=[slip.number]))
    assert (answer.status_code, answer.context["sentence"]) == (503, "PDF 没有生成。单据已开、仍然有效，稍后再打印。")
    assert (Slip.objects.get(pk=slip.pk).state, Print.objects.count()) == ("issued", 0)
    assert [record.message for record in caplog.records if record.name == "workorders.views.prints"] == [
        "slip.print_failed"
    ]
    Slip.objects.filter(pk=slip.pk).update(lines=good)
    assert printed(client, slip).startswith(b"%PDF-")


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_two_clerks_printing_at_once_get_two_counts_and_each_sheet_says_its_own(tmp_path: Path) -> None:
    cast = the_cast()
    slip = cast.issued()
    papers: list[bytes] = []

    def clerk(name: str) -> None:
        client = Client()
        client.force_login(cast.people[name])
        try:
            papers.append(printed(client, slip))
        finally:
            connection.close()

    threads = [threading.Thread(target=clerk, args=(name,)) for name in ("zhou", "qian")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted("补打第2次" in pages(paper, tmp_path)[0] for paper in papers) == [False, True]
    assert [kept.nth for kept in Print.objects.order_by("nth")] == [1, 2]


# What the sheet says ---------------------------------------------------------------


@pytest.mark.sop("5.5.1-3")
def test_a_fresh_slip_prints_the_accepted_quote_and_leaves_the_rest_blank(cast: Cast) -> None:
    slip = cast.issued()
    said = words_of(slip)
    room = cast.unit_0702.printed
    assert (said["room"], said["customer"], said["telephone"], said["technician"]) == (
        room,
        "李建国",
        "13800001201",
        "王强",
    )
    assert [(line["item"], str(line["amount"])) for line in said["prices"]] == [
        ("更换阀芯", "20.00"),
        ("陶瓷阀芯 35 mm SL-35", "15.00"),
    ]
    assert said["confirmed"] == f"李建国 电话 {clock.local(slip.agreed_at):%m-%d %H:%M}"  # type: ignore[arg-type]
    for name in ("collected", "arrived_at", "work_done", "opinion", "received", "customer_signature", "callback_at"):
        assert name not in said


@pytest.mark.sop("5.5.1-7")
def test_what_was_signed_on_the_screen_is_drawn_on_the_reprint(cast: Cast) -> None:
    slip = cast.paid()
    said = words_of(slip)
    assert (said["opinion"], said["opinion_text"], said["received"], said["method"]) == (
        "合格",
        "合格，已不滴水",
        slip.ticket.receipted_total,
        "现金",
    )
    assert [len(said[f"{who}_signature"].strokes) for who in ("customer", "technician")] == [2, 2]
    assert said["customer_signature"].strokes[0][0] == (0.25, 0.5)
    assert said["verified"].startswith("√ ")


@pytest.mark.sop("5.5.1-8", "5.5.1-9")
def test_returned_copies_and_the_callback_stand_on_the_slip(cast: Cast) -> None:
    slip = cast.returned()
    ticket = slip.ticket
    callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.qian, satisfied=True, opinion="师傅很准时")
    said = words_of(slip)
    assert [words.rpartition(" ")[0].rpartition(" ")[0] for words in said["returned"]] == ["王强→周敏", "王强→周敏", ""]
    assert (said["callback_way"], said["callback_result"], said["callback_opinion"], said["callback_by"]) == (
        "电话",
        "满意",
        "师傅很准时",
        "钱丽",
    )
    custody.keep(slip, by=cast.wang)
    custody.take_in(slip, copies=[3], by=cast.zhou)
    assert words_of(slip)["returned"][2].startswith("工程部→周敏 ")


def test_a_voided_slip_prints_with_the_stamp(cast: Cast, sign_in: Any, tmp_path: Path) -> None:
    slip, client = cast.issued(), sign_in("zhou")
    before = pages(printed(client, slip), tmp_path)[0]
    billing.void_slip(slip, by=cast.lin, reason="房号写错")
    after = pages(printed(client, slip), tmp_path)[0]
    assert ("作废" in before, "作废" in after) == (False, True)


def test_after_a_revision_the_sheet_is_the_second_edition_and_the_old_lines_stay_legible(
    cast: Cast, sign_in: Any, tmp_path: Path
) -> None:
    slip = cast.arrived()
    quoting.offer_quote(slip.ticket, by=cast.zhou, lines=cast.lines("60.00", "20.00"))
    quoting.accept_quote(slip.ticket, by=cast.zhou, name="李建国", relation="owner", how="phone")
    sheet = pages(printed(sign_in("zhou"), slip), tmp_path)[0]
    assert ("第2版" in sheet, "¥60.00" in sheet) == (True, True)
    assert [(str(line["amount"]), line["struck"]) for line in words_of(slip)["prices"]] == [
        ("20.00", True), ("15.00", True), ("40.00", False), ("20.00", False),
    ]  # fmt: skip


def test_a_rework_slip_without_lines_prints(cast: Cast, sign_in: Any) -> None:
    slip = cast.accepted_slip()
    ticket = slip.ticket
    ticket.pushed(rework_due=True)
    again = billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang, performer_on_site=True)
    assert (again.rework, printed(sign_in("zhou"), again)[:5]) == (True, b"%PDF-")


def test_the_estate_may_have_telephones_masked_on_paper(cast: Cast) -> None:
    slip = cast.issued()
    Community.objects.update(mask_on_paper=True)
    assert words_of(slip)["telephone"] == "138****1201"


# Who may print and who may look ------------------------------------------------------


def test_a_kept_print_is_absent_for_who_has_nothing_to_do_with_it(cast: Cast, sign_in: Any) -> None:
    printed(sign_in("zhou"), cast.issued())
    url = reverse("print_file", args=[Print.objects.get().pk])
    seen = {
        name: sign_in(name).get(url).status_code
        for name in ("zhou", "night", "lin", "shen", "mei", "wang", "fin", "admin")
    }
    assert seen == {
        "zhou": 200,
        "night": 200,
        "lin": 200,
        "shen": 200,
        "mei": 200,
        "wang": 404,
        "fin": 404,
        "admin": 404,
    }
    elsewhere = somebody("elsewhere", Role.FRONT_DESK, within=cast.community.pk + 1)
    client = Client()
    client.force_login(elsewhere)
    assert client.get(url).status_code == 404


def test_reading_a_print_is_noted_and_never_cached(cast: Cast, sign_in: Any) -> None:
    slip = cast.issued()
    printed(sign_in("zhou"), slip)
    AccessLog.objects.all().delete()
    answer = sign_in("mei").get(reverse("print_file", args=[Print.objects.get().pk]))
    assert answer["Content-Disposition"] == f'inline; filename="{slip.number}-1.pdf"'
    assert (answer["Content-Type"], answer["Cache-Control"], answer["X-Content-Type-Options"]) == (
        "application/pdf",
        "no-store",
        "nosniff",
    )
    assert list(AccessLog.objects.values_list("user", "record")) == [(cast.mei.pk, f"{slip.number} #1")]


def test_technicians_do_not_print(cast: Cast, sign_in: Any) -> None:
    slip = cast.issued()
    url = reverse("print_slip", args=[slip.number])
    assert [sign_in(name).post(url).status_code for name in ("wang", "mei", "fin")] == [403, 403, 403]
    assert [sign_in(name).post(url).status_code for name in ("night", "shen")] == [302, 302]
