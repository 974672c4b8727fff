"""Roster files themselves: what cells mean, what a workbook may hold, what is refused before it is opened, and the command."""

from __future__ import annotations

import datetime as dt
import io
import struct
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from places.models import Community, Unit
from places.roster import Unreadable, cells, plan
from places.roster.gathering import gather
from places.roster.reading import read
from places.roster.sheets import Fault, Formula
from places.roster.template import write_refused, write_template
from tests.rosters import HEAD, book, dwelling, packed, parts, saved, text

SPREADSHEET_DAY = dt.datetime(2020, 6, 12)  # noqa: DTZ001 - as spreadsheets have them


@pytest.fixture
def estate(db: None) -> Community:
    return Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")


def meant(parse: Any, value: Any) -> Any:
    """What a cell means, or the reason why it means nothing."""
    try:
        return parse(value)
    except cells.Bad as bad:
        return str(bad)


# Cells ------------------------------------------------------------------------------------

DAY = dt.date(2020, 6, 12)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        *((spelling, DAY) for spelling in (SPREADSHEET_DAY, 43994, "43994", 20200612, "20200612", "2020.6.12", "2020/06/12", "2020-6-12")),
        *((spelling, DAY) for spelling in ("2020年6月12日", "2020 年 6 月 12 日", "２０２０．６．１２", "2020-06-12 08:30:00", "二〇二〇年六月十二日", "2020年6月12号")),
        *((word, None) for word in ("不详", "未交付", "—", "/", "未知", "")),
        ("2019-02-30", "没有 2019 年 2 月 30 日这一天。"),
        ("2019年13月1日", "没有 2019 年 13 月 1 日这一天。"),
        ("2020.6", "只有年月，没有日。"),
        ("6/12/2020", "年月日的次序不明。写成 2020-06-12 这样。"),
        ("20.6.12", "年份写四位，例如 2020-06-12。"),
        ("1020-06-12", "1020-06-12 不合常理。核对年份。"),
        ("明年", "日期看不懂。写成 2020-06-12 这样。"),
    ],
)  # fmt: skip
def test_a_day_is_read_in_many_spellings_or_refused_with_its_reason(value, day):
    assert meant(cells.day, value) == day


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        *((spelling, ["13800001201"]) for spelling in (13800001201, 13800001201.0, "138 0000 1201", "138-0000-1201", "１３８００００１２０１", "+86 13800001201", "8613800001201", "'13800001201", '="13800001201"', "13800001201（李）")),
        ("0571-88880000", ["057188880000"]),
        ("(0571)88880000", ["057188880000"]),
        ("13800001201/13900002222", ["13800001201", "13900002222"]),
        ("13800001201\n13900002222", ["13800001201", "13900002222"]),
        ("13800001201 13900002222", ["13800001201", "13900002222"]),
        ("无", []),
        ("138001", "联系电话少 5 位，应为 11 位手机号或带区号的固话。"),
        ("1.38E+10", "号码被表格改成了科学计数，位数已丢。把格式改成文本，重新填写。"),
        ("问物业", "联系电话不对，应为 11 位手机号或带区号的固话。"),
    ],
)  # fmt: skip
def test_telephones_are_read_as_offices_write_them(value, numbers):
    assert meant(cells.phones, value) == numbers


@pytest.mark.parametrize(
    ("parse", "value", "found"),
    [
        *((cells.building, value, "3") for value in ("3", 3, 3.0, "3栋", "03幢", "3#", "３号楼", "三号楼", "第3栋")),
        (cells.building, "A座", "A"),
        (cells.building, "十二栋", "12"),
        (cells.building, SPREADSHEET_DAY, "被表格改成了日期。把格式改成文本，重新填写。"),
        *((cells.entrance, value, "2") for value in ("2", 2, "2单元", "二单元", "02")),
        *((cells.entrance, value, "") for value in ("无", "/", "")),
        *((cells.room, value, "0401") for value in ("0401", "401", 401, "401室", "４０１", 401.0)),
        (cells.room, "5", "05"),
        (cells.room, "1201A", "1201A"),
        (cells.room, "—", "不是房号。写成 0401 这样的号码。"),
        *((cells.area, value, Decimal("89.50")) for value in (89.5, "89.5", "89.50㎡", "８９．５", "89.5平方米", 89.50000000001)),
        (cells.area, "1,189.5", Decimal("1189.50")),
        (cells.area, "八十九", "面积写成数字，例如 89.50。"),
        (cells.area, -1, "面积写成数字，例如 89.50。"),
        (cells.area, 0, "面积不在 0 到 99999.99 ㎡ 之间。"),
        (cells.area, Formula("=D3*2", 89.5), Decimal("89.50")),
        (cells.area, Formula("=D3*2", None), "是公式，没有算出的值。改成值再导入。"),
        (cells.area, Fault("#N/A"), "单元格报错。改正后再导入。"),
        (cells.remark, Formula("=1+1", 2), "=1+1"),
        (cells.remark, "x" * 101, "超过 100 字。缩短再导入。"),
        (cells.remark, "李\x01", "含有不能显示的字符。删去后重新输入。"),
        (cells.remark, "家有\u202e老人\u200b", "家有老人"),
        (cells.names, "李建国、王丽", [("李建国", ""), ("王丽", "")]),
        (cells.names, "李建国\n王丽", [("李建国", ""), ("王丽", "")]),
        (cells.names, "李 明", [("李明", "")]),
        (cells.names, "王女士", [("王", "ms")]),
        (cells.names, "空置", []),
        (cells.names, "李建国13800001201", "姓名里有号码。姓名和电话分两列。"),
        (cells.names, "李" * 21, "姓名超过 20 字。缩短再导入。"),
    ],
)  # fmt: skip
def test_a_cell_means_one_thing_or_says_what_is_wrong(parse, value, found):
    assert meant(parse, value) == found


@given(
    st.one_of(
        st.text(max_size=60),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.text("0123456789.年月日-/ +栋单元室、E", max_size=40),
    )
)
def test_no_value_of_a_cell_breaks_the_reading(value):
    for parse in (
        cells.building,
        cells.entrance,
        cells.room,
        cells.address,
        cells.area,
        cells.day,
        cells.phones,
        cells.names,
        cells.company,
        cells.remark,
    ):
        meant(parse, value)


@pytest.mark.parametrize(
    "text",
    [
        "1" * 10_000,
        "栋" * 10_000,
        "1-" * 5_000,
        "(" * 10_000,
        " " * 9_999 + "x",
        "十" * 10_000,
        "、" * 10_000,
        "身份证号" * 2_500,
        "(" + "李" * 10_000,
        "T" * 10_000,
        "2020-" * 2_000,
    ],
)
def test_hostile_text_is_read_within_ten_milliseconds_a_cell(text):
    started = time.perf_counter()
    for parse in (
        cells.building,
        cells.entrance,
        cells.room,
        cells.address,
        cells.area,
        cells.day,
        cells.phones,
        cells.names,
    ):
        meant(parse, text)
    cells.ID_NUMBER.sub("", text)
    assert time.perf_counter() - started < 8 * 0.01 + 0.02


# What a workbook may hold -----------------------------------------------------------------


def values(file: io.BytesIO) -> list[list[Any]]:
    return [list(row.values.values()) for sheet in read(file) for row in sheet.rows]


def test_a_workbook_gives_what_its_cells_show():
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.append(["0401", 401, 89.5, SPREADSHEET_DAY, True, "=A1", "#N/A"])
    sheet["D1"].number_format = 'yyyy"年"m"月"d"日"'
    sheet["G1"].data_type = "e"
    assert values(saved(made)) == [["0401", 401, 89.5, SPREADSHEET_DAY, True, Formula("=A1", None), Fault("#N/A")]]


def test_dates_of_the_1904_system_are_the_days_they_show():
    made = Workbook()
    made.epoch = dt.datetime(1904, 1, 1)  # noqa: DTZ001
    made.worksheets[0].append([SPREADSHEET_DAY])
    assert values(saved(made)) == [[SPREADSHEET_DAY]]


def test_shared_texts_are_read_without_the_reading_aids_above_them():
    entries = parts(book(("S", [["x"]])))
    entries["xl/sharedStrings.xml"] = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        "<si><r><t>李建</t></r><r><t>国</t></r><rPh><t>LI</t></rPh></si></sst>"
    ).encode()
    entries["xl/worksheets/sheet1.xml"] = (
        b'<worksheet xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"><sheetData><row><c t="s"><v>0</v></c><c><f>1+1</f><v>2</v></c></row></sheetData></worksheet>'
    )
    assert values(packed(entries)) == [["李建国", Formula("=1+1", 2)]]


# What is refused --------------------------------------------------------------------------


def sheet_with(xml: bytes) -> io.BytesIO:
    """A workbook whose first sheet is that XML."""
    return packed({**parts(book(("S", [["x"]]))), "xl/worksheets/sheet1.xml": xml})


def lying_size() -> io.BytesIO:
    """A bomb whose directory says it is small."""
    file = packed({**parts(book(("S", [["x"]]))), "xl/worksheets/sheet1.xml": b"<a>" + b" " * 60_000_000 + b"</a>"})
    data = bytearray(file.getvalue())
    for place in range(len(data) - 4):
        if data[place : place + 4] == struct.pack("<I", 60_000_007):
            data[place : place + 4] = struct.pack("<I", 1000)
    return io.BytesIO(bytes(data))


def encrypted() -> io.BytesIO:
    data = bytearray(book(("S", [["x"]])).getvalue())
    start = data.find(b"PK\x01\x02")
    data[start + 8] |= 1
    return io.BytesIO(bytes(data))


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><worksheet/>'
ROWS = b"<worksheet><sheetData>%s</sheetData></worksheet>"


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (lambda: packed({f"{n}.xml": b"" for n in range(201)}), "文件里的部分太多（201 个，最多 200 个），不导入。"),
        (lambda: packed({"xl/workbook.xml": b" " * 51 * 1024 * 1024}), "文件展开后超过 50 MB，不导入。"),
        (lambda: packed({"xl/workbook.xml": b" " * 20 * 1024 * 1024}), "文件展开后是原来的 100 倍以上，不导入。"),
        (lambda: packed({"../xl/workbook.xml": b""}), "文件里有指向外部的路径，不导入。"),
        (lambda: packed({"/etc/passwd": b""}), "文件里有指向外部的路径，不导入。"),
        (lambda: packed({"C:\\x": b""}), "文件里有指向外部的路径，不导入。"),
        (lambda: packed({"xl\\..\\..\\x": b""}), "文件里有指向外部的路径，不导入。"),
        (encrypted, "文件加了密码。去掉密码另存后再导入。"),
        (lying_size, "文件打不开，可能已损坏。重新另存为 .xlsx 再导入。"),
        (lambda: sheet_with(LAUGHS), "文件里有不允许的声明（DTD 或实体），不导入。"),
        (lambda: sheet_with(OUTSIDE), "文件里有不允许的声明（DTD 或实体），不导入。"),
        (lambda: sheet_with("<?xml version='1.0' encoding='utf-16'?><!DOCTYPE x><a/>".encode("utf-16")), "文件里有不允许的声明（DTD 或实体），不导入。"),
        (lambda: sheet_with(b"<a>" * 60 + b"</a>" * 60), "文件里的内容太多，不导入。"),
        (lambda: sheet_with(b"<worksheet><sheetData>"), "文件打不开，可能已损坏。重新另存为 .xlsx 再导入。"),
        (lambda: sheet_with(ROWS % (b'<row><c t="s"><v>7</v></c></row>')), "文件打不开，可能已损坏。重新另存为 .xlsx 再导入。"),
        (lambda: sheet_with(ROWS % (b"<row><c><v>1</v></c></row>" * 20_001)), "表格超过 20000 行。分成几个文件导入。"),
        (lambda: sheet_with(ROWS % b'<row><c r="GS1"><v>1</v></c></row>'), "表格超过 200 列。删去多余的列再导入。"),
        (lambda: packed({"word/document.xml": b""}), "这不是 .xlsx 表格。在表格软件里另存为 .xlsx 再导入。"),
        (lambda: io.BytesIO(book(("S", [["x"]])).getvalue()[:-40]), "文件打不开，可能已损坏。重新另存为 .xlsx 再导入。"),
        (lambda: io.BytesIO(b"\xd0\xcf\x11\xe0" + b"x" * 100), "这是旧版 .xls 或加了密码的表格。去掉密码，另存为 .xlsx 再导入。"),
        (lambda: io.BytesIO(b"%PDF-1.7"), "这是 PDF，不是表格。导入 .xlsx 或 .csv。"),
        (lambda: io.BytesIO(b"\xef\xbb\xbf <html><table>"), "这其实是网页，不是表格。在表格软件里打开，另存为 .xlsx 再导入。"),
        (lambda: io.BytesIO(b"a,b\x00c"), "这不是表格文件。导入 .xlsx 或 .csv。"),
        (lambda: io.BytesIO(b"a,b\n\xff\xff\xff"), "文字编码认不出。另存为 UTF-8 的 .csv 或 .xlsx 再导入。"),
        (lambda: io.BytesIO(b" \r\n"), "文件是空的。"),
        (lambda: text(*["1,2"] * 20_001), "表格超过 20000 行。分成几个文件导入。"),
        (lambda: text(",".join("x" * 201)), "表格超过 200 列。删去多余的列再导入。"),
        (lambda: io.BytesIO(b" " * (20 * 1024 * 1024 + 1)), "文件超过 20 MB，不导入。"),
    ],
)  # fmt: skip
def test_a_hostile_or_foreign_file_is_refused_with_one_sentence(file, sentence):
    made = file()
    started = time.perf_counter()
    with pytest.raises(Unreadable) as refusal:
        read(made)
    assert (refusal.value.sentence, time.perf_counter() - started < 5) == (sentence, True)


def test_merging_cannot_fill_the_memory():
    merges = b"".join(b'<mergeCell ref="A1:GR%d"/>' % n for n in range(3000, 3010))
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(1, 3010))
    with pytest.raises(Unreadable, match="合并的单元格太多"):
        read(
            sheet_with(b"<worksheet><sheetData>%s</sheetData><mergeCells>%s</mergeCells></worksheet>" % (rows, merges))
        )


USUAL = book(("业主台账", [["名册"], HEAD, dwelling(), dwelling(room=102, 备注="=1+1")], ["A1:L1"])).getvalue()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(USUAL) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_workbook_is_read_or_refused_and_never_breaks(changes):
    data = bytearray(USUAL)
    for place, byte in changes:
        data[place] = byte
    read_or_refused(bytes(data))


SHEET = parts(io.BytesIO(USUAL))["xl/worksheets/sheet1.xml"]


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, len(SHEET) - 1),
    st.integers(0, 60),
    st.sampled_from([b"", b"-1", b"1e999", b"nan", b"<c/>", b'"', b"99999999999", b"&#0;"]),
)
def test_a_damaged_sheet_is_read_or_refused_and_never_breaks(place, length, instead):
    read_or_refused(sheet_with(SHEET[:place] + instead + SHEET[place + length :]).getvalue())


def read_or_refused(data: bytes) -> None:
    try:
        gather(read(io.BytesIO(data)), {})
    except Unreadable as refusal:
        assert refusal.sentence.endswith("。")


# What goes out ----------------------------------------------------------------------------


def test_the_template_filled_in_comes_in(estate):
    file = io.BytesIO()
    write_template(file)
    made = load_workbook(io.BytesIO(file.getvalue()))
    sheet = made.worksheets[0]
    sheet.append([row[1] for row in made.worksheets[1].iter_rows(2, 13, values_only=True)])
    found = plan(saved(made), estate)
    assert [(work.dwelling.key.label, work.dwelling.area, len(work.dwelling.people)) for work in found.works] == [
        ("3栋2单元1201", Decimal("98.60"), 2)
    ]
    assert (found.refused, [row[2] for head in [found.sheets[0].head] if head for row in head.shown()]) == (
        [],
        [cell.value for cell in sheet[1]],
    )


def test_the_refused_rows_go_out_as_texts_that_no_spreadsheet_computes(estate):
    file = io.BytesIO()
    write_refused(plan(text("栋,单元,房号,面积", "1,1,101,=1+1"), estate, name="x"), file)
    row = load_workbook(io.BytesIO(file.getvalue())).worksheets[0][2]
    assert [(cell.value, cell.data_type) for cell in row][1:] == [
        (2, "n"),
        ("面积", "s"),
        ("=1+1", "s"),
        ("面积写成数字，例如 89.50。", "s"),
    ]


# The command ------------------------------------------------------------------------------


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "名册.xlsx"
    rows = [
        HEAD,
        dwelling(施工单位="宏达建设"),
        dwelling(room=102, 施工单位="宏达建设有限公司"),
        dwelling(room=103, 电话="138001"),
    ]
    path.write_bytes(book(("业主台账", rows)).getvalue())
    return path


def said(*arguments: Any, **options: Any) -> list[str]:
    out = io.StringIO()
    call_command("import_places", *arguments, stdout=out, **options)
    return out.getvalue().splitlines()


def test_the_command_shows_every_row_and_writes_nothing(estate, roster):
    lines = said(roster, "--community", "md")
    assert lines[0] == "工作表“业主台账”：表头在第 1 行"
    assert lines[1:13] == [
        f"  {place} {head} → {'业主电话' if head == '电话' else {'栋': '楼栋'}.get(head, head)}"
        for place, head in zip("ABCDEFGHIJKL", HEAD, strict=True)
    ]
    assert lines[13:] == [
        "第 2 行 新增 1栋1单元0101",
        "第 3 行 新增 1栋1单元0102",
        "第 4 行 拒绝 1栋1单元0103：电话“138001”，联系电话少 5 位，应为 11 位手机号或带区号的固话",
        "新增 2、更新 0、不变 0、并入 0、拒绝 1、略过 0",
        "“宏达建设”和“宏达建设有限公司”是不是同一家？是：--same-builder 宏达建设=宏达建设有限公司；不是：--new-builder 宏达建设",
        "只核对，没有写入。加 --apply 写入。",
    ]
    assert not Unit.objects.filter(entrance__building__community=estate).exists()


def test_the_command_writes_all_or_nothing(estate, roster):
    with pytest.raises(CommandError, match=r"^有施工单位可能是同一家，先回答再导入。什么都没有写入。$"):
        said(roster, "--community", "MD", "--apply")
    one_firm = ["--community", "MD", "--apply", "--same-builder", "宏达建设=宏达建设有限公司"]
    with pytest.raises(CommandError, match=r"^有 1 行不能导入。改正后再导入，或注明略过。什么都没有写入。$"):
        said(roster, *one_firm)
    assert not Unit.objects.filter(entrance__building__community=estate).exists()
    assert said(roster, *one_firm, "--skip-bad", verbosity=0)[-1] == "已写入：新增 2 户，更新 0 户。"
    assert (
        said(roster, "--community", "MD", "--apply", "--skip-bad", verbosity=0)[-1] == "已写入：新增 0 户，更新 0 户。"
    )
    assert Unit.objects.filter(entrance__building__community=estate, builder__name="宏达建设有限公司").count() == 2


def test_a_new_community_is_made_with_its_roster_and_not_by_a_dry_run(db, roster):
    new = ["--community", "gx", "--name", "桂香园"]
    said(roster, *new)
    assert not Community.objects.filter(code="GX").exists()
    said(roster, *new, "--apply", "--skip-bad", "--new-builder", "宏达建设")
    assert Unit.objects.filter(entrance__building__community__code="GX").count() == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "写明名册文件和 --community 小区代码。"),
        (["x.xlsx", "--community", "MD"], "文件 x.xlsx 打不开。"),
        (["{roster}", "--community", "XX"], "没有小区 XX（已有：HT、MD）。新建加 --name 小区名称。"),
        (["{roster}", "--community", "小区", "--name", "小区"], "小区代码用 1 到 6 个字母或数字。"),
        (["{roster}", "--community", "MD", "--map", "门牌"], "写成 A=B。"),
        (
            ["{roster}", "--community", "MD", "--apply", "--skip-bad", "--new-builder", "宏达建设", "--by", "nobody"],
            "没有用户 nobody。",
        ),
    ],
)
def test_a_command_that_cannot_work_says_why_in_one_sentence(estate, roster, arguments, sentence):
    with pytest.raises(CommandError) as refusal:
        said(*(str(roster) if one == "{roster}" else one for one in arguments))
    assert str(refusal.value) == sentence
    assert not Unit.objects.filter(entrance__building__community=estate).exists()


def test_the_command_writes_the_template_and_the_rows_to_mend(estate, roster, tmp_path):
    said("--template", tmp_path / "空白.xlsx")
    said(roster, "--community", "MD", "--refused", tmp_path / "改正.xlsx")
    heads = [cell.value for cell in load_workbook(tmp_path / "空白.xlsx").worksheets[0][1]]
    assert heads == [
        "楼栋",
        "单元",
        "房号",
        "建筑面积",
        "业主",
        "业主电话",
        "租户",
        "租户电话",
        "交付日期",
        "竣工日期",
        "施工单位",
        "备注",
    ]
    mend = load_workbook(tmp_path / "改正.xlsx").worksheets[0]
    assert [cell.value for cell in mend[2]] == [
        "业主台账",
        4,
        "电话",
        "138001",
        "联系电话少 5 位，应为 11 位手机号或带区号的固话。",
    ]
