"""`evaluate`: judge a round at once and print the result."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from indicators.collection.submissions.models import Round
from indicators.results.board import actions as boards, document, queries
from indicators.results.evaluations import actions, judging
from indicators.results.evaluations.queries import published
from portal.core.accounts.models import User
from portal.core.accounts.queries import system_user
from portal.core.errors import Refused
from portal.core.lib.commands import BaseCommand


class Command(BaseCommand):
    """Judge a round with the same code as the background job."""

    help = "按已通过审核的填报评估一个年度，输出结果（同样的数据得到同一份评估，不会重复）。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("round", metavar="ROUND", help="评估年度代号，例如 2026")
        parser.add_argument("--district", default="", metavar="CODE", help="区划代码；只有一个区县有此年度时可省略")
        parser.add_argument("--format", choices=["table", "json", "xlsx"], default="table", help="输出格式")
        parser.add_argument("--output", default="", metavar="F", help="写入文件；xlsx 格式必须指定")
        parser.add_argument("--reason", default="", metavar="原因", help="重新评估已关闭的年度、结果将改变时必须说明")
        parser.add_argument("--by", default="", metavar="USER", help="以哪个账号的名义评估，默认为系统")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["format"] == "xlsx" and not options["output"]:
            raise CommandError("xlsx 格式不能直接输出到屏幕，请用 --output 指定文件，例如 --output 结果.xlsx。")
        output = Path(options["output"])
        if not output.absolute().parent.is_dir():
            raise CommandError(f"不能写入文件 {output}：目录不存在。请先建立目录，或改用别的 --output。")
        by = User.objects.filter(username=options["by"]).first() if options["by"] else system_user()
        if by is None:
            raise CommandError(f"没有账号“{options['by']}”。请核对 --by，或先用 create_admin 建立账号。")
        try:
            round_, now = _round(options["round"], options["district"]), timezone.now()
            judged = judging.judge(round_, judging.read(round_), now)
            evaluation = actions.record(judged=judged, by=by, reason=options["reason"])
            if options["format"] == "json":
                content = json.dumps(published(evaluation.result), ensure_ascii=False, indent=2).encode()
            elif options["format"] == "xlsx":
                district = queries.district(evaluation)
                content = boards.export(district=district, stages=district.content.stages, by=by)
            else:
                content = document.as_text(queries.district(evaluation)).encode()
        except Refused as error:
            raise CommandError("\n".join(error.lines)) from error
        if not options["output"]:
            self.stdout.write(content.decode())
            return
        try:
            output.write_bytes(content)
        except OSError as error:
            raise CommandError(f"不能写入文件 {output}：{error.strerror}。请检查目录是否存在、是否有权限。") from error


def _round(code: str, district: str) -> Round:
    found = queries.round_named(code, district)
    if len(found) == 1:
        return found[0]
    if not found:
        known = "、".join(f"{r.code}（{r.district.code}）" for r in Round.objects.select_related("district")[:20])
        where = f"区县 {district} " if district else ""
        raise CommandError(f"{where}没有评估年度“{code}”。现有：{known or '无，请先用 open_round 开启'}。")
    codes = "、".join(r.district.code for r in found)
    raise CommandError(f"多个区县都有评估年度“{code}”：{codes}。请加 --district 指定其中一个。")
