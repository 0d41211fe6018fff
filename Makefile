# Daigang: `make serve` runs it, `make test` proves it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv/bin
NPM := $(VENV)/python scripts/node.py npm
SOURCES := interviews scheduler signaling web
CODE := $(SOURCES) tests benchmarks scripts docs
SCRIPTS := $(shell find web/frontend -type f 2>/dev/null)
FRONTEND := $(SCRIPTS) $(shell find web/templates -type f 2>/dev/null) vite.config.ts
PARTS := $(shell find web/locale -name '*.po' 2>/dev/null)
JOBS ?= 2
BROWSERS := $(shell grep -rl --include='test_*.py' 'pytest\.mark\.e2e' tests)
COVERED := $(VENV)/python -m coverage run --parallel-mode -m pytest
SPREAD := -n $(JOBS) --dist worksteal
TOLD := $(VENV)/python -m coverage combine --quiet && $(VENV)/python -m coverage report
AT_ONCE := --no-print-directory --jobs=$(JOBS) $(if $(filter output-sync,$(.FEATURES)),--output-sync)

# The tests start some hundred processes: none of them is to compile what another one has compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help serve setup test checks beside lint types front unit plain others pages live wheel e2e docs bench soak fuzz fmt lock clean

help: ## show this list
	@sed -nE 's/^([a-z0-9]+):.*## (.*)/\1 \2/p' $(MAKEFILE_LIST) | while read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

serve: .setup/assets .setup/messages ## run the service on http://127.0.0.1:8080
	@exec $(VENV)/python -m web serve $(ARGS)

setup: .setup/dev .setup/assets .setup/messages .setup/tools ## install all that tests and development need

test: ## prove everything that CI proves
	@$(MAKE) $(AT_ONCE) setup
	@rm -f .coverage .coverage.*
	@$(MAKE) $(AT_ONCE) live beside
	@$(MAKE) $(AT_ONCE) others pages
	@echo "all of make test passed"

checks: types lint front wheel docs ## all that needs no browser and no server, side by side

beside: .setup/dev .setup/assets .setup/messages # the same and `plain`, on what live media leave of the processors
	@MAKEFLAGS= scripts/calmly.sh $(MAKE) $(AT_ONCE) plain checks

lint: .setup/dev ## ruff, floors, sizes, templates, lock files
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/lint-imports --no-cache
	$(VENV)/python scripts/check_sizes.py
	$(VENV)/python scripts/check_locks.py
	$(VENV)/djlint web/templates scheduler/delivery/letters --lint --quiet

types: .setup/dev ## mypy, strict
	$(VENV)/mypy

front: .setup/node ## tsc and vitest
	$(NPM) run check
	$(NPM) test

unit: .setup/dev .setup/assets .setup/messages .setup/tools ## all tests without a browser, with coverage
	rm -f .coverage .coverage.*
	$(COVERED) -m "not e2e" $(SPREAD) tests
	@$(TOLD)

plain: .setup/dev .setup/assets .setup/messages # those of `unit` that wait for nobody
	$(COVERED) -m "plain" tests

others: .setup/dev .setup/assets .setup/messages .setup/tools # the others of `unit`; tells what both have covered
	$(COVERED) -m "not e2e and not plain" $(SPREAD) tests
	@$(TOLD)

e2e: live pages ## the whole path in real browsers

pages: .setup/dev .setup/assets .setup/messages .setup/tools # tests in browsers that judge no live media
	$(VENV)/python -m pytest -m "e2e and not live" $(SPREAD) $(BROWSERS)

live: .setup/dev .setup/assets .setup/messages .setup/tools # those that do, alone with what is calm
	$(VENV)/python -m pytest -m "e2e and live" $(BROWSERS)

wheel: .setup/dev .setup/assets .setup/messages ## build the wheel, install it alone, fetch a page
	$(VENV)/python scripts/check_wheel.py

docs: .setup/dev ## build the documentation, warnings are errors
	$(VENV)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

bench: .setup/dev .setup/assets .setup/messages .setup/tools ## every benchmark, one JSON line each
	@missed=0; for file in benchmarks/*.py; do $(VENV)/python $$file || missed=1; done; exit $$missed

fuzz: .setup/dev ## look for bytes that break a parser, MINUTES=10 of it
	$(VENV)/python -m tests.signaling.fuzz --minutes $(or $(MINUTES),10)

soak: .setup/dev .setup/tools ## half an hour of joins, leaves, losses and kills, MINUTES=30 of it
	$(VENV)/python -m benchmarks.media.soak --minutes $(or $(MINUTES),30)

fmt: .setup/dev ## format and fix what can be fixed
	$(VENV)/ruff check --fix-only .
	$(VENV)/ruff format .

lock: .setup/dev ## write the lock files anew
	scripts/lock.sh
	$(NPM) install --package-lock-only

clean: ## forget everything that was installed or built
	rm -rf .venv node_modules web/static .setup docs/_build

.setup/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Daigang needs Python 3.11 or newer; this is $$($(PYTHON) --version). Set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python has no venv module here: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	@mkdir -p .setup && touch $@

.setup/runtime: .setup/venv requirements/runtime.lock requirements/installer.lock scripts/install.sh
	scripts/install.sh requirements/runtime.lock
	@touch $@

.setup/dev: .setup/runtime requirements/dev.lock | .setup/node
	scripts/install.sh requirements/dev.lock
	@touch $@

.setup/node: .setup/venv package.json package-lock.json scripts/node.py requirements/node.lock | .setup/runtime
	$(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

.setup/assets: .setup/node $(FRONTEND)
	$(NPM) run build --silent -- --logLevel warn
	@touch $@

.setup/messages: .setup/runtime $(PARTS) $(SCRIPTS) scripts/messages.py
	$(VENV)/python scripts/messages.py compile
	@touch $@

.setup/tools: scripts/install_tools.sh
	scripts/install_tools.sh
	@mkdir -p .setup && touch $@
