"""The head and the cards of a ticket page: progress, clocks, money, what it still owes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.clock import local, took
from core.money import AGREEMENT_FROM, ZERO
from core.text import masked_telephone
from desk.clocks import before, clock, said, spelled, window_said
from desk.record import Life, first_issue
from desk.rows import step_clock
from places.safety import scripts
from tickets.models import Deadline, Ticket, called
from tickets.recording import done_of, scripts_for
from tickets.states import FINAL, Nature, State
from workorders.states import SlipState

Kind = Deadline.Kind
ROOM = {Kind.STEP, Kind.COLLECT}


def progress(life: Life, now: dt.datetime) -> list[dict[str, Any]]:
    """The words of the life this nature passes, each done, now or to come, with its time."""
    ticket, quote = life.ticket, life.quote
    paid = ticket.stands == Nature.PAID_HOME and bool(quote or not ticket.redoes)
    prepaid = next((event.at for event in life.events if event.action == "confirm_prepaid"), None)
    accepted = quote.answered_at if quote and quote.state == "accepted" else None
    steps: list[tuple[str, dt.datetime | None]] = [
        (_("登记"), ticket.reported_at),
        (_("通知"), ticket.notified_at),
        (_("到场核实"), life.surveys[0].at if life.surveys else None),
    ]
    if paid:
        steps.append((_("报价确认"), accepted))
    if ticket.kind_of_slip == "warranty":
        steps.append((_("施工单位"), ticket.builder_notified_at))
    if ticket.stands == Nature.MUNICIPAL:
        sent = life.referrals[-1].sent_at if life.referrals else None
        steps[-1] = (steps[-1][0], steps[-1][1] or ticket.on_site_at)
        return marked([*steps, (_("转报市政"), sent), (_("恢复归档"), ticket.closed_at)], ticket, now)
    if paid and max(ticket.accepted_total, quote.total if quote else ZERO) >= AGREEMENT_FROM:
        steps.append((_("预付款"), prepaid))
    steps += [(_("派单维修"), first_issue(life)), (_("验收"), ticket.completed_at), (_("回访归档"), ticket.closed_at)]
    return marked(steps, ticket, now)


def marked(steps: list[tuple[str, dt.datetime | None]], ticket: Ticket, now: dt.datetime) -> list[dict[str, Any]]:
    """Done up to the last word that has a time; the next is now, unless the ticket has ended."""
    over = ticket.state in FINAL
    reached = max((place for place, (_word, at) in enumerate(steps) if at), default=0)
    if ticket.state == State.ORDERED and ticket.slip_state in {
        SlipState.ISSUED,
        SlipState.COLLECTED,
        SlipState.ARRIVED,
    }:
        reached = min(reached, len(steps) - 4)
    if over and ticket.state != State.CLOSED:
        steps = [(word, at) for word, at in steps[:-1] if at]
        reached = len(steps) - 1
    last: dt.date | None = None
    shown = []
    for place, (word, at) in enumerate(steps):
        state = "is-done" if place <= reached else "is-now" if place == reached + 1 and not over else ""
        day = local(at).date() if at else None
        time = "" if at is None else said(at, now) if day != last else f"{local(at).hour}:{local(at):%M}"
        last = day or last
        shown.append({"word": word, "state": state, "time": _("现在") if state == "is-now" and not time else time})
    return shown


def state_word(ticket: Ticket) -> str:
    """The chip beside the title: the slip's state while the repair is ordered."""
    if ticket.state == State.ORDERED and ticket.slip_state:
        return str(SlipState(ticket.slip_state).label)
    return str(State(ticket.state).label)


# The promise a step keeps; other steps leave a resting state.
KEEPS = {
    "notify_engineering": Kind.NOTIFY,
    "arrive": Kind.ARRIVE,
    "slip_collect": Kind.COLLECT,
    "slip_arrive": Kind.ARRIVE,
    "slip_finish": Kind.FINISH,
    "slip_take_in": Kind.DESK_COPIES,
    "call_back": Kind.CALLBACK,
    "notice_agree": Kind.BUILDER_REPLY,
    "follow_up": Kind.REFERRAL,
    "confirm_restored": Kind.REFERRAL,
    "correction_assign": Kind.CORRECTION,
    "correction_correct": Kind.CORRECTION,
}


def next_clock(life: Life, step: str, now: dt.datetime) -> Any:
    """The open promise that the next step keeps, else the earliest."""
    wanted = KEEPS.get(step, Kind.STEP)
    rows = [row for row in life.deadlines if row.is_open and not row.is_of_complaint]
    rows.sort(key=lambda row: (row.kind != wanted, row.kind == Kind.COPY_RETURN, row.due_at))
    if not rows:
        return None
    ticket = life.ticket
    starts = ticket.window_from if rows[0].due_at == ticket.window_to else None
    label = step_clock(ticket) if rows[0].kind == Kind.STEP else ""
    return clock(rows[0], now, label=label, urgency=ticket.urgency, starts=starts)


def clocks(life: Life, now: dt.datetime) -> list[dict[str, Any]]:
    """The card 时限: kept, open, broken, cancelled; a kept clock of a mere resting state is left out."""
    rows = [row for row in life.deadlines if worth_saying(row, now)]
    lines = []
    for row in sorted(rows, key=lambda row: (row.is_open, row.started_at)):
        line = clock_line(row, clock_label(row, life), now)
        if row.kind == Kind.ARRIVE:
            line["small"] = _("，").join(filter(None, [line["small"], moved(life)]))
        lines.append(line)
    return lines


def worth_saying(row: Deadline, now: dt.datetime) -> bool:
    if row.is_of_complaint and row.is_open:
        return False  # it runs in the complaint's own card
    if row.cancelled_because == Deadline.Because.SUPERSEDED:
        return bool(row.escalated_at or (row.cancelled_at and row.cancelled_at > row.due_at))
    if row.kind in ROOM:
        return row.is_open or row.late_by(now) > dt.timedelta(0)
    return True


def clock_line(row: Deadline, label: str, now: dt.datetime) -> dict[str, Any]:
    """A promise as the card says it: class, icon, time, and a small line below."""
    late = row.late_by(now)
    line: dict[str, Any] = {"label": label, "small": "", "due": ""}
    if row.cancelled_at:
        broken = row.cancelled_because == Deadline.Because.US or row.cancelled_at > row.due_at
        line |= {
            "as": "is-late" if broken else "is-off",
            "icon": "warn" if broken else "minus",
            "time": row.get_cancelled_because_display(),
        }
        line["small"] = _("原定 %(time)s") % {"time": said(row.due_at, now, name_today=True)}
    elif row.met_at:
        line |= met_words(row, row.met_at, late, now)
    elif late > dt.timedelta(0):
        line |= {
            "as": "is-late",
            "icon": "warn",
            "due": row.due_at.isoformat(),
            "time": _("超时 %(span)s") % {"span": spelled(late)},
        }
        line["small"] = _("应 %(time)s") % {"time": said(row.due_at, now, name_today=True)}
    else:
        line |= {"as": "is-open", "icon": "clock", "time": before(row.due_at, now)}
    return line


def met_words(row: Deadline, met_at: dt.datetime, late: dt.timedelta, now: dt.datetime) -> dict[str, Any]:
    if late > dt.timedelta(0):
        small = _("应 %(due)s，%(met)s 办") % {"due": said(row.due_at, now), "met": said(met_at, now)}
        return {"as": "is-late", "icon": "warn", "time": _("晚 %(span)s") % {"span": took(late)}, "small": small}
    time = (
        _("用时 %(span)s") % {"span": spelled(met_at - row.started_at)}
        if row.kind == Kind.NOTIFY
        else said(met_at, now)
    )
    return {"as": "is-ok", "icon": "check", "time": time, "small": ""}


def clock_label(row: Deadline, life: Life) -> str:
    """通知 · 约定 14:00–15:00 到场 · 30 分钟到场 · 第三联返回."""
    ticket = life.ticket
    if row.is_of_complaint:
        return complaint_clock(row.kind)
    if row.kind == Kind.STEP:
        return step_clock(ticket) if row.is_open else _("下一步")
    if row.kind != Kind.ARRIVE:
        return str(row.get_kind_display())
    window = next((each for each in life.appointments if each.ends == row.due_at), None)
    if window is None:
        return _("30 分钟到场")
    ends = f"{local(window.ends).hour}:{local(window.ends):%M}"
    return _("约定 %(starts)s–%(ends)s 到场") % {
        "starts": f"{local(window.starts).hour}:{local(window.starts):%M}",
        "ends": ends,
    }


def complaint_clock(kind: str) -> str:
    """What a complaint's clock waits for: its answer, then the complainant's word."""
    return _("问投诉人意见") if kind == Kind.STEP else _("投诉答复")


def complaints(life: Life, now: dt.datetime) -> list[dict[str, Any]]:
    """The complaints about this repair, each with the promise that runs."""
    running = {row.ref: row for row in life.deadlines if row.is_open and row.is_of_complaint}
    found = []
    for complaint in life.complaints:
        row = running.get(complaint.number)
        shown = clock(row, now, label=complaint_clock(row.kind)) if row else None
        found.append({"complaint": complaint, "clock": shown})
    return found


def moved(life: Life) -> str:
    """改约 1 次，客户要求: how often the window was moved, and who asked last."""
    rows = [each for each in life.appointments if each.moved_at]
    if not rows:
        return ""
    return _("改约 %(n)s 次，%(who)s") % {"n": len(rows), "who": rows[-1].get_moved_by_display()}


def window_now(ticket: Ticket, now: dt.datetime) -> str:
    return window_said(ticket.window_from, ticket.window_to, now)


def callers(life: Life) -> list[dict[str, Any]]:
    """Everybody who reported it, the first one first, each under his own number, with how he was answered (G13)."""
    answers = {row.caller_id: str(row.get_state_display()) for row in life.callbacks}
    return [
        {
            "called": called(caller.name, caller.relation),
            "relation": caller.get_relation_display(),
            "masked": masked_telephone(caller.phone) if caller.phone else "",
            "origin": caller.origin,
            "told_at": caller.told_at,
            "answer": answers.get(caller.pk, ""),
        }
        for caller in life.callers
    ]


def safety(life: Life) -> list[dict[str, Any]]:
    """The safety scripts that belong to the repair, each line with when it was done and by whom (domain B.3)."""
    done = done_of(life.events)
    ticket = life.ticket
    shown = scripts_for(ticket, done) if ticket.completed_at is None and ticket.state not in FINAL else []
    shown += [script for code, script in scripts().items() if code in done and script not in shown]
    return [
        {
            "script": script,
            "lines": [(line, done.get(script.code, {}).get(line.n)) for line in script.lines],
            "done": len(done.get(script.code, {})),
        }
        for script in shown
    ]


def money(life: Life) -> dict[str, Any]:
    """The card 费用: labour and material of the quote that stands, what changed since, what was paid, what is open."""
    quote, ticket = life.quote, life.ticket
    lines = list(quote.lines.all()) if quote else []
    labour = sum((line.amount for line in lines if line.kind == "labour"), ZERO)
    changes = [row for charge in life.charges for row in charge.adjustments.all()]
    owed = sum((charge.net for charge in life.charges), ZERO)
    paid = sum((payment.amount for payment in life.payments), ZERO)
    state = money_state(ticket, owed, paid)
    return {
        "labour": labour, "material": sum((line.amount for line in lines), ZERO) - labour, "quote": quote, "changes": changes, "owed": owed,
        "paid": paid, "state": state, "open": ticket.balance, "visit": [charge for charge in life.charges if charge.why == "visit"],
    }  # fmt: skip


def money_state(ticket: Ticket, owed: Decimal, paid: Decimal) -> tuple[str, str]:
    """Class and word of the chip in the card's head."""
    if ticket.balance < ZERO:
        return " chip--soon", _("待退")
    if owed and ticket.balance == ZERO:
        return " chip--met", _("已收齐")
    if ticket.balance > ZERO:
        return "", _("未收齐") if paid else _("待收")
    return "", _("未发生")
