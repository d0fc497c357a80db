# Everything a newcomer runs. Set-up reruns by itself when the lock file changes, so no target needs to be remembered first.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
LOCK = $(VENV)/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header
VISITS ?= 300
TESTS ?=
CONTAINERS ?= tests/containers
SEED ?= 1
STORE ?= all
BROKERS ?= all
FAULTS ?= 27
SABOTAGE ?=
MINUTES ?= 1
REGISTRATIONS ?= 10000
OUTAGE ?= 60
SOURCES := $(wildcard deploy services shared tests benches)
NODE := tests/asyncapi
# Suites that start no platform share the cores; those that do need them all, one test at a time.
PURE := $(addprefix tests/,architecture contracts deciders laws simulation)
PLATFORMS := $(addprefix tests/,faults integration telemetry journeys)

.PHONY: help setup jars test test-containers engine images simulate lint format docs demo faults faults-controls bench numbers outage soak lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F'\t' '{printf "  make %-15s %s\n", $$1, $$2}'

setup: $(VENV)/.locked jars ## make the virtual environment and fetch Kafka's jars

$(VENV)/.locked: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; name one with PYTHON=...")'
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

jars: $(VENV)/.locked
	@$(RUN) -m deploy.local.jars

$(NODE)/node_modules/.locked: $(NODE)/package.json $(NODE)/package-lock.json
	cd $(NODE) && npm ci --silent
	touch $@

test: setup $(NODE)/node_modules/.locked ## run every suite but tests/containers (TESTS=tests/integration for one)
ifdef TESTS
	$(RUN) -m pytest $(TESTS) -m "not containers"
else
	$(RUN) -m pytest $(PURE) --numprocesses logical --maxprocesses 4 --dist loadfile
	$(RUN) -m pytest $(PLATFORMS)
endif

test-containers: images ## run the built images: a visit from outside, faults, another version (an engine must answer; CONTAINERS=FILE for one)
	$(RUN) -m pytest $(CONTAINERS)

engine: ## a container engine that answers: Debian's is installed and started if none does (root)
	deploy/images/engine.sh

images: setup ## build onecard:local and onecard-kafka:local, and what stands in for others in tests
	@docker info >/dev/null 2>&1 || { echo "no container engine answers; start yours, or: make engine" >&2; exit 1; }
	deploy/images/build.sh onecard kafka secantus prometheus

simulate: $(VENV)/.locked ## live through seeded cities with every fault (MINUTES=20, or SEEDS=3000)
	$(RUN) -m tests.simulation $(if $(SEEDS),--seeds $(SEEDS),--minutes $(MINUTES))

lint: $(VENV)/.locked ## style, types and who may import what
	$(VENV)/bin/ruff check $(SOURCES)
	$(VENV)/bin/ruff format --check $(SOURCES)
	$(VENV)/bin/mypy --strict $(SOURCES)
	$(VENV)/bin/lint-imports
	$(RUN) -m pytest -q tests/architecture/test_architecture.py

format: $(VENV)/.locked ## write the house style into the files
	$(VENV)/bin/ruff check --fix $(SOURCES)
	$(VENV)/bin/ruff format $(SOURCES)

docs: $(VENV)/.locked ## freeze new types, and write what the code says about itself into docs/ and deploy/compose
	$(RUN) -m shared.events.schemas --write
	$(RUN) -m deploy.docs

demo: setup ## a city of invented residents and their visits (VISITS=300, TRACES=1 for Zipkin, SECURED=1 with users and TLS, BY_PORT=1 settled by the insurer)
	$(RUN) -m deploy.cli demo --visits $(VISITS) $(if $(TRACES),--traces) $(if $(SECURED),--secured) $(if $(BY_PORT),--by-port)

faults: setup ## rehearse the worst day (SEED=1, STORE=sqlite|mongodb, BROKERS=1|3, FAULTS=27; SABOTAGE=name must turn it red)
	$(RUN) -m tests.faults --seed $(SEED) --store $(STORE) --brokers $(BROKERS) --faults $(FAULTS) --sabotage "$(SABOTAGE)"

faults-controls: setup ## take each protection away, one after the other: what must show it must turn red
	$(RUN) -m tests.faults controls --seed $(SEED)

bench: setup ## measure against the bare broker and store
	$(RUN) -m benches

numbers: setup ## ten thousand registrations at once, doubled and killed midway (REGISTRATIONS=10000)
	ONECARD_REGISTRATIONS=$(REGISTRATIONS) $(RUN) -m pytest tests/integration/test_numbers.py

outage: setup ## broker and store away, mute or full for a minute, then nothing is lost (OUTAGE=60 seconds)
	ONECARD_OUTAGE_SECONDS=$(OUTAGE) $(RUN) -m pytest tests/integration/test_outage.py

soak: setup ## memory of every process under half load (MINUTES=20)
	$(RUN) -m benches.soak --minutes $(MINUTES)

lock: $(VENV)/.locked ## pin every dependency again, with hashes (UPGRADE=1 for newer versions)
	$(LOCK) $(if $(UPGRADE),--upgrade) requirements-dev.in -o requirements-dev.txt
	$(LOCK) --constraint requirements-dev.txt requirements.in -o requirements.txt

clean: ## remove the virtual environment, the caches and all local data
	rm -rf $(VENV) .onecard .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache $(NODE)/node_modules
