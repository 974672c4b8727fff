"""A sheet as its page shows it: each line with what is wrong and what is computed, and what the cells offer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from core.clock import day_said, local, today
from core.text import squeezed
from people.models import User
from places.builders import builders_of
from places.models import Builder, Component, Unit
from places.warranty import Verdict
from tickets.inspections.drafting import Overtaken
from tickets.inspections.lines import problems_of, summary, verdicts
from tickets.inspections.parts import Parts, search_words
from tickets.inspections.rooms import ROOMS, as_option, said
from tickets.models import MOST_LINES, Inspection, InspectionLine
from tickets.states import Urgency


class Sheet:
    """What is known of a dwelling's parts today: asked once, used for every line. Three queries."""

    def __init__(self, unit: Unit, inspection: Inspection | None = None) -> None:
        self.inspection, self.parts = inspection, Parts()
        if unit.handed_over_on is None and inspection:
            unit.handed_over_on = inspection.handed_over_on
        self.verdicts = verdicts(unit, self.parts.all, today())
        self.builders = builders_of(unit, self.parts.all)

    def computed(self, code: str | None) -> dict[str, str]:
        """质保 and 责任单位 of a part, or that one is to be chosen."""
        if code not in self.verdicts:
            return {"warranty": _("先选部件"), "who": ""}
        return {"warranty": until(self.verdicts[code]), "who": bearer(self.verdicts[code], self.builders[code])}

    def row(self, line: InspectionLine) -> dict[str, Any]:
        """One line for the page and for its script."""
        shown = {
            "key": str(line.key), "seen": line.version, "position": line.position, "room": line.room, "room_label": said(line.room),
            "component": line.component_id or "", "text": str(line.component) if line.component else line.component_text,
            "fault": line.fault, "urgency": line.urgency, "gone": line.removed_at is not None,
            "problems": {problem.cell: problem.sentence for problem in problems_of(line, self.parts)},
            "photos": [{"id": photo.pk, "url": reverse("line_photo", args=[photo.pk])} for photo in line.photos.all()],
        }  # fmt: skip
        return {**shown, **self.computed(line.component_id)}

    def rows(self) -> list[dict[str, Any]]:
        return [self.row(line) for line in (self.inspection.standing if self.inspection else [])]

    def catalogue(self) -> dict[str, Any]:
        """What the cells offer: rooms, parts with what is computed for them and the usual faults, degrees of urgency."""
        return {
            "rooms": [as_option(room) for room in ROOMS],
            "parts": [self.option(part) for part in self.parts.all],
            "urgency": [{"value": value, "label": str(label)} for value, label in Urgency.choices],
            "most": MOST_LINES,
            "first": _("先选部件"),
        }

    def option(self, part: Component) -> dict[str, Any]:
        shown = {"value": part.pk, "label": str(part), "search": f"{squeezed(part.name)} {search_words(part)}"}
        return {**shown, "phrases": [str(phrase) for phrase in part.phrases[:5]], **self.computed(part.pk)}

    def answer(
        self, found: Iterable[InspectionLine | Overtaken], *, by: User, since: dt.datetime | None
    ) -> dict[str, Any]:
        """What a page hears after it has saved: its own lines, those of colleagues, the sheet in one sentence."""
        own = [self.told(each) for each in found]
        lines = self.inspection.standing if self.inspection else []
        now = clock.now()
        return {
            "at": f"{local(now):%H:%M}", "stamp": now.isoformat(), "lines": own, "others": self.others(by, since),
            "n": len(lines), "bad": sum(bool(problems_of(line, self.parts)) for line in lines), "summary": summary(lines, self.parts),
        }  # fmt: skip

    def told(self, each: InspectionLine | Overtaken) -> dict[str, Any]:
        if isinstance(each, Overtaken):
            return {**self.row(each.line), "overtaken": each.sentence}
        return self.row(each)

    def others(self, by: User, since: dt.datetime | None) -> list[dict[str, Any]]:
        """Lines that colleagues have written since this page last heard."""
        if self.inspection is None or since is None:
            return []
        rows = self.inspection.lines.exclude(edited_by=by).filter(edited_at__gte=since - OVERLAP)
        return [self.row(line) for line in rows.select_related("component").prefetch_related("photos")]


# A line committed a moment after an answer was made may bear an earlier time.
OVERLAP = dt.timedelta(seconds=10)


def until(found: Verdict) -> str:
    """至 2028年5月12日, or why there is none."""
    if found.state == "in" and found.ends_on:
        return _("至 %(day)s") % {"day": day_said(found.ends_on)}
    if found.state == "out" and found.ends_on:
        return _("已过 %(day)s") % {"day": day_said(found.ends_on)}
    return _("待定") if found.state == "undetermined" else _("无质保")


def bearer(found: Verdict, builder: Builder | None) -> str:
    """Who answers for it: the builder while it is in warranty."""
    if found.state == "in":
        return str(builder or _("未登记"))
    return _("待定") if found.state == "undetermined" else _("有偿")
