"""The containers run what the tests run, show no door but the desk's, and start with no password that everybody knows."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import prepare
import run
from repairdesk import env, gunicorn

BASE_DIR = Path(run.BASE_DIR)
COMPOSE: dict[str, Any] = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {"ready", *run.COMMANDS}
REQUIRED = re.compile(r"\$\{(\w+):\?[^}]+\}")


def test_the_services_are_the_house_s_children_their_servers_and_the_first_step():
    assert set(SERVICES) == {"postgres", "redis", "ready", "web", "worker", "clocks", "beat", "loop"}
    assert list(run.COMMANDS) == ["web", "worker", "clocks", "beat", "loop"]


@pytest.mark.parametrize("name", run.COMMANDS)
def test_a_service_runs_the_command_of_make_run(name):
    assert tuple(SERVICES[name]["command"]) == run.COMMANDS[name]


def test_the_first_step_is_the_one_of_make_run():
    assert SERVICES["ready"]["command"] == ["python", "manage.py", "make_ready"]
    assert 'manage("make_ready")' in (BASE_DIR / "prepare.py").read_text()
    for name in run.COMMANDS:
        assert SERVICES[name]["depends_on"]["ready"] == {"condition": "service_completed_successfully"}


def test_all_of_ours_come_from_one_image_without_rights():
    for name in OURS:
        service = SERVICES[name]
        assert (service["image"], service["build"], service["read_only"], service["cap_drop"]) == (
            "repairdesk",
            ".",
            True,
            ["ALL"],
        )
    assert not [name for name in SERVICES if SERVICES[name].get("privileged")]


def test_the_desk_alone_has_a_published_port():
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "web": ["${PORT:-8000}:8000"]
    }


def test_everything_that_stays_is_asked_whether_it_is_well():
    assert [
        name for name, service in SERVICES.items() if name != "ready" and not service.get("healthcheck", {}).get("test")
    ] == []


def test_redis_has_a_password_and_keeps_nothing():
    command = SERVICES["redis"]["command"]
    assert command[0] == "redis-server"
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert (options["--save"], options["--appendonly"]) == ("", "no")
    assert REQUIRED.fullmatch(options["--requirepass"])


def test_no_password_and_no_key_has_a_default():
    text = (BASE_DIR / "docker-compose.yml").read_text()
    assert set(REQUIRED.findall(text)) == {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "SECRET_KEY", "ALLOWED_HOSTS"}
    assert re.findall(r"\$\{(\w*(?:PASSWORD|KEY)):?-", text) == []


def test_the_services_know_our_variables_only():
    assert set(SERVICES["web"]["environment"]) <= set(env.VARIABLES)
    assert {str(SERVICES[name]["environment"]) for name in OURS} == {str(SERVICES["web"]["environment"])}


def test_the_image_is_made_of_the_same_parts_and_runs_as_nobody_special():
    text = (BASE_DIR / "Dockerfile").read_text()
    assert text.startswith("FROM python:3.11-")
    assert "--require-hashes --only-binary :all: -r requirements.txt" in text
    packages = {part.package for part in prepare.RUN_PARTS} - {"python3-venv"}
    assert packages == set(re.findall(r"lib\w[\w.-]+0", text))
    assert re.findall(r"^USER (\w+)$", text, re.MULTILINE) == ["repairdesk"]
    assert "CMD " + str(list(run.COMMANDS["web"])).replace("'", '"') in text


def test_the_web_server_is_dark_before_the_house_must_be():
    assert gunicorn.graceful_timeout < run.GRACE < 5
    assert (gunicorn.worker_class, gunicorn.workers, gunicorn.threads) == ("gthread", 2, 8)
