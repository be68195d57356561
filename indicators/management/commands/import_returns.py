"""Take over a workbook with the figures of many schools; the way of every command that takes over one for a round."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from indicators.collection.rounds import queries as rounds
from indicators.collection.state_statistics.actions import StatisticsOutcome
from indicators.collection.workbooks import actions
from indicators.collection.workbooks.queries import WorkbookOutcome
from portal.core.accounts.models import User
from portal.core.errors import Refused
from portal.core.lib.commands import BaseCommand


class ImportCommand(BaseCommand, ABC):
    """`manage.py import_… ROUND FILE.xlsx --by USER [--district CODE] [--dry-run]`."""

    file_help: str

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("round", metavar="ROUND", help="年度代号，如 2026")
        parser.add_argument("file", metavar="FILE.xlsx", help=self.file_help)
        parser.add_argument("--by", required=True, metavar="USER", help="以哪个工作账号导入（须有评估年度管理权限）")
        parser.add_argument(
            "--district", metavar="CODE", default="", help="区划代码；该账号管理多个区县、代号又相同时须写明"
        )
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["by"], is_active=True).first()
        if user is None:
            raise CommandError(f"没有工作账号“{options['by']}”，或账号已停用。")
        path = Path(options["file"])
        try:
            round_ = rounds.by_code(options["round"], district_code=options["district"], by=user)
            try:
                with path.open("rb") as file:
                    # One byte more than allowed is enough for the reader to refuse the file.
                    data = file.read(settings.WORKBOOK_MAX_BYTES + 1)
            except OSError as error:
                raise CommandError(f"打不开文件 {path}（{error.strerror}）。请检查路径和读取权限。") from error
            outcome = self.take(options, round_id=round_.pk, data=data, name=path.name, by=user)
        except Refused as refusal:
            for problem in refusal.problems:
                self.stderr.write(str(problem))
            raise CommandError(refusal.message) from refusal
        for note in outcome.plan.notes:
            self.stdout.write(f"提示：{note}")
        head = "检查通过，没有写入" if options["dry_run"] else self.done(outcome)
        self.stdout.write(f"{head}：{outcome.summary}。")

    @abstractmethod
    def take(
        self, options: dict[str, Any], *, round_id: int, data: bytes, name: str, by: User
    ) -> WorkbookOutcome | StatisticsOutcome:
        """By the same action as the page."""

    def done(self, outcome: Any) -> str:
        return "导入完成"


class Command(ImportCommand):
    help = "导入填报数据（Excel）：全部正确才写入；空白单元格不改动已填的内容"
    file_help = "填报数据工作簿，模板用 export_template 导出"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--submit", action="store_true", help="导入后提交（未填的项目留空，记入回执）")
        parser.add_argument("--approve", action="store_true", help="导入后提交并审核通过")

        parser.add_argument(
            "--accept-warnings", default="", metavar="REASON", help="提示都已核对属实的原因；有提示时 --approve 须写明"
        )

    def take(self, options: dict[str, Any], *, round_id: int, data: bytes, name: str, by: User) -> WorkbookOutcome:
        steps = {step: options[step] for step in ("submit", "approve", "dry_run")}
        outcome = actions.import_workbook(
            round_id=round_id, data=data, name=name, by=by, accept_warnings=options["accept_warnings"], **steps
        )
        for warning in outcome.plan.warnings:
            self.stdout.write(f"请核对：{warning}")
        if options["dry_run"] and options["approve"] and outcome.plan.warnings and not options["accept_warnings"]:
            self.stdout.write("有提示没有说明，不能直接审核通过；都属实的，请用 --accept-warnings 写明原因。")
        return outcome
