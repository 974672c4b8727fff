"""What is shown of a repair one piece at a time, to whom it concerns: a photo, the telephone number; and the bell that is silenced."""

from __future__ import annotations

import datetime as dt
from typing import cast

from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core import clock
from core.refusals import Forbidden, Refusal
from core.text import cleaned
from people.actions import log_access
from people.models import User
from people.roles import DU, ES, FD, FI, MG, SS, TE, Permission
from tickets import actions
from tickets.models import Deadline, Photo, Ticket
from tickets.states import FINAL

may_see_number = Permission(FD, DU, SS, ES, MG, own=(TE,))
may_see_photos = Permission(FD, DU, SS, ES, MG, FI, own=(TE,))
may_acknowledge = Permission(FD, DU, SS, ES, own=(TE,))
AFTER_COMPLETION = dt.timedelta(hours=24)


@require_GET
def photo(request: HttpRequest, pk: int) -> FileResponse:
    """A photo, if its repair may be seen. It is sent as a picture and as nothing else, whatever is in the file."""
    tickets = Ticket.objects.visible_to(request.user)
    row = get_object_or_404(Photo.objects.filter(ticket__in=tickets).select_related("ticket"), pk=pk)
    if not may_see_photos(row.ticket, request.user):
        raise Forbidden("photo", may_see_photos.admits)
    try:
        file = row.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    answer = FileResponse(file, content_type="image/jpeg", filename=f"{row.pk}.jpg")
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require_POST
def unmask(request: HttpRequest, number: str) -> JsonResponse:
    """The reporter's telephone number, after a line in the access log (trust.md §3, §4)."""
    by = cast(User, request.user)
    ticket = get_object_or_404(Ticket.objects.visible_to(by), number=number)
    purpose = purpose_of(request)
    sees_number(ticket, by, purpose)
    log_access(by, ticket.number, purpose or "call", at=clock.now())
    return JsonResponse({"number": ticket.phone})


def purpose_of(request: HttpRequest) -> str:
    """Why the number is wanted, as typed."""
    try:
        return cleaned(request.POST.get("purpose", ""))[:60]
    except ValidationError as error:
        raise Refusal(error.messages[0]) from None


def sees_number(ticket: Ticket, by: User, purpose: str) -> None:
    """Forbidden for whom it does not concern: the desk and engineering while it is open, its technician until a day after."""
    if not may_see_number(ticket, by):
        raise Forbidden("unmask", may_see_number.admits)
    if by.may(SS, within=ticket.community_id):
        return
    if by.may(FD, DU, ES, within=ticket.community_id) and standing(ticket).state not in FINAL:
        return
    if by.may(TE, within=ticket.community_id) and ticket.is_for(by) and is_fresh(ticket):
        return
    if by.may(MG, within=ticket.community_id):
        if not purpose:
            raise Refusal(_("写明为什么要看号码。"))
        return
    raise Forbidden("unmask", (SS,))


def standing(ticket: Ticket) -> Ticket:
    """The repair itself, or the one it was merged into: its caller is told and called back there (G13)."""
    while ticket.merged_into is not None:
        ticket = ticket.merged_into
    return ticket


def is_fresh(ticket: Ticket) -> bool:
    """Not over for more than a day."""
    over = ticket.completed_at or ticket.closed_at
    return over is None or over + AFTER_COMPLETION > clock.now()


@require_POST
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """知道了: the bell of a missed promise falls silent for everybody; the clock goes on."""
    by = cast(User, request.user)
    tickets = Ticket.objects.visible_to(by)
    row = get_object_or_404(Deadline.objects.filter(ticket__in=tickets).select_related("ticket"), pk=pk)
    if not may_acknowledge(row.ticket, by):
        raise Forbidden("acknowledge", may_acknowledge.admits)
    now = clock.now()
    if row.is_open and row.due_at >= now:
        raise Refusal(_("这一项还没有超时。"))
    actions.acknowledge(row, by=by, at=now)
    if getattr(request, "htmx", False):
        return HttpResponse(status=204)
    assert row.ticket is not None, "filtered above"
    return redirect(row.ticket)
