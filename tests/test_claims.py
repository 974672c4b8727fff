"""Claims on the builder in whose stead own people repaired: gathered, sent, settled, given up, printed (G9, SP)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from PIL import Image

from billing import actions as billing
from billing import asking, claim_prints, claims
from billing.models import Approval, Claim, QuoteLine
from callbacks import actions as callbacks
from core import clock
from core.refusals import Forbidden, Refusal
from papers.models import Print
from people.roles import SS
from places.models import Community, SparePart
from tests.accounts import signed_in, somebody
from tests.cast import STROKES, Cast
from tests.paper import fonts, pages
from tests.test_paper import OWN_FACES
from tests.test_paths import leaking
from tickets import photos
from tickets.models import Event, Photo, Ticket
from workorders import actions as workorders
from workorders import custody, notices
from workorders.models import Slip

D = Decimal
WHY = "经 2 次通知未到场，我方已代为维修。"


def in_stead(cast: Cast, *, reminded: bool = False, used: str = "15.00") -> Ticket:
    """The builder stays away twice; own people repair in his stead, the customer accepts and pays nothing."""
    ticket = leaking(cast)
    first = notices.send_notice([ticket], by=cast.zhou)
    if reminded:
        notices.remind_builder(first, by=cast.zhou, form="phone", words="说在路上")
    notices.send_notice([ticket], by=cast.zhou)
    notices.take_over(ticket, by=cast.lin, because="两次不来")
    accepted(cast, billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang), used)
    ticket.refresh_from_db()
    return ticket


def accepted(cast: Cast, slip: Slip, used: str) -> None:
    workorders.collect(slip, by=cast.wang)
    workorders.arrive(slip, by=cast.wang)
    workorders.list_parts(slip, by=cast.wang, parts=cast.parts(used), verified=True)
    workorders.finish(slip, by=cast.wang, work="切除重粘，试压", strokes=STROKES)
    billing.accept_slip(slip, by=cast.wang, name="李建国", opinion="passed", strokes=STROKES)


def labour(total: str) -> QuoteLine:
    return QuoteLine(kind="labour", name="切除重粘接口", unit="处", quantity=D(1), price=D(total))


def terms(ticket: Ticket, of_labour: str = "60.00") -> claims.Terms:
    lines = [labour(of_labour), *claims.materials_used(claims.unclaimed(ticket))]
    return claims.Terms(lines, WHY, clock.today() + dt.timedelta(days=30))


def drafted(ticket: Ticket, cast: Cast, of_labour: str = "60.00") -> Claim:
    return claims.draft_claim(ticket, by=cast.lin, terms=terms(ticket, of_labour))


def sent(cast: Cast, of_labour: str = "60.00") -> Claim:
    """¥15.00 of material and so much labour."""
    claim = drafted(in_stead(cast), cast, of_labour)
    claims.send(claim, by=cast.lin, form="letter", recipient="赵工")
    return claim


def refused(action: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refusal) as caught:
        action(*args, **kwargs)
    return caught.value.sentence


def typed(ticket: Ticket, **given: str) -> dict[str, str]:
    """What the form of a draft sends: the material of the slip, and labour in free words."""
    rows = [
        ("material", "陶瓷阀芯", "35 mm", "SL-35", "只", "1", "15.00"),
        ("labour", "切除重粘接口", "", "", "处", "1", "60.00"),
    ]
    fields = {"lines-TOTAL_FORMS": "2", "lines-INITIAL_FORMS": "1", "statement": WHY, "pay_by": f"{clock.today():%F}"}
    for at, row in enumerate(rows):
        names = ("kind", "name", "spec", "model", "unit", "quantity", "price")
        fields |= {f"lines-{at}-{name}": value for name, value in zip(names, row, strict=True)}
    return {**fields, **given}


def step(claim: Claim, name: str) -> str:
    return reverse(f"claim_{name}", args=[claim.number])


# Gathered --------------------------------------------------------------------------


def test_g9_the_costs_are_gathered_at_todays_prices_and_numbered_without_a_gap(cast: Cast) -> None:
    ticket = in_stead(cast)
    SparePart.objects.filter(name="陶瓷阀芯", spec="35 mm", model="SL-35").update(price=D("16.50"))
    claim = drafted(ticket, cast)
    assert [(line["name"], line["amount"]) for line in claim.lines] == [
        ("切除重粘接口", "60.00"),
        ("陶瓷阀芯", "16.50"),
    ]
    assert (claim.total, claim.builder, claim.state) == (D("76.50"), ticket.builder, "drafted")
    assert claim.slip_numbers == [slip.number for slip in ticket.slips.all()]
    assert (claim.number[-4:], drafted(in_stead(cast), cast).number[-4:]) == ("0001", "0002")
    assert [row.history_user for row in claim.history.all()] == [cast.lin]


def test_g9_only_what_was_repaired_in_his_stead_and_accepted_is_claimed_once(cast: Cast) -> None:
    other = cast.paid().ticket
    assert refused(claims.draft_claim, other, by=cast.lin, terms=terms(other)) == "我方代修的才索赔。"
    ticket = leaking(cast)
    notices.send_notice([ticket], by=cast.zhou)
    notices.take_over(ticket, by=cast.lin, because="拒修")
    slip = billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang)
    assert "还没有验收" in refused(claims.draft_claim, ticket, by=cast.lin, terms=terms(ticket))
    accepted(cast, slip, "15.00")
    ticket.refresh_from_db()
    with pytest.raises(Forbidden):
        claims.draft_claim(ticket, by=cast.zhou, terms=terms(ticket))
    claim = drafted(ticket, cast)
    assert "都已列入" in refused(claims.draft_claim, ticket, by=cast.lin, terms=terms(ticket))
    claims.withdraw(claim, by=cast.lin, reason="单价写错")
    assert drafted(ticket, cast).number != claim.number


def test_g9_a_claim_over_nothing_is_refused(cast: Cast) -> None:
    ticket = in_stead(cast)
    empty = claims.Terms([], WHY, clock.today())
    assert refused(claims.draft_claim, ticket, by=cast.lin, terms=empty) == "没有可索赔的费用，填人工或材料。"


def test_g9_the_resident_pays_nothing_and_a_claim_never_holds_the_repair_up(cast: Cast) -> None:
    ticket = in_stead(cast)
    claim = drafted(ticket, cast)
    custody.take_in(ticket.slips.get(), copies=[1, 2, 3], by=cast.zhou)
    callbacks.record_answer(ticket, caller=ticket.callers.get(), by=cast.zhou, satisfied=True)
    workorders.close(ticket, by=cast.zhou)
    assert (ticket.state, ticket.balance, ticket.charges.count(), ticket.payments.count()) == ("closed", D(0), 0, 0)
    claims.send(claim, by=cast.lin, form="email", recipient="赵工")
    claims.settle(claim, by=cast.lin, amount=D("75.00"), how="transfer", reference="8841")
    assert (claim.state, claim.settled_amount, claim.ended_by) == ("settled", D("75.00"), cast.lin)
    ticket.refresh_from_db()
    assert (ticket.balance, ticket.charges.count(), ticket.payments.count()) == (D(0), 0, 0)


# Ended -----------------------------------------------------------------------------


def test_g9_a_draft_may_change_and_a_sent_claim_may_not(cast: Cast) -> None:
    ticket = in_stead(cast)
    claim = drafted(ticket, cast)
    claims.revise(claim, by=cast.lin, terms=claims.Terms([labour("80.00")], WHY, clock.today()))
    assert claim.total == D("80.00")
    claims.send(claim, by=cast.lin, form="letter", recipient="赵工")
    assert "不能改索赔单" in refused(
        claims.revise, claim, by=cast.lin, terms=claims.Terms([labour("1.00")], WHY, clock.today())
    )
    assert Claim.objects.get().total == D("80.00")


def test_g9_less_than_asked_needs_a_reason(cast: Cast) -> None:
    claim = sent(cast)
    pay = {"by": cast.lin, "how": "retention"}
    assert "原因" in refused(claims.settle, claim, amount=D("50.00"), **pay)
    assert "不超过" in refused(claims.settle, claim, amount=D("75.01"), **pay)
    claims.settle(claim, amount=D("50.00"), reason="材料款双方各半", **pay)
    assert (claim.state, claim.reason) == ("settled", "材料款双方各半")


@pytest.mark.parametrize(("of_labour", "alone"), [("484.99", True), ("485.00", False)])
def test_g9_from_five_hundred_the_manager_gives_up_a_claim_never_who_asks(
    cast: Cast, sign_in: Any, of_labour: str, alone: bool
) -> None:
    claim, client = sent(cast, of_labour), sign_in("lin")
    page = client.get(claim.ticket.get_absolute_url()).content.decode()
    assert [step(claim, name) in page for name in ("waive", "ask")] == [alone, not alone]
    answer = client.post(step(claim, "waive"), {"reason": "施工单位已注销"})
    asked = client.post(step(claim, "ask"), {"amount": str(claim.total), "reason": "施工单位已注销"})
    assert (answer.status_code, asked.status_code) == ((302, 422) if alone else (409, 302))
    claim.refresh_from_db()
    if alone:
        assert (claim.state, Approval.objects.count()) == ("waived", 0)
        return
    (approval,) = Approval.objects.all()
    assert (claim.state, approval.kind, approval.amount, approval.claim) == ("sent", "claim", claim.total, claim)
    assert sign_in("mei").post(reverse("approval_approve", args=[approval.pk])).status_code == 302
    claim.refresh_from_db()
    assert (claim.state, claim.conceded, claim.ended_by) == ("waived", claim.total, cast.lin)


def test_g9_a_part_given_up_with_the_managers_word_lowers_what_is_asked(cast: Cast) -> None:
    claim = sent(cast, "885.00")
    assert "报请让步" in refused(claims.settle, claim, by=cast.lin, amount=D("300.00"), how="transfer", reason="各半")
    approval = asking.claim_ask(claim, by=cast.lin, amount=D("600.00"), reason="双方协商")
    assert "已有让步" in refused(asking.claim_ask, claim, by=cast.lin, reason="再让")
    asking.approve(approval, by=cast.mei)
    claim.refresh_from_db()
    assert (claim.state, claim.net) == ("sent", D("300.00"))
    assert "报请让步" in refused(claims.settle, claim, by=cast.lin, amount=D("299.00"), how="transfer", reason="抹零")
    claims.settle(claim, by=cast.lin, amount=D("300.00"), how="transfer")
    assert (claim.state, claim.reason) == ("settled", "双方协商")


def test_g9_a_withdrawn_claim_takes_its_request_back(cast: Cast) -> None:
    claim = sent(cast, "885.00")
    approval = asking.claim_ask(claim, by=cast.lin, reason="施工单位已注销")
    claims.withdraw(claim, by=cast.lin, reason="改为起诉")
    approval.refresh_from_db()
    assert (claim.state, approval.state) == ("withdrawn", "withdrawn")


# Pages -----------------------------------------------------------------------------


def test_the_supervisor_draws_it_up_sends_and_settles_it_on_the_pages(cast: Cast, sign_in: Any) -> None:
    ticket, client = in_stead(cast), sign_in("lin")
    url = reverse("draft_claim", args=[ticket.number])
    assert url in client.get(ticket.get_absolute_url()).content.decode()
    form = client.get(url).content.decode()
    assert [word for word in ("陶瓷阀芯", "SL-35", "15.00", "经 2 次通知") if word not in form] == []
    answer = client.post(url, typed(ticket))
    assert answer.status_code == 302, answer.context["form"].lines.errors
    claim = Claim.objects.get()
    assert (answer["Location"], claim.total) == (reverse("print_claim", args=[claim.number]), D("75.00"))
    assert client.post(step(claim, "send"), {"form": "letter", "recipient": "赵工"}).status_code == 302
    page = client.get(ticket.get_absolute_url()).content.decode()
    assert [word for word in ("索赔单 SP-", "已发出", "¥75.00", step(claim, "settle")) if word not in page] == []
    assert client.post(step(claim, "settle"), {"amount": "75", "how": "transfer"}).status_code == 302
    claim.refresh_from_db()
    assert (claim.state, claim.settled_amount) == ("settled", D("75.00"))
    told = (
        Event.objects.filter(ticket=ticket, action__contains="claim").order_by("seq").values_list("action", flat=True)
    )
    assert list(told) == ["draft_claim", "claim_send", "claim_settle"]


@pytest.mark.parametrize(
    ("name", "given", "field"),
    [
        ("settle", {"amount": "0", "how": "transfer"}, "amount"),
        ("settle", {"amount": "80", "how": "transfer"}, "amount"),
        ("settle", {"amount": "50", "how": "transfer"}, "reason"),
        ("settle", {"amount": "七十五", "how": "transfer"}, "amount"),
        ("settle", {"amount": "75"}, "how"),
        ("waive", {"reason": ""}, "reason"),
        ("withdraw", {"reason": ""}, "reason"),
        ("ask", {"amount": "75", "reason": "让"}, "amount"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_kept(
    cast: Cast, sign_in: Any, name: str, given: Any, field: str
) -> None:
    claim = sent(cast)
    answer = sign_in("lin").post(step(claim, name), given)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert Claim.objects.get().state == "sent"


def test_a_draft_needs_lines_words_and_a_day_to_come(cast: Cast, sign_in: Any) -> None:
    ticket, client = in_stead(cast), sign_in("lin")
    url = reverse("draft_claim", args=[ticket.number])
    past = f"{clock.today() - dt.timedelta(days=1):%F}"
    answer = client.post(url, typed(ticket, statement="", pay_by=past))
    assert (answer.status_code, sorted(answer.context["form"].errors)) == (422, ["pay_by", "statement"])
    gone = {f"lines-{at}-DELETE": "on" for at in range(2)}
    answer = client.post(url, typed(ticket, **gone))
    assert (answer.status_code, answer.context["form"].lines.non_form_errors()) == (422, ["索赔单至少一行。"])
    assert Claim.objects.count() == 0


def test_the_list_shows_what_is_to_be_done_next(cast: Cast, sign_in: Any) -> None:
    client, url = sign_in("lin"), reverse("claims")
    assert "没有要办的索赔" in client.get(url).content.decode()
    waiting, claim = in_stead(cast), sent(cast, "585.00")
    asking.claim_ask(claim, by=cast.lin, reason="施工单位已注销")
    page = client.get(url)
    assert [row["ticket"] for row in page.context["undrafted"]] == [waiting]
    assert ([row["claim"] for row in page.context["sent"]], page.context["sent_sum"]) == ([claim], D("600.00"))
    text = page.content.decode()
    assert [
        word
        for word in ("待索赔", "等施工单位付款", "让步待核准", reverse("draft_claim", args=[waiting.number]))
        if word not in text
    ] == []
    assert reverse("draft_claim", args=[waiting.number]) not in sign_in("zhou").get(url).content.decode()
    register = client.get(url, {"view": "all", "state": "sent"}).content.decode()
    assert "¥600.00" in register
    assert "没有符合筛选" in client.get(url, {"view": "all", "state": "settled"}).content.decode()


def test_a_claim_of_another_estate_is_absent(cast: Cast) -> None:
    claim = sent(cast)
    elsewhere = Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")
    client = signed_in(somebody("stranger", SS, within=elsewhere.pk))
    steps = [step(claim, name) for name in ("send", "settle", "waive", "withdraw", "ask", "revise")]
    assert {client.get(url).status_code for url in [*steps, claim.get_absolute_url()]} == {404}
    assert "宏达建设" not in client.get(reverse("claims"), {"view": "all"}).content.decode()


# Paper -----------------------------------------------------------------------------


def photographed(cast: Cast, ticket: Ticket, kind: Photo.Kind, colour: str) -> None:
    found = photos.made_anew(Image.new("RGB", (80, 60), colour))
    photos.keep(ticket, [found], by=cast.wang, kind=kind, at=clock.now())


def test_g9_the_paper_says_who_was_told_when_what_was_done_and_what_it_cost(
    cast: Cast, sign_in: Any, tmp_path: Path
) -> None:
    ticket = in_stead(cast, reminded=True)
    photographed(cast, ticket, Photo.Kind.BEFORE, "grey")
    photographed(cast, ticket, Photo.Kind.AFTER, "white")
    claim, client = drafted(ticket, cast), sign_in("zhou")
    url = reverse("print_claim", args=[claim.number])

    def printed() -> str:
        answer = client.post(url)
        kept: Any = client.get(answer["Location"])
        paper = b"".join(kept.streaming_content)
        assert fonts(paper, tmp_path) == OWN_FACES
        return "".join(pages(paper, tmp_path))

    draft = printed()
    claims.send(claim, by=cast.lin, form="letter", recipient="赵工")
    paper = printed()
    first, second = (notice.number.partition("-")[2] for notice in ticket.notices.order_by("pk"))
    for words in (
        "维修费用索赔单", f"索赔单号：{claim.number.partition('-')[2]}", "致宏达建设收件人赵工", WHY.replace(" ", ""), "厨房水管接口渗水", "给排水",
        f"{first}第1次", f"{second}第2次", "未到场维修", "电话催办，说在路上（周敏）", ticket.slips.get().number.partition("-")[2], "切除重粘，试压",
        "人工切除重粘接口处160.0060.00", "材料陶瓷阀芯35mmSL-35只115.0015.00", "以下空白", "合计¥75.00", "大写人民币柒拾伍元整", "修前1", "修后1",
        "经办人：林岚", "海棠物业服务有限公司（盖章）",
    ):  # fmt: skip
        assert words in paper, words
    assert (["草稿，未发出" in each for each in (draft, paper)], "补打第2次" in paper) == ([True, False], True)
    assert ("李建国" in paper, "None" in paper, Print.objects.filter(kind="SP").count()) == (False, False, 2)
    assert Event.objects.filter(action="claim_print").count() == 2


def test_urgent_work_without_a_notice_says_so(cast: Cast, sign_in: Any, tmp_path: Path) -> None:
    ticket = leaking(cast, urgency="urgent")
    notices.take_over(ticket, by=cast.lin, because="水止不住")
    accepted(cast, billing.issue_slip(ticket, by=cast.zhou, technician=cast.wang), "15.00")
    ticket.refresh_from_db()
    claim, client = drafted(ticket, cast), sign_in("lin")
    kept: Any = client.get(client.post(reverse("print_claim", args=[claim.number]))["Location"])
    assert "情况紧急，先行处置，未及通知。" in "".join(pages(b"".join(kept.streaming_content), tmp_path))


@pytest.mark.parametrize(
    ("typed_so", "printed"), [("两次未到场", "两次未到场。依照"), ("两次未到场。", "两次未到场。依照")]
)
def test_what_was_typed_ends_as_a_sentence_since_another_follows(
    cast: Cast, tmp_path: Path, typed_so: str, printed: str
) -> None:
    ticket = in_stead(cast)
    claim = claims.draft_claim(ticket, by=cast.lin, terms=dataclasses.replace(terms(ticket), statement=typed_so))
    paper = claim_prints.print_claim(claim, by=cast.lin).pdf.read()
    assert printed in "".join(pages(paper, tmp_path))
