"""`plan`: the least-cost way of a district to the standard, by year; nothing is stored."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from indicators.collection.rounds import queries as rounds
from indicators.planning.engine import measures, terms
from indicators.planning.plans import queries
from portal.core.errors import Invalid, Refused
from portal.core.lib.commands import BaseCommand


class Command(BaseCommand):
    """Plan with the same code as the background job."""

    help = (
        "按审核通过的填报，求到规划末年全部达标、费用最省的措施，逐年列出，并给出费用下界和差距；不保存，不改动数据。"
        "写明年度经费时，先让尽可能多的学校尽早达标，再求费用最省。"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("round", metavar="ROUND", help="评估年度代号，例如 2026")
        parser.add_argument("--district", default="", metavar="CODE", help="区划代码；只有一个区县有此年度时可省略")
        parser.add_argument("--years", default="", metavar="2027-2029", help="规划的年度，默认评估年度以后三年")
        parser.add_argument(
            "--budget", default="", metavar="2027=800,2028=800", help="各年度经费（万元）；没有写的年度不设上限"
        )
        parser.add_argument(
            "--costs", type=Path, metavar="FILE.toml", help="单价、见效年数、每年上限；默认用系统的参考值"
        )
        parser.add_argument("--kinds", default="", metavar="hire,equip,…", help="可以用的措施，默认有单价的都可以用")
        parser.add_argument(
            "--pupils",
            default="",
            choices=["", *terms.PUPILS],
            help="在校生：评估年度的（base），或预测的低、中、高方案",
        )
        parser.add_argument("--gap", default=str(terms.GAP), metavar="0.001", help="费用与下界相差不超过多少就停")
        parser.add_argument("--time-limit", type=int, default=terms.TIME_LIMIT, metavar="120", help="最多求解多少秒")
        parser.add_argument("--format", choices=["json"], default="json", help="输出格式")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["costs"]
        try:
            round_ = rounds.by_code(options["round"], district_code=options["district"])
            years = terms.years(options["years"], after=round_.school_year_start.year)
            costs = terms.read_costs(path.read_text(encoding="utf-8-sig")) if path else terms.DEFAULTS
            gap, seconds = measures.number(options["gap"], "差距"), options["time_limit"]
            if not 0 <= gap < 1:
                raise Invalid(f"差距应是 0 至 1 之间的小数，如 0.001，写的是 {options['gap']}。")
            if not 1 <= seconds <= 3600:
                raise Invalid(f"求解时间应在 1 至 3600 秒之间，写的是 {seconds}。")
            wanted = terms.PlanTerms(
                years=years,
                costs=costs,
                kinds=terms.kinds(options["kinds"].split(","), costs),
                budgets=terms.budgets(options["budget"], years),
                pupils=options["pupils"],
                gap=gap,
                time_limit=seconds,
            )
            content = queries.make(queries.base(round_, years, wanted.pupils), wanted)
        except Refused as error:
            raise CommandError("\n".join(error.lines)) from error
        except OSError as error:
            raise CommandError(f"不能读取文件 {path}：{error.strerror}。请核对 --costs。") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{path} 不是文本文件。请核对 --costs。") from error
        self.stdout.write(json.dumps(content, ensure_ascii=False, indent=2))
