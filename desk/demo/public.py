"""Public places and equipment: facility slips, who bears the cost, contractors, the builder's path, one burst riser (5.5.3, G12, G13)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from billing import actions as billing
from billing import till
from callbacks import actions as callbacks
from callbacks import merging
from core import clock
from desk.demo.builders import LIFTS
from desk.demo.stage import HOUR, MINUTE, STROKES, Scenes, Stage, Walk, ago, ahead, first_of, found_so, today
from desk.demo.warranty import homecoming
from places.models import Builder, Unit
from tickets import actions as tickets
from tickets import photos, recording, registering
from tickets.models import Photo, Ticket
from workorders import actions as workorders
from workorders import custody, issuing, notices
from workorders.models import Part as SlipPart
from workorders.models import Slip


@dataclass(frozen=True)
class Spot:
    """What is wrong in a public place: part, place, words, what is found, who goes, the equipment, how far it gets.

    steps: 1 surveyed, 2 slip out, 3 collected, 4 finished, 5 countersigned, 6 archived. used: name, spec, model, unit, price.
    """

    component: str
    area: str
    words: str
    found: str
    who: str
    equipment: str
    steps: int = 6
    number: str = ""
    urgency: str = "prompt"
    cost: issuing.Cost = field(default_factory=lambda: issuing.Cost("company"))
    used: tuple[str, str, str, str, str] | None = None
    resident: bool = False


PUMP = Spot("pump", "生活水泵房", "2 号泵机封漏水，压力不足", "机械密封磨损，更换", "xu", "生活水泵 2#", 6, "SB-03-02",
            used=("机械密封", "Φ25", "MG1-25", "只", "85.00"))  # fmt: skip
LAMP = Spot(
    "public_lamp", "5栋地下一层电梯厅", "电梯厅两盏灯不亮", "LED 灯管损坏 2 支", "sun", "吸顶灯", 3, resident=True
)
GATE = Spot("access", "南门", "道闸抬杆到一半就停", "弹簧断裂，更换", "bai", "道闸 1#", 4, "DZ-01",
            used=("道闸弹簧", "Φ6.0", "ZT-60", "根", "120.00"))  # fmt: skip
DOOR = Spot("public_door", "12栋大堂", "单元门被搬家车撞歪，关不上", "门扇变形，更换闭门器并校正", "ma", "单元门", 6, "DM-12-1",
            cost=issuing.Cost("liable", "安顺搬家公司"), used=("闭门器", "65 kg", "BM-65", "只", "180.00"), resident=True)  # fmt: skip
ROOF = Spot("public_seepage", "9栋屋面", "顶楼走道天花滴水", "屋面卷材老化开裂约 24 ㎡，须重做", "hu", "屋面防水层", 5,
            cost=issuing.Cost("fund", "", "维资 2026-118"), resident=True)  # fmt: skip
PAVING = Spot("paving", "小区主路", "6 栋前地砖松动，绊脚", "重铺约 3 ㎡", "ma", "步道砖", 5,
              used=("透水砖", "200×100×60", "TS-60", "块", "2.60"))  # fmt: skip
SWING = Spot("playground", "儿童乐园", "秋千吊链环磨损，先停用", "吊环磨损过半，须换", "ma", "秋千", 1, "YL-02")
LIFT = Spot("lift", "7栋大堂", "2 单元电梯开门时抖动异响", "门刀与滚轮间隙超差", "shen", "7-2 客梯", 4, "DT-07-02")
ENTRANCE = Spot("access", "2栋大堂", "单元门禁刷卡没反应", "读卡器进水", "bai", "门禁 2-1", 1, resident=True)
GARAGE = Spot(
    "public_lamp", "地下车库 A 区", "车道灯灭了一排，看不清路面", "回路开关跳闸，一支镇流器短路", "sun", "车道灯", 1
)
TRAPPED = Spot("lift_trapped", "7栋大堂", "", "门锁触点更换", "shen", "7-1 客梯", number="DT-07-01")
LIFT_PARTS = {"lift", "lift_trapped"}
NEW_PUMP = Spot(
    "pump", "20栋地下一层电梯厅", "排污泵不启动，集水坑水位高", "液位开关失灵", "xu", "集水坑排污泵", number="PW-20-01"
)


def public(stage: Stage) -> Scenes:
    """One in each state that a facility slip can be in, and each who may bear the cost."""
    return [
        (ago(5, 9, 15), facility(stage, PUMP)),
        (today(8, 5, since=90 * MINUTE), facility(stage, LAMP)),
        (ago(1, 14, 20), facility(stage, GATE)),
        (ago(4, 8, 20), facility(stage, DOOR)),
        (ago(1, 9, 0), facility(stage, ROOF)),
        (ago(1, 13, 10), facility(stage, PAVING)),
        (today(9, 30, since=50 * MINUTE), facility(stage, SWING)),
        (ago(1, 7, 50), facility(stage, LIFT)),
        (ago(5, 8, 40), of_the_builder(stage, NEW_PUMP)),
        (ago(2, 7, 12), burst(stage)),
    ]


def of_building(stage: Stage, code: str) -> list[Unit]:
    return [unit for unit in stage.units if unit.entrance.building.code == code]


def reported(stage: Stage, spot: Spot) -> Ticket:
    """By a resident of that building, or on patrol."""
    area = stage.areas[spot.area]
    who: dict[str, Any] = {"reporter_name": "白涛", "phone": "13900150555", "relation": "patrol"}
    if spot.resident and area.building:
        one = first_of(stage.dice.choice(of_building(stage, area.building.code)))
        who = {"reporter_name": one.name, "phone": one.phone, "relation": one.relation}
    ticket = Ticket(
        community=stage.community, area=area, place="public", component=stage.components[spot.component], fault=spot.words,
        urgency=spot.urgency, **who,
    )  # fmt: skip
    return registering.register(ticket, by=stage.people["zhao"])


def seen(stage: Stage, ticket: Ticket, spot: Spot, nature: str) -> Walk:
    """Told, there within the half hour, judged."""
    who = stage.people[spot.who]
    yield clock.now() + stage.soon(1, 4)
    tickets.notify_engineering(ticket, by=stage.people["zhao"], to=who)
    yield clock.now() + stage.soon(9, 22)
    tickets.arrive(ticket, by=who)
    yield clock.now() + stage.soon(8, 15)
    odd = nature != ticket.nature_guess
    if odd:
        photos.keep(ticket, [found_so()], by=who, kind=Photo.Kind.BEFORE, at=clock.now())
    reason = "易损件，不在质保内" if odd else ""
    tickets.survey(ticket, by=who, nature=nature, work=spot.found, quantities="1 处", reason=reason)


def facility(stage: Stage, spot: Spot) -> Walk:
    """A facility slip from the report on, as far as `steps` goes."""
    ticket = reported(stage, spot)
    yield from seen(stage, ticket, spot, "paid_public")
    if spot.steps > 1:
        yield from slip_of(stage, ticket, spot)


def slip_of(stage: Stage, ticket: Ticket, spot: Spot) -> Walk:
    """Written, collected, done, countersigned, returned; lifts by their contractor, whom an electrician accompanies."""
    yield clock.now() + stage.soon(10, 25)
    firm = Builder.objects.get(community=stage.community, name=LIFTS) if spot.component in LIFT_PARTS else None
    slip = issuing.issue_facility_slip(
        ticket, by=stage.people["zhao"], technician=stage.people["sun" if firm else spot.who], cost=spot.cost,
        equipment=spot.equipment, equipment_no=spot.number, contractor=firm,
    )  # fmt: skip
    if spot.steps < 3:
        return
    yield clock.now() + stage.soon(5, 12)
    if firm:
        workorders.collect(slip, by=stage.people["zhao"], name="韩师傅")
    else:
        workorders.collect(slip, by=stage.people[spot.who])
    if spot.steps > 3:
        yield from mended(stage, slip, spot)
    if spot.steps > 4:
        yield from countersigned(stage, slip)
    if spot.steps > 5:
        if slip.bearer == "liable":
            yield from owed(stage, slip)
        yield from homecoming(stage, slip)


def mended(stage: Stage, slip: Slip, spot: Spot) -> Walk:
    """Arrived, worked, finished; parts with their five items, or the word none."""
    who = slip.technician
    yield clock.now() + stage.soon(5, 14)
    workorders.arrive(slip, by=who)
    yield clock.now() + stage.soon(40, 80)
    if spot.used:
        name, spec, model, unit, price = spot.used
        quantity = Decimal(30 if unit == "块" else 1)
        row = SlipPart(source="company", name=name, spec=spec, model=model, unit=unit, quantity=quantity, price=Decimal(price))  # fmt: skip
        workorders.list_parts(slip, by=who, parts=[row], verified=False)
    name = slip.collected_name if slip.builder_id else ""
    workorders.finish(
        slip, by=who, work=f"{spot.found}，试用正常", name=name, no_parts=not spot.used, hours=Decimal("1.5"), strokes=STROKES
    )  # fmt: skip


def countersigned(stage: Stage, slip: Slip) -> Walk:
    """The engineering supervisor looks at it and signs; no customer does (5.5.3-3)."""
    yield clock.now() + stage.soon(30, 90)
    shen = stage.people["shen"]
    billing.countersign_slip(slip, by=shen, opinion="passed", words="现场查看，合格", strokes=STROKES)


def owed(stage: Stage, slip: Slip) -> Walk:
    """Who is liable transfers it before the day is over."""
    yield clock.now() + stage.soon(100, 160)
    ticket, payer = slip.ticket, slip.liable_person
    ticket.refresh_from_db()
    till.receive(
        ticket, by=stage.people["zhao"], amount=ticket.balance, method="transfer", payer=payer, reference="0817"
    )


def of_the_builder(stage: Stage, spot: Spot) -> Walk:
    """In warranty: the builder's work, accepted by the engineering supervisor alone (5.5.3-4)."""
    ticket = reported(stage, spot)
    yield from seen(stage, ticket, spot, "warranty_public")
    yield clock.now() + stage.soon(10, 20)
    ticket.refresh_from_db()
    notice = notices.send_notice([ticket], by=stage.people["zhao"])
    yield clock.now() + stage.soon(40, 70)
    starts = ahead(1, 9)
    notices.agree_time(notice, by=stage.people["zhao"], window=(starts, starts + 2 * HOUR), words="明早带开关来")
    yield clock.now() + stage.soon(5, 15)
    ticket.refresh_from_db()
    slip = issuing.issue_warranty_slip(ticket, by=stage.people["zhao"], technician=stage.people[spot.who])
    yield ahead(1, 9, 5)
    workorders.collect(slip, by=stage.people["zhao"], name=notice.builder.contact)
    yield clock.now() + stage.soon(8, 20)
    workorders.arrive(slip, by=stage.people[spot.who])
    yield clock.now() + stage.soon(50, 80)
    workorders.finish(
        slip, by=stage.people[spot.who], work="更换液位开关，启停三次正常", name=notice.builder.contact, strokes=STROKES
    )
    yield from countersigned(stage, slip)
    yield from homecoming(stage, slip)


RISER = Spot("riser", "3栋大堂", "2 单元立管爆裂，水往下灌", "6 层立管三通爆裂，更换", "wang", "给水立管 3-2", number="LG-03-2",
             urgency="urgent", used=("PPR 三通", "DN50", "S3.2", "个", "36.00"), resident=True)  # fmt: skip
CRIES = ("大厅全是水", "楼道天花在漏", "家里没水了", "电梯口积水", "水从楼上下来了", "停水了，什么时候来")


def burst(stage: Stage) -> Walk:
    """A riser bursts: thirteen callers, one repair, one answer to all of them, and the first is called back."""
    ticket = reported(stage, RISER)
    now, wang, zhao = clock.now(), stage.people["wang"], stage.people["zhao"]
    recording.run_safety_script(ticket, by=zhao, case="burst", lines={1: now})
    yield now + stage.soon(1, 2)
    tickets.notify_engineering(ticket, by=zhao, to=wang)
    neighbours = stage.dice.sample(of_building(stage, "3"), 12)
    yield from ringing(stage, ticket, neighbours[:6])
    yield now + stage.soon(17, 20)
    tickets.arrive(ticket, by=wang)
    recording.run_safety_script(ticket, by=zhao, case="burst", lines={2: clock.now(), 3: clock.now()})
    yield clock.now() + stage.soon(3, 6)
    tickets.make_safe(ticket, by=wang, what="关 3 栋 2 单元立管总阀，两台泵抽水")
    yield from ringing(stage, ticket, neighbours[6:])
    yield clock.now() + stage.soon(2, 5)
    tickets.survey(ticket, by=wang, nature="paid_public", work=RISER.found, quantities="1 处")
    yield clock.now() + stage.soon(4, 8)
    slip = issuing.issue_facility_slip(
        ticket, by=zhao, technician=wang, cost=RISER.cost, equipment=RISER.equipment, equipment_no=RISER.number
    )
    yield clock.now() + stage.soon(4, 8)
    workorders.collect(slip, by=wang)
    yield from mended(stage, slip, RISER)
    yield from countersigned(stage, slip)
    yield clock.now() + stage.soon(5, 10)
    ticket.refresh_from_db()
    words = "3 栋 2 单元立管已修好，已恢复供水；刚来水发黄，放两分钟即可"
    merging.tell(ticket, by=zhao, channel="wechat", text=words)
    yield clock.now() + stage.soon(20, 40)
    custody.take_in(slip, copies=[1, 2, 3], by=zhao)
    yield ahead(1, 9, 20)
    callbacks.record_answer(ticket, caller=ticket.callers.get(first=True), by=zhao, satisfied=True)
    yield clock.now() + stage.soon(5, 20)
    workorders.close(ticket, by=zhao)


def ringing(stage: Stage, ticket: Ticket, callers: list[Unit]) -> Walk:
    """One neighbour after the other: a number of his own each, merged at once, told how it stands."""
    for n, unit in enumerate(callers):
        yield clock.now() + stage.soon(0.5, 2)
        one = first_of(unit)
        report = Ticket(
            community=stage.community, unit=unit, area=ticket.area, place="public", component=ticket.component, urgency="urgent",
            fault=CRIES[n % len(CRIES)], reporter_name=one.name, phone=one.phone, relation=one.relation,
        )  # fmt: skip
        merging.register_duplicate(report, into=ticket, by=stage.people["qian" if n % 2 else "zhao"])
