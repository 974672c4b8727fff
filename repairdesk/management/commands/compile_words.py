"""Translations from locale/*/LC_MESSAGES/django.po to the form Django reads."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


def compile_words(folder: Path) -> list[Path]:
    """Compile each catalogue that is newer than its compiled form; gives the files written. GNU gettext is not needed."""
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        from babel.messages import mofile, pofile

        with source.open("rb") as lines:
            catalog = pofile.read_po(lines, abort_invalid=True)
        half = target.with_suffix(".mo.new")
        with half.open("wb") as out:
            mofile.write_mo(out, catalog)
        half.replace(target)  # at once: a server may be reading
        written.append(target)
    return written


class Command(BaseCommand):
    help = "Compile the translations in locale/."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        for folder in settings.LOCALE_PATHS:
            for target in compile_words(Path(folder)):
                self.stdout.write(f"compiled {target.parent.parent.name}")
