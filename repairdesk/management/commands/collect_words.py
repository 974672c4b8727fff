"""Bring locale/*/LC_MESSAGES/django.po up to date with the strings of code and templates."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from repairdesk.words import found

LOCALES = ["en", "zh_Hant"]
DATES = (
    b'"POT-Creation',
    b'"PO-Revision',
    b'"Last-Translator',
    b'"Report-Msgid',
    b'"Language-Team',
    b'"Generated-By',
)  # they would change with every run


class Command(BaseCommand):
    help = "Add new strings to the catalogues, drop those that are gone, and say how many still wait for their translation."

    def handle(self, *args: Any, **options: Any) -> None:
        words = found()
        for locale in LOCALES:
            self.stdout.write(f"{locale}: {self.update(locale, words)} / {len(words)}")

    def update(self, locale: str, words: dict[Any, Any]) -> int:
        """Write one catalogue; returns how many strings are without translation."""
        from babel.messages.catalog import Catalog
        from babel.messages.pofile import read_po, write_po

        path = settings.BASE_DIR / "locale" / locale / "LC_MESSAGES" / "django.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        old = read_po(path.open("rb"), locale=locale) if path.exists() else Catalog(locale=locale)
        new = Catalog(
            locale=locale,
            project="Repairdesk",
            version="0",
            charset="utf-8",
            header_comment="# Repairdesk",
            fuzzy=False,
        )
        waiting = 0
        for (context, text), places in sorted(words.items()):
            plural = next((word.plural for word in places if word.plural), "")
            known = old.get(text, context or None)
            value: Any = known.string if known and known.string else ""
            if plural and not isinstance(value, tuple):
                value = tuple([value or ""] * new.num_plurals)
            elif not plural and isinstance(value, tuple):
                value = value[0]
            new.add(
                (text, plural) if plural else text,
                value,
                locations=[(place, 0) for place in sorted({word.place for word in places})],
                context=context or None,
            )
            waiting += not (all(value) if isinstance(value, tuple) else value)
        written = BytesIO()
        write_po(written, new, width=0, include_lineno=False)
        path.write_bytes(
            b"".join(line for line in written.getvalue().splitlines(keepends=True) if not line.startswith(DATES))
        )
        return waiting
