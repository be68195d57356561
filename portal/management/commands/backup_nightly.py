"""Take a backup each night and keep as many as wanted."""

import datetime as dt
import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import OperationalError, connection
from django.utils import timezone

from portal.core.accounts.queries import system_user
from portal.core.backups import nightly, queries
from portal.core.errors import Refused
from portal.core.lib.commands import BaseCommand

_TRY_AGAIN_SECONDS = 600


class Command(BaseCommand):
    """`manage.py backup_nightly FOLDER`: runs for ever; `--once` takes one backup now, exit 1 when it fails."""

    help = "每天夜里备份一次到一个以时间命名的子目录，并按份数清理旧备份；一直运行"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare where, when and how many."""
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="存放各次备份的目录")
        parser.add_argument("--at", default="01:30", metavar="HH:MM", help="每天几点备份，默认 01:30")
        parser.add_argument("--keep", type=int, default=30, help="保留最近几份，默认 30；另留最近十二个月各月的第一份")
        parser.add_argument("--once", action="store_true", help="立即备份一次后退出")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take backups, one now or one each night."""
        if options["keep"] < 1:
            raise CommandError("--keep 至少为 1，否则刚做的备份也会被清理。")
        try:
            at = dt.datetime.strptime(options["at"], "%H:%M").time()
        except ValueError as error:
            raise CommandError(f"--at 应写成 HH:MM，如 01:30，实为 {options['at']}。") from error
        if options["once"]:
            self._take(options["folder"].absolute(), options["keep"])
            return
        while True:
            time.sleep(self._wait(at))
            try:
                self._take(options["folder"].absolute(), options["keep"])
            except (CommandError, OperationalError) as error:
                self.stderr.write(str(error))
                time.sleep(_TRY_AGAIN_SECONDS)
            connection.close()

    def _wait(self, at: dt.time) -> float:
        """Seconds until the next backup."""
        last, now = queries.standing().last, timezone.localtime()
        connection.close()
        due = nightly.due(timezone.localtime(last.at) if last else None, at, now)
        return max(0.0, (due - now).total_seconds())

    def _take(self, folder: Path, keep: int) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path, made, gone, stuck = nightly.run(folder, keep=keep, now=timezone.localtime(), by=system_user())
        except OSError as error:
            raise CommandError(f"备份没有写成：{error.strerror or error}（{folder}）。") from error
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"已备份到 {path}：{sum(made.tables.values())} 行，{len(made.files)} 个文件。")
        for old in gone:
            self.stdout.write(f"已清理旧备份 {old.name}")
        for name in made.damaged:
            self.stderr.write(f"文件缺少或损坏：{name}")
        if stuck:
            raise CommandError("\n".join(stuck))
