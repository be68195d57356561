"""Asking for background work, stopping it, asking again."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, NotAllowed
from portal.core.jobs import tasks
from portal.core.jobs.models import Job
from portal.core.lib import written


def enqueue(*, kind: str, title: str, args: dict[str, Any], key: str, by: User, district: str = "") -> Job:
    """In the caller's transaction. An equal `key` is one job; only a failed or cancelled one is queued again."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("jobs.enqueue needs the transaction of the action that asks for it")
    now = timezone.now()
    job, made = Job.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "title": title[:200],
            "args": args,
            "owner": by,
            "district_code": district,
            "queued_at": now,
        },
    )
    if not made and job.state in (Job.State.FAILED, Job.State.CANCELLED):
        _queue_again(job)
    if made or job.state == Job.State.QUEUED:
        transaction.on_commit(lambda: tasks.signal(job.pk))
    return job


def _queue_again(job: Job) -> None:
    job.state, job.error, job.cancel_requested = Job.State.QUEUED, "", False
    job.queued_at, job.attempt, job.lease_until = timezone.now(), job.attempt + 1, None
    job.result = {key: value for key, value in job.result.items() if key != "deaths"}
    job.save()


@transaction.atomic
def cancel(*, job_id: int, reason: str, by: User) -> Job:
    """A waiting job stops at once, a running one at its next step."""
    job = Job.objects.select_for_update().get(pk=job_id)
    if job.owner_id != by.pk:
        raise NotAllowed("只有发起人可以取消这项任务。")
    if not job.is_open:
        raise Conflict(f"任务{job.get_state_display()}，不能取消。")
    reason = written.reason(reason, "取消任务")
    before = job.state
    if job.state == Job.State.QUEUED:
        job.state, job.finished_at = Job.State.CANCELLED, timezone.now()
    job.cancel_requested = True
    job.save()
    audit.record(
        "job.cancel",
        by=by,
        obj=job,
        district=job.district_code,
        before={"state": before},
        after={"state": job.state, "reason": reason},
    )
    return job


@transaction.atomic
def retry(*, job_id: int, by: User) -> Job:
    job = Job.objects.select_for_update().get(pk=job_id)
    if job.owner_id != by.pk:
        raise NotAllowed("只有发起人可以重试这项任务。")
    if job.state not in (Job.State.FAILED, Job.State.CANCELLED):
        raise Conflict(f"任务{job.get_state_display()}，无需重试。")
    before = job.state
    _queue_again(job)
    audit.record(
        "job.retry", by=by, obj=job, district=job.district_code, before={"state": before}, after={"state": job.state}
    )
    transaction.on_commit(lambda: tasks.signal(job.pk))
    return job
