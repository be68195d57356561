"""The whole `evaluate` command on a district of 60 schools, from process start to printed JSON: goal 3 s.

Run: python benchmarks/bench_evaluate.py [SCHOOLS]
"""

# ruff: noqa: E402 (the database is set before Django starts)

import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
FOLDER = tempfile.mkdtemp(prefix="bench-evaluate-")
os.environ["DATABASE_URL"] = f"sqlite:///{FOLDER}/bench.sqlite3"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.core.management import call_command

from tests.cast import assemble
from tests.indicators.district import fill, open_round

RUNS, GOAL_SECONDS = 5, 3.0


def timed(*arguments: str) -> tuple[float, bytes]:
    """Seconds and standard output of a management command."""
    start = time.perf_counter()
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - start, done.stdout


def main(schools: int) -> None:
    """Fill a district, evaluate it first and again, next to a command that does nothing."""
    call_command("migrate", verbosity=0)
    fill(open_round(assemble().district), schools)
    first, printed = timed("evaluate", "2026", "--format", "json")
    again = [timed("evaluate", "2026", "--format", "json") for _ in range(RUNS)]
    assert {output for _, output in again} == {printed}, "the same inputs must print the same bytes"
    later = statistics.median(seconds for seconds, _ in again)
    nothing = statistics.median(timed("version")[0] for _ in range(RUNS))
    print(
        f"{schools} schools: first {first:.2f} s (goal {GOAL_SECONDS:g}), again {later:.2f} s, bare start "
        f"{nothing:.2f} s, ratio {first / nothing:.2f}, sha256 {hashlib.sha256(printed).hexdigest()[:16]}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
