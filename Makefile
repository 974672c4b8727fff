# The two commands of this house: make run, make test. Everything else is a part of them.
.NOTPARALLEL:
.DEFAULT_GOAL := help

# Set on some machines; without bytecode every process would compile Django again.
unexport PYTHONDONTWRITEBYTECODE

VENV ?= .venv
IN := $(VENV)/bin
RIGHT := -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'
ifeq ($(origin PYTHON),undefined)
PYTHON := $(shell for name in python3.11 python3; do $$name $(RIGHT) 2>/dev/null && { echo $$name; break; }; done)
endif
export VENV
export STARTED := $(shell date +%s.%N)
STAGE = @echo && echo "── $@ ──"

.PHONY: help python run tools test lint types checks unit engine zones processes browser bench

help:
	@echo "make run     open the front desk in the browser"
	@echo "make test    prove that it works; its parts: lint types checks unit engine zones processes browser"
	@echo "make bench   measure it"

python:
	@$(or $(PYTHON),false) $(RIGHT) 2>/dev/null || { echo "Repairdesk does not start: it needs Python 3.11 (on Debian: sudo apt-get install python3.11 python3.11-venv), found by name or given as PYTHON=…" >&2; exit 1; }

run: python
	@$(PYTHON) prepare.py run
	@exec $(IN)/python run.py

tools: python
	@$(PYTHON) prepare.py test

test: lint types checks unit engine zones processes browser

lint: tools
	$(STAGE)
	$(IN)/ruff check .
	$(IN)/ruff format --check .
	$(IN)/lint-imports
	find templates -name '*.html' -exec $(IN)/djade --check --target-version 5.2 {} +

types: tools
	$(STAGE)
	$(IN)/mypy .

checks: tools
	$(STAGE)
	$(IN)/python manage.py makemigrations --check --dry-run
	HTTPS=1 SECRET_KEY=$$($(IN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') ALLOWED_HOSTS=desk.example.cn $(IN)/python manage.py check --deploy --fail-level WARNING

# A process for each core, four at most: each has its own folder and database.
SPREAD := -n auto --maxprocesses 4

# Exit code 5 of pytest, no test found, is a failure like any other; so is a skipped test (tests/plugin.py).
unit: tools
	$(STAGE)
	$(IN)/python -m pytest $(SPREAD) --ignore tests/processes --ignore tests/browser

engine: tools
	$(STAGE)
	DB=postgres $(IN)/python -m pytest $(SPREAD) -m engine --ignore tests/processes --ignore tests/browser

zones: tools
	$(STAGE)
	TZ=America/New_York $(IN)/python -m pytest -m clock --ignore tests/processes --ignore tests/browser

processes: tools
	$(STAGE)
	$(IN)/python -m pytest -n 2 --dist loadfile tests/processes

browser: tools
	$(STAGE)
	$(IN)/python -m pytest tests/browser

bench: tools
	@$(IN)/python -m bench
