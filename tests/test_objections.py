"""The customer contests the judgement: no price and no slip until the service supervisor judges anew (lives.md §2, G20)."""

from __future__ import annotations

import pytest

from billing import actions as billing
from billing import quoting
from billing.models import Quote
from core.refusals import Forbidden, Refusal
from tests.cast import Cast
from tests.test_steps import errors, send
from tests.test_ticket_page import offered, page, plain, sentences
from tickets import recording
from tickets.models import Ticket

CONTESTED = "客户对性质有异议，先由客服主管改判"


def contested(cast: Cast, ticket: Ticket) -> Ticket:
    recording.record_objection(ticket, by=cast.zhou, words="说还在质保期，不该收费")
    return ticket


@pytest.mark.sop("5.5.2-2")
def test_a_contested_repair_is_neither_priced_nor_ordered(cast: Cast) -> None:
    with pytest.raises(Refusal, match=CONTESTED):
        quoting.offer_quote(contested(cast, cast.surveyed()), by=cast.zhou, lines=cast.lines())
    with pytest.raises(Refusal, match=CONTESTED):
        quoting.accept_quote(
            contested(cast, cast.quoted()), by=cast.zhou, name="李建国", relation="owner", how=Quote.How.PHONE
        )
    with pytest.raises(Refusal, match=CONTESTED):
        billing.issue_slip(contested(cast, cast.accepted()), by=cast.zhou, technician=cast.wang)


@pytest.mark.sop("5.5.2-2")
def test_g20_the_service_supervisor_judges_anew_and_both_judgements_stay(cast: Cast) -> None:
    ticket = contested(cast, cast.quoted())
    for who in (cast.shen, cast.wang):
        with pytest.raises(Forbidden):
            billing.rejudge(ticket, by=who, nature="warranty_home", reason="阀芯在质保内")
    billing.rejudge(ticket, by=cast.lin, nature="warranty_home", reason="阀芯在质保内")
    assert (ticket.state, ticket.nature, ticket.objected_at) == ("surveyed", "warranty_home", None)
    assert [(row.nature, row.by) for row in ticket.surveys.all()] == [
        ("paid_home", cast.wang),
        ("warranty_home", cast.lin),
    ]


def test_the_supervisor_may_uphold_what_is_contested_with_a_reason(cast: Cast, sign_in) -> None:
    ticket, client = cast.surveyed(), sign_in("lin")
    same = {"nature": "paid_home", "reason": "质保 2025 年已满，客户看过合同"}
    assert errors(send(client, "rejudge", ticket, **same)) == {"nature": ["性质没有变，选另一种。"]}
    contested(cast, ticket)
    assert send(client, "rejudge", ticket, **same).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.nature, ticket.objected_at) == ("paid_home", None)
    quoting.offer_quote(ticket, by=cast.zhou, lines=cast.lines())
    assert ticket.state == "quoted"


def test_an_objection_has_words_and_is_recorded_once(cast: Cast, sign_in) -> None:
    ticket, client = cast.surveyed(), sign_in("zhou")
    assert errors(send(client, "record_objection", ticket, words="")) == {"words": ["填写客户怎么说"]}
    assert send(client, "record_objection", ticket, words="不该收费").status_code == 302
    assert send(client, "record_objection", ticket, words="再说一次").status_code == 409
    assert sentences(cast, ticket)[-1] == "周 记客户异议 ［不该收费］"


def test_the_page_says_why_and_hands_the_step_to_the_supervisor(cast: Cast, sign_in) -> None:
    ticket = contested(cast, cast.surveyed())
    html = plain(page(sign_in("zhou"), ticket))
    assert "有异议" in html and f"填报价 ：{CONTESTED}。" in html
    assert offered(cast, ticket, "lin").main.name == "rejudge"
