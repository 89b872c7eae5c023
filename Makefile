# Everything starts from a fresh clone with Python 3.11, git and make. `make help` lists the targets.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.core
READY := $(VENV)/.installed
WORKERS ?= 2
SITE ?=

# The demo's options: make demo DATA=yacht LAM=0.03 WIDTH=30 SEED=1
DATA ?= concrete
LAM ?= 0.03
WIDTH ?= 50
SEED ?= 0

# Workers of make evidence, and the address of a Dask scheduler if there is one; TABLE=objective for one of its tables
JOBS ?= 2
DASK ?=
TABLE ?=

# Figures without a screen; tools/notebooks.py takes it back for its kernels, which show theirs in the page
export MPLBACKEND ?= Agg

# Two stamps on one environment: the package alone, for the demo; and all that notebooks, tests and pages need.
.PHONY: help setup demo test test-sync test-notebooks test-generated test-site test-slow test-machines lint typecheck docs docs-quarto docs-serve docs-check readme export bench evidence clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / - /'

setup: $(READY) ## make .venv and install the package with all its pinned dependencies

$(CORE): settings.ini setup.py constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt setuptools wheel
	$(BIN)/python -m pip install --quiet --no-build-isolation --constraint constraints.txt --editable '.[data]'
	@touch $(CORE)

$(READY): settings.ini setup.py constraints.txt
	@$(MAKE) --no-print-directory $(CORE)
	$(BIN)/python -m pip install --quiet --no-build-isolation --constraint constraints.txt --editable '.[dev,experiments]'
	@touch $(READY)

demo: $(CORE) ## train on real data, post-process, print before and after, save the figure
	$(BIN)/python -c 'from lipcvx.evidence.demo import main; main()' --data $(DATA) --lam $(LAM) --width $(WIDTH) --seed $(SEED)

test: test-sync lint typecheck docs-check test-notebooks test-generated test-site ## everything that must pass before a change lands

test-sync: $(READY) # notebooks and modules say the same
	$(BIN)/python tools/sync.py

test-notebooks: $(READY) # every notebook runs from top to bottom and prints what is committed
	OMP_NUM_THREADS=1 $(BIN)/python tools/notebooks.py --workers $(WORKERS)

test-generated: $(READY) # the generated pytest modules
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --ignore=lipcvx/tests/test_site.py

test-site: $(READY) # every page in a browser; one worker, which builds the site once; SITE=_docs tests what is built already
	OMP_NUM_THREADS=1 LIPCVX_SITE=$(SITE) $(BIN)/python -m pytest lipcvx/tests/test_site.py

test-slow: $(READY) ## the slow notebook cells and slow tests
	OMP_NUM_THREADS=1 $(BIN)/python tools/notebooks.py --slow --workers 1
	$(BIN)/python -m pytest -m slow --timeout 3600

test-machines: $(READY) ## notebooks and tests as on other processors; half an hour, resumes
	$(BIN)/python tools/machines.py --workers $(WORKERS)

lint: $(READY) ## style
	$(BIN)/ruff check lipcvx tools setup.py
	$(BIN)/ruff check --select E501 nbs

typecheck: $(READY) ## the types that users see
	$(BIN)/python -m mypy

docs: $(READY) ## build the documentation site, the one that is published
	OMP_NUM_THREADS=1 $(BIN)/python tools/docs/build.py

docs-quarto: $(READY) ## the same pages with Quarto, which must be on PATH
	OMP_NUM_THREADS=1 $(BIN)/python tools/docs/build.py --quarto --out _docs_quarto

docs-serve: ## show the site on this machine
	@test -d _docs || $(MAKE) docs
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _docs 3000

docs-check: $(READY) # what Quarto would reject
	$(BIN)/python tools/docs/check.py

readme: $(READY) ## README.md from nbs/index.ipynb
	$(BIN)/python tools/readme.py

export: $(READY) ## modules from notebooks, then README.md
	$(BIN)/nbdev-export
	$(BIN)/nbdev-clean
	$(BIN)/python tools/readme.py

bench: $(READY) ## time, accuracy and memory of the solvers and of passes over rows; writes results/bench.csv and rows.csv, resumes
	$(BIN)/python tools/bench.py
	$(BIN)/python tools/rows.py

evidence: $(READY) ## the tables of the evidence pages; hours, resumes; TABLE=objective for one, JOBS=4, or DASK=tcp://scheduler:8786
	OMP_NUM_THREADS=1 $(BIN)/python tools/evidence $(TABLE) --jobs $(JOBS) $(if $(DASK),--address $(DASK))

clean: ## remove what can be made again
	rm -rf $(VENV) build dist _docs _docs_quarto _proc demo_output .pytest_cache .ruff_cache .hypothesis *.egg-info
