# Two commands do it all: `make up` runs the service, `make test` proves it. Python 3.11+ is all they need.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The first Python on the path that is new enough; another one: make PYTHON=/path/to/python3
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BROWSERS := chromium chromium-browser google-chrome

.DEFAULT_GOAL := help
.PHONY: help install up test test-long fuzz lint bench lock clean install-dev browser

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# No stamp for the jars: the command looks at each of them, and what was deleted comes back.
install: $(VENV)/install.stamp ## everything that `kpi up` needs: environment, dependencies, Apache Kafka
	@$(BIN)/kpi fetch-kafka >/dev/null

up: install ## start the whole service here; Ctrl-C stops it (options: make up ARGS="--no-history")
	@$(BIN)/kpi up $(ARGS)

# Most of the time the tests wait for servers: two files at a time use the cores that one would leave idle.
test: install-dev browser ## run all tests (some: make test ARGS="tests/core")
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

test-long: install-dev ## the tests that take minutes each: many faults, long outages (one: ARGS="-k kills")
	@$(BIN)/python -m pytest -m long $(ARGS)

# Findings and what was learnt are kept in .fuzz; a finding goes to tests/hostile/corpus with its mend.
fuzz: install-dev $(VENV)/fuzz.stamp ## send hostile input, guided by coverage (longer: make fuzz SECONDS=600)
	@for target in decode front reader; do \
		nice $(BIN)/python -m tests.hostile.fuzz $$target -max_total_time=$(SECONDS) || exit 1; done

SECONDS := 60

lint: install-dev ## style, types and import layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy streams producers tests
	@$(BIN)/lint-imports --no-logo

bench: install-dev ## measure speed and freshness
	@$(BIN)/python -m pytest -s -o python_files='bench_*.py' tests/bench $(ARGS)

lock: install-dev ## pin the newest versions that pyproject.toml allows, with hashes and without addresses
	@$(PIP) install uv
	@$(BIN)/uv pip compile --quiet --upgrade $(LOCK) --group build pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --upgrade $(LOCK) --group dev -c requirements.lock -o requirements-dev.lock
	@$(BIN)/uv pip compile --quiet --upgrade $(LOCK) --group fuzz -o requirements-fuzz.lock

LOCK := --generate-hashes --universal --python-version 3.11 --no-header --no-emit-index-url --no-annotate

clean: ## remove the virtual environment and all caches; the data in .kpi stays
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .fuzz build dist
	@find streams producers tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 or newer is needed and not on the PATH"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "make: $(PYTHON) lacks its venv module; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/install.stamp: requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing dependencies (minutes the first time) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

install-dev: install $(VENV)/dev.stamp
	@true

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/install.stamp
	@echo "installing what tests and checks need ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/fuzz.stamp: requirements-fuzz.lock $(VENV)/dev.stamp
	@$(PIP) install --require-hashes -r requirements-fuzz.lock
	@touch $@

browser:
	@for browser in $(BROWSERS); do command -v $$browser >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing chromium ..."; \
		apt-get update -qq && apt-get install -y -qq chromium fonts-noto-core >/dev/null; \
	else \
		echo "make: the browser tests need one of: $(BROWSERS); install chromium and a font, such as fonts-noto-core"; \
		exit 1; \
	fi
