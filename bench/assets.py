"""What a first visit weighs: sign-in page and board with every style, script and picture they link, as they go over the line."""

import re
from pathlib import Path

from bench import Figure

# Linked by a page; a worker and the alarm's icon are fetched when they are needed.
LINKED = re.compile(r'(?:href|src|data-worker|data-alarm)="(/static/[^"#]+)')
IMPORTED = re.compile(r'(?:from|import)\s*"\.?/?([\w./-]+\.js)"')


def run(full: bool = False) -> list[Figure]:
    """Brotli sizes of what whitenoise sends, every file once, and of the two pages themselves."""
    import tempfile

    import brotli  # type: ignore[import-untyped]
    from django.core.management import call_command
    from django.test import Client
    from django.test.utils import override_settings

    from bench._estate import client_of, estate

    with estate() as cast, tempfile.TemporaryDirectory() as folder:
        from django.conf import settings

        storages = {
            **settings.STORAGES,
            "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
        }
        with override_settings(STORAGES=storages, STATIC_ROOT=folder):
            call_command("collectstatic", verbosity=0, interactive=False)
            for _ in range(20):
                cast.report()
            pages = [Client().get("/sign-in/").content, client_of(cast.zhou).get("/board/").content]
        files = with_modules({name for page in pages for name in LINKED.findall(page.decode())}, Path(folder))
    html = sum(len(brotli.compress(page, quality=4)) for page in pages)
    weight = html + sum(files.values())
    return [
        Figure("assets", "first visit, sign-in and board", weight / 1000, "kB", 150, weight <= 150_000),
        Figure("assets", "of it the two pages", html / 1000, "kB", None, True),
        Figure("assets", "of it styles", total(files, ".css"), "kB", None, True),
        Figure("assets", "of it scripts", total(files, ".js"), "kB", None, True),
    ]


def with_modules(names: set[str], root: Path) -> dict[str, int]:
    """Bytes over the line of each file, the modules that modules import among them."""
    sizes: dict[str, int] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop().removeprefix("/static/")
        if name in sizes:
            continue
        file = root / name
        packed = Path(f"{file}.br")
        sizes[name] = (packed if packed.exists() else file).stat().st_size
        if name.endswith(".js"):
            folder = name.rpartition("/")[0]
            waiting += [f"/static/{folder}/{module}" for module in IMPORTED.findall(file.read_text())]
    return sizes


def total(files: dict[str, int], ending: str) -> float:
    return sum(size for name, size in files.items() if name.endswith(ending)) / 1000
