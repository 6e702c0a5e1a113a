# The commands that people type. assistant/embedded/install.py and the programs it installs do the work.

.DEFAULT_GOAL := help
.PHONY: help run test test-faults check lint format bench lock wheelhouse audit sbom install install-dev

# The newest Python that the pins are tested on. PYTHON=... picks another.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3 python; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$name && break; done)
VENV_PYTHON := .venv/bin/python
INSTALL = @test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 was found. Install one (Debian and Ubuntu: \
	apt-get install python3 python3-venv; macOS: brew install python@3.13), or name it: make PYTHON=/path/to/python3 ..." >&2; exit 1; }; \
	"$(PYTHON)" -I assistant/embedded/install.py

help:  ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 24

run: install  ## start the demo shop and everything it needs; Ctrl-C stops it
	@exec $(VENV_PYTHON) -m assistant.embedded --stop-with-parent

test: install-dev  ## run all tests, including browser and fault tests (make test ARGS="-k socket")
	@$(VENV_PYTHON) -m assistant.embedded.browser
	@exec $(VENV_PYTHON) -m assistant.embedded.with_services --throwaway -- $(VENV_PYTHON) -m assistant.embedded.run_tests $(ARGS)

test-faults: install-dev  ## run the fault tests at full length and scale; needs an idle machine, 15 minutes
	@exec env FAULTS=full $(VENV_PYTHON) -m assistant.embedded.with_services --throwaway -- $(VENV_PYTHON) -m pytest tests/faults -rP $(ARGS)

check: install-dev  ## check format, lint, types, import contracts and missing migrations, then run all tests; changes nothing
	@$(MAKE) --no-print-directory lint
	@$(VENV_PYTHON) -m assistant.embedded.with_services --throwaway -- $(VENV_PYTHON) manage.py makemigrations --check --dry-run
	@$(MAKE) --no-print-directory test

lint: install-dev  ## run ruff, mypy and the import contracts; changes nothing
	@$(VENV_PYTHON) -m ruff format --check .
	@$(VENV_PYTHON) -m ruff check .
	@$(VENV_PYTHON) -m mypy
	@.venv/bin/lint-imports

format: install-dev  ## format the code, and fix what ruff can fix
	@$(VENV_PYTHON) -m ruff format .
	@$(VENV_PYTHON) -m ruff check --fix .

bench: install-dev  ## print every table of docs/benchmarks.md; one of them: make bench-cache
	@$(VENV_PYTHON) -m assistant.embedded.with_services --throwaway -- $(VENV_PYTHON) -m benchmarks

bench-%: install-dev
	@$(VENV_PYTHON) -m assistant.embedded.with_services --throwaway -- $(VENV_PYTHON) -m benchmarks $* $(ARGS)

lock: install-dev  ## write the lock files again after you changed a requirements file
	@$(VENV_PYTHON) -m assistant.embedded.lock

audit: install-dev  ## look up known vulnerabilities of every locked package at pypi.org
	@$(VENV_PYTHON) -m tools.supply_chain.audit

sbom: install-dev  ## write the bill of materials to sbom.cdx.json (CycloneDX); FILE=... picks another file
	@$(VENV_PYTHON) -m tools.supply_chain.sbom $(FILE)

wheelhouse:  ## fill WHEELHOUSE=folder with all packages, for a machine without network; there: WHEELHOUSE=folder make run
	$(INSTALL) --wheelhouse requirements.txt

install:  # into .venv, with the hashes of requirements.lock; returns at once if nothing changed
	$(INSTALL) requirements.txt

install-dev:
	$(INSTALL) requirements.txt requirements-dev.txt
