"""What must hold over a whole desk, checked on a small demonstration estate (trust.md §1, 5.1.2, 5.5.1-8)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import F, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Concat

from billing.lifecycle import ChargeState, PaymentState
from billing.models import Agreement, CashHandover, Charge, Payment, Receipt
from callbacks.answers import OPEN_CORRECTION
from callbacks.models import Complaint, Correction
from core import clock
from desk.demo.estate import make_estate
from desk.demo.programme import plan, scenes
from desk.demo.stage import Stage, live
from desk.models import Shift
from papers.models import Kind, Series
from people.models import User
from places.models import Community
from tickets.conditions import is_paid_up, owes
from tickets.models import Deadline, Inspection, Ticket
from tickets.states import FINAL, State
from workorders.models import Copy, Handover, Notice, Referral, Slip
from workorders.states import DONE_SLIP, OPEN_SLIP

D, ZERO = Decimal, Decimal("0.00")
NUMBERED: dict[str, Any] = {
    Kind.TICKET: Ticket, Kind.DISPATCH: Slip, Kind.WARRANTY: Slip, Kind.FACILITY: Slip, Kind.NOTICE: Notice, Kind.REFERRAL: Referral,
    Kind.INSPECTION: Inspection, Kind.SHIFT: Shift, Kind.AGREEMENT: Agreement, Kind.RECEIPT: Receipt, Kind.CORRECTION: Correction, Kind.HANDOVER: CashHandover,
    Kind.COMPLAINT: Complaint,
}  # fmt: skip


class Undone(Exception):
    """Takes the estate away again."""


@pytest.fixture(scope="module")
def estate(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A demonstration estate of twelve repairs and what else it shows, made once for all tests here."""
    with django_db_blocker.unblock(), pytest.raises(Undone), transaction.atomic():
        Community.objects.update(code="ZZ")  # the cast makes room
        User.objects.update(username=Concat(Value("cast-"), F("username")))

        stage, now = Stage.of(make_estate(), 1), clock.now()
        live(plan(stage, clock.today().replace(day=1), now, 12, today=8) + scenes(stage, now), now)
        yield
        raise Undone


@pytest.fixture(autouse=True)
def _on_the_estate(estate: None, db: None) -> None:
    """Every test reads the estate."""


def test_there_is_something_to_check() -> None:
    assert Ticket.objects.count() >= 12
    assert Slip.objects.exists() and Payment.objects.exists()


@pytest.mark.sop("5.5.1-8")
def test_every_slip_has_three_copies_each_with_the_holder_of_its_last_handover() -> None:
    for slip in Slip.objects.all():
        assert list(slip.copies.order_by("number").values_list("number", flat=True)) == [1, 2, 3]
    last = Handover.objects.filter(copy=OuterRef("pk")).order_by("-seq")
    rows = Copy.objects.annotate(to=Subquery(last.values("to_holder")[:1]), who=Subquery(last.values("to_person")[:1]))
    assert [(row.holder, row.person_id) for row in rows] == [(row.to, row.who) for row in rows]


@pytest.mark.sop("5.5.1-8")
def test_every_handover_begins_where_the_one_before_ended() -> None:
    for copy in Copy.objects.all():
        moves = list(copy.handovers.order_by("seq"))
        assert [move.seq for move in moves] == list(range(1, len(moves) + 1))
        assert moves[0].from_holder == ""
        ends = [(move.to_holder, move.to_person_id) for move in moves[:-1]]
        assert [(move.from_holder, move.from_person_id) for move in moves[1:]] == ends


@pytest.mark.parametrize("kind", NUMBERED)
def test_numbers_have_no_gap_and_the_series_ends_with_the_last(kind: str) -> None:
    found: dict[tuple[int, str], list[int]] = {}
    numbered = NUMBERED[kind].objects.exclude(number=None).exclude(number="")
    for row in numbered.filter(number__contains=f"-{kind}-") if NUMBERED[kind] is Slip else numbered:
        _code, written, month, last = row.number.split("-")
        assert written == kind
        found.setdefault((row.community_id, month), []).append(int(last))
    if kind == Kind.AGREEMENT:  # supplements share their number
        found = {month: sorted(set(numbers)) for month, numbers in found.items()}
    assert found, "nothing of this kind to check"
    ends = {(row.community_id, row.month): row.last for row in Series.objects.filter(kind=kind) if row.last}
    assert {month: sorted(numbers) for month, numbers in found.items()} == {
        month: list(range(1, last + 1)) for month, last in ends.items()
    }


@pytest.mark.sop("5.1.2")
def test_every_open_repair_has_a_clock_and_somebody_responsible() -> None:
    for ticket in Ticket.objects.exclude(state__in=FINAL):
        assert ticket.deadlines.open().exists(), (ticket.number, ticket.state)
        if ticket.state in {State.NOTIFIED, State.ON_SITE}:
            assert ticket.technician_id or ticket.team_id, ticket.number
        if ticket.state == State.ORDERED:
            assert ticket.slips.open().exists(), ticket.number
    for ticket in Ticket.objects.filter(state__in=FINAL):
        kinds = set(ticket.deadlines.open().of_repairs().values_list("kind", flat=True))
        assert kinds <= {Deadline.Kind.COPY_RETURN, Deadline.Kind.CASH}, (ticket.number, kinds)


@pytest.mark.sop("5.1.2")
def test_every_open_complaint_has_one_clock_and_an_ended_one_none() -> None:
    open_ones = Deadline.objects.open().of_complaints()
    for complaint in Complaint.objects.all():
        due = list(open_ones.filter(ticket=complaint.ticket, ref=complaint.number).values_list("kind", flat=True))
        wanted = {"recorded": ["complaint"], "owned": ["complaint"], "answered": ["step"]}.get(complaint.state, [])
        assert due == wanted, (complaint.number, complaint.state)
    assert sorted(Complaint.objects.values_list("state", flat=True)) == ["closed", "owned", "recorded"]


def test_charges_less_payments_are_the_balance_and_every_receipt_is_one_payment() -> None:
    for ticket in Ticket.objects.all():
        owed = sum((charge.net for charge in ticket.charges.all()), ZERO)
        paid = ticket.payments.aggregate(sum=Sum("amount"))["sum"] or ZERO
        assert ticket.balance == owed - paid, ticket.number
    for payment in Payment.objects.all():
        receipts = [receipt.amount for receipt in payment.receipts.filter(voided_at=None)]
        assert receipts == ([payment.amount] if payment.state == PaymentState.RECEIPTED else [])
    settled = Charge.objects.filter(state=ChargeState.OPEN, ticket__balance__lte=ZERO)
    assert list(settled) == []


@pytest.mark.sop("5.2.2-1c")
def test_no_standing_slip_from_500_is_without_agreement_and_receipt() -> None:
    for slip in Slip.objects.filter(state__in=DONE_SLIP, rework=False).select_related("ticket"):
        assert is_paid_up(slip.ticket), slip.number
    for slip in Slip.objects.filter(state__in=OPEN_SLIP, revision=1, rework=False).select_related("ticket"):
        assert is_paid_up(slip.ticket), slip.number


def test_what_the_repair_was_told_is_what_the_rows_say() -> None:
    for ticket in Ticket.objects.all():
        assert ticket.open_slips == ticket.slips.open().count()
        away = Copy.objects.filter(slip__ticket=ticket, slip__state__in=DONE_SLIP, number__lte=2).exclude(
            holder__in=["desk", "lost"]
        )
        assert ticket.desk_copies_home == (not away.exists())
        if ticket.state == State.CLOSED:
            redone = ticket.corrections.exclude(rework=None).filter(state__in=OPEN_CORRECTION)
            still = ["纠正未完成"] if redone else []  # a rework leaves the earlier repair archived (2-1)
            assert owes(ticket) == still, ticket.number


def test_the_chain_of_events_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_evidence")
