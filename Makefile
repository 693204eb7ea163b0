# make app   builds the environment once and starts the app;  make test   the same for the tests, browser included.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: app test controls-test cluster-test check lint types layers wheel browser help clean
.DEFAULT_GOAL := help

help:
	@echo "make app    set up on the first run, then start the app at http://localhost:8501"
	@echo "make test   set up on the first run, then run all tests (browser tests need Debian's chromium)"
	@echo "make controls-test  all browser tests, with those that set everything that can be set on the pages"
	@echo "make cluster-test  the whole chain on a Ray cluster of two machines, here, one killed in each step"
	@echo "make check  lint, types and import layers"
	@echo "make wheel  build the wheel and try it in a clean environment"

$(VENV)/.app: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make an environment. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing Gamut into $(VENV), once; this takes some minutes ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.app
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

app: $(VENV)/.app
	@$(BIN)/gamut app

browser:
	@sh tests/browser/install_chromium.sh

test: $(VENV)/.dev browser
	$(BIN)/python -m pytest --quiet --numprocesses 2 --dist loadgroup --ignore tests/browser/controls

controls-test: $(VENV)/.dev browser
	$(BIN)/python -m pytest --quiet tests/browser

cluster-test: $(VENV)/.dev
	$(BIN)/python tests/cluster/chain.py

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

layers: $(VENV)/.dev
	$(BIN)/lint-imports

check: lint types layers

wheel: $(VENV)/.dev
	$(BIN)/python tests/packaging/try_wheel.py

clean:
	rm -rf $(VENV) build dist *.egg-info
