"""Recording a complaint, on a repair or on none, and the steps of its life (SOP 3.1-2, 3.2)."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from callbacks import complaining, forms
from callbacks.lifecycle import raise_correction_by, record_complaint_by
from callbacks.models import Complaint, Correction
from callbacks.views.calls import AnswerStep
from core import clock, once
from core.refusals import Forbidden, Refusal
from core.text import cleaned
from people.actions import log_access
from people.models import User
from people.roles import FD, MG, SS, may
from places.queries import printed_number
from tickets.forms.finding import UNIT, chosen_place
from tickets.models import Event, Ticket
from tickets.steps import StepForm, StepView, label_of

may_silence = may(SS, MG)
may_see_number = may(FD, SS, MG)


def recorded(complaint: Complaint) -> str:
    return _("已登记投诉 %(number)s") % {"number": printed_number(complaint.number)}


class RecordComplaint(AnswerStep):
    """A complaint about a repair: /tickets/<number>/record_complaint/."""

    step = "record_complaint"
    label: str | Promise = gettext_lazy("登记投诉")
    permission = record_complaint_by
    form_class = forms.OnTicketForm
    body = "callbacks/_complaint_fields.html"

    def act(self, record: Ticket, facts: dict[str, Any]) -> Complaint:
        made: Complaint = complaining.record_complaint(by=self.by, **facts)
        return made

    def confirmation(self, record: Any, result: Complaint) -> str:
        return recorded(result)


class NewComplaint(StepView):
    """A complaint about no repair: /complaints/new/, with ?unit= of a dwelling."""

    step = "new_complaint"
    form_class = forms.ComplaintForm
    body = "callbacks/_complaint_fields.html"

    def get_record(self, **kwargs: Any) -> Complaint:
        """The complaint that is not there yet."""
        blank: Complaint = Complaint()
        return blank

    def check(self, record: Complaint) -> None:
        if not self.by.may(FD, SS):
            raise Forbidden("record_complaint", record_complaint_by.admits)

    def allowed(self, record: Complaint) -> list[Any]:
        return []

    def out_of_turn(self, record: Any) -> str:
        return ""

    def title_of_step(self) -> str:
        return _("登记投诉")

    def form(self, record: Complaint, *data: Any) -> StepForm:
        place = chosen_place(self.by, UNIT, self.request.GET.get("unit", "")[:18])
        initial = {"place_text": str(place), "place_kind": UNIT, "place_id": place.pk} if place and not data else {}
        return self.form_class(*data, record=record, by=self.by, initial=initial)

    def act(self, record: Complaint, facts: dict[str, Any]) -> Complaint:
        made: Complaint = complaining.record_complaint(by=self.by, **facts)
        return made

    def confirmation(self, record: Complaint, result: Complaint) -> str:
        return recorded(result)

    def context(self, record: Complaint, form: Any) -> dict[str, Any]:
        """Before there is a complaint, one goes back to the list."""
        return {"subject": {"get_absolute_url": reverse("complaints")}}

    def done(self, record: Complaint, result: Complaint) -> HttpResponse:
        return self.leave_to(self.success_url(result), recorded(result))

    def repeated(self, key: once.Key, record: Complaint) -> HttpResponse | None:
        """The second press leads to the complaint that the first one made."""
        event = Event.objects.filter(once=key.value).first()
        if event is None:  # asked once more it might be there, without the complaint it leads to
            return None
        made = Complaint.objects.visible_to(self.by).filter(number=event.facts.get("complaint", "")).first()
        return super().repeated(key, made or record)


class ComplaintStep(StepView):
    """A step of a complaint: /complaints/<number>/<step>/."""

    body = "callbacks/_complaint_step_fields.html"

    def get_record(self, **kwargs: Any) -> Complaint:
        rows = Complaint.objects.visible_to(self.by).for_list()
        found: Complaint = get_object_or_404(rows, number=kwargs["number"])
        self.complaint = found
        return found

    def title_of_step(self) -> str:
        return label_of(Complaint, self.step)

    def success_url(self, record: Any) -> str:
        return self.next_url() or self.complaint.get_absolute_url()

    def context(self, record: Complaint, form: Any) -> dict[str, Any]:
        return {"complaint": record}


class Own(ComplaintStep):
    """3.2."""

    step = "own"

    def act(self, record: Complaint, facts: dict[str, Any]) -> None:
        complaining.own(record, by=self.by)


class Answer(ComplaintStep):
    """3.1-2."""

    step = "answer"
    form_class = forms.AnswerForm

    def act(self, record: Complaint, facts: dict[str, Any]) -> None:
        complaining.answer(record, by=self.by, **facts)


class Close(ComplaintStep):
    """3.1-2."""

    step = "close"
    form_class = forms.ContentForm

    def act(self, record: Complaint, facts: dict[str, Any]) -> None:
        complaining.close(record, by=self.by, **facts)


class NotContent(ComplaintStep):
    """3.1-2."""

    step = "not_content"
    form_class = forms.NotContentForm

    def act(self, record: Complaint, facts: dict[str, Any]) -> None:
        complaining.not_content(record, by=self.by, **facts)


class Withdraw(ComplaintStep):
    """The number is kept."""

    step = "withdraw"
    form_class = forms.WithdrawForm

    def act(self, record: Complaint, facts: dict[str, Any]) -> None:
        complaining.withdraw(record, by=self.by, **facts)


class RaiseCorrection(ComplaintStep):
    """5.5.1-9: from a complaint about a finished repair."""

    step = "raise_correction"
    form_class = forms.CorrectionForm

    def check(self, record: Complaint) -> None:
        if not raise_correction_by(record, self.by):
            raise Forbidden(self.step, raise_correction_by.admits)

    def title_of_step(self) -> str:
        return _("开纠正单")

    def form(self, record: Complaint, *data: Any) -> StepForm:
        return self.form_class(*data, record=record, by=self.by, initial={} if data else {"what": record.content[:200]})

    def out_of_turn(self, record: Any) -> str:
        return complaining.uncorrectable(record)

    def act(self, record: Complaint, facts: dict[str, Any]) -> Correction:
        return complaining.raise_correction(record, by=self.by, **facts)

    def confirmation(self, record: Complaint, result: Correction) -> str:
        return _("纠正单 %(number)s 已开") % {"number": printed_number(result.number)}


def seen(request: HttpRequest, number: str) -> Complaint:
    """The complaint, if this person may see it; else 404."""
    rows = Complaint.objects.visible_to(request.user).for_list()
    found: Complaint = get_object_or_404(rows, number=number)
    return found


@require_POST
def acknowledge(request: HttpRequest, number: str) -> HttpResponse:
    """知道了: the bell of a missed promise falls silent for everybody it rang for; the clock goes on."""
    complaint, by = seen(request, number), cast(User, request.user)
    if not may_silence(complaint, by):
        raise Forbidden("complaint_acknowledge", may_silence.admits)
    complaining.acknowledge(complaint, by=by)
    if getattr(request, "htmx", False):
        return HttpResponse(status=204)
    return redirect(complaint)


@require_POST
def unmask(request: HttpRequest, number: str) -> JsonResponse:
    """The complainant's number, after a line in the access log; the manager says why (trust.md §3, §4)."""
    complaint, by = seen(request, number), cast(User, request.user)
    if not may_see_number(complaint, by):
        raise Forbidden("complaint_unmask", may_see_number.admits)
    try:
        purpose = cleaned(request.POST.get("purpose", ""))[:60]
    except ValidationError as error:
        raise Refusal(error.messages[0]) from None
    if not purpose and not by.may(FD, SS, within=complaint.community_id):
        raise Refusal(_("写明为什么要看号码。"))
    log_access(by, complaint.number, purpose or "call", at=clock.now())
    return JsonResponse({"number": complaint.phone})
