"""Every figure of C.2: its code, its name, its formula in words, its clause, and how it is counted. One definition each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports import formulas
from reports.cases import Records
from reports.counting import Counted

MET, MISSED = _("做到"), _("没做到")


@dataclass(frozen=True)
class Figure:
    """A fraction of a month. `part_of`: a split of that figure; `window`: not final until the rework window is over."""

    code: str
    name: str | Promise
    formula: str | Promise
    clause: str
    judge: Callable[[Records], formulas.Judged] | None = None
    hit: str | Promise = MET
    miss: str | Promise = MISSED
    part_of: str = ""
    window: bool = False

    def count(self, records: Records) -> Counted:
        """Of that month, at that instant."""
        return Counted.of(self.judge(records)) if self.judge else formulas.collection(records)

    def is_provisional(self, records: Records) -> bool:
        """Until the window of the month's last day is over, a repair accepted in it may still come back (C.2)."""
        if not self.window:
            return False
        longest = max((case.rework_window for case in records.accepted), default=dt.timedelta(days=30))
        return records.as_of < records.month.ends + longest


FIGURES = [
    Figure(
        "dispatch",
        _("派工及时率"),
        _("当月报修中，5 分钟内通知工程维护部的，除以通知时限已到或已通知的。重复、误报、时限内由客户取消的不算。"),
        "5.4.1",
        formulas.dispatch,
    ),
    Figure(
        "arrival",
        _("到场及时率"),
        _(
            "当月报修中，每次到场都守时的，除以至少有一次到场计数的。客户在到期前改约的那次不算，我方改约的那次算没做到；施工单位的预约与自有的同样计。"
        ),
        "5.4.1",
        formulas.arrival,
    ),
    Figure(
        "arrival_own",
        _("自有人员"),
        _("只看自有人员的到场。"),
        "5.4.1",
        formulas.arrival_of(builder=False),
        part_of="arrival",
    ),
    Figure(
        "arrival_builder",
        _("施工单位"),
        _("只看施工单位或外包单位凭单到场。"),
        "5.5.2-4",
        formulas.arrival_of(builder=True),
        part_of="arrival",
    ),
    Figure(
        "half_hour",
        _("急修 30 分钟到场率"),
        _("上一项中的急修，报修后 30 分钟内到场的，除以全部。升为急修的，从升级时起算。"),
        "5.4.2-2",
        formulas.half_hour,
    ),
    Figure(
        "routine",
        _("零修及时率"),
        _("当月报修的零修（一般、急需），通知与到场都及时的，除以两项都已判定的。"),
        "5.4.2-3",
        formulas.routine,
    ),
    Figure(
        "urgent",
        _("急修及时率"),
        _("当月报修的急修，通知、到场、完工都及时的，除以三项都已判定的。"),
        "5.4.2-3",
        formulas.urgent,
    ),
    Figure(
        "urgent_quality",
        _("急修质量合格率"),
        _("当月验收的急修中，首次回访不是不满意、返修期内没有返修的，除以全部。"),
        "5.4.2-3",
        formulas.urgent_quality,
        hit=_("合格"),
        miss=_("不合格"),
        window=True,
    ),
    Figure(
        "completion",
        _("完成率"),
        _("当月报修中已验收的，除以当月报修减去重复、误报、取消、不修、转报和返修。"),
        "3.4",
        formulas.completion,
        hit=_("已验收"),
        miss=_("未验收"),
    ),
    Figure(
        "overnight",
        _("急修不过夜率"),
        _(
            "上一项中的急修，完工不晚于当日 24:00（晚报的为报修后 4 小时）的，除以已完工或已到期的。客户要求推迟的不算；应急处置不算完工。"
        ),
        "5.4.2-1",
        formulas.overnight,
    ),
    Figure(
        "rework",
        _("返修率"),
        _("当月验收的维修中，返修期（30 天，防水 90 天）内有确认返修或需上门纠正的，除以全部。每件只计一次。"),
        "2-1",
        formulas.rework,
        hit=_("返修"),
        miss=_("没有返修"),
        window=True,
    ),
    Figure(
        "callback",
        _("回访率"),
        _("当月验收、有报修人的维修中，已接通、已统一告知或按规定打满三次的，除以已到期或已回访的。"),
        "5.5.1-9",
        formulas.callback,
        hit=_("已回访"),
        miss=_("未回访"),
    ),
    Figure(
        "reached",
        _("接通率"),
        _("回访率的同一批中，问到报修人本人的，除以全部。"),
        "5.5.1-9",
        formulas.reached,
        hit=_("接通"),
        miss=_("未接通"),
    ),
    Figure(
        "satisfaction",
        _("满意率"),
        _("已接通的回访中，第一次答复是满意的，除以全部。"),
        "5.5.1-9",
        formulas.satisfaction,
        hit=_("满意"),
        miss=_("不满意"),
    ),
    Figure(
        "final_satisfaction",
        _("终评满意率"),
        _("同一批，按纠正以后最后一次答复计。"),
        "5.5.1-9",
        formulas.final_satisfaction,
        hit=_("满意"),
        miss=_("不满意"),
    ),
    Figure(
        "correction",
        _("纠正及时率"),
        _("当月提出的纠正中，72 小时内纠正并经回访满意的，除以已完成或已到期的。到期前撤销的不算。"),
        "5.5.1-9",
        formulas.correction,
    ),
    Figure(
        "copies",
        _("单据回收率"),
        _("当月所开单据（减去作废），第三联在次月 5 日 24:00 前返回的，除以全部。遗失、迟还、在修的都留在分母。"),
        "5.5.1-8",
        formulas.copies,
        hit=_("已返回"),
        miss=_("未返回"),
    ),
    Figure(
        "collection",
        _("收费率"),
        _("当月发生的应收中，已收到的金额，除以应收减去调整和减免。维修中的也在内。"),
        "5.2.2-1b",
        hit=_("已收齐"),
        miss=_("未收齐"),
    ),
]
BY_CODE = {figure.code: figure for figure in FIGURES}


@dataclass(frozen=True)
class Result:
    """A figure of a month: what it counted, and whether it may still change by reworks."""

    figure: Figure
    counted: Counted
    provisional: bool


def result(figure: Figure, records: Records) -> Result:
    return Result(figure, figure.count(records), figure.is_provisional(records))


def results(records: Records) -> list[Result]:
    """Every figure, in the order of the page."""
    return [result(figure, records) for figure in FIGURES]
