"""Ctrl K: one box over everything, in a fixed order (screens 2): exact numbers, dwellings, people, repairs by words, pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, F, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing.models import Receipt
from callbacks.models import Complaint
from core import clock
from core.text import digits, listed, name_keys, squeezed
from desk.context import ASIDE, CALLBACKS, CASH, COPIES, CORRECTIONS, GROUPS, NEW, Place, address
from desk.private import in_address
from desk.roles import READERS, only_for, person
from desk.ticket_list import LONGEST, meaning, numbered
from people.models import User
from places.models import Unit
from places.queries import (
    SEES_RESIDENTS,
    PaperNumber,
    find_by_last_four,
    find_places,
    parse_address,
    parse_number,
    printed_number,
)
from tickets.models import Inspection, Ticket
from workorders.models import Slip

RECORDS = 8
PAGES = 4
SAFE = 2
SERIAL = re.compile(r"[0-9]{1,4}")
LAST_FOUR = re.compile(r"[0-9]{4}")


@dataclass
class Hit:
    """An option of the palette: icon, label (with what was typed marked), a second line, where Enter leads, where Tab leads."""

    icon: str
    label: str
    more: str
    href: str
    act: str = ""
    act_label: str = ""


@dataclass
class Section:
    head: str
    hits: list[Hit] = field(default_factory=list)


@require_http_methods(["GET", "HEAD", "POST"])
@only_for(*READERS)
def find(request: HttpRequest) -> HttpResponse:
    """The options for what was typed, which is posted, for it may be a telephone; opened as a page it is the register."""
    user, sent = person(request), request.POST if request.method == "POST" else request.GET
    q = sent.get("q", "").replace("\x00", "").strip()[:LONGEST]
    if request.method != "POST" or not getattr(request, "htmx", False):
        return redirect(f"{reverse('ticket_list')}?{urlencode({'q': in_address(request, q)})}")
    sections = sections_of(user, q) if squeezed(q) else []
    new = new_for(unit=in_address(request, q)) if user.may(*NEW.roles) and not sections else ""
    return render(request, "desk/_find.html", {"sections": sections, "q": q, "new_url": new})


def sections_of(user: User, q: str) -> list[Section]:
    """Records, at most eight in all, then pages, at most four; empty sections are left out."""
    exact = Section(_("单号"), numbers(user, q) or of_this_month(user, q))
    homes, people = places(user, q)
    words = Section(_("报修"), [] if exact.hits and parse_number(q) else repairs(user, q))
    records = [exact, Section(_("房屋"), homes), Section(_("人员"), people), words]
    share(records)
    return [section for section in [*records, Section(_("页面"), pages(user, q)[:PAGES])] if section.hits]


def share(sections: list[Section]) -> None:
    """Cut to eight hits in all: two of each section are safe, so that many rooms 0702 do not push out the one telephone."""
    left = RECORDS
    for n, section in enumerate(sections):
        safe = sum(min(len(later.hits), SAFE) for later in sections[n + 1 :])
        section.hits = section.hits[: max(left - safe, 0)]
        left -= len(section.hits)


def numbers(user: User, q: str) -> list[Hit]:
    """Tickets, slips and receipts of that number, typed in any way."""
    number = parse_number(q)
    if number is None or number.serial is None:
        return []
    if number.kind == "BX":
        rows = numbered(Ticket.objects.visible_to(user), "number", number).for_list().order_by("-pk")
        return [repair(ticket) for ticket in rows[:RECORDS]]
    if number.kind == "SJ":
        receipts = numbered(Receipt.objects.visible_to(user), "number", number).select_related("payment__ticket")
        return [paper("receipt", row.number, row.payment.ticket) for row in receipts.order_by("-pk")[:RECORDS]]
    if number.kind == "TS":
        complaints = numbered(Complaint.objects.visible_to(user), "number", number).for_list().order_by("-pk")
        return [complaint(row) for row in complaints[:RECORDS]] if user.may(*CORRECTIONS.roles) else []
    if number.kind == "YF":
        sheets = numbered(Inspection.objects.visible_to(user).exclude(number=None), "number", number).for_page()
        return [
            Hit("doc", printed_number(row.number), f"{row.where} {row.get_state_display()}", row.get_absolute_url())
            for row in sheets[:RECORDS]
        ]
    slips = numbered(Slip.objects.visible_to(user), "number", number).select_related("ticket")
    return [paper("copies", row.number, row.ticket, row.get_state_display()) for row in slips.order_by("-pk")[:RECORDS]]


def of_this_month(user: User, q: str) -> list[Hit]:
    """43 or 0043 alone: the repair of this month with that serial, as colleagues call it across the room."""
    typed = squeezed(q)
    if not SERIAL.fullmatch(typed) or not int(typed):
        return []
    number = PaperNumber("BX", f"{clock.local(clock.now()):%Y%m}", int(typed))
    return [repair(ticket) for ticket in numbered(Ticket.objects.visible_to(user), "number", number).for_list()]


def paper(icon: str, number: str, ticket: Ticket, state: str = "") -> Hit:
    more = _("，").join(filter(None, [ticket.fault, state]))
    return Hit(icon, printed_number(number), more, ticket.get_absolute_url())


def complaint(row: Complaint) -> Hit:
    more = f"{row.where} {row.get_kind_display()}{_('，')}{row.get_state_display()}"
    return Hit("flag", printed_number(row.number), more, row.get_absolute_url())


def repair(ticket: Ticket) -> Hit:
    more = f"{ticket.where} {ticket.fault}{_('，')}{ticket.get_state_display()}"
    return Hit("board", printed_number(ticket.number), more, ticket.get_absolute_url())


def repairs(user: User, q: str) -> list[Hit]:
    """Repairs by place, name, telephone or words: whose telephone ends so, then the open ones and the newest."""
    typed = squeezed(q)
    rows = Ticket.objects.visible_to(user).filter(meaning(q)).for_list()
    order = [F("closed_at").asc(nulls_first=True), "-pk"]
    if LAST_FOUR.fullmatch(typed):
        order.insert(0, Case(When(phone__endswith=typed, then=0), default=1))
    return [repair(ticket) for ticket in rows.order_by(*order)[:RECORDS]]


def places(user: User, q: str) -> tuple[list[Hit], list[Hit]]:
    """Dwellings for a number, people for a name or telephone; Tab registers a new repair."""
    by_number = parse_address(q) is not None and len(digits(q)) < 7
    if not by_number:
        found = find_places(user, q)
        return [area(each) for each in found.areas], persons(user, found.units, q)
    last_four = squeezed(q) if LAST_FOUR.fullmatch(squeezed(q)) else ""
    found = find_places(user, q, people=False)
    homes = [dwelling(unit, user) for unit in found.units] + [area(each) for each in found.areas]
    return homes, persons(user, find_by_last_four(user, last_four, RECORDS), q) if last_four else []


def dwelling(unit: Unit, user: User) -> Hit:
    names = (
        [person.called for person in unit.residents.all()]
        if user.may(*SEES_RESIDENTS, within=unit.community.pk)
        else []
    )
    return Hit("pin", unit.label, listed(names[:3]), repairs_at(unit.printed), new_for(unit=unit.pk), _("登记报修"))


def area(each: Any) -> Hit:
    return Hit("building", each.name, _("公共区域"), repairs_at(each.name), new_for(unit=each.name), _("登记报修"))


def persons(user: User, units: list[Unit], q: str) -> list[Hit]:
    """Who lives there and was meant. Enter opens the one repair that is open in the dwelling, else shows all of it; those first."""
    waiting: dict[int, list[Ticket]] = {}
    rows = Ticket.objects.visible_to(user).open().filter(unit__in=units) if units else []
    for ticket in rows:
        waiting.setdefault(ticket.unit_id, []).append(ticket)
    hits = [(waiting.get(unit.pk, []), hit) for unit in units for hit in residents(unit, q)]
    for tickets, hit in hits:
        if len(tickets) == 1:
            hit.href = tickets[0].get_absolute_url()
            hit.more += f"{_('，')}{tickets[0].fault}{_('，')}{tickets[0].get_state_display()}"
    return [hit for tickets, hit in sorted(hits, key=lambda each: not each[0])]


def residents(unit: Unit, q: str) -> list[Hit]:
    """Those of the dwelling whose name, pinyin or telephone was typed."""
    typed, number = squeezed(q), digits(q)
    hits = []
    for lives in unit.residents.all():
        keys = f"{squeezed(lives.name)} {name_keys(lives.name)}".split()
        called = (
            lives.phone.endswith(number) if LAST_FOUR.fullmatch(typed) else len(number) >= 4 and number in lives.phone
        )
        if called or any(key.startswith(typed) or typed in key for key in keys):
            more = f"{unit.label}{_('，')}{lives.get_relation_display()} {lives.masked_phone}"
            hits.append(Hit("user", lives.called, more, repairs_at(unit.printed), new_for(unit=unit.pk), _("登记报修")))
    return hits


def repairs_at(words: str) -> str:
    return f"{reverse('ticket_list')}?{urlencode({'q': words})}"


def new_for(**known: Any) -> str:
    new = address("register")
    return f"{new}?{urlencode(known)}" if new else ""


# More words by which a page is asked for.
ALSO = {
    NEW.name: "新建 new",
    COPIES.name: "三联 返单",
    CASH.name: "收款 交款 预付款",
    CALLBACKS.name: "满意",
    CORRECTIONS.name: "返修",
}


def pages(user: User, q: str) -> list[Hit]:
    """Pages and actions whose name, pinyin or another word for them holds what was typed."""
    typed = squeezed(q)
    known: list[Place] = [*(place for _head, group in GROUPS for place in group), *ASIDE]
    hits = []
    for place in known:
        words = squeezed(f"{place.label} {ALSO.get(place.name, '')}")
        if user.may(*place.roles) and address(place.name) and (typed in words or typed in name_keys(str(place.label))):
            hits.append(Hit(place.icon, str(place.label), place.key.upper(), address(place.name)))
    return hits
