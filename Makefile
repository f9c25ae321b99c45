# What a person types. Needs make, git and python3 >= 3.11 with its venv module; all else goes into .venv.
#
# PyTorch comes from pip's default index. Where that would bring GPU wheels that the machine cannot use, name
# PyTorch's CPU index in PIP_INDEX_URL or PIP_EXTRA_INDEX_URL; constraints.txt fixes the version either way.

PYTHON ?= python3
VENV ?= .venv
JOBS ?= 2
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
CHECKED := $(wildcard schemas client registry engine tests benchmarks examples)
# One thread a process: the tests run in $(JOBS) processes, and PyTorch would start a thread per core in each.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest

.PHONY: venv demo test test-all lint types bench bench-path docs
.DEFAULT_GOAL := demo

# The stamps make a second run quick, and possible without a network.
$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[engine,registry]'
	touch $@

$(VENV)/dev.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[engine,registry,dev]'
	touch $@ $(VENV)/demo.stamp

$(VENV)/bench.stamp: $(VENV)/dev.stamp
	$(PIP) --editable '.[bench]'
	touch $@

venv: $(VENV)/dev.stamp

demo: $(VENV)/demo.stamp
	$(BIN)/pcm demo

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/ruff check $(CHECKED)

types: $(VENV)/dev.stamp
	$(BIN)/mypy --strict schemas client registry

test: lint types
	$(PYTEST) --numprocesses $(JOBS) -m "not slow"

test-all: lint types
	$(PYTEST) --numprocesses $(JOBS)

# Costs, each under its ceiling.
bench: $(VENV)/bench.stamp
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.install

# Identity, place, accessory and pairs by the reporting oracle: the figures that the documents quote.
bench-path: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks.path

# What is generated from the code: docs/reference/. The tests fail when it is stale.
docs: $(VENV)/dev.stamp
	$(BIN)/python -m pcm.cli.reference docs/reference/cli.md
