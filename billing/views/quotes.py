"""Quoting and what the customer says to it (5.5.1-3, G4)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import actions, forms, quoting
from billing.lifecycle import QuoteState
from core.money import shown
from places.queries import printed_number
from tickets.models import Ticket
from tickets.steps import TicketStep
from workorders.states import OPEN_SLIP


class OfferQuote(TicketStep):
    """5.5.1-3."""

    step = "offer_quote"
    form_class = forms.QuoteForm
    template = "billing/quote_page.html"
    body = "billing/_quote_fields.html"

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        return quoting.offer_quote(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已报价 %(total)s") % {"total": shown(result.total)}

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        return {"formset": form.lines, "survey": record.surveys.select_related("by").last()}


class OfferRevision(OfferQuote):
    """G4: more on site; the accepted lines stand until the customer says yes."""

    step = "offer_revision"


class AcceptQuote(TicketStep):
    """5.5.1-3: by whom, how, when."""

    step = "accept_quote"
    form_class = forms.AnswerForm
    body = "billing/_answer_fields.html"

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        quoting.accept_quote(record, by=self.by, **facts)

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        return {"quote": form.quote, "standing": standing(record)}

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("客户认可 %(total)s") % {"total": shown(record.accepted_total)}


class AcceptRevision(AcceptQuote):
    """G4."""

    step = "accept_revision"


class KeepOldQuote(TicketStep):
    """G4: the newer one is refused, the earlier one stands."""

    step = "keep_old_quote"
    body = "billing/_keep_fields.html"

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        quoting.keep_old_quote(record, by=self.by)

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        offered = record.quotes.filter(state=QuoteState.OFFERED).prefetch_related("lines").first()
        return {"quote": offered, "standing": standing(record)}

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已沿用原报价 %(total)s") % {"total": shown(record.accepted_total)}


class RefuseRevision(KeepOldQuote):
    """G4: only the accepted lines are done and charged."""

    step = "refuse_revision"

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        quoting.refuse_revision(record, by=self.by)

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已记客户不要增项：%(number)s") % {"number": printed_number(record.number)}


def standing(ticket: Ticket) -> Any:
    """The quote that the customer has agreed to, with its lines."""
    return ticket.quotes.filter(state=QuoteState.ACCEPTED).prefetch_related("lines").first()


class DeclineQuote(TicketStep):
    """C.1."""

    step = "decline_quote"
    said = gettext_lazy("已记客户不修：%(number)s")
    form_class = forms.DeclineForm
    body = "billing/_decline_fields.html"

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        quoting.decline_quote(record, by=self.by, **facts)

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        return {"quote": form.quote}


class Rejudge(TicketStep):
    """G10, G20."""

    step = "rejudge"
    form_class = forms.RejudgeForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        actions.rejudge(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        facts = {"nature": record.get_nature_display(), "number": printed_number(record.number)}
        return _("已改判为%(nature)s：%(number)s") % facts


class Cancel(TicketStep):
    """C.1, 3.1-2."""

    step = "cancel"
    said = gettext_lazy("已消单：%(number)s")
    form_class = forms.CancelForm
    body = "billing/_cancel_fields.html"

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        actions.cancel(record, by=self.by, **facts)

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        return {"slips": record.slips.filter(state__in=OPEN_SLIP).select_related("technician")}


class CancelOrder(Cancel):
    """C.1, G3: voids every slip with it."""

    step = "cancel_order"
    said = gettext_lazy("已整件消单：%(number)s")
