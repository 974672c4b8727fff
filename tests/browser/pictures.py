"""Pictures of the run: always beside the test results, and into docs/pictures with PICTURES=1."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / ("docs/pictures" if os.environ.get("PICTURES") == "1" else "var/pictures")


def take(page: Page, name: str) -> None:
    """Photograph what a person sees of this page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(200)
    page.screenshot(path=FOLDER / f"{name}.png")


def picture_of(pdf: str) -> None:
    """Copy 1 of a printed slip as a picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    subprocess.run(["pdftoppm", "-png", "-r", "70", "-singlefile", pdf, str(FOLDER / "slip")], check=True)
