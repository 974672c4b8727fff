"""Three degrees of urgency, and stopping the damage before any price (SOP 5.4, readings; domain G1, G17)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from billing import actions as billing
from billing import quoting
from billing.models import Quote
from core.clock import SHANGHAI
from core.money import ZERO
from core.refusals import Forbidden, Refusal
from tests.cast import Cast
from tests.test_steps import errors, send
from tests.test_ticket_page import offered
from tickets import actions as tickets
from tickets import urgency
from tickets.models import Ticket
from workorders import actions as workorders


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture
def clock():
    with time_machine.travel(at(23, 10), tick=False) as traveller:
        yield traveller


def open_dues(ticket: Ticket) -> dict[str, dt.datetime]:
    return dict(ticket.deadlines.open().values_list("kind", "due_at"))


# G1 ---------------------------------------------------------------------------


@pytest.mark.clock
@pytest.mark.sop("5.4.2-1", "5.4.2-2")
def test_g1_an_urgent_report_at_ten_to_midnight_on_the_last_of_a_month(cast: Cast, clock) -> None:
    clock.move_to(at(30, 23, 50))
    ticket = cast.report(urgency="urgent", component="valve")
    assert open_dues(ticket) == {
        "notify": at(30, 23, 55),
        "arrive": at(1, 0, 20, month=12),
        "finish": at(1, 3, 50, month=12),
    }
    assert ticket.number == "HT-BX-202611-0001"
    clock.move_to(at(1, 0, 10, month=12))
    tickets.notify_engineering(ticket, by=cast.night, to=cast.wang)
    tickets.arrive(ticket, by=cast.wang)
    tickets.survey(ticket, by=cast.wang, nature="paid_home", work="换角阀")
    quoting.offer_quote(ticket, by=cast.night, lines=cast.lines("35.00", "0.00"))
    quoting.accept_quote(ticket, by=cast.night, name="李建国", relation="owner", how=Quote.How.PHONE)
    slip = billing.issue_slip(ticket, by=cast.night, technician=cast.wang, performer_on_site=True)
    assert slip.number == "HT-WX-202612-0001"
    late = {row.kind: row.late_by() > dt.timedelta(0) for row in ticket.deadlines.exclude(met_at=None)}
    assert (late["notify"], late["arrive"]) == (True, False)


@pytest.mark.clock
@pytest.mark.sop("5.4.2-1")
@pytest.mark.parametrize(
    ("reported", "finish"),
    [(at(23, 19, 59), at(24, 0)), (at(23, 20, 0), at(24, 0)), (at(23, 20, 1), at(24, 0, 1)), (at(24, 0, 0), at(25, 0))],
)
def test_g1_before_night_is_the_later_of_midnight_and_four_hours(reported, finish, cast: Cast, clock) -> None:
    clock.move_to(reported)
    assert open_dues(cast.report(urgency="urgent"))["finish"] == finish


# Degrees ------------------------------------------------------------------------


@pytest.mark.sop("5.4.1", "5.4.2-2")
def test_each_degree_has_its_own_promises(cast: Cast, clock) -> None:
    routine = cast.report(window=(at(23, 14), at(23, 15)))
    prompt, urgent = cast.report(urgency="prompt"), cast.report(urgency="urgent")
    assert [open_dues(ticket).get("arrive") for ticket in (routine, prompt, urgent)] == [
        at(23, 15),
        at(23, 10, 30),
        at(23, 10, 30),
    ]
    assert [open_dues(ticket).get("finish") for ticket in (routine, prompt, urgent)] == [None, None, at(24, 0)]


def test_the_desk_raises_and_only_the_service_supervisor_lowers(cast: Cast, clock) -> None:
    ticket = cast.report(window=(at(23, 14), at(23, 15)))
    clock.shift(dt.timedelta(minutes=20))
    urgency.raise_urgency(ticket, by=cast.night, urgency="prompt", because="越漏越大")
    assert open_dues(ticket)["arrive"] == at(23, 10, 50)
    urgency.raise_urgency(ticket, by=cast.zhou, urgency="urgent", because="漏到楼下")
    assert (open_dues(ticket)["arrive"], open_dues(ticket)["finish"]) == (at(23, 10, 50), at(24, 0))
    for who in (cast.zhou, cast.night, cast.shen):
        with pytest.raises(Forbidden):
            urgency.lower_urgency(ticket, by=who, urgency="prompt", because="总阀已关")
    urgency.lower_urgency(ticket, by=cast.lin, urgency="prompt", because="总阀已关")
    assert (ticket.urgency, open_dues(ticket).get("finish")) == ("prompt", None)
    assert ticket.deadlines.get(kind="finish").cancelled_because == "downgraded"


def test_the_steps_offer_the_degrees_on_their_side(cast: Cast, sign_in, clock) -> None:
    prompt = cast.report(urgency="prompt")
    names = [offer.name for offer in offered(cast, prompt, "lin").rare]
    assert {"raise_urgency", "lower_urgency"} <= set(names)
    answer = send(sign_in("zhou"), "raise_urgency", prompt, urgency="routine", because="不急")
    assert (answer.status_code, errors(answer)) == (422, {"urgency": ["紧急程度没有这一项，重新选"]})


# G17 ------------------------------------------------------------------------------


def leaking(cast: Cast) -> Ticket:
    """An urgent leak in an empty home whose owner cannot be reached; the technician is on site."""
    ticket = cast.notified(urgency="urgent", component="valve", fault="无人在家，水流到楼下")
    tickets.arrive(ticket, by=cast.wang)
    return ticket


@pytest.mark.sop("5.4.2-1")
def test_g17_the_damage_is_stopped_free_before_any_quote_and_no_clock_stops(cast: Cast, clock) -> None:
    ticket = leaking(cast)
    dues = open_dues(ticket)
    tickets.make_safe(ticket, by=cast.wang, what="关入户总阀，抽水")
    assert (ticket.state, ticket.accepted_total, ticket.balance) == ("on_site", ZERO, ZERO)
    assert not ticket.quotes.exists() and not ticket.charges.exists()
    assert open_dues(ticket) == dues


@pytest.mark.sop("5.5.1-3")
def test_g17_no_slip_to_be_priced_later_only_when_somebody_entitled_accepts(cast: Cast, clock) -> None:
    ticket = leaking(cast)
    tickets.make_safe(ticket, by=cast.wang, what="关入户总阀")
    with pytest.raises(Refusal):
        billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang, performer_on_site=True)
    tickets.survey(ticket, by=cast.wang, nature="paid_home", work="换角阀")
    with pytest.raises(Refusal, match="还没有认可的报价"):
        billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang, performer_on_site=True)
    quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines())
    tickets.make_safe(ticket, by=cast.wang, what="再查一遍，不漏")
    with pytest.raises(Refusal):
        billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang, performer_on_site=True)
    quoting.accept_quote(ticket, by=cast.zhou, name="李建国", relation="owner", how=Quote.How.PHONE)
    slip = billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang, performer_on_site=True)
    workorders.arrive(slip, by=cast.wang)
    assert (slip.state, ticket.state) == ("arrived", "ordered")


@pytest.mark.sop("5.5.1-3")
def test_g17_acceptance_is_taken_on_site_signed_or_by_telephone_at_the_desk(cast: Cast, clock) -> None:
    def offered_to(how: str, by: Any) -> Ticket:
        ticket = leaking(cast)
        tickets.survey(ticket, by=cast.wang, nature="paid_home", work="换角阀")
        quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines())
        quoting.accept_quote(ticket, by=by, name="李建国", relation="owner", how=how)
        return ticket

    assert offered_to(Quote.How.SIGNED, cast.wang).state == "accepted"
    assert offered_to(Quote.How.PHONE, cast.zhou).state == "accepted"
    with pytest.raises(Refusal, match="技工只登记客户现场签字的答复"):
        offered_to(Quote.How.PHONE, cast.wang)


def test_g17_what_was_made_safe_has_words_and_no_price(cast: Cast, sign_in, clock) -> None:
    ticket, client = leaking(cast), sign_in("wang")
    answer = send(client, "make_safe", ticket, what="")
    assert (answer.status_code, errors(answer)) == (422, {"what": ["填写做了什么"]})
    assert "price" not in answer.context["form"].fields
    assert send(client, "make_safe", ticket, what="关总阀").status_code == 302
    ticket.refresh_from_db()
    assert ticket.made_safe_at == at(23, 10)
