"""A PostgreSQL and a Redis of the test's own, which it may stop as it likes."""

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import psycopg2
import redis

from tests.processes import free_port, wait_for


def binary(name: str) -> str | None:
    """Return where a program of PostgreSQL's server lies; Debian keeps them off the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return shutil.which(name) or (str(versions[-1]) if versions else None)


class PostgreSQL:
    """A cluster in a folder of its own. Commits that do not wait for the disk stay in memory for ten seconds.

    So nothing else may flush the log: no full buffer, no share of a megabyte, no autovacuum.
    """

    def __init__(self) -> None:
        # The server refuses to run as root.
        self.user = "postgres" if os.geteuid() == 0 else None
        self.folder, self.port = Path(tempfile.mkdtemp(prefix="youheng-postgresql-")), free_port()
        if self.user:
            os.chown(self.folder, pwd.getpwnam(self.user).pw_uid, -1)
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        words = ["-D", f"{self.folder}/data", "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8"]
        subprocess.run([binary("initdb"), *words], cwd=self.folder, user=self.user, capture_output=True, check=True)
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers, which after a crash it does when it has recovered."""
        words = ["-D", f"{self.folder}/data", "-p", str(self.port), "-k", str(self.folder), "-h", "127.0.0.1"]
        options = ("wal_writer_delay=10s", "wal_writer_flush_after=1GB", "wal_buffers=64MB", "autovacuum=off")
        more = [word for one in options for word in ("-c", one)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [binary("postgres"), *words, *more], cwd=self.folder, user=self.user, stdout=log, stderr=log
            )
        wait_for("PostgreSQL", self._answers)

    def _answers(self) -> bool:
        try:
            psycopg2.connect(self.url).close()
        except psycopg2.OperationalError:
            return False
        return True

    def stop_at_once(self) -> None:
        """Stop as `pg_ctl stop -m immediate` does: no checkpoint, nothing said to anybody."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def remove(self) -> None:
        """Stop the server and throw the cluster away."""
        self.stop_at_once()
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def postgresql() -> PostgreSQL:
    """Return this process's own server; it goes with the process, after the databases made on it."""
    server = PostgreSQL()
    atexit.register(server.remove)
    return server


@cache
def own_redis() -> redis.Redis:
    """Return a client of this process's own Redis, set up as in production: append-only file, no eviction."""
    folder, port = tempfile.mkdtemp(prefix="youheng-redis-"), free_port()
    words = ["--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes"]
    process = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(process.wait)
    atexit.register(process.kill)
    client = redis.Redis(port=port)

    def answers() -> bool:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False

    wait_for("Redis", answers)
    return client
