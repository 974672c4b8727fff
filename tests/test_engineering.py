"""The engineering supervisor's page and what waits for his signature (SOP 3.4, screens 5.4)."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.urls import reverse

from billing import actions as billing
from callbacks import actions as callbacks
from core import clock
from people.models import Team
from people.roles import TE
from tests.cast import STROKES, Cast
from tests.test_kinds import arrived, done, lift_firm
from tests.test_paths import dark_hall, facility, leaking, repaired, warranty_slip
from tickets.models import Ticket
from workorders import actions as workorders
from workorders import custody
from workorders.models import Slip

SIGNED = json.dumps(STROKES)


def figures(page: Any) -> dict[str, str]:
    return {str(each["title"]): f"{each['value']}{each['unit']}" for each in page.context["figures"]}


def team_of(page: Any, name: str) -> Any:
    return next(row for row in page.context["teams"] if row.name == name)


@pytest.mark.sop("3.4")
def test_the_figures_count_what_is_late_open_in_time_finished_and_done_again(cast: Cast, sign_in: Any) -> None:
    cast.notified()
    with clock.as_of(clock.now() - dt.timedelta(minutes=40)):
        late = cast.notified(urgency="urgent")
    kept = cast.surveyed(urgency="prompt")
    accepted = cast.accepted_slip()
    callbacks.raise_correction(accepted.ticket, by=cast.shen, department="engineering", what="又滴水", needs_visit=True)
    cast.report()
    page = sign_in("shen").get("/engineering/")
    assert figures(page) == {
        "此刻超时": "1件", "在办": "3件", "30 分钟到场": "0%", "今日完工": "1件", "30 日返修率": "100%",
    }  # fmt: skip
    assert [item.ticket for item in page.context["late"]] == [late]
    with clock.as_of(clock.now() + dt.timedelta(hours=1)):
        assert figures(sign_in("shen").get("/engineering/"))["30 分钟到场"] == "50%", kept


@pytest.mark.sop("3.4")
def test_a_team_shows_duty_load_and_what_is_to_be_signed_and_opens_to_its_people(cast: Cast, sign_in: Any) -> None:
    cast.notified()
    slip = done(cast)
    own = repaired(cast, warranty_slip(cast, leaking(cast)))
    page = sign_in("shen").get("/engineering/")
    row = team_of(page, "水电班")
    assert (row.on_duty, row.open, row.late, row.finished, row.to_sign) == (3, 3, 0, 0, 1)
    assert (row.load, row.bar, row.people) == (1.0, 33, None)
    firms = team_of(page, "施工单位")
    assert (firms.names, firms.open, firms.to_sign) == ("宏达建设", 1, 1)
    assert [each for each, _due in page.context["waiting"]] == [slip, own]
    opened = sign_in("shen").get(row.url)
    people = {each["name"]: (each["n"], str(each["state"])) for each in team_of(opened, "水电班").people}
    assert people == {"王强": (3, "空闲"), "徐亮": (0, "空闲"), "孙电": (0, "空闲")}
    assert team_of(sign_in("shen").get(team_of(opened, "水电班").url), "水电班").people is None


def test_a_team_without_anybody_on_duty_is_heavy_and_says_so(cast: Cast, sign_in: Any) -> None:
    team = Team.objects.create(name="门窗班", community=cast.community.pk)
    ticket = cast.notified()
    Ticket.objects.filter(pk=ticket.pk).update(team=team)
    row = team_of(sign_in("shen").get("/engineering/"), "门窗班")
    assert (row.names, row.on_duty, row.open, row.load, row.heavy) == ("无人当班", 0, 1, None, True)


def test_what_was_finished_is_counted_since_the_chosen_day(cast: Cast, sign_in: Any) -> None:
    slip = done(cast)
    billing.countersign_slip(slip, by=cast.shen, opinion="passed", strokes=STROKES)
    month = clock.today().replace(day=1)
    Ticket.objects.filter(pk=slip.ticket_id).update(completed_at=clock.start_of(month))
    counted = {
        span: team_of(sign_in("shen").get("/engineering/", {"range": span}), "水电班").finished
        for span in ("today", "month", "nonsense")
    }
    today = int(clock.today() == month)
    assert counted == {"today": today, "month": 1, "nonsense": today}


def test_third_copies_are_counted_by_month_and_called_late_after_the_5th(cast: Cast, sign_in: Any) -> None:
    first = clock.start_of(clock.today().replace(day=1))
    with clock.as_of(first - dt.timedelta(days=3)):
        old = cast.issued()
    slip = done(cast)
    billing.countersign_slip(slip, by=cast.shen, opinion="passed", strokes=STROKES)
    custody.keep(slip, by=cast.shen)
    rows = sign_in("shen").get("/engineering/").context["thirds"]
    assert [(row["due"], row["home"], row["kept"], row["out"]) for row in rows] == [(1, 0, 0, 1), (1, 0, 1, 1)]
    late = clock.now() > clock.copy_cut_off(old.issued_at)
    assert [row["late"] for row in rows] == [late, False]


def test_the_page_is_the_supervisors_and_the_bell_of_nobody_else(cast: Cast, sign_in: Any) -> None:
    statuses = {
        who: sign_in(who).get("/engineering/").status_code for who in ("shen", "lin", "mei", "zhou", "wang", "fin")
    }
    assert statuses == {"shen": 200, "lin": 200, "mei": 200, "zhou": 403, "wang": 403, "fin": 403}
    homes = {who: sign_in(who).get("/").headers["Location"] for who in ("shen", "wang", "zhou", "mei", "admin")}
    assert homes == {"shen": "/engineering/", "wang": "/my/", "zhou": "/board/", "mei": "/board/", "admin": "/me/"}


def test_an_empty_house_says_so(cast: Cast, sign_in: Any) -> None:
    page = sign_in("shen").get("/engineering/").content.decode()
    assert [word in page for word in ("没有待验收的单据。", "现在没有超时。", "这两个月没有开单。", "都在时限内")] == [
        True
    ] * 4


def test_the_page_asks_a_fixed_number_of_questions(
    cast: Cast, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    client = sign_in("shen")
    done(cast)
    client.get("/engineering/")
    for _each in range(3):
        done(cast)
        cast.notified()
        repaired(cast, warranty_slip(cast, leaking(cast)))
    with django_assert_max_num_queries(30):
        client.get("/engineering/")


def test_the_signature_is_given_where_the_slip_is_seen(cast: Cast, sign_in: Any) -> None:
    slip, client = done(cast), sign_in("shen")
    page = client.get("/engineering/").content.decode()
    url = reverse("slip_countersign", args=[slip.number])
    assert f'href="{url}?next=/engineering/' in page
    fragment = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert ("机械密封" in fragment, 'hx-post="' in fragment, "data-signature" in fragment) == (True, True, True)
    answer = client.post(
        url, {"opinion": "passed", "strokes": SIGNED, "next": "/engineering/"}, headers={"HX-Request": "true"}
    )
    assert json.loads(answer["HX-Trigger"])["step:done"]["url"] == "/engineering/"
    assert client.get("/engineering/").context["waiting"] == []


# On the phone ------------------------------------------------------------------------


@pytest.mark.sop("5.5.3-3")
def test_the_supervisors_phone_lists_what_he_may_sign_and_the_next_one_follows(cast: Cast, sign_in: Any) -> None:
    first, second = done(cast), repaired(cast, warranty_slip(cast, leaking(cast)))
    client = sign_in("shen")
    page = client.get("/my/inspect/")
    assert [(slip, due.ref) for slip, due in page.context["rows"]] == [(first, first.number), (second, second.number)]
    url = reverse("slip_countersign", args=[first.number])
    opened = client.get(url, {"next": "/my/inspect/"})
    assert opened.templates[0].name == "workorders/phone_step_page.html"
    refused = client.post(url, {"opinion": "failed", "strokes": SIGNED, "next": "/my/inspect/"})
    assert (refused.status_code, refused.templates[0].name) == (422, "workorders/phone_step_page.html")
    done_ = client.post(url, {"opinion": "passed", "on_paper": "on", "next": "/my/inspect/"})
    assert done_["Location"] == "/my/inspect/"
    assert [slip for slip, _due in client.get("/my/inspect/").context["rows"]] == [second]
    assert [sign_in(who).get("/my/inspect/").status_code for who in ("wang", "zhou", "lin", "mei")] == [
        403,
        403,
        403,
        200,
    ]


def test_his_own_work_is_not_on_his_list(cast: Cast, sign_in: Any) -> None:
    cast.shen.grant(TE, within=cast.community.pk)
    slip = facility(cast, dark_hall(cast), technician=cast.shen)
    workorders.collect(slip, by=cast.zhou)
    workorders.arrive(slip, by=cast.shen)
    workorders.finish(slip, by=cast.shen, work="紧固", no_parts=True, strokes=STROKES)
    assert [len(sign_in(who).get("/my/inspect/").context["rows"]) for who in ("shen", "mei")] == [0, 1]


def job(sign_in: Any, slip: Slip, tab: str = "") -> Any:
    return sign_in("wang").get(reverse("my_job", args=[slip.ticket.number]), {"tab": tab})


def next_words(sign_in: Any, slip: Slip) -> tuple[str, str]:
    following = job(sign_in, slip).context["job"].next
    return str(following.words), following.step or following.tab


@pytest.mark.sop("3.3", "5.5.2-4")
def test_who_watches_a_builder_writes_down_his_coming_and_his_work(cast: Cast, sign_in: Any) -> None:
    slip = warranty_slip(cast, leaking(cast))
    said = [next_words(sign_in, slip)]
    workorders.collect(slip, by=cast.zhou, name="钱师傅")
    said.append(next_words(sign_in, slip))
    client = sign_in("wang")
    client.post(reverse("slip_arrive", args=[slip.number]), {"next": "/my/"})
    said.append(next_words(sign_in, slip))
    page = job(sign_in, slip)
    assert (page.context["tab"], "?tab=parts" in page.content.decode(), "¥" in page.content.decode()) == (
        "sign",
        False,
        False,
    )
    fields = {"work": "切除重粘，试压", "name": "钱师傅", "strokes": SIGNED, "next": "/my/"}
    assert client.post(reverse("slip_finish", args=[slip.number]), fields)["Location"] == "/my/"
    said.append(next_words(sign_in, slip))
    sign = {"opinion": "passed", "words": "", "name": "李建国", "strokes": SIGNED}
    assert client.post(reverse("my_sign", args=[slip.ticket.number]), sign)["Location"] == "/my/"
    said.append(next_words(sign_in, slip))
    assert said == [
        ("等宏达建设领单", ""), ("施工单位已到场", "arrive"), ("登记完工", "sign"), ("请客户验收签字", "sign"), ("等工程主管验收", ""),
    ]  # fmt: skip


@pytest.mark.sop("5.5.3-3")
def test_a_public_job_on_the_phone_has_parts_or_none_and_no_customer(cast: Cast, sign_in: Any) -> None:
    slip = arrived(cast, facility(cast, dark_hall(cast)))
    parts = job(sign_in, slip)
    assert (parts.context["tab"], "客户自备" in parts.content.decode()) == ("parts", False)
    page = job(sign_in, slip, "sign").content.decode()
    assert ("无：没有用料" in page, "材料合计" in page, "签字收款" in page) == (True, True, False)
    fields = {"work": "紧固接线", "no_parts": "on", "hours": "1.5", "strokes": SIGNED}
    assert sign_in("wang").post(reverse("slip_finish", args=[slip.number]), fields).status_code == 302
    after = job(sign_in, slip, "sign")
    assert (after.context["sign_form"], next_words(sign_in, slip)) == (None, ("等工程主管验收", ""))
    answer = sign_in("wang").post(
        reverse("my_sign", args=[slip.ticket.number]), {"opinion": "passed", "name": "李建国", "strokes": SIGNED}
    )
    assert answer.status_code == 409


def test_a_contractors_job_is_watched_like_a_builders(cast: Cast, sign_in: Any) -> None:
    slip = facility(cast, dark_hall(cast), contractor=lift_firm(cast))
    assert next_words(sign_in, slip) == ("等迅达电梯维保领单", "")


def test_a_refused_signature_waits_for_the_service_supervisor(cast: Cast, sign_in: Any) -> None:
    slip = cast.finished()
    page = job(sign_in, slip, "sign").content.decode()
    url = reverse("slip_refuse_to_sign", args=[slip.number])
    assert re.search(rf'href="{url}\?next=', page)
    answer = sign_in("wang").post(url, {"because": "嫌贵", "witness": cast.xu.pk, "next": "/my/"})
    assert (answer["Location"], next_words(sign_in, slip)) == ("/my/", ("等客服主管确认拒签", ""))
