"""One quote covers all slips of a ticket: splitting neither widens nor lowers it twice (G4, G5)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from billing import actions as billing
from core.refusals import Refusal
from tests.cast import STROKES, Cast
from workorders import actions as workorders
from workorders.models import Slip

D = Decimal


def two(cast: Cast) -> tuple[Slip, Slip]:
    """Two slips on site on one quote of 35.00, of which 15.00 are materials."""
    first = cast.arrived("35.00", "15.00")
    second = billing.issue_slip(first.ticket, by=cast.zhou, technician=cast.wang)
    workorders.collect(second, by=cast.wang)
    workorders.arrive(second, by=cast.wang)
    return first, second


def finish(cast: Cast, slip: Slip, used: str) -> None:
    workorders.list_parts(slip, by=cast.wang, parts=cast.parts(used) if D(used) else [], verified=True)
    workorders.finish(slip, by=cast.wang, work="更换阀芯", strokes=STROKES, unused_confirmed=not D(used))


def accept(cast: Cast, slip: Slip) -> None:
    billing.accept_slip(slip, by=cast.wang, name="李建国", opinion="passed", strokes=STROKES)


def test_two_slips_cannot_each_use_all_that_was_quoted(cast: Cast) -> None:
    first, second = two(cast)
    finish(cast, first, "15.00")
    with pytest.raises(Refusal, match="用料超过报价"):
        finish(cast, second, "0.01")


@pytest.mark.parametrize(
    ("parts", "left"), [(("15.00", "0"), "35.00"), (("5.00", "4.00"), "29.00"), (("0", "0"), "20.00")]
)
def test_what_was_not_used_falls_off_once(cast: Cast, parts: tuple[str, str], left: str) -> None:
    slips = two(cast)
    for slip, used in zip(slips, parts, strict=True):
        finish(cast, slip, used)
        accept(cast, slip)
    slips[0].ticket.refresh_from_db()
    assert (slips[0].ticket.state, slips[0].ticket.balance) == ("completed", D(left))


def test_voiding_the_other_slip_settles_what_the_accepted_one_used(cast: Cast) -> None:
    first, second = two(cast)
    finish(cast, first, "5.00")
    accept(cast, first)
    second.refresh_from_db()
    billing.void_slip(second, by=cast.lin, reason="不用了")
    second.ticket.refresh_from_db()
    assert (second.ticket.state, second.ticket.balance) == ("completed", D("25.00"))
