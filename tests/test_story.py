"""The main story: a paid repair inside a dwelling from the call to the archive."""

from __future__ import annotations

from decimal import Decimal

import pytest

from callbacks import actions as callbacks
from tests.cast import Cast
from tickets.models import Event
from workorders import actions as workorders
from workorders import custody

ACTIONS = "action", "seq"


@pytest.mark.sop("5.5.1-9")
def test_a_paid_repair_goes_from_the_call_to_the_archive(cast: Cast) -> None:
    slip = cast.returned()
    ticket = slip.ticket
    callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.qian, satisfied=True)
    workorders.close(ticket, by=cast.zhou)
    slip.refresh_from_db()
    assert (ticket.state, slip.state, ticket.balance) == ("closed", "returned", Decimal("0.00"))
    custody.keep(slip, by=cast.wang)
    custody.take_in(slip, copies=[3], by=cast.zhou)
    assert slip.state == "filed"
    assert not ticket.deadlines.open().exists()
    assert list(Event.objects.filter(ticket=ticket).values_list("seq", flat=True)) == list(
        range(1, ticket.events.count() + 1)
    )
