"""`verify_evaluations`: judge every stored evaluation again from what it froze."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from indicators.results.evaluations import judging, queries
from indicators.results.milestones import queries as milestones
from portal.core.lib.commands import BaseCommand


class Command(BaseCommand):
    """`manage.py verify_evaluations [ROUND]`: one line an evaluation; exit 1 if one does not hold."""

    help = "用冻结的数据重新计算每一次评估，核对输入校验值、全部结果和冻结节点；有不一致时逐条列出"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("round", metavar="ROUND", nargs="?", default="", help="评估年度代号；省略时核对全部")
        parser.add_argument("--district", default="", metavar="CODE", help="区划代码；省略时核对全部区县")

    def handle(self, *args: Any, **options: Any) -> None:
        found = queries.recorded(options["round"], options["district"])
        if not found.exists():
            raise CommandError("没有可以核对的评估。请核对年度代号和区划代码，或先用 evaluate 评估。")
        count, faulty = 0, 0
        for evaluation in found.iterator():
            verified, broken = judging.verify(evaluation), milestones.broken_seals(evaluation)
            self.stdout.write(f"{evaluation.pk} {evaluation}：{verified.words}")
            for difference in (*broken, *verified.differences):
                self.stdout.write(f"  {difference}")
            count += 1
            faulty += bool(broken or verified.differences)
        if faulty:
            raise CommandError(f"核对了 {count} 次评估，{faulty} 次不一致，详见上面各行。")
        self.stdout.write(f"核对了 {count} 次评估，全部一致。")
