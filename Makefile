# 优衡 Youheng. Everything runs inside .venv; `make help` lists the targets.
.DEFAULT_GOAL := help
PY := .venv/bin/python
# Where it is set every process would compile the portal and its tests anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo demo-reset test check test-integration faults lock bench

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install the portal (.venv, node_modules), write .env and make the SQLite database
	@scripts/setup.sh base
	@$(PY) scripts/first_env.py var

demo: ## Install, load the demo district, start web and worker on http://127.0.0.1:8000
	@scripts/setup.sh base
	@$(PY) scripts/first_env.py var/demo
	@$(PY) scripts/demo.py

demo-reset: ## Throw the demo district away; the next `make demo` starts over
	@$(PY) scripts/demo.py --reset

test: ## Run all tests that need no service (SQLite, no Redis, no browser)
	@scripts/setup.sh dev
	@$(PY) -m pytest -n auto -m "not service and not browser and not fuzz"

check: ## Lint, types, layers, migrations, container files
	@scripts/setup.sh dev
	@scripts/check.sh

test-integration: ## Run the whole suite on PostgreSQL + Redis + Celery + Chromium (DATABASE_URL, REDIS_URL)
	@scripts/setup.sh browser
	@scripts/test_integration.sh

faults: ## Kill web, Celery, PostgreSQL and Redis (their own) under writes; print what was lost, invented, doubled
	@scripts/setup.sh dev
	@$(PY) -m tests.faults

bench: ## Run every benchmark and print its ratios
	@scripts/setup.sh dev
	@for name in $(patsubst benchmarks/%.py,benchmarks.%,$(wildcard benchmarks/bench_*.py)); do \
	    echo "== $$name"; $(PY) -m "$$name" || exit 1; done

lock: ## Pin again every package with its hashes
	@for name in uv base dev browser node; do \
	    .venv/bin/uv pip compile -q --generate-hashes --no-header --universal --python-version 3.11 \
	        requirements/$$name.in -o requirements/$$name.txt || exit 1; done
