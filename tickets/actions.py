"""What people do to a repair request: one function a thing, `by` whom, `at` when; all or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from people.models import Team, User
from people.roles import SS
from tickets import sla
from tickets.evidence import write
from tickets.inspections import following
from tickets.models import Acknowledgement, Deadline, Survey, Ticket
from tickets.photos import has_proof
from tickets.states import Nature, State, Urgency
from tickets.telling import fact_time, told

Kind, Because = Deadline.Kind, Deadline.Because
# What an app above does in the same transaction when a repair is completed; it puts itself here when it is ready.
after_completion: list[Callable[[Ticket, User, dt.datetime], None]] = []


@action
def notify_engineering(
    ticket: Ticket, *, by: User, to: User | Team, how: str = "phone", at: dt.datetime | None = None
) -> None:
    """Call out engineering (5.4.1): the five minutes stop. `to` is a technician or team of the trade, on duty."""
    at = at or clock.now()
    technician, team = (to, to.team) if isinstance(to, User) else (None, to)
    if technician and ticket.trade_id and not _practises(technician, ticket):
        raise Refusal(
            _("%(name)s不做%(trade)s。选该工种的技工，或先改工种。") % {"name": technician.name, "trade": ticket.trade}
        )
    if technician and not technician.on_duty(at):
        raise Refusal(_("%(name)s现在不当班。选当班的技工。") % {"name": technician.name})
    ticket.advance(
        ticket.notify_engineering, by=by, at=at, technician=technician, team=team, notified_how=how, notified_at=at
    )
    sla.stop(ticket, Kind.NOTIFY, at=at)
    if sla.is_seen_already(ticket):
        sla.rest(ticket, at=at)


def _practises(technician: User, ticket: Ticket) -> bool:
    trades = {trade.pk for trade in technician.trades.all()}
    return not trades or ticket.trade_id in trades or ticket.trade_id == "none"


@action
def reassign(ticket: Ticket, *, by: User, to: User, at: dt.datetime | None = None) -> None:
    """Another technician before there is a slip; the clocks go on."""
    at = at or clock.now()
    if not _practises(to, ticket):
        raise Refusal(_("%(name)s不做%(trade)s。选该工种的技工。") % {"name": to.name, "trade": ticket.trade})
    ticket.advance(ticket.reassign, by=by, at=at, technician=to, team=to.team)


@action
def judge_by_description(
    ticket: Ticket, *, by: User, work: str, customer_told: bool, at: dt.datetime | None = None
) -> None:
    """Judge a plain paid repair at the desk without a visit; the customer was told that the site decides (5.5.1-2)."""
    at = at or clock.now()
    ticket.advance(ticket.judge_by_description, by=by, at=at, nature=Nature.PAID_HOME, customer_told=customer_told)
    Survey.objects.create(
        ticket=ticket, by=by, at=at, on_site=False, nature=Nature.PAID_HOME, man_made=ticket.man_made, work=work
    )
    sla.rest(ticket, at=at)


@action
def arrive(ticket: Ticket, *, by: User, on_behalf_of: User | None = None, at: dt.datetime | None = None) -> None:
    """On site for the survey (5.4.2-2): the thirty minutes stop at the moment of arrival."""
    at = fact_time(ticket, at)
    person = told(ticket, by, on_behalf_of)
    first = ticket.on_site_at or at
    ticket.advance(ticket.arrive, by=by, at=at, on_behalf_of=person, technician=person or by, on_site_at=first)
    sla.stop(ticket, Kind.ARRIVE, at=at, ref=None)
    sla.rest(ticket, at=at)


@action
def make_safe(
    ticket: Ticket, *, by: User, what: str, on_behalf_of: User | None = None, at: dt.datetime | None = None
) -> None:
    """Stop the damage, free and without a quote (5.4.2-1, G17). No clock stops."""
    at = fact_time(ticket, at)
    if not what.strip():
        raise Refusal(_("写明做了什么应急处置。"))
    ticket.advance(
        ticket.make_safe, by=by, at=at, on_behalf_of=told(ticket, by, on_behalf_of), made_safe_at=at, remark=what
    )


@action
def survey(ticket: Ticket, *, by: User, nature: str, work: str, quantities: str = "", parts: str = "", reason: str = "",
           trade: Any = None, man_made: bool | None = None, on_behalf_of: User | None = None, at: dt.datetime | None = None) -> None:  # fmt: skip
    """What is to be done, how much, with which parts, and who is responsible; back to the desk (5.5.1-2)."""
    at = fact_time(ticket, at)
    if nature != ticket.nature_guess and not reason.strip():
        raise Refusal(_("与登记时的判断不同，写明原因。"))
    if nature != ticket.nature_guess and not has_proof(ticket):
        raise Refusal(_("与登记时的判断不同，附修前照片。"))
    person = told(ticket, by, on_behalf_of)
    seen: dict[str, Any] = {} if ticket.on_site_at else {"on_site_at": at}
    ticket.advance(
        ticket.survey, by=by, at=at, on_behalf_of=person, nature=nature, trade=trade or ticket.trade, man_made=man_made,
        **seen,
    )  # fmt: skip
    for kind in (Kind.NOTIFY, Kind.ARRIVE) if seen else ():  # a line of an inspection: engineering is there
        sla.stop(ticket, kind, at=at, ref=None)
    Survey.objects.create(
        ticket=ticket,
        by=person or by,
        at=at,
        nature=nature,
        man_made=man_made,
        work=work,
        quantities=quantities,
        parts=parts,
        reason=reason,
    )
    sla.rest(ticket, at=at)


@action
def rejudge(ticket: Ticket, *, by: User, nature: str, reason: str, at: dt.datetime | None = None) -> None:
    """Judge the nature anew with a reason (G10, G20); both judgements stay. The plain half: billing takes the quote back.

    An undetermined or contested one is the service supervisor's, who may also uphold what is contested.
    """
    at = at or clock.now()
    if not reason.strip():
        raise Refusal(_("改判要写原因。"))
    of_supervisor = ticket.nature == Nature.UNDETERMINED or ticket.objected_at is not None
    if of_supervisor and not by.may(SS, within=ticket.community_id):
        raise Forbidden("rejudge", (SS,))
    ticket.advance(ticket.rejudge, by=by, at=at, nature=nature, objected_at=None, told_of_judgement_at=None)
    last = ticket.surveys.last()
    Survey.objects.create(
        ticket=ticket,
        by=by,
        at=at,
        on_site=False,
        nature=nature,
        man_made=ticket.man_made,
        work=last.work if last else "",
        reason=reason,
    )
    sla.rest(ticket, at=at)


@action
def urge(ticket: Ticket, *, by: User, words: str = "", at: dt.datetime | None = None) -> None:
    """The customer asks again (催单): counted and shown to who must act."""
    urged = ticket.urged + 1
    ticket.advance(ticket.urge, by=by, at=at or clock.now(), urged=urged, remark=words)


@action
def refer(ticket: Ticket, *, by: User, body: str, made_safe: bool = False, at: dt.datetime | None = None) -> None:
    """Hand it to the municipal body (5.5.3-5). The plain half of workorders' refer, which writes the letter."""
    at = at or clock.now()
    if ticket.on_site_at is None and not by.may(SS, within=ticket.community_id):
        raise Refusal(_("没有到场核实，由客服主管判定转报。"))
    safe = ticket.made_safe_at or (at if made_safe else None)
    first = ticket.referred_at or at
    ticket.advance(ticket.refer, by=by, at=at, nature=Nature.MUNICIPAL, body=body, made_safe_at=safe, referred_at=first)
    sla.cancel(ticket, Kind.FINISH, at=at, because=Because.SUPERSEDED, ref=None)
    if ticket.on_site_at is None:
        sla.cancel(ticket, Kind.ARRIVE, at=at, because=Because.SUPERSEDED, ref=None)
    sla.rest(ticket, at=at)


@action
def take_back(ticket: Ticket, *, by: User, because: str, nature: str = "", at: dt.datetime | None = None) -> None:
    """The municipal body refuses (5.5.3-5): surveyed again, judged anew as `nature`; before-night runs with its old due time."""
    at = at or clock.now()
    if not because.strip():
        raise Refusal(_("写明对方为何不受理。"))
    ticket.advance(ticket.take_back, by=by, at=at, remark=because, nature=nature or ticket.nature)
    if nature:
        Survey.objects.create(
            ticket=ticket, by=by, at=at, on_site=False, nature=nature, work=ticket.fault, reason=because
        )
    sla.cancel(ticket, Kind.REFERRAL, at=at, because=Because.SUPERSEDED, ref=None)
    if ticket.urgency == Urgency.URGENT:
        earlier = ticket.deadlines.filter(kind=Kind.FINISH, ref="").order_by("pk").last()
        if earlier and earlier.met_at is None:
            sla.start(ticket, Kind.FINISH, at=at, due=earlier.due_at)
    sla.rest(ticket, at=at)


@action
def take_over(ticket: Ticket, *, by: User, because: str, at: dt.datetime | None = None) -> None:
    """Own people repair in the builder's stead (G9). The plain half of workorders' take_over, which ends the notice."""
    at = at or clock.now()
    if not because.strip():
        raise Refusal(_("代修要写原因。"))
    if ticket.urgency != Urgency.URGENT and not by.may(SS, within=ticket.community_id):
        raise Forbidden("take_over", (SS,))
    ticket.advance(ticket.take_over, by=by, at=at, taken_over=True, remark=because)
    sla.cancel(ticket, Kind.BUILDER_REPLY, at=at, because=Because.SUPERSEDED, ref=None)
    sla.rest(ticket, at=at)


@action
def note(ticket: Ticket, *, by: User, words: str, at: dt.datetime | None = None) -> None:
    """An internal note on the timeline."""
    if not words.strip():
        raise Refusal(_("写几个字。"))
    ticket.advance(ticket.note, by=by, at=at or clock.now(), remark=words)


@action
def cancel(ticket: Ticket, *, by: User, reason: str, words: str = "", at: dt.datetime | None = None) -> None:
    """Take the job off the list before a slip (C.1, 3.1-2). The plain half: billing sees to money and visit fee."""
    at = at or clock.now()
    missed = ticket.deadlines.filter(kind=Kind.NOTIFY, due_at__lt=at).exclude(
        met_at__lte=ticket.reported_at + ticket.community.notify_minutes * sla.MINUTES
    )
    if reason == Ticket.CancelReason.ERROR and missed.exists() and not by.may(SS, within=ticket.community_id):
        raise Refusal(_("已超过通知时限，误报由客服主管消单。"))
    step = ticket.cancel_order if ticket.state == State.ORDERED else ticket.cancel
    ticket.advance(step, by=by, at=at, cancel_reason=reason, remark=words, closed_at=at)
    sla.cancel_all(ticket, at=at, keep=(Kind.COPY_RETURN, Kind.CASH))


@action
def close(ticket: Ticket, *, by: User, at: dt.datetime | None = None) -> None:
    """Archive (消单归档, 5.5.1-9): nothing is owed any more; copy 3 keeps its own clock."""
    at = at or clock.now()
    if ticket.callbacks_exhausted and not by.may(SS, within=ticket.community_id):
        raise Refusal(_("三次未接通，由客服主管归档。"))
    ticket.advance(ticket.close, by=by, at=at, closed_at=at)
    sla.stop(ticket, Kind.STEP, at=at)


@transaction.atomic
def acknowledge(deadline: Deadline, *, by: User, at: dt.datetime | None = None) -> None:
    """知道了: the bell falls silent for everybody; the clock goes on. Lines of one inspection ring as one, and are silenced as one."""
    ticket, at = deadline.ticket, at or clock.now()
    if ticket and ticket.is_on_sheet:
        following.acknowledge_lines(deadline, by=by, at=at)
        return
    if ticket:
        ticket.lock()
    silence(deadline, ticket=ticket, by=by, at=at)


def silence(deadline: Deadline, *, ticket: Ticket | None, by: User, at: dt.datetime) -> bool:
    """Note who silenced a bell, once; the caller holds the lock. False: somebody had done so before."""
    _row, made = Acknowledgement.objects.get_or_create(deadline=deadline, defaults={"by": by, "at": at})
    if made:
        facts = {"kind": deadline.kind, "deadline": deadline.pk, "ref": deadline.ref}
        write(ticket, "acknowledge", by=by, at=at, facts=facts, stream="" if ticket else deadline.ref)
    return made


def complete(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    """The last open slip was accepted (5.5.1-7): everybody who reported is to be called back (5.5.1-9)."""
    first = ticket.completed_at or at
    left = ticket.callers.count() if ticket.has_caller else 0
    ticket.advance(ticket.complete, by=by, at=at, completed_at=first, callers_left=left)
    sla.stop(ticket, Kind.FINISH, at=at, ref=None)
    if ticket.has_caller and not ticket.corrections_open:
        sla.start(ticket, Kind.CALLBACK, at=at, due=at + ticket.community.callback_hours * sla.HOURS, ref="1")
    sla.rest(ticket, at=at)
    for follow in after_completion:
        follow(ticket, by, at)


def order(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    """A slip was issued: the ticket is under repair; after completion this is a rework slip (5.5.1-3, -9)."""
    again = ticket.state in {State.COMPLETED, State.CALLED_BACK, State.CLOSED}
    ticket.advance(ticket.reopen if again else ticket.order, by=by, at=at, closed_at=None)
    sla.rest(ticket, at=at)


def withdraw_order(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    """The last open slip was voided and none accepted (G15): a new one may be issued on the same acceptance."""
    priced = ticket.nature == Nature.PAID_HOME and not ticket.redoes
    ticket.advance(ticket.withdraw_order if priced else ticket.withdraw_to_survey, by=by, at=at)
    sla.rest(ticket, at=at)
    confirm_prepaid(ticket, by=by, at=at)


def confirm_prepaid(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    """From ¥500.00 agreement and receipts are in (5.2.2-1c): the slip may be issued."""
    from core.money import AGREEMENT_FROM
    from tickets.conditions import is_paid_up

    if ticket.state == State.ACCEPTED and ticket.accepted_total >= AGREEMENT_FROM and is_paid_up(ticket):
        ticket.advance(ticket.confirm_prepaid, by=by, at=at)
        sla.rest(ticket, at=at)


def call_back(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    """Everybody answered and nothing is to be corrected (5.5.1-9)."""
    if (
        ticket.state == State.COMPLETED
        and ticket.has_caller
        and not ticket.callers_left
        and not ticket.corrections_open
    ):
        ticket.advance(ticket.call_back, by=by, at=at)
        sla.rest(ticket, at=at)
