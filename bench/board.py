"""The board with 200 open repairs against a bare Django view that lists the same rows."""

from bench import Figure

OPEN, FEW = 200, 20


def run(full: bool = False) -> list[Figure]:
    """Both ways in turn in one process on one database; queries counted for 20 and for 200 rows."""
    from bench._estate import client_of, estate, in_turn, open_repairs, queries_of

    with estate() as cast:
        client = client_of(cast.zhou)
        open_repairs(cast, FEW)
        few = queries_of(lambda: client.get("/board/"))
        open_repairs(cast, OPEN - FEW)
        many = queries_of(lambda: client.get("/board/"))
        shown = client.get("/board/").content.decode().count("data-item>")
        assert shown == OPEN, f"{shown} rows"
        mine, plain, ratio = in_turn(
            lambda: client.get("/board/"), lambda: client.get("/bare/board/"), 40 if full else 20
        )
    return [
        Figure("board", "200 open repairs, cpu median", mine, "ms", None, True),
        Figure("board", "bare view of the same rows, cpu median", plain, "ms", None, True),
        Figure("board", "board ÷ bare view", ratio, "×", 2.5, ratio <= 2.5),
        Figure("board", "queries with 200 open repairs", many, "", 15, many <= 15),
        Figure("board", "queries with 200 less those with 20", many - few, "", 0, many == few),
    ]
