"""A committed change on a hundred open boards: how long until each shows it, and what that takes of the machine."""

from __future__ import annotations

import http.client
import json
import random
import re
import threading
import time
from typing import Any

from bench import Figure

BOARDS, OPEN, EVERY = 100, 60, 2.0  # boards, repairs on them, seconds between two polls
CHANGES, CHANGES_FULL, APART = 4, 20, 15.0  # changes, seconds between them
SHARE, LATEST = 20.0, 2.2


def run(full: bool = False) -> list[Figure]:
    """Boards as a browser keeps them: a kept connection, a poll each two seconds, its parts fetched again when something changed."""
    from bench._estate import estate, open_repairs
    from bench._house import opened, spent

    changes = CHANGES_FULL if full else CHANGES
    with estate() as cast:
        open_repairs(cast, OPEN)
        with opened() as house:
            boards = [Board(house.port, cookie(cast.people["zhou"]), n) for n in range(BOARDS)]
            for board in boards:
                board.start()
            time.sleep(3 * EVERY)
            begun, before = time.monotonic(), spent(house)
            waits = sorted(wait for n in range(changes) for wait in shown(cast, boards, n))
            share = (spent(house) - before) / (time.monotonic() - begun) * 100
            for board in boards:
                board.open = False
    p50, p95 = (waits[len(waits) * part // 100] for part in (50, 95))
    return [
        Figure("fanout", f"change committed → on {BOARDS} boards, p50", p50, "s", None, True),
        Figure("fanout", f"change committed → on {BOARDS} boards, p95", p95, "s", LATEST, p95 <= LATEST),
        Figure("fanout", f"{BOARDS} boards, a change each {APART:g} s, share of one core", share, "%", SHARE, share <= SHARE),
    ]  # fmt: skip


def cookie(user: Any) -> str:
    from bench._estate import client_of

    return "; ".join(f"{name}={morsel.value}" for name, morsel in client_of(user).cookies.items())


def shown(cast: Any, boards: list[Board], n: int) -> list[float]:
    """Register a repair; seconds from its commit until each board has fetched a list that holds it."""
    fault = f"第 {n} 件，水管爆裂 {random.random()}"
    for board in boards:
        board.wanted, board.seen = fault.encode(), 0.0
    begun = time.monotonic()
    cast.report(fault=fault)
    committed = time.monotonic()
    while not all(board.seen for board in boards):
        assert time.monotonic() - committed < APART, (
            f"{sum(not board.seen for board in boards)} boards, {boards[0].said} {boards[0].log[-8:]}"
        )
        time.sleep(0.05)
    time.sleep(max(0, APART - (time.monotonic() - begun)))
    return [board.seen - committed for board in boards]


class Board(threading.Thread):
    """One open page: what static/js/pulse-worker.js and live.js ask, at the same intervals."""

    def __init__(self, port: int, cookies: str, n: int) -> None:
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.headers = {"Cookie": cookies, "Accept-Encoding": "gzip", "Accept-Language": "zh-CN"}
        self.pause = EVERY * n / BOARDS
        self.open, self.wanted, self.seen, self.said = True, b"", 0.0, ""
        self.log: list[str] = []

    def run(self) -> None:
        time.sleep(self.pause)
        page = self.ask("/board/", {}).decode()
        found = re.search(r'data-since="(\d+)"', page)
        assert found, page[:300]
        since, parts = found[1], re.findall(r'id="([\w-]+)"[^>]* data-live-src="([^"]+)"', page)
        assert parts
        while self.open:
            time.sleep(EVERY)
            answer = self.ask(f"/pulse/?since={since}", {"HX-Request": "true"})
            if not answer:
                continue
            pulse = json.loads(answer)
            since = pulse["last"]
            if pulse["changed"]:
                self.fetch(parts)

    def fetch(self, parts: list[tuple[str, str]]) -> None:
        for target, address in parts:
            said = self.ask(address.replace("&amp;", "&"), {"HX-Request": "true", "HX-Target": target})
            if self.wanted and self.wanted in said:
                self.seen = self.seen or time.monotonic()

    def ask(self, path: str, headers: dict[str, str]) -> bytes:
        import gzip

        try:
            self.connection.request("GET", path, headers=self.headers | headers)
            answer = self.connection.getresponse()
        except http.client.RemoteDisconnected:  # closed between two polls: asked again, as browsers do
            self.connection.close()
            return self.ask(path, headers)
        body = answer.read()
        self.said = f"{answer.status} {path}"
        self.log.append(f"{self.said} {len(body)}")
        assert answer.status in {200, 204, 304}, self.said
        return gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body
