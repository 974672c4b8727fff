"""The usual paid repairs of the estate: part, what people say, what it costs, who does it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """A usual repair: part, what people say, price-list code, spare part, technician."""

    component: str
    spot: str
    faults: tuple[str, ...]
    price: str
    part: str
    work: str
    who: str


JOBS = [
    Job(
        "tap",
        "kitchen",
        ("厨房水龙头关不紧，一直滴水", "洗菜盆龙头出水小，把手松动"),
        "P04",
        "陶瓷阀芯",
        "更换阀芯并试水",
        "wang",
    ),
    Job(
        "valve", "bathroom", ("洗手台下角阀漏水，已关总阀", "马桶角阀渗水"), "P05", "角阀", "更换角阀，试压无渗漏", "xu"
    ),
    Job(
        "toilet",
        "bathroom",
        ("马桶一直流水，水箱装不满", "马桶按钮按下不回弹"),
        "P08",
        "进水阀",
        "更换进水阀，调整浮球",
        "hu",
    ),
    Job(
        "blockage", "bathroom", ("卫生间地漏反水，有异味", "马桶堵塞，水下不去"), "P12", "", "机械疏通，冲水正常", "hu"
    ),
    Job("socket", "living", ("客厅插座没电", "卧室开关接触不良"), "P18", "五孔插座", "更换面板，测试正常", "sun"),
    Job("breaker", "lines", ("空气开关推不上去", "厨房一用电就跳闸"), "P21", "空开", "更换空开，复测绝缘", "sun"),
    Job("lamp", "living", ("吸顶灯不亮", "灯闪烁"), "P20", "LED吸顶模组", "更换光源模组", "bai"),
    Job("hardware", "doors", ("入户门锁芯转不动", "卧室门把手脱落"), "P29", "锁芯", "更换锁芯，开关顺畅", "he"),
    Job("window", "doors", ("窗扇关不严", "推拉窗滑轮卡住"), "P32", "窗滑轮", "更换滑轮，调整窗扇", "ma"),
    Job("basin", "kitchen", ("洗菜盆下水慢、漏水",), "P11", "下水软管", "更换下水配件并打胶", "wang"),
]
