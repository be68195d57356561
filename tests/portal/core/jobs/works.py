"""Small works for the job tests: each leaves one audit-free trace per result, found by key."""

import os
import signal
import time
from pathlib import Path

from portal.core.accounts.models import User
from portal.core.errors import Invalid
from portal.core.jobs.runner import JobContext


def count_once(context: JobContext) -> dict:
    """Write one result under the key given; a second run finds it there."""
    context.progress(0, 2, "准备")
    with context.fenced():
        User.objects.get_or_create(username=f"result-{context.args['key']}", defaults={"name": "结果"})
    context.progress(2, 2, "完成")
    return {"key": context.args["key"]}


def die_first_time(context: JobContext) -> dict:
    """Be killed with -9 in mid-work the first time, inside an open transaction; succeed the second time."""
    marker = Path(context.args["marker"])
    with context.fenced():
        User.objects.get_or_create(username=f"result-{context.args['key']}", defaults={"name": "结果"})
        if not marker.exists():
            marker.write_text("died")
            os.kill(os.getpid(), signal.SIGKILL)
    return {"key": context.args["key"]}


def count_unguarded(context: JobContext) -> dict:
    """Write a result that no key finds again, outside the fence, and die the first time."""
    User.objects.create(username=f"result-{context.args['key']}-{context.attempt}", name="结果")
    if context.attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return {}


def wait_for_file(context: JobContext) -> dict:
    """Report that work began, then wait until asked to go on; used to kill a worker at a known point."""
    Path(context.args["began"]).write_text("began")
    deadline = time.monotonic() + 180
    while not Path(context.args["go_on"]).exists():
        if time.monotonic() > deadline:
            raise TimeoutError
        context.progress(1, 2, "等待")
        time.sleep(0.05)
    return count_once(context)


def refuse(context: JobContext) -> dict:
    """Fail with a message for the person who asked."""
    raise Invalid("第三小学没有数据，请先补报。")


def break_down(context: JobContext) -> dict:
    """Fail unexpectedly after writing half of a result."""
    with context.fenced():
        User.objects.create(username="half-written", name="半截")
        raise ZeroDivisionError
