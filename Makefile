# What a Nonlinearity Buys. `make book` builds and prints the page to open; `make test` runs every check.
# Each target makes the part of .venv that it needs; after `make env` no target needs the network
# except lock, vendor and env itself.
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PIP := $(PY) -m pip install --quiet
WINGS := foundations separation gram capacity condensation synthesis
PORT ?= 8000
export JUPYTER_PLATFORM_DIRS := 1
# matplotlib's list of fonts lies with the environment that made it; a stale one of another
# environment makes cells print to stderr.
export MPLCONFIGDIR := $(CURDIR)/$(VENV)/matplotlib
# A progress bar on a slow machine would be output that no notebook has.
export TQDM_DISABLE := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help env book serve test lint check notebooks claims results status readme address \
        assignments grade bench lock vendor clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

# --- the environment, in the three layers that pip installs ---
$(PY): | tools/environment.sh
	@tools/environment.sh $(VENV)

$(VENV)/.book: requirements.txt pyproject.toml | $(PY)
	@echo "Installing the book's environment into $(VENV) (a few minutes the first time)"
	@$(PIP) -r requirements.txt
	@$(PIP) --no-deps -e .
	@$(PY) -c "import matplotlib.font_manager"
	@touch $@

$(VENV)/.grading: requirements-grading.txt $(VENV)/.book
	@echo "Installing the grading tools into $(VENV)"
	@$(PIP) -r requirements-grading.txt
	@touch $@

$(VENV)/.test: requirements-test.txt $(VENV)/.book
	@echo "Installing the test tools into $(VENV)"
	@$(PIP) -r requirements-test.txt
	@touch $@

env: $(VENV)/.book $(VENV)/.test $(VENV)/.grading ## make the whole environment in .venv

# --- for readers ---
book: $(VENV)/.book ## execute and build the book, print the page to open
	@$(PY) tools/build_book.py

serve: ## serve the built book on this machine: make serve PORT=8000
	@test -f _build/html/index.html || { echo "No built book yet: run make book first." >&2; exit 1; }
	@echo "Open http://127.0.0.1:$(PORT)/ (stop with Ctrl-C)"
	@$(PY) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

# --- for authors ---
# Unit tests, doctests and notebooks in one run; what lies in fixtures/ is there to be wrong. The
# site that some of them need is built meanwhile; a test that comes too early waits for it.
# Files side by side, the cells of a notebook one after the other.
WORKERS ?= 2
PYTEST = $(PY) -m pytest -n $(WORKERS) --dist loadfile --nbval --doctest-modules \
         --ignore-glob='*/fixtures' --ignore-glob='*/conftest.py' --ignore=book/_ext

test: env ## every check: style, types, units, claims, notebooks, site, assignments
	@$(MAKE) --no-print-directory lint
	@$(PY) tests/book/site_once.py >/dev/null 2>&1 & $(PYTEST) ntklib tests book

lint: $(VENV)/.test ## style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

WING_CHECKS = $(wildcard tests/$(WING) tests/test_$(WING)*.py tests/*/test_$(WING)*.py \
                         ntklib/$(WING).py ntklib/$(WING) book/$(WING)/*.ipynb)
check: $(VENV)/.test ## the quick loop for one wing: make check WING=separation
	@$(if $(filter $(WING),$(WINGS)),,{ echo "Name a wing: make check WING=... (one of: $(WINGS))" >&2; exit 2; })
	@$(if $(WING_CHECKS),,{ echo "Nothing to check in $(WING) yet." >&2; exit 2; })
	@$(BIN)/ruff check . && $(BIN)/mypy
	@$(PY) tools/notebooks.py --check
	@$(PYTEST) tests/test_arrows.py $(WING_CHECKS)

notebooks: $(VENV)/.book ## regenerate the notebooks whose chapter changed
	@$(PY) tools/notebooks.py

claims: $(VENV)/.book ## measure every claim, write book/results/claims.json
	@$(PY) -m ntklib.claims book/results/claims.json

status: $(VENV)/.book ## measure time and memory of every page
	@$(PY) tools/status.py

# The long runs first, since claims read them; those whose code has not changed are not run again.
results: $(VENV)/.book ## recompute every stored result
	@env -u TQDM_DISABLE $(PY) tools/results.py
	@$(MAKE) --no-print-directory claims status

readme: $(VENV)/.book ## redraw the picture of the README
	@$(PY) tools/readme_figure.py

address: $(VENV)/.book ## write the repository's address from _config.yml wherever it is shown
	@$(PY) tools/address.py

bench: $(VENV)/.book ## measure kernels, small eigenvalues, capacities and training against slower ways
	@$(PY) benchmarks/empirical_ntk.py
	@$(PY) benchmarks/gram_eigenvalues.py
	@$(PY) benchmarks/capacity.py
	@$(PY) benchmarks/condensation.py

# --- for instructors ---
assignments: $(VENV)/.grading ## write the student versions
	@$(PY) tools/assignments.py build

grade: $(VENV)/.grading ## grade a folder of hand-ins: make grade SUBMISSIONS=dir
	@$(if $(SUBMISSIONS),,{ echo "Name the folder of hand-ins: make grade SUBMISSIONS=dir" >&2; exit 2; })
	@$(PY) tools/assignments.py grade "$(SUBMISSIONS)"

# --- for maintainers (these need the network) ---
COMPILE = $(BIN)/uv pip compile --universal --python-version 3.11 --no-emit-index-url --no-header --quiet
lock: $(VENV)/.book ## recompile the pinned requirements, keeping pins that still fit
	@$(PIP) uv
	@for name in requirements requirements-test requirements-grading; do \
	    echo "$$name.in -> $$name.txt"; $(COMPILE) $$name.in -o $$name.txt || exit 1; done

vendor: $(VENV)/.book ## fetch the vendored web assets again
	@$(PY) tools/vendor.py

clean: ## remove built pages and caches, keep .venv
	rm -rf _build .pytest_cache .hypothesis .mypy_cache .ruff_cache .cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
