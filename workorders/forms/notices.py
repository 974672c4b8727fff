"""What the steps of a notice to the builder ask (5.5.2-3, A.8, G9): which builder in which form, and how he answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.fields import TextField
from places.builders import Firm, firms
from places.models import Builder
from tickets.forms import StepForm, WindowField
from tickets.states import PUBLIC_NATURES, Urgency
from workorders.correspondence import builder_windows
from workorders.notices import answering

FORMS = [("", gettext_lazy("按协议")), *Builder.Form.choices]


class FirmWidget(forms.RadioSelect):
    """Builders with the form their agreement names and the limits that would run; option.label is a Firm."""

    template_name = "workorders/widgets/firms.html"


class FirmField(forms.ChoiceField):
    """Which builder, cleaned to Builder; call `offer` first."""

    widget = FirmWidget
    firms: Sequence[Firm] = ()

    def offer(self, found: Sequence[Firm]) -> str | None:
        """Offer these in that order; gives the key of the one that answers for the repair."""
        self.firms = found
        self.choices = [(firm.key, firm) for firm in found]
        return next((firm.key for firm in found if firm.answers), None)

    def clean(self, value: Any) -> Builder | None:
        key = super().clean(value)
        return next((firm.builder for firm in self.firms if firm.key == key), None)


class NoticeForm(StepForm):
    """To whom, in which form, and what is written beside the facts; `repairs()` are those the notice is about."""

    builder = FirmField(label=gettext_lazy("施工单位"))
    form = forms.ChoiceField(
        label=gettext_lazy("通知形式"), choices=FORMS, required=False, widget=forms.RadioSelect,
        help_text=gettext_lazy("电话通知的，当天补书面"),
    )  # fmt: skip
    words = TextField(label=gettext_lazy("补充说明"), required=False, lines=2, max_length=300)

    def repairs(self) -> list[Any]:
        return [self.record]

    def fit(self) -> None:
        repairs = self.repairs()
        urgent = any(ticket.urgency == Urgency.URGENT for ticket in repairs)
        known = [ticket.builder or answering(ticket) for ticket in repairs]
        first = next(filter(None, known), None)
        found = firms(repairs[0].community_id, first, urgent=urgent, at=clock.now())
        self.initial.setdefault("builder", cast(FirmField, self.fields["builder"]).offer(found))
        self.initial.setdefault("form", "")

    def seen(self) -> str:
        """The last notice of each repair: somebody else may send one meanwhile."""
        return "/".join(ticket.notice_number or "-" for ticket in self.repairs())

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "builder" not in self.errors and not cast(FirmField, self.fields["builder"]).firms:
            raise ValidationError(_("本小区还没有登记施工单位，先建单位档案。"), code="none")
        return data


class NotifyBuilderForm(NoticeForm):
    """One repair; does its customer let the builder have his number?"""

    phone_consent = forms.BooleanField(
        label=gettext_lazy("客户同意把联系电话告诉施工单位"), required=False,
        help_text=gettext_lazy("没有同意的，通知上只印遮住的号码"),
    )  # fmt: skip

    def fit(self) -> None:
        super().fit()
        self.order_fields(["builder", "form", "phone_consent", "words"])
        self.initial.setdefault("phone_consent", self.record.phone_consent)
        if self.record.nature in PUBLIC_NATURES or not self.record.phone:
            del self.fields["phone_consent"]


class TakeOverForm(StepForm):
    """Why own people repair in the builder's stead (G9)."""

    because = TextField(
        label=gettext_lazy("代修的原因"), lines=2, max_length=200,
        help_text=gettext_lazy("住户不付费，费用向原施工单位追偿；修前、修后都要拍照"),
    )  # fmt: skip


class AcknowledgeForm(StepForm):
    """Who of the builder's people has it (A.8)."""

    name = TextField(label=gettext_lazy("签收人"), max_length=20)
    words = TextField(label=gettext_lazy("回复"), required=False, lines=2, max_length=200)

    def fit(self) -> None:
        self.initial.setdefault("name", self.record.builder.contact)


class AgreeForm(StepForm):
    """When he comes; for a dwelling agreed with the customer too (5.5.2-4)."""

    window = WindowField(label=gettext_lazy("约定到场"))
    customer_agrees = forms.BooleanField(
        label=gettext_lazy("已与客户约好这个时间"), error_messages={"required": gettext_lazy("先与客户约好，再登记")}
    )  # fmt: skip
    words = TextField(label=gettext_lazy("回复"), required=False, max_length=200)

    def fit(self) -> None:
        notice = self.record
        found = builder_windows(notice.builder, clock.now(), limit=notice.arrive_by, besides=notice.pk)
        cast(WindowField, self.fields["window"]).offer(found)
        self.initial.setdefault("words", notice.reply)
        if all(ticket.nature in PUBLIC_NATURES for ticket in notice.tickets.all()):
            del self.fields["customer_agrees"]

    def facts(self) -> dict[str, Any]:
        return {"window": self.cleaned_data["window"], "words": self.cleaned_data["words"]}


class RefuseForm(StepForm):
    """Why the builder refuses (G9)."""

    because = TextField(label=gettext_lazy("对方的理由"), lines=2, max_length=200)


class RemindForm(StepForm):
    """How he was asked again (A.8)."""

    form = forms.ChoiceField(label=gettext_lazy("怎样催的"), choices=Builder.Form.choices, widget=forms.RadioSelect)
    words = TextField(label=gettext_lazy("说了什么"), required=False, lines=2, max_length=200)

    def fit(self) -> None:
        self.initial.setdefault("form", self.record.form)
