"""Settings read from the environment: the only place that touches os.environ. What cannot work is refused in one sentence."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

NEAR_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]", "testserver"})
SHORTEST_SECRET = 50
DEFAULT_PASSWORDS = frozenset({"postgres", "password", "repairdesk", "redis", "changeme", "secret", "admin", "123456"})


@dataclass(frozen=True)
class Variable:
    """One environment variable: its default and what it does, as docs/settings.md prints it."""

    name: str
    default: str
    meaning: str


VARIABLES: dict[str, Variable] = {}


def text(name: str, default: str, meaning: str) -> str:
    """Read a variable as text and remember that it exists; an empty one counts as absent."""
    VARIABLES[name] = Variable(name, default, meaning)
    return os.environ.get(name) or default


def flag(name: str, default: bool, meaning: str) -> bool:
    """Read a variable as yes or no: 1, true, yes, on count as yes."""
    return text(name, "1" if default else "0", meaning).lower() in {"1", "true", "yes", "on"}


def words(name: str, default: str, meaning: str) -> list[str]:
    """Read a variable as a comma-separated list."""
    return [word.strip() for word in text(name, default, meaning).split(",") if word.strip()]


def number(name: str, default: int, meaning: str, lowest: int = 1, highest: int = 65535) -> int:
    """Read a variable as a whole number between two bounds."""
    value = text(name, str(default), meaning)
    if not value.isascii() or not value.isdigit() or not lowest <= int(value) <= highest:
        refuse(f"{name} is {value!r}; it must be a whole number from {lowest} to {highest}.")
    return int(value)


def choice(name: str, default: str, meaning: str, allowed: tuple[str, ...]) -> str:
    """Read a variable that knows a few words only."""
    value = text(name, default, f"{meaning}: {', '.join(allowed)}")
    if value not in allowed:
        refuse(f"{name} is {value!r}; it must be one of {', '.join(allowed)}.")
    return value


def folder(name: str, default: Path, meaning: str) -> Path:
    """Read a variable as a folder and make it."""
    place = Path(text(name, str(default), meaning)).absolute()
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds names and telephone numbers
    except OSError as error:
        refuse(f"nothing can be written in {place} ({error.strerror}); choose another with {name}.")
    return place


def refuse(sentence: str) -> NoReturn:
    """End this process with a sentence for whoever started it: a traceback would hide it."""
    raise SystemExit(f"Repairdesk does not start: {sentence}")


def refuse_unsafe(*, debug: bool, https: bool, hosts: list[str], secret: str, addresses: list[str]) -> None:
    """Refuse what must never face other people: error pages, a key nobody chose, a password everybody knows (trust.md §2d)."""
    public = [host for host in hosts if host not in NEAR_HOSTS]
    if debug and (https or public):
        refuse("DEBUG=1 shows source code to visitors; it works with local host names only.")
    if https and len(secret) < SHORTEST_SECRET:
        refuse(f"HTTPS=1 needs a SECRET_KEY of at least {SHORTEST_SECRET} characters.")
    for address in addresses:
        if (urlsplit(address).password or "").lower() in DEFAULT_PASSWORDS:
            refuse("the password in DATABASE_URL or REDIS_URL is one that everybody knows; choose another.")
