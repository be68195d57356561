"""A large workbook of statistics is a job, never a request."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from indicators.collection.state_statistics import actions
from indicators.collection.state_statistics.models import StatisticsFigure, StatisticsImport
from portal.core.files.models import Document
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from portal.core.spreadsheets import guard
from tests.indicators.collection.rounds.test_actions import opened
from tests.indicators.collection.state_statistics import books
from tests.indicators.collection.state_statistics.books import A, B

BOOK = books.book(a=books.pupils([A, "甲小学", 600], [B, "乙初级中学", 9]))


@pytest.fixture(autouse=True)
def _everything_is_large(settings, monkeypatch) -> None:
    settings.REDIS_URL = ""
    monkeypatch.setattr(guard, "REQUEST_ROWS", 1)


def upload(client: Any, round_: Any, data: bytes = BOOK) -> Job:
    file = SimpleUploadedFile("统计.xlsx", data)
    answer = client.post(reverse("state_statistics:upload", args=[round_.pk]), {"file": file})
    job = Job.objects.filter(kind="check_statistics").latest("pk")
    assert (answer.status_code, answer.url) == (302, reverse("jobs:detail", args=[job.pk]))
    return job


def run(job: Job) -> Job:
    assert runner.run_one(job.pk)
    job.refresh_from_db()
    return job


def test_upload_preview_and_confirmation_wait_for_a_worker(cast, sign_in, monkeypatch) -> None:
    client, round_ = sign_in(cast.admin), opened(cast)
    real = actions.import_statistics
    monkeypatch.setattr(actions, "import_statistics", lambda **_: pytest.fail("read in a request"))
    job = upload(client, round_)
    place = [round_.pk, Document.objects.get().public_id]
    preview, confirm = reverse("state_statistics:preview", args=place), reverse("state_statistics:confirm", args=place)
    assert client.get(preview).url == reverse("jobs:detail", args=[job.pk])
    monkeypatch.setattr(actions, "import_statistics", real)
    assert run(job).result["url"] == preview
    monkeypatch.setattr(actions, "import_statistics", lambda **_: pytest.fail("read in a request"))
    page = client.get(preview).content.decode()
    for part in ("统计.xlsx", "甲小学", "教基3112", "600"):
        assert part in page
    asked = [client.post(confirm).url for _ in range(2)]
    assert not StatisticsImport.objects.exists()
    taken = Job.objects.get(kind="import_statistics")
    assert asked == [reverse("jobs:detail", args=[taken.pk])] * 2
    monkeypatch.setattr(actions, "import_statistics", real)
    assert "导入完成" in run(taken).result["said"]
    assert StatisticsFigure.objects.exists()
    other = opened(cast, code="2026B", name="第二个年度")
    assert client.get(reverse("state_statistics:preview", args=[other.pk, place[1]])).status_code == 404


def test_a_faulty_one_says_what_is_wrong_and_the_same_file_is_not_taken_twice(cast, sign_in) -> None:
    client, round_ = sign_in(cast.admin), opened(cast)
    faulty = books.book(a=books.pupils([A, "甲小学", "六百"], [B, "乙初级中学", 9]))
    assert "六百" in run(upload(client, round_, faulty)).error
    for said in ("导入完成", "没有重复导入"):
        job = run(upload(client, round_))
        document = job.args["document"]
        client.post(reverse("state_statistics:confirm", args=[round_.pk, document]))
        assert said in run(Job.objects.get(kind="import_statistics", args__document=document)).result["said"]
