"""Store the standards that ship with the portal, or an overlay's folder; running it again changes nothing."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from indicators.standard.standards import actions, difference_queries as difference
from indicators.standard.standards.files import StandardError
from portal.core.accounts import queries as accounts
from portal.core.lib.commands import BaseCommand


class Command(BaseCommand):
    """`manage.py load_standard [PATH] [--dry-run]`."""

    help = "载入系统自带的评估标准，或指定文件夹里的标准（可重复执行，未变化的不会重复载入）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, help="标准所在的文件夹（内有 overlay.toml 或 standard.toml）")
        parser.add_argument("--dry-run", action="store_true", help="只检查并列出变化，不写入")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["path"]
        if path and not path.is_dir():
            raise CommandError(
                f"没有这个文件夹：{path}。请给出标准所在的文件夹，里面有 overlay.toml 或 standard.toml。"
            )
        folders = [path.resolve()] if path else None
        try:
            if options["dry_run"]:
                planned = difference.plan(folders)
            else:
                planned = [entry.planned for entry in actions.load(by=accounts.system_user(), folders=folders)]
        except StandardError as error:
            lines = "\n".join(f"  {problem}" for problem in error.problems)
            raise CommandError(f"标准数据有误，没有载入：\n{lines}") from error
        for entry in planned:
            state = ("将载入" if options["dry_run"] else "新载入") if entry.is_new else "已是最新"
            self.stdout.write(f"{entry.version} {entry.content['name']}：{state}（{entry.sha256[:12]}）")
            if entry.against:
                changes = difference.lines(list(entry.changes))
                self.stdout.write(f"  与 {entry.against} 相比，{len(changes)} 处变化：")
                for line in changes:
                    self.stdout.write(f"  - {line}")
