# make new DEST=../my-service    copier-slim copy: a new project, or one that is there; DEFAULTS=1 asks nothing
# make test                      all tests but the long matrix; those on containers where a Docker Engine answers
# make test-all                  every base and agent with every framework and server, every package, too
# make checkers                  Checkov and Renovate's validator, without which their tests are skipped
# make lint                      ruff and mypy
# make lock                      requirements*.txt from requirements*.in; UPGRADE=1 takes the newest versions
# make answers                   keeps the answers that a new release records, for the tests of updates; see docs/questions.md
# make site                      the documentation and the configurator, into build/site; needs npm
# make site-test                 what only a browser shows: the configurator, axe; needs chromium
# make bench                     measures the images against the usual designs, into bench/results.md

PYTHON ?= python3
BIN := .venv/bin

.PHONY: help new test test-all checkers lint lock answers bench site site-test
help:
	@sed -n 's/^# make/make/p' Makefile

new: .venv/.new
	@[ -n "$(DEST)" ] || { echo 'make new: say where, as in: make new DEST=../my-service' >&2; exit 2; }
	PYTHONPATH=hooks $(BIN)/python -m copier_slim copy $(if $(DEFAULTS),--defaults) "$(DEST)"

test: .venv/.dev
	$(BIN)/pytest --numprocesses 2 --dist loadgroup

test-all: .venv/.dev .venv/.checkers
	$(BIN)/pytest --numprocesses 2 --dist loadgroup -m "not hours and not site"

checkers: .venv/.checkers

lint: .venv/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

lock: .venv/.dev
	for name in requirements requirements-dev requirements-site; do \
	  CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	    --no-emit-options $(if $(UPGRADE),--upgrade) --output-file $$name.txt $$name.in || exit; \
	done

answers: .venv/.dev
	$(BIN)/pytest --quiet --update-golden tests/update/test_answers.py -m "" -k "what_is_kept"
	$(BIN)/pytest --quiet --update-golden tests/update/test_answers.py

bench: .venv/.dev
	$(BIN)/python -m bench

site: build/.site
	PYTHONPATH=.:hooks build/venv/bin/mkdocs build --strict

site-test: site
	build/venv/bin/pytest -m site tests/site

.venv/.new: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or later is needed: make PYTHON=python3.13 …' >&2; exit 4; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	@touch $@

.venv/.dev: .venv/.new requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.txt
	@touch $@

# Apart from the rest: hundreds of packages, in versions of their own
.venv/.checkers: .venv/.dev
	$(PYTHON) -m venv .venv/checkers
	.venv/checkers/bin/pip install --quiet --disable-pip-version-check checkov==3.3.30
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix .venv/checkers renovate@44.121.2
	@touch $@

# Apart from the rest, for MkDocs comes with much
build/.site: requirements-site.txt website/wheels.txt website/package-lock.json
	$(PYTHON) -m venv build/venv
	build/venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-site.txt
	build/venv/bin/pip download --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
	  --platform pyemscripten_2026_0_wasm32 --python-version 3.14 --implementation cp --abi cp314 \
	  --requirement website/wheels.txt --dest build/wheels
	mkdir -p build/npm && cp website/package.json website/package-lock.json build/npm/
	npm ci --silent --no-audit --no-fund --ignore-scripts --prefix build/npm
	@touch $@
