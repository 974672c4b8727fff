"""The life of a repair request (SOP 5.5): states, steps, guards and who may. No query, no side effect: see actions.py."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from core.lifecycle import StateField
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
    who_came,
)
from tickets.conditions import (
    has_accepted_quote,
    has_called_everybody,
    has_cancel_reason,
    has_no_accepted_slip,
    has_no_objection,
    has_no_revision_pending,
    has_no_rework_open,
    has_nobody_to_call,
    has_notified_builder,
    has_notified_somebody,
    has_rework_judged,
    has_start_day,
    has_survey,
    has_told_customer,
    has_told_of_judgement,
    has_trade,
    is_charged,
    is_determined,
    is_in_warranty,
    is_inspection_line,
    is_municipal,
    is_ours,
    is_paid_home,
    is_plainly_paid,
    is_prepaid,
    is_rework_due,
    is_safe_meanwhile,
    is_the_builders,
    is_to_be_visited,
    may_be_taken_over,
    needs_prepayment,
    owes_nothing,
)
from tickets.facts import TicketFacts
from tickets.states import BEFORE_ORDER, OPEN, PRICED, UNDERWAY, State


class TicketLifecycle(TicketFacts):
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
        State.REPORTED,
        State.NOTIFIED,
        conditions=[is_inspection_line, has_trade, has_notified_somebody],
        custom={"auto": True},
    )
    def batch_notify(self) -> None:
        """5.4.1, 5.3.3: with the one notice for all lines of an inspection."""

    @transition(
        state,
        State.NOTIFIED,
        State.SURVEYED,
        conditions=[is_plainly_paid, has_told_customer],
        permission=front_desk,
        custom={"label": _("按描述判定")},
    )
    def judge_by_description(self) -> None:
        """5.5.1-2."""

    @transition(state, State.NOTIFIED, State.ON_SITE, permission=on_site, custom={"label": _("记录到场")})
    def arrive(self) -> None:
        """5.4.2-2."""

    @transition(state, State.NOTIFIED, None, permission=who_came, custom={"label": _("客户不在")})
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
        [State.REPORTED, State.NOTIFIED],
        State.SURVEYED,
        conditions=[is_inspection_line, has_survey],
        permission=on_site,
        custom={"label": _("填核实结果"), "needs": "inspection"},
    )
    @transition(
        state,
        State.ON_SITE,
        State.SURVEYED,
        conditions=[has_survey],
        permission=on_site,
        custom={"label": _("填核实结果")},
    )
    def survey(self) -> None:
        """5.5.1-2; a line of an inspection needs no visit."""

    @transition(
        state,
        [State.REPORTED, State.NOTIFIED],
        State.SURVEYED,
        conditions=[is_inspection_line, has_survey],
        custom={"auto": True},
    )
    def survey_as_seen(self) -> None:
        """5.3.3, 5.5.2-2: with the one survey of all lines of an inspection."""

    @transition(
        state, PRICED, State.SURVEYED, conditions=[has_survey],
        permission=Permission(ES, SS, own=(TE,)), custom={"label": _("改判性质")},
    )  # fmt: skip
    def rejudge(self) -> None:
        """G10, G20: with a reason; both judgements are kept."""

    @transition(
        state,
        PRICED,
        State.QUOTED,
        conditions=[is_paid_home, has_rework_judged, is_charged, has_no_objection],
        permission=desk_and_night,
        custom={"label": _("填报价"), "needs": "paid_home"},
    )
    def offer_quote(self) -> None:
        """5.5.1-3."""

    @transition(
        state, State.QUOTED, State.ACCEPTED, conditions=[has_no_objection],
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
        conditions=[
            is_determined, has_rework_judged, has_no_objection, is_ours, has_start_day, has_told_of_judgement, has_notified_builder,
            has_accepted_quote, is_prepaid, has_no_revision_pending,
        ],
        permission=desk_and_night,
        custom={"label": _("开派工单"), "url": "issue_slip"},
    )  # fmt: skip
    def order(self) -> None:
        """5.5.1-3: with the issue of a slip."""
        self.rework_due = False

    @transition(
        state,
        State.ORDERED,
        None,
        conditions=[is_paid_home],
        permission=desk_and_night,
        custom={"label": _("增项报价"), "needs": "paid_home"},
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

    @transition(state, State.ORDERED, State.SURVEYED, custom={"auto": True})
    def withdraw_to_survey(self) -> None:
        """G15: likewise, where nothing was priced."""

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
        state, [State.SURVEYED, State.ORDERED], None, conditions=[is_determined, is_the_builders],
        permission=may(FD, SS, ES), custom={"label": _("通知施工单位"), "needs": "by_builder"},
    )  # fmt: skip
    def notify_builder(self) -> None:
        """5.5.2-3: with the sending of a notice; a further one supersedes it (G9)."""

    @transition(
        state, State.SURVEYED, None, conditions=[is_in_warranty, may_be_taken_over],
        permission=Permission(SS, told=(FD, ES)), custom={"label": _("我方代修"), "needs": "by_builder", "rare": True},
    )  # fmt: skip
    def take_over(self) -> None:
        """G9: own people repair at the builder's cost; urgent work at once, else the service supervisor decides."""

    @transition(
        state, [State.NOTIFIED, State.ON_SITE, State.SURVEYED], None,
        permission=service_supervisor, custom={"label": _("补交付日期"), "needs": "no_start_day", "rare": True},
    )  # fmt: skip
    def enter_start_day(self) -> None:
        """G10: the day the term runs from, from the developer's list; the verdict is computed anew."""

    @transition(
        state, [State.NOTIFIED, State.ON_SITE, State.SURVEYED], State.REFERRED, conditions=[has_no_rework_open, is_municipal, is_safe_meanwhile],
        permission=may(FD, DU, SS, ES), custom={"label": _("转报市政"), "needs": "municipal"},
    )  # fmt: skip
    def refer(self) -> None:
        """5.5.3-5: to the municipal body; without a visit the service supervisor judges."""

    @transition(
        state, State.REFERRED, None, permission=may(FD, DU, SS, ES), custom={"label": _("记录跟进")}
    )  # fmt: skip
    def follow_up(self) -> None:
        """5.5.3-5: what the body says, and when we ask again."""

    @transition(
        state, State.REFERRED, State.CLOSED, permission=may(FD, SS, ES), custom={"label": _("登记已恢复")}
    )  # fmt: skip
    def confirm_restored(self) -> None:
        """A.9: when, by whom confirmed, the reporter told."""

    @transition(
        state, State.REFERRED, State.SURVEYED, permission=may(ES, SS), custom={"label": _("收回转报"), "rare": True}
    )  # fmt: skip
    def take_back(self) -> None:
        """The body refuses: the nature is judged anew."""

    @transition(
        state, State.REFERRED, State.CANCELLED, conditions=[has_no_rework_open, has_cancel_reason],
        permission=service_supervisor, custom={"label": _("消单"), "rare": True},
    )  # fmt: skip
    @transition(
        state,
        BEFORE_ORDER,
        State.CANCELLED,
        conditions=[has_no_rework_open, has_cancel_reason],
        permission=front_desk,
        custom={"label": _("消单"), "rare": True},
    )
    def cancel(self) -> None:
        """C.1, 3.1-2."""

    @transition(
        state,
        State.ORDERED,
        State.CANCELLED,
        conditions=[has_no_rework_open, has_cancel_reason, has_no_accepted_slip],
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

    @transition(state, OPEN, None, permission=desk_and_night, custom={"label": _("修改登记"), "rare": True})
    def amend(self) -> None:
        """5.1.1: a slip of the pen; judgements have steps of their own."""
