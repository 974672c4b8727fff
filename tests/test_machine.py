"""A machine tries everything in any order, wrong people included; what must always hold is asked after every deed (trust.md §1)."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from django_fsm import ConcurrentTransition
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from core import clock
from core.lifecycle import Lifecycle
from core.refusals import Forbidden, Refusal
from papers.models import Series
from tests.cast import Cast
from tests.deeds import DEEDS, LIKELY
from tickets import sla
from tickets.conditions import is_paid_up
from tickets.evidence import broken_links
from tickets.models import Deadline, Event, Ticket
from tickets.states import FINAL, State
from workorders.models import Copy, Slip
from workorders.states import DONE_SLIP, OPEN_SLIP

EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "16"))
STEPS = 40
ZERO = Decimal("0.00")
PEOPLE = [
    "zhou",
    "lin",
    "wang",
    "shen",
    "zhou",
    "wang",
    "lin",
    "shen",
    "qian",
    "xu",
    "mei",
    "night",
    "dian",
    "fin",
    "admin",
]
COPIES_AND_CASH = {Deadline.Kind.COPY_RETURN, Deadline.Kind.CASH, Deadline.Kind.CORRECTION, Deadline.Kind.DESK_COPIES}
REPORTS: list[dict[str, Any]] = [
    {},
    {"urgency": "urgent"},
    {"unit": "unit_1201", "component": "water_pipe", "fault": "厨房水管接口渗水"},
    {"unit": None, "area": "hall", "place": "public", "spot": "", "component": "pump", "fault": "水泵机封漏水"},
    {
        "unit": None,
        "area": "hall",
        "place": "public",
        "spot": "",
        "component": "pump",
        "fault": "水泵不转",
        "relation": "patrol",
    },
    {
        "unit": None,
        "area": "hall",
        "place": "municipal",
        "spot": "",
        "component": "m_water",
        "fault": "主管爆裂",
        "urgency": "urgent",
    },
]


def listed_ways(model: type[Lifecycle]) -> set[tuple[str, str]]:
    """Every (from, to) that a listed step makes."""
    return {(str(move.source), str(move.target)) for move in model._moves() if move.target}


class Desk(RuleBasedStateMachine):
    """Reports come in, people do things to them in any order, time passes, the sweeper goes round."""

    cast: Cast

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.tickets: list[int] = []
        self.relived = clock.as_of(clock.now())
        self.relived.__enter__()
        self.moment = clock.now()

    def teardown(self) -> None:
        try:
            self.everything_holds()
        finally:
            self.relived.__exit__(None, None, None)
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def pass_time(self, minutes: int) -> None:
        self.relived.__exit__(None, None, None)
        self.moment += dt.timedelta(minutes=minutes, seconds=1)
        self.relived = clock.as_of(self.moment)
        self.relived.__enter__()

    @initialize(kinds=st.lists(st.integers(0, len(REPORTS) - 1), min_size=1, max_size=2))
    def reports_come_in(self, kinds: list[int]) -> None:
        for kind in kinds:
            given = {
                key: getattr(self.cast, value) if value in {"unit_1201", "hall"} else value
                for key, value in REPORTS[kind].items()
            }
            self.tickets.append(self.cast.report(**given).pk)

    @rule(minutes=st.sampled_from([20, 90, 60 * 13, 60 * 30]))
    def time_passes(self, minutes: int) -> None:
        self.pass_time(minutes)
        missed = Deadline.objects.missed(clock.now()).count()
        assert sla.escalate_missed() == missed
        assert sla.escalate_missed() == 0

    @rule(
        which=st.integers(0, 1),
        who=st.integers(0, len(PEOPLE) - 1),
        deed=st.integers(0, len(DEEDS) - 1),
        choice=st.integers(0, 500),
    )
    def somebody_does_something(self, which: int, who: int, deed: int, choice: int) -> None:
        ticket = self.ticket(which)
        self.attempt(ticket, PEOPLE[who], DEEDS[deed], choice)

    @rule(which=st.integers(0, 1), choice=st.integers(0, 500))
    def the_procedure_goes_on(self, which: int, choice: int) -> None:
        """What the state makes likely, by the first of the people who may."""
        ticket = self.ticket(which)
        likely = LIKELY.get(ticket.state, [])
        for deed in likely[choice % max(len(likely), 1) :] + likely:
            for name in ("wang", "zhou", "lin", "shen"):
                if self.attempt(ticket, name, deed, choice):
                    return
                ticket = self.ticket(which)

    @rule(which=st.integers(0, 1), choice=st.integers(0, 500))
    def the_procedure_goes_on_and_on(self, which: int, choice: int) -> None:
        for add in range(3):
            self.the_procedure_goes_on(which, choice + add)

    def ticket(self, which: int) -> Any:
        return Ticket.objects.select_related("community").get(pk=self.tickets[which % len(self.tickets)])

    def attempt(self, ticket: Ticket, who: str, deed: Any, choice: int) -> bool:
        """One deed; refused, it leaves no trace; done, everything still holds. Was it done?"""
        self.pass_time(1)
        before, standing = digest(ticket), states(ticket)
        try:
            with transaction.atomic():
                deed(self.cast, ticket, self.cast.people[who], choice)
        except (Refusal, Forbidden, ConcurrentTransition) as trouble:
            assert digest(ticket) == before, f"{deed.__name__} was refused ({trouble}) and changed something"
            return False
        note(f"{who} {deed.__name__}({choice}) → {states(ticket)}")
        assert Event.objects.filter(ticket=ticket).count() > before["events"], deed.__name__
        moved_by_steps(standing, states(ticket))
        for pk in self.tickets:  # a merge or a rework touches the other one too
            holds(Ticket.objects.get(pk=pk), f"after {deed.__name__} by {who} ({choice})")
        return True

    def everything_holds(self) -> None:
        for pk in self.tickets:
            holds(Ticket.objects.get(pk=pk), "at the end")
        assert list(broken_links()) == []
        for series in Series.objects.filter(kind__in=["WX", "WB", "GG"]):
            assert Slip.objects.filter(number__contains=f"-{series.kind}-{series.month}-").count() == series.last


def states(ticket: Ticket) -> dict[Any, str]:
    """The state of the ticket and of each of its slips, by model and key."""
    found: dict[Any, str] = {(Ticket, ticket.pk): Ticket.objects.values_list("state", flat=True).get(pk=ticket.pk)}
    return found | {(Slip, pk): state for pk, state in Slip.objects.filter(ticket=ticket).values_list("pk", "state")}


def moved_by_steps(before: dict[Any, str], after: dict[Any, str]) -> None:
    """What changed was reached along listed steps, a few of them where one follows from another."""
    for (model, pk), state in after.items():
        was = before.get((model, pk), "issued")
        reached, ways = {was}, WAYS[model]
        for _step in range(4):
            reached |= {end for start, end in ways if start in reached}
        assert state in reached, f"{model.__name__} {was} → {state}"


WAYS = {Ticket: listed_ways(Ticket), Slip: listed_ways(Slip)}


def digest(ticket: Ticket) -> dict[str, Any]:
    """Everything a deed could have changed, cheaply."""
    return {
        "ticket": Ticket.objects.filter(pk=ticket.pk).values().get(),
        "slips": list(
            Slip.objects.filter(ticket=ticket)
            .order_by("pk")
            .values_list("pk", "state", "version", "technician", "content_hash")
        ),
        "copies": list(
            Copy.objects.filter(slip__ticket=ticket).order_by("pk").values_list("pk", "holder", "person", "lost_by")
        ),
        "deadlines": list(ticket.deadlines.order_by("pk").values_list("pk", "due_at", "met_at", "cancelled_at")),
        "payments": list(ticket.payments.order_by("pk").values_list("pk", "state", "amount")),
        "charges": list(ticket.charges.order_by("pk").values_list("pk", "state")),
        "series": list(Series.objects.order_by("pk").values_list("kind", "month", "last")),
        "events": ticket.events.count(),
    }


def holds(ticket: Ticket, when: str) -> None:
    """P3, P4, 5.1.2, 5.2.2-1c and the pushed facts, for one repair."""
    slips = list(ticket.slips.order_by("pk"))
    for slip in slips:
        slip.ticket = ticket
    assert copies_are_sound(slips), when
    assert ticket.open_slips == sum(slip.state in OPEN_SLIP for slip in slips), when
    assert (ticket.state == State.ORDERED) <= (ticket.open_slips > 0), f"{when}: under repair without an open slip"
    owed = sum((charge.net for charge in ticket.charges.all()), ZERO)
    paid = ticket.payments.aggregate(sum=Sum("amount"))["sum"] or ZERO
    assert ticket.balance == owed - paid, when
    accepted = sum((quote.total for quote in ticket.quotes.filter(state="accepted")), ZERO)
    assert ticket.accepted_total == accepted, when
    for slip in slips:
        if slip.state in DONE_SLIP and not slip.free:
            assert is_paid_up(ticket), f"{when}: {slip.number} accepted without agreement and receipt"
        if slip.kind != "dispatch":
            assert not slip.lines and slip.due_sum == ZERO, when
    kinds = set(ticket.deadlines.open().values_list("kind", flat=True))
    assert somebody_has_a_clock(ticket, kinds), f"{when}: {ticket.state} with the clocks {sorted(kinds)}"
    for slip in slips:
        if slip.state in OPEN_SLIP:
            own = set(ticket.deadlines.open().filter(ref__in=["", slip.number]).values_list("kind", flat=True))
            assert own - {"copy_return", "cash"}, f"{when}: {slip.number} is {slip.state} without a clock"
    seqs = list(ticket.events.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, len(seqs) + 1)), when


def copies_are_sound(slips: list[Slip]) -> bool:
    """Three a slip, each with the holder of its last handover, and each handover begins where the one before ended."""
    for slip in slips:
        copies = list(slip.copies.prefetch_related("handovers").order_by("number"))
        if [copy.number for copy in copies] != [1, 2, 3]:
            return False
        for copy in copies:
            moves = sorted(copy.handovers.all(), key=lambda move: move.seq)
            ends = ["", *(move.to_holder for move in moves)]
            if copy.holder != ends[-1] or [move.from_holder for move in moves] != ends[:-1]:
                return False
    return True


def somebody_has_a_clock(ticket: Ticket, kinds: set[str]) -> bool:
    """5.1.2: an open repair has an open deadline; an ended one has none but those of copies, cash and corrections."""
    return kinds <= COPIES_AND_CASH if ticket.state in FINAL else bool(kinds - {"copy_return", "cash"})


@pytest.mark.engine
@pytest.mark.sop("5.1.2")
def test_whatever_people_do_in_whatever_order_the_books_hold(cast: Cast) -> None:
    Desk.cast = cast
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, print_blob=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate], database=None, derandomize="MACHINE_EXAMPLES" not in os.environ,
        ),
    )  # fmt: skip
