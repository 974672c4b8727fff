"""The fixed cast of every test: the same people, dwellings and steps everywhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from PIL import Image

from billing import actions as billing
from billing import agreements, asking, quoting, till
from billing.models import Agreement, Payment, Quote, QuoteLine
from core import clock
from people.models import Duty, Team, Trade, User
from people.roles import AD, DU, ES, FD, FI, MG, SS, TE
from places.actions import load_catalogue
from places.models import Builder, Building, Community, Component, Entrance, PublicArea, Resident, Unit
from tickets import actions as tickets
from tickets import photos, registering
from tickets.models import Photo, Ticket
from workorders import actions as workorders
from workorders import custody
from workorders.models import Part, Slip

STROKES = [[[0.1, 0.5], [0.3, 0.2], [0.5, 0.7]], [[0.6, 0.3], [0.8, 0.6]]]
STAFF = {
    "zhou": ("周敏", "周", [FD]), "qian": ("钱丽", "钱", [FD]), "lin": ("林岚", "林", [SS]), "wang": ("王强", "王", [TE]), "xu": ("徐亮", "徐", [TE]),
    "dian": ("孙电", "孙", [TE]), "shen": ("沈刚", "沈", [ES]), "mei": ("梅经理", "梅", [MG]), "night": ("夜班", "夜", [DU]), "fin": ("方财务", "方", [FI]),
    "admin": ("管理员", "管", [AD]),
}  # fmt: skip


@dataclass
class Cast:
    """Who and what a test may use by name."""

    community: Community
    people: dict[str, User]
    unit_1201: Unit
    unit_0702: Unit
    hall: PublicArea
    extra: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        people = self.__dict__.get("people", {})
        if name in people:
            return people[name]
        raise AttributeError(name)

    # The story, step by step -------------------------------------------------

    def report(self, **given: Any) -> Ticket:
        """A report of a dripping tap in 3-2-1201 at two o'clock tomorrow, unless told otherwise."""
        by = given.pop("by", self.zhou)
        at = given.pop("at", None)
        now = at or clock.now()
        window = given.pop("window", "default")
        urgency = given.get("urgency", "routine")
        if window == "default":
            window = (now + dt.timedelta(hours=3), now + dt.timedelta(hours=4)) if urgency == "routine" else None
        fields: dict[str, Any] = {
            "community": self.community, "unit": self.unit_0702, "spot": "kitchen", "reporter_name": "李建国", "relation": "owner", "phone": "13800001201",
            "component": Component.objects.get(pk=given.pop("component", "tap")), "fault": "厨房水龙头关不紧，一直滴水",
        }  # fmt: skip
        return registering.register(Ticket(**{**fields, **given}), by=by, window=window, at=at)

    def notified(self, **given: Any) -> Ticket:
        ticket = self.report(**given)
        tickets.notify_engineering(ticket, by=self.zhou, to=self.wang)
        return ticket

    def photographed(self, ticket: Ticket) -> None:
        """A picture of how it was found."""
        found = photos.made_anew(Image.new("RGB", (60, 40), "grey"))
        photos.keep(ticket, [found], by=self.wang, kind=Photo.Kind.BEFORE, at=clock.now())

    def surveyed(self, **given: Any) -> Ticket:
        ticket = self.notified(**given)
        tickets.arrive(ticket, by=self.wang)
        reason = "" if ticket.nature_guess == "paid_home" else "客户装修改动过"
        if reason:
            self.photographed(ticket)
        tickets.survey(
            ticket,
            by=self.wang,
            nature="paid_home",
            work="更换陶瓷阀芯",
            quantities="1 只",
            parts="阀芯 35 mm",
            reason=reason,
            man_made=bool(reason),
        )
        return ticket

    def lines(self, total: str = "35.00", material: str = "15.00") -> list[QuoteLine]:
        """A labour line and, unless 0.00, a material line that sum to the total."""
        rest = Decimal(total) - Decimal(material)
        rows = [QuoteLine(kind="labour", code="P04", name="更换阀芯", unit="只", quantity=Decimal(1), price=rest)]
        if Decimal(material):
            rows.append(
                QuoteLine(
                    kind="material",
                    name="陶瓷阀芯",
                    spec="35 mm",
                    model="SL-35",
                    unit="只",
                    quantity=Decimal(1),
                    price=Decimal(material),
                )
            )
        return rows

    def quoted(self, total: str = "35.00", material: str = "15.00", **given: Any) -> Ticket:
        ticket = self.surveyed(**given)
        quoting.offer_quote(ticket, by=self.zhou, lines=self.lines(total, material), visit_fee_told=True)
        return ticket

    def accepted(self, total: str = "35.00", material: str = "15.00", **given: Any) -> Ticket:
        ticket = self.quoted(total, material, **given)
        quoting.accept_quote(ticket, by=self.zhou, name="李建国", relation="owner", how=Quote.How.PHONE)
        return ticket

    def agreement(self, ticket: Ticket, *, signed: bool = True) -> Agreement:
        today = clock.today()
        draft = Agreement(
            party="李建国",
            scope="主卫防水重做",
            materials="乙方提供",
            starts_on=today,
            ends_on=today + dt.timedelta(days=2),
            guarantee_months=12,
        )
        agreement = agreements.issue_agreement(ticket, by=self.zhou, agreement=draft)
        if signed:
            agreements.sign_agreement(agreement, by=self.zhou, owner_signs=True)
            ticket.refresh_from_db()
        return agreement

    def prepaid(self, total: str = "800.00", material: str = "260.00", **given: Any) -> Ticket:
        ticket = self.accepted(total, material, **given)
        self.agreement(ticket)
        till.receive(ticket, by=self.zhou, amount=Decimal(total), method="wechat", payer="李建国", reference="8841")
        return ticket

    def issued(self, total: str = "35.00", material: str = "15.00", **given: Any) -> Slip:
        ticket = (
            self.prepaid(total, material, **given) if Decimal(total) >= 500 else self.accepted(total, material, **given)
        )
        return billing.issue_slip(ticket, by=self.zhou, technician=self.wang)

    def arrived(self, *args: Any, **given: Any) -> Slip:
        slip = self.issued(*args, **given)
        workorders.collect(slip, by=self.wang)
        workorders.arrive(slip, by=self.wang)
        return slip

    def refunded(self, payment: Payment, reason: str = "客户要求") -> None:
        """Given back: from ¥500.00 one asks and another approves."""
        if payment.amount < Decimal(500):
            till.reverse(payment, by=self.lin, reason=reason)
        else:
            asking.approve(asking.reverse_ask(payment, by=self.lin, reason=reason), by=self.mei)

    def parts(self, price: str = "15.00") -> list[Part]:
        return [
            Part(
                source="company",
                name="陶瓷阀芯",
                spec="35 mm",
                model="SL-35",
                quantity=Decimal(1),
                unit="只",
                price=Decimal(price),
            )
        ]

    def finished(self, *args: Any, used: str = "15.00", **given: Any) -> Slip:
        slip = self.arrived(*args, **given)
        workorders.list_parts(slip, by=self.wang, parts=self.parts(used) if Decimal(used) else [], verified=True)
        workorders.finish(
            slip, by=self.wang, work="更换阀芯并试水", strokes=STROKES, unused_confirmed=not Decimal(used)
        )
        return slip

    def accepted_slip(self, *args: Any, **given: Any) -> Slip:
        slip = self.finished(*args, **given)
        billing.accept_slip(
            slip, by=self.wang, name="李建国", opinion="passed", words="合格，已不滴水", strokes=STROKES
        )
        return slip

    def paid(self, *args: Any, **given: Any) -> Slip:
        slip = self.accepted_slip(*args, **given)
        ticket = slip.ticket
        if ticket.balance > 0:
            till.receive(ticket, by=self.zhou, amount=ticket.balance, method="cash", payer="李建国")
        return slip

    def returned(self, *args: Any, **given: Any) -> Slip:
        slip = self.paid(*args, **given)
        custody.take_in(slip, copies=[1, 2], by=self.zhou)
        return slip


def the_cast() -> Cast:
    """The cast as it stands in the database, made first where it is not there (after a flush)."""
    community = Community.objects.filter(code="HT").first()
    if community is None:
        return make_cast()
    units = {unit.code: unit for unit in Unit.objects.select_related("entrance__building__community", "builder")}
    people = {user.username: user for user in User.objects.prefetch_related("duties", "trades").select_related("team")}
    return Cast(community, people, units["1201"], units["0702"], PublicArea.objects.get(name="3栋2单元大堂"))


def make_cast() -> Cast:
    """The cast in an empty database with the catalogue loaded."""
    load_catalogue()
    community = Community.objects.create(
        code="HT", name="海棠苑", company="海棠物业服务有限公司", phone="0571-88880000"
    )
    team = Team.objects.create(name="水电班", community=community.pk)
    people = {}
    for key, (name, short, roles) in STAFF.items():
        user = User.objects.create_user(
            username=key, password="desk-2026", name=name, short_name=short, team=team if TE in roles else None
        )
        user.grant(*roles, within=community.pk)
        for weekday in range(7):
            Duty.objects.create(user=user, weekday=weekday, starts=dt.time(0), ends=dt.time(0))
        people[key] = user
    for key in ("wang", "xu"):
        people[key].trades.set(Trade.objects.filter(pk__in=["plumbing", "drain", "general", "waterproof"]))
    people["dian"].trades.set(Trade.objects.filter(pk="electric"))
    builder = Builder.objects.create(community=community, name="宏达建设", contact="赵工", phone="13700000001")
    building = Building.objects.create(community=community, code="3", completed_on=months_back(20))
    entrance = Entrance.objects.create(building=building, code="2")
    old_entrance = Entrance.objects.create(
        building=Building.objects.create(community=community, code="1", completed_on=months_back(100)), code="1"
    )
    units = {}
    for where, code, months in ((entrance, "1201", 18), (old_entrance, "0702", 96)):
        unit = Unit(
            entrance=where, code=code, area=Decimal("89.00"), handed_over_on=months_back(months), builder=builder
        )
        unit.fill_search([])
        unit.save()
        residents = [
            Resident.objects.create(unit=unit, name="李建国", title="mr", phone="13800001201"),
            Resident.objects.create(unit=unit, name="陈小红", title="ms", relation="tenant", phone="13900002222"),
        ]
        unit.fill_search(residents)
        unit.save()
        units[code] = unit
    hall = PublicArea.objects.create(community=community, building=building, name="3栋2单元大堂")
    return Cast(community=community, people=people, unit_1201=units["1201"], unit_0702=units["0702"], hall=hall)


def months_back(months: int) -> dt.date:
    today = clock.today()
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return dt.date(year, month + 1, 1)
