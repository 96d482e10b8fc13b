# Sunpoint. `make help` lists what there is; everything but that sets itself up first.
PYTHON ?= python3
ASSETS := $(or $(SUNPOINT_ASSETS),.assets)
VENV   := .venv
PY     := $(VENV)/bin/python
CODE   := kiosk sync devices county provisioning tests
# The tests wait for other programs half of their time: one more worker than there are cores.
WORKERS := $(shell expr $$(nproc) + 1)
# What hypothesis and the seeded tests draw from; printed first, so that `make test SEED=...` repeats a run.
ifndef SEED
SEED   := $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')
endif

export PIP_DISABLE_PIP_VERSION_CHECK := 1
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: system-run $(VENV)/.run $(ASSETS)/fonts/.made $(ASSETS)/kivy/.made $(ASSETS)/locale/.made ## Install what running needs: system packages, Python packages, fonts, translations

.PHONY: setup-test
setup-test: system-test setup $(VENV)/.dev $(VENV)/.judges ## The same, and what the tour, the tests and lint need

.PHONY: run
run: setup ## Start gateway, county, simulators and the kiosk in a window (without a display: the tour)
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then $(PY) -m provisioning run; \
	else echo "There is no display here, so this is the tour instead."; $(MAKE) --no-print-directory tour; fi

.PHONY: tour
tour: setup-test ## Walk the main job through the real window under Xvfb; pictures to build/tour/
	@$(PY) -m tests.tour
	@echo "Pictures, the county's pages and the printed receipt: build/tour/index.html"

.PHONY: test
test: setup-test ## Run all tests, or those of TESTS=tests/sync
	@echo "seed $(SEED) (repeat with: make test SEED=$(SEED))"
	@SUNPOINT_SEED=$(SEED) $(PY) -m pytest --hypothesis-seed=$(SEED) $(or $(TESTS),--numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder)

.PHONY: coverage
coverage: setup-test ## Run all tests and count what they run of the code: it only rises (twice the time of the tests)
	@SUNPOINT_SEED=$(SEED) $(PY) -m pytest --hypothesis-seed=$(SEED) --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder --cov

.PHONY: lint
lint: setup-test ## Check style, types, imports, texts and sizes
	@failed=; check() { name=$$1; shift; echo "lint: $$name"; "$$@" || failed="$$failed $$name"; }; \
	check style   $(PY) -m ruff check --quiet --output-format concise $(CODE); \
	check format  $(PY) -m ruff format --quiet --check --output-format concise $(CODE); \
	check types   $(PY) -m mypy $(CODE); \
	check imports $(VENV)/bin/lint-imports --no-logo; \
	check own     $(PY) -m tests.lint; \
	[ -z "$$failed" ] || { echo "lint: not clean:$$failed"; exit 1; }

.PHONY: setup-bench
setup-bench: system-bench setup-test build/bench/peers/.made build/bench/python/.made ## The same, and the peers that the pipe is measured beside

.PHONY: setup-judges
setup-judges: system-judges setup $(VENV)/.dev build/judges/python/.made build/judges/emupos/.made build/judges/receiptline/.made ## What running needs, and other people's programs that read what we print

.PHONY: judges
judges: setup-judges ## Let other people's programs read what we print; pictures to build/judges/seen/
	@$(PY) -m pytest -o python_files='judge_*.py' -p no:cacheprovider tests/devices/judging

.PHONY: bench
bench: setup-bench ## Measure speed and memory, beside peers; one JSON line a figure to build/bench.jsonl
	@$(PY) -m tests.bench $(if $(ONLY),--only $(ONLY))

.PHONY: campaign
campaign: setup-test ## Try to lose, double or forge a record, with many seeds (hours; goes on where it ended)
	@$(PY) -m tests.campaign $(CAMPAIGN)

.PHONY: docs
docs: setup-test ## Draw the diagrams in docs/ from the tables they show
	@$(PY) -m tests.diagram

.PHONY: lock
lock: $(VENV)/.dev ## Resolve the dependencies of pyproject.toml anew into requirements/
	@for set in "run pyproject.toml" "dev --extra dev -c requirements/run.txt pyproject.toml" "judges requirements/judges.in" "bench requirements/bench.in"; do \
	  set -- $$set; name=$$1; shift; \
	  echo "locking requirements/$$name.txt"; \
	  CUSTOM_COMPILE_COMMAND="make lock" $(VENV)/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	    --output-file requirements/$$name.txt "$$@" || exit 1; done
	@echo "locking requirements/emupos.txt"
	@$(PY) tests/judges/locked.py requirements/emupos.in > requirements/emupos.new && mv requirements/emupos.new requirements/emupos.txt

.PHONY: clean
clean: ## Remove what running and testing made (set-up and the demonstration's state/ stay)
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find $(CODE) -name __pycache__ -prune -exec rm -rf {} +

.PHONY: system-run system-test system-bench system-judges
system-run:
	@$(PYTHON) -c 'import sys; sys.exit("set-up: Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m provisioning.setup.system run
system-test:
	@$(PYTHON) -m provisioning.setup.system run test
system-bench:
	@$(PYTHON) -m provisioning.setup.system run test bench $$(command -v npm >/dev/null || echo node)

system-judges:
	@$(PYTHON) -m provisioning.setup.system run judges $$(command -v npm >/dev/null || echo node)

$(VENV)/.run: requirements/run.txt
	@echo "set-up: Python packages"
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install -qq --require-hashes -r $<
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "set-up: Python packages for tests and lint"
	@$(PY) -m pip install -qq --require-hashes -r $<
	@touch $@

$(VENV)/.judges: requirements/judges.txt $(VENV)/.dev
	@echo "set-up: judges, in an environment of their own"
	@test -x $(VENV)/judges/bin/python || $(PYTHON) -m venv $(VENV)/judges
	@$(VENV)/judges/bin/python -m pip install -qq --require-hashes -r $<
	@touch $@

# Peers are never shipped, so they live beside the results.
build/bench/peers/.made: tests/bench/peers/package-lock.json | system-bench
	@echo "set-up: peers that run on Node.js"
	@mkdir -p $(@D)
	@cp tests/bench/peers/package.json tests/bench/peers/package-lock.json $(@D)/
	@cd $(@D) && npm ci --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

build/bench/python/.made: requirements/bench.txt $(VENV)/.run
	@echo "set-up: peers from Python packages, in an environment of their own"
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install -qq --require-hashes -r $<
	@touch $@

# Judges of what we print, below build/ because they are large. emupos needs Python 3.13 and is called through it.
build/judges/python/.made: tests/judges/newer_python.py | system-judges
	@echo "set-up: Python 3.13, for a judge"
	@$(PYTHON) $< $(@D)
	@touch $@

build/judges/emupos/.made: requirements/emupos.txt $(VENV)/.run
	@echo "set-up: a printer by other people"
	@$(PY) -m pip install -qq --upgrade --require-hashes --no-deps --target $(@D) $$($(PYTHON) tests/judges/locked.py --target) -r $<
	@touch $@

build/judges/receiptline/.made: tests/judges/receiptline/package-lock.json tests/judges/receiptline/encode.js | system-judges
	@echo "set-up: an encoder by other people"
	@mkdir -p $(@D)
	@cp tests/judges/receiptline/package.json tests/judges/receiptline/package-lock.json tests/judges/receiptline/encode.js $(@D)/
	@cd $(@D) && npm ci --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

$(ASSETS)/fonts/.made: provisioning/setup/fonts.py | system-run $(VENV)/.run
	@echo "set-up: fonts"
	@$(PY) -m provisioning.setup.fonts --out $(@D)
	@touch $@

$(ASSETS)/kivy/.made: provisioning/setup/kivy_data.py $(VENV)/.run
	@echo "set-up: Kivy's data"
	@$(PY) -m provisioning.setup.kivy_data --out $(@D)
	@touch $@

$(ASSETS)/locale/.made: provisioning/setup/translations.py $(wildcard kiosk/i18n/*/*.po) | $(VENV)/.run
	@echo "set-up: translations"
	@mkdir -p $(@D)
	@$(PY) -m provisioning.setup.translations --sources kiosk/i18n --out $(@D)
	@touch $@
