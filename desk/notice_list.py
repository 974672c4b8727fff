"""施工单位: what waits for its first notice, what builders have answered, and every notice ever sent (5.5.2-3, A.8, G9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from core import clock
from desk.clocks import clock as clock_shown
from desk.clocks import said, window_said
from desk.offers import of_notice
from desk.roles import only_for, person
from desk.rows import chips
from desk.way import main_move
from people.models import User
from people.roles import ES, FD, MG, SS
from places.builders import Division
from places.models import Builder
from places.queries import printed_number
from tickets.models import Deadline, Ticket
from tickets.states import State
from workorders.correspondence import notices, unnotified
from workorders.letters import AWAITED, UNENDED, NoticeState, letter_writer
from workorders.models import Notice

READERS = (FD, SS, ES, MG)
PAGE = 50
MOST = 200  # repairs waiting for a notice that a page shows
HEADS = {
    "refused": (gettext_lazy("拒修，待定"), gettext_lazy("再次通知，或由客服主管定代修")),
    "late": (gettext_lazy("逾期未到"), gettext_lazy("过了时限没有来，再次通知")),
    "awaited": (gettext_lazy("待答复"), gettext_lazy("等施工单位签收、约时间")),
    "agreed": (gettext_lazy("已约时间"), gettext_lazy("开维保单，到场后离开这里")),
}


@require_GET
@only_for(*READERS)
def notice_list(request: HttpRequest) -> HttpResponse:
    """What is to be done with builders; ?view=all is the register of notices, ?part=list the list alone."""
    if request.GET.get("view") == "all":
        return render(request, "desk/notice_register_page.html", the_register(request))
    context = waiting(person(request))
    part = request.GET.get("part") == "list"
    return render(request, "desk/_notice_list.html" if part else "desk/notice_list_page.html", context)


def waiting(user: User) -> dict[str, Any]:
    """Repairs to be notified by builder, then the notices that wait, by how they stand."""
    now = clock.now()
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in HEADS}
    for notice in notices(user).filter(state__in=UNENDED).order_by("arrive_by", "pk"):
        groups[group_of(notice)].append(row_of(notice, user, now))
    found = list(unnotified(user)[: MOST + 1])
    return {
        "firms": by_builder(found[:MOST], user),
        "more": len(found) > MOST,
        "groups": [
            {"name": name, "title": HEADS[name][0], "hint": HEADS[name][1], "rows": rows}
            for name, rows in groups.items()
            if rows
        ],
        "part_url": f"{reverse('notices')}?part=list",
        "next": f"?{urlencode({'next': reverse('notices')})}",
    }


def group_of(notice: Notice) -> str:
    if notice.state == NoticeState.REFUSED:
        return "refused"
    if notice.is_overdue:
        return "late"
    return "awaited" if notice.state in AWAITED else "agreed"


@dataclass
class FirmWaiting:
    """A builder with the repairs he does not know of yet; None: nobody is named for them."""

    builder: Builder | None
    tickets: list[Ticket]
    may: bool = False

    @property
    def key(self) -> str:
        return str(self.builder.pk) if self.builder else "none"


def by_builder(tickets: Iterable[Ticket], user: User) -> list[FirmWaiting]:
    """The waiting repairs under the builder that answers for each; those that nobody answers for come last."""
    divisions: dict[int, Division] = {}
    found: dict[tuple[int, int], FirmWaiting] = {}
    for ticket in tickets:
        division = divisions.get(ticket.community_id) or divisions.setdefault(
            ticket.community_id, Division.of(ticket.community_id)
        )
        builder = ticket.builder or (division.builder_of(ticket.site, ticket.component) if ticket.site else None)
        firm = found.setdefault((ticket.community_id, builder.pk if builder else 0), FirmWaiting(builder, []))
        ticket.shown_chips = chips(ticket)  # type: ignore[attr-defined]
        firm.tickets.append(ticket)
        firm.may = firm.may or letter_writer(ticket, user)
    return sorted(found.values(), key=lambda firm: (firm.builder is None, str(firm.builder)))


def row_of(notice: Notice, user: User, now: dt.datetime) -> dict[str, Any]:
    """What the template of a row reads."""
    about = list(notice.tickets.all())
    steps = sorted(of_notice(notice, user), key=lambda offer: offer.name != "notice_agree")
    return {
        "notice": notice,
        "number": printed_number(notice.number),
        "what": about[0].fault if about else "",
        "where": about[0].where if about else "",
        "n": len(about),
        "clock": clock_of(notice, now),
        "sent": said(notice.sent_at, now, name_today=True),
        "answer": answer_of(notice, now),
        "reminded": len(notice.reminders.all()),
        "steps": [*slip_steps(notice, user), *((offer.label, offer.url) for offer in steps)],
        "again_url": again_url(notice) if group_of(notice) in {"late", "refused"} and letter_writer(notice, user) else "",
    }  # fmt: skip


def slip_steps(notice: Notice, user: User) -> list[tuple[str, str]]:
    """A time is agreed: the slip of the first repair that has none yet comes next (5.5.2-4)."""
    if notice.state != NoticeState.AGREED:
        return []
    ticket = next((ticket for ticket in notice.tickets.all() if ticket.state == State.SURVEYED), None)
    move = main_move(ticket, user) if ticket else None
    return [(move.label, move.url)] if move else []


def clock_of(notice: Notice, now: dt.datetime) -> Any:
    """The limit for coming, or the time agreed; none where he refused."""
    if notice.state == NoticeState.REFUSED:
        return None
    due = notice.agreed_to if notice.state == NoticeState.AGREED and notice.agreed_to else notice.arrive_by
    label = _("约定到场") if notice.state == NoticeState.AGREED else _("到场时限")
    return clock_shown(Deadline(kind=Deadline.Kind.BUILDER_REPLY, due_at=due), now, label=label)


def answer_of(notice: Notice, now: dt.datetime) -> str:
    """How he answered, in a few words."""
    if notice.state == NoticeState.REFUSED:
        return notice.refused_because
    if notice.state == NoticeState.AGREED:
        return window_said(notice.agreed_from, notice.agreed_to, now)
    return notice.reply


def again_url(notice: Notice) -> str:
    """A further notice about the same repairs (G9)."""
    return send_url(notice.tickets.all())


def send_url(tickets: Iterable[Ticket]) -> str:
    return f"{reverse('send_notice')}?{urlencode({'t': [ticket.number for ticket in tickets]}, doseq=True)}"


def the_register(request: HttpRequest) -> dict[str, Any]:
    """Every notice, newest first, by builder and state, fifty a page."""
    user = person(request)
    state, firm = request.GET.get("state", "")[:12], request.GET.get("builder", "")[:9]
    state = state if state in NoticeState.values else ""
    firm = firm if firm.isdecimal() and firm.isascii() else ""
    rows = notices(user).order_by("-pk")
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(builder=int(firm)) if firm else rows
    page = Paginator(rows, PAGE).get_page(request.GET.get("page", "1")[:9])
    asked = {name: value for name, value in (("view", "all"), ("state", state), ("builder", firm)) if value}
    address = f"{reverse('notices')}?{urlencode(asked)}"
    return {
        "page": page, "state": state, "firm": firm, "states": NoticeState.choices, "pages": pager(page, address),
        "firms": [(str(row.pk), row.name) for row in Builder.objects.visible_to(user).order_by("name")],
    }  # fmt: skip


def pager(page: Any, address: str) -> list[dict[str, Any]]:
    """Real links to the pages around the present one."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [
        {"label": str(n), "url": f"{address}&page={n}" if isinstance(n, int) else "", "current": n == page.number}
        for n in numbers
    ]
