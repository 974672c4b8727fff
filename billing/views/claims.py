"""The claim on the builder: drawn up on the ticket, then /claims/<number>/<step>/ and its print."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import asking, claim_prints, claims
from billing.forms import claims as forms
from billing.lifecycle import issue_paper
from billing.models import Claim
from billing.views.prints import PrintBillingPaper
from billing.views.shared import MoneyStep
from core.money import shown
from papers.models import Kind, Print
from people.models import User
from people.roles import service_supervisor
from places.queries import printed_number
from tickets.models import Ticket
from tickets.steps import MakesPaper, OwnPermission, StepView, label_of


def seen(user: User) -> QuerySet[Claim]:
    """The claims a person may see, with what a page or a paper says of them."""
    rows: QuerySet[Claim] = Claim.objects.visible_to(user).select_related(
        "community", "builder", "drafted_by", "sent_by", "ended_by",
        "ticket__community", "ticket__builder", "ticket__component", "ticket__unit__entrance__building", "ticket__area",
    )  # fmt: skip
    return rows


class DraftClaim(MakesPaper, MoneyStep):
    """G9: what own people's repair cost, gathered from the slips."""

    step = "draft_claim"
    own_page = True
    permission = service_supervisor
    label = gettext_lazy("起草索赔单")
    form_class = forms.DraftClaimForm
    template = "billing/quote_page.html"
    body: ClassVar[str] = "billing/_claim_fields.html"
    paper_label = gettext_lazy("打印索赔单")

    def act(self, record: Ticket, facts: dict[str, Any]) -> Claim:
        return claims.draft_claim(record, by=self.by, **facts)

    def paper_url(self, result: Claim) -> str:
        return reverse("print_claim", args=[result.number])

    def confirmation(self, record: Ticket, result: Claim) -> str:
        return _("索赔单 %(number)s 已起草，合计 %(sum)s") % {
            "number": printed_number(result.number),
            "sum": shown(result.total),
        }

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        blocked = claims.why_not(record)
        found = {"formset": form.lines, "ticket": record, "slips": claims.unclaimed(record)}
        return {**found, "blocked": blocked} if blocked else found


class ClaimStep(StepView):
    """A step of a claim."""

    body: ClassVar[str] = "billing/_claim_step_fields.html"
    said = gettext_lazy("已办：%(step)s，%(number)s")

    def get_record(self, **kwargs: Any) -> Claim:
        claim: Claim = get_object_or_404(seen(self.by), number=kwargs["number"])
        return claim

    def title_of_step(self) -> str:
        return label_of(Claim, self.step)

    def title(self, record: Claim) -> str:
        return self.title_of_step()

    def context(self, record: Claim, form: Any) -> dict[str, Any]:
        return {"claim": record, "ticket": record.ticket}


class ReviseClaim(ClaimStep):
    """Until it is sent."""

    step = "revise"
    own_page = True
    form_class = forms.ReviseClaimForm
    template = "billing/quote_page.html"
    body: ClassVar[str] = "billing/_claim_fields.html"

    def act(self, record: Claim, facts: dict[str, Any]) -> None:
        claims.revise(record, by=self.by, **facts)

    def context(self, record: Claim, form: Any) -> dict[str, Any]:
        return {"formset": form.lines, "ticket": record.ticket, "claim": record}


class SendClaim(ClaimStep):
    """In writing."""

    step = "send"
    form_class = forms.SendClaimForm

    def act(self, record: Claim, facts: dict[str, Any]) -> None:
        claims.send(record, by=self.by, **facts)


class SettleClaim(ClaimStep):
    """The builder paid."""

    step = "settle"
    form_class = forms.SettleClaimForm

    def act(self, record: Claim, facts: dict[str, Any]) -> None:
        claims.settle(record, by=self.by, **facts)


class WaiveClaim(ClaimStep):
    """Below ¥500.00."""

    step = "waive"
    form_class = forms.EndClaimForm

    def act(self, record: Claim, facts: dict[str, Any]) -> None:
        claims.waive(record, by=self.by, **facts)


class WithdrawClaim(ClaimStep):
    """Wrong, or to be drawn up anew."""

    step = "withdraw"
    form_class = forms.EndClaimForm

    def act(self, record: Claim, facts: dict[str, Any]) -> None:
        claims.withdraw(record, by=self.by, **facts)


class AskClaim(OwnPermission, ClaimStep):
    """lives.md §6: from ¥500.00 the manager approves what is given up."""

    step = "ask"
    permission = service_supervisor
    label = gettext_lazy("报请让步")
    form_class = forms.AskClaimForm
    said = gettext_lazy("已报请让步，等经理核准：%(number)s")

    def act(self, record: Claim, facts: dict[str, Any]) -> Any:
        return asking.claim_ask(record, by=self.by, **facts)


class PrintClaim(PrintBillingPaper):
    """G9: costs, notices, photos before and after, to the builder."""

    kind = Kind.CLAIM
    template = "billing/print_claim_page.html"
    permission = issue_paper

    def paper(self, **kwargs: Any) -> Claim:
        found: Claim = get_object_or_404(seen(self.by), number=kwargs["number"])
        return found

    def owner(self, paper: Claim) -> Ticket:
        return paper.ticket

    def print(self, paper: Claim) -> Print:
        return claim_prints.print_claim(paper, by=self.by)

    def prints(self, paper: Claim) -> Iterable[Print]:
        return claim_prints.printed(paper).select_related("by")
