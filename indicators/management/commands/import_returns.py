"""Take over a workbook with the figures of many schools."""

from typing import Any

from django.core.management.base import CommandParser

from indicators.collection.workbooks import actions
from indicators.collection.workbooks.queries import WorkbookOutcome
from indicators.management.importing import ImportCommand
from portal.core.accounts.models import User


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
