"""A Python process that has imported what the portal takes from others, and forks into one command after the other.

Half of the time a command needs goes into these imports. Of the portal itself, its settings included, each command
still loads everything anew.
"""

import atexit
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# None asks for settings; a name that is gone fails the first command.
_OF_OTHERS = """
    celery.fixups.django csp.constants django.contrib.auth.hashers django.core.cache.backends.filebased django.core.mail
    django.core.management.commands.shell django.core.servers.basehttp django.db.backends.sqlite3.base
    django.db.migrations.executor django.db.models.sql.compiler django.test.client django.utils.log
    django.utils.translation.trans_real django.views.debug django.views.generic.dates django_filters.filterset
    django_otp.oath environ gunicorn.glogging kombu.common sqlparse tzlocal
"""
_SECONDS = 600


def manage(words: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What `python manage.py` with these words and nothing but this environment does."""
    argv = ["manage.py", *words]
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        asked.write(json.dumps({"argv": argv, "env": env}).encode())
        asked.seek(0)
        _, line = _started()
        socket.send_fds(line, [b"x"], [asked.fileno(), out.fileno(), err.fileno(), writing])
        os.close(writing)
        with os.fdopen(reading) as answer:
            status = int(answer.read())
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(argv, status, out.read().decode(), err.read().decode())


@cache
def _started() -> tuple[subprocess.Popen, socket.socket]:
    """The process and the line to it; it ends when the line does, at the latest with this process."""
    ours, theirs = socket.socketpair()
    words = [sys.executable, "-m", "tests.warm", str(theirs.fileno())]
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
    with theirs:
        process = subprocess.Popen(words, cwd=ROOT, env=env, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    atexit.register(process.wait)
    # Called in turn from the last.
    atexit.register(ours.close)
    return process, ours


def _fork_for_each(line: socket.socket) -> list[int]:
    """Returns in a child, with the files of its command."""
    while True:
        asked, files, _, _ = socket.recv_fds(line, 1, 4)
        if not asked:
            sys.exit()
        # Two: one that waits for the command, while others may be asked for.
        if os.fork() == 0:
            line.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            if (child := os.fork()) == 0:
                return files
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            os.write(files[3], str(status).encode())
            os._exit(0)
        for file in files:
            os.close(file)


def _become(asked: int, out: int, err: int, answer: int) -> None:
    with os.fdopen(asked) as file:
        command = json.load(file)
    for ours, standard in ((out, 1), (err, 2)):
        os.dup2(ours, standard)
        os.close(ours)
    os.close(answer)
    signal.alarm(_SECONDS)
    os.environ.clear()
    os.environ.update(command["env"])
    sys.argv = command["argv"]
    runpy.run_path("manage.py", run_name="__main__")


if __name__ == "__main__":
    for name in _OF_OTHERS.split():
        importlib.import_module(name)
    # Nobody waits for those who wait.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _become(*_fork_for_each(socket.socket(fileno=int(sys.argv[1]))))
