"""Celery's side of the jobs: one integer in, one call."""

from celery import shared_task

from portal.core.jobs import doorbell, queries, runner


@shared_task(name="portal.core.jobs.tasks.run")
def run(job_id: int) -> None:
    """Run this job if it still waits."""
    runner.run_one(job_id)


@shared_task(name="portal.core.jobs.tasks.ring_for_waiting")
def ring_for_waiting() -> None:
    """Ring again for jobs whose message was lost or whose worker died."""
    for job_id in queries.forgotten_ids():
        doorbell.ring(job_id)
