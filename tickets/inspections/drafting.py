"""The sheet while it is a draft: opened, its head and its lines saved one by one, taken out and put back, pictures kept."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.clock import local
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from people.models import User
from places.models import Unit
from places.queries import printed_number
from tickets import photos
from tickets.handover import INSPECTORS, InspectionState
from tickets.inspections.parts import Parts
from tickets.inspections.rooms import LONGEST, spot_of
from tickets.models import MOST_LINES, Inspection, InspectionLine, LinePhoto, photos_storage
from tickets.states import Urgency

KEPT = ("room", "component", "component_text", "fault", "urgency")
MOST_PHOTOS = 9


@dataclass(frozen=True, slots=True)
class Written:
    """A line as somebody wrote it. seen: the version it was written over, 0 for a new one; gone: taken off the sheet."""

    key: uuid.UUID
    seen: int = 0
    position: float = 0.0
    room: str = ""
    component: str = ""
    component_text: str = ""
    fault: str = ""
    urgency: str = Urgency.ROUTINE
    gone: bool = False

    @property
    def is_blank(self) -> bool:
        return not (self.component or self.component_text or self.fault)


class Overtaken(Refusal):
    """A line that a colleague changed meanwhile; `line` is as it stands now."""

    def __init__(self, line: InspectionLine) -> None:
        facts = {"who": line.edited_by.short_name, "time": f"{local(line.edited_at):%H:%M}"}
        super().__init__(_("%(who)s %(time)s 改过这一行，再改一次就用您的") % facts)
        self.line = line


def may_inspect(by: User, community_id: int) -> None:
    """Forbidden for who does not inspect there."""
    if not by.may(*INSPECTORS, within=community_id):
        raise Forbidden("register", INSPECTORS)


def draft_of(unit: Unit) -> Inspection | None:
    """The draft of that dwelling; there is at most one."""
    found: Inspection | None = Inspection.objects.drafts().filter(unit=unit).select_related("opened_by").first()
    return found


def open_draft(unit: Unit, *, by: User, at: dt.datetime | None = None) -> Inspection:
    """The draft of that dwelling, begun now if there is none; whoever comes second joins it."""
    community = unit.community
    may_inspect(by, community.pk)
    found = draft_of(unit)
    if found:
        return found
    at = at or clock.now()
    owner = unit.residents.first()
    head = {"reporter_name": owner.name, "relation": owner.relation, "phone": owner.phone} if owner else {}
    try:
        with transaction.atomic():
            made: Inspection = Inspection.objects.create(
                community=community, unit=unit, opened_by=by, opened_at=at, since=at, **head
            )
            return made
    except IntegrityError:  # a colleague was faster
        found = draft_of(unit)
        if found is None:
            raise
        return found


def not_registered_yet(unit: Unit, keys: Iterable[uuid.UUID]) -> None:
    """Refused where these lines stand on a sheet that somebody has registered meanwhile: 5.3.3, once is enough."""
    rows = Inspection.objects.filter(unit=unit, lines__key__in=list(keys)).exclude(state=InspectionState.DRAFT)
    over = rows.select_related("registered_by").first()
    if over is None:
        return
    if over.number is None:
        raise Refusal(_("这份草稿已弃用。刷新后重新开始。"))
    facts = {
        "who": over.registered_by.short_name, "time": f"{local(over.registered_at):%H:%M}",
        "number": printed_number(over.number),
    }  # fmt: skip
    raise Refusal(_("%(who)s 已于 %(time)s 登记为 %(number)s，不再重复登记。") % facts)


@action
def save_head(inspection: Inspection, /, *, by: User, at: dt.datetime | None = None, **head: Any) -> None:
    """Who of the household is there: reporter_name, relation, phone; handed_over_on where the dwelling has no such day."""
    _is_draft(inspection, by)
    changed = {name: value for name, value in head.items() if getattr(inspection, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(inspection, name, value)
    inspection._history_user, inspection._history_date = by, at or clock.now()
    inspection.save()


@action
def save_lines(
    inspection: Inspection, *, by: User, lines: Sequence[Written], at: dt.datetime | None = None
) -> list[InspectionLine | Overtaken]:
    """Save these lines in one go; each comes back as it stands, or as overtaken by a colleague (the others are saved)."""
    _is_draft(inspection, by)
    at, parts = at or clock.now(), Parts()
    rows = inspection.lines.filter(key__in=[line.key for line in lines]).select_related("edited_by")
    there = {row.key: row for row in rows}
    standing = inspection.lines.filter(removed_at=None).count()
    found: list[InspectionLine | Overtaken] = []
    fresh: list[InspectionLine] = []
    for line in lines:
        row = there.get(line.key)
        standing += _counts(line, row)
        if standing > MOST_LINES:
            raise Refusal(_("一次验房最多 %(most)s 项。登记这一份，再开一份。") % {"most": MOST_LINES})
        try:
            saved = _written(inspection, row, line, parts, by, at)
        except Overtaken as overtaken:
            found.append(overtaken)
            continue
        if saved:
            found.append(saved)
            fresh += [] if saved.pk else [saved]
    InspectionLine.objects.bulk_create(fresh)
    return found


def save_line(
    inspection: Inspection, *, by: User, line: Written, at: dt.datetime | None = None
) -> InspectionLine | None:
    """Save one line; None for a blank one. Overtaken is raised where a colleague changed it meanwhile."""
    found = save_lines(inspection, by=by, lines=[line], at=at)
    if found and isinstance(found[0], Overtaken):
        raise found[0]
    return found[0] if found else None  # type: ignore[return-value]


def _counts(line: Written, row: InspectionLine | None) -> int:
    """By how many this line makes the sheet longer."""
    before = row is not None and row.removed_at is None
    after = not line.gone and not (row is None and line.is_blank)
    return int(after) - int(before)


def _written(  # noqa: PLR0917
    inspection: Inspection, row: InspectionLine | None, line: Written, parts: Parts, by: User, at: dt.datetime
) -> InspectionLine | None:
    """The line as it now stands, saved if it was there before; a new one is left to the caller, a blank one is None."""
    if row is None:
        if line.gone or line.is_blank:
            return None
        row = InspectionLine(inspection=inspection, key=line.key, version=0)
    before = {name: getattr(row, name) for name in ("position", "spot", "removed_at", *KEPT)}
    overtaken = row.pk and line.seen != row.version
    _take(row, line, parts, at)
    if row.pk and all(getattr(row, name) == value for name, value in before.items()):
        return row  # a resend
    if overtaken:
        row.refresh_from_db()
        raise Overtaken(row)
    row.version += 1
    row.edited_by, row.edited_at = by, at
    if row.pk:
        row.save()
    return row


def _take(row: InspectionLine, line: Written, parts: Parts, at: dt.datetime) -> None:
    """What was written, onto the row; a part that is understood stands under its own name."""
    row.component, _why = parts.chosen(line.component, line.component_text)
    row.component_text = "" if row.component else line.component_text[:60]
    row.position, row.room, row.spot = line.position, line.room[:LONGEST], spot_of(line.room)
    row.fault = line.fault[:1000]
    row.urgency = line.urgency if line.urgency in Urgency.values else Urgency.ROUTINE
    row.removed_at = (row.removed_at or at) if line.gone else None


@action
def remove_line(
    inspection: Inspection, *, by: User, key: uuid.UUID, back: bool = False, at: dt.datetime | None = None
) -> InspectionLine:
    """Take a line off the sheet, or put it back (undo); it is thrown away when the sheet is registered."""
    _is_draft(inspection, by)
    row = inspection.lines.filter(key=key).select_related("component").first()
    if row is None:
        raise Refusal(_("这一行不在这份验房里。"))
    row.removed_at = None if back else (row.removed_at or at or clock.now())
    row.version += 1
    row.edited_by, row.edited_at = by, at or clock.now()
    row.save()
    return row


@action
def add_line_photos(
    inspection: Inspection,
    *,
    by: User,
    key: uuid.UUID,
    pictures: Sequence[photos.Picture],
    at: dt.datetime | None = None,
) -> InspectionLine:
    """Keep pictures of a line; a line that is not there yet begins with them."""
    _is_draft(inspection, by)
    at = at or clock.now()
    last = inspection.lines.order_by("-position").values_list("position", flat=True).first() or 0
    row, _made = inspection.lines.get_or_create(
        key=key, defaults={"edited_by": by, "edited_at": at, "position": last + 1}
    )
    if row.photos.count() + len(pictures) > MOST_PHOTOS:
        raise Refusal(_("一项最多 %(most)s 张照片。") % {"most": MOST_PHOTOS})
    names: list[str] = []
    try:
        for picture in pictures:
            names.append(photos.written(photos_storage(), picture))
            LinePhoto.objects.create(line=row, file=names[-1], sha256=picture.sha256, by=by, at=at)
    except BaseException:
        photos.forget(names)
        raise
    return row


@action
def remove_line_photo(inspection: Inspection, *, by: User, photo: LinePhoto) -> None:
    """Throw a picture of a draft away."""
    _is_draft(inspection, by)
    name = str(photo.file)
    photo.delete()
    transaction.on_commit(lambda: photos.forget([name]))


@action
def discard(inspection: Inspection, *, by: User, at: dt.datetime | None = None) -> None:
    """Give a draft up: the wrong dwelling, a second sheet begun by mistake."""
    inspection.advance(inspection.discard, by=by, at=at or clock.now())


def _is_draft(inspection: Inspection, by: User) -> None:
    may_inspect(by, inspection.community_id)
    if inspection.state != InspectionState.DRAFT:
        raise Refusal(_("这份验房已登记，不能再改。"))
