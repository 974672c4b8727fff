"""Makes this machine ready for `make run` or `make test`: system parts, virtual environment, packages, database. Standard library only."""

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from run import BASE_DIR, refuse, require_port, say

VENV = Path(os.environ.get("VENV") or ".venv").absolute()
VAR_DIR = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").absolute()
PYTHON = VENV / "bin" / "python"
APT = ("apt-get", "install", "--yes", "--no-install-recommends")


@dataclass(frozen=True)
class Part:
    """A part of the operating system: its Debian package and how to see that it is there."""

    package: str
    present: Callable[[], bool]


def library(name: str) -> Callable[[], bool]:
    def present() -> bool:
        try:
            ctypes.CDLL(name)
        except OSError:
            return False
        return True

    return present


def program(name: str) -> Callable[[], bool]:
    return lambda: Path("/usr/bin", name).exists()


def module(name: str) -> Callable[[], bool]:
    return lambda: importlib.util.find_spec(name) is not None


RUN_PARTS = (
    Part("python3-venv", module("ensurepip")),
    Part("libpango-1.0-0", library("libpango-1.0.so.0")),
    Part("libpangoft2-1.0-0", library("libpangoft2-1.0.so.0")),
    Part("libharfbuzz-subset0", library("libharfbuzz-subset.so.0")),
)
TEST_PARTS = (
    *RUN_PARTS,
    Part("chromium", program("chromium")),
    Part("poppler-utils", program("pdftotext")),
    Part("libfaketime", lambda: any(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))),
    Part("fonts-noto-cjk", Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists),
)


def require_writable(*folders: Path) -> None:
    """Refuse a folder in which nothing can be written."""
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            refuse(
                f"nothing can be written in {folder} ({error.strerror}); make it writable or choose another with VAR_DIR and VENV."
            )


def require_parts(parts: tuple[Part, ...]) -> None:
    """Install the missing system parts where that needs no password, else refuse with the one command to type."""
    missing = [part.package for part in parts if not part.present()]
    if not missing:
        return
    typed = f"sudo apt-get update && sudo {' '.join([*APT, *missing])}"
    if not shutil.which("apt-get"):
        refuse(f"the system lacks what Debian calls {', '.join(missing)}; install that first.")
    root = () if os.geteuid() == 0 else ("sudo", "-n")
    if root and not (shutil.which("sudo") and quiet("sudo", "-n", "true").returncode == 0):
        refuse(f"the system lacks {', '.join(missing)}; type: {typed}")
    say(f"Installing system packages: {', '.join(missing)}")
    for update in (False, True):
        if update:
            quiet(*root, "apt-get", "update")
        if quiet(*root, "env", "DEBIAN_FRONTEND=noninteractive", *APT, *missing).returncode == 0:
            return
    refuse(f"{', '.join(missing)} could not be installed (no network?); type: {typed}")


def quiet(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=BASE_DIR, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)  # fmt: skip


def require_environment() -> None:
    """Make the virtual environment; anew when its folder was moved (its programs name their path) or its Python is gone."""
    stamp = VENV / ".repairdesk"
    works = (
        PYTHON.exists()
        and quiet(PYTHON, "-c", "import sys, pip; sys.exit(sys.version_info[:2] != (3, 11))").returncode == 0
    )
    if works and (not stamp.exists() or stamp.read_text() == str(VENV)):
        stamp.write_text(str(VENV))
        return
    if VENV.exists() and any(VENV.iterdir()) and not (VENV / "pyvenv.cfg").exists():
        refuse(f"{VENV} is not a virtual environment; choose another folder with VENV.")
    made = quiet(sys.executable, "-m", "venv", "--clear", VENV)
    if made.returncode:
        refuse(f"the virtual environment could not be made in {VENV}: {last_line(made.stdout)}")
    stamp.write_text(str(VENV))


def require_packages(lock: str) -> None:
    """Install exactly what the lock names, checked by hash, only when the lock has changed."""
    digest = hashlib.sha256((BASE_DIR / lock).read_bytes()).hexdigest()
    stamp = VENV / f".installed-{lock}"
    if stamp.exists() and stamp.read_text() == digest:
        return
    say("Installing Python packages, half a minute or so.")
    options = ("--quiet", "--no-input", "--disable-pip-version-check", "--retries", "3", "--timeout", "30")
    done = quiet(PYTHON, "-m", "pip", "install", *options, "--require-hashes", "--only-binary", ":all:", "-r", lock)
    if done.returncode:
        refuse(
            f"the Python packages could not be installed; without a network that is the reason. ({last_line(done.stdout)})"
        )
    stamp.write_text(digest)


def last_line(output: str) -> str:
    return next((line.strip() for line in reversed(output.splitlines()) if line.strip()), "no reason given")


def manage(*words: str) -> None:
    """A command of manage.py whose own sentence is enough when it fails."""
    done = subprocess.run([PYTHON, "manage.py", *words], cwd=BASE_DIR, check=False)
    if done.returncode:
        raise SystemExit(1)


def main(purpose: str) -> None:
    require_writable(BASE_DIR, VENV.parent, VAR_DIR)
    if purpose == "run":
        port = os.environ.get("PORT") or "8000"
        if port.isdigit():  # anything else is refused by the settings
            require_port(os.environ.get("HOST") or "127.0.0.1", int(port))
    require_parts(RUN_PARTS if purpose == "run" else TEST_PARTS)
    require_environment()
    require_packages("requirements.txt" if purpose == "run" else "requirements-dev.txt")
    if purpose == "run":
        manage("make_ready")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        raise SystemExit(130) from None
