"""Edge cases of the trade on every kind of slip, named after domain.md §G: absent, failed part, lost copy, voided, tenant."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from billing import actions as billing
from billing import agreements
from core import clock
from core.refusals import Forbidden, Refusal
from tests.cast import STROKES, Cast
from tests.test_kinds import arrived
from tests.test_paths import dark_hall, facility, leaking, soon, warranty_slip
from workorders import actions as workorders
from workorders import custody, issuing
from workorders.models import Holder, Part, Slip

pytestmark = pytest.mark.django_db
KINDS: dict[str, Callable[[Cast], Slip]] = {
    "dispatch": lambda cast: cast.issued(),
    "warranty": lambda cast: warranty_slip(cast, leaking(cast)),
    "facility": lambda cast: facility(cast, dark_hall(cast)),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


@every_kind
def test_g3_nobody_there_leaves_the_slip_and_its_sheets_with_their_holder(cast: Cast, kind: str) -> None:
    slip = arrived(cast, KINDS[kind](cast))
    holders = [(copy.holder, copy.person_id) for copy in slip.copies.all()]
    window = soon(26)
    workorders.leave(slip, by=cast.wang, why="absent", words="门条已贴", window=window)
    assert (slip.state, slip.window_to) == ("collected", window[1])
    assert [(copy.holder, copy.person_id) for copy in slip.copies.all()] == holders
    assert slip.ticket.deadlines.open().get(kind="arrive", ref=slip.number).due_at == window[1]
    assert slip.ticket.charges.count() == (
        1 if kind == "dispatch" else 0
    )  # the quote's own; coming in vain costs nothing


def test_g6_a_customers_part_that_failed_stops_the_finish_until_it_is_withdrawn(cast: Cast) -> None:
    slip = cast.arrived()
    part = Part(
        source="customer", name="花洒", quantity=Decimal(1), name_ok=True, quantity_ok=True, look_ok=False, inspection="螺纹有裂纹"
    )  # fmt: skip
    workorders.list_parts(slip, by=cast.wang, parts=[*cast.parts(), part], verified=True)
    with pytest.raises(Refusal, match="检查不合格的客户材料"):
        workorders.finish(slip, by=cast.wang, work="换花洒", strokes=STROKES)
    part.withdrawn = True
    workorders.list_parts(slip, by=cast.wang, parts=[*slip.parts.filter(source="company"), part], verified=True)
    workorders.finish(slip, by=cast.wang, work="换阀芯", strokes=STROKES)
    assert slip.state == "finished"


@every_kind
def test_g8_a_lost_sheet_is_declared_by_one_and_approved_by_another(cast: Cast, kind: str) -> None:
    slip = arrived(cast, KINDS[kind](cast))
    custody.declare_lost(slip, number=3, because="11-24 在机房遗失", by=cast.zhou)
    with pytest.raises(Forbidden):
        custody.approve_lost(slip, number=3, by=cast.lin)
    custody.approve_lost(slip, number=3, by=cast.shen)
    custody.declare_lost(slip, number=1, because="被雨淋坏", by=cast.lin)
    with pytest.raises(Refusal, match="报失人不能核准"):
        custody.approve_lost(slip, number=1, by=cast.lin)
    assert [copy.holder for copy in slip.copies.all()][2] == Holder.LOST
    with pytest.raises(Refusal, match="核准遗失"):
        custody.take_in(slip, copies=[3], by=cast.zhou)


@every_kind
def test_g15_a_void_keeps_the_number_recalls_the_sheets_and_lets_a_new_one_follow(cast: Cast, kind: str) -> None:
    slip = arrived(cast, KINDS[kind](cast))
    with pytest.raises(Forbidden):
        billing.void_slip(slip, by=cast.zhou, reason="写错")
    billing.void_slip(slip, by=cast.lin, reason="设备写错")
    ticket = slip.ticket
    open_clocks = ticket.deadlines.open().filter(ref=slip.number).count()
    assert (slip.state, open_clocks, ticket.balance) == ("voided", 0, Decimal("0.00"))
    assert ticket.state == ("accepted" if kind == "dispatch" else "surveyed")
    custody.take_in(slip, copies=[1, 2, 3], by=cast.zhou)
    assert {copy.handovers.last().move for copy in slip.copies.all()} == {"recall"}
    again = reissued(cast, slip)
    assert (again.replaces, again.number[-4:], again.kind) == (slip, "0002", kind)


def reissued(cast: Cast, slip: Slip) -> Slip:
    ticket = slip.ticket
    ticket.refresh_from_db()
    if slip.kind == "dispatch":
        return billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang)
    if slip.kind == "warranty":
        return issuing.issue_warranty_slip(ticket, by=cast.zhou, technician=cast.wang)
    return facility(cast, ticket)


@every_kind
def test_g15_what_was_accepted_is_not_voided(cast: Cast, kind: str) -> None:
    slip = arrived(cast, KINDS[kind](cast))
    if kind == "dispatch":
        workorders.list_parts(slip, by=cast.wang, parts=cast.parts(), verified=True)
    workorders.finish(slip, by=cast.wang, work="修好", no_parts=kind == "facility", strokes=STROKES)
    if kind != "facility":
        billing.accept_slip(slip, by=cast.zhou, name="李建国", opinion="passed", strokes=STROKES)
    if kind != "dispatch":
        billing.countersign_slip(slip, by=cast.shen, opinion="passed", strokes=STROKES)
    assert slip.state == "accepted"
    with pytest.raises(Refusal, match="现为“已验收”，不能作废"):
        billing.void_slip(slip, by=cast.lin, reason="写错")


def test_g17_urgent_and_nobody_to_accept_a_price_is_made_safe_and_gets_no_slip(cast: Cast) -> None:
    ticket = cast.surveyed(urgency="urgent")
    with pytest.raises(Refusal, match="还没有认可的报价"):
        billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang)
    assert ticket.slips.count() == 0


def test_g18_from_500_a_tenant_needs_the_owners_written_word(cast: Cast) -> None:
    ticket = cast.accepted("800.00", "260.00")
    agreement = cast.agreement(ticket, signed=False)
    with pytest.raises(Refusal, match="业主"):
        agreements.sign_agreement(agreement, by=cast.zhou, owner_signs=False, owner_word="")
    agreements.sign_agreement(agreement, by=cast.zhou, owner_signs=False, owner_word="微信留言 11-23")
    assert (agreement.state, clock.now() >= agreement.since) == ("signed", True)
