"""A hostile clerk at the registration: odd addresses, endless bodies, forged keys and places, bombs, two tabs (trust.md §2b to §2d)."""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any

import pytest
from django.urls import reverse

from people.roles import FD
from places.models import Building, Community, Entrance, PublicArea, Resident, Unit
from tests.accounts import somebody
from tests.attacks.states import browser, everything
from tests.cast import Cast, the_cast
from tests.test_held_photos import shots
from tests.test_photos import flood, picture, sent
from tests.test_registration import PAGE, report
from tests.test_steps import client_of, together
from tickets import photos
from tickets.models import HeldPhoto, Ticket

ODD = [
    "", " ", "0", "-1", "9" * 19, "9" * 400, "١٢", "²", "None", "a' OR 1=1 --", "%", "\\", "<b>x", "\x00", "\u202e", "😀", "x" * 5_000, "3-", "gg", "~abc",
    "2026-13-40", "\r\nSet-Cookie: a=b",
]  # fmt: skip
SENT = ["", "9" * 19, "²", "\x00", "\u202e😀", "x" * 5_000, "2026-13-40"]
NAMES = ("unit", "q", "page", "phone", "again", "place_id", "place_kind", "known", "call", "component", "trade", "urgency", "window_slot", "to", "sort", "state", "team", "lost")  # fmt: skip


@pytest.mark.parametrize("name", ["register", "register_rail", "ticket_list"])
def test_a_page_opened_with_odd_values_is_answered(name: str, cast: Cast) -> None:
    cast.report()
    client, faults = browser(cast, "zhou"), []
    for odd in ODD:
        for given in [
            dict.fromkeys(NAMES, odd),
            *({name: odd} for name in ("unit", "q", "page", "phone", "again", "to")),
        ]:
            answer = client.get(reverse(name), given, follow=True)
            if answer.status_code >= 400 or b"<b>x" in answer.content:
                faults.append((given, answer.status_code))
    assert faults == []


@pytest.mark.parametrize("name", ["find", "find_places", "ticket_list", "cash_receive"])
def test_a_search_of_odd_words_is_answered(name: str, cast: Cast) -> None:
    client = browser(cast, "zhou")
    headers = {"HX-Request": "true"}
    codes = {client.post(reverse(name), dict.fromkeys(NAMES, odd), headers=headers).status_code for odd in ODD}
    assert codes <= {200, 302, 404}


FIELDS = (
    "place_text", "place_kind", "place_id", "area", "known", "reporter_name", "relation", "phone", "channel", "call", "called_at", "backdated_because", "spot",
    "component_text", "component", "trade", "fault", "man_made", "urgency", "window_slot", "window_day", "window_starts", "window_ends", "remark", "rework_of",
    "to", "then", "draft", "once", "next", "photos_held", "photos_off", "safety", "safety_times",
)  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_an_odd_value_in_one_field_is_a_sentence_or_no_matter_and_never_a_fault(field: str, cast: Cast) -> None:
    client = browser(cast, "zhou")
    codes = {client.post(PAGE, report(cast, **{field: odd})).status_code for odd in SENT}
    assert codes <= {302, 422}


def test_endless_bodies_fields_and_files_are_refused_and_leave_nothing(cast: Cast) -> None:
    client, before = browser(cast, "zhou"), everything()
    client.raise_request_exception = False
    many = {f"x{n}": "1" for n in range(2_000)}
    for given in ({"fault": "漏" * 2_000_000}, many, {"photos": [sent(b"x")] * 150}):
        answer = client.post(PAGE, report(cast, **given))
        assert (answer.status_code in {400, 413}, "<html" in answer.content.decode()) == (True, True)
    assert everything() == before


def test_nothing_of_another_community_can_be_named(cast: Cast) -> None:
    other = Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")
    entrance = Entrance.objects.create(building=Building.objects.create(community=other, code="8"), code="1")
    unit = Unit(entrance=entrance, code="0808")
    unit.fill_search([])
    unit.save()
    stranger = Resident.objects.create(unit=unit, name="外人", phone="13700009999")
    area = PublicArea.objects.create(community=other, name="牡丹园大门")
    clerk = somebody("elsewhere", FD, within=other.pk)
    theirs = cast.report(community=other, unit=unit, by=clerk, phone="13700009999")
    client, n = browser(cast, "zhou"), Ticket.objects.count()
    for given in (
        {"place_id": unit.pk, "place_text": ""},
        {"place_id": area.pk, "place_kind": "area", "place_text": ""},
        {"place_id": "", "place_text": "8-0808"},
        {"place_id": "", "place_text": "牡丹园大门"},
    ):
        answer = client.post(PAGE, report(cast, **given))
        assert (answer.status_code, "外人" in answer.content.decode()) == (422, False)
    for given in (
        {"known": f"r{stranger.pk}", "phone": "137****9999"},
        {"known": f"t{theirs.number}", "phone": "137****9999"},
        {"to": f"u{clerk.pk}"},
        {"component": "hall_light", "component_text": "", "area": area.pk},
    ):
        assert client.post(PAGE, report(cast, **given)).status_code == 422
    assert Ticket.objects.count() == n
    made = client.post(PAGE, report(cast, rework_of=theirs.number, community=other.pk))
    ticket = Ticket.objects.latest("pk")
    assert (made.status_code, ticket.rework_of, ticket.community) == (302, None, cast.community)
    for page in (f"{PAGE}?unit={unit.pk}", f"{PAGE}?again={theirs.number}", f"{PAGE}?phone=13700009999"):
        html = client.get(page, follow=True).content.decode()
        assert ("0808" in html, "外人" in html) == (False, False)


def test_two_tabs_of_one_clerk_are_two_reports_and_a_stale_key_is_said(cast: Cast) -> None:
    client = browser(cast, "zhou")
    one, two = report(cast), report(cast, fault="厨房水槽堵了，水不下去")
    assert [client.post(PAGE, form).status_code for form in (one, two, one, two)] == [302] * 4
    assert Ticket.objects.count() == 2
    late = client.post(PAGE, {**one, "fault": "又想起一处漏水"})
    assert (late.status_code, late.context["refused"]) == (
        409, "这张表单已登记为 BX-202611-0001。要再登记一件，再按一次。",
    )  # fmt: skip
    fresh = late.context["form"].data["once"]
    html = late.content.decode()
    assert (f'name="once" value="{fresh}"' in html, "又想起一处漏水" in html) == (False, True)


def test_another_clerk_s_key_is_used_up_for_everybody(cast: Cast) -> None:
    form = report(cast)
    assert browser(cast, "zhou").post(PAGE, form).status_code == 302
    answers = [browser(cast, "qian").post(PAGE, {**form, **given}).status_code for given in ({}, {"remark": "x"})]
    assert (answers, Ticket.objects.count()) == ([302, 409], 1)


def test_bombs_among_photos_are_refused_and_good_ones_held(cast: Cast) -> None:
    client, begun = browser(cast, "zhou"), time.monotonic()
    files = [sent(flood(8_000), "flood.png"), *shots(50), sent(b"\x00" * 100_000), sent(picture()[:200])]
    answer = client.post(PAGE, report(cast, photos=files))
    assert (answer.status_code, HeldPhoto.objects.count(), Ticket.objects.count()) == (413, 1, 0)
    assert time.monotonic() - begun < 5


def test_large_pictures_are_unpacked_one_at_a_time(monkeypatch) -> None:
    monkeypatch.setattr(photos, "LARGE", 1_000)
    busy, most, scaled = threading.Semaphore(0), [], photos.scaled

    def watched(plain: Any) -> Any:
        busy.release()
        most.append(busy._value)
        time.sleep(0.05)
        made = scaled(plain)
        busy.acquire()
        return made

    monkeypatch.setattr(photos, "scaled", watched)
    together(*[lambda: photos.read(sent(picture()))] * 4)
    assert most == [1, 1, 1, 1]
    monkeypatch.setattr(photos, "LARGE", 10_000)
    most.clear()
    together(*[lambda: photos.read(sent(picture()))] * 4)
    assert max(most) > 1


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_a_refusal_and_a_success_at_once_leave_one_ticket_and_no_photo_twice() -> None:
    cast, once = the_cast(), str(uuid.uuid4())
    jobs = [
        lambda given=given: client_of(cast, "zhou").post(PAGE, report(cast, once=once, photos=shots(50, 60), **given))
        for given in ({}, {"fault": ""}, {}, {"phone": "1"})
    ]
    answers = together(*jobs)
    assert sorted(answer.status_code for answer in answers)[:2] == [302, 302]
    assert {answer.status_code for answer in answers[1::2]} <= {409, 422}
    assert (Ticket.objects.count(), Ticket.objects.get().photos.count()) == (1, 2)
