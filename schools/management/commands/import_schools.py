"""Import the register of schools (学校名录) from a workbook."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from portal.core.accounts.models import User
from portal.core.errors import Refused
from portal.core.lib.commands import BaseCommand
from schools.directory.facts import NEWLY_FOUNDED
from schools.workbooks import actions


class Command(BaseCommand):
    help = "从 Excel 工作簿导入学校名录（工作表“学校名录”）；有任何错误则全部不导入，退出码为 1"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="学校名录工作簿（.xlsx）")
        parser.add_argument(
            "--by", required=True, metavar="账号", help="以哪个账号的名义导入（须有维护学校名录的权限）"
        )
        parser.add_argument(
            "--valid-from",
            type=date.fromisoformat,
            metavar="日期",
            help="变更自哪天起生效，如 2026-09-01；省略时为今天",
        )
        parser.add_argument(
            "--reason",
            default="",
            metavar="原因",
            help="有学校停办、合并时的原因，如批准文件的文号；省略时记为按这份名录导入",
        )
        parser.add_argument("--dry-run", action="store_true", help="只检查和预览，不写入")

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(username=options["by"]).first()
        if by is None:
            raise CommandError(f"没有账号“{options['by']}”。请先用 create_admin 建立，或核对 --by 后的账号。")
        file, dry_run = options["file"], options["dry_run"]
        try:
            plan = actions.import_register(
                source=file,
                name=Path(file).name,
                by=by,
                dry_run=dry_run,
                valid_from=options["valid_from"],
                reason=options["reason"] or f"按名录“{Path(file).name}”导入",
            )
        except Refused as error:
            raise CommandError("\n".join(error.lines)) from error
        for note in plan.notes:
            self.stdout.write(f"提示：{note}")
        for change, rows in plan.endings:
            self.stdout.write(f"{change.summary}：")
            for row in rows:
                self.stdout.write(f"  {row.where}：{row.text}")
        if dry_run:
            for entry in plan.new:
                self.stdout.write(f"新增 {entry.code} {entry.facts.name}")
            for entry in plan.changed:
                words = "；".join(f"{row['label']} {row['before']} → {row['after']}" for row in entry.words)
                self.stdout.write(f"变更 {entry.code} {entry.facts.name}：{words}")
        done = "检查通过，没有写入（--dry-run）" if dry_run else "导入完成"
        self.stdout.write(f"{done}：{plan.summary}。")
        if plan.assumed_boarding:
            self.stdout.write(f"其中 {plan.assumed_boarding} 所新学校没有填寄宿制，按“否”登记。")
        if plan.assumed_new:
            self.stdout.write(f"其中 {plan.assumed_new} 所{NEWLY_FOUNDED}")
