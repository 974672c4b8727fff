"""The shift sheet on paper: what stood on it when it was handed over, both counts and signatures (SOP 3.1, screens 5.12, domain E.1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from core.clock import SHANGHAI
from desk import actions, handing, shift_prints
from desk.models import Kept, Shift
from papers.models import Print
from tests.cast import Cast
from tests.paper import pages
from tests.test_complaints import complain
from tests.test_letter_prints import printed as words_of
from tests.test_shift import handed
from tickets.models import Event

D = Decimal
MORNING = dt.datetime(2026, 11, 23, 8, 0, tzinfo=SHANGHAI)
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def morning():
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


def busy(cast: Cast, morning: Any) -> Shift:
    """A morning with something under every head, handed over at nine with 335 yuan in the drawer."""
    first = handed(cast, "200.00")
    actions.take(first, by=cast.qian, counted=D("200.00"), expected=D("200.00"))
    late = cast.report(window=(MORNING + 9 * HOUR, MORNING + 10 * HOUR))
    morning.shift(HOUR)
    cast.notified(urgency="urgent", fault="厨房水管爆裂")
    cast.quoted(window=(MORNING + 5 * HOUR, MORNING + 6 * HOUR))
    complain(cast)
    cast.arrived(window=(MORNING + 9 * HOUR, MORNING + 10 * HOUR))
    cast.paid("35.00")
    actions.keep_item(Kept(community=cast.community, kind="key", what="水表房钥匙", whom="工程部"), by=cast.zhou)
    draft = actions.open_shift(cast.community, by=cast.zhou)
    notes = {f"t:{late.number}": {"note": "业主在等电话", "told": True}}
    actions.save_draft(draft, by=cast.zhou, notes=notes, remark="14 时停水两小时，已贴通知", paid_in=D("100.00"))
    facts = handing.contents(cast.community, cast.zhou, MORNING + HOUR)
    actions.hand(draft, by=cast.zhou, counted=D("135.00"), snapshot=facts)
    return draft


@pytest.mark.sop("3.1")
def test_the_paper_says_what_the_next_shift_must_know(cast: Cast, sign_in, morning, tmp_path: Path) -> None:
    shift = busy(cast, morning)
    paper = words_of(sign_in("zhou"), "print_shift", str(shift.pk), tmp_path)
    wanted = [
        "海棠物业", "交接班单", "№JB-202611-0002", "周敏", "2026-11-2309:00", "已超时", "急修未完", "等客户答复", "投诉未结", "钥匙与借出工具",
        "备注：业主在等电话", "厨房水管爆裂", "下一步", "水表房钥匙", "14时停水两小时，已贴通知", "待报价", "维修派工单WX-202611-0001",
        "11-2308:00清点¥200.00", "本班缴存−¥100.00", "抽屉应有", "交班清点¥135.00", "接班人签字", "未发出的消息0条", "第1次打印",
    ]  # fmt: skip
    assert [words for words in wanted if words not in paper] == []


@pytest.mark.sop("3.1")
def test_after_the_incoming_counted_the_difference_and_his_name_stand_on_it(
    cast: Cast, sign_in, morning, tmp_path: Path
) -> None:
    shift = handed(cast, "200.00")
    client = sign_in("lin")
    words_of(client, "print_shift", str(shift.pk), tmp_path)
    actions.take(shift, by=cast.qian, counted=D("190.00"), expected=D("200.00"), words="少十元，查监控")
    paper = words_of(client, "print_shift", str(shift.pk), tmp_path)
    wanted = ["补打第2次", "接班人签字钱丽", "接班清点¥190.00", "差异：少十元，查监控−¥10.00", "已接班"]
    assert [words for words in wanted if words not in paper] == []
    assert list(Print.objects.values_list("kind", "number", "nth")) == [
        ("JB", shift.number, 1),
        ("JB", shift.number, 2),
    ]
    events = Event.objects.filter(stream=shift.stream, action="shift_print").order_by("seq")
    assert [(event.actor, event.facts["nth"]) for event in events] == [(cast.lin, 1), (cast.lin, 2)]


def test_the_paper_is_frozen_whatever_happens_at_the_desk(cast: Cast, morning) -> None:
    shift = busy(cast, morning)
    before = shift_prints.shift_data(shift)
    morning.shift(5 * HOUR)
    cast.report()
    assert shift_prints.shift_data(shift) == before


def test_long_sheets_go_on_with_the_head_of_the_table_repeated(cast: Cast, morning, tmp_path: Path) -> None:
    for n in range(40):
        cast.report(fault=f"第 {n} 处漏水，需要尽快安排人员上门查看并回复业主", urgency="urgent")
    shift = handed(cast)
    with shift_prints.print_shift(shift, by=cast.zhou).pdf.open("rb") as file:
        found = pages(file.read(), tmp_path)
    assert len(found) > 1
    assert [("已交代" in page, f"共{len(found)}页" in "".join(page.split())) for page in found[:2]] == [
        (True, True)
    ] * 2


def test_a_draft_is_not_printed_and_a_handed_sheet_has_its_button(cast: Cast, sign_in) -> None:
    draft = actions.open_shift(cast.community, by=cast.zhou)
    client = sign_in("zhou")
    url = reverse("print_shift", args=[draft.pk])
    assert (client.get(url).status_code, url in client.get(draft.get_absolute_url()).content.decode()) == (409, False)
    assert (client.post(url).status_code, Print.objects.count()) == (409, 0)
    facts = handing.contents(cast.community, cast.zhou, MORNING)
    actions.hand(draft, by=cast.zhou, counted=D("0.00"), snapshot=facts)
    assert (client.get(url).status_code, url in client.get(draft.get_absolute_url()).content.decode()) == (200, True)
    assert url not in sign_in("mei").get(draft.get_absolute_url()).content.decode()
