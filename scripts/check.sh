#!/bin/sh
# Every check a machine can make without running the portal.
set -eu
cd "$(dirname "$0")/.."
export DATABASE_URL=${DATABASE_URL:-sqlite:///:memory:}
bin=.venv/bin
step() { printf '== %s\n' "$1"; }

step "ruff";            $bin/ruff check .; $bin/ruff format --check -q .
step "mypy";            DJANGO_SETTINGS_MODULE=tests.settings $bin/mypy
step "import-linter";   PYTHONPATH=. $bin/lint-imports --no-cache
step "engine coverage"; $bin/coverage run -m pytest tests/indicators/standard/engine -q -m "not hypothesis"; $bin/coverage report
step "migrations";      $bin/python manage.py makemigrations --check --dry-run
step "deployment";      SECRET_KEY="$($bin/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
                        HTTPS=1 ALLOWED_HOSTS=example.invalid $bin/python manage.py check --deploy --fail-level WARNING
step "docker-compose";  $bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
step "Dockerfile";      $bin/hadolint Dockerfile proxy/Dockerfile
step "shell";           for file in scripts/*.sh; do sh -n "$file"; done; bash -n .ci/run
