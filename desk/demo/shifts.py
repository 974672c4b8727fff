"""The desk itself: keys and tools out of their place, and the sheets by which one shift hands over to the next (domain E.1)."""

from __future__ import annotations

from decimal import Decimal

from core import clock
from desk import actions, handing
from desk.demo.stage import HOUR, MINUTE, Moment, Scenes, Stage, Walk, ago, today
from desk.models import Kept, Shift

FLOAT = Decimal("500.00")
# Who goes, who comes, how much less the one who comes counts, and what is said of it.
TURNS = (
    ("zhao", "zhou", "0.00", ""),
    ("zhou", "qian", "20.00", "给 5 栋找零多付一张 20 元，已请业主核对"),
    ("qian", "zhao", "0.00", ""),
    ("zhao", "zhou", "0.00", ""),
)


def shifts(stage: Stage) -> Scenes:
    """Two keys and a tool; four sheets handed and taken, and the draft of the next."""
    return [
        (ago(1, 9, 15), kept(stage, "key", "8-1-0402 入户钥匙", "业主出差，周五取")),
        (ago(1, 15, 50), kept(stage, "key", "屋面检修门钥匙", "宏达建设 赵工")),
        (today(7, 40, since=HOUR), kept(stage, "tool", "管道疏通机", "胡军")),
        (last_change() - 24 * HOUR, turns(stage)),
    ]


def last_change() -> Moment:
    """The last change of shifts, at 0, 8 or 16 o'clock, that is over by now."""
    at = clock.local(clock.now() - 20 * MINUTE)
    return clock.start_of(at.date()) + at.hour // 8 * 8 * HOUR


def kept(stage: Stage, kind: str, what: str, whom: str) -> Walk:
    """Taken in or lent out, and not back yet."""
    actions.keep_item(Kept(community=stage.community, kind=kind, what=what, whom=whom), by=stage.people["zhou"])
    yield from ()


def turns(stage: Stage) -> Walk:
    """Every eight hours."""
    begins = clock.now()
    for n, (outgoing, incoming, less, words) in enumerate(TURNS):
        yield begins + n * 8 * HOUR
        shift = handed(stage, outgoing)
        yield clock.now() + stage.soon(4, 9)
        taken(stage, shift, incoming, Decimal(less), words)
    yield clock.now() + 5 * MINUTE
    actions.open_shift(stage.community, by=stage.people["zhou"])


def handed(stage: Stage, name: str) -> Shift:
    """Counted and signed by who goes."""
    person = stage.people[name]
    shift = actions.open_shift(stage.community, by=person)
    facts = handing.contents(stage.community, person, clock.now())
    counted = handing.expected_out(facts, Decimal("0.00"))
    actions.hand(shift, by=person, counted=FLOAT if counted is None else counted, snapshot=facts)
    return shift


def taken(stage: Stage, shift: Shift, name: str, less: Decimal, words: str) -> None:
    """Counted again and signed by who comes; a difference is written."""
    since = shift.handed_at or clock.now()
    expected = (shift.counted_out or FLOAT) + handing.cash_since(stage.community, since)
    actions.take(shift, by=stage.people[name], counted=expected - less, expected=expected, words=words)
