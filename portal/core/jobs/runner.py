"""Claims a job, keeps its lease alive, runs its work behind a fence against stale workers, writes how it ended."""

import contextlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.module_loading import import_string

from portal.core.accounts.models import User
from portal.core.errors import Refused
from portal.core.jobs.models import Job
from portal.core.lib import models

log = logging.getLogger(__name__)
_MOST_PROBLEMS = 200
_WORKER_DIED = "执行任务的后台程序多次中断，任务已停止。请稍后点“重试”；如再次失败，请联系管理员。"
_UNEXPECTED = (
    "后台程序出现意外错误，没有做完。再次执行不会重复已有的结果：请点“重试”；如再次失败，请将任务编号告知管理员。"
)


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
        """Raises LostLease."""
        lease = timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
        if self._mine().update(lease_until=lease, **self._reached) != 1:
            raise LostLease

    def reached(self, done: int, total: int, note: str = "") -> None:
        """Within a long transaction: the next heartbeat shows it."""
        self._reached.update(done_steps=done, total_steps=total, note=note[:200])

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Outside transactions (`note` in Chinese). Raises LostLease or Cancelled."""
        lease = timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
        changed = self._mine().update(done_steps=done, total_steps=total, note=note[:200], lease_until=lease)
        if changed != 1:
            raise LostLease
        if self._mine().filter(cancel_requested=True).exists():
            raise Cancelled

    def finish(self, result: dict[str, Any]) -> dict[str, Any]:
        """Last in the caller's transaction; all steps are done. Returns the result. Raises LostLease or Cancelled."""
        self.heartbeat()
        if self._mine().filter(cancel_requested=True).exists():
            raise Cancelled
        self._mine().update(
            state=Job.State.DONE,
            result=result,
            error="",
            finished_at=timezone.now(),
            lease_until=None,
            note="",
            done_steps=F("total_steps"),
        )
        return result

    @contextlib.contextmanager
    def fenced(self) -> Iterator[None]:
        """The transaction for results: a worker past its lease gets LostLease and writes nothing."""
        with transaction.atomic():
            if self._mine().select_for_update(no_key=True).first() is None:
                raise LostLease
            yield


def _waiting() -> Q:
    return Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=timezone.now())


def claim(job_id: int | None = None) -> JobContext | None:
    """By compare-and-set; a job whose worker died too often is failed instead."""
    candidates = Job.objects.filter(_waiting())
    if job_id is not None:
        candidates = candidates.filter(pk=job_id)
    for job in candidates.order_by("queued_at", "id").select_related("owner")[:20]:
        died = job.state == Job.State.RUNNING
        deaths = job.result.get("deaths", 0) + 1 if died else 0
        mine = Job.objects.filter(_waiting(), pk=job.pk, attempt=job.attempt, state=job.state)
        if deaths >= settings.JOB_MAX_ATTEMPTS:
            mine.update(state=Job.State.FAILED, error=_WORKER_DIED, finished_at=timezone.now())
            continue
        changed = mine.update(
            state=Job.State.RUNNING,
            attempt=job.attempt + 1,
            started_at=timezone.now(),
            lease_until=timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS),
            result={"deaths": deaths},
        )
        if changed == 1:
            return JobContext(job.pk, job.attempt + 1, job.kind, job.args, job.owner)
    return None


def run_one(job_id: int | None = None) -> bool:
    context = claim(job_id)
    if context is None:
        return False
    with _heartbeat(context):
        _execute(context)
    return True


def _execute(context: JobContext) -> None:
    try:
        work = import_string(settings.JOB_WORKS[context.kind])
        result = models.do_again(lambda: work(context))
        _finish(context, Job.State.DONE, result=result or {})
    except LostLease:
        log.warning("job %s attempt %s: lease lost, stopping", context.job_id, context.attempt)
    except Cancelled:
        _finish(context, Job.State.CANCELLED)
    except Refused as error:
        # A page of thousands of problems helps nobody.
        lines = [error.message, *map(str, error.problems[:_MOST_PROBLEMS])]
        if len(error.problems) > _MOST_PROBLEMS:
            lines.append(f"另有 {len(error.problems) - _MOST_PROBLEMS} 处没有列出，请先改正以上各处。")
        result = {"url": error.offer.url, "label": error.offer.label} if error.offer else None
        _finish(context, Job.State.FAILED, error="\n".join(lines), result=result)
    except Exception:
        log.exception("job %s failed", context.job_id)
        _finish(context, Job.State.FAILED, error=_UNEXPECTED)


def _finish(context: JobContext, state: Job.State, *, result: dict | None = None, error: str = "") -> None:
    with contextlib.suppress(LostLease), context.fenced(), transaction.atomic():
        Job.objects.filter(pk=context.job_id).update(
            state=state, result=result or {}, error=error, finished_at=timezone.now(), lease_until=None, note=""
        )


@contextlib.contextmanager
def _heartbeat(context: JobContext) -> Iterator[None]:
    stop = threading.Event()

    def beat() -> None:
        try:
            while not stop.wait(settings.JOB_LEASE_SECONDS / 4):
                try:
                    context.heartbeat()
                except LostLease:
                    return
                except Exception as error:
                    log.warning("job %s: heartbeat failed (%s)", context.job_id, error)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"job-{context.job_id}-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
