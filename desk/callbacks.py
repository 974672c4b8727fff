"""回访 and 纠正: whom to call, the register of calls, and what is being put right (5.5.1-9, A.5)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from callbacks import queries
from callbacks.lifecycle import CorrectionState
from callbacks.models import Correction
from callbacks.queries import Call, Sitting
from core import clock
from core.clock import local
from desk.clocks import clock as clock_shown
from desk.clocks import said, spelled
from desk.roles import only_for, person
from desk.rows import chips, when
from desk.way import pattern
from people.models import User
from people.roles import ES, FD, MG, SS
from places.queries import printed_number
from tickets.models import Deadline, Ticket

READERS = (FD, SS, ES, MG)
CALLERS = (FD, SS)
PAGE = 50
DONE_DAYS = dt.timedelta(days=30)


@require_GET
@only_for(*READERS)
def callbacks(request: HttpRequest) -> HttpResponse:
    """Whom to call, due today first; ?view=register is the register of a month (A.5), ?part=list the list alone."""
    if request.GET.get("view") == "register":
        return render(request, "desk/callbacks_register_page.html", the_register(request))
    context = the_calls(request)
    if request.GET.get("part") == "list":
        return render(request, "desk/_callbacks_list.html", context)
    return render(request, "desk/callbacks_page.html", context)


def the_calls(request: HttpRequest) -> dict[str, Any]:
    user, now = person(request), clock.now()
    calls, sittings = queries.by_sitting(queries.calls_due(user))
    heads = {
        "late": (_("已逾期"), _("过了回访期限")),
        "today": (_("今日到期"), ""),
        "later": (_("之后到期"), _("验收后 48 小时内")),
        "sittings": (_("验房"), _("一位业主一个电话，逐项回访")),
    }
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in heads}
    for call in calls:
        groups[group_of(call.due, now)].append(row_of(call, user, now))
    groups["sittings"] = [sitting_row(sitting, user, now) for sitting in sittings]
    return {
        "groups": [
            {"name": name, "title": heads[name][0], "hint": heads[name][1], "rows": rows}
            for name, rows in groups.items()
            if rows
        ],
        "n": len(calls) + len(sittings),
        "late": len(groups["late"]) + sum(group_of(sitting.due, now) == "late" for sitting in sittings),
        "part_url": f"{reverse('callbacks')}?part=list",
    }


def group_of(due: dt.datetime | None, now: dt.datetime) -> str:
    if due is None:
        return "later"
    if due < now:
        return "late"
    return "today" if local(due - dt.timedelta(seconds=1)).date() == clock.today(now) else "later"


def sitting_row(sitting: Sitting, user: User, now: dt.datetime) -> dict[str, Any]:
    """The one row of an inspection, with the keys of a single call's."""
    sheet, n = sitting.inspection, len(sitting.calls)
    tries = max(len(call.tries) for call in sitting.calls)
    last = max((call.tries[-1].at for call in sitting.calls if call.tries), default=None)
    asked = urlencode({"next": reverse("callbacks")})
    return {
        "id": f"sitting-{sheet.pk}",
        "url": sheet.get_absolute_url(),
        "what": ngettext("验房 %(n)s 项待回访", "验房 %(n)s 项待回访", n) % {"n": n},
        "where": sheet.where,
        "called": sheet.called,
        "number": printed_number(sheet.number or ""),
        "again": any(call.again for call in sitting.calls),
        "clock": clock_of(sitting.due, now),
        "tries": tries,
        "last": when(last, now) if last else "",
        "rests": sitting.rests(now),
        "step_url": f"{pattern('call_inspection', sheet.number)}?{asked}" if user.may(*CALLERS, within=sheet.community_id) else "",
        "own_page": True,
    }  # fmt: skip


def row_of(call: Call, user: User, now: dt.datetime) -> dict[str, Any]:
    """What the template of a row reads."""
    ticket, slip = call.ticket, call.slip
    may = user.may(*CALLERS, within=ticket.community_id) and not (slip and slip.finished_by_id == user.pk)
    asked = urlencode({"next": reverse("callbacks"), "then": "next"})
    return {
        "id": ticket.pk,
        "url": ticket.get_absolute_url(),
        "what": f"{ticket.component}{_('：')}{slip.work if slip and slip.work else ticket.fault}",
        "where": ticket.where,
        "called": ticket.called,
        "number": printed_number(ticket.number),
        "chips": chips(ticket) if call.again else [],
        "again": call.again,
        "clock": clock_of(call.due, now),
        "who": slip.technician.name if slip else str(ticket.technician or ""),
        "done": when(slip.finished_at, now) if slip and slip.finished_at else "",
        "tries": len(call.tries),
        "last": when(call.tries[-1].at, now) if call.tries else "",
        "rests": call.rests(now),
        "reached": f"{local(call.reached_before):%H:%M}" if call.reached_before else "",
        "step_url": f"{pattern('call_back', ticket.number)}?{asked}" if may else "",
        "left": ticket.callers_left,
        "tell_url": f"{pattern('tell', ticket.number)}?{asked}" if may and ticket.callers_left > 1 else "",
    }


def clock_of(due: dt.datetime | None, now: dt.datetime) -> Any:
    """The running promise; None where the callers have none left."""
    if due is None:
        return None
    return clock_shown(Deadline(kind=Deadline.Kind.CALLBACK, due_at=due), now, label=_("到期"))


def the_register(request: HttpRequest) -> dict[str, Any]:
    """A month's attempts, fifty a page, with the months before and after."""
    month = queries.month_said(request.GET.get("month", "")[:7])
    lines = queries.register(person(request), month)
    page = Paginator(lines, PAGE).get_page(request.GET.get("page"))
    after = (month + dt.timedelta(days=32)).replace(day=1)
    return {
        "page": page,
        "month": month,
        "month_word": formatted(month, _("Y年n月")),
        "before_url": register_url((month - dt.timedelta(days=1)).replace(day=1)),
        "after_url": register_url(after) if after <= clock.today() else "",
        "page_url": register_url(month),
        "answered": sum(line.answered for line in lines),
        "satisfied": sum(line.answered and line.callback.state == "satisfied" for line in lines),
    }


def register_url(month: dt.date) -> str:
    return f"{reverse('callbacks')}?view=register&month={month:%Y-%m}"


@require_GET
@only_for(*READERS)
def corrections(request: HttpRequest) -> HttpResponse:
    """What is being put right, by its state, with the steps this person may take; the last month's done ones below."""
    user, now = person(request), clock.now()
    rows = list(queries.corrections(user, done_since=now - DONE_DAYS))
    heads = {
        CorrectionState.RAISED: (_("待指派"), _("主管指派到人")),
        CorrectionState.ASSIGNED: (_("纠正中"), _("做完登记纠正结果")),
        CorrectionState.CORRECTED: (_("待再次回访"), _("客户满意才算纠正")),
    }
    groups = [
        {
            "name": state,
            "title": title,
            "hint": hint,
            "rows": [correction_row(row, user, now) for row in rows if row.state == state],
        }
        for state, (title, hint) in heads.items()
    ]
    over = [row for row in rows if row.state not in heads]
    context = {
        "groups": [group for group in groups if group["rows"]],
        "over": sorted(over, key=lambda row: row.since, reverse=True),
        "part_url": f"{reverse('corrections')}?part=list",
        "next": f"?{urlencode({'next': reverse('corrections')})}",
        "new_url": reverse("new_complaint") if user.may(*CALLERS) else "",
    }
    part = request.GET.get("part") == "list"
    return render(request, "desk/_corrections_list.html" if part else "desk/corrections_page.html", context)


def correction_row(row: Correction, user: User, now: dt.datetime) -> dict[str, Any]:
    """A correction with its clock, its rework slip and the steps on offer, the procedure's first."""
    slips = row.asked.rework_slips  # type: ignore[attr-defined]
    slip = slips[-1] if slips else None
    steps = offered(row, user)
    return {
        "correction": row,
        "clock": clock_shown(Deadline(kind=Deadline.Kind.CORRECTION, due_at=row.due_at), now, label=_("到期")),
        "slip": slip,
        "slip_due": bool(row.needs_visit and row.asked.rework_due),
        "since": said(row.since, now, name_today=True),
        "rest": spelled(now - row.since),
        "blocked": next((sentence for _words, url, sentence in steps if not url), ""),
        "steps": [(words, url) for words, url, _sentence in steps if url],
    }


def offered(row: Correction, user: User) -> list[tuple[str, str, str]]:
    """Words, address and what still blocks it, of each step this person may take."""
    found: list[tuple[str, str, str]] = []
    for step in row.next_steps(user):
        url = "" if step.blocked_by else pattern(f"correction_{step.name}", row.number)
        found.append((step.label, url, step.blocked_by or ""))
    found.sort(key=lambda each: each[0] == str(_("撤销纠正")))
    asked = row.asked
    if row.state == CorrectionState.CORRECTED and calls(asked, user):
        found.insert(0, (_("再次回访"), pattern("call_back", asked.number), ""))
    if row.needs_visit and asked.rework_due and user.may(*CALLERS, within=row.community_id):
        found.insert(0, (_("开返修单"), pattern("issue_slip", asked.number), ""))
    return found


def calls(ticket: Ticket, user: User) -> bool:
    return user.may(*CALLERS, within=ticket.community_id) and ticket.callers_left > 0
