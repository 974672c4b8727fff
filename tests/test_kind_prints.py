"""Warranty and facility slips on paper (domain A.3, A.4): three copies each, no money on the first, bearer and 「无」 on the second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from billing import actions as billing
from papers.models import Print
from tests.cast import STROKES, Cast
from tests.paper import pages
from tests.test_kinds import arrived, done
from tests.test_paths import dark_hall, facility, leaking, repaired, warranty_slip
from workorders import actions as workorders
from workorders import issuing
from workorders.models import Part, Slip


def printed(cast: Cast, sign_in: Any, slip: Slip) -> Print:
    answer = sign_in("zhou").post(reverse("print_slip", args=[slip.number]))
    assert answer.status_code == 302
    kept: Print = Print.objects.filter(number=slip.number).latest("nth")
    return kept


@pytest.mark.sop("5.5.2-4")
def test_a_warranty_slip_prints_three_copies_and_no_money(cast: Cast, sign_in: Any, tmp_path: Path) -> None:
    slip = repaired(cast, warranty_slip(cast, leaking(cast)))
    billing.accept_slip(slip, by=cast.zhou, name="李建国", opinion="passed", strokes=STROKES)
    kept = printed(cast, sign_in, slip)
    found = pages(kept.pdf.read(), tmp_path)
    assert (kept.kind, len(found)) == ("WB", 3)
    for page, name in zip(
        found, ("第一联客服存根联（白）", "第二联客服结算联（红）", "第三联工程联（黄）"), strict=True
    ):
        assert name in page
        wanted = [
            "维保单",
            slip.number.partition("-")[2],
            "宏达建设",
            "赵工",
            "给排水",
            "切除重粘，试压",
            "客户签字",
            "施工单位签字",
            "工程主管签字",
        ]
        assert [word for word in wanted if word not in page] == []
        assert [word for word in ("¥", "None", "金额", "单价", "合计", "大写") if word in page] == []


@pytest.mark.sop("5.5.3-3")
def test_a_facility_slip_prints_bearer_parts_and_no_customers_signature(
    cast: Cast, sign_in: Any, tmp_path: Path
) -> None:
    slip = done(cast, cost=issuing.Cost("fund", approval_number="维资2026-118"))
    billing.countersign_slip(slip, by=cast.shen, opinion="passed", words="合格", strokes=STROKES)
    kept = printed(cast, sign_in, slip)
    found = pages(kept.pdf.read(), tmp_path)
    assert (kept.kind, len(found)) == ("GG", 3)
    wanted = [
        "公共设施设备安装/维修单",
        "生活水泵2#",
        "SB-03-02",
        "维资2026-118",
        "√",
        "机械密封",
        "MG1-25",
        "85.00",
        "以下空白",
        "维修人签字",
        "工程主管签字",
    ]
    assert [word for word in wanted if word not in found[0]] == []
    assert [word for word in ("客户签字", "None") if word in found[0]] == []


def test_without_parts_the_sheet_says_none(cast: Cast, sign_in: Any, tmp_path: Path) -> None:
    slip = arrived(cast, facility(cast, dark_hall(cast)))
    workorders.finish(slip, by=cast.wang, work="紧固", no_parts=True, strokes=STROKES)
    assert "无" in pages(printed(cast, sign_in, slip).pdf.read(), tmp_path)[0]


def test_many_parts_go_on_to_a_second_sheet_with_the_sum_carried(cast: Cast, sign_in: Any, tmp_path: Path) -> None:
    slip = arrived(cast, facility(cast, dark_hall(cast)))
    rows = [Part(source="company", name=f"螺栓{n}", spec="M8", model="PZ", unit="只", price="1.20") for n in range(11)]
    workorders.list_parts(slip, by=cast.wang, parts=rows, verified=False)
    found = pages(printed(cast, sign_in, slip).pdf.read(), tmp_path)
    assert (len(found), "承前页" in found[1], "13.20" in found[1]) == (6, True, True)


def test_a_patrols_sheet_has_no_callback_line_and_a_second_print_says_so(
    cast: Cast, sign_in: Any, tmp_path: Path
) -> None:
    told, patrol = (
        facility(cast, dark_hall(cast)),
        facility(cast, dark_hall(cast, relation="patrol", reporter_name="王强")),
    )
    with_caller, without = (pages(printed(cast, sign_in, slip).pdf.read(), tmp_path)[0] for slip in (told, patrol))
    assert ("回访时间" in with_caller, "回访时间" in without) == (True, False)
    again = pages(printed(cast, sign_in, told).pdf.read(), tmp_path)[0]
    assert ("补打第2次" in with_caller, "补打第2次" in again) == (False, True)
