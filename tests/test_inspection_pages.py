"""The sheet on the screen, the list and the page of inspections, the printed list, the board (SOP 5.3.3, screens 5.2)."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.clock import SHANGHAI
from desk.alarms import alarms
from papers.models import Print
from people.models import User
from places.models import Unit
from tests.cast import STROKES, Cast
from tests.paper import pages
from tests.sheets import DEFECTS, drafted, on_sheet, registered, sheet, written
from tests.test_photos import picture, sent
from tickets import actions as tickets
from tickets import inspections, sla
from tickets.models import Acknowledgement, Deadline, Inspection, LinePhoto, Ticket

NOON = dt.datetime(2026, 11, 24, 10, 42, 0, tzinfo=SHANGHAI)
MINUTE = dt.timedelta(minutes=1)
HX = {"HX-Request": "true"}
pytestmark = pytest.mark.sop("5.3.3")


@pytest.fixture
def noon() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def typed(*defects: tuple[str, str, str], **given: Any) -> dict[str, Any]:
    """A sheet as the page posts it: columns of equal length."""
    keys = given.pop("keys", None) or [str(uuid.uuid4()) for _ in defects]
    return {
        "once": str(uuid.uuid4()), "key": keys, "seen": ["0"] * len(defects), "position": [str(n) for n in range(1, len(defects) + 1)],
        "room": [one[0] for one in defects], "component": [""] * len(defects), "component_text": [one[1] for one in defects],
        "fault": [one[2] for one in defects], "urgency": ["routine"] * len(defects), **given,
    }  # fmt: skip


def save(client: Client, cast: Cast, fields: dict[str, Any]) -> Any:
    return client.post(f"/tickets/new/handover/{cast.unit_1201.pk}/lines/", fields, headers=HX)


def register(client: Client, cast: Cast, fields: dict[str, Any], **given: Any) -> Any:
    owner = cast.unit_1201.residents.get(relation="owner")
    signed = {"person": f"r{owner.pk}", "strokes": json.dumps(STROKES), **given}
    return client.post(f"/tickets/new/handover/{cast.unit_1201.pk}/register/", {**fields, **signed})


def plain(answer: Any) -> str:
    text = re.sub(r"<script.*?</script>|<template.*?</template>", "", answer.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


# The sheet ----------------------------------------------------------------------


def test_a_dwelling_is_chosen_by_what_one_types_and_its_id_alone_stands_in_the_address(cast: Cast, sign_in):
    client = sign_in("zhou")
    answer = client.post("/tickets/new/handover/", {"unit": "3-2-1201"})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/tickets/new/handover/?unit={cast.unit_1201.pk}")
    assert client.post("/tickets/new/handover/", {"unit": "13900002222"}).status_code == 422
    missing = client.post("/tickets/new/handover/", {"unit": "3-1202"})
    assert (missing.status_code, "没有 3-1202，相近：3-2-1201" in plain(missing)) == (422, True)


def test_opening_a_sheet_writes_nothing(cast: Cast, sign_in):
    answer = sign_in("wang").get(f"/tickets/new/handover/?unit={cast.unit_1201.pk}")
    assert (answer.status_code, Inspection.objects.count()) == (200, 0)
    text = plain(answer)
    assert ("登记后编号" in text, "3栋2单元1201" in text, "13800001201" in answer.content.decode()) == (
        True,
        True,
        False,
    )


def test_a_line_is_saved_by_itself_and_answered_with_what_is_computed(cast: Cast, sign_in, noon):
    client = sign_in("zhou")
    said = save(client, cast, typed(("主卧", "墙面涂料", "北墙有裂纹"))).json()
    (line,) = said["lines"]
    assert (line["component"], line["text"], line["seen"], line["problems"]) == ("paint", "涂料", 1, {})
    assert (line["warranty"], line["who"]) == ("至 2027年5月1日", "宏达建设")
    assert (said["summary"], said["at"], said["n"], said["bad"]) == ("1 项", "10:42", 1, 0)


def test_a_bad_line_is_marked_at_once_with_its_sentence(cast: Cast, sign_in):
    said = save(sign_in("zhou"), cast, typed(("卫生间", "", "镜前灯不亮"), ("厨房", "橱柜", "柜门合页松"))).json()
    assert [line["problems"] for line in said["lines"]] == [{"component": "选部件"}, {}]
    assert (said["summary"], said["bad"]) == ("2 项，1 项缺部件", 1)


def test_text_of_any_kind_is_kept_and_shown_as_text(cast: Cast, sign_in):
    client = sign_in("zhou")
    save(client, cast, typed(("<b>厅</b>", "<script>", "有\u202e问\x07题" + "长" * 400)))
    line = on_sheet(Inspection.objects.get())[0]
    assert (line.room, line.component_text, line.fault) == ("<b>厅</b>", "<script>", "有问 题" + "长" * 400)
    html = client.get(f"/tickets/new/handover/?unit={cast.unit_1201.pk}").content.decode()
    assert ("<b>厅</b>" in html, "&lt;b&gt;厅&lt;/b&gt;" in html) == (False, True)


def test_what_a_colleague_wrote_comes_with_the_next_answer_and_who_was_faster_is_named(cast: Cast, sign_in, noon):
    mine, key = sign_in("zhou"), str(uuid.uuid4())
    first = save(mine, cast, typed(("客厅", "入户门", "门框划伤"), keys=[key])).json()
    inspections.save_line(
        Inspection.objects.get(), by=cast.wang, line=written("主卧", "插座", "床头插座无电", position=2.0)
    )
    theirs = written("客厅", "入户门", "门框划伤 3 处", key=uuid.UUID(key), seen=1, position=1.0)
    inspections.save_line(Inspection.objects.get(), by=cast.wang, line=theirs)
    again = typed(("客厅", "入户门", "门框划伤 2 处"), keys=[key], seen=["1"], since=first["stamp"])
    said = save(mine, cast, again).json()
    (line,) = said["lines"]
    assert (line["overtaken"], line["fault"], line["seen"]) == (
        "王 10:42 改过这一行，再改一次就用您的",
        "门框划伤 3 处",
        2,
    )
    assert [other["fault"] for other in said["others"]] == ["门框划伤 3 处", "床头插座无电"]
    listened = mine.get(
        f"/tickets/new/handover/{cast.unit_1201.pk}/lines/", {"since": first["stamp"]}, headers=HX
    ).json()
    assert len(listened["others"]) == 2
    last = save(mine, cast, {**again, "seen": ["2"], "once": str(uuid.uuid4())}).json()["lines"][0]
    assert (last.get("overtaken"), last["fault"], last["seen"]) == (None, "门框划伤 2 处", 3)


def test_without_a_script_the_draft_is_saved_and_more_lines_are_offered(cast: Cast, sign_in):
    client = sign_in("zhou")
    answer = client.post(f"/tickets/new/handover/{cast.unit_1201.pk}/lines/", typed(*DEFECTS))
    assert answer.headers["Location"] == f"/tickets/new/handover/?unit={cast.unit_1201.pk}"
    assert client.get(answer.headers["Location"]).content.decode().count("data-line=") == 8 + 3 + 1


def test_a_sheet_is_registered_with_one_signature_and_leads_to_its_page(cast: Cast, sign_in, noon):
    client = sign_in("wang")
    answer = register(client, cast, typed(*DEFECTS))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/inspections/HT-YF-202611-0001/")
    inspection = Inspection.objects.get()
    assert (inspection.strokes, inspection.on_paper, inspection.registered_by) == (STROKES, False, cast.wang)
    assert [row.fault for row in Ticket.objects.order_by("number")] == [f"{d[0]}：{d[2]}" for d in DEFECTS]
    assert "已登记 YF-202611-0001，8 项" in plain(client.get(answer.headers["Location"]))


def test_a_bad_line_is_named_at_registration_and_nothing_typed_is_lost(cast: Cast, sign_in):
    client = sign_in("zhou")
    fields = typed(*DEFECTS[:6], ("卫生间", "", "镜前灯不亮"))
    answer = register(client, cast, fields)
    text = plain(answer)
    assert (answer.status_code, "有 1 处需要改" in text, "第 7 项：选部件" in text) == (422, True, True)
    assert "镜前灯不亮" in answer.content.decode()
    assert (Ticket.objects.count(), len(on_sheet(Inspection.objects.get()))) == (0, 7)
    fields |= {"once": str(uuid.uuid4()), "seen": ["1"] * 7, "component_text": [*fields["component_text"][:6], "灯具"]}
    assert register(client, cast, fields).status_code == 302
    assert Ticket.objects.count() == 7


def test_without_a_signature_the_page_comes_back_with_all_lines(cast: Cast, sign_in):
    answer = register(sign_in("zhou"), cast, typed(*DEFECTS[:2]), strokes="")
    assert (answer.status_code, "客户签字后再登记，或注明已签在纸上" in plain(answer)) == (409, True)
    assert len(on_sheet(Inspection.objects.get())) == 2
    assert Ticket.objects.count() == 0


def test_a_double_press_is_one_registration(cast: Cast, sign_in):
    client, fields = sign_in("zhou"), typed(*DEFECTS[:3])
    first, second = register(client, cast, fields), register(client, cast, fields)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first.headers["Location"] == second.headers["Location"]
    assert (Ticket.objects.count(), Inspection.objects.count()) == (3, 1)


def test_the_same_lines_from_another_window_are_not_registered_again(cast: Cast, sign_in, noon):
    fields = typed(*DEFECTS[:3])
    register(sign_in("zhou"), cast, fields)
    answer = register(sign_in("wang"), cast, {**fields, "once": str(uuid.uuid4())})
    assert (answer.status_code, "周 已于 10:42 登记为 YF-202611-0001，不再重复登记" in plain(answer)) == (409, True)
    assert (Ticket.objects.count(), Inspection.objects.count()) == (3, 1)


def test_lines_a_colleague_added_meanwhile_are_shown_before_anything_is_signed_for(cast: Cast, sign_in):
    client, fields = sign_in("zhou"), typed(*DEFECTS[:2])
    save(client, cast, fields)
    inspections.save_line(
        Inspection.objects.get(), by=cast.wang, line=written("厨房", "橱柜", "柜门合页松", position=9.0)
    )
    answer = register(client, cast, {**fields, "seen": ["1", "1"]})
    assert (answer.status_code, "同事刚改过这份验房" in plain(answer), "柜门合页松" in answer.content.decode()) == (
        409,
        True,
        True,
    )
    assert Ticket.objects.count() == 0


def test_somebody_not_on_the_list_is_named_with_a_whole_number(cast: Cast, sign_in):
    client, fields = sign_in("zhou"), typed(DEFECTS[0])
    bad = register(client, cast, fields, person="other", reporter_name="", phone="138001")
    assert (bad.status_code, {name: list(found) for name, found in bad.context["form"].errors.items()}) == (
        422, {"reporter_name": ["填写姓名"], "phone": ["联系电话少 5 位，应为 11 位手机号或带区号的固话。"]},
    )  # fmt: skip
    fine = {"person": "other", "reporter_name": "王代理", "phone": "13700007777", "relation": "other"}
    assert register(client, cast, {**fields, "seen": ["1"], "once": str(uuid.uuid4())}, **fine).status_code == 302
    ticket = Ticket.objects.get()
    assert (ticket.reporter_name, ticket.phone, ticket.relation) == ("王代理", "13700007777", "other")


def test_the_handover_day_is_asked_only_where_the_dwelling_has_none(cast: Cast, sign_in, noon):
    client, address = sign_in("zhou"), f"/tickets/new/handover/?unit={cast.unit_1201.pk}"
    assert "handed_over_on" not in client.get(address).content.decode()
    Unit.objects.filter(pk=cast.unit_1201.pk).update(handed_over_on=None)
    assert 'name="handed_over_on"' in client.get(address).content.decode()
    late = register(client, cast, typed(DEFECTS[0]), handed_over_on="2026-11-25")
    assert (late.status_code, "交房日期不能晚于今天" in plain(late)) == (422, True)
    register(client, cast, typed(DEFECTS[1]), handed_over_on="2026-11-24")
    assert (
        Unit.objects.get(pk=cast.unit_1201.pk).handed_over_on is None
    )  # the first sheet still has a line the second did not show
    line = on_sheet(Inspection.objects.get())
    fields = typed(DEFECTS[0], DEFECTS[1], keys=[str(one.key) for one in line], seen=["1", "1"])
    assert register(client, cast, fields, handed_over_on="2026-11-24").status_code == 302
    assert Unit.objects.get(pk=cast.unit_1201.pk).handed_over_on == dt.date(2026, 11, 24)


def test_rows_of_a_spreadsheet_are_pasted_in_any_order_of_columns(cast: Cast, sign_in):
    client = sign_in("zhou")
    text = "序号\t问题描述\t房间\t构件\t紧急程度\n1\t执手松动\t主卧\t窗扇五金\t一般\n2\t水管爆裂\t厨房\t水管\t急修\n"
    said = client.post(f"/tickets/new/handover/{cast.unit_1201.pk}/paste/", {"text": text}, headers=HX).json()
    assert [(one["room"], one["component"], one["fault"], one["urgency"]) for one in said["lines"]] == [
        ("主卧", "hardware", "执手松动", "routine"),
        ("厨房", "water_pipe", "水管爆裂", "urgent"),
    ]
    assert said["note"] == "已按“部位、部件、问题、紧急程度”读入 2 行"


def test_rows_without_a_head_are_understood_by_what_stands_in_them(cast: Cast, sign_in):
    text = "北墙有裂纹，长约 40 cm\t客厅\t墙面涂料\n门框划伤 2 处\t客厅\t入户门\n床头插座没有电\t主卧\t插座"
    said = sign_in("zhou").post(f"/tickets/new/handover/{cast.unit_1201.pk}/paste/", {"text": text}, headers=HX).json()
    assert [(one["room"], one["component"], one["fault"]) for one in said["lines"]] == [
        ("客厅", "paint", "北墙有裂纹，长约 40 cm"),
        ("客厅", "entry_door", "门框划伤 2 处"),
        ("主卧", "socket", "床头插座没有电"),
    ]


def test_nothing_that_can_be_read_is_a_sentence(cast: Cast, sign_in):
    answer = sign_in("zhou").post(f"/tickets/new/handover/{cast.unit_1201.pk}/paste/", {"text": " \n"}, headers=HX)
    assert (answer.status_code, "剪贴板里没有能认的行" in plain(answer)) == (409, True)


def test_more_than_sixty_lines_are_refused_whole(cast: Cast, sign_in):
    rows = "\n".join(f"客厅\t入户门\t划伤 {n} 处" for n in range(61))
    answer = sign_in("zhou").post(f"/tickets/new/handover/{cast.unit_1201.pk}/paste/", {"text": rows}, headers=HX)
    assert (answer.status_code, "一次验房最多 60 项" in plain(answer)) == (409, True)
    assert [len(on_sheet(one)) for one in Inspection.objects.all()] == [0]


def test_photos_of_a_line_are_kept_shown_to_inspectors_and_thrown_away(cast: Cast, sign_in):
    client, key = sign_in("wang"), str(uuid.uuid4())
    address = f"/tickets/new/handover/{cast.unit_1201.pk}/photos/"
    said = client.post(address, {"key": key, "photos": [sent(picture()), sent(picture())]}, headers=HX).json()
    (line,) = said["lines"]
    assert (line["key"], len(line["photos"])) == (key, 2)
    url = line["photos"][0]["url"]
    assert client.get(url).headers["Content-Type"] == "image/jpeg"
    assert sign_in("mei").get(url).status_code == 403
    assert client.post(url, headers=HX).status_code == 204
    assert LinePhoto.objects.count() == 1
    bad = client.post(address, {"key": key, "photos": [sent(b"not a picture")]}, headers=HX)
    assert (bad.status_code, bad.content.decode()) == (415, "photo.jpg 不是照片。只收 JPEG、PNG 和 WebP。")


@pytest.mark.parametrize("who", ["night", "mei", "fin", "admin"])
def test_who_does_not_inspect_is_told_who_does(cast: Cast, sign_in, who: str):
    for address in (f"/tickets/new/handover/?unit={cast.unit_1201.pk}", "/inspections/import/"):
        answer = sign_in(who).get(address)
        assert (answer.status_code, "这一步由前台接待、客服主管、维修技工、工程主管办理" in plain(answer)) == (
            403,
            True,
        )


def test_a_draft_is_given_up_and_the_next_one_begins_anew(cast: Cast, sign_in):
    client = sign_in("zhou")
    save(client, cast, typed(DEFECTS[0]))
    answer = client.post(f"/tickets/new/handover/{cast.unit_1201.pk}/discard/", {"once": str(uuid.uuid4())})
    assert answer.headers["Location"] == "/inspections/"
    assert Inspection.objects.get().state == "discarded"
    assert "北墙有裂纹" not in client.get(f"/tickets/new/handover/?unit={cast.unit_1201.pk}").content.decode()


def test_the_sheet_costs_the_same_for_one_line_and_for_forty(cast: Cast, sign_in):
    client = sign_in("zhou")

    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            client.get(f"/tickets/new/handover/?unit={cast.unit_1201.pk}")
        return len(caught)

    drafted(cast, 1)
    cost()
    few = cost()
    drafted(cast, 39)
    assert few == cost()


# The page of one, and what follows ------------------------------------------------


def test_the_page_shows_every_line_with_its_repair_and_the_one_next_step(cast: Cast, sign_in, noon):
    inspection = registered(
        cast, [*sheet(3), written("厨房", "水管", "接口喷水，关不住", urgency="urgent", position=9.0)]
    )
    client = sign_in("zhou")
    text = plain(client.get(inspection.get_absolute_url()))
    assert "4 项" in text
    assert "急修逐项通知，30 分钟到场 第 4 项 厨房：接口喷水，关不住 BX-202611-0004" in text
    assert "1 客厅 涂料 北墙有裂纹，长约 40 cm 宏达建设 至 2027年5月1日 BX-202611-0001 待通知" in text
    inspections.batch_notify(inspection, by=cast.zhou, to=cast.shen)
    assert re.search(r'id="next-title">按现场所见核实<', client.get(inspection.get_absolute_url()).content.decode())


def test_the_batch_notice_is_offered_to_who_stood_by_and_to_the_supervisor(cast: Cast, sign_in):
    inspection = registered(cast, 2, by=cast.wang)
    client, address = sign_in("wang"), f"/inspections/{inspection.number}/batch_notify/"
    form = client.get(address).context["form"]
    assert [str(each.who) for each in form.fields["to"].candidates] == ["王强", "沈刚", "水电班"]
    assert form.initial["to"] == f"u{cast.wang.pk}"
    answer = client.post(address, {"once": str(uuid.uuid4()), "to": f"u{cast.shen.pk}", "how": "in_person"}, headers=HX)
    assert json.loads(answer.headers["HX-Trigger"])["step:done"]["message"] == "已通知工程 2 项"
    assert set(Ticket.objects.values_list("state", flat=True)) == {"notified"}
    late = client.post(address, {"once": str(uuid.uuid4()), "to": f"u{cast.shen.pk}", "how": "phone"}, headers=HX)
    assert (late.status_code, "没有等着批量通知的项目" in plain(late)) == (409, True)


def test_the_survey_of_all_lines_is_one_form(cast: Cast, sign_in):
    inspection = registered(cast, 3)
    first, second, third = on_sheet(inspection)
    client, address = sign_in("shen"), f"/inspections/{inspection.number}/survey_as_seen/"
    fields = {
        "once": str(uuid.uuid4()),
        f"nature_{first.pk}": "warranty_home",
        f"nature_{second.pk}": "paid_home",
        f"nature_{third.pk}": "paid_home",
    }
    bad = client.post(address, fields)
    assert (bad.status_code, list(bad.context["form"].errors)) == (422, [f"reason_{second.pk}"])
    assert "第 2 项改判要写原因" in plain(bad)
    fine = client.post(address, {**fields, f"reason_{second.pk}": "门框是业主搬家碰的"})
    assert (fine.status_code, fine.headers["Location"]) == (302, inspection.get_absolute_url())
    assert list(Ticket.objects.order_by("number").values_list("nature", flat=True)) == [
        "warranty_home",
        "paid_home",
        "paid_home",
    ]


def test_the_reinspection_is_one_form_and_shows_every_state(cast: Cast, sign_in):
    inspection = registered(cast, 2)
    first, second = on_sheet(inspection)
    Ticket.objects.filter(pk=first.ticket_id).update(completed_at=clock.now())
    client, address = sign_in("zhou"), f"/inspections/{inspection.number}/reinspect/"
    page = client.get(address)
    assert [len(page.context["form"].fields[f"passed_{line.pk}"].choices) for line in (first, second)] == [3, 2]
    nothing = client.post(address, {"once": str(uuid.uuid4())})
    assert (nothing.status_code, "选出复验过的项目" in plain(nothing)) == (422, True)
    fields = {
        "once": str(uuid.uuid4()),
        f"passed_{first.pk}": "yes",
        f"passed_{second.pk}": "no",
        f"words_{second.pk}": "还没来修",
    }
    assert client.post(address, fields).status_code == 302
    text = plain(client.get(inspection.get_absolute_url()))
    assert ("通过 周 今日" in text, "不通过 周 今日" in text, "还没来修" in text) == (True, True, True)
    told = plain(client.get(first.ticket.get_absolute_url()))  # type: ignore[union-attr]
    assert "复验：通过" in told


def test_a_technician_sees_the_inspection_but_opens_only_his_own_repairs(cast: Cast, sign_in):
    inspection = registered(cast, 2)
    html = sign_in("wang").get(inspection.get_absolute_url()).content.decode()
    assert f'href="/tickets/{inspection.tickets.all()[0].number}/"' not in html
    inspections.batch_notify(inspection, by=cast.zhou, to=cast.wang)
    html = sign_in("wang").get(inspection.get_absolute_url()).content.decode()
    assert html.count("data-open-item") == 2


def test_inspections_are_listed_found_and_filtered(cast: Cast, sign_in, noon):
    registered(cast, 2)
    done = registered(cast, 1, unit=cast.unit_0702)
    inspections.batch_notify(done, by=cast.zhou, to=cast.shen)
    drafted(cast, 3)
    client = sign_in("shen")

    def numbers(query: str) -> list[str]:
        html = client.get(f"/inspections/{query}").content.decode()
        return re.findall(r"data-open-item data-next>(.*?)<", html)

    assert numbers("") == ["草稿", "YF-202611-0002", "YF-202611-0001"]
    assert numbers("?state=draft") == ["草稿"]
    assert numbers("?state=notify") == ["YF-202611-0001"]
    assert numbers("?state=open") == ["YF-202611-0002", "YF-202611-0001"]
    assert numbers("?q=yf2026112") == ["YF-202611-0002"]
    assert numbers("?q=1-1-0702") == ["YF-202611-0002"]
    assert numbers("?q=nothing&state=done") == []
    assert "待通知 2" in plain(client.get("/inspections/?state=notify"))
    assert client.post("/inspections/", {"q": "yf2026112"}).headers["Location"] == "/inspections/?q=yf2026112"


def test_the_lists_cost_the_same_for_two_inspections_and_for_eight(cast: Cast, sign_in):
    client = sign_in("zhou")

    def cost() -> tuple[int, ...]:
        found = []
        for address in ("/inspections/", "/board/"):
            client.get(address)
            with CaptureQueriesContext(connection) as caught:
                client.get(address)
            found.append(len(caught))
        return tuple(found)

    for _ in range(2):
        registered(cast, 2)
    few = cost()
    for _ in range(6):
        registered(cast, 6)
    assert (few, cost()) == (few, few)


# The printed list -----------------------------------------------------------------


def test_the_list_is_printed_kept_and_the_second_print_says_so(cast: Cast, sign_in, noon, tmp_path):
    inspection = registered(cast, 41)
    client, address = sign_in("zhou"), f"/inspections/{inspection.number}/print/"
    key = str(uuid.uuid4())
    first = client.post(address, {"once": key})
    assert client.post(address, {"once": key}).headers["Location"] == first.headers["Location"]
    client.post(address, {"once": str(uuid.uuid4())})
    kept = list(Print.objects.order_by("nth"))
    assert [(one.kind, one.number, one.nth, one.by) for one in kept] == [
        ("YF", inspection.number, n, cast.zhou) for n in (1, 2)
    ]
    with kept[1].pdf.open("rb") as file:
        first_page, last_page = pages(file.read(), tmp_path)
    said = (
        "验房记录",
        "补打第2次",
        "YF-202611-0001",
        "3-2-1201",
        "李建国",
        "13800001201",
        "41项",
        "宏达建设",
        "第1页/共2页",
    )
    assert [word for word in said if word not in first_page] == []
    assert [word for word in ("以下空白", "客户签字", "第2页/共2页", "BX-202611-0041") if word not in last_page] == []


def test_a_draft_is_printed_without_a_number_and_kept_nowhere(cast: Cast, sign_in, tmp_path):
    drafted(cast, 3)
    answer = sign_in("wang").post(f"/tickets/new/handover/{cast.unit_1201.pk}/print/")
    (page,) = pages(answer.content, tmp_path)
    assert (answer.headers["Content-Type"], "草稿" in page, "YF-" in page) == ("application/pdf", True, False)
    assert Print.objects.count() == 0


# Single calls do not drown ----------------------------------------------------------


def test_the_board_shows_a_row_an_inspection_and_its_urgent_lines_among_the_calls(cast: Cast, sign_in, noon):
    registered(cast, [*sheet(40), written("厨房", "水管", "接口喷水，关不住", urgency="urgent", position=99.0)])
    cast.report()
    text = plain(sign_in("zhou").get("/board/?part=list"))
    assert text.count("3栋2单元1201") == 2
    assert "验房 3栋2单元1201 · 41 项 待通知 40 急修 1 YF-202611-0001" in text
    assert re.search(r"待通知 2 5 分钟内", text)
    assert ("厨房：接口喷水，关不住" in text, "门框划伤" in text) == (True, False)
    assert "交房验房" not in plain(sign_in("zhou").get("/board/?part=list&scope=mine"))


def test_one_bell_rings_for_all_lines_of_an_inspection_and_one_press_silences_them(cast: Cast, sign_in, noon):
    inspection = registered(cast, 40)
    cast.report(fault="水龙头漏水")
    noon.shift(6 * MINUTE)
    sla.escalate_missed()
    bells = alarms(cast.zhou, clock.now())
    assert [bell["sentence"] for bell in bells] == [
        "3栋2单元1201 验房（YF-202611-0001）",
        "1栋1单元0702 水龙头漏水（BX-202611-0041）",
    ]
    assert (bells[0]["step_label"], bells[0]["step_url"]) == (
        "批量通知工程",
        f"/inspections/{inspection.number}/batch_notify/",
    )
    sign_in("zhou").post(bells[0]["ack_url"])
    assert [bell["short"] for bell in alarms(cast.zhou, clock.now())] == ["1-0702"]
    assert Acknowledgement.objects.count() == 40
    assert Ticket.objects.filter(inspection=inspection)[0].events.filter(action="acknowledge").count() == 1


def test_a_single_call_comes_through_the_pulse_before_forty_lines(cast: Cast, sign_in):
    since = 0
    client = sign_in("zhou")
    call = cast.report()
    registered(cast, 60)
    said = client.get(f"/pulse/?since={since}").json()
    assert said["changed"][0] == call.pk


def test_lines_that_wait_are_no_jobs_in_anybody_s_hand(cast: Cast):
    from tickets.queries import crew

    inspection = registered(cast, 12)
    inspections.batch_notify(inspection, by=cast.zhou, to=cast.wang)
    found = {str(each.who): each.load for each in crew(cast.community.pk, "plumbing", clock.now())}
    assert found["王强"] == 0


def test_the_register_holds_the_lines_and_leaves_them_out_on_demand(cast: Cast, sign_in, noon):
    registered(cast, 3)
    cast.report()
    client = sign_in("zhou")

    def listed(query: str) -> list[str]:
        return re.findall(r">(BX-\d+-\d+)<", client.get(f"/tickets/{query}").content.decode())

    assert listed("") == [f"BX-202611-000{n}" for n in (4, 3, 2, 1)]
    assert listed("?sheet=no") == ["BX-202611-0004"]
    assert listed("?sheet=yes") == [f"BX-202611-000{n}" for n in (3, 2, 1)]
    assert listed("?q=yf2026111") == [f"BX-202611-000{n}" for n in (3, 2, 1)]


def test_a_number_is_found_with_ctrl_k(cast: Cast, sign_in, noon):
    inspection = registered(cast, 2)
    answer = sign_in("zhou").post("/find/", {"q": "yf2026111"}, headers=HX).content.decode()
    assert f'data-href="{inspection.get_absolute_url()}"' in answer


def test_a_line_s_page_leads_to_its_inspection(cast: Cast, sign_in, noon):
    inspection = registered(cast, 1)
    html = sign_in("zhou").get(Ticket.objects.get().get_absolute_url()).content.decode()
    assert f'href="{inspection.get_absolute_url()}"' in html


def test_the_strip_of_promises_counts_the_batch_notice(cast: Cast, noon):
    from desk.queries import kept_today

    inspection = registered(cast, 5)
    noon.shift(2 * MINUTE)
    inspections.batch_notify(inspection, by=cast.zhou, to=cast.shen)
    kept = kept_today(User.objects.get(username="zhou"), clock.now())["notify"]
    assert (kept.kept, kept.all) == (5, 5)
    assert Deadline.objects.filter(kind="notify", met_at=NOON + 2 * MINUTE).count() == 5


def test_a_phone_lists_an_inspection_once_and_not_line_by_line(cast: Cast, sign_in, noon):
    inspection = registered(cast, 12)
    inspections.batch_notify(inspection, by=cast.zhou, to=cast.wang)
    tickets.notify_engineering(cast.report(), by=cast.zhou, to=cast.wang)
    html = sign_in("wang").get("/my/").content.decode()
    assert (html.count('class="job"'), f'href="{inspection.get_absolute_url()}"' in html) == (2, True)
    assert reverse("my_job", args=[inspection.tickets.all()[0].number]) not in html
