"""The conditions of the steps of a slip, each with the sentence shown while it fails."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.lifecycle import guard
from tickets.conditions import is_paid_up
from workorders.states import Bearer, Kind


@guard(_("三联还不全在维修人手里。"), asked=True)
def has_all_copies_out(slip: Any) -> bool:
    """5.5.1-4: the three copies are handed to the performer together."""
    return bool(slip.copies_with_performer)


@guard(_("还没领单，不能记到场。"))
def was_on_site_at_issue(slip: Any) -> bool:
    """Urgent work whose performer never left the site: the sheets follow."""
    return bool(slip.performer_on_site)


@guard(_("写维修情况。"), asked=True)
def has_work(slip: Any) -> bool:
    """5.5.1-7: what was done stands on the slip."""
    return len(slip.work.strip()) >= 2


@guard(_("客户提供的材料还没有检查名称、数量和外观。"))
def has_inspected_customer_parts(slip: Any) -> bool:
    """5.5.1-5."""
    return all(part.is_inspected for part in slip.part_rows if part.source == "customer")


@guard(_("有检查不合格的客户材料：换一件、改用公司材料或由客户撤下。"))
def has_no_failed_part(slip: Any) -> bool:
    """G6: work with a failed part may not be finished."""
    return all(part.passed for part in slip.part_rows if part.source == "customer")


@guard(_("维保单不列价，用料写在维修内容里。"))
def takes_parts(slip: Any) -> bool:
    """A.3: materials of a warranty slip are words without prices."""
    return bool(slip.kind != Kind.WARRANTY)


@guard(_("逐项填用料，或选“无”。"), asked=True)
def has_parts_or_none(slip: Any) -> bool:
    """5.5.3-3: a facility slip lists its parts, or says there were none."""
    return slip.kind != Kind.FACILITY or slip.no_parts or bool(slip.part_rows)


@guard(_("维保单不写价格，也不收费。"))
def has_no_price(slip: Any) -> bool:
    """A.3: no money on a warranty slip."""
    return slip.kind != Kind.WARRANTY or all(part.price == 0 for part in slip.part_rows)


@guard(_("公司提供的材料要填齐名称、规格、型号、数量和单价。"))
def has_five_items(slip: Any) -> bool:
    """5.5.1-6."""
    return slip.kind == Kind.WARRANTY or all(part.has_five_items for part in slip.part_rows if part.source == "company")


@guard(_("公司提供的材料还没有请客户当面验证。"))
def has_verified_parts(slip: Any) -> bool:
    """5.5.1-6."""
    shown = slip.kind == Kind.DISPATCH
    return not shown or all(p.verified_at for p in slip.part_rows if p.source == "company" and not p.withdrawn)


@guard(_("用料超过报价，先报增项并经客户认可。"))
def is_within_quote(slip: Any) -> bool:
    """G4: more than quoted, over all slips of the ticket, waits for an accepted revision."""
    return slip.free or bool(slip.used_materials + slip.used_elsewhere <= slip.quoted_materials)


@guard(_("报价里有材料没有列用料：列上，或确认“未用，不收”。"), asked=True)
def has_accounted_for_materials(slip: Any) -> bool:
    """G4: what was quoted and is not listed falls off the charge; whoever finishes says so."""
    return bool(slip.unused_confirmed) or not slip.unlisted_materials


@guard(_("满 ¥500.00，协议签字并收齐预付款后才能完工。"))
def is_ticket_paid_up(slip: Any) -> bool:
    """5.2.2-1c, G5."""
    return slip.kind != Kind.DISPATCH or is_paid_up(slip.ticket)


@guard(_("增项报价还在等客户答复。"))
def has_no_revision(slip: Any) -> bool:
    """G4."""
    return not slip.ticket.revision_pending


@guard(_("维修人还没有签字。"), asked=True)
def has_performer_signature(slip: Any) -> bool:
    """A.2."""
    return slip.performer_role in slip.signed_by


@guard(_("客户还没有签字。"), asked=True)
def has_customer_signature(slip: Any) -> bool:
    """5.5.1-7, 5.5.2-5."""
    return "customer" not in slip.signatories or "customer" in slip.signed_by


@guard(_("工程主管还没有现场验收签字。"), asked=True)
def has_engineering_signature(slip: Any) -> bool:
    """5.5.2-5, 5.5.3-3."""
    return "engineering" not in slip.signatories or "engineering" in slip.signed_by


@guard(_("公共维修没有客户签字，由工程主管验收。"))
def has_a_customer(slip: Any) -> bool:
    """5.5.3-3: no customer's signature on a facility slip."""
    return "customer" in slip.signatories


@guard(_("派工单由客户验收签字，工程主管不代签。"))
def has_a_countersignature(slip: Any) -> bool:
    """5.5.2-5, 5.5.3-3: engineering signs warranty and facility slips."""
    return "engineering" in slip.signatories


@guard(_("这位工程主管已签过。"))
def is_not_countersigned(slip: Any) -> bool:
    return "engineering" not in slip.signed_by


@guard(_("拒签要写明原因，并有完工人以外的见证人。"), asked=True)
def has_witness(slip: Any) -> bool:
    """lives.md §4: refused to sign: reason, and a witness who did not do the work."""
    return bool(slip.refused_because and slip.refused_witness_id and slip.refused_witness_id != slip.finished_by_id)


@guard(_("专项维修资金要有批准文号，责任人承担要写明责任人。"), asked=True)
def has_bearer(slip: Any) -> bool:
    """5.2.2-2: who bears the cost; the fund only with its approval number."""
    if slip.bearer == Bearer.FUND:
        return bool(slip.approval_number.strip())
    return bool(slip.bearer) and (slip.bearer != Bearer.LIABLE or bool(slip.liable_person.strip()))


@guard(_("只有公共维修单改费用承担。"))
def is_facility(slip: Any) -> bool:
    """5.2.2-2: who bears the cost is a matter of public work."""
    return bool(slip.kind == Kind.FACILITY)


@guard(_("选验收意见：满意或合格。"), asked=True)
def has_good_opinion(slip: Any) -> bool:
    """5.5.1-7: 不合格 is recorded and is no acceptance."""
    return "customer" not in slip.signatories or slip.opinion in {"satisfied", "passed"} or bool(slip.refused_because)


@guard(_("单据内容在完工后被改动，退回重新完工。"))
def is_unchanged(slip: Any) -> bool:
    """What was finished is frozen by its hash."""
    return bool(slip.content_hash == slip.content_digest())


@guard(_("作废要写原因。"), asked=True)
def has_void_reason(slip: Any) -> bool:
    """G15."""
    return bool(slip.void_reason.strip())
