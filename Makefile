# Two commands do all on a fresh machine: `make demo` and `make test`. `make help` lists the others.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help install spark demo serve test test-quick test-slow crash-test check format messages lock bench clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

install: .venv/installed node_modules/.package-lock.json  ## .venv and npm packages, nothing else

spark: install  ## what the observatory needs to ask a Spark Connect server, and Sail, one to test with
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/spark.txt

.venv/installed: requirements/base.txt requirements/dev.txt pyproject.toml
	@echo "· Python environment (.venv)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt -r requirements/dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json
	@echo "· npm packages (node_modules)"
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

demo: install  ## a living metropolis on http://127.0.0.1:8000
	@$(BIN)/parvis demo

serve: install  ## this deployment, without demonstration data
	@$(BIN)/parvis serve

test: install test-quick test-slow  ## every test: the quick ones on two cores, then browser, crash and load

test-quick: install
	@$(BIN)/parvis messages --compile-only
	@$(BIN)/pytest -q -n 2 --dist loadgroup -m "not slow"

test-slow: install
	@$(BIN)/pytest -q -m slow

crash-test: install  ## 187,000 uplinks in five minutes while subscriber, PostgreSQL and broker are killed: none lost, none doubled
	@CRASH_UPLINKS=187000 CRASH_SECONDS=300 $(BIN)/pytest -q -s tests/crash

check: install  ## lint, format, types, imports, packages, migrations, templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo
	@PARVIS_HOME=var/check $(BIN)/parvis check
	@PARVIS_HOME=var/check $(BIN)/mypy

format: install  ## put the code in form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

messages: install  ## English catalogues in step with the French sources
	@$(BIN)/parvis messages

bench: install  ## every measurement of docs/performance.md, printed
	@for file in $(filter-out bench/deployment.py,$(wildcard bench/[a-z]*.py)); do echo "== $$file"; $(BIN)/python -m bench.$$(basename $$file .py) || exit 1; done

lock: install  ## resolve requirements/*.in again, with hashes and no index address
	@$(PYTHON) -m venv var/lock && var/lock/bin/pip install --quiet pip-tools
	@cd requirements && for set in base dev spark; do ../var/lock/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras \
		--allow-unsafe --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o $$set.txt $$set.in; done

clean:  ## remove what was built (not var/, the data)
	@rm -rf .venv node_modules src/*.egg-info .mypy_cache .ruff_cache
