"""What registration and notice ask: who can be called out, which windows are free, and what this place has had before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from core.clock import SHANGHAI, day_said, local
from people.models import Team, Trade, User
from people.queries import duty_first, holders
from people.roles import ES, TE
from places.models import Community, Component, PublicArea, Unit
from tickets.models import Place, Ticket, TicketQuerySet
from tickets.states import State, Urgency

# Beginnings of the windows that are offered; each lasts an hour.
BEGINNINGS = [dt.time(9), dt.time(10), dt.time(11), dt.time(13, 30), dt.time(14, 30), dt.time(15, 30), dt.time(16, 30), dt.time(18, 30), dt.time(19, 30)]  # fmt: skip
WINDOW = dt.timedelta(hours=1)
SLOTS = 6
SLOTS_MOST = 9
DAYS_AHEAD = 7
EARLIER = 6
SOON = dt.timedelta(minutes=30)
IN_HAND = [State.NOTIFIED, State.ON_SITE, State.ORDERED]
WATERPROOF = "waterproof"
NOT_DONE = [State.CANCELLED, State.DECLINED, State.MERGED]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be called out. `at_work` and `coming` count jobs; `next_at` is the next window agreed for later."""

    who: User | Team
    on_duty: bool
    at_work: int = 0
    coming: int = 0
    next_at: dt.datetime | None = None

    @property
    def key(self) -> str:
        """u12 for a person, t3 for a team."""
        return f"{'u' if isinstance(self.who, User) else 't'}{self.who.pk}"

    @property
    def is_person(self) -> bool:
        return isinstance(self.who, User)

    @property
    def team(self) -> str:
        return str(self.who.team or "") if isinstance(self.who, User) else ""

    @property
    def load(self) -> int:
        return self.at_work + self.coming

    @property
    def state(self) -> str:
        """在修 1 件 · 途中 2 件 · 空闲 · 不当班."""
        if not self.on_duty:
            return _("不当班")
        if self.at_work:
            return _("在修 %(n)s 件") % {"n": self.at_work}
        return _("途中 %(n)s 件") % {"n": self.coming} if self.coming else _("空闲")

    @property
    def free(self) -> bool:
        return self.on_duty and not self.load

    @property
    def words(self) -> str:
        """What can be expected of him: 可立即出发，14:00 有约."""
        if not self.on_duty:
            return ""
        able = _("可立即出发") if not self.load else _("手上 %(n)s 件") % {"n": self.load}
        return (
            able if self.next_at is None else _("%(able)s，%(time)s 有约") % {"able": able, "time": hour(self.next_at)}
        )


def practising(community_id: int, trade: Trade | str | None) -> list[User]:
    """Technicians of a community and a trade (None: of any), with team and duties. Two queries."""
    people = holders(TE, within=community_id)
    if trade is not None:
        people = people.filter(trades=trade)
    return list(people.select_related("team").prefetch_related("duties"))


def crew(
    community_id: int, trade: Trade | str | None, at: dt.datetime, people: list[User] | None = None
) -> list[Candidate]:
    """Who can be called out for a trade: people on duty first, those with the least in hand before others, then teams.

    Where nobody of the house practises it (lift, fire, municipal), the engineering supervisors and all teams. Give `people`
    of the trade where they are known.
    """
    code = trade.pk if isinstance(trade, Trade) else trade
    if people is None or code == "none":
        people = practising(community_id, None if code == "none" else code)
    if not people:
        people = duty_first(holders(ES, within=community_id), at)
    jobs = jobs_in_hand(people, at)
    found = [candidate(person, jobs.get(person.pk, []), at) for person in people]
    found.sort(key=lambda each: (not each.on_duty, each.load, each.who.pk))
    return found + teams(community_id, found)


@dataclass(frozen=True, slots=True)
class Job:
    """An open job of a technician: at it now, on the way, or agreed for `later`."""

    at_work: bool
    later: dt.datetime | None


def jobs_in_hand(people: Iterable[User], at: dt.datetime) -> dict[int, list[Job]]:
    """The open jobs by technician; a finished slip is no job any more. One query."""
    rows = Ticket.objects.filter(technician__in=[person.pk for person in people], state__in=IN_HAND)
    rows = rows.exclude(state=State.ORDERED, slip_state="finished").order_by()
    rows = rows.exclude(pk__in=rows.filter(state=State.NOTIFIED, inspection__isnull=False, urgency=Urgency.ROUTINE))
    jobs: dict[int, list[Job]] = {}
    for pk, state, slip, starts, urgency in rows.values_list(
        "technician", "state", "slip_state", "window_from", "urgency"
    ):
        at_work = state == State.ON_SITE or slip == "arrived"
        later = starts if urgency == Urgency.ROUTINE and starts and starts > at + SOON and not at_work else None
        jobs.setdefault(pk, []).append(Job(at_work, later))
    return jobs


def candidate(person: User, jobs: list[Job], at: dt.datetime) -> Candidate:
    here = sum(job.at_work for job in jobs)
    later = [job.later for job in jobs if job.later]
    return Candidate(person, person.on_duty(at), here, len(jobs) - here - len(later), min(later, default=None))


def teams(community_id: int, people: list[Candidate]) -> list[Candidate]:
    """The teams of these people who have somebody on duty; all teams of the community where there are no people."""
    rows = Team.objects.filter(Q(community=community_id) | Q(community=None))
    present = {each.who.team_id for each in people if isinstance(each.who, User) and each.on_duty and each.who.team_id}
    nobody = not any(isinstance(each.who, User) and each.who.team_id for each in people)
    return [Candidate(team, True) for team in rows if nobody or team.pk in present]


def recommended(found: list[Candidate]) -> Candidate | None:
    """The first on duty; a team only where no person is."""
    return next((each for each in found if each.on_duty), None)


@dataclass(frozen=True, slots=True)
class Slot:
    """A window that can be agreed: how many of the trade are free of how many on duty; free None: no limit is known.

    said: what else is known of it, in place of that.
    """

    starts: dt.datetime
    ends: dt.datetime
    trade: str
    free: int | None
    of: int
    today: dt.date
    said: str = ""

    @property
    def value(self) -> str:
        return f"{local(self.starts):%Y-%m-%dT%H:%M}"

    @property
    def is_full(self) -> bool:
        return self.free == 0

    @property
    def when(self) -> str:
        """11:00 · 明日 9:00 · 11月26日 9:00."""
        day = local(self.starts).date()
        near = {0: "", 1: _("明日")}.get((day - self.today).days)
        if near is None:
            near = day_said(day)
        return f"{near} {hour(self.starts)}".strip()

    @property
    def room(self) -> str:
        """水工 2/3 空 · 已满 · 已约 2 件."""
        if self.free is None:
            return self.said
        return _("已满") if self.is_full else _("%(trade)s %(free)s/%(of)s 空") % {"trade": self.trade, "free": self.free, "of": self.of}  # fmt: skip

    def __str__(self) -> str:
        return self.when


def slots(
    community: Community, trade: Trade, at: dt.datetime, people: list[User] | None = None, *, besides: int | None = None
) -> list[Slot]:
    """The next windows somebody of the trade is on duty for, full ones too; `besides`: the ticket that is moved itself.

    Six, or more until one is free. Give `people` of the trade (duties loaded) where they are known.
    """
    people = practising(community.pk, trade) if people is None else people
    taken = windows_taken(community, trade, people, at, besides)
    found: list[Slot] = []
    for starts in beginnings(at):
        on_duty = sum(person.on_duty(starts) for person in people)
        if people and not on_duty:
            continue
        used = sum(begun < starts + WINDOW and over > starts for begun, over in taken)
        free = max(0, on_duty - used) if people else None
        found.append(Slot(starts, starts + WINDOW, str(trade), free, on_duty, local(at).date()))
        if len(found) >= SLOTS_MOST or (len(found) >= SLOTS and not all(slot.is_full for slot in found)):
            break
    return found


def beginnings(at: dt.datetime) -> Iterable[dt.datetime]:
    """Every beginning of a window after that moment, in order, for a week."""
    first = local(at).date()
    for days in range(DAYS_AHEAD + 1):
        for time in BEGINNINGS:
            starts = dt.datetime.combine(first + dt.timedelta(days), time, SHANGHAI)
            if starts > at:
                yield starts


def windows_taken(
    community: Community, trade: Trade, people: list[User], at: dt.datetime, besides: int | None
) -> list[tuple[Any, Any]]:
    """Windows agreed from now on that need one of these people: theirs, and those of the trade nobody is named for."""
    needs = Q(technician__in=[person.pk for person in people]) | Q(technician=None, trade=trade)
    rows = Ticket.objects.filter(needs, community=community, window_to__gt=at, window_from__isnull=False).open()
    rows = rows.exclude(state__in=[State.COMPLETED, State.CALLED_BACK]).exclude(pk=besides).order_by()
    return list(rows.values_list("window_from", "window_to"))


def of_place(place: Unit | PublicArea) -> TicketQuerySet:
    """Every repair of a dwelling, or of a public area."""
    rows: TicketQuerySet = (
        Ticket.objects.filter(unit=place) if isinstance(place, Unit) else Ticket.objects.filter(area=place)
    )
    return rows


def twins(place: Unit | PublicArea, component: Component) -> TicketQuerySet:
    """Repairs of the same part of the same place still to be done, the first report first; of a public part those of its building (G13)."""
    here = of_place(place)
    if component.place != Component.Place.HOME:
        building = place.entrance.building_id if isinstance(place, Unit) else place.building_id
        inside = Q(area__building=building) | Q(unit__entrance__building=building, area=None)
        outside = Q(area__building=None, area__isnull=False)
        rows: TicketQuerySet = Ticket.objects.filter(community=place.community).exclude(place=Place.HOME)
        here = rows.filter(inside | outside if building else outside)
    rows = here.filter(component=component, completed_at=None).open()
    return rows.select_related("technician", "team").order_by("reported_at", "pk")


def rework_window(community: Community, component: Component) -> dt.timedelta:
    """How long after a repair the same fault is still its rework; water comes through later than others (domain H)."""
    days = community.seepage_rework_days if component.trade_id == WATERPROOF else community.rework_days
    return dt.timedelta(days=days)


def redone(place: Unit | PublicArea, component: Component, at: dt.datetime) -> TicketQuerySet:
    """Repairs of the same part of the same place, completed within the rework window, the last first (2-1)."""
    since = at - rework_window(place.community, component)
    rows = of_place(place).filter(component=component, completed_at__gt=since).exclude(state__in=NOT_DONE)
    return rows.select_related("technician", "team").order_by("-completed_at", "-pk")


def hour(at: dt.datetime) -> str:
    """9:00, as it is said."""
    wall = local(at)
    return f"{wall.hour}:{wall.minute:02d}"
