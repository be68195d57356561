"""The embedded worker: claims job rows without Redis."""

import signal
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import OperationalError, connection

from portal.core.jobs import runner, work
from portal.core.lib.commands import BaseCommand

POLL_SECONDS = 0.2


class Command(BaseCommand):
    """Runs waiting jobs until stopped; safe to kill at any moment."""

    help = "后台任务执行程序（不需要 Redis）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="做完排队的任务就退出")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        looked = -float(settings.NIGHTLY_LOOK_SECONDS)
        while not stop.is_set():
            try:
                if not options["once"] and time.monotonic() - looked >= settings.NIGHTLY_LOOK_SECONDS:
                    work.leave_nightly()
                    looked = time.monotonic()
                worked = runner.run_one()
            except OperationalError as error:
                self.stderr.write(f"数据库暂时不可用，稍后再试：{error}")
                connection.close()
                worked = False
                stop.wait(2)
            if options["once"] and not worked:
                return
            if not worked:
                stop.wait(POLL_SECONDS)
