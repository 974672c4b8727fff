"""From a handed shift sheet to paper: as it was frozen at handing over, with both counts and signatures as they stand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import QuerySet

from core.clock import local
from core.money import shown as yuan
from desk import handing
from desk.models import Shift
from desk.shift_printing import HandedLine, HandedSection, shift_sheet
from papers.models import Kind, Print
from papers.prints import Paper, print_paper, prints_of
from people.models import User
from places.queries import printed_number


def print_shift(shift: Shift, *, by: User) -> Print:
    """The sheet, kept under the next count; a later print says 补打."""
    paper = Paper(
        shift.community, Kind.SHIFT, shift.number, lambda: shift_data(shift), shift_sheet, shift.lock, partial(shift.record, "print")
    )  # fmt: skip
    return print_paper(paper, by=by)


def printed(shift: Shift) -> QuerySet[Print]:
    """The kept prints of a sheet, the first one first."""
    return prints_of(shift.community_id, Kind.SHIFT, shift.number)


def shift_data(shift: Shift) -> dict[str, Any]:
    """Everything the sheet prints."""
    facts, community = shift.snapshot, shift.community
    assert facts is not None, "a handed sheet is frozen"
    return {
        "company": community.company, "community": community.name, "number": printed_number(shift.number),
        "state": str(shift.get_state_display()),
        "outgoing": shift.outgoing.name if shift.outgoing else "", "handed_at": moment(shift.handed_at),
        "incoming": shift.incoming.name if shift.incoming else "", "taken_at": moment(shift.taken_at),
        "sections": sections(shift, facts), "remark": shift.remark, **cash(shift, facts),
        "open": [(title, str(n)) for title, n in handing.open_shown(facts)], "numbers": handing.numbers_shown(facts),
        "silent": "、".join(facts["silent"]), "unsent": str(facts["unsent"]),
    }  # fmt: skip


def sections(shift: Shift, facts: dict[str, Any]) -> list[HandedSection]:
    """The heads of the screen with their lines; a clock prints as its due time, for paper does not count down."""
    at = shift.handed_at
    assert at is not None
    return [
        HandedSection(
            title=str(section["title"]),
            lines=[
                line(said, row, at)
                for said, row in zip(section["lines"], facts["sections"][section["name"]], strict=True)
            ],
        )
        for section in handing.shown(facts, shift.notes, at)
    ]


def line(said: dict[str, Any], row: dict[str, Any], at: dt.datetime) -> HandedLine:
    due = dt.datetime.fromisoformat(row["due"]) if row.get("due") else None
    since = dt.datetime.fromisoformat(row["since"]) if row.get("since") else None
    stands = "，".join(filter(None, [said["state"], f"下一步{said['step']}" if said["step"] else ""]))
    return HandedLine(
        what=f"{said['where']} {said['what']}".strip(), urgent=said["urgent"], number=said["number"], stands=stands, who=said["who"],
        due=f"{local(due):%m-%d %H:%M}" if due else f"{local(since):%m-%d %H:%M} 起" if since else "", late=bool(due and due < at),
        note=said["note"], told=said["told"],
    )  # fmt: skip


def cash(shift: Shift, facts: dict[str, Any]) -> dict[str, Any]:
    """What came in, what should lie in the drawer, both counts and their difference."""
    found, rows = handing.money_shown(facts), []
    if found["base"] is not None:
        rows.append((f"{local(found['since']):%m-%d %H:%M} 清点", yuan(found["base"])))
    rows += [(f"本班收{words}，{n} 笔", yuan(amount)) for words, amount, n in found["methods"]]
    if shift.paid_in:
        rows.append(("本班缴存", yuan(-shift.paid_in)))
    expected = handing.expected_out(facts, shift.paid_in)
    if expected is not None:
        rows.append(("抽屉应有", yuan(expected)))
    rows += [(f"{name}手里未交，{n} 笔", yuan(amount)) for name, amount, n in found["in_hand"]]
    return {
        "cash": rows, "counted_out": sum_of(shift.counted_out), "expected_in": sum_of(shift.expected_in),
        "counted_in": sum_of(shift.counted_in), "gap": sum_of(shift.gap), "gap_words": shift.gap_words,
    }  # fmt: skip


def sum_of(amount: Decimal | None) -> str:
    return "" if amount is None else yuan(amount)


def moment(at: dt.datetime | None) -> str:
    return f"{local(at):%Y-%m-%d %H:%M}" if at else ""
