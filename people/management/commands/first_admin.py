"""The first administrator of an empty installation."""

import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from people import actions
from people.models import Grant, User
from people.roles import Role

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def random_password() -> str:
    """Four groups of four letters and digits that cannot be mistaken for each other: 79 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _each in range(4)) for _group in range(4))


def write_down(line: str) -> Path:
    """Add a line to the file of first sign-ins, which only the owner of the installation may read."""
    place = Path(settings.VAR_DIR) / "first_sign_ins.txt"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch(mode=0o600)
    place.chmod(0o600)
    with place.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    return place


class Command(BaseCommand):
    help = "Create the account admin with a random password, unless there is an administrator."

    def handle(self, *args: Any, **options: Any) -> None:
        if Grant.objects.filter(role=Role.ADMINISTRATOR, user__is_active=True).exists():
            self.stdout.write(_("已有管理员，未新建。"))
            return
        password = random_password()
        username = next(name for name in self.names() if not User.objects.filter(username__iexact=name).exists())
        actions.create_staff(
            by=None, username=username, name=_("管理员"), password=password, roles=[Role.ADMINISTRATOR]
        )
        place = write_down(f"{username} {password}")
        self.stdout.write(
            _("管理员用户名：%(username)s  密码：%(password)s") % {"username": username, "password": password}
        )
        self.stdout.write(_("已记入 %(place)s。登录后改密码，再删去该文件。") % {"place": place})

    def names(self) -> Any:
        yield "admin"
        yield from (f"admin{number}" for number in range(2, 1000))
