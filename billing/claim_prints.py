"""The claim on paper (G9): what was to be repaired, who was told when, what was done instead, what it cost; photos before and after."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import QuerySet

from billing.models import Claim
from core import money, pdf
from core.capitals import capitals
from core.clock import local
from papers.models import Kind, Print
from papers.prints import Paper, print_paper, prints_of
from people.models import User
from places.queries import printed_number
from tickets.models import Photo, Ticket
from tickets.photos import thumbnail
from workorders.letter_prints import about, answer, day, moment
from workorders.letters import NoticeState
from workorders.models import Notice, Slip

SHEET = "letter"
EACH = 4  # photos before, and as many after
BEFORE = (Photo.Kind.REPORT, Photo.Kind.BEFORE)


def print_claim(record: Claim, *, by: User) -> Print:
    """The claim as it stands, kept under the next count; a later print says 补打."""
    paper = Paper(
        record.community, Kind.CLAIM, record.number,
        said=lambda: claim_data(record), make=lambda data: claim(data, pictures_of(record)),
        lock=record.lock_spine, record=partial(record.record, "print", number=record.number),
    )  # fmt: skip
    return print_paper(paper, by=by)


def printed(record: Claim) -> QuerySet[Print]:
    """The kept prints of a claim, the first one first."""
    return prints_of(record.community_id, Kind.CLAIM, record.number)


def statement_of(ticket: Ticket) -> str:
    """What a claim says of the matter until somebody writes it otherwise; Chinese, as the paper is."""
    sent = ticket.notices.count()
    if not sent:
        return "情况紧急，我方已先行代为维修，费用由贵单位承担。"
    return f"经 {sent} 次通知，贵单位未在时限内到场维修，我方已代为维修，费用由贵单位承担。"


def ended(statement: str) -> str:
    """Typed words as a sentence, since another follows on the paper."""
    return statement if statement.endswith(("。", "！", "？", ".")) else f"{statement}。"


def claim(data: Mapping[str, Any], pictures: Mapping[str, bytes]) -> bytes:
    """The claim as a PDF of as many pages as it takes; pictures: JPEG bytes by the names in the data."""
    shown = [(f"修前 {place}", name) for place, name in enumerate(data["before"], 1) if name in pictures]
    shown += [(f"修后 {place}", name) for place, name in enumerate(data["after"], 1) if name in pictures]
    context = {
        "claim": data,
        "pictures": shown,
        "reprint": f"补打 第{data['print_count']}次" if data["print_count"] > 1 else "",
        "printed": f"打印时间 {data['printed_at']}　打印人 {data['printed_by']}　第{data['print_count']}次打印",
    }
    return pdf.from_html(pdf.page_of("billing/print/claim.html", context), "paper", SHEET, pictures=pictures)


def claim_data(record: Claim) -> dict[str, Any]:
    """Everything the claim prints; the customer masked as on a notice (trust.md §4)."""
    builder, community, ticket = record.builder, record.community, record.ticket
    notices = ticket.notices.prefetch_related("reminders__by").order_by("pk")
    slips = Slip.objects.filter(number__in=record.slip_numbers).select_related("technician").order_by("pk")
    dated = local(record.sent_at or record.drafted_at).date()
    return {
        "company": community.company, "community": community.name, "telephone": community.phone,
        "number": printed_number(record.number), "draft": record.state == "drafted", "withdrawn": record.state == "withdrawn",
        "builder": builder.name, "contact": record.recipient or builder.contact, "agreement": builder.agreement,
        "reach": "　".join(filter(None, [builder.phone, builder.email])), "statement": ended(record.statement),
        "repair": about(ticket), "notices": [told(notice) for notice in notices], "slips": [done(slip) for slip in slips],
        "lines": [line_of(line) for line in record.lines], "labour": total_of(record, "labour"), "materials": total_of(record, "material"),
        "total": money.shown(record.total), "capitals": f"人民币{capitals(record.total)}", "pay_by": day(record.pay_by),
        "conceded": money.shown(record.conceded) if record.conceded else "", "net": money.shown(record.net),
        "before": names_of(record, *BEFORE), "after": names_of(record, Photo.Kind.AFTER),
        "by": (record.sent_by or record.drafted_by).name, "day": day(dated),
    }  # fmt: skip


def told(notice: Notice) -> dict[str, Any]:
    """A notice: when, how, by when he was to come, what came of it; its reminders in their order."""
    late = notice.attended_at is None and notice.state not in {NoticeState.REFUSED, NoticeState.WITHDRAWN}
    said = answer(notice)
    return {
        "number": printed_number(notice.number), "nth": notice.nth, "form": str(notice.get_form_display()),
        "sent_at": moment(notice.sent_at), "arrive_by": moment(notice.arrive_by),
        "outcome": "；".join(filter(None, [said, "未到场维修" if late else ""])),
        "reminders": [
            f"{moment(row.at)} {row.get_form_display()}催办{f'，{row.words}' if row.words else ''}（{row.by.name}）"
            for row in notice.reminders.all()
        ],
    }  # fmt: skip


def done(slip: Slip) -> dict[str, str]:
    """What own people did: on which slip, who, when, what."""
    return {
        "number": printed_number(slip.number), "who": slip.performer, "arrived": moment(slip.arrived_at),
        "accepted": moment(slip.accepted_at), "work": slip.work,
    }  # fmt: skip


def line_of(line: Mapping[str, str]) -> dict[str, str]:
    kind = "人工" if line["kind"] == "labour" else "材料"
    item = " ".join(filter(None, [line["name"], line.get("spec", ""), line.get("model", "")]))
    return {"kind": kind, "item": item, **{name: line[name] for name in ("unit", "quantity", "price", "amount")}}


def total_of(record: Claim, kind: str) -> str:
    return money.shown(sum((Decimal(line["amount"]) for line in record.lines if line["kind"] == kind), money.ZERO))


def names_of(record: Claim, *kinds: str) -> list[str]:
    """The photos of these kinds by name, the first ones first."""
    return [photo.sha256[:32] for photo in record.ticket.photos.filter(kind__in=kinds).order_by("pk")[:EACH]]


def pictures_of(record: Claim) -> dict[str, bytes]:
    """The thumbnails behind the names; a photo whose file is gone is left out."""
    wanted = {*names_of(record, *BEFORE), *names_of(record, Photo.Kind.AFTER)}
    chosen = [photo for photo in record.ticket.photos.all() if photo.sha256[:32] in wanted]
    small = ((photo.sha256[:32], thumbnail(photo)) for photo in chosen)
    return {name: jpeg for name, jpeg in small if jpeg}
