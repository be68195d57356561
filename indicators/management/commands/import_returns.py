"""Take over a workbook with the figures of many schools."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from indicators.returns import actions
from indicators.rounds import queries as rounds
from portal.accounts.models import User
from portal.errors import Refused
from portal.lib.commands import BaseCommand


class Command(BaseCommand):
    help = "导入填报数据（Excel）：全部正确才写入；空白单元格不改动已填的内容"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("round", metavar="ROUND", help="年度代号，如 2026")
        parser.add_argument("file", metavar="FILE.xlsx", help="填报数据工作簿，模板用 export_template 导出")
        parser.add_argument("--by", required=True, metavar="USER", help="以哪个工作账号导入（须有评估年度管理权限）")
        parser.add_argument(
            "--district", metavar="CODE", default="", help="区划代码；该账号管理多个区县、代号又相同时须写明"
        )
        parser.add_argument("--submit", action="store_true", help="导入后提交（未填的项目留空，记入回执）")
        parser.add_argument("--approve", action="store_true", help="导入后提交并审核通过")
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["by"], is_active=True).first()
        if user is None:
            raise CommandError(f"没有工作账号“{options['by']}”，或账号已停用。")
        try:
            round_ = rounds.by_code(options["round"], district_code=options["district"], by=user)
            outcome = actions.import_returns(
                round_id=round_.pk,
                data=_content(Path(options["file"])),
                name=Path(options["file"]).name,
                by=user,
                submit=options["submit"],
                approve=options["approve"],
                dry_run=options["dry_run"],
            )
        except Refused as refusal:
            for problem in refusal.problems:
                self.stderr.write(str(problem))
            raise CommandError(refusal.message) from refusal
        for note in outcome.plan.notes:
            self.stdout.write(f"提示：{note}")
        head = "检查通过，没有写入" if options["dry_run"] else "导入完成"
        self.stdout.write(f"{head}：{outcome.summary}。")


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # One byte more than allowed is enough for the reader to refuse the file.
            return file.read(settings.WORKBOOK_MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"打不开文件 {path}（{error.strerror}）。请检查路径和读取权限。") from error
