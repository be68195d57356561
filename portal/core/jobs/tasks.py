"""Celery's side of the jobs: one integer in, one call. Without Redis nothing is sent; the runner process looks by itself."""

import logging
from datetime import timedelta

from celery import current_app, shared_task
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from portal.core.jobs import runner
from portal.core.jobs.models import Job

log = logging.getLogger(__name__)
# More than the workers can take until beat looks again would only pile up messages for jobs that wait their turn.
_MOST_AT_ONCE = 20


def signal(job_id: int) -> None:
    """Without Redis the row stays queued and beat signals later."""
    if not settings.REDIS_URL:
        return
    try:
        current_app.send_task("portal.core.jobs.tasks.run", args=[job_id], retry=False)
    except Exception as error:
        log.warning("job %s waits: broker not reachable (%s)", job_id, error)


def forgotten_ids() -> list[int]:
    """Queued for over `JOB_FORGOTTEN_SECONDS` or left by a dead worker."""
    now = timezone.now()
    long_queued = Q(state=Job.State.QUEUED, queued_at__lt=now - timedelta(seconds=settings.JOB_FORGOTTEN_SECONDS))
    dead = Q(state=Job.State.RUNNING, lease_until__lt=now)
    return list(Job.objects.filter(long_queued | dead).order_by("id").values_list("id", flat=True)[:_MOST_AT_ONCE])


@shared_task(name="portal.core.jobs.tasks.run")
def run(job_id: int) -> None:
    runner.run_one(job_id)


@shared_task(name="portal.core.jobs.tasks.signal_waiting")
def signal_waiting() -> None:
    for job_id in forgotten_ids():
        signal(job_id)
