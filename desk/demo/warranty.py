"""Repairs in warranty: the builder is notified, reminded, comes or refuses, and two people sign (5.5.2, G9, G10, G20)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from billing import actions as billing
from billing import claims
from billing.models import QuoteLine
from callbacks import actions as callbacks
from core import clock
from desk.demo.stage import DAY, HOUR, MINUTE, STROKES, Part, Scenes, Stage, Walk, ago, ahead, first_of, found_so, today
from places.models import Unit
from tickets import actions as tickets
from tickets import judging, photos, recording, registering
from tickets.models import Photo, Ticket
from workorders import actions as workorders
from workorders import custody, issuing, notices
from workorders.models import Notice, Slip
from workorders.models import Part as SlipPart


@dataclass(frozen=True)
class Fault:
    """What is wrong in a dwelling: part, where, the caller's words, what the survey finds, who goes there."""

    component: str
    spot: str
    words: str
    found: str
    who: str
    urgency: str = "routine"


TILES = Fault("tile", "bathroom", "卫生间墙砖空鼓，有两块松动", "东墙 3 块墙砖空鼓，须铲除重贴", "ma")
PAINT = Fault("paint", "living", "客厅顶面涂料起皮", "顶面起皮约 0.6 ㎡，铲除重刷", "he")
WINDOW = Fault("window", "doors", "主卧窗关不严，刮风有哨音", "密封条脱槽，须更换整条", "he")
PIPE = Fault("water_pipe", "kitchen", "厨房水管接口渗水，橱柜底板湿了", "热熔接口未粘牢，切除重接", "xu", "urgent")
SEEPAGE = Fault(
    "bath_seepage", "bathroom", "楼下说天花有水印，像是我家卫生间漏", "闭水 24 小时渗漏，防水层须重做", "hu"
)
FLOOR = Fault("wood_floor", "bedroom", "次卧木地板起拱", "伸缩缝不足，起拱约 1.2 m", "ma")
DOOR = Fault("entry_door", "doors", "入户门下沉，锁舌对不上", "合页松动，门扇下沉 4 mm", "he")
WIRING = Fault("wiring", "lines", "餐厅一路灯时亮时灭", "接线盒内压接松动，须重接", "sun")
DRAIN = Fault("drain_pipe", "balcony", "阳台排水支管接头滴水", "支管胶接不严", "xu")
INTERCOM = Fault("intercom", "doors", "可视对讲没有声音", "室内机听筒无声，须更换", "bai")
PLASTER = Fault("plaster", "living", "电视墙有一条斜裂缝", "抹灰层开裂，须铲除重做", "ma")


def warranty(stage: Stage) -> Scenes:
    """One in each state that a builder's repair can be in."""
    return [
        (ago(1, 15, 10), unanswered(stage, TILES)),
        (ago(4, 9, 20), late(stage, SEEPAGE)),
        (today(9, 40, since=4 * HOUR), named(stage, WINDOW)),
        (ago(2, 10, 5), fetched(stage, FLOOR)),
        (ago(3, 10, 30), half_signed(stage, DOOR)),
        (ago(6, 8, 50), whole(stage, PAINT)),
        (ago(2, 14, 15), refused(stage, PLASTER)),
        (ago(6, 9, 10), taken_over(stage, DRAIN)),
        (today(8, 35, since=80 * MINUTE), pressing(stage, PIPE)),
        (ago(1, 13, 20), contested(stage, WIRING)),
        (ago(5, 14, 5), upheld(stage, WIRING)),
        (ago(1, 11, 0), undated(stage, PAINT)),
    ]


def judged(stage: Stage, fault: Fault, unit: Unit | None = None, nature: str = "warranty_home") -> Part[Ticket]:
    """Reported, told to engineering, seen, and found to be in warranty unless told otherwise."""
    desk, who = stage.people["qian"], stage.people[fault.who]
    unit = unit or stage.in_warranty()
    owner, now = first_of(unit), clock.now()
    window = (now + HOUR, now + 2 * HOUR) if fault.urgency == "routine" else None
    report = Ticket(
        community=stage.community, unit=unit, spot=fault.spot, reporter_name=owner.name, relation=owner.relation, phone=owner.phone,
        component=stage.components[fault.component], fault=fault.words, urgency=fault.urgency,
    )  # fmt: skip
    ticket = registering.register(report, by=desk, window=window)
    yield clock.now() + stage.soon(1, 4)
    tickets.notify_engineering(ticket, by=desk, to=who)
    yield (ticket.window_from or clock.now()) + stage.soon(6, 20)
    tickets.arrive(ticket, by=who)
    yield clock.now() + stage.soon(8, 20)
    altered = nature != ticket.nature_guess
    if altered:
        photos.keep(ticket, [found_so()], by=who, kind=Photo.Kind.BEFORE, at=clock.now())
    reason = "接线盒被改过，装修时加了灯带" if altered else ""
    tickets.survey(ticket, by=who, nature=nature, work=fault.found, quantities="1 处", reason=reason, man_made=altered)
    return ticket


def noticed(stage: Stage, fault: Fault) -> Part[tuple[Ticket, Notice]]:
    """The builder knows."""
    ticket = yield from judged(stage, fault)
    yield clock.now() + stage.soon(10, 30)
    return ticket, send(stage, ticket)


def send(stage: Stage, ticket: Ticket, words: str = "") -> Notice:
    """In the form his agreement names."""
    ticket.refresh_from_db()
    return notices.send_notice([ticket], by=stage.people["qian"], words=words, phone_consent=True)


def agreed(stage: Stage, notice: Notice, days: int, hour: int) -> Walk:
    """The builder has it and names a time two hours long."""
    yield clock.now() + stage.soon(30, 50)
    name = notice.builder.contact
    notices.acknowledge_notice(notice, by=stage.people["qian"], name=name, words="已收到，安排班组")
    yield clock.now() + stage.soon(30, 60)
    starts = ahead(days, hour)
    notices.agree_time(notice, by=stage.people["qian"], window=(starts, starts + 2 * HOUR), words="带料上门")


def unanswered(stage: Stage, fault: Fault) -> Walk:
    """The builder has not said a word yet."""
    yield from noticed(stage, fault)


def late(stage: Stage, fault: Fault) -> Walk:
    """He said he had it, was reminded twice, and does not come; the customer asks again."""
    ticket, notice = yield from noticed(stage, fault)
    yield clock.now() + stage.soon(60, 90)
    notices.acknowledge_notice(notice, by=stage.people["qian"], name="陆工", words="排防水班组")
    yield ahead(1, 16, 10)
    notices.remind_builder(notice, by=stage.people["qian"], form="chat", words="协议约定 24 小时到场，何时来")
    yield ahead(1, 8, 45)
    tickets.urge(ticket, by=stage.people["zhou"], words="楼下天花已发霉，再不来就投诉")
    yield ahead(0, 9, 5)
    notices.remind_builder(notice, by=stage.people["lin"], form="phone", words="电话催办，答复班组在别的工地")


def named(stage: Stage, fault: Fault) -> Walk:
    """He names a time, which is agreed with the customer."""
    _ticket, notice = yield from noticed(stage, fault)
    yield from agreed(stage, notice, 1, 14)


def ordered(stage: Stage, fault: Fault, days: int, hour: int) -> Part[Slip]:
    """A time is agreed, and the sheets for it are with the builder."""
    ticket, notice = yield from noticed(stage, fault)
    yield from agreed(stage, notice, days, hour)
    slip = yield from written(stage, ticket, notice, fault.who)
    return slip


def written(stage: Stage, ticket: Ticket, notice: Notice, who: str) -> Part[Slip]:
    """The slip is written for the time the builder named, and he has fetched it."""
    yield clock.now() + stage.soon(5, 20)
    ticket.refresh_from_db()
    slip = issuing.issue_warranty_slip(ticket, by=stage.people["qian"], technician=stage.people[who])
    yield clock.now() + stage.soon(60, 120)
    workorders.collect(slip, by=stage.people["qian"], name=notice.builder.contact)
    return slip


def fetched(stage: Stage, fault: Fault) -> Walk:
    """The three sheets are with the builder, who comes tomorrow."""
    yield from ordered(stage, fault, 3, 9)


def worked(stage: Stage, fault: Fault) -> Part[Slip]:
    """Done the next afternoon and signed by the customer; the engineering supervisor has still to look."""
    slip = yield from ordered(stage, fault, 1, 14)
    supervising = stage.people[fault.who]
    yield (slip.window_from or clock.now()) + stage.soon(5, 20)
    workorders.arrive(slip, by=supervising)
    yield clock.now() + stage.soon(60, 90)
    name = slip.collected_name
    workorders.finish(slip, by=supervising, work=f"{fault.found}，已完成", name=name, strokes=STROKES)
    yield clock.now() + stage.soon(5, 15)
    owner = slip.ticket.reporter_name
    billing.accept_slip(slip, by=stage.people["qian"], name=owner, opinion="satisfied", strokes=STROKES)
    return slip


def half_signed(stage: Stage, fault: Fault) -> Walk:
    """One signature of two."""
    yield from worked(stage, fault)


def whole(stage: Stage, fault: Fault) -> Walk:
    """Both signed, returned, called back, archived."""
    slip = yield from worked(stage, fault)
    yield clock.now() + stage.soon(20, 40)
    billing.countersign_slip(slip, by=stage.people["shen"], opinion="passed", words="表面平整，合格", strokes=STROKES)
    yield from homecoming(stage, slip)


def homecoming(stage: Stage, slip: Slip) -> Walk:
    """Sheets back at the desk, a call the next day, the archive."""
    yield clock.now() + stage.soon(20, 60)
    custody.take_in(slip, copies=[1, 2, 3], by=stage.people["qian"])
    yield ahead(1, 10) + stage.soon(5, 90)
    ticket = slip.ticket
    if ticket.has_caller:
        callbacks.record_answer(ticket, caller=ticket.callers.get(), by=stage.people["zhao"], satisfied=True)
        yield clock.now() + stage.soon(5, 20)
    workorders.close(ticket, by=stage.people["zhao"])


def refused(stage: Stage, fault: Fault) -> Walk:
    """He refuses; the service supervisor has not decided yet (G9)."""
    _ticket, notice = yield from noticed(stage, fault)
    yield ahead(1, 9, 30)
    notices.refuse_notice(notice, by=stage.people["qian"], because="说是业主挂电视打孔造成，不在保修范围")


def taken_over(stage: Stage, fault: Fault) -> Walk:
    """He refuses, is told the consequence, stays away; own people repair at his cost (G9)."""
    ticket, notice = yield from noticed(stage, fault)
    yield clock.now() + stage.soon(60, 90)
    notices.refuse_notice(notice, by=stage.people["qian"], because="称班组已撤场")
    yield clock.now() + stage.soon(20, 40)
    send(stage, ticket, "逾期不到，由我方代修，费用在质保金中扣除")
    yield ahead(2, 9, 15)
    ticket.refresh_from_db()
    notices.take_over(ticket, by=stage.people["lin"], because="两次通知均未到场")
    starts = clock.now() + HOUR
    yield clock.now() + stage.soon(5, 10)
    slip = billing.issue_slip(
        ticket, by=stage.people["qian"], technician=stage.people["xu"], window=(starts, starts + HOUR)
    )
    yield clock.now() + stage.soon(10, 20)
    workorders.collect(slip, by=stage.people["xu"])
    yield starts + stage.soon(2, 15)
    workorders.arrive(slip, by=stage.people["xu"])
    yield clock.now() + stage.soon(30, 50)
    part = stage.parts["生料带"]
    used = SlipPart(
        source="company", name=part.name, spec=part.spec or "通用", model=part.model or "标准", quantity=1, unit=part.unit, price=part.price
    )  # fmt: skip
    workorders.list_parts(slip, by=stage.people["xu"], parts=[used], verified=True)
    workorders.finish(slip, by=stage.people["xu"], work="切除旧接头，重新胶接，通水无渗漏", strokes=STROKES)
    yield clock.now() + stage.soon(3, 8)
    owner = slip.ticket.reporter_name
    billing.accept_slip(slip, by=stage.people["xu"], name=owner, opinion="satisfied", strokes=STROKES)
    yield from homecoming(stage, slip)
    yield from claimed(stage, ticket, slip)


def claimed(stage: Stage, ticket: Ticket, slip: Slip) -> Walk:
    """What it cost is claimed from him in a letter; he has not paid yet."""
    yield clock.now() + stage.soon(20, 40)
    ticket.refresh_from_db()
    labour = QuoteLine(kind="labour", code="", name="更换排水支管接头", unit="处", quantity=Decimal(1), price=Decimal("60.00"))  # fmt: skip
    lines = [labour, *claims.materials_used([slip])]
    statement = "两次通知均未到场，我方代修，费用由贵单位承担"
    terms = claims.Terms(lines, statement, clock.today() + 15 * DAY)
    claim = claims.draft_claim(ticket, by=stage.people["lin"], terms=terms)
    yield clock.now() + stage.soon(10, 20)
    claims.send(claim, by=stage.people["lin"], form="letter", recipient=claim.builder.contact)


def pressing(stage: Stage, fault: Fault) -> Walk:
    """Water: own people stop it, the builder is telephoned and there within two hours."""
    ticket, notice = yield from noticed(stage, fault)
    yield clock.now() + stage.soon(1, 3)
    ticket.refresh_from_db()
    tickets.make_safe(ticket, by=stage.people["xu"], what="关闭入户总阀，抽净柜底积水")
    yield clock.now() + stage.soon(10, 20)
    notices.acknowledge_notice(notice, by=stage.people["qian"], name=notice.builder.contact, words="一小时内到")


def contested(stage: Stage, fault: Fault) -> Part[Ticket]:
    """The survey overrules the desk, the customer is told and objects (G20); the service supervisor has to judge."""
    ticket = yield from judged(stage, fault, nature="paid_home")
    yield clock.now() + stage.soon(10, 20)
    judging.tell_judgement(ticket, by=stage.people["qian"], how="phone", words="改动过的线路不在质保内")
    yield clock.now() + stage.soon(5, 15)
    words = "灯带是精装交付时就有的，不是我们加的"
    recording.record_objection(ticket, by=stage.people["qian"], words=words)
    return ticket


def upheld(stage: Stage, fault: Fault) -> Walk:
    """He objects and is right: judged anew, and the builder is notified after all (G20)."""
    ticket = yield from contested(stage, fault)
    yield ahead(1, 9, 40)
    reason = "核对交付清单，灯带为精装内容"
    billing.rejudge(ticket, by=stage.people["lin"], nature="warranty_home", reason=reason)
    yield clock.now() + stage.soon(10, 20)
    notice = send(stage, ticket)
    yield from agreed(stage, notice, 5, 10)
    yield from written(stage, ticket, notice, "sun")


def undated(stage: Stage, fault: Fault) -> Walk:
    """Nobody knows when that dwelling was handed over: no price, no slip until somebody finds out (G10)."""
    yield from judged(stage, fault, unit=stage.undated[-1], nature="undetermined")
