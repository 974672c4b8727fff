"""The engineering supervisor's page (3.4, screens 5.4): what is late, which team is overloaded, what must be signed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from core import clock
from core.clock import copy_cut_off, start_of, today
from desk import rail
from desk.clocks import spelled
from desk.queries import Done, Quality, clocks_of, crews, done_since, open_tickets, quality, thirds_by_month
from desk.roles import SUPERVISORS, only_for, person
from desk.rows import Item, items
from people.models import Team, User
from places.models import Builder
from tickets.models import Deadline
from tickets.states import BEFORE_ORDER, State, Urgency
from workorders.models import Slip
from workorders.turns import to_countersign

Kind = Deadline.Kind
RANGES = {"today": gettext_lazy("今日"), "week": gettext_lazy("本周"), "month": gettext_lazy("本月")}
OURS = {*BEFORE_ORDER, State.ORDERED} - {State.REPORTED}
SHOWN = 6
FULL = 3.0  # jobs a head at which a team's bar is full
PARTS = {"body": "desk/_engineering.html"}


@dataclass
class Shop:
    """What the page is about: open repairs with their clocks, slips to sign, what was finished since the chosen day, the figures."""

    user: User
    now: dt.datetime
    span: str
    team: str
    found: list[Item]
    clocks: dict[int, list[Deadline]]
    waiting: list[Slip]
    done: list[Done]
    good: Quality

    @classmethod
    def of(cls, request: HttpRequest) -> Shop:
        user, now = person(request), clock.now()
        span = request.GET.get("range", "")
        span = span if span in RANGES else "today"
        tickets = open_tickets(user)
        clocks = clocks_of(tickets)
        found = [item for item in items(tickets, clocks, now) if item.ticket.state in OURS | {State.REPORTED}]
        return cls(
            user, now, span, request.GET.get("team", "")[:9], found, clocks,
            to_countersign(user), done_since(user, begun(span, now)), quality(user, now),
        )  # fmt: skip

    @property
    def ours(self) -> list[Item]:
        """What engineering was told of."""
        return [item for item in self.found if item.ticket.state in OURS]

    @property
    def late(self) -> list[Item]:
        return sorted((item for item in self.found if self.is_late(item)), key=lambda item: item.due)

    def is_late(self, item: Item) -> bool:
        return bool(item.deadline and item.deadline.due_at < self.now)

    def promise(self, slip: Slip) -> Deadline | None:
        """The promise that runs on a signature."""
        rows = self.clocks.get(slip.ticket_id, [])
        return next((row for row in rows if row.kind == Kind.STEP and row.ref == slip.number), None)

    def address(self, **changes: str) -> str:
        said = {"range": self.span, "team": self.team} | changes
        return f"{reverse('engineering')}?{urlencode({name: value for name, value in said.items() if value})}"


@require_GET
@only_for(*SUPERVISORS)
def engineering(request: HttpRequest) -> HttpResponse:
    """The page, or its live part (?part=body); ?range= says since when work is counted, ?team= opens a team's people."""
    shop = Shop.of(request)
    context: dict[str, Any] = {
        "figures": figures(shop),
        "teams": teams(shop),
        "late": shop.late,
        "shown": SHOWN,
        "waiting": [(slip, shop.promise(slip)) for slip in shop.waiting],
        "thirds": [third(row, shop.now) for row in thirds_by_month(shop.user, shop.now)],
        "ranges": [(label, shop.address(range=name), name == shop.span) for name, label in RANGES.items()],
        "part_url": f"{shop.address()}&part=body",
        "here": shop.address(),
    }
    template = PARTS.get(request.GET.get("part", ""), "desk/engineering_page.html")
    return render(request, template, context)


def begun(span: str, now: dt.datetime) -> dt.datetime:
    """The first moment of today, of this week (Monday), of this month."""
    day = today(now)
    first = {"week": day - dt.timedelta(days=day.weekday()), "month": day.replace(day=1)}.get(span, day)
    return start_of(first)


def figures(shop: Shop) -> list[dict[str, Any]]:
    """The five figures, each with its list's address."""
    late, good, done = shop.late, shop.good, shop.done
    urgent = sum(item.ticket.urgency == Urgency.URGENT for item in shop.ours)
    board, register = reverse("board"), reverse("ticket_list")
    return [
        {"title": _("此刻超时"), "value": len(late), "unit": _("件"), "url": f"{board}?scope=soon", "late": bool(late),
         "small": late_words(late[0], shop.now) if late else _("都在时限内")},
        {"title": _("在办"), "value": len(shop.ours), "unit": _("件"), "url": board, "small": _("其中急修 %(n)s 件") % {"n": urgent}},
        {"title": _("30 分钟到场"), **percent(good.kept, good.due), "url": f"{board}?promise=arrive", "small": _("近 30 日 %(n)s 次") % {"n": good.due}},
        {"title": _("%(range)s完工") % {"range": RANGES[shop.span]}, "value": len(done), "unit": _("件"), "url": f"{register}?sort=-completed",
         "small": _("急修 %(n)s 件") % {"n": sum(row.urgent for row in done)}},
        {"title": _("30 日返修率"), **percent(good.redone, good.completed), "url": reverse("corrections"),
         "small": _("%(n)s 件返修") % {"n": good.redone}},
    ]  # fmt: skip


def percent(part: int, whole: int) -> dict[str, Any]:
    """96 %, or a dash where nothing was counted."""
    return (
        {"value": f"{100 * part / whole:.1f}".removesuffix(".0"), "unit": "%"} if whole else {"value": "—", "unit": ""}
    )


def late_words(worst: Item, now: dt.datetime) -> str:
    """最久 1 天 2 时，土建班."""
    assert worst.deadline is not None, "late"
    span = spelled(now - worst.deadline.due_at)
    return _("最久 %(span)s，%(team)s") % {"span": span, "team": worst.ticket.team or _("前台")}


@dataclass
class Row:
    """A team of the table: people on duty, repairs open and late, finished in the range, to countersign, and when open its people."""

    key: str
    name: str
    names: str
    on_duty: int
    open: int
    late: int
    finished: int
    redone: dict[str, Any]
    to_sign: int
    url: str = ""
    people: list[dict[str, Any]] | None = None

    @property
    def load(self) -> float | None:
        """Open repairs a head on duty; None where nobody is on duty."""
        return self.open / self.on_duty if self.on_duty else None

    @property
    def bar(self) -> int:
        """Width of the bar, 0 to 100."""
        return min(100, round(100 * (self.load or 0) / FULL))

    @property
    def heavy(self) -> bool:
        return self.bar >= 90 or (self.open > 0 and not self.on_duty)


def teams(shop: Shop) -> list[Row]:
    """A row a team, and one for the builders and contractors whose slips are out."""
    return [*(team_row(shop, team, people) for team, people in crews(shop.user)), *firms(shop)]


def team_row(shop: Shop, team: Team, people: list[User]) -> Row:
    jobs = [item for item in shop.ours if item.ticket.team_id == team.pk]
    here = [each for each in people if each.on_duty(shop.now)]
    opened = shop.team == str(team.pk)
    return Row(
        key=str(team.pk), name=str(team), names=_("、").join(each.short_name for each in here) or _("无人当班"), on_duty=len(here),
        open=len(jobs), late=sum(map(shop.is_late, jobs)), finished=sum(row.team == team.pk for row in shop.done),
        redone=percent(shop.good.redone_by.get(team.pk, 0), shop.good.completed_by.get(team.pk, 0)),
        to_sign=sum(slip.technician.team_id == team.pk and not slip.builder_id for slip in shop.waiting),
        url=shop.address(team="" if opened else str(team.pk)),
        people=[worker(shop, each) for each in people] if opened else None,
    )  # fmt: skip


def firms(shop: Shop) -> list[Row]:
    """Builders and contractors as one row, where they have or had work."""
    jobs = [item for item in shop.ours if item.ticket.builder_id and not item.ticket.taken_over]
    finished, to_sign = sum(row.firm for row in shop.done), sum(bool(slip.builder_id) for slip in shop.waiting)
    if not (jobs or finished or to_sign):
        return []
    names = Builder.objects.filter(pk__in={item.ticket.builder_id for item in jobs}).values_list("name", flat=True)
    return [Row(
        key="", name=_("施工单位"), names=_("、").join(names[:3]), on_duty=0, open=len(jobs),
        late=sum(map(shop.is_late, jobs)), finished=finished, redone=percent(0, 0), to_sign=to_sign,
    )]  # fmt: skip


def worker(shop: Shop, who: User) -> dict[str, Any]:
    """A technician of an opened team: at what, how many repairs, what next; off duty is said."""
    said = rail.member(who, shop.found, shop.now)
    n = sum(item.ticket.technician_id == who.pk for item in shop.ours)
    return {**said, "name": who.name, "n": n, "state": said["state"] if who.on_duty(shop.now) else _("不当班")}


def third(row: tuple[dt.date, int, int, int], now: dt.datetime) -> dict[str, Any]:
    """The third copies of a month: how many are due, home and with engineering, and by when."""
    month, due, home, kept = row
    by = copy_cut_off(start_of(month), 5)
    return {
        "month": month,
        "due": due,
        "home": home,
        "kept": kept,
        "out": due - home,
        "by": by,
        "late": by < now and due > home,
    }
