"""Write the Excel workbook in which many schools' figures are handed in."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from indicators.collection.rounds import queries as rounds
from indicators.collection.workbooks import actions
from portal.core.accounts.queries import system_user
from portal.core.errors import Refused
from portal.core.lib.commands import BaseCommand


class Command(BaseCommand):
    help = "导出一个评估年度的填报模板（Excel），已填的数据一并带出"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("round", metavar="ROUND", help="年度代号，如 2026")
        parser.add_argument("file", metavar="FILE.xlsx", help="写到哪个文件")
        parser.add_argument(
            "--district", metavar="CODE", default="", help="六位区划代码；只有一个区县开启该年度时可省略"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        try:
            round_ = rounds.by_code(options["round"], district_code=options["district"])
            path.write_bytes(actions.export_workbook(round_id=round_.pk, by=system_user()))
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        except OSError as error:
            raise CommandError(
                f"文件 {path} 写不进去（{error.strerror}）。请检查文件夹是否存在、文件是否被占用。"
            ) from error
        self.stdout.write(f"已导出 {round_.name}（{round_.district.name}）的模板：{path}")
