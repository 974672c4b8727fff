"""The steps of money: each a URL, a form and its action."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from billing import actions, forms, prints, till
from billing.lifecycle import issue_paper, receive_on_site
from billing.models import Agreement, Charge, Payment, Receipt
from core.money import shown
from core.refusals import Forbidden
from people.models import User
from people.roles import Permission, desk_and_night, front_desk, service_supervisor
from tickets.models import Ticket
from tickets.steps import StepView, TicketStep, label_of
from workorders.models import Slip


class MoneyStep(TicketStep):
    """A step of a ticket that is no transition of its own: its permission stands here."""

    permission: Permission = front_desk
    label: str | Promise = ""

    def check(self, record: Any) -> None:
        if not self.permission(record, self.by):
            raise Forbidden(self.step, self.permission.admits)

    def title(self, record: Any) -> str:
        return str(self.label)

    def title_of_step(self) -> str:
        return str(self.label)


class OfferQuote(TicketStep):
    step = "offer_quote"
    form_class = forms.QuoteForm
    template = "billing/quote_page.html"
    fragment = "billing/_quote.html"

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        return actions.offer_quote(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已报价 %(total)s") % {"total": shown(result.total)}


class OfferRevision(OfferQuote):
    step = "offer_revision"


class AcceptQuote(TicketStep):
    step = "accept_quote"
    form_class = forms.AnswerForm
    fragment = "billing/_answer.html"
    template = "billing/answer_page.html"

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        actions.accept_quote(record, by=self.by, **facts)

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        return {"quote": record.quotes.filter(state="offered").prefetch_related("lines").first()}


class AcceptRevision(AcceptQuote):
    step = "accept_revision"


class KeepOldQuote(TicketStep):
    step = "keep_old_quote"

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        actions.keep_old_quote(record, by=self.by)


class RefuseRevision(TicketStep):
    step = "refuse_revision"

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        actions.refuse_revision(record, by=self.by)


class DeclineQuote(TicketStep):
    step = "decline_quote"
    form_class = forms.DeclineForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        actions.decline_quote(record, by=self.by, **facts)


class Rejudge(TicketStep):
    step = "rejudge"
    form_class = forms.RejudgeForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        actions.rejudge(record, by=self.by, **facts)


class Cancel(TicketStep):
    step = "cancel"
    form_class = forms.CancelForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        actions.cancel(record, by=self.by, **facts)


class CancelOrder(Cancel):
    step = "cancel_order"


class IssueSlip(MoneyStep):
    step = "issue_slip"
    permission = desk_and_night
    label = gettext_lazy("开派工单")
    form_class = forms.IssueForm

    def title(self, record: Ticket) -> str:
        return _("开返修单") if record.rework_due else str(self.label)

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        return actions.issue_slip(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Slip) -> str:
        return _("派工单 %(number)s 已开，打印三联") % {"number": result.number.split("-", 1)[1]}


class IssueAgreement(MoneyStep):
    step = "issue_agreement"
    permission = issue_paper
    label = gettext_lazy("开维修协议")
    form_class = forms.AgreementForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        return actions.issue_agreement(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Agreement) -> str:
        return _("协议 %(number)s 已开，打印两份请客户签字") % {"number": str(result).split("-", 1)[1]}


class AgreementStep(StepView):
    """A step of an agreement: /agreements/<pk>/<step>/."""

    def get_record(self, **kwargs: Any) -> Agreement:
        rows = Agreement.objects.select_related("ticket__community", "ticket__unit")
        places = self.by.communities
        agreement: Agreement = get_object_or_404(
            rows if places is None else rows.filter(community__in=places), pk=kwargs["pk"]
        )
        return agreement

    def title_of_step(self) -> str:
        return label_of(Agreement, self.step)


class SignAgreement(AgreementStep):
    step = "sign_agreement"
    form_class = forms.SignAgreementForm

    def act(self, record: Agreement, facts: dict[str, Any]) -> Any:
        actions.sign_agreement(record, by=self.by, **facts)


class VoidAgreement(AgreementStep):
    step = "void_agreement"

    def act(self, record: Agreement, facts: dict[str, Any]) -> Any:
        actions.void_agreement(record, by=self.by)


class Receive(MoneyStep):
    step = "receive"
    permission = receive_on_site
    form_class = forms.ReceiveForm
    template = "billing/receive_page.html"
    fragment = "billing/_receive.html"

    def title(self, record: Ticket) -> str:
        return _("收预付款") if not record.completed_at else _("收款")

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        return till.receive(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Payment) -> str:
        receipt = result.receipts.first()
        if receipt is None:
            return _("已收 %(sum)s，记在您名下") % {"sum": shown(result.amount)}
        return _("已收 %(sum)s，收据 %(number)s") % {
            "sum": shown(result.amount),
            "number": receipt.number.split("-", 1)[1],
        }

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        return {
            "charges": Charge.objects.filter(ticket=record, state__in=["open", "settled"]).prefetch_related(
                "adjustments"
            ),
            "payments": record.payments.select_related("received_by").prefetch_related("receipts"),
        }


class Waive(MoneyStep):
    step = "waive"
    permission = service_supervisor
    form_class = forms.ApprovedForm

    def title(self, record: Ticket) -> str:
        return _("减免 %(sum)s") % {"sum": shown(record.balance)}

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        till.waive(record, by=self.by, **facts)


class PaymentStep(StepView):
    """A step of a payment: /payments/<pk>/<step>/."""

    permission: Permission = service_supervisor
    label: str | Promise = ""

    def get_record(self, **kwargs: Any) -> Payment:
        rows = Payment.objects.visible_to(self.by).select_related("ticket__community", "ticket__unit")
        payment: Payment = get_object_or_404(rows, pk=kwargs["pk"])
        return payment

    def check(self, record: Payment) -> None:
        if not self.permission(record, self.by):
            raise Forbidden(self.step, self.permission.admits)

    def title(self, record: Payment) -> str:
        return str(self.label)


class Reverse(PaymentStep):
    step = "reverse"
    form_class = forms.ApprovedForm

    def title(self, record: Payment) -> str:
        return _("退款冲红 %(sum)s") % {"sum": shown(record.amount)}

    def act(self, record: Payment, facts: dict[str, Any]) -> Any:
        till.reverse(record, by=self.by, **facts)


class VoidReceipt(PaymentStep):
    step = "void_receipt"
    permission = front_desk
    form_class = forms.VoidReceiptForm

    def title(self, record: Payment) -> str:
        return _("作废收据")

    def act(self, record: Payment, facts: dict[str, Any]) -> Any:
        return till.void_receipt(record, by=self.by, **facts)


class SlipMoneyStep(StepView):
    """Steps of a slip that move the charge are entered here (lives.md §0.1)."""

    def get_record(self, **kwargs: Any) -> Slip:
        rows = Slip.objects.visible_to(self.by).select_related("ticket__community", "ticket__unit", "technician")
        slip: Slip = get_object_or_404(rows, number=kwargs["number"])
        return slip

    def title_of_step(self) -> str:
        return label_of(Slip, self.step)


class AcceptSlip(SlipMoneyStep):
    step = "accept"
    form_class = forms.AcceptSlipForm
    template = "billing/accept_page.html"
    fragment = "billing/_accept.html"

    def act(self, record: Slip, facts: dict[str, Any]) -> Any:
        actions.accept_slip(record, by=self.by, **facts)


class VoidSlip(SlipMoneyStep):
    step = "void"
    form_class = forms.VoidSlipForm

    def act(self, record: Slip, facts: dict[str, Any]) -> Any:
        actions.void_slip(record, by=self.by, **facts)


@require_POST
def print_agreement(request: HttpRequest, pk: int) -> HttpResponse:
    """Print an agreement, two for the two parties; the PDF is kept."""
    user = request.user
    assert isinstance(user, User)
    places = user.communities
    rows = Agreement.objects.select_related("ticket__unit", "community", "issued_by")
    agreement = get_object_or_404(rows if places is None else rows.filter(community__in=places), pk=pk)
    if not issue_paper(agreement.ticket, user):
        raise Forbidden("print_agreement", issue_paper.admits)
    kept = prints.print_agreement(agreement, by=user)
    return redirect(reverse("print_file", args=[kept.pk]))


@require_POST
def print_receipt(request: HttpRequest, number: str) -> HttpResponse:
    """Print a receipt, its three copies on one sheet; the PDF is kept."""
    user = request.user
    assert isinstance(user, User)
    rows = Receipt.objects.visible_to(user).select_related(
        "payment__ticket__unit", "community", "issued_by", "payment__received_by"
    )
    receipt = get_object_or_404(rows, number=number)
    if not issue_paper(receipt.payment.ticket, user):
        raise Forbidden("print_receipt", issue_paper.admits)
    kept = prints.print_receipt(receipt, by=user)
    return redirect(reverse("print_file", args=[kept.pk]))
