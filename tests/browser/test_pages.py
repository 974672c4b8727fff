"""Every page: nothing for axe to say in either theme, no sideways scrolling, no broken policy, in three languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page

from billing import asking
from callbacks import actions as callbacks
from callbacks import merging
from core import clock
from desk import actions as shifts
from people.models import SavedView
from places.models import Builder
from tests.browser.pictures import take
from tests.cast import Cast
from tests.test_claims import drafted, in_stead, sent
from tests.test_complaints import answered, complain, owned
from tests.test_copy_prints import lost
from tests.test_kinds import done as done_facility
from tests.test_paths import HOUR, burst_main, leaking, letter, repaired, warranty_slip
from tests.test_shift import handed
from tickets import recording, sla
from workorders import notices, referrals

Windows = Callable[..., Page]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
WIDTHS = (320, 390, 1440)


def pages(estate: Cast) -> dict[str, list[str]]:
    """The pages of each role over an estate with work in every state, and with twelve views of long names."""
    for number in range(12):
        SavedView.objects.create(
            user=estate.zhou, name=f"第 {number} 个名字很长很长的视图", query=f"building={number}", position=number
        )
    estate.report(urgency="urgent")
    surveyed, quoted, large = estate.surveyed(), estate.quoted(), estate.accepted("800.00", "0.00")
    arrived, finished, done = estate.arrived(), estate.finished(), estate.returned()
    callbacks.record_answer(
        done.ticket, caller=done.ticket.callers.get(), by=estate.qian, satisfied=False, opinion="还在滴水"
    )
    sheets = [handed(estate, by="qian").get_absolute_url()]
    draft = shifts.open_shift(estate.community, by=estate.zhou)
    sheets += [draft.get_absolute_url(), f"/shift/{draft.pk}/hand/", "/shift/kept/new/"]
    complaints = [
        each.get_absolute_url() for each in (owned(estate, ticket=done.ticket), answered(estate), complain(estate))
    ]
    tickets = [
        f"/tickets/{each.number}/" for each in (surveyed, quoted, large, arrived.ticket, finished.ticket, done.ticket)
    ]
    desk = [
        "/board/",
        "/board/?building=1",
        "/board/views/?building=2",
        "/tickets/new/",
        "/tickets/",
        "/copies/",
        "/copies/late/",
        "/cash/",
        "/callbacks/",
        "/corrections/",
        "/complaints/",
        "/complaints/new/",
        "/shift/",
        *sheets,
        "/me/",
        *tickets,
    ]
    phone = [
        "/my/",
        "/my/copies/",
        "/my/cash/",
        *(f"/my/{arrived.ticket.number}/?tab={tab}" for tab in ("survey", "parts", "photos", "sign")),
        f"/my/{finished.ticket.number}/?tab=sign",
    ]
    public, own = done_facility(estate), repaired(estate, warranty_slip(estate, leaking(estate)))
    engineering = [
        "/engineering/",
        f"/engineering/?team={estate.wang.team_id}",
        "/my/inspect/",
        f"/slips/{public.number}/countersign/",
        public.ticket.get_absolute_url(),
        own.ticket.get_absolute_url(),
    ]
    asked = asking.reverse_ask(estate.prepaid().payments.get(), by=estate.lin, reason="未开工")
    return {
        "zhou": [*desk, *letters(estate)],
        "wang": phone,
        "shen": engineering,
        "lin": [
            "/setup/styleguide/",
            "/board/",
            *complaints,
            *supervised(estate),
            *claimed(estate),
            asked.ticket.get_absolute_url(),
        ],
        "mei": ["/approvals/", "/procedure/", "/procedure/5.4.1/", "/board/"],
        "admin": ["/bells/", "/bells/notify/"],
    }


def claimed(estate: Cast) -> list[str]:
    """What own people repaired in the builder's stead: to be claimed, drawn up, sent; and a lost sheet."""
    todo, claim, copy = in_stead(estate), sent(estate), lost(estate)
    drawn = drafted(in_stead(estate), estate)
    return [
        "/claims/",
        "/claims/?view=all",
        f"/tickets/{todo.number}/draft_claim/",
        f"/claims/{drawn.number}/send/",
        f"/claims/{claim.number}/settle/",
        claim.get_absolute_url(),
        claim.ticket.get_absolute_url(),
        f"/slips/{copy.slip.number}/copies/{copy.number}/print/",
    ]


def letters(estate: Cast) -> list[str]:
    """Notices to builders and referrals: lists, registers, forms, and the repairs they are about."""
    told, refused, doubtful = leaking(estate), leaking(estate), leaking(estate)
    first = notices.send_notice([told], by=estate.zhou)
    notices.remind_builder(first, by=estate.zhou, form="phone", words="协议约定 48 小时到场")
    notices.refuse_notice(notices.send_notice([refused], by=estate.zhou), by=estate.zhou, because="说是业主改动")
    referred, back = burst_main(estate), burst_main(estate)
    again = clock.now() + HOUR
    referrals.refer(referred, by=estate.zhou, referral=letter(estate), next_at=again, measures="围挡，启用水箱")
    referrals.follow_up(referred, by=estate.zhou, words="正在开挖", next_at=again)
    known = burst_main(estate)
    merging.merge([known], into=back, by=estate.zhou)
    notice = reverse("notice", args=[first.number])
    at = {each: each.get_absolute_url() for each in (told, refused, doubtful, referred, back, known)}
    return [
        "/notices/",
        "/notices/?view=all",
        notice,
        *(f"{notice}{step}/" for step in ("acknowledge", "agree", "refuse", "remind")),
        f"/notices/new/?t={doubtful.number}",
        "/referrals/",
        "/referrals/?view=all",
        *at.values(),
        f"{at[referred]}confirm_restored/",
        f"{at[back]}refer/",
        f"{at[back]}gather/",
        f"{at[doubtful]}notify_builder/",
        "/inspections/",
        "/procedure/",
    ]


def supervised(estate: Cast) -> list[str]:
    """Pages that are the service supervisor's: builders, weather, approvals, a contested judgement, a rework to be judged."""
    builder = Builder.objects.get()
    contested, new = estate.surveyed(), estate.notified(rework_of=estate.returned().ticket)
    recording.record_objection(contested, by=estate.zhou, words="不是我们改的")
    return [
        "/builders/",
        "/builders/new/",
        builder.get_absolute_url(),
        f"{builder.get_absolute_url()}change/",
        f"{builder.get_absolute_url()}share/",
        "/weather/",
        "/approvals/",
        contested.get_absolute_url(),
        f"{contested.get_absolute_url()}rejudge/",
        new.get_absolute_url(),
        f"{new.get_absolute_url()}confirm_rework/",
    ]


def watched(page: Page, trouble: list[str]) -> Page:
    """Collect what the console says of policies and failures."""
    page.on("console", lambda said: trouble.append(f"{page.url} {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(f"{page.url} {error}"))
    return page


def wide(page: Page) -> Iterator[str]:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            yield f"{page.url} scrolls sideways at {width}"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(window: Windows, estate: Cast, theme: str) -> None:
    found: list[str] = []
    trouble: list[str] = []
    for name, paths in pages(estate).items():
        page = watched(window(name, phone=name == "wang", color_scheme=theme), trouble)
        sla.escalate_missed()  # nobody sweeps beside this server
        for path in paths:
            page.goto(path)
            if (path, name, theme) == ("/board/", "zhou", "light"):
                take(page, "board")
            results = Axe().run(page, options=RULES)
            found += [
                f"{path} {each['id']} {[node['target'] for node in each['nodes']][:3]}"
                for each in results.response["violations"]
            ]
            if theme == "light":
                found += wide(page)
    assert found == []
    assert trouble == []


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_the_longest_words_scroll_no_page_sideways(window: Windows, estate: Cast, language: str) -> None:
    found: list[str] = []
    trouble: list[str] = []
    paths = pages(estate)
    for person in estate.people.values():
        person.language = language
        person.save(update_fields=["language"])
    for name in ("zhou", "wang"):
        page = watched(window(name, phone=name == "wang"), trouble)
        for path in paths[name]:
            page.goto(path)
            found += wide(page)
    assert found == []
    assert trouble == []


def test_signing_in_is_pleasant_for_axe_too(browser, live_server, estate: Cast) -> None:
    page = browser.new_page(base_url=live_server.url)
    page.goto("/sign-in/")
    assert Axe().run(page, options=RULES).violations_count == 0
    page.close()
