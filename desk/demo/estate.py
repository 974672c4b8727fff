"""People and places of the demonstration estate, by bulk insert; the same names and numbers every time."""

from __future__ import annotations

import datetime as dt
import random
import secrets
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from desk.demo.builders import NEW, OLD, make_builders
from people.models import Duty, Grant, Team, Trade, User
from people.roles import AD, DU, ES, FD, FI, MG, SS, TE, Role
from places.actions import load_catalogue
from places.models import Builder, Building, Community, Entrance, PublicArea, Resident, Unit

CODE = "HT"
SURNAMES = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰春梅建国志红晓东文辉海燕晨宇欣怡嘉豪子涵雨泽思远佳慧俊浩婷雪峰"
)
TEAMS = {
    "水电班": ["plumbing", "drain", "waterproof", "general", "electric"],
    "强弱电班": ["electric", "lowvolt", "general"],
    "门窗土建班": ["doorwin", "carpenter", "mason", "painter", "welder", "general"],
}
STAFF: list[tuple[str, str, list[Role], str]] = [
    ("zhou", "周敏", [FD], ""),
    ("qian", "钱丽", [FD], ""),
    ("zhao", "赵倩", [FD], ""),
    ("wu", "吴昊", [DU], ""),
    ("lin", "林岚", [SS], ""),
    ("shen", "沈刚", [ES], ""),
    ("mei", "梅芳", [MG], ""),
    ("fang", "方洁", [FI], ""),
    ("admin", "管理员", [AD], ""),
    ("wang", "王强", [TE], "水电班"),
    ("xu", "徐亮", [TE], "水电班"),
    ("hu", "胡军", [TE], "水电班"),
    ("sun", "孙伟", [TE], "强弱电班"),
    ("he", "何平", [TE], "门窗土建班"),
    ("ma", "马建", [TE], "门窗土建班"),
    ("bai", "白涛", [TE], "强弱电班"),
]
AREAS = ["大堂", "地下一层电梯厅", "屋面"]
COMMON_AREAS = ["地下车库 A 区", "地下车库 B 区", "东门", "南门", "中心花园", "儿童乐园", "生活水泵房", "小区主路"]


@dataclass(frozen=True)
class Phase:
    """A building phase: which buildings, entrances, floors and dwellings a floor, and its two days."""

    buildings: range
    entrances: int
    floors: int
    doors: int
    completed_on: dt.date
    builder: str


PHASES = [
    Phase(range(1, 17), 2, 16, 3, dt.date(2018, 5, 30), OLD),
    Phase(range(17, 25), 2, 16, 2, dt.date(2025, 4, 30), NEW),
]


@transaction.atomic
def make_estate() -> Community:
    """The whole estate with its staff: 16 × 2 × 16 × 3 + 8 × 2 × 16 × 2 = 2,048 dwellings."""
    load_catalogue()
    community = Community.objects.create(
        code=CODE,
        name="海棠苑",
        company="海棠物业服务有限公司",
        phone="0571-88001234",
        demo=True,
        heating_season="11-15/03-15",
    )
    make_staff(community)
    dice = random.Random(20261)
    builders = {name: Builder.objects.create(community=community, name=name) for name in (OLD, NEW)}
    for phase in PHASES:
        make_phase(community, phase, builders[phase.builder], dice)
    for name in COMMON_AREAS:
        PublicArea.objects.create(community=community, name=name)
    take_back_handover(community)
    make_builders(community, User.objects.get(username="shen"))
    return community


def take_back_handover(community: Community) -> None:
    """The top floor of the last building was not handed over yet, or nobody knows when."""
    top = Unit.objects.filter(
        entrance__building__community=community, entrance__building__code="24", code__startswith="16"
    )
    top.update(handed_over_on=None)


def make_staff(community: Community) -> None:
    """Sixteen people under one password made up for this installation and written beside the database."""
    password = f"desk-{secrets.randbelow(9000) + 1000}"
    hashed = make_password(password)
    teams = {}
    for name, trades in TEAMS.items():
        teams[name] = Team.objects.create(name=name, community=community.pk)
        teams[name].trades.set(Trade.objects.filter(pk__in=trades))
    for number, (username, name, roles, team) in enumerate(STAFF):
        user = User(
            username=username,
            name=name,
            short_name=name[0],
            team=teams.get(team),
            password=hashed,
            phone=f"139{number:04d}{number * 37 % 10000:04d}",
        )
        user.save()
        Grant.objects.bulk_create(Grant(user=user, role=role, community=community.pk) for role in roles)
        if team:
            user.trades.set(Trade.objects.filter(pk__in=TEAMS[team]))
        starts, ends = (dt.time(22), dt.time(8)) if DU in roles else (dt.time(0), dt.time(0))
        Duty.objects.bulk_create(Duty(user=user, weekday=day, starts=starts, ends=ends) for day in range(7))
    write_sign_ins(password)


def write_sign_ins(password: str) -> None:
    """What the first start prints: who may sign in and how."""
    place = Path(settings.VAR_DIR) / "first_sign_ins.txt"
    shown = [
        ("zhou", "前台 周敏"),
        ("wang", "技工 王强"),
        ("lin", "客服主管 林岚"),
        ("shen", "工程主管 沈刚"),
        ("mei", "经理 梅芳"),
        ("admin", "管理员"),
    ]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch(mode=0o600)
    place.write_text("".join(f"{who}: {username} / {password}\n" for username, who in shown), encoding="utf-8")


def make_phase(community: Community, phase: Phase, builder: Builder, dice: random.Random) -> None:
    """Buildings, entrances, areas, dwellings and residents of a phase, a few statements each."""
    for number in phase.buildings:
        building = Building.objects.create(community=community, code=str(number), completed_on=phase.completed_on)
        PublicArea.objects.bulk_create(named_area(community, building, name) for name in AREAS)
        for code in range(1, phase.entrances + 1):
            fill_entrance(Entrance.objects.create(building=building, code=str(code)), phase, builder, dice)


def named_area(community: Community, building: Building, name: str) -> PublicArea:
    from core.text import name_keys, squeezed

    label = f"{building}{name}"
    return PublicArea(
        community=community, building=building, name=label, search_text=f"{squeezed(label)} {name_keys(label)}"[:200]
    )


def fill_entrance(entrance: Entrance, phase: Phase, builder: Builder, dice: random.Random) -> None:
    units, people = [], []
    for floor in range(1, phase.floors + 1):
        for door in range(1, phase.doors + 1):
            handed_over = phase.completed_on + dt.timedelta(days=dice.randrange(30, 240))
            unit = Unit(
                entrance=entrance,
                code=f"{floor:02d}{door:02d}",
                area=Decimal(dice.randrange(6800, 14500)) / 100,
                handed_over_on=handed_over,
                builder=builder,
            )
            residents = make_residents(unit, dice)
            unit.fill_search(residents)
            units.append(unit)
            people += residents
    Unit.objects.bulk_create(units)
    Resident.objects.bulk_create(people)


def make_residents(unit: Unit, dice: random.Random) -> list[Resident]:
    def person(relation: str) -> Resident:
        name = dice.choice(SURNAMES) + "".join(dice.choice(GIVEN) for _ in range(dice.choice((1, 2, 2))))
        return Resident(
            unit=unit,
            name=name,
            title=dice.choice(("mr", "ms")),
            relation=relation,
            phone=f"1{dice.choice(('38', '39', '36', '58', '86'))}{dice.randrange(10**8):08d}",
        )

    people = [person("owner")]
    if dice.random() < 0.25:
        people.append(person("family"))
    if dice.random() < 0.15:
        people.append(person("tenant"))
    return people
