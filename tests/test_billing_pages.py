"""The pages of money: quotes, answers, agreements, slips, payments; every refusal a sentence at its field, nothing twice, nothing forged."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from billing import actions as billing
from billing import charging, quoting, till
from billing.models import Adjustment, Payment, Quote, Receipt
from callbacks import actions as callbacks
from core import clock
from core.clock import SHANGHAI
from papers.models import Print
from people.roles import Role
from places.models import Community
from tests.accounts import somebody
from tests.cast import STROKES, Cast, the_cast
from tests.paper import pages
from tests.test_steps import client_of, together
from tickets.models import Ticket
from workorders import acceptance
from workorders import actions as workorders

D = Decimal
SPOTS = ("kind", "code", "name", "spec", "model", "unit", "quantity", "price", "DELETE")
# Price list: P04 更换阀芯, 20.00 a piece.
LABOUR = {"kind": "labour", "code": "P04", "name": "更换阀芯", "unit": "只", "quantity": "1", "price": "20.00"}
PART = {"kind": "material", "name": "陶瓷阀芯", "spec": "35 mm", "model": "SL-35", "unit": "只", "quantity": "1", "price": "15.00"}  # fmt: skip
MARKUP = "<b>阀芯</b>"


def post(client: Client, name: str, key: Any, /, **fields: Any) -> Any:
    return client.post(reverse(name, args=[key]), fields)


def quote(*lines: dict[str, str], **fields: Any) -> dict[str, Any]:
    """A quote's form as the page sends it."""
    data: dict[str, Any] = {"lines-TOTAL_FORMS": len(lines), "lines-INITIAL_FORMS": 0, "once": str(uuid.uuid4())}
    data |= {f"lines-{n}-{name}": line.get(name, "") for n, line in enumerate(lines) for name in SPOTS}
    return {**data, **fields}


def offered(client: Client, ticket: Ticket, *lines: dict[str, str], **fields: Any) -> Any:
    return client.post(reverse("offer_quote", args=[ticket.number]), quote(*lines, **fields))


def line_errors(answer: Any) -> list[dict[str, list[str]]]:
    assert answer.status_code == 422
    return [{name: list(said) for name, said in row.errors.items()} for row in answer.context["form"].lines.forms]


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code in {409, 422}, answer.status_code
    return {name: list(said) for name, said in answer.context["form"].errors.items()}


def html(answer: Any) -> str:
    return str(answer.content.decode())


# Quote (5.5.1-3) ---------------------------------------------------------------


@pytest.mark.sop("5.5.1-3")
def test_a_quote_of_list_items_and_parts_is_told_with_its_sum(cast: Cast, sign_in: Any) -> None:
    ticket = cast.surveyed()
    answer = offered(sign_in("zhou"), ticket, LABOUR, PART, visit_fee_told="on")
    ticket.refresh_from_db()
    told = ticket.quotes.get()
    assert (answer.status_code, answer["Location"], ticket.state) == (302, ticket.get_absolute_url(), "quoted")
    assert (told.total, told.materials, told.visit_fee_told) == (D("35.00"), D("15.00"), True)
    assert [(line.kind, line.code, line.name, line.model, line.amount) for line in told.lines.all()] == [
        ("labour", "P04", "更换阀芯", "", D("20.00")),
        ("material", "", "陶瓷阀芯", "SL-35", D("15.00")),
    ]


@pytest.mark.parametrize(
    ("typed", "sum_"),
    [
        ("20", "20.00"), ("20.", "20.00"), ("20.0", "20.00"), (".5", "0.50"), ("1,250", "1250.00"), ("1,250.5", "1250.50"), ("１２５０", "1250.00"),
        ("１，２５０．５０", "1250.50"), ("¥35", "35.00"), ("￥ 35.00", "35.00"), ("35元", "35.00"), ("35.00 元", "35.00"), (" 35 ", "35.00"),
        ("0", "0.00"), ("999999.99", "999999.99"),
    ],
)  # fmt: skip
def test_a_price_is_read_as_people_write_it(cast: Cast, sign_in: Any, typed: str, sum_: str) -> None:
    ticket = cast.surveyed()
    assert offered(sign_in("zhou"), ticket, {**PART, "price": typed}).status_code == 302
    assert ticket.quotes.get().total == D(sum_)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0.001", "单价最多两位小数。"), ("20.005", "单价最多两位小数。"), ("-1", "单价写成数字，例如 1250.50。"), ("−1", "单价写成数字，例如 1250.50。"),
        ("1e9", "单价写成数字，例如 1250.50。"), ("NaN", "单价写成数字，例如 1250.50。"), ("Infinity", "单价写成数字，例如 1250.50。"),
        ("二十", "单价写成数字，例如 1250.50。"), ("12,50", "单价写成数字，例如 1250.50。"), ("1.250,00", "单价写成数字，例如 1250.50。"),
        ("0x10", "单价写成数字，例如 1250.50。"), ("1 250", "单价写成数字，例如 1250.50。"), ("1_000", "单价写成数字，例如 1250.50。"),
        ("1000000", "单价不能超过 ¥999,999.99。"), ("", "填写单价"), ("9" * 21, "单价最多 20 个字，现有 21 个"),
    ],
)  # fmt: skip
def test_any_other_price_is_refused_at_its_field_and_kept_as_typed(
    cast: Cast, sign_in: Any, typed: str, said: str
) -> None:
    ticket = cast.surveyed()
    answer = offered(sign_in("zhou"), ticket, LABOUR, {**PART, "price": typed})
    assert line_errors(answer) == [{}, {"price": [said]}]
    row = answer.context["form"].lines.forms[1]
    assert (row["price"].value(), row["name"].value(), ticket.quotes.count()) == (typed, "陶瓷阀芯", 0)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"price": "5.00"}, {"price": ["更换阀芯的价目是 ¥20.00，改价先改价目表。"]}),
        ({"price": "0"}, {"price": ["更换阀芯的价目是 ¥20.00，改价先改价目表。"]}),
        ({"code": "P99"}, {"name": ["价目表没有 P99 这一项，重新选项目。"]}),
        ({"code": "' OR 1"}, {"name": ["价目表没有 ' OR 1 这一项，重新选项目。"]}),
    ],
)
def test_a_line_of_the_price_list_costs_what_the_list_says(
    cast: Cast, sign_in: Any, changed: dict[str, str], said: dict[str, list[str]]
) -> None:
    ticket = cast.surveyed()
    assert line_errors(offered(sign_in("zhou"), ticket, {**LABOUR, **changed})) == [said]
    assert ticket.quotes.count() == 0


def test_name_and_unit_of_a_list_item_are_the_list_s_whatever_was_sent(cast: Cast, sign_in: Any) -> None:
    ticket = cast.surveyed()
    offered(sign_in("zhou"), ticket, {**LABOUR, "name": "全屋换管", "unit": "户"})
    assert [(line.name, line.unit) for line in ticket.quotes.get().lines.all()] == [("更换阀芯", "只")]


def test_a_revision_keeps_the_price_that_the_customer_agreed_to(cast: Cast, sign_in: Any) -> None:
    slip = cast.arrived("35.00", "15.00")
    standing = {**LABOUR, "price": "20.00"}
    cast.community.prices.create(code="P04", name="更换阀芯", unit="只", price=D("28.00"))
    client = sign_in("zhou")
    form = client.get(reverse("offer_revision", args=[slip.ticket.number])).context["form"]
    assert [row["price"].value() for row in form.lines.forms] == ["20.00", "15.00"]
    answer = client.post(reverse("offer_revision", args=[slip.ticket.number]), quote(standing, PART, {**PART, "name": "软管"}))  # fmt: skip
    assert answer.status_code == 302
    assert slip.ticket.quotes.get(state="offered").total == D("50.00")
    fresh = cast.surveyed()
    assert line_errors(offered(client, fresh, standing)) == [{"price": ["更换阀芯的价目是 ¥28.00，改价先改价目表。"]}]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({**PART, "name": ""}, {"name": ["填写项目"]}),
        ({**PART, "unit": ""}, {"unit": ["填写单位"]}),
        ({**PART, "quantity": "0"}, {"quantity": ["数量要大于 0，最多三位小数。"]}),
        ({**PART, "quantity": "1.2345"}, {"quantity": ["数量要大于 0，最多三位小数。"]}),
        ({**PART, "quantity": "两只"}, {"quantity": ["数量写成数字，例如 1 或 4.5。"]}),
        ({**PART, "name": "长" * 61}, {"name": ["项目最多 60 个字，现有 61 个"]}),
        ({**PART, "quantity": "2", "price": "999999.99"}, {"price": ["这一行的金额不能超过 ¥999,999.99。"]}),
        ({**PART, "kind": "gift"}, {"kind": ["类别没有这一项，重新选"]}),
    ],
)
def test_every_fault_of_a_line_stands_at_its_field(
    cast: Cast, sign_in: Any, line: dict[str, str], said: dict[str, list[str]]
) -> None:
    assert line_errors(offered(sign_in("zhou"), cast.surveyed(), line)) == [said]


def test_lines_that_sum_to_too_much_and_no_lines_at_all_are_refused(cast: Cast, sign_in: Any) -> None:
    ticket, client = cast.surveyed(), sign_in("zhou")
    much = offered(client, ticket, *[{**PART, "price": "600000"}] * 2)
    assert list(much.context["form"].lines.non_form_errors()) == ["报价合计不能超过 ¥999,999.99。"]
    gone = offered(client, ticket, {**PART, "price": "x", "DELETE": "on"})
    assert list(gone.context["form"].lines.non_form_errors()) == ["报价至少一行。"]
    assert [answer.status_code for answer in (much, gone)] == [422, 422]
    many = offered(client, ticket, *[PART] * 41)
    assert (many.status_code, ticket.quotes.count()) == (422, 0)


def test_a_removed_line_is_neither_charged_nor_judged(cast: Cast, sign_in: Any) -> None:
    ticket = cast.surveyed()
    answer = offered(sign_in("zhou"), ticket, {**PART, "price": "NaN", "DELETE": "on"}, LABOUR)
    assert (answer.status_code, ticket.quotes.get().total) == (302, D("20.00"))


def test_night_duty_quotes_urgent_work_from_the_list_only(cast: Cast, sign_in: Any) -> None:
    ticket = cast.surveyed(urgency="urgent")
    client, said = sign_in("night"), ["夜间值班只按价目表报急修、不到 ¥500.00 的价。"]
    assert errors(offered(client, ticket, {**LABOUR, "code": ""}))["__all__"] == said
    assert offered(client, ticket, LABOUR).status_code == 302


def test_a_quote_made_meanwhile_is_not_overwritten_by_a_stale_tab(cast: Cast, sign_in: Any) -> None:
    ticket, client = cast.surveyed(), sign_in("zhou")
    seen = client.get(reverse("offer_quote", args=[ticket.number])).context["seen"]
    quoting.offer_quote(ticket, by=cast.qian, lines=cast.lines())
    answer = offered(client, ticket, LABOUR, seen=seen)
    assert errors(answer)["__all__"][0].startswith("打开表单后这一项已改过。")
    assert (answer.status_code, ticket.quotes.count(), LABOUR["name"] in html(answer)) == (409, 1, True)


def test_the_lookup_offers_list_items_and_spare_parts_in_one_list(cast: Cast, sign_in: Any) -> None:
    client = sign_in("zhou")
    found = html(client.get(reverse("find_quote_lines"), {"q": "阀芯"}))
    assert ('data-kind="labour"' in found, 'data-kind="material"' in found, 'data-code="P04"' in found) == (True,) * 3
    assert "按输入的文字报价" in html(client.get(reverse("find_quote_lines"), {"q": "qqqq"}))
    assert client.get(reverse("find_quote_lines"), {"community": "9" * 30}).status_code == 200
    assert client.get(reverse("find_quote_lines"), {"community": "999999"}).status_code == 404


# Answer ------------------------------------------------------------------------


def test_the_answer_shows_lines_and_sum_and_keeps_who_how_and_when(cast: Cast, sign_in: Any) -> None:
    ticket, client = cast.quoted("35.00"), sign_in("zhou")
    page = html(client.get(reverse("accept_quote", args=[ticket.number])))
    assert ("更换阀芯" in page, "陶瓷阀芯" in page, "¥35.00" in page) == (True, True, True)
    post(client, "accept_quote", ticket.number, name="李建国", relation="owner", how="wechat")
    told = ticket.quotes.get()
    assert (told.state, told.answered_by, told.answered_as, told.answered_how, told.recorded_by) == ("accepted", "李建国", "owner", "wechat", cast.zhou)  # fmt: skip


def test_a_tenant_s_answer_from_500_is_refused_and_the_form_keeps_it(cast: Cast, sign_in: Any) -> None:
    ticket, client = cast.quoted("500.00", "0.00"), sign_in("zhou")
    answer = post(client, "accept_quote", ticket.number, name="陈小红", relation="tenant", how="phone")
    assert errors(answer)["__all__"] == ["租户只能认可 ¥499.99 以内；满 ¥500.00 由业主认可或附业主书面同意。"]
    assert (answer.status_code, answer.context["form"]["name"].value()) == (409, "陈小红")
    assert (
        post(client, "accept_quote", ticket.number, name="陈小红", relation="tenant", how="signed").status_code == 302
    )


def test_an_answer_to_another_quote_than_the_one_shown_is_refused(cast: Cast, sign_in: Any) -> None:
    ticket, client = cast.quoted("35.00"), sign_in("zhou")
    seen = client.get(reverse("accept_quote", args=[ticket.number])).context["seen"]
    quoting.offer_quote(ticket, by=cast.qian, lines=cast.lines("90.00"))
    fields = {"name": "李建国", "relation": "owner", "how": "phone"}
    assert post(client, "accept_quote", ticket.number, seen=seen, **fields).status_code == 409
    assert ticket.quotes.filter(state="accepted").count() == 0


@pytest.mark.parametrize(("who", "ways"), [("zhou", ["in_person", "phone", "wechat", "signed"]), ("night", ["phone"]), ("wang", ["signed"])])  # fmt: skip
def test_how_an_answer_may_be_taken_depends_on_who_takes_it(
    cast: Cast, sign_in: Any, who: str, ways: list[str]
) -> None:
    ticket = cast.quoted("35.00")
    form = sign_in(who).get(reverse("accept_quote", args=[ticket.number])).context["form"]
    assert [value for value, _label in form.fields["how"].choices] == ways


def test_night_duty_writes_down_answers_to_its_own_quotes_only(cast: Cast, sign_in: Any) -> None:
    fields = {"name": "李建国", "relation": "owner", "how": "phone"}
    ticket = cast.quoted("35.00")
    answer = post(sign_in("night"), "accept_quote", ticket.number, **fields)
    assert errors(answer)["__all__"] == ["夜间值班只登记自己报的价、电话里的答复。"]
    own = cast.surveyed(urgency="urgent")
    quoting.offer_quote(own, by=cast.night, lines=cast.lines("20.00", "0.00"))
    assert post(sign_in("night"), "accept_quote", own.number, **fields).status_code == 302


def test_the_visit_fee_is_asked_for_only_where_it_was_told(cast: Cast, sign_in: Any) -> None:
    client, told, untold = sign_in("zhou"), cast.quoted("35.00"), cast.surveyed()
    quoting.offer_quote(untold, by=cast.zhou, lines=cast.lines(), visit_fee_told=False)
    labels = [
        client.get(reverse("decline_quote", args=[ticket.number])).context["form"].fields.get("visit_fee")
        for ticket in (told, untold)
    ]
    assert (str(labels[0].label), labels[1]) == ("收上门检测费 ¥20.00", None)
    post(client, "decline_quote", told.number, reason="嫌贵", visit_fee="on")
    post(client, "decline_quote", untold.number, reason="嫌贵", visit_fee="on")
    assert [Ticket.objects.get(pk=each.pk).balance for each in (told, untold)] == [D("20.00"), D("0.00")]
    post(client, "receive", told.number, method="cash", amount="20", payer="李建国")
    assert Payment.objects.get().purpose == "repair"


# Mass assignment and markup ------------------------------------------------------


def test_keys_that_the_form_does_not_name_change_nothing(cast: Cast, sign_in: Any) -> None:
    ticket, client = cast.surveyed(), sign_in("zhou")
    other = Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")
    forged = {"state": "closed", "number": "X", "amount": "0.01", "total": "0.01", "community": other.pk, "accepted_total": "0", "balance": "-5", "by": cast.lin.pk}  # fmt: skip
    offered(client, ticket, LABOUR, PART, **forged)
    post(client, "accept_quote", ticket.number, name="李建国", relation="owner", how="phone", **forged)
    ticket.refresh_from_db()
    charge = ticket.charges.get()
    assert (ticket.state, ticket.community_id, ticket.accepted_total, ticket.balance) == ("accepted", cast.community.pk, D("35.00"), D("35.00"))  # fmt: skip
    assert (charge.amount, charge.opened_by, ticket.quotes.get().by, ticket.number[:3]) == (D("35.00"), cast.zhou, cast.zhou, "HT-")  # fmt: skip


def test_extra_keys_of_a_payment_change_nothing(cast: Cast, sign_in: Any) -> None:
    slip = cast.accepted_slip("35.00")
    forged = {"state": "received", "received_by": cast.lin.pk, "purpose": "refund", "on_site": "1", "contra_of": "1", "number": "SJ-1", "charge": "0.01"}  # fmt: skip
    post(sign_in("zhou"), "receive", slip.ticket.number, method="cash", amount="35", payer="李建国", **forged)
    payment, receipt = Payment.objects.get(), Receipt.objects.get()
    assert (payment.amount, payment.state, payment.received_by, payment.purpose, payment.on_site) == (D("35.00"), "receipted", cast.zhou, "repair", False)  # fmt: skip
    assert (receipt.amount, receipt.number[:6]) == (D("35.00"), "HT-SJ-")


CONTROL = "阀\x07芯"


@pytest.mark.parametrize(("field", "label"), [("name", "项目"), ("spec", "规格"), ("model", "型号"), ("unit", "单位")])
def test_control_characters_in_a_line_are_refused_and_markup_is_text(
    cast: Cast, sign_in: Any, field: str, label: str
) -> None:
    ticket, client = cast.surveyed(), sign_in("zhou")
    said = f"{label}含有不能显示的字符。删去后重新输入。"
    assert line_errors(offered(client, ticket, {**PART, field: "\x07"})) == [{field: [said]}]
    markup = "<u>" if field == "unit" else MARKUP
    offered(client, ticket, {**PART, field: markup})
    page = html(client.get(reverse("accept_quote", args=[ticket.number])))
    assert (markup in page, markup.replace("<", "&lt;").replace(">", "&gt;") in page) == (False, True)


def text_steps(cast: Cast) -> dict[str, tuple[str, Any, dict[str, Any], str, str]]:
    """Each text field of the other forms: step, its record's key, the rest of the form, the field, its label."""
    quoted, accepted, done, finished = (
        cast.quoted(),
        cast.accepted("800.00", "0.00"),
        cast.accepted_slip(),
        cast.finished(),
    )
    unsigned = cast.agreement(cast.accepted("600.00", "0.00"), signed=False)
    paper = {"party": "李建国", "scope": "防水", "materials": "乙方", "starts_on": "2026-11-26", "ends_on": "2026-11-28", "guarantee_months": "3"}  # fmt: skip
    money = {"method": "wechat", "amount": "35", "payer": "李建国", "reference": "8841", "part_because": ""}
    return {
        "name": ("accept_quote", quoted.number, {"relation": "owner", "how": "phone"}, "name", "谁认可的"),
        "reason": ("decline_quote", quoted.number, {}, "reason", "不修的原因"),
        "words": ("cancel", quoted.number, {"reason": "customer"}, "words", "说明"),
        "party": ("issue_agreement", accepted.number, paper, "party", "甲方（客户）"),
        "scope": ("issue_agreement", accepted.number, paper, "scope", "维修项目及范围"),
        "materials": ("issue_agreement", accepted.number, paper, "materials", "材料约定"),
        "owner_word": ("sign_agreement", unsigned.pk, {"owner_signs": "0"}, "owner_word", "书面同意的凭据"),
        "payer": ("receive", done.ticket.number, money, "payer", "交款人"),
        "reference": ("receive", done.ticket.number, money, "reference", "交易号"),
        "part_because": ("receive", done.ticket.number, {**money, "amount": "1"}, "part_because", "分次付款的原因"),
        "opinion": ("slip_accept", finished.number, {"opinion": "passed", "name": "李建国", "on_paper": "on"}, "words", "客户补充"),
        "signer": ("slip_accept", finished.number, {"opinion": "passed", "on_paper": "on"}, "name", "签字人"),
        "void": ("slip_void", finished.number, {}, "reason", "作废原因"),
        "waive": ("waive", done.ticket.number, {}, "reason", "原因"),
    }  # fmt: skip


@pytest.mark.parametrize("which", ["name", "reason", "words", "party", "scope", "materials", "owner_word", "payer", "reference", "part_because", "opinion", "signer", "void", "waive"])  # fmt: skip
def test_a_control_character_in_any_field_is_refused_by_name_and_markup_is_shown_as_typed(
    cast: Cast, sign_in: Any, which: str
) -> None:
    step, key, rest, field, label = text_steps(cast)[which]
    client = sign_in("lin")
    found = errors(post(client, step, key, **{**rest, field: CONTROL}))
    assert found[field] == [f"{label}含有不能显示的字符。删去后重新输入。"]
    broken = {name: value for name, value in rest.items() if name not in {"relation", "amount", "opinion"}}
    page = html(post(client, step, key, **{**broken, field: "<script>x</script>" * 20}))
    assert ("<script>x" in page, "&lt;script&gt;x" in page) == (False, True)


# From ¥500.00 --------------------------------------------------------------------


@pytest.mark.sop("5.2.2-1c")
def test_499_99_is_issued_at_the_page_and_500_00_is_told_what_is_missing(cast: Cast, sign_in: Any) -> None:
    client = sign_in("zhou")
    below, at = cast.accepted("499.99", "0.00"), cast.accepted("500.00", "0.00")
    assert not client.get(reverse("issue_slip", args=[below.number])).context["blocked"]
    assert post(client, "issue_slip", below.number, technician=cast.wang.pk).status_code == 302
    page = client.get(reverse("issue_slip", args=[at.number]))
    assert page.context["blocked"] == "预付款未到，不可开派工单。满 ¥500.00，先签协议并收预付款。"
    assert [words for words, _url in page.context["remedies"]] == ["开维修协议", "收预付款"]
    answer = post(client, "issue_slip", at.number, technician=cast.wang.pk)
    assert errors(answer)["__all__"] == ["预付款未到，不可开派工单。满 ¥500.00，先签协议并收预付款。"]
    assert (answer.status_code, at.slips.count(), below.slips.count()) == (409, 0, 1)


@pytest.mark.sop("5.2.2-1c")
def test_agreement_signature_and_prepayment_open_the_way_to_the_slip(cast: Cast, sign_in: Any) -> None:
    ticket, client = cast.accepted("500.00", "0.00"), sign_in("zhou")
    paper = {"party": "李建国", "scope": "主卫防水重做", "materials": "乙方提供", "starts_on": "2026-11-26", "ends_on": "2026-11-28", "guarantee_months": "12"}  # fmt: skip
    answer = post(client, "issue_agreement", ticket.number, **paper)
    agreement = ticket.agreements.get()
    assert answer["Location"] == reverse("print_agreement", args=[agreement.pk])
    assert [words for words, _url in client.get(reverse("issue_slip", args=[ticket.number])).context["remedies"]] == ["登记协议已签", "收预付款"]  # fmt: skip
    post(client, "sign_agreement", agreement.pk, owner_signs="1")
    assert [words for words, _url in client.get(reverse("issue_slip", args=[ticket.number])).context["remedies"]] == ["收预付款"]  # fmt: skip
    assert "收预付款" in html(client.get(reverse("receive", args=[ticket.number])))
    post(client, "receive", ticket.number, method="transfer", amount="500.00", payer="李建国", reference="8841")
    answer = post(client, "issue_slip", ticket.number, technician=cast.wang.pk)
    slip = ticket.slips.get()
    assert answer["Location"] == reverse("print_slip", args=[slip.number])
    assert (slip.quoted_total, slip.agreement_number, len(slip.receipt_numbers.split())) == (D("500.00"), str(agreement), 1)  # fmt: skip


def test_a_window_that_has_passed_is_agreed_anew_with_the_issue(cast: Cast, sign_in: Any) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI), tick=False) as clock:
        ticket = cast.accepted("35.00")
        assert "window" not in sign_in("zhou").get(reverse("issue_slip", args=[ticket.number])).context["form"].fields
        clock.move_to(dt.datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI))
        client = sign_in("zhou")
        answer = post(client, "issue_slip", ticket.number, technician=cast.wang.pk)
        assert errors(answer) == {"window": ["选预约时间"]}
        slot = next(each for each in answer.context["form"].fields["window"].slots if not each.is_full)
        answer = post(client, "issue_slip", ticket.number, technician=cast.wang.pk, window_slot=slot.value)
        assert answer.status_code == 302
        slip = ticket.slips.get()
        assert (slip.window_from, slip.window_to) == (slot.starts, slot.ends)
        arrive = ticket.deadlines.open().filter(kind="arrive")
        assert [row.due_at for row in arrive.filter(ref=slip.number)] == [slot.ends]


def test_a_rework_slip_of_a_called_back_repair_gets_its_window(cast: Cast, sign_in: Any) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI), tick=False) as clock:
        ticket = cast.returned("35.00").ticket
        callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.zhou, satisfied=True)
        clock.move_to(dt.datetime(2026, 11, 25, 9, 0, tzinfo=SHANGHAI))
        client = sign_in("lin")
        said = errors(post(client, "set_appointment", ticket.number, window_slot="other", window_day="2026-11-26", window_starts="09:00", window_ends="10:00"))  # fmt: skip
        assert said["__all__"] == ["这件已修好，没有要上门的。"]
        callbacks.raise_correction(ticket, by=cast.lin, department="engineering", what="又漏", needs_visit=True)
        page = client.get(reverse("issue_slip", args=[ticket.number]))
        assert "返修单：不报价，不收费。" in html(page)
        slot = next(each for each in page.context["form"].fields["window"].slots if not each.is_full)
        post(client, "issue_slip", ticket.number, technician=cast.wang.pk, window_slot=slot.value)
        slip = ticket.slips.get(rework=True)
        ticket.refresh_from_db()
        assert (slip.window_to, slip.quoted_total, ticket.state) == (slot.ends, D("0.00"), "ordered")


def test_somebody_else_s_signature_needs_the_owner_s_written_word(cast: Cast, sign_in: Any) -> None:
    agreement = cast.agreement(cast.accepted("500.00", "0.00"), signed=False)
    client = sign_in("zhou")
    answer = post(client, "sign_agreement", agreement.pk, owner_signs="0")
    assert errors(answer) == {"owner_word": ["写明业主书面同意的凭据，例如“微信留言 11-23”。"]}
    assert post(client, "sign_agreement", agreement.pk, owner_signs="0", owner_word="微信 11-23").status_code == 302


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ends_on": "2026-11-25"}, {"ends_on": ["完工日期早于开工日期。"]}),
        ({"starts_on": "明天"}, {"starts_on": ["日期写成 2026-11-26 这样。"]}),
        ({"guarantee_months": "-1"}, {"guarantee_months": ["质量保证不能少于 0 个月。"]}),
        ({"guarantee_months": "一年"}, {"guarantee_months": ["质量保证写月数，例如 12。"]}),
        ({"party": ""}, {"party": ["填写甲方（客户）"]}),
    ],
)
def test_every_fault_of_an_agreement_stands_at_its_field(
    cast: Cast, sign_in: Any, changed: dict[str, str], said: dict[str, list[str]]
) -> None:
    ticket = cast.accepted("500.00", "0.00")
    paper = {"party": "李建国", "scope": "防水", "materials": "乙方", "starts_on": "2026-11-26", "ends_on": "2026-11-28", "guarantee_months": "3"}  # fmt: skip
    assert errors(post(sign_in("zhou"), "issue_agreement", ticket.number, **{**paper, **changed})) == said


def test_an_unsigned_agreement_is_voided_and_keeps_its_number(cast: Cast, sign_in: Any) -> None:
    agreement = cast.agreement(cast.accepted("500.00", "0.00"), signed=False)
    client, number = sign_in("zhou"), agreement.number
    assert number.partition("-")[2] in html(client.get(reverse("void_agreement", args=[agreement.pk])))
    post(client, "void_agreement", agreement.pk)
    agreement.refresh_from_db()
    assert (agreement.state, agreement.number) == ("voided", number)


# Acceptance and void --------------------------------------------------------------


@pytest.mark.sop("5.5.1-7")
def test_the_customer_sees_what_he_signs_and_the_sum_stands_above(cast: Cast, sign_in: Any) -> None:
    slip, client = cast.finished("35.00"), sign_in("zhou")
    page = html(client.get(reverse("slip_accept", args=[slip.number])))
    assert [words in page for words in ("更换阀芯并试水", "陶瓷阀芯", "¥35.00", "不合格，继续修")] == [True] * 4
    strokes = json.dumps(STROKES)
    post(client, "slip_accept", slip.number, opinion="satisfied", name="李建国", strokes=strokes)
    slip.refresh_from_db()
    assert (slip.state, slip.opinion, slip.signatures.get(role="customer").on_paper) == ("accepted", "satisfied", False)


@pytest.mark.sop("5.5.1-7")
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"on_paper": "on"}, {"opinion": ["选验收意见"]}),
        ({"opinion": "failed", "on_paper": "on"}, {"opinion": ["验收意见没有这一项，重新选"]}),
        ({"opinion": "passed"}, {"strokes": ["请客户签字，或勾选“客户已在纸单上签字”。"]}),
        ({"opinion": "passed", "strokes": "[[[0.1,0.2],[0.3,0.4]]]"}, {"strokes": ["签字太短，重签一次。"]}),
        ({"opinion": "passed", "strokes": "[[["}, {"strokes": ["签字没有存好，重签一次。"]}),
    ],
)
def test_no_acceptance_without_an_opinion_and_a_signature(
    cast: Cast, sign_in: Any, fields: dict[str, str], said: dict[str, list[str]]
) -> None:
    slip = cast.finished("35.00")
    answer = post(sign_in("zhou"), "slip_accept", slip.number, name="李建国", words="已不滴水", **fields)
    assert errors(answer) == said
    slip.refresh_from_db()
    assert (slip.state, answer.context["form"]["words"].value()) == ("finished", "已不滴水")


def test_a_signature_over_another_content_is_refused(cast: Cast, sign_in: Any) -> None:
    slip, client = cast.finished("35.00"), sign_in("zhou")
    seen = client.get(reverse("slip_accept", args=[slip.number])).context["seen"]
    acceptance.unfinish(slip, by=cast.wang, because="漏记材料")
    workorders.list_parts(slip, by=cast.wang, parts=[], verified=True)
    workorders.finish(slip, by=cast.wang, work="只拧紧", strokes=STROKES, unused_confirmed=True)
    answer = post(client, "slip_accept", slip.number, seen=seen, opinion="passed", name="李建国", on_paper="on")
    assert answer.status_code == 409


def test_voiding_names_where_the_sheets_are_and_needs_a_reason(cast: Cast, sign_in: Any) -> None:
    slip, client = cast.arrived("35.00"), sign_in("lin")
    assert html(client.get(reverse("slip_void", args=[slip.number]))).count("王强") >= 3
    assert errors(post(client, "slip_void", slip.number, reason=" ")) == {"reason": ["填写作废原因"]}
    post(client, "slip_void", slip.number, reason="房号写错")
    slip.refresh_from_db()
    assert (slip.state, slip.void_reason, slip.ticket.state) == ("voided", "房号写错", "accepted")


# Money -----------------------------------------------------------------------------


@pytest.mark.sop("5.2.2-1b")
def test_money_at_the_desk_is_receipted_and_the_receipt_is_printed_next(cast: Cast, sign_in: Any) -> None:
    slip = cast.accepted_slip("35.00")
    client = sign_in("zhou")
    form = client.get(reverse("receive", args=[slip.ticket.number])).context["form"]
    assert (form["amount"].value(), form["payer"].value()) == ("35.00", "李建国")
    answer = post(client, "receive", slip.ticket.number, method="cash", amount="３５元", payer="李建国")
    assert answer["Location"] == reverse("print_receipt", args=[Receipt.objects.get().number])
    back = cast.accepted_slip("35.00")
    answer = post(client, "receive", back.ticket.number, method="cash", amount="35", payer="李建国", next="/cash/")
    assert answer["Location"] == "/cash/"
    dialog = client.post(reverse("receive", args=[cast.accepted_slip("35.00").ticket.number]), {"method": "cash", "amount": "35", "payer": "李建国", "next": "/cash/"}, headers={"HX-Request": "true"})  # fmt: skip
    said = json.loads(dialog["HX-Trigger"])["step:done"]
    assert (dialog.content, said["url"], said["paper"]["label"]) == (b"", "/cash/", "打印收据")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"amount": "680.00"}, {"amount": ["应收 ¥860.00，已输入 ¥680.00，少 ¥180.00。分次付款要写原因。"]}),
        ({"amount": "900"}, {"amount": ["应收 ¥860.00，已输入 ¥900.00，多 ¥40.00。"]}),
        ({"amount": "0"}, {"amount": ["金额要大于 0。"]}),
        ({"amount": "-1"}, {"amount": ["金额写成数字，例如 1250.50。"]}),
        ({"amount": "860.001"}, {"amount": ["金额最多两位小数。"]}),
        ({"amount": ""}, {"amount": ["填写金额"]}),
        ({"method": "wechat"}, {"reference": ["填交易号（后四位即可）。"]}),
        ({"method": "gold"}, {"method": ["收款方式没有这一项，重新选"]}),
        ({"payer": ""}, {"payer": ["填写交款人"]}),
    ],
)
def test_a_sum_that_does_not_fit_is_named_at_its_field(
    cast: Cast, sign_in: Any, fields: dict[str, str], said: dict[str, list[str]]
) -> None:
    ticket = cast.accepted("860.00", "0.00")
    cast.agreement(ticket)
    sent = {"method": "cash", "amount": "860", "payer": "李建国", **fields}
    answer = post(sign_in("zhou"), "receive", ticket.number, **sent)
    assert errors(answer) == said
    assert (answer.status_code, Payment.objects.count()) == (422, 0)
    assert {name: answer.context["form"][name].value() for name in sent} == sent


def test_a_part_is_taken_with_its_reason(cast: Cast, sign_in: Any) -> None:
    ticket = cast.accepted("860.00", "0.00")
    post(sign_in("zhou"), "receive", ticket.number, method="cash", amount="680", payer="李建国", part_because="余款晚上来交")  # fmt: skip
    ticket.refresh_from_db()
    assert (Payment.objects.get().part_because, ticket.balance) == ("余款晚上来交", D("180.00"))


@pytest.mark.parametrize(("balance", "said"), [("paid", "这件没有要收的款。"), ("back", "这件多收 ¥800.00，待退，不再收款。")])  # fmt: skip
def test_where_nothing_is_due_the_page_says_so(cast: Cast, sign_in: Any, balance: str, said: str) -> None:
    if balance == "paid":
        ticket = cast.paid("35.00").ticket
    else:
        slip = cast.issued("800.00", "0.00")
        billing.void_slip(slip, by=cast.lin, reason="房号写错")
        ticket = slip.ticket
    page = sign_in("zhou").get(reverse("receive", args=[ticket.number]))
    assert (page.context["blocked"], "data-save" in html(page)) == (said, False)


def test_who_has_no_till_takes_no_money(cast: Cast, sign_in: Any) -> None:
    slip = cast.accepted_slip("35.00")
    cast.qian.till = False
    cast.qian.save()
    client, said = sign_in("qian"), "您没有收款权限，由收费的同事办理。"
    assert client.get(reverse("receive", args=[slip.ticket.number])).context["blocked"] == said
    answer = post(client, "receive", slip.ticket.number, method="cash", amount="35", payer="李建国")
    assert (errors(answer)["__all__"], Payment.objects.count()) == ([said], 0)


@pytest.mark.sop("5.2.2-1a")
def test_a_technician_holds_cash_but_a_code_s_money_is_receipted_at_once(cast: Cast, sign_in: Any) -> None:
    client = sign_in("wang")
    for method, amount, state in (("cash", "35", "received"), ("wechat", "35", "receipted")):
        ticket = cast.accepted_slip("35.00").ticket
        post(client, "receive", ticket.number, method=method, amount=amount, payer="李建国", reference="8841")
        assert ticket.payments.get().state == state
    big = cast.accepted_slip("800.00", "15.00").ticket
    Adjustment.objects.create(charge=big.charges.get(), amount=D("10.00"), why="revision", by=cast.zhou, at=clock.now())  # fmt: skip
    charging.push_money(big)
    answer = post(client, "receive", big.number, method="cash", amount="10", payer="李建国")
    assert errors(answer)["__all__"] == ["满 ¥500.00 到前台交，技工不代收。"]


def test_a_second_press_of_the_same_button_takes_the_money_once(cast: Cast, sign_in: Any) -> None:
    ticket, client = cast.accepted_slip("35.00").ticket, sign_in("zhou")
    sent = {"method": "cash", "amount": "20", "payer": "李建国", "part_because": "先交一半", "once": str(uuid.uuid4())}
    answers = [post(client, "receive", ticket.number, **sent) for _press in range(2)]
    other = post(client, "receive", ticket.number, **{**sent, "amount": "15"})
    assert ([answer.status_code for answer in answers], other.status_code) == ([302, 302], 409)
    assert (Payment.objects.count(), Receipt.objects.count()) == (1, 1)


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_receive_gives_one_payment() -> None:
    cast = the_cast()
    ticket = cast.accepted_slip("35.00").ticket
    sent = {"method": "cash", "amount": "35", "payer": "李建国", "once": str(uuid.uuid4())}
    clients = [client_of(cast, "zhou") for _tab in range(2)]
    answers = together(*[lambda client=client: post(client, "receive", ticket.number, **sent) for client in clients])
    assert [answer.status_code for answer in answers] == [302, 302]
    assert (Payment.objects.count(), Receipt.objects.count(), Ticket.objects.get(pk=ticket.pk).balance) == (1, 1, D("0.00"))  # fmt: skip


def test_a_waiver_of_another_sum_than_the_one_shown_is_refused(cast: Cast, sign_in: Any) -> None:
    ticket, client = cast.accepted_slip("35.00").ticket, sign_in("lin")
    seen = client.get(reverse("waive", args=[ticket.number])).context["seen"]
    till.receive(ticket, by=cast.zhou, amount=D("5.00"), method="cash", payer="李建国", part_because="零头")
    assert post(client, "waive", ticket.number, reason="照顾", amount="30.00", seen=seen).status_code == 409
    assert Ticket.objects.get(pk=ticket.pk).balance == D("30.00")


def test_a_refund_shows_its_original_and_is_not_made_by_who_received_it(cast: Cast, sign_in: Any) -> None:
    cast.paid("35.00")
    payment, client = Payment.objects.get(), sign_in("lin")
    page = html(client.get(reverse("reverse", args=[payment.pk])))
    assert [words in page for words in ("¥35.00", "李建国", "周敏")] == [True] * 3
    post(client, "reverse", payment.pk, reason="收错了")
    assert list(Receipt.objects.values_list("amount", flat=True)) == [D("35.00"), D("-35.00")]
    assert client.get(reverse("reverse", args=[payment.pk])).context["blocked"] == "这笔款已冲红。"
    slip = payment.ticket.slips.get()
    assert slip.received_line == {}
    cast.lin.grant("FD", within=cast.community.pk)
    own = till.receive(cast.accepted_slip("35.00").ticket, by=cast.lin, amount=D("35.00"), method="cash", payer="李建国")  # fmt: skip
    blocked = sign_in("lin").get(reverse("reverse", args=[own.pk])).context["blocked"]
    assert blocked == "收款人不能自己退款，由另一位客服主管办理。"


def test_a_receipt_is_voided_on_its_day_only_and_with_its_three_copies(cast: Cast, sign_in: Any) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI), tick=False) as clock:
        cast.paid("35.00")
        payment = Payment.objects.get()
        client = sign_in("zhou")
        assert errors(post(client, "void_receipt", payment.pk, reason="写错")) == {
            "three_copies": ["三联收齐才能作废。"]
        }
        post(client, "void_receipt", payment.pk, reason="写错", three_copies="on")
        assert [receipt.voided_at is not None for receipt in Receipt.objects.all()] == [True, False]
        clock.move_to(dt.datetime(2026, 11, 24, 0, 0, tzinfo=SHANGHAI))
        page = sign_in("zhou").get(reverse("void_receipt", args=[payment.pk]))
        assert page.context["blocked"] == "收据只能当日作废，过日用红字冲销。"


def test_what_a_slip_says_it_received_is_the_sum_of_what_came_after_it(cast: Cast) -> None:
    slip = cast.accepted_slip("35.00")
    till.receive(slip.ticket, by=cast.zhou, amount=D("20.00"), method="cash", payer="李建国", part_because="先交一半")
    till.receive(slip.ticket, by=cast.qian, amount=D("15.00"), method="wechat", payer="李建国", reference="8841")
    slip.refresh_from_db()
    assert slip.received_line == {"amount": "35.00", "method": "wechat", "by": "钱丽"}


# Off the way ---------------------------------------------------------------------


def test_judging_the_same_nature_again_is_refused(cast: Cast, sign_in: Any) -> None:
    ticket = cast.accepted("35.00")
    answer = post(sign_in("lin"), "rejudge", ticket.number, nature="paid_home", reason="再看一次")
    assert errors(answer) == {"nature": ["性质没有变，选另一种。"]}


def test_cancelling_an_order_names_the_slips_it_voids(cast: Cast, sign_in: Any) -> None:
    slip, client = cast.issued("35.00"), sign_in("lin")
    page = html(client.get(reverse("cancel_order", args=[slip.ticket.number])))
    assert f"{slip.number.partition('-')[2]} 一并作废" in page
    post(client, "cancel_order", slip.ticket.number, reason="customer")
    slip.refresh_from_db()
    assert slip.state == "voided"


def test_keeping_the_old_quote_shows_what_stands(cast: Cast, sign_in: Any) -> None:
    slip = cast.arrived("35.00")
    quoting.offer_quote(slip.ticket, by=cast.zhou, lines=cast.lines("90.00"))
    client = sign_in("zhou")
    page = html(client.get(reverse("refuse_revision", args=[slip.ticket.number])))
    assert ("¥35.00" in page, "¥90.00" in page) == (True, True)
    post(client, "refuse_revision", slip.ticket.number)
    assert [each.state for each in Quote.objects.order_by("n")] == ["accepted", "refused"]


# Prints ----------------------------------------------------------------------------


def opened(client: Client, answer: Any) -> bytes:
    """The bytes of the kept print that a POST led to."""
    assert answer.status_code == 302, html(answer)
    kept: Any = client.get(answer["Location"])
    return b"".join(kept.streaming_content)


@pytest.mark.parametrize("what", ["receipt", "agreement"])
def test_a_print_is_kept_with_its_digest_and_the_second_says_so(
    cast: Cast, sign_in: Any, tmp_path: Path, what: str
) -> None:
    client = sign_in("zhou")
    if what == "receipt":
        cast.paid("35.00")
        url, number = reverse("print_receipt", args=[Receipt.objects.get().number]), Receipt.objects.get().number
    else:
        agreement = cast.agreement(cast.accepted("800.00", "260.00"))
        url, number = reverse("print_agreement", args=[agreement.pk]), str(agreement)
    first, second = (opened(client, client.post(url)) for _time in range(2))
    kept = Print.objects.filter(number=number).order_by("nth")
    assert [row.sha256 for row in kept] == [hashlib.sha256(pdf).hexdigest() for pdf in (first, second)]
    assert [(row.nth, row.by) for row in kept] == [(1, cast.zhou), (2, cast.zhou)]
    assert ["补打第2次" in "".join(pages(pdf, tmp_path)) for pdf in (first, second)] == [False, True]
    page = html(client.get(url))
    assert [words in page for words in ("第 1 次", "第 2 次", "补打")] == [True] * 3


def test_a_second_press_of_print_gives_the_same_paper(cast: Cast, sign_in: Any) -> None:
    cast.paid("35.00")
    client, url, once = sign_in("zhou"), reverse("print_receipt", args=[Receipt.objects.get().number]), str(uuid.uuid4())  # fmt: skip
    assert [client.post(url, {"once": once})["Location"] for _press in range(2)] == [reverse("print_file", args=[Print.objects.get().pk])] * 2  # fmt: skip


def test_papers_of_another_community_are_absent(cast: Cast, sign_in: Any) -> None:
    cast.paid("35.00")
    agreement = cast.agreement(cast.accepted("800.00", "260.00"))
    other = Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")
    client = Client()
    client.force_login(somebody("mudan", Role.FRONT_DESK, within=other.pk))
    urls = [reverse("print_receipt", args=[Receipt.objects.get().number]), reverse("print_agreement", args=[agreement.pk])]  # fmt: skip
    assert [ask(url).status_code for url in urls for ask in (client.get, client.post)] == [404] * 4
    assert Print.objects.count() == 0


def test_a_press_that_breaks_leaves_the_receipt_as_it_was(cast: Cast, sign_in: Any, settings: Any) -> None:
    cast.paid("35.00")
    receipt, client = Receipt.objects.get(), sign_in("zhou")
    Receipt.objects.filter(pk=receipt.pk).update(amount=D("0.00"))  # a sum that no receipt may say
    answer = client.post(reverse("print_receipt", args=[receipt.number]))
    assert (answer.status_code, "PDF 没有生成" in html(answer), Print.objects.count()) == (503, True, 0)
