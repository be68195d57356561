"""Open an assessment year from the command line."""

from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from indicators.collection.rounds import actions, queries
from indicators.standard.standards import queries as standard_queries
from portal.core.accounts.queries import system_user
from portal.core.errors import Refused
from portal.core.lib import dates
from portal.core.lib.commands import BaseCommand
from schools.directory.models import District


class Command(BaseCommand):
    help = "开启评估年度：为区县的每所在办学校、每个部门和教育局各建一份填报"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("round", metavar="ROUND", help="年度代号，如 2026")
        parser.add_argument("--district", required=True, metavar="CODE", help="六位区划代码")
        parser.add_argument("--standard", default="national-2017", help="标准代号，默认 national-2017")
        parser.add_argument(
            "--due", metavar="DATE", help="截止日期，如 2026-12-31；默认 30 天后（学年初还没到的，从学年初起算）"
        )
        parser.add_argument("--backfill", action="store_true", help="补录往年：不设截止日期，不发通知")
        parser.add_argument("--name", default="", help="名称，默认按代号取名")

        parser.add_argument("--add", action="store_true", help="年度已开启时，把之后新登记的学校和部门加入填报")

    def handle(self, *args: Any, **options: Any) -> None:
        code, today = options["round"], timezone.localdate()
        clocks = queries.clocks(code, today)
        if options["backfill"] and options["due"]:
            raise CommandError("补录往年不设截止日期：--backfill 和 --due 不能同时使用。")
        due = queries.default_due(today, clocks.school_year_start)
        if options["due"]:
            try:
                due = date.fromisoformat(options["due"])
            except ValueError:
                raise CommandError(f"截止日期“{options['due']}”不是有效的日期，请按 2026-12-31 的格式填写。") from None
        district = District.objects.filter(code=options["district"]).first()
        if district is None:
            raise CommandError(f"没有区划代码为 {options['district']} 的区县。请先用 import_schools 导入学校名录。")
        try:
            if options["add"]:
                round_ = queries.by_code(code, district_code=district.code)
                made = actions.add_respondents(round_id=round_.pk, by=system_user())
                names = "、".join(row.respondent for row in made) or "没有新增"
                self.stdout.write(f"{round_.name}新加入 {len(made)} 个填报单位：{names}。")
                return
            round_ = actions.open_round(
                code=code,
                name=options["name"] or queries.default_name(code),
                district=district,
                standard=standard_queries.current(options["standard"]),
                due_at=None if options["backfill"] else queries.end_of(due),
                **clocks.as_dict(),
                by=system_user(),
            )
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        count = round_.submissions.count()
        until = "不设截止日期" if round_.is_backfill else f"截止 {dates.day(due)}"
        self.stdout.write(f"已开启 {round_.name}（{district.name}），{count} 个填报单位，{until}。")
