"""Taking the next number of a series, and keeping what was printed."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from core.clock import local, month_of
from core.refusals import Refusal
from papers.models import Kind, Print, Series
from places.models import Community


def next_number(community: Community, kind: Kind, *, at: dt.datetime) -> str:
    """The next number of the series, e.g. HT03-WX-202611-0001; given back when the transaction rolls back (domain A.0).

    Refused in a closed month. Must be called inside the transaction that issues the paper.
    """
    return next_numbers(community, kind, 1, at=at)[0]


def next_numbers(community: Community, kind: Kind, n: int, *, at: dt.datetime) -> list[str]:
    """The next n numbers of the series in their order, taken at once; as gap-free as one."""
    if community.closed_through and local(at).date() <= community.closed_through:
        raise Refusal(_("这个月已封账，不能再开单。"))
    month = month_of(at)
    series, _made = Series.objects.select_for_update().get_or_create(community=community, kind=kind, month=month)
    before, series.last = series.last, series.last + n
    series.save(update_fields=["last"])
    return [f"{community.code}-{kind}-{month}-{serial:04d}" for serial in range(before + 1, series.last + 1)]


@transaction.atomic
def keep(community: Community, kind: Kind, number: str, *, by: Any, at: dt.datetime, content: str, pdf: bytes) -> Print:
    """Keep a print under the next count of its paper; the file is on disk before its row."""
    nth = Print.objects.filter(community=community, kind=kind, number=number).count() + 1
    row = Print(
        community=community,
        kind=kind,
        number=number,
        nth=nth,
        by=by,
        at=at,
        content=content,
        sha256=hashlib.sha256(pdf).hexdigest(),
    )
    row.pdf.save(f"{uuid.uuid4().hex}.pdf", ContentFile(pdf), save=False)
    row.save()
    return row
