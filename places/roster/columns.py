"""Which column holds what: head words as offices write them, in one row or two, below any title."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from places.roster.sheets import Row, Sheet, Unreadable, Value, letter

HEAD_WITHIN = 40


class Column(models.TextChoices):
    """What a column of a roster may hold; the label is its head in our own template."""

    BUILDING = "building", gettext_lazy("楼栋")
    ENTRANCE = "entrance", gettext_lazy("单元")
    FLOOR = "floor", gettext_lazy("楼层")
    ROOM = "room", gettext_lazy("房号")
    AREA = "area", gettext_lazy("建筑面积")
    OWNER = "owner", gettext_lazy("业主")
    OWNER_PHONE = "owner_phone", gettext_lazy("业主电话")
    SEX = "sex", gettext_lazy("性别")
    RELATION = "relation", gettext_lazy("身份")
    HANDED_OVER = "handed_over", gettext_lazy("交付日期")
    COMPLETED = "completed", gettext_lazy("竣工日期")
    BUILDER = "builder", gettext_lazy("施工单位")
    TENANT = "tenant", gettext_lazy("租户")
    TENANT_PHONE = "tenant_phone", gettext_lazy("租户电话")
    FAMILY = "family", gettext_lazy("家属")
    FAMILY_PHONE = "family_phone", gettext_lazy("家属电话")
    REMARK = "remark", gettext_lazy("备注")
    ID_NUMBER = "id_number", gettext_lazy("身份证号")
    IGNORED = "ignored", gettext_lazy("忽略")


C = Column
PHONE_OF = {C.OWNER: C.OWNER_PHONE, C.TENANT: C.TENANT_PHONE, C.FAMILY: C.FAMILY_PHONE}
SEVERAL = {C.OWNER_PHONE, C.TENANT_PHONE, C.FAMILY_PHONE, C.FAMILY, C.REMARK, C.IGNORED, C.ID_NUMBER}
WORDS = {
    C.BUILDING: "栋 楼栋 栋号 楼栋号 楼号 幢 幢号 楼幢 楼幢号 座 座号 栋座 楼座 楼宇 楼 号楼 栋数 所属楼栋 楼栋名称 楼宇名称 楼栋编号 building",
    C.ENTRANCE: "单元 单元号 单元名称 梯 梯号 门 门栋 楼门 entrance",
    C.FLOOR: "楼层 层 层数 所在楼层 floor",
    C.ROOM: "房号 号 室号 室 房间号 房间 户号 户室 户室号 门牌 门牌号 房屋 房屋号 房屋编号 房屋坐落 坐落 房产 房源 地址 住址 房屋地址 单元房号 楼栋房号 room",
    C.AREA: "面积 建筑面积 建面 房屋面积 产权面积 计费面积 收费面积 房产面积 area",
    C.OWNER: "业主 业主姓名 业主名称 业主名 业主方 产权人 产权人姓名 权利人 户主 户主姓名 房主 房主姓名 姓名 客户 客户姓名 客户名称 住户 住户姓名 购房人 买受人 联系人 owner name",
    C.SEX: "性别 业主性别 sex",
    C.RELATION: "身份 关系 与业主关系 与户主关系 住户类型 住户类别 人员类型 人员类别 客户类型 住户身份",
    C.HANDED_OVER: "交付 交付日 交付日期 交付时间 交房 交房日 交房日期 交房时间 入伙 入伙日期 入伙时间 收房 收房日期 收房时间 接房日期 接房时间 "
    "交楼日期 交楼时间 收楼日期 收楼时间 领房日期 入住日期 入住时间",
    C.COMPLETED: "竣工 竣工日 竣工日期 竣工时间 竣工验收 竣工验收日期 竣工验收时间 竣工验收合格日 竣备日期 竣工备案日期 验收日期",
    C.BUILDER: "施工单位 施工方 施工商 总包 总包单位 总承包 施工总承包 承建单位 承建商 承建方 原施工单位 建筑商 承包单位 builder",
    C.TENANT: "租户 租户姓名 租客 租客姓名 承租人 承租人姓名 承租方 租赁人 租住人 租户名称 tenant",
    C.FAMILY: "家属 家属姓名 家庭成员 紧急联系人 紧急联系人姓名 配偶 同住人",
    C.REMARK: "备注 说明 备考 附注 注 注释 备注说明 其他 其它 remark",
    C.ID_NUMBER: "身份证 身份证号 身份证号码 证件号 证件号码 业主身份证号 业主身份证",
    C.IGNORED: "序号 编号 行号 户型 no",
}
COLUMN_OF = {word: column for column, words in WORDS.items() for word in words.split()}
TRADITIONAL = str.maketrans(
    "棟單號樓積業電話機戶層驗設間時備註證產權稱聯係繫類別門開發總築屬關絡",
    "栋单号楼积业电话机户层验设间时备注证产权称联系系类别门开发总筑属关络",
)


@dataclass
class Head:
    """The head of a sheet: its last row and, by column number, what the column holds and what it is called."""

    row: int
    columns: dict[int, Column] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    labels: list[dict[int, str]] = field(default_factory=list)

    def has(self, column: Column) -> bool:
        return column in self.columns.values()

    def values(self, row: Row, column: Column) -> list[Value]:
        """What a row has in the columns of that kind, empty cells left out."""
        return [row.values[place] for place, kind in self.columns.items() if kind == column and place in row.values]

    def name(self, column: Column) -> str:
        """How the file calls that column; ours where it has none."""
        return next((self.names[place] for place, kind in self.columns.items() if kind == column), str(column.label))

    def shown(self) -> Iterator[tuple[str, str, str]]:
        """(C, 房号, 房号) for every named column: letter, its head, what we take it for; empty when it is left aside."""
        for place, name in sorted(self.names.items()):
            kind = self.columns.get(place, C.IGNORED)
            yield letter(place), name, "" if kind == C.IGNORED else str(kind.label)

    def repeats(self, row: Row) -> bool:
        """Is this row the head once more, as on every printed page?"""
        label = {place: plain(value) for place, value in row.values.items()}
        return any(label and all(label.get(place) == word for place, word in known.items()) for known in self.labels)


def plain(value: Value) -> str:
    """A head word without blanks, marks, brackets and what stands in them: 面积(㎡) → 面积; traditional as simplified."""
    text = unicodedata.normalize("NFKC", str(value)).lower().translate(TRADITIONAL)
    return re.sub(r"\([^()]*\)|\[[^\[\]]*\]|[\s*:/\\、,.;“”\"'_-]|[()\[\]]", "", text)


def meaning(label: str, person: Column = C.OWNER) -> Column | None:
    """What a head word means; a telephone without a name is that of the person named before it."""
    if label in COLUMN_OF:
        return COLUMN_OF[label]
    bare = re.sub("信息|资料|情况|登记|基本|本人|[1-9一二三]$", "", label)
    if bare in COLUMN_OF:
        return COLUMN_OF[bare]
    if re.search("电话|手机|联系方式|联系号码|tel|phone|mobile", label):
        words = {C.TENANT: "租", C.FAMILY: "家属|紧急|配偶|同住", C.OWNER: "业主|产权|房主|户主|买受|购房"}
        return PHONE_OF[next((who for who, word in words.items() if re.search(word, label)), person)]
    if (
        re.search("交付|交房|入伙|收房|接房|交楼|收楼", label)
        and re.search("[日时]", label)
        and not re.search("合同|约定|计划|预计", label)
    ):
        return C.HANDED_OVER
    if re.search("竣工|竣备", label):
        return C.COMPLETED
    return C.AREA if "面积" in label and not re.search("套内|公摊|使用|分摊|花园|车位|地下|阁楼", label) else None


def find_head(sheet: Sheet, asked: dict[str, Column]) -> Head | None:
    """The head within the first rows: the row, or pair of rows, that names most columns and a room; None without one.

    asked: by head word or letter, what the person said a column holds; it goes before every guess.
    """
    best: Head | None = None
    rows = sheet.rows[:HEAD_WITHIN]
    for row, below in zip_longest(rows, rows[1:]):
        for head in candidates(row, below, asked):
            if head.has(C.ROOM) and len(head.columns) > len(best.columns if best else ()):
                best = head
    return best if best and len(set(best.columns.values()) - {C.IGNORED}) > 1 else None


def candidates(row: Row, below: Row | None, asked: dict[str, Column]) -> Iterator[Head]:
    """This row as a head, and this row with the next as one of two lines."""
    upper = {place: str(value) for place, value in row.values.items()}
    if len(upper) < 2:
        return
    own = {place: plain(text) for place, text in upper.items()}
    yield mapped(row.number, own, upper, asked, [own])
    if below and below.values:
        lower = {place: str(value) for place, value in below.values.items()}
        group, joined, names = "", {}, {}
        for place in range(max([*upper, *lower]) + 1):
            group = own.get(place, group)
            under = plain(lower.get(place, ""))
            joined[place] = under if under == group else group + under if under else own.get(place, "")
            names[place] = lower.get(place) or upper.get(place, "")
        under_labels = {place: plain(text) for place, text in lower.items()}
        yield mapped(below.number, joined, names, asked, [own, under_labels])


def mapped(
    number: int, labels: dict[int, str], names: dict[int, str], asked: dict[str, Column], known: list[dict[int, str]]
) -> Head:
    """A head from labels; of two columns of one kind the first is taken, unless a person may have several (telephones)."""
    head = Head(number, labels=known)
    person = C.OWNER
    for place, label in sorted(labels.items()):
        name = " ".join(names.get(place, "").split())
        if not label or not name:
            continue
        head.names[place] = name
        kind = asked.get(label) or asked.get(plain(name)) or asked.get(letter(place).lower())
        kind = kind or meaning(label, person) or meaning(known[-1].get(place, ""), person)
        if kind is None or (kind not in SEVERAL and head.has(kind)):
            continue
        head.columns[place] = kind
        person = kind if kind in PHONE_OF else person
    return head


def asked_columns(pairs: Iterable[tuple[str, str]]) -> dict[str, Column]:
    """--map 列=字段 as {head word or letter: column}; Unreadable for a field that does not exist."""
    fields = {plain(str(column.label)): column for column in Column} | {column.value: column for column in Column}
    found = {}
    for name, wanted in pairs:
        column = fields.get(plain(wanted)) or fields.get(wanted.strip().lower()) or meaning(plain(wanted))
        if column is None:
            known = "、".join(str(one.label) for one in Column)
            raise Unreadable(_("没有“%(wanted)s”这个字段。可用：%(known)s。") % {"wanted": wanted, "known": known})
        found[plain(name)] = column
    return found
