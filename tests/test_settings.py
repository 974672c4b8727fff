"""Settings: one table, one place that reads the environment, one sentence for what cannot work."""

import json
import re
import sys

import pytest

from tests.shell import BASE_DIR, call, refused

HOUSE_FILES = {
    "run.py",
    "prepare.py",
    "manage.py",
    "repairdesk/env.py",
    "repairdesk/asgi.py",
    "repairdesk/wsgi.py",
    "repairdesk/celery.py",
}


def test_the_table_of_settings_is_the_code_s():
    code = "import json; from repairdesk import env, settings; print(json.dumps([[v.name, v.default, v.meaning] for v in env.VARIABLES.values()]))"
    _, out, _ = call(sys.executable, "-c", code, SECRET_KEY="x")
    known = [[name, default.replace(f"{BASE_DIR}/", "") or "–", meaning] for name, default, meaning in json.loads(out)]
    rows = re.findall(
        r"^\| `(\w+)` \| `?([^|]*?)`? \| (.*) \|$", (BASE_DIR / "docs/settings.md").read_text(), re.MULTILINE
    )
    assert [list(row) for row in rows] == known


def test_the_environment_is_read_in_the_house_s_own_files_only():
    sources = (
        path
        for path in BASE_DIR.rglob("*.py")
        if not {".venv", "tests", "bench", "var"} & set(path.relative_to(BASE_DIR).parts)
    )
    readers = {
        str(path.relative_to(BASE_DIR)) for path in sources if re.search(r"os\.environ|os\.getenv", path.read_text())
    }
    assert {name for name in readers if not name.startswith(".venv")} == HOUSE_FILES


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "http"}, "PORT is 'http'; it must be a whole number from 1 to 65535."),
        ({"PORT": "70000"}, "PORT is '70000'; it must be a whole number from 1 to 65535."),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL is 'loud'; it must be one of DEBUG, INFO, WARNING, ERROR."),
        ({"DEBUG": "1", "ALLOWED_HOSTS": "desk.example.cn"}, "DEBUG=1 shows source code to visitors; it works with local host names only."),
        ({"HTTPS": "1", "SECRET_KEY": ""}, "HTTPS=1 needs a SECRET_KEY of at least 50 characters."),
        ({"DATABASE_URL": "postgres://desk:postgres@db/desk"}, "the password in DATABASE_URL or REDIS_URL is one that everybody knows; choose another."),
        ({"REDIS_URL": "redis://:redis@queue/0"}, "the password in DATABASE_URL or REDIS_URL is one that everybody knows; choose another."),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_work_is_refused_in_one_sentence(variables, sentence, tmp_path):
    given = {"SECRET_KEY": "x", "VAR_DIR": str(tmp_path)} | variables
    assert call(sys.executable, "-c", "from repairdesk import settings", **given) == refused(sentence)


def test_a_public_host_passes_the_deployment_checks(tmp_path):
    given = {
        "HTTPS": "1",
        "SECRET_KEY": "Qz7" + "aB3dE5fG" * 8,
        "ALLOWED_HOSTS": "desk.example.cn",
        "VAR_DIR": str(tmp_path),
    }
    assert call(sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **given)[0] == 0


def test_the_secret_is_made_once_and_kept_for_its_owner_alone(tmp_path):
    show = "from repairdesk import settings; print(settings.SECRET_KEY)"
    first, again = (call(sys.executable, "-c", show, VAR_DIR=str(tmp_path))[1] for _ in range(2))
    assert (first, len(first.strip())) == (again, 67)
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
