"""What does not go as planned: no signature, no part, another technician, a lost sheet, a tenant, bad weather, people shut in a lift."""

from __future__ import annotations

from core import clock
from desk.demo import public
from desk.demo.jobs import JOBS, Job
from desk.demo.paid import Way, repair, report
from desk.demo.stage import HOUR, Scenes, Stage, Walk, ago, first_of
from tickets import actions as tickets
from tickets import appointments, recording, registering
from tickets.models import Ticket

BY_CODE = {job.component: job for job in JOBS}
# In that wind a pane has come down.
PANE = Job("glass", "balcony", ("阳台玻璃被风吹裂，碎片可能掉下去",), "P33", "", "清除碎片，更换中空玻璃", "he")
# Fate, part, days ago, hour, minute, who took the call.
MET = (
    ("unsigned", "basin", 2, 13, 20, "zhou"),
    ("unsigned", "window", 1, 14, 40, "qian"),
    ("parts", "lamp", 1, 9, 0, "zhou"),
    ("parts", "toilet", 4, 9, 50, "zhao"),
    ("handed_on", "valve", 2, 10, 10, "qian"),
    ("lost", "socket", 3, 9, 30, "zhou"),
    ("voided", "breaker", 3, 14, 10, "zhao"),
    ("tenant", "tap", 2, 15, 0, "zhou"),
    ("refunded", "blockage", 2, 9, 45, "qian"),
)


def oddities(stage: Stage) -> Scenes:
    """Each of them once, some of them twice: settled, and not yet."""
    met = [
        (ago(days, hour, minute), repair(Way(with_tenants(stage) if fate == "tenant" else stage, BY_CODE[part], fate, clerk=clerk)))
        for fate, part, days, hour, minute, clerk in MET
    ]  # fmt: skip
    return [
        *met,
        (ago(1, 17, 30), weather(stage)),
        (ago(1, 19, 5), repair(Way(stage, PANE, urgent=True, clerk="qian"))),
        (ago(1, 10, 40), nobody_home(Way(stage, BY_CODE["hardware"], clerk="zhao"))),
        (ago(3, 18, 22), shut_in(stage)),
    ]


def with_tenants(stage: Stage) -> Stage:
    """The same estate, of which only the let dwellings call (G18)."""
    let = [unit for unit in stage.units if any(one.relation == "tenant" for one in unit.residents.all())]
    return Stage(
        stage.community, stage.dice, stage.people, let, stage.components, stage.prices, stage.parts, stage.new_units,
        stage.undated, stage.areas,
    )  # fmt: skip


def weather(stage: Stage) -> Walk:
    """The service supervisor declares it; what is reported in it is tagged, no clock waits."""
    cold = clock.today().month in {11, 12, 1, 2, 3}
    what = "大风降温，阵风 8 级" if cold else "强对流，短时暴雨"
    starts = clock.now() + HOUR / 2
    recording.declare_weather(stage.community, by=stage.people["lin"], what=what, starts=starts, ends=starts + 5 * HOUR)
    yield from ()


def nobody_home(way: Way) -> Walk:
    """The technician stood before a shut door; another window is agreed (G3)."""
    ticket = report(way)
    yield clock.now() + way.stage.soon(1, 4)
    tickets.notify_engineering(ticket, by=way.desk, to=way.worker)
    yield (ticket.window_from or clock.now()) + way.stage.soon(5, 20)
    opens = clock.start_of(clock.today()) + 57 * HOUR
    proof = "敲门三次无人，门上留条"
    appointments.record_absence(ticket, by=way.worker, proof=proof, window=(opens, opens + HOUR))


def shut_in(stage: Stage) -> Walk:
    """People in a lift: the script first, the contractor by telephone, freed within the half hour."""
    zhao = stage.people["zhao"]
    unit = next(unit for unit in stage.units if unit.entrance.building.code == "7")
    caller = first_of(unit)
    report_ = Ticket(
        community=stage.community, area=stage.areas["7栋大堂"], place="public", component=stage.components["lift_trapped"],
        urgency="urgent", fault="1 单元电梯停在 5、6 楼之间，里面两个人", reporter_name=caller.name, relation=caller.relation,
        phone=caller.phone,
    )  # fmt: skip
    ticket = registering.register(report_, by=zhao)
    now = clock.now()
    recording.run_safety_script(ticket, by=zhao, case="lift", lines=dict.fromkeys((1, 2, 3, 4), now))
    yield now + stage.soon(1, 2)
    tickets.notify_engineering(ticket, by=zhao, to=stage.people["shen"])
    yield now + stage.soon(8, 12)
    tickets.arrive(ticket, by=stage.people["shen"])
    yield now + stage.soon(20, 25)
    recording.run_safety_script(ticket, by=zhao, case="lift", lines={6: clock.now()})
    tickets.make_safe(ticket, by=stage.people["shen"], what="维保单位平层放人，两人无不适，电梯停用检查")
    yield now + stage.soon(30, 40)
    tickets.survey(ticket, by=stage.people["shen"], nature="paid_public", work="门锁触点接触不良，由维保单位更换")
    yield from public.slip_of(stage, ticket, public.TRAPPED)
