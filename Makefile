# make run · make test · make lint · make format · make messages · make lock · make bench · make chaos
HOST ?= 127.0.0.1
PORT ?= 8000
PYTHON ?= python3
BIN := .venv/bin
TEMPLATES = $(shell find templates -name '*.html')

.PHONY: help run manage test lint format messages lock bench chaos
help:
	@echo "make run       a demonstration on SQLite: HOST=$(HOST) PORT=$(PORT)"
	@echo "make manage    a command of manage.py on the demonstration: COMMAND=audit_verify"
	@echo "make test      the whole suite, on every database and browser that is here"
	@echo "make lint      style, types, floors and shelves, migrations, translations, deployment"
	@echo "make format    put the code into its form"
	@echo "make messages  collect the texts for translation (needs gettext)"
	@echo "make lock      pin what requirements*.in ask for"
	@echo "make bench     measure (needs PostgreSQL, Redis, nginx and wrk)"
	@echo "make chaos     hurt a production of its own (needs the programs of PostgreSQL and Redis)"

run: .venv/.runtime
	@$(BIN)/python scripts/run.py --host $(HOST) --port $(PORT)

manage: .venv/.runtime
	@$(BIN)/python scripts/run.py --manage "$(COMMAND)"

test: .venv/.dev
	@$(BIN)/python scripts/test.py $(if $(NOTHING_SKIPPED),--nothing-skipped)

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/djade --check --target-version 5.2 $(TEMPLATES)
	DEMO_MODE=true $(BIN)/mypy .
	$(BIN)/lint-imports
	DEMO_MODE=true $(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python scripts/messages.py check
	$(BIN)/python scripts/check_deploy.py

format: .venv/.dev
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .
	-$(BIN)/djade --target-version 5.2 $(TEMPLATES)

messages: .venv/.dev
	$(BIN)/python scripts/messages.py collect

LOCK = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock: .venv/.dev
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt

bench: .venv/.dev
	$(BIN)/python bench/run.py

chaos: .venv/.dev
	$(BIN)/python scripts/compile_messages.py
	$(BIN)/python chaos/run.py

.venv/.runtime: requirements.txt
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@echo "Installing what the portal runs on …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.txt
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
