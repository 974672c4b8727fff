"""The scan line of the copies screen: what a code means, what is proposed, and a sentence for each that leads nowhere."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from billing import actions as billing
from core import clock, codes
from core.refusals import Refusal
from tests.cast import Cast
from workorders import custody, queries
from workorders.models import Handover, Slip

COPIES = "/copies/"


def scan(client: Client, code: str, **fields: Any) -> Any:
    """A scan: looked up, or with `move` moved at once."""
    if fields:
        return client.post(COPIES, {"code": code, **fields}, headers={"HX-Request": "true"})
    return client.get(COPIES, {"code": code}, headers={"HX-Request": "true"})


def said(answer: Any) -> tuple[int, str, str]:
    return answer.status_code, answer.context["answer"].result, answer.context["answer"].sentence


# The scan line --------------------------------------------------------------------


@pytest.mark.sop("5.5.1-4")
def test_a_scan_shows_holder_and_move_and_a_confirmation_hands_out_all_three(cast: Cast, sign_in: Any) -> None:
    slip, client = cast.issued(), sign_in("zhou")
    code = slip.copies.get(number=2).code
    answer = scan(client, code)
    proposed = answer.context["answer"].proposal
    assert (said(answer), proposed.move, proposed.sentence) == ((200, "ask", ""), "collect", "三联一起发给王强。")
    assert Handover.objects.filter(copy__slip=slip).count() == 3
    assert said(scan(client, code, move="collect")) == (200, "done", "三联一起发给王强。")
    slip.refresh_from_db()
    assert (slip.state, {copy.person for copy in slip.copies.all()}) == ("collected", {cast.wang})


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("00000000000", "没有这张单据。核对条码，或输入单号。"),
        ("99999999913", "条码没有读准，校验位不符。再扫一次，或输入单号。"),
        ("WX-202001-0001-1", "没有这张单据。核对条码，或输入单号。"),
        ("WX-202611", "单号不全。输入到流水号，如 WX-202611-0001。"),
        ("你好", "看不懂“你好”。扫条码，或输入单号，如 WX-202611-0001-1。"),
        ("12345", "看不懂“12345”。扫条码，或输入单号，如 WX-202611-0001-1。"),
    ],
)
def test_a_code_that_leads_nowhere_is_refused_with_the_way_out(
    cast: Cast, sign_in: Any, typed: str, sentence: str
) -> None:
    for answer in (scan(sign_in("zhou"), typed), scan(sign_in("zhou"), typed, move="take_in")):
        assert said(answer) == (409, "refused", sentence)


def test_each_wrong_digit_of_a_code_is_noticed(cast: Cast) -> None:
    code = codes.copy_digits(cast.issued().pk, 1)
    for place in range(len(code)):
        wrong = code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :]
        with pytest.raises(Refusal, match="校验位不符"):
            queries.scanned(cast.zhou, wrong)


@pytest.mark.parametrize("spelling", ["{0}-2", "wx{1}-2", "ＷＸ－{1}－２", "{2}"])
def test_a_number_is_read_in_any_spelling(cast: Cast, spelling: str) -> None:
    slip = cast.issued()
    rest = slip.number.partition("-WX-")[2]
    found = queries.scanned(cast.zhou, spelling.format(slip.number, rest, f"wx {rest.replace('-', '')}"))
    assert (found.slip, found.copy.number if found.copy else 0) == (slip, 0 if spelling == "{2}" else 2)


def test_a_copy_that_is_already_here_says_since_when_and_by_whom(cast: Cast, sign_in: Any) -> None:
    slip = cast.accepted_slip()
    custody.take_in(slip, copies=[1], by=cast.qian)
    copy = slip.copies.get(number=1)
    sentence = f"第一联已于 {clock.local(copy.since):%m-%d %H:%M} 由钱丽收回前台。"
    client = sign_in("zhou")
    assert said(scan(client, copy.code)) == (200, "shown", sentence)
    assert said(scan(client, copy.code, move="take_in")) == (409, "refused", sentence)


def test_a_voided_slip_is_taken_back_and_never_handed_out(cast: Cast, sign_in: Any) -> None:
    slip, client = cast.arrived(), sign_in("zhou")
    billing.void_slip(slip, by=cast.lin, reason="房号写错")
    printed = slip.number.partition("-")[2]
    assert said(scan(client, f"{slip.number}-1", move="take_in")) == (200, "done", "第一联从王强收回，盖“作废”章。")
    assert said(scan(client, f"{slip.number}-1")) == (200, "shown", f"{printed} 已作废，这一联已收回。")
    assert said(scan(client, f"{slip.number}-1", move="hand_out")) == (409, "refused", f"{printed} 已作废，不能发出。")


def test_a_batch_for_one_technician_refuses_another_s_slip(cast: Cast, sign_in: Any) -> None:
    slip = cast.issued()
    answer = scan(sign_in("zhou"), f"{slip.number}-1", move="hand_out", mode="hand_out", person=cast.xu.pk)
    assert said(answer) == (409, "refused", f"{slip.number.partition('-')[2]} 的维修人是王强。")
    answer = scan(sign_in("zhou"), f"{slip.number}-1", move="hand_out", mode="hand_out", person=cast.wang.pk)
    assert said(answer) == (200, "done", "三联一起发给王强。")


def test_the_last_moves_are_one_s_own_and_only_a_fresh_scan_may_be_undone(cast: Cast, sign_in: Any) -> None:
    slip, client = cast.accepted_slip(), sign_in("zhou")
    scan(client, f"{slip.number}-1", move="take_in")
    answer = client.get(COPIES, {"part": "last"}, headers={"HX-Request": "true"})
    assert [(move.move, move.undoable) for move in answer.context["moves"]] == [("take_in", True)]
    answer = scan(client, f"{slip.number}-1", move="undo")
    assert (answer.status_code, slip.copies.get(number=1).person) == (200, cast.wang)
    assert [(move.move, move.undoable) for move in answer.context["moves"]] == [("undo", False), ("take_in", False)]
    with clock.as_of(clock.now() + dt.timedelta(seconds=30)):
        scan(client, f"{slip.number}-2", move="take_in")
    with clock.as_of(clock.now() + dt.timedelta(seconds=45)):
        answer = client.get(COPIES)
    assert [move.undoable for move in answer.context["moves"]] == [False, False, False]


def test_a_code_opened_by_a_telephone_changes_nothing(cast: Cast, sign_in: Any) -> None:
    slip = cast.issued()
    url = reverse("copy_scan", args=[slip.copies.get(number=1).code])
    assert [sign_in(name).get(url).status_code for name in ("zhou", "wang", "shen", "mei", "xu")] == [
        200,
        200,
        200,
        200,
        404,
    ]
    assert (Handover.objects.filter(copy__slip=slip).count(), Slip.objects.get(pk=slip.pk).version) == (3, slip.version)
    wrong = sign_in("zhou").get("/c/00000000001/")
    assert (wrong.status_code, "条码没有读准" in wrong.content.decode()) == (404, True)


def test_another_community_s_slip_is_an_unknown_one(cast: Cast) -> None:
    slip = cast.issued()
    cast.zhou.grants.update(community=slip.community_id + 1)
    del cast.zhou._granted
    with pytest.raises(Refusal, match="没有这张单据。"):
        queries.scanned(cast.zhou, slip.number)
