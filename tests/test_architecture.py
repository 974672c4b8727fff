"""The laws of the house that no linter knows: direction of keys and templates, one door, one word for one thing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.urls import NoReverseMatch, reverse

from billing.models import Agreement
from callbacks.models import Callback, Complaint, Correction
from core.lifecycle import Lifecycle
from desk.models import Shift
from tickets.models import Ticket
from workorders.models import Notice, Slip

ROOT = Path(__file__).resolve().parent.parent
ORDER = [
    "people",
    "core",
    "places",
    "papers",
    "tickets",
    "workorders",
    "billing",
    "callbacks",
    "alerts",
    "reports",
    "desk",
    "field",
]
OWN = [app for app in ORDER if (ROOT / app / "models.py").exists() or (ROOT / app / "models").is_dir()]
SIBLINGS = [{"billing", "callbacks"}, {"desk", "field"}]
SOURCES = [
    path for app in [*ORDER, "repairdesk"] for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts
]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lower_or_same(above: str, below: str) -> bool:
    return above == below or (ORDER.index(below) < ORDER.index(above) and {above, below} not in SIBLINGS)


def test_foreign_keys_point_downwards_only() -> None:
    wrong = [
        f"{model._meta.label}.{field.name}"
        for app in OWN
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model and field.related_model._meta.app_label in ORDER
        and not lower_or_same(app, field.related_model._meta.app_label)
    ]  # fmt: skip
    assert wrong == []


def test_templates_include_and_extend_downwards_only() -> None:
    wrong = []
    for path in TEMPLATES:
        app = path.relative_to(ROOT / "templates").parts[0]
        if app not in ORDER:
            continue
        for other in re.findall(r"{%\s*(?:include|extends)\s+\"(\w+)/", path.read_text()):
            if other in ORDER and not lower_or_same(app, other):
                wrong.append(f"{name_of(path)} → {other}")
    assert wrong == []


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"\.update\([^)]*\bstate=", "a state moves through its transitions only"),
        (r"mark_safe|\|safe\b|autoescape off", "what people type is never trusted"),
        (r"\bdelay\(|apply_async\(|delay_on_commit", "the web process never speaks to Redis"),
        (r"datetime\.now\(|date\.today\(|timezone\.localdate\(", "time is asked of core.clock"),
        (r"__regex|__iregex", "no patterns from people"),
    ],
)
def test_what_is_banned_stands_nowhere(pattern: str, why: str) -> None:
    places = [*SOURCES, *TEMPLATES]
    assert [name_of(path) for path in places if re.search(pattern, path.read_text())] == [], why


def test_no_template_carries_style_or_script() -> None:
    inline = re.compile(r"\sstyle=|<style|<script(?![^>]*\bsrc=)(?![^>]*application/json)|\son\w+=\"")
    screens = [path for path in TEMPLATES if "print" not in path.parts]
    assert [name_of(path) for path in screens if inline.search(path.read_text())] == []


def steps(model: type[Lifecycle]) -> dict[str, dict[str, Any]]:
    return {move.name: move.custom for move in model._moves()}


PREFIX = {
    Ticket: "",
    Slip: "slip_",
    Notice: "notice_",
    Agreement: "",
    Correction: "correction_",
    Complaint: "complaint_",
    Shift: "shift_",
}


@pytest.mark.parametrize("model", list(PREFIX))
def test_every_step_that_a_person_takes_has_a_label_and_a_page(model: type[Lifecycle]) -> None:
    missing = []
    for name, custom in steps(model).items():
        if custom.get("auto"):
            continue
        url = custom.get("url", PREFIX[model] + name)
        argument = 1 if model in {Agreement, Shift} else "HT-BX-202611-0001"
        try:
            reverse(url, args=[argument])
        except NoReverseMatch:
            missing.append(url)
        if not custom.get("label"):
            missing.append(f"{name}: label")
    assert missing == []


def test_a_callbacks_steps_are_taken_on_the_call_sheet() -> None:
    assert {name for name, custom in steps(Callback).items() if not custom.get("auto")} == {
        "attempt",
        "answer_satisfied",
        "answer_unsatisfied",
        "tell",
    }
    assert reverse("tell", args=["HT-BX-202611-0001"]).endswith("/tell/")
    assert reverse("call_back", args=["HT-BX-202611-0001"]).endswith("/call_back/")


def test_every_guard_has_a_sentence() -> None:
    from core.lifecycle import Guard

    def leaves(model: type[Lifecycle]) -> list[type[Lifecycle]]:
        below = [leaf for child in model.__subclasses__() for leaf in leaves(child)]
        return below or ([] if model._meta.abstract else [model])

    conditions = [
        condition for leaf in leaves(Lifecycle) for move in leaf._moves() for condition in move.conditions or []
    ]
    assert [
        condition for condition in conditions if not isinstance(condition, Guard) or len(str(condition.sentence)) < 5
    ] == []


def test_a_module_has_a_place_in_the_list() -> None:
    banned = {"utils", "helpers", "services", "managers", "common", "misc", "signals"}
    assert [name_of(path) for path in SOURCES if path.stem in banned] == []
