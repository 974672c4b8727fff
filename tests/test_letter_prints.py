"""Notices and referrals on paper: what they say, to whom, and what they leave out (A.8, A.9, PIPL 23)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from core.clock import SHANGHAI
from papers.models import Print
from places.models import Builder
from tests.cast import Cast
from tests.paper import fonts, pages
from tests.test_paper import OWN_FACES
from tests.test_paths import HOUR, burst_main, leaking, letter
from tickets.models import Event, Ticket
from workorders import letter_prints, notices, referrals
from workorders.letter_printing import message
from workorders.models import Notice, Referral

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def printed(client: Client, name: str, number: str, folder: Path) -> str:
    """Press the button and read what comes, all pages as one line of words."""
    answer = client.post(reverse(name, args=[number]))
    assert answer.status_code == 302, answer.content.decode()[:500]
    kept: Any = client.get(answer["Location"])
    paper = b"".join(kept.streaming_content)
    assert fonts(paper, folder) == OWN_FACES
    return "".join("".join(pages(paper, folder)).split())


def sent(cast: Cast, *about: Ticket, **given: Any) -> Notice:
    return notices.send_notice(about or [leaking(cast)], by=cast.zhou, **given)


@pytest.mark.sop("5.5.2-3")
def test_the_notice_says_what_where_why_and_by_when(cast: Cast, sign_in, tmp_path: Path) -> None:
    builder = Builder.objects.get()
    builder.agreement, builder.email = "WBXY-2025-03", "zhao@hongda.example"
    builder.save()
    paper = printed(sign_in("zhou"), "print_notice", sent(cast, words="厨房吊顶已拆开").number, tmp_path)
    for words in (
        "施工单位维修通知", "通知号：TZ-202611-0001第1次", "致宏达建设联系人赵工", "13700000001zhao@hongda.example", "维保协议号WBXY-2025-03",
        "发出时间2026-11-2312:00", "通知形式微信", "紧急程度一般", "位置3栋2单元1201", "部位给水管", "问题厨房水管接口渗水", "勘查结论接口未粘牢，切除重粘",
        "到场时限2026-11-2512:00前", "完成时限2026-11-3012:00前", "补充说明厨房吊顶已拆开", "发出人：周敏", "海棠物业服务有限公司（盖章）2026年11月23日",
    ):  # fmt: skip
        assert words in paper, words
    assert "逾期后果" not in paper


def test_the_customer_s_name_and_number_are_masked_until_he_agrees(cast: Cast, sign_in, tmp_path: Path) -> None:
    ticket = leaking(cast)
    masked = printed(sign_in("zhou"), "print_notice", sent(cast, ticket).number, tmp_path)
    assert ("李先生138****1201" in masked, "13800001201" in masked, "李建国" in masked) == (True, False, False)
    whole = printed(sign_in("zhou"), "print_notice", sent(cast, ticket, phone_consent=True).number, tmp_path)
    assert "李建国13800001201" in whole


def test_g9_the_second_notice_prints_the_consequence(cast: Cast, sign_in, tmp_path: Path) -> None:
    ticket = leaking(cast)
    sent(cast, ticket)
    paper = printed(sign_in("zhou"), "print_notice", sent(cast, ticket).number, tmp_path)
    assert "第2次" in paper
    assert "另行委托他人维修，由此发生的费用由贵单位承担" in paper


def test_several_repairs_are_a_table_in_order(cast: Cast, sign_in, tmp_path: Path) -> None:
    repairs = [leaking(cast) for _n in range(3)]
    paper = printed(sign_in("shen"), "print_notice", sent(cast, *repairs).number, tmp_path)
    assert [paper.index(ticket.number.removeprefix("HT-")) for ticket in repairs] == sorted(
        paper.index(ticket.number.removeprefix("HT-")) for ticket in repairs
    )
    assert "以下空白" in paper


def test_photos_stand_below_as_thumbnails(cast: Cast) -> None:
    ticket = leaking(cast)
    bare = letter_prints.print_notice(sent(cast, ticket), by=cast.zhou)
    cast.photographed(ticket)
    notice = Notice.objects.get()
    data = letter_prints.notice_data(notice)
    assert list(letter_prints.pictures_of(data, notice)) == data["repairs"][0]["pictures"]  # type: ignore[arg-type]
    kept = letter_prints.print_notice(notice, by=cast.zhou)
    assert kept.pdf.size > bare.pdf.size
    Path(ticket.photos.get().file.path).unlink()
    assert letter_prints.print_notice(notice, by=cast.zhou).nth == 3


def test_answers_and_reminders_are_printed_when_they_are_in(cast: Cast, sign_in, tmp_path: Path) -> None:
    notice = sent(cast)
    notices.acknowledge_notice(notice, by=cast.zhou, name="赵工", words="明日下午到")
    notices.remind_builder(notice, by=cast.zhou, form="phone", words="说在路上")
    notices.agree_time(notice, by=cast.zhou, window=(NOON + 26 * HOUR, NOON + 28 * HOUR))
    paper = printed(sign_in("zhou"), "print_notice", notice.number, tmp_path)
    assert "签收人赵工签收时间2026-11-2312:00" in paper
    assert "回复明日下午到；约定11-2414:00–16:00到场" in paper
    assert "12026-11-2312:00周敏电话说在路上" in paper


def test_each_print_is_kept_counted_and_recorded_on_every_repair(cast: Cast, sign_in, tmp_path: Path) -> None:
    one, two = leaking(cast), leaking(cast)
    notice, client = sent(cast, one, two), sign_in("zhou")
    first = printed(client, "print_notice", notice.number, tmp_path)
    second = printed(client, "print_notice", notice.number, tmp_path)
    assert ("补打" in first, "补打第2次" in second, Print.objects.count()) == (False, True, 2)
    told = Event.objects.filter(action="notice_print").order_by("pk").values_list("ticket", "facts__nth")
    assert list(told) == [(one.pk, 1), (two.pk, 1), (one.pk, 2), (two.pk, 2)]
    shown = client.get(reverse("print_notice", args=[notice.number])).content.decode()
    assert "补打通知" in shown and "第 2 次" in shown


def test_the_same_notice_as_words_for_chat(cast: Cast) -> None:
    ticket = leaking(cast)
    sent(cast, ticket)
    assert message(letter_prints.notice_data(sent(cast, ticket))).splitlines() == [
        "【海棠苑维修通知 TZ-202611-0002 第2次】宏达建设 赵工",
        "3栋2单元1201 给水管：厨房水管接口渗水（质保至2027年5月1日），住户 李先生 138****1201",
        "请于 2026-11-25 12:00 前到场，2026-11-30 12:00 前完工，到场前联系我方，凭维保单施工。",
        "逾期未到场或未修复的，我方将依照《房屋建筑工程质量保修办法》第十二条另行委托他人维修，由此发生的费用由贵单位承担；造成损失的，由贵单位赔偿。",
        "海棠物业服务有限公司 0571-88880000",
    ]


@pytest.mark.sop("5.5.3-5")
def test_the_referral_says_who_judged_what_was_answered_and_names_no_resident(
    cast: Cast, sign_in, tmp_path: Path
) -> None:
    ticket, referral = burst_main(cast), letter(cast)
    referral.hotline, referral.homes, referral.reference, referral.promised_at = "96390", 320, "GW-118", NOON + 3 * HOUR
    referrals.refer(ticket, by=cast.zhou, referral=referral, next_at=NOON + HOUR, measures="围挡，启用水箱")
    referrals.follow_up(ticket, by=cast.zhou, words="正在开挖", next_at=NOON + 2 * HOUR)
    paper = printed(sign_in("night"), "print_referral", Referral.objects.get().number, tmp_path)
    for words in (
        "市政转报函", "转报号：ZB-202611-0001", "受理单位自来水公司热线96390", "影响户数320户", "现象市政供水：东门外主管爆裂", "判定人王强", "判定依据市政管段",
        "我方临时措施围挡，启用水箱", "受理编号GW-118承诺时间2026-11-2315:00", "12026-11-2312:00周敏正在开挖", "下次跟进2026-11-2314:00",
    ):  # fmt: skip
        assert words in paper, words
    assert "李建国" not in paper and "1201" not in paper.replace("0571-88880000", "")


def test_who_may_print_which_letter(cast: Cast, sign_in) -> None:
    ticket = burst_main(cast)
    referrals.refer(ticket, by=cast.zhou, referral=letter(cast), next_at=NOON + HOUR, measures="围挡")
    notice, referral = sent(cast), Referral.objects.get()
    found = {
        who: [sign_in(who).get(reverse(name, args=[row.number])).status_code for name, row in (("print_notice", notice), ("print_referral", referral))]
        for who in ("zhou", "night", "shen", "wang", "mei")
    }  # fmt: skip
    assert found == {"zhou": [200, 200], "night": [403, 200], "shen": [200, 200], "wang": [403, 403], "mei": [403, 403]}
