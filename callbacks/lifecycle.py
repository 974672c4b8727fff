"""The lives of a callback, a correction and a complaint (SOP 5.5.1-9, 2-1, 3.1, 3.2; lives.md §7)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from core.lifecycle import Lifecycle, StateField, guard
from people.roles import ES, FD, SS, TE, Permission, Role, front_desk, may, service_supervisor


class CallbackState(models.TextChoices):
    """One caller in one round."""

    DUE = "due", _("待回访")
    SATISFIED = "satisfied", _("满意")
    UNSATISFIED = "unsatisfied", _("不满意")
    TOLD = "told", _("已统一告知")
    EXHAUSTED = "exhausted", _("三次未接通")


class CorrectionState(models.TextChoices):
    """What was not good is put right, and called back again."""

    RAISED = "raised", _("待指派")
    ASSIGNED = "assigned", _("纠正中")
    CORRECTED = "corrected", _("待再次回访")
    VERIFIED = "verified", _("已纠正")
    WITHDRAWN = "withdrawn", _("已撤销")


class ByDepartment(Permission):
    """Engineering's correction is engineering's to take on, the desk's the desk's (lives.md §7)."""

    def __init__(self, *, engineering: Permission, desk: Permission) -> None:
        self.of = {"engineering": engineering, "desk": desk}
        own = (*engineering.own, *desk.own)
        super().__init__(*(role for role in Role if role in {*engineering.roles, *desk.roles}), own=own)

    def __call__(self, record: Any, by: Any) -> bool:
        return self.of[record.department](record, by)


assigners = ByDepartment(engineering=may(SS, ES), desk=may(SS))
correctors = ByDepartment(engineering=Permission(ES, own=(TE,)), desk=may(FD, SS))


class ComplaintState(models.TextChoices):
    """A complaint has an owner, an answer by a promised time, and ends with the complainant's own word."""

    RECORDED = "recorded", _("待受理")
    OWNED = "owned", _("处理中")
    ANSWERED = "answered", _("待投诉人确认")
    CLOSED = "closed", _("已办结")
    WITHDRAWN = "withdrawn", _("已撤销")


@guard(_("不满意要写客户意见。"), asked=True)
def has_opinion(callback: Any) -> bool:
    """A.5: the opinion is required when not satisfied."""
    return bool(callback.opinion.strip())


@guard(_("要满三次、分两天、间隔 2 小时以上。"))
def has_three_valid_attempts(callback: Any) -> bool:
    """G7: three attempts on at least two days, at least two hours apart."""
    return bool(callback.valid_attempts >= 3)


@guard(_("写明告知的内容。"), asked=True)
def has_message(callback: Any) -> bool:
    """G13: told by a message that is kept."""
    return callback.message is not None


@guard(_("写明怎样纠正的。"), asked=True)
def has_what_was_done(correction: Any) -> bool:
    """5.5.1-9."""
    return len(correction.done.strip()) >= 2


@guard(_("需上门的纠正，返修单验收后才算完成。"))
def has_rework_accepted(correction: Any) -> bool:
    """lives.md §7: a visit has its rework slip accepted."""
    return not correction.needs_visit or bool(correction.rework_accepted)


@guard(_("核实满意的人不能是纠正人。"))
def is_not_by_corrector(correction: Any) -> bool:
    """trust.md §3: corrector ≠ verifier."""
    return correction.verified_by_id is None or correction.verified_by_id != correction.corrected_by_id


@guard(_("客户还能问到，回访满意才算纠正。"))
def has_nobody_left_to_ask(correction: Any) -> bool:
    """lives.md §7: the supervisor's own word counts only where no caller's can be had."""
    return not correction.asked.callers_left


@guard(_("写明答复，并选处理结论。"), asked=True)
def has_answer(complaint: Any) -> bool:
    """lives.md §7: answer text and outcome."""
    return len(complaint.reply.strip()) >= 2 and bool(complaint.outcome)


@guard(_("写明投诉人怎么说。"), asked=True)
def has_the_complainants_word(complaint: Any) -> bool:
    """lives.md §7: closed, or taken up again, on the complainant's word alone."""
    return bool(complaint.word.strip())


class CallbackLifecycle(Lifecycle):
    state = StateField(default=CallbackState.DUE, choices=CallbackState.choices, protected=True, editable=False)

    class Meta:
        abstract = True

    @transition(state, CallbackState.DUE, None, permission=front_desk, custom={"label": _("未接通")})
    def attempt(self) -> None:
        """A.5."""

    @transition(state, CallbackState.DUE, CallbackState.SATISFIED, permission=front_desk, custom={"label": _("满意")})
    def answer_satisfied(self) -> None:
        """5.5.1-9."""

    @transition(
        state,
        CallbackState.DUE,
        CallbackState.UNSATISFIED,
        conditions=[has_opinion],
        permission=front_desk,
        custom={"label": _("不满意")},
    )
    def answer_unsatisfied(self) -> None:
        """5.5.1-9: raises a correction in the same action."""

    @transition(
        state, CallbackState.DUE, CallbackState.TOLD, conditions=[has_message], permission=front_desk,
        custom={"label": _("统一告知")},
    )  # fmt: skip
    def tell(self) -> None:
        """G13: one group message to the callers that were merged."""

    @transition(
        state, CallbackState.DUE, CallbackState.EXHAUSTED, conditions=[has_three_valid_attempts], custom={"auto": True}
    )
    def exhaust(self) -> None:
        """G7."""


class CorrectionLifecycle(Lifecycle):
    state = StateField(default=CorrectionState.RAISED, choices=CorrectionState.choices, protected=True, editable=False)

    class Meta:
        abstract = True

    @transition(
        state, CorrectionState.RAISED, CorrectionState.ASSIGNED, permission=assigners, custom={"label": _("指派纠正")}
    )
    def assign(self) -> None:
        """5.5.1-9: to the responsible department's person."""

    @transition(
        state, CorrectionState.ASSIGNED, CorrectionState.CORRECTED, conditions=[has_what_was_done, has_rework_accepted],
        permission=correctors, custom={"label": _("登记纠正结果")},
    )  # fmt: skip
    def correct(self) -> None:
        """5.5.1-9: called back again afterwards."""

    @transition(
        state, [CorrectionState.RAISED, CorrectionState.ASSIGNED], CorrectionState.CORRECTED,
        conditions=[has_what_was_done, has_rework_accepted], custom={"auto": True},
    )  # fmt: skip
    def correct_by_rework(self) -> None:
        """2-1: the slip of the rework was accepted."""

    @transition(
        state,
        CorrectionState.CORRECTED,
        CorrectionState.VERIFIED,
        conditions=[is_not_by_corrector],
        custom={"auto": True},
    )
    def verify(self) -> None:
        """5.5.1-9: the second callback was answered 满意."""

    @transition(
        state,
        CorrectionState.CORRECTED,
        CorrectionState.VERIFIED,
        conditions=[has_nobody_left_to_ask, is_not_by_corrector],
        permission=service_supervisor,
        custom={"label": _("核实纠正")},
    )
    def verify_unreached(self) -> None:
        """5.5.1-9: nobody to call, or three times not reached."""

    @transition(state, CorrectionState.CORRECTED, CorrectionState.ASSIGNED, custom={"auto": True})
    def send_back(self) -> None:
        """Not satisfied again: the clock goes on, no second row."""

    @transition(
        state,
        [CorrectionState.RAISED, CorrectionState.ASSIGNED],
        CorrectionState.WITHDRAWN,
        permission=service_supervisor,
        custom={"label": _("撤销纠正"), "rare": True},
    )
    def withdraw(self) -> None:
        """With a reason; the number is kept."""


class ComplaintLifecycle(Lifecycle):
    state = StateField(default=ComplaintState.RECORDED, choices=ComplaintState.choices, protected=True, editable=False)

    class Meta:
        abstract = True

    @transition(
        state,
        ComplaintState.RECORDED,
        ComplaintState.OWNED,
        permission=service_supervisor,
        custom={"label": _("受理投诉")},
    )
    def own(self) -> None:
        """3.2: the service supervisor takes it on."""

    @transition(
        state,
        ComplaintState.OWNED,
        ComplaintState.ANSWERED,
        conditions=[has_answer],
        permission=service_supervisor,
        custom={"label": _("答复投诉")},
    )
    def answer(self) -> None:
        """3.1-2: the promise is met by the answer."""

    @transition(
        state,
        ComplaintState.ANSWERED,
        ComplaintState.CLOSED,
        conditions=[has_the_complainants_word],
        permission=service_supervisor,
        custom={"label": _("办结投诉")},
    )
    def close(self) -> None:
        """3.1-2: the complainant is content."""

    @transition(
        state,
        ComplaintState.ANSWERED,
        ComplaintState.OWNED,
        conditions=[has_the_complainants_word],
        permission=service_supervisor,
        custom={"label": _("退回再办")},
    )
    def not_content(self) -> None:
        """3.1-2: he is not; the promise begins again."""

    @transition(
        state,
        [ComplaintState.RECORDED, ComplaintState.OWNED],
        ComplaintState.WITHDRAWN,
        permission=service_supervisor,
        custom={"label": _("撤销投诉"), "rare": True},
    )
    def withdraw(self) -> None:
        """With a reason; the number is kept."""


raise_correction_by = may(FD, SS, ES)
record_complaint_by = front_desk
