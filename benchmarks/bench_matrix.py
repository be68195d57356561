"""The matrix page against a bare Django page with as many rows, in the same run: goal 2 times.

Run: python benchmarks/bench_matrix.py [SCHOOLS]
"""

# ruff: noqa: E402 (the database is set before Django starts)

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
FOLDER = tempfile.mkdtemp(prefix="bench-matrix-")
os.environ["DATABASE_URL"] = f"sqlite:///{FOLDER}/bench.sqlite3"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, reset_queries
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.test import Client, override_settings
from django.urls import path
from django.utils import timezone

from indicators.evaluations import actions, judging
from portal.config.urls import urlpatterns as own_patterns
from tests.cast import assemble
from tests.indicators.district import fill, open_round

ROUNDS, GOAL = 30, 2.0
BARE = Template("""{% extends "layout.html" %}{% block title %}对照{% endblock %}{% block content %}
<table class="table"><tbody>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}
</tbody></table>{% endblock %}""")
rows: list[list[str]] = []


def bare(request: HttpRequest) -> HttpResponse:
    """A page with the same frame and as many rows and cells, read from nowhere."""
    return HttpResponse(BARE.render(RequestContext(request, {"rows": rows})))


urlpatterns = [*own_patterns, path("bare/", bare)]


def medians(*requests: Callable[[], object]) -> list[float]:
    """Median seconds of each request; taken in turns, so that a busy machine slows all alike."""
    times: list[list[float]] = [[] for _ in requests]
    for _ in range(ROUNDS):
        for request, own in zip(requests, times, strict=True):
            start = time.perf_counter()
            request()
            own.append(time.perf_counter() - start)
    return [statistics.median(own) for own in times]


def queries(client: Client) -> int:
    """Number of queries of the page."""
    connection.force_debug_cursor = True
    reset_queries()
    client.get("/board/")
    connection.force_debug_cursor = False
    return len(connection.queries)


def main(schools: int) -> None:
    """Fill a district, judge it, and time both pages."""
    call_command("migrate", verbosity=0)
    cast = assemble()
    opened = open_round(cast.district)
    fill(opened, schools)
    evaluation = actions.record(judged=judging.judge(opened, judging.read(opened), timezone.now()), by=cast.admin)
    parts = len(evaluation.result["parts"])
    # Name, seven indicators, verdict; three summary rows and a head for each stage.
    rows.extend([["12.34"] * 9 for _ in range(parts + 10)])
    client = Client()
    client.force_login(cast.admin, backend="django.contrib.auth.backends.ModelBackend")
    for address in ("/board/", "/bare/"):
        answer = client.get(address)
        assert answer.status_code == 200, address
    matrix, plain = medians(lambda: client.get("/board/"), lambda: client.get("/bare/"))
    ratio = matrix / plain
    print(f"{schools} schools, {parts} parts: matrix {matrix * 1000:.1f} ms, bare page {plain * 1000:.1f} ms, "
          f"ratio {ratio:.2f} (goal {GOAL}), {queries(client)} queries")  # fmt: skip


if __name__ == "__main__":
    with override_settings(ROOT_URLCONF=__name__):
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
