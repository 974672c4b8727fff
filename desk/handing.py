"""What a shift sheet says: gathered from the desk's work, kept as plain facts, shown again as they stood (screens 5.12, domain E.1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.lifecycle import PaymentState
from billing.models import Payment
from billing.queries import purses
from callbacks.queries import complaints
from core import clock
from core.clock import start_of
from core.money import ZERO
from core.text import listed
from desk.clocks import clock as clock_shown
from desk.lifecycle import ShiftState
from desk.models import Kept, Shift
from desk.queries import clocks_of, open_tickets
from desk.rows import GROUPS, Item, items, performer
from desk.way import label_of, step_name
from papers.models import Kind as PaperKind
from papers.models import Series
from people.models import User
from people.queries import holders
from people.roles import FD
from places.models import Community
from places.queries import printed_number
from tickets.models import Deadline
from tickets.states import State, Urgency
from workorders.custody import holder_name
from workorders.queries import Bundle, by_holder, copies_out

SOON = dt.timedelta(hours=4)
MOST = 60
SECTIONS = {
    "late": gettext_lazy("已超时"),
    "urgent": gettext_lazy("急修未完"),
    "soon": gettext_lazy("4 小时内的约定"),
    "waiting": gettext_lazy("等客户答复"),
    "urged": gettext_lazy("客户催过"),
    "complaints": gettext_lazy("投诉未结"),
    "copies": gettext_lazy("今日发出、逾期未回的单据"),
    "kept": gettext_lazy("钥匙与借出工具"),
}
DONE = {State.COMPLETED, State.CALLED_BACK}


def contents(community: Community, user: User, now: dt.datetime) -> dict[str, Any]:
    """The sheet's facts as JSON: lines by section, open repairs by what comes next, cash, numbers used, who hears no bell."""
    tickets = [row for row in open_tickets(user) if row.community_id == community.pk]
    found = sorted(items(tickets, clocks_of(tickets), now), key=lambda item: item.due)
    before = last_handed(community)
    sections: dict[str, list[dict[str, Any]]] = {name: [] for name in SECTIONS}
    for item in found:
        if name := section_of(item, now):
            sections[name].append(repair(item))
    rows = [row for row in complaints(user).open() if row.community_id == community.pk]
    sections["complaints"] = [complaint(row) for row in rows]
    sections["copies"] = copies(community, user, now)
    sections["kept"] = [kept(row) for row in Kept.objects.filter(community=community, back_at=None)]
    counts: dict[str, int] = {}
    for item in found:
        counts[item.group] = counts.get(item.group, 0) + 1
    return {
        "sections": sections,
        "open": counts,
        "cash": cash(community, user, before, now),
        "numbers": numbers(community, before),
        "silent": sorted(holders(FD, within=community.pk).filter(sound=False).values_list("name", flat=True)),
        "unsent": 0,
    }


def last_handed(community: Community) -> Shift | None:
    """The sheet before this one."""
    rows = Shift.objects.filter(community=community).exclude(state=ShiftState.DRAFT)
    found: Shift | None = rows.order_by("-handed_at", "-pk").first()
    return found


def section_of(item: Item, now: dt.datetime) -> str:
    """Where a repair stands; each stands once, where it burns most."""
    ticket, deadline = item.ticket, item.deadline
    if deadline and deadline.due_at < now:
        return "late"
    if ticket.urgency == Urgency.URGENT and ticket.state not in DONE:
        return "urgent"
    if deadline and deadline.due_at <= now + SOON:
        return "soon"
    if item.group == "quote":
        return "waiting"
    return "urged" if ticket.urged and ticket.state not in DONE else ""


def repair(item: Item) -> dict[str, Any]:
    ticket, deadline = item.ticket, item.deadline
    return {
        "key": f"t:{ticket.number}", "number": ticket.number, "where": ticket.where, "what": ticket.fault, "who": performer(ticket),
        "state": ticket.state, "step": step_name(ticket), "urgent": ticket.urgency == Urgency.URGENT,
        "due": deadline.due_at.isoformat() if deadline else "", "kind": deadline.kind if deadline else "",
    }  # fmt: skip


def complaint(row: Any) -> dict[str, Any]:
    return {
        "key": f"s:{row.number}", "number": row.number, "where": row.where, "what": row.content,
        "who": row.owner.short_name if row.owner else "", "due": row.due.isoformat() if row.due else "", "kind": "complaint",
    }  # fmt: skip


def copies(community: Community, user: User, now: dt.datetime) -> list[dict[str, Any]]:
    """Sheets that went out today and those that are late."""
    rows = copies_out(user).filter(slip__community=community)
    bundles = [bundle for hands in by_holder(rows, now) for bundle in hands.bundles]
    day = start_of(clock.today(now))
    return [sheets(bundle) for bundle in bundles if bundle.late or bundle.since >= day][:MOST]


def sheets(bundle: Bundle) -> dict[str, Any]:
    numbers = "".join(map(str, bundle.numbers))
    return {
        "key": f"c:{bundle.slip.number}:{numbers}", "number": bundle.slip.number, "copies": bundle.numbers, "where": bundle.slip.ticket.where,
        "what": "", "who": str(holder_name(bundle.copies[0])), "due": bundle.due.isoformat() if bundle.due else "", "kind": "copy_return",
    }  # fmt: skip


def kept(row: Kept) -> dict[str, Any]:
    return {"key": f"k:{row.pk}", "pk": row.pk, "item": row.kind, "what": row.what, "who": row.whom, "since": row.since.isoformat()}  # fmt: skip


def counted_last(before: Shift | None) -> tuple[Decimal | None, dt.datetime | None]:
    """What lay in the drawer when it was last counted, and when."""
    if before is None:
        return None, None
    if before.counted_in is not None:
        return before.counted_in, before.taken_at
    return before.counted_out, before.handed_at


def moved(community: Community, since: dt.datetime) -> Any:
    """Payments that came to the desk since: taken there, or handed over by a technician."""
    rows = Payment.objects.filter(
        ticket__community=community, state__in=[PaymentState.RECEIPTED, PaymentState.HANDED_OVER]
    )
    return rows.filter(Q(handover=None, received_at__gt=since) | Q(handover__at__gt=since))


def cash_since(community: Community, since: dt.datetime) -> Decimal:
    """Yuan of cash that went into the drawer since, less what was given back."""
    return sum((row.amount for row in moved(community, since).filter(method=Payment.Method.CASH)), ZERO)


def cash(community: Community, user: User, before: Shift | None, now: dt.datetime) -> dict[str, Any]:
    """By method since the last sheet, what should lie in the drawer, and what technicians hold."""
    base, counted_at = counted_last(before)
    since = counted_at or start_of(clock.today(now))
    sums: dict[str, tuple[Decimal, int]] = {}
    for row in moved(community, since):
        amount, n = sums.get(row.method, (ZERO, 0))
        sums[row.method] = amount + row.amount, n + 1
    in_hand = [
        [purse.person.name, str(sum((row.amount for row in mine), ZERO)), len(mine)]
        for purse in purses(user)
        if (mine := [row for row in purse.payments if row.ticket.community_id == community.pk])
    ]
    return {
        "since": since.isoformat(),
        "base": None if base is None else str(base),
        "methods": [[method, str(sums[method][0]), sums[method][1]] for method in Payment.Method.values if method in sums],
        "cash": str(sums.get(Payment.Method.CASH, (ZERO, 0))[0]),
        "in_hand": in_hand,
    }  # fmt: skip


def expected_out(facts: dict[str, Any], paid_in: Decimal) -> Decimal | None:
    """What should lie in the drawer; None where it was never counted."""
    base = facts["cash"]["base"]
    return None if base is None else Decimal(base) + Decimal(facts["cash"]["cash"]) - paid_in


def numbers(community: Community, before: Shift | None) -> list[list[Any]]:
    """Kind, month, first and last number used since the last sheet."""
    used: dict[tuple[str, str], int] = {}
    if before and before.snapshot:
        used = {(kind, month): last for kind, month, _first, last in before.snapshot["numbers"]}
    month = clock.month_of(before.handed_at if before and before.handed_at else clock.now())
    rows = Series.objects.filter(community=community, month__gte=month, last__gt=0).order_by("month", "kind")
    return [[row.kind, row.month, used.get((row.kind, row.month), 0) + 1, row.last] for row in rows]


# Shown -----------------------------------------------------------------------------------


def shown(facts: dict[str, Any], notes: dict[str, Any], now: dt.datetime) -> list[dict[str, Any]]:
    """The sections with their lines as a page or paper says them, each with its note and tick; empty ones are left out."""
    found = []
    for name, title in SECTIONS.items():
        lines = [line(row, notes.get(row["key"], {}), now) for row in facts["sections"].get(name, [])]
        if lines:
            found.append({"name": name, "title": title, "lines": lines, "told": sum(each["told"] for each in lines)})
    return found


def line(row: dict[str, Any], note: dict[str, Any], now: dt.datetime) -> dict[str, Any]:
    due = dt.datetime.fromisoformat(row["due"]) if row.get("due") else None
    number, kind = row.get("number", ""), row.get("kind", "")
    pages = {"t": "ticket", "s": "complaint"}
    head = row["key"][0]
    return {
        "key": row["key"],
        "url": reverse(pages[head], args=[number]) if head in pages else reverse("copies") + f"?code={number}" if head == "c" else "",
        "number": printed_number(number),
        "where": row.get("where", ""),
        "what": row["what"] or listed(_("第%(n)s联") % {"n": n} for n in row.get("copies", [])),
        "who": row.get("who", ""),
        "state": str(State(row["state"]).label) if row.get("state") else str(Kept.Kind(row["item"]).label) if row.get("item") else "",
        "step": label_of(row["step"]) if row.get("step") else "",
        "urgent": row.get("urgent", False),
        "clock": clock_shown(Deadline(kind=kind, due_at=due), now) if due else None,
        "pk": row.get("pk"),
        "note": str(note.get("note", "")),
        "told": bool(note.get("told")),
    }  # fmt: skip


def money_shown(facts: dict[str, Any]) -> dict[str, Any]:
    """The card of cash: sums as Decimal yuan."""
    labels = dict(Payment.Method.choices)
    cash = facts["cash"]
    return {
        "since": dt.datetime.fromisoformat(cash["since"]),
        "base": None if cash["base"] is None else Decimal(cash["base"]),
        "methods": [(labels[method], Decimal(amount), n) for method, amount, n in cash["methods"]],
        "in_hand": [(name, Decimal(amount), n) for name, amount, n in cash["in_hand"]],
    }


def numbers_shown(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """维修派工单 WX-202611-0003 至 0007; 未用 where none was."""
    labels = dict(PaperKind.choices)
    said = []
    for kind, month, first, last in facts["numbers"]:
        span = _("未用") if last < first else f"{kind}-{month}-{first:04d}" + (f"–{last:04d}" if last > first else "")
        said.append((str(labels.get(kind, kind)), span))
    return said


def open_shown(facts: dict[str, Any]) -> list[tuple[str, int]]:
    """Open repairs by what comes next, in the board's order."""
    return [(str(title), facts["open"][name]) for name, (title, _hint) in GROUPS.items() if facts["open"].get(name)]
