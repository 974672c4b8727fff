"""Photos of a form that is refused: held for its next sending, for that person and that form only, once, for a day (screens §8)."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from tests.cast import Cast, the_cast
from tests.test_photos import files_kept, picture, sent
from tests.test_registration import PAGE, report
from tests.test_steps import client_of, errors, together
from tickets import held, photos
from tickets.models import HeldPhoto, Photo, Ticket, held_storage
from tickets.tasks import tidy

HTMX = {"HX-Request": "true"}
HOUR = dt.timedelta(hours=1)


def shots(*sides: int) -> list[Any]:
    """Different pictures, told apart by their width."""
    return [sent(picture(size=(side, 30)), f"{side}.jpg") for side in sides]


def widths(rows: Any) -> list[int]:
    """Which of the pictures these are."""
    from PIL import Image

    return [Image.open(row.file.path).width for row in rows]


def files_held() -> int:
    return len(list(Path(held_storage().location).rglob("*.jpg")))


def send(client: Client, cast: Cast, **given: Any) -> Any:
    return client.post(PAGE, report(cast, **given))


def shown(answer: Any) -> tuple[str, list[str]]:
    """The key under which photos are held, and the ids of those the answered form shows."""
    html = answer.content.decode()
    [key] = re.findall(r'name="photos_held" value="([^"]+)"', html)
    return key, re.findall(r'name="photos_off" value="(\d+)"', html)


@pytest.fixture(autouse=True)
def _nothing_held():
    shutil.rmtree(held_storage().location, ignore_errors=True)


def test_a_refused_registration_holds_its_photos_and_the_next_sending_brings_them(
    cast: Cast, sign_in, django_capture_on_commit_callbacks
):
    client = sign_in("zhou")
    first = send(client, cast, fault="", photos=shots(50, 60))
    assert (first.status_code, errors(first)) == (422, {"fault": ["填写故障情况"]})
    key, ids = shown(first)
    html = first.content.decode()
    assert (html.count("已保留 2 张照片"), html.count('src="data:image/jpeg;base64,')) == (1, 2)
    with django_capture_on_commit_callbacks(execute=True):
        assert send(client, cast, photos_held=key).status_code == 302
    assert widths(Ticket.objects.get().photos.all()) == [50, 60]
    assert (HeldPhoto.objects.count(), files_held(), len(ids)) == (0, 0, 2)


def test_held_and_new_photos_come_in_together_and_one_struck_off_stays_away(cast: Cast, sign_in):
    client = sign_in("zhou")
    key, ids = shown(send(client, cast, fault="", photos=shots(50, 60)))
    again = send(client, cast, fault="", photos_held=key, photos_off=ids[:1], photos=shots(70))
    assert (again.status_code, shown(again)[0], again.content.decode().count("已保留 2 张照片")) == (422, key, 1)
    assert files_held() == 2
    last = shown(again)[1]
    assert send(client, cast, photos_held=key, photos_off=last[:1], photos=shots(80)).status_code == 302
    assert widths(Ticket.objects.get().photos.all()) == [70, 80]


def test_the_key_counts_for_the_person_it_was_given_to_and_for_no_other(cast: Cast, sign_in):
    key, ids = shown(send(sign_in("zhou"), cast, fault="", photos=shots(50)))
    qian = sign_in("qian")
    foreign = send(qian, cast, photos_held=key, photos_off=ids)
    assert errors(foreign) == {"photos": ["保留的照片已不在，重新添加"]}
    assert 'name="photos_held"' not in foreign.content.decode()
    assert send(qian, cast).status_code == 302
    assert (Photo.objects.count(), HeldPhoto.objects.get().by) == (0, cast.zhou)


def test_another_form_of_the_same_person_does_not_get_them(cast: Cast, sign_in):
    client = sign_in("zhou")
    send(client, cast, fault="", photos=shots(50))
    assert send(client, cast, photos_held=str(uuid.uuid4())).status_code == 422
    assert send(client, cast).status_code == 302
    assert (Photo.objects.count(), HeldPhoto.objects.count()) == (0, 1)


@pytest.mark.parametrize("odd", ["", "1", "x" * 5000, "\x00", "00000000-0000-0000-0000-00000000000g", "['a']"])
def test_an_odd_key_or_id_holds_nothing_and_breaks_nothing(odd: str, cast: Cast, sign_in):
    client = sign_in("zhou")
    given = {"photos_held": odd, "photos_off": ["1", odd, "-1", "9" * 40], "once": odd}
    assert send(client, cast, fault="", photos=shots(50), **given).status_code == 422
    assert HeldPhoto.objects.count() == 1
    assert send(client, cast, **given).status_code == 302
    assert Photo.objects.count() == 0


def test_a_resent_refusal_holds_each_photo_once(cast: Cast, sign_in):
    client, once = sign_in("zhou"), str(uuid.uuid4())
    first, again = (send(client, cast, once=once, fault="", photos=shots(50, 60)) for _ in range(2))
    assert shown(first) == shown(again)
    assert (HeldPhoto.objects.count(), files_held()) == (2, 2)


def test_a_photo_sent_again_beside_its_held_twin_is_kept_once(cast: Cast, sign_in):
    client = sign_in("zhou")
    key, _ids = shown(send(client, cast, fault="", photos=shots(50)))
    assert send(client, cast, photos_held=key, photos=shots(50, 60)).status_code == 302
    assert widths(Ticket.objects.get().photos.all()) == [50, 60]


def test_the_limit_of_nine_counts_held_ones_too(cast: Cast, sign_in):
    client = sign_in("zhou")
    key, ids = shown(send(client, cast, fault="", photos=shots(*range(50, 57))))
    over = send(client, cast, photos_held=key, photos=shots(60, 61, 62))
    assert (over.status_code, errors(over)) == (413, {"photos": ["一次最多 9 张照片，选了 10 张"]})
    assert (len(shown(over)[1]), Ticket.objects.count()) == (9, 0)
    assert send(client, cast, photos_held=key, photos_off=ids[:2]).status_code == 302
    assert widths(Ticket.objects.get().photos.all()) == [52, 53, 54, 55, 56, 60, 61]


def test_good_photos_beside_a_broken_file_are_held(cast: Cast, sign_in):
    client = sign_in("zhou")
    answer = send(client, cast, photos=[*shots(50), sent(b"no picture", "账单.pdf"), *shots(60)])
    assert (answer.status_code, errors(answer)) == (415, {"photos": ["账单.pdf 不是照片。只收 JPEG、PNG 和 WebP。"]})
    assert widths(HeldPhoto.objects.all()) == [50, 60]
    assert send(client, cast, photos_held=shown(answer)[0]).status_code == 302
    assert widths(Ticket.objects.get().photos.all()) == [50, 60]


def test_a_dialog_that_keeps_its_files_in_the_browser_holds_none(cast: Cast, sign_in):
    url = reverse("add_photo", args=[cast.report().number])
    given = {"kind": "before", "photos": [*shots(50), sent(b"no picture")]}
    assert sign_in("zhou").post(url, given, headers=HTMX).status_code == 415
    assert not HeldPhoto.objects.exists()


def survey(ticket: Ticket, **given: Any) -> dict[str, Any]:
    return {
        "nature": "paid_home",
        "trade": "plumbing",
        "man_made": "no",
        "work": "换阀芯",
        "reason": "客户装修改动过",
    } | given


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_refused_survey_holds_them_on_the_phone_and_in_the_dialog(headers: dict[str, str], cast: Cast, sign_in):
    ticket, client = cast.notified(), sign_in("wang")
    client.post(reverse("arrive", args=[ticket.number]), {"once": str(uuid.uuid4())})
    url = reverse("survey", args=[ticket.number])
    answer = client.post(url, survey(ticket, work="", photos=shots(50, 60)), headers=headers)
    assert (answer.status_code, answer.content.decode().count("已保留 2 张照片")) == (422, 1)
    given = survey(ticket, photos_held=shown(answer)[0], once=str(uuid.uuid4()))
    assert client.post(url, given, headers=headers).status_code in {200, 302}
    assert [(row.kind, row.by) for row in ticket.photos.all()] == [("before", cast.wang)] * 2


def test_a_step_that_came_too_late_holds_them_too(cast: Cast, sign_in):
    ticket, client = cast.surveyed(), sign_in("wang")
    answer = client.post(reverse("survey", args=[ticket.number]), survey(ticket, photos=shots(50)))
    assert (answer.status_code, len(shown(answer)[1])) == (409, 1)


def test_a_step_that_is_refused_while_it_is_taken_leaves_no_file_behind(cast: Cast, sign_in):
    """The photos were written already: they go, and are held for the next sending."""
    ticket, client = cast.notified(), sign_in("wang")
    client.post(reverse("arrive", args=[ticket.number]), {"once": str(uuid.uuid4())})
    before = files_kept()
    Ticket.objects.filter(pk=ticket.pk).update(since=clock.now() + 2 * HOUR)
    at = {"at": f"{clock.local(clock.now()):%Y-%m-%dT%H:%M}"}
    answer = client.post(reverse("survey", args=[ticket.number]), survey(ticket, photos=shots(50), **at))
    assert (answer.status_code, len(shown(answer)[1])) == (409, 1)
    assert (files_kept(), ticket.photos.count()) == (before, 0)


def test_held_photos_alone_are_enough_where_photos_are_asked_for(cast: Cast, sign_in):
    ticket, client = cast.report(), sign_in("zhou")
    url = reverse("add_photo", args=[ticket.number])
    key, ids = shown(client.post(url, {"photos": shots(50)}))
    assert errors(client.post(url, {"kind": "before", "photos_held": key, "photos_off": ids})) == {
        "photos": ["填写照片"]
    }
    key, _ids = shown(client.post(url, {"photos": shots(50)}))
    assert client.post(url, {"kind": "before", "photos_held": key}).status_code == 302
    assert ticket.photos.count() == 1


def test_a_refused_action_leaves_them_held(cast: Cast, sign_in, monkeypatch):
    monkeypatch.setattr(photos, "MOST_OF_A_TICKET", 1)
    ticket, client = cast.report(), sign_in("zhou")
    url = reverse("add_photo", args=[ticket.number])
    key, ids = shown(client.post(url, {"photos": shots(50, 60)}))
    refused = client.post(url, {"kind": "before", "photos_held": key})
    assert (refused.status_code, shown(refused), files_held()) == (409, (key, ids), 2)


def test_a_held_photo_whose_file_is_gone_is_named_and_the_others_stay(cast: Cast, sign_in):
    client = sign_in("zhou")
    key, _ids = shown(send(client, cast, fault="", photos=shots(50, 60)))
    Path(HeldPhoto.objects.earliest("pk").file.path).unlink()
    answer = send(client, cast, photos_held=key, photos=shots(70))
    assert errors(answer) == {"photos": ["保留的照片已不在，重新添加"]}
    assert send(client, cast, photos_held=shown(answer)[0]).status_code == 302
    assert widths(Ticket.objects.get().photos.all()) == [60, 70]


def test_after_a_day_leftovers_are_removed_with_their_files(cast: Cast, sign_in):
    client = sign_in("zhou")
    send(client, cast, fault="", photos=shots(50))
    send(client, cast, fault="", photos=shots(60))
    old = HeldPhoto.objects.earliest("pk")
    HeldPhoto.objects.filter(pk=old.pk).update(at=clock.now() - 24 * HOUR)
    litter = Path(held_storage().location) / "aa" / "no-row.jpg"
    litter.parent.mkdir(exist_ok=True)
    litter.write_bytes(b"")
    os.utime(litter, (0, 0))
    assert tidy() == 1
    assert (widths(HeldPhoto.objects.all()), files_held(), litter.exists()) == ([60], 1, False)


def test_one_person_cannot_fill_the_disk(cast: Cast, sign_in, monkeypatch):
    monkeypatch.setattr(held, "MOST_OF_A_PERSON", 3)
    for client in (sign_in("qian"), sign_in("zhou")):
        for side in range(50, 56):
            send(client, cast, fault="", photos=shots(side))
    assert widths(HeldPhoto.objects.order_by("pk")) == [53, 54, 55, 53, 54, 55]
    assert files_held() == 6


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_bring_the_same_held_photos_at_once_do_not_get_them_twice() -> None:
    cast = the_cast()
    key, _ids = shown(send(client_of(cast, "zhou"), cast, fault="", photos=shots(50, 60)))
    answers = together(
        *[
            lambda n=n: send(client_of(cast, "zhou"), cast, fault=f"角阀漏水，第 {n} 次", photos_held=key)
            for n in range(4)
        ]
    )
    codes = sorted(answer.status_code for answer in answers)
    assert (codes[0], set(codes[1:]) <= {409, 422}, Photo.objects.count(), HeldPhoto.objects.count()) == (
        302,
        True,
        2,
        0,
    )


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_ten_equal_presses_with_held_photos_are_one_ticket_with_its_photos() -> None:
    cast, once = the_cast(), str(uuid.uuid4())
    key, _ids = shown(send(client_of(cast, "zhou"), cast, fault="", photos=shots(50, 60)))
    answers = together(*[lambda: send(client_of(cast, "zhou"), cast, once=once, photos_held=key)] * 10)
    assert {(answer.status_code, answer.headers.get("Location")) for answer in answers} == {
        (302, Ticket.objects.get().get_absolute_url())
    }
    assert (Photo.objects.count(), files_held()) == (2, 0)
