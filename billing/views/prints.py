"""Printing agreements and receipts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.shortcuts import get_object_or_404

from billing import prints
from billing.lifecycle import issue_paper
from billing.models import Agreement, Receipt
from papers.models import Kind, Print
from people.roles import SS
from tickets.models import Ticket
from workorders.views.papers import PrintPaper


class PrintBillingPaper(PrintPaper):
    """A paper that hangs on a repair."""

    permission = issue_paper

    def owner(self, paper: Any) -> Ticket:
        raise NotImplementedError

    def prints(self, paper: Any) -> Iterable[Print]:
        return prints.printed(paper, self.kind).select_related("by")

    def context(self, paper: Any) -> dict[str, Any]:
        return {"ticket": self.owner(paper), "may_reverse": self.by.may(SS, within=paper.community_id)}


class PrintAgreement(PrintBillingPaper):
    """Two for the two parties."""

    kind = Kind.AGREEMENT
    template = "billing/print_agreement_page.html"

    def paper(self, **kwargs: Any) -> Agreement:
        rows = Agreement.objects.select_related("ticket__unit", "ticket__community", "community", "issued_by")
        places = self.by.communities
        found: Agreement = get_object_or_404(
            rows if places is None else rows.filter(community__in=places), pk=kwargs["pk"]
        )
        return found

    def owner(self, paper: Agreement) -> Ticket:
        return paper.ticket

    def print(self, paper: Agreement) -> Print:
        return prints.print_agreement(paper, by=self.by)


class PrintReceipt(PrintBillingPaper):
    """Its three copies on one sheet."""

    kind = Kind.RECEIPT
    template = "billing/print_receipt_page.html"

    def paper(self, **kwargs: Any) -> Receipt:
        rows = Receipt.objects.visible_to(self.by).select_related(
            "payment__ticket__unit", "payment__ticket__community", "community", "issued_by", "payment__received_by"
        )
        found: Receipt = get_object_or_404(rows, number=kwargs["number"])
        return found

    def owner(self, paper: Receipt) -> Ticket:
        return paper.payment.ticket

    def print(self, paper: Receipt) -> Print:
        return prints.print_receipt(paper, by=self.by)
