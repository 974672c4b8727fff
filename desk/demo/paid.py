"""Paid repairs in dwellings: each a generator that takes its next real step at the moment it yields."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from billing import actions as billing
from billing import agreements, asking, quoting, till
from billing.models import Agreement, Payment, Quote, QuoteLine
from callbacks import actions as callbacks
from core import clock
from desk.demo.jobs import Job
from desk.demo.stage import DAY, HOUR, MINUTE, STROKES, Part, Stage, Walk, ahead, found_so
from people.models import User
from places.models import Resident, Unit
from tickets import actions as tickets
from tickets import appointments, photos, registering
from tickets.models import Photo, Ticket
from workorders import acceptance, custody
from workorders import actions as workorders
from workorders.models import Part as SlipPart
from workorders.models import Slip

DEAR = ("large", "refunded")


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
    yield from repair_of(way, report(way))


def repair_of(way: Way, report_: Ticket) -> Walk:
    """From the report on."""
    ticket = yield from looked_at(way, report_)
    if ticket is None:
        return
    slip = yield from priced(way, ticket)
    if slip:
        yield from done(way, slip)
        yield from paid(way, slip)
        yield from called(way, slip)
        yield from third_home(way, slip)


def looked_at(way: Way, ticket: Ticket) -> Part[Ticket | None]:
    """Told to engineering and surveyed; None where the customer calls it off before."""
    yield clock.now() + (way.stage.soon(6, 9) if way.fate == "late" else way.stage.soon(1, 4))
    tickets.notify_engineering(ticket, by=way.desk, to=way.worker)
    if way.fate == "cancelled":
        yield clock.now() + way.stage.soon(20, 90)
        billing.cancel(ticket, by=way.desk, reason="customer", words="客户说已自己修好")
        return None
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
        ticket, by=way.worker, nature="paid_home", work=way.job.work, quantities="1", reason="超出质保范围" if odd else "",
        man_made=False,
    )  # fmt: skip
    return ticket


def report(way: Way, unit: Unit | None = None, earlier: Ticket | None = None) -> Ticket:
    """The call. earlier: what was repaired before, where it is the same fault again."""
    dice = way.stage.dice
    unit = unit or dice.choice(way.stage.units)
    caller = caller_of(way, unit)
    now = clock.now()
    opens = (now + dt.timedelta(minutes=dice.randrange(40, 150))).replace(minute=dice.choice((0, 30)), second=0)
    window = None if way.urgent else (max(opens, now + 10 * MINUTE), max(opens, now + 10 * MINUTE) + HOUR)
    return registering.register(
        Ticket(
            community=way.stage.community, unit=unit, spot=way.job.spot, reporter_name=caller.name, relation=caller.relation, phone=caller.phone,
            component=way.stage.components[way.job.component], fault=dice.choice(way.job.faults), urgency="urgent" if way.urgent else "routine",
            channel=dice.choice(("phone", "phone", "phone", "walk_in")), rework_of=earlier,
        ),
        by=way.desk, window=window,
    )  # fmt: skip


def caller_of(way: Way, unit: Unit) -> Resident:
    """The owner, or the tenant where the fate says so and there is one."""
    people = list(unit.residents.all())
    return next((one for one in people if one.relation == "tenant" and way.fate == "tenant"), people[0])


def priced(way: Way, ticket: Ticket) -> Part[Slip | None]:
    """Quote, answer, from ¥500.00 agreement and prepayment, then the slip; None where it comes to none."""
    yield clock.now() + way.stage.soon(3, 15)
    quoting.offer_quote(ticket, by=way.desk, lines=lines_of(way), visit_fee_told=True)
    yield clock.now() + way.stage.soon(3, 30)
    if way.fate == "declined":
        quoting.decline_quote(ticket, by=way.desk, reason="客户自己找人修", visit_fee=False)
        return None
    how = Quote.How.PHONE
    quoting.accept_quote(ticket, by=way.desk, name=ticket.reporter_name, relation=ticket.relation, how=how)
    if ticket.accepted_total >= 500:
        payment = yield from prepaid(way, ticket)
        if way.fate == "refunded":
            yield from called_off(way, payment)
            return None
    yield clock.now() + way.stage.soon(5, 15)
    if ticket.urgency == "routine" and not (ticket.window_to and ticket.window_to > clock.now()):
        opens = clock.now() + way.stage.soon(30, 120)
        appointments.set_appointment(ticket, by=way.desk, window=(opens, opens + HOUR))
    slip = billing.issue_slip(ticket, by=way.desk, technician=way.worker)
    if way.fate == "voided":
        yield clock.now() + way.stage.soon(3, 8)
        billing.void_slip(slip, by=way.stage.people["lin"], reason="打印时卡纸，第二联破损")
        ticket.refresh_from_db()
        slip = billing.issue_slip(ticket, by=way.desk, technician=way.worker)
    return slip


def prepaid(way: Way, ticket: Ticket) -> Part[Payment]:
    """From ¥500.00: the agreement is signed and the whole sum receipted before a slip."""
    yield clock.now() + way.stage.soon(20, 60)
    start = clock.today()
    draft = Agreement(
        party=ticket.reporter_name, scope=way.job.work, materials="乙方提供", starts_on=start, ends_on=start + 2 * DAY,
        guarantee_months=12,
    )  # fmt: skip
    agreement = agreements.issue_agreement(ticket, by=way.desk, agreement=draft)
    yield clock.now() + way.stage.soon(5, 20)
    agreements.sign_agreement(agreement, by=way.desk, owner_signs=True)
    yield clock.now() + way.stage.soon(2, 8)
    return till.receive(
        ticket, by=way.desk, amount=ticket.balance, method="wechat", payer=ticket.reporter_name, reference=receipt_of(way)
    )  # fmt: skip


def called_off(way: Way, payment: Payment) -> Walk:
    """The customer thinks better of it; the manager is asked for the refund."""
    yield clock.now() + way.stage.soon(60, 120)
    ticket = payment.ticket
    billing.cancel(ticket, by=way.desk, reason="customer", words="家人决定年后整体翻修")
    yield clock.now() + way.stage.soon(10, 30)
    payment.refresh_from_db()
    asking.reverse_ask(payment, by=way.stage.people["lin"], reason="未开工，客户取消，退预付款")


def receipt_of(way: Way) -> str:
    """The last digits of a transfer."""
    return f"{way.stage.dice.randrange(10000):04d}"


def lines_of(way: Way) -> list[QuoteLine]:
    """What the quote says: labour, and the part where one is needed."""
    dear = way.fate in DEAR
    item = way.stage.prices["P38" if dear else way.job.price]
    quantity = Decimal("4.5") if dear else Decimal(1)
    lines = [
        QuoteLine(kind="labour", code=item.code, name=item.name, unit=item.unit, quantity=quantity, price=item.price)
    ]
    part = way.stage.parts.get("防水涂料" if dear else way.job.part)
    if part:
        made = {"spec": part.spec or "通用", "model": part.model or "标准", "unit": part.unit, "price": part.price}
        lines.append(QuoteLine(kind="material", name=part.name, quantity=Decimal(1), **made))
    return lines


def done(way: Way, slip: Slip) -> Walk:
    """Collected, worked and signed."""
    yield clock.now() + way.stage.soon(3, 14)
    workorders.collect(slip, by=way.worker)
    worker = way.worker
    if way.fate == "handed_on":
        yield clock.now() + way.stage.soon(5, 9)
        worker = way.stage.people["xu" if way.job.who == "wang" else "wang"]
        workorders.reassign(slip, by=way.stage.people["shen"], to=worker)
    yield max(clock.now() + way.stage.soon(4, 12), (slip.window_from or clock.now()) + way.stage.soon(1, 40))
    workorders.arrive(slip, by=worker)
    if way.fate == "parts":
        yield clock.now() + way.stage.soon(10, 20)
        comes = clock.today() + 2 * DAY
        workorders.leave(slip, by=worker, why="parts", words="配件停产，向厂家订货", parts_on=comes)
        yield ahead(2, 10)
        workorders.arrive(slip, by=worker)
    yield clock.now() + way.stage.soon(15, 50)
    quoted = slip.ticket.quotes.get(state="accepted").lines.filter(kind="material")
    names = ("name", "spec", "model", "quantity", "unit", "price")
    parts = [SlipPart(source="company", **{name: getattr(row, name) for name in names}) for row in quoted]
    workorders.list_parts(slip, by=worker, parts=parts, verified=True)
    workorders.finish(slip, by=worker, work=way.job.work, strokes=STROKES)
    yield clock.now() + way.stage.soon(2, 8)
    yield from signed(way, slip, worker)


def signed(way: Way, slip: Slip, worker: User) -> Walk:
    """The customer's opinion and signature; or he will not sign, before a witness, and the supervisor confirms it."""
    if way.fate == "unsigned":
        witness = way.stage.people["hu"]
        acceptance.refuse_to_sign(slip, by=worker, because="对工时费有异议，不愿签字", witness=witness)
        yield ahead(1, 9, 20)
        billing.confirm_refusal(slip, by=way.stage.people["lin"])
        return
    opinion = way.stage.dice.choice(("satisfied", "satisfied", "passed"))
    billing.accept_slip(slip, by=worker, name=slip.ticket.reporter_name, opinion=opinion, strokes=STROKES)


def paid(way: Way, slip: Slip) -> Walk:
    """Cash in the technician's hand or at the desk; copies 1 and 2 back; cash handed over."""
    ticket = slip.ticket
    holder = slip.technician
    held: list[Payment] = []
    if ticket.balance > 0:
        yield clock.now() + way.stage.soon(1, 4)
        payer, amount = ticket.reporter_name, ticket.balance
        if way.fate != "unsigned" and way.stage.dice.random() < 0.6:
            held = [till.receive(ticket, by=holder, amount=amount, method="cash", payer=payer)]
        else:
            till.receive(ticket, by=way.desk, amount=amount, method="wechat", payer=payer, reference=receipt_of(way))
    yield clock.now() + way.stage.soon(30, 240)
    custody.take_in(slip, copies=[1, 2], by=way.desk)
    if way.fate == "lost":  # said by who had it; the supervisor has not approved yet (G8)
        custody.declare_lost(slip, number=3, because="夹在工具箱里随箱落水，字迹全糊", by=holder)
    else:
        custody.keep(slip, by=holder)
    if held:
        till.hand_over_cash(technician=holder, payments=held, counted=held[0].amount, by=way.desk)
        ticket.refresh_from_db()


def called(way: Way, slip: Slip) -> Walk:
    """The callback next day, a correction where it was not good, and the archive."""
    ticket = slip.ticket
    caller = ticket.callers.get()
    yield ahead(1, 9) + way.stage.soon(10, 400)
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
    marks: dict[str, int | None] = {
        "quality": 5,
        "on_time": way.stage.dice.choice((4, 5)),
        "charging": 5,
        "manner": 5,
    }
    callbacks.record_answer(ticket, caller=caller, by=way.desk, satisfied=True, marks=marks)
    yield clock.now() + way.stage.soon(5, 90)
    workorders.close(ticket, by=way.desk)


def third_home(way: Way, slip: Slip) -> Walk:
    """Copy 3 before the 5th."""
    if way.fate == "lost":
        return
    yield clock.copy_cut_off(slip.issued_at) - way.stage.dice.choice((1, 2, 3, 4)) * DAY - 7 * HOUR
    slip.refresh_from_db()
    custody.take_in(slip, copies=[3], by=way.desk)
