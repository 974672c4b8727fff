"""The same fault again: proposed to the supervisor, confirmed and free, or found to be another (2-1)."""

from __future__ import annotations

from billing import actions as billing
from callbacks import rework
from core import clock
from desk.demo.jobs import JOBS
from desk.demo.paid import Way, called, done, looked_at, paid, priced, repair_of, report
from desk.demo.stage import MINUTE, STROKES, Part, Scenes, Stage, Walk, ago, ahead
from tickets import actions as tickets
from tickets import recording
from tickets.appointments import Window
from tickets.models import Ticket
from workorders import actions as workorders
from workorders import custody

TAP, VALVE, TOILET = JOBS[0], JOBS[1], JOBS[2]


def again(stage: Stage) -> Scenes:
    """Three customers who had to call twice."""
    return [
        (ago(6, 9, 25), proposed(Way(stage, TAP, clerk="zhao"))),
        (ago(6, 10, 15), confirmed(Way(stage, TOILET, clerk="zhao"))),
        (ago(6, 13, 40), another(Way(stage, VALVE, clerk="zhao"))),
    ]


def once(way: Way) -> Part[Ticket]:
    """The first repair, from the call to the archive."""
    ticket = yield from looked_at(way, report(way))
    assert ticket is not None, "nothing befalls it"
    slip = yield from priced(way, ticket)
    assert slip is not None, "nothing befalls it"
    yield from done(way, slip)
    yield from paid(way, slip)
    yield from called(way, slip)
    return ticket


def twice(way: Way, days: int, hour: int) -> Part[Ticket]:
    """The customer calls again so many days later; the desk links what was repaired before."""
    earlier = yield from once(way)
    yield ahead(days, hour)
    earlier.refresh_from_db()
    return report(way, unit=earlier.unit, earlier=earlier)


def proposed(way: Way) -> Walk:
    """Linked yesterday; the supervisor has not judged yet."""
    ticket = yield from twice(way, 4, 15)
    yield from looked_at(way, ticket)


def confirmed(way: Way) -> Walk:
    """The same fault: free, another technician, counted against the first team; its callback verifies the correction."""
    ticket = yield from twice(way, 3, 9)
    other = way.stage.people["xu"]
    yield clock.now() + way.stage.soon(1, 3)
    tickets.notify_engineering(ticket, by=way.desk, to=other)
    yield clock.now() + way.stage.soon(10, 20)
    rework.confirm_rework(ticket, by=way.stage.people["shen"], to=other)
    yield (ticket.window_from or clock.now()) + way.stage.soon(2, 15)
    ticket.refresh_from_db()
    tickets.arrive(ticket, by=other)
    tickets.survey(ticket, by=other, nature="paid_home", work="进水阀装反，重新安装", quantities="1")
    yield clock.now() + way.stage.soon(5, 15)
    slip = billing.issue_slip(ticket, by=way.desk, technician=other, window=another_window(ticket))
    yield clock.now() + way.stage.soon(4, 9)
    workorders.collect(slip, by=other)
    yield max(clock.now() + way.stage.soon(3, 8), slip.window_from or clock.now())
    workorders.arrive(slip, by=other)
    yield clock.now() + way.stage.soon(20, 40)
    workorders.finish(slip, by=other, work="重新安装进水阀，试水 10 次正常", strokes=STROKES)
    yield clock.now() + way.stage.soon(3, 6)
    billing.accept_slip(slip, by=other, name=ticket.reporter_name, opinion="passed", strokes=STROKES)
    yield clock.now() + way.stage.soon(30, 90)
    custody.take_in(slip, copies=[1, 2], by=way.desk)
    custody.keep(slip, by=other)


def another_window(ticket: Ticket) -> Window | None:
    """The customer's own stands while it lasts."""
    now = clock.now()
    return None if ticket.window_to and ticket.window_to > now else (now + 20 * MINUTE, now + 80 * MINUTE)


def another(way: Way) -> Walk:
    """Another cause: the ordinary way, with the reason."""
    ticket = yield from twice(way, 4, 10)
    yield clock.now() + way.stage.soon(2, 3)
    recording.refuse_rework(ticket, by=way.stage.people["shen"], because="上次换的是洗手台角阀，这次是马桶角阀")
    yield from repair_of(way, ticket)
