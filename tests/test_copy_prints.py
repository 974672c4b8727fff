"""补联: the certified reprint of one lost copy, filed in its place while the copy stays lost in the figures (G8)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.clock import local
from core.refusals import Forbidden, Refusal
from papers.models import Print
from tests.cast import Cast
from tests.paper import pages
from tickets.models import Event
from workorders import custody, prints
from workorders.models import Copy, Slip


def lost(cast: Cast, number: int = 2) -> Copy:
    """A copy of a paid slip whose loss the right supervisor approved."""
    slip = cast.paid()
    custody.declare_lost(slip, number=number, because="11-23 在地库遗失", by=cast.wang)
    custody.approve_lost(slip, number=number, by=cast.shen if number == 3 else cast.lin)
    found: Copy = slip.copies.get(number=number)
    return found


def url_of(copy: Copy) -> str:
    return reverse("print_copy", args=[copy.slip.number, copy.number])


def printed(client: Client, copy: Copy, folder: Path) -> list[str]:
    answer = client.post(url_of(copy))
    assert answer.status_code == 302, answer.content.decode()[:500]
    kept: Any = client.get(answer["Location"])
    return pages(b"".join(kept.streaming_content), folder)


@pytest.mark.sop("5.5.1-8")
@pytest.mark.parametrize(
    ("number", "label", "approver"), [(2, "第二联客服结算联（红）", "林岚"), (3, "第三联工程联（黄）", "沈刚")]
)
def test_g8_the_reprint_is_one_sheet_that_says_it_takes_the_place_of_a_lost_one(
    cast: Cast, sign_in: Any, tmp_path: Path, number: int, label: str, approver: str
) -> None:
    copy = lost(cast, number)
    loss = copy.handovers.get(move="approve_lost")
    (sheet,) = printed(sign_in("zhou"), copy, tmp_path)
    approved = f"打印人周敏核准{approver}{local(loss.at):%Y-%m-%d%H:%M}第1次补联"
    wanted = ["补联（原联遗失）", label, f"{str(copy).partition('-')[2]}", approved, "更换阀芯并试水", "打印时间"]
    assert [word for word in wanted if word not in sheet] == []
    assert "补打" not in sheet


def test_g8_each_reprint_is_kept_counted_and_an_event_and_the_copy_stays_lost(
    cast: Cast, sign_in: Any, tmp_path: Path
) -> None:
    copy, client = lost(cast), sign_in("zhou")
    first, second = (printed(client, copy, tmp_path)[0] for _each in range(2))
    assert ("第1次补联" in first, "第2次补联" in second) == (True, True)
    kept = Print.objects.order_by("nth").values_list("kind", "number", "nth", "by__name")
    assert list(kept) == [("WX", str(copy), 1, "周敏"), ("WX", str(copy), 2, "周敏")]
    events = Event.objects.filter(action="slip_print_copy").order_by("seq")
    assert [(event.facts["copies"], event.facts["nth"]) for event in events] == [([2], 1), ([2], 2)]
    copy.refresh_from_db()
    assert (copy.holder, copy.handovers.order_by("-seq")[0].move) == ("lost", "approve_lost")
    assert not prints.printed(copy.slip).exists()


def test_g8_nothing_is_reprinted_before_the_loss_is_approved(cast: Cast, sign_in: Any) -> None:
    slip = cast.paid()
    custody.declare_lost(slip, number=2, because="11-23 在地库遗失", by=cast.wang)
    copy, client = slip.copies.get(number=2), sign_in("zhou")
    assert "不打补联" in client.get(url_of(copy)).content.decode()
    assert (client.post(url_of(copy)).status_code, Print.objects.count()) == (409, 0)
    with pytest.raises(Refusal, match="没有核准遗失"):
        prints.print_copy(copy, by=cast.zhou, link=str)
    with pytest.raises(Forbidden):
        prints.print_copy(copy, by=cast.wang, link=str)


def test_g8_ticket_slip_and_approval_lead_to_the_reprint(cast: Cast, sign_in: Any) -> None:
    slip: Slip = cast.paid()
    custody.declare_lost(slip, number=2, because="11-23 在地库遗失", by=cast.wang)
    client, copy = sign_in("lin"), slip.copies.get(number=2)
    pages_of = (slip.ticket.get_absolute_url(), reverse("print_slip", args=[slip.number]))
    assert [url_of(copy) in client.get(page).content.decode() for page in pages_of] == [False, False]
    answer = client.post(reverse("slip_approve_lost", args=[slip.number]), {"number": 2})
    assert (answer.status_code, answer["Location"]) == (302, url_of(copy))
    assert [url_of(copy) in client.get(page).content.decode() for page in pages_of] == [True, True]
    assert url_of(copy) not in sign_in("mei").get(pages_of[0]).content.decode()
