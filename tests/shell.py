"""Programs of the house, called as a stranger would: from a shell without our variables."""

import os
import subprocess
from pathlib import Path

import run

BASE_DIR = Path(run.BASE_DIR)


def fresh(**variables: str) -> dict[str, str]:
    """The environment of a stranger's shell: none of our variables but the given ones."""
    ours = {
        "VAR_DIR",
        "SECRET_KEY",
        "DATABASE_URL",
        "REDIS_URL",
        "REDIS_PORT",
        "DEBUG",
        "DEMO",
        "HTTPS",
        "HOST",
        "PORT",
        "VENV",
        "LOG_LEVEL",
    }
    inherited = {"DJANGO_SETTINGS_MODULE", "MAKELEVEL", "MAKEFLAGS", "MFLAGS", "PYTHON"}
    return {name: value for name, value in os.environ.items() if name not in ours | inherited} | variables


def call(*words: str | Path, **variables: str) -> tuple[int, str, str]:
    """Exit code, output and error output of a program of the house."""
    done = subprocess.run(
        words, cwd=BASE_DIR, env=fresh(**variables), capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout, done.stderr


def refused(sentence: str) -> tuple[int, str, str]:
    return 1, "", f"Repairdesk does not start: {sentence}\n"
