"""From an inspection to its list: every field from the record, rendered outside of any transaction, then kept."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any, cast

from django.utils.translation import override

from core import clock
from core.clock import local
from core.codes import Stroke
from core.refusals import Forbidden
from core.text import masked_telephone
from papers.models import Kind, Print
from papers.prints import Paper, print_paper, prints_of, stamped
from people.models import User
from people.roles import ES, FD, SS
from places.builders import builders_of
from places.queries import printed_number
from tickets.inspections.lines import verdicts
from tickets.inspections.showing import bearer
from tickets.models import Inspection, InspectionLine
from tickets.printing import DefectLine, InspectionData, inspection_list
from tickets.states import Urgency

PRINTERS = (FD, SS, ES)
PAD = 2.5  # width of a signature pad by its height: strokes are kept as 0 to 1 of either side


def print_inspection(inspection: Inspection, *, by: User) -> Print:
    """The list of a registered inspection, kept under the next count. Refused when it changes faster than it prints."""
    if not by.may(*PRINTERS, within=inspection.community_id):
        raise Forbidden("print_inspection", PRINTERS)
    paper = Paper(
        inspection.community, Kind.INSPECTION, str(inspection.number), lambda: list_data(inspection), inspection_list,
        inspection.lock, partial(inspection.record, "print"),
    )  # fmt: skip
    return print_paper(paper, by=by)


def draft_list(inspection: Inspection, *, by: User) -> bytes:
    """The list of a draft, to be signed by hand: no number, kept nowhere."""
    return inspection_list(cast(InspectionData, stamped(list_data(inspection), by=by, at=clock.now(), nth=0)))


def printed(inspection: Inspection) -> Any:
    """The kept prints of a list, the first one first."""
    return prints_of(inspection.community_id, Kind.INSPECTION, inspection.number or "")


def list_data(inspection: Inspection) -> dict[str, Any]:
    """Everything the list prints; papers are Chinese whatever the screen's language."""
    with override("zh-hans"):
        return {**_head(inspection), **_signature(inspection), "lines": _lines(inspection)}


def _head(inspection: Inspection) -> dict[str, Any]:
    community, unit = inspection.community, inspection.unit
    when = local(inspection.registered_at or inspection.opened_at)
    day = unit.handed_over_on or inspection.handed_over_on
    telephone = masked_telephone(inspection.phone) if community.mask_on_paper and inspection.phone else inspection.phone
    return {
        "company": community.company, "community": community.name, "number": printed_number(inspection.number or ""),
        "room": unit.printed, "handed_over_on": f"{day:%Y-%m-%d}" if day else "", "inspected_at": f"{when:%Y-%m-%d %H:%M}",
        "inspector": (inspection.registered_by or inspection.opened_by).name, "customer": inspection.reporter_name,
        "relation": str(inspection.get_relation_display()), "telephone": telephone,
    }  # fmt: skip


def _signature(inspection: Inspection) -> dict[str, Any]:
    """What was signed on the screen is drawn on the list; a signature on paper is on the paper."""
    if not inspection.registered_at:
        return {}
    strokes: list[Stroke] = [[(x * PAD, y) for x, y in stroke] for stroke in inspection.strokes]
    return {"signed_at": f"{local(inspection.registered_at):%Y-%m-%d %H:%M}" if strokes else "", "strokes": strokes,
            "on_paper": inspection.on_paper}  # fmt: skip


def _lines(inspection: Inspection) -> list[DefectLine]:
    """Its lines; what was computed at registration holds, a draft is judged today."""
    lines = inspection.standing
    parts = [line.component for line in lines if line.component]
    found, builders = verdicts(inspection.unit, parts, clock.today()), builders_of(inspection.unit, parts)
    return [_line(n, line, found, builders) for n, line in enumerate(lines, 1)]


def _line(n: int, line: InspectionLine, found: dict[str, Any], builders: dict[str, Any]) -> DefectLine:
    ticket, part = line.ticket, line.component
    verdict = found.get(part.pk) if part else None
    ends_on = ticket.warranty_ends_on if ticket else verdict.ends_on if verdict else None
    shown = DefectLine(
        n=line.number or n, room=line.room, part=part.name if part else line.component_text, fault=line.fault,
        urgency="" if line.urgency == Urgency.ROUTINE else str(line.get_urgency_display()), photos=len(line.photos.all()),
        warranty=_until(ticket.warranty_state if ticket else verdict.state if verdict else "", ends_on),
        who=bearer(verdict, builders[part.pk]) if verdict and part else "", number=printed_number(ticket.number) if ticket else "",
    )  # fmt: skip
    look = line.reinspections.order_by("-pk").first() if ticket else None
    if look:
        shown["verdict"] = f"{'通过' if look.passed else '不通过'} {local(look.at):%m-%d}"
    return shown


def _until(state: str, ends_on: dt.date | None) -> str:
    if ends_on:
        return f"{'至' if state == 'in' else '已过'} {ends_on:%Y-%m-%d}"
    return {"none": "无质保", "undetermined": "待定"}.get(state, "")
