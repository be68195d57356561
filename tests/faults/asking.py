"""A process that asks for one job after the other until it is asked to stop: `python -m tests.faults.asking LEDGER FIRST STOP`."""

import sys
import time
from itertools import count
from pathlib import Path

import django

django.setup()

from django.db import Error, connection, transaction  # noqa: E402

from portal.core.accounts.queries import system_user  # noqa: E402
from portal.core.jobs import actions  # noqa: E402
from tests.faults.clients import PAUSE  # noqa: E402
from tests.faults.ledger import Ledger  # noqa: E402


def ask(key: str) -> None:
    """Ask for a job, again until it is committed."""
    while True:
        try:
            with transaction.atomic():
                actions.enqueue(kind="count_once", title="演练", args={"key": key}, key=key, by=system_user())
        except Error:
            connection.close()
            time.sleep(PAUSE)
        else:
            return


def main(path: str, first: str, stop: str) -> None:
    """Ask for jobs and note each in the ledger."""
    ledger = Ledger(Path(path))
    for number in count(int(first)):
        if Path(stop).exists():
            return
        key = f"job {number}"
        ledger.sent(key)
        ask(key)
        ledger.done(key)
        time.sleep(PAUSE)


main(*sys.argv[1:])
