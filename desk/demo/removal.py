"""Remove the demonstration estate: every row that hangs on it, its files, its people."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.exceptions import FieldError
from django.db import connection, models, transaction
from django.db.models import Q

from desk.demo.estate import STAFF
from people.models import AccessLog, Team, User
from places.models import Community
from tickets.guards import drop_triggers, make_triggers
from tickets.models import Deadline, Event, Inspection, Remark


def remove_estate() -> str:
    """Delete the demonstration community and all it carries in one transaction; says what is gone."""
    community = Community.objects.filter(demo=True).first()
    if community is None:
        return "没有演示数据。"
    files = [name for model, field in _file_fields() for name in _of(model, community).values_list(field, flat=True)]
    with transaction.atomic():
        drop_triggers(connection)
        _delete_alone(community)
        _delete_all(community)
        people = User.objects.filter(username__in=[row[0] for row in STAFF])
        AccessLog.objects.filter(user__in=people).delete()
        Team.objects.filter(community=community.pk).delete()
        people.delete()
        community.delete()
        make_triggers(connection)
    for model, field in _file_fields():
        storage: Any = model._meta.get_field(field).storage  # type: ignore[union-attr]
        for name in files:
            storage.delete(name)
    return f"演示小区{community.name}已删除。"


PATHS = ("community", "ticket__community", "slip__community", "copy__slip__community", "quote__ticket__community", "charge__ticket__community",
         "callback__ticket__community", "event__ticket__community", "deadline__ticket__community", "inspection__community",
         "line__inspection__community")  # fmt: skip


def _of(model: type[models.Model], community: Community) -> models.QuerySet[models.Model]:
    for path in PATHS:
        try:
            return model._default_manager.filter(**{path: community})
        except FieldError:
            continue
    return model._default_manager.none()


def _delete_alone(community: Community) -> None:
    """Clocks and events that hang on no ticket: their number begins with the community's code, or names sheet or weather."""
    code = f"{community.code}-"
    sheets = [row.stream for row in Inspection.objects.filter(community=community)]
    streams = Q(stream__startswith=code) | Q(stream__in=[*sheets, f"weather-{community.pk}"])
    Deadline.objects.filter(ticket=None, ref__startswith=code).delete()
    events = Event.objects.filter(streams, ticket=None)
    Remark.objects.filter(event__in=events).delete()
    events._raw_delete(events.db)


def _file_fields() -> list[tuple[type[models.Model], str]]:
    return [
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, models.FileField)
    ]


def _delete_all(community: Community) -> None:
    """Rows are removed from the top of the house downwards, so that nothing points at what is gone."""
    for label in ("desk", "alerts", "callbacks", "billing", "workorders", "tickets", "papers"):
        rows = list(apps.get_app_config(label).get_models())
        for model in rows:
            _unlink(model, community)
        while rows:
            left = [model for model in rows if not _deleted(model, community)]
            if len(left) == len(rows):
                raise RuntimeError(f"rows that protect each other: {left}")
            rows = left


def _unlink(model: type[models.Model], community: Community) -> None:
    """Rows of one table that point at each other, as a repair at the one that it redoes, let go."""
    own = [field.name for field in model._meta.fields if field.null and field.related_model is model]
    if own:
        _of(model, community).update(**dict.fromkeys(own))


def _deleted(model: type[models.Model], community: Community) -> bool:
    try:
        with transaction.atomic():
            rows = _of(model, community)
            rows._raw_delete(rows.db) if not model._meta.related_objects else rows.delete()
    except (models.ProtectedError, models.RestrictedError):
        return False
    return True
