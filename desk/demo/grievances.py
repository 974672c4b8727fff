"""Complaints of the demonstration estate: one ended, one under way, one taken down just now."""

from __future__ import annotations

from typing import Any

from callbacks import complaining
from callbacks.models import Complaint
from core import clock
from desk.demo.stage import DAY, HOUR, MINUTE, Moment, Scenes, Stage, Walk
from tickets.models import Ticket


def complaints(stage: Stage, last: Moment) -> Scenes:
    """Told to the desk within the last two days."""
    return [(last - 2 * DAY, settled(stage)), (last - 20 * HOUR, under_way(stage)), (last - 40 * MINUTE, fresh(stage))]


def record(stage: Stage, **told: Any) -> Complaint:
    """By the first resident of a dwelling, unless the complaint is about a repair."""
    unit = stage.dice.choice(stage.units)
    person = unit.residents.all()[0]
    fields: dict[str, Any] = {
        "unit": unit,
        "name": person.name,
        "relation": person.relation,
        "phone": person.phone,
        **told,
    }
    made: Complaint = complaining.record_complaint(
        Complaint(community=stage.community, **fields), by=stage.people["qian"]
    )
    return made


def settled(stage: Stage) -> Walk:
    """About a repair that came late; answered the same day, the customer content."""
    ticket = Ticket.objects.filter(community=stage.community, completed_at__isnull=False).order_by("pk").last()
    if ticket is None:
        return
    lin = stage.people["lin"]
    row = record(stage, ticket=ticket, unit=None, name=ticket.reporter_name, phone=ticket.phone, kind="timeliness",
                 content="约的上午九点，师傅十点半才到，也没有电话说明")  # fmt: skip
    yield clock.now() + stage.soon(15, 60)
    complaining.own(row, by=lin)
    yield clock.now() + stage.soon(60, 180)
    complaining.answer(
        row, by=lin, reply="上一户漏水抢修耽误，未及时告知，已向您致歉；以后改约先打电话", outcome="upheld"
    )
    yield clock.now() + stage.soon(120, 300)
    complaining.close(row, by=lin, word="说明了就好，下次提前打个电话")


def under_way(stage: Stage) -> Walk:
    """About a bill, owned by the service supervisor."""
    row = record(stage, kind="charging", content="上门检测费事先没有讲清楚，要求说明收费依据")
    yield clock.now() + stage.soon(20, 60)
    complaining.own(row, by=stage.people["lin"])


def fresh(stage: Stage) -> Walk:
    """Not yet taken on."""
    row = record(
        stage, kind="manner", severity="serious", way="visit", content="夜间来电咨询停水，值班人员说话不耐烦并挂断电话"
    )
    assert row.state == "recorded", "the service supervisor has not seen it"
    yield from ()
