"""Real workers, killed for real: no job is lost and none has two effects."""

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import PATIENCE, Installation, wait_for

ENQUEUE = """
from django.db import transaction
from portal.core.accounts.queries import system_user
from portal.core.jobs import actions
with transaction.atomic():
    result = [actions.enqueue(kind={kind!r}, title="测试", args=args, key=args["key"], by=system_user()).pk
              for args in {args!r}]
"""
SIGNAL_AGAIN = """
from portal.core.jobs import tasks
for job_id in {ids} * {times}:
    tasks.signal(job_id)
result = None
"""


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Installation]:
    """An installation on SQLite without Redis."""
    installation = Installation(tmp_path)
    yield installation
    installation.close()


@pytest.fixture
def production(tmp_path: Path) -> Iterator[Installation]:
    """An installation on PostgreSQL with Celery over Redis."""
    installation = Installation(tmp_path, server_url=os.environ["DATABASE_URL"], redis_url=os.environ["REDIS_URL"])
    yield installation
    installation.close()


def enqueue(installation: Installation, kind: str, *args: dict) -> list[int]:
    return installation.python(ENQUEUE.format(kind=kind, args=list(args)))


def states(installation: Installation) -> dict:
    """The jobs, each with its state, attempts and error, and how many results they had left by then at least."""
    jobs = installation.rows("SELECT state, attempt, error FROM portal_job ORDER BY id")
    ((results,),) = installation.rows("SELECT COUNT(*) FROM portal_user WHERE username LIKE 'result-%'")
    return {"jobs": list(map(list, jobs)), "results": results}


def finished(installation: Installation) -> dict:
    def done() -> dict | None:
        seen = states(installation)
        return seen if all(state in ("done", "failed") for state, _, _ in seen["jobs"]) else None

    try:
        return wait_for("the jobs to end", done)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{states(installation)}\n{installation.logs()}") from None


def signals(installation: Installation) -> list[int]:
    """Return the numbers of the jobs for which a message waits; beat's own messages name none."""
    bodies = [json.loads(base64.b64decode(json.loads(raw)["body"])) for raw in installation.messages()]
    return sorted(body[0][0] for body in bodies if body[0])


def began(path: Path, process: subprocess.Popen) -> None:
    wait_for("the work to begin", lambda: path.exists() or process.poll() is not None)
    assert path.exists()


def test_a_runner_that_dies_inside_its_transaction_leaves_nothing_and_the_next_one_finishes(embedded, tmp_path) -> None:
    enqueue(embedded, "die_first_time", {"key": "a", "marker": str(tmp_path / "marker")})
    first = embedded.start_runner()
    assert first.wait(timeout=PATIENCE) == -9
    assert states(embedded)["results"] == 0
    embedded.start_runner()
    assert finished(embedded) == {"jobs": [["done", 2, ""]], "results": 1}


def test_a_runner_killed_from_outside_is_replaced(embedded, tmp_path) -> None:
    args = {"key": "a", "began": str(tmp_path / "began"), "go_on": str(tmp_path / "go_on")}
    enqueue(embedded, "wait_for_file", args)
    began(tmp_path / "began", embedded.start_runner())
    embedded.kill("runner")
    (tmp_path / "go_on").touch()
    embedded.start_runner()
    assert finished(embedded) == {"jobs": [["done", 2, ""]], "results": 1}


def test_without_key_and_fence_the_same_death_leaves_two_results(embedded) -> None:
    """Negative control: the counting of results above would notice."""
    enqueue(embedded, "count_unguarded", {"key": "a"})
    assert embedded.start_runner().wait(timeout=PATIENCE) == -9
    embedded.start_runner()
    assert finished(embedded) == {"jobs": [["done", 2, ""]], "results": 2}


def test_without_a_lease_that_ends_a_killed_job_is_lost(embedded, tmp_path) -> None:
    """Negative control: nobody takes over what a dead worker seems to hold."""
    embedded.env["JOB_LEASE_SECONDS"] = "3600"
    enqueue(embedded, "die_first_time", {"key": "a", "marker": str(tmp_path / "marker")})
    assert embedded.start_runner().wait(timeout=PATIENCE) == -9
    enqueue(embedded, "count_once", {"key": "b"})
    embedded.start_runner()
    wait_for("the other job to end", lambda: states(embedded)["jobs"][1][0] in ("done", "failed"))
    assert [state for state, _, _ in states(embedded)["jobs"]] == ["running", "done"]


def test_three_runners_share_sixty_jobs_without_doubling_one(embedded) -> None:
    # Nobody dies here, and whoever has to wait for its turn at the processor must not look dead.
    embedded.env["JOB_LEASE_SECONDS"] = str(PATIENCE)
    enqueue(embedded, "count_once", *({"key": str(number)} for number in range(60)))
    for number in range(3):
        embedded.start_runner(f"runner-{number}")
    seen = finished(embedded)
    assert seen["results"] == 60
    assert {(state, attempt) for state, attempt, _ in seen["jobs"]} == {("done", 1)}


@pytest.mark.service
def test_celery_runs_what_was_asked_for(production) -> None:
    production.start_celery()
    enqueue(production, "count_once", *({"key": str(number)} for number in range(20)))
    seen = finished(production)
    assert seen["results"] == 20
    assert {(state, attempt) for state, attempt, _ in seen["jobs"]} == {("done", 1)}


@pytest.mark.service
def test_a_celery_child_that_dies_in_mid_work_is_replaced(production, tmp_path) -> None:
    production.start_celery()
    enqueue(production, "die_first_time", {"key": "a", "marker": str(tmp_path / "marker")})
    assert finished(production) == {"jobs": [["done", 2, ""]], "results": 1}


@pytest.mark.service
def test_a_celery_worker_killed_as_a_whole_is_replaced(production, tmp_path) -> None:
    args = {"key": "a", "began": str(tmp_path / "began"), "go_on": str(tmp_path / "go_on")}
    production.start_celery()
    enqueue(production, "wait_for_file", args)
    began(tmp_path / "began", production.processes["worker"])
    production.kill("worker")
    production.kill("beat")
    (tmp_path / "go_on").touch()
    production.start_celery()
    assert finished(production) == {"jobs": [["done", 2, ""]], "results": 1}


@pytest.mark.service
def test_emptying_redis_loses_no_job(production) -> None:
    asked = enqueue(production, "count_once", *({"key": str(number)} for number in range(5)))
    # Without beat every action signals once; beat may signal again, and the job row decides how often the work is done.
    assert signals(production) == sorted(asked)
    production.empty_redis()
    assert signals(production) == []
    production.start_celery()
    seen = finished(production)
    assert seen["results"] == 5
    assert {(state, attempt) for state, attempt, _ in seen["jobs"]} == {("done", 1)}


@pytest.mark.service
def test_a_job_signalled_many_times_is_done_once(production) -> None:
    """Beat signals again for what waits long, so a busy worker finds several messages for one job."""
    asked = enqueue(production, "count_once", *({"key": str(number)} for number in range(5)))
    production.python(SIGNAL_AGAIN.format(ids=asked, times=3))
    assert signals(production) == sorted(asked * 4)
    production.start_celery()
    seen = finished(production)
    assert seen["results"] == 5
    assert {(state, attempt) for state, attempt, _ in seen["jobs"]} == {("done", 1)}
    wait_for("the other messages to be answered", lambda: not signals(production))


@pytest.mark.service
def test_two_installations_on_one_redis_hear_only_their_own_jobs(production, tmp_path) -> None:
    other_folder = tmp_path / "other"
    other_folder.mkdir()
    other = Installation(other_folder, server_url=production.server_url, redis_url=production.env["REDIS_URL"])
    try:
        other.start_celery()
        mine = enqueue(production, "count_once", {"key": "mine"})
        enqueue(other, "count_once", {"key": "theirs"})
        assert finished(other) == {"jobs": [["done", 1, ""]], "results": 1}
        assert signals(production) == mine
    finally:
        other.close()
    assert signals(production) == mine
