"""The board's list: which group a repair stands in, and what its row says. Dicts, because templates read them fastest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from core.clock import local
from core.money import AGREEMENT_FROM, ZERO, shown
from core.text import in_brackets
from desk.alarms import short_place
from desk.clocks import Clock, clock, day_word, window_said
from desk.queries import Last
from desk.sentences import DONE
from desk.way import main_move
from people.models import User
from places.queries import printed_number
from tickets.conditions import is_paid_up
from tickets.models import Deadline, Ticket
from tickets.states import PUBLIC_NATURES, UNDERWAY, WARRANTY_NATURES, Nature, State, Urgency
from workorders.letters import NoticeState
from workorders.states import SlipState

Kind = Deadline.Kind
GROUPS = {
    "notify": (gettext_lazy("待通知"), gettext_lazy("5 分钟内通知到班组或技工")),
    "arrive": (gettext_lazy("待到场"), gettext_lazy("急修 30 分钟，其余按约定时间")),
    "survey": (gettext_lazy("待核实"), gettext_lazy("到场后报性质、工种和工程量")),
    "quote": (gettext_lazy("待报价确认与预付款"), gettext_lazy("讲明项目与数额，客户认可")),
    "builder": (gettext_lazy("待施工单位"), gettext_lazy("通知原施工单位，等答复、约时间")),
    "issue": (gettext_lazy("待开单与领单"), gettext_lazy("三联一起领走")),
    "repair": (gettext_lazy("维修中"), gettext_lazy("急修当日完工")),
    "accept": (gettext_lazy("待验收与返单"), gettext_lazy("签字，收款，24 小时内交回第一、二联")),
    "call": (gettext_lazy("待回访"), gettext_lazy("验收后 48 小时内")),
    "correct": (gettext_lazy("待纠正"), gettext_lazy("72 小时内，纠正后再回访")),
    "close": (gettext_lazy("待结清归档"), gettext_lazy("款、单、回访齐了才归档")),
    "refer": (gettext_lazy("市政跟进"), gettext_lazy("至少每日跟进一次")),
}
SIMPLE = {
    State.REPORTED: "notify",
    State.NOTIFIED: "arrive",
    State.ON_SITE: "survey",
    State.QUOTED: "quote",
    State.PREPAID: "issue",
    State.CALLED_BACK: "close",
    State.REFERRED: "refer",
}
NATURE = {
    Nature.PAID_HOME: gettext_lazy("有偿"),
    Nature.WARRANTY_HOME: gettext_lazy("质保"),
    Nature.PAID_PUBLIC: gettext_lazy("公共"),
    Nature.WARRANTY_PUBLIC: gettext_lazy("公共质保"),
    Nature.MUNICIPAL: gettext_lazy("市政"),
    Nature.UNDETERMINED: gettext_lazy("待定"),
}


def group_of(ticket: Ticket) -> str:
    """What must happen next, by state and nature alone (lives.md §3)."""
    state = State(ticket.state)
    if state in SIMPLE:
        return SIMPLE[state]
    if state == State.SURVEYED:
        return surveyed(ticket)
    if state == State.ACCEPTED:
        return "issue" if is_paid_up(ticket) else "quote"
    if state == State.ORDERED:
        return {SlipState.ISSUED: "issue", SlipState.FINISHED: "accept"}.get(
            SlipState(ticket.slip_state or "arrived"), "repair"
        )
    if ticket.balance > ZERO or not ticket.desk_copies_home:
        return "accept"
    if ticket.corrections_open and not getattr(ticket, "callback_open", False):
        return "correct"
    return "call" if ticket.has_caller else "close"


def surveyed(ticket: Ticket) -> str:
    """After the survey nature decides who is waited for."""
    if ticket.rework_of_id and not ticket.rework_judged:
        return "survey"
    if ticket.nature in {Nature.UNDETERMINED, Nature.MUNICIPAL}:
        return "survey" if ticket.nature == Nature.UNDETERMINED else "refer"
    if ticket.redoes:
        return "issue"
    if ticket.nature == Nature.PAID_HOME:
        return "quote"
    waits = ticket.kind_of_slip == "warranty" and ticket.builder_reply != NoticeState.AGREED
    return "builder" if waits else "issue"


@dataclass(slots=True)
class Item:
    """A repair with its clock and group, before its words are made."""

    ticket: Ticket
    group: str
    deadline: Deadline | None
    clock: Clock | None

    @property
    def due(self) -> tuple[bool, dt.datetime]:
        far = dt.datetime.max.replace(tzinfo=dt.UTC)
        return (self.deadline is None, self.deadline.due_at if self.deadline else far)

    @property
    def pressing(self) -> bool:
        return bool(self.clock and self.clock.as_ != "calm")


def items(tickets: Iterable[Ticket], clocks: dict[int, list[Deadline]], now: dt.datetime) -> list[Item]:
    """Each repair with the earliest of its open promises."""
    found = []
    for ticket in tickets:
        rows = clocks.get(ticket.pk, [])
        ticket.callback_open = any(row.kind == Kind.CALLBACK for row in rows)  # type: ignore[attr-defined]
        first = rows[0] if rows else None
        shown_clock = clock_of(ticket, first, now) if first else None
        found.append(Item(ticket, group_of(ticket), first, shown_clock))
    return found


def clock_of(ticket: Ticket, row: Deadline, now: dt.datetime) -> Clock:
    starts = ticket.window_from if row.due_at == ticket.window_to else None
    return clock(
        row, now, label=step_clock(ticket) if row.kind == Kind.STEP else "", urgency=ticket.urgency, starts=starts
    )


def step_clock(ticket: Ticket) -> str:
    """What a clock of the kind `step` waits for, in a word or two."""
    words = {
        State.NOTIFIED: _("核实") if ticket.inspection_id else _("定下次上门"),
        State.ON_SITE: _("填核实结果"),
        State.SURVEYED: surveyed_clock(ticket),
        State.QUOTED: _("客户答复"),
        State.ACCEPTED: _("协议与预付款") if ticket.accepted_total >= AGREEMENT_FROM else _("开单"),
        State.PREPAID: _("开单"),
        State.ORDERED: signs(ticket) if ticket.slip_state == SlipState.FINISHED else _("定下次上门"),
        State.COMPLETED: _("归档"),
        State.CALLED_BACK: _("归档"),
    }
    return words.get(State(ticket.state), _("下一步"))


def signs(ticket: Ticket) -> str:
    """Who looks at finished work: of a public repair the engineering supervisor alone (5.5.3-3)."""
    return _("主管验收") if ticket.nature in PUBLIC_NATURES else _("客户验收")


def surveyed_clock(ticket: Ticket) -> str:
    """What a surveyed repair waits for."""
    waits = {"survey": _("判定性质"), "quote": _("报价"), "refer": _("转报市政")}
    if surveyed(ticket) != "builder":
        return waits.get(surveyed(ticket), _("开单"))
    return _("再次通知或代修") if ticket.builder_reply == NoticeState.REFUSED else _("通知施工单位")


def row(item: Item, user: User, last: Last | None, now: dt.datetime, estate: str = "") -> dict[str, Any]:
    """What the template of a row reads."""
    ticket, move = item.ticket, main_move(item.ticket, user)
    return {
        "id": ticket.pk,
        "url": ticket.get_absolute_url(),
        "fault": ticket.fault,
        "sum": shown(ticket.accepted_total) if item.group == "quote" and ticket.accepted_total else "",
        "chips": chips(ticket),
        "where": ticket.where,
        "estate": estate,
        "called": _("员工巡查") if ticket.relation == Ticket.Relation.PATROL else ticket.called,
        "number": printed_number(ticket.number),
        "clock": item.clock,
        "say": f"{short_place(ticket)} {item.deadline.get_kind_display() if item.deadline else ''}",
        "hot": item.pressing,
        "who": performer(ticket),
        "did": f"{last.who} {done_word(last.action)} {when(last.at, now)}" if last else "",
        "state": ticket.get_state_display(),
        "step": move.label if move else "",
        "step_url": move.url if move else "",
        "dialog": bool(move and move.dialog),
    }


def done_word(action: str) -> str:
    return str(DONE.get(action, pgettext("done", "办理")))


def when(at: dt.datetime, now: dt.datetime) -> str:
    """9:41, 昨日 9:41, 5月10日."""
    wall = local(at)
    days = (local(now).date() - wall.date()).days
    hour = f"{wall.hour}:{wall.minute:02d}"
    return hour if days == 0 else f"{day_word(wall.date(), now)} {hour}" if days == 1 else day_word(wall.date(), now)


def performer(ticket: Ticket) -> str:
    """王（水电班）, 水电班, or the trade where nobody is named yet; the builder once he is notified."""
    if ticket.builder and ticket.builder_notified_at and ticket.kind_of_slip == "warranty":
        return ticket.builder.name
    if ticket.technician:
        return ticket.technician.short_name + in_brackets(ticket.team)
    return str(ticket.team or ticket.trade or "")


# How a repair stands, as it is told to somebody who rings about it.
STANDS = {
    State.REPORTED: gettext_lazy("已登记，正在安排人"),
    State.NOTIFIED: gettext_lazy("已通知%(who)s，%(when)s到场"),
    State.ON_SITE: gettext_lazy("%(who)s已到现场"),
    State.SURVEYED: gettext_lazy("现场已看过，正在安排维修"),
    State.QUOTED: gettext_lazy("现场已看过，正在等报价答复"),
    State.ACCEPTED: gettext_lazy("现场已看过，正在安排维修"),
    State.PREPAID: gettext_lazy("现场已看过，正在安排维修"),
    State.ORDERED: gettext_lazy("%(who)s正在维修"),
    State.COMPLETED: gettext_lazy("已修好"),
    State.CALLED_BACK: gettext_lazy("已修好"),
    State.REFERRED: gettext_lazy("已转报市政单位，正在跟进"),
}


def stands(ticket: Ticket, now: dt.datetime) -> str:
    """已通知王强，今日 14:00–15:00 到场; empty where it is over."""
    words = STANDS.get(State(ticket.state))
    window = ticket.window_to and ticket.window_to > now
    when = window_said(ticket.window_from, ticket.window_to, now) if window else _("尽快")
    who = ticket.technician or ticket.team or _("维修人")
    return str(words) % {"who": who, "when": f"{when} " if window else when} if words else ""


def chips(ticket: Ticket) -> list[tuple[str, str]]:
    """Class and word of each chip: urgency, nature, rework, 催单."""
    found = []
    if ticket.urgency == Urgency.URGENT:
        found.append((" chip--strong", _("急修")))
    elif ticket.urgency == Urgency.PROMPT:
        found.append((" chip--line", _("30 分钟")))
    if ticket.redoes:
        found.append((" chip--late", _("返修")))
    elif ticket.rework_of_id and not ticket.rework_judged:
        found.append((" chip--soon", _("返修待确认")))
    found.append(("", str(NATURE[Nature(ticket.stands)])))
    if ends_today(ticket):
        found.append((" chip--soon", _("今日届满")))
    if ticket.taken_over:
        found.append(("", _("代修")))
    if ticket.weather:
        found.append((" chip--line", _("恶劣天气")))
    if ticket.objected_at:
        found.append((" chip--soon", _("有异议")))
    if ticket.urged:
        found.append(("", ngettext("催 %(n)s 次", "催 %(n)s 次", ticket.urged) % {"n": ticket.urged}))
    return found


def ends_today(ticket: Ticket) -> bool:
    """G11: reported on the warranty's last day and the builder does not know yet."""
    covered = ticket.stands in WARRANTY_NATURES and not ticket.builder_notified_at and not ticket.taken_over
    return covered and ticket.warranty_ends_on == local(ticket.reported_at).date() and ticket.state in UNDERWAY
