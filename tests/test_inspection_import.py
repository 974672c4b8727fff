"""A spreadsheet of defects, of one dwelling or of a whole weekend: dry run first, then drafts, all or nothing (SOP 5.3.3, screens 5.11)."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core import clock
from tests.cast import STROKES, Cast
from tests.rosters import book, text
from tests.sheets import drafted, on_sheet
from tests.test_inspection_pages import plain
from tickets import inspections
from tickets.inspections.importing import hold
from tickets.inspections.reading import read_rows, read_text
from tickets.models import DefectFile, Inspection, Ticket

PAGE = "/inspections/import/"
HEAD = ["楼栋", "单元", "房号", "部位", "部件", "问题描述", "紧急程度"]
pytestmark = pytest.mark.sop("5.3.3")
ROWS = [
    ["3栋", "2", "1201", "客厅", "墙面涂料", "北墙有裂纹", "一般"],
    ["3栋", "2", "1201", "主卧", "插座", "床头插座无电", "急需"],
    ["1", "1", "702", "厨房", "橱柜", "柜门合页松", ""],
]


def upload(client: Client, cast: Cast, file: io.BytesIO, name: str = "defects.xlsx") -> Any:
    sent = SimpleUploadedFile(name, file.getvalue())
    return client.post(PAGE, {"community": cast.community.pk, "file": sent})


def confirm(client: Client, answer: Any) -> Any:
    return client.post(PAGE, {"held": re.search(r'name="held" value="(\d+)"', answer.content.decode())[1]})  # type: ignore[index]


def test_a_file_of_several_dwellings_is_shown_first_and_brought_in_as_drafts(cast: Cast, sign_in):
    client = sign_in("zhou")
    answer = upload(client, cast, book(("验房", [HEAD, *ROWS])))
    said = plain(answer)
    assert (answer.status_code, "2 户，3 项可导入，0 行不能导入" in said, Inspection.objects.count()) == (200, True, 0)
    assert "验房：已按“部位、部件、问题、紧急程度”读入 3 行" in said
    done = confirm(client, answer)
    assert (done.status_code, done.headers["Location"]) == (302, "/inspections/?state=draft")
    found = {
        one.where: [(line.room, line.component_id, line.fault, line.urgency) for line in on_sheet(one)]
        for one in Inspection.objects.all()
    }
    assert found == {
        "3栋2单元1201": [("客厅", "paint", "北墙有裂纹", "routine"), ("主卧", "socket", "床头插座无电", "prompt")],
        "1栋1单元0702": [("厨房", "wood_floor", "柜门合页松", "routine")],
    }
    assert (Ticket.objects.count(), DefectFile.objects.count()) == (0, 0)


def test_a_row_that_cannot_be_taken_is_named_and_nothing_is_brought_in(cast: Cast, sign_in):
    client = sign_in("shen")
    rows = [*ROWS, ["9", "1", "0101", "客厅", "入户门", "划伤", ""], ["", "", "", "客厅", "入户门", "x" * 181, ""]]
    answer = upload(client, cast, book(("验房", [HEAD, *rows])))
    said = plain(answer)
    assert "2 户，3 项可导入，2 行不能导入" in said
    assert ("5 房号 没有 9栋1单元0101 这一户" in said, "6 房号 没有 9栋1单元0101 这一户" in said) == (True, True)
    assert "写入草稿" not in said
    refused = client.post(PAGE, {"held": DefectFile.objects.get().pk})
    assert (refused.status_code, "有 2 行不能导入。改正后再导入" in plain(refused)) == (409, True)
    assert (Inspection.objects.count(), DefectFile.objects.count()) == (0, 1)


def test_what_is_to_be_mended_before_registration_is_said_and_comes_along(cast: Cast, sign_in):
    client = sign_in("zhou")
    rows = [["3", "2", "1201", "", "飞碟", "门框划伤", ""], ["3", "2", "1201", "厨房", "橱柜", "松", ""]]
    answer = upload(client, cast, book(("", [HEAD, *rows])))
    assert "缺部位，没有部件“飞碟”，换个说法或从列表选" in plain(answer)
    assert "问题要写" in plain(answer)
    confirm(client, answer)
    assert [(line.room, line.component_text, line.component_id) for line in on_sheet(Inspection.objects.get())] == [
        ("", "飞碟", None),
        ("厨房", "", "wood_floor"),
    ]


def test_a_dwelling_written_once_holds_for_the_rows_below_it(cast: Cast, sign_in):
    client = sign_in("zhou")
    rows = [
        ["3", "2", "1201", "客厅", "入户门", "门框划伤", ""],
        [None, None, None, "主卧", "插座", "没有电", ""],
        ["1", "1", "0702", "厨房", "橱柜", "松动", ""],
    ]
    confirm(client, upload(client, cast, book(("", [HEAD, *rows]))))
    assert {one.where: len(on_sheet(one)) for one in Inspection.objects.all()} == {"3栋2单元1201": 2, "1栋1单元0702": 1}


def test_a_text_file_in_the_office_s_own_encoding_is_read_too(cast: Cast, sign_in):
    client = sign_in("zhou")
    lines = ["房号,部位,部件,问题", "3-2-1201,客厅,墙面涂料,北墙有裂纹", "3栋2单元1201,主卧,插座,没有电"]
    confirm(client, upload(client, cast, text(*lines, encoding="gb18030"), "a.csv"))
    assert [line.component_id for line in on_sheet(Inspection.objects.get())] == ["paint", "socket"]


def test_lines_go_behind_those_of_a_draft_and_no_sheet_grows_beyond_sixty(cast: Cast, sign_in):
    drafted(cast, 58)
    client = sign_in("zhou")
    rows = [["3", "2", "1201", "客厅", "入户门", f"划伤 {n} 处", ""] for n in range(3)]
    answer = upload(client, cast, book(("", [HEAD, *rows])))
    assert ("这一户超过 60 项" in plain(answer), "1 行不能导入" in plain(answer)) == (True, True)
    confirm(client, upload(client, cast, book(("", [HEAD, *rows[:2]]))))
    lines = on_sheet(Inspection.objects.get())
    assert (len(lines), [line.fault for line in lines[-2:]]) == (60, ["划伤 0 处", "划伤 1 处"])


def bomb() -> io.BytesIO:
    """An archive of a megabyte that unpacks to a gigabyte."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (60 * 1024 * 1024))
    return file


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (bomb, "文件展开后超过 50 MB，不导入"),
        (lambda: io.BytesIO(b"%PDF-1.7"), "这是 PDF，不是表格"),
        (lambda: io.BytesIO(b"<html></html>"), "这其实是网页，不是表格"),
        (lambda: io.BytesIO(b"PK\x03\x04broken"), "文件打不开，可能已损坏"),
        (lambda: io.BytesIO(b"\x00\x01\x02" * 9), "这不是表格文件"),
    ],
)
def test_a_hostile_or_foreign_file_is_refused_with_one_sentence(cast: Cast, sign_in, file: Any, sentence: str):
    answer = upload(sign_in("zhou"), cast, file())
    assert (answer.status_code, sentence in plain(answer), DefectFile.objects.count()) == (422, True, 0)


def test_without_a_file_the_field_is_named(cast: Cast, sign_in):
    answer = sign_in("zhou").post(PAGE, {"community": cast.community.pk})
    assert (answer.status_code, "填写表格文件" in plain(answer)) == (422, True)


def test_a_file_of_another_person_is_absent_and_old_ones_go(cast: Cast, sign_in):
    old = hold(
        book(("", [HEAD, *ROWS])), cast.community, by=cast.wang, name="a.xlsx", at=clock.now() - dt.timedelta(hours=25)
    )
    mine = hold(book(("", [HEAD, *ROWS])), cast.community, by=cast.zhou, name="b.xlsx")
    assert list(DefectFile.objects.values_list("pk", flat=True)) == [mine.pk]
    assert old.file.storage.exists(str(old.file)) is False
    assert sign_in("wang").post(PAGE, {"held": mine.pk}).status_code == 404
    assert sign_in("wang").post(PAGE, {"held": "x" * 30}).status_code == 404


def test_the_community_of_others_is_not_on_offer(cast: Cast, sign_in):
    from places.models import Community

    other = Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")
    sent = SimpleUploadedFile("a.xlsx", book(("", [HEAD, *ROWS])).getvalue())
    answer = sign_in("zhou").post(PAGE, {"community": other.pk, "file": sent})
    assert (answer.status_code, "小区没有这一项" in plain(answer)) == (422, True)


def test_drafts_that_were_brought_in_are_registered_like_any_other(cast: Cast, sign_in):
    client = sign_in("zhou")
    confirm(client, upload(client, cast, book(("", [HEAD, *ROWS]))))
    for inspection in Inspection.objects.all():
        inspections.register(inspection, by=cast.zhou, on_paper=inspection.unit == cast.unit_1201, strokes=STROKES)
    assert Ticket.objects.count() == 3


# How columns are understood -------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("部位\t部件\t问题\n客厅\t入户门\t划伤", [("客厅", "入户门", "划伤")]),
        ("问题描述\t检查部位\t项目\n划伤\t客厅\t入户门", [("客厅", "入户门", "划伤")]),
        ("房间\t问题\n客厅\t入户门划伤", [("客厅", "", "入户门划伤")]),
        ("1\t客厅\t入户门\t门框划伤 2 处\n2\t主卧\t插座\t床头插座没有电", [("客厅", "入户门", "门框划伤 2 处"), ("主卧", "插座", "床头插座没有电")]),
        ("门框划伤，漆面脱落\n床头插座没有电", [("", "", "门框划伤，漆面脱落"), ("", "", "床头插座没有电")]),
        ('客厅\t入户门\t"划伤\n两处"', [("客厅", "入户门", "划伤 两处")]),
        ("部位\t部件\t问题\t问题\n客厅\t入户门\t划伤\t漆面脱落", [("客厅", "入户门", "划伤 漆面脱落")]),
    ],
)  # fmt: skip
def test_pasted_rows_are_understood(cast: Cast, rows: str, said: list[tuple[str, str, str]]):
    lines, _note = read_text(rows)
    assert [(line.room, line.part, line.fault) for line in lines] == said


def test_a_column_named_room_is_a_dwelling_where_numbers_stand_below_it(cast: Cast):
    from places.roster.columns import Column
    from places.roster.sheets import Row

    head = Row(1, {0: "房间", 1: "部位", 2: "问题"})
    lines, _note = read_rows([head, Row(2, {0: "3-2-1201", 1: "客厅", 2: "门框划伤"})])
    assert [(line.dwelling, line.room) for line in lines] == [({Column.ROOM: "3-2-1201"}, "客厅")]
