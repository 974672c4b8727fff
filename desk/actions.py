"""Handing the desk over (domain.md E.1): the draft, both signatures, and the list of keys and tools."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.lifecycle import action
from core.refusals import Forbidden, Refusal
from desk.lifecycle import ShiftState, handover_by
from desk.models import Kept, Shift
from papers.actions import next_number
from papers.models import Kind as PaperKind
from people.models import User
from people.roles import DESK
from places.models import Community
from tickets.evidence import write


@transaction.atomic
def open_shift(community: Community, *, by: User, at: dt.datetime | None = None) -> Shift:
    """The community's one draft, made where there is none; two clerks at once get the same."""
    if not handover_by(Shift(community=community), by):
        raise Forbidden("open_shift", handover_by.admits)
    Community.objects.select_for_update().get(pk=community.pk)
    found = Shift.objects.filter(community=community, state=ShiftState.DRAFT).first()
    if found is None:
        at = at or clock.now()
        found = Shift.objects.create(community=community, opened_by=by, opened_at=at, since=at)
        found.record("open", by=by, at=at)
    draft: Shift = found
    return draft


@action
def save_draft(
    shift: Shift, *, by: User, notes: dict[str, Any], remark: str, paid_in: Decimal, at: dt.datetime | None = None
) -> None:
    """Notes and ticks of the lines, free words, and what was paid in."""
    shift.notes, shift.remark, shift.paid_in = notes, remark, paid_in
    shift.advance(shift.save_draft, by=by, at=at or clock.now())


@action
def hand(shift: Shift, *, by: User, counted: Decimal, snapshot: dict[str, Any], at: dt.datetime | None = None) -> None:
    """The outgoing signs: the number is taken, and what the sheet says is frozen with its digest in the evidence."""
    at = at or clock.now()
    if shift.state == ShiftState.DRAFT:
        shift.counted_out, shift.outgoing, shift.handed_at, shift.snapshot = counted, by, at, snapshot
        shift.number = next_number(shift.community, PaperKind.SHIFT, at=at)
        shift.digest = digest_of(snapshot)
    shift.advance(shift.hand, by=by, at=at, number=shift.number, content=shift.digest[:40])


@action
def take(
    shift: Shift, *, by: User, counted: Decimal, expected: Decimal, words: str = "", at: dt.datetime | None = None
) -> None:
    """The incoming, another person, counts and signs; a difference is kept as it is."""
    at = at or clock.now()
    if shift.state == ShiftState.HANDED:
        shift.counted_in, shift.expected_in, shift.gap_words, shift.taken_at = counted, expected, words, at
        shift.incoming = by
    shift.advance(shift.take, by=by, at=at, number=shift.number, difference=counted - expected)


def digest_of(snapshot: dict[str, Any]) -> str:
    """SHA-256 of what the sheet says."""
    return hashlib.sha256(json.dumps(snapshot, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@transaction.atomic
def keep_item(item: Kept, *, by: User, at: dt.datetime | None = None) -> Kept:
    """A key taken in or a tool lent out stands on every sheet until it is back."""
    if not by.may(*DESK, within=item.community_id):
        raise Forbidden("keep_item", DESK)
    Community.objects.select_for_update().get(pk=item.community_id)
    item.by, item.since = by, at or clock.now()
    item.save()
    write(None, "keep_item", by=by, at=item.since, facts={"item": item.pk, "kind": item.kind}, stream=item.stream)
    return item


@transaction.atomic
def item_back(item: Kept, *, by: User, at: dt.datetime | None = None) -> None:
    """It is back: off the list, kept in the records."""
    if not by.may(*DESK, within=item.community_id):
        raise Forbidden("item_back", DESK)
    Community.objects.select_for_update().get(pk=item.community_id)
    item.refresh_from_db()
    if item.back_at:
        raise Refusal(_("这一件已归还。"))
    item.back_at, item.back_by = at or clock.now(), by
    item.save()
    write(None, "item_back", by=by, at=item.back_at, facts={"item": item.pk}, stream=item.stream)
