"""Every URL × role × own and foreign community against tests/permissions.csv; a URL absent from the table fails (trust.md §3)."""

from __future__ import annotations

import datetime as dt
import logging
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from billing import asking
from callbacks import actions as callbacks
from core import codes
from desk import actions as desk
from desk.models import Kept
from papers.models import Kind, Print
from people.models import User
from people.roles import Role
from places.models import Community
from tests.accounts import somebody
from tests.cast import Cast
from tests.sheets import drafted, registered
from tests.test_claims import drafted as claimed
from tests.test_claims import in_stead
from tests.test_complaints import complain
from tests.test_permissions import ALWAYS, NEVER, OWN, STAFF, TABLE
from tickets import actions as tickets
from tickets.models import BadWeather, LinePhoto, Photo
from workorders import notices, referrals
from workorders.models import Notice, Referral

ABSENT = {"c": codes.copy_digits(999_999_999, 3)}
OF_NO_COMMUNITY = {
    "set_bells",
    "procedure_clause",
    "figure",
}  # the same page for everybody, each with figures of their own
OPEN_TO_STRANGERS = {"sign_in", "sign_out", "set_language_own", "health_live", "health_ready", "health_sweeper"}


@dataclass(frozen=True)
class Page:
    """A named URL and the folder and arguments of its path."""

    name: str
    folder: str
    arguments: tuple[str, ...]


def pages(resolver: URLResolver, before: str = "") -> Iterator[Page]:
    for entry in resolver.url_patterns:
        path = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from pages(entry, path)
        elif isinstance(entry, URLPattern):
            found = re.findall(r"<(?:\w+:)?(\w+)>", path)
            yield Page(entry.name or path, path.split("/")[0], tuple(found))


PAGES = list(pages(get_resolver()))
SAID = [page for page in PAGES if page.name in TABLE]


def test_the_table_holds_every_page_and_no_other():
    assert sorted(name for name in TABLE if "." not in name) == sorted({page.name for page in PAGES})


@dataclass
class World:
    """One repair from ¥500 in the first community, with every paper it may have; `absent` fills a URL for nothing."""

    cast: Cast
    arguments: dict[tuple[str, str], Any]
    words: list[str]

    def url(self, page: Page) -> str:
        return reverse(page.name, args=[self.arguments[page.folder, name] for name in page.arguments])

    def nowhere(self, page: Page) -> str:
        """The same page of a record that does not exist."""
        given = [self.arguments[page.folder, name] for name in page.arguments]
        return reverse(
            page.name,
            args=[10**9 if isinstance(one, int) else ABSENT.get(page.folder, "HT-BX-209901-0001") for one in given],
        )


def a_file(name: str) -> ContentFile[bytes]:
    return ContentFile(b"not looked at", name)


def of_inspections(cast: Cast) -> dict[tuple[str, str], Any]:
    """A registered inspection, and a draft of the same dwelling with a photo."""
    number, draft = registered(cast, 2).number, drafted(cast, 2)
    shot = LinePhoto.objects.create(line=draft.lines.all()[0], file=a_file("2.jpg"), by=cast.wang, at=timezone.now())
    return {
        ("inspections", "number"): number,
        ("inspections", "pk"): shot.pk,
        ("tickets", "unit"): cast.unit_1201.pk,
    }


@pytest.fixture
def world(cast: Cast) -> World:
    slip = cast.accepted_slip("860.00", "260.00", used="260.00")
    ticket = slip.ticket
    payment = ticket.payments.get()
    correction = callbacks.raise_correction(
        ticket, by=cast.zhou, department="engineering", what="仍有渗水", needs_visit=False
    )
    callbacks.assign(correction, by=cast.shen, to=cast.wang)
    photo = Photo.objects.create(ticket=ticket, kind="report", file=a_file("1.jpg"), by=cast.wang, at=timezone.now())
    kept = Print.objects.create(
        community=cast.community, kind=Kind.DISPATCH, number=slip.number, nth=1, by=cast.zhou, at=timezone.now(),
        pdf=a_file("1.pdf"),
    )  # fmt: skip
    storm = BadWeather.objects.create(
        community=cast.community, what="台风", starts=timezone.now(), ends=timezone.now() + dt.timedelta(hours=1), by=cast.lin
    )  # fmt: skip
    complaint = complain(cast, ticket=ticket, kind="quality", content="修后仍有渗水，三次来电无人回复")
    notice, referral = a_notice(cast), a_referral(cast)
    arguments = {
        ("complaints", "number"): complaint.number,
        ("shift", "pk"): desk.open_shift(cast.community, by=cast.zhou).pk,
        ("shift", "kept"): desk.keep_item(
            Kept(community=cast.community, kind="key", what="水表房钥匙", whom="工程部"), by=cast.zhou
        ).pk,
        ("tickets", "number"): ticket.number,
        ("my", "number"): ticket.number,
        ("cash", "pk"): cast.wang.pk,
        ("slips", "number"): slip.number,
        ("slips", "copy"): 3,
        ("c", "digits"): slip.copies.get(number=3).code,
        ("agreements", "pk"): ticket.agreements.get().pk,
        ("payments", "pk"): payment.pk,
        ("approvals", "pk"): asking.reverse_ask(payment, by=cast.lin, reason="客户要求").pk,
        ("receipts", "number"): payment.receipts.get().number,
        ("corrections", "number"): correction.number,
        ("notices", "number"): notice.number,
        ("referrals", "number"): referral.number,
        ("builders", "pk"): notice.builder.pk,
        ("bells", "kind"): "notify",
        ("deadlines", "pk"): ticket.deadlines.filter(met_at=None, cancelled_at=None)[0].pk,
        ("photos", "pk"): photo.pk,
        ("prints", "pk"): kept.pk,
        ("weather", "pk"): storm.pk,
        ("procedure", "number"): "5.4.1",
        ("figures", "code"): "dispatch",
    }
    arguments |= of_inspections(cast) | {("claims", "number"): claimed(in_stead(cast), cast).number}
    said = [
        ticket.number,
        slip.number,
        notice.number,
        referral.number,
        complaint.number,
        notice.builder.name,
        "李建国",
        cast.unit_0702.label,
    ]
    return World(cast, arguments, said)


def a_notice(cast: Cast) -> Notice:
    """About a pipe of 1201 that is in warranty."""
    ticket = cast.notified(unit=cast.unit_1201, component="water_pipe", fault="厨房水管接口渗水")
    tickets.arrive(ticket, by=cast.wang)
    tickets.survey(ticket, by=cast.wang, nature="warranty_home", work="接口未粘牢")
    return notices.send_notice([ticket], by=cast.zhou)


def a_referral(cast: Cast) -> Referral:
    """About the lamps of the street."""
    ticket = cast.notified(unit=None, area=cast.hall, place="municipal", spot="", component="m_lamp", fault="路灯不亮")
    letter = Referral(body="lamp", basis="市政路灯", judged_by=cast.lin, judged_at=timezone.now())
    soon = timezone.now() + dt.timedelta(hours=1)
    return referrals.refer(ticket, by=cast.lin, referral=letter, next_at=soon)


def asked(url: str, method: str, session: str) -> Any:
    """One request of a person, undone afterwards; HX-free, so that a stranger is led to the sign-in page."""
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    with transaction.atomic():
        answer = client.get(url) if method == "GET" else client.post(url, {"once": str(uuid.uuid4())})
        transaction.set_rollback(True)
    return answer


def session_of(user: User | None) -> str:
    client = Client()
    if user:
        client.force_login(user)
    return client.session.session_key or ""


def verdict(page: Page, answer: HttpResponse) -> str:
    """open: the page, a redirect, or a refusal that speaks of the form or the state; closed: 403, 404 or to the sign-in page."""
    if answer.status_code == 404 and not page.arguments:
        return "nothing asked for"
    to_sign_in = answer.status_code == 302 and "?next=" in answer.headers["Location"]
    if to_sign_in or answer.status_code in {401, 403, 404}:
        return "closed"
    allowed = {409, 422, 503} if page.folder == "health" else {409, 422}
    return "open" if answer.status_code < 400 or answer.status_code in allowed else "broken"


@pytest.fixture
def sessions(world: World) -> dict[str, str]:
    """A signed-in person for each role here, a colleague of the technician, each role elsewhere, and a stranger."""
    elsewhere = Community.objects.create(code="MD", name="牡丹园", company="海棠物业服务有限公司")
    people: dict[str, User | None] = {role: world.cast.people[who] for role, who in STAFF.items()}
    people["colleague"], people["stranger"] = world.cast.dian, None
    people |= {f"{role} elsewhere": somebody(f"elsewhere-{role}", role, within=elsewhere.pk) for role in Role}
    return {who: session_of(person) for who, person in people.items()}


def expected(page: Page, who: str) -> str:
    said = TABLE[page.name]
    if who == "stranger":
        return "open" if page.name in OPEN_TO_STRANGERS else "closed"
    if who == "colleague":
        return "open" if said["TE"] == ALWAYS or (said["TE"] == OWN and not page.arguments) else "closed"
    role, _space, away = who.partition(" ")
    if away and page.arguments and page.name not in OF_NO_COMMUNITY:
        return "closed"
    return "closed" if said[role] == NEVER else "open"


def test_every_page_answers_every_role_as_the_table_says(world, sessions, caplog):
    caplog.set_level(logging.CRITICAL)
    wrong, cases = [], 0
    for page, method in [(page, method) for page in SAID for method in ("GET", "POST")]:
        for who, session in sessions.items():
            answer = asked(world.url(page), method, session)
            if answer.status_code == 405:
                break
            cases += 1
            if verdict(page, answer) not in {expected(page, who), "nothing asked for"}:
                wrong.append(f"{page.name} {method} {who}: {answer.status_code}, expected {expected(page, who)}")
    assert wrong == [], "\n".join(wrong)
    assert cases >= 2000


def seen(answer: Any) -> str:
    """What the page shows, without tokens, the clock and its own address."""
    body = answer.content.decode().replace(answer.wsgi_request.path, "")
    return re.sub(r"[A-Za-z0-9]{64}|\d{2}:\d{2}:\d{2}", "", body)


def test_what_lies_in_another_community_looks_like_what_never_was(world, sessions):
    """404 for a role that would be admitted here, and the same page as for a number that nobody has."""
    wrong = []
    for page in (page for page in SAID if page.arguments and page.name not in OF_NO_COMMUNITY):
        role = next(role for role, said in TABLE[page.name].items() if said != NEVER)
        session, method = sessions[f"{role} elsewhere"], "GET"
        foreign = asked(world.url(page), method, session)
        if foreign.status_code == 405:
            method = "POST"
            foreign = asked(world.url(page), method, session)
        if foreign.status_code != 404 or seen(foreign) != seen(asked(world.nowhere(page), method, session)):
            wrong.append(f"{page.name} {method} {role}: {foreign.status_code}")
    assert wrong == [], "\n".join(wrong)


def test_no_list_tells_of_another_community(world, sessions):
    told = []
    for page in SAID:
        for who, session in sessions.items():
            if (not page.arguments or page.name in OF_NO_COMMUNITY) and who.endswith("elsewhere"):
                body = asked(world.url(page), "GET", session).content.decode(errors="replace")
                told += [f"{page.name} {who}: {word}" for word in world.words if word in body]
    assert told == [], "\n".join(told)


def test_every_refusal_is_logged_with_person_roles_and_path(world, sessions, caplog):
    caplog.set_level(logging.WARNING, "repairdesk.security")
    page = next(page for page in SAID if page.name == "waive")
    assert asked(world.url(page), "POST", sessions["FD"]).status_code == 403
    refusals = [record for record in caplog.records if record.message == "permission.refused"]
    assert [(record.user, record.roles, record.method, record.path) for record in refusals] == [
        (world.cast.zhou.pk, "FD", "POST", world.url(page))
    ]
