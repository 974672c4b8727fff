"""What the frame of every page needs; worked out when a page asks for it, so that a fragment pays nothing. Three queries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from billing.queries import asked
from core import clock
from core.text import in_brackets
from desk.alarms import alarms
from desk.queries import SHEET, estates, running
from desk.roles import READERS, SUPERVISORS
from people.models import User
from people.roles import AD, DESK, DU, ES, FD, FI, MG, SS, TE, Role
from people.views import home_of
from tickets.models import Deadline, Ticket

Kind = Deadline.Kind
OF_SHEET = (Kind.NOTIFY, Kind.ARRIVE, Kind.STEP)
WORK = (Kind.NOTIFY, Kind.ARRIVE, Kind.FINISH, Kind.STEP, Kind.COLLECT, Kind.BUILDER_REPLY, Kind.REFERRAL)


@dataclass(frozen=True)
class Place:
    """A place to go: URL name, words, icon, who may, keys, the kinds of promise its number counts, other pages that belong to it."""

    name: str
    label: str | Promise
    icon: str
    roles: tuple[Role, ...]
    key: str = ""
    also: str = ""
    kinds: tuple[str, ...] = ()
    short: str | Promise = ""
    within: tuple[str, ...] = ()


BOARD = Place("board", _("工作台"), "board", READERS, "g b", kinds=WORK)
NEW = Place("register", _("登记报修"), "plus", DESK, "n", "F2", short=_("登记"))
REGISTER = Place("ticket_list", _("报修登记表"), "search", READERS, "g r")
INSPECTIONS = Place(
    "inspections", _("交房验房"), "doc", (*READERS, TE), "g v", kinds=tuple(f"{SHEET}_{kind}" for kind in OF_SHEET)
)
CALLBACKS = Place("callbacks", pgettext_lazy("menu", "回访"), "phone", (FD, SS, ES, MG), "g h", kinds=(Kind.CALLBACK,))
CORRECTIONS = Place(
    "corrections",
    _("纠正与投诉"),
    "flag",
    (FD, SS, ES, MG),
    kinds=(Kind.CORRECTION, Kind.COMPLAINT),
    within=("complaints", "complaint", "new_complaint"),
)
NOTICES = Place(
    "notices", pgettext_lazy("menu", "施工单位"), "building", (FD, SS, ES, MG), "g n", kinds=(Kind.BUILDER_REPLY,),
    within=("notice", "send_notice", "builders", "builder", "add_builder"),
)  # fmt: skip
REFERRALS = Place(
    "referrals", pgettext_lazy("menu", "市政转报"), "globe", (FD, DU, SS, ES, MG), "g z", kinds=(Kind.REFERRAL,)
)
COPIES = Place(
    "copies",
    _("单据三联"),
    "copies",
    (FD, SS, ES, MG),
    "g c",
    kinds=(Kind.DESK_COPIES, Kind.COPY_RETURN),
    short=_("单据"),
)
CASH = Place("cash", _("收费与交款"), "cash", (FD, SS, MG, FI), "g m", kinds=(Kind.CASH,))
CLAIMS = Place("claims", pgettext_lazy("menu", "索赔"), "receipt", (FD, SS, ES, MG), within=("draft_claim",))
FIGURES = Place("figures", _("指标"), "chart", SUPERVISORS, "g y", within=("figure",))
PROCEDURE = Place("procedure", _("作业流程"), "doc", READERS)
BELLS = Place("bells", _("时限提醒"), "bell", (SS, ES, MG, AD))
APPROVALS = Place("approvals", _("待核准"), "check", (MG, SS))
SHIFT = Place(
    "shift", _("交接班"), "swap", (FD, DU, SS, ES, MG), "g s", within=("shift_sheet", "shift_hand", "shift_take")
)
MY_JOBS = Place("my_jobs", _("我的任务"), "wrench", (TE,), short=_("任务"))
MY_COPIES = Place("my_copies", _("我的单据"), "scan", (TE,), short=_("扫单据"))
MY_CASH = Place("my_cash", _("代收款"), "cash", (TE,), short=_("代收"))
WEATHER = Place("weather", _("恶劣天气"), "shield", (SS,))
INSPECT = Place("my_inspections", _("待我验收"), "pen", (ES,), short=_("验收"))
ENGINEERING = Place("engineering", _("工程主管"), "users", SUPERVISORS, "g e", short=_("工程"))
ME = Place("me", _("我的"), "user", tuple(Role))
# Found by Ctrl K only; the side bar leads to them through another.
COMPLAINTS = Place("complaints", pgettext_lazy("menu", "投诉"), "flag", (FD, SS, ES, MG))
NEW_COMPLAINT = Place("new_complaint", _("登记投诉"), "plus", (FD, SS))
ASIDE = (COMPLAINTS, NEW_COMPLAINT)
GROUPS = (
    (_("每日"), (BOARD, NEW, INSPECTIONS, REGISTER, NOTICES, REFERRALS, CALLBACKS, CORRECTIONS, WEATHER)),
    (_("单据与钱款"), (COPIES, CASH, CLAIMS, APPROVALS)),
    (_("管理"), (ENGINEERING, FIGURES, SHIFT, PROCEDURE, BELLS)),
    (_("维修"), (MY_JOBS, MY_COPIES, MY_CASH)),
)
DESK_TABS = (BOARD, NEW, CALLBACKS, COPIES)
SUPERVISOR_TABS = (ENGINEERING, INSPECT, BOARD, COPIES)
FIELD_TABS = (MY_JOBS, MY_COPIES, MY_CASH, ME)


def frame(request: HttpRequest) -> dict[str, Any]:
    """The dict `frame` described at the head of templates/frame/side.html."""
    return {"frame": SimpleLazyObject(lambda: frame_of(request))}


def frame_of(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.is_authenticated:
        return {"language": get_language(), "now": None}
    now = clock.now()
    seen = estates(user, now)
    counted = running(user, now) if seen else {}
    sweep = next((estate.sweep for estate in seen), None)
    live = bool(seen and address("pulse"))
    waiting = {
        REGISTER.name: sum(estate.still_open for estate in seen),
        APPROVALS.name: sum(estate.asked for estate in seen),
    }
    return {
        "nav": nav(request, user, counted, waiting),
        "tabs": tabs(request, user, counted),
        "home_url": home_of(user),
        "me_url": address("me"),
        "find_url": address("find") if user.may(*READERS) else "",
        "pulse_url": address("pulse"),
        "live": live,
        "last": next((estate.newest for estate in seen), 0) or 0,
        "now": now,
        "user_id": user.pk,
        "user_label": label_of(user),
        "community_name": _("%(name)s服务中心") % {"name": seen[0].name} if len(seen) == 1 else "",
        "theme": user.theme,
        "language": get_language(),
        "single_keys": user.single_keys,
        "sound": user.sound,
        "demo": any(estate.demo for estate in seen),
        "pulse_stale": live and is_stale(sweep, now),
        "pulse_since": clock.local(sweep) if sweep else None,
        "alarms": alarms(user, now)
        if seen and (seen[0].rings or any(late for _running, late in counted.values()))
        else [],
        "weather": [estate for estate in seen if estate.weather],
    }


def is_stale(sweep: Any, now: Any) -> bool:
    """Has no sweeper gone round for longer than the setting allows?"""
    return sweep is None or (now - sweep).total_seconds() > settings.PULSE_STALE_SECONDS


def label_of(user: User) -> str:
    """周（前台接待）: who is at the desk, with the role held first in the procedure's order."""
    held = next((role for role in Role if role in user.roles), None)
    return user.short_name + in_brackets(Role(held).label if held else "")


def nav(
    request: HttpRequest, user: User, counted: dict[str, tuple[int, int]], waiting: dict[str, int]
) -> list[dict[str, Any]]:
    """Groups of the side bar with what this person may open; a page that is not built is left out.

    waiting: by name of the page, its number where that counts no promises.
    """
    groups = []
    for head, places in GROUPS:
        items = [
            item(place, request, counted, waiting) for place in places if user.may(*place.roles) and address(place.name)
        ]
        if items:
            groups.append({"head": head, "items": items})
    return groups


def item(
    place: Place,
    request: HttpRequest,
    counted: dict[str, tuple[int, int]],
    waiting: dict[str, int] | None = None,
) -> dict[str, Any]:
    count, late = numbers(place, counted, waiting or {})
    return {
        "name": place.name,
        "url": address(place.name),
        "label": place.label,
        "icon": place.icon,
        "key": place.key,
        "also": place.also,
        "count": count,
        "late": late,
        "current": is_current(place, request),
    }


def numbers(place: Place, counted: dict[str, tuple[int, int]], waiting: dict[str, int]) -> tuple[int, int]:
    """Open work of a place, and how much of it is late; the board, which is all work, says only what is late."""
    sums = [counted.get(kind, (0, 0)) for kind in place.kinds]
    open_work = 0 if place is BOARD else waiting.get(place.name, sum(n for n, _late in sums))
    return open_work, sum(late for _n, late in sums)


def side(user: User, now: dt.datetime) -> dict[str, tuple[int, int]]:
    """The numbers beside the places this person may open, by URL name. Three queries at most."""
    counted = running(user, now)
    waiting = {REGISTER.name: Ticket.objects.visible_to(user).open().order_by().count()}
    if user.may(*APPROVALS.roles):
        waiting[APPROVALS.name] = asked(user).count()
    places = [place for _head, group in GROUPS for place in group if place.kinds or place.name in waiting]
    return {place.name: numbers(place, counted, waiting) for place in places if user.may(*place.roles)}


def is_current(place: Place, request: HttpRequest) -> bool:
    match = request.resolver_match
    return bool(match and match.url_name in {place.name, *place.within})


def tabs(request: HttpRequest, user: User, counted: dict[str, tuple[int, int]]) -> list[dict[str, Any]]:
    """The bar below on a phone: the desk's and the engineering supervisor's with 更多, a technician's with his own page."""
    desk = user.may(*READERS)
    signs = user.may(ES) and not user.may(*DESK)
    places = SUPERVISOR_TABS if signs else DESK_TABS if desk else FIELD_TABS if user.may(TE) else ()
    shown = [
        {**item(place, request, counted), "label": place.short or place.label}
        for place in places
        if user.may(*place.roles) and address(place.name)
    ]
    return [*shown, {"label": _("更多"), "icon": "more", "more": True}] if desk else shown


def address(name: str) -> str:
    """The page's address; empty while there is no page of that name."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
