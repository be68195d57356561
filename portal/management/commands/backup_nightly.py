"""Take a backup each night and keep as many as wanted."""

import datetime as dt
import re
import shutil
import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import OperationalError, connection
from django.utils import timezone

from portal.core.accounts.queries import system_user
from portal.core.backups import actions, models, queries
from portal.core.errors import Refused
from portal.core.lib.commands import BaseCommand

# After a failure; twice as long after each further one.
_TRY_AGAIN_SECONDS, _LONGEST_SECONDS = 600, 3600
_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}")


class Command(BaseCommand):
    """`manage.py backup_nightly FOLDER`: runs for ever; `--once` takes one backup now, exit 1 when it fails."""

    help = "每天夜里备份一次到一个以时间命名的子目录，并按份数清理旧备份；一直运行"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="存放各次备份的目录")
        parser.add_argument("--at", default="01:30", metavar="HH:MM", help="每天几点备份，默认 01:30")
        parser.add_argument("--keep", type=int, default=30, help="保留最近几份，默认 30；另留最近十二个月各月的第一份")
        parser.add_argument("--once", action="store_true", help="立即备份一次后退出")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keep"] < 1:
            raise CommandError("--keep 至少为 1，否则刚做的备份也会被清理。")
        try:
            at = dt.datetime.strptime(options["at"], "%H:%M").time()
        except ValueError as error:
            raise CommandError(f"--at 应写成 HH:MM，如 01:30，实为 {options['at']}。") from error
        if options["once"]:
            self._take(options["folder"].absolute(), options["keep"])
            return
        pause = _TRY_AGAIN_SECONDS
        while True:
            last, now = queries.status().last, timezone.localtime()
            connection.close()
            due = queries.due(timezone.localtime(last.at) if last else None, at, now)
            time.sleep(max(0.0, (due - now).total_seconds()))
            try:
                self._take(options["folder"].absolute(), options["keep"], queries.began(at, timezone.localtime()))
            except (CommandError, OperationalError) as error:
                self.stderr.write(str(error))
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_SECONDS)
            else:
                pause = _TRY_AGAIN_SECONDS
            connection.close()

    def _take(self, folder: Path, keep: int, night: dt.datetime | None = None) -> None:
        """Old backups are removed only once the new one is written."""
        try:
            path = folder / timezone.localtime().strftime("%Y-%m-%dT%H%M%S")
            made = actions.take(folder=path, by=system_user(), night=night)
            # Oldest first; what somebody else put there is no backup of ours.
            names = (p for p in folder.iterdir() if _NAME.fullmatch(p.name) and (p / models.MANIFEST).is_file())
            old_ones = queries.outlived(sorted(names), keep)
        except OSError as error:
            raise CommandError(f"备份没有写成：{error.strerror or error}（{folder}）。") from error
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"已备份到 {path}：{sum(made.tables.values())} 行，{len(made.files)} 个文件。")
        stuck = []
        for old in old_ones:
            try:
                shutil.rmtree(old)
            except OSError as error:
                stuck.append(f"旧备份 {old.name} 没有清理掉：{error.strerror or error}。请检查目录的权限。")
            else:
                self.stdout.write(f"已清理旧备份 {old.name}")
        for name in made.damaged:
            self.stderr.write(f"文件缺少或损坏：{name}")
        if stuck:
            raise CommandError("\n".join(stuck))
