"""docs/roles.md: who takes each step by the procedure and here; a difference has its reason beside it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from people.roles import Role
from tests.test_permissions import NEVER, OWN, TABLE

LINES = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (Path(__file__).parent.parent / "docs" / "roles.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| [a-z_.]+ \| [A-Z]", line)
]
LINKS = {"BL", "RL"}


def by_law(words: str) -> set[str]:
    """The roles of a who column; what is told is written down by the desk and its supervisor."""
    said = set(words.split())
    return (said - LINKS - {"told"}) | ({"FD", "SS"} if "told" in said else set())


def test_the_table_is_there() -> None:
    assert len(LINES) > 40
    assert len({step for step, *_rest in LINES}) == len(LINES)
    assert {word for _step, law, *_rest in LINES for word in law.split()} <= {*Role.values, *LINKS, "told"}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_a_step_is_open_to_whom_the_document_says_and_a_difference_has_its_reason(line: list[str]) -> None:
    step, law, here, why = line
    found = TABLE[step]
    shown = [f"{role}{OWN}" if found[role] == OWN else str(role) for role in Role if found[role] != NEVER]
    assert here == " ".join(shown)
    allowed = {role for role in found if found[role] != NEVER}
    assert bool(why) == (allowed != by_law(law))


def test_a_technician_acts_on_his_own_work_only_but_at_a_sitting_which_is_nobodys_own() -> None:
    sittings = [step for step, *_rest in LINES if TABLE[step]["TE"] not in {OWN, NEVER}]
    steps = ("register", "discard", "batch_notify", "survey_as_seen", "reinspect")
    assert sittings == [f"inspection.{step}" for step in steps]
