"""Accounts, roles and duty: who may change them, and that they are read without a query for each person."""

import datetime as dt
import stat
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from core.clock import SHANGHAI
from people import actions, queries
from people.models import AccessLog, Duty, Grant, Team, Trade, User
from people.roles import Role
from tests.accounts import somebody

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_staff_yet(db):
    User.objects.all().delete()
    Team.objects.all().delete()


CHANGES = {
    "create_staff": lambda whom, by: actions.create_staff(
        by=by, username="new", name="新人", password="correct-horse-7"
    ),
    "grant": lambda whom, by: actions.grant(whom, Role.MANAGER, by=by),
    "revoke": lambda whom, by: actions.revoke(whom, Role.FRONT_DESK, by=by),
    "disable": lambda whom, by: actions.disable(whom, by=by),
    "enable": lambda whom, by: actions.enable(whom, by=by),
    "change_password": lambda whom, by: actions.change_password(whom, "another-horse-8", by=by),
}


def accounts() -> list[object]:
    return [*User.objects.values(), *Grant.objects.values()]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_an_administrator_changes_accounts(change, role):
    whom, by = somebody("zhou", Role.FRONT_DESK), somebody("other", role)
    before = accounts()
    with pytest.raises(PermissionDenied):
        change(whom, by)
    assert accounts() == before


@pytest.mark.parametrize("name", ["grant", "revoke", "disable", "enable"])
def test_nobody_changes_the_own_roles_or_account_not_even_an_administrator(name):
    admin = somebody("admin", Role.ADMINISTRATOR, Role.FRONT_DESK)
    before = accounts()
    with pytest.raises(PermissionDenied):
        CHANGES[name](admin, admin)
    assert accounts() == before


def test_a_disabled_administrator_administers_nothing():
    admin, zhou = somebody("admin", Role.ADMINISTRATOR), somebody("zhou")
    actions.disable(admin, by=None)
    with pytest.raises(PermissionDenied):
        actions.grant(zhou, Role.MANAGER, by=admin)


def test_roles_are_given_in_one_community_and_taken_there():
    admin, zhou = somebody("admin", Role.ADMINISTRATOR), somebody("zhou")
    assert admin.communities == set()
    actions.grant(zhou, Role.FRONT_DESK, Role.NIGHT_DUTY, by=admin, within=7)
    assert [zhou.may(Role.FRONT_DESK, within=7), zhou.may(Role.FRONT_DESK, within=8)] == [True, False]
    assert zhou.communities == {7}
    actions.revoke(zhou, Role.FRONT_DESK, by=admin, within=7)
    assert zhou.roles == {Role.NIGHT_DUTY}


@pytest.mark.engine
@pytest.mark.parametrize("community", [7, None])
def test_a_role_is_held_once_in_a_community_and_once_everywhere(community):
    zhou = somebody("zhou", Role.FRONT_DESK, within=community)
    with pytest.raises(IntegrityError):
        Grant.objects.create(user=zhou, role=Role.FRONT_DESK, community=community)


def test_a_name_is_taken_in_every_spelling():
    somebody("zhou")
    with pytest.raises(ValidationError):
        actions.create_staff(by=None, username="ＺＨＯＵ", name="周二", password="correct-horse-7")


def test_a_new_account_is_called_by_its_surname_and_its_password_must_be_strong():
    user = actions.create_staff(
        by=None, username="wang", name="王建国", password="correct-horse-7", roles=[Role.TECHNICIAN]
    )
    assert (user.short_name, user.roles, user.check_password("correct-horse-7")) == ("王", {Role.TECHNICIAN}, True)
    with pytest.raises(ValidationError):
        actions.create_staff(by=None, username="li", name="李", password="12345678")


def test_a_look_at_a_number_is_kept_with_paper_and_purpose():
    zhou = somebody("zhou", Role.FRONT_DESK)
    actions.log_access(zhou, "BX-202611-0383", "联系上门")
    assert list(AccessLog.objects.values_list("user", "record", "purpose")) == [(zhou.pk, "BX-202611-0383", "联系上门")]


# Duty -----------------------------------------------------------------------------------------


@pytest.mark.clock
@pytest.mark.parametrize(
    ("starts", "ends", "at", "on"),
    [
        ("08:00", "17:00", "2026-11-02 07:59:59", False),
        ("08:00", "17:00", "2026-11-02 08:00:00", True),
        ("08:00", "17:00", "2026-11-02 17:00:00", False),
        ("17:00", "00:00", "2026-11-02 23:59:59", True),
        ("17:00", "00:00", "2026-11-03 00:00:00", False),
        ("22:00", "06:00", "2026-11-02 05:00:00", False),
        ("22:00", "06:00", "2026-11-02 22:00:00", True),
        ("22:00", "06:00", "2026-11-03 05:59:59", True),
        ("22:00", "06:00", "2026-11-03 06:00:00", False),
    ],
)
def test_a_stretch_of_duty_on_monday_holds_its_hours_in_shanghai(starts, ends, at, on):
    duty = Duty(weekday=0, starts=dt.time.fromisoformat(starts), ends=dt.time.fromisoformat(ends))
    assert duty.covers(dt.datetime.fromisoformat(at).replace(tzinfo=SHANGHAI).astimezone(dt.UTC)) is on


def crew(count: int) -> None:
    trade, _made = Trade.objects.get_or_create(code="plumbing", defaults={"name": "水暖工"})
    team, _made = Team.objects.get_or_create(name="水电班")
    for number in range(User.objects.count(), User.objects.count() + count):
        user = somebody(f"tech{number}", Role.TECHNICIAN, within=1)
        user.trades.set([trade])
        User.objects.filter(pk=user.pk).update(team=team)
        if number % 2:
            Duty.objects.create(user=user, weekday=0, starts=dt.time(8), ends=dt.time(17))


@pytest.mark.parametrize("count", [1, 3])
def test_who_is_on_duty_costs_the_same_queries_for_one_and_for_three(count, django_assert_num_queries):
    crew(count)
    monday = dt.datetime(2026, 11, 2, 9, tzinfo=SHANGHAI)
    with django_assert_num_queries(4):
        found = queries.technicians(1, "plumbing", at=monday)
        told = [
            (person.on_duty(monday), [str(trade) for trade in person.trades.all()], person.roles) for person in found
        ]
    assert len(told) == count
    team = Team.objects.get()
    with django_assert_num_queries(4):
        assert len(queries.people_of_team(team, at=monday)) == count


def test_technicians_are_those_of_the_trade_and_community_those_on_duty_first():
    crew(4)
    other = somebody("stranger", Role.TECHNICIAN, within=2)
    other.trades.set(Trade.objects.all())
    gone = somebody("gone", Role.TECHNICIAN, within=1)
    actions.disable(gone, by=None)
    monday = dt.datetime(2026, 11, 2, 9, tzinfo=SHANGHAI)
    assert [user.username for user in queries.technicians(1)] == ["tech0", "tech1", "tech2", "tech3"]
    assert [user.username for user in queries.technicians(1, at=monday)] == ["tech1", "tech3", "tech0", "tech2"]
    assert [user.username for user in queries.technicians(1, "wiring")] == []
    assert [user.username for user in queries.technicians(2, "plumbing")] == ["stranger"]
    team = Team.objects.get()
    assert [user.username for user in queries.people_of_team(team, at=monday)] == ["tech1", "tech3", "tech0", "tech2"]


# The command line -------------------------------------------------------------------------------


def test_an_empty_installation_gets_one_administrator_whose_password_is_told_once(settings, tmp_path, capsys):
    settings.VAR_DIR = tmp_path
    call_command("first_admin")
    told = capsys.readouterr().out
    place = Path(tmp_path / "first_sign_ins.txt")
    username, password = place.read_text().split()
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert f"管理员用户名：{username}  密码：{password}" in told
    admin = User.objects.get()
    assert (admin.username, admin.roles, admin.check_password(password)) == ("admin", {Role.ADMINISTRATOR}, True)
    call_command("first_admin")
    assert "已有管理员，未新建。" in capsys.readouterr().out
    assert User.objects.count() == 1


def test_staff_are_added_and_their_roles_changed_from_the_command_line(capsys):
    call_command("staff", "add", "周敏", "--username", "zhou", "--role", "FD", "DU", "--within", "3")
    password = capsys.readouterr().out.split("密码：")[1].strip()
    zhou = User.objects.get()
    assert zhou.check_password(password)
    call_command("staff", "revoke", "zhou", "--role", "DU", "--within", "3")
    call_command("staff", "grant", "zhou", "--role", "MG")
    call_command("staff", "disable", "zhou")
    call_command("staff", "list")
    assert capsys.readouterr().out == "zhou\t周敏\tFD@3 MG\t已停用\n"
    call_command("staff", "enable", "zhou")
    call_command("staff", "password", "zhou")
    assert not User.objects.get().check_password(password)


def test_the_command_line_says_what_is_wrong_in_a_sentence():
    with pytest.raises(CommandError, match="没有用户名“nobody”。"):
        call_command("staff", "disable", "nobody")
    somebody("zhou")
    with pytest.raises(CommandError, match="用户名“zhou”已有人用。换一个。"):
        call_command("staff", "add", "周二", "--username", "zhou")
