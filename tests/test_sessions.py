"""A session begins anew, ends in time and everywhere, and leaves nothing in caches (trust.md §2d)."""

import datetime as dt
import json

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from people import actions
from people.roles import Role
from tests.accounts import PASSWORD, is_in, signed_in, try_sign_in

NOON = dt.datetime(2026, 11, 3, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def zhou(cast):
    return cast.zhou


@pytest.fixture
def admin(cast):
    return cast.admin


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def test_signing_in_gives_a_new_session_id_and_drops_one_planted_before(zhou):
    client = Client()
    planted = client.session
    planted["planted"] = True
    planted.save()
    client.cookies["sessionid"] = str(planted.session_key)
    try_sign_in(client, password=PASSWORD)
    assert client.cookies["sessionid"].value != planted.session_key
    assert "planted" not in client.session
    assert not Session.objects.filter(pk=planted.session_key).exists()


def test_signing_out_ends_the_session_on_the_server(zhou):
    client, stolen = signed_in(zhou), Client()
    stolen.cookies["sessionid"] = client.cookies["sessionid"].value
    assert is_in(stolen)
    assert client.post(reverse("sign_out")).headers["Location"] == reverse("sign_in")
    assert not is_in(stolen)
    assert Session.objects.count() == 0


def test_an_idle_hour_ends_a_session_and_the_page_says_why(zhou, clock):
    client = signed_in(zhou)
    clock.shift(59 * MINUTE)
    assert is_in(client)
    clock.shift(59 * MINUTE)
    assert is_in(client)
    clock.shift(60 * MINUTE)
    answer = client.get(reverse("me"))
    assert answer.headers["Location"] == f"{reverse('sign_in')}?next=%2Fme%2F&over=idle"
    assert Session.objects.count() == 0
    assert "60 分钟没有操作，已退出。重新登录后继续。" in client.get(answer.headers["Location"]).content.decode()


def test_twelve_hours_end_a_session_however_busy(zhou, clock):
    client = signed_in(zhou)
    for _each in range(23):
        clock.shift(30 * MINUTE)
        assert is_in(client)
    clock.shift(30 * MINUTE)
    assert client.get(reverse("me")).headers["Location"].endswith("&over=longest")


def test_the_pulse_of_an_open_page_is_no_activity_and_writes_no_session(zhou, clock):
    client = signed_in(zhou)
    before = Session.objects.values().get()
    for _each in range(59):
        clock.shift(MINUTE)
        assert client.get("/pulse/").status_code in {200, 204, 304}
    assert Session.objects.values().get() == before
    clock.shift(MINUTE)
    assert client.get("/pulse/").status_code == 401
    assert not is_in(client)


def test_activity_is_written_at_most_twice_a_minute(zhou, clock):
    client = signed_in(zhou)
    before = Session.objects.values().get()
    clock.shift(dt.timedelta(seconds=29))
    assert is_in(client)
    assert Session.objects.values().get() == before
    clock.shift(dt.timedelta(seconds=1))
    assert is_in(client)
    assert Session.objects.values().get() != before


@pytest.mark.parametrize(
    "change",
    [
        lambda zhou, admin: actions.grant(zhou, Role.SERVICE_SUPERVISOR, by=admin),
        lambda zhou, admin: actions.revoke(zhou, Role.FRONT_DESK, by=admin),
        lambda zhou, admin: actions.disable(zhou, by=admin),
        lambda zhou, admin: actions.change_password(zhou, "another-horse-8", by=admin),
        lambda zhou, admin: zhou.grant(Role.NIGHT_DUTY),
    ],
    ids=["role given", "role taken", "disabled", "password set", "role given directly"],
)
def test_a_change_of_role_account_or_password_ends_all_sessions_at_the_next_request(zhou, admin, change):
    desk, phone, other = signed_in(zhou), signed_in(zhou), signed_in(admin)
    change(zhou, admin)
    assert [is_in(desk), is_in(phone), is_in(other)] == [False, False, True]


def test_every_page_of_a_person_is_kept_out_of_caches(zhou):
    client = signed_in(zhou)
    assert client.get(reverse("me")).headers["Cache-Control"] == "no-store"
    assert client.post(reverse("sign_out")).headers["Cache-Control"] == "no-store"
    assert "no-store" in client.get(reverse("sign_in")).headers["Cache-Control"]


def test_a_page_in_the_background_hears_401_and_an_event_instead_of_a_foreign_page(zhou):
    client = signed_in(zhou)
    actions.grant(zhou, Role.NIGHT_DUTY, by=None)
    answer = client.get(reverse("me"), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Trigger"]) == (401, "session:over")
    assert answer.content.decode() == "登录已结束。重新登录后继续。"


def test_signing_in_within_the_dialog_gives_the_open_page_a_token_it_can_go_on_with(zhou):
    client = Client(enforce_csrf_checks=True)
    form = client.get(reverse("sign_in"), headers={"HX-Request": "true"})
    assert b"<html" not in form.content
    typed = {"username": "zhou", "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    answer = client.post(reverse("sign_in"), typed, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    begun = json.loads(answer.headers["HX-Trigger"])["session:begun"]
    assert begun["user"] == zhou.pk
    kept = client.post(reverse("set_theme"), {"theme": "dark", "csrfmiddlewaretoken": begun["csrf"]})
    assert kept.status_code == 302


def test_a_form_sent_after_the_end_leads_back_to_the_page_it_stood_on(zhou):
    page = "http://testserver/me/?tab=2"
    answer = Client().post(reverse("set_theme"), {"theme": "dark"}, headers={"Referer": page})
    assert answer.headers["Location"] == f"{reverse('sign_in')}?next=%2Fme%2F%3Ftab%3D2"
    answer = Client().post(reverse("set_theme"), {"theme": "dark"}, headers={"Referer": "http://evil.example/"})
    assert answer.headers["Location"] == f"{reverse('sign_in')}?next=%2F"
