"""The step that comes next on a ticket page, with its form, and the others beside it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import select_template

from billing.lifecycle import AgreementState
from callbacks.lifecycle import CorrectionState
from core.money import AGREEMENT_FROM
from desk.offers import Offer, Papers, on_offer, registry
from desk.way import ISSUES, step_name
from people.models import User
from tickets.models import Ticket
from tickets.states import State
from tickets.steps import StepForm, subject_of
from workorders.letters import STANDING, NoticeState
from workorders.models import Notice
from workorders.states import SlipState

# Only where nothing better is there: they are always possible.
SIDE = {
    "make_safe",
    "record_absence",
    "judge_by_description",
    "rejudge",
    "offer_revision",
    "slip_list_parts",
    "slip_take_in",
    "slip_hand_out",
    "slip_keep",
    "draft_claim",
    "claim_send",
    "claim_settle",
    "claim_revise",
}


@dataclass
class Steps:
    """`main`: the one primary step; `note` and `amend` at the head; `others` plain; `rare` under 更多; `blocked` only as sentences."""

    main: Offer | None
    note: Offer | None
    amend: Offer | None
    others: list[Offer]
    rare: list[Offer]
    blocked: list[Offer]


def steps_of(ticket: Ticket, papers: Papers, user: User, now: dt.datetime) -> Steps:
    """Sort what is on offer: the procedure's next step first."""
    offers = list(on_offer(ticket, papers, user, now))
    wanted = wanted_name(ticket, papers)
    for offer in offers:
        offer.rare = offer.name != wanted and (offer.rare or is_out_of_the_way(offer, ticket, papers))
    offers.sort(key=lambda offer: (offer.name != wanted, offer.name in SIDE))
    free = [offer for offer in offers if not offer.blocked and not offer.rare]
    main = next((offer for offer in free if offer.name == wanted or offer.name not in SIDE), None)
    note, amend = (next((offer for offer in offers if offer.name == name), None) for name in ("note", "amend"))
    offers = [offer for offer in offers if offer not in (note, amend)]
    return Steps(
        main=main,
        note=note,
        amend=amend,
        others=[offer for offer in free if offer is not main],
        rare=sorted((offer for offer in offers if offer.rare and not offer.blocked), key=rank),
        blocked=[offer for offer in offers if offer.blocked and not offer.rare],
    )


def is_out_of_the_way(offer: Offer, ticket: Ticket, papers: Papers) -> bool:
    """Possible, but seldom what is wanted in this state: a further slip or notice, a small sum beforehand, make-safe after the survey."""
    name = offer.name
    if name == "notify_builder":
        sent = papers.notice
        return bool(sent and (sent.state == NoticeState.ATTENDED or (sent.state in STANDING and not sent.is_overdue)))
    if name in ISSUES:
        return bool(ticket.state == State.ORDERED)
    if name == "receive":
        return bool(ticket.completed_at is None and ticket.accepted_total < AGREEMENT_FROM)
    return name == "make_safe" and ticket.state not in {State.NOTIFIED, State.ON_SITE}


# Under 更多 what is done often stands above, what ends something below.
LAST = (
    "slip_reassign",
    "slip_leave",
    "slip_unfinish",
    "slip_reject",
    "slip_refuse_to_sign",
    "waive",
    "waive_ask",
    "approval_withdraw",
    "claim_ask",
    "claim_waive",
    "claim_withdraw",
    "decline_quote",
    "void_agreement",
    "slip_void",
    "merge",
    "cancel",
    "cancel_order",
)
FIRST = (
    "urge",
    "set_appointment",
    "move_appointment",
    "reassign",
    "raise_urgency",
    "lower_urgency",
    "customer_asks_to_wait",
    "run_safety_script",
    "record_objection",
    "gather",
)


def rank(offer: Offer) -> tuple[int, int]:
    if offer.name in FIRST:
        return (0, FIRST.index(offer.name))
    return (2, LAST.index(offer.name)) if offer.name in LAST else (1, 0)


def wanted_name(ticket: Ticket, papers: Papers) -> str:
    """The URL name of the step that comes next, with what only this page knows: papers waiting and open slips."""
    issued = next((row.pk for row in papers.agreements if row.state == AgreementState.ISSUED), None)
    ticket.agreement_issued = issued  # type: ignore[attr-defined]
    corrected = [row for row in papers.corrections if row.state == CorrectionState.CORRECTED]
    ticket.callback_open = any(row.asked.pk == ticket.pk for row in corrected)  # type: ignore[attr-defined]
    name = step_name(ticket)
    if name == "slip_accept" and any(
        slip.state == SlipState.FINISHED and slip.refused_because for slip in papers.slips
    ):
        return "slip_confirm_refusal"
    if name in {"notify_builder", "notice_agree"} and papers.notice:
        return after_silence(papers.notice, name)
    return "receive" if name == "prepay" else name


def after_silence(notice: Notice, name: str) -> str:
    """A builder who refused or stayed away is notified once more, then own people repair at his cost (G9)."""
    if notice.state in STANDING and not notice.is_overdue:
        return name
    return "take_over" if notice.nth > 1 else "notify_builder"


def panel(request: HttpRequest, offer: Offer, next_url: str) -> dict[str, Any]:
    """The step's own form, its fields rendered by the template its page uses for them."""
    view = registry()[offer.name]()
    view.setup(request)
    form: StepForm = view.form(offer.record)
    # Apart from the fields of a dialog that is opened over the page.
    form.auto_id = "next_%s"
    for field in form.fields.values():
        field.widget.attrs.pop("autofocus", None)  # the page begins at its top
    own = view.context(offer.record, form)
    context = {
        "record": offer.record,
        "subject": subject_of(offer.record),
        "form": form,
        "view": view,
        "title": offer.label,
        "next": next_url,
        "inline": True,
        **own,
    }
    body = own.get("body") or getattr(view, "body", "")
    names = [body] if body else [view.fragment.replace(".html", "_fields.html"), "desk/_step_fields.html"]
    html = select_template(names).render(context, request)
    return {"offer": offer, "form": form, "view": view, "seen": form.seen(), "html": html, "wide": bool(body)}
