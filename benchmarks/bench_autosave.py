"""One autosave of a filled-in form against a bare versioned update in the same frame, in one run: goal 2.5 times.

Run: [DATABASE_URL=postgres://…/EMPTY] python -m benchmarks.bench_autosave
"""

# ruff: noqa: E402 (the database is set before Django starts)

import json
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
FOLDER = tempfile.mkdtemp(prefix="bench-autosave-")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{FOLDER}/bench.sqlite3")
os.environ.setdefault("AUDIT_CHECKPOINTS", FOLDER)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F
from django.http import HttpRequest, JsonResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path

from indicators.collection.submissions import actions
from indicators.collection.submissions.models import Answer, Submission
from indicators.standard.standards import queries as standards
from portal.core.accounts.queries import system_user
from portal.urls import urlpatterns as own_patterns
from tests.cast import assemble
from tests.figures import enter, good_answers
from tests.indicators.district import open_round

TURNS, GOAL, FIELD = 200, 2.5, "teaching_area"


def bare(request: HttpRequest) -> JsonResponse:
    """Signed in, in one transaction: the figure, if it is still of the version it was read in."""
    sent = json.loads(request.body)["fields"][FIELD]
    assert request.user.is_authenticated
    with transaction.atomic():
        rows = Answer.objects.filter(submission=sent["submission"], field=FIELD, version=sent["version"])
        updated = rows.update(number=Decimal(sent["value"]), version=F("version") + 1)
    return JsonResponse({"saved": updated}, status=200 if updated else 409)


urlpatterns = [*own_patterns, path("bare/", bare)]


def main() -> None:
    """Fill in a school's form with the year before it, and save one figure again and again in both ways."""
    call_command("migrate", verbosity=0)
    cast = assemble()
    system = system_user()
    made = []
    for year in (2025, 2026):
        opened = open_round(
            cast.district, str(year), school_year_start=date(year, 9, 1), due_at=datetime(2099, 1, 1, tzinfo=UTC)
        )
        row = Submission.objects.create(round=opened, school=cast.school_a, created_by=system, updated_by=system)
        values = good_answers(standards.load_spec(opened.standard), "小学")
        enter(row, dict(values), by=cast.reporter_a, head=cast.principal_a)
        made.append(row)
    actions.submit(submission_id=made[0].pk, by=cast.principal_a)
    client = Client()
    client.force_login(cast.reporter_a, backend="django.contrib.auth.backends.ModelBackend")
    versions = count(Answer.objects.get(submission=made[1], field=FIELD).version)
    times: dict[str, list[tuple[float, float]]] = {
        f"/submissions/{made[1].pk}/save/?section=premises": [],
        "/bare/": [],
    }

    def save(address: str) -> int:
        version = next(versions)
        # Ever another: its indicator is never one that was shown before.
        sent = {"value": f"{2520 + version / 100:.2f}", "version": version, "submission": made[1].pk}
        body = json.dumps({"fields": {FIELD: sent}})
        answer = client.post(address, body, content_type="application/json", headers={"accept": "application/json"})
        assert answer.status_code == 200, answer.content.decode()
        return len(answer.content)

    for _ in range(TURNS):
        # Taken in turns, so that a busy machine slows both alike.
        for address, own in times.items():
            start, worked = time.perf_counter(), time.process_time()
            save(address)
            own.append((time.perf_counter() - start, time.process_time() - worked))
    with CaptureQueriesContext(connection) as asked:
        size = save(next(iter(times)))
    # By the clock, as a person waits; and the processor time of this process, which a busy machine stretches less.
    for what, taken in (("clock", 0), ("processor", 1)):
        saved, plain = (statistics.median(one[taken] for one in own[10:]) * 1000 for own in times.values())
        print(
            f"{connection.vendor}, {what}: save {saved:.1f} ms, bare versioned update {plain:.1f} ms, "
            f"ratio {saved / plain:.2f} (goal {GOAL}), {len(asked)} queries, {size} bytes"
        )


if __name__ == "__main__":
    with override_settings(ROOT_URLCONF=__name__):
        main()
