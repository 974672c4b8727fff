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
from tests.test_paths import dark_hall, facility, leaking, repaired, seal, warranty_slip
from workorders import actions as workorders
from workorders import issuing, notices
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


# In the builder's stead (G9) -----------------------------------------------------------


def taken_over(cast: Cast, ticket: Any) -> Any:
    """The builder stays away twice; own people repair in his stead."""
    notices.send_notice([ticket], by=cast.zhou)
    notices.send_notice([ticket], by=cast.zhou)
    notices.take_over(ticket, by=cast.lin, because="两次不来")
    return ticket


def test_g9_a_dispatch_order_in_the_builders_stead_says_that_he_pays_and_the_customer_nothing(
    cast: Cast, sign_in: Any, tmp_path: Path
) -> None:
    slip = billing.issue_slip(taken_over(cast, leaking(cast)), by=cast.zhou, technician=cast.wang)
    fresh = pages(printed(cast, sign_in, slip).pdf.read(), tmp_path)[0]
    arrived(cast, slip)
    workorders.list_parts(slip, by=cast.wang, parts=cast.parts("15.00"), verified=True)
    workorders.finish(slip, by=cast.wang, work="切除重粘", strokes=STROKES)
    billing.accept_slip(slip, by=cast.wang, name="李建国", opinion="passed", strokes=STROKES)
    done_sheet = pages(printed(cast, sign_in, slip).pdf.read(), tmp_path)[0]

    for sheet in (fresh, done_sheet):
        assert [
            word
            for word in ("费用由原施工单位宏达建设承担", "客户不付费", "客户应付¥0.00", "不收费")
            if word not in sheet
        ] == []
    assert ("人民币" in fresh, "¥15.00" in done_sheet, "人民币壹拾伍元整" in done_sheet) == (False, True, True)
    assert (slip.ticket.balance, slip.ticket.charges.count()) == (0, 0)


def test_g9_a_facility_slip_in_the_builders_stead_names_him_and_what_it_cost(
    cast: Cast, sign_in: Any, tmp_path: Path
) -> None:
    ticket = taken_over(cast, dark_hall(cast, nature="warranty_public"))
    slip = arrived(cast, facility(cast, ticket, cost=issuing.Cost("builder")))
    workorders.list_parts(slip, by=cast.wang, parts=[seal()], verified=False)
    workorders.finish(slip, by=cast.wang, work="更换机封", strokes=STROKES)
    sheet = pages(printed(cast, sign_in, slip).pdf.read(), tmp_path)[0]

    assert [word for word in ("√原施工单位宏达建设", "85.00¥85.00") if word not in sheet] == []
