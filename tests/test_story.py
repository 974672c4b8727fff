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


@pytest.mark.sop("2-2")
def test_what_the_desk_writes_reaches_the_technician_at_once_complete_and_unchanged(cast: Cast, sign_in) -> None:
    ticket = cast.notified(fault="厨房水龙头关不紧，一直滴水，家有小孩")
    page = sign_in("wang").get(f"/my/{ticket.number}/").content.decode()
    assert [
        words
        for words in ("1栋1单元0702", "水龙头、花洒", "厨房水龙头关不紧，一直滴水，家有小孩", "李*")
        if words not in page
    ] == []
    assert ticket.deadlines.get(kind="notify").met_at is not None


@pytest.mark.sop("1")
def test_homes_and_public_places_stand_in_one_register(cast: Cast, sign_in) -> None:
    home = cast.report()
    hall = cast.report(
        unit=None,
        area=cast.hall,
        place="public",
        component="public_lamp",
        relation="patrol",
        reporter_name="周敏",
        spot="",
    )
    page = sign_in("zhou").get("/tickets/").content.decode()
    assert [ticket.number for ticket in (home, hall) if ticket.get_absolute_url() not in page] == []
