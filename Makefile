# All developer tasks; `make help` lists them.

PYTHON ?= python3.13
ARGS ?=
SHELL := /bin/bash
.DEFAULT_GOAL := help

# Each environment has its own lock, as the pins of the local AWS and SAM CLI conflict with the others.
ENVIRONMENTS := .venv .venv-runtime .venv-local-aws .venv-sam
STAMPS := $(ENVIRONMENTS:%=%/.installed)
# This project itself, for the command payrefresh.
OURS := .venv/.payrefresh
# Only for `make audit`.
AUDITORS := .venv-audit .venv-checkov
# SAM builds the layer in a scratch folder, where a version manager that selects `python3.13` by folder fails. So SAM's
# own environment comes first on the PATH, and neither PYTHON nor make's variables are passed on.
SAM := env -u PYTHON -u MAKEFLAGS PATH="$(CURDIR)/.venv-sam/bin:$$PATH" SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam
export MYPYPATH := layers/core:.
export PYTHONPATH := layers/core:.

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 14

.PHONY: setup
setup: ## Create the Python environments from their lock files
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' >/dev/null 2>&1 || { \
	  echo "Python 3.13 is missing: install it with 'pyenv install 3.13' or 'uv python install 3.13', or set PYTHON=/path/to/python3.13"; exit 1; }
	@$(MAKE) -s --no-print-directory -j4 $(STAMPS) $(OURS)

.venv/.installed: requirements/dev.txt
.venv-runtime/.installed: requirements/runtime.txt
.venv-local-aws/.installed: requirements/local-aws.txt
.venv-sam/.installed: requirements/sam.txt
.venv-audit/.installed: requirements/audit.txt
.venv-checkov/.installed: requirements/checkov.txt
$(STAMPS) $(AUDITORS:%=%/.installed): %/.installed:
	@echo "Installing $* from $<"
	@rm -rf $*
	@$(PYTHON) -m venv $*
	@$*/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r $<
	@touch $@

# What builds it is in the lock.
$(OURS): .venv/.installed pyproject.toml
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-index --no-build-isolation -e .
	@touch $@

.PHONY: run
run: setup ## Run a demo: local AWS, sandbox, a few hundred orders (ARGS="--help" lists options)
	@.venv/bin/python -m devstack local $(ARGS)

.PHONY: local
local: setup ## Start an empty local AWS and a sandbox to try `payrefresh setup` on; until Ctrl-C
	@.venv/bin/python -m devstack empty $(ARGS)

# Coverage is measured where it is asked for: its tracer takes all others half as long again.
MEASURED := tests/unit tests/contract tests/integration/handlers
# These mostly wait, so they run beside all others, which yield to them (`nice`): what answers within a second on a
# machine of its own must not take three. They show what they print when all is over.
WAITING := tests/end_to_end tests/operating/setup tests/integration/devstack
# Temporary files of these, where the others do not clear up at the same time.
APART := $(or $(TMPDIR),/tmp)/tests-that-wait
PYTEST := .venv/bin/pytest --dist loadscope --no-loadscope-reorder -q

.PHONY: test
test: setup ## Run all checks and tests that need no AWS account
	@$(MAKE) --no-print-directory -j2 lint typecheck
	@$(MAKE) --no-print-directory -j2 tests-that-wait tests-that-compute

.PHONY: tests-that-wait
tests-that-wait:
	@mkdir -p build $(APART)
	@PYTEST_DEBUG_TEMPROOT=$(APART) $(PYTEST) -n 3 $(WAITING) $(ARGS) > build/tests-that-wait.txt 2>&1; status=$$?; cat build/tests-that-wait.txt; exit $$status

.PHONY: tests-that-compute
tests-that-compute:
	nice $(PYTEST) -n 2 --cov --cov-report= $(MEASURED) $(ARGS)
	@echo "Branch coverage of domain, rate limit and use cases (must be 100 %):"
	@.venv/bin/coverage report --omit='*/adapters/*,*/composition/*,*ports.py' --fail-under=100
	@echo "Branch coverage of adapters and composition:"
	@.venv/bin/coverage report --include='*/adapters/*,*/composition/*' --fail-under=95
	nice $(PYTEST) -n 2 tests $(MEASURED:%=--ignore=%) $(WAITING:%=--ignore=%) $(ARGS)

.PHONY: unit
unit: setup ## Run the pure tests alone: no sockets, no processes; under a minute (ARGS="-k outbox" narrows it)
	@.venv/bin/pytest tests/unit -q $(ARGS)

SEEDS ?= 20
.PHONY: simulate
simulate: setup ## Replay the golden trace, simulate weeks of payments under faults, and check that planted bugs are found (SEEDS=200 for more runs)
	@.venv/bin/python -m tests.golden
	@.venv/bin/python -m tests.simulation --seeds $(SEEDS) $(ARGS)

.PHONY: alarms
alarms: setup ## Let ten shops live for a month in virtual time, and evaluate the alarms; ARGS=--help for options
	@.venv/bin/python -m tests.alarms $(ARGS)

.PHONY: live-setup
live-setup: setup ## Set up a shop from nothing while it takes orders for two minutes (ARGS="--seconds 600" for longer)
	@.venv/bin/python -m tests.operating.setup $(ARGS)

.PHONY: chaos
chaos: setup ## Inject faults into AWS, Commerce Layer and the functions of a running stack; 30 minutes (ARGS="kills" runs one)
	@.venv/bin/python -m tests.chaos $(ARGS)

.PHONY: bench
bench: setup ## Measure, and write docs/benchmarks and docs/performance.md; ten minutes (ARGS="drain" measures that alone)
	@.venv/bin/python -m tests.benchmarks $(ARGS)

.PHONY: pictures
pictures: setup ## Draw the pictures of the README anew, of a made-up shop
	@.venv/bin/python -m tests.operating.pictures

.PHONY: lint
lint: setup ## Check style, spelling, import layers and the template
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/lint-imports --no-logo
	.venv/bin/codespell
	.venv-sam/bin/cfn-lint template.yaml

.PHONY: typecheck
typecheck: setup ## Type-check in strict mode
	.venv/bin/mypy

.PHONY: format
format: setup ## Format and auto-fix
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

.PHONY: audit
audit: setup $(AUDITORS:%=%/.installed) ## Check the template with checkov, and all lock files for known vulnerabilities
	@.venv-checkov/bin/checkov --config-file .checkov.yaml && echo "template.yaml: passes all rules except those that .checkov.yaml skips"
	@.venv/bin/python -m tests.security.audit

.PHONY: validate
validate: setup ## Translate and lint the template with SAM CLI
	AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-us-east-1} $(SAM) validate
	AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-us-east-1} $(SAM) validate --lint

.PHONY: build
build: setup validate ## Validate the template and build the deployment
	$(SAM) build

.PHONY: stack-name
stack-name: setup
	@.venv/bin/python -m tools.stack_name $(ARGS)

.PHONY: deploy
deploy: stack-name build ## Deploy to your AWS account (asks first; ARGS="--guided" the first time)
	$(SAM) deploy $(ARGS)

.PHONY: lock
lock: setup ## Update the lock files from requirements/*.in
	@for pair in layer:layers/core/requirements.txt dev:requirements/dev.txt runtime:requirements/runtime.txt \
	  local-aws:requirements/local-aws.txt sam:requirements/sam.txt audit:requirements/audit.txt \
	  checkov:requirements/checkov.txt; do \
	  .venv/bin/uv pip compile --quiet --python-version 3.13 --universal --generate-hashes --no-header \
	    --no-emit-index-url requirements/$${pair%%:*}.in -o $${pair#*:} || exit 1; done

.PHONY: clean
clean: ## Remove build results and environments
	rm -rf $(ENVIRONMENTS) $(AUDITORS) .aws-sam build .mypy_cache .ruff_cache .pytest_cache .hypothesis
