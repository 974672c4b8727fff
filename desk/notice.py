"""One notice to a builder: what it says, how it was answered, what may be done; and the sending of one about several repairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_GET

from core import clock
from core.refusals import Forbidden, Refusal
from desk.notice_list import READERS, again_url, clock_of, group_of
from desk.offers import of_notice
from desk.roles import only_for, person
from desk.way import pattern
from papers.models import Kind
from places.queries import printed_number
from tickets.models import Ticket
from tickets.steps import StepView
from workorders import letter_prints, notices
from workorders.correspondence import TOLD
from workorders.correspondence import notices as seen
from workorders.forms.notices import NoticeForm
from workorders.letter_printing import message
from workorders.letters import letter_writer
from workorders.models import Notice

MOST_AT_ONCE = 100


@require_GET
@only_for(*READERS)
def notice(request: HttpRequest, number: str) -> HttpResponse:
    """Its repairs, reminders, answers, prints, and the text to be sent by chat or e-mail."""
    user, now = person(request), clock.now()
    found: Notice = get_object_or_404(seen(user), number=number)
    if not user.may(*READERS, within=found.community_id):
        raise Http404
    offers = sorted(of_notice(found, user), key=lambda offer: (offer.name != "notice_agree", offer.rare))
    writes = letter_writer(found, user)
    with override("zh-hans"):
        words = message(letter_prints.notice_data(found)) if writes else ""
    context = {
        "notice": found, "clock": clock_of(found, now) if found.state in {"sent", "acknowledged", "agreed"} else None,
        "offers": offers, "writes": writes, "words": words, "next": f"?{urlencode({'next': found.get_absolute_url()})}",
        "again_url": again_url(found) if writes and group_of(found) in {"late", "refused"} else "",
        "write_url": pattern("notice_confirm_written", found.number) if writes and found.is_to_be_written else "",
        "prints": letter_prints.printed(found, Kind.NOTICE).select_related("by"), "earlier": earlier(found),
    }  # fmt: skip
    return render(request, "desk/notice_page.html", context)


def earlier(found: Notice) -> list[Notice]:
    """Other notices about the same repairs."""
    rows = Notice.objects.filter(tickets__in=found.tickets.all()).exclude(pk=found.pk).distinct()
    return list(rows.select_related("builder").order_by("-pk"))


@dataclass
class Batch:
    """Repairs that one notice is to be about."""

    tickets: list[Ticket]
    pk = "batch"

    @property
    def community_id(self) -> int:
        return self.tickets[0].community_id

    def get_absolute_url(self) -> str:
        return reverse("notices")

    def lock_spine(self) -> None:
        for ticket in self.tickets:
            ticket.lock_spine()


class BatchForm(NoticeForm):
    """To whom and in which form, about all of them."""

    def repairs(self) -> list[Any]:
        return list(self.record.tickets)


class SendNotice(StepView):
    """Several repairs of one builder in one notice (A.8); ?t= a number, once for each."""

    step = "send_notice"
    label = gettext_lazy("发出通知")
    permission = letter_writer
    form_class = BatchForm
    body = "workorders/_send_notice_fields.html"

    def get_record(self, **kwargs: Any) -> Batch:
        asked = self.request.POST if self.request.method == "POST" else self.request.GET
        numbers = list(dict.fromkeys(number[:30] for number in asked.getlist("t")))[:MOST_AT_ONCE]
        rows = Ticket.objects.visible_to(self.by).filter(number__in=numbers).select_related(*TOLD).order_by("pk")
        tickets = list(rows)
        if len(tickets) < len(numbers) or len({ticket.community_id for ticket in tickets}) > 1:
            raise Http404
        return Batch(tickets)

    def check(self, record: Batch) -> None:
        within = record.community_id if record.tickets else None
        if not self.by.may(*letter_writer.roles, within=within):
            raise Forbidden(self.step, letter_writer.roles)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not (request.POST if request.method == "POST" else request.GET).getlist("t"):
            self.check(Batch([]))
            messages.warning(request, _("选定要通知的报修。"))
            return redirect("notices")
        return super().dispatch(request, *args, **kwargs)

    def allowed(self, record: Batch) -> list[Any]:
        return []

    def title_of_step(self) -> str:
        return str(self.label)

    def blocked_by(self, record: Batch) -> str:
        """Why these cannot stand on one notice; empty where they can."""
        builders = {ticket.builder or notices.answering(ticket) for ticket in record.tickets} - {None}
        if len(builders) > 1:
            return _("这几件分属不同的施工单位，分开通知。")
        steps = ((ticket, ticket.notify_builder) for ticket in record.tickets)
        wrong = next((ticket for ticket, step in steps if not can_be_notified(ticket, step)), None)
        return _("%(where)s 现在不能通知施工单位，去掉这一件。") % {"where": wrong.where} if wrong else ""

    def context(self, record: Batch, form: Any) -> dict[str, Any]:
        found = {"tickets": record.tickets, "letters": [letter_prints.about(ticket) for ticket in record.tickets]}
        sentence = self.blocked_by(record)
        return {**found, "blocked": sentence} if sentence else found

    def act(self, record: Batch, facts: dict[str, Any]) -> Notice:
        if sentence := self.blocked_by(record):
            raise Refusal(sentence)
        return notices.send_notice(record.tickets, by=self.by, **facts)

    def confirmation(self, record: Batch, result: Notice) -> str:
        return _("已通知%(builder)s，%(number)s，共 %(n)s 件") % {
            "builder": result.builder, "number": printed_number(result.number), "n": len(record.tickets),
        }  # fmt: skip

    def done(self, record: Batch, result: Notice) -> HttpResponse:
        return self.leave_to(result.get_absolute_url(), self.confirmation(record, result))

    def success_url(self, record: Any) -> str:
        """The second press finds the notice that the first one sent."""
        if isinstance(record, Ticket) and record.notice_number:
            return reverse("notice", args=[record.notice_number])
        return super().success_url(record)


def can_be_notified(ticket: Ticket, step: Any) -> bool:
    """Is it the builder's, and in a state in which he may be told?"""
    move = step._django_fsm.get_transition(ticket.state)
    return move is not None and not ticket._blocker(move, asked=False)
