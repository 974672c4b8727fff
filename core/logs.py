"""Log lines: JSON, UTC, one line each, without telephone numbers, tokens, cookies and passwords (trust.md §2d, §4)."""

import json
import logging
import re
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import unquote_plus
from uuid import UUID

HIDDEN = "…"
HUSHED_WORDS = r"(?:password\d?|passwd|pwd|secret(?:_key)?|(?:csrfmiddleware|csrf|access|auth)?_?token|sessionid|session_key|api[-_]?key|密码|口令)"
PERSONAL_WORDS = r"(?:phones?|telephones?|mobiles?|电话|手机)"
NAMED = re.compile(
    rf"(?i)(?<![a-z])({HUSHED_WORDS}|{PERSONAL_WORDS})(['\"]?\s*[=:：]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&}}\])]+)"
)
HEADER = re.compile(r"(?i)\b((?:set-)?cookie|authorization)(['\"]?\s*[=:]\s*)[^\r\n]+")
CREDENTIALS = re.compile(r"(://[^/\s:@]*:)[^/\s@]+@")
UUID_SHAPE = r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"
# \d counts full-width digits too, which people do type into forms.
MOBILE = r"(?<!\d)(?<!\d\.)(?:\+?[8８][6６][- ]?)?[1１][3-9３-９]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"
LANDLINE = r"(?<!\d)[(（]?[0０]\d{2,3}[)）]?[- ]?\d{7,8}(?!\d)"
TELEPHONE = re.compile(rf"(?P<kept>{UUID_SHAPE})|{MOBILE}|{LANDLINE}")
IN_ADDRESS = re.compile(r"([?&][\w.-]{1,40}=)([^&\s\"'#]+)")
FIGURES_ONLY = re.compile(r"[+(（]?(?!20\d\d-\d\d-\d\d)(?:\d[-()（） ]{0,2}){7,}")
TOKEN_IN_PATH = re.compile(rf"(?<=/)(?!{UUID_SHAPE})(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[A-Za-z0-9_-]{{20,}}(?=[/?\s\"']|$)")
TOKEN_ALONE = re.compile(r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[A-Za-z0-9_-]{22,}\b")
SESSION_KEY = re.compile(r"\b(?=[a-z0-9]*[g-z])(?=[a-z0-9]*\d)[a-z0-9]{32}\b")
SECRET_FIELD = re.compile(rf"(?i)^(?:{HUSHED_WORDS}|{PERSONAL_WORDS}|cookies?|authorization)$")

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
LINE_BREAKS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def redact(text: str) -> str:
    """The text with everything private replaced by one sign; ids, paths and sums stay."""
    text = HEADER.sub(rf"\1\2{HIDDEN}", text)
    text = NAMED.sub(rf"\1\2{HIDDEN}", text)
    text = CREDENTIALS.sub(rf"\1{HIDDEN}@", text)
    text = IN_ADDRESS.sub(without_telephone, text)
    text = TELEPHONE.sub(lambda found: found["kept"] or HIDDEN, text)
    for pattern in (TOKEN_IN_PATH, TOKEN_ALONE, SESSION_KEY):
        text = pattern.sub(HIDDEN, text)
    return text


def without_telephone(found: re.Match[str]) -> str:
    """A value of an address, hidden if it holds a telephone number in its encoded form or is nothing but figures."""
    said = unquote_plus(found[2])
    private = FIGURES_ONLY.fullmatch(said) or any(not each["kept"] for each in TELEPHONE.finditer(said))
    return found[1] + HIDDEN if private else found[0]


def plain(value: object) -> str | int | float | bool | None:
    """A value fit for a log line; of an unknown object its kind only, since its text may hold a name."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, UUID | Decimal | date):
        return str(value)
    if hasattr(value, "method") and hasattr(value, "path"):
        return redact(f"{value.method} {value.path}")
    key = getattr(value, "pk", None)
    return type(value).__name__ if key is None else f"{type(value).__name__} {key}"


def extras(record: logging.LogRecord) -> dict[str, object]:
    """What the caller gave beside the message, as `extra=`."""
    return {name: value for name, value in vars(record).items() if name not in STANDARD and not name.startswith("_")}


class Private(logging.Filter):
    """Takes private matter out of message, extras and traceback before any formatter sees them."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        for name, value in extras(record).items():
            setattr(record, name, HIDDEN if SECRET_FIELD.match(name) else plain(value))
        return True


class OnceAMinute(logging.Filter):
    """Lets the same complaint through once a minute: an absent broker or table repeats its own every second."""

    def __init__(self, seconds: float = 60.0) -> None:
        super().__init__()
        self.seconds = seconds
        self.last: dict[tuple[object, ...], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        data = getattr(record, "data", None)  # Celery's: the name of the task
        task = data.get("name") if isinstance(data, dict) else None
        key = (record.name, record.lineno, record.exc_info and record.exc_info[0], task)
        now = time.monotonic()
        if now - self.last.get(key, -self.seconds) < self.seconds:
            return False
        self.last[key] = now
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line: at (UTC), level, logger, message, extras, and error with the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line: dict[str, object] = {
            "at": at,
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: plain(value) for name, value in extras(record).items()}
        error = record.exc_text or (self.formatException(record.exc_info) if record.exc_info else "")
        if error:
            line["error"] = error
        return json.dumps(line, ensure_ascii=False, default=str).translate(LINE_BREAKS)
