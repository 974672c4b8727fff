"""All that must be true before the first request: words, tables, static files, first content."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.utils import timezone

from core import fonts
from people.models import User
from places.models import Community
from repairdesk.management.commands.compile_words import compile_words
from tickets.models import Event

LARGEST_SKEW_SECONDS = 60


def static_digest() -> str:
    """Of every static file its name, time and size: the hashed copies are made anew only when one changed."""
    lines = []
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            lines.append(f"{name} {facts.st_mtime_ns} {facts.st_size}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def rest_due() -> Path:
    """The file that tells run.py of work that may wait."""
    return Path(settings.VAR_DIR) / "rest_due"


class Command(BaseCommand):
    help = "Bring words, tables, static files and first content up to date; what is up to date is left alone."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rest", action="store_true", help="only what may wait until the desk is open")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rest"]:
            call_command("demo", "--rest")
            rest_due().unlink(missing_ok=True)
            return
        for folder in settings.LOCALE_PATHS:
            compile_words(Path(folder))
        try:
            self.migrate()
        except DatabaseError as error:
            raise CommandError(f"The database is not usable: {str(error).splitlines()[0]}") from None
        self.compare_clocks()
        self.collect()
        fonts.small()
        self.fill()

    def migrate(self) -> None:
        """Bring the tables up to date; on an up-to-date database one query."""
        executor = MigrationExecutor(connection)
        steps = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if steps:
            self.stdout.write(f"Bringing the database up to date: {steps} steps.")
            call_command("migrate", interactive=False, verbosity=0)

    def compare_clocks(self) -> None:
        """A clock that runs behind what already happened would date new events before old ones (trust.md §2a)."""
        newest = Event.objects.aggregate(at=Max("received_at"))["at"]
        behind = (newest - timezone.now()).total_seconds() if newest else 0
        if behind > LARGEST_SKEW_SECONDS:
            raise CommandError(
                f"The clock of this machine is {behind:.0f} s behind the newest event; set it right, then start again."
            )

    def collect(self) -> None:
        """Hash and compress the static files."""
        stamp, digest = Path(settings.STATIC_ROOT) / ".digest", static_digest()
        if not stamp.exists() or stamp.read_text() != digest:
            call_command("collectstatic", interactive=False, verbosity=0)
            stamp.write_text(digest)

    def fill(self) -> None:
        """The demonstration estate, or a first administrator, where there is nothing yet."""
        if settings.DEMO and not Community.objects.exists():
            self.stdout.write("Building the demonstration estate.")
            call_command("demo", "--first")
            rest_due().touch()
        if not settings.DEMO and not User.objects.exists():
            call_command("first_admin")
