"""Everything that people do to a repair, as deeds a machine may try in any order: `deed(cast, ticket, by, choice)`.

A deed picks its arguments from `choice`, a number; what is senseless or forbidden is left to the product to refuse.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from billing import actions as billing
from billing import agreements, quoting, till
from billing.models import Agreement
from callbacks import actions as callbacks
from callbacks import merging, rework
from core import clock
from core.refusals import Refusal
from people.models import User
from tests.cast import STROKES, Cast
from tickets import actions as tickets
from tickets import appointments, judging, recording
from tickets import urgency as raising
from tickets.models import Ticket
from tickets.states import Nature, Urgency
from workorders import acceptance, custody, issuing, notices, referrals, urgency
from workorders import actions as workorders
from workorders.models import Notice, Referral, Slip

Deed = Callable[[Cast, Ticket, User, int], Any]
HOUR = dt.timedelta(hours=1)
TOTALS = ["35.00", "499.99", "500.00", "800.00"]


def soon(choice: int) -> tuple[dt.datetime, dt.datetime]:
    hours = choice % 5 + 1
    return clock.now() + hours * HOUR, clock.now() + (hours + 1) * HOUR


def last(rows: Any, what: str) -> Any:
    """The newest of a ticket's rows; a deed on nothing is refused like any other."""
    row = rows.order_by("-pk").first()
    if row is None:
        raise Refusal(f"no {what}")
    return row


def slip_of(ticket: Ticket, choice: int) -> Any:
    slips = list(ticket.slips.order_by("-pk")[:2])
    if not slips:
        raise Refusal("no slip")
    return slips[choice % len(slips) if choice % 7 == 0 else 0]


def helper_of(cast: Cast, by: User, choice: int) -> User | None:
    """A desk names whose fact it is; a technician or supervisor speaks for himself."""
    return None if by in {cast.wang, cast.xu, cast.shen} else [cast.wang, cast.xu, None][choice % 3]


def notify(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    tickets.notify_engineering(ticket, by=by, to=[cast.wang, cast.wang.team, cast.dian][choice % 3])


def arrive(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    if ticket.slips.exists():
        workorders.arrive(slip_of(ticket, choice), by=by, on_behalf_of=helper_of(cast, by, choice))
    else:
        tickets.arrive(ticket, by=by, on_behalf_of=helper_of(cast, by, choice))


def survey(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    nature = ticket.nature_guess if choice % 3 else list(Nature.values)[choice % 6]
    if nature != ticket.nature_guess:
        cast.photographed(ticket)
    helper = helper_of(cast, by, choice)
    tickets.survey(ticket, by=by, nature=nature, work="更换阀芯", reason="现场所见不同", on_behalf_of=helper)


def rejudge(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    billing.rejudge(ticket, by=by, nature=list(Nature.values)[choice % 6], reason="改判")


def offer(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    material = ["0.00", "15.00"][choice % 2]
    quoting.offer_quote(ticket, by=by, lines=cast.lines(TOTALS[choice % 4], material), visit_fee_told=choice % 3 == 0)


def answer(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    if choice % 6 == 0:
        quoting.decline_quote(ticket, by=by, reason="嫌贵", visit_fee=choice % 4 == 0)
    elif choice % 6 == 1:
        quoting.keep_old_quote(ticket, by=by)
    else:
        quoting.accept_quote(ticket, by=by, name="李建国", relation=["owner", "tenant"][choice % 2], how="phone")


def revise(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    """While the work goes on: more is offered, accepted or refused (G4)."""
    if not ticket.revision_pending:
        quoting.offer_quote(ticket, by=by, lines=cast.lines(TOTALS[choice % 4], "15.00"), visit_fee_told=False)
    elif choice % 3 == 0:
        quoting.refuse_revision(ticket, by=by)
    else:
        quoting.accept_quote(ticket, by=by, name="李建国", relation="owner", how="phone")


def merge(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    """The other repair of the walk is the same fault, or this one is a rework of it."""
    other = Ticket.objects.exclude(pk=ticket.pk).order_by("pk").first()
    if other is None:
        raise Refusal("no other repair")
    if choice % 3 == 0:
        merging.merge([ticket], into=other, by=by)
    elif choice % 3 == 1:
        recording.link_rework(ticket, by=by, earlier=other)
    elif choice % 2:
        rework.confirm_rework(ticket, by=by)
    else:
        recording.refuse_rework(ticket, by=by, because="不是同一原因")


def object_to(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    if choice % 2:
        recording.record_objection(ticket, by=by, words="不认可")
    else:
        judging.tell_judgement(ticket, by=by, how="phone")


def agree(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    issued = ticket.agreements.filter(state="issued").last()
    if issued:
        issued.ticket = ticket
        agreements.sign_agreement(issued, by=by, owner_signs=True)
        return
    today = clock.today()
    draft = Agreement(
        party="李建国", scope="防水", materials="乙方", starts_on=today, ends_on=today, guarantee_months=3
    )
    agreements.issue_agreement(ticket, by=by, agreement=draft)


def pay(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    amount = ticket.balance if choice % 4 else Decimal("10.00")
    method, because = ["cash", "wechat"][choice % 2], "" if choice % 4 else "分两次"
    till.receive(ticket, by=by, amount=amount, method=method, payer="李建国", reference="8841", part_because=because)


def hand_cash(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    held = last(ticket.payments.filter(state="received"), "cash")
    till.hand_over_cash(technician=held.received_by, payments=[held], counted=held.amount, by=by)


def issue(cast: Cast, ticket: Ticket, by: User, choice: int) -> Slip:
    technician = [cast.wang, cast.wang, cast.xu][choice % 3]
    kind = ticket.kind_of_slip
    if kind == "warranty":
        return issuing.issue_warranty_slip(
            ticket, by=by, technician=technician, window=None if choice % 2 else soon(choice)
        )
    if kind == "facility":
        cost = issuing.Cost(*[("company",), ("fund",), ("liable", "某公司"), ("fund", "", "维资1")][choice % 4])
        if ticket.taken_over and choice % 3:
            cost = issuing.Cost("builder")
        return issuing.issue_facility_slip(ticket, by=by, technician=technician, cost=cost, equipment="水泵")
    return billing.issue_slip(ticket, by=by, technician=technician, performer_on_site=choice % 5 == 0)


def collect(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    workorders.collect(slip_of(ticket, choice), by=by, name="赵工")


def leave(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    window = soon(choice) if choice % 2 else None
    slip = slip_of(ticket, choice)
    workorders.leave(slip, by=by, why="parts", window=window, on_behalf_of=helper_of(cast, by, choice))


def reassign(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    to = [cast.wang, cast.xu, cast.dian][choice % 3]
    if ticket.slips.exists():
        workorders.reassign(slip_of(ticket, choice), by=by, to=to)
    else:
        tickets.reassign(ticket, by=by, to=to)


def parts(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    slip = slip_of(ticket, choice)
    price = "0.00" if slip.kind == "warranty" else ["15.00", "99.00", "15.00"][choice % 3]
    helper = helper_of(cast, by, choice)
    workorders.list_parts(
        slip, by=by, parts=cast.parts(price) if choice % 4 else [], verified=True, on_behalf_of=helper
    )


def finish(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    slip = slip_of(ticket, choice)
    workorders.finish(
        slip, by=by, work="已修好", strokes=STROKES, name="赵工", no_parts=choice % 2 == 0, unused_confirmed=choice % 3 > 0,
        on_behalf_of=helper_of(cast, by, choice),
    )  # fmt: skip


def sign(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    slip = slip_of(ticket, choice)
    if choice % 9 == 0:
        acceptance.reject(
            slip, by=by, name="李建国", words="还在滴", strokes=STROKES, on_behalf_of=helper_of(cast, by, choice)
        )
    elif choice % 9 == 1:
        acceptance.unfinish(slip, by=by, because="看错了")
    elif choice % 9 == 2:
        acceptance.refuse_to_sign(slip, by=by, because="不愿签", witness=cast.qian)
    elif choice % 9 == 3:
        billing.confirm_refusal(slip, by=by)
    else:
        billing.accept_slip(slip, by=by, name="李建国", opinion="passed", strokes=STROKES if choice % 2 else None)


def countersign(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    billing.countersign_slip(
        slip_of(ticket, choice), by=by, opinion=["passed", "failed"][choice % 8 == 0], strokes=STROKES
    )


def bear(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    number = "维资2" if choice % 2 else ""
    acceptance.change_bearer(slip_of(ticket, choice), by=by, bearer="fund", approval_number=number)


def bring(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    slip = slip_of(ticket, choice)
    if choice % 8 == 0:
        custody.declare_lost(slip, number=choice % 3 + 1, because="雨淋", by=by)
    elif choice % 8 == 1:
        custody.approve_lost(slip, number=choice % 3 + 1, by=by)
    elif choice % 8 == 2:
        custody.keep(slip, by=by)
    else:
        custody.take_in(slip, copies=[[1, 2], [1, 2, 3], [3], [1]][choice % 4], by=by)


def void(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    billing.void_slip(slip_of(ticket, choice), by=by, reason="写错")


def call(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    caller = last(ticket.callers, "caller")
    if choice % 5 == 0:
        callbacks.record_attempt(ticket, caller=caller, by=by)
    else:
        fine, visit = choice % 5 > 1, choice % 2 == 0
        callbacks.record_answer(
            ticket, caller=caller, by=by, satisfied=fine, opinion="" if fine else "又滴了", needs_visit=visit
        )


def put_right(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    correction = last(ticket.corrections, "correction")
    correction.ticket = ticket
    if choice % 6 == 0:
        callbacks.withdraw(correction, by=by, because="误提")
    elif correction.state == "raised":
        callbacks.assign(correction, by=by, to=cast.wang)
    elif correction.state == "assigned":
        callbacks.correct(correction, by=by, done="重新拧紧")
    else:
        callbacks.verify_unreached(correction, by=by)


def move(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    if choice % 3 == 0:
        appointments.set_appointment(ticket, by=by, window=soon(choice))
    elif choice % 3 == 1:
        who = ["customer", "us"][choice % 2]
        appointments.move_appointment(ticket, by=by, window=soon(choice), moved_by=who, because="改时间")
    else:
        window = soon(choice) if choice % 2 else None
        appointments.record_absence(
            ticket, by=by, proof="门条", window=window, on_behalf_of=helper_of(cast, by, choice)
        )


def hurry(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    if choice % 4 < 2:
        raising.raise_urgency(ticket, by=by, urgency=[Urgency.PROMPT, Urgency.URGENT][choice % 2], because="水大了")
    elif choice % 4 == 2:
        lower = [Urgency.ROUTINE, Urgency.PROMPT][choice % 8 > 3]
        urgency.lower_urgency(ticket, by=by, urgency=lower, because="已关阀")
    else:
        urgency.customer_asks_to_wait(ticket, by=by, because="过两天再修")


def letter(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    if choice % 4 == 0 or not Notice.objects.filter(tickets=ticket).exists():
        notices.send_notice([ticket], by=by)
        return
    notice = last(ticket.notices, "notice")
    if choice % 4 == 1:
        notices.agree_time(notice, by=by, window=soon(choice))
    elif choice % 4 == 2:
        notices.refuse_notice(notice, by=by, because="不属我方")
    else:
        notices.acknowledge_notice(notice, by=by, name="赵工")


def take_over(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    notices.take_over(ticket, by=by, because="两次不来")


def municipal(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    after = clock.now() + HOUR
    if ticket.state != "referred":
        draft = Referral(
            body="water", how="phone", basis="市政管段", judged_by=by, judged_at=clock.now(), reference="未提供"
        )
        referrals.refer(ticket, by=by, referral=draft, next_at=after, measures="围挡")
    elif choice % 3 == 0:
        referrals.take_back(ticket, by=by, because="不归我们")
    elif choice % 3 == 1:
        referrals.follow_up(ticket, by=by, words="在挖", next_at=after)
    else:
        referrals.confirm_restored(ticket, by=by, restored_at=clock.now(), confirmed_by=by, told=True)


def end(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    if choice % 4 == 0:
        billing.cancel(ticket, by=by, reason=Ticket.CancelReason.CUSTOMER, words="不用了")
    else:
        workorders.close(ticket, by=by)


def safe(cast: Cast, ticket: Ticket, by: User, choice: int) -> None:
    tickets.make_safe(ticket, by=by, what="关阀", on_behalf_of=helper_of(cast, by, choice))


# In the order of the procedure; what the state makes likely is tried more often (test_machine.py).
DEEDS: list[Deed] = [
    notify, arrive, survey, rejudge, offer, answer, agree, pay, hand_cash, letter, take_over, issue, collect, leave, reassign,
    parts, finish, sign, countersign, bear, bring, void, call, put_right, move, hurry, municipal, end, safe, revise, merge, object_to,
]  # fmt: skip
LIKELY: dict[str, list[Deed]] = {
    "reported": [notify],
    "notified": [arrive],
    "on_site": [survey],
    "surveyed": [object_to, offer, letter, issue, municipal, take_over],
    "quoted": [answer],
    "accepted": [agree, pay, issue],
    "prepaid": [issue],
    "ordered": [collect, arrive, parts, finish, sign, countersign, revise],
    "completed": [bring, pay, call, put_right, hand_cash],
    "called_back": [bring, pay, end, hand_cash],
    "closed": [bring],
    "referred": [municipal],
}
