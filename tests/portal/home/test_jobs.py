"""Job pages: whose jobs, live progress that stops, cancel and retry by the owner only."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.core.audit.models import AuditEvent
from portal.core.jobs.models import Job
from tests.cast import grant, make_user
from tests.shared import shared

pytestmark = pytest.mark.django_db


@shared
def job(cast: Any) -> Job:
    now = timezone.now()
    return Job.objects.create(
        kind="evaluate",
        title="评估 2026 年度",
        key="evaluate:1",
        owner=cast.admin,
        district_code="410202",
        state="running",
        done_steps=18,
        total_steps=42,
        note="正在汇总",
        queued_at=now,
        started_at=now,
        lease_until=now + timedelta(hours=1),
    )


def _end(job: Job, state: str, **values: Any) -> None:
    Job.objects.filter(pk=job.pk).update(state=state, lease_until=None, finished_at=timezone.now(), **values)


def test_a_running_job_shows_its_progress_and_asks_again(cast, sign_in, job) -> None:
    answer = sign_in(cast.admin).get(reverse("jobs:progress", args=[job.pk]))
    part = answer.content.decode()
    assert 'value="18" max="42"' in part
    assert f'hx-get="{reverse("jobs:progress", args=[job.pk])}"' in part
    assert "HX-Refresh" not in answer.headers


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_a_job_that_has_ended_stops_asking_and_loads_its_page_anew(cast, sign_in, job, state: str) -> None:
    _end(job, state)
    answer = sign_in(cast.admin).get(reverse("jobs:progress", args=[job.pk]))
    assert "hx-get" not in answer.content.decode()
    assert answer.headers["HX-Refresh"] == "true"


def test_a_failed_job_says_why_and_offers_to_try_again(cast, sign_in, job) -> None:
    _end(job, "failed", error="甲小学的填报已被退回。")
    page = sign_in(cast.admin).get(reverse("jobs:detail", args=[job.pk])).content.decode()
    assert "甲小学的填报已被退回" in page
    assert reverse("jobs:retry", args=[job.pk]) in page
    assert reverse("jobs:cancel", args=[job.pk]) not in page


def test_a_finished_job_links_to_its_result(cast, sign_in, job) -> None:
    _end(job, "done", result={"url": "/board/?evaluation=7"})
    page = sign_in(cast.admin).get(reverse("jobs:detail", args=[job.pk])).content.decode()
    assert 'href="/board/?evaluation=7"' in page


@pytest.mark.parametrize("page", ["detail", "progress"])
@pytest.mark.parametrize(
    ("username", "status"),
    [("admin", 200), ("foreign_admin", 404), ("reporter_a", 404), ("reviewer", 404), ("auditor", 404)],
)
def test_a_district_job_is_seen_by_those_who_run_jobs_there(cast, sign_in, job, page, username, status) -> None:
    client = sign_in(getattr(cast, username))
    assert client.get(reverse(f"jobs:{page}", args=[job.pk])).status_code == status
    assert ("评估 2026 年度" in client.get(reverse("jobs:list")).content.decode()) == (status == 200)


def test_another_administrator_sees_the_job_but_cannot_stop_it(cast, sign_in, job) -> None:
    colleague = make_user("admin2", "另一管理员")
    grant(colleague, "admin", district=cast.district)
    client = sign_in(colleague)
    assert "由发起人办理" in client.get(reverse("jobs:detail", args=[job.pk])).content.decode()
    assert client.post(reverse("jobs:cancel", args=[job.pk]), {"reason": "选错年度"}).status_code == 403
    _end(job, "failed")
    assert client.post(reverse("jobs:retry", args=[job.pk])).status_code == 403


def test_the_owner_stops_and_restarts_a_job_and_both_are_audited(cast, sign_in, job) -> None:
    client = sign_in(cast.admin)
    shown = client.post(reverse("jobs:cancel", args=[job.pk]), follow=True).content.decode()
    assert "请写明取消任务的原因" in shown
    job.refresh_from_db()
    assert not job.cancel_requested
    assert client.post(reverse("jobs:cancel", args=[job.pk]), {"reason": "选错年度"}).status_code == 302
    assert AuditEvent.objects.get(action="job.cancel").after["reason"] == "选错年度"
    job.refresh_from_db()
    assert job.cancel_requested
    _end(job, "cancelled")
    assert client.post(reverse("jobs:cancel", args=[job.pk]), {"reason": "选错年度"}).status_code == 409
    assert client.post(reverse("jobs:retry", args=[job.pk])).status_code == 302
    job.refresh_from_db()
    assert (job.state, job.cancel_requested) == ("queued", False)
    assert list(AuditEvent.objects.order_by("seq").values_list("action", flat=True)) == ["job.cancel", "job.retry"]


@pytest.mark.parametrize("verb", ["cancel", "retry"])
def test_jobs_change_by_form_only(cast, sign_in, job, verb: str) -> None:
    assert sign_in(cast.admin).get(reverse(f"jobs:{verb}", args=[job.pk])).status_code == 405


def test_the_list_is_filtered_by_the_address_and_survives_nonsense(cast, sign_in, job) -> None:
    client = sign_in(cast.admin)
    assert "评估 2026 年度" not in client.get("/jobs/?state=done").content.decode()
    assert "评估 2026 年度" in client.get("/jobs/?state=running").content.decode()
    assert client.get("/jobs/?state=nonsense&page=zzz").status_code == 200


def test_the_list_needs_the_same_queries_for_5_and_50_jobs(cast, sign_in, job, django_assert_num_queries) -> None:
    def add(numbers: range) -> None:
        for number in numbers:
            Job.objects.create(
                kind="evaluate",
                title="评估",
                key=f"k{number}",
                owner=cast.admin,
                district_code="410202",
                queued_at=timezone.now(),
            )

    client = sign_in(cast.admin)
    add(range(4))
    client.get("/jobs/")
    with CaptureQueriesContext(connection) as few:
        client.get("/jobs/")
    add(range(4, 29))
    with django_assert_num_queries(len(few)):
        client.get("/jobs/")
