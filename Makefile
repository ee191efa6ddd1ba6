# Two commands do it all: `make up` runs the service, `make test` proves it. Python 3.11+ is all they need.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The first Python on the path that is new enough; another one: make PYTHON=/path/to/python3
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BROWSERS := chromium chromium-browser google-chrome
PEERS := $(VENV)/bench/peers.stamp $(VENV)/bench-quix/peers.stamp
PURELIB := -c 'import sysconfig; print(sysconfig.get_path("purelib"))'

.DEFAULT_GOAL := help
.PHONY: help install up test test-long fuzz lint bench bench-full lock clean install-dev browser node

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# No stamp for the jars: the command looks at each of them, and what was deleted comes back.
install: $(VENV)/install.stamp ## everything that `kpi up` needs: environment, dependencies, Apache Kafka
	@$(BIN)/kpi fetch-kafka >/dev/null

up: install ## start the whole service here; Ctrl-C stops it (options: make up ARGS="--no-history")
	@$(BIN)/kpi up $(ARGS)

# Most of the time the tests wait for servers: three files at a time use cores that fewer would leave idle.
test: install-dev browser node ## run all tests (some: make test ARGS="tests/core")
	@$(BIN)/python -m pytest -n 3 --dist loadfile $(ARGS)

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

bench: install-dev $(PEERS) ## measure speed and freshness beside other tools, in minutes (a pair: ARGS="-k 'worker or quix'")
	@$(BIN)/python -m pytest -s --timeout 3600 -o python_files='bench_*.py' tests/bench $(ARGS)

bench-full: install-dev $(PEERS) ## the same with a million events, a year and longer rounds: an hour
	@$(BIN)/python -m pytest -s --timeout 14400 -o python_files='bench_*.py' tests/bench --full $(ARGS)

lock: install-dev ## pin the newest versions that pyproject.toml allows, with hashes and without addresses
	@$(PIP) install uv
	@$(BIN)/uv pip compile --quiet --upgrade $(LOCK) --group build pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --upgrade $(LOCK) --group dev -c requirements.lock -o requirements-dev.lock
	@$(BIN)/uv pip compile --quiet --upgrade $(LOCK) --group fuzz -o requirements-fuzz.lock
	@$(BIN)/uv pip compile --quiet --upgrade $(LOCK) --group bench -c requirements.lock -o requirements-bench.lock
	@$(BIN)/uv pip compile --quiet --upgrade $(LOCK) --group bench-quix -o requirements-bench-quix.lock

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

# The others of the bench see our packages behind their own: where both have one, theirs is taken.
$(VENV)/%/peers.stamp: requirements-%.lock $(VENV)/dev.stamp
	@echo "installing what the bench compares with ($*) ..."
	@$(BIN)/python -m venv $(VENV)/$*
	@$(VENV)/$*/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@echo "import site; site.addsitedir('$$($(BIN)/python $(PURELIB))')" \
		> $$($(VENV)/$*/bin/python $(PURELIB))/service.pth
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

node:
	@command -v npm >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing node ..."; \
		apt-get update -qq && apt-get install -y -qq nodejs npm >/dev/null; \
	else \
		echo "make: the boards are checked against Grafana's types with node 18 or newer and npm: install them"; \
		exit 1; \
	fi
