"""The bell that is silenced before its promise is late, and the table of who is told when."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from alerts import actions, queries
from alerts.forms import BellsForm
from alerts.models import Bell, Policy
from callbacks.models import Complaint
from core.refusals import Forbidden, Refusal
from people.models import User
from people.roles import AD, DU, ES, FD, MG, SS, TE
from tickets.models import Deadline, Ticket
from tickets.steps import StepForm, StepView

HEARERS = (FD, DU, SS, TE, ES, MG)  # the bells of each promise say which of them
READERS = (AD, SS, ES, MG)


@require_POST
def hush(request: HttpRequest, pk: int) -> HttpResponse:
    """知道了 to the warnings of one promise."""
    by = cast(User, request.user)
    of_complaints = Q(ticket=None, ref__in=Complaint.objects.visible_to(by).values("number"))
    rows = Deadline.objects.filter(Q(ticket__in=Ticket.objects.visible_to(by)) | of_complaints)
    row = get_object_or_404(rows.select_related("ticket"), pk=pk)
    if not by.may(*HEARERS):
        raise Forbidden("hush", HEARERS)
    if not any(bell.concerns(by) for bell in Bell.objects.filter(deadline=row).select_related("deadline__ticket")):
        raise Refusal(_("这个时限没有提醒到你。"))
    actions.hush(row, by=by)
    if getattr(request, "htmx", False):
        return HttpResponse(status=204)
    return redirect(row.ticket or get_object_or_404(Complaint, number=row.ref))


@require_GET
def bells(request: HttpRequest) -> HttpResponse:
    """Who is told of which promise, and when; what held before."""
    by = cast(User, request.user)
    if not by.may(*READERS):
        raise Forbidden("bells", READERS)
    return render(request, "alerts/bells_page.html", {"lines": queries.lines(), "may": by.may(*actions.SETTERS)})


class SetBells(StepView):
    """Change one line of the table; it holds from now on."""

    step = "set_bells"
    form_class = BellsForm
    body = "alerts/_bells_fields.html"

    def get_record(self, **kwargs: Any) -> queries.Line:
        kind = kwargs["kind"]
        if kind not in Deadline.Kind.values:
            raise Http404
        return queries.line_of(kind, list(Policy.objects.filter(kind=kind)))

    def check(self, record: queries.Line) -> None:
        if not self.by.may(*actions.SETTERS):
            raise Forbidden(self.step, actions.SETTERS)

    def allowed(self, record: queries.Line) -> list[Any]:
        return []

    def title_of_step(self) -> str:
        return _("改提醒对象")

    def lock(self, record: queries.Line) -> None:
        """Nothing to lock: the policy in force is read anew."""

    def compare(self, record: queries.Line, form: StepForm) -> None:
        """Another administrator changed this line meanwhile; a second press of the same is no change."""
        if form.facts()["levels"] != list(record.levels):
            super().compare(record, form)

    def act(self, record: queries.Line, facts: dict[str, Any]) -> Policy | None:
        return actions.set_bells(record.kind, by=self.by, **facts)

    def confirmation(self, record: queries.Line, result: Policy) -> str:
        return _("“%(kind)s”的提醒已改，从现在开始的时限照此提醒") % {"kind": record.label}

    def success_url(self, record: queries.Line) -> str:
        return reverse("bells")

    def context(self, record: queries.Line, form: Any) -> dict[str, Any]:
        return {"line": record}
