"""What a bare Django view costs that shows or writes the same rows: full models, select_related, a plain table, nothing else."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template import engines
from django.urls import include, path
from django.utils import timezone

from papers.models import Series
from tickets.models import Caller, Deadline, Event, Ticket
from tickets.states import FINAL

PAGE = "<!doctype html><html><head><title>bare</title></head><body>{}</body></html>"
BOARD = PAGE.format(
    "<table>{% for ticket in tickets %}<tr><td>{{ ticket.due|date:'H:i:s' }}</td><td><a href='{{ ticket.get_absolute_url }}'>{{ ticket.fault }}</a></td>"
    "<td>{{ ticket.get_urgency_display }}</td><td>{{ ticket.get_nature_display }}</td><td>{{ ticket.unit }}{{ ticket.area|default:'' }}</td>"
    "<td>{{ ticket.reporter_name }}</td><td>{{ ticket.number }}</td><td>{{ ticket.technician }}</td><td>{{ ticket.team }}</td><td>{{ ticket.trade }}</td>"
    "<td>{{ ticket.get_state_display }}</td><td>{{ ticket.since|date:'H:i' }}</td><td>{{ ticket.accepted_total }}</td></tr>{% endfor %}</table>"
)
TICKET = PAGE.format(
    "<h1>{{ ticket.fault }}</h1><p>{{ ticket.number }} {{ ticket.get_state_display }} {{ ticket.unit }} {{ ticket.area }} {{ ticket.reporter_name }} {{ ticket.phone }}"
    " {{ ticket.component }} {{ ticket.trade }} {{ ticket.technician }} {{ ticket.team }} {{ ticket.taken_by }} {{ ticket.get_nature_display }}</p>"
    "{% for slip in ticket.slips.all %}<h2>{{ slip.number }} {{ slip.get_state_display }} {{ slip.technician }} {{ slip.work }}</h2>"
    "<ul>{% for copy in slip.copies.all %}<li>{{ copy.number }} {{ copy.get_holder_display }} {{ copy.person }} {{ copy.since|date:'c' }}"
    "<ul>{% for move in copy.handovers.all %}<li>{{ move.get_move_display }} {{ move.from_person }} {{ move.to_person }} {{ move.by }} {{ move.at|date:'c' }}</li>{% endfor %}</ul></li>{% endfor %}</ul>"
    "<table>{% for part in slip.parts.all %}<tr><td>{{ part.name }}</td><td>{{ part.spec }}</td><td>{{ part.quantity }}</td><td>{{ part.price }}</td><td>{{ part.amount }}</td></tr>{% endfor %}</table>"
    "<ul>{% for sign in slip.signatures.all %}<li>{{ sign.get_role_display }} {{ sign.name }} {{ sign.at|date:'c' }} {{ sign.strokes }}</li>{% endfor %}</ul>{% endfor %}"
    "{% for quote in ticket.quotes.all %}<h2>{{ quote.n }} {{ quote.total }} {{ quote.get_state_display }} {{ quote.by }}</h2>"
    "<table>{% for line in quote.lines.all %}<tr><td>{{ line.name }}</td><td>{{ line.quantity }}</td><td>{{ line.price }}</td><td>{{ line.amount }}</td></tr>{% endfor %}</table>{% endfor %}"
    "<ul>{% for row in ticket.agreements.all %}<li>{{ row }} {{ row.get_state_display }} {{ row.total }}</li>{% endfor %}</ul>"
    "<ul>{% for row in ticket.charges.all %}<li>{{ row.amount }} {% for more in row.adjustments.all %}{{ more.amount }} {{ more.get_why_display }}{% endfor %}</li>{% endfor %}</ul>"
    "<ul>{% for row in ticket.payments.all %}<li>{{ row.amount }} {{ row.get_method_display }} {{ row.received_by }} {% for receipt in row.receipts.all %}{{ receipt.number }}{% endfor %}</li>{% endfor %}</ul>"
    "<ul>{% for row in ticket.deadlines.all %}<li>{{ row.get_kind_display }} {{ row.due_at|date:'c' }} {{ row.met_at|date:'c' }}</li>{% endfor %}</ul>"
    "<ul>{% for row in ticket.appointments.all %}<li>{{ row.starts|date:'c' }} {{ row.ends|date:'c' }} {{ row.made_by }}</li>{% endfor %}</ul>"
    "<ul>{% for row in ticket.surveys.all %}<li>{{ row.get_nature_display }} {{ row.work }} {{ row.by }}</li>{% endfor %}</ul>"
    "<ul>{% for row in ticket.photos.all %}<li>{{ row.kind }}</li>{% endfor %}</ul>"
    "<ul>{% for row in ticket.callbacks.all %}<li>{{ row.get_state_display }} {{ row.caller }}{% for try in row.attempts.all %}{{ try.at|date:'c' }}{% endfor %}</li>{% endfor %}</ul>"
    "<ul>{% for row in ticket.corrections.all %}<li>{{ row.number }} {{ row.what }} {{ row.assignee }}</li>{% endfor %}</ul>"
    "<ol>{% for event in ticket.events.all %}<li>{{ event.at|date:'c' }} {{ event.actor }} {{ event.on_behalf_of|default:'' }} {{ event.action }} {{ event.facts }} {{ event.remark.text }}</li>{% endfor %}</ol>"
)
OF_TICKET = (
    "slips__technician", "slips__copies__person", "slips__copies__handovers__by", "slips__copies__handovers__from_person",
    "slips__copies__handovers__to_person", "slips__parts", "slips__signatures", "quotes__lines", "quotes__by", "agreements", "charges__adjustments",
    "payments__receipts", "payments__received_by", "deadlines", "appointments__made_by", "surveys__by", "photos", "callbacks__attempts",
    "callbacks__caller", "corrections__assignee", "events__actor", "events__on_behalf_of", "events__remark",
)  # fmt: skip
NEAR = ("community", "unit", "area", "component", "trade", "technician", "team", "taken_by")


@cache
def compiled(text: str) -> Any:
    return engines["django"].from_string(text)


def board(request: HttpRequest) -> HttpResponse:
    """The open repairs with their earliest open deadline."""
    open_ones = Q(deadlines__met_at=None, deadlines__cancelled_at=None)
    rows = (
        Ticket.objects.exclude(state__in=FINAL)
        .select_related(*NEAR)
        .annotate(due=Min("deadlines__due_at", filter=open_ones))
    )
    return HttpResponse(compiled(BOARD).render({"tickets": rows.order_by("due")}, request))


def ticket(request: HttpRequest, number: str) -> HttpResponse:
    """One repair with everything that hangs on it."""
    rows = Ticket.objects.select_related(*NEAR).prefetch_related(*OF_TICKET)
    return HttpResponse(compiled(TICKET).render({"ticket": get_object_or_404(rows, number=number)}, request))


class ReportForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable while running
    class Meta:
        model = Ticket
        fields = (
            "unit",
            "reporter_name",
            "relation",
            "phone",
            "channel",
            "spot",
            "component",
            "trade",
            "fault",
            "urgency",
        )


def register(request: HttpRequest) -> HttpResponse:
    """The same rows as a registration writes: number, ticket and caller with their history, three clocks, an event."""
    form = ReportForm(request.POST)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=422)
    now = timezone.now()
    with transaction.atomic():
        row = form.save(commit=False)
        row.community, row.taken_by, row.reported_at, row.saved_at = (
            row.unit.entrance.building.community,
            request.user,
            now,
            now,
        )
        row.nature_guess = "paid_home"
        series, _made = Series.objects.select_for_update().get_or_create(
            community=row.community, kind="BX", month=f"{now:%Y%m}"
        )
        series.last += 1
        series.save()
        row.number = f"{row.community.code}-BX-{series.month}-{series.last:04d}"
        row.save()
        Caller.objects.create(ticket=row, name=row.reporter_name, phone=row.phone, relation=row.relation)
        for kind, minutes in (("notify", 5), ("arrive", 30), ("finish", 600)):
            Deadline.objects.create(ticket=row, kind=kind, started_at=now, due_at=now + dt.timedelta(minutes=minutes))
        Event.objects.create(
            ticket=row, seq=1, action="register", actor=row.taken_by, at=now, received_at=now, digest=row.number
        )
    return redirect(row)


urlpatterns = [
    path("bare/board/", board),
    path("bare/register/", register),
    path("bare/tickets/<str:number>/", ticket),
    path("", include("repairdesk.urls")),
]
