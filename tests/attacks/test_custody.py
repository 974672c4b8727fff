"""Copies cannot be duplicated, revived or lost twice (5.5.1-8, G8)."""

from __future__ import annotations

import pytest

from core.refusals import Refusal
from tests.attacks.states import browser, full, url
from tests.cast import Cast
from workorders import custody
from workorders.models import Copy, Handover


def holders(slip) -> list[str]:
    return list(Copy.objects.filter(slip=slip).order_by("number").values_list("holder", flat=True))


def test_a_voided_set_is_never_handed_out(cast: Cast) -> None:
    from billing import actions as billing

    slip = cast.issued()
    billing.void_slip(slip, by=cast.lin, reason="写错")
    answer = browser(cast, "zhou").post(url("slip_hand_out", slip), full(cast, "slip_hand_out", slip.ticket))
    assert (answer.status_code, holders(slip)) == (409, ["desk"] * 3)


def test_a_loss_is_approved_once_and_not_for_a_sheet_that_turned_up(cast: Cast) -> None:
    slip = cast.accepted_slip()
    custody.declare_lost(slip, number=1, because="雨里丢了", by=cast.wang)
    custody.take_in(slip, copies=[1], by=cast.zhou)
    with pytest.raises(Refusal, match="没有报失"):
        custody.approve_lost(slip, number=1, by=cast.lin)
    custody.declare_lost(slip, number=2, because="雨里丢了", by=cast.wang)
    custody.approve_lost(slip, number=2, by=cast.lin)
    with pytest.raises(Refusal):
        custody.approve_lost(slip, number=2, by=cast.lin)
    assert (holders(slip), Handover.objects.filter(move="approve_lost").count()) == (["desk", "lost", "technician"], 1)


def test_a_third_copy_that_leaves_the_desk_again_is_owed_again(cast: Cast) -> None:
    slip = cast.returned()
    due = slip.ticket.deadlines.get(kind="copy_return").due_at
    custody.take_in(slip, copies=[3], by=cast.zhou)
    assert not slip.ticket.deadlines.open().filter(kind="copy_return").exists()
    custody.undo(slip, copy=slip.copies.get(number=3), by=cast.zhou)
    assert slip.ticket.deadlines.open().get(kind="copy_return").due_at == due
    custody.take_in(slip, copies=[3], by=cast.zhou)
    custody.keep(slip, by=cast.shen)
    assert slip.ticket.deadlines.open().get(kind="copy_return").due_at == due
