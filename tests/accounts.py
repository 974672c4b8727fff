"""Signing in as the tests do it: through the page, with the one password of the cast."""

from django.test import Client
from django.urls import reverse

from people.models import User
from people.roles import Role

PASSWORD = "desk-2026"


def somebody(username: str, *roles: Role, within: int | None = None) -> User:
    """An account with roles, outside the fixed cast."""
    user = User.objects.create_user(username, PASSWORD, name=username, short_name=username[:1])
    user.grant(*roles, within=within)
    return user


def try_sign_in(client: Client, username: str = "zhou", password: str = "wrong-guess", **headers):
    return client.post(reverse("sign_in"), {"username": username, "password": password}, **headers)


def signed_in(user: User) -> Client:
    client = Client()
    assert try_sign_in(client, user.username, PASSWORD).status_code == 302
    return client


def is_in(client: Client) -> bool:
    """Does the session still open one's own page?"""
    return client.get(reverse("me")).status_code == 200
