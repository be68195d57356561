"""Reads of the job table."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.jobs.models import Job


def waiting() -> "Q":
    """Return the condition under which a worker may claim a job: queued, or its lease ran out."""
    return Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=timezone.now())


# More than the workers can take until beat looks again would only pile up messages for jobs that wait their turn.
_RUNG_AT_ONCE = 20


def forgotten_ids() -> list[int]:
    """Return ids of the oldest jobs queued for over `JOB_FORGOTTEN_SECONDS` or left by a dead worker."""
    long_queued = Q(
        state=Job.State.QUEUED, queued_at__lt=timezone.now() - timedelta(seconds=settings.JOB_FORGOTTEN_SECONDS)
    )
    dead = Q(state=Job.State.RUNNING, lease_until__lt=timezone.now())
    return list(Job.objects.filter(long_queued | dead).order_by("id").values_list("id", flat=True)[:_RUNG_AT_ONCE])


def for_owner(user: User) -> "list[Job]":
    """Return the newest jobs a person asked for."""
    return list(Job.objects.filter(owner=user).select_related("owner")[:100])
