"""What people write for a part on an inspection, and the part of the catalogue it means: names, synonyms, pinyin, pieces of both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from django.utils.translation import gettext as _

from core.text import listed, squeezed, word_keys
from places.models import Component

SYNONYMS = {
    "water_pipe": "给水管道 冷水管 热水管 水管 进水管",
    "valve": "阀门 角阀 三角阀 总阀 截止阀",
    "tap": "龙头 面盆龙头 淋浴器 花洒 混水阀",
    "toilet": "马桶 坐便器 便器 水箱 座便器",
    "basin": "洗手盆 面盆 台盆 洗脸盆 菜盆 水槽 浴缸",
    "drain_pipe": "排水管 排水管道 下水管 存水弯 立管支管",
    "blockage": "地漏 下水 排水 堵塞",
    "bath_seepage": "地面防水 防水 防水层 卫生间防水 厨房防水 闭水",
    "wall_seepage": "外墙渗水 窗边渗水 外墙防水",
    "roof_seepage": "屋面防水 露台防水 屋面",
    "structure": "主体结构 承重墙 结构裂缝 梁 楼板",
    "plaster": "墙面 墙体 抹灰 墙面抹灰 顶棚抹灰 空鼓 阴阳角 天花 顶面",
    "floor_screed": "地面 地坪 找平层 地面空鼓",
    "tile": "瓷砖 墙砖 地砖 面砖 美缝",
    "paint": "涂料 墙面涂料 乳胶漆 墙漆 腻子 油漆 顶棚涂料",
    "entry_door": "入户门 进户门 防盗门 大门",
    "inner_door": "室内门 房门 木门 门套 卧室门 卫生间门",
    "window": "窗 窗户 窗扇 窗框 纱窗 推拉门 密封条 铝合金窗 阳台门",
    "glass": "玻璃 中空玻璃 淋浴房",
    "hardware": "窗扇五金 五金 门锁 锁 合页 执手 把手 拉手 铰链",
    "railing": "栏杆 护栏 扶手 阳台栏杆",
    "wood_floor": "木地板 地板 橱柜 柜体 柜门 踢脚线 台面",
    "wiring": "电线 线路 电路 强电",
    "breaker": "配电箱 强电箱 空开 漏保 断路器",
    "socket": "插座 开关 面板 插座面板 开关面板",
    "lamp": "灯 灯具 灯泡 射灯 吸顶灯 镜前灯",
    "intercom": "可视对讲 对讲 弱电 弱电箱 网络 门铃",
    "heating": "地暖 暖气 暖气片 分集水器 采暖",
    "cooling": "空调 中央空调 新风 风口",
    "appliance": "家电 油烟机 燃气灶 排风扇 排气扇 浴霸 热水器电器",
}


class Parts:
    """The parts of a home, looked up by what somebody wrote. One query."""

    def __init__(self, parts: Sequence[Component] | None = None) -> None:
        home = Component.objects.filter(place=Component.Place.HOME).select_related("trade")
        self.all = list(home) if parts is None else list(parts)
        self.by_code = {part.pk: part for part in self.all}

    @cached_property
    def words(self) -> dict[str, list[Component]]:
        """Every way to write a part: the whole name, its pieces, its code, its synonyms."""
        found: dict[str, list[Component]] = {}
        for part in self.all:
            for word in dict.fromkeys(spellings(part)):
                found.setdefault(word, []).append(part)
        return found

    @cached_property
    def keys(self) -> dict[str, str]:
        """By code, the words with their pinyin by which a part is found."""
        return {part.pk: f" {search_words(part)} " for part in self.all}

    def chosen(self, code: str, text: str) -> tuple[Component | None, str]:
        """The part chosen from the list, unless something else was written over it; else the one that was written."""
        part = self.by_code.get(code)
        if part and squeezed(text) in {"", squeezed(part.name), squeezed(str(part))}:
            return part, ""
        return self.written(text)

    def written(self, text: str) -> tuple[Component | None, str]:
        """The part that was written, or the sentence that says why there is none: 墙面涂料 → 涂料, 入户门门框 → 入户门."""
        typed = squeezed(text)
        if not typed:
            return None, _("选部件")
        found = self.words.get(typed) or self.holding(typed) or self.within(typed)
        if len(found) == 1:
            return found[0], ""
        if not found:
            return None, _("没有部件“%(text)s”，换个说法或从列表选") % {"text": text[:20]}
        return None, _("“%(text)s”有几种部件：%(parts)s") % {"text": text[:20], "parts": listed(found[:3])}

    def holding(self, typed: str) -> list[Component]:
        """Parts of which what was typed is a piece of a name or synonym, or the beginning of its pinyin."""
        names = only_once(part for word, parts in self.words.items() if typed in word for part in parts)
        return names or [self.by_code[code] for code, words in self.keys.items() if f" {typed}" in words]

    def within(self, typed: str) -> list[Component]:
        """The longest word for a part that stands in what was written; of several as long ones all."""
        inside = [word for word in self.words if len(word) > 1 and word in typed]
        longest = max(map(len, inside), default=0)
        return only_once(part for word in inside if len(word) == longest for part in self.words[word])


def spellings(part: Component) -> Iterable[str]:
    """The ways to write one part, squeezed."""
    yield squeezed(part.name)
    yield squeezed(str(part))
    yield squeezed(part.pk)
    for piece in re.split("[、，（）()]", part.name):
        if piece:
            yield squeezed(piece)
    yield from map(squeezed, SYNONYMS.get(part.pk, "").split())


def only_once(parts: Iterable[Component]) -> list[Component]:
    return list({part.pk: part for part in parts}.values())


def search_words(part: Component) -> str:
    """By what the grid's list finds a part: the catalogue's own words, then synonyms with their pinyin."""
    more = SYNONYMS.get(part.pk, "").split()
    return " ".join([part.search_text.strip(), squeezed(str(part)), *more, *map(word_keys, more)])
