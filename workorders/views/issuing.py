"""Writing a warranty or a facility slip: /tickets/<number>/issue_…_slip/; the dispatch order is entered with the money."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.refusals import Refusal
from people.roles import desk_and_night, front_desk
from places.queries import printed_number
from tickets.models import Ticket
from tickets.states import PUBLIC_NATURES
from tickets.steps import MakesPaper, OwnPermission, TicketStep
from workorders import issuing
from workorders.forms.issuing import IssueFacilityForm, IssueWarrantyForm
from workorders.models import Slip
from workorders.states import Kind


class IssuesSlip(MakesPaper, OwnPermission, TicketStep):
    """What both have in common: the three copies to be printed, and why none can be written now."""

    paper_label = gettext_lazy("打印三联")
    kind: Kind
    other: str | Promise = ""

    def title(self, record: Ticket) -> str:
        return _("开返修单") if record.rework_due else str(self.label)

    def paper_url(self, result: Slip) -> str:
        return reverse("print_slip", args=[result.number])

    def confirmation(self, record: Ticket, result: Slip) -> str:
        said = {"kind": result.get_kind_display(), "number": printed_number(result.number)}
        return _("%(kind)s %(number)s 已开，打印三联") % said

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        wrong_kind = record.kind_of_slip and record.kind_of_slip != self.kind
        blocked = str(self.other) if wrong_kind else issuing.why_not(record, str(self.label))
        return {"blocked": blocked} if blocked else {"ticket": record, "notice": record.notices.order_by("pk").last()}


class IssueWarrantySlip(IssuesSlip):
    """5.5.2-4."""

    step = "issue_warranty_slip"
    permission = front_desk
    label = gettext_lazy("开维保单")
    form_class = IssueWarrantyForm
    body = "workorders/_issue_warranty_fields.html"
    kind = Kind.WARRANTY
    other = gettext_lazy("维保单只用于质保期内、由原施工单位维修的报修。")

    def act(self, record: Ticket, facts: dict[str, Any]) -> Slip:
        return issuing.issue_warranty_slip(record, by=self.by, **facts)

    def context(self, record: Ticket, form: Any) -> dict[str, Any]:
        found = super().context(record, form)
        if found.get("blocked"):
            return found
        try:
            line = issuing.warranty_line(record)
        except Refusal as refusal:
            return {"blocked": refusal.sentence}
        return {**found, "warranty": line, "at_home": record.nature not in PUBLIC_NATURES}


class IssueFacilitySlip(IssuesSlip):
    """5.5.3-3."""

    step = "issue_facility_slip"
    permission = desk_and_night
    label = gettext_lazy("开公共维修单")
    form_class = IssueFacilityForm
    body = "workorders/_issue_facility_fields.html"
    kind = Kind.FACILITY
    other = gettext_lazy("公共设施维修单只用于公共区域的维修。")

    def act(self, record: Ticket, facts: dict[str, Any]) -> Slip:
        return issuing.issue_facility_slip(record, by=self.by, **facts)
