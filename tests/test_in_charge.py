"""Nothing rests ownerless (5.1.2): every state of every record that can still move has somebody responsible."""

from __future__ import annotations

from typing import Any

import pytest

from billing import actions as billing
from core.lifecycle import Lifecycle
from desk.in_charge import ROLES, in_charge
from desk.procedure.lives import records
from tests.cast import Cast
from tickets import actions as tickets
from tickets.models import Ticket
from tickets.states import FINAL, State

# States that only a correction of what is settled, or somebody else's step, ever leaves: nothing is owed in them.
RESTS: dict[str, set[str]] = {
    "ticket": {str(state) for state in FINAL}, "quote": {"accepted"}, "agreement": {"signed"}, "charge": {"settled"}, "payment": {"receipted"},
    "callback": {"satisfied", "unsatisfied", "told", "exhausted"},
}  # fmt: skip


def moving(model: type[Lifecycle]) -> set[str]:
    """The states from which a step leads to another state."""
    return {str(move.source) for move in model._moves() if move.target and str(move.target) != str(move.source)}


@pytest.mark.sop("5.1.2")
@pytest.mark.parametrize("model", records(), ids=lambda model: str(model._meta.model_name))
def test_every_state_that_can_still_move_has_somebody_responsible(model: Any) -> None:
    name = str(model._meta.model_name)
    assert moving(model) - set(ROLES.get(name, {})) - RESTS.get(name, set()) == set()


@pytest.mark.sop("5.1.2")
@pytest.mark.django_db
def test_the_page_names_who_is_responsible_at_each_step(cast: Cast, sign_in: Any) -> None:
    ticket = cast.report()
    said = [in_charge(ticket)]
    tickets.notify_engineering(ticket, by=cast.zhou, to=cast.wang)
    said.append(in_charge(ticket))
    slip = cast.issued()
    said.append(in_charge(slip.ticket, [slip]))
    assert [[str(who) for who in whom] for whom in said] == [["前台接待"], ["王强"], ["王强"]]
    assert "责任：王强" in sign_in("zhou").get(ticket.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_who_has_ended_is_nobodys(cast: Cast) -> None:
    ticket = cast.report()
    billing.cancel(ticket, by=cast.zhou, reason=Ticket.CancelReason.CUSTOMER)
    assert (ticket.state, in_charge(ticket)) == (State.CANCELLED, [])
