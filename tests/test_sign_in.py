"""Signing in: guessing is slowed down and never locks for good; nobody is led to a stranger's page (trust.md §2d)."""

import datetime as dt
import logging
import re
import threading

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from people import actions, throttle
from people.models import SignInFailure, User
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


def test_fifty_guesses_are_five_looks_at_the_password_and_the_right_one_must_wait_its_minute(zhou, clock):
    client = Client()
    answers = [try_sign_in(client).status_code for _each in range(50)]
    assert answers == [422] * 5 + [429] * 45
    during = try_sign_in(client, password=PASSWORD)
    assert (during.status_code, during.headers["Retry-After"]) == (429, "61")
    assert not is_in(client)
    clock.shift(MINUTE)
    assert try_sign_in(client, password=PASSWORD).status_code == 302
    assert is_in(client)


def test_the_wait_doubles_from_one_minute_to_fifteen_and_never_becomes_a_lock(zhou, clock):
    client, waits = Client(), []
    for _round in range(7):
        for _each in range(5):
            assert try_sign_in(client).status_code == 422
        minutes = 0
        while throttled("zhou"):
            clock.shift(MINUTE)
            minutes += 1
        waits.append(minutes)
    assert waits == [1, 2, 4, 8, 15, 15, 15]
    assert try_sign_in(client, password=PASSWORD).status_code == 302


def throttled(username: str) -> bool:
    """Must a stranger wait now? The question itself leaves no trace."""
    try:
        throttle.begin(username, "203.0.113.9", known=False, at=timezone.now()).delete()
    except throttle.Throttled:
        return True
    return False


def test_the_wait_is_said_in_whole_minutes_rounded_up(zhou, clock):
    client, told = Client(), []
    for _round in range(2):
        for _each in range(5):
            try_sign_in(client)
        clock.shift(dt.timedelta(seconds=13))
        told += re.findall(r"多次输错，\d+ 分钟后再试。", try_sign_in(client).content.decode())
        clock.shift(2 * MINUTE)
    assert told == ["多次输错，1 分钟后再试。", "多次输错，2 分钟后再试。"]


def test_an_unknown_name_a_wrong_password_and_a_disabled_account_get_the_same_answer(zhou, admin, clock):
    actions.disable(admin, by=None)
    answers = [try_sign_in(Client(), "zhou"), try_sign_in(Client(), "nobody"), try_sign_in(Client(), "admin", PASSWORD)]
    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert all("用户名或密码不对。重新输入。" in answer.content.decode() for answer in answers)
    for name in ("zhou", "nobody", "admin"):
        client = Client()
        assert [try_sign_in(client, name).status_code for _each in range(6)] == [422] * 4 + [429] * 2


class CountingHasher(MD5PasswordHasher):
    """Counts the passwords it hashes: what a sign-in costs in time."""

    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.hashed += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("name", ["zhou", "nobody"])
def test_a_known_and_an_unknown_name_cost_one_password_hash_each(zhou, settings, name):
    settings.PASSWORD_HASHERS = [f"{__name__}.{CountingHasher.__qualname__}"]
    before = CountingHasher.hashed
    try_sign_in(Client(), name)
    assert CountingHasher.hashed - before == 1


def test_twenty_guesses_over_many_names_make_their_address_wait_and_no_other(zhou, clock):
    client = Client()
    for number in range(20):
        assert try_sign_in(client, f"name{number}", REMOTE_ADDR="198.51.100.7").status_code == 422
    assert try_sign_in(client, "zhou", PASSWORD, REMOTE_ADDR="198.51.100.7").status_code == 429
    assert try_sign_in(client, "zhou", PASSWORD, REMOTE_ADDR="198.51.100.8").status_code == 302


def test_a_prank_from_elsewhere_does_not_keep_the_owner_out_at_the_own_computer(zhou, clock):
    desk = signed_in(zhou)
    desk.post(reverse("sign_out"))
    prankster = Client()
    for _each in range(50):
        try_sign_in(prankster)
    assert try_sign_in(prankster, password=PASSWORD).status_code == 429
    assert try_sign_in(desk, password=PASSWORD).status_code == 302


def test_the_own_computer_is_no_free_ground_for_guessing_either(zhou, clock):
    desk = signed_in(zhou)
    desk.post(reverse("sign_out"))
    assert [try_sign_in(desk).status_code for _each in range(7)] == [422] * 5 + [429] * 2


def test_a_forged_mark_of_an_earlier_sign_in_counts_for_nothing(zhou, clock):
    client = Client()
    client.cookies[throttle.COOKIE] = f"{throttle.mark('zhou')}:1uAAAA:forged"
    for _each in range(5):
        try_sign_in(client)
    assert SignInFailure.objects.filter(known=True).count() == 0


def test_success_clears_the_failures_of_the_account(zhou, clock):
    client = Client()
    for _each in range(4):
        try_sign_in(client)
    try_sign_in(client, password=PASSWORD)
    assert SignInFailure.objects.count() == 0


def test_every_spelling_of_a_name_is_one_account(zhou, clock):
    for name in ("zhou", "ZHOU", "ｚｈｏｕ", "Zhou", " zhou "):
        assert try_sign_in(Client(), name).status_code == 422
    assert try_sign_in(Client(), "zHOU").status_code == 429
    clock.shift(MINUTE)
    assert try_sign_in(Client(), "ＺＨＯＵ", PASSWORD).status_code == 302


def test_an_address_is_the_peer_and_what_a_proxy_says_only_if_it_is_trusted(settings):
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.2", HTTP_X_FORWARDED_FOR="1.1.1.1, 203.0.113.5")
    assert throttle.address_of(request) == "10.0.0.2"
    settings.TRUSTED_PROXY = "10.0.0.2"
    assert throttle.address_of(request) == "203.0.113.5"


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_get_no_more_looks_than_guesses_one_after_the_other():
    start, looked = threading.Barrier(12), []

    def guess() -> None:
        start.wait()
        try:
            looked.append(throttle.begin("zhou", "203.0.113.1", known=False, at=timezone.now()))
        except throttle.Throttled:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _each in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked) <= 5


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "///evil.example",
        r"/\evil.example",
        r"\\evil.example",
        "https:evil.example",
        "https://evil.example/",
        "http:///evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/\t/evil.example",
        "\x08//evil.example",
        " //evil.example",
        "/me/\r\nSet-Cookie: a=b",
        "http://testserver@evil.example/",
        "//testserver.evil.example",
        "",
    ],
)
def test_no_stranger_s_page_follows_the_sign_in(zhou, wanted):
    home = reverse("board")
    typed = {"username": "zhou", "password": PASSWORD, "next": wanted}
    assert Client().post(reverse("sign_in"), typed).headers["Location"] == home
    assert signed_in(zhou).get(reverse("sign_in"), {"next": wanted}).headers["Location"] == home


def test_the_page_asked_for_follows_the_sign_in(zhou):
    client = Client()
    to_sign_in = client.get(reverse("me") + "?tab=2").headers["Location"]
    page = client.get(to_sign_in)
    assert page.context["next"] == "/me/?tab=2"
    typed = {"username": "zhou", "password": PASSWORD, "next": "/me/?tab=2"}
    assert client.post(reverse("sign_in"), typed).headers["Location"] == "/me/?tab=2"


@pytest.mark.parametrize(
    ("roles", "name"),
    [
        ([Role.FRONT_DESK], "board"),
        ([Role.NIGHT_DUTY], "board"),
        ([Role.SERVICE_SUPERVISOR], "board"),
        ([Role.ENGINEERING_SUPERVISOR], "engineering"),
        ([Role.ENGINEERING_SUPERVISOR, Role.TECHNICIAN], "engineering"),
        ([Role.MANAGER], "board"),
        ([Role.TECHNICIAN], "my_jobs"),
        ([Role.TECHNICIAN, Role.FRONT_DESK], "board"),
        ([Role.ADMINISTRATOR], "me"),
    ],
)
def test_everybody_s_work_begins_at_the_own_home(roles, name):
    user = User.objects.create_user("someone", PASSWORD, name="某人", short_name="某")
    user.grant(*roles)
    assert signed_in(user).get(reverse("home")).headers["Location"] == reverse(name)


def test_sign_ins_are_logged_by_id_without_password_or_name(zhou, caplog):
    caplog.set_level(logging.INFO, "repairdesk.security")
    client = Client()
    try_sign_in(client)
    try_sign_in(client, "nobody")
    try_sign_in(client, password=PASSWORD)
    client.post(reverse("sign_out"))
    ours = [record for record in caplog.records if record.name == "repairdesk.security"]
    events = [(record.message, record.user) for record in ours]
    assert events == [
        ("auth.failed", zhou.pk),
        ("auth.failed", None),
        ("auth.login", zhou.pk),
        ("auth.logout", zhou.pk),
    ]
    told = " ".join(str(vars(record)) for record in ours)
    assert [word for word in (PASSWORD, "wrong-guess", "周敏", "nobody") if word in told] == []


def test_a_sign_in_is_no_change_of_the_person_in_the_history(zhou):
    before = zhou.history.count()
    signed_in(zhou)
    assert zhou.history.count() == before
