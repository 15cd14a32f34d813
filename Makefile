# softgate: everything a newcomer needs is `make demo` and `make test`.
# Each builds its own .venv when it is missing or out of date; Python 3.11 or later, make and git are enough.

PYTHON ?= python3
PYTEST ?= -n 2
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench docs pins browser clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'softgate needs Python 3.11 or later; say which: make PYTHON=python3.12 ...' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt setuptools
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation --editable '.[all,test]'
	@touch $@

demo: $(READY)  ## see it work
	$(BIN)/softgate demo

test: lint browser  ## lint, types and every test
	$(BIN)/python -m pytest $(PYTEST)

lint: $(READY)  ## ruff and mypy, changing nothing
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(READY)  ## let ruff put the code in order
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

bench: $(READY)  ## compare with torch's own layers on this machine
	$(BIN)/softgate bench

docs: $(READY)  ## write docs/cells.md from the library
	$(BIN)/python scripts/cells_page.py

pins: $(READY)  ## write constraints.txt from what is installed
	@sed -n '/^#/p' constraints.txt > constraints.tmp
	@$(BIN)/python -m pip list --format=freeze --exclude-editable --exclude pip \
		| sed 's/+[a-z0-9.]*$$//' >> constraints.tmp
	@mv constraints.tmp constraints.txt

browser:
	@scripts/install-browser

clean:  ## remove what was built here
	rm -rf $(VENV) build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
