"""Rooms of a dwelling as people say them on an inspection, and the place of the register each of them means."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.text import squeezed, word_keys
from tickets.models import Ticket

Spot = Ticket.Spot


class Room(NamedTuple):
    """A room that is offered: its Chinese word is kept on the line and said in the reader's language."""

    word: str
    label: Promise | str
    spot: str


ROOMS = (
    Room("客厅", gettext_lazy("客厅"), Spot.LIVING),
    Room("餐厅", gettext_lazy("餐厅"), Spot.LIVING),
    Room("主卧", gettext_lazy("主卧"), Spot.BEDROOM),
    Room("次卧", gettext_lazy("次卧"), Spot.BEDROOM),
    Room("书房", gettext_lazy("书房"), Spot.BEDROOM),
    Room("厨房", gettext_lazy("厨房"), Spot.KITCHEN),
    Room("卫生间", gettext_lazy("卫生间"), Spot.BATHROOM),
    Room("主卫", gettext_lazy("主卫"), Spot.BATHROOM),
    Room("客卫", gettext_lazy("客卫"), Spot.BATHROOM),
    Room("阳台", gettext_lazy("阳台"), Spot.BALCONY),
    Room("玄关", gettext_lazy("玄关"), Spot.LIVING),
    Room("过道", gettext_lazy("过道"), Spot.LIVING),
    Room("门窗", gettext_lazy("门窗"), Spot.DOORS),
    Room("户内管线", gettext_lazy("户内管线"), Spot.LINES),
    Room("全屋", gettext_lazy("全屋"), Spot.OTHER),
)
WORDS = frozenset(room.word for room in ROOMS)
LONGEST = 20
# Longest first, so that 客卫 is a bathroom before 卧 or 厅 is looked for.
SAID = {
    Spot.BATHROOM: "卫生间 洗手间 厕所 浴室 淋浴 主卫 客卫 公卫 次卫 卫",
    Spot.KITCHEN: "厨房 厨",
    Spot.BALCONY: "阳台 露台 飘窗 平台",
    Spot.BEDROOM: "卧室 主卧 次卧 客卧 儿童房 老人房 书房 衣帽间 卧",
    Spot.LIVING: "客厅 餐厅 起居室 客餐厅 玄关 过道 走廊 走道 门厅 厅",
    Spot.DOORS: "门窗 入户门 窗",
    Spot.LINES: "户内管线 管线 管井 设备间",
}
SPOT_OF = sorted(
    ((word, spot) for spot, words in SAID.items() for word in words.split()), key=lambda pair: -len(pair[0])
)


def spot_of(room: str) -> str:
    """Which place of the register a room means: 南阳台 → balcony; what is unknown is other, nothing is nothing."""
    plain = squeezed(room)
    if not plain:
        return ""
    return next((spot for word, spot in SPOT_OF if word in plain), Spot.OTHER)


def said(room: str) -> str:
    """The room in the reader's language where we know it, else as it was written."""
    return _(room) if room in WORDS else room


def as_option(room: Room) -> dict[str, str]:
    """An option of the grid: what is kept, what is shown, by what it is found (pinyin and initials)."""
    keys = " ".join([squeezed(room.word), word_keys(room.word), squeezed(str(room.label))])
    return {"value": room.word, "label": str(room.label), "search": keys}
