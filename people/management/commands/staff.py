"""Staff accounts from the server's command line."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from people import actions
from people.management.commands.first_admin import random_password
from people.models import User
from people.roles import Role


class Command(BaseCommand):
    help = "Add an account, list all, change roles, set a password, disable or enable."

    def add_arguments(self, parser: CommandParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        steps.add_parser("list", help="all accounts with their roles")
        add = steps.add_parser("add", help="a new account; its password is printed once")
        add.add_argument("name", help="name of the person, e.g. 周敏")
        add.add_argument("--username", required=True)
        add.add_argument("--phone", default="")
        for step in ("grant", "revoke"):
            steps.add_parser(step, help=f"{step} roles").add_argument("username")
        for step in ("add", "grant", "revoke"):
            roles = steps.choices[step]
            roles.add_argument("--role", nargs="+", choices=Role.values, default=[], metavar="|".join(Role.values))
            roles.add_argument("--within", type=int, default=None, help="id of the community; without: everywhere")
        for step in ("password", "disable", "enable"):
            steps.add_parser(step, help=f"{step} an account").add_argument("username")

    def handle(self, *args: Any, step: str, **options: Any) -> None:
        try:
            getattr(self, f"{step}_account")(**options)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error

    def list_account(self, **options: Any) -> None:
        for user in User.objects.prefetch_related("grants"):
            roles = " ".join(f"{role}" if where is None else f"{role}@{where}" for role, where in user.granted)
            self.stdout.write(f"{user.username}\t{user.name}\t{roles}\t{'' if user.is_active else _('已停用')}")

    def add_account(
        self, *, name: str, username: str, phone: str, role: list[str], within: int | None, **options: Any
    ) -> None:
        password = random_password()
        roles = [Role(code) for code in role]
        actions.create_staff(
            by=None, username=username, name=name, phone=phone, password=password, roles=roles, within=within
        )
        self.tell(username, password)

    def grant_account(self, *, username: str, role: list[str], within: int | None, **options: Any) -> None:
        actions.grant(found(username), *(Role(code) for code in role), by=None, within=within)

    def revoke_account(self, *, username: str, role: list[str], within: int | None, **options: Any) -> None:
        actions.revoke(found(username), *(Role(code) for code in role), by=None, within=within)

    def password_account(self, *, username: str, **options: Any) -> None:
        password = random_password()
        actions.change_password(found(username), password, by=None)
        self.tell(username, password)

    def disable_account(self, *, username: str, **options: Any) -> None:
        actions.disable(found(username), by=None)

    def enable_account(self, *, username: str, **options: Any) -> None:
        actions.enable(found(username), by=None)

    def tell(self, username: str, password: str) -> None:
        self.stdout.write(_("用户名：%(username)s  密码：%(password)s") % {"username": username, "password": password})


def found(username: str) -> User:
    user = User.objects.filter(username__iexact=username).first()
    if user is None:
        raise CommandError(_("没有用户名“%(username)s”。") % {"username": username})
    return user
