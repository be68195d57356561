"""Restore a backup into an empty installation."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from portal.core.backups import restore
from portal.core.errors import Refused
from portal.core.lib.commands import BaseCommand


class Command(BaseCommand):
    """`manage.py restore FOLDER`: exit 1, loudly, when anything is not as the backup promises."""

    help = "把备份恢复到空的系统，并核对行数、审计链和每个文件的校验值"
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="backup 命令写出的目录")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = restore.restore(options["folder"].absolute(), self.stdout.write)
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"恢复完成，数据为 {made.made_at} 的状态。")
        for name in made.damaged:
            self.stdout.write(f"注意：备份时已缺少或损坏的文件：{name}")
