"""Money received, waived, given back; a receipt printed wrong."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import asking, forms, till
from billing.lifecycle import receive_on_site
from billing.models import STANDING, Charge, Payment, Receipt
from billing.views.shared import MakesPaper, MoneyStep, PaymentStep
from core.money import ZERO, shown
from people.roles import FD, SS, front_desk, service_supervisor
from places.queries import printed_number
from tickets.models import Ticket
from tickets.states import UNDERWAY


class Receive(MakesPaper, MoneyStep):
    """5.2.2-1a, b, c; A.7."""

    step = "receive"
    permission = receive_on_site
    label = gettext_lazy("收款")
    form_class = forms.ReceiveForm
    body = "billing/_receive_fields.html"
    paper_label = gettext_lazy("打印收据")

    def title(self, record: Ticket) -> str:
        before = record.completed_at is None and record.state in UNDERWAY
        return _("收预付款") if before else str(self.label)

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        return till.receive(record, by=self.by, **facts)

    def paper_url(self, result: Payment) -> str:
        receipt = result.receipts.first()
        return reverse("print_receipt", args=[receipt.number]) if receipt and self.at_desk(result.ticket) else ""

    def confirmation(self, record: Ticket, result: Payment) -> str:
        receipt = result.receipts.first()
        if receipt is None:
            return _("已收 %(sum)s，记在您名下") % {"sum": shown(result.amount)}
        facts = {"sum": shown(result.amount), "number": printed_number(receipt.number)}
        return _("已收 %(sum)s，收据 %(number)s") % facts

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        charges = Charge.objects.filter(ticket=record, state__in=STANDING).prefetch_related("adjustments")
        payments = record.payments.select_related("received_by").prefetch_related("receipts")
        found = {"ticket": record, "charges": charges, "payments": payments, "desk": self.at_desk(record)}
        blocked = self.why_not(record)
        return {**found, "blocked": blocked} if blocked else found

    def at_desk(self, record: Ticket) -> bool:
        return self.by.may(FD, SS, within=record.community_id)

    def why_not(self, record: Ticket) -> str:
        """Why nothing can be taken now; empty when something can."""
        if self.at_desk(record) and not self.by.till:
            return _("您没有收款权限，由收费的同事办理。")
        if record.balance < ZERO:
            return _("这件多收 %(sum)s，待退，不再收款。") % {"sum": shown(-record.balance)}
        if record.balance == ZERO:
            return _("这件没有要收的款。")
        return ""


class Waive(MoneyStep):
    """D.2."""

    step = "waive"
    permission = service_supervisor
    label = gettext_lazy("减免")
    form_class = forms.WaiveForm
    body = "billing/_waive_fields.html"

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        till.waive(record, by=self.by, **facts)
        return facts["amount"]

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已减免 %(sum)s：%(number)s") % {"sum": shown(result), "number": printed_number(record.number)}

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        charges = Charge.objects.filter(ticket=record, state__in=STANDING).prefetch_related("adjustments")
        found = {"ticket": record, "charges": charges, "payments": record.payments.prefetch_related("receipts")}
        blocked = self.why_not(record)
        return {**found, "blocked": blocked} if blocked else found

    def why_not(self, record: Ticket) -> str:
        """Why nothing can be waived now; empty when something can."""
        if record.balance <= ZERO:
            return _("没有可减免的欠款。")
        return _("已有一件减免在等经理核准。") if asking.waiver_asked(record) else ""


class WaiveAsk(Waive):
    """D.2: from ¥500.00 the manager approves."""

    step = "waive_ask"
    label = gettext_lazy("报请减免")
    form_class = forms.WaiveAskForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        return asking.waive_ask(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        facts = {"sum": shown(result.amount), "number": printed_number(record.number)}
        return _("已报请减免 %(sum)s，等经理核准：%(number)s") % facts


class Reverse(PaymentStep):
    """X05."""

    step = "reverse"
    permission = service_supervisor
    label = gettext_lazy("退款冲红")
    form_class = forms.ReasonForm
    body = "billing/_payment_fields.html"

    def title(self, record: Payment) -> str:
        return _("退款冲红 %(sum)s") % {"sum": shown(abs(record.amount))}

    def act(self, record: Payment, facts: dict[str, Any]) -> Any:
        return till.reverse(record, by=self.by, **facts)

    def context(self, record: Payment, form: Any) -> dict[str, Any]:
        found = {"payment": record, "receipt": record.receipts.filter(voided_at=None).first()}
        blocked = till.irreversible(record, by=self.by) or self.why_not(record)
        return {**found, "blocked": blocked} if blocked else found

    def why_not(self, record: Payment) -> str:
        """Why this is not the way to give that sum back; empty when it is."""
        return _("满 ¥500.00 的退款要经理核准，用“报请退款”。") if record.needs_manager else ""

    def confirmation(self, record: Payment, result: Any) -> str:
        receipt = result.receipts.first()
        facts = {"sum": shown(record.amount), "number": printed_number(receipt.number) if receipt else ""}
        return _("已退 %(sum)s，红字收据 %(number)s") % facts


class ReverseAsk(Reverse):
    """X05: from ¥500.00 the manager approves."""

    step = "reverse_ask"
    label = gettext_lazy("报请退款")

    def title(self, record: Payment) -> str:
        return _("报请退款 %(sum)s") % {"sum": shown(abs(record.amount))}

    def act(self, record: Payment, facts: dict[str, Any]) -> Any:
        return asking.reverse_ask(record, by=self.by, **facts)

    def why_not(self, record: Payment) -> str:
        if not record.needs_manager:
            return _("不到 ¥500.00，不用报请，直接退款。")
        return _("这笔款已在等经理核准退款。") if asking.refund_asked(record) else ""

    def confirmation(self, record: Payment, result: Any) -> str:
        facts = {"sum": shown(result.amount), "number": printed_number(record.ticket.number)}
        return _("已报请退款 %(sum)s，等经理核准：%(number)s") % facts


class VoidReceipt(PaymentStep):
    """G19."""

    step = "void_receipt"
    permission = front_desk
    label = gettext_lazy("作废收据")
    form_class = forms.VoidReceiptForm
    body = "billing/_payment_fields.html"

    def act(self, record: Payment, facts: dict[str, Any]) -> Any:
        return till.void_receipt(record, by=self.by, **facts)

    def context(self, record: Payment, form: Any) -> dict[str, Any]:
        receipt = record.receipts.filter(voided_at=None).first()
        found = {"payment": record, "receipt": receipt}
        blocked = till.unvoidable(receipt)
        return {**found, "blocked": blocked} if blocked else found

    def confirmation(self, record: Payment, result: Receipt) -> str:
        return _("已作废，新收据 %(number)s") % {"number": printed_number(result.number)}
