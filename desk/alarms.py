"""What rings: promises that are late and that nobody has acknowledged, for the roles they concern (lives.md §1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import BigIntegerField, Case, F, Q, When, Window
from django.db.models.functions import RowNumber
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from callbacks.models import Complaint
from desk.queries import LINES, OF_WORK, promised_here
from desk.way import Move, main_move, pattern
from people.models import User
from people.roles import DU, ES, FD, MG, SS, TE
from places.queries import printed_number
from tickets.models import OF_COMPLAINT, Deadline, Inspection, Ticket
from tickets.states import Urgency

Kind = Deadline.Kind
SHOWN = 20
ROLES = {
    Kind.NOTIFY: (FD, DU, ES),
    Kind.ARRIVE: (ES,),
    Kind.FINISH: (ES, SS),
    Kind.STEP: (FD, SS, ES),
    Kind.COLLECT: (ES,),
    Kind.DESK_COPIES: (FD, ES),
    Kind.COPY_RETURN: (ES, SS),
    Kind.BUILDER_REPLY: (FD, SS),
    Kind.REFERRAL: (FD, SS),
    Kind.CALLBACK: (FD, SS),
    Kind.CORRECTION: (SS, ES),
    Kind.COMPLAINT: (SS, MG),
    Kind.CASH: (ES, SS),
}
PERFORMER = (Kind.ARRIVE, Kind.COLLECT, Kind.FINISH, Kind.CASH)


def concerning(user: User) -> Q | None:
    """Which deadlines ring for this person: by role, and as the performer; None: none."""
    kinds = [kind for kind, roles in ROLES.items() if user.may(*roles)]
    wanted = Q(kind__in=kinds) if kinds else None
    if wanted and not user.may(SS):  # asking a complainant for his word is the service supervisor's step alone
        wanted &= ~(OF_COMPLAINT & Q(kind=Kind.STEP))
    if user.may(TE):
        own = Q(kind__in=PERFORMER, ticket__technician=user)
        wanted = own if wanted is None else wanted | own
    return wanted


def alarms(user: User, now: dt.datetime) -> list[dict[str, Any]]:
    """The red bar's list, oldest first; keys as templates/frame/alarm.html names them. One query."""
    wanted = concerning(user)
    if wanted is None:
        return []
    rows = Deadline.objects.open().filter(wanted, promised_here(user), due_at__lt=now, acknowledgement=None)
    # Of the lines of one inspection the first speaks for all: a bell for each would drown the single calls.
    one_of = Case(When(LINES, then="ticket__inspection"), default=-F("pk"), output_field=BigIntegerField())
    nth = Window(RowNumber(), partition_by=[one_of, F("kind")], order_by=["due_at", "pk"])
    first = rows.annotate(nth=nth).filter(nth=1).order_by("due_at", "pk").values("pk")[:SHOWN]
    shown = Deadline.objects.filter(pk__in=first).select_related("ticket__unit", "ticket__area", "ticket__inspection")
    late = sorted(shown.order_by(), key=lambda row: (row.due_at, row.pk))
    complaints = complaints_of(late)
    return [
        complaint_alarm(row, complaints[row.ref], user) if row.ref in complaints else alarm(row, user) for row in late
    ]


def complaints_of(rows: list[Deadline]) -> dict[str, Complaint]:
    """The complaints whose clocks are among these, by number; no query where there are none."""
    numbers = [row.ref for row in rows if row.is_of_complaint]
    return {row.number: row for row in Complaint.objects.for_list().filter(number__in=numbers)} if numbers else {}


def complaint_alarm(row: Deadline, complaint: Complaint, user: User) -> dict[str, Any]:
    """A late answer to a complainant, on a repair or on none."""
    step = next(complaint.next_steps(user), None)
    about = {"where": complaint.where, "kind": complaint.get_kind_display(), "number": printed_number(row.ref)}
    return {
        "id": row.pk,
        "head": _("问投诉人意见") if row.kind == Kind.STEP else str(row.get_kind_display()),
        "sentence": _("%(where)s 投诉%(kind)s（%(number)s）") % about,
        "url": complaint.get_absolute_url(),
        "ack_url": _reverse("complaint_acknowledge", row.ref),
        "due": row.due_at,
        "short": complaint.where,
        **({"step_label": step.label, "step_url": pattern(f"complaint_{step.name}", row.ref)} if step else {}),
    }


def alarm(row: Deadline, user: User) -> dict[str, Any]:
    ticket = row.ticket
    assert ticket is not None, "only a complaint has none"
    if ticket.inspection and ticket.urgency != Urgency.URGENT and row.kind in OF_WORK:
        return of_sheet(row, ticket.inspection, ticket)
    # Cash in a technician's hand is not the repair's next step: it is taken at the till.
    till = pattern("cash") if row.kind == Kind.CASH and user.may(FD, SS) else ""
    move = None if row.kind == Kind.CASH else main_move(ticket, user)
    return {
        "id": row.pk,
        "head": head_of(row),
        "sentence": _("%(where)s %(fault)s（%(number)s）")
        % {"where": ticket.where, "fault": ticket.fault, "number": printed_number(ticket.number)},
        "url": till or ticket.get_absolute_url(),
        "ack_url": _reverse("acknowledge", row.pk),
        "due": row.due_at,
        "short": short_place(ticket),
        **step_of(move),
    }


def of_sheet(row: Deadline, inspection: Inspection, ticket: Ticket) -> dict[str, Any]:
    """One bell for all lines of an inspection: it leads to the page where they are told, or judged, at once."""
    where = {"where": ticket.where, "number": printed_number(str(inspection.number))}
    told = row.kind != Kind.NOTIFY
    return {
        "id": row.pk,
        "head": head_of(row),
        "sentence": _("%(where)s 验房（%(number)s）") % where,
        "url": inspection.get_absolute_url(),
        "ack_url": _reverse("acknowledge", row.pk),
        "due": row.due_at,
        "short": short_place(ticket),
        **({} if told else {"step_label": _("批量通知工程"), "step_url": _reverse("batch_notify", inspection.number)}),
    }


def step_of(move: Move | None) -> dict[str, str]:
    return {"step_label": move.label, "step_url": move.url} if move and move.url else {}


def head_of(row: Deadline) -> str:
    """What is late, before 超时 0:42: 通知, 到场, 回访."""
    words = {Kind.NOTIFY: _("通知"), Kind.DESK_COPIES: _("返单"), Kind.COPY_RETURN: _("第三联"), Kind.CASH: _("交款")}
    return words.get(Kind(row.kind)) or str(row.get_kind_display())


def short_place(ticket: Ticket) -> str:
    """3-0702 for the window's title; a public area by its name."""
    if ticket.unit is None:
        return ticket.where
    building = ticket.unit.label.partition("栋")[0]
    return f"{building}-{ticket.unit.code}" if building != ticket.unit.label else ticket.unit.label


def _reverse(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
