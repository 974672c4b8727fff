"""Markup, control characters, endless texts, forged times, sorts, pages and searches: a sentence, never a 500 (trust.md §2c)."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from billing import actions as billing
from billing import quoting, till
from billing.models import Quote
from tests.attacks.states import REFUSALS, browser, everything, full, url
from tests.cast import STROKES, Cast
from tickets import actions as tickets
from workorders import actions as workorders

MARKUP = "<script>x</script>"
TIMES = [
    "0001-01-01T00:00", "9999-12-31T23:59", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "2026-11-24T24:00", "2026-W48-2", "now", "١٢", "\x00",
]  # fmt: skip
ODD = [
    "%",
    "_",
    "'",
    '"',
    "\\",
    "a' OR 1=1 --",
    "%' AND 1=1",
    "\x00",
    "\x1b[2J",
    "x" * 10_000,
    "😀",
    "\ud800",
    MARKUP,
    "-1",
    "1e400",
    "٣",
]


@pytest.mark.parametrize("step", ["note", "urge", "cancel", "notify_engineering"])
def test_a_text_of_ten_thousand_or_with_control_characters_is_refused_and_leaves_nothing(step: str, cast: Cast) -> None:
    ticket, client = cast.report(), browser(cast, "lin")
    before = everything()
    for text in ("长" * 10_000, "a\x00b", "a\x1bb", "a\x07b"):
        data = full(cast, step, ticket, words=text, reason=text, how=text, to=text)
        assert client.post(url(step, ticket), data).status_code == 422
    assert everything() == before


@pytest.mark.parametrize("step", ["arrive", "record_absence", "make_safe", "set_appointment", "move_appointment"])
def test_impossible_times_are_refused_with_a_sentence(step: str, cast: Cast) -> None:
    ticket, client = cast.notified(), browser(cast, "zhou")
    before = everything()
    for time in TIMES:
        day, part = time[:10], time[11:]
        given = {
            "at": time,
            "came_at": time,
            "proof": "门条",
            "window_day": day,
            "window_starts": part,
            "window_ends": part,
        }
        assert client.post(url(step, ticket), full(cast, step, ticket, **given)).status_code in REFUSALS, time
    zoned = {
        "window_day": "2099-01-02",
        "window_starts": "09:00",
        "window_ends": "08:00+00:00",
        "at": TIMES[0],
        "came_at": TIMES[0],
    }
    assert client.post(url(step, ticket), full(cast, step, ticket, **zoned)).status_code in REFUSALS
    assert everything() == before


def test_forged_strokes_and_opinions_are_no_acceptance(cast: Cast) -> None:
    slip = cast.finished()
    client, before = browser(cast, "wang"), everything()
    for strokes in (
        "[]",
        "null",
        "{}",
        "[[[2,2],[3,3]]]",
        "[[[NaN,0],[0,1]]]",
        "[" * 5000,
        '"x"',
        "[[1,2],[3,4]]",
        "[[[0.1,0.2]]]",
    ):
        data = full(cast, "slip_accept", slip.ticket, strokes=strokes)
        assert client.post(url("slip_accept", slip), data).status_code in REFUSALS, strokes
    for opinion in ("failed", "perfect", ""):
        data = full(cast, "slip_accept", slip.ticket, opinion=opinion)
        assert client.post(url("slip_accept", slip), data).status_code in REFUSALS, opinion
    assert everything() == before


PAGES = ["board", "ticket_list", "find", "cash", "cash_receive", "callbacks", "corrections", "copies", "find_places", "find_components", "find_prices",
         "find_spare_parts", "find_quote_lines", "register", "register_rail"]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_a_search_a_sort_and_a_page_of_any_kind_are_answered(page: str, cast: Cast) -> None:
    cast.accepted()
    client, faults = browser(cast, "lin"), []
    for odd in ODD:
        given = dict.fromkeys(
            (
                "q",
                "code",
                "sort",
                "order",
                "page",
                "scope",
                "channel",
                "state",
                "part",
                "day",
                "place_id",
                "component",
                "known",
            ),
            odd,
        )
        try:
            answer = client.get(reverse(page), given)
        except UnicodeEncodeError:  # no browser can send half a surrogate
            continue
        if answer.status_code >= 500 or MARKUP.encode() in answer.content:
            faults.append((odd[:20], answer.status_code))
    assert faults == []


def test_forged_places_parts_and_repairs_are_refused_at_registration(cast: Cast) -> None:
    client, before = browser(cast, "zhou"), everything()
    for odd in [*ODD[:10], "9" * 40, "1.5", "u1", "None"]:
        data = dict.fromkeys(
            ("place_kind", "place_id", "component", "known", "rework_of", "area", "call", "to", "trade", "relation"),
            odd,
        )
        answer = client.post(
            reverse("register"),
            {**data, "once": str(uuid.uuid4()), "reporter_name": "李", "fault": "漏水很多", "phone": "1"},
        )
        assert answer.status_code in REFUSALS, odd
        data["place_kind"] = "unit"
        assert client.post(reverse("register"), {**data, "reporter_name": "李"}).status_code in REFUSALS, odd
    assert everything() == before


def test_numbers_beyond_the_database_are_simply_not_found(cast: Cast) -> None:
    client = browser(cast, "lin")
    for name in (
        "sign_agreement",
        "reverse",
        "void_receipt",
        "cash_handover",
        "photo",
        "print_file",
        "print_agreement",
    ):
        assert client.get(reverse(name, args=[10**30])).status_code == 404
    for name in ("ticket", "note", "slip_collect", "print_receipt", "correction_assign"):
        assert client.get(reverse(name, args=["HT-BX-%27%22%5C<script>" + "9" * 300])).status_code == 404


def test_markup_in_every_text_is_shown_as_text_on_every_page(cast: Cast) -> None:
    ticket = cast.surveyed(reporter_name=MARKUP, fault=MARKUP * 5, remark=MARKUP)
    quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines(), visit_fee_told=True)
    quoting.accept_quote(ticket, by=cast.zhou, name=MARKUP, relation="owner", how=Quote.How.PHONE)
    tickets.note(ticket, by=cast.zhou, words=MARKUP)
    slip = billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang)
    workorders.collect(slip, by=cast.wang)
    workorders.arrive(slip, by=cast.wang)
    workorders.list_parts(slip, by=cast.wang, parts=cast.parts(), verified=True)
    workorders.finish(slip, by=cast.wang, work=MARKUP, strokes=STROKES)
    billing.accept_slip(slip, by=cast.wang, name=MARKUP, opinion="passed", words=MARKUP, strokes=STROKES)
    till.receive(ticket, by=cast.zhou, amount=ticket.balance, method="wechat", payer=MARKUP, reference=MARKUP)
    pages = [reverse(name) for name in ("board", "ticket_list", "cash", "callbacks", "copies")]
    pages += [reverse("ticket", args=[ticket.number]), url("call_back", ticket), url("print_slip", slip)]
    for who, where in (("lin", pages), ("wang", ["/my/", f"/my/{slip.number}/", f"/my/{ticket.number}/"])):
        for page in where:
            answer = browser(cast, who).get(page)
            assert (page, answer.status_code < 500, MARKUP.encode() in answer.getvalue()) == (page, True, False)
