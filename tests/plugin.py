"""What every test run needs before the settings load: its own folder, its own database, quick passwords, and no silent skips."""

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.databases import postgres_with_tables, sqlite_with_tables, start_postgres

POSTGRES = os.environ.get("DB") == "postgres"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, object, object]:
    """A wrapper, because pytest-django reads the settings in its own implementation of this hook."""
    own_folder = Path(tempfile.mkdtemp(prefix="repairdesk-test-"))
    (own_folder / "static").mkdir()
    os.environ |= {
        "VAR_DIR": str(own_folder),
        "SECRET_KEY": "tests-only-" + "k" * 50,
        "DATABASE_URL": start_postgres() if POSTGRES else f"sqlite:///{own_folder / 'unused.sqlite3'}",
        "REDIS_URL": "",
        "DEBUG": "0",
        "DEMO": "0",
        "HTTPS": "0",
    }
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Translations compiled, own names for the test database, plain static files (nothing is collected), quick password hashes."""
    from django.conf import settings

    from repairdesk.management.commands.compile_words import compile_words

    for folder in settings.LOCALE_PATHS:
        compile_words(Path(folder))
    test = settings.DATABASES["default"].setdefault("TEST", {})
    if POSTGRES:
        test["NAME"], test["TEMPLATE"] = f"test_{os.getpid()}", postgres_with_tables(os.environ["DATABASE_URL"])
    else:
        # A file, not memory: the journal, the locks and two connections behave as at the desk.
        test["NAME"] = f"{os.environ['VAR_DIR']}/test.sqlite3"
        worker = getattr(config, "workerinput", {}).get("workerid", "")  # pytest-django puts it behind the name
        sqlite_with_tables(Path(f"{test['NAME']}_{worker}" if worker else test["NAME"]))
        config.option.reuse_db = True  # the copied file is the empty database; it goes with its folder
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test is a missing proof: it fails the run as loudly as a broken one."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(f"not run, and that counts as failed: {report.nodeid}: {report.longrepr}", red=True)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["VAR_DIR"], ignore_errors=True)
