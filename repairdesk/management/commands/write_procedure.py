"""Write the map of the procedure again: docs/sop.md and the page's list of tests."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from repairdesk.procedure_map import carried, document


class Command(BaseCommand):
    help = "Write docs/sop.md and desk/procedure/carried.csv from the clauses in code and the marks of the tests."

    def handle(self, *args: Any, **options: Any) -> None:
        tests = settings.BASE_DIR / "tests"
        (settings.BASE_DIR / "docs/sop.md").write_text(document(), encoding="utf-8")
        (settings.BASE_DIR / "desk/procedure/carried.csv").write_text(carried(tests), encoding="utf-8")
