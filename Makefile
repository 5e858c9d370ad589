# SPDX-License-Identifier: Apache-2.0
#
# Every environment is made here, from a lock with hashes; nothing but python3 (3.11 or newer) and make has to be there.
# A stamp in each environment makes a second `make` instant; a changed lock makes the environment anew, so that a
# package dropped from a lock is gone from the environment too.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.ONESHELL:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
VENV ?= .venv
# pytest-xdist workers and further arguments, as in `make test WORKERS=0 ARGS=tests/store`
WORKERS ?= auto
ARGS ?=
# `make lock UPGRADE=--upgrade` takes the newest versions; without it only what pyproject.toml asks for changes.
UPGRADE ?=
# Another seed makes another site to measure on.
SITE_SEED ?= 1
ROUNDS ?= 3
UV_VERSION := 0.13.9

LOCKS := infra/locks
BIN := $(VENV)/bin
# Two -q leave only errors: an index that a machine adds of its own may warn once a package.
PIP_INSTALL := -m pip install -qq --no-input --disable-pip-version-check
CHECKS := check-lint check-format check-types check-layers check-spelling check-licenses

.PHONY: help setup demo test coverage check $(CHECKS) fmt judges schemas prove-catalog prove-ledger prove-frontier prove-texts lock clean prove-crash prove-crawl-crash prove-schedule prove-audit bench-audit bench-crawl bench-recrawl bench-rights bench-extract prove-fuzz

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(VENV)/.installed ## make .venv: the program in place, its extras, and the development tools
	@echo "setup: $(BIN)/archiver"

demo: .venv-demo/.installed ## run the demonstration, in an environment of its own with the core dependencies only
	@.venv-demo/bin/archiver demo $(ARGS)

test: $(VENV)/.installed ## run the tests
	@$(BIN)/pytest -q -n $(WORKERS) $(ARGS)

coverage: $(VENV)/.installed ## run the tests with branch coverage and hold each package to its floor
	@$(BIN)/pytest -q -n $(WORKERS) --cov --cov-report=json:.coverage.json --cov-report=term:skip-covered $(ARGS)
	@$(BIN)/python infra/coverage_floor.py .coverage.json

check: $(CHECKS) ## run every check below (`make -k check` does not stop at the first that fails)

check-lint: $(VENV)/.installed ## ruff check
	$(BIN)/ruff check .

check-format: $(VENV)/.installed ## ruff format, changing nothing
	$(BIN)/ruff format --check .

check-types: $(VENV)/.installed ## mypy --strict
	$(BIN)/mypy --strict --explicit-package-bases archiver bench manifests infra tests

check-layers: $(VENV)/.installed ## the order of the layers in .importlinter
	$(BIN)/lint-imports

check-spelling: $(VENV)/.installed ## codespell
	$(BIN)/codespell

check-licenses: $(VENV)/.installed ## no copyleft and no unknown licence among the dependencies
	$(BIN)/python infra/licenses.py

fmt: $(VENV)/.installed ## let ruff mend and format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

prove-crash: $(VENV)/.installed ## prove that crashes lose nothing; in pieces of ARGS=--minutes=18, resumed by the same command
	@$(BIN)/python -m infra.prove_crash $(ARGS)

prove-crawl-crash: $(VENV)/.installed ## prove that kills lose and double nothing of a crawl; in pieces of ARGS=--minutes=18, resumed likewise
	@$(BIN)/python -m infra.prove_crawl_crash $(ARGS)

prove-schedule: $(VENV)/.installed ## prove that a daily job runs once on every wall-clock day of ten years in twenty zones; in pieces of ARGS=--minutes=18
	@$(BIN)/python -m infra.prove_schedule $(ARGS)

prove-audit: $(VENV)/.installed ## prove that a deep audit finds a thousand damages of forty kinds, and no false ones; in pieces of ARGS=--minutes=18, resumed likewise
	@$(BIN)/python -m infra.prove_audit $(ARGS)

schemas: $(VENV)/.installed ## write manifests/schemas anew from the models
	@$(BIN)/python infra/schemas.py

prove-catalog: $(VENV)/.installed ## fill a catalog with a million captures and note its size and speed (ARGS="--rows N")
	@$(BIN)/python infra/prove_catalog.py $(ARGS)

prove-frontier: $(VENV)/.installed ## measure the frontier with 1, 3 and 10 million URLs; in pieces of ARGS=--minutes=18, resumed by the same command
	@$(BIN)/python -m infra.prove_frontier $(ARGS)

prove-ledger: $(VENV)/.installed ## measure the ledger with 10,000, 100,000 and a million leaves; in pieces of ARGS=--minutes=18, resumed likewise
	@$(BIN)/python -m infra.prove_ledger $(ARGS)

prove-texts: $(VENV)/.installed ## measure similar texts and passages among 100,000 and a million; in pieces of ARGS=--minutes=18, resumed likewise
	@$(BIN)/python -m infra.prove_texts $(ARGS)

bench-crawl: $(VENV)/.installed ## measure the crawler against wget on a site of 10,000 URLs (SITE_SEED=, ROUNDS=)
	@$(BIN)/python -m bench.crawl --seed $(SITE_SEED) --rounds $(ROUNDS) $(ARGS)

bench-recrawl: $(VENV)/.installed ## measure what archiving that site again writes (SITE_SEED=)
	@$(BIN)/python -m bench.recrawl --seed $(SITE_SEED) $(ARGS)

bench-rights: $(VENV)/.installed ## score what is read of rights and provenance on labelled pages (CORPUS=DIR, with score.py beside it)
	@$(BIN)/python -m bench.rights $(CORPUS) $(ARGS)

bench-audit: $(VENV)/.installed .venv-judges/.locked ## measure a deep audit beside warcio check and fastwarc check on the same WARC files (SITE_SEED=, ROUNDS=)
	@$(BIN)/python -m bench.audit --judges .venv-judges/bin --seed $(SITE_SEED) --rounds $(ROUNDS) $(ARGS)

bench-extract: $(VENV)/.installed .venv-extractors/.locked ## measure the extractor beside trafilatura and extruct on the same pages (CORPUS=, a folder with pages/)
	@$(BIN)/python -m bench.extract --theirs .venv-extractors/bin/python $(if $(CORPUS),--corpus $(CORPUS)) $(ARGS)

prove-fuzz: .venv-fuzz/.locked ## give the extractor hostile pages made by coverage (ARGS=--minutes=18); goes on from what it kept
	@.venv-fuzz/bin/python -m infra.fuzz_extract $(ARGS)

judges: .venv-judges/.locked .venv-judges-ledger/.locked ## make .venv-judges*: other people's checkers of WARC, CDXJ, replay and the ledger
	@echo "judges: .venv-judges/bin .venv-judges-ledger/bin"

lock: .venv-lock/bin/uv ## write the locks anew from pyproject.toml and infra/locks/*.in
	@compile() { .venv-lock/bin/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	  --no-emit-index-url --custom-compile-command 'make lock' $(UPGRADE) "$$@" >/dev/null; }
	compile pyproject.toml -o $(LOCKS)/core.txt
	compile pyproject.toml $(LOCKS)/build.in --extra fast --extra images --group dev -o $(LOCKS)/dev.txt
	compile pyproject.toml $(LOCKS)/fuzz.in -o $(LOCKS)/fuzz.txt
	for name in build extractors judges judges-ledger services; do compile $(LOCKS)/$$name.in -o $(LOCKS)/$$name.txt; done

clean: ## remove environments, caches and builds; archives are left alone
	@[ ! -f .services/pid ] || infra/ci-services.sh stop
	rm -rf .venv .venv-demo .venv-extractors .venv-fuzz .venv-judges .venv-judges-ledger .venv-build .venv-lock .venv-services .services .bench
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage* htmlcov dist build
	find archiver bench manifests infra tests -name __pycache__ -type d -prune -exec rm -rf {} +

# --- environments -------------------------------------------------------------------------------------------------

# $(call locked,LOCK): the environment of the target's folder, made anew with exactly what the lock names.
define locked
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "python 3.11 or newer is needed: set PYTHON=")'
	echo "$(@D): installing $$(grep -c '^[a-z0-9].*==' $(1)) pinned packages ($(1))"
	"$(PYTHON)" -m venv --clear $(@D)
	$(@D)/bin/python $(PIP_INSTALL) --require-hashes -r $(1)
	touch $@
endef

# The project itself, in place and with its console script. The wheel is built by the locked hatchling beside, so pip
# never fetches a build backend, and the environment of the demonstration holds nothing that a user's would not.
define installed
	@$(@D)/bin/python $(PIP_INSTALL) --no-deps --no-index --force-reinstall .venv-build/editable/*.whl
	touch $@
endef

$(VENV)/.locked: $(LOCKS)/dev.txt
	$(call locked,$<)

.venv-demo/.locked: $(LOCKS)/core.txt
	$(call locked,$<)

.venv-judges/.locked .venv-judges-ledger/.locked .venv-build/.locked .venv-extractors/.locked .venv-fuzz/.locked .venv-services/.locked: .venv-%/.locked: $(LOCKS)/%.txt
	$(call locked,$<)

.venv-build/editable/.built: .venv-build/.locked pyproject.toml
	@rm -rf $(@D)
	HATCH_QUIET=1 .venv-build/bin/python -m hatchling build -t wheel:editable -d $(@D) >/dev/null
	touch $@

$(VENV)/.installed: $(VENV)/.locked .venv-build/editable/.built
	$(installed)

.venv-demo/.installed: .venv-demo/.locked .venv-build/editable/.built
	$(installed)

.venv-lock/bin/uv: Makefile
	@"$(PYTHON)" -m venv --clear .venv-lock
	.venv-lock/bin/python $(PIP_INSTALL) uv==$(UV_VERSION)
	touch $@
