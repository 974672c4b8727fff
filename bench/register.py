"""Registering a report, with number, clocks, event and history, against a bare Django view that writes the same rows."""

import uuid
from typing import Any

from bench import Figure


def run(full: bool = False) -> list[Figure]:
    """Both POSTs in turn, an urgent repair with its three clocks each time."""
    from bench._estate import client_of, estate, in_turn, queries_of
    from tickets.models import Ticket

    with estate() as cast:
        client = client_of(cast.zhou)
        said = {
            "reporter_name": "李建国", "relation": "owner", "phone": "13800001201", "channel": "phone", "spot": "kitchen", "component": "tap",
            "trade": "plumbing", "fault": "厨房水龙头关不紧，一直滴水", "urgency": "urgent",
        }  # fmt: skip

        def ours() -> Any:
            key = {"once": str(uuid.uuid4()), "place_kind": "unit", "place_id": cast.unit_0702.pk}
            return client.post("/tickets/new/", {**said, **key})

        def bare() -> Any:
            return client.post("/bare/register/", {**said, "unit": cast.unit_0702.pk})

        assert ours().status_code == bare().status_code == 302
        mine, plain, ratio = in_turn(ours, bare, 60 if full else 30)
        queries = queries_of(ours)
        assert Ticket.objects.filter(urgency="urgent").count() == Ticket.objects.count() > 60
    return [
        Figure("register", "registration, cpu median", mine, "ms", None, True),
        Figure("register", "bare view writing the same rows, cpu median", plain, "ms", None, True),
        Figure("register", "registration ÷ bare view", ratio, "×", 3, ratio <= 3),
        Figure("register", "queries", queries, "", 30, queries <= 30),
    ]
