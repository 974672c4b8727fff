"""The register 报修登记表 (domain A.1): every repair as a row, its state in the address, found by number, place, name or words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from billing.models import Receipt
from callbacks.models import Callback
from core import clock
from core.text import in_brackets, squeezed
from desk.clocks import said, window_said
from desk.private import LOST, in_address
from desk.roles import READERS, only_for, person
from desk.rows import NATURE
from people.models import Team
from places.queries import PaperNumber, parse_address, parse_number, printed_number
from tickets.models import Ticket
from tickets.states import Nature, State
from workorders.models import Slip

PAGE = 50
WEATHER = {"with": gettext_lazy("恶劣天气的"), "without": gettext_lazy("不含恶劣天气")}
LONGEST = 100
# What a head may sort by; anything else in the address is ignored.
SORTS = {
    "number": ("reported_at", "pk"),
    "where": ("unit__label", "area__name", "pk"),
    "urgency": ("urgency", "reported_at"),
    "notified": ("notified_at", "pk"),
    "completed": ("completed_at", "pk"),
    "slip": ("slip_number", "pk"),
    "state": ("state", "reported_at"),
}
HEADS = (
    ("number", gettext_lazy("编号、时间")),
    ("state", gettext_lazy("状态")),
    ("where", gettext_lazy("房号、报修人")),
    ("", gettext_lazy("部位、内容")),
    ("urgency", gettext_lazy("紧急、工种、性质")),
    ("notified", gettext_lazy("预约、通知")),
    ("completed", gettext_lazy("到场、完成")),
    ("slip", gettext_lazy("单据、处理情况")),
    ("", gettext_lazy("收费、收据")),
    ("", gettext_lazy("回访")),
)
PAPERS = {"WX": "slips__number", "WB": "slips__number", "GG": "slips__number", "SJ": "payments__receipts__number", "XY": "agreements__number", "JZ": "corrections__number", "TS": "complaints__number", "YF": "inspection__number", "TZ": "notices__number", "ZB": "referrals__number", "SP": "claims__number"}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What of the register is shown, as address or form say it; an unknown value shows everything.

    `said` is the search as it may stand in an address, `lost` a number that only an earlier session knew.
    """

    q: str = ""
    state: str = ""
    team: str = ""
    weather: str = ""
    sort: str = ""
    sheet: str = ""
    said: str = ""
    lost: bool = False

    @classmethod
    def read(cls, request: HttpRequest) -> Wanted:
        sent = request.POST if request.method == "POST" else request.GET
        given = {
            name: sent.get(name, "").replace("\x00", "").strip()[:LONGEST]
            for name in ("q", "state", "team", "weather", "sort", "sheet")
        }
        state = given["state"] if given["state"] in {"open", *State.values} else ""
        team = given["team"] if given["team"].isdecimal() and len(given["team"]) < 10 else ""
        sort = given["sort"] if given["sort"].removeprefix("-") in SORTS else ""
        weather = given["weather"] if given["weather"] in WEATHER else ""
        private, lost = in_address(request, given["q"]), sent.get(LOST) == "q"
        sheet = given["sheet"] if given["sheet"] in {"yes", "no"} else ""
        return cls(given["q"], state, team, weather, sort, sheet, private, lost)

    def address(self, page: int = 1, sort: str | None = None) -> str:
        """The register's address with this state, in another order if one is given."""
        said = {"q": self.said, "state": self.state, "team": self.team, "weather": self.weather, "sheet": self.sheet}
        said["sort"] = self.sort if sort is None else sort
        if page > 1:
            said["page"] = str(page)
        said = {name: value for name, value in said.items() if value}
        return reverse("ticket_list") + (f"?{urlencode(said)}" if said else "")


@require_http_methods(["GET", "HEAD", "POST"])
@only_for(*READERS)
def ticket_list(request: HttpRequest) -> HttpResponse:
    """A page of fifty, its heads sort, its filters stand in the address; the form posts, for what is typed may be a telephone."""
    user, wanted = person(request), Wanted.read(request)
    if request.method == "POST":
        return redirect(wanted.address())
    rows = sorted_by(found(Ticket.objects.visible_to(user).for_list(), wanted), wanted.sort)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page", "1")[:9])
    tickets = list(page.object_list)
    lines = [line(ticket, extra) for ticket, extra in zip(tickets, extras(tickets), strict=True)]
    context: dict[str, Any] = {
        "wanted": wanted,
        "lines": lines,
        "page": page,
        "heads": heads(wanted),
        "pager": pager(wanted, page),
    }
    context["weathers"] = WEATHER.items()
    context["states"] = [("open", _("未结")), *State.choices]
    context["teams"] = [
        (str(team.pk), team.name) for team in Team.objects.filter(jobs__in=Ticket.objects.visible_to(user)).distinct()
    ]
    return render(request, "desk/ticket_list_page.html", context)


def found(rows: Any, wanted: Wanted) -> Any:
    """The repairs that fit the filters and the words."""
    if wanted.lost:
        return rows.none()
    if wanted.state == "open":
        rows = rows.open()
    elif wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.team:
        rows = rows.filter(team=int(wanted.team))
    if wanted.weather:
        rows = rows.filter(weather=wanted.weather == "with")
    if wanted.sheet:
        rows = rows.filter(inspection__isnull=wanted.sheet == "no")
    return rows.filter(meaning(wanted.q)) if wanted.q else rows


def meaning(q: str) -> Q:
    """What was typed as a condition: a number of a paper, a place in any spelling, else words of the search text."""
    number = parse_number(q)
    if number and number.kind in {"BX", *PAPERS}:
        return by_number(number)
    if not squeezed(q):  # dashes and blanks alone mean nothing, not everything
        return Q(pk=None)
    holds = Q(search_text__contains=squeezed(q))
    address = parse_address(q)
    for word in address.words if address else []:
        holds |= Q(unit__search_text__contains=f" {word}")
    return holds


def by_number(number: PaperNumber) -> Q:
    """The ticket of that number, or the one a paper of that number hangs on."""
    if number.kind == "BX":
        return Q(pk__in=numbered(Ticket.objects.all(), "number", number).values("pk"))
    return Q(pk__in=numbered(Ticket.objects.all(), PAPERS[number.kind], number).values("pk"))


def numbered(rows: Any, field: str, number: PaperNumber) -> Any:
    """Rows whose number has that kind, and month and serial where they were said."""
    middle = f"{number.kind}-{number.month}-" if number.month else f"{number.kind}-"
    lead = f"{number.code}-{middle}" if number.code else middle
    rows = rows.filter(**{f"{field}__contains": lead})
    return rows if number.serial is None else rows.filter(**{f"{field}__endswith": f"-{number.serial:04d}"})


def sorted_by(rows: Any, sort: str) -> Any:
    """In the order of a head, newest first without one; what has no value comes last."""
    if not sort:
        return rows.order_by("-reported_at", "-pk")
    fields = SORTS[sort.removeprefix("-")]
    down = sort.startswith("-")
    return rows.order_by(*(F(name).desc(nulls_last=True) if down else F(name).asc(nulls_last=True) for name in fields))


def heads(wanted: Wanted) -> list[dict[str, str]]:
    """The column heads: label, address that sorts by it (or turns it round), and aria-sort of the present order."""
    shown = []
    for name, label in HEADS:
        here = wanted.sort.removeprefix("-") == name and bool(name)
        down = wanted.sort.startswith("-")
        turned = f"-{name}" if here and not down else name
        order = ("descending" if down else "ascending") if here else ""
        shown.append({"label": str(label), "url": wanted.address(sort=turned) if name else "", "order": order})
    return shown


@dataclass(slots=True)
class Extra:
    """What hangs on a ticket and is printed in its row."""

    work: str = ""
    receipts: tuple[str, ...] = ()
    answer: str = ""
    answered_at: dt.datetime | None = None
    into: str = ""


def extras(tickets: Iterable[Ticket]) -> list[Extra]:
    """Work done, receipts, answer and survivor of each of these tickets. Three queries, one more where one was merged."""
    tickets = list(tickets)
    by_pk = {ticket.pk: Extra() for ticket in tickets}
    pks = list(by_pk)
    for pk, work in (
        Slip.objects.filter(ticket__in=pks)
        .exclude(state="voided")
        .exclude(work="")
        .order_by("pk")
        .values_list("ticket", "work")
    ):
        by_pk[pk].work = work
    receipts: QuerySet[Any] = Receipt.objects.filter(payment__ticket__in=pks, voided_at=None).order_by("pk")
    for pk, number in receipts.values_list("payment__ticket", "number"):
        by_pk[pk].receipts += (printed_number(number),)
    for callback in Callback.objects.filter(ticket__in=pks).order_by("round", "pk"):
        extra = by_pk[callback.ticket_id]
        extra.answer, extra.answered_at = str(callback.get_state_display()), callback.answered_at
    merged = {ticket.merged_into_id for ticket in tickets} - {None}
    standing = dict(Ticket.objects.filter(pk__in=merged).values_list("pk", "number")) if merged else {}
    for ticket in tickets:
        by_pk[ticket.pk].into = standing.get(ticket.merged_into_id or 0, "")
    return [by_pk[ticket.pk] for ticket in tickets]


def line(ticket: Ticket, extra: Extra) -> dict[str, Any]:
    """What a row says; lists carry no telephone."""
    now = clock.now()

    def at(moment: dt.datetime | None) -> str:
        return said(moment, now, name_today=True) if moment else ""

    return {
        "url": ticket.get_absolute_url(),
        "id": ticket.pk,
        "number": printed_number(ticket.number),
        "reported": at(ticket.reported_at),
        "channel": f"{ticket.get_channel_display()} {ticket.taken_by.short_name}",
        "where": ticket.where,
        "who": ticket.called + in_brackets(ticket.get_relation_display()),
        "part": str(ticket.component),
        "fault": ticket.fault,
        "urgency": ticket.get_urgency_display(),
        "kind": " ".join(filter(None, [str(ticket.trade or ""), str(NATURE[Nature(ticket.stands)])])),
        "window": window_said(ticket.window_from, ticket.window_to, now),
        "notified": " ".join(filter(None, [at(ticket.notified_at), str(ticket.technician or ticket.team or "")])),
        "on_site": at(ticket.on_site_at),
        "slip": printed_number(ticket.slip_number),
        "completed": at(ticket.completed_at),
        "work": extra.work,
        "sum": ticket.accepted_total or None,
        "receipts": extra.receipts,
        "answer": extra.answer,
        "answered": at(extra.answered_at),
        "remark": ticket.remark,
        "state": ticket.get_state_display(),
        "weather": ticket.weather,
        "into": printed_number(extra.into),
        "into_url": reverse("ticket", args=[extra.into]) if extra.into else "",
    }


def pager(wanted: Wanted, page: Any) -> list[dict[str, Any]]:
    """Real links to the pages around the present one."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [
        {"label": str(n), "url": wanted.address(page=n) if isinstance(n, int) else "", "current": n == page.number}
        for n in numbers
    ]
