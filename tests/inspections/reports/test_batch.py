"""Reports made one school after another, and those the clock asks for."""

import datetime as dt
from typing import Any

import pytest
from django.db import transaction

from inspections.programmes.models import Phase
from inspections.reports import actions, document, facts, queries
from inspections.reports.models import Report
from portal.core.accounts.queries import system_user
from portal.core.errors import NotAllowed
from portal.core.jobs import actions as jobs, runner
from portal.core.jobs.models import Job
from portal.core.jobs.runner import JobContext
from portal.core.notices.models import Notice
from schools.directory.models import District, School
from tests.cast import Cast
from tests.inspections.reports.ledger import at, moment

Phases = tuple[Phase, Phase]
pytestmark = pytest.mark.usefixtures("book")


@pytest.fixture
def _in_july() -> Any:
    with at("2026-07-15"):
        yield


def ask(cast: Cast, phases: Phases) -> Job:
    return actions.compile_schools(district=cast.district, phase=phases[1], by=cast.admin)


@pytest.mark.usefixtures("_in_july")
def test_each_school_gets_its_own_report_and_asking_twice_is_one_job(cast: Cast, phases: Phases) -> None:
    assert ask(cast, phases) == ask(cast, phases)
    runner.run_one()
    job = Job.objects.get()
    assert (job.state, job.result["schools"], job.done_steps) == ("done", 2, 2)
    made = {report.school: report.state for report in Report.objects.select_related("school")}
    assert made == {cast.school_a: "ready", cast.school_b: "ready"}


@pytest.mark.usefixtures("_in_july")
def test_a_school_that_fails_is_named_stops_no_other_and_is_made_when_tried_again(
    cast: Cast, phases: Phases, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(cast, phases)
    render, rendered = document.render, []

    def broken(report: Report) -> document.Rendered:
        if report.school == cast.school_a and not rendered:
            raise ZeroDivisionError
        rendered.append(report.school)
        return render(report)

    monkeypatch.setattr(document, "render", broken)
    runner.run_one()
    job = Job.objects.get()
    assert job.state == "failed"
    assert "甲小学" in job.error
    assert "乙初级中学" not in job.error
    assert Report.objects.get(school=cast.school_b).state == "ready"
    jobs.retry(job_id=job.pk, by=cast.admin)
    runner.run_one()
    assert Job.objects.get().state == "done"
    assert rendered == [cast.school_b, cast.school_a], "what was made is not made again"


@pytest.mark.usefixtures("_in_july")
def test_cancelled_it_keeps_what_was_made(cast: Cast, phases: Phases, monkeypatch: pytest.MonkeyPatch) -> None:
    job = ask(cast, phases)
    progress = JobContext.progress

    def cancelling(self: JobContext, done: int, total: int, note: str = "") -> None:
        if done == 1:
            jobs.cancel(job_id=job.pk, reason="改期", by=cast.admin)
        progress(self, done, total, note)

    monkeypatch.setattr(JobContext, "progress", cancelling)
    runner.run_one()
    assert Job.objects.get().state == "cancelled"
    assert [report.school for report in Report.objects.all()] == [cast.school_a]


@pytest.mark.usefixtures("_in_july")
def test_readers_start_no_batch(cast: Cast, phases: Phases, sign_in: Any) -> None:
    with pytest.raises(NotAllowed):
        actions.compile_schools(district=cast.district, phase=phases[1], by=cast.leader)
    answer = sign_in(cast.admin).post("/reports/new/", {"phase": phases[1].pk, "each": "on"})
    assert answer["Location"] == f"/jobs/{Job.objects.get().pk}/"
    wrong = {"phase": phases[1].pk, "each": "on", "school": cast.school_a.pk}
    assert sign_in(cast.admin).post("/reports/new/", wrong).status_code == 400


def night(day: str) -> Job:
    """Run the job of one night."""
    with at(day):
        with transaction.atomic():
            job = jobs.enqueue(kind="compile_ended", title="夜", args={}, key=f"night:{day}", by=system_user())
        assert runner.run_one(job.pk)
        job.refresh_from_db()
        return job


@pytest.fixture
def _since_2025(cast: Cast) -> None:
    School.objects.update(created_at=moment("2025-09-01"))


def made(district: District) -> list[tuple[str, str]]:
    found = Report.objects.filter(district=district).order_by("ends_on", "starts_on")
    return [(f"{report.starts_on}", report.phase.name if report.phase else "") for report in found]


@pytest.mark.usefixtures("_since_2025")
def test_what_has_ended_gets_its_reports_once_and_a_missed_night_is_made_up_for(cast: Cast, phases: Phases) -> None:
    assert night("2026-06-15").result == {"asked": 2}  # May of both districts
    for day, asked in (("2026-07-03", 3), ("2026-07-04", 0)):
        assert night(day).result == {"asked": asked}
    assert made(cast.district) == [("2026-05-01", ""), ("2026-02-01", "整体推进阶段"), ("2026-06-01", "")]
    assert night("2026-09-02").result == {"asked": 6}  # August, the second term and the school year
    assert made(cast.district)[3:] == [("2025-09-01", ""), ("2026-02-01", ""), ("2026-08-01", "")]


@pytest.mark.usefixtures("_since_2025")
def test_a_report_from_before_the_end_of_its_period_is_not_the_last_one(cast: Cast) -> None:
    days = {"starts_on": dt.date(2026, 6, 1), "ends_on": dt.date(2026, 6, 30)}
    with at("2026-06-20"):
        actions.compile_report(district=cast.district, by=cast.admin, **days)
    with at("2026-07-01"):
        assert days | {"phase": None} in queries.due(cast.district, dt.date(2026, 7, 1))
        actions.compile_report(district=cast.district, by=cast.admin, **days)
        assert days | {"phase": None} not in queries.due(cast.district, dt.date(2026, 7, 1))


def test_what_ended_before_a_district_used_the_portal_is_not_reported_on(cast: Cast) -> None:
    School.objects.update(created_at=moment("2026-07-02"))
    assert night("2026-07-03").result == {"asked": 0}


@pytest.mark.usefixtures("_since_2025")
def test_one_district_that_fails_is_named_and_stops_no_other(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    build = facts.build

    def broken(**asked: Any) -> Any:
        if asked["scope"].district == cast.district:
            raise ZeroDivisionError
        return build(**asked)

    monkeypatch.setattr(facts, "build", broken)
    job = night("2026-06-15")
    assert job.state == "failed"
    assert cast.district.name in job.error
    assert made(cast.school_c.district) == [("2026-05-01", "")]


@pytest.mark.usefixtures("_since_2025")
def test_the_office_hears_of_what_the_clock_made(cast: Cast) -> None:
    night("2026-06-15")
    while runner.run_one():
        pass
    report = Report.objects.get(district=cast.district)
    assert list(Notice.objects.filter(key=f"report:{report.pk}").values_list("user", flat=True)) == [cast.admin.pk]
