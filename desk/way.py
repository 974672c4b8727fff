"""Which step comes next, by state, nature and pushed facts alone: what lists offer; guards run on the ticket page and at POST."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from billing.lifecycle import issue_paper, receive_on_site
from core.lifecycle import Lifecycle
from core.money import AGREEMENT_FROM, ZERO
from people.models import User
from people.roles import desk_and_night, front_desk, supervisors
from tickets.conditions import is_overruled, is_paid_up
from tickets.models import Ticket
from tickets.states import PRICED, PUBLIC_NATURES, Nature, State
from workorders.letters import AWAITED, NoticeState
from workorders.models import Notice, Slip
from workorders.states import Kind, SlipState

NUMBER, PK = "ZZ-ZZ-202601-0000", 987654321
ON_SLIP = {
    SlipState.ISSUED: "slip_collect",
    SlipState.COLLECTED: "slip_arrive",
    SlipState.ARRIVED: "slip_finish",
    SlipState.FINISHED: "slip_accept",
}
# Which page writes the slip of a kind (lives.md §4).
ISSUES = {"issue_slip": Kind.DISPATCH, "issue_warranty_slip": Kind.WARRANTY, "issue_facility_slip": Kind.FACILITY}
UNHEARD = {NoticeState.REFUSED, NoticeState.SUPERSEDED, NoticeState.WITHDRAWN}
# What is no transition of ticket or slip: papers, money, copies, calls. Name → words of the button and who may.
OTHER = {
    "issue_slip": (_("开派工单"), desk_and_night),
    "issue_warranty_slip": (_("开维保单"), front_desk),
    "issue_facility_slip": (_("开公共维修单"), desk_and_night),
    "issue_agreement": (_("开维修协议"), issue_paper),
    "sign_agreement": (_("登记协议已签"), front_desk),
    "prepay": (_("收预付款"), receive_on_site),
    "receive": (_("收款"), receive_on_site),
    "slip_take_in": (_("收回单据"), front_desk),
    "call_back": (_("登记回访"), front_desk),
    "corrections": (_("办理纠正"), supervisors),
}


@dataclass(frozen=True, slots=True)
class Move:
    """A step a list offers: its name, the words of the button, its address; with `dialog` it opens in place."""

    name: str
    label: str
    url: str
    dialog: bool = True


def issue_name(ticket: Ticket) -> str:
    """The page that writes this ticket's slip; empty while none may go out."""
    return next((name for name, kind in ISSUES.items() if kind == ticket.kind_of_slip), "")


def step_name(ticket: Ticket) -> str:
    """The step that comes next for this ticket, whoever takes it; empty where nothing does."""
    name = _step_name(ticket)
    return issue_name(ticket) if name == "issue_slip" else name


def _step_name(ticket: Ticket) -> str:
    simple = {
        State.REPORTED: "notify_engineering",
        State.NOTIFIED: "arrive",
        State.ON_SITE: "survey",
        State.QUOTED: "accept_quote",
        State.REFERRED: "follow_up",
    }
    state = State(ticket.state)
    if ticket.objected_at and state in PRICED:
        return "rejudge"
    if state == State.SURVEYED and ticket.rework_of_id and not ticket.rework_judged:
        return "confirm_rework"
    if state in simple:
        return simple[state]
    asked = {
        State.SURVEYED: _surveyed,
        State.ACCEPTED: _accepted,
        State.PREPAID: _accepted,  # paid back after a void: what was accepted is to be paid again
        State.ORDERED: _ordered,
        State.COMPLETED: _completed,
        State.CALLED_BACK: _called_back,
    }.get(state)
    return asked(ticket) if asked else ""


def _surveyed(ticket: Ticket) -> str:
    if is_overruled(ticket):
        return "tell_judgement"
    if ticket.nature == Nature.UNDETERMINED:
        return "enter_start_day" if ticket.warranty_state == "undetermined" else "rejudge"
    if ticket.nature == Nature.MUNICIPAL:
        return "refer"
    if ticket.kind_of_slip == Kind.WARRANTY and not ticket.redoes:
        return _the_builders(ticket)
    if ticket.nature == Nature.PAID_HOME and not ticket.redoes:
        return "offer_quote"
    return "issue_slip"


def _the_builders(ticket: Ticket) -> str:
    """Notified, answered, then the slip (5.5.2-3, -4); who refused is notified again (G9)."""
    if not ticket.builder_notified_at or ticket.builder_reply in UNHEARD:
        return "notify_builder"
    return "notice_agree" if ticket.builder_reply in AWAITED else "issue_slip"


def _accepted(ticket: Ticket) -> str:
    if is_paid_up(ticket):
        return "issue_slip"
    if ticket.agreement_total == ticket.accepted_total:
        return "prepay"
    return "sign_agreement" if getattr(ticket, "agreement_issued", None) else "issue_agreement"


def _ordered(ticket: Ticket) -> str:
    if ticket.revision_pending:
        return "accept_revision"
    if not is_paid_up(ticket) and ticket.accepted_total >= AGREEMENT_FROM:
        return _accepted(ticket)
    if ticket.slip_state == SlipState.FINISHED and ticket.nature in PUBLIC_NATURES:
        return "slip_countersign"
    return ON_SLIP.get(SlipState(ticket.slip_state), "") if ticket.slip_state else ""


def _completed(ticket: Ticket) -> str:
    if ticket.balance > ZERO:
        return "receive"
    if not ticket.desk_copies_home:
        return "slip_take_in"
    if ticket.corrections_open:
        # Called again once it is put right: the page that knows the open clocks sets `callback_open`.
        again = "call_back" if getattr(ticket, "callback_open", False) else "corrections"
        return "issue_slip" if ticket.rework_due else again
    return "call_back" if ticket.has_caller else "close"


def _called_back(ticket: Ticket) -> str:
    if ticket.balance > ZERO:
        return "receive"
    return "close" if ticket.desk_copies_home else "slip_take_in"


def main_move(ticket: Ticket, user: User) -> Move | None:
    """The one step a list offers this person for this ticket."""
    name = step_name(ticket)
    if name == "slip_accept" and ticket.kind_of_slip == Kind.WARRANTY and not is_allowed(name, ticket, user):
        name = "slip_countersign"
    if not name or not is_allowed(name, ticket, user):
        return None
    url = address(name, ticket)
    label = _("开返修单") if name in ISSUES and ticket.redoes else label_of(name)
    if name == "notify_builder" and ticket.builder_notified_at:
        label = _("再次通知")
    return Move(name, str(label), url, dialog=name not in PAGES) if url else None


PAGES = {"corrections"}


def is_allowed(name: str, ticket: Ticket, user: User) -> bool:
    """May this role ever take the step on this ticket? As its performer too."""
    if name in OTHER:
        return OTHER[name][1](ticket, user)
    permission = permission_of(name)
    return bool(permission and permission(ticket, user))


@cache
def permission_of(name: str) -> Any:
    """The permission of a step of ticket, slip or notice, from its transition."""
    model, step = _taken_on(name)
    return next((move.permission for move in model._moves() if move.name == step), None)


def _taken_on(name: str) -> tuple[type[Lifecycle], str]:
    """The kind of record on which a step is taken, and its name there."""
    head, _line, step = name.partition("_")
    model: type[Lifecycle] | None = {"slip": Slip, "notice": Notice}.get(head)
    return (model, step) if model else (Ticket, name)


def label_of(name: str) -> str:
    """The words on the step's button."""
    return str(_label(name))


@cache
def _label(name: str) -> Any:
    if name in OTHER:
        return OTHER[name][0]
    model, step = _taken_on(name)
    return next((move.custom.get("label", step) for move in model._moves() if move.name == step), step)


def address(name: str, ticket: Ticket) -> str:
    """Where the step is taken; empty where no page of that name is built."""
    if name == "sign_agreement":
        return pattern(name, PK).replace(str(PK), str(getattr(ticket, "agreement_issued", "")))
    if name.startswith("slip_"):
        return pattern(name, NUMBER).replace(NUMBER, ticket.slip_number)
    if name.startswith("notice_"):
        return pattern(name, NUMBER).replace(NUMBER, ticket.notice_number)
    if name == "prepay":
        name = "receive"
    if name == "corrections":
        return pattern(name)
    return pattern(name, NUMBER).replace(NUMBER, ticket.number)


@cache
def pattern(name: str, *args: Any) -> str:
    """The address of a named page, asked of the URLconf once; empty where there is none."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
