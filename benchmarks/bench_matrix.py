"""The board's pages and a school's own against a bare Django page with as many rows, in one run: goal 2 times.

Run: python -m benchmarks.bench_matrix [SCHOOLS]
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
from django.urls import path, reverse
from django.utils import timezone

from indicators.results.evaluations import actions, judging
from portal.urls import urlpatterns as own_patterns
from tests.cast import assemble
from tests.indicators.district import figures, fill, hand_in, open_round

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


def queries(client: Client, address: str) -> int:
    """Number of queries of a page."""
    connection.force_debug_cursor = True
    reset_queries()
    client.get(address)
    connection.force_debug_cursor = False
    return len(connection.queries)


def compare(client: Client, name: str, address: str) -> None:
    """Time a page next to a bare one with as many table rows of as many cells, and print the ratio."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    html = answer.content.decode()
    count = html.count("<tr")
    rows[:] = [["12.34"] * max(1, round((html.count("<td") + html.count("<th")) / count)) for _ in range(count)]
    assert client.get("/bare/").status_code == 200
    page, plain = medians(lambda: client.get(address), lambda: client.get("/bare/"))
    print(
        f"{name:12} {count:>5} rows: {page * 1000:>6.1f} ms, bare page {plain * 1000:>6.1f} ms, "
        f"ratio {page / plain:.2f} (goal {GOAL}), {queries(client, address)} queries"
    )


def main(schools: int) -> None:
    """Fill a district, judge it, and time its pages."""
    call_command("migrate", verbosity=0)
    cast = assemble()
    opened = open_round(cast.district)
    made = fill(opened, schools)
    # Without these two the district has missing submissions, and so no coefficients to show.
    hand_in(opened, cast.school_a, figures())
    hand_in(opened, cast.school_b, figures("初级中学"))
    actions.record(judged=judging.judge(opened, judging.read(opened), timezone.now()), by=cast.admin)
    client = Client()
    client.force_login(cast.admin, backend="django.contrib.auth.backends.ModelBackend")
    print(f"{schools} schools")
    compare(client, "matrix", "/board/")
    compare(client, "coefficients", reverse("board:coefficients"))
    compare(client, "school", reverse("board:school", args=[made[0].code]))


if __name__ == "__main__":
    with override_settings(ROOT_URLCONF=__name__):
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
