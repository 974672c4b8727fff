"""The page of a repair that has its whole life behind it against a bare Django view that shows the same rows."""

from bench import Figure


def run(full: bool = False) -> list[Figure]:
    """Both ways in turn; the repair from ¥500.00, accepted, paid and back at the desk, as the front desk sees it."""
    from bench._estate import client_of, estate, in_turn, queries_of

    with estate() as cast:
        record = cast.returned("860.00", "260.00", used="260.00").ticket
        client = client_of(cast.zhou)
        ours, bare = record.get_absolute_url(), f"/bare/tickets/{record.number}/"
        assert client.get(ours).status_code == client.get(bare).status_code == 200
        mine, plain, ratio = in_turn(lambda: client.get(ours), lambda: client.get(bare), 60 if full else 30)
        queries = queries_of(lambda: client.get(ours))
    return [
        Figure("ticket", "page of a whole life, cpu median", mine, "ms", None, True),
        Figure("ticket", "bare view of the same rows, cpu median", plain, "ms", None, True),
        Figure("ticket", "page ÷ bare view", ratio, "×", 2.5, ratio <= 2.5),
        Figure("ticket", "queries", queries, "", None, True),
    ]
