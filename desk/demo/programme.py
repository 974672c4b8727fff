"""What is played: the ordinary repairs of a month, and this week's scenes, in which each nature and each exception occurs."""

from __future__ import annotations

import datetime as dt

from core import clock
from desk.demo import again, grievances, handover, municipal, oddities, public, shifts, warranty
from desk.demo.jobs import JOBS
from desk.demo.paid import Way, repair
from desk.demo.stage import HOUR, MINUTE, Moment, Scenes, Stage

FATES = ["", "", "", "", "", "", "", "", "cancelled", "declined", "large", "unsatisfied", "unreached", "late", "", ""]


def plan(stage: Stage, first: dt.date, last: Moment, count: int, today: int = 0) -> Scenes:
    """`count` reports from the first day's morning on, in the order of time; `today` of them within the last nine hours."""
    dice = stage.dice
    days = max((clock.local(last).date() - first).days, 1)
    moments = [last - stage.soon(2, 9 * 60) for _ in range(today)]
    for n in range(count - today):
        day = first + dt.timedelta(days=n * days // (count - today))
        hour = dice.choice((8, 8, 9, 9, 9, 10, 10, 11, 13, 14, 15, 16, 18, 19))
        moments.append(min(clock.start_of(day) + hour * HOUR + stage.soon(0, 59), last - stage.soon(1, 300)))
    walks: Scenes = []
    for n, at in enumerate(sorted(moments)):
        job = JOBS[(n * 7 + dice.randrange(3)) % len(JOBS)]
        way = Way(stage, job, dice.choice(FATES), dice.random() < 0.1, dice.choice(("zhou", "qian", "zhao")))
        walks.append((at, repair(way)))
    return walks


def scenes(stage: Stage, last: Moment) -> Scenes:
    """Everything that is not an ordinary paid repair; the days are counted back from the last."""
    with clock.as_of(last):
        return [
            *warranty.warranty(stage),
            *public.public(stage),
            *municipal.municipal(stage),
            *handover.inspected(stage),
            *again.again(stage),
            *oddities.oddities(stage),
            *shifts.shifts(stage),
            *grievances.complaints(stage, last),
            *just_now(stage, last),
        ]


def just_now(stage: Stage, last: Moment) -> Scenes:
    """What the desk has in its hands at this minute: told to nobody yet, on the way, being looked at."""
    return [
        (last - 2 * MINUTE, warranty.unanswered(stage, warranty.INTERCOM)),
        (last - 9 * MINUTE, public.facility(stage, public.ENTRANCE)),
        (last - 40 * MINUTE, public.facility(stage, public.GARAGE)),
    ]
