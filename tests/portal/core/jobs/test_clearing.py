"""The clearing of the night takes what is over and leaves what counts."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from portal.core.accounts.queries import system_user
from portal.core.audit.models import AuditEvent
from portal.core.jobs import actions, runner
from portal.core.jobs.models import Job
from portal.core.notices.models import Notice, Sending


@pytest.fixture
def ran(cast, settings):
    settings.REDIS_URL = ""
    now = timezone.now()
    for days in (1, 400):
        then = now - timedelta(days=days)
        Session.objects.create(session_key=f"s{days}", session_data="", expire_date=now - timedelta(days=days - 2))
        AccessAttempt.objects.create(username=f"u{days}", failures_since_start=1)
        AccessAttempt.objects.filter(username=f"u{days}").update(attempt_time=then)
        Notice.objects.create(user=cast.admin, text="读过", key=f"read-{days}", read_at=then)
        Notice.objects.create(user=cast.admin, text="没有读", key=f"unread-{days}")
        Sending.objects.create(user=cast.admin, day=then.date(), channel="email", state="sent")
        for kind in ("escalate", "evaluate"):
            Job.objects.create(
                kind=kind,
                title="任务",
                key=f"{kind}-{days}",
                owner=system_user(),
                state="done",
                queued_at=then,
                finished_at=then,
            )
    events = AuditEvent.objects.count()
    with transaction.atomic():
        job = actions.enqueue(kind="clear", title="清理", args={}, key="clear", by=system_user())
    assert runner.run_one(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    assert AuditEvent.objects.count() >= events
    return job


def test_old_rows_go_and_the_others_stay(ran) -> None:
    assert {row.session_key for row in Session.objects.all()} >= {"s1"}
    assert not Session.objects.filter(session_key="s400").exists()
    assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["u1"]
    assert set(Notice.objects.values_list("key", flat=True)) >= {"read-1", "unread-1", "unread-400"}
    assert not Notice.objects.filter(key="read-400").exists()
    assert set(Job.objects.values_list("key", flat=True)) == {"clear", "escalate-1", "evaluate-1", "evaluate-400"}
    assert Sending.objects.count() == 1
    assert ran.result == {"attempts": 1, "notices": 1, "sendings": 1, "jobs": 1, "parts": 0}
