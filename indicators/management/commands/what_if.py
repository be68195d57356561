"""`what_if`: judge a district as it would be after measures, next to how it is; nothing is stored."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from indicators.collection.rounds import queries as rounds
from indicators.planning.engine import PUPILS, measures
from indicators.planning.plans import queries as plans
from indicators.results.evaluations.queries import published
from portal.core.errors import Refused
from portal.core.lib.commands import BaseCommand
from portal.core.lib.numbers import plain


class Command(BaseCommand):
    """Judge with the same engine as the pages, before and after."""

    help = "按审核通过的填报，试算采取一组措施以后的评估结果，与现状并列输出；不保存，不改动数据。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("round", metavar="ROUND", help="评估年度代号，例如 2026")
        parser.add_argument("--district", default="", metavar="CODE", help="区划代码；只有一个区县有此年度时可省略")
        parser.add_argument("--measures", type=Path, required=True, metavar="FILE.json", help="措施列表")
        parser.add_argument(
            "--pupils", default="base", choices=PUPILS, help="在校生：评估年度的（base，默认），或预测的低、中、高方案"
        )
        parser.add_argument("--year", type=int, metavar="2029", help="用预测的哪一年；与 --pupils 同时写")
        parser.add_argument("--format", choices=["json"], default="json", help="输出格式")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["measures"]
        try:
            wanted = measures.read(json.loads(path.read_text(encoding="utf-8-sig")))
            round_ = rounds.by_code(options["round"], district_code=options["district"])
            year = options["year"] or round_.school_year_start.year
            base = plans.base(round_, (year,), options["pupils"])
            before, after = base.judge(year), base.judge(year, wanted)
        except Refused as error:
            raise CommandError("\n".join(error.lines)) from error
        except OSError as error:
            raise CommandError(f"不能读取文件 {path}：{error.strerror}。请核对 --measures。") from error
        except ValueError as error:
            raise CommandError(f"{path} 不是 JSON 文件：{error}。请核对 --measures。") from error
        then, now = (
            published(result.as_json(round=round_.code, district=round_.district.code)) for result in (before, after)
        )
        content = {
            "measures": [one.as_json() for one in wanted],
            "before": then,
            "after": now,
            "cost": plain(measures.cost(wanted)),
        }
        self.stdout.write(json.dumps(content, ensure_ascii=False, indent=2))
