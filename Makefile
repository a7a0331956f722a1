# `make` alone prints this help.
.DEFAULT_GOAL := help
PYTHON := $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: help demo test test-postgres lint dev bench messages fresh

help: ## Affiche cette aide
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

demo: .venv/installed ## Installe, remplit et sert la démonstration sur http://127.0.0.1:$${PORT:-8000}
	@exec $(BIN)/python manage.py demo

test: .venv/installed-dev ## Lance tous les tests (SQLite, moteur de recherche embarqué ; Chromium s’il est là)
	@$(BIN)/python -m pytest $(ARGS)

test-postgres: .venv/installed-dev ## Lance ceux qui demandent une base sur un PostgreSQL temporaire (sans la démonstration, qui est sur SQLite)
	@tests/postgres.sh $(BIN)/python -m pytest --on-database --ignore tests/e2e $(ARGS)

lint: .venv/installed-dev ## Vérifie le style du code
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

dev: .venv/installed-dev ## Sert la démonstration en rechargeant le code et les gabarits
	@exec $(BIN)/python manage.py runserver --settings portal.settings.dev $${PORT:-8000}

bench: .venv/installed-dev ## Mesure les vitesses annoncées dans docs/performance.md
	@for file in bench/[a-z]*.py; do $(BIN)/python $$file || exit 1; done

messages: .venv/installed-dev ## Met à jour le catalogue français (demande gettext)
	@$(BIN)/python manage.py makemessages -l fr --no-wrap --ignore '.venv/*' --ignore 'var/*' --settings portal.settings.test
	@$(BIN)/python manage.py compilemessages -l fr --ignore .venv --settings portal.settings.test

fresh: ## Efface les données de la démonstration (var/) ; la suivante repart de zéro
	rm -rf $${PORTAL_VAR:-var}

.venv/installed: requirements.txt
	@echo "Installation des dépendances (une minute environ, la première fois)…"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@# What is used is compiled when it is first used: a seventh of the files.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
