"""The steps of a municipal referral, taken on its repair (5.5.3-5, A.9)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from people.roles import SS
from places.queries import printed_number
from tickets.forms import StepForm
from tickets.models import Ticket
from tickets.queries import hour
from tickets.steps import TicketStep
from workorders import referrals
from workorders.forms import referrals as forms
from workorders.models import FollowUp, Referral


class Refer(TicketStep):
    """5.5.3-5."""

    step = "refer"
    form_class = forms.ReferForm

    def context(self, record: Ticket, form: StepForm) -> dict[str, Any]:
        if record.on_site_at is None and not self.by.may(SS, within=record.community_id):
            return {"blocked": _("没有到场核实，由客服主管判定转报。")}
        return {}

    def act(self, record: Ticket, facts: dict[str, Any]) -> Referral:
        return referrals.refer(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Referral) -> str:
        return _("已转报%(body)s，%(number)s") % {
            "body": result.get_body_display(), "number": printed_number(result.number),
        }  # fmt: skip


class FollowUpStep(TicketStep):
    """5.5.3-5."""

    step = "follow_up"
    form_class = forms.FollowUpForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> FollowUp:
        return referrals.follow_up(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: FollowUp) -> str:
        return _("已记跟进，下次 %(time)s") % {"time": hour(result.next_at)}


class ConfirmRestored(TicketStep):
    """A.9."""

    step = "confirm_restored"
    form_class = forms.RestoredForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> None:
        referrals.confirm_restored(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已登记恢复，报修归档")


class TakeBack(TicketStep):
    """The body refuses."""

    step = "take_back"
    form_class = forms.TakeBackForm

    def act(self, record: Ticket, facts: dict[str, Any]) -> None:
        referrals.take_back(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("已收回转报：%(nature)s") % {"nature": record.get_nature_display()}
