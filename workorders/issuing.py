"""A slip is written (5.5.1-3): number, three copies, clocks; reworded after a revision."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core import clock
from core.clock import local
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from papers.actions import next_number
from papers.models import Kind as PaperKind
from people.models import User
from people.roles import DU, FD, SS
from places.models import Builder
from places.warranty import verdict
from tickets import actions as tickets
from tickets import appointments
from tickets.appointments import Window
from tickets.models import Ticket
from tickets.states import PUBLIC_NATURES, Urgency
from workorders import custody, sla
from workorders.conditions import has_bearer
from workorders.models import Slip
from workorders.states import Bearer, Kind, SlipState

PAPER = {Kind.DISPATCH: PaperKind.DISPATCH, Kind.WARRANTY: PaperKind.WARRANTY, Kind.FACILITY: PaperKind.FACILITY}

BY = ("order", "reopen")  # the steps of the ticket by which a slip is issued


@dataclass(frozen=True)
class Terms:
    """What the upper app copies onto a slip when it is issued: accepted lines and sums (yuan), who agreed, paper numbers."""

    lines: list[dict[str, Any]]
    total: Decimal
    materials: Decimal
    agreed_by: str = ""
    agreed_how: str = ""
    agreed_at: dt.datetime | None = None
    agreement_number: str = ""
    receipt_numbers: str = ""


@action
def issue_slip(
    ticket: Ticket,
    *,
    by: User,
    technician: User,
    terms: Terms,
    performer_on_site: bool = False,
    rework: bool = False,
    at: dt.datetime | None = None,
) -> Slip:
    """Write the dispatch order (5.5.1-3): number, three copies, clocks; the ticket is under repair. The plain half of billing's issue.

    What own people repair in the builder's stead goes out on it too, with bearer 原施工单位 and no price (G9).
    """
    at = at or clock.now()
    _may_issue(ticket, by)
    _needs_window(ticket, at, performer_on_site=performer_on_site)
    slip = Slip(
        rework=rework, performer_on_site=performer_on_site, bearer=Bearer.BUILDER if ticket.taken_over else "",
        lines=terms.lines, quoted_total=terms.total, quoted_materials=terms.materials,
        agreed_by=terms.agreed_by, agreed_how=terms.agreed_how, agreed_at=terms.agreed_at,
        agreement_number=terms.agreement_number, receipt_numbers=terms.receipt_numbers,
    )  # fmt: skip
    return _written(slip, ticket, Kind.DISPATCH, technician=technician, by=by, at=at)


@action
def issue_warranty_slip(
    ticket: Ticket, *, by: User, technician: User, window: Window | None = None, at: dt.datetime | None = None
) -> Slip:
    """Write the warranty slip (5.5.2-4): the builder collects it; `technician` supervises his work (3.3-2). No price on it.

    window: agreed with the customer now, where none is left in the future; a home needs one.
    """
    at = at or clock.now()
    if not by.may(FD, SS, within=ticket.community_id):
        raise Forbidden("issue_warranty_slip", (FD, SS))
    if ticket.kind_of_slip != Kind.WARRANTY:
        raise Refusal(_("维保单只用于质保期内、由原施工单位维修的报修。"))
    if window:
        appointments.set_appointment(ticket, by=by, window=window, at=at)
    if ticket.nature not in PUBLIC_NATURES and not (ticket.window_to and ticket.window_to > at):
        raise Refusal(_("先与客户约好上门时间，再开维保单。"))
    notice = ticket.notices.order_by("pk").last()
    slip = Slip(
        rework=ticket.redoes, builder=ticket.builder, bearer=Bearer.BUILDER,
        warranty_line=warranty_line(ticket), notice_line=notice.line() if notice else {},
        finish_due_at=notice.finish_by if notice else None,
    )  # fmt: skip
    return _written(slip, ticket, Kind.WARRANTY, technician=technician, by=by, at=at)


@dataclass(frozen=True)
class Cost:
    """Who bears a public repair (5.2.2-2): bearer, the liable person by name, the fund's approval number."""

    bearer: str
    liable_person: str = ""
    approval_number: str = ""


@action
def issue_facility_slip(
    ticket: Ticket,
    *,
    by: User,
    technician: User,
    cost: Cost,
    equipment: str,
    equipment_no: str = "",
    installing: bool = False,
    planned_on: dt.date | None = None,
    performer_on_site: bool = False,
    contractor: Builder | None = None,
    at: dt.datetime | None = None,
) -> Slip:
    """Write the facility slip (5.5.3-3): public place, equipment, who bears the cost; no customer signs it.

    contractor: an outside firm does it (lift, fire); `technician` then accompanies its people.
    """
    at = at or clock.now()
    _may_issue(ticket, by)
    if contractor and (contractor.kind != Builder.Kind.CONTRACTOR or contractor.community_id != ticket.community_id):
        raise Refusal(_("%(name)s不是本小区的外包单位。") % {"name": contractor.name})
    if ticket.kind_of_slip != Kind.FACILITY:
        raise Refusal(_("公共设施维修单只用于公共区域的维修。"))
    if not equipment.strip():
        raise Refusal(_("填设备名称。"))
    if ticket.taken_over and cost.bearer != Bearer.BUILDER:
        raise Refusal(_("代修的费用由原施工单位承担。"))
    slip = Slip(
        rework=ticket.redoes, performer_on_site=performer_on_site, bearer=cost.bearer, liable_person=cost.liable_person,
        approval_number=cost.approval_number, builder=contractor, equipment=equipment, equipment_no=equipment_no, installing=installing,
        planned_on=planned_on or local(at).date(),
    )  # fmt: skip
    if not has_bearer(slip):
        raise Refusal(str(has_bearer.sentence))
    return _written(slip, ticket, Kind.FACILITY, technician=technician, by=by, at=at)


def warranty_line(ticket: Ticket) -> dict[str, str]:
    """What a warranty slip or a notice prints of the warranty: start, category, term, last day, agreement, who judged (A.3)."""
    assert ticket.site is not None, "a registered ticket has a place"
    found = verdict(ticket.site, ticket.component, local(ticket.reported_at).date())
    if found.starts_on is None:
        raise Refusal(_("交付日或竣工验收日不明，先补上日期。"))
    survey = ticket.surveys.select_related("by").last()
    return {
        "starts_on": f"{found.starts_on:%F}", "category": found.category, "term": found.term,
        "ends_on": f"{found.ends_on:%F}" if found.ends_on else "", "rule": found.rule,
        "agreement": ticket.builder.agreement if ticket.builder else "",
        "survey": survey.work if survey else "", "reason": survey.reason if survey else "",
        "surveyed_by": survey.by.name if survey else "", "surveyed_at": f"{local(survey.at):%F %H:%M}" if survey else "",
    }  # fmt: skip


def why_not(ticket: Ticket, words: str) -> str:
    """Why no slip can be issued now; empty where one can. words: 开维保单."""
    here = [move for move in Ticket._moves() if move.name in BY and move.source == ticket.state]
    if not here:
        return _("现为“%(state)s”，不能%(step)s。") % {"state": ticket._state_label(), "step": words}
    return str(ticket._blocker(here[0], asked=False) or "")


def _may_issue(ticket: Ticket, by: User) -> None:
    if not by.may(FD, DU, SS, within=ticket.community_id):
        raise Forbidden("issue_slip", (FD, SS))
    if not by.may(FD, SS, within=ticket.community_id) and ticket.urgency != Urgency.URGENT:
        raise Refusal(_("夜间值班只开急修单。"))


def _needs_window(ticket: Ticket, at: dt.datetime, *, performer_on_site: bool) -> None:
    if not performer_on_site and not (ticket.window_to and ticket.window_to > at) and ticket.urgency == Urgency.ROUTINE:
        raise Refusal(_("先与客户约好上门时间，再开派工单。"))


def _written(slip: Slip, ticket: Ticket, kind: Kind, *, technician: User, by: User, at: dt.datetime) -> Slip:
    """Number, three copies at the desk, clocks; the ticket is under repair."""
    if slip.rework and slip.finish_due_at is None:
        slip.finish_due_at = ticket.rework_by
    tickets.order(ticket, by=by, at=at)
    slip.community, slip.ticket, slip.kind = ticket.community, ticket, kind
    slip.number = next_number(ticket.community, PAPER[kind], at=at)
    assert ticket.trade is not None, "surveyed"
    slip.trade, slip.technician, slip.issued_by, slip.issued_at, slip.since = ticket.trade, technician, by, at, at
    slip.window_from, slip.window_to = _window(slip, at)
    slip.replaces = ticket.slips.filter(state=SlipState.VOIDED, replaced_by=None, kind=kind).last()
    slip._history_user = by
    slip.save()
    custody.make_three(slip, by=by, at=at)
    slip.record("issue", by=by, at=at, total=slip.quoted_total, technician=technician, kind=kind, builder=slip.builder)
    ticket.pushed(technician=technician, team=technician.team)
    sla.issued(slip, at=at)
    custody.push_paper(slip)
    return slip


def _window(slip: Slip, at: dt.datetime) -> tuple[dt.datetime | None, dt.datetime | None]:
    """The agreed window; where there is none own people come within the half hour, the builder by his limit, planned work that day."""
    ticket = slip.ticket
    if ticket.window_to and ticket.window_to > at:
        return ticket.window_from, ticket.window_to
    if slip.performer_on_site or (slip.kind == Kind.FACILITY and ticket.urgency == Urgency.ROUTINE):
        return None, None
    if slip.kind == Kind.WARRANTY:
        limit = dt.datetime.fromisoformat(slip.notice_line["arrive_by"]) if slip.notice_line else at
        return at, max(limit, at + dt.timedelta(minutes=ticket.community.arrive_minutes))
    return at, at + dt.timedelta(minutes=ticket.community.arrive_minutes)


def reword(slip: Slip, terms: Terms, *, by: User, at: dt.datetime) -> None:
    """New accepted lines after a revision (G4): the sheet becomes 第2版, to be printed again; the number stays."""
    slip.lines, slip.quoted_total, slip.quoted_materials = terms.lines, terms.total, terms.materials
    slip.agreement_number, slip.receipt_numbers = terms.agreement_number, terms.receipt_numbers
    slip.revision += 1
    slip.save(
        update_fields=["lines", "quoted_total", "quoted_materials", "agreement_number", "receipt_numbers", "revision"]
    )
    slip.record("reword", by=by, at=at, total=terms.total, revision=slip.revision)
