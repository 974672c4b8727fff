"""The two commands, their refusals, and the tables that must not drift from the code."""

import datetime as dt
import json
import os
import re
import socket
import sys
import tomllib
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management.base import CommandError

import prepare
from core import clock
from repairdesk.management.commands import make_ready
from repairdesk.management.commands.compile_words import compile_words
from tests.shell import BASE_DIR, call, refused
from tickets.evidence import write

# make run, refused ------------------------------------------------------------------------


def test_a_taken_port_is_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answer = call(sys.executable, "prepare.py", "run", PORT=str(port), VAR_DIR=str(tmp_path), VENV=sys.prefix)
    assert answer == refused(
        f"port {port} is taken by another program; choose another, for example: make run PORT={port + 1}"
    )


def test_a_host_that_is_not_here_is_one_sentence(tmp_path):
    answer = call(
        sys.executable, "prepare.py", "run", HOST="192.0.2.1", PORT="18999", VAR_DIR=str(tmp_path), VENV=sys.prefix
    )
    assert answer == refused("nobody can listen on 192.0.2.1:18999 (Cannot assign requested address); look at HOST.")


def test_a_folder_that_cannot_be_written_is_one_sentence():
    code, out, error = call(sys.executable, "prepare.py", "run", VAR_DIR="/proc/repairdesk", VENV=sys.prefix)
    assert (code, out) == (1, "")
    pattern = r"Repairdesk does not start: nothing can be written in /proc/repairdesk \([^)]+\); make it writable or choose another with VAR_DIR and VENV\.\n"
    assert re.fullmatch(pattern, error)


def test_a_folder_of_something_else_is_never_made_a_virtual_environment(tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").touch()
    answer = call(sys.executable, "prepare.py", "test", VAR_DIR=str(tmp_path / "var"), VENV=str(tmp_path / "letters"))
    assert answer == refused(f"{tmp_path}/letters is not a virtual environment; choose another folder with VENV.")
    assert (tmp_path / "letters" / "dear.txt").exists()


def test_a_missing_network_is_one_sentence_and_what_was_made_is_kept(tmp_path):
    nowhere = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "0",
    }
    code, out, error = call(
        sys.executable, "prepare.py", "test", VAR_DIR=str(tmp_path), VENV=str(tmp_path / "venv"), **nowhere
    )
    assert (code, out) == (1, "Installing Python packages, half a minute or so.\n")
    assert error.startswith(
        "Repairdesk does not start: the Python packages could not be installed; without a network that is the reason. (ERROR:"
    )
    assert error.count("\n") == 1
    assert not list((tmp_path / "venv").glob(".installed-*"))


def test_a_missing_library_is_named_where_there_is_no_apt(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    there = prepare.Part("there", lambda: True)
    absent = prepare.Part("libharfbuzz-subset0", prepare.library("libharfbuzz-subset-that-is-not-there.so.0"))
    with pytest.raises(SystemExit) as stop:
        prepare.require_parts((there, absent))
    assert (
        str(stop.value)
        == "Repairdesk does not start: the system lacks what Debian calls libharfbuzz-subset0; install that first."
    )


def test_another_python_is_one_sentence():
    code, out, error = call("make", "run", "PYTHON=python-that-is-not-there")
    assert (code, out) == (2, "")
    assert error.splitlines()[0] == (
        "Repairdesk does not start: it needs Python 3.11 (on Debian: sudo apt-get install python3.11 python3.11-venv), found by name or given as PYTHON=…"
    )
    assert len(error.splitlines()) == 2  # the second is make's own


def test_the_default_port_is_the_settings_one():
    assert f'os.environ.get("PORT") or "{settings.PORT}"' in (BASE_DIR / "prepare.py").read_text()


def test_a_clock_behind_what_already_happened_stops_the_start(db, time_machine):
    begun = dt.datetime(2099, 3, 1, 12, tzinfo=dt.UTC)
    with clock.as_of(begun):
        write(None, "test", by=None, at=begun, facts={}, stream="clock")
    time_machine.move_to(begun - dt.timedelta(seconds=60), tick=False)
    make_ready.Command().compare_clocks()
    time_machine.move_to(begun - dt.timedelta(seconds=61), tick=False)
    with pytest.raises(CommandError) as stop:
        make_ready.Command().compare_clocks()
    assert str(stop.value) == (
        "The clock of this machine is 61 s behind the newest event; set it right, then start again."
    )


# make test ---------------------------------------------------------------------------------


def test_make_test_runs_every_part_and_ends_with_the_browser():
    _, out, _ = call("make", "--dry-run", "test", f"VENV={sys.prefix}")
    assert re.findall(r"── (\w+) ──", out) == [
        "lint",
        "types",
        "checks",
        "unit",
        "engine",
        "zones",
        "processes",
        "browser",
    ]


def test_the_continuous_run_is_make_test_and_nothing_else():
    lines = (BASE_DIR / ".ci/run").read_text().splitlines()
    assert lines == ["#!/usr/bin/env bash", "set -eu", 'cd "$(dirname "$0")/.."', "make test"]
    assert os.access(BASE_DIR / ".ci/run", os.X_OK)


def test_bytecode_is_written_whatever_the_machine_says(tmp_path):
    (tmp_path / "probe").write_text(f"include {BASE_DIR}/Makefile\nprobe:\n\t@env\n")
    _, out, _ = call("make", "-f", tmp_path / "probe", "probe", PYTHONDONTWRITEBYTECODE="1")
    assert "PYTHONDONTWRITEBYTECODE" not in out
    assert "STARTED=" in out


@pytest.mark.parametrize(
    ("body", "code"),
    [("", 5), ("def test_it():\n    pass\n", 0), ("import pytest\n\ndef test_it():\n    pass\n\ndef test_not():\n    pytest.skip('no time')\n", 1)],
)  # fmt: skip
def test_no_test_found_and_a_skipped_test_are_failures(body, code, tmp_path):
    (tmp_path / "test_probe.py").write_text(body)
    done = call(
        sys.executable,
        "-m",
        "pytest",
        "-c",
        BASE_DIR / "pyproject.toml",
        "--rootdir",
        tmp_path,
        "-p",
        "no:cacheprovider",
        tmp_path,
    )
    assert done[0] == code, done[1]


def test_every_local_app_has_its_place_in_the_line():
    contracts = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["tool"]["importlinter"]
    line = {name.strip() for layer in contracts["contracts"][0]["layers"] for name in layer.split("|")}
    local = {name for name in settings.INSTALLED_APPS if (BASE_DIR / name).is_dir()}
    folders = {path.parent.name for path in BASE_DIR.glob("*/apps.py")} | {"repairdesk"}
    assert line == local == folders == set(contracts["root_packages"])


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_pinned_with_its_hash_and_no_address(lock):
    text = (BASE_DIR / lock).read_text()
    assert "://" not in text
    packages = re.findall(r"^[a-z0-9][^\n]*(?:\n +[^\n]*)*", text, re.MULTILINE)
    assert [
        one.splitlines()[0] for one in packages if not re.search(r"==\S+ \\\n +--hash=sha256:[0-9a-f]{64}", one)
    ] == []


def test_the_lock_of_the_tests_holds_the_lock_of_the_run():
    def pins(name):
        return set(
            re.findall(r"^([a-z0-9][\w.\-]*(?:\[[^\]]*\])?==[^\s\\]+)", (BASE_DIR / name).read_text(), re.MULTILINE)
        )

    assert pins("requirements.txt") <= pins("requirements-dev.txt")


# Words and benches -----------------------------------------------------------------------------


def test_words_are_compiled_when_they_changed_and_not_otherwise(tmp_path):
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / "django.po"
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "登记"\nmsgstr "Register"\n'
    )
    assert compile_words(tmp_path) == [folder / "django.mo"]
    assert compile_words(tmp_path) == []
    with (folder / "django.mo").open("rb") as compiled:
        assert GNUTranslations(compiled).gettext("登记") == "Register"


def bench_with(figures: str, folder: Path, *words: str) -> tuple[int, str, str]:
    (folder / "probe.py").write_text(f"from bench import Figure\n\ndef run(full=False):\n    return [{figures}]\n")
    start = f"import sys, bench; bench.__path__.append({str(folder)!r}); sys.argv = ['bench', 'probe', *{list(words)}]; from bench.__main__ import main; main()"
    return call(sys.executable, "-c", start)


@pytest.mark.parametrize(("holds", "code"), [(True, 0), (False, 1)])
def test_a_bench_prints_one_object_a_line_and_fails_when_a_bound_is_missed(holds, code, tmp_path):
    figure = f"Figure('probe', 'ratio', 2.5, '×', 3.0, {holds})"
    answer = bench_with(figure, tmp_path, "--json")
    assert answer[0] == code, answer[2]
    assert [json.loads(line) for line in answer[1].splitlines()] == [
        {"bench": "probe", "figure": "ratio", "value": 2.5, "unit": "×", "bound": 3.0, "holds": holds}
    ]


def test_an_unknown_bench_is_refused():
    code, out, error = call(sys.executable, "-m", "bench", "speed", "--json")
    assert (code, out) == (2, "")
    assert error.splitlines()[-1] == "python -m bench: error: there is no bench speed"


# What stands in the tree -----------------------------------------------------------------------------


def test_the_licence_is_apache_2():
    assert "Apache License" in (BASE_DIR / "LICENSE").read_text().splitlines()[1]
    assert len((BASE_DIR / "LICENSE").read_text().splitlines()) == 202
