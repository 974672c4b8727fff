"""How each outcome of a repair counts: table C.1, once."""

from __future__ import annotations

from enum import Enum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Column(Enum):
    """The columns of table C.1, in its order."""

    DISPATCH = 0
    ARRIVAL = 1
    COMPLETION = 2
    OVERNIGHT = 3
    REWORK = 4
    CALLBACK = 5
    COPIES = 6
    MONEY = 7


class Outcome(models.TextChoices):
    """What became of a repair, as far as a figure asks."""

    ORDINARY = "ordinary", _("一般情况")
    DUPLICATE = "duplicate", _("重复报修，已合并")
    ERROR = "error", _("误报")
    WITHDRAWN = "withdrawn", _("通知前、5 分钟内由客户取消")
    CANCELLED = "cancelled", _("后来取消，未开单")
    CANCELLED_ORDER = "cancelled_order", _("开单后取消")
    DECLINED = "declined", _("客户不认可报价")
    REFERRED = "referred", _("已转报市政")
    REISSUED = "reissued", _("单据作废后重开")
    REWORK = "rework", _("已确认的返修")
    PATROL = "patrol", _("员工巡查发现")


# ✓ counts, where that column's rule finds anything to count; – does not. Columns as above:
# dispatch, arrival, completion, overnight, rework, callback, copies, money.
TABLE = {
    Outcome.ORDINARY: "✓✓✓✓✓✓✓✓",
    Outcome.DUPLICATE: "––––––––",
    Outcome.ERROR: "––––––––",
    Outcome.WITHDRAWN: "––––––––",
    Outcome.CANCELLED: "✓✓–––––✓",
    Outcome.CANCELLED_ORDER: "✓✓–––––✓",
    Outcome.DECLINED: "✓✓–––––✓",
    Outcome.REFERRED: "✓✓––––––",
    Outcome.REISSUED: "✓✓✓✓✓✓✓✓",
    Outcome.REWORK: "––––––✓✓",
    Outcome.PATROL: "✓✓✓✓✓–✓✓",
}


def counts(outcome: Outcome, column: Column) -> bool:
    return TABLE[outcome][column.value] == "✓"
