"""The lives of letters that leave the house: the notice to a builder (5.5.2-3), the referral to a municipal body (5.5.3-5)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from core.lifecycle import Lifecycle, StateField, guard
from people.roles import DU, ES, FD, SS, may


class NoticeState(models.TextChoices):
    """How far a builder has answered."""

    SENT = "sent", pgettext_lazy("notice", "待答复")
    ACKNOWLEDGED = "acknowledged", pgettext_lazy("notice", "已签收")
    AGREED = "agreed", pgettext_lazy("notice", "已约时间")
    ATTENDED = "attended", pgettext_lazy("notice", "已到场")
    REFUSED = "refused", pgettext_lazy("notice", "拒绝维修")
    SUPERSEDED = "superseded", pgettext_lazy("notice", "已再次通知")
    TAKEN_OVER = "taken_over", pgettext_lazy("notice", "我方代修")
    WITHDRAWN = "withdrawn", pgettext_lazy("notice", "已撤回")


AWAITED = [NoticeState.SENT, NoticeState.ACKNOWLEDGED]
STANDING = [*AWAITED, NoticeState.AGREED]
UNENDED = [*STANDING, NoticeState.REFUSED]


@guard(_("写明谁签收。"), asked=True)
def has_receiver(notice: Any) -> bool:
    """A.8: received by whom."""
    return bool(notice.acknowledged_by.strip())


@guard(_("写明约定的到场时间。"), asked=True)
def has_time_named(notice: Any) -> bool:
    """A.8: the builder names a time."""
    return bool(notice.agreed_from and notice.agreed_to)


@guard(_("写明施工单位为何拒修。"), asked=True)
def has_refusal(notice: Any) -> bool:
    """G9."""
    return bool(notice.refused_because.strip())


def notice_step(*, rare: bool = False, label: Any = "") -> dict[str, Any]:
    """Who answers for the builder is told to the desk or the engineering supervisor."""
    return {"permission": may(FD, SS, ES), "custom": {"label": label, "rare": rare}}


class NoticeLifecycle(Lifecycle):
    """State and steps of a notice 施工单位维修通知."""

    state = StateField(
        default=NoticeState.SENT, choices=NoticeState.choices, protected=True, editable=False, db_index=True
    )

    class Meta:
        abstract = True

    @transition(
        state, NoticeState.SENT, NoticeState.ACKNOWLEDGED, conditions=[has_receiver], **notice_step(label=_("登记签收"))
    )
    def acknowledge(self) -> None:
        """A.8: received, by whom."""

    @transition(
        state, UNENDED, NoticeState.AGREED, conditions=[has_time_named],
        **notice_step(label=_("登记约定时间")),
    )  # fmt: skip
    def agree(self) -> None:
        """A.8: a time is named; the reply's clock is met."""

    @transition(
        state,
        STANDING,
        NoticeState.REFUSED,
        conditions=[has_refusal],
        **notice_step(rare=True, label=_("施工单位拒修")),
    )
    def refuse(self) -> None:
        """G9."""

    @transition(state, STANDING, None, **notice_step(label=_("催施工单位")))
    def remind(self) -> None:
        """A.8: reminders are rows."""

    @transition(state, STANDING, NoticeState.ATTENDED, custom={"auto": True})
    def attend(self) -> None:
        """5.5.2-4: the slip was collected, or the builder came."""

    @transition(state, UNENDED, NoticeState.SUPERSEDED, custom={"auto": True})
    def supersede(self) -> None:
        """G9: a further notice, with the consequence printed."""

    @transition(state, UNENDED, NoticeState.TAKEN_OVER, custom={"auto": True})
    def take_over(self) -> None:
        """G9: own people repair at the builder's cost."""

    @transition(state, UNENDED, NoticeState.WITHDRAWN, custom={"auto": True})
    def withdraw(self) -> None:
        """G20: what it was about is the builder's no more, or was cancelled."""


class ReferralState(models.TextChoices):
    """Whether the municipal body has put it right."""

    OPEN = "open", pgettext_lazy("referral", "跟进中")
    RESTORED = "restored", pgettext_lazy("referral", "已恢复")
    TAKEN_BACK = "taken_back", pgettext_lazy("referral", "已收回")


class ReferralLifecycle(Lifecycle):
    """State of a referral 市政转报函; its steps are those of the ticket."""

    state = StateField(default=ReferralState.OPEN, choices=ReferralState.choices, protected=True, editable=False)

    class Meta:
        abstract = True

    @transition(state, ReferralState.OPEN, None, custom={"auto": True})
    def follow_up(self) -> None:
        """5.5.3-5."""

    @transition(state, ReferralState.OPEN, ReferralState.RESTORED, custom={"auto": True})
    def restore(self) -> None:
        """A.9."""

    @transition(state, ReferralState.OPEN, ReferralState.TAKEN_BACK, custom={"auto": True})
    def take_back(self) -> None:
        """The body refuses, or the repair was cancelled."""


letter_writer = may(FD, SS, ES)
referral_writer = may(FD, DU, SS, ES)
