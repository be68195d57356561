"""Answers to a survey against a bare insert in the same frame, in one run: goal 3 times, and 100 answers a second on two cores.

Run: [DATABASE_URL=postgres://…/EMPTY] python -m benchmarks.bench_survey
"""

# ruff: noqa: E402 (the database is set before Django starts)

import os
import statistics
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
FOLDER = tempfile.mkdtemp(prefix="bench-survey-")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{FOLDER}/bench.sqlite3")
os.environ.setdefault("AUDIT_CHECKPOINTS", FOLDER)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from inspections.surveys import actions, answering
from inspections.surveys.models import SurveyAnswer
from portal.urls import urlpatterns as own_patterns
from tests.cast import assemble
from tests.inspections.making import today

TURNS, GOAL, GROUP = 300, 3.0, "public"


@csrf_exempt
def bare(request: HttpRequest, survey: int) -> HttpResponse:
    SurveyAnswer.objects.create(survey_id=survey, group=GROUP, answers=dict(request.POST.items()))
    return HttpResponse(status=302, headers={"Location": "/"})


urlpatterns = [*own_patterns, path("bare/<int:survey>/", bare)]


def main() -> None:
    """Answer one code after the other, in turns with bare inserts of the same answers."""
    call_command("migrate", verbosity=0)
    cast = assemble()
    days = {"opens_on": today(), "closes_on": today(10)}
    draft = actions.create(district_id=cast.district.pk, title="调查", population=Decimal("800"), by=cast.admin, **days)
    survey = actions.hand_out(survey_id=draft.pk, by=cast.admin)
    given = {question.code: "yes" for question in survey.questionnaire.put_to(GROUP)}
    codes = list(answering.codes(survey, survey.portions.get(group=GROUP)))[: TURNS + 1]
    client, last = Client(), codes.pop()
    times: dict[str, list[float]] = {"answer": [], "bare": []}

    def send(name: str, address: str) -> None:
        start = time.perf_counter()
        assert client.post(address, given).status_code == 302
        times[name].append(time.perf_counter() - start)

    for code in codes:
        # Taken in turns, so that a busy machine slows both alike.
        send("answer", f"/s/{code}/")
        send("bare", f"/bare/{survey.pk}/")
    with CaptureQueriesContext(connection) as asked:
        send("answer", f"/s/{last}/")
    answer, plain = (statistics.median(own[10:]) for own in times.values())
    print(
        f"{connection.vendor}: answer {answer * 1000:.1f} ms ({1 / answer:.0f}/s by one process), bare insert "
        f"{plain * 1000:.1f} ms, ratio {answer / plain:.2f} (goal {GOAL}), {len(asked)} queries"
    )


if __name__ == "__main__":
    with override_settings(ROOT_URLCONF=__name__):
        main()
