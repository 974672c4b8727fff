"""What is the municipality's: referred, followed up, restored or given back; and two calls about one drain (5.5.3-5, G13)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from callbacks import merging
from core import clock
from desk.demo.public import Spot, slip_of
from desk.demo.stage import DAY, HOUR, MINUTE, Part, Scenes, Stage, Walk, ago, ahead, first_of, today
from tickets import actions as tickets
from tickets import registering
from tickets.models import Ticket
from workorders import referrals
from workorders.models import Referral


@dataclass(frozen=True)
class Cause:
    """What the body is told: which body, its hotline, why it is theirs, our measures."""

    component: str
    area: str
    words: str
    who: str
    body: str
    hotline: str
    basis: str
    measures: str = ""
    urgency: str = "prompt"


LAMPS = Cause(
    "m_lamp",
    "东门",
    "门外人行道路灯整排不亮",
    "sun",
    "lamp",
    "12345",
    "灯杆编号为市政所有，不在红线内",
    "门岗夜间加开岗亭射灯",
)
WATER = Cause(
    "m_water",
    "小区主路",
    "进口总表前水压只有 0.12 MPa",
    "wang",
    "water",
    "96390",
    "总表前管段",
    "启用水箱，错峰供水",
    "urgent",
)
SEWER = Cause("m_sewer", "南门", "门外污水井满溢，有异味", "hu", "sewer", "12345", "井盖印“市政”字样", "围挡，撒漂白粉")  # fmt: skip
MANHOLE = Spot("public_drain", "南门", "", "疏通并清掏污水井", "hu", "污水井", number="WS-07")


def municipal(stage: Stage) -> Scenes:
    """Followed up still, restored, and given back."""
    return [
        (ago(2, 18, 40), followed(stage)),
        (ago(4, 7, 20), restored(stage)),
        (ago(2, 10, 10), given_back(stage)),
        (today(7, 30, since=25 * MINUTE), told_twice(stage)),
    ]


def referred(stage: Stage, cause: Cause, *, after: dt.timedelta) -> Part[Ticket]:
    """Looked at, found to be theirs, referred by telephone; we ask again `after` that time."""
    zhao, who = stage.people["zhao"], stage.people[cause.who]
    report = Ticket(
        community=stage.community, area=stage.areas[cause.area], place="municipal", component=stage.components[cause.component],
        fault=cause.words, urgency=cause.urgency, reporter_name="门岗 李队", phone="13900150666", relation="patrol",
    )  # fmt: skip
    ticket = registering.register(report, by=zhao)
    yield clock.now() + stage.soon(1, 3)
    tickets.notify_engineering(ticket, by=zhao, to=who)
    yield clock.now() + stage.soon(10, 20)
    tickets.arrive(ticket, by=who)
    yield clock.now() + stage.soon(5, 10)
    letter = Referral(
        body=cause.body, hotline=cause.hotline, how="phone", basis=cause.basis, judged_by=who, judged_at=clock.now(),
        accepted_by="接线员 2307", reference=f"{clock.today():%Y%m%d}{stage.dice.randrange(10000):04d}", homes=None,
    )  # fmt: skip
    next_at = clock.now() + after
    referrals.refer(ticket, by=zhao, referral=letter, next_at=next_at, measures=cause.measures)
    return ticket


def followed(stage: Stage) -> Walk:
    """Asked every day; the body has not come yet."""
    ticket = yield from referred(stage, LAMPS, after=15 * HOUR)
    yield ahead(1, 9, 10)
    words = "已派单，线缆被盗，等备料"
    referrals.follow_up(ticket, by=stage.people["zhao"], words=words, next_at=clock.now() + DAY)
    yield ahead(1, 8, 50)
    words = "备料已到，今晚封道施工"
    referrals.follow_up(ticket, by=stage.people["zhao"], words=words, next_at=clock.now() + 23 * HOUR)


def restored(stage: Stage) -> Walk:
    """Asked every two hours until it ran again."""
    ticket = yield from referred(stage, WATER, after=2 * HOUR)
    for words in ("已到场找漏点", "漏点在路口，正在开挖"):
        yield clock.now() + 2 * HOUR - stage.soon(2, 10)
        referrals.follow_up(ticket, by=stage.people["zhao"], words=words, next_at=clock.now() + 2 * HOUR)
    yield clock.now() + HOUR
    wang = stage.people["wang"]
    referrals.confirm_restored(
        ticket, by=stage.people["zhao"], restored_at=clock.now() - stage.soon(5, 15), confirmed_by=wang, told=True
    )


def given_back(stage: Stage) -> Walk:
    """The body finds that it is ours: judged anew, with the reason."""
    ticket = yield from referred(stage, SEWER, after=23 * HOUR)
    yield ahead(1, 15, 30)
    because = "排水公司测绘：该井在小区红线内，由物业疏通"
    referrals.take_back(ticket, by=stage.people["shen"], because=because, nature="paid_public")
    ticket.refresh_from_db()
    yield from slip_of(stage, ticket, MANHOLE)


def told_twice(stage: Stage) -> Walk:
    """Two residents tell of one blocked drain; the second is merged and told (G13)."""
    found = []
    for n, words in enumerate(("楼前雨水井堵了，水漫到台阶", "一楼门口积水进不了门")):
        one = first_of(next(unit for unit in stage.units if unit.entrance.building.code == "10" and unit.code[-2:] == f"0{n + 1}"))  # fmt: skip
        report = Ticket(
            community=stage.community, area=stage.areas["10栋大堂"], place="public", component=stage.components["public_drain"],
            fault=words, urgency="prompt", reporter_name=one.name, phone=one.phone, relation=one.relation,
        )  # fmt: skip
        found.append(registering.register(report, by=stage.people["qian"]))
        yield clock.now() + stage.soon(1, 2)
    merging.merge(found[1:], into=found[0], by=stage.people["qian"], told=True)
    yield clock.now() + stage.soon(0.5, 1)
    tickets.notify_engineering(found[0], by=stage.people["qian"], to=stage.people["hu"])
