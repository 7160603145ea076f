# make figures   install, then every figure of the embedded network, offline
# make article   download the article's own network, then every figure of it
# make test      lint, types and every test
# make test-slurm         the pipeline on a Slurm that the tests start here: as root, where slurm-wlm and munge are installed
# make test-slurm-smoke   the one short run of it
# make docs      the documentation site, in build/docs
# make campaign  disturb runs (kills, full disks, clocks, ...) and compare with an undisturbed one; then read
#                50,000 inputs that are made to do harm
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
SLURM_INSTALLED := $(VENV)/.installed-slurm
DOCS_INSTALLED := $(VENV)/.installed-docs

# Real weights, photographs and published numbers, where they lie beside the project.
BESIDE := $(wildcard ../shared)
ifneq ($(BESIDE),)
export HIGHLOW_WEIGHTS ?= $(abspath $(BESIDE)/weights)
export HIGHLOW_IMAGES ?= $(abspath $(BESIDE)/images)
export HIGHLOW_REFERENCE ?= $(abspath $(BESIDE)/reference)
endif

# Whole runs of the pipeline first: the many short tests then fill both workers to the end.
TESTS := tests/workflow tests/unit tests/fuzz tests/browser

.PHONY: figures article test test-slurm test-slurm-smoke campaign docs lint clean

figures: $(INSTALLED)
	$(BIN)/snakemake all

article: $(INSTALLED)
	$(BIN)/python scripts/download_weights.py --network inceptionv1
	$(BIN)/snakemake all --configfile config/article.yaml

test: lint
	$(BIN)/pytest --numprocesses 2 --dist loadscope --no-loadscope-reorder --durations 15 $(TESTS)

test-slurm: $(SLURM_INSTALLED)
	$(BIN)/pytest --durations 10 tests/slurm

test-slurm-smoke: $(SLURM_INSTALLED)
	$(BIN)/pytest --durations 5 tests/slurm/test_smoke.py

# Small disks need root, a changed clock Debian's faketime, a slow disk its strace: kinds that cannot be tried are named.
campaign: $(INSTALLED)
	$(BIN)/python -m tests.campaign
	$(BIN)/python -m tests.fuzz --inputs 50000 --seed 1 --save build/fuzz_crashes

# Strict: a warning, such as a link that leads nowhere, is an error.
docs: $(DOCS_INSTALLED)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --site-dir build/docs

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/snakemake --lint

clean:
	rm -rf results/*/ .snakemake

# One resolution for everything, so that no later package replaces PyTorch.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

# The extra `slurm`, in the versions of constraints.txt, without building this project again.
$(SLURM_INSTALLED): $(INSTALLED)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		snakemake-executor-plugin-slurm snakemake-executor-plugin-slurm-jobstep
	touch $@

# The extra `docs`, likewise.
$(DOCS_INSTALLED): $(INSTALLED)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		mkdocs mkdocs-material mkdocstrings mkdocstrings-python
	touch $@
