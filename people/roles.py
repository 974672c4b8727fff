"""Who may take which step: predicates for `permission=` of a transition, asked with (record, by).

A predicate says what a role may do at all; that a person named "as told" is the right one is checked by the action.
"""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The roles of the procedure (SOP 3.1-3.4), night duty, manager, finance and the administrator."""

    FRONT_DESK = "FD", _("前台接待")
    NIGHT_DUTY = "DU", _("夜间值班")
    SERVICE_SUPERVISOR = "SS", _("客服主管")
    TECHNICIAN = "TE", _("维修技工")
    ENGINEERING_SUPERVISOR = "ES", _("工程主管")
    MANAGER = "MG", _("经理")
    FINANCE = "FI", _("财务")
    ADMINISTRATOR = "AD", _("管理员")


FD, DU, SS, TE = Role.FRONT_DESK, Role.NIGHT_DUTY, Role.SERVICE_SUPERVISOR, Role.TECHNICIAN
ES, MG, FI, AD = Role.ENGINEERING_SUPERVISOR, Role.MANAGER, Role.FINANCE, Role.ADMINISTRATOR
OFFICE = (FD, SS)
DESK = (FD, DU, SS)

Predicate = Callable[[Any, Any], bool]


class Permission:
    """A predicate that can say which roles it admits, for the permission table and for refusals."""

    def __init__(self, *roles: Role, own: tuple[Role, ...] = (), told: tuple[Role, ...] = ()) -> None:
        self.roles, self.own, self.told = roles, own, told

    @property
    def admits(self) -> tuple[Role, ...]:
        """Every role that may ever take the step."""
        return tuple(dict.fromkeys((*self.roles, *self.own, *self.told)))

    def __call__(self, record: Any, by: Any) -> bool:
        community = record.community_id
        if community is None:  # asked without a community, may() would look in all of them
            return False
        if by.may(*self.roles, *self.told, within=community):
            return True
        return bool(by.may(*self.own, within=community) and record.is_for(by))


def may(*roles: Role) -> Permission:
    """These roles, for every record of their community."""
    return Permission(*roles)


front_desk = may(FD, SS)
desk_and_night = may(FD, DU, SS)
service_supervisor = may(SS)
supervisors = may(SS, ES)
desk_or_engineering = may(FD, ES, SS)
on_site = Permission(ES, own=(TE,), told=(FD, SS))
performer = Permission(ES, own=(TE,), told=(FD, SS))
who_came = Permission(own=(TE,), told=(FD, SS))
