# Botpulse. Every target does its own set-up: a virtual environment in .venv, and on Debian as root the system's
# libraries. `make help` lists the targets.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test test-all test-windows check static bench bench-sizes torture screenshots wheel package package-windows translations clean

# The first Python that is new enough; choose another by `make PYTHON=python3.12 …`.
ifndef PYTHON
    PYTHON := $(shell for each in python3 python3.13 python3.12 python3.11; do \
        $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && exit; \
        done; echo python3)
endif

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
EXTRAS := gui,bot,postgres,dev,package

# A file of tests stays in one process: its costly fixtures are made once.
PYTEST_ARGS ?= --numprocesses=logical --dist=loadfile

ifneq ($(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname -s)),)
    HAS_DISPLAY := yes
endif

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' Makefile

setup: $(READY)  ## make or renew the virtual environment in .venv

$(READY): pyproject.toml constraints.txt scripts/system_libraries.py
	@command -v $(PYTHON) >/dev/null || { echo "Botpulse needs Python 3.11 or newer; $(PYTHON) was not found." >&2; exit 1; }
	@$(PYTHON) scripts/system_libraries.py
	@$(BIN)/python -c 'import pip' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing Botpulse and its libraries into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRAS)]' --constraint constraints.txt
	@touch $@

run: $(READY)  ## open the monitor on a live demo bot; without a display, draw it to build/botpulse.png
ifdef HAS_DISPLAY
	@$(PYTHON) scripts/system_libraries.py --window
	$(BIN)/botpulse --demo
else
	@mkdir -p build
	$(BIN)/botpulse snapshot build/botpulse.png --demo
endif

test: $(READY)  ## run the tests, but for the slow ones
	$(BIN)/python -m pytest $(PYTEST_ARGS) -m "not slow"

test-all: $(READY)  ## run every test: kills, long simulations, programs of their own too
	$(BIN)/python -m pytest $(PYTEST_ARGS)

test-windows: $(READY)  ## run the tests with a Windows Python under Wine; ARGS="FILE…" for some, ARGS=--tenth
	$(BIN)/python -m scripts.windows.suite $(ARGS)

check: static test-all  ## run all that must be green before a commit

static: $(READY)  ## lint, format and types, without the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)  ## measure, beside a baseline; writes build/bench.json
	@mkdir -p build
	$(BIN)/python -m tests.benchmarks

bench-sizes: $(READY)  ## measure what 10 k to 10 M rows cost; draws docs/images/cost_against_size.svg
	@mkdir -p build
	$(BIN)/python -m tests.benchmarks.sizes

torture: $(READY)  ## kill, cut, freeze and mutate, for minutes; print what was lost (nothing may be)
	$(BIN)/python -m tests.torture $(TORTURE_ARGS)

screenshots: $(READY)  ## draw the pictures of docs/images anew
	$(BIN)/python scripts/screenshots.py

wheel: $(READY)  ## build the wheel and the sdist into dist
	$(BIN)/python -m build --no-isolation --outdir dist .

translations: $(READY)  ## bring the catalogues up to the sources, and name what has no translation
	$(BIN)/python -m scripts.translations

package: $(READY)  ## build a folder that runs where there is no Python: dist/Botpulse
	$(BIN)/python -m PyInstaller --noconfirm --log-level WARN --distpath dist --workpath build/package scripts/packaging/botpulse.spec

package-windows: $(READY)  ## build the folder and the installer for Windows under Wine: dist/windows
	$(BIN)/python -m scripts.packaging.windows

clean:  ## remove what was made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find core gui bot_integration resources scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +
