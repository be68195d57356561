"""A forecast of 60 schools, to 2035 in three scenarios: goal 2 s; the page of a scenario: goal 300 ms; the leader's first
page next to a bare one: goal 2 times. Seconds are the processor's.

Run: python -m benchmarks.bench_planning [SCHOOLS]
"""

import json
import statistics
import sys
import time
from collections.abc import Callable

from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from benchmarks import bench_matrix  # noqa: F401 sets the database and has the bare page
from indicators.collection.submissions.models import Round
from indicators.planning.forecast import queries as forecasts
from indicators.planning.scenarios import actions as scenarios
from indicators.results.evaluations import actions, judging
from indicators.results.evaluations.models import Evaluation
from portal.core.accounts.models import User
from portal.standing import memory
from tests.cast import Cast, assemble, make_school
from tests.indicators.district import figures, fill, hand_in, open_round
from tests.indicators.planning.forecast.conftest import answer

YEARS, AHEAD, FORECASTS, MEASURES, VISITS = 4, 9, 5, 10, 20


def main(schools: int) -> None:
    """Fill a district and time the three."""
    call_command("migrate", verbosity=0)
    cast = assemble()
    print(f"{schools} schools")
    forecast(history(cast, schools))
    pages(cast, schools)


def history(cast: Cast, schools: int) -> Round:
    """Class lists of primary schools and every third a junior one, growing or shrinking."""
    made = [
        make_school(f"4102028{n:03d}", f"第{n}学校", cast.district, kind="初级中学" if n % 3 == 2 else "小学")
        for n in range(schools)
    ]
    for year in range(2026 - YEARS + 1, 2027):
        round_ = open_round(cast.district, str(year))
        for n, school in enumerate(made):
            intake = 60 + n + (year - 2026) * (n % 7 - 3)
            stage, grades = ("初中", 3) if n % 3 == 2 else ("小学", 6)
            answer(round_, school, stage, [intake] * grades)
    return round_


def forecast(round_: Round) -> None:
    """From what is stored to the whole JSON, the engine run for every year of every scenario."""
    taken, found = [], set()
    for _ in range(FORECASTS):
        begun = time.process_time()
        content = forecasts.make(forecasts.history(round_, {}, trend=False), round_, 2026 + AHEAD)
        taken.append(time.process_time() - begun)
        found.add(json.dumps(content))
    assert len(found) == 1, "the same inputs must give the same bytes"
    print(f"forecast, {AHEAD} years × 3: {statistics.median(taken):.2f} s of processor (goal 2)")


def pages(cast: Cast, schools: int) -> None:
    """The scenario with ten measures as the bureau opens it, and 全区态势 as the leader does."""
    opened = open_round(cast.district, "2027")
    made = fill(opened, schools)
    for school, kind in ((cast.school_a, "小学"), (cast.school_b, "初级中学")):
        hand_in(opened, school, figures(kind))
    actions.record(judged=judging.judge(opened, judging.read(opened), timezone.now()), by=cast.admin)
    scenario = scenarios.create(evaluation_id=Evaluation.objects.latest("pk").pk, name="试算", note="", by=cast.admin)
    for school in made[:MEASURES]:
        measure = {"kind": "equip", "school_code": school.code, "quantity": "5"}
        scenarios.add_measure(scenario_id=scenario.pk, measure=measure, by=cast.admin)
    page = seconds(cast.admin, reverse("scenarios:detail", args=[scenario.pk]))
    print(f"scenario of {MEASURES} measures: {page * 1000:.0f} ms of processor (goal 300)")
    address = reverse("standing:standing")
    known, plain = seconds(cast.leader, address), seconds(cast.leader, "/bare/")
    anew = seconds(cast.leader, address, before=memory.forget)
    print(
        f"leader: {known * 1000:.0f} ms of processor, bare page {plain * 1000:.0f} ms, ratio {known / plain:.2f} (goal 2);"
        f" worked out anew {anew * 1000:.0f} ms, ratio {anew / plain:.2f}"
    )


def seconds(person: User, address: str, before: Callable[[], object] = lambda: None) -> float:
    """Median processor time of a page."""
    client, taken = Client(), []
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    for _ in range(VISITS):
        before()
        begun = time.process_time()
        assert client.get(address).status_code == 200
        taken.append(time.process_time() - begun)
    return statistics.median(taken[1:])


if __name__ == "__main__":
    with override_settings(ROOT_URLCONF="benchmarks.bench_matrix"):
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
