# The one entrance for people: `make help` lists what there is. Continuous integration calls the same verbs.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
ARGS ?=
# What runs the tests' command; continuous integration puts scripts/second-look here.
BY ?=

# The newest supported interpreter; `make PYTHON=/path/to/python demo` chooses another.
PYTHON ?= $(shell for candidate in python3.13 python3.12 python3.11 python3 python; do \
	"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		&& command -v "$$candidate" && break; done)

# Stamps: installing is skipped while these are newer than what says what to install.
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo run test test-window check lint format types layers bench screenshots i18n dist db db-down clean

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## Open Studio on a demo database of its own (ARGS="--data-dir FOLDER")
	@$(BIN)/nexus-studio demo $(ARGS)

run: $(READY) ## Open Studio (ARGS="--url postgresql://…")
	@$(BIN)/nexus-studio $(ARGS)

test: $(READY_DEV) ## Run the tests; no screen and no server needed (ARGS="-k grid")
	@$(BY) $(PY) -m pytest $(ARGS)

test-window: $(READY_DEV) ## Run the tests of the window on a virtual X server
	@scripts/with-screen $(BY) $(PY) -m pytest -m "" tests/gui/window $(ARGS)

check: lint types layers ## Everything but the tests: lint, types, layers

lint: $(READY_DEV) ## ruff
	@$(BIN)/ruff check

format: $(READY_DEV) ## Sort imports and format
	@$(BIN)/ruff check --select I --fix --quiet
	@$(BIN)/ruff format

types: $(READY_DEV) ## mypy, strict
	@$(BIN)/mypy

layers: $(READY_DEV) ## Who may import whom
	@$(BIN)/lint-imports

bench: $(READY_DEV) ## Measure against the references (ARGS="--record" writes benchmarks/README.md)
	@$(PY) -m benchmarks.run $(ARGS)

screenshots: $(READY_DEV) ## Make docs/images anew
	@QT_QPA_PLATFORM=offscreen $(PY) -m scripts.screenshots $(ARGS)

i18n: $(READY_DEV) ## Collect the texts to translate and compile the translations
	@$(PY) scripts/i18n.py $(ARGS)

dist: $(READY_DEV) ## Build the wheel into dist/
	@$(PY) -m pip wheel --quiet --no-deps --wheel-dir dist .
	@ls dist

db: ## Start the development PostgreSQL with Docker
	@test -f .env || cp .env.example .env
	@docker compose up -d --wait

db-down: ## Stop it; its data stay
	@docker compose down

clean: ## Remove everything that was built here, the virtual environment included
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(PY):
	@if [ -z "$(PYTHON)" ]; then \
		echo "Nexus Studio needs Python 3.11 or newer, and none was found." >&2; \
		echo "Install one (Debian, Ubuntu: sudo apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3.12 …" >&2; \
		exit 1; fi
	@if ! "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$(PYTHON) cannot make virtual environments: its ensurepip module is missing." >&2; \
		echo "Debian and Ubuntu keep it apart: sudo apt-get install python3-venv" >&2; \
		exit 1; fi
	@"$(PYTHON)" -m venv $(VENV)

$(READY): pyproject.toml constraints.txt | $(PY)
	@echo "Installing Nexus Studio into $(VENV) (once; about a minute) …"
	@$(PY) -m pip install --quiet -c constraints.txt -e .
	@touch $@

$(READY_DEV): pyproject.toml constraints.txt | $(PY)
	@echo "Installing Nexus Studio and the developer's tools into $(VENV) (once; about a minute) …"
	@$(PY) -m pip install --quiet --no-compile -c constraints.txt -e '.[dev]'
	@touch $(READY) $@
