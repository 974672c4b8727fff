"""No telephone number in an address, a title or a log line, whatever is searched and however a page is opened (trust.md P8, §4)."""

from __future__ import annotations

import json
import logging
import re
from typing import Any
from urllib.parse import unquote_plus

import pytest
from django.test import Client
from django.urls import reverse

from core.logs import JsonLines, Private
from desk.private import MOST, holds_telephone
from tests.cast import Cast

HTMX = {"HX-Request": "true"}
NUMBER = "13900002222"
SPELLINGS = [NUMBER, "139 0000 2222", "139-0000-2222", "１３９００００２２２２", "+86 139 0000 2222", "0571-88880000", "88880000", f"陈 {NUMBER}"]  # fmt: skip
NONE = ["", "0702", "2222", "3-2-1201", "13-2-1201", "3栋2单元1201", "wx2026110001", "HT-WX-202611-0001-3", "BX-202611-0001", "漏水", "123456", "2026-11"]  # fmt: skip


def addresses(answer: Any) -> list[str]:
    """Every address of the answer: where it leads, and each link, form and data- address in the page."""
    html = "" if answer.streaming else answer.content.decode()
    found = re.findall(r'(?:href|action|src|data-[\w-]+)="([^"]*[/?][^"]*)"', html)
    return [unquote_plus(one) for one in [answer.headers.get("Location", ""), *found]]


def telling(answer: Any) -> list[str]:
    return [one for one in addresses(answer) if re.search(r"[0-9]{7}", re.sub(r"[-+ ]", "", one.partition("?")[2]))]


@pytest.fixture
def desk(cast: Cast, sign_in) -> Client:
    cast.report(reporter_name="陈小红", relation="tenant", phone=NUMBER)
    client: Client = sign_in("zhou")
    return client


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_telephone_is_recognised_however_it_is_spelt(text: str):
    assert holds_telephone(text)


@pytest.mark.parametrize("text", NONE)
def test_a_dwelling_a_paper_and_a_word_are_no_telephone(text: str):
    assert not holds_telephone(text)


@pytest.mark.parametrize("typed", SPELLINGS)
@pytest.mark.parametrize("name", ["ticket_list", "find", "cash", "cash_receive", "register", "board"])
@pytest.mark.parametrize("parameter", ["q", "phone", "unit"])
def test_a_page_opened_with_a_number_leads_on_without_it(desk: Client, typed: str, name: str, parameter: str):
    answer = desk.get(reverse(name), {parameter: typed, "page": "1"})
    assert (answer.status_code, telling(answer), "page=1" in answer.headers["Location"]) == (302, [], True)
    while answer.status_code == 302:
        answer = desk.get(answer.headers["Location"])
        assert telling(answer) == []
    assert NUMBER not in re.findall(r"<title>(.*?)</title>", answer.content.decode(), re.S)[0]


@pytest.mark.parametrize("typed", [NUMBER, "139-0000-2222", "１３９００００２２２２"])
def test_the_register_searches_by_a_posted_number_and_its_links_do_not_say_it(desk: Client, typed: str):
    answer = desk.post(reverse("ticket_list"), {"q": typed, "state": "open"})
    where = answer.headers["Location"]
    assert re.fullmatch(r"/tickets/\?q=~[\w-]+&state=open", unquote_plus(where))
    page = desk.get(where)
    assert (page.context["wanted"].q, page.context["page"].paginator.count, telling(page)) == (typed, 1, [])
    assert f'value="{typed}"' in page.content.decode()
    assert desk.post(reverse("ticket_list"), {"q": typed, "state": "open"}).headers["Location"] == where


def test_words_and_places_stay_readable_in_the_register_s_address(desk: Client):
    answer = desk.post(reverse("ticket_list"), {"q": "3-2-1201", "sort": "-state", "page": "9"})
    assert answer.headers["Location"] == "/tickets/?q=3-2-1201&sort=-state"


def test_a_sign_of_another_session_shows_nothing_and_says_so(desk: Client, sign_in):
    where = desk.post(reverse("ticket_list"), {"q": NUMBER}).headers["Location"]
    page = sign_in("qian").get(where)
    html = page.content.decode()
    assert (page.status_code, page.context["page"].paginator.count) == (200, 0)
    assert html.count("电话查询只在当次登录内有效，重新输入号码") == 1
    assert sign_in("qian").get(where.replace("/tickets/", "/tickets/new/").replace("q=", "phone=")).status_code == 200


def test_the_box_over_everything_is_asked_by_post_only(desk: Client):
    answer = desk.post(reverse("find"), {"q": NUMBER}, headers=HTMX)
    assert (answer.status_code, answer.headers["Cache-Control"], telling(answer)) == (200, "no-store", [])
    assert "陈女士" in answer.content.decode()
    assert desk.get(reverse("find"), {"q": "陈小红"}, headers=HTMX).status_code == 302


def test_a_number_that_nobody_has_is_offered_for_registration_without_saying_it(desk: Client):
    answer = desk.post(reverse("find"), {"q": "13155550000"}, headers=HTMX)
    [where] = re.findall(r'data-href="([^"]+)"', answer.content.decode())
    assert (telling(answer), unquote_plus(where)[:20]) == ([], "/tickets/new/?unit=~")
    assert desk.get(where).context["form"].initial["place_text"] == "13155550000"


def test_places_are_looked_up_by_post_only(desk: Client):
    answer = desk.post(reverse("find_places"), {"q": NUMBER})
    assert (answer.status_code, answer.headers["Cache-Control"], telling(answer)) == (200, "no-store", [])
    assert desk.get(reverse("find_places"), {"q": "0702"}).status_code == 405


def test_a_call_box_opens_the_page_with_the_caller_and_a_clean_address(cast: Cast, desk: Client):
    answer = desk.get("/tickets/new/?phone=139-0000-2222&unit=1-0702")
    where = unquote_plus(answer.headers["Location"])
    assert re.fullmatch(r"/tickets/new/\?phone=~[\w-]+&unit=1-0702", where)
    form = desk.get(where).context["form"]
    tenant = cast.unit_0702.residents.get(relation="tenant")
    assert (form.place, form.initial["known"]) == (cast.unit_0702, f"r{tenant.pk}")
    assert desk.get(where).context["form"].initial == form.initial


def test_who_is_not_signed_in_is_led_to_the_sign_in_page_without_the_number(client: Client, cast: Cast):
    answer = client.get("/tickets/new/", {"phone": NUMBER, "unit": "0702"})
    assert answer.headers["Location"] == "/tickets/new/?unit=0702"
    assert (
        client.get(answer.headers["Location"]).headers["Location"] == "/sign-in/?next=%2Ftickets%2Fnew%2F%3Funit%3D0702"
    )
    assert not client.session.keys()


def test_a_session_keeps_the_last_twenty_numbers(desk: Client):
    for n in range(MOST + 5):
        desk.get("/tickets/", {"q": f"139000022{n:02}"})
    assert list(desk.session["told"].values()) == [f"139000022{n:02}" for n in range(5, MOST + 5)]


def test_the_cash_desk_finds_by_a_posted_number(cast: Cast, sign_in):
    ticket, client = cast.accepted_slip().ticket, sign_in("zhou")
    answer = client.post(reverse("cash_receive"), {"q": "138 0000 1201"})
    assert answer.headers["Location"].startswith(f"/tickets/{ticket.number}/receive/")
    cast.accepted_slip()
    answer = client.post(reverse("cash_receive"), {"q": "13800001201"})
    page = client.get(answer.headers["Location"])
    assert (telling(answer), telling(page), len(page.context["accounts"].due)) == ([], [], 2)


def test_no_line_of_the_log_tells_a_number_that_was_searched(desk: Client, caplog):
    caplog.set_level(logging.DEBUG)
    for typed in SPELLINGS:
        desk.get("/tickets/", {"q": typed}, follow=True)
        desk.get("/nowhere/", {"q": typed})
        desk.post("/find/", {"q": typed}, headers=HTMX)
        logging.getLogger("gunicorn.access").info('127.0.0.1 "%s" 302', f"GET {answer_line(typed)} HTTP/1.1")
    lines = []
    for record in caplog.records:
        Private().filter(record)
        lines.append(json.loads(JsonLines().format(record)))
    assert len(lines) >= len(SPELLINGS)
    assert [
        line
        for line in lines
        if re.search(r"\d{7}|139.{0,3}0000", unquote_plus(json.dumps(line, ensure_ascii=False)).replace(line["at"], ""))
    ] == []


def answer_line(typed: str) -> str:
    from urllib.parse import urlencode

    return f"/tickets/?{urlencode({'page': 2, 'q': typed})}"
