# `make demo` and `make test` start from nothing but Python 3.11 to 3.13, git and make.

PYTHON ?= python3
BIN := .venv/bin
OUT := build/demo
SPEC := specs/inception_v3.yaml
PYTEST_ARGS ?=
# One worker for each core; files stay whole, and the long ones come first. A worker that dies
# ends the run: what it had left would never be handed out again.
PARALLEL := -n auto --dist loadfile --no-loadscope-reorder --max-worker-restart 0
SECONDS ?= 60

.PHONY: help demo test test-all test-quick lint format fuzz schema docs gallery clean

help:
	@echo 'make demo    install, then check, cost, draw, build and time Inception V3'
	@echo 'make test    install what the tests need, and run them'
	@echo 'make test-all    the same for more networks, sizes and processes (tests/wide.txt)'
	@echo 'make test-quick  run the unit tests alone: no process, no framework'
	@echo 'make lint    ruff, mypy and the order of rooms'
	@echo 'make fuzz    try random specs, command lines, side files, weights and models, each for SECONDS=60'
	@echo 'make schema  write the JSON Schemas of specs, recipes and sweeps anew'
	@echo 'make docs    write the generated pages and the outputs that the pages show anew'
	@echo 'make gallery write docs/gallery.md and its pictures anew'
	@echo 'make clean   remove .venv and build'

demo: .venv/installed-tensorflow
	@mkdir -p $(OUT)
	@echo '--- 1/5  check'
	$(BIN)/specbuild check $(SPEC)
	@echo '--- 2/5  summary'
	$(BIN)/specbuild summary $(SPEC)
	@echo '--- 3/5  diagram'
	$(BIN)/specbuild render $(SPEC) -o $(OUT)/inception_v3.svg
	@echo '--- 4/5  TensorFlow model'
	$(BIN)/specbuild build $(SPEC) -o $(OUT)/inception_v3.keras
	@echo '--- 5/5  benchmark (short: 10 steps of 8 images)'
	$(BIN)/specbuild bench $(SPEC) --batch 8 --steps 10 --burn-in 2
	@echo '--- done: see $(OUT)'

test: .venv/installed-test
	$(BIN)/python -m pytest -m 'not wide' $(PARALLEL) $(PYTEST_ARGS)

test-all: .venv/installed-test
	$(BIN)/python -m pytest $(PARALLEL) $(PYTEST_ARGS)

test-quick: .venv/installed-test
	$(BIN)/python -m pytest tests/unit $(PARALLEL) $(PYTEST_ARGS)

lint: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/installed-test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

fuzz: .venv/installed-test
	$(BIN)/python tools/fuzz.py --seconds $(SECONDS)
	$(BIN)/python tools/fuzz.py --kind commands --seconds $(SECONDS)
	$(BIN)/python tools/fuzz.py --kind files --seconds $(SECONDS)
	$(BIN)/python tools/fuzz.py --kind weights --seconds $(SECONDS)
	$(BIN)/python tools/fuzz.py --kind models --seconds $(SECONDS)

schema: .venv/installed-tensorflow
	mkdir -p build
	$(BIN)/specbuild schema > build/spec.schema.json
	mv build/spec.schema.json inceptionspec/spec.schema.json
	$(BIN)/specbuild schema --recipe > build/recipe.schema.json
	mv build/recipe.schema.json inceptionspec/recipe.schema.json
	$(BIN)/specbuild schema --sweep > build/sweep.schema.json
	mv build/sweep.schema.json inceptionspec/sweep.schema.json

docs: .venv/installed-test
	$(BIN)/python tools/make_docs.py
	$(BIN)/python tools/make_pictures.py
	$(BIN)/python tools/fill_outputs.py

gallery: .venv/installed-test
	$(BIN)/python tools/make_gallery.py

clean:
	rm -rf .venv build

.venv/created:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo 'make: needs Python 3.11 to 3.13; name one: make PYTHON=python3.12' >&2; exit 1; }
	@echo 'creating .venv'
	@$(PYTHON) -m venv .venv || \
	  { echo 'make: could not create .venv; on Debian, python3-venv is missing' >&2; exit 1; }
	@touch $@

.venv/installed-%: .venv/created setup.cfg pyproject.toml
	@echo 'installing inceptionspec[$*] (the first time takes some minutes)'
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --quiet -e '.[$*]' || \
	  { echo 'make: could not install inceptionspec[$*]; see the message above.' >&2; \
	    echo 'make: the packages come from PyPI: is the network on?' >&2; exit 1; }
	@touch $@
