"""A job is a row first: whatever happens to workers, its result is right once."""

from datetime import timedelta

import pytest
from celery import Celery
from django.db import transaction
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.errors import Conflict, NotAllowed
from portal.core.jobs import actions, runner, tasks
from portal.core.jobs.models import Job
from portal.core.jobs.runner import LostLease

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _works(settings) -> None:
    names = ("count_once", "refuse", "break_down")
    settings.JOB_WORKS = {name: f"tests.portal.core.jobs.works.{name}" for name in names}
    settings.REDIS_URL = ""


def enqueue(by: User, kind: str = "count_once", key: str = "k") -> Job:
    with transaction.atomic():
        return actions.enqueue(kind=kind, title="测试任务", args={"key": key}, key=f"{kind}:{key}", by=by)


def results() -> int:
    return User.objects.filter(username__startswith="result-").count()


def test_a_job_is_run_and_its_row_says_so(cast) -> None:
    job = enqueue(cast.admin)
    assert runner.run_one() is True
    job.refresh_from_db()
    assert (job.state, job.result, job.percent) == (Job.State.DONE, {"key": "k"}, 100)
    assert job.lease_until is None
    assert runner.run_one() is False


def test_the_same_request_twice_is_one_job(cast) -> None:
    first = enqueue(cast.admin)
    assert enqueue(cast.admin).pk == first.pk
    runner.run_one()
    assert enqueue(cast.admin).pk == first.pk
    assert runner.run_one() is False
    assert results() == 1


def test_a_job_delivered_ten_times_has_one_effect(cast) -> None:
    job = enqueue(cast.admin)
    assert [runner.run_one(job.pk) for _ in range(10)].count(True) == 1
    assert results() == 1


def test_a_refusal_is_shown_as_its_reason(cast) -> None:
    job = enqueue(cast.admin, "refuse")
    runner.run_one()
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.FAILED, "第三小学没有数据，请先补报。")


def test_an_unexpected_fault_leaves_nothing_and_shows_no_english(cast, caplog) -> None:
    job = enqueue(cast.admin, "break_down")
    runner.run_one()
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "意外错误" in job.error
    assert "ZeroDivision" not in job.error
    assert not User.objects.filter(username="half-written").exists()


def test_a_job_whose_lease_ran_out_is_taken_over_and_the_old_worker_is_fenced_off(cast) -> None:
    enqueue(cast.admin)
    slow = runner.claim()
    assert slow is not None
    assert runner.claim() is None, "a job with a live lease must not be taken twice"
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert runner.run_one() is True
    for touch in (slow.heartbeat, lambda: slow.progress(1, 2)):
        with pytest.raises(LostLease):
            touch()
    with pytest.raises(LostLease), slow.fenced():
        User.objects.create(username="too-late", name="迟到")
    assert not User.objects.filter(username="too-late").exists()
    assert Job.objects.get().state == Job.State.DONE


def test_a_job_that_kills_its_workers_is_given_up(cast, settings) -> None:
    job = enqueue(cast.admin)
    for _ in range(settings.JOB_MAX_ATTEMPTS):
        assert runner.claim() is not None
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert runner.claim() is None
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "多次中断" in job.error


def test_a_failed_job_can_be_tried_again(cast, settings) -> None:
    job = enqueue(cast.admin, "refuse")
    runner.run_one()
    settings.JOB_WORKS["refuse"] = "tests.portal.core.jobs.works.count_once"
    actions.retry(job_id=job.pk, by=cast.admin)
    runner.run_one()
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.DONE, "")


def test_only_the_owner_cancels_and_only_open_jobs(cast) -> None:
    job = enqueue(cast.admin)
    with pytest.raises(NotAllowed):
        actions.cancel(job_id=job.pk, reason="选错年度", by=cast.reviewer)
    actions.cancel(job_id=job.pk, reason="选错年度", by=cast.admin)
    assert runner.run_one() is False
    with pytest.raises(Conflict):
        actions.cancel(job_id=job.pk, reason="选错年度", by=cast.admin)


def test_a_running_job_stops_at_its_next_step_when_cancelled(cast, monkeypatch) -> None:
    job = enqueue(cast.admin)
    claimed = runner.claim()
    actions.cancel(job_id=job.pk, reason="选错年度", by=cast.admin)
    runner._execute(claimed)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    assert results() == 0


def test_forgotten_jobs_are_those_waiting_a_minute_or_left_by_a_dead_worker(cast) -> None:
    fresh, old, dead = (enqueue(cast.admin, key=str(number)) for number in range(3))
    Job.objects.filter(pk=old.pk).update(queued_at=timezone.now() - timedelta(seconds=61))
    Job.objects.filter(pk=dead.pk).update(state="running", lease_until=timezone.now() - timedelta(seconds=1))
    assert tasks.forgotten_ids() == [old.pk, dead.pk]
    assert fresh.pk not in tasks.forgotten_ids()


def test_a_long_queue_is_signalled_from_its_oldest_end_never_all_at_once(cast) -> None:
    jobs = [enqueue(cast.admin, key=str(number)) for number in range(25)]
    Job.objects.update(queued_at=timezone.now() - timedelta(minutes=5))
    assert tasks.forgotten_ids() == [job.pk for job in jobs[:20]]


@pytest.mark.django_db(transaction=True)
def test_enqueue_needs_the_transaction_of_its_action(cast) -> None:
    with pytest.raises(RuntimeError):
        actions.enqueue(kind="count_once", title="x", args={}, key="x", by=cast.admin)


@pytest.mark.django_db(transaction=True)
def test_an_unreachable_broker_leaves_the_job_queued_and_the_person_unharmed(
    cast, settings, monkeypatch, caplog
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(tasks, "current_app", Celery("nobody-answers", broker=settings.REDIS_URL))
    job = enqueue(cast.admin)
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED
    assert "broker not reachable" in caplog.text
