"""A whole installation under people who write, the faults done to it, and the verdict afterwards."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import psycopg2

from tests.faults import services
from tests.faults.clients import FIELDS, Person, attaches, registers, saves
from tests.faults.ledger import Ledger, Verdict, compare
from tests.processes import PATIENCE, Installation, wait_for

# So many writes of everybody before a fault and again after it.
FEW = 3


class Stage:
    """PostgreSQL, Redis, web and Celery of its own, and four people and a process that write."""

    def __init__(self, folder: Path) -> None:
        self.server, self.redis = services.postgresql(), services.own_redis()
        port = self.redis.get_connection_kwargs()["port"]
        self.site = Installation(folder, server_url=self.server.url, redis_url=f"redis://127.0.0.1:{port}/0")
        # Else beat would signal faster than the worker answers.
        self.site.env["JOB_FORGOTTEN_SECONDS"] = "10"
        self.ledger, self.rounds = Ledger(folder / "ledger"), 0
        self.made = self.site.python("from tests.faults import scene\nresult = scene.make()")

    def start(self) -> None:
        """Start web and workers as production does."""
        self.site.start_web()
        self.site.start_celery()

    def under(self, fault: Callable[["Stage"], None]) -> Verdict:
        """Let everybody write, do the fault, let them write on, wait for the jobs; what was lost, invented, doubled."""
        self.rounds += 1
        first, stop = self.rounds * 1000, self.site.folder / f"stop-{self.rounds}"
        people = self._people(first)
        words = ["-m", "tests.faults.asking", str(self.ledger.path), str(first), str(stop)]
        asking = self.site.start("asking", "python", *words)
        try:
            self._write_on(people)
            fault(self)
            self._write_on(people)
        finally:
            # Also where somebody was answered wrongly, nobody goes on writing into the next test.
            stop.touch()
            ended = asking.wait(PATIENCE)
            for person in people:
                person.leave()
            for person in people:
                person.stop()
        assert ended == 0, self.site.logs()
        return self.verdict()

    def _people(self, first: int) -> list[Person]:
        school, submission = self.made["school"], self.made["submission"]
        writing = [(who, saves(field, submission)) for who, field in FIELDS.items()]
        writing += [("admin", registers(school)), ("reporter_a", attaches(submission))]
        password = self.made["password"]
        people = [Person(self.site.address, (who, password), self.ledger, save, first) for who, save in writing]
        for person in people:
            person.start()
        return people

    def _write_on(self, people: list[Person]) -> None:
        """Wait until everybody had some more writes acknowledged."""
        before, jobs = [person.acknowledged for person in people], self._jobs()

        def written() -> bool:
            assert not any(person.failure for person in people), [person.failure for person in people]
            more = [person.acknowledged - was for person, was in zip(people, before, strict=True)]
            return min([*more, self._jobs() - jobs]) >= FEW

        wait_for("everybody to go on writing", written)

    def _jobs(self) -> int:
        return sum(key.startswith("job ") for key in self.ledger.keys("done"))

    def verdict(self) -> Verdict:
        """Wait for the jobs, then compare the ledger with what is there."""

        def at_rest() -> dict | None:
            seen = self.site.python("from tests.faults import scene\nresult = scene.found()")
            return None if seen["open"] else seen

        seen = wait_for("the jobs to end", at_rest)
        return compare(self.ledger, seen["keys"])

    def commit_before_the_disk(self) -> None:
        """Answer commits before they are on disk, in every session from now on."""
        self._sql(f'ALTER DATABASE "{self.site.name}" SET synchronous_commit = off')
        self._sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.site.name}'")

    def put_on_disk(self) -> None:
        """Write everything that was committed so far."""
        self._sql("CHECKPOINT")

    def _sql(self, statement: str) -> None:
        connection = psycopg2.connect(self.server.url)
        connection.autocommit = True
        connection.cursor().execute(statement)
        connection.close()

    def children(self, name: str) -> list[int]:
        """Return the processes a process of the installation has started."""
        pid = self.site.processes[name].pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def web_worker(stage: Stage) -> None:
    """Kill one of gunicorn's workers with -9."""
    os.kill(stage.children("web")[0], signal.SIGKILL)


def celery_child(stage: Stage) -> None:
    """Kill the process in which Celery runs the jobs with -9."""
    os.kill(stage.children("worker")[0], signal.SIGKILL)


def celery_main(stage: Stage) -> None:
    """Kill the whole worker with -9; it is started again as docker or systemd do."""
    stage.site.kill("worker")
    stage.site.start_worker()


def postgresql(stage: Stage) -> None:
    """Stop the database with `-m immediate` and start it again."""
    stage.server.stop_at_once()
    stage.server.start()


def redis(stage: Stage) -> None:
    """Empty Redis."""
    stage.redis.flushall()


FAULTS = {
    "kill -9 of a web worker": web_worker,
    "kill -9 of a Celery child": celery_child,
    "kill -9 of the Celery worker": celery_main,
    "PostgreSQL stopped with -m immediate": postgresql,
    "Redis FLUSHALL": redis,
}
