"""What people do to a repair request: one function a thing, `by` whom, `at` when; all or nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.clock import local, whole_second
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from core.text import name_keys, squeezed
from papers.actions import next_number
from papers.models import Kind as PaperKind
from people.models import Team, User
from people.roles import DESK, SS, TE
from places.warranty import verdict
from tickets import sla
from tickets.evidence import write
from tickets.lifecycle import Nature, State, Urgency
from tickets.models import Acknowledgement, Appointment, Caller, Deadline, Place, Survey, Ticket

Window = tuple[dt.datetime, dt.datetime]
Kind, Because = Deadline.Kind, Deadline.Because


@transaction.atomic
def register(
    ticket: Ticket,
    *,
    by: User,
    window: Window | None = None,
    rang_at: dt.datetime | None = None,
    at: dt.datetime | None = None,
) -> Ticket:
    """Enter a report in the register (5.1.1, 5.3, 5.5.1-1): number, clocks, caller. `ticket` is unsaved.

    rang_at: when the call began, as this server noted it. reported_at may be set back by hand instead, with a reason.
    """
    now = at or clock.now()
    if not by.may(*DESK, within=ticket.community_id):
        raise Forbidden("register", DESK)
    ticket.taken_by, ticket.saved_at = by, now
    ticket.reported_at = whole_second(rang_at or getattr(ticket, "reported_at", None) or now)
    _check_report(ticket, window, now, by, noted=rang_at is not None)
    _judge_at_the_desk(ticket)
    ticket.window_from, ticket.window_to = window or (None, None)
    ticket.has_caller = ticket.relation != Ticket.Relation.PATROL
    ticket.since = ticket.reported_at
    ticket.number = next_number(ticket.community, PaperKind.TICKET, at=ticket.reported_at)
    ticket.search_text = search_text(ticket)
    ticket._history_user, ticket._history_date = by, now
    ticket.save()
    if ticket.has_caller:
        Caller.objects.create(ticket=ticket, name=ticket.reporter_name, phone=ticket.phone, relation=ticket.relation)
    if window:
        _keep_window(ticket, window, by, now)
    ticket.record(
        "register",
        by=by,
        at=ticket.reported_at,
        urgency=ticket.urgency,
        channel=ticket.channel,
        nature=ticket.nature_guess,
    )
    sla.begin(ticket, at=now)
    return ticket


def _check_report(ticket: Ticket, window: Window | None, now: dt.datetime, by: User, *, noted: bool) -> None:
    """5.1.1: no item missing; the report's time is that of the call."""
    early = now - ticket.reported_at
    if early < -dt.timedelta(minutes=1):
        raise Refusal(_("报修时间不能晚于现在。"))
    if early > dt.timedelta(minutes=1) and not ticket.backdated_because and not noted:
        raise Refusal(_("报修时间往前改了，写明原因。"))
    if early > dt.timedelta(minutes=settings.BACKDATE_LONGEST_MINUTES) and not by.may(SS, within=ticket.community_id):
        raise Refusal(_("报修时间最多往前改 30 分钟；停机补录由客服主管登记。"))
    if ticket.place == Place.HOME and not ticket.unit_id:
        raise Refusal(_("选定房号。"))
    if ticket.place != Place.HOME and not (ticket.area_id or ticket.unit_id):  # a riser is public inside a home
        raise Refusal(_("选定公共位置。"))
    if ticket.urgency == Urgency.ROUTINE and not window:
        raise Refusal(_("一般报修要约定上门时间。"))
    if window:
        _check_window(window, now)


def _check_window(window: Window, now: dt.datetime) -> None:
    starts, ends = window
    if ends < starts:
        raise Refusal(_("预约的结束时间早于开始时间。"))
    if ends <= now:
        raise Refusal(_("预约时间已过，选 %(time)s 以后。") % {"time": f"{local(now):%H:%M}"})


def _judge_at_the_desk(ticket: Ticket) -> None:
    """First judgement of nature and trade from the part and the warranty (5.5.1-2, 5.5.2-2); the survey decides."""
    if not ticket.trade_id:
        ticket.trade = ticket.component.trade
    assert ticket.site is not None, "checked before"
    found = verdict(ticket.site, ticket.component, local(ticket.reported_at).date())
    ticket.warranty_state, ticket.warranty_ends_on = found.state, found.ends_on
    covered = found.state == "in" and not ticket.man_made
    if ticket.place == Place.MUNICIPAL:
        guess = Nature.MUNICIPAL
    elif found.state == "undetermined" and not ticket.man_made:
        guess = Nature.UNDETERMINED
    elif ticket.place == Place.PUBLIC:
        guess = Nature.WARRANTY_PUBLIC if covered else Nature.PAID_PUBLIC
    else:
        guess = Nature.WARRANTY_HOME if covered else Nature.PAID_HOME
    ticket.nature_guess = guess


def search_text(ticket: Ticket) -> str:
    """Number, place, telephone, name with pinyin, and what is wrong, for one search box."""
    unit = ticket.unit
    words = [
        squeezed(ticket.number),
        f"{unit.printed.replace('-', '')} {unit.code} {squeezed(unit.label)}" if unit else "",
        squeezed(str(ticket.area or "")),
        ticket.phone,
        squeezed(ticket.reporter_name),
        name_keys(ticket.reporter_name),
        squeezed(ticket.fault),
    ]
    return " ".join(words)[:400]


def _keep_window(ticket: Ticket, window: Window, by: User, at: dt.datetime) -> None:
    Appointment.objects.create(ticket=ticket, starts=window[0], ends=window[1], made_by=by, made_at=at)


def fact_time(ticket: Ticket, at: dt.datetime | None) -> dt.datetime:
    """When a fact of this ticket happened (see fact_time_after)."""
    return fact_time_after(ticket.since, at)


def fact_time_after(since: dt.datetime, at: dt.datetime | None) -> dt.datetime:
    """When it happened: not in the future, not older than 24 h, not before the step that led here (lives.md §0.4)."""
    now = clock.now()
    if at is None:
        return now
    if at > now + dt.timedelta(minutes=1):
        raise Refusal(_("时间不能晚于现在。"))
    if at < now - dt.timedelta(hours=24):
        raise Refusal(_("超过 24 小时的事，由前台补记。"))
    if at < since and since - at < dt.timedelta(minutes=1):
        return since
    if at < since:
        raise Refusal(_("时间早于上一步（%(time)s）。") % {"time": f"{local(since):%m-%d %H:%M}"})
    return min(at, now)


def told(ticket: Ticket, by: User, on_behalf_of: User | None) -> User | None:
    """Whose fact it is: the technician's own, or as told to the desk, which names him (trust.md §3)."""
    if on_behalf_of and on_behalf_of.pk != by.pk:
        if not on_behalf_of.may(TE, "ES", within=ticket.community_id):
            raise Refusal(_("只能代技工或工程主管记录。"))
        return on_behalf_of
    if by.may(TE, "ES", within=ticket.community_id):
        return None
    raise Refusal(_("写明是哪位技工办的。"))


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
def judge_by_description(ticket: Ticket, *, by: User, work: str, at: dt.datetime | None = None) -> None:
    """Judge a plain paid repair at the desk without a visit; the site still decides (5.5.1-2, sop.md readings)."""
    at = at or clock.now()
    ticket.advance(ticket.judge_by_description, by=by, at=at, nature=Nature.PAID_HOME)
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
def record_absence(
    ticket: Ticket,
    *,
    by: User,
    proof: str,
    window: Window | None = None,
    on_behalf_of: User | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Nobody at home (G3): the promise is kept at the moment of coming; a new window or a step clock follows."""
    at = fact_time(ticket, at)
    if not proof.strip():
        raise Refusal(_("写明门条或照片，证明来过。"))
    ticket.absences += 1
    absences = ticket.absences
    ticket.advance(
        ticket.record_absence,
        by=by,
        at=at,
        on_behalf_of=told(ticket, by, on_behalf_of),
        absences=absences,
        remark=proof,
        on_site_at=ticket.on_site_at or at,
    )
    sla.stop(ticket, Kind.ARRIVE, at=at, ref=None)
    if window:
        _new_window(ticket, window, by, at)
    else:
        sla.start(ticket, Kind.STEP, at=at, due=at + dt.timedelta(hours=24))


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
    person = told(ticket, by, on_behalf_of)
    ticket.advance(
        ticket.survey, by=by, at=at, on_behalf_of=person, nature=nature, trade=trade or ticket.trade, man_made=man_made
    )
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
    """Judge the nature anew with a reason (G10, G20); both judgements stay. The plain half: billing takes the quote back."""
    at = at or clock.now()
    if not reason.strip():
        raise Refusal(_("改判要写原因。"))
    if ticket.nature == Nature.UNDETERMINED and not by.may(SS, within=ticket.community_id):
        raise Forbidden("rejudge", (SS,))
    ticket.advance(ticket.rejudge, by=by, at=at, nature=nature)
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
def set_appointment(ticket: Ticket, *, by: User, window: Window, at: dt.datetime | None = None) -> None:
    """Agree on a first window with the customer (5.4.1)."""
    at = at or clock.now()
    if ticket.window_to and ticket.window_to > at:
        raise Refusal(_("已有预约，用“改约”。"))
    ticket.advance(ticket.set_appointment, by=by, at=at)
    _new_window(ticket, window, by, at)


@action
def move_appointment(
    ticket: Ticket, *, by: User, window: Window, moved_by: str, because: str, at: dt.datetime | None = None
) -> None:
    """Move a window (G2): asked by the customer before it was due it does not count; asked by us it is broken. Both stay."""
    at = at or clock.now()
    if not because.strip():
        raise Refusal(_("改约要写原因。"))
    ticket.advance(
        ticket.move_appointment, by=by, at=at, moved_by=moved_by, starts=window[0], ends=window[1], remark=because
    )
    ticket.appointments.filter(moved_at=None).update(moved_by=moved_by, moved_because=because, moved_at=at)
    why = Because.CUSTOMER if moved_by == Appointment.MovedBy.CUSTOMER else Because.US
    missed = ticket.deadlines.open().filter(kind=Kind.ARRIVE, due_at__lt=at)
    missed.update(cancelled_at=at, cancelled_because=Because.SUPERSEDED)
    refs = list(ticket.deadlines.filter(kind=Kind.ARRIVE).order_by("-pk").values_list("ref", flat=True)[:1])
    sla.cancel(ticket, Kind.ARRIVE, at=at, because=why, ref=None)
    _new_window(ticket, window, by, at, ref=refs[0] if refs else "")


def _new_window(ticket: Ticket, window: Window, by: User, at: dt.datetime, ref: str = "") -> None:
    _check_window(window, at)
    _keep_window(ticket, window, by, at)
    ticket.pushed(window_from=window[0], window_to=window[1])
    sla.stop(ticket, Kind.STEP, at=at, ref=ref)
    if ticket.state in {State.REPORTED, State.NOTIFIED, State.ORDERED}:
        due = window[1] if ticket.state == State.ORDERED else sla.arrive_due(ticket)
        sla.start(ticket, Kind.ARRIVE, at=at, due=due, ref=ref)


@action
def raise_urgency(ticket: Ticket, *, by: User, urgency: str, because: str, at: dt.datetime | None = None) -> None:
    """More urgent than thought (5.4): the thirty minutes begin at the raising."""
    at = whole_second(at or clock.now())
    order = list(Urgency.values)
    if order.index(urgency) <= order.index(ticket.urgency):
        raise Refusal(_("选更高的紧急程度。"))
    ticket.advance(ticket.raise_urgency, by=by, at=at, urgency=urgency, remark=because)
    if ticket.on_site_at is None:
        sla.start(ticket, Kind.ARRIVE, at=at, due=sla.arrive_due(ticket, since=at))
    if urgency == Urgency.URGENT:
        sla.start(ticket, Kind.FINISH, at=at, due=sla.night_due(ticket, since=at))


@action
def lower_urgency(
    ticket: Ticket, *, by: User, urgency: str, because: str, window: Window | None = None, at: dt.datetime | None = None
) -> None:
    """Less urgent than reported: the service supervisor only, with a reason; what was missed stays missed."""
    at = at or clock.now()
    order = list(Urgency.values)
    if order.index(urgency) >= order.index(ticket.urgency):
        raise Refusal(_("选更低的紧急程度。"))
    if not because.strip():
        raise Refusal(_("降低紧急程度要写原因。"))
    ticket.advance(ticket.lower_urgency, by=by, at=at, urgency=urgency, remark=because)
    sla.cancel(ticket, Kind.FINISH, at=at, because=Because.DOWNGRADED)
    if ticket.on_site_at is None and urgency == Urgency.ROUTINE:
        if not (window or (ticket.window_to and ticket.window_to > at)):
            raise Refusal(_("一般报修要约定上门时间。"))
        sla.cancel(ticket, Kind.ARRIVE, at=at, because=Because.DOWNGRADED)
        _new_window(ticket, window or (ticket.window_from or at, ticket.window_to or at), by, at)


@action
def customer_asks_to_wait(ticket: Ticket, *, by: User, because: str, at: dt.datetime | None = None) -> None:
    """The customer himself wants it later: takes the ticket out of the before-night figure (C.2)."""
    at = at or clock.now()
    ticket.advance(ticket.customer_asks_to_wait, by=by, at=at, remark=because)
    sla.cancel(ticket, Kind.FINISH, at=at, because=Because.CUSTOMER, ref=None)


@action
def urge(ticket: Ticket, *, by: User, words: str = "", at: dt.datetime | None = None) -> None:
    """The customer asks again (催单): counted and shown to who must act."""
    urged = ticket.urged + 1
    ticket.advance(ticket.urge, by=by, at=at or clock.now(), urged=urged, remark=words)


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
    """知道了: the bell falls silent for everybody; the clock goes on."""
    ticket = deadline.ticket
    if ticket:
        ticket.lock()
    at = at or clock.now()
    _row, made = Acknowledgement.objects.get_or_create(deadline=deadline, defaults={"by": by, "at": at})
    if made:
        write(
            ticket,
            "acknowledge",
            by=by,
            at=at,
            facts={"kind": deadline.kind, "deadline": deadline.pk},
            stream="" if ticket else deadline.ref,
        )


def complete(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    """The last open slip was accepted (5.5.1-7): everybody who reported is to be called back (5.5.1-9)."""
    first = ticket.completed_at or at
    left = ticket.callers.count() if ticket.has_caller else 0
    ticket.advance(ticket.complete, by=by, at=at, completed_at=first, callers_left=left)
    sla.stop(ticket, Kind.FINISH, at=at, ref=None)
    if ticket.has_caller and not ticket.corrections_open:
        sla.start(ticket, Kind.CALLBACK, at=at, due=at + ticket.community.callback_hours * sla.HOURS, ref="1")
    sla.rest(ticket, at=at)


def order(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    """A slip was issued: the ticket is under repair; after completion this is a rework slip (5.5.1-3, -9)."""
    again = ticket.state in {State.COMPLETED, State.CALLED_BACK, State.CLOSED}
    ticket.advance(ticket.reopen if again else ticket.order, by=by, at=at, closed_at=None)
    sla.rest(ticket, at=at)


def withdraw_order(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    """The last open slip was voided and none accepted (G15): a new one may be issued on the same acceptance."""
    ticket.advance(ticket.withdraw_order, by=by, at=at)
    sla.rest(ticket, at=at)
    confirm_prepaid(ticket, by=by, at=at)


def confirm_prepaid(ticket: Ticket, *, by: User, at: dt.datetime) -> None:
    """From ¥500.00 agreement and receipts are in (5.2.2-1c): the slip may be issued."""
    from core.money import AGREEMENT_FROM
    from tickets.lifecycle import is_paid_up

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
