"""A whole installation of its own for a test: database, files, web, workers, as real processes."""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests import warm

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


# For a machine that is busy with other things: whoever waits so long waits in vain.
PATIENCE = 180


def wait_for(what: str, condition: Callable[[], Any]) -> Any:
    """Return the first true value of `condition`; fail naming `what` after PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"waited {PATIENCE} s in vain for {what}")


def free_port() -> int:
    """Return a TCP port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@cache
def migrated() -> Path:
    """The SQLite database every test begins as a copy of; migrated once as long as no migration changes."""
    made = Path(tempfile.gettempdir(), f"youheng-migrated-{_digest()}.sqlite3")
    with _alone(), tempfile.TemporaryDirectory(dir=made.parent) as folder:
        if not made.exists():
            _migrate(f"sqlite:///{folder}/youheng.sqlite3")
            # Whole or not at all, also when killed here.
            os.replace(f"{folder}/youheng.sqlite3", made)
    return made


@cache
def migrated_on(server_url: str) -> str:
    """The same on a PostgreSQL server, which keeps it; the database's name."""
    made, begun = f"youheng_migrated_{_digest()}", f"youheng_{uuid.uuid4().hex[:12]}"
    with _alone():
        if not _on_server(server_url, f"SELECT 1 FROM pg_database WHERE datname = '{made}'"):
            _on_server(server_url, f'CREATE DATABASE "{begun}"')
            _migrate(urlsplit(server_url)._replace(path=f"/{begun}").geturl())
            _on_server(server_url, f'ALTER DATABASE "{begun}" RENAME TO "{made}"')
    return made


@cache
def _digest() -> str:
    """Of all that decides what a migrated database holds."""
    digest = hashlib.sha256((ROOT / "requirements/base.txt").read_bytes())
    for app in ("portal", "schools", "indicators", "inspections"):
        for path in sorted((ROOT / app).glob("**/migrations/*.py")):
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _alone() -> Iterator[None]:
    """One process after the other: what the first has migrated the next finds."""
    with Path(tempfile.gettempdir(), f"youheng-migrated-{_digest()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _migrate(database: str) -> None:
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.process_settings",
        "DATABASE_URL": database,
        "REDIS_URL": "",
        "REDIS_PREFIX": "",
        "SECRET_KEY": "only-for-tests-" + "x" * 40,
        "PYTHONPATH": str(ROOT),
    }
    subprocess.run([BIN / "python", "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=env, check=True)


def _on_server(server_url: str, sql: str) -> bool:
    """Whether the statement gave rows."""
    import psycopg2

    connection = psycopg2.connect(server_url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.description is not None and cursor.rowcount > 0
    finally:
        connection.close()


class Installation:
    """Starts and stops the portal's processes on a database made for one test."""

    def __init__(self, folder: Path, *, server_url: str = "", redis_url: str = "") -> None:
        self.folder, self.server_url, self.address = folder, server_url, ""
        self.name = f"youheng_{uuid.uuid4().hex[:12]}"
        self.processes: dict[str, subprocess.Popen] = {}
        if server_url:
            _on_server(server_url, f'CREATE DATABASE "{self.name}" TEMPLATE "{migrated_on(server_url)}"')
            database = urlsplit(server_url)._replace(path=f"/{self.name}").geturl()
        else:
            shutil.copyfile(migrated(), folder / "youheng.sqlite3")
            database = f"sqlite:///{folder / 'youheng.sqlite3'}"
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.process_settings",
            "DATABASE_URL": database,
            "REDIS_URL": redis_url,
            "REDIS_PREFIX": f"{self.name}:",
            "VAR_ROOT": str(folder),
            "FILES_ROOT": str(folder / "files"),
            "SECRET_KEY": "only-for-tests-" + "x" * 40,
            "ALLOWED_HOSTS": "127.0.0.1",
            "JOB_LEASE_SECONDS": "3",
            "JOB_FORGOTTEN_SECONDS": "2",
            "PYTHONPATH": str(ROOT),
            # Started by the dozen: what one has compiled the next need not.
            "PYTHONDONTWRITEBYTECODE": "",
        }

    def manage(self, *words: str, ok: bool = True) -> subprocess.CompletedProcess:
        """Run a management command; assert that it succeeds unless `ok` is False."""
        done = warm.manage([*map(str, words)], self.env)
        assert not ok or done.returncode == 0, done.stderr + done.stdout
        return done

    def python(self, code: str) -> Any:
        """Run Python inside the installation; return what it leaves in `result` (JSON)."""
        script = f"import json\n{code}\nprint('RESULT' + json.dumps(result))"
        done = self.manage("shell", "--no-imports", "-c", script)
        return json.loads(done.stdout.rsplit("RESULT", 1)[1])

    def rows(self, sql: str) -> list[tuple]:
        """What stands in its database, asked without starting the portal."""
        if not self.server_url:
            with closing(sqlite3.connect(self.folder / "youheng.sqlite3")) as connection:
                return connection.execute(sql).fetchall()
        import psycopg2

        with closing(psycopg2.connect(self.env["DATABASE_URL"])) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def start(self, name: str, *argv: str) -> subprocess.Popen:
        """Start a process of the installation in a group of its own, logging to its folder."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [BIN / argv[0], *argv[1:]], cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        self.processes[name] = process
        return process

    def start_runner(self, name: str = "runner") -> subprocess.Popen:
        """Start the embedded worker."""
        return self.start(name, "python", "manage.py", "run_jobs")

    def start_celery(self) -> None:
        """Start worker and beat as production does."""
        self.start_worker()
        self.start("beat", "celery", "-A", "portal.config", "beat", "--loglevel", "INFO")

    def start_worker(self) -> None:
        """Start Celery's worker alone."""
        self.start("worker", "celery", "-A", "portal.config", "worker", "--concurrency", "1", "--loglevel", "INFO")

    def start_web(self, *more: str) -> str:
        """Start gunicorn, with more words on its command line; return the address once it answers."""
        import urllib.request

        port = free_port()
        self.start("web", "gunicorn", "portal.config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2", *more)
        address = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=2).close()
            except OSError:
                return False
            return True

        wait_for("the web server", answers)
        self.address = address
        return address

    def messages(self) -> list[bytes]:
        """Return what waits in the installation's queue in Redis."""
        return self._redis().lrange(f"{self.env['REDIS_PREFIX']}celery", 0, -1)

    def empty_redis(self) -> None:
        """Take from Redis everything that is this installation's and nothing that is another's."""
        broker = self._redis()
        for key in broker.scan_iter(f"{self.env['REDIS_PREFIX']}*"):
            broker.delete(key)

    def _redis(self) -> Any:
        import redis

        return redis.Redis.from_url(self.env["REDIS_URL"])

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """Send a signal to a process and everything it started."""
        process = self.processes.pop(name)
        os.killpg(process.pid, number)
        process.wait()

    def logs(self) -> str:
        """Return what the processes said, for the message of a failing test."""
        return "\n".join(f"-- {path.name}\n{path.read_text()[-3000:]}" for path in self.folder.glob("*.log"))

    def close(self) -> None:
        """Stop everything and drop the database."""
        for name in list(self.processes):
            if self.processes[name].poll() is None:
                self.kill(name, signal.SIGKILL)
        if self.env["REDIS_URL"]:
            self.empty_redis()
        if self.server_url:
            _on_server(self.server_url, f'DROP DATABASE "{self.name}" WITH (FORCE)')
