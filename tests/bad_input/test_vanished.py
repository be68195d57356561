"""What a job, a page or an action works on vanishes behind its back: it says so in Chinese and writes nothing."""

import pytest
from django.db import transaction
from django.urls import reverse

from indicators.results.evaluations.models import Evaluation
from inspections.dossiers.models import Dossier
from inspections.reports.models import Report
from portal.core.files.models import Document
from portal.core.files.store import path_of
from portal.core.jobs import actions as jobs, runner
from portal.core.jobs.models import Job
from tests.bad_input.asking import ask, faults

pytestmark = pytest.mark.django_db
UNEXPECTED = "意外错误"
GONE = 10**9


def _run(world, kind: str, args: dict) -> Job:
    with transaction.atomic():
        job = jobs.enqueue(
            kind=kind, title="试", args=args, key=f"{kind}-{args}", by=world.cast.admin, district="410202"
        )
    assert runner.run_one(job.pk)
    job.refresh_from_db()
    return job


@pytest.mark.parametrize(
    ("kind", "args"),
    [
        ("evaluate", {"round": GONE, "inputs_sha256": "0" * 64}),
        ("compile_report", {"report": GONE}),
        ("build_dossier", {"dossier": GONE}),
        ("check_dossier", {"dossier": GONE}),
    ],
)
def test_a_job_whose_row_vanished_fails_and_says_so(world, kind: str, args: dict) -> None:
    before = (Evaluation.objects.count(), Report.objects.count(), Dossier.objects.count(), Document.objects.count())
    job = _run(world, kind, args)
    assert job.state == Job.State.FAILED
    assert job.error
    assert UNEXPECTED not in job.error
    after = (Evaluation.objects.count(), Report.objects.count(), Dossier.objects.count(), Document.objects.count())
    assert after == before


@pytest.mark.parametrize(
    ("kind", "args"), [("no_such_work", {}), ("evaluate", {}), ("compile_report", {"report": "x"})]
)
def test_a_job_with_senseless_arguments_fails_in_chinese(world, kind: str, args: dict) -> None:
    job = _run(world, kind, args)
    assert job.state == Job.State.FAILED
    assert "意外错误" in job.error
    page = ask(world.cast.admin, "get", reverse("jobs:detail", args=[job.pk]))
    assert (page.status_code, faults(page)) == (200, [])


def test_a_check_of_a_package_whose_bytes_vanished_names_it(world) -> None:
    path = path_of(world.dossier.package.sha256)
    path.rename(path.with_suffix(".gone"))
    try:
        job = _run(world, "check_dossier", {"dossier": world.dossier.pk})
    finally:
        path.with_suffix(".gone").rename(path)
    assert UNEXPECTED not in job.error
    world.dossier.refresh_from_db()
    page = ask(world.cast.admin, "get", reverse("dossiers:detail", args=[world.dossier.pk]))
    assert faults(page) == []


def test_pages_of_what_vanished_are_404_in_chinese(world) -> None:
    addresses = [
        reverse("jobs:detail", args=[GONE]),
        reverse("jobs:progress", args=[GONE]),
        reverse("reports:detail", args=[GONE]),
        reverse("dossiers:detail", args=[GONE]),
        reverse("rounds:detail", args=[GONE]),
        reverse("rectification:detail", args=[GONE]),
        f"{reverse('board:board')}?evaluation={GONE}",
        f"{reverse('board:board')}?round={GONE}",
        f"{reverse('dossiers:prepare')}?evaluation={GONE}",
    ]
    for address in addresses:
        answer = ask(world.cast.admin, "get", address)
        assert (address, answer.status_code, faults(answer)) == (address, 404, [])


def test_pages_of_a_job_whose_result_vanished_still_open(world) -> None:
    Job.objects.filter(pk=world.job.pk).update(result={"url": "/reports/999999999/", "evaluation": GONE})
    for name in ("jobs:detail", "jobs:progress"):
        answer = ask(world.cast.admin, "get", reverse(name, args=[world.job.pk]))
        assert (answer.status_code, faults(answer)) == (200, [])
    again = ask(world.cast.admin, "post", reverse("evaluations:start"), {"round": world.round.pk})
    assert again.status_code in (302, 409)
    assert faults(again) == []
