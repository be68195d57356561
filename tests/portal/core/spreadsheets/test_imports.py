"""A small import, declared as the how-to says, walked from upload to confirmation."""

import re
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.module_loading import import_string

from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.files.models import Document
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from portal.core.spreadsheets import read
from portal.core.spreadsheets.imports import ImportKind
from portal.home import audit_pages as audit
from tests.portal.core.spreadsheets import small_import
from tests.portal.core.spreadsheets.books import workbook

pytestmark = [pytest.mark.django_db, pytest.mark.urls(small_import.__name__)]


@pytest.fixture(autouse=True)
def _declared(settings) -> None:
    work = "portal.core.spreadsheets.imports"
    settings.REDIS_URL = ""
    settings.IMPORTS = {**settings.IMPORTS, "names": f"{small_import.__name__}.NAMES"}
    settings.JOB_WORKS = {**settings.JOB_WORKS, "check_names": f"{work}.check", "import_names": f"{work}.take_over"}


def book(*rows: tuple[str, str], blank: int = 0) -> bytes:
    return workbook({"姓名": [["账号", "姓名"], ["username", "name"], *rows, *([("principal_a", "丁")] * blank)]})


def upload(client: Any, data: bytes) -> Any:
    return client.post("/names/import/", {"file": SimpleUploadedFile("姓名.xlsx", data)})


def name_of(username: str) -> str:
    return User.objects.get(username=username).name


def run(kind: str) -> Job:
    job = Job.objects.get(kind=kind)
    assert runner.run_one(job.pk)
    job.refresh_from_db()
    return job


def test_upload_preview_and_confirmation_and_twice_is_once(cast, sign_in) -> None:
    client, before = sign_in(cast.admin), name_of("reporter_a")
    assert "导入姓名表" in client.get("/names/import/").content.decode()
    answer = upload(client, book(("reporter_a", "王新")))
    preview = client.get(answer.url)
    assert "改名 1 人" in preview.content.decode()
    assert name_of("reporter_a") == before
    confirm, seen = preview.context["confirm_url"], {"seen": preview.context["plan"]["digest"]}
    assert client.post(confirm, seen).status_code == 302
    assert name_of("reporter_a") == "王新"
    assert "没有重复导入" in client.post(confirm, seen, follow=True).content.decode()
    assert AuditEvent.objects.filter(action="names.import").count() == 1


def test_what_changed_since_the_preview_is_not_carried_out(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    preview = client.get(upload(client, book(("reporter_a", "王新"), ("reporter_b", "李新"))).url)
    User.objects.filter(username="reporter_b").update(name="李新")
    answer = client.post(preview.context["confirm_url"], {"seen": preview.context["plan"]["digest"]})
    assert answer.status_code == 409
    assert f'href="{preview.request["PATH_INFO"]}"' in answer.content.decode(), "and the way to the new preview"
    assert name_of("reporter_a") != "王新"
    assert "改名 1 人" in client.get(preview.request["PATH_INFO"]).content.decode()


def test_a_faulty_workbook_comes_back_marked_and_is_not_stored(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    answer = upload(client, book(("nobody", "王新")))
    assert answer.status_code == 400
    assert not Document.objects.exists()
    marked = re.search(r'href="(/names/import/marked/[^"]+)"', answer.content.decode())
    assert marked is not None
    rows = read.grids(client.get(marked[1]).content)[0].rows
    assert "没有账号“nobody”" in str(rows[2][-1])
    assert sign_in(cast.reviewer).get(marked[1]).status_code == 404


def test_what_a_worker_finds_done_is_done_once(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    upload(client, book(("reporter_a", "王新"), blank=20))
    run("check_names")
    preview = client.get(reverse("names:preview", args=[Document.objects.get().public_id]))
    client.post(preview.context["confirm_url"], {"seen": preview.context["plan"]["digest"]})
    small_import.import_names(data=book(("reporter_a", "王新"), blank=20), name="同一份.xlsx", by=cast.admin)
    assert "没有重复导入" in run("import_names").result["said"]
    assert AuditEvent.objects.filter(action="names.import").count() == 1


def test_an_upload_is_its_senders_alone(cast, sign_in) -> None:
    address = upload(sign_in(cast.admin), book(("reporter_a", "王新"))).url
    assert sign_in(cast.reviewer).get(address).status_code == 404
    assert sign_in(cast.reviewer).post(f"{address}confirm/").status_code == 404


def test_more_rows_than_the_kind_takes_are_jobs_and_confirmed_twice_one_job(cast, sign_in, monkeypatch) -> None:
    client = sign_in(cast.admin)
    real = small_import.import_names
    monkeypatch.setattr(small_import, "import_names", lambda **_: pytest.fail("read in a request"))
    answer = upload(client, book(("reporter_a", "王新"), blank=20))
    address = reverse("names:preview", args=[Document.objects.get().public_id])
    assert answer.url == client.get(address).url == reverse("jobs:detail", args=[Job.objects.get().pk])
    monkeypatch.setattr(small_import, "import_names", real)
    assert run("check_names").result["url"] == address
    monkeypatch.setattr(small_import, "import_names", lambda **_: pytest.fail("read in a request"))
    preview = client.get(address)
    assert "改名 2 人" in preview.content.decode()
    seen = {"seen": preview.context["plan"]["digest"]}
    asked = {client.post(preview.context["confirm_url"], seen).url for _ in range(2)}
    assert asked == {reverse("jobs:detail", args=[Job.objects.get(kind="import_names").pk])}
    assert client.post(preview.context["confirm_url"], {"seen": "other"}).status_code == 409
    monkeypatch.setattr(small_import, "import_names", real)
    assert "改名 2 人" in run("import_names").result["said"]
    assert name_of("reporter_a") == "王新"


def test_a_large_one_that_changed_since_is_refused_by_its_job(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    upload(client, book(("reporter_a", "王新"), blank=20))
    run("check_names")
    User.objects.filter(username="reporter_a").update(name="王新")
    client.post(reverse("names:confirm", args=[Document.objects.get().public_id]))
    assert "预览之后姓名又有变动" in run("import_names").error
    assert name_of("principal_a") != "丁"


@pytest.mark.parametrize("name", configured.IMPORTS)
def test_every_kind_is_declared_under_its_name_with_words_for_its_trail(name: str) -> None:
    kind: ImportKind = import_string(configured.IMPORTS[name])
    codes = [kind.code("upload"), f"{kind.audit_area}.ask_import", f"{kind.audit_area}.import"]
    codes += [kind.code("mark"), f"{kind.audit_area}.download_marked"] if kind.marks_faults else []
    codes += [f"{kind.audit_area}.ask_check"] if kind.options({}) else []
    assert kind.name == name
    assert set(codes) - set(audit.ACTIONS) == set()
