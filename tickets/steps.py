"""A step as a page: its form in a dialog or on a page of its own, its POST, and what a repeat, a refusal or a race answers."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import View
from django_fsm import ConcurrentTransition

from core import once
from core.lifecycle import Lifecycle
from core.refusals import Forbidden, Refusal
from people.models import User
from tickets.models import Event, Ticket


class StepForm(forms.Form):
    """A form of one step; `facts()` are the keyword arguments of its action."""

    def __init__(self, *args: Any, record: Any, by: User, **kwargs: Any) -> None:
        self.record, self.by = record, by
        super().__init__(*args, **kwargs)
        self.fit()

    def fit(self) -> None:
        """Fit choices and initial values to record and person."""

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class StepView(View):
    """One step of a record. Subclasses name `step` and `form_class` and call the action in `act`."""

    step: ClassVar[str]
    form_class: ClassVar[type[StepForm]] = StepForm
    template: ClassVar[str] = "tickets/step_page.html"
    fragment: ClassVar[str] = "tickets/_step.html"
    http_method_names = ["get", "post"]

    @property
    def by(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def get_record(self, **kwargs: Any) -> Any:
        """The record of the URL, if this person may see it."""
        raise NotImplementedError

    def act(self, record: Any, facts: dict[str, Any]) -> Any:
        """Call the action."""
        raise NotImplementedError

    def title(self, record: Any) -> str:
        """What the step is called, as on its button."""
        return next((step.label for step in self.allowed(record)), "")

    def allowed(self, record: Any) -> list[Any]:
        return [step for step in record.next_steps(self.by) if step.name == self.step]

    def check(self, record: Any) -> None:
        """403 for a role that may never take this step; a wrong state or a failing guard is a 409 of the action."""
        if isinstance(record, Lifecycle):
            moves = [move for move in record._moves() if move.name == self.step]
            if moves and not any(move.has_perm(record, self.by) for move in moves):
                raise Forbidden(self.step, getattr(moves[0].permission, "admits", ()))

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        record = self.get_record(**kwargs)
        self.check(record)
        blocked = next((step.blocked_by for step in self.allowed(record) if step.blocked_by), None)
        return self.show(record, self.form(record), blocked=blocked)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        record = self.get_record(**kwargs)
        self.check(record)
        key = once.key_of(request)
        if key and (answer := self.repeated(key, record)):
            return answer
        form = self.form(record, request.POST, request.FILES)
        if not form.is_valid():
            return self.show(record, form, status=422)
        try:
            with once.offered(key), transaction.atomic():
                result = self.act(record, form.facts())
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
            return self.show(record, form, status=409)
        except ConcurrentTransition:
            form.add_error(None, _("别人刚办过这一步。刷新后再看下一步。"))
            return self.show(record, form, status=409)
        except IntegrityError:
            if key and (answer := self.repeated(key, record)):
                return answer
            raise
        return self.done(record, result)

    def form(self, record: Any, *data: Any) -> StepForm:
        return self.form_class(*data, record=record, by=self.by)

    def repeated(self, key: once.Key, record: Any) -> HttpResponse | None:
        """The second press of the same button gets the first answer; another form under the same key is refused."""
        event = Event.objects.filter(once=key.value).select_related("ticket").first()
        if event is None:
            return None
        if event.body != key.body:
            raise Refusal(_("这张表单已用别的内容提交过。刷新后重新填写。"))
        return self.leave_to(self.success_url(event.ticket or record), None)

    def done(self, record: Any, result: Any) -> HttpResponse:
        """Confirm and go on; a dialog closes and says so to the page beneath."""
        return self.leave_to(self.success_url(record), self.confirmation(record, result))

    def confirmation(self, record: Any, result: Any) -> str:
        return _("已办：%(step)s") % {"step": self.title_of_step()}

    def title_of_step(self) -> str:
        return str(self.step)

    def leave_to(self, url: str, sentence: str | None) -> HttpResponse:
        if getattr(self.request, "htmx", False):
            said = {"step:done": {"url": url, "message": sentence or ""}}
            return HttpResponse(headers={"HX-Trigger": json.dumps(said)})
        if sentence:
            messages.success(self.request, sentence)
        return redirect(url)

    def success_url(self, record: Any) -> str:
        wanted = self.request.POST.get("next", "")
        if wanted and url_has_allowed_host_and_scheme(
            wanted, {self.request.get_host()}, require_https=self.request.is_secure()
        ):
            return wanted
        ticket = record if isinstance(record, Ticket) else getattr(record, "ticket", record)
        return str(ticket.get_absolute_url())

    def show(self, record: Any, form: StepForm, *, status: int = 200, blocked: str | None = None) -> HttpResponse:
        """The form: a fragment for the dialog, a page of its own otherwise."""
        htmx = getattr(self.request, "htmx", False)
        context = {
            "record": record, "form": form, "view": self, "title": self.title(record), "blocked": blocked, "action_url": self.request.path,
            "next": self.request.GET.get("next") or self.request.POST.get("next", ""), "status": status, **self.context(record, form),
        }  # fmt: skip
        return render(self.request, self.fragment if htmx else self.template, context, status=status)

    def context(self, record: Any, form: StepForm) -> dict[str, Any]:
        return {}


class TicketStep(StepView):
    """A step of a ticket: /tickets/<number>/<step>/."""

    def get_record(self, **kwargs: Any) -> Ticket:
        rows = Ticket.objects.visible_to(self.by).select_related(
            "community", "unit", "area", "component", "trade", "technician", "team"
        )
        ticket: Ticket = get_object_or_404(rows, number=kwargs["number"])
        return ticket

    def title_of_step(self) -> str:
        return label_of(Ticket, self.step)


def label_of(model: type[Lifecycle], step: str) -> str:
    """A step's label, as on its button."""
    return next((str(move.custom.get("label", step)) for move in model._moves() if move.name == step), step)
