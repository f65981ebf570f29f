# Everything runs from .venv, which the first target that needs it makes. Nothing is done twice: see the stamps.
BIN := .venv/bin
INSTALLED := .venv/.installed
FAST := not guests and not cluster and not conformance and not tools
PYTEST := $(BIN)/python -m pytest
TINY := .cache/tiny.qcow2

.DEFAULT_GOAL := help
export PYTHON
# Where an environment keeps Python from keeping what it compiled, each process that a test starts would compile anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help run install test fuzz check format cluster conformance tools guests bench constraints docs

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: $(INSTALLED) ## Serve the whole cloud on http://127.0.0.1:8788 (ARGS="--port 9000 ...")
	$(BIN)/ec2api serve $(ARGS)

install: $(INSTALLED) ## Make .venv with everything that the other targets need

$(INSTALLED): pyproject.toml constraints.txt scripts/make-venv.sh
	scripts/make-venv.sh .venv
	PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--editable '.[postgres,dev]'
	@touch $@

# Three at a time on two cores, as some only wait.
test: $(INSTALLED) ## Pass all unit and service tests (ARGS="-k word")
	$(PYTEST) -n 3 -m "$(FAST)" $(ARGS)

fuzz: $(INSTALLED) ## Send 20,000 wrong requests (EC2API_FUZZ_REQUESTS=100000, EC2API_FUZZ_SEED=7)
	EC2API_FUZZ_REQUESTS=$${EC2API_FUZZ_REQUESTS:-20000} $(PYTEST) tests/test_fuzz.py -n 2 $(ARGS)

check: $(INSTALLED) ## Lint, check formatting, types and the doors between the packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(INSTALLED) ## Format the code, and fix what ruff can fix
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

cluster: $(INSTALLED) ## Test with PostgreSQL, RabbitMQ and every role as processes of their own
	scripts/install-postgres.sh
	scripts/install-rabbitmq.sh
	$(PYTEST) -m cluster $(ARGS)

conformance: $(INSTALLED) ## Drive a server with boto3 and the AWS CLI (ARGS="--cluster", ARGS="--endpoint URL")
	scripts/install-awscli.sh
	$(if $(findstring --cluster,$(ARGS)),scripts/install-postgres.sh && scripts/install-rabbitmq.sh)
	$(PYTEST) conformance -m conformance $(ARGS)

tools: $(INSTALLED) ## Drive a server with the tools of others, from Packer to restic (ARGS="--endpoint URL")
	scripts/install-tools.sh
	$(PYTEST) conformance/tools -n 2 --dist loadfile $(ARGS)

guests: $(INSTALLED) ## Boot real guests through libvirt and QEMU
	scripts/install-postgres.sh
	scripts/install-rabbitmq.sh
	PYTHON=$(BIN)/python scripts/install-libvirt.sh
	scripts/make-tiny-image.sh $(TINY)
	$(PYTEST) -m guests $(ARGS)

bench: .venv/.bench ## Measure side by side with moto_server, and write docs/performance.md
	$(BIN)/python -m bench $(ARGS)

.venv/.bench: $(INSTALLED)
	PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--editable '.[bench]'
	-scripts/install-bench.sh
	@touch $@

docs: $(INSTALLED) ## Write the generated pages: docs/coverage.md and docs/settings.md
	$(BIN)/python -m scripts.make_coverage
	$(BIN)/python -m scripts.make_settings_page

constraints: $(INSTALLED) ## Pin the newest versions of everything in constraints.txt
	$(BIN)/python scripts/make_constraints.py
