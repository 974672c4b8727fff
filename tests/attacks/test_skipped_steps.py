"""Every step's address is posted to in every state, by everybody: what the tables of lives.md do not list changes nothing (trust.md §2b)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tests.attacks.states import HX, REFUSALS, SLIP_STEPS, SLIPS, TICKET_STEPS, TICKETS, browser, everything, full, url
from tests.cast import Cast
from tickets.models import Ticket
from workorders.models import Slip

OPEN = {"reported", "notified", "on_site", "surveyed", "quoted", "accepted", "prepaid", "ordered", "completed", "called_back", "referred"}  # fmt: skip
BEFORE = OPEN - {"ordered", "completed", "called_back", "referred"}
PRICED = {"surveyed", "quoted", "accepted", "prepaid"}
SAME = "="
# step: (from which states, to which), as lives.md §2 has them; "=" stays where it is.
TICKET_TABLE: dict[str, tuple[set[str], set[str]]] = {
    "notify_engineering": ({"reported"}, {"notified"}), "reassign": ({"notified", "on_site"}, {SAME}),
    "judge_by_description": ({"notified"}, {"surveyed"}), "arrive": ({"notified"}, {"on_site"}), "record_absence": ({"notified"}, {SAME}),
    "make_safe": ({"notified", "on_site", "surveyed", "quoted", "accepted"}, {SAME}), "survey": ({"on_site"}, {"surveyed"}),
    "set_appointment": (BEFORE | {"ordered", "completed"}, {SAME}), "move_appointment": (BEFORE | {"ordered"}, {SAME}),
    "raise_urgency": (BEFORE | {"ordered"}, {SAME}), "lower_urgency": (BEFORE | {"ordered"}, {SAME}),
    "customer_asks_to_wait": (BEFORE | {"ordered"}, {SAME}), "urge": (OPEN, {SAME}), "note": (OPEN, {SAME}), "amend": (OPEN, {SAME}), "add_photo": (OPEN, {SAME}),
    "tell_judgement": (PRICED, {SAME}), "enter_start_day": ({"notified", "on_site", "surveyed"}, {SAME}),
    "notify_builder": ({"surveyed", "ordered"}, {SAME}), "take_over": ({"surveyed"}, {SAME}), "refer": ({"notified", "on_site", "surveyed"}, {"referred"}),
    "follow_up": ({"referred"}, {SAME}), "confirm_restored": ({"referred"}, {"closed"}), "take_back": ({"referred"}, {"surveyed"}),
    "offer_quote": (PRICED, {SAME, "quoted"}), "accept_quote": ({"quoted"}, {"accepted", "prepaid"}), "keep_old_quote": ({"quoted"}, {"accepted"}),
    "decline_quote": ({"quoted"}, {"declined"}), "offer_revision": ({"ordered"}, {SAME}), "accept_revision": ({"ordered"}, {SAME}),
    "refuse_revision": ({"ordered"}, {SAME}), "rejudge": (PRICED, {"surveyed"}), "cancel": (BEFORE | {"referred"}, {"cancelled"}),
    "cancel_order": ({"ordered"}, {"cancelled"}), "issue_slip": ({"accepted", "prepaid", "ordered", "completed", "called_back", "closed"}, {SAME, "ordered"}),
    "issue_agreement": ({"accepted"}, {SAME}), "receive": ({"accepted", "ordered", "completed", "called_back", "closed", "declined"}, {SAME, "prepaid"}),
    "waive": ({"accepted", "ordered", "completed", "called_back", "closed", "declined"}, {SAME, "prepaid"}), "close": ({"completed", "called_back"}, {"closed"}),
    "issue_warranty_slip": (set(), set()), "issue_facility_slip": (set(), set()), "link_rework": (set(), set()), "refuse_rework": (set(), set()),
    "record_objection": (PRICED, {SAME}), "tag_weather": (OPEN | {"closed"}, {SAME}), "run_safety_script": (OPEN, {SAME}),
    "waive_ask": (set(), set()), "draft_claim": (set(), set()), "call_back": ({"completed", "called_back"}, {SAME, "called_back"}), "raise_correction": ({"completed", "called_back", "closed"}, {SAME}),
}  # fmt: skip
UNDONE = {"issued", "collected", "arrived"}
DONE = {"accepted", "returned", "filed"}
SLIP_TABLE: dict[str, tuple[set[str], set[str]]] = {
    "slip_collect": ({"issued"}, {"collected"}), "slip_hand_out": ({"issued", "arrived"}, {SAME}), "slip_arrive": ({"collected"}, {"arrived"}),
    "slip_leave": ({"arrived"}, {"collected"}), "slip_reassign": (UNDONE, {SAME}), "slip_list_parts": (UNDONE, {SAME}),
    "slip_finish": ({"arrived"}, {"finished"}), "slip_unfinish": ({"finished"}, {"arrived"}), "slip_reject": ({"finished"}, {"arrived"}),
    "slip_accept": ({"finished"}, {"accepted"}), "slip_void": ({*UNDONE, "finished"}, {"voided"}),
    "slip_take_in": ({*UNDONE, "finished", *DONE, "voided"}, {SAME, "returned"}), "slip_keep": ({"accepted", "returned"}, {SAME}),
    "slip_declare_lost": ({*UNDONE, "finished", *DONE, "voided"}, {SAME}), "slip_approve_lost": ({*UNDONE, "finished", *DONE, "voided"}, {SAME}),
    # A dispatch order: nobody countersigns it, its bearer is the customer, and no refusal stands on it.
    "slip_countersign": (set(), set()), "slip_change_bearer": (set(), set()), "slip_confirm_refusal": (set(), set()),
    "slip_refuse_to_sign": ({"finished"}, {SAME}),
    "slip_undo": ({*UNDONE, "finished", "accepted", "returned"}, {SAME}),
}  # fmt: skip
# Whoever may take the step; that nobody else may is the permission table's to prove.
ENGINEERING = {"slip_keep", "slip_countersign", "slip_unfinish", "slip_approve_lost", "arrive", "survey", "make_safe"}
PHONE = {
    "slip_arrive",
    "slip_finish",
    "slip_list_parts",
    "slip_leave",
    "slip_reject",
    "decline_quote",
    "record_absence",
}


def test_the_tables_hold_every_step() -> None:
    assert sorted(TICKET_TABLE) == sorted(TICKET_STEPS)
    assert sorted(SLIP_TABLE) == sorted(SLIP_STEPS)


class Undone(Exception):
    """Leaves the attack's transaction so that the next one meets the same rows."""


def attack(cast: Cast, record: Any, ticket: Ticket, table: dict[str, Any]) -> str:
    """Post every step in a dialog; gives what the table does not allow, in words."""
    clients = {who: browser(cast, who) for who in ("lin", "wang", "shen")}
    record.refresh_from_db()
    before = everything()
    faults = (tried(cast, clients, step, record, ticket, (before, *table[step])) for step in table)
    return "\n".join(fault for fault in faults if fault)


def tried(cast: Cast, clients: dict[str, Client], step: str, record: Any, ticket: Ticket, row: Any) -> str:
    """One step posted and undone."""
    who = "shen" if step in ENGINEERING else "wang" if step in PHONE else "lin"
    (before, sources, targets), was = row, record.state
    try:
        with transaction.atomic():
            answer = clients[who].post(url(step, record), full(cast, step, ticket), headers=HX)
            now = type(record)._default_manager.values_list("state", flat=True).get(pk=record.pk)
            changed = everything() != before
            raise Undone
    except Undone:
        pass
    if answer.status_code == 200 and "HX-Trigger" in answer.headers:
        return "" if was in sources and (SAME if now == was else now) in targets else f"{step} in {was}: {now}"
    refused = answer.status_code in REFUSALS and not changed
    return "" if refused else f"{step} in {was}: {answer.status_code}, changed {changed}"


@pytest.mark.parametrize("state", TICKETS)
def test_no_step_of_a_ticket_is_skipped(state: str, cast: Cast) -> None:
    ticket = TICKETS[state](cast)
    assert attack(cast, ticket, ticket, TICKET_TABLE) == ""


@pytest.mark.parametrize("state", SLIPS)
def test_no_step_of_a_slip_is_skipped(state: str, cast: Cast) -> None:
    slip: Slip = SLIPS[state](cast)
    assert attack(cast, slip, slip.ticket, SLIP_TABLE) == ""
