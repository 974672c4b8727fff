"""The catalogue as the product brings it, and finding places, parts, prices and numbers in every spelling."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.urls import reverse

from people.models import Trade
from people.roles import FD
from places import queries
from places.actions import Loaded, load_catalogue
from places.models import (
    Building,
    Community,
    Component,
    Entrance,
    PriceItem,
    PublicArea,
    Resident,
    SparePart,
    Unit,
    WarrantyTerm,
)
from places.near import near_areas, near_units
from places.queries import (
    Address,
    PaperNumber,
    find_components,
    find_places,
    find_prices,
    find_spare_parts,
    parse_address,
    parse_number,
    printed_number,
)
from places.templatetags.numbers import number

pytestmark = pytest.mark.engine


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    queries.forget_communities()


# What is brought along ------------------------------------------------------------------


def test_loading_twice_changes_nothing(cast):
    assert load_catalogue() == Loaded(0, 0, 0, 0)
    assert (Trade.objects.count(), Component.objects.count(), PriceItem.objects.count(), SparePart.objects.count()) == (
        15,
        56,
        40,
        30,
    )


def test_loading_adds_what_is_absent_puts_terms_right_and_leaves_prices_alone(cast, capsys):
    PriceItem.objects.filter(code="P02").update(price=Decimal("25.00"))
    PriceItem.objects.filter(code="P03").delete()
    Component.objects.filter(pk="tap").update(length=9)
    call_command("load_catalogue")
    assert capsys.readouterr().out == "载入工种 0、部件 1、价目 1、配件 0\n"
    assert (PriceItem.objects.get(code="P02").price, Component.objects.get(pk="tap").length) == (Decimal("25.00"), 1)
    assert PriceItem.objects.get(code="P03").history.count() == 1


def test_terms_and_bases_are_those_of_the_trade(cast):
    terms = Counter(f"{part.length} {part.term} {part.basis}" for part in Component.objects.all())
    assert terms == {
        "2 years 40": 20,
        "0 none ": 12,
        "1 years 98": 4,
        "5 years 40": 4,
        "2 years seed": 5,
        "6 months 98": 3,
        "2 months 98": 2,
        "1 years seed": 3,
        "2 heating 40": 1,
        "2 cooling 40": 1,
        "50 years 40": 1,
    }


def test_what_is_always_urgent_is_marked(cast):
    assert list(Component.objects.filter(always_urgent=True).values_list("pk", flat=True)) == [
        "lift_trapped",
        "public_power",
        "fire_system",
        "gas",
    ]


def test_each_part_offers_five_descriptions_long_enough_to_register(cast):
    assert {len(part.phrases) for part in Component.objects.all()} == {5}
    assert [text for part in Component.objects.all() for text in part.phrases if len(text) < 4 or len(text) > 200] == []


@pytest.mark.parametrize(
    ("code", "name", "unit", "price", "trade"),
    [
        ("P01", "上门检测（不维修时收）", "次", "20.00", None),
        ("P18", "更换开关/插座", "个", "10.00", "electric"),
        ("P38", "卫生间防水重做", "㎡", "120.00", "waterproof"),
        ("P40", "晾衣架安装/维修", "套", "60.00", "general"),
    ],
)
def test_a_line_of_the_price_list_is_as_printed(cast, code, name, unit, price, trade):
    item = PriceItem.objects.get(code=code)
    assert (item.name, item.unit, item.price, item.trade_id) == (name, unit, Decimal(price), trade)


def test_spare_parts_have_spec_model_unit_and_price(cast):
    valve = SparePart.objects.get(name="陶瓷阀芯")
    assert (valve.spec, valve.model, valve.unit, valve.price) == ("35 mm", "SL-35", "只", Decimal("15.00"))
    assert SparePart.objects.aggregate(total=Sum("price")) == {"total": Decimal("1748.00")}


@pytest.mark.parametrize("again", ["price", "term"])
def test_a_general_price_and_a_general_agreement_stand_once(cast, again):
    pipe = Component.objects.get(pk="water_pipe")
    WarrantyTerm.objects.create(community=cast.community, component=pipe, term="years", length=3)
    with pytest.raises(IntegrityError), transaction.atomic():
        if again == "price":
            PriceItem.objects.create(code="P02", name="更换水龙头", unit="个", price=Decimal("21.00"))
        else:
            WarrantyTerm.objects.create(community=cast.community, component=pipe, term="years", length=4)


# Places ---------------------------------------------------------------------------------


@pytest.fixture
def estate(cast) -> Any:
    """The cast's estate with three more dwellings and two areas."""
    entrance = cast.unit_1201.entrance
    for code, name, phone in (("0702", "单志强", "15200008021"), ("0707", "曾可", ""), ("0770", "", "18600005555")):
        unit = Unit(entrance=entrance, code=code)
        unit.fill_search([])
        unit.save()
        people = [Resident.objects.create(unit=unit, name=name, phone=phone, relation="tenant")]
        unit.fill_search(people)
        unit.save()
    PublicArea.objects.create(community=cast.community, name="地下车库")
    return cast


def found(user: Any, q: str) -> list[str]:
    places = find_places(user, q)
    return [unit.printed for unit in places.units] + [area.name for area in places.areas]


@pytest.mark.parametrize(
    "q",
    ["3-2-1201", "3栋2单元1201", "3栋2单元1201室", "３栋１２０１", "3栋1201", "3#1201", "3号楼1201", "3 2 1201", "03-02-1201", "3-1201", "1201", "321201", "31201", "3-2-12", "3—2—1201"],
)  # fmt: skip
def test_a_dwelling_is_found_by_its_number_in_every_spelling(estate, q):
    assert found(estate.zhou, q)[0] == "3-2-1201"


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("3-0702", "3-2-0702"),
        ("1-0702", "1-1-0702"),
        ("3-702", "3-2-0702"),
        ("3-2-702", "3-2-0702"),
        ("1-1-7", "1-1-0702"),
    ],
)
def test_a_zero_may_be_left_out(estate, q, first):
    assert found(estate.zhou, q)[0] == first


def test_a_room_alone_gives_every_dwelling_of_that_number(estate):
    assert found(estate.zhou, "0702") == ["1-1-0702", "3-2-0702"]
    assert found(estate.zhou, "702") == ["1-1-0702", "3-2-0702"]


@pytest.mark.parametrize(
    ("q", "units"),
    [
        ("单志强", ["3-2-0702"]),
        ("志强", ["3-2-0702"]),
        ("dzq", ["3-2-0702"]),
        ("szq", ["3-2-0702"]),
        ("shanzhiqiang", ["3-2-0702"]),
        ("DanZhi", ["3-2-0702"]),
        ("zk", ["3-2-0707"]),
        ("ck", ["3-2-0707"]),
        ("15200008021", ["3-2-0702"]),
        ("152 0000 8021", ["3-2-0702"]),
        ("152-0000-8021", ["3-2-0702"]),
        ("8021", ["3-2-0702"]),
        ("5555", ["3-2-0770"]),
        ("ljg", ["1-1-0702", "3-2-1201"]),
        ("没有这个人", []),
        ("%", []),
        ("_", []),
        ("'", []),
        ("\\", []),
        ("", []),
        ("   ", []),
    ],
)
def test_people_find_a_dwelling_by_name_pinyin_and_telephone(estate, q, units):
    assert [unit.printed for unit in find_places(estate.zhou, q).units] == units


@pytest.mark.parametrize(
    ("q", "areas"),
    [
        ("车库", ["地下车库"]),
        ("ggck", ["地下车库"]),
        ("gg", ["3栋2单元大堂", "地下车库"]),
        ("gg大堂", ["3栋2单元大堂"]),
        ("dxck", ["地下车库"]),
        ("3栋2单元大", ["3栋2单元大堂"]),
    ],
)
def test_public_areas_are_found_by_name_and_by_gg(estate, q, areas):
    assert [area.name for area in find_places(estate.zhou, q).areas] == areas


@pytest.mark.parametrize(("q", "at_most"), [("0702", 3), ("ljg", 3), ("3-2-1201", 3), ("gg", 3)])
def test_a_search_takes_three_queries_for_any_number_of_dwellings(estate, django_assert_max_num_queries, q, at_most):
    assert estate.zhou.granted
    with django_assert_max_num_queries(at_most):
        places = find_places(estate.zhou, q)
        said = [
            [unit.printed, unit.community.name, unit.builder, *(person.called for person in unit.residents.all())]
            for unit in places.units
        ]
    assert len(said) == len(places.units)


def test_who_does_not_work_with_residents_finds_by_number_only(estate):
    assert [found(estate.admin, q) for q in ("3-0702", "单志强")] == [[], []]
    for person in (estate.wang, estate.fin):
        assert [found(person, q) for q in ("3-0702", "单志强", "dzq", "8021", "15200008021")] == [
            ["3-2-0702"],
            [],
            [],
            [],
            [],
        ]


def test_another_community_is_not_there(estate):
    other = Community.objects.create(code="MD", name="牡丹园", company="x")
    far = Unit(
        entrance=Entrance.objects.create(building=Building.objects.create(community=other, code="3"), code="2"),
        code="1201",
    )
    far.fill_search([])
    far.save()
    estate.qian.grants.all().delete()
    estate.qian.grant(FD, within=other.pk)
    assert [unit.pk for unit in find_places(estate.qian, "3-2-1201").units] == [far.pk]
    assert [unit.pk for unit in find_places(estate.zhou, "3-2-1201").units] == [estate.unit_1201.pk]
    assert (near_units(estate.qian, "3-0777"), found(estate.qian, "gg")) == ([], [])


@pytest.mark.parametrize(
    ("q", "near"),
    [
        ("3-0777", ["3-2-0707", "3-2-0770"]),
        ("3-2-1202", ["3-2-1201"]),
        ("2-1201", ["3-2-1201"]),
        ("1210", ["3-2-1201"]),
        ("33-1201", ["3-2-1201"]),
        ("9-9999", []),
        ("李建", []),
    ],
)
def test_a_number_that_does_not_exist_offers_the_near_ones(estate, q, near):
    assert [unit.printed for unit in near_units(estate.zhou, q)] == near


@pytest.mark.parametrize(
    ("q", "near"),
    [
        ("3栋2单元大厅", ["3栋2单元大堂"]),
        ("3栋2单元大唐", ["3栋2单元大堂"]),
        ("gg大唐", ["3栋2单元大堂"]),
        ("地下车厍", ["地下车库"]),
        ("下车裤", ["地下车库"]),
        ("没有这个", []),
        ("大", []),
        ("1201", []),
        ("%", []),
        ("库" * 100, []),
    ],
)
def test_a_public_area_that_does_not_exist_offers_the_near_ones(estate, q, near):
    assert [area.name for area in near_areas(estate.zhou, q)] == near
    assert near_areas(estate.qian, q) == near_areas(estate.zhou, q)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("3-2-1201", Address("3", "2", "1201")),
        ("3栋2单元", Address("3", "2", "")),
        ("3栋", Address("3", "", "")),
        ("a座1201", Address("a", "", "1201")),
        ("1201室", Address("", "", "1201")),
        ("李建国", None),
        ("ljg", None),
        ("1-2-3-4", None),
        ("", None),
    ],
)
def test_an_address_is_taken_apart(text, address):
    assert parse_address(text) == address


def test_postgresql_searches_by_trigrams_where_it_can(db):
    indexes = {"places_unit_search", "places_area_search"}
    with connection.cursor() as cursor:
        there = {
            name
            for table in ("places_unit", "places_publicarea")
            for name in connection.introspection.get_constraints(cursor, table)
        }
        able = False
        if connection.vendor == "postgresql":
            cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
            able = bool(cursor.fetchall())
    assert there & indexes == (indexes if able else set())


# Parts, prices, spare parts ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("q", "place", "first"),
    [
        ("水龙头", "home", ["tap"]),
        ("花洒", "home", ["tap"]),
        ("hs", "home", ["tap"]),
        ("slt", "home", ["tap"]),
        ("滴水", "home", ["valve"]),
        ("立管", "home", ["riser"]),
        ("燃气", "home", ["gas"]),
        ("闻到", "home", ["gas"]),
        ("dt", "public", ["lift"]),
        ("电梯困人", "public", ["lift_trapped"]),
        ("lift_trapped", "", ["lift_trapped"]),
        ("没有这种", "home", []),
    ],
)
def test_a_part_is_found_by_name_pinyin_code_or_a_phrase(cast, q, place, first):
    assert [part.pk for part in find_components(q, place)][:1] == first


def test_without_a_word_all_parts_of_the_place_are_offered(cast):
    assert [len(find_components("", place)) for place in ("home", "public", "municipal", "")] == [31, 16, 9, 56]


def test_prices_of_the_day_and_of_the_estate_go_first(cast):
    day = dt.date(2026, 11, 24)
    general = PriceItem.objects.get(code="P02")
    PriceItem.objects.create(code="P02", name="更换水龙头（普通）", unit="个", price=Decimal("22.00"), valid_from=day)
    PriceItem.objects.create(
        code="P02", name="更换水龙头（普通）", unit="个", price=Decimal("18.00"), community=cast.community
    )
    other = Community.objects.create(code="MD", name="牡丹园", company="x")
    prices = [
        find_prices("p02", community, on)[0].price
        for community, on in ((cast.community, day), (other, day), (other, day - dt.timedelta(days=1)))
    ]
    assert prices == [Decimal("18.00"), Decimal("22.00"), general.price]
    assert find_prices("p02", other, dt.date(2025, 12, 31)) == []
    assert [item.code for item in find_prices("疏通", other, day)] == ["P12", "P13", "P14", "P15"]
    assert [item.code for item in find_prices("gh", other, day)][:2] == ["P02", "P03"]


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("阀芯", ["陶瓷阀芯"]),
        ("tcfx", ["陶瓷阀芯"]),
        ("sl-35", ["陶瓷阀芯"]),
        ("86型", ["声光控开关", "五孔插座"]),
        ("没有", []),
    ],
)
def test_spare_parts_are_found_by_name_spec_model_and_pinyin(cast, q, names):
    assert [part.name for part in find_spare_parts(q)] == names


# Numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("WX-202611-0001", PaperNumber("WX", "202611", 1)),
        ("wx2026111", PaperNumber("WX", "202611", 1)),
        ("wx-202611-1", PaperNumber("WX", "202611", 1)),
        ("ＷＸ 202611 0001", PaperNumber("WX", "202611", 1)),
        ("HT-WX-202611-0001", PaperNumber("WX", "202611", 1, "HT")),
        ("ht03wx20261110000", PaperNumber("WX", "202611", 10000, "HT03")),
        ("WX-202611-0001-3", PaperNumber("WX", "202611", 1, "", 3)),
        ("HT-WX-202611-0001-2", PaperNumber("WX", "202611", 1, "HT", 2)),
        ("bx383", PaperNumber("BX", "", 383)),
        ("DZ-202611", PaperNumber("DZ", "202611")),
        ("1201", None),
        ("李建国", None),
        ("wx", None),
        ("", None),
    ],
)
def test_a_number_is_read_with_or_without_code_dashes_and_zeros(text, read):
    assert parse_number(text) == read


def test_a_number_read_is_printed_in_full():
    assert [parse_number(text).printed for text in ("wx2026111", "HT-WX-202611-0001", "bx383", "dz202611")] == [  # type: ignore[union-attr]
        "WX-202611-0001",
        "HT-WX-202611-0001",
        "BX-0383",
        "DZ-202611",
    ]


def test_the_community_s_code_is_printed_from_the_second_community_on(cast, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert [printed_number("HT-WX-202611-0001"), number("HT-BX-202611-10000"), number(None), number("海棠苑")] == [
            "WX-202611-0001",
            "BX-202611-10000",
            "",
            "海棠苑",
        ]
    Community.objects.create(code="MD", name="牡丹园", company="x")
    assert printed_number("HT-WX-202611-0001") == "WX-202611-0001"
    queries.forget_communities()
    assert printed_number("HT-WX-202611-0001") == "HT-WX-202611-0001"


# The look-ups of forms ------------------------------------------------------------------


def options(answer: Any) -> list[tuple[dict[str, str], str]]:
    """(data, text) of each option of a fragment."""
    listed = re.findall(r"<li ([^>]*)>(.*?)</li>", answer.content.decode(), re.DOTALL)
    return [
        (
            dict(re.findall(r'data-([a-z]+)="([^"]*)"', attributes)),
            " ".join(unescape(re.sub(r"<[^>]+>", " ", inner)).split()),
        )
        for attributes, inner in listed
    ]


def test_a_dwelling_is_offered_with_its_people_and_masked_numbers(estate, sign_in):
    answer = sign_in("zhou").post(reverse("find_places"), {"q": "3-2-1201"})
    assert options(answer) == [
        (
            {"kind": "unit", "value": str(estate.unit_1201.pk), "label": "3栋2单元1201"},
            "3栋2单元1201 李先生 138****1201、陈女士 139****2222",
        ),
    ]


def test_an_unknown_number_is_said_with_those_near(estate, sign_in):
    answer = sign_in("zhou").post(reverse("find_places"), {"q": "3-0777"})
    assert [text for _data, text in options(answer)] == [
        "没有 3-0777，相近：3-2-0707、3-2-0770",
        "3栋2单元0707 曾*",
        "3栋2单元0770 租户 186****5555",
    ]
    assert [data.get("near") for data, _text in options(answer)] == [None, "1", "1"]
    answer = sign_in("zhou").post(reverse("find_places"), {"q": "地下车裤"})
    assert [text for _data, text in options(answer)] == ["没有 地下车裤，相近：地下车库", "地下车库 公共区域"]
    answer = sign_in("zhou").post(reverse("find_places"), {"q": "<b>"})
    assert [text for _data, text in options(answer)] == ["没有找到“<b>”"]


def test_a_technician_is_offered_the_dwelling_without_its_people(estate, sign_in):
    answer = sign_in("wang").post(reverse("find_places"), {"q": "3-2-1201"})
    assert [text for _data, text in options(answer)] == ["3栋2单元1201"]


def test_parts_prices_and_spare_parts_are_offered_with_what_a_form_needs(cast, sign_in):
    client = sign_in("zhou")
    part = options(client.get(reverse("find_components"), {"q": "slt", "place": "home"}))[0]
    price = options(client.get(reverse("find_prices"), {"q": "P04"}))[0]
    spare = options(client.get(reverse("find_spare_parts"), {"q": "tcfx"}))[0]
    assert part == (
        {"value": "tap", "label": "水龙头、花洒", "place": "home", "trade": "plumbing"},
        "水龙头、花洒 水工",
    )
    assert price[0] | {"value": ""} == {
        "value": "",
        "label": "更换阀芯",
        "code": "P04",
        "kind": "labour",
        "unit": "只",
        "price": "20.00",
    }
    assert spare[0] | {"value": ""} == {
        "value": "",
        "label": "陶瓷阀芯",
        "kind": "material",
        "spec": "35 mm",
        "model": "SL-35",
        "unit": "只",
        "price": "15.00",
    }


@pytest.mark.parametrize("name", ["find_places", "find_components", "find_prices", "find_spare_parts"])
@pytest.mark.parametrize("q", ["", "x" * 10_000, "\x00", "%27--", "１２０１", "👍"])
def test_any_question_is_answered_to_staff_and_to_nobody_else(cast, sign_in, client, name, q):
    how, other = ("post", "get") if name == "find_places" else ("get", "post")
    given = {"q": q, "place": q, "community": q}
    assert getattr(sign_in("zhou"), how)(reverse(name), given).status_code in (
        {200, 404} if name == "find_prices" and q else {200}
    )
    assert getattr(client, how)(reverse(name), {"q": q}).status_code == 302
    assert getattr(sign_in("zhou"), other)(reverse(name), {"q": q}).status_code == 405


def test_the_prices_of_a_foreign_community_are_not_found(cast, sign_in):
    other = Community.objects.create(code="MD", name="牡丹园", company="x")
    assert sign_in("zhou").get(reverse("find_prices"), {"community": other.pk}).status_code == 404
