"""A large register is a job, never a request: checked by one for a day, taken over by another."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from portal.core.audit.models import AuditEvent
from portal.core.files.models import Document
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from portal.core.jobs.runner import JobContext
from portal.core.spreadsheets import guard
from schools.directory.models import School
from schools.workbooks import actions
from tests.schools.register import register

pytestmark = pytest.mark.django_db
BOOK = register({}, {"school_code": "4102020001", "boarding": "是"})


@pytest.fixture(autouse=True)
def _everything_is_large(settings, monkeypatch) -> None:
    settings.REDIS_URL = ""
    monkeypatch.setattr(guard, "REQUEST_ROWS", 1)


@pytest.fixture
def never_in_a_request(monkeypatch) -> None:
    """The workbook is read by workers only."""
    real, inside = actions.import_register, JobContext.progress

    def progress(self: JobContext, *args: Any) -> None:
        monkeypatch.setattr(actions, "import_register", real)
        inside(self, *args)

    monkeypatch.setattr(JobContext, "progress", progress)
    monkeypatch.setattr(actions, "import_register", lambda **_: pytest.fail("read in a request"))


def upload(client: Any, content: bytes = BOOK) -> Job:
    answer = client.post("/schools/import/", {"file": SimpleUploadedFile("名录.xlsx", content)})
    job = Job.objects.get(kind="check_register")
    assert (answer.status_code, answer.url) == (302, reverse("jobs:detail", args=[job.pk]))
    return job


def run(job: Job) -> Job:
    assert runner.run_one(job.pk)
    job.refresh_from_db()
    return job


def confirm(client: Any, day: str, **more: str) -> str:
    seen = Job.objects.get(key__endswith=day).result["preview"]["digest"]
    address = reverse("register:confirm", args=[Document.objects.get().public_id])
    return client.post(address, {"seen": seen, "valid_from": day} | more).url


def test_upload_preview_and_confirmation_wait_for_a_worker(cast, sign_in, never_in_a_request) -> None:
    client, today = sign_in(cast.admin), timezone.localdate().isoformat()
    job = upload(client)
    preview = reverse("register:preview", args=[Document.objects.get().public_id])
    assert client.get(preview).url == reverse("jobs:detail", args=[job.pk])
    assert run(job).result["url"] == f"{preview}?valid_from={today}"
    page = client.get(job.result["url"]).content.decode()
    for part in ("新增 1 所，变更 1 所，无变化 0 所", "寄宿制：<del>否</del> → <ins>是</ins>", "4102020009"):
        assert part in page
    asked = [confirm(client, today) for _ in range(2)]
    assert not School.objects.filter(code="4102020009").exists()
    taken = Job.objects.get(kind="import_register")
    assert asked == [reverse("jobs:detail", args=[taken.pk])] * 2
    assert "新登记的学校还要做两件事" in run(taken).result["said"]
    assert School.objects.filter(code="4102020009").exists()
    assert AuditEvent.objects.filter(action="school.ask_import").exists()


def test_another_day_than_the_previewed_one_is_checked_first(cast, sign_in) -> None:
    client, today = sign_in(cast.admin), timezone.localdate()
    run(upload(client))
    before = (today - timedelta(days=40)).isoformat()
    asked = confirm(client, today.isoformat(), valid_from=before)
    again = Job.objects.get(key__endswith=before)
    assert asked == reverse("jobs:detail", args=[again.pk])
    assert not Job.objects.filter(kind="import_register").exists()
    assert f"valid_from={before}" in run(again).result["url"]
    confirm(client, before)
    run(Job.objects.get(kind="import_register"))
    assert School.objects.get(code="4102020001").changes.get().valid_from.isoformat() == before


def test_a_register_that_changed_since_is_not_taken_over(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    run(upload(client))
    School.objects.filter(code="4102020001").update(boarding=True)
    confirm(client, timezone.localdate().isoformat())
    job = run(Job.objects.get(kind="import_register"))
    assert "预览之后名录又有变动" in job.error
    assert not School.objects.filter(code="4102020009").exists()


def test_a_faulty_one_is_handed_back_marked(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    job = run(upload(client, register({"kind": "完小"})))
    assert "第 3 行" in job.error
    assert client.get(job.result["url"]).status_code == 200
    assert not School.objects.filter(code="4102020009").exists()


def test_a_worker_that_lost_its_job_takes_its_whole_import_back(cast, sign_in, monkeypatch) -> None:
    client = sign_in(cast.admin)
    run(upload(client))
    confirm(client, timezone.localdate().isoformat())
    finish = JobContext.finish

    def overtaken(self: JobContext, result: dict) -> None:
        Job.objects.filter(pk=self.job_id).update(attempt=self.attempt + 1)
        finish(self, result)

    monkeypatch.setattr(JobContext, "finish", overtaken)
    run(Job.objects.get(kind="import_register"))
    assert not School.objects.filter(code="4102020009").exists()
