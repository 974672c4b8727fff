"""Handover inspections: a dozen lines half put right, five that were told only, and a sheet still being written (5.3.3)."""

from __future__ import annotations

import uuid

from billing import actions as billing
from callbacks import actions as callbacks
from core import clock
from desk.demo.stage import HOUR, MINUTE, STROKES, Part, Scenes, Stage, Walk, ago, ahead, today
from places.models import Unit
from tickets import inspections
from tickets.inspections import Look, Written, lines_by_builder
from tickets.models import Inspection, InspectionLine, Ticket
from workorders import actions as workorders
from workorders import custody, issuing, notices
from workorders.models import Notice, Slip

Defects = tuple[tuple[str, str, str], ...]
# Room, part as people write it, what is wrong.
DOZEN: Defects = (
    ("客厅", "墙面涂料", "北墙有裂纹，长约 40 cm"),
    ("客厅", "入户门", "门框划伤 2 处"),
    ("餐厅", "瓷砖", "地砖空鼓 1 块"),
    ("主卧", "木地板", "靠窗处起拱"),
    ("主卧", "室内门", "门扇与地面摩擦"),
    ("次卧", "墙面涂料", "顶角有水渍印"),
    ("卫生间", "地面防水", "蓄水 24 小时楼下有印"),
    ("卫生间", "马桶", "水箱进水不止"),
    ("厨房", "橱柜", "柜门合页松"),
    ("主卧", "窗扇", "密封条未压紧"),
    ("阳台", "栏杆", "立柱晃动"),
    ("客厅", "插座", "电视墙插座无电"),
)
FIVE: Defects = (
    ("客厅", "墙面涂料", "东墙色差"),
    ("卫生间", "瓷砖", "缺角 1 块"),
    ("厨房", "洗菜盆", "台下盆打胶不匀"),
    ("主卧", "窗扇", "执手松动"),
    ("次卧", "插座", "面板歪斜"),
)
THREE: Defects = (
    ("客厅", "入户门", "猫眼模糊"),
    ("卫生间", "地漏", "排水慢"),
    ("阳台", "灯具", "吸顶灯不亮"),
)
REPAIRED, PASSED = 6, 5


def inspected(stage: Stage) -> Scenes:
    """The dwellings nobody had taken over until now, one after the other."""
    return [
        (ago(4, 9, 30), half_right(stage, stage.undated[0])),
        (ago(1, 14, 0), told_only(stage, stage.undated[1])),
        (today(9, 10, since=35 * MINUTE), being_written(stage, stage.undated[2])),
    ]


def written(stage: Stage, unit: Unit, defects: Defects, minutes: float) -> Part[Inspection]:
    """The sheet, written line by line while they walk through the dwelling."""
    sheet = inspections.open_draft(unit, by=stage.people["zhou"])
    inspections.save_head(sheet, by=stage.people["zhou"], handed_over_on=clock.today())
    for n, (room, part, fault) in enumerate(defects):
        key = uuid.UUID(int=stage.dice.getrandbits(128), version=4)
        line = Written(key, position=n + 1.0, room=room, component_text=part, fault=fault)
        inspections.save_line(sheet, by=stage.people["zhou"], line=line)
    yield clock.now() + stage.soon(minutes, minutes * 1.2)
    return sheet


def registered(stage: Stage, unit: Unit, defects: Defects) -> Part[Inspection]:
    """Signed by the owner, and engineering told once for all lines."""
    sheet = yield from written(stage, unit, defects, 2.0 * len(defects))
    inspections.register(sheet, by=stage.people["zhou"], strokes=STROKES)
    yield clock.now() + stage.soon(2, 4)
    inspections.batch_notify(sheet, by=stage.people["zhou"], to=stage.people["ma"])
    return sheet


def told_only(stage: Stage, unit: Unit) -> Walk:
    """Judged as seen; one notice a builder went out, none has answered."""
    sheet = yield from registered(stage, unit, FIVE)
    yield from noticed(stage, sheet)


def noticed(stage: Stage, sheet: Inspection) -> Part[list[Notice]]:
    """Every line judged as it was seen, and one notice for each builder."""
    yield clock.now() + stage.soon(10, 20)
    inspections.survey_as_seen(sheet, by=stage.people["shen"])
    yield clock.now() + stage.soon(20, 40)
    return [
        notices.send_notice(group.tickets, by=stage.people["zhou"], builder=group.builder, phone_consent=True)
        for group in lines_by_builder(sheet)
    ]


def half_right(stage: Stage, unit: Unit) -> Walk:
    """The builder came for the first lines; all but one passed, three wait for parts; others come later."""
    sheet = yield from registered(stage, unit, DOZEN)
    first, *rest = yield from noticed(stage, sheet)
    zhou = stage.people["zhou"]
    yield clock.now() + stage.soon(30, 60)
    notices.acknowledge_notice(first, by=zhou, name=first.builder.contact, words="明天整组来")
    yield clock.now() + stage.soon(20, 40)
    slips = ordered(stage, first, 1)
    for notice in rest:
        ordered(stage, notice, 5)
    yield ahead(1, 8, 40)
    for slip in slips:
        workorders.collect(slip, by=zhou, name=first.builder.contact)
    yield ahead(0, 9, 10)
    for slip in slips:
        workorders.arrive(slip, by=stage.people["ma"])
    yield ahead(0, 15, 20)
    starts = ahead(4, 9)
    for slip in slips[REPAIRED:]:
        workorders.leave(
            slip, by=stage.people["ma"], why="parts", words="色号不符，退换", window=(starts, starts + 3 * HOUR),
            parts_on=starts.date(),
        )  # fmt: skip
    slips = slips[:REPAIRED]
    for slip in slips:
        name = slip.collected_name
        workorders.finish(slip, by=stage.people["ma"], work="已按样板整改", name=name, strokes=STROKES)
    yield clock.now() + stage.soon(10, 25)
    for slip in slips:
        owner = slip.ticket.reporter_name
        billing.accept_slip(slip, by=zhou, name=owner, opinion="passed", strokes=STROKES)
        billing.countersign_slip(slip, by=stage.people["shen"], opinion="passed", strokes=STROKES)
    yield ahead(1, 9, 5)
    for slip in slips:
        custody.take_in(slip, copies=[1, 2, 3], by=zhou)
    yield ahead(0, 10, 15)
    looked_at_again(stage, sheet)
    yield ahead(0, 11, 30)
    for slip in slips[:PASSED]:
        callbacks.record_answer(slip.ticket, caller=slip.ticket.callers.get(), by=zhou, satisfied=True)
        workorders.close(slip.ticket, by=zhou)


def ordered(stage: Stage, notice: Notice, days: int) -> list[Slip]:
    """A morning is agreed for all lines of this builder, and a slip written for each."""
    zhou, starts = stage.people["zhou"], ahead(days, 9)
    notices.agree_time(notice, by=zhou, window=(starts, starts + 3 * HOUR), words="整组来，一个上午做完")
    return [issuing.issue_warranty_slip(row, by=zhou, technician=stage.people["ma"]) for row in due_of(notice)]


def due_of(notice: Notice) -> list[Ticket]:
    return list(notice.tickets.order_by("pk").select_related("community", "component", "trade", "unit", "builder"))


def looked_at_again(stage: Stage, sheet: Inspection) -> None:
    """The owner walks through with the desk: all but one are good."""
    rows = InspectionLine.objects.filter(inspection=sheet, ticket__completed_at__isnull=False).order_by("number")
    looks = [Look(line, n < PASSED, "" if n < PASSED else "补漆色差明显，重做") for n, line in enumerate(rows)]
    inspections.reinspect(sheet, by=stage.people["zhou"], looks=looks)


def being_written(stage: Stage, unit: Unit) -> Walk:
    """They are walking through it right now."""
    yield from written(stage, unit, THREE, 30)
