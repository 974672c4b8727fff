"""The life of a slip (SOP 5.5.1-4 to -9): states, steps, guards and who may."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from core.lifecycle import Lifecycle, StateField, guard
from people.roles import ES, FD, SS, TE, Permission, may, performer, service_supervisor
from tickets.conditions import is_paid_up


class SlipState(models.TextChoices):
    """Where a slip is."""

    ISSUED = "issued", _("待领单")
    COLLECTED = "collected", _("已领单")
    ARRIVED = "arrived", _("在修")
    FINISHED = "finished", _("待验收")
    ACCEPTED = "accepted", _("已验收")
    RETURNED = "returned", _("已返单")
    FILED = "filed", _("已存档")
    VOIDED = "voided", _("已作废")


class Kind(models.TextChoices):
    """Which paper goes out: kind follows nature and performer (lives.md §4)."""

    DISPATCH = "dispatch", _("维修派工单")
    WARRANTY = "warranty", _("维保单")
    FACILITY = "facility", _("公共设施设备安装/维修单")


OPEN_SLIP = [SlipState.ISSUED, SlipState.COLLECTED, SlipState.ARRIVED, SlipState.FINISHED]
DONE_SLIP = [SlipState.ACCEPTED, SlipState.RETURNED, SlipState.FILED]


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


@guard(_("公司提供的材料要填齐名称、规格、型号、数量和单价。"))
def has_five_items(slip: Any) -> bool:
    """5.5.1-6."""
    return all(part.has_five_items for part in slip.part_rows if part.source == "company")


@guard(_("公司提供的材料还没有请客户当面验证。"))
def has_verified_parts(slip: Any) -> bool:
    """5.5.1-6."""
    return all(part.verified_at for part in slip.part_rows if part.source == "company" and not part.withdrawn)


@guard(_("用料超过报价，先报增项并经客户认可。"))
def is_within_quote(slip: Any) -> bool:
    """G4: more than quoted, over all slips of the ticket, waits for an accepted revision."""
    return slip.rework or bool(slip.used_materials + slip.used_elsewhere <= slip.quoted_materials)


@guard(_("报价里有材料没有列用料：列上，或确认“未用，不收”。"), asked=True)
def has_accounted_for_materials(slip: Any) -> bool:
    """G4: what was quoted and is not listed falls off the charge; whoever finishes says so."""
    return bool(slip.unused_confirmed) or not slip.unlisted_materials


@guard(_("满 ¥500.00，协议签字并收齐预付款后才能完工。"))
def is_ticket_paid_up(slip: Any) -> bool:
    """5.2.2-1c, G5."""
    return is_paid_up(slip.ticket)


@guard(_("增项报价还在等客户答复。"))
def has_no_revision(slip: Any) -> bool:
    """G4."""
    return not slip.ticket.revision_pending


@guard(_("维修人还没有签字。"), asked=True)
def has_performer_signature(slip: Any) -> bool:
    """A.2."""
    return "technician" in slip.signed_by


@guard(_("客户还没有签字。"), asked=True)
def has_customer_signature(slip: Any) -> bool:
    """5.5.1-7."""
    return "customer" in slip.signed_by


@guard(_("选验收意见：满意或合格。"), asked=True)
def has_good_opinion(slip: Any) -> bool:
    """5.5.1-7: 不合格 is recorded and is no acceptance."""
    return slip.opinion in {"satisfied", "passed"}


@guard(_("单据内容在完工后被改动，退回重新完工。"))
def is_unchanged(slip: Any) -> bool:
    """What was finished is frozen by its hash."""
    return bool(slip.content_hash == slip.content_digest())


@guard(_("作废要写原因。"), asked=True)
def has_void_reason(slip: Any) -> bool:
    """G15."""
    return bool(slip.void_reason.strip())


class SlipLifecycle(Lifecycle):
    """State and steps of a slip."""

    state = StateField(
        default=SlipState.ISSUED, choices=SlipState.choices, protected=True, editable=False, db_index=True
    )

    class Meta:
        abstract = True

    @transition(
        state,
        SlipState.ISSUED,
        SlipState.COLLECTED,
        conditions=[has_all_copies_out],
        permission=Permission(FD, SS, own=(TE,)),
        custom={"label": _("领单")},
    )
    def collect(self) -> None:
        """5.5.1-4."""

    @transition(
        state,
        SlipState.ISSUED,
        SlipState.ARRIVED,
        conditions=[was_on_site_at_issue],
        permission=performer,
        custom={"label": _("记录到场")},
    )
    @transition(state, SlipState.COLLECTED, SlipState.ARRIVED, permission=performer, custom={"label": _("记录到场")})
    def arrive(self) -> None:
        """5.5.1-4."""

    @transition(
        state,
        SlipState.ARRIVED,
        SlipState.COLLECTED,
        permission=performer,
        custom={"label": _("离场未完"), "rare": True},
    )
    def leave(self) -> None:
        """G3: absent, parts awaited, the customer asks, or other; a new window or date follows."""

    @transition(
        state,
        [SlipState.ISSUED, SlipState.COLLECTED, SlipState.ARRIVED],
        None,
        permission=may(FD, SS, ES),
        custom={"label": _("改派"), "rare": True},
    )
    def reassign(self) -> None:
        """The copies pass to the new one; who did what stays."""

    @transition(
        state,
        [SlipState.ISSUED, SlipState.COLLECTED, SlipState.ARRIVED],
        None,
        permission=performer,
        custom={"label": _("填配件")},
    )
    def list_parts(self) -> None:
        """5.5.1-5, -6."""

    @transition(
        state, SlipState.ARRIVED, SlipState.FINISHED,
        conditions=[has_work, has_five_items, has_inspected_customer_parts, has_no_failed_part, has_verified_parts, has_no_revision,
         is_within_quote, has_accounted_for_materials, is_ticket_paid_up, has_performer_signature],
        permission=performer, custom={"label": _("登记完工")},
    )  # fmt: skip
    def finish(self) -> None:
        """5.5.1-5, -6, -7."""

    @transition(
        state,
        SlipState.FINISHED,
        SlipState.ARRIVED,
        permission=Permission(ES, own=(TE,)),
        custom={"label": _("退回完工"), "rare": True},
    )
    def unfinish(self) -> None:
        """Before any acceptance, with a reason."""

    @transition(
        state,
        SlipState.FINISHED,
        SlipState.ARRIVED,
        permission=Permission(ES, own=(TE,), told=(FD, SS)),
        custom={"label": _("验收不合格"), "rare": True},
    )
    def reject(self) -> None:
        """A.2: signed 不合格; the work goes on."""

    @transition(
        state, SlipState.FINISHED, SlipState.ACCEPTED, conditions=[has_good_opinion, has_customer_signature, is_unchanged],
        permission=Permission(FD, SS, own=(TE,)), custom={"label": _("登记客户验收")},
    )  # fmt: skip
    def accept(self) -> None:
        """5.5.1-7."""

    @transition(state, SlipState.ACCEPTED, SlipState.RETURNED, custom={"auto": True})
    def return_slip(self) -> None:
        """5.5.1-8: copies 1 and 2 are at the desk."""

    @transition(state, SlipState.RETURNED, SlipState.FILED, custom={"auto": True})
    def file(self) -> None:
        """5.5.1-9: closed, and copy 3 back at the desk."""

    @transition(
        state,
        OPEN_SLIP,
        SlipState.VOIDED,
        conditions=[has_void_reason],
        permission=service_supervisor,
        custom={"label": _("作废"), "rare": True},
    )
    def void(self) -> None:
        """G15: the number is kept."""
