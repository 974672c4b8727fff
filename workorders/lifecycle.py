"""The life of a slip (SOP 5.5.1-4 to -9, 5.5.2-4, -5, 5.5.3-3): states, steps and who may."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from core.lifecycle import Lifecycle, StateField
from people.roles import ES, FD, MG, SS, TE, Permission, may, performer, service_supervisor, who_came
from workorders.conditions import (
    has_a_countersignature,
    has_a_customer,
    has_accounted_for_materials,
    has_all_copies_out,
    has_bearer,
    has_customer_signature,
    has_engineering_signature,
    has_five_items,
    has_good_opinion,
    has_inspected_customer_parts,
    has_no_failed_part,
    has_no_price,
    has_no_revision,
    has_parts_or_none,
    has_performer_signature,
    has_verified_parts,
    has_void_reason,
    has_witness,
    has_work,
    is_facility,
    is_not_countersigned,
    is_ticket_paid_up,
    is_unchanged,
    is_within_quote,
    takes_parts,
    was_on_site_at_issue,
)
from workorders.states import OPEN_SLIP, SlipState


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
        permission=who_came,
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
        conditions=[takes_parts],
        permission=performer,
        custom={"label": _("填配件"), "needs": "parts"},
    )
    def list_parts(self) -> None:
        """5.5.1-5, -6."""

    @transition(
        state, SlipState.ARRIVED, SlipState.FINISHED,
        conditions=[has_work, has_parts_or_none, has_no_price, has_five_items, has_inspected_customer_parts, has_no_failed_part, has_verified_parts, has_no_revision,
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
        custom={"label": _("验收不合格"), "rare": True, "needs": "rejectable"},
    )
    def reject(self) -> None:
        """A.2: signed 不合格; the work goes on."""

    @transition(
        state, SlipState.FINISHED, SlipState.ACCEPTED,
        conditions=[has_good_opinion, has_customer_signature, has_engineering_signature, is_unchanged],
        permission=Permission(FD, SS, own=(TE,)), custom={"label": _("登记客户验收"), "needs": "customer_signs"},
    )  # fmt: skip
    def accept(self) -> None:
        """5.5.1-7."""

    @transition(
        state,
        SlipState.FINISHED,
        SlipState.ACCEPTED,
        conditions=[has_good_opinion, has_customer_signature, has_engineering_signature, is_unchanged],
        custom={"auto": True},
    )
    def accept_countersigned(self) -> None:
        """5.5.2-5, 5.5.3-3: the supervisor's was the last signature it needed."""

    @transition(state, SlipState.FINISHED, None, conditions=[is_unchanged], custom={"auto": True})
    def sign_first(self) -> None:
        """5.5.2-5: one of the two who must sign has signed; the slip waits for the other."""

    @transition(
        state, SlipState.FINISHED, None, conditions=[has_a_countersignature, is_not_countersigned, is_unchanged],
        permission=Permission(ES, MG), custom={"label": _("工程主管验收"), "needs": "engineering_signs"},
    )  # fmt: skip
    def countersign(self) -> None:
        """5.5.2-5, 5.5.3-3: on site, by somebody who did not finish it."""

    @transition(
        state, SlipState.FINISHED, None, conditions=[has_a_customer, has_witness, is_unchanged],
        permission=Permission(FD, SS, own=(TE,)), custom={"label": _("客户拒签"), "rare": True, "needs": "customer_signs"},
    )  # fmt: skip
    def refuse_to_sign(self) -> None:
        """The reason and a witness; the service supervisor confirms, the callback is obligatory."""

    @transition(
        state, SlipState.FINISHED, None, conditions=[has_a_customer, has_witness, is_unchanged],
        permission=service_supervisor, custom={"label": _("确认拒签"), "needs": "refused"},
    )  # fmt: skip
    def confirm_refusal(self) -> None:
        """It counts as accepted though the customer did not sign."""

    @transition(
        state, [SlipState.ACCEPTED, SlipState.RETURNED], None, conditions=[is_facility, has_bearer],
        permission=may(FD, SS), custom={"label": _("改费用承担"), "needs": "facility", "rare": True},
    )  # fmt: skip
    def change_bearer(self) -> None:
        """Urgent work paid by the company first, then by the fund with its approval number, before filing."""

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
