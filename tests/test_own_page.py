"""One's own page: password, language, theme and preferences; every form needs its token."""

import pytest
from django.test import Client
from django.urls import reverse

from people import urls
from tests.accounts import PASSWORD, is_in, signed_in, try_sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def zhou(cast):
    return cast.zhou


def test_changing_the_own_password_asks_for_the_old_one_and_ends_every_session(zhou):
    desk, phone = signed_in(zhou), signed_in(zhou)
    typed = {"old": "wrong", "new": "another-horse-8", "again": "another-horse-8"}
    answer = desk.post(reverse("change_password"), typed)
    assert (answer.status_code, is_in(phone)) == (422, True)
    assert "现用密码不对。重新输入。" in answer.content.decode()
    answer = desk.post(reverse("change_password"), typed | {"old": PASSWORD})
    assert answer.headers["Location"] == f"{reverse('sign_in')}?over=password"
    assert "密码已改。用新密码登录。" in desk.get(answer.headers["Location"]).content.decode()
    assert [is_in(desk), is_in(phone)] == [False, False]
    assert try_sign_in(desk, password=PASSWORD).status_code == 422
    assert try_sign_in(desk, password="another-horse-8").status_code == 302


def test_the_old_password_cannot_be_guessed_from_an_open_session(zhou):
    client = signed_in(zhou)
    typed = {"old": "wrong", "new": "another-horse-8", "again": "another-horse-8"}
    assert [client.post(reverse("change_password"), typed).status_code for _each in range(6)] == [422] * 5 + [429]


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("short7", "密码至少 8 位。"),
        ("12345678", "密码太常见，容易被猜到。换一个。"),
        ("90817263541", "密码不能全是数字。加上字母。"),
        ("password123", "密码太常见，容易被猜到。换一个。"),
    ],
)
def test_a_weak_password_is_refused_in_one_sentence(zhou, new, sentence):
    client = signed_in(zhou)
    answer = client.post(reverse("change_password"), {"old": PASSWORD, "new": new, "again": new})
    assert (answer.status_code, answer.context["password_form"].errors) == (422, {"new": [sentence]})
    assert is_in(client)


def test_language_and_theme_stay_with_the_person_over_sessions(zhou):
    client = signed_in(zhou)
    assert client.post(reverse("set_language_own"), {"language": "en", "next": "/me/"}).headers["Location"] == "/me/"
    client.post(reverse("set_theme"), {"theme": "dark"})
    again = signed_in(zhou).get(reverse("me"))
    assert again.headers["Content-Language"] == "en"
    zhou.refresh_from_db()
    assert (zhou.language, zhou.theme) == ("en", "dark")


def test_the_sign_in_page_speaks_the_browser_s_language_or_the_one_chosen_there():
    client = Client()
    assert client.get(reverse("sign_in"), headers={"Accept-Language": "en"}).headers["Content-Language"] == "en"
    assert client.get(reverse("sign_in")).headers["Content-Language"] == "zh-hans"
    client.post(reverse("set_language_own"), {"language": "zh-hant"})
    assert client.get(reverse("sign_in")).headers["Content-Language"] == "zh-hant"


@pytest.mark.parametrize(
    ("name", "typed"), [("set_theme", {"theme": "pink"}), ("set_language_own", {"language": "xx"})]
)
def test_an_unknown_theme_or_language_changes_nothing(zhou, name, typed):
    assert signed_in(zhou).post(reverse(name), typed).status_code == 422
    zhou.refresh_from_db()
    assert (zhou.language, zhou.theme) == ("zh-hans", "system")


def test_preferences_change_what_they_name_and_nothing_else(zhou):
    client = signed_in(zhou)
    client.post(reverse("set_preferences"), {"sound": "", "is_active": "", "username": "root", "epoch": "9"})
    zhou.refresh_from_db()
    assert (zhou.sound, zhou.single_keys, zhou.is_active, zhou.username) == (False, False, True, "zhou")
    assert is_in(client)


@pytest.mark.parametrize("name", [pattern.name for pattern in urls.urlpatterns])
def test_no_post_of_people_is_taken_without_a_token(zhou, name):
    client = Client(enforce_csrf_checks=True)
    client.force_login(zhou)
    assert client.post(reverse(name), {"username": "zhou", "password": PASSWORD}).status_code in {403, 405}
    assert is_in(client)


@pytest.mark.parametrize("name", ["sign_out", "set_theme", "set_language_own", "change_password", "set_preferences"])
def test_nothing_changes_by_following_a_link(zhou, name):
    client = signed_in(zhou)
    assert client.get(reverse(name)).status_code == 405
    assert is_in(client)
