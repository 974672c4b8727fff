"""Signatures and the customer's opinion (5.5.1-7): accepted, rejected, taken back."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from core import clock
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from people.models import User
from people.queries import supervisors
from people.roles import ES, TE
from tickets import actions as tickets
from tickets import telling
from tickets.states import OPEN
from workorders import custody, sla
from workorders.conditions import has_a_customer
from workorders.models import Copy, Holder, Signature, Slip
from workorders.states import OPEN_SLIP

Strokes = list[list[list[float]]]


def sign(
    slip: Slip,
    role: str,
    *,
    name: str,
    strokes: Strokes | None,
    seen_by: User,
    at: dt.datetime,
    content: str,
    opinion: str = "",
) -> Signature:
    """A signature on this content; without strokes it stands on the paper and says who saw it."""
    row = Signature.objects.create(
        slip=slip,
        role=role,
        name=name,
        strokes=strokes or [],
        on_paper=not strokes,
        seen_by=seen_by,
        at=at,
        content_hash=content,
        opinion=opinion,
    )
    slip.fresh()
    return row


def whose(slip: Slip, by: User, on_behalf_of: User | None) -> User | None:
    """Whose fact it is: a technician's as told at the desk; of a builder's work whoever of the house saw it (lives.md, *told*)."""
    if not slip.builder_id:
        return telling.told(slip.ticket, by, on_behalf_of)
    return on_behalf_of if on_behalf_of and on_behalf_of.pk != by.pk else None


@action
def unfinish(slip: Slip, *, by: User, because: str, at: dt.datetime | None = None) -> None:
    """Take a finish back before any acceptance, with a reason; the old due time runs again."""
    at = at or clock.now()
    if slip.finished_by_id != by.pk and not by.may(ES, within=slip.community_id):
        raise Forbidden("unfinish", (ES, TE))
    if not because.strip():
        raise Refusal(_("退回要写原因。"))
    slip.advance(slip.unfinish, by=by, at=at, remark=because, content_hash="")
    slip.signatures.update(dropped=True)
    slip.fresh()
    sla.reopened(slip, at=at)
    custody.push_paper(slip)


@action
def reject(
    slip: Slip,
    *,
    by: User,
    name: str,
    words: str,
    strokes: Strokes | None = None,
    on_behalf_of: User | None = None,
    at: dt.datetime | None = None,
) -> None:
    """The customer, or the engineering supervisor on site, signs 不合格 (A.2): no acceptance; the other's falls, the work goes on."""
    at = fact_time(slip, at)
    if not words.strip():
        raise Refusal(_("写明哪里不合格。"))
    supervisor = "customer" not in slip.signatories or name == by.name
    role = Signature.Role.ENGINEERING if supervisor else Signature.Role.CUSTOMER
    failed = Slip.Opinion.FAILED
    sign(slip, role, name=name, strokes=strokes, seen_by=by, at=at, content=slip.content_hash, opinion=failed)
    person = None if supervisor else whose(slip, by, on_behalf_of)
    slip.advance(
        slip.reject,
        by=by,
        at=at,
        on_behalf_of=person,
        content_hash="",
        remark=words,
        refused_because="",
        refused_witness=None,
    )
    slip.signatures.update(dropped=True)
    slip.fresh()
    sla.reopened(slip, at=at)
    custody.push_paper(slip)


@action
def accept(
    slip: Slip,
    *,
    by: User,
    name: str,
    opinion: str,
    words: str = "",
    strokes: Strokes | None = None,
    at: dt.datetime | None = None,
) -> None:
    """The customer's opinion and signature (5.5.1-7, 5.5.2-5). The plain half of billing's accept."""
    at = fact_time(slip, at)
    if opinion == Slip.Opinion.FAILED:
        raise Refusal(_("不合格不是验收，用“验收不合格”。"))
    if Signature.Role.CUSTOMER not in slip.signatories:
        raise Refusal(str(has_a_customer.sentence))
    if not strokes and _is_away_from_performer(slip) and not _home_again(slip):
        raise Refusal(_("客户在纸单上签字，三联须先在维修人手里。"))
    slip.fresh()
    if Signature.Role.CUSTOMER in slip.signed_by:
        raise Refusal(_("客户已签过。"))
    role = Signature.Role.CUSTOMER
    sign(slip, role, name=name, strokes=strokes, seen_by=by, at=at, content=slip.content_hash, opinion=opinion)
    slip.opinion, slip.opinion_text = opinion, words
    last_signature(slip, by=by, at=at, opinion=opinion, opinion_text=words)


@action
def countersign(
    slip: Slip,
    *,
    by: User,
    opinion: str,
    words: str = "",
    strokes: Strokes | None = None,
    at: dt.datetime | None = None,
) -> None:
    """The engineering supervisor looks at it on site and signs (5.5.2-5, 5.5.3-3). The plain half of billing's countersign."""
    at = fact_time(slip, at)
    if by.pk in {slip.finished_by_id, slip.technician_id}:
        raise Refusal(_("完工人不能自己验收，由另一位工程主管或经理验收。"))
    if opinion == Slip.Opinion.FAILED:
        raise Refusal(_("不合格不是验收，用“验收不合格”。"))
    if not by.may(ES, within=slip.community_id) and another_supervisor(slip):
        raise Refusal(_("由工程主管验收；经理只在没有别的工程主管时代验。"))
    slip.fresh()
    slip.advance(slip.countersign, by=by, at=at, inspection_opinion=opinion, inspection=words)
    role = Signature.Role.ENGINEERING
    sign(slip, role, name=by.name, strokes=strokes, seen_by=by, at=at, content=slip.content_hash, opinion=opinion)
    if not slip.signatories - slip.signed_by:
        last_signature(slip, by=by, at=at)


def another_supervisor(slip: Slip) -> bool:
    """Is there an engineering supervisor of the estate who did not finish the work?"""
    return supervisors(slip.community_id).exclude(pk__in=[slip.finished_by_id or 0, slip.technician_id]).exists()


@action
def refuse_to_sign(slip: Slip, *, by: User, because: str, witness: User, at: dt.datetime | None = None) -> None:
    """The customer will not sign (lives.md §4): why, and who was there. Counts once the service supervisor confirms it."""
    at = fact_time(slip, at)
    slip.advance(
        slip.refuse_to_sign, by=by, at=at, remark=because, refused_because=because.strip(), refused_witness=witness
    )


@action
def confirm_refusal(slip: Slip, *, by: User, at: dt.datetime | None = None) -> None:
    """The service supervisor accepts the refusal in the customer's place; the callback is obligatory."""
    at = fact_time(slip, at)
    if by.pk in {slip.finished_by_id, slip.refused_witness_id}:
        raise Refusal(_("完工人和见证人不能确认拒签。"))
    slip.fresh()
    slip.advance(slip.confirm_refusal, by=by, at=at)
    row = sign(
        slip, Signature.Role.CUSTOMER, name=slip.ticket.reporter_name, strokes=None, seen_by=by, at=at, content=slip.content_hash
    )  # fmt: skip
    row.refused = True
    row.save(update_fields=["refused"])
    last_signature(slip, by=by, at=at)


def last_signature(slip: Slip, *, by: User, at: dt.datetime, **facts: Any) -> None:
    """Accepted with the last signature its kind requires; until then the slip waits for the other (5.5.2-5)."""
    if slip.signatories - slip.signed_by:
        slip.advance(slip.sign_first, by=by, at=at, **facts)
        sla.awaits_engineering(slip, at=at)
        return
    step = slip.accept if facts else slip.accept_countersigned
    slip.advance(step, by=by, at=at, accepted_at=at, **facts)
    sla.accepted(slip, at=at)
    custody.after_move(slip, by=by, at=at)
    complete_if_last(slip, by=by, at=at)


def _is_away_from_performer(slip: Slip) -> bool:
    if slip.builder_id:
        return slip.copies.exclude(holder=Holder.BUILDER).exists()
    return slip.copies.exclude(holder=Holder.TECHNICIAN, person=slip.technician).exists()


def _home_again(slip: Slip) -> bool:
    """Signed sheets that were brought back before the desk wrote it down: they were with the performer after collecting."""
    known = [Holder.DESK, Holder.TECHNICIAN, Holder.BUILDER]
    return not Copy.objects.filter(slip=slip).exclude(holder__in=known).exists() and slip.collected_at is not None


@action
def change_bearer(
    slip: Slip,
    *,
    by: User,
    bearer: str,
    liable_person: str = "",
    approval_number: str = "",
    at: dt.datetime | None = None,
) -> None:
    """Another bearer before filing: urgent work the company paid first goes to the fund with its approval number (decisions.md)."""
    at = at or clock.now()
    slip.advance(
        slip.change_bearer, by=by, at=at, bearer=bearer, liable_person=liable_person, approval_number=approval_number
    )


def complete_if_last(slip: Slip, *, by: User, at: dt.datetime) -> None:
    """The last open slip is done: the ticket is completed."""
    ticket = slip.ticket
    if not ticket.slips.filter(state__in=OPEN_SLIP).exists() and ticket.state == "ordered":
        tickets.complete(ticket, by=by, at=at)


def fact_time(slip: Slip, at: dt.datetime | None) -> dt.datetime:
    """As telling.fact_time, against the slip's last step."""
    moment = telling.fact_time_after(slip.since, at)
    if slip.state not in {*OPEN_SLIP} and slip.ticket.state not in OPEN:
        raise Refusal(_("这张单已结束。"))
    return moment
