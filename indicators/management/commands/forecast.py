"""`forecast`: project the pupils of a district and print them with the backtest; nothing is stored."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from indicators.collection.rounds import queries as rounds
from indicators.planning.engine import RULES, assumptions
from indicators.planning.forecast import queries, workbook
from portal.core.errors import Refused
from portal.core.lib.commands import BaseCommand


class Command(BaseCommand):
    """Project the pupils of a district with the same code as the background job."""

    help = "按历年班级名册和出生人口推算以后各年的在校生，逐年判定资源配置指标，输出预警和检验误差；不保存。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("round", metavar="ROUND", help="评估年度代号，例如 2026")
        parser.add_argument("--district", default="", metavar="CODE", help="区划代码；只有一个区县有此年度时可省略")
        parser.add_argument("--to", type=int, default=RULES.last_year, metavar="YEAR", help="预测到哪一年 9 月")
        parser.add_argument(
            "--births", type=Path, metavar="FILE.xlsx", help=f"出生人口工作簿，工作表“{workbook.BIRTHS}”"
        )
        for name, what in assumptions.NAMES.items():
            parser.add_argument(f"--{name}", action="append", default=[], metavar="LINE", help=assumptions.HINTS[what])
        parser.add_argument("--trend", action="store_true", help="最后一个出生年度以后按历年平均变化推算，默认不变")
        parser.add_argument("--format", choices=["json"], default="json", help="输出格式")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            round_ = rounds.by_code(options["round"], district_code=options["district"])
            queries.ensure_year(round_, options["to"])
            counts = workbook.births(options["births"].read_bytes()) if options["births"] else {}
            births, townships = workbook.split(counts)
            typed = {name: "\n".join(options[name]) for name in assumptions.NAMES}
            awaited = queries.expected(round_, options["to"], typed, births)
            found = queries.history(round_, births, trend=options["trend"], expected=awaited, born=townships)
            content = queries.make(found, round_, options["to"])
        except Refused as error:
            raise CommandError("\n".join(error.lines)) from error
        except OSError as error:
            raise CommandError(f"不能读取文件 {options['births']}：{error.strerror}。请核对 --births。") from error
        published = {key: content[key] for key in ("base", "years", "backtest")}
        self.stdout.write(json.dumps(published, ensure_ascii=False, indent=2))
