"""The steps of a notice to the builder: sent from a repair, answered at /notices/<number>/<step>/ (5.5.2-3, A.8, G9)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.refusals import Forbidden
from people.roles import SS
from places.queries import printed_number
from tickets.conditions import is_overruled
from tickets.forms import StepForm
from tickets.models import Ticket
from tickets.states import Urgency
from tickets.steps import StepView, TicketStep, label_of
from workorders import letter_prints, notices
from workorders.correspondence import notices as seen
from workorders.forms import notices as forms
from workorders.letters import letter_writer
from workorders.models import Notice


class NotifyBuilder(TicketStep):
    """5.5.2-3: what will be printed or sent stands above the choice of builder and form."""

    step = "notify_builder"
    form_class = forms.NotifyBuilderForm
    body = "workorders/_notify_builder_fields.html"

    def context(self, record: Ticket, form: StepForm) -> dict[str, Any]:
        last = record.notices.order_by("pk").last()
        return {
            "letter": letter_prints.about(record), "nth": last.nth + 1 if last else 1, "last": last,
            "untold": is_overruled(record),
        }  # fmt: skip

    def act(self, record: Ticket, facts: dict[str, Any]) -> Notice:
        return notices.send_notice([record], by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Notice) -> str:
        return _("已通知%(builder)s，%(number)s 第 %(nth)s 次") % {
            "builder": result.builder, "number": printed_number(result.number), "nth": result.nth,
        }  # fmt: skip


class TakeOver(TicketStep):
    """G9."""

    step = "take_over"
    form_class = forms.TakeOverForm

    def check(self, record: Ticket) -> None:
        super().check(record)
        if record.urgency != Urgency.URGENT and not self.by.may(SS, within=record.community_id):
            raise Forbidden("take_over", (SS,))

    def act(self, record: Ticket, facts: dict[str, Any]) -> Any:
        notices.take_over(record, by=self.by, **facts)

    def confirmation(self, record: Ticket, result: Any) -> str:
        return _("由我方代修，费用由原施工单位承担")


class NoticeStep(StepView):
    """A step of a notice; afterwards one is where one came from, or at the notice."""

    body: ClassVar[str] = "workorders/_notice_fields.html"

    def get_record(self, **kwargs: Any) -> Notice:
        notice: Notice = get_object_or_404(seen(self.by), number=kwargs["number"])
        return notice

    def title_of_step(self) -> str:
        return label_of(Notice, self.step)

    def success_url(self, record: Any) -> str:
        return self.next_url() or self.get_record(**self.kwargs).get_absolute_url()

    def context(self, record: Notice, form: StepForm) -> dict[str, Any]:
        return {"notice": record, "explained": self.explained(record)}

    def explained(self, record: Notice) -> str:
        """What will happen, where a form asks nothing."""
        return ""


class Acknowledge(NoticeStep):
    """A.8."""

    step = "acknowledge"
    form_class = forms.AcknowledgeForm

    def act(self, record: Notice, facts: dict[str, Any]) -> None:
        notices.acknowledge_notice(record, by=self.by, **facts)

    def confirmation(self, record: Notice, result: Any) -> str:
        return _("已登记签收：%(name)s") % {"name": record.acknowledged_by}


class Agree(NoticeStep):
    """5.5.2-4."""

    step = "agree"
    form_class = forms.AgreeForm

    def act(self, record: Notice, facts: dict[str, Any]) -> None:
        notices.agree_time(record, by=self.by, **facts)

    def confirmation(self, record: Notice, result: Any) -> str:
        return _("已登记约定时间")


class Refuse(NoticeStep):
    """G9."""

    step = "refuse"
    form_class = forms.RefuseForm

    def act(self, record: Notice, facts: dict[str, Any]) -> None:
        notices.refuse_notice(record, by=self.by, **facts)

    def confirmation(self, record: Notice, result: Any) -> str:
        return _("已登记拒修，由客服主管决定下一步")


class Remind(NoticeStep):
    """A.8."""

    step = "remind"
    form_class = forms.RemindForm

    def act(self, record: Notice, facts: dict[str, Any]) -> None:
        notices.remind_builder(record, by=self.by, **facts)

    def confirmation(self, record: Notice, result: Any) -> str:
        return _("已记催办，第 %(n)s 次") % {"n": record.reminders.count()}


class ConfirmWritten(NoticeStep):
    """A.8: no transition, so the permission stands here."""

    step = "confirm_written"
    label = gettext_lazy("登记已补书面")
    permission = letter_writer

    def check(self, record: Notice) -> None:
        if not self.permission(record, self.by):
            raise Forbidden(self.step, self.permission.admits)

    def title(self, record: Notice) -> str:
        return str(self.label)

    def title_of_step(self) -> str:
        return str(self.label)

    def explained(self, record: Notice) -> str:
        same_day = clock.today(record.sent_at) == clock.today()
        return (
            _("电话通知后，书面通知已送到对方手里。")
            if same_day
            else _("书面通知已送到对方手里。电话是另一天打的，补得晚了。")
        )

    def act(self, record: Notice, facts: dict[str, Any]) -> None:
        notices.confirm_written(record, by=self.by)
