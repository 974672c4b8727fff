"""The judgement and what the customer hears of it: unknown days, last days, a survey that overrules the desk (G10, G11, G20)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from billing import actions as billing
from core.clock import SHANGHAI, local
from core.refusals import Refusal
from places.models import Builder, BuiltBy, Component
from tests.cast import Cast
from tests.test_paths import HOUR, leaking
from tests.test_steps import errors, send
from tests.test_ticket_page import offered, page, plain, sentences
from tickets import actions as tickets
from tickets import judging
from tickets.models import Ticket
from workorders import issuing, notices

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=SHANGHAI)


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def overruled(cast: Cast) -> Ticket:
    """A tap of 1201 is out of its year and was called paid; on site it is the pipe behind it, in warranty."""
    ticket = cast.notified(unit=cast.unit_1201, component="tap", fault="龙头根部漏水")
    tickets.arrive(ticket, by=cast.wang)
    cast.photographed(ticket)
    tickets.survey(
        ticket, by=cast.wang, nature="warranty_home", work="墙内弯头渗漏", reason="是墙内水管，不是龙头", man_made=False
    )
    return ticket


# G10 ----------------------------------------------------------------------------


def undated(cast: Cast) -> Ticket:
    cast.unit_1201.handed_over_on = None
    cast.unit_1201.save()
    ticket = cast.notified(unit=cast.unit_1201, component="water_pipe", fault="厨房水管接口渗水")
    tickets.arrive(ticket, by=cast.wang)
    tickets.survey(ticket, by=cast.wang, nature="undetermined", work="接口未粘牢")
    return ticket


@pytest.mark.sop("5.5.2-2")
def test_g10_the_supervisor_enters_the_day_and_judges_then(cast: Cast, sign_in, noon) -> None:
    ticket, lin = undated(cast), sign_in("lin")
    assert offered(cast, ticket, "lin").main.name == "enter_start_day"
    assert "开派工单：性质待定，由客服主管先定交付日或性质。" in plain(page(sign_in("zhou"), ticket)).replace(
        " ：", "："
    )
    assert errors(send(lin, "enter_start_day", ticket, day="2026-11-24", because="")) == {
        "day": ["日期不能晚于今天"],
        "because": ["填写依据"],
    }
    assert send(lin, "enter_start_day", ticket, day="2026-01-15", because="开发商交付清单").status_code == 302
    ticket.refresh_from_db()
    cast.unit_1201.refresh_from_db()
    assert (ticket.warranty_state, ticket.nature_guess, str(cast.unit_1201.handed_over_on)) == (
        "in",
        "warranty_home",
        "2026-01-15",
    )
    assert cast.unit_1201.history.order_by("history_id").last().history_user == cast.lin
    assert offered(cast, ticket, "lin").main.name == "rejudge"
    assert sentences(cast, ticket)[-1] == "林 补交付日期，初判：质保维修 ［开发商交付清单］"


def test_g10_a_day_that_is_known_is_not_entered_again(cast: Cast, sign_in, noon) -> None:
    ticket, lin = leaking(cast), sign_in("lin")
    assert "enter_start_day" not in {offer.name for offer in offered(cast, ticket, "lin").rare}
    assert send(lin, "enter_start_day", ticket, day="2026-01-15", because="清单").status_code == 409
    for who in ("zhou", "shen", "wang"):
        assert send(sign_in(who), "enter_start_day", ticket, day="2026-01-15", because="清单").status_code == 403


# G11 ----------------------------------------------------------------------------


@pytest.fixture
def last_day(cast: Cast, noon) -> Cast:
    """The pipes of 1201 are in warranty through today."""
    cast.unit_1201.handed_over_on = dt.date(2024, 11, 23)
    cast.unit_1201.save()
    cast.unit_1201.entrance.building.completed_on = dt.date(2024, 6, 1)
    cast.unit_1201.entrance.building.save()
    return cast


def test_g11_on_the_last_day_the_desk_is_told_to_notify_the_builder_today(last_day: Cast, sign_in) -> None:
    plumber = Builder.objects.create(community=last_day.community, name="顺达安装")
    BuiltBy.objects.create(
        community=last_day.community, component=Component.objects.get(pk="water_pipe"), builder=plumber
    )
    asked = {"place_kind": "unit", "place_id": last_day.unit_1201.pk, "component": "water_pipe"}
    rail = plain(sign_in("zhou").get(reverse("register_rail"), asked).content.decode())
    assert "质保内，今日届满" in rail and "今天就通知顺达安装。" in rail and "原施工 顺达安装" in rail


def test_g11_the_flag_stays_until_the_builder_knows(last_day: Cast, sign_in) -> None:
    ticket, client = leaking(last_day), sign_in("zhou")
    assert "今日届满" in client.get(reverse("board")).content.decode()
    assert "今日届满" in plain(page(client, ticket))
    notices.send_notice([ticket], by=last_day.zhou)
    assert "今日届满" not in client.get(reverse("board")).content.decode()


def test_g11_the_day_of_the_report_decides_even_if_the_notice_is_sent_later(last_day: Cast, noon) -> None:
    ticket = leaking(last_day)
    noon.shift(30 * HOUR)
    ticket.refresh_from_db()
    notices.send_notice([ticket], by=last_day.zhou)
    assert (ticket.nature, local(ticket.reported_at).date(), ticket.warranty_ends_on) == (
        "warranty_home", dt.date(2026, 11, 23), dt.date(2026, 11, 23),
    )  # fmt: skip


# G20 ----------------------------------------------------------------------------


@pytest.mark.sop("5.5.2-2")
def test_g20_the_customer_hears_of_another_judgement_before_any_slip(cast: Cast, sign_in, noon) -> None:
    ticket, zhou = overruled(cast), sign_in("zhou")
    assert offered(cast, ticket).main.name == "tell_judgement"
    notice = notices.send_notice([ticket], by=cast.zhou)
    notices.agree_time(notice, by=cast.zhou, window=(NOON + 20 * HOUR, NOON + 22 * HOUR))
    with pytest.raises(Refusal, match="先告知客户"):
        issuing.issue_warranty_slip(ticket, by=cast.zhou, technician=cast.wang)
    assert errors(send(zhou, "tell_judgement", ticket, how="phone")) == {"answer": ["选客户怎么说"]}
    assert send(zhou, "tell_judgement", ticket, how="phone", answer="agrees").status_code == 302
    ticket.refresh_from_db()
    assert ticket.told_of_judgement_at == NOON
    assert issuing.issue_warranty_slip(ticket, by=cast.zhou, technician=cast.wang).kind == "warranty"
    assert send(zhou, "tell_judgement", ticket, how="phone", answer="agrees").status_code == 409


def test_g20_both_judgements_stand_on_the_page_with_reason_and_by_whom(cast: Cast, sign_in, noon) -> None:
    ticket = overruled(cast)
    judging.tell_judgement(ticket, by=cast.zhou, how="phone")
    card = plain(page(sign_in("zhou"), ticket, "?part=side"))
    card = card[card.index("责任与质保") :]
    assert re.search(r"性质 质保维修 登记时 有偿家庭报修 质保已过，水龙头、花洒 1 年", card)
    assert "核实 质保维修 王 今日 12:00 没有装修改动 是墙内水管，不是龙头 告知客户 今日 12:00" in card
    assert sentences(cast, ticket)[-1] == "周 告知客户改判（电话）"


def test_g20_a_customer_who_objects_hands_it_to_the_supervisor(cast: Cast, sign_in, noon) -> None:
    ticket, zhou = overruled(cast), sign_in("zhou")
    told: dict[str, Any] = {"how": "phone", "answer": "objects"}
    assert errors(send(zhou, "tell_judgement", ticket, **told)) == {"words": ["写明客户为何有异议"]}
    assert send(zhou, "tell_judgement", ticket, words="不想等施工单位，要自费修", **told).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.objected_at, offered(cast, ticket, "lin").main.name) == (NOON, "rejudge")
    billing.rejudge(ticket, by=cast.lin, nature="paid_home", reason="客户要求自费")
    assert (ticket.objected_at, ticket.told_of_judgement_at) == (None, None)


def test_g20_who_accepts_the_price_knows_the_judgement(cast: Cast, noon) -> None:
    ticket = cast.accepted(unit=cast.unit_1201, component="water_pipe", fault="水管漏")
    assert (ticket.nature_guess, ticket.nature) == ("warranty_home", "paid_home")
    assert billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang).state == "issued"


def test_a_public_repair_has_no_customer_to_be_told(cast: Cast, noon) -> None:
    ticket = cast.notified(unit=None, area=cast.hall, place="public", spot="", component="pump", fault="水泵机封漏水")
    tickets.arrive(ticket, by=cast.wang)
    cast.photographed(ticket)
    tickets.survey(ticket, by=cast.wang, nature="paid_public", work="更换机封", reason="易损件，不在质保内")
    assert offered(cast, ticket).main is None or offered(cast, ticket).main.name != "tell_judgement"
