"""Who built the estate and who looks after lifts and fire systems: entered by the supervisor, with the agreed forms and limits."""

from __future__ import annotations

from typing import Any

from people.models import User
from places.actions import add_builder, add_share, change_builder
from places.models import Builder, Community, Component

OLD, NEW = "宏达建设有限公司", "中筑第三工程有限公司"
LIFTS = "迅达电梯维保有限公司"
AGREED: list[dict[str, Any]] = [
    {
        "name": OLD, "contact": "赵工", "phone": "0571-86660011", "agreement": "HT-WB-2018-003", "form": "letter",
        "form_urgent": "phone", "arrive_hours": 48, "finish_days": 10,
    },
    {
        "name": NEW, "contact": "陆工", "phone": "13857100817", "email": "weixiu@zhongzhu3.example", "agreement": "HT-WB-2025-001",
        "form": "chat", "form_urgent": "phone", "arrive_hours": 24, "finish_days": 7, "renews_term": True,
    },
    {
        "name": "顺达机电安装有限公司", "contact": "秦师傅", "phone": "13857120456", "email": "service@shunda.example",
        "agreement": "HT-WB-2025-004", "form": "email", "form_urgent": "phone", "arrive_hours": 24, "finish_days": 5,
    },
    {
        "name": "明瑞门窗有限公司", "contact": "尤经理", "phone": "13857130922", "agreement": "HT-WB-2025-006", "form": "chat",
        "form_urgent": "phone", "arrive_hours": 48, "finish_days": 7,
    },
    {
        "name": LIFTS, "kind": "contractor", "contact": "24 小时值班", "phone": "4008209876", "agreement": "HT-WX-2026-002",
        "form": "phone", "form_urgent": "phone", "arrive_hours": 4, "arrive_hours_urgent": 1, "finish_days": 2,
    },
    {
        "name": "安泰消防工程有限公司", "kind": "contractor", "contact": "施经理", "phone": "13857140133", "agreement": "HT-WX-2026-003",
        "form": "chat", "form_urgent": "phone", "arrive_hours": 24, "finish_days": 3,
    },
]  # fmt: skip
SHARES = {
    "顺达机电安装有限公司": ["wiring", "breaker", "socket", "pump"],
    "明瑞门窗有限公司": ["window", "glass", "railing"],
}


def make_builders(community: Community, by: User) -> None:
    """Their agreements, and which parts of the new buildings were whose; the two that built the houses are there already."""
    there = {row.name: row for row in Builder.objects.filter(community=community)}
    for facts in AGREED:
        name = facts["name"]
        there[name] = change_builder(there[name], by=by, facts=facts) if name in there else add_builder(community, by=by, facts=facts)  # fmt: skip
    for name, parts in SHARES.items():
        for part in Component.objects.filter(pk__in=parts).order_by("order"):
            add_share(there[name], by=by, component=part)
