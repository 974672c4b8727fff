"""Fields a form does not have change nothing, and another's job stays another's (trust.md §2a)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from billing import actions as billing
from billing import asking
from people.models import User
from people.roles import Role
from places.models import Community
from tests.accounts import somebody
from tests.attacks.states import browser, everything, full, lines, url
from tests.cast import Cast
from tickets.models import Ticket


def test_forged_fields_beside_a_step_have_no_effect(cast: Cast) -> None:
    ticket = cast.surveyed()
    answer = browser(cast, "zhou").post(
        url("offer_quote", ticket), full(cast, "offer_quote", ticket, **lines("640.00"))
    )
    assert answer.status_code == 302
    now = Ticket.objects.get(pk=ticket.pk)
    assert (now.state, now.number, now.community_id, now.reported_at) == (
        "quoted",
        ticket.number,
        ticket.community_id,
        ticket.reported_at,
    )
    assert (now.accepted_total, now.agreement_total, now.receipted_total) == (Decimal(0), Decimal(0), Decimal(0))
    assert (now.version, now.quotes.get().total) == (ticket.version + 1, Decimal("640.00"))


@pytest.mark.parametrize(
    "amount", ["-35.00", "0", "35.001", "1e2", "35.00.00", "NaN", "Infinity", "999999999999", "36.00", "35,00,0"]
)
def test_a_forged_amount_is_not_received(amount: str, cast: Cast) -> None:
    ticket = cast.accepted_slip().ticket
    before = everything()
    answer = browser(cast, "zhou").post(url("receive", ticket), full(cast, "receive", ticket, amount=amount))
    assert (answer.status_code, everything() == before) == (422, True)


@pytest.mark.parametrize("price", ["-1", "1e9", "499.999", "NaN", "0x10", ""])
def test_a_forged_price_or_quantity_is_not_quoted(price: str, cast: Cast) -> None:
    ticket, client = cast.surveyed(), browser(cast, "zhou")
    for given in ({"lines-0-price": price}, {"lines-0-quantity": price or "0"}):
        data = full(cast, "offer_quote", ticket, **{**lines("35.00"), **given})
        if given.get("lines-0-quantity") == "499.999":
            continue
        assert client.post(url("offer_quote", ticket), data).status_code == 422
    assert ticket.quotes.count() == 0


def test_a_listed_item_keeps_the_list_s_price(cast: Cast) -> None:
    ticket = cast.surveyed()
    data = full(cast, "offer_quote", ticket, **lines("0.01"), **{"lines-0-code": "P04"})
    assert browser(cast, "zhou").post(url("offer_quote", ticket), data).status_code == 422


def test_a_technician_acts_on_no_job_but_his_own(cast: Cast) -> None:
    slip = cast.arrived()
    before = everything()
    for who in ("xu", "dian"):
        client = browser(cast, who)
        for step in (
            "arrive",
            "leave",
            "list_parts",
            "finish",
            "reject",
            "accept",
            "collect",
            "take_in",
            "keep",
            "declare_lost",
        ):
            data = full(cast, f"slip_{step}", slip.ticket, on_behalf_of=str(cast.wang.pk))
            assert client.post(url(f"slip_{step}", slip), data).status_code in {403, 404}, step
        assert client.post(url("receive", slip.ticket), full(cast, "receive", slip.ticket)).status_code in {403, 404}
        assert client.get(reverse("my_job", args=[slip.number])).status_code == 404
    assert everything() == before


def test_who_received_the_money_does_not_give_it_back_and_no_manager_of_elsewhere_approves(cast: Cast) -> None:
    slip = cast.issued("800.00")
    payment = slip.ticket.payments.get()
    billing.void_slip(slip, by=cast.lin, reason="写错")
    forged = {"reason": "退款", "approved_by": str(cast.mei.pk), "decided_by": str(cast.mei.pk), "state": "approved"}
    before = everything()
    for address, who, status in (("reverse", "lin", 409), ("reverse", "zhou", 403), ("reverse_ask", "zhou", 403)):
        assert browser(cast, who).post(reverse(address, args=[payment.pk]), forged).status_code == status
    assert everything() == before
    asked = asking.reverse_ask(payment, by=cast.lin, reason="退款")
    elsewhere = Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")
    somebody("manager-of-elsewhere", Role.MANAGER, within=elsewhere.pk)
    cast.people["elsewhere"] = User.objects.get(username="manager-of-elsewhere")
    before = everything()
    for who, status in (("elsewhere", 404), ("lin", 403), ("zhou", 403), ("wang", 403), ("admin", 404)):
        for step in ("approve", "refuse"):
            answer = browser(cast, who).post(reverse(f"approval_{step}", args=[asked.pk]), {**forged, "answer": "不行"})
            assert (who, step, answer.status_code) == (who, step, status)
    assert everything() == before


def test_a_fake_and_a_huge_photo_are_refused(cast: Cast) -> None:
    ticket = cast.report()
    client, before = browser(cast, "zhou"), everything()
    for name, content, status in (
        ("a.jpg", b"<script>alert(1)</script>", 415), ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
        ("a.jpg", b"\xff\xd8\xff" + b"0" * 21_000_000, 413), ("../../etc/passwd.jpg", b"\xff\xd8\xff" + b"0" * 99, 415),
    ):  # fmt: skip
        data = full(cast, "add_photo", ticket, kind="before", photos=SimpleUploadedFile(name, content))
        assert client.post(url("add_photo", ticket), data).status_code in {status, 422}, name
    assert everything() == before
