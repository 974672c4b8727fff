"""The papers that money waits for or moves with: dispatch order, agreement, acceptance, void."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import actions, agreements, forms, quoting
from billing.lifecycle import AgreementState, QuoteState, issue_paper
from billing.models import Agreement
from billing.views.shared import AgreementStep, MakesPaper, MoneyStep, SlipMoneyStep
from people.roles import desk_and_night
from places.queries import printed_number
from tickets.conditions import is_paid_up
from tickets.models import Ticket
from tickets.steps import label_of
from workorders import acceptance, issuing
from workorders.forms.issuing import ChangeBearerForm
from workorders.forms.signing import CountersignForm
from workorders.models import Signature, Slip
from workorders.views.slips import OnPhone


class IssueSlip(MakesPaper, MoneyStep):
    """5.5.1-3, 5.2.2-1c."""

    step = "issue_slip"
    permission = desk_and_night
    label = gettext_lazy("开派工单")
    form_class = forms.IssueForm
    body = "billing/_issue_fields.html"
    paper_label = gettext_lazy("打印三联")

    def title(self, record: Ticket) -> str:
        return _("开返修单") if record.redoes else str(self.label)

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        return actions.issue_slip(record, by=self.by, **facts)

    def paper_url(self, result: Slip) -> str:
        return reverse("print_slip", args=[result.number])

    def confirmation(self, record: Ticket, result: Slip) -> str:
        return _("派工单 %(number)s 已开，打印三联") % {"number": printed_number(result.number)}

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        quote = record.quotes.filter(state=QuoteState.ACCEPTED).prefetch_related("lines").first()
        found = {"quote": quote, "rework": record.redoes, "terms": quoting.terms_of(record)}
        blocked = why_not(record)
        return {**found, "blocked": blocked, "remedies": remedies(record)} if blocked else found


def why_not(ticket: Ticket) -> str:
    """Why no slip can be issued now; empty when one can."""
    if not ticket.redoes and not is_paid_up(ticket):
        return _("预付款未到，不可开派工单。满 ¥500.00，先签协议并收预付款。")
    return issuing.why_not(ticket, _("开派工单"))


def remedies(ticket: Ticket) -> list[tuple[str, str]]:
    """What is still missing from ¥500.00, as words and address: the agreement, its signature, the money."""
    if ticket.redoes or is_paid_up(ticket):
        return []
    wanted = []
    if ticket.agreement_total != ticket.accepted_total:
        issued = ticket.agreements.filter(state=AgreementState.ISSUED, total=ticket.accepted_total).last()
        if issued:
            wanted.append((label_of(Agreement, "sign_agreement"), reverse("sign_agreement", args=[issued.pk])))
        else:
            wanted.append((str(IssueAgreement.label), reverse("issue_agreement", args=[ticket.number])))
    if ticket.balance > 0:
        wanted.append((_("收预付款"), reverse("receive", args=[ticket.number])))
    return wanted


class IssueAgreement(MakesPaper, MoneyStep):
    """5.2.2-1c, A.6."""

    step = "issue_agreement"
    permission = issue_paper
    label = gettext_lazy("开维修协议")
    form_class = forms.AgreementForm
    body = "billing/_agreement_fields.html"
    paper_label = gettext_lazy("打印协议")

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        return agreements.issue_agreement(record, by=self.by, **facts)

    def paper_url(self, result: Agreement) -> str:
        return reverse("print_agreement", args=[result.pk])

    def confirmation(self, record: Ticket, result: Agreement) -> str:
        return _("协议 %(number)s 已开，打印两份请客户签字") % {"number": printed_number(str(result))}

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        earlier = record.agreements.exclude(state=AgreementState.VOIDED).order_by("pk").last()
        quote = record.quotes.filter(state=QuoteState.ACCEPTED).prefetch_related("lines").first()
        return {"quote": quote, "earlier": earlier}


class SignAgreement(AgreementStep):
    """5.2.2-1c, G18."""

    step = "sign_agreement"
    form_class = forms.SignAgreementForm
    body = "billing/_sign_fields.html"

    def act(self, record: Agreement, facts: dict[str, Any]) -> Any:
        agreements.sign_agreement(record, by=self.by, **facts)

    def confirmation(self, record: Agreement, result: Any) -> str:
        return _("协议 %(number)s 已签") % {"number": printed_number(str(record))}


class VoidAgreement(AgreementStep):
    """Printed wrong and not signed."""

    step = "void_agreement"
    said = gettext_lazy("已作废协议：%(number)s")
    body = "billing/_void_agreement_fields.html"

    def act(self, record: Agreement, facts: dict[str, Any]) -> Any:
        agreements.void_agreement(record, by=self.by)


class AcceptSlip(SlipMoneyStep):
    """5.5.1-7."""

    step = "accept"
    form_class = forms.AcceptSlipForm
    body = "billing/_accept_fields.html"

    def act(self, record: Slip, facts: dict[str, Any]) -> Any:
        actions.accept_slip(record, by=self.by, **facts)

    def context(self, record: Slip, form: Any) -> dict[str, Any]:
        return {
            "slip": record,
            "parts": [part for part in record.part_rows if not part.withdrawn],
            "unused": record.unlisted_materials,
            "labour": [line for line in record.lines if line["kind"] == "labour" and not line.get("struck")],
        }

    def confirmation(self, record: Slip, result: Any) -> str:
        return _("客户已验收，%(opinion)s") % {"opinion": record.get_opinion_display()}


class Countersign(OnPhone, SlipMoneyStep):
    """5.5.2-5, 5.5.3-3: the engineering supervisor looks on site; 不合格 and the work goes on."""

    step = "countersign"
    form_class = CountersignForm
    body = "billing/_countersign_fields.html"

    def act(self, record: Slip, facts: dict[str, Any]) -> Any:
        if facts["opinion"] == Slip.Opinion.FAILED:
            facts.pop("opinion")
            acceptance.reject(record, by=self.by, name=self.by.name, **facts)
            return False
        actions.countersign_slip(record, by=self.by, **facts)
        return True

    def context(self, record: Slip, form: Any) -> dict[str, Any]:
        parts = [part for part in record.part_rows if not part.withdrawn]
        return {
            "slip": record,
            "parts": parts,
            "photos": record.ticket.photos.order_by("at"),
            "body": self.body,
            "draft": "",
        }

    def confirmation(self, record: Slip, result: Any) -> str:
        if not result:
            return _("已记录不合格，继续修")
        waits = Signature.Role.CUSTOMER in record.signatories - record.signed_by
        return (
            _("工程主管已签，等客户验收")
            if waits
            else _("已验收，%(number)s") % {"number": printed_number(record.number)}
        )


class ConfirmRefusal(SlipMoneyStep):
    """The service supervisor takes it as accepted though the customer did not sign."""

    step = "confirm_refusal"
    body = "billing/_confirm_refusal_fields.html"

    def act(self, record: Slip, facts: dict[str, Any]) -> Any:
        actions.confirm_refusal(record, by=self.by)

    def context(self, record: Slip, form: Any) -> dict[str, Any]:
        return {"slip": record}

    def confirmation(self, record: Slip, result: Any) -> str:
        return _("拒签已确认，必须回访")


class ChangeBearer(SlipMoneyStep):
    """5.2.2-2: who bears a public repair, until it is filed."""

    step = "change_bearer"
    form_class = ChangeBearerForm

    def act(self, record: Slip, facts: dict[str, Any]) -> Any:
        actions.change_bearer(record, by=self.by, **facts)


class VoidSlip(SlipMoneyStep):
    """G15."""

    step = "void"
    said = gettext_lazy("已作废派工单：%(number)s")
    form_class = forms.VoidSlipForm
    body = "billing/_void_slip_fields.html"

    def act(self, record: Slip, facts: dict[str, Any]) -> Any:
        actions.void_slip(record, by=self.by, **facts)

    def context(self, record: Slip, form: Any) -> dict[str, Any]:
        return {"slip": record, "copies": record.copies.select_related("person").order_by("number")}
