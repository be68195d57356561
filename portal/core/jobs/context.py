"""What a piece of work is given: its arguments, its actor, and a fence against stale workers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.jobs.models import Job


class LostLease(Exception):
    """Another worker has taken the job over; this one must stop without a trace."""


class Cancelled(Exception):
    """The owner asked for the job to stop."""


@dataclass(frozen=True, slots=True)
class JobContext:
    """One attempt at one job."""

    job_id: int
    attempt: int
    kind: str
    args: dict[str, Any]
    by: User
    _reached: dict[str, Any] = field(default_factory=dict)

    def _mine(self) -> Any:
        return Job.objects.filter(pk=self.job_id, attempt=self.attempt, state=Job.State.RUNNING)

    def heartbeat(self) -> None:
        """Raises LostLease if another worker has the job."""
        lease = timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
        if self._mine().update(lease_until=lease, **self._reached) != 1:
            raise LostLease

    def reached(self, done: int, total: int, note: str = "") -> None:
        """Report progress from within one long transaction: the next heartbeat shows it."""
        self._reached.update(done_steps=done, total_steps=total, note=note[:200])

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Call between chunks, outside transactions (`note` in Chinese). Raises LostLease or Cancelled."""
        lease = timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
        changed = self._mine().update(done_steps=done, total_steps=total, note=note[:200], lease_until=lease)
        if changed != 1:
            raise LostLease
        if self._mine().filter(cancel_requested=True).exists():
            raise Cancelled

    def finish(self, result: dict[str, Any]) -> None:
        """End the job with its results, last in the caller's transaction. Raises LostLease or Cancelled."""
        self.heartbeat()
        if self._mine().filter(cancel_requested=True).exists():
            raise Cancelled
        self._mine().update(
            state=Job.State.DONE, result=result, error="", finished_at=timezone.now(), lease_until=None, note=""
        )

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """The transaction for results: a worker that slept past its lease gets LostLease and writes nothing."""
        with transaction.atomic():
            if self._mine().select_for_update(no_key=True).first() is None:
                raise LostLease
            yield
