"""Sending a kept print: the bytes as they left the desk, to those who work with papers of that community."""

from __future__ import annotations

from typing import cast

from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from papers.models import Kind, Print
from people.actions import log_access
from people.models import User
from people.roles import DESK, ES, FI, MG

READERS = (*DESK, ES, MG)


@require_GET
def print_file(request: HttpRequest, pk: int) -> FileResponse:
    """A kept PDF; absent for another community and for who does not read such papers. Papers name people: the reading is logged."""
    user = cast(User, request.user)
    kept: Print = get_object_or_404(Print.objects.visible_to(user), pk=pk)
    readers = (*READERS, FI) if kept.kind == Kind.RECEIPT else READERS
    if not user.may(*readers, within=kept.community_id):
        raise Http404
    try:
        pdf = kept.pdf.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    log_access(user, f"{kept.number} #{kept.nth}"[:40], _("看打印件"))
    # The given name says what it is; the stored one is random and never shown.
    answer = FileResponse(pdf, content_type="application/pdf", filename=f"{kept.number}-{kept.nth}.pdf")
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
