"""Which steps a person may take on a repair and its papers.

Nothing is restated: names and who may come from the URLconf's step views and the transitions of the records; what is no
transition (papers, money, copies, calls) has its time here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from django.urls import URLPattern, get_resolver

from billing import claims
from billing.claim_lifecycle import ClaimState, is_small_loss
from billing.lifecycle import AgreementState, ApprovalState
from billing.models import Agreement, Approval, Claim
from callbacks.lifecycle import CorrectionState
from callbacks.models import Correction
from core.lifecycle import NextStep
from core.money import AGREEMENT_FROM, ZERO
from desk.way import ISSUES, issue_name, pattern
from people.models import User
from people.roles import SS
from places.safety import scripts_of
from tickets.conditions import is_overruled
from tickets.models import Place, Ticket
from tickets.states import FINAL, Nature, State, Urgency
from tickets.steps import StepView
from workorders import turns
from workorders.models import Notice, Slip
from workorders.states import DONE_SLIP, OPEN_SLIP, SlipState

RARE = {
    "waive",
    "waive_ask",
    "gather",
    "raise_correction",
    "void_agreement",
    "claim_ask",
    "slip_declare_lost",
    "slip_approve_lost",
    "record_complaint",
}


@cache
def registry() -> dict[str, type[StepView]]:
    """Every step that has a page: URL name → its view."""
    found: dict[str, type[StepView]] = {}
    for url in _patterns(get_resolver().url_patterns):
        view = getattr(url.callback, "view_class", None)
        if url.name and isinstance(view, type) and issubclass(view, StepView):
            found[url.name] = view
    return found


def _patterns(entries: Iterable[Any]) -> Iterator[URLPattern]:
    for entry in entries:
        if isinstance(entry, URLPattern):
            yield entry
        else:
            yield from _patterns(entry.url_patterns)


@dataclass
class Offer:
    """A step on offer: URL name, words, address, the sentence that still blocks it, and the record it is taken on."""

    name: str
    label: str
    url: str
    record: Any
    blocked: str | None = None
    rare: bool = False
    page: bool = False


@dataclass
class Papers:
    """What hangs on a ticket and has steps of its own."""

    slips: list[Slip] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    agreements: list[Agreement] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    waived: Decimal = ZERO

    @property
    def notice(self) -> Notice | None:
        """The last one sent."""
        return self.notices[-1] if self.notices else None


def on_offer(ticket: Ticket, papers: Papers, user: User, now: dt.datetime) -> Iterator[Offer]:
    for step in ticket.next_steps(user):
        if is_needed(ticket, step, now) and is_mine(ticket, step, user):
            name = step.custom.get("url", step.name)
            yield from built(issue_name(ticket) or name if name == "issue_slip" else name, ticket.number, ticket, step)
    for slip in papers.slips:
        for step in slip.next_steps(user):
            if turns.is_needed(slip, step.custom.get("needs", ""), user):
                yield from built(f"slip_{step.name}", slip.number, slip, step)
    if papers.notice:
        yield from of_notice(papers.notice, user)
    for agreement in papers.agreements:
        for step in agreement.next_steps(user):
            yield from built(step.name, agreement.pk, agreement, step)
    for correction in papers.corrections:
        for step in correction.next_steps(user):
            yield from built(f"correction_{step.name}", correction.number, correction, step)
    for approval in papers.approvals:
        for step in approval.next_steps(user):
            yield from built(f"approval_{step.name}", approval.pk, approval, step)
    yield from of_claims(papers.claims, papers.approvals, user)
    yield from of_money_and_paper(ticket, papers, user)


def of_notice(notice: Notice, user: User) -> Iterator[Offer]:
    """The builder's answers, as the desk records them."""
    for step in notice.next_steps(user):
        yield from built(f"notice_{step.name}", notice.number, notice, step)


def of_claims(standing: Iterable[Claim], approvals: Iterable[Approval], user: User) -> Iterator[Offer]:
    """Steps of the claims on a builder: what is given up from ¥500.00 is asked of the manager, once at a time (lives.md §6)."""
    asked = {row.claim_id for row in approvals if row.claim_id and row.state == ApprovalState.ASKED}
    for claim in standing:
        for step in claim.next_steps(user):
            if step.name != "waive" or is_small_loss(claim):
                yield from built(f"claim_{step.name}", claim.number, claim, step)
        large = claim.state == ClaimState.SENT and not is_small_loss(claim) and claim.pk not in asked
        if large and user.may(SS, within=claim.community_id):
            yield from built(
                "claim_ask", claim.number, claim, NextStep("ask", label_of(registry()["claim_ask"], claim), None, {})
            )


def built(name: str, key: Any, record: Any, step: NextStep) -> Iterator[Offer]:
    """The offer, if there is a page for it."""
    if name in registry():
        rare = bool(step.custom.get("rare")) or name in RARE
        label = label_of(registry()[name], record) if name in ISSUES else step.label
        page = getattr(registry()[name], "own_page", False)
        yield Offer(name, label, pattern(name, key), record, step.blocked_by, rare, page)


def is_mine(ticket: Ticket, step: NextStep, user: User) -> bool:
    """Own repair in the builder's stead is the service supervisor's to decide, but for urgent work (G9)."""
    if step.name != "take_over" or ticket.urgency == Urgency.URGENT:
        return True
    return user.may(SS, within=ticket.community_id)


def is_needed(ticket: Ticket, step: NextStep, now: dt.datetime) -> bool:
    """The condition that a transition names in custom["needs"]: what is no guard, but makes the step senseless."""
    needs = "rework" if step.name == "reopen" else step.custom.get("needs", "")
    window = ticket.window_to is not None and ticket.window_to > now
    met: dict[str, bool] = {
        "": True,
        "rework": ticket.rework_due,
        "paid_home": ticket.nature == Nature.PAID_HOME,
        "earlier_quote": ticket.accepted_total > ZERO,
        "revision": ticket.revision_pending,
        "no_window": not window,
        "window": ticket.window_to is not None,
        "not_urgent": ticket.urgency != Urgency.URGENT,
        "not_routine": ticket.urgency != Urgency.ROUTINE,
        "urgent": ticket.urgency == Urgency.URGENT,
        "inspection": bool(ticket.inspection_id),
        "nobody_to_call": not ticket.has_caller,
        "no_earlier_repair": ticket.rework_of_id is None,
        "rework_asked": ticket.rework_of_id is not None and not ticket.rework_judged,
        "by_builder": ticket.kind_of_slip == "warranty",
        "no_start_day": ticket.warranty_state == "undetermined",
        "municipal": Nature.MUNICIPAL in {ticket.nature, ticket.nature_guess} or ticket.place == Place.MUNICIPAL,
        "overruled": is_overruled(ticket),
        "no_objection": ticket.objected_at is None,
        "danger": bool(scripts_of(ticket.component_id, pressing=ticket.urgency != Urgency.ROUTINE)),
    }
    return met.get(needs, True)


def of_money_and_paper(ticket: Ticket, papers: Papers, user: User) -> Iterator[Offer]:
    """Steps that are no transition of a record: papers, money, copies and calls, when their time has come."""
    for name, when in TIMES.items():
        record_list = records_of(name, ticket, papers)
        view = registry().get(name)
        for record in record_list:
            if view is None or not when(record, papers) or not admits(view, record, user):
                continue
            page = getattr(view, "own_page", False)
            yield Offer(
                name, label_of(view, record), pattern(name, record.number), record, rare=name in RARE, page=page
            )


def records_of(name: str, ticket: Ticket, papers: Papers) -> list[Any]:
    """On which records such a step may be taken."""
    if name.startswith("slip_"):
        return list(papers.slips)
    if name.startswith("notice_"):
        return [papers.notice] if papers.notice else []
    return [ticket]


def admits(view: type[StepView], record: Any, user: User) -> bool:
    """May this person ever take it? By the view's own permission or roles."""
    permission = getattr(view, "permission", None)
    if permission is not None:
        return bool(permission(record, user))
    roles = getattr(view, "roles", ())
    return bool(user.may(*roles, within=record.community_id)) if roles else False


def label_of(view: type[StepView], record: Any) -> str:
    """As on the step's own button."""
    return str(view().title(record))


def may_agree(ticket: Ticket, papers: Papers) -> bool:
    standing = [row for row in papers.agreements if row.state in {AgreementState.ISSUED, AgreementState.SIGNED}]
    due = ticket.accepted_total >= AGREEMENT_FROM and ticket.state in {State.ACCEPTED, State.ORDERED}
    return due and not any(row.total == ticket.accepted_total for row in standing)


def may_call(ticket: Ticket, papers: Papers) -> bool:
    waiting = any(row.state in {CorrectionState.RAISED, CorrectionState.ASSIGNED} for row in papers.corrections)
    return ticket.state in {State.COMPLETED, State.CALLED_BACK} and ticket.callers_left > 0 and not waiting


def are_out(slip: Slip, papers: Papers) -> bool:
    """Sheets of a slip that was accepted or voided and are still with somebody."""
    over = slip.state not in OPEN_SLIP
    return over and any(copy.holder not in {"desk", "lost"} for copy in slip.copies.all())


def is_missing(slip: Slip, papers: Papers) -> bool:
    return any(copy.holder not in {"desk", "lost"} and copy.lost_by_id is None for copy in slip.copies.all())


def is_declared(slip: Slip, papers: Papers) -> bool:
    return any(copy.lost_by_id and copy.holder != "lost" for copy in slip.copies.all())


def may_keep(slip: Slip, papers: Papers) -> bool:
    return slip.state in DONE_SLIP and any(
        copy.number == 3 and copy.holder in {"technician", "builder"} for copy in slip.copies.all()
    )


def may_follow(slip: Slip, papers: Papers) -> bool:
    """The sheets still lie at the desk and the performer is on site."""
    return bool(slip.performer_on_site and slip.state == SlipState.ARRIVED and not slip.copies_with_performer)


def may_waive(ticket: Ticket, papers: Papers) -> bool:
    """Owed for work that was accepted, and no waiver waits for the manager."""
    asked = any(row.kind == Approval.Kind.WAIVER and row.state == ApprovalState.ASKED for row in papers.approvals)
    return ticket.balance > ZERO and ticket.completed_at is not None and not asked


def is_large(ticket: Ticket, papers: Papers) -> bool:
    """From ¥500.00, with what was waived before, the manager approves."""
    return bool(ticket.balance + papers.waived >= AGREEMENT_FROM)


TIMES: dict[str, Any] = {
    "issue_agreement": may_agree,
    "receive": lambda ticket, _papers: ticket.balance > ZERO,
    "call_back": may_call,
    "tell": lambda ticket, papers: may_call(ticket, papers) and ticket.callers_left > 1,
    "notice_confirm_written": lambda notice, _papers: notice.is_to_be_written,
    "slip_take_in": are_out,
    "slip_keep": may_keep,
    "slip_hand_out": may_follow,
    "slip_declare_lost": is_missing,
    "slip_approve_lost": is_declared,
    "waive": lambda ticket, papers: may_waive(ticket, papers) and not is_large(ticket, papers),
    "waive_ask": lambda ticket, papers: may_waive(ticket, papers) and is_large(ticket, papers),
    "draft_claim": lambda ticket, _papers: ticket.taken_over and not claims.why_not(ticket),
    "gather": lambda ticket, _papers: ticket.state not in FINAL,
    "record_complaint": lambda _ticket, _papers: True,
    "raise_correction": lambda ticket, _papers: ticket.state in {State.COMPLETED, State.CALLED_BACK, State.CLOSED},
}
