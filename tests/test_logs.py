"""What may stand in a log, and how (trust.md §2d, §4)."""

import io
import json
import logging
import time
from uuid import UUID

import pytest

from core.logs import JsonLines, OnceAMinute, Private, redact


@pytest.fixture
def written():
    """A logger with the house's filter and format, and what it wrote."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(Private())
    handler.setFormatter(JsonLines())
    logger = logging.Logger("desk")
    logger.addHandler(handler)
    return logger, out


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("电话13812345678已通知", "电话…已通知"),
        ("call +86 138-1234-5678 back", "call … back"),
        ("１３８１２３４５６７８", "…"),
        ("tel 0571-87654321, ok", "tel …, ok"),
        ("phone=87654321&x=1", "phone=…&x=1"),
        ("电话：87654321", "电话：…"),
        ("{'password': 'a b', 'x': 1}", "{'password': …, 'x': 1}"),
        ("db_password=abc", "db_password=…"),
        ("口令：海棠2026", "口令：…"),
        ("Cookie: sessionid=abc; csrftoken=d", "Cookie: …"),
        ("Authorization: Bearer abc", "Authorization: …"),
        ("csrfmiddlewaretoken=abc", "csrfmiddlewaretoken=…"),
        ("session k3jd8s0a9s8d7f6g5h4j3k2l1m0n9b8v over", "session … over"),
        ("GET /g/Ab3dEf6hIj9kLmN0pQrStU/ 200", "GET /g/…/ 200"),
        ("redis://:hunter2@host/0", "redis://:…@host/0"),
        ("GET /find/?q=13812345678 HTTP/1.1", "GET /find/?q=… HTTP/1.1"),
        ("GET /tickets/?q=%E6%9D%8E%2013812345678&page=2", "GET /tickets/?q=…&page=2"),
        ("GET /tickets/?page=2&q=138+1234+5678", "GET /tickets/?page=2&q=…"),
        ("GET /tickets/new/?unit=87654321", "GET /tickets/new/?unit=…"),
        (
            "GET /cash/?q=%EF%BC%91%EF%BC%93%EF%BC%98%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96%EF%BC%97%EF%BC%98",
            "GET /cash/?q=…",
        ),
    ],
)
def test_private_matter_leaves_the_line(said, kept):
    assert redact(said) == kept


@pytest.mark.parametrize(
    "line",
    [
        "GET /tickets/3f2504e0-4f89-11d3-9a0c-013812345678/",
        "WX202603-0012 4999.99 20260301 1738123456.78 0.13812345678",
        "/static/desk/js/board.3f2a1b4c5d6e.js",
        "GET /tickets/?q=3-2-1201&state=open&page=12",
        "GET /callbacks/?day=2026-11-24&number=HT-BX-202611-0001",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ],
)
def test_numbers_sums_paths_and_digests_stay(line):
    assert redact(line) == line


@pytest.mark.parametrize(
    "hostile",
    [
        "1" * 10_000,
        "a1-" * 3_300,
        "/-" * 5_000,
        "password=" * 1_100,
        "密码 " * 5_000,
        "://:" * 3_000,
        "138 " * 2_500,
        "?q=1" * 2_500,
        "?q=" + "1-" * 5_000,
    ],
)
def test_ten_thousand_hostile_characters_cost_little(hostile):
    begun = time.process_time()
    redact(hostile)
    assert time.process_time() - begun < 0.5  # what grows with the square would take seconds


def test_a_line_stays_one_line_whatever_was_typed(written):
    logger, out = written
    logger.warning("name %s", 'a\r\n{"level": "fake"}\u2028b\x85c')
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().splitlines(keepends=True) == [out.getvalue()]
    assert json.loads(out.getvalue())["message"] == 'name a\r\n{"level": "fake"}\u2028b\x85c'


def test_a_line_says_when_in_utc_and_what_was_given_beside_the_message(written):
    logger, out = written
    number = UUID(int=7)
    record = logger.makeRecord(
        "desk", logging.INFO, "f.py", 1, "step.advanced", (), None, extra={"ticket": 5, "once": number, "token": "abc"}
    )
    record.created = 0.25
    logger.handle(record)
    assert json.loads(out.getvalue()) == {
        "at": "1970-01-01T00:00:00.250Z",
        "level": "INFO",
        "logger": "desk",
        "message": "step.advanced",
        "ticket": 5,
        "once": str(number),
        "token": "…",
    }


def test_a_request_is_named_by_method_and_path_and_an_object_by_its_kind(written, rf):
    logger, out = written
    logger.warning("refused", extra={"request": rf.get("/find/", {"q": "13812345678"}), "person": object()})
    line = json.loads(out.getvalue())
    assert (line["request"], line["person"]) == ("GET /find/", "object")


def test_a_traceback_is_kept_without_the_number_in_it(written):
    logger, out = written
    try:
        raise ValueError("no such number 13812345678")
    except ValueError:
        logger.exception("lookup failed")
    assert json.loads(out.getvalue())["error"].endswith("ValueError: no such number …")


def test_the_same_complaint_is_written_once_a_minute_another_one_at_once():
    rule = OnceAMinute()
    first, again = (logging.LogRecord("celery.beat", logging.ERROR, "beat.py", 9, "away", (), None) for _ in range(2))
    other = logging.LogRecord("celery.beat", logging.ERROR, "beat.py", 10, "else", (), None)
    assert [rule.filter(first), rule.filter(again), rule.filter(other)] == [True, False, True]
    assert OnceAMinute(seconds=0.0).filter(again)
