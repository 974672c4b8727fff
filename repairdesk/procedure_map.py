"""The map of the procedure as files: docs/sop.md for readers, desk/procedure/carried.csv for the page."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

from django.utils import translation

from desk.procedure.clauses import CLAUSES

HEAD = """# The procedure 报修、维修作业流程, clause by clause

What each clause asks, and where Repairdesk does it. Every clause is carried by at least one test marked with its number
(`pytest.mark.sop("5.4.1")`). `grep -rn "5\\.4\\.1"` finds the lines of a clause. The page `/procedure/` shows the same map with this month's figures.
Written by `manage.py write_procedure`, with the list of tests in `desk/procedure/carried.csv`; a test compares both with `desk/procedure/clauses.py` and the marks.

| clause | asks | done in |
|---|---|---|
"""


def marks(tests: Path) -> dict[str, list[str]]:
    """Clause → "file::test" of every test marked with it, read from decorators and pytestmark, in order of files."""
    found: dict[str, list[str]] = {}
    for path in sorted(tests.rglob("test_*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        everywhere = [clause for node in module.body for clause in _of_module(node)]
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                own = [clause for mark in node.decorator_list for clause in _clauses(mark)]
                for clause in dict.fromkeys([*everywhere, *own]):
                    found.setdefault(clause, []).append(f"{path.relative_to(tests)}::{node.name}")
    return found


def _of_module(node: ast.stmt) -> list[str]:
    """The clauses of pytestmark, which marks every test of its file."""
    if not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"):
        return []
    marks = node.value.elts if isinstance(node.value, ast.List) else [node.value]
    return [clause for mark in marks for clause in _clauses(mark)]


def _clauses(mark: ast.expr) -> list[str]:
    """The arguments of pytest.mark.sop; none of another mark."""
    if not (isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.sop"):
        return []
    return [str(ast.literal_eval(argument)) for argument in mark.args]


def carried(tests: Path) -> str:
    """The rows of carried.csv."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    found = marks(tests)
    for clause in CLAUSES:
        for test in found.get(clause.number, []):
            writer.writerow([clause.number, test])
    return out.getvalue()


def document() -> str:
    """The text of docs/sop.md."""
    with translation.override("en"):
        rows = []
        for clause in CLAUSES:
            code = ", ".join(f"`{place.partition(' ')[0]}` {place.partition(' ')[2]}".strip() for place in clause.code)
            rows.append(f"| {clause.number} | {clause.asks} | {code or '–'} |")
    return HEAD + "\n".join(rows) + "\n"
