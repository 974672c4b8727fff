"""The life of a repair request (SOP 5.5): states, steps, guards and who may. No query, no side effect: see actions.py."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from core.lifecycle import Lifecycle, StateField, guard
from core.money import AGREEMENT_FROM, ZERO
from people.roles import (
    DU,
    ES,
    FD,
    SS,
    TE,
    Permission,
    desk_and_night,
    front_desk,
    may,
    on_site,
    service_supervisor,
)


class State(models.TextChoices):
    """Where a repair request is."""

    REPORTED = "reported", _("待通知")
    NOTIFIED = "notified", _("待到场")
    ON_SITE = "on_site", _("已到场")
    SURVEYED = "surveyed", _("已核实")
    QUOTED = "quoted", _("待客户答复")
    ACCEPTED = "accepted", _("已认可报价")
    PREPAID = "prepaid", _("已预付")
    ORDERED = "ordered", _("维修中")
    COMPLETED = "completed", _("待回访")
    CALLED_BACK = "called_back", _("待归档")
    CLOSED = "closed", _("已归档")
    CANCELLED = "cancelled", _("已消单")
    DECLINED = "declined", pgettext_lazy("state", "客户不修")
    MERGED = "merged", _("已合并")
    REFERRED = "referred", _("已转报")


FINAL = (State.CLOSED, State.CANCELLED, State.DECLINED, State.MERGED)
BEFORE_ORDER = [
    State.REPORTED,
    State.NOTIFIED,
    State.ON_SITE,
    State.SURVEYED,
    State.QUOTED,
    State.ACCEPTED,
    State.PREPAID,
]
PRICED = [State.SURVEYED, State.QUOTED, State.ACCEPTED, State.PREPAID]
UNDERWAY = [*BEFORE_ORDER, State.ORDERED]
OPEN = [*UNDERWAY, State.COMPLETED, State.CALLED_BACK, State.REFERRED]


class Nature(models.TextChoices):
    """Who pays and why (SOP 5.2)."""

    PAID_HOME = "paid_home", _("有偿家庭报修")
    WARRANTY_HOME = "warranty_home", _("质保维修")
    PAID_PUBLIC = "paid_public", _("公共有偿")
    WARRANTY_PUBLIC = "warranty_public", _("公共质保")
    MUNICIPAL = "municipal", _("市政")
    UNDETERMINED = "undetermined", _("待定")


class Urgency(models.TextChoices):
    """Three degrees (SOP 5.4): by appointment, 30 minutes, 30 minutes and before night."""

    ROUTINE = "routine", _("一般")
    PROMPT = "prompt", _("急需")
    URGENT = "urgent", _("急修")


def is_paid_up(ticket: Any) -> bool:
    """5.2.2-1c: below ¥500.00 nothing is owed beforehand; from ¥500.00 the signed agreement and the whole sum receipted."""
    if ticket.nature not in {"", Nature.PAID_HOME, Nature.PAID_PUBLIC} or ticket.accepted_total < AGREEMENT_FROM:
        return True
    return bool(ticket.agreement_total == ticket.accepted_total and ticket.receipted_total >= ticket.accepted_total)


def owes(ticket: Any) -> list[str]:
    """What still holds the ticket open (decisions: copies 1 and 2, money, signatures, callbacks, corrections; not copy 3)."""
    debts = []
    if ticket.open_slips:
        debts.append(str(_("有派工单未验收签字")))
    if not ticket.desk_copies_home:
        debts.append(str(_("第一、二联未回前台")))
    if ticket.balance != ZERO:
        debts.append(str(_("款项未结清")))
    if ticket.callers_left:
        debts.append(str(_("回访未完成")))
    if ticket.corrections_open:
        debts.append(str(_("纠正未完成")))
    return debts


@guard(_("先选工种，再通知工程。"))
def has_trade(ticket: Any) -> bool:
    """5.5.1-2: the trade is judged before a technician is called."""
    return bool(ticket.trade_id)


@guard(_("这件已修好，没有要上门的。"))
def is_to_be_visited(ticket: Any) -> bool:
    """5.4.1: an appointment is for work that is still to be done, rework included."""
    return ticket.state in UNDERWAY or bool(ticket.rework_due)


@guard(_("选定通知的技工或班组。"), asked=True)
def has_notified_somebody(ticket: Any) -> bool:
    """5.4.1: a named technician or team is told, never nobody."""
    return bool(ticket.technician_id or ticket.team_id)


@guard(_("这一户仍在质保期内或交付日不明，须到现场核实。"))
def is_plainly_paid(ticket: Any) -> bool:
    """5.5.1-2: only a routine home repair that is computed out of warranty, or admitted man-made, is judged at the desk."""
    out = ticket.warranty_state in {"out", "none"} or ticket.man_made is True
    return bool(ticket.place == "home" and ticket.urgency == Urgency.ROUTINE and out)


@guard(_("核实结论还没有填：性质、工种和工程量。"), asked=True)
def has_survey(ticket: Any) -> bool:
    """5.5.1-2: nature, trade and quantities are reported back to the desk."""
    return bool(ticket.nature and ticket.trade_id)


@guard(_("这件不是有偿家庭报修，不报价。"))
def is_paid_home(ticket: Any) -> bool:
    """5.2.2-1: only the customer's own repairs are quoted."""
    return bool(ticket.nature == Nature.PAID_HOME)


@guard(_("性质待定，由客服主管先定交付日或性质。"))
def is_determined(ticket: Any) -> bool:
    """G10: an undetermined nature blocks every slip."""
    return bool(ticket.nature and ticket.nature != Nature.UNDETERMINED)


@guard(_("派工单只用于有偿家庭报修。"))
def takes_a_dispatch_order(ticket: Any) -> bool:
    """5.5.1-3: warranty and public work go out on slips of their own kind."""
    return bool(ticket.nature == Nature.PAID_HOME or ticket.rework_due)


@guard(_("预付款未到，不可开派工单。满 ¥500.00，先签协议并收预付款。"))
def is_prepaid(ticket: Any) -> bool:
    """5.2.2-1c."""
    return is_paid_up(ticket)


@guard(_("不到 ¥500.00，不须预付。"))
def needs_prepayment(ticket: Any) -> bool:
    """5.2.2-1c: the step exists from ¥500.00 only."""
    return bool(ticket.accepted_total >= AGREEMENT_FROM)


@guard(_("增项报价还在等客户答复。"))
def has_no_revision_pending(ticket: Any) -> bool:
    """G4: no further slip while a revision waits."""
    return not ticket.revision_pending


@guard(_("还没有认可的报价。"))
def has_accepted_quote(ticket: Any) -> bool:
    """5.5.1-3: the customer knows item and sum and agrees before a slip is written."""
    return (
        ticket.nature != Nature.PAID_HOME
        or ticket.state in {State.ACCEPTED, State.PREPAID, State.ORDERED}
        or ticket.rework_due
    )


@guard(_("还有未清的事项，不能归档。"))
def owes_nothing(ticket: Any) -> bool:
    """5.5.1-9: archived when copies, money, signatures, answers and corrections are in."""
    return not owes(ticket)


@guard(_("还有客户没有回访。"))
def has_called_everybody(ticket: Any) -> bool:
    """5.5.1-9."""
    return not ticket.callers_left and not ticket.corrections_open


@guard(_("有要回访的客户，先回访。"))
def has_nobody_to_call(ticket: Any) -> bool:
    """A patrol's own report has no customer to call."""
    return not ticket.has_caller


@guard(_("没有待返修的事项。"))
def is_rework_due(ticket: Any) -> bool:
    """5.5.1-9: a rework slip answers a correction that needs a visit."""
    return bool(ticket.rework_due)


@guard(_("已有单据验收，不能整件消单。"))
def has_no_accepted_slip(ticket: Any) -> bool:
    """G15: never once accepted."""
    return not ticket.completed_at


@guard(_("消单要写原因。"), asked=True)
def has_cancel_reason(ticket: Any) -> bool:
    """C.1: the reason decides how the ticket counts."""
    return bool(ticket.cancel_reason)


class TicketLifecycle(Lifecycle):
    """State and steps of a ticket, line by line as the procedure has them."""

    state = StateField(default=State.REPORTED, choices=State.choices, protected=True, editable=False, db_index=True)

    class Meta:
        abstract = True

    @transition(
        state,
        State.REPORTED,
        State.NOTIFIED,
        conditions=[has_trade, has_notified_somebody],
        permission=desk_and_night,
        custom={"label": _("通知工程")},
    )
    def notify_engineering(self) -> None:
        """5.4.1."""

    @transition(
        state,
        State.NOTIFIED,
        State.SURVEYED,
        conditions=[is_plainly_paid],
        permission=front_desk,
        custom={"label": _("按描述判定")},
    )
    def judge_by_description(self) -> None:
        """5.5.1-2."""

    @transition(state, State.NOTIFIED, State.ON_SITE, permission=on_site, custom={"label": _("记录到场")})
    def arrive(self) -> None:
        """5.4.2-2."""

    @transition(state, State.NOTIFIED, None, permission=on_site, custom={"label": _("客户不在")})
    def record_absence(self) -> None:
        """G3."""

    @transition(
        state, [State.NOTIFIED, State.ON_SITE, State.SURVEYED, State.QUOTED, State.ACCEPTED], None,
        permission=on_site, custom={"label": _("记录应急处置")},
    )  # fmt: skip
    def make_safe(self) -> None:
        """5.4.2-1: stopping the damage is free and needs no quote."""

    @transition(
        state,
        State.ON_SITE,
        State.SURVEYED,
        conditions=[has_survey],
        permission=on_site,
        custom={"label": _("填核实结果")},
    )
    def survey(self) -> None:
        """5.5.1-2."""

    @transition(
        state, PRICED, State.SURVEYED, conditions=[has_survey],
        permission=Permission(ES, SS, own=(TE,)), custom={"label": _("改判性质")},
    )  # fmt: skip
    def rejudge(self) -> None:
        """G10, G20: with a reason; both judgements are kept."""

    @transition(
        state, PRICED, State.QUOTED, conditions=[is_paid_home], permission=desk_and_night, custom={"label": _("填报价")}
    )
    def offer_quote(self) -> None:
        """5.5.1-3."""

    @transition(
        state, State.QUOTED, State.ACCEPTED,
        permission=Permission(FD, SS, DU, own=(TE,)), custom={"label": _("客户认可报价")},
    )  # fmt: skip
    def accept_quote(self) -> None:
        """5.5.1-3."""

    @transition(
        state,
        State.QUOTED,
        State.ACCEPTED,
        permission=front_desk,
        custom={"label": _("沿用原报价"), "needs": "earlier_quote"},
    )
    def keep_old_quote(self) -> None:
        """G4."""

    @transition(state, State.ACCEPTED, State.PREPAID, conditions=[needs_prepayment, is_prepaid], custom={"auto": True})
    def confirm_prepaid(self) -> None:
        """5.2.2-1c."""

    @transition(
        state, State.QUOTED, State.DECLINED,
        permission=Permission(FD, SS, own=(TE,)), custom={"label": _("客户不修"), "rare": True},
    )  # fmt: skip
    def decline_quote(self) -> None:
        """C.1."""

    @transition(
        state, [State.SURVEYED, State.ACCEPTED, State.PREPAID, State.ORDERED], State.ORDERED,
        conditions=[is_determined, takes_a_dispatch_order, has_accepted_quote, is_prepaid, has_no_revision_pending], permission=desk_and_night,
        custom={"label": _("开派工单"), "url": "issue_slip"},
    )  # fmt: skip
    def order(self) -> None:
        """5.5.1-3: with the issue of a slip."""

    @transition(
        state,
        State.ORDERED,
        None,
        conditions=[is_paid_home],
        permission=desk_and_night,
        custom={"label": _("增项报价")},
    )
    def offer_revision(self) -> None:
        """G4: quote n + 1; the old lines stand until it is accepted."""

    @transition(
        state,
        State.ORDERED,
        None,
        permission=Permission(FD, SS, DU, own=(TE,)),
        custom={"label": _("客户认可增项"), "needs": "revision"},
    )
    def accept_revision(self) -> None:
        """G4, G5."""

    @transition(
        state, State.ORDERED, None, permission=front_desk, custom={"label": _("客户不要增项"), "needs": "revision"}
    )
    def refuse_revision(self) -> None:
        """G4: only the accepted lines are done and charged."""

    @transition(state, State.ORDERED, State.ACCEPTED, custom={"auto": True})
    def withdraw_order(self) -> None:
        """G15: the last open slip was voided and none accepted."""

    @transition(state, State.ORDERED, State.COMPLETED, custom={"auto": True})
    def complete(self) -> None:
        """5.5.1-7: the last open slip was accepted."""

    @transition(state, State.COMPLETED, State.CALLED_BACK, conditions=[has_called_everybody], custom={"auto": True})
    def call_back(self) -> None:
        """5.5.1-9."""

    @transition(
        state,
        [State.COMPLETED, State.CALLED_BACK, State.CLOSED],
        State.ORDERED,
        conditions=[is_rework_due],
        permission=front_desk,
        custom={"label": _("开返修单"), "url": "issue_slip"},
    )
    def reopen(self) -> None:
        """5.5.1-9: with the issue of a rework slip."""
        self.rework_due = False

    @transition(
        state,
        State.COMPLETED,
        State.CLOSED,
        conditions=[has_nobody_to_call, owes_nothing],
        permission=front_desk,
        custom={"label": _("消单归档"), "needs": "nobody_to_call"},
    )
    @transition(
        state,
        State.CALLED_BACK,
        State.CLOSED,
        conditions=[owes_nothing],
        permission=front_desk,
        custom={"label": _("消单归档")},
    )
    def close(self) -> None:
        """5.5.1-9, 3.1-2: from completed only where there is nobody to call."""

    @transition(
        state,
        BEFORE_ORDER,
        State.CANCELLED,
        conditions=[has_cancel_reason],
        permission=front_desk,
        custom={"label": _("消单"), "rare": True},
    )
    def cancel(self) -> None:
        """C.1, 3.1-2."""

    @transition(
        state,
        State.ORDERED,
        State.CANCELLED,
        conditions=[has_cancel_reason, has_no_accepted_slip],
        permission=service_supervisor,
        custom={"label": _("整件消单"), "rare": True},
    )
    def cancel_order(self) -> None:
        """C.1, G3: voids every slip in the same action."""

    @transition(
        state,
        [*UNDERWAY, State.COMPLETED, State.CALLED_BACK, State.CLOSED],
        None,
        conditions=[is_to_be_visited],
        permission=desk_and_night,
        custom={"label": _("定预约"), "needs": "no_window", "rare": True},
    )
    def set_appointment(self) -> None:
        """5.4.1."""

    @transition(
        state, UNDERWAY, None, permission=front_desk, custom={"label": _("改约"), "needs": "window", "rare": True}
    )
    def move_appointment(self) -> None:
        """G2: by the customer before it was due, or broken by us."""

    @transition(
        state,
        UNDERWAY,
        None,
        permission=desk_and_night,
        custom={"label": _("提高紧急程度"), "needs": "not_urgent", "rare": True},
    )
    def raise_urgency(self) -> None:
        """5.4.1, 5.4.2."""

    @transition(
        state,
        UNDERWAY,
        None,
        permission=service_supervisor,
        custom={"label": _("降低紧急程度"), "needs": "not_routine", "rare": True},
    )
    def lower_urgency(self) -> None:
        """With a reason; what was missed stays missed."""

    @transition(
        state,
        UNDERWAY,
        None,
        permission=front_desk,
        custom={"label": _("客户要求缓修"), "needs": "urgent", "rare": True},
    )
    def customer_asks_to_wait(self) -> None:
        """5.4.2-1: takes the ticket out of the before-night figure."""

    @transition(state, OPEN, None, permission=desk_and_night, custom={"label": _("催单"), "rare": True})
    def urge(self) -> None:
        """3.1-2: the customer asks where we are."""

    @transition(
        state, OPEN, None, permission=Permission(FD, DU, SS, ES, own=(TE,)), custom={"label": _("记一笔"), "rare": True}
    )
    def note(self) -> None:
        """3.1-2."""

    @transition(
        state,
        [State.NOTIFIED, State.ON_SITE],
        None,
        conditions=[has_notified_somebody],
        permission=may(FD, SS, ES),
        custom={"label": _("改派"), "rare": True},
    )
    def reassign(self) -> None:
        """5.5.1-2: another technician of the trade; who did what stays."""
