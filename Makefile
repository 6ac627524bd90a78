# Each target makes what it needs: .venv from the hash-locked requirements, then its work.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header

# Compiled once here, so that commands start fast even where Python may not write bytecode.
INSTALL := $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python

.PHONY: demo test bench lint docs lock clean compiled

demo: $(STAMP) compiled
	$(BIN)/helioscope demo --out demo

test: $(STAMP)-dev compiled
	$(BIN)/python -m pytest -n 2 tests

bench: $(STAMP)-dev
	$(BIN)/python -m tests.bench

lint: $(STAMP)-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(STAMP)-dev
	$(BIN)/sphinx-build -W -b html docs docs/_build/html

lock: $(STAMP)
	$(COMPILE) --group bootstrap -o requirements-bootstrap.txt
	$(COMPILE) pyproject.toml --group bootstrap -o requirements.txt
	$(COMPILE) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

compiled: $(STAMP)
	@$(BIN)/python -m compileall -q framework plugins

clean:
	rm -rf $(VENV) demo docs/_build .mypy_cache .ruff_cache .pytest_cache

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3,11) <= sys.version_info[:2] < (3,14) else "helioscope needs Python 3.11 to 3.13, found " + sys.version.split()[0] + ": set PYTHON=python3.12 or another")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This python3 cannot make virtual environments: run 'apt install python3-venv' (Debian, Ubuntu) and try again" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# uv installs the locked set in seconds where pip takes a minute; it comes hash-checked through pip.
$(BIN)/uv: $(VENV)/pyvenv.cfg requirements-bootstrap.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.txt
	@touch $@

$(STAMP): $(BIN)/uv requirements.txt pyproject.toml
	$(INSTALL) --require-hashes -r requirements.txt
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(STAMP)-dev: $(STAMP) requirements-dev.txt
	$(INSTALL) --require-hashes -r requirements-dev.txt
	@touch $@
