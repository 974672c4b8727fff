"""Three pages for machines: does the process answer, can it work, do the clocks run (trust.md §5). No versions, no secrets."""

import shutil
import tempfile
from functools import lru_cache

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tickets import sla

LEAST_FREE = 0.05  # of the disk; below it nothing should be begun
SWEEP_LATE_SECONDS = 60


@require_safe
@never_cache
@login_not_required
def live(request: HttpRequest) -> HttpResponse:
    """The process answers; touches nothing."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
@login_not_required
def ready(request: HttpRequest) -> JsonResponse:
    """503 unless database, tables, folder and disk can take a registration. Late clocks are degraded, not dead."""
    parts = {"database": database_answers(), "written": can_write(), "disk": has_room()}
    parts["migrations"] = parts["database"] and tables_up_to_date()
    able = all(parts.values())
    word = "dead" if not able else "ok" if sweeps() else "degraded"
    return JsonResponse({"status": word, **parts}, status=200 if able else 503)


@require_safe
@never_cache
@login_not_required
def sweeper(request: HttpRequest) -> JsonResponse:
    """503 when no sweep went round for a minute: bells may be late."""
    running = sweeps()
    return JsonResponse({"status": "ok" if running else "late"}, status=200 if running else 503)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def sweeps() -> bool:
    try:
        age = sla.pulse_age()
    except DatabaseError:
        return False
    return age is not None and age.total_seconds() <= SWEEP_LATE_SECONDS


def tables_up_to_date() -> bool:
    """Asked of the database until it is true: a running release adds no migrations."""
    try:
        return _nothing_to_migrate()
    except (DatabaseError, LookupError):
        return False


@lru_cache(maxsize=1)
def _nothing_to_migrate() -> bool:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise LookupError
    return True


def can_write() -> bool:
    try:
        with tempfile.TemporaryFile(dir=settings.VAR_DIR):
            return True
    except OSError:
        return False


def has_room() -> bool:
    try:
        usage = shutil.disk_usage(settings.VAR_DIR)
    except OSError:
        return False
    return usage.free >= LEAST_FREE * usage.total


urlpatterns = [
    path("live", live, name="health_live"),
    path("ready", ready, name="health_ready"),
    path("sweeper", sweeper, name="health_sweeper"),
]
