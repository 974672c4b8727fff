"""The conditions of the steps of a repair request, each with the sentence shown while it fails."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.lifecycle import guard
from core.money import AGREEMENT_FROM, ZERO
from tickets.states import FINAL, UNDERWAY, WARRANTY_NATURES, Nature, Rework, State, Urgency


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


@guard(_("先告知客户：以现场核实为准。"), asked=True)
def has_told_customer(ticket: Any) -> bool:
    """5.5.1-2: judged by description, the customer knows that the site decides."""
    return bool(ticket.customer_told)


@guard(_("核实结论还没有填：性质、工种和工程量。"), asked=True)
def has_survey(ticket: Any) -> bool:
    """5.5.1-2: nature, trade and quantities are reported back to the desk."""
    return bool(ticket.nature and ticket.trade_id)


@guard(_("这件不是有偿家庭报修，不报价。"))
def is_paid_home(ticket: Any) -> bool:
    """5.2.2-1: only the customer's own repairs are quoted."""
    return bool(ticket.nature == Nature.PAID_HOME)


@guard(_("先到场，再填核实结果；只有验房的问题可以直接核实。"))
def is_inspection_line(ticket: Any) -> bool:
    """5.3.3: technician or supervisor stood by when the defect was written down, so it may be judged without a visit."""
    return bool(ticket.inspection_id)


@guard(_("性质待定，由客服主管先定交付日或性质。"))
def is_determined(ticket: Any) -> bool:
    """G10: an undetermined nature blocks every slip."""
    return bool(ticket.nature and ticket.nature != Nature.UNDETERMINED)


def is_overruled(ticket: Any) -> bool:
    """G20: the customer was told something else at registration than the survey found, and does not know it yet."""
    if ticket.place != "home" or not ticket.has_caller or ticket.told_of_judgement_at:
        return False
    agreed = ticket.nature == Nature.PAID_HOME and ticket.state in {State.ACCEPTED, State.PREPAID, State.ORDERED}
    return bool(ticket.nature not in {"", Nature.UNDETERMINED, ticket.nature_guess} and not agreed)


@guard(_("核实改了登记时的判断，先告知客户。"))
def has_told_of_judgement(ticket: Any) -> bool:
    """G20: the desk tells the customer before any paper; who accepted a price knows it."""
    return not is_overruled(ticket)


@guard(_("市政设施不开单，转报市政单位。"))
def is_ours(ticket: Any) -> bool:
    """5.5.3-5: municipal work is referred, no slip goes out."""
    return bool(ticket.nature != Nature.MUNICIPAL)


@guard(_("交付日或竣工验收日不明，先补上日期。"))
def has_start_day(ticket: Any) -> bool:
    """G10: no warranty slip while the day the term runs from is unknown."""
    return bool(ticket.kind_of_slip != "warranty" or ticket.warranty_state != "undetermined")


@guard(_("先通知原施工单位，再开维保单。"))
def has_notified_builder(ticket: Any) -> bool:
    """5.5.2-3: the builder is notified before the warranty slip is written."""
    return bool(ticket.kind_of_slip != "warranty" or ticket.builder_notified_at)


@guard(_("这件不在质保期内，或已由我方代修。"))
def is_the_builders(ticket: Any) -> bool:
    """5.5.2-3: only warranty work that own people have not taken over."""
    return bool(ticket.nature in WARRANTY_NATURES and not ticket.taken_over)


@guard(_("这件不在质保期内。"))
def is_in_warranty(ticket: Any) -> bool:
    """5.2.1: warranty work by nature, whoever does it."""
    return bool(ticket.nature in WARRANTY_NATURES)


@guard(_("先通知原施工单位；拒修、不来或情况紧急时才由我方代修。"))
def may_be_taken_over(ticket: Any) -> bool:
    """G9: after a notice went unanswered or was refused; urgent work at once."""
    return bool(ticket.builder_notified_at or ticket.urgency == Urgency.URGENT)


@guard(_("性质不是市政，不能转报。"), asked=True)
def is_municipal(ticket: Any) -> bool:
    """5.5.3-5: judged municipal, on site or by the supervisor."""
    return bool(ticket.nature == Nature.MUNICIPAL)


@guard(_("急修先做应急处置，再转报。"), asked=True)
def is_safe_meanwhile(ticket: Any) -> bool:
    """A.9: urgent municipal trouble is made safe while the body is on its way."""
    return bool(ticket.urgency != Urgency.URGENT or ticket.made_safe_at)


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


@guard(_("客户对性质有异议，先由客服主管改判。"))
def has_no_objection(ticket: Any) -> bool:
    """G20: no price and no slip while the judgement is contested."""
    return ticket.objected_at is None


@guard(_("选还没结束的、同一小区的另一件报修。"), asked=True)
def has_open_survivor(ticket: Any) -> bool:
    """G13: a duplicate is merged into a repair of the same estate that is still open."""
    other = ticket.merged_into
    return bool(
        other and other.pk != ticket.pk and other.community_id == ticket.community_id and other.state not in FINAL
    )


@guard(_("有未清的款项，先收清或退还，再合并。"))
def has_no_money(ticket: Any) -> bool:
    """C.1: what a repair owes or is owed does not go over to another."""
    return bool(ticket.balance == ZERO)


@guard(_("已通知施工单位，不能并到别件；把另一件并进来。"))
def has_no_notice(ticket: Any) -> bool:
    """5.5.2-3: the builder answers to the repair he was notified of."""
    return ticket.builder_notified_at is None


@guard(_("选修好过的、同一处的一件报修。"), asked=True)
def has_earlier_repair(ticket: Any) -> bool:
    """2-1: a rework names the completed repair that it redoes."""
    earlier = ticket.rework_of
    return bool(earlier and earlier.completed_at and earlier.pk != ticket.pk)


@guard(_("先由主管判定是不是返修。"))
def has_rework_judged(ticket: Any) -> bool:
    """2-1: whether a rework is paid is known before a price is said or a slip goes out."""
    return not ticket.rework_of_id or bool(ticket.rework_judged)


@guard(_("已确认返修，不收费，直接开返修单。"))
def is_charged(ticket: Any) -> bool:
    """2-1: what redoes an earlier repair is free."""
    return bool(ticket.rework_judged != Rework.CONFIRMED)


@guard(_("返修已确认，先撤销它的纠正单。"))
def has_no_rework_open(ticket: Any) -> bool:
    """2-1: the correction of the earlier repair would be left with nobody who puts it right."""
    return bool(ticket.rework_judged != Rework.CONFIRMED)
