"""The workbook to fill in, and the list of rows to mend: what goes out to the office as .xlsx."""

from __future__ import annotations

from typing import BinaryIO

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from places.roster.columns import Column
from places.roster.planning import Plan
from places.roster.sheets import MOST_ROWS

C = Column
HEADS = {
    C.BUILDING: ("3", 8),
    C.ENTRANCE: ("2", 8),
    C.ROOM: ("1201", 10),
    C.AREA: ("98.60", 12),
    C.OWNER: ("李建国", 14),
    C.OWNER_PHONE: ("13800001201", 16),
    C.TENANT: ("王丽", 14),
    C.TENANT_PHONE: ("13900001201", 16),
    C.HANDED_OVER: ("2025-06-18", 14),
    C.COMPLETED: ("2025-03-20", 14),
    C.BUILDER: ("宏达建设有限公司", 24),
    C.REMARK: ("家有老人", 24),
}


def write_template(file: BinaryIO) -> None:
    """An empty roster with our head words and a sheet that explains them; every cell is text, so that 0401 stays 0401."""
    book = Workbook()
    sheet = first_sheet(
        book, _("住户名册"), [str(column.label) for column in HEADS], [width for _example, width in HEADS.values()]
    )
    for number in range(1, len(HEADS) + 1):
        sheet.column_dimensions[get_column_letter(number)].number_format = "@"
    rules = book.create_sheet(_("说明"))
    for row in explained():
        rules.append(row)
    for name, width in zip("ABC", (14, 22, 60), strict=True):
        rules.column_dimensions[name].width = width
    book.save(file)


def explained() -> list[list[str]]:
    """What each column takes, with an example."""
    said = {
        C.BUILDING: _("必填。3、3栋、三号楼都可以。"),
        C.ENTRANCE: _("没有单元的楼栋可以空着。"),
        C.ROOM: _("必填。401 和 0401 是同一户。"),
        C.AREA: _("平方米，写成数字。"),
        C.OWNER: _("几个人用顿号分开。"),
        C.OWNER_PHONE: _("手机或带区号的固话；几个号码用顿号分开。"),
        C.HANDED_OVER: _("不知道就空着，质保会写待定。"),
        C.COMPLETED: _("同一栋只有一个日期。"),
        C.BUILDER: _("写全称，同一家前后一致。"),
        C.REMARK: _("最多 100 字。身份证号不要写，写了也不带入。"),
    }
    rows = [[str(column.label), example, said.get(column, "")] for column, (example, _width) in HEADS.items()]
    return [
        [_("列"), _("例"), _("说明")],
        *rows,
        ["", "", _("一户一行，最多 %(most)s 行。空着的格子不改动已有资料。") % {"most": MOST_ROWS}],
    ]


def write_refused(plan: Plan, file: BinaryIO) -> None:
    """The refused rows, one line a reason: sheet, row, column, value, reason; texts stay texts even when they begin with =."""
    book = Workbook()
    heads = [_("工作表"), _("行"), _("列"), _("值"), _("原因")]
    sheet = first_sheet(book, _("不能导入的行"), heads, [18, 8, 14, 28, 60])
    for line in plan.refused:
        for problem in line.problems:
            sheet.append(
                [plain(value) for value in (line.sheet, line.number, problem.column, problem.value, problem.reason)]
            )
            for cell in sheet[sheet.max_row]:
                # A value of the office's sheet may begin with =, which the library would take for a formula.
                cell.data_type = "n" if cell.column == 2 else "s"
    book.save(file)


def plain(value: str | int) -> str | int:
    """A text without the control characters that no .xlsx may hold."""
    return "".join(character for character in value if character.isprintable()) if isinstance(value, str) else value


def first_sheet(book: Workbook, title: str, heads: list[str], widths: list[int]) -> Worksheet:
    """The first sheet with its head row, bold and frozen."""
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    sheet.append(heads)
    for number, width in enumerate(widths, 1):
        head = sheet.cell(1, number)
        head.font, head.fill = Font(bold=True), PatternFill("solid", fgColor="EEF1F6")
        head.alignment = Alignment(horizontal="center")
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    return sheet
