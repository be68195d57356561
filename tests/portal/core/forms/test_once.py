"""A form sent twice is one record, and the second answer leads to the first."""

import re
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.shortcuts import redirect
from django.urls import reverse

from indicators.collection.evidence import views as evidence
from indicators.collection.submissions.models import Evidence
from indicators.standard.standards import queries as standards
from inspections.rectification import actions as rectification
from inspections.rectification.models import Entry, Finding
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.files.models import Document
from portal.core.forms.models import SentForm
from portal.core.forms.once import once
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from portal.core.notices.models import Notice
from schools.issuing import views
from tests.attacks import corpus
from tests.cast import assemble
from tests.indicators.collection.submissions.conftest import make_round, make_submission
from tests.indicators.collection.submissions.test_races import at_once, meet
from tests.inspections.making import dispatched, planned, today, underway
from tests.permissions.test_matrix import ADDRESSES
from tests.test_architecture import ROOT, SOURCES

pytestmark = pytest.mark.django_db

CREATES = (
    "rounds:open",
    "visits:plan",
    "rectification:register",
    "visits:raise_finding",
    "visits:finish",
    "rectification:measure",
    "rectification:progress",
    "rectification:request_close",
    "rectification:close",
    "relaxations:propose",
    "milestones:freeze",
    "forecast:start",
    "plans:start",
    "plans:as_scenario",
    "scenarios:create",
    "scenarios:add_measure",
    "scenarios:remove_measure",
    "scenarios:copy",
    "reports:create",
    "dossiers:build",
    "directory:create",
    "departments:create",
    "standard_change:adopt",
    "programmes:adopt",
    "reviews:approve",
    "reviews:send_back",
    "accounts:create",
    "accounts:grant",
    "accounts:end",
    "evaluations:start",
    "deadlines:edit",
    "directory:merge",
    "directory:close",
    "directory:reopen",
    "accounts:issue",
)


def key_in(page: str) -> str:
    """The key of the last form on a page."""
    return re.findall(r'name="form_key" value="([^"]+)"', page)[-1]


def carries_once(view) -> bool:
    while view is not None:
        if getattr(view, "once", False):
            return True
        view = getattr(view, "__wrapped__", None)
    return False


@pytest.mark.parametrize("name", CREATES)
def test_every_create_is_carried_out_once(name) -> None:
    assert carries_once(ADDRESSES[name].callback)


def test_every_form_has_a_key_of_its_own(cast, sign_in) -> None:
    page = sign_in(cast.admin).get(reverse("rectification:register")).content.decode()
    again = sign_in(cast.admin).get(reverse("rectification:register")).content.decode()
    assert key_in(page) != key_in(again)


@pytest.fixture
def sent(cast):
    return {
        "school": cast.school_a.pk,
        "source": "XF",
        "indicator": "A7",
        "problem": "断网",
        "requirement": "修好",
        "category": "with_deadline",
        "due_on": today(30).isoformat(),
    }


@pytest.mark.parametrize("key", ["", "9" * 40, "10²", "文" * 6000, "no-such", "a\0b", "1.5"])
def test_a_key_that_is_none_changes_nothing(cast, rf, key) -> None:
    calls = []
    for _ in range(2):
        request = rf.post("/", {"form_key": key})
        request.user = cast.admin
        once(calls.append)(request)
    assert [request.POST["form_key"] for request in calls] == [key, key]
    assert not SentForm.objects.exists()


def test_nobody_else_reads_the_key() -> None:
    """So one nonsense key for each form proves all. A complaint of somebody unknown has a field of its own."""
    readers = {path for path in SOURCES if re.search(r"""["']form_key["']|\bform_key\b""", path.read_text())}
    assert {str(path.relative_to(ROOT)) for path in readers} == {
        "portal/core/forms/once.py",
        "portal/core/lib/middleware.py",  # does not look at it
        "portal/core/templatetags/youheng.py",  # writes it
        "inspections/publicity/forms.py",
    }


def test_a_finding_sent_twice_is_one_and_leads_to_it(cast, sign_in, sent) -> None:
    client, address = sign_in(cast.admin), reverse("rectification:register")
    sent["form_key"] = key_in(client.get(address).content.decode())
    first, second = (client.post(address, sent) for _ in range(2))
    assert second.url == first.url == reverse("rectification:detail", args=[Finding.objects.get().pk])
    assert "没有重复办理" in client.get(second.url).content.decode()
    assert Notice.objects.filter(user=cast.reporter_a).count() == 1


def test_other_words_in_the_same_page_are_another_finding(cast, sign_in, sent) -> None:
    client, address = sign_in(cast.admin), reverse("rectification:register")
    sent["form_key"] = key_in(client.get(address).content.decode())
    client.post(address, sent)
    client.post(address, sent | {"problem": "另一处断网", "indicator": "B3"})
    assert Finding.objects.count() == 2


def test_a_refused_form_is_not_remembered(cast, sign_in, sent) -> None:
    client, address = sign_in(cast.admin), reverse("rectification:register")
    sent["form_key"] = key_in(client.get(address).content.decode())
    assert client.post(address, sent | {"problem": ""}).status_code == 400
    assert not SentForm.objects.exists()
    assert client.post(address, sent).status_code == 302


def test_what_a_action_refuses_is_not_remembered_either(cast, sign_in) -> None:
    visit = underway(cast)
    client, address = sign_in(cast.inspector_a), reverse("visits:start", args=[visit.pk])
    sent = {"form_key": "6f1c1c6e-6f64-4f0c-9c3b-0d6ad0f4f111"}
    assert client.post(address, sent).status_code == 409
    assert not SentForm.objects.exists()


def test_the_key_of_one_person_says_nothing_to_another(cast, sign_in, sent) -> None:
    address = reverse("rectification:register")
    sent["form_key"] = key_in(sign_in(cast.admin).get(address).content.decode())
    sign_in(cast.admin).post(address, sent)
    foreign = sign_in(cast.foreign_admin).post(address, sent | {"school": cast.school_c.pk})
    assert foreign.status_code == 302
    assert Finding.objects.count() == 2


def test_a_step_on_a_finding_sent_twice_is_one_entry(cast, sign_in) -> None:
    finding, client = dispatched(cast), sign_in(cast.reporter_a)
    page = client.get(reverse("rectification:detail", args=[finding.pk])).content.decode()
    sent = {"version": finding.version, "text": "更换设备", "responsible": "张主任", "form_key": key_in(page)}
    address = reverse("rectification:measure", args=[finding.pk])
    assert [client.post(address, sent).status_code for _ in range(2)] == [302, 302]
    assert Entry.objects.filter(finding=finding, kind=Entry.Kind.MEASURE).count() == 1


def test_a_visit_and_a_start_sent_twice(cast, sign_in) -> None:
    client, address = sign_in(cast.inspector_a), reverse("visits:plan")
    sent = {
        "school": cast.school_a.pk,
        "kind": "regular",
        "subject": "多媒体教室",
        "planned_on": today().isoformat(),
        "leader": cast.inspector_a.pk,
        "form_key": key_in(client.get(address).content.decode()),
    }
    first, second = (client.post(address, sent) for _ in range(2))
    assert first.url == second.url
    assert Visit.objects.count() == 1
    started = {"form_key": "6f1c1c6e-6f64-4f0c-9c3b-0d6ad0f4f222"}
    begin = reverse("visits:start", args=[planned(cast).pk])
    assert client.post(begin, started).url == client.post(begin, started).url


def test_another_file_of_the_same_name_and_size_is_another_form(cast, rf) -> None:
    seen = []

    @once
    def take(request):
        seen.append(request.FILES["file"].read())
        return redirect("/")

    key = "6f1c1c6e-6f64-4f0c-9c3b-0d6ad0f4f222"
    for content in (b"first", b"other"):
        request = rf.post("/", {"form_key": key, "file": SimpleUploadedFile("a.txt", content)})
        request.user = cast.reporter_a
        take(request)
    assert seen == [b"first", b"other"]


def test_an_account_made_twice_is_one_and_the_second_answer_leads_to_it(cast, sign_in) -> None:
    client, address = sign_in(cast.admin), reverse("accounts:create")
    sent = {
        "username": "wang.jing",
        "name": "王静",
        "phone": "",
        "role": "leader",
        "place": f"district-{cast.district.pk}",
        "form_key": key_in(client.get(address).content.decode()),
    }
    first, second = (client.post(address, sent) for _ in range(2))
    person = User.objects.get(username="wang.jing")
    assert (first.status_code, second.status_code) == (200, 302)
    assert second.url == reverse("accounts:detail", args=[person.pk])
    assert "没有重复办理" in client.get(second.url).content.decode()


def test_accounts_asked_for_twice_are_one_job_also_when_it_is_done(cast, sign_in) -> None:
    client, address = sign_in(cast.admin), reverse("accounts:issue", args=["410202"])
    sent = {"form_key": key_in(client.get(reverse("accounts:issue_overview")).content.decode())}
    first = client.post(address, sent)
    while runner.run_one():
        pass
    second = client.post(address, sent)
    assert first.url == second.url == reverse("jobs:detail", args=[Job.objects.get().pk])
    assert "没有重复办理" in client.get(second.url).content.decode()


def test_evidence_sent_twice_is_one_with_its_words_and_other_words_are_taken_over(cast, sign_in) -> None:
    submission = make_submission(make_round(cast.district, "2026"), school=cast.school_a)
    client, address = sign_in(cast.reporter_a), reverse("evidence:attach", args=[submission.pk, "teaching_area"])
    page = client.get(reverse("evidence:files", args=[submission.pk])).content.decode()
    sent = {"caption": "2020 年测绘", "form_key": key_in(page)}
    answers = [client.post(address, sent | {"file": corpus.upload("图.pdf", corpus.pdf())}) for _ in range(2)]
    assert answers[0].url == answers[1].url
    assert Document.objects.count() == AuditEvent.objects.filter(action="evidence.attach").count() == 1
    assert "没有重复办理" in client.get(answers[1].url).content.decode()
    other = {"caption": "2025 年测绘", "restricted": "on", "file": corpus.upload("图.pdf", corpus.pdf())}
    client.post(address, sent | other)
    row = Evidence.objects.get()
    assert (row.caption, row.restricted) == ("2025 年测绘", True)
    assert AuditEvent.objects.get(action="evidence.describe").before == {"caption": "2020 年测绘", "restricted": False}


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time")
@pytest.mark.parametrize("what", ["evidence", "accounts"])
def test_evidence_and_accounts_sent_at_the_same_moment_are_one(transactional_db, sign_in, monkeypatch, what) -> None:
    cast = assemble()
    standards.current()
    key = {"form_key": "6f1c1c6e-6f64-4f0c-9c3b-0d6ad0f4f444"}
    if what == "evidence":
        submission = make_submission(make_round(cast.district, "2026"), school=cast.school_a)
        person, address = cast.reporter_a, reverse("evidence:attach", args=[submission.pk, "teaching_area"])
        meet(monkeypatch, evidence.actions, "attach")
        files = [{"file": corpus.upload("图.pdf", corpus.pdf())} for _ in range(2)]
    else:
        person, address, files = cast.admin, reverse("accounts:issue", args=["410202"]), [{}, {}]
        meet(monkeypatch, views.actions, "start")
    posts = [partial(sign_in(person).post, address, key | file) for file in files]
    answers = at_once(*posts)
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].url == answers[1].url
    assert (Document if what == "evidence" else Job).objects.count() == 1


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time")
@pytest.mark.parametrize(("key", "made"), [("6f1c1c6e-6f64-4f0c-9c3b-0d6ad0f4f333", 1), ("", 2)], ids=["key", "no key"])
def test_a_form_sent_at_the_same_moment_is_one_record(transactional_db, sign_in, monkeypatch, key, made) -> None:
    cast = assemble()
    standards.current()
    sent = {
        "school": cast.school_a.pk,
        "source": "XF",
        "indicator": "A7",
        "problem": "断网",
        "requirement": "修好",
        "category": "with_deadline",
        "due_on": today(30).isoformat(),
        "despite": "另一间教室",
        "form_key": key,
    }
    meet(monkeypatch, rectification, "register")
    clients = [sign_in(cast.admin) for _ in range(2)]
    answers = at_once(*(partial(client.post, reverse("rectification:register"), sent) for client in clients))
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Finding.objects.count() == made
    assert len({answer.url for answer in answers}) == made
