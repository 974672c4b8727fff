"""Rosters as offices keep them: what is understood, what is refused and why, and that nothing comes in by halves."""

from __future__ import annotations

import datetime as dt
import io
import time
from decimal import Decimal
from typing import Any

import pytest

from core.refusals import Refusal
from places.models import Builder, Building, Community, Entrance, Resident, Unit
from places.roster import Answers, Outcome, Plan, Unreadable, apply, plan
from tests.rosters import HEAD, book, dwelling, text

DAY_COMPLETED, DAY_HANDED_OVER = dt.datetime(2019, 6, 4), dt.datetime(2020, 6, 14)  # noqa: DTZ001 - as spreadsheets have them
OTHER_HEADS = [
    "楼栋号",
    "单元号",
    "室号",
    "面积(㎡)",
    "产权人",
    "手机",
    "交房时间",
    "竣工验收日期",
    "总包",
    "承租人",
    "承租人手机",
    "说明",
]
ONE_FIRM = Answers(same_builder={"宏达建设": "宏达建设有限公司"})


@pytest.fixture
def estate(db: None) -> Community:
    return Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")


def counted(made: Plan) -> dict[str, int]:
    """The outcomes that occur."""
    return {outcome.value: n for outcome, n in made.counts.items() if n}


def refused(made: Plan) -> list[tuple[int, str, str, str]]:
    """(row, column, value, reason) of everything refused."""
    return [(line.number, *problem) for line in made.refused for problem in line.problems]


def columns(made: Plan) -> list[tuple[str, str, str]]:
    """(letter, head, meaning) of the columns of the first sheet."""
    head = made.sheets[0].head
    return list(head.shown()) if head else []


def labels(made: Plan) -> list[str]:
    return [work.dwelling.key.label for work in made.works]


def odd_rows() -> list[list[Any]]:
    """A small roster with each oddity of a real one, its title above."""
    return [
        ["海棠苑小区业主台账（2026年11月）"],
        [],
        HEAD,
        dwelling("1栋", 1, "0101", 电话="138-0000-9555", 交付日期="2019.12.6", 竣工日期=DAY_COMPLETED, 备注="=1+1"),
        dwelling(1, "1单元", 302, 电话="+86 18600008426", 交付日期=DAY_HANDED_OVER, 竣工日期="2019年6月4日", 租户="黎玉强", 租户电话=17800002708),
        dwelling("２栋", 2, "0401", 电话="１８６００００６６１７", 交付日期="不详", 竣工日期=None, 施工单位="宏达建设", 租户电话="156 0000 4644"),
        dwelling("1栋", 1, "0101", 电话="138-0000-9555", 交付日期="2019.12.6", 竣工日期=DAY_COMPLETED, 备注="=1+1"),
        [],
        dwelling(2, 2, 402, 电话="138001", 竣工日期=None),
        dwelling(2, 2, "—", 竣工日期=None),
        dwelling(2, 2, "0501", 交付日期="2019-02-30", 竣工日期=None),
        dwelling(2, 2, "0502", 建筑面积="八十九", 竣工日期=None, 施工单位="宏达建设有限公司"),
        dwelling(2, 2, "0601", 竣工日期=None, 施工单位="宏达建设有限公司"),
        ["合计", None, 9],
    ]  # fmt: skip


def odd_book() -> io.BytesIO:
    return book(("业主台账", odd_rows(), ["A1:L1"]), ("说明", [["本表由客服中心维护，电话勿外传"]]))


def odd_text() -> io.BytesIO:
    """The same under other head words, in GB 18030."""
    rows = [OTHER_HEADS, *odd_rows()[3:]]
    return text(*(",".join("" if value is None else str(value) for value in row) for row in rows), encoding="gb18030")


# What an office keeps -------------------------------------------------------------------


@pytest.mark.parametrize(("file", "first", "phone"), [(odd_book, 4, "电话"), (odd_text, 2, "手机")])
def test_a_real_roster_comes_in_by_its_dry_run_with_each_bad_row_named(estate, file, first, phone):
    made = plan(file(), estate)
    called = dict(zip(HEAD, HEAD if phone == "电话" else OTHER_HEADS, strict=True))
    assert counted(made) == {"new": 4, "refused": 5, "skipped": 2}
    assert refused(made) == [
        (first + 3, called["房号"], "1栋1单元0101", f"与第 {first} 行重复。"),
        (first + 5, called["电话"], "138001", "联系电话少 5 位，应为 11 位手机号或带区号的固话。"),
        (first + 6, called["房号"], "—", "不是房号。写成 0401 这样的号码。"),
        (first + 7, called["交付日期"], "2019-02-30", "没有 2019 年 2 月 30 日这一天。"),
        (first + 8, called["建筑面积"], "八十九", "面积写成数字，例如 89.50。"),
    ]
    assert [(line.number, line.notes) for line in made.lines if line.outcome == Outcome.SKIPPED] == [
        (first + 4, ["空行"]),
        (first + 10, ["合计行"]),
    ]
    assert Unit.objects.filter(entrance__building__community=estate).count() == 0


@pytest.mark.engine
def test_what_came_in_is_what_the_roster_says(estate):
    apply(plan(odd_book(), estate, ONE_FIRM), skip_bad=True)
    units = Unit.objects.filter(entrance__building__community=estate).order_by("pk")
    assert [(unit.label, unit.area, unit.handed_over_on, unit.builder.name, unit.remark) for unit in units] == [
        ("1栋1单元0101", Decimal("89.50"), dt.date(2019, 12, 6), "中筑第三工程公司", "=1+1"),
        ("1栋1单元0302", Decimal("89.50"), dt.date(2020, 6, 14), "中筑第三工程公司", ""),
        ("2栋2单元0401", Decimal("89.50"), None, "宏达建设有限公司", ""),
        ("2栋2单元0601", Decimal("89.50"), dt.date(2020, 5, 11), "宏达建设有限公司", ""),
    ]
    people = Resident.objects.filter(unit__in=units).values_list("unit__code", "relation", "name", "phone")
    assert list(people) == [
        ("0101", "owner", "李建国", "13800009555"),
        ("0302", "owner", "李建国", "18600008426"),
        ("0302", "tenant", "黎玉强", "17800002708"),
        ("0401", "owner", "李建国", "18600006617"),
        ("0401", "tenant", "", "15600004644"),
        ("0601", "owner", "李建国", "13800001201"),
    ]
    assert list(Building.objects.filter(community=estate).values_list("code", "completed_on")) == [
        ("1", dt.date(2019, 6, 4)),
        ("2", None),
    ]
    assert Unit.objects.get(label="1栋1单元0302").search_text == (
        " 1栋1单元0302 1栋0302 0302 110302 10302 李建国 lijianguo ljg 18600008426 黎玉强 liyuqiang lyq 17800002708 "
    )


@pytest.mark.engine
def test_nothing_comes_in_while_a_row_is_refused(estate):
    made = plan(odd_book(), estate, ONE_FIRM)
    with pytest.raises(Refusal, match=r"^有 5 行不能导入。改正后再导入，或注明略过。$"):
        apply(made)
    assert (
        Unit.objects.filter(entrance__building__community=estate).count(),
        Builder.objects.filter(community=estate).count(),
    ) == (0, 0)


@pytest.mark.engine
def test_the_same_file_twice_changes_nothing(estate, django_assert_num_queries):
    apply(plan(odd_book(), estate, ONE_FIRM), skip_bad=True)
    before = everything(estate)
    with django_assert_num_queries(5):
        again = plan(odd_book(), estate)
    assert (counted(again), again.questions, again.changes_nothing) == (
        {"same": 4, "refused": 5, "skipped": 2},
        [],
        True,
    )
    assert apply(again, skip_bad=True) == apply(plan(odd_text(), estate), skip_bad=True)
    assert everything(estate) == before


def everything(estate: Community) -> list[Any]:
    """All rows of a community, history included."""
    units = Unit.objects.filter(entrance__building__community=estate)
    return [
        list(units.order_by("pk").values()),
        list(Resident.objects.filter(unit__in=units).order_by("pk").values()),
        list(Builder.objects.filter(community=estate).order_by("pk").values()),
        list(Building.objects.filter(community=estate).order_by("pk").values()),
        [kind.history.count() for kind in (Unit, Resident, Builder)],
    ]


def test_history_keeps_who_brought_a_dwelling_in(cast, estate):
    apply(plan(book(("S", [HEAD, dwelling()])), estate, name="名册.xlsx"), cast.zhou)
    unit = Unit.objects.get(entrance__building__community=estate)
    first = unit.history.get()
    assert (first.history_user, first.history_change_reason, first.history_type) == (cast.zhou, "导入 名册.xlsx", "+")


# Firms under several names ---------------------------------------------------------------


def two_firms() -> io.BytesIO:
    return book(("S", [HEAD, dwelling(施工单位="宏达建设"), dwelling(room="0102", 施工单位="宏达建设有限公司")]))


def test_two_names_of_one_firm_are_asked_and_block(estate):
    made = plan(two_firms(), estate)
    assert made.questions == [("宏达建设", "宏达建设有限公司")]
    with pytest.raises(Refusal, match=r"^有施工单位可能是同一家，先回答再导入。$"):
        apply(made)


@pytest.mark.parametrize(
    ("answers", "firms"),
    [
        (ONE_FIRM, [("宏达建设有限公司", ["宏达建设"], 2)]),
        (Answers(new_builders={"宏达建设"}), [("宏达建设", [], 1), ("宏达建设有限公司", [], 1)]),
    ],
)
def test_the_answer_makes_them_one_or_two_and_is_remembered(estate, answers, firms):
    apply(plan(two_firms(), estate, answers))
    found = Builder.objects.filter(community=estate).order_by("name")
    assert [(firm.name, firm.aliases, firm.units.count()) for firm in found] == firms
    again = plan(two_firms(), estate)
    assert (counted(again), again.questions) == ({"same": 2}, [])


@pytest.mark.parametrize(
    ("one", "other", "asked"),
    [
        ("宏达建设", "宏达建设集团有限公司", True),
        ("宏达建设", "杭州宏达建设有限公司", True),
        ("宏达建设", "鸿达建设", True),
        ("华润建筑安装", "华闰建筑安装", True),
        ("中筑第三工程公司", "中筑第四工程公司", False),
        ("宏达建设", "绿城建工", False),
    ],
)
def test_only_names_that_may_be_one_firm_are_asked(estate, one, other, asked):
    made = plan(book(("S", [HEAD, dwelling(施工单位=one), dwelling(room="0102", 施工单位=other)])), estate)
    assert [sorted(question) for question in made.questions] == ([sorted((one, other))] if asked else [])


# Changes ----------------------------------------------------------------------------------


@pytest.mark.engine
def test_what_differs_is_changed_and_said_with_numbers_masked(estate):
    apply(plan(book(("S", [HEAD, dwelling(租户="黎玉强", 租户电话="17800002708")])), estate))
    file = book(
        (
            "S",
            [
                HEAD,
                dwelling(
                    建筑面积=90,
                    业主="赵丽",
                    电话="13900001111",
                    租户="黎玉强",
                    租户电话="17800009999",
                    备注="出租",
                    竣工日期="2019-07-01",
                ),
            ],
        )
    )
    made = plan(file, estate)
    assert made.lines[0].changes == [
        "面积 89.50 → 90.00",
        "备注 空 → 出租",
        "业主 李建国 138****1201 → 赵丽 139****1111",
        "租户 黎玉强 178****2708 → 黎玉强 178****9999",
    ]
    assert made.completions == {"1": dt.date(2019, 7, 1)}
    assert (counted(made), apply(made).changed) == ({"changed": 1}, 1)
    unit = Unit.objects.get(entrance__building__community=estate)
    assert (
        unit.search_text
        == " 1栋1单元0101 1栋0101 0101 110101 10101 赵丽 zhaoli zl 13900001111 黎玉强 liyuqiang lyq 17800009999 "
    )
    assert (unit.entrance.building.completed_on, unit.history.count()) == (dt.date(2019, 7, 1), 2)
    assert [person.history.count() for person in unit.residents.all()] == [2, 2]


def test_an_empty_cell_leaves_what_is_there(estate):
    apply(plan(book(("S", [HEAD, dwelling(租户="黎玉强", 租户电话="17800002708", 备注="出租")])), estate))
    empty = dict.fromkeys(["建筑面积", "电话", "交付日期", "竣工日期", "施工单位"])
    made = plan(book(("S", [HEAD, dwelling(**empty)])), estate)
    assert (counted(made), made.changes_nothing) == ({"same": 1}, True)


def test_401_and_0401_are_one_dwelling_whichever_was_there_first(estate):
    entrance = Entrance.objects.create(building=Building.objects.create(community=estate, code="1"), code="1")
    unit = Unit(entrance=entrance, code="401")
    unit.fill_search([])
    unit.save()
    made = plan(book(("S", [HEAD, dwelling(room="0401"), dwelling(room=402)])), estate)
    assert (counted(made), labels(made)) == ({"changed": 1, "new": 1}, ["1栋1单元0401", "1栋1单元0402"])


@pytest.mark.engine
def test_a_plan_that_the_estate_has_outrun_is_refused(estate):
    file = book(("S", [HEAD, dwelling()]))
    early, late = plan(file, estate), plan(book(("S", [HEAD, dwelling()])), estate)
    apply(early)
    with pytest.raises(Refusal, match=r"^核对之后资料有变动。重新核对再导入。$"):
        apply(late)


# Other shapes -----------------------------------------------------------------------------


def shape_address() -> io.BytesIO:
    return book(
        (
            "S",
            [
                ["序号", "房屋地址", "业主", "手机"],
                [1, "3栋2单元1201室", "李", ""],
                [2, "３-2-1202", "王", ""],
                [3, "3号楼二单元0702", "赵", ""],
            ],
        )
    )


def shape_two_heads() -> io.BytesIO:
    head = [
        ["业主信息表"],
        ["房屋信息", None, None, "业主信息", None, "承租人", None],
        ["楼栋", "单元", "房号", "姓名", "联系电话", "姓名", "联系电话"],
    ]
    row = [3, 2, 1201, "李", "13800001111", "王", "13900001111"]
    return book(("S", [*head, row], ["A1:G1", "A2:C2", "D2:E2", "F2:G2"]))


def shape_sheet_per_building() -> io.BytesIO:
    return book(
        ("3栋", [["单元", "房号", "业主"], [2, 1201, "李"]]), ("5号楼", [["单元", "房号", "业主"], [1, 101, "王"]])
    )


def shape_merged_down() -> io.BytesIO:
    rows = [["栋", "单元", "房号", "业主"], [3, 2, 1201, "李"], [None, None, 1202, "王"], [None, 3, 101, "赵"]]
    return book(("S", rows, ["A2:A4", "B2:B3"]))


def shape_left_empty() -> io.BytesIO:
    return text("楼号,单元,房号,业主", "3,2,1201,李", ",,1202,王", ",3,101,赵", ",,102,钱", "5,1,101,孙")


def shape_headings() -> io.BytesIO:
    rows = [["单元", "房号", "业主"], ["3栋"], [2, 1201, "李"], ["5栋"], [1, 101, "王"]]
    return book(("S", rows, ["A2:C2", "A4:C4"]))


def shape_pages() -> io.BytesIO:
    head = ["栋", "单元", "房号", "业主"]
    rows = [
        head,
        [3, 2, 1201, "李"],
        ["本页小计", None, 1],
        head,
        [3, 2, 1202, "王"],
        ["总 计", None, 2],
        ["制表人：张三", None, "审核：李四"],
    ]
    return book(("S", rows))


def shape_same_as_above() -> io.BytesIO:
    return book(("S", [["栋", "单元", "房号", "业主"], [3, 2, 1201, "李"], ["同上", "〃", 1202, "王"]]))


def shape_floors() -> io.BytesIO:
    return book(("S", [["栋", "单元", "楼层", "房号"], [3, 2, 12, 1], [3, 2, "4层", "02"]]))


def shape_building_again() -> io.BytesIO:
    return book(("S", [["栋", "房号", "业主"], [3, "3-1201", "李"], [5, "5-0101", "王"]]))


def shape_traditional() -> io.BytesIO:
    return book(
        (
            "S",
            [
                ["樓棟", "單元", "房號", "建築面積", "業主", "聯絡電話"],
                ["３棟", "2單元", "1201室", "88.5", "李", "13800001111"],
            ],
        )
    )


def shape_unicode_tabs() -> io.BytesIO:
    return text("楼栋\t单元\t房号\t业主", '3\t2\t="1201"\t李', encoding="utf-16")


def shape_semicolons() -> io.BytesIO:
    return text("楼栋;单元;房号;业主", "3;2;1201;李", encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("file", "found"),
    [
        (shape_address, ["3栋2单元1201", "3栋2单元1202", "3栋2单元0702"]),
        (shape_two_heads, ["3栋2单元1201"]),
        (shape_sheet_per_building, ["3栋2单元1201", "5栋1单元0101"]),
        (shape_merged_down, ["3栋2单元1201", "3栋2单元1202", "3栋3单元0101"]),
        (shape_left_empty, ["3栋2单元1201", "3栋2单元1202", "3栋3单元0101", "3栋3单元0102", "5栋1单元0101"]),
        (shape_headings, ["3栋2单元1201", "5栋1单元0101"]),
        (shape_pages, ["3栋2单元1201", "3栋2单元1202"]),
        (shape_same_as_above, ["3栋2单元1201", "3栋2单元1202"]),
        (shape_floors, ["3栋2单元1201", "3栋2单元0402"]),
        (shape_building_again, ["3栋1单元1201", "5栋1单元0101"]),
        (shape_traditional, ["3栋2单元1201"]),
        (shape_unicode_tabs, ["3栋2单元1201"]),
        (shape_semicolons, ["3栋2单元1201"]),
    ],
)
def test_a_roster_of_another_shape_is_understood(estate, file, found):
    made = plan(file(), estate)
    assert (labels(made), refused(made)) == (found, [])


def test_telephones_under_a_head_of_two_lines_are_told_apart(estate):
    assert [tuple(person) for person in plan(shape_two_heads(), estate).works[0].dwelling.people] == [
        ("owner", "李", "", "13800001111"),
        ("tenant", "王", "", "13900001111"),
    ]


def test_a_roster_of_persons_makes_one_dwelling_of_its_rows(estate):
    head = ["楼栋", "单元", "房号", "姓名", "性别", "与业主关系", "手机号码", "身份证号"]
    rows = [
        [1, 1, 101, "李建国", "男", "业主", 13800001111, "330106198001011234"],
        [1, 1, 101, "陈红", "女", "配偶", "", ""],
        [1, 1, "0101", "王", "", "租客", "", ""],
        [1, 1, 102, "赵", "", "朋友", "", ""],
    ]
    made = plan(book(("S", [head, *rows])), estate)
    assert [tuple(person) for person in made.works[0].dwelling.people] == [
        ("owner", "李建国", "mr", "13800001111"),
        ("family", "陈红", "ms", ""),
        ("tenant", "王", "", ""),
    ]
    assert counted(made) == {"new": 1, "joined": 2, "refused": 1}
    assert refused(made) == [(5, "与业主关系", "朋友", "身份写业主、家属或租户。")]


def test_a_second_sheet_adds_to_the_dwellings_of_the_first(estate):
    owners = [["栋", "单元", "房号", "业主"], [1, 1, 101, "李"]]
    tenants = [["栋", "单元", "房号", "租户", "租户电话"], [1, 1, "0101", "王", "13900001111"], [1, 1, 102, "赵", ""]]
    made = plan(book(("业主", owners), ("租户", tenants), ("旧", owners), hidden=["旧"]), estate)
    assert (labels(made), counted(made)) == (["1栋1单元0101", "1栋1单元0102"], {"new": 2, "joined": 1})
    assert [(sheet.title, sheet.left_out) for sheet in made.sheets] == [
        ("业主", ""),
        ("租户", ""),
        ("旧", "隐藏的工作表，没有读"),
    ]


def test_two_rows_that_contradict_each_other_are_both_refused(estate):
    made = plan(book(("S", [HEAD, dwelling(), dwelling(room=101, 业主="赵丽")])), estate)
    assert refused(made) == [
        (2, "房号", "1栋1单元0101", "与第 3 行是同一户，内容不同。"),
        (3, "房号", "1栋1单元0101", "与第 2 行是同一户，内容不同。"),
    ]


def test_a_building_is_completed_on_one_day(estate):
    rows = [dwelling(room="0101"), dwelling(room="0102"), dwelling(room="0103", 竣工日期="2019-06-05")]
    assert refused(plan(book(("S", [HEAD, *rows])), estate)) == [
        (4, "竣工日期", "2019-06-05", "同栋其他行是 2019-06-04。")
    ]


def test_an_entrance_is_not_guessed_where_a_building_has_several(estate):
    made = plan(
        book(("S", [HEAD, dwelling(3, 1), dwelling(3, 2), dwelling(3, None, "0202"), dwelling(5, None)])), estate
    )
    assert (labels(made), refused(made)) == (
        ["3栋1单元0101", "3栋2单元0101", "5栋1单元0101"],
        [(4, "单元", "", "没有单元号，同栋有几个单元。")],
    )


def test_identity_numbers_are_dropped_with_a_notice(estate):
    made = plan(book(("S", [HEAD, dwelling(备注="身份证号：33010619800101123X，出租")])), estate)
    assert (made.works[0].dwelling.remark, made.lines[0].notes) == ("出租", ["身份证号不带入，已去掉"])


def test_a_column_is_what_the_person_says_it_is(estate):
    file = [["大厦", "门洞", "门牌代码", "主人"], [1, 1, 101, "李"]]
    with pytest.raises(Unreadable, match=r"^没有找到表头"):
        plan(book(("S", file)), estate)
    answers = Answers(columns={"大厦": "楼栋", "B": "单元", "门牌代码": "房号", "主人": "owner"})
    made = plan(book(("S", file)), estate, answers)
    assert columns(made) == [
        ("A", "大厦", "楼栋"),
        ("B", "门洞", "单元"),
        ("C", "门牌代码", "房号"),
        ("D", "主人", "业主"),
    ]
    with pytest.raises(Unreadable, match=r"^没有“门铃”这个字段。"):
        plan(book(("S", file)), estate, Answers(columns={"大厦": "门铃"}))


def test_two_thousand_dwellings_come_in_within_five_seconds(estate):
    rows = [
        dwelling(building, entrance, floor * 100 + door, 业主=f"李建{'国红明丽'[door - 1]}", 电话=13800000000 + building * 9000 + floor * 10 + door, 租户="王丽", 备注="出租")
        for building in range(1, 15)
        for entrance in (1, 2)
        for floor in range(1, 19)
        for door in range(1, 5)
    ]  # fmt: skip
    file = book(("S", [HEAD, *rows]))
    started = time.perf_counter()
    assert apply(plan(file, estate)).new == 2016
    assert time.perf_counter() - started < 5
    again = plan(file := io.BytesIO(file.getvalue()), estate)
    assert counted(again) == {"same": 2016}
