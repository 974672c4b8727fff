"""Every clause of docs/sop.md is carried by a test marked with it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def clauses() -> list[str]:
    """The clause numbers of the table in docs/sop.md, in order."""
    return re.findall(r"^\| (\d[\w.\-]*) \|", (ROOT / "docs/sop.md").read_text(), re.MULTILINE)


def marked() -> set[str]:
    """The clauses that tests are marked with, read from their decorators."""
    found: set[str] = set()
    for path in HERE.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.sop":
                found |= {str(argument.value) for argument in node.args if isinstance(argument, ast.Constant)}
    return found


def test_every_clause_is_carried() -> None:
    carried = marked()
    assert [clause for clause in clauses() if clause not in carried] == []


def test_no_test_is_marked_with_a_clause_that_does_not_exist() -> None:
    assert sorted(marked() - set(clauses())) == []


def test_no_clause_stands_twice() -> None:
    assert len(clauses()) == len(set(clauses()))


def test_every_line_the_map_points_to_exists() -> None:
    """`path.py` name, name: the file is there and has those names."""
    astray = []
    for row in re.findall(r"^\| .*", (ROOT / "docs/sop.md").read_text(), re.MULTILINE):
        for path, names in re.findall(r"`([\w/]+\.py)`((?: \w+,?)*)", row):
            code = (ROOT / path).read_text() if (ROOT / path).exists() else ""
            astray += [f"{path} {name}" for name in re.findall(r"\w+", names) if not re.search(rf"\b{name}\b", code)]
            astray += [path] if not code else []
    assert astray == []
