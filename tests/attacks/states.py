"""A ticket and a slip in each of their states, a full form that every step would take, and digests of all that must not move."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.test import Client
from django.urls import reverse

from billing import actions as billing
from billing import quoting
from billing.urls import ON_SLIP, ON_TICKET
from callbacks import actions as callbacks
from core import clock
from tests.cast import STROKES, Cast
from tickets import actions as tickets
from tickets.models import Ticket
from tickets.urls import STEPS as TICKET_MOVES
from workorders import actions as workorders
from workorders import custody, referrals
from workorders.models import Referral, Slip
from workorders.urls import ISSUES
from workorders.urls import ON_TICKET as LETTERS
from workorders.urls import STEPS as SLIP_MOVES

HX = {"HX-Request": "true"}
# What a POST may answer without having done anything.
REFUSALS = (403, 404, 409, 413, 415, 422)
OWN_APPS = ("tickets", "workorders", "billing", "callbacks", "papers")

TICKET_STEPS = [
    *(view.step for view in [*TICKET_MOVES, *LETTERS, *ON_TICKET, *ISSUES]),
    "close",
    "call_back",
    "raise_correction",
]
SLIP_STEPS = [f"slip_{view.step}" for view in [*SLIP_MOVES, *ON_SLIP]]


def on_site(cast: Cast) -> Ticket:
    ticket = cast.notified()
    tickets.arrive(ticket, by=cast.wang)
    return ticket


def declined(cast: Cast) -> Ticket:
    ticket = cast.quoted()
    quoting.decline_quote(ticket, by=cast.zhou, reason="自己修", visit_fee=True)
    return ticket


def cancelled(cast: Cast) -> Ticket:
    ticket = cast.report()
    billing.cancel(ticket, by=cast.zhou, reason="customer")
    return ticket


def referred(cast: Cast) -> Ticket:
    ticket = cast.report(
        unit=None, area=cast.hall, place="municipal", spot="", component="m_lamp", fault="路灯整排不亮", window=None, urgency="prompt"
    )  # fmt: skip
    tickets.notify_engineering(ticket, by=cast.zhou, to=cast.wang)
    tickets.arrive(ticket, by=cast.wang)
    letter = Referral(body="lamp", basis="市政路灯", judged_by=cast.wang, judged_at=clock.now())
    referrals.refer(ticket, by=cast.zhou, referral=letter, next_at=clock.now() + dt.timedelta(hours=1))
    return ticket


def called_back(cast: Cast) -> Ticket:
    ticket: Ticket = cast.returned().ticket
    answer(cast, ticket, satisfied=True)
    return ticket


def closed(cast: Cast) -> Ticket:
    ticket = called_back(cast)
    workorders.close(ticket, by=cast.zhou)
    return ticket


def answer(cast: Cast, ticket: Ticket, **given: Any) -> None:
    callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.zhou, **given)


TICKETS: dict[str, Callable[[Cast], Ticket]] = {
    "reported": lambda cast: cast.report(), "notified": lambda cast: cast.notified(), "on_site": on_site,
    "surveyed": lambda cast: cast.surveyed(), "quoted": lambda cast: cast.quoted(), "accepted": lambda cast: cast.accepted(), "prepaid": lambda cast: cast.prepaid(),
    "ordered": lambda cast: cast.issued().ticket, "completed": lambda cast: cast.returned().ticket,
    "called_back": called_back, "closed": closed, "cancelled": cancelled, "declined": declined, "referred": referred,
}  # fmt: skip


def voided(cast: Cast) -> Slip:
    slip = cast.issued()
    billing.void_slip(slip, by=cast.lin, reason="写错")
    return slip


def filed(cast: Cast) -> Slip:
    slip = cast.returned()
    custody.take_in(slip, copies=[3], by=cast.zhou)
    answer(cast, slip.ticket, satisfied=True)
    workorders.close(slip.ticket, by=cast.zhou)
    return slip


def collected(cast: Cast) -> Slip:
    slip = cast.issued()
    workorders.collect(slip, by=cast.wang)
    return slip


SLIPS: dict[str, Callable[[Cast], Slip]] = {
    "issued": lambda cast: cast.issued(), "collected": collected, "arrived": lambda cast: cast.arrived(),
    "finished": lambda cast: cast.finished(), "accepted": lambda cast: cast.accepted_slip(),
    "returned": lambda cast: cast.returned(), "filed": filed, "voided": voided,
}  # fmt: skip

FORGED = {
    "state": "closed", "version": "99", "number": "3", "community": "1", "is_superuser": "1", "reported_at": "2020-01-01T00:00",
    "completed_at": "2020-01-01T00:00", "accepted_total": "0.01", "agreement_total": "500.00", "receipted_total": "999.00", "balance": "0.00",
    "quoted_total": "1.00", "holder": "desk", "open_slips": "0", "rework": "on", "rework_due": "on", "by": "1", "total": "0.01",
}  # fmt: skip


def lines(total: str) -> dict[str, str]:
    """A quote of one free labour line as a browser posts it."""
    fields = {"kind": "labour", "name": "更换阀芯", "unit": "只", "quantity": "1", "price": total}
    return {"lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", **{f"lines-0-{k}": v for k, v in fields.items()}}


def full(cast: Cast, step: str, ticket: Ticket, **given: Any) -> dict[str, Any]:
    """What any step's form would take, with forged fields beside."""
    whom = f"u{cast.xu.pk}" if not step.startswith("slip_") else str(cast.xu.pk)
    caller = ticket.callers.first()
    data = {
        **FORGED, "once": str(uuid.uuid4()), "to": whom, "how": "phone", "reason": "customer", "words": "客户说过", "because": "说明",
        "relation": "owner", "name": "李建国", "nature": "paid_home", "trade": "plumbing", "man_made": "unknown", "work": "更换阀芯",
        "quantities": "1 只", "parts": "阀芯", "urgency": "urgent", "what": "关阀", "moved_by": "customer", "site_decides": "on",
        "on_behalf_of": str(cast.wang.pk), "strokes": json.dumps(STROKES), "opinion": "passed", "technician": str(cast.wang.pk),
        "method": "cash", "amount": str(max(ticket.balance, 1)), "payer": "李建国", "result": "satisfied", "way": "phone",
        "caller": str(caller.pk) if caller else "", "department": "engineering", "party": "李建国", "scope": "换阀芯", "materials": "乙方提供",
        "starts_on": "2026-12-01", "ends_on": "2026-12-02", "guarantee_months": "12", "why": "other", "copies": ["1", "2", "3"], "number": "3",
        "window_slot": "other", "window_day": "2099-01-02", "window_starts": "09:00", "window_ends": "10:00", "verified": "on", "unused_confirmed": "on",
        "witness": str(cast.xu.pk), "bearer": "company", "equipment": "水泵", "installing": "0", "planned_on": "2099-01-02",
        "company-TOTAL_FORMS": "0", "company-INITIAL_FORMS": "0", "customer-TOTAL_FORMS": "0", "customer-INITIAL_FORMS": "0",
        "answer": "agrees", "day": "2020-01-01", "body": "water", "basis": "市政管段", "judged_by": str(cast.lin.pk), "judged_at": "2026-01-01T09:00",
        "next_at": f"{clock.local(clock.now() + dt.timedelta(minutes=90)):%Y-%m-%dT%H:%M}", "measures": "围挡", "told": "on",
        "restored_at": f"{clock.local(clock.now()):%Y-%m-%dT%H:%M}", "confirmed_by": str(cast.lin.pk),
        **lines("35.00"),
    }  # fmt: skip
    if step in {"raise_correction", "rejudge"}:
        data["reason"] = "说明原因"
    if step in {"offer_quote", "offer_revision"}:
        del data["parts"]
    return {**data, **given}


def url(step: str, record: Any) -> str:
    return reverse(step, args=[record.number])


def browser(cast: Cast, who: str) -> Client:
    """A browserless client that answers 500 instead of raising, so that an attack sees what a browser would."""
    client = Client(raise_request_exception=False)
    client.force_login(cast.people[who])
    return client


def everything() -> str:
    """A digest of every row of every record of the product (histories follow their records)."""
    found = hashlib.sha256()
    for app in OWN_APPS:
        for model in apps.get_app_config(app).get_models():
            if model.__name__.startswith("Historical"):
                continue
            found.update(repr((model._meta.label, list(model._default_manager.order_by("pk").values_list()))).encode())
    return found.hexdigest()
