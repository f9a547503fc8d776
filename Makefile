# Daybook. `make` alone prints what there is. Python 3.11+ and make are all it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help

##@ First day
setup: $(STAMP) ## Make the environment in .venv from the hashed lock
$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Daybook needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing: install your system's python3-venv package"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

up: $(STAMP) ## Run the whole mesh with an embedded Valkey and the sandbox company
	@daybook up

test: $(STAMP) ## Run every test
	@python -m pytest

##@ Every change
check: $(STAMP) format-check lint types imports protos-check docs-check ## Everything that is checked without running it

format: $(STAMP) ## Format code and protos
	@ruff format . && ruff check --fix-only --quiet . && buf format -w protos

format-check: $(STAMP)
	@ruff format --check --quiet . && buf format --diff --exit-code protos

lint: $(STAMP)
	@ruff check --quiet .

types: $(STAMP)
	@mypy

imports: $(STAMP)
	@lint-imports --no-cache

protos: $(STAMP) ## Generate stubs from the protos
	@python tools/gen_protos.py

protos-check: $(STAMP)
	@buf lint protos
	@buf build protos --exclude-source-info -o -#format=binpb | buf breaking -#format=binpb --against protos/released.binpb --config '{"version":"v2","breaking":{"use":["FILE","WIRE_JSON"]}}'
	@python tools/gen_protos.py --check

protos-release: $(STAMP) ## Make today's protos the baseline that `make check` compares with
	@buf build protos --exclude-source-info -o protos/released.binpb

docs: $(STAMP) ## Generate docs/reference
	@python -m tools.gen_docs

docs-check: $(STAMP)
	@python -m tools.gen_docs --check

##@ Now and then
bench: $(STAMP) ## Measure: prints CPU time and memory, takes minutes
	@python -m bench.catalog && python -m bench.registry && python bench/sandbox.py

lock: $(STAMP) ## Resolve and hash the dependencies anew (needs uv: pip install uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements/run.txt
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links pyproject.toml requirements/dev.in -c requirements/run.txt -o requirements/dev.txt

clean: ## Remove the environment and caches; keeps .daybook (your data)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis build dist *.egg-info

help:
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup up test bench check format format-check lint types imports protos protos-check protos-release docs docs-check lock clean help
