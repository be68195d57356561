#!/bin/sh
# The whole suite. Browsers wait as often as they work, so the rest runs next to them and has the processors meanwhile;
# by themselves, for Playwright's loop forbids the ORM in its process.
# Usage: scripts/test_integration.sh [words for both runs of pytest]
set -u
cd "$(dirname "$0")/.."
seen=$(mktemp)
.venv/bin/python -m pytest -n auto -m browser "$@" >"$seen" 2>&1 &
browsers=$!
trap 'kill "$browsers" 2>/dev/null; rm -f "$seen"' EXIT
trap 'exit 1' INT TERM
.venv/bin/python -m pytest -n auto -m "not browser" "$@"
rest=$?
wait "$browsers"
shown=$?
cat "$seen"
[ "$rest$shown" = 00 ]
