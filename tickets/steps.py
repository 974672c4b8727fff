"""A step as a page: its form in a dialog or on a page of its own, its POST, and what a repeat, a refusal or a race answers."""

from __future__ import annotations

import json
import unicodedata
from typing import Any, ClassVar

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import View
from django_fsm import ConcurrentTransition

from core import once
from core.clock import local
from core.lifecycle import Lifecycle
from core.refusals import Forbidden, Refusal, refused
from people.models import User
from people.roles import Permission, front_desk
from places.queries import printed_number
from tickets.forms import StepForm, ToldForm, refused_with
from tickets.models import Event, Ticket

__all__ = ["MakesPaper", "OwnPermission", "StepForm", "StepView", "TicketStep", "ToldForm", "label_of"]

SEEN = "seen"
# What a machine wrote, or what is no step of a colleague's.
NO_STEP = ("deadline_missed", "deadline_kept_after_all", "acknowledge", "hush", "note", "urge", "amend", "add_photo")


class StepView(View):
    """One step of a record. Subclasses name `step` and `form_class` and call the action in `act`."""

    step: ClassVar[str]
    form_class: ClassVar[type[StepForm]] = StepForm
    template: ClassVar[str] = "tickets/step_page.html"
    fragment: ClassVar[str] = "tickets/_step.html"
    # The confirmation after the step, naming the paper or repair by %(number)s.
    said: ClassVar[str | Promise] = ""
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
        return next((step.label for step in self.allowed(record)), "") or self.title_of_step()

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
        if sentence := self.out_of_turn(record):
            return self.passed(record, sentence)
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
            # The same press in a second request may have been faster, and have taken the photos that were held for it.
            return (key and self.repeated(key, record)) or self.invalid(record, form)
        try:
            with once.offered(key), transaction.atomic():
                if sentence := self.out_of_turn(record):  # an action may serve two steps; its address takes one
                    raise Refusal(sentence)
                self.compare(record, form)
                form.take_photos()
                result = self.act(record, form.facts())
        except (Refusal, ConcurrentTransition, IntegrityError) as trouble:
            # The same press in a second request may have been faster: then its answer is the answer.
            if key and (answer := self.repeated(key, record)):
                return answer
            if isinstance(trouble, IntegrityError):
                raise
            return self.refuse(record, form, trouble)
        return self.done(record, result)

    def invalid(self, record: Any, form: StepForm) -> HttpResponse:
        """422 with every error beside its field; a refused file 413 or 415, in a dialog as a sentence that leaves the form alone."""
        status = refused_with(form)
        if status != 422 and getattr(self.request, "htmx", False):
            sentence = next(str(error) for errors in form.errors.values() for error in errors)
            return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
        return self.show(record, form, status=status)

    def form(self, record: Any, *data: Any) -> StepForm:
        return self.form_class(*data, record=record, by=self.by)

    def compare(self, record: Any, form: StepForm) -> None:
        """Refuse a form whose page showed another value than the one it would change now (trust.md §2b, stale tab)."""
        shown = self.request.POST.get(SEEN)
        if shown is None or not form.seen():
            return
        self.lock(record)
        if form.seen() != shown:
            raise Refusal(_("打开表单后这一项已改过。核对现在的情况，再提交一次。"))

    def lock(self, record: Any) -> None:
        """See the record as it stands now, and keep others from it."""
        record.lock_spine()

    def refuse(self, record: Any, form: StepForm, trouble: Exception) -> HttpResponse:
        """409 with what was typed, and who was faster where the step has passed."""
        sentence = trouble.sentence if isinstance(trouble, Refusal) else _("别人刚办过这一步。刷新后再看下一步。")
        faster = self.out_of_turn(record)
        form.add_error(None, faster or sentence)
        return self.show(record, form, status=409, refused=faster or sentence)

    def out_of_turn(self, record: Any) -> str:
        """Why this step has no place in the present state: who did what meanwhile; empty where it has one."""
        if not isinstance(record, Lifecycle):
            return ""
        moves = [move for move in record._moves() if move.name == self.step]
        if not moves or any(move.source in {record.state, "*", "+"} for move in moves):
            return ""
        said = _("现为“%(state)s”，不能%(step)s。") % {"state": record._state_label(), "step": self.title_of_step()}
        return last_step(record) + said

    def passed(self, record: Any, sentence: str) -> HttpResponse:
        """409 for a page that is too late, with the way to the record as it stands."""
        if getattr(self.request, "htmx", False):
            return refused(self.request, sentence)
        context = {"sentence": sentence, "url": subject_of(record).get_absolute_url()}
        return render(self.request, "409.html", context, status=409)

    def repeated(self, key: once.Key, record: Any) -> HttpResponse | None:
        """The second press of the same button gets the first answer; another form under the same key is a 409."""
        event = Event.objects.filter(once=key.value).select_related("ticket").first()
        if event is None:
            return None
        if event.body == key.body:
            return self.leave_to(self.success_url(event.ticket or record), None)
        form = self.form(record, self.request.POST, self.request.FILES)
        form.is_valid()
        sentence = self.used_up(event)
        form.add_error(None, sentence)
        return self.show(record, form, status=409, refused=sentence)

    def used_up(self, event: Event) -> str:
        return _("这张表单已用别的内容提交过。核对后再提交一次。")

    def done(self, record: Any, result: Any) -> HttpResponse:
        """Confirm and go on; a dialog closes and says so to the page beneath."""
        return self.leave_to(self.success_url(record), self.confirmation(record, result))

    def confirmation(self, record: Any, result: Any) -> str:
        """What was done, to what: 已登记完工：WX-202611-0003."""
        number = getattr(record, "number", "") or getattr(subject_of(record), "number", "") or ""
        said = str(self.said or (_("已办：%(step)s，%(number)s") if number else _("已办：%(step)s")))
        return said % {"step": self.title_of_step(), "number": printed_number(number)}

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
        return self.next_url() or str(subject_of(record).get_absolute_url())

    def next_url(self) -> str:
        """Where the person came from, if it is a page of this site."""
        wanted = self.request.GET.get("next") or self.request.POST.get("next", "")
        plain = wanted.startswith("/") and not any(unicodedata.category(character) == "Cc" for character in wanted)
        hosts = {self.request.get_host()}
        safe = url_has_allowed_host_and_scheme(wanted, hosts, require_https=self.request.is_secure())
        return wanted if plain and safe else ""

    def show(
        self, record: Any, form: StepForm, *, status: int = 200, blocked: str | None = None, refused: str = ""
    ) -> HttpResponse:
        """The form: a fragment for the dialog, a page of its own otherwise."""
        htmx = getattr(self.request, "htmx", False)
        if status != 200:
            form.hold_photos()
        context = {
            "record": record, "subject": subject_of(record), "form": form, "view": self, "title": self.title(record),
            "blocked": blocked, "refused": refused, "seen": form.seen(), "action_url": self.request.path,
            "next": self.next_url(), "status": status, **self.context(record, form),
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


class OwnPermission(StepView):
    """A step that is no transition of its record: permission and words stand here."""

    permission: Permission = front_desk
    label: str | Promise = ""

    def check(self, record: Any) -> None:
        if not self.permission(record, self.by):
            raise Forbidden(self.step, self.permission.admits)

    def title(self, record: Any) -> str:
        return str(self.label)

    def title_of_step(self) -> str:
        return str(self.label)


class MakesPaper(StepView):
    """A step that brings forth a paper: without a page to return to one goes on to print it, with one the toast offers it."""

    paper_label: str | Promise = ""

    def paper_url(self, result: Any) -> str:
        """Where the paper is printed; empty where there is none."""
        raise NotImplementedError

    def done(self, record: Any, result: Any) -> HttpResponse:
        sentence, paper = self.confirmation(record, result), self.paper_url(result)
        if getattr(self.request, "htmx", False):
            said: dict[str, Any] = {"url": self.success_url(record), "message": sentence}
            if paper:
                said["paper"] = {"label": str(self.paper_label), "url": paper}
            return HttpResponse(headers={"HX-Trigger": json.dumps({"step:done": said})})
        return self.leave_to(self.next_url() or paper or self.success_url(record), sentence)


def subject_of(record: Any) -> Any:
    """The ticket that a record hangs on, else the record itself."""
    return record if isinstance(record, Ticket) else getattr(record, "ticket", None) or record


def label_of(model: type[Lifecycle], step: str) -> str:
    """A step's label, as on its button."""
    return next((str(move.custom.get("label", step)) for move in model._moves() if move.name == step), step)


def last_step(record: Lifecycle) -> str:
    """王强 已于 10:41 通知工程。 The last thing a colleague did on this record; empty where it has no words here."""
    ticket, kind = subject_of(record), record._meta.model_name
    chain = ticket.events if isinstance(ticket, Ticket) else alone(record)
    event = chain.exclude(action__in=NO_STEP).select_related("actor").order_by("seq").last()
    if event is None or event.actor is None:
        return ""
    name = event.action if isinstance(record, Ticket) else event.action.removeprefix(f"{kind}_")
    label = label_of(type(record), name)
    if label == name:
        return ""
    return _("%(who)s 已于 %(time)s %(step)s。") % {
        "who": event.actor.name,
        "time": f"{local(event.at):%H:%M}",
        "step": label,
    }


def alone(record: Any) -> Any:
    """The events of a record that hangs on no ticket: its own stream."""
    stream = getattr(record, "stream", "")
    return Event.objects.filter(ticket=None, stream=stream) if stream else Event.objects.none()
