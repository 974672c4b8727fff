"""What rings: promises that are late and that nobody has acknowledged, for the roles they concern (lives.md §1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Q, When, Window
from django.db.models.functions import RowNumber
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from alerts.models import Bell
from alerts.policy import DEFAULTS
from callbacks.models import Complaint
from desk.queries import LINES, OF_WORK, promised_here
from desk.way import Move, main_move, pattern
from people.models import User
from people.roles import FD, SS, TE, Role
from places.queries import printed_number
from tickets.models import OF_COMPLAINT, Deadline, Inspection, Ticket
from tickets.states import Urgency

Kind = Deadline.Kind
SHOWN = 20
PERFORMER = [kind for kind, levels in DEFAULTS.items() for level in levels if level.is_due and TE in level.roles]


def standing(user: User, now: dt.datetime) -> Q | None:
    """Which promises ring for this person: a bell addresses his role, or him as the performer; None: he hears none.

    Where the sweeper is behind and no bell has rung yet, what is late rings all the same, for those it concerns as delivered.
    """
    roles = [role for role in Role if role != TE and user.may(role)]
    own = Q(ticket__technician=user) if user.may(TE) else None
    if not roles and own is None:
        return None
    behind = Q(~Exists(Bell.objects.filter(deadline=OuterRef("pk"), rung_at__isnull=False)))
    kinds = [
        kind for kind, levels in DEFAULTS.items() for level in levels if level.is_due and {*level.roles} & {*roles}
    ]
    found = Q(pk__in=Bell.objects.standing().addressing(*roles).values("deadline"))
    late = Q(kind__in=kinds) & ~(OF_COMPLAINT & Q(kind=Kind.STEP)) if SS not in roles else Q(kind__in=kinds)
    if own is not None:
        found |= own & Q(pk__in=Bell.objects.standing().addressing(TE).values("deadline"))
        late |= own & Q(kind__in=PERFORMER)
    return found | (late & Q(due_at__lt=now) & behind)


def alarms(user: User, now: dt.datetime) -> list[dict[str, Any]]:
    """The red bar's list, oldest first; keys as templates/frame/alarm.html names them. One query."""
    wanted = standing(user, now)
    if wanted is None:
        return []
    rows = Deadline.objects.open().filter(wanted, promised_here(user), acknowledgement=None)
    # Of the lines of one inspection the first speaks for all: a bell for each would drown the single calls.
    one_of = Case(When(LINES, then="ticket__inspection"), default=-F("pk"), output_field=BigIntegerField())
    nth = Window(RowNumber(), partition_by=[one_of, F("kind")], order_by=["due_at", "pk"])
    first = rows.annotate(nth=nth).filter(nth=1).order_by("due_at", "pk").values("pk")[:SHOWN]
    shown = Deadline.objects.filter(pk__in=first).select_related("ticket__unit", "ticket__area", "ticket__inspection")
    late = sorted(shown.order_by(), key=lambda row: (row.due_at, row.pk))
    complaints = complaints_of(late)
    found = [
        complaint_alarm(row, complaints[row.ref], user) if row.ref in complaints else alarm(row, user) for row in late
    ]
    return [early(said) if said["due"] >= now else said for said in found]


def early(said: dict[str, Any]) -> dict[str, Any]:
    """A warning, before the promise is broken: its own words, and silenced by itself."""
    return {
        **said,
        "head": _("%(what)s快到时限") % {"what": said["head"]},
        "ack_url": _reverse("hush", said["id"]),
        "ahead": True,
    }


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
