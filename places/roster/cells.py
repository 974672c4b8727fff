"""What one cell means: codes, areas, days, telephones, names. Each refuses with the reason, as a person at the desk would say it."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.text import cleaned, telephone
from places.roster.days import read_day
from places.roster.sheets import Fault, Formula, Value

NOTHING = {
    "",
    "-",
    "--",
    "/",
    "\\",
    "—",
    "——",
    "无",
    "無",
    "空",
    "暂无",
    "没有",
    "不详",
    "不詳",
    "未知",
    "待定",
    "待补",
    "未登记",
    "未留",
    "n/a",
    "none",
    "null",
    "?",
    "？",
}
NOBODY = NOTHING | {"空置", "空房", "未售", "待售", "未交付", "开发商", "無人", "无人"}
ID_NUMBER = re.compile(r"(?:身份证号?码?[:：]?\s*)?(?<!\d)\d{17}[\dXx](?!\d)")
CHINESE_FIGURES = {figure: number for number, figure in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
LONGEST_TEXT = 1000
LARGEST_AREA = Decimal("99999.99")


class Bad(Exception):
    """A cell that cannot be taken; its text is the reason."""


def shown(value: Value) -> str:
    """A raw value as the office sees it in its sheet."""
    if isinstance(value, Formula):
        return value.text or shown(value.value)
    if isinstance(value, Fault):
        return value.text
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def text(value: Value) -> str:
    """The value of a cell as one line of plain text; a formula counts with its last value. Bad for faults and control characters."""
    if isinstance(value, Formula):
        if value.value is None:
            raise Bad(_("是公式，没有算出的值。改成值再导入。"))
        value = value.value
    if isinstance(value, Fault):
        raise Bad(_("单元格报错。改正后再导入。"))
    if len(shown(value)) > LONGEST_TEXT:
        raise Bad(_("字数太多。缩短再导入。"))
    try:
        return " ".join(cleaned(unwrapped(shown(value)), lines=True).split())
    except ValidationError as wrong:
        raise Bad(wrong.messages[0]) from wrong


def listed(value: Value) -> Value:
    """A cell with several lines as one with marks between."""
    core = value.value if isinstance(value, Formula) else value
    return re.sub(r"[\r\n]+", "、", core.strip()) if isinstance(core, str) else value


def unwrapped(value: str) -> str:
    """Without what spreadsheets put around a number to keep it a text: ="0101" and '0101."""
    value = value.replace("\t", " ")
    quoted = re.fullmatch(r'="(.*)"', value)
    return quoted[1] if quoted else value.removeprefix("'")


def plain(value: Value) -> str:
    """Half-width and in capitals, for codes and numbers."""
    return unicodedata.normalize("NFKC", text(value)).upper().strip()


def is_nothing(value: Value) -> bool:
    return unicodedata.normalize("NFKC", shown(value)).lower() in NOTHING


def remark(value: Value) -> str:
    """A remark of at most 100 characters; a formula is kept as its text and never computed."""
    said = text(value.text) if isinstance(value, Formula) and value.text else text(value)
    if len(said) > 100:
        raise Bad(_("超过 100 字。缩短再导入。"))
    return said


def building(value: Value) -> str:
    """3栋, 03幢, 3#, 三号楼 → 3; A座 → A."""
    said = re.sub(r"(号楼|号栋|栋|棟|幢|座|楼|樓|#|号|號)+$", "", code_text(value)).removeprefix("第")
    return checked_code(said)


def entrance(value: Value) -> str:
    """2单元, 二单元, 02 → 2; empty for a building without."""
    if is_nothing(value):
        return ""
    return checked_code(re.sub(r"(单元|單元|门|梯|号)+$", "", code_text(value)).removeprefix("第"))


def room(value: Value) -> str:
    """401, 0401, 401室 → 0401; 5 → 05; 1201A stays. Numbers have four figures, so that both spellings are one dwelling."""
    said = re.sub(r"(室|房|号|號|户|戶)+$", "", code_text(value))
    if not re.search(r"\d", said) or not re.fullmatch(r"\w{1,8}", said):
        raise Bad(_("不是房号。写成 0401 这样的号码。"))
    if said.isdecimal():
        return said.zfill(2) if len(said) < 3 else said.zfill(4)
    return said


def code_text(value: Value) -> str:
    """A code without blanks. Bad for what the spreadsheet turned into a date."""
    core = value.value if isinstance(value, Formula) else value
    if isinstance(core, dt.datetime):
        raise Bad(_("被表格改成了日期。把格式改成文本，重新填写。"))
    return re.sub(r"\s", "", re.sub(r"^(-?\d+)\.0+$", r"\1", plain(value)))


def checked_code(said: str) -> str:
    """A code of at most 8 characters: figures without leading zeros, Chinese figures as figures."""
    if said and all(character in CHINESE_FIGURES or character == "十" for character in said):
        said = str(chinese_number(said))
    if said.isdecimal():
        said = said.lstrip("0") or "0"
    if not re.fullmatch(r"\w{1,8}", said):
        raise Bad(_("看不懂。写成 3 或 3栋 这样。") if said else _("空着。"))
    return said


def chinese_number(said: str) -> int:
    """十二 → 12, 二十 → 20, 二〇 → 20."""
    if "十" in said:
        tens, _ten, ones = said.partition("十")
        return (CHINESE_FIGURES.get(tens, 1) if tens else 1) * 10 + (CHINESE_FIGURES.get(ones, 0) if ones else 0)
    return int("".join(str(CHINESE_FIGURES[figure]) for figure in said))


def address(value: Value) -> list[str]:
    """The parts of an address in one cell, building first: 3-2-1201 and 3栋2单元1201室 → [3, 2, 1201]; a plain room is one part."""
    said = code_text(value)
    parts = [part for part in re.split(r"号楼|栋|棟|幢|座|#|单元|單元|(?<=\d)[门梯](?=\d)|[-—–_/.、,]+", said) if part]
    return ["" if part == "楼" else part for part in parts] if len(parts) > 1 else [said]


def area(value: Value) -> Decimal | None:
    """㎡ with two decimals. Bad for words."""
    if is_nothing(value):
        return None
    said = re.sub(r"\s*(M2|平方米|平米|平方|平)$", "", plain(value)).replace(",", "")
    if not re.fullmatch(r"\d{1,9}(\.\d{1,12})?", said):
        raise Bad(_("面积写成数字，例如 89.50。"))
    size = Decimal(said).quantize(Decimal("0.01"), ROUND_HALF_UP)
    if not 0 < size <= LARGEST_AREA:
        raise Bad(_("面积不在 0 到 %(most)s ㎡ 之间。") % {"most": LARGEST_AREA})
    return size


def day(value: Value) -> dt.date | None:
    """A day in any spelling of days.py; None where the office does not know it or it has not come (未交付)."""
    if is_nothing(value) or re.match("[未没]", shown(value)):
        return None
    core = value.value if isinstance(value, Formula) else value
    try:
        return read_day(core if isinstance(core, dt.datetime) else plain(value))
    except ValidationError as wrong:
        raise Bad(wrong.messages[0]) from wrong


def phones(value: Value) -> list[str]:
    """The telephone numbers of a cell as digits; several may stand in one."""
    if is_nothing(value):
        return []
    said = re.sub(r"\.0+$", "", plain(listed(value)))
    if re.fullmatch(r"\d(\.\d+)?E\+?\d+", said):
        raise Bad(_("号码被表格改成了科学计数，位数已丢。把格式改成文本，重新填写。"))
    found = []
    for part in re.split(
        r"[/、,;|]+|\s{2,}|(?<=\d{11})\s+(?=1\d{10})|或|和",
        re.sub(r"\(([^()]{0,30})\)", lambda note: note[0] if note[1].isdecimal() else "", said),
    ):
        if part.strip() and part.strip().lower() not in NOTHING:
            try:
                found.append(telephone(re.sub(r"[^\d+\s-]", "", part) if not part.strip().isdigit() else part))
            except ValidationError as wrong:
                raise Bad(wrong.messages[0]) from wrong
    return list(dict.fromkeys(found))


def names(value: Value) -> list[tuple[str, str]]:
    """(name, title) of everybody in a cell: 李建国、王丽 are two; 王女士 is 王 with her title."""
    found = []
    for name in (
        part for several in re.split(r"[、,，;；/|\\]+|\s+和\s+", text(listed(value))) for part in people(several)
    ):
        if name.lower() in NOBODY:
            continue
        if re.search(r"\d{6}", name):
            raise Bad(_("姓名里有号码。姓名和电话分两列。"))
        titled = re.fullmatch(r"(.+?)(先生|女士|小姐)", name)
        found.append((titled[1], "mr" if titled[2] == "先生" else "ms") if titled else (name, ""))
    if any(len(name) > 20 for name, _title in found):
        raise Bad(_("姓名超过 20 字。缩短再导入。"))
    return found


def people(said: str) -> list[str]:
    """李建国 王丽 are two names, 李 明 is one spaced out, John Smith is one."""
    parts = said.split()
    chinese = all("\u4e00" <= character <= "\u9fff" for part in parts for character in part)
    if chinese and len(parts) > 1 and all(len(part) > 1 for part in parts):
        return parts
    return ["".join(parts) if chinese else " ".join(parts)]


def company(value: Value) -> str:
    """The name of a firm; empty where unknown."""
    said = "" if is_nothing(value) else text(value)
    if len(said) > 40:
        raise Bad(_("单位名称超过 40 字。缩短再导入。"))
    return said.replace("(", "（").replace(")", "）")
