"""A large workbook is a job, never a request: checked by one, taken over by another, both safe to kill."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Answer, Submission
from indicators.collection.workbooks import actions
from indicators.standard.engine import Value
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid
from portal.core.files.models import Document
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from portal.core.jobs.runner import JobContext
from portal.core.spreadsheets import guard
from tests.indicators.collection.rounds.test_actions import opened
from tests.indicators.collection.workbooks import books
from tests.shared import shared

A, B = "4102020001", "4102020002"
CODES = ["school_code", "pupils_primary", "pupils_junior"]
BOOK = books.schools(CODES, [A, 600, None], [B, None, 300])


@shared
def round_(cast: Any) -> Any:
    return opened(cast)


@pytest.fixture(autouse=True)
def _everything_is_large(settings, monkeypatch) -> None:
    settings.REDIS_URL = ""
    monkeypatch.setattr(guard, "REQUEST_ROWS", 1)


def upload(client: Any, round_: Any, data: bytes = BOOK, after: str = "save") -> Job:
    file = SimpleUploadedFile("各校数据.xlsx", data)
    response = client.post(reverse("workbooks:upload", args=[round_.pk]), {"file": file, "after": after})
    job = Job.objects.get(kind="check_returns")
    assert (response.status_code, response.url) == (302, reverse("jobs:detail", args=[job.pk]))
    return job


def run(job: Job) -> Job:
    assert runner.run_one(job.pk)
    job.refresh_from_db()
    return job


def test_upload_preview_and_confirmation_never_read_the_workbook_in_a_request(
    sign_in, cast, round_, monkeypatch
) -> None:
    client = sign_in(cast.admin)
    job = upload(client, round_)
    preview = reverse("workbooks:preview", args=[round_.pk, Document.objects.get().public_id])
    assert client.get(preview).url == reverse("jobs:detail", args=[job.pk])
    assert run(job).result["url"] == f"{preview}?after=save"
    real = actions.import_workbook
    monkeypatch.setattr(actions, "import_workbook", lambda **_: pytest.fail("read in a request"))
    text = client.get(preview).content.decode()
    for part in ("各校数据.xlsx", "甲小学", "小学在校生数：未填 → 600"):
        assert part in text
    confirm = reverse("workbooks:confirm", args=[round_.pk, Document.objects.get().public_id])
    asked = [client.post(confirm, {"after": "save"}).url for _ in range(2)]
    assert not Answer.objects.exists()
    taken = Job.objects.get(kind="import_returns")
    assert asked == [reverse("jobs:detail", args=[taken.pk])] * 2
    monkeypatch.setattr(actions, "import_workbook", real)
    assert "改动 2 个单位 2 项" in run(taken).result["said"]
    assert Answer.objects.count() == 2
    assert "改动 2 个单位 2 项" in client.get(asked[0]).content.decode()
    call_command("verify_audit")


def test_a_faulty_large_workbook_lists_its_first_faults_and_is_handed_back_marked(sign_in, cast, round_) -> None:
    rows = [[A, "六百", None], *([f"999{number:07d}", 5, None] for number in range(300))]
    client = sign_in(cast.admin)
    job = run(upload(client, round_, books.schools(CODES, *rows)))
    assert job.state == Job.State.FAILED
    assert len(job.error.splitlines()) == 202
    assert "另有 101 处没有列出" in job.error
    assert "六百" in job.error
    page = client.get(reverse("jobs:detail", args=[job.pk])).content.decode()
    assert "下载标注了错误的工作簿" in page
    assert client.get(job.result["url"]).status_code == 200
    assert not Answer.objects.exists()


def test_only_the_uploader_sees_the_job_and_its_preview(sign_in, cast, round_) -> None:
    job = run(upload(sign_in(cast.admin), round_))
    other = sign_in(cast.leader)
    assert other.get(reverse("jobs:detail", args=[job.pk])).status_code == 404
    assert other.get(job.result["url"]).status_code in (403, 404)


def test_a_worker_that_lost_its_job_takes_its_whole_import_back(sign_in, cast, round_, monkeypatch) -> None:
    client = sign_in(cast.admin)
    run(upload(client, round_))
    client.post(reverse("workbooks:confirm", args=[round_.pk, Document.objects.get().public_id]))
    job, before = Job.objects.get(kind="import_returns"), AuditEvent.objects.count()
    finish = JobContext.finish

    def overtaken(self: JobContext, result: dict) -> None:
        Job.objects.filter(pk=self.job_id).update(attempt=self.attempt + 1)
        finish(self, result)

    monkeypatch.setattr(JobContext, "finish", overtaken)
    run(job)
    assert (Answer.objects.count(), AuditEvent.objects.count()) == (0, before)


@pytest.mark.parametrize("boarders", [300, 900])
def test_what_is_foreseen_is_what_is_done(cast, round_, boarders) -> None:
    """The preview counts from the plan, without writing; it must not differ from the import, nor refuse otherwise."""
    school_a = Submission.objects.get(school=cast.school_a)
    values = {"pupils_primary": Value(600), "boarders_primary": Value(boarders)}
    submissions.save(submission_id=school_a.pk, values=values, by=cast.admin)
    for after in ({}, {"submit": True}, {"approve": True, "accept_warnings": "已与学校逐项核对"}):
        asked = {"round_id": round_.pk, "data": BOOK, "name": "a.xlsx", "by": cast.admin, **after}
        foreseen = said(dry_run=True, **asked)
        assert said(**asked) == foreseen, after


def said(**asked: Any) -> Any:
    try:
        outcome = actions.import_workbook(**asked)
    except Invalid as error:
        return [str(problem) for problem in error.problems]
    return outcome.saved, outcome.submitted, outcome.approved


def test_a_workbook_checked_for_one_round_is_not_taken_over_in_another(sign_in, cast, round_) -> None:
    client = sign_in(cast.admin)
    run(upload(client, round_))
    other = opened(cast, code="2026B", name="第二个年度")
    place = [other.pk, Document.objects.get().public_id]
    assert client.get(reverse("workbooks:preview", args=place)).status_code == 404
    assert client.post(reverse("workbooks:confirm", args=place), {"after": "save"}).status_code == 404
    assert not Job.objects.filter(kind="import_returns").exists()
