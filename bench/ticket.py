"""The page of a repair against a bare Django view that shows the same rows: a usual whole life, and the fullest."""

from __future__ import annotations

from typing import Any

from bench import Figure

SLIPS, EVENTS, PHOTOS = 3, 40, 20


def run(full: bool = False) -> list[Figure]:
    """Both ways in turn; repairs from ¥500.00, accepted, paid and back at the desk, as the front desk sees them."""
    from bench._estate import client_of, estate, in_turn, queries_of

    figures: list[Figure] = []
    queries = []
    with estate() as cast:
        usual = cast.returned("860.00", "260.00", used="260.00").ticket
        for said, record in (("a whole life", usual), ("the fullest life", fullest(cast))):
            client = client_of(cast.zhou)
            ours, bare = record.get_absolute_url(), f"/bare/tickets/{record.number}/"
            assert client.get(ours).status_code == client.get(bare).status_code == 200
            mine, plain, ratio = in_turn(lambda: client.get(ours), lambda: client.get(bare), 60 if full else 30)  # noqa: B023
            queries.append(queries_of(lambda: client.get(ours)))  # noqa: B023
            figures += [
                Figure("ticket", f"page of {said}, cpu median", mine, "ms", None, True),
                Figure("ticket", "bare view of the same rows, cpu median", plain, "ms", None, True),
                Figure("ticket", f"page of {said} ÷ bare view", ratio, "×", 2.5, ratio <= 2.5),
                Figure("ticket", f"queries of {said}", queries[-1], "", None, True),
            ]
    more = queries[1] - queries[0]
    figures.append(Figure("ticket", "queries of the fullest life less the usual one's", more, "", 0, more <= 0))
    return figures


def fullest(cast: Any) -> Any:
    """A repair with 40 events, 3 slips of which two are void, and 20 photos."""
    from PIL import Image

    from billing import actions as billing
    from core import clock
    from tests.cast import STROKES
    from tickets import actions, photos
    from workorders import actions as workorders
    from workorders import custody

    slip = cast.issued("860.00", "260.00", fault="水槽下水管漏水")
    ticket = slip.ticket
    for _ in range(SLIPS - 1):
        billing.void_slip(slip, by=cast.lin, reason="换人上门")
        slip = billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang)
    workorders.collect(slip, by=cast.wang)
    workorders.arrive(slip, by=cast.wang)
    workorders.list_parts(slip, by=cast.wang, parts=cast.parts("260.00"), verified=True)
    workorders.finish(slip, by=cast.wang, work="更换下水管", strokes=STROKES)
    billing.accept_slip(slip, by=cast.wang, name="李建国", opinion="passed", words="合格", strokes=STROKES)
    custody.take_in(slip, copies=[1, 2], by=cast.zhou)
    missing = PHOTOS - ticket.photos.count()
    shots = [photos.made_anew(Image.new("RGB", (60, 40), (n * 9, n * 5, 90))) for n in range(missing)]
    photos.keep(ticket, shots, by=cast.wang, kind="before", at=clock.now())
    while ticket.events.count() < EVENTS:
        actions.note(ticket, by=cast.zhou, words="业主来电问过一次")
    assert (ticket.slips.count(), ticket.photos.count()) == (SLIPS, PHOTOS)
    return ticket
