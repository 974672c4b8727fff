"""Another community's staff, night duty and whoever was disabled get nothing (trust.md §2a, §3)."""

from __future__ import annotations

import uuid

from django.urls import reverse

from people.models import User
from people.roles import ES, FD, SS, TE
from places.models import Community
from tests.attacks.states import SLIP_STEPS, TICKET_STEPS, browser, everything, full, lines, url
from tests.cast import Cast


def test_every_address_of_another_community_is_not_found(cast: Cast) -> None:
    slip = cast.paid("800.00")
    ticket, payment, agreement = slip.ticket, slip.ticket.payments.get(), slip.ticket.agreements.get()
    receipt = payment.receipts.get()
    elsewhere = Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")
    stranger = User.objects.create_user(username="stranger", password="desk-2026", name="外人", short_name="外")
    stranger.grant(FD, SS, TE, ES, within=elsewhere.pk)
    cast.people["stranger"] = stranger
    client, before = browser(cast, "stranger"), everything()
    addresses = [url(step, ticket) for step in TICKET_STEPS] + [url(step, slip) for step in SLIP_STEPS]
    addresses += [
        reverse(name, args=[agreement.pk]) for name in ("sign_agreement", "void_agreement", "print_agreement")
    ]
    addresses += [reverse(name, args=[payment.pk]) for name in ("reverse", "void_receipt")]
    addresses += [
        reverse("print_receipt", args=[receipt.number]),
        url("print_slip", slip),
        url("ticket", ticket),
        url("unmask", ticket),
    ]
    addresses += [
        reverse("my_job", args=[slip.number]),
        reverse("my_sign", args=[slip.number]),
        reverse("cash_handover", args=[cast.wang.pk]),
    ]
    found = {
        (client.get(address).status_code, client.post(address, {"once": str(uuid.uuid4())}).status_code)
        for address in addresses
    }
    assert found <= {(404, 404), (405, 404), (404, 405)}
    assert everything() == before
    for page in ("board", "ticket_list", "cash", "callbacks", "copies"):
        assert ticket.number.removeprefix("HT-") not in client.get(reverse(page)).content.decode()


def test_night_duty_quotes_neither_500_nor_what_can_wait(cast: Cast) -> None:
    client = browser(cast, "night")
    for ticket, total in (
        (cast.surveyed(urgency="urgent"), "500.00"),
        (cast.surveyed(), "35.00"),
        (cast.surveyed(urgency="prompt"), "35.00"),
    ):
        answer = client.post(url("offer_quote", ticket), full(cast, "offer_quote", ticket, **lines(total)))
        assert (answer.status_code, ticket.quotes.count()) == (409, 0)


def test_who_was_disabled_or_lost_a_role_is_out_at_the_next_request(cast: Cast) -> None:
    ticket, client, technician = cast.notified(), browser(cast, "zhou"), browser(cast, "dian")
    assert technician.post(url("arrive", ticket), {"once": str(uuid.uuid4())}).status_code in {403, 404}
    User.objects.filter(pk=cast.zhou.pk).update(is_active=False)
    answer = client.post(url("note", ticket), full(cast, "note", ticket))
    assert (answer.status_code, ticket.events.filter(action="note").count()) in {(302, 0), (403, 0)}
