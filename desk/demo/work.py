"""Past work of the demonstration estate: each repair is a generator that takes its next real step at the moment it yields."""

from __future__ import annotations

import datetime as dt
import heapq
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from PIL import Image

from billing import actions as billing
from billing import agreements, quoting, till
from billing.models import Agreement, Payment, Quote, QuoteLine
from callbacks import actions as callbacks
from core import clock
from people.models import User
from places.models import Community, Component, PriceItem, PublicArea, SparePart, Unit
from tickets import actions as tickets
from tickets import appointments, photos, registering, sla
from tickets.models import Photo, Ticket
from workorders import actions as workorders
from workorders import custody
from workorders.models import Part, Slip

Moment = dt.datetime
Walk = Iterator[Moment]
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
STROKES = [[[0.08, 0.6], [0.2, 0.25], [0.3, 0.7], [0.42, 0.3]], [[0.5, 0.5], [0.62, 0.35], [0.7, 0.65], [0.9, 0.4]]]


@dataclass(frozen=True)
class Job:
    """A usual repair: part, what people say, price-list code, spare part, technician."""

    component: str
    spot: str
    faults: tuple[str, ...]
    price: str
    part: str
    work: str
    who: str


JOBS = [
    Job(
        "tap",
        "kitchen",
        ("厨房水龙头关不紧，一直滴水", "洗菜盆龙头出水小，把手松动"),
        "P04",
        "陶瓷阀芯",
        "更换阀芯并试水",
        "wang",
    ),
    Job(
        "valve", "bathroom", ("洗手台下角阀漏水，已关总阀", "马桶角阀渗水"), "P05", "角阀", "更换角阀，试压无渗漏", "xu"
    ),
    Job(
        "toilet",
        "bathroom",
        ("马桶一直流水，水箱装不满", "马桶按钮按下不回弹"),
        "P08",
        "进水阀",
        "更换进水阀，调整浮球",
        "hu",
    ),
    Job(
        "blockage", "bathroom", ("卫生间地漏反水，有异味", "马桶堵塞，水下不去"), "P12", "", "机械疏通，冲水正常", "hu"
    ),
    Job("socket", "living", ("客厅插座没电", "卧室开关接触不良"), "P18", "五孔插座", "更换面板，测试正常", "sun"),
    Job("breaker", "lines", ("空气开关推不上去", "厨房一用电就跳闸"), "P21", "空开", "更换空开，复测绝缘", "sun"),
    Job("lamp", "living", ("吸顶灯不亮", "灯闪烁"), "P20", "LED吸顶模组", "更换光源模组", "bai"),
    Job("hardware", "doors", ("入户门锁芯转不动", "卧室门把手脱落"), "P29", "锁芯", "更换锁芯，开关顺畅", "he"),
    Job("window", "doors", ("窗扇关不严", "推拉窗滑轮卡住"), "P32", "窗滑轮", "更换滑轮，调整窗扇", "ma"),
    Job("basin", "kitchen", ("洗菜盆下水慢、漏水",), "P11", "下水软管", "更换下水配件并打胶", "wang"),
]


@dataclass
class Stage:
    """The estate as the walks see it."""

    community: Community
    dice: random.Random
    people: dict[str, User]
    units: list[Unit]
    components: dict[str, Component]
    prices: dict[str, PriceItem]
    parts: dict[str, SparePart] = field(default_factory=dict)
    new_units: list[Unit] = field(default_factory=list)
    areas: list[PublicArea] = field(default_factory=list)

    @classmethod
    def of(cls, community: Community, seed: int) -> Stage:
        people = {
            user.username: user for user in User.objects.prefetch_related("duties", "trades").select_related("team")
        }
        everywhere = Unit.objects.filter(entrance__building__community=community).order_by("pk")
        units = everywhere.select_related("entrance__building__community", "builder").prefetch_related("residents")
        old = [unit for unit in units if unit.handed_over_on and unit.handed_over_on.year < 2020]
        new = [unit for unit in units if unit.handed_over_on and unit.handed_over_on.year > 2020]
        return cls(
            community, random.Random(seed), people, old, {row.pk: row for row in Component.objects.select_related("trade")},
            {row.code: row for row in PriceItem.objects.all()}, {row.name: row for row in SparePart.objects.all()},
            new, list(PublicArea.objects.filter(community=community).order_by("pk")),
        )  # fmt: skip

    def soon(self, low: float, high: float) -> dt.timedelta:
        """A stretch of minutes within bounds, cut to the second."""
        return dt.timedelta(seconds=int(self.dice.uniform(low, high) * 60))


def live(walks: list[tuple[Moment, Walk]], until: Moment, *, pause: float = 0.0) -> int:
    """Let all walks take their steps in the order of time up to a moment; returns how many steps.

    pause: seconds between two steps, so that a desk already open gets the database in between.
    """
    queue = [(at, order, walk) for order, (at, walk) in enumerate(walks)]
    heapq.heapify(queue)
    steps = 0
    while queue and queue[0][0] <= until:
        at, order, walk = heapq.heappop(queue)
        with clock.as_of(at):
            sla.escalate_missed(at, pulse="demo")
            following = next(walk, None)
        steps += 1
        time.sleep(pause)
        if following is not None:
            heapq.heappush(queue, (max(following, at), order, walk))
    return steps


@dataclass(frozen=True)
class Way:
    """What a repair will meet: its usual job, who takes it, whether it is urgent, and what befalls it."""

    stage: Stage
    job: Job
    fate: str = ""
    urgent: bool = False
    clerk: str = "zhou"

    @property
    def desk(self) -> User:
        return self.stage.people[self.clerk]

    @property
    def worker(self) -> User:
        return self.stage.people[self.job.who]


def repair(way: Way) -> Walk:
    """One paid home repair from the call on; `fate` names what befalls it on the way."""
    ticket = report(way)
    yield clock.now() + (way.stage.soon(6, 9) if way.fate == "late" else way.stage.soon(1, 4))
    tickets.notify_engineering(ticket, by=way.desk, to=way.worker)
    if way.fate == "cancelled":
        yield clock.now() + way.stage.soon(20, 90)
        billing.cancel(ticket, by=way.desk, reason="customer", words="客户说已自己修好")
        return
    arrival = (
        clock.now() + way.stage.soon(10, 24)
        if way.urgent or ticket.window_from is None
        else ticket.window_from + way.stage.soon(2, 50)
    )
    yield arrival
    tickets.arrive(ticket, by=way.worker)
    yield clock.now() + way.stage.soon(8, 20)
    odd = ticket.nature_guess != "paid_home"
    if odd:
        photos.keep(ticket, [found_so()], by=way.worker, kind=Photo.Kind.BEFORE, at=clock.now())
    tickets.survey(
        ticket,
        by=way.worker,
        nature="paid_home",
        work=way.job.work,
        quantities="1",
        reason="超出质保范围" if odd else "",
        man_made=False,
    )
    yield from priced(way, ticket)


def found_so() -> photos.Picture:
    """A grey wall with a damp patch: what a technician would have photographed."""
    wall = Image.new("RGB", (1200, 900), (196, 196, 190))
    patch = Image.radial_gradient("L").resize((620, 460)).point(lambda value: max(0, 240 - value))
    wall.paste((122, 112, 98), (300, 240), patch)
    return photos.made_anew(wall)


def report(way: Way) -> Ticket:
    dice = way.stage.dice
    unit = dice.choice(way.stage.units)
    caller = unit.residents.all()[0]
    now = clock.now()
    opens = (now + dt.timedelta(minutes=dice.randrange(40, 150))).replace(minute=dice.choice((0, 30)), second=0)
    window = None if way.urgent else (max(opens, now + 10 * MINUTE), max(opens, now + 10 * MINUTE) + HOUR)
    return registering.register(
        Ticket(
            community=way.stage.community, unit=unit, spot=way.job.spot, reporter_name=caller.name, relation=caller.relation, phone=caller.phone,
            component=way.stage.components[way.job.component], fault=dice.choice(way.job.faults), urgency="urgent" if way.urgent else "routine",
            channel=dice.choice(("phone", "phone", "phone", "walk_in")),
        ),
        by=way.desk, window=window,
    )  # fmt: skip


def priced(way: Way, ticket: Ticket) -> Walk:
    """Quote, answer, from ¥500.00 agreement and prepayment, then the slip."""
    yield clock.now() + way.stage.soon(3, 15)
    quoting.offer_quote(ticket, by=way.desk, lines=lines_of(way), visit_fee_told=True)
    yield clock.now() + way.stage.soon(3, 30)
    if way.fate == "declined":
        quoting.decline_quote(ticket, by=way.desk, reason="客户自己找人修", visit_fee=False)
        return
    quoting.accept_quote(ticket, by=way.desk, name=ticket.reporter_name, relation="owner", how=Quote.How.PHONE)
    if ticket.accepted_total >= 500:
        yield clock.now() + way.stage.soon(20, 60)
        start = clock.today()
        draft = Agreement(
            party=ticket.reporter_name,
            scope=way.job.work,
            materials="乙方提供",
            starts_on=start,
            ends_on=start + 2 * DAY,
            guarantee_months=12,
        )
        agreement = agreements.issue_agreement(ticket, by=way.desk, agreement=draft)
        yield clock.now() + way.stage.soon(5, 20)
        agreements.sign_agreement(agreement, by=way.desk, owner_signs=True)
        yield clock.now() + way.stage.soon(2, 8)
        till.receive(
            ticket,
            by=way.desk,
            amount=ticket.balance,
            method="wechat",
            payer=ticket.reporter_name,
            reference=f"{way.stage.dice.randrange(10000):04d}",
        )
    yield clock.now() + way.stage.soon(5, 15)
    if ticket.urgency == "routine" and not (ticket.window_to and ticket.window_to > clock.now()):
        opens = clock.now() + way.stage.soon(30, 120)
        appointments.set_appointment(ticket, by=way.desk, window=(opens, opens + HOUR))
    slip = billing.issue_slip(ticket, by=way.desk, technician=way.worker)
    yield from done(way, slip)


def lines_of(way: Way) -> list[QuoteLine]:
    item = way.stage.prices["P38" if way.fate == "large" else way.job.price]
    quantity = Decimal("4.5") if way.fate == "large" else Decimal(1)
    lines = [
        QuoteLine(kind="labour", code=item.code, name=item.name, unit=item.unit, quantity=quantity, price=item.price)
    ]
    part = way.stage.parts.get("防水涂料" if way.fate == "large" else way.job.part)
    if part:
        lines.append(
            QuoteLine(
                kind="material",
                name=part.name,
                spec=part.spec or "通用",
                model=part.model or "标准",
                unit=part.unit,
                quantity=Decimal(1),
                price=part.price,
            )
        )
    return lines


def done(way: Way, slip: Slip) -> Walk:
    """Collected, worked, signed and paid."""
    yield clock.now() + way.stage.soon(3, 14)
    workorders.collect(slip, by=way.worker)
    yield max(clock.now() + way.stage.soon(4, 12), (slip.window_from or clock.now()) + way.stage.soon(1, 40))
    workorders.arrive(slip, by=way.worker)
    yield clock.now() + way.stage.soon(15, 50)
    quoted = slip.ticket.quotes.get(state="accepted").lines.filter(kind="material")
    parts = [
        Part(
            source="company",
            name=row.name,
            spec=row.spec,
            model=row.model,
            quantity=row.quantity,
            unit=row.unit,
            price=row.price,
        )
        for row in quoted
    ]
    workorders.list_parts(slip, by=way.worker, parts=parts, verified=True)
    workorders.finish(slip, by=way.worker, work=way.job.work, strokes=STROKES)
    yield clock.now() + way.stage.soon(2, 8)
    name = slip.ticket.reporter_name
    billing.accept_slip(
        slip,
        by=way.worker,
        name=name,
        opinion=way.stage.dice.choice(("satisfied", "satisfied", "passed")),
        strokes=STROKES,
    )
    yield from paid(way, slip)


def paid(way: Way, slip: Slip) -> Walk:
    """Cash in the technician's hand or at the desk; copies 1 and 2 back; cash handed over."""
    ticket = slip.ticket
    held: list[Payment] = []
    if ticket.balance > 0:
        yield clock.now() + way.stage.soon(1, 4)
        if way.stage.dice.random() < 0.6:
            held = [
                till.receive(ticket, by=way.worker, amount=ticket.balance, method="cash", payer=ticket.reporter_name)
            ]
        else:
            till.receive(
                ticket,
                by=way.desk,
                amount=ticket.balance,
                method="wechat",
                payer=ticket.reporter_name,
                reference=f"{way.stage.dice.randrange(10000):04d}",
            )
    yield clock.now() + way.stage.soon(30, 240)
    custody.take_in(slip, copies=[1, 2], by=way.desk)
    custody.keep(slip, by=way.worker)
    if held:
        till.hand_over_cash(technician=way.worker, payments=held, counted=held[0].amount, by=way.desk)
        ticket.refresh_from_db()
    yield from called(way, slip)


def called(way: Way, slip: Slip) -> Walk:
    """The callback next day, a correction where it was not good, and the archive; copy 3 before the 5th."""
    ticket = slip.ticket
    caller = ticket.callers.get()
    morning = clock.start_of(clock.today() + DAY) + 9 * HOUR
    yield morning + way.stage.soon(10, 400)
    if way.fate == "unreached":
        callbacks.record_attempt(ticket, caller=caller, by=way.desk)
        yield clock.now() + way.stage.soon(150, 300)
    if way.fate == "unsatisfied":
        callbacks.record_answer(
            ticket, caller=caller, by=way.desk, satisfied=False, opinion="用了一天又松了", what="重新检查紧固"
        )
        correction = ticket.corrections.get()
        yield clock.now() + way.stage.soon(10, 40)
        callbacks.assign(correction, by=way.stage.people["shen"], to=way.worker)
        yield clock.now() + way.stage.soon(120, 400)
        callbacks.correct(correction, by=way.worker, done="上门复检，重新紧固")
        yield clock.now() + way.stage.soon(60, 200)
    callbacks.record_answer(
        ticket,
        caller=caller,
        by=way.desk,
        satisfied=True,
        marks={"quality": 5, "on_time": way.stage.dice.choice((4, 5)), "charging": 5, "manner": 5},
    )
    yield clock.now() + way.stage.soon(5, 90)
    workorders.close(ticket, by=way.desk)
    yield clock.copy_cut_off(slip.issued_at) - way.stage.dice.choice((1, 2, 3, 4)) * DAY - 7 * HOUR
    slip.refresh_from_db()
    custody.take_in(slip, copies=[3], by=way.desk)


FATES = ["", "", "", "", "", "", "", "", "cancelled", "declined", "large", "unsatisfied", "unreached", "late", "", ""]


def plan(stage: Stage, first: dt.date, last: Moment, count: int, today: int = 0) -> list[tuple[Moment, Walk]]:
    """`count` reports from the first day's morning on, in the order of time; `today` of them within the last nine hours."""
    dice = stage.dice
    days = max((clock.local(last).date() - first).days, 1)
    moments = [last - stage.soon(2, 9 * 60) for _ in range(today)]
    for n in range(count - today):
        day = first + dt.timedelta(days=n * days // (count - today))
        hour = dice.choice((8, 8, 9, 9, 9, 10, 10, 11, 13, 14, 15, 16, 18, 19))
        moments.append(min(clock.start_of(day) + hour * HOUR + stage.soon(0, 59), last - stage.soon(1, 300)))
    walks = []
    for n, at in enumerate(sorted(moments)):
        job = JOBS[(n * 7 + dice.randrange(3)) % len(JOBS)]
        way = Way(stage, job, dice.choice(FATES), dice.random() < 0.1, dice.choice(("zhou", "qian", "zhao")))
        walks.append((at, repair(way)))
    return walks


def others(stage: Stage, last: Moment) -> list[tuple[Moment, Walk]]:
    """Reports of today that are not paid: in warranty, of public places."""
    return [(last - (stage.soon(1, 4) if told[-1] == 1 else stage.soon(20, 400)), seen(stage, *told)) for told in SEEN]


SEEN = [
    ("water_pipe", "lines", "户内水管接口渗水", "xu", "urgent", 3),
    ("window", "doors", "新房窗扇密封条脱落", "ma", "routine", 2),
    ("intercom", "doors", "可视对讲没有声音", "bai", "routine", 1),
    ("public_lamp", "", "一层大堂灯不亮", "sun", "prompt", 2),
    ("access", "", "单元门禁刷卡没反应", "bai", "prompt", 3),
    ("paving", "", "主路地砖松动，容易绊脚", "ma", "routine", 1),
]


def seen(stage: Stage, component: str, spot: str, fault: str, who: str, urgency: str, steps: int) -> Walk:  # noqa: PLR0917
    """Registered, told to engineering and looked at, as far as `steps` goes."""
    ticket = report_other(stage, component, spot, fault, urgency)
    if steps < 2:
        return
    yield clock.now() + stage.soon(1, 3)
    tickets.notify_engineering(ticket, by=stage.people["qian"], to=stage.people[who])
    if steps < 3:
        return
    yield clock.now() + stage.soon(8, 20)
    tickets.arrive(ticket, by=stage.people[who])
    yield clock.now() + stage.soon(8, 15)
    tickets.survey(
        ticket, by=stage.people[who], nature=ticket.nature_guess, work="现场查看，需更换配件", quantities="1"
    )


def report_other(stage: Stage, component: str, spot: str, fault: str, urgency: str) -> Ticket:
    part = stage.components[component]
    now = clock.now()
    window = (now + 2 * HOUR, now + 3 * HOUR) if urgency == "routine" else None
    ticket = Ticket(
        community=stage.community, component=part, fault=fault, urgency=urgency, spot=spot, place=part.place
    )
    if part.place == "home":
        unit = stage.dice.choice(stage.new_units)
        caller = unit.residents.all()[0]
        ticket.unit, ticket.reporter_name, ticket.phone, ticket.relation = (
            unit,
            caller.name,
            caller.phone,
            caller.relation,
        )
    else:
        ticket.area, ticket.reporter_name, ticket.phone, ticket.relation = (
            stage.dice.choice(stage.areas),
            "白涛",
            "13900150555",
            "patrol",
        )
    return registering.register(ticket, by=stage.people["qian"], window=window)
