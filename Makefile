# Every target sets itself up: a fresh machine needs Python 3.11 or newer with venv, and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install sandbox story test check format lint types layers coverage faults bench mutants lock clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP)  ## Make .venv with everything locked

$(STAMP): requirements.lock requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Gazette needs Python 3.11 or newer: make PYTHON=python3.13"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

sandbox: install  ## Try the bot in a simulated Discord on a page of this machine
	$(BIN)/gazette sandbox

story: install  ## Play the sandbox's whole story once, without a page
	$(BIN)/gazette sandbox --once

test: install  ## Run the tests
	$(BIN)/python -m pytest -q -n 2

check: install lint types layers coverage  ## All the gates: format, lint, types, layers, tests with coverage

format: install  ## Format the code and mend what ruff can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lint: install  ## Format and style
	$(BIN)/ruff format --check
	$(BIN)/ruff check

types: install  ## mypy, strict, on bot and tests
	$(BIN)/mypy

layers: install  ## Who may import whom
	$(BIN)/lint-imports

coverage: install  ## Tests with branch coverage: core and services 100 %, all 95 %
	$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest -q -n 2
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report --include='bot/core/*,bot/services/*' --fail-under=100
	$(BIN)/python -m coverage report --fail-under=95

faults: install  ## Prove exactly-once with every crash and fault, and write docs/reliability.md
	GAZETTE_FULL=1 $(BIN)/python -m pytest -q tests/core
	$(BIN)/python -m tests.faults.report

$(VENV)/.peers: $(STAMP) requirements-bench.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@

bench: $(VENV)/.peers  ## Measure; nothing here passes or fails
	$(BIN)/python -m bench.catalogue
	$(BIN)/python -m bench.stories
	$(BIN)/python -m bench.search
	$(BIN)/python -m bench.labelled
	$(BIN)/python -m bench.answers
	$(BIN)/python -m bench.outbox

mutants: install  ## Mutation testing of bot/core
	$(BIN)/mutmut run

lock: install  ## Write the lock files anew from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/python tools/lock.py

clean:  ## Remove what the targets made
	rm -rf $(VENV) .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis mutants
