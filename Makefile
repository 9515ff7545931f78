# make help: what there is. Everything works in a fresh clone; setup is done where it is needed.

SHELL := /bin/bash
BIN := .venv/bin
# Lab and demo start the command by its name.
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/.tools/bin:$(PATH)
# For one folder or test: make test TESTS=tests/core  or  make test TESTS='-k refusal'
TESTS ?=
# --quick for a short soak or chaos.
QUICK ?=
# Labelled texts that stand beside the work tree, not in it.
CORPUS ?= $(CURDIR)/../shared/corpus

.DEFAULT_GOAL := help
.PHONY: corpus help setup demo test fuzz lint format types bench soak chaos accuracy peers worlds docs image lock clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Make .venv with the locked packages and the command (Python >= 3.11, no root)
	@scripts/setup

demo: setup ## Run the check on a stand-in Cloud SQL: once healthy, once with a fault (no root)
	@scripts/demo

test: setup ## Install what the tests need and run all of them (TESTS=... for some)
	@scripts/install-tools
	@scripts/test $(TESTS)

fuzz: setup ## Send 10,000 examples of anything through every border where foreign data becomes ours
	$(BIN)/python -m pytest -q -n 2 --hypothesis-profile fuzz tests/fuzz

lint: setup ## Style, formatting and spelling
	$(BIN)/ruff check --output-format concise .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

format: setup ## Apply formatting and the safe fixes
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

types: setup ## Strict type check
	$(BIN)/mypy

bench: setup ## Measure against the budgets and write docs/explanation/measured.md
	@scripts/install-tools
	$(BIN)/python -m benchmarks

accuracy: setup ## Run every scenario in network namespaces and say who was right (root; ROWS=... for some)
	@$(BIN)/python -m tests.scenarios $(ROWS)

worlds: setup ## Ask the network model about every world it knows, each look left out once (some ten minutes)
	$(BIN)/python -m tests.diagnosis

corpus: setup ## Score explain --jsonl on labelled failure texts (CORPUS=folder with score.py and dev.jsonl)
	@scripts/corpus "$(CORPUS)"

peers: setup ## Ask psql, cloud-sql-proxy and others about the scenarios, and write docs/explanation/compared.md (root)
	@scripts/install-tools
	$(BIN)/python -m tests.scenarios.peers $(ROWS)

soak: setup ## Thousands of cycles of the sidecar while faults come and go (QUICK=--quick for a hundred)
	@scripts/install-tools
	$(BIN)/python -m benchmarks $(QUICK) soak

chaos: setup ## Kill and restart what is around a running sidecar, and abuse its port (root)
	@scripts/install-tools
	$(BIN)/python -m benchmarks $(QUICK) chaos crowd restraint abuse floods drivers

docs: setup ## Regenerate docs/reference from the code
	$(BIN)/python scripts/generate_docs.py

image: setup ## Build the sidecar image with buildah (root)
	@scripts/build-image

lock: setup ## Refresh the lock files (LOCK=--upgrade for newer versions)
	@scripts/lock $(LOCK)

clean: ## Remove everything that was made, .venv and tools too
	rm -rf .venv .tools .cache build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis tests/{interop/node,browser}/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
