"""Calls Celery workers when a job waits; without Redis the runner process looks by itself."""

import logging

from celery import current_app
from django.conf import settings

log = logging.getLogger(__name__)


def ring(job_id: int) -> None:
    """Send the job's number to the workers.

    A send that fails (Redis is down) leaves the row queued, and beat rings again
    later, so the person who asked is not bothered.
    """
    if not settings.REDIS_URL:
        return
    try:
        current_app.send_task("portal.core.jobs.tasks.run", args=[job_id], retry=False)
    except Exception as error:
        log.warning("job %s waits: broker not reachable (%s)", job_id, error)
