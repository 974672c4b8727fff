"""`python -m bench [NAME …] [--json] [--full]`: prints figures with their bounds and fails when one is missed."""

import argparse
import importlib
import json
import os
import pkgutil
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict

import bench
from bench import Figure


def names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(bench.__path__) if not module.name.startswith("_"))


def measure(name: str, full: bool) -> list[Figure]:
    """One bench in this process, with a folder of its own and nothing of the real installation."""
    folder = tempfile.mkdtemp(prefix="repairdesk-bench-")
    os.environ |= {
        "VAR_DIR": folder,
        "SECRET_KEY": "bench-only-" + "k" * 50,
        "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
        "DJANGO_SETTINGS_MODULE": "repairdesk.settings",
        "LOG_LEVEL": "ERROR",
    }
    try:
        import django

        django.setup()
        run = importlib.import_module(f"bench.{name}").run
        figures: list[Figure] = run(full=True) if full else run()
        return figures
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure_apart(name: str, full: bool) -> list[Figure]:
    """One bench in a process of its own: what one imports or caches must not flatter the next."""
    command = [sys.executable, "-m", "bench", name, "--json", *(["--full"] if full else [])]
    begun = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    figures = [Figure(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode and all(figure.holds for figure in figures):
        figures.append(Figure(name, f"ended with {done.returncode}", time.monotonic() - begun, "s", None, holds=False))
    return figures


def table(figures: list[Figure]) -> str:
    """Aligned columns; a missed bound is marked at the left edge."""
    rows = [("", "bench", "figure", "value", "bound", "unit")]
    for one in figures:
        bound = "" if one.bound is None else f"{one.bound:g}"
        rows.append(("" if one.holds else "✗", one.bench, one.figure, f"{one.value:.4g}", bound, one.unit))
    wide = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    aligned = ("<", "<", "<", ">", ">", "<")
    lines = (
        "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(row, aligned, wide, strict=True)) for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(names())}; none: all")
    parser.add_argument("--json", action="store_true", help="one JSON object a line; one bench only")
    parser.add_argument("--full", action="store_true", help="as many rows as the claim names")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(names())
    if unknown or (asked.json and len(asked.names) != 1):
        parser.error(f"there is no bench {', '.join(sorted(unknown))}" if unknown else "--json takes one NAME")
    if asked.json:
        figures = measure(asked.names[0], asked.full)
        for figure in figures:
            print(json.dumps(asdict(figure), ensure_ascii=False))
    else:
        figures = [figure for name in asked.names or names() for figure in measure_apart(name, asked.full)]
        print(table(figures))
    raise SystemExit(0 if figures and all(figure.holds for figure in figures) else 1)


if __name__ == "__main__":
    main()
