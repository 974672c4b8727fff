"""Handover inspections 交房验房 (SOP 5.3.3): the sheet, its registration, and what follows."""

from tickets.inspections.drafting import (
    Overtaken,
    Written,
    add_line_photos,
    discard,
    draft_of,
    may_inspect,
    not_registered_yet,
    open_draft,
    remove_line,
    remove_line_photo,
    save_head,
    save_line,
    save_lines,
)
from tickets.inspections.following import (
    Finding,
    Look,
    batch_notify,
    reinspect,
    reinspect_line,
    survey_as_seen,
)
from tickets.inspections.lines import BuilderLines, lines_by_builder
from tickets.inspections.registering import BadLines, register

__all__ = [
    "BadLines",
    "BuilderLines",
    "Finding",
    "Look",
    "Overtaken",
    "Written",
    "add_line_photos",
    "batch_notify",
    "discard",
    "draft_of",
    "lines_by_builder",
    "may_inspect",
    "not_registered_yet",
    "open_draft",
    "register",
    "reinspect",
    "reinspect_line",
    "remove_line",
    "remove_line_photo",
    "save_head",
    "save_line",
    "save_lines",
    "survey_as_seen",
]
