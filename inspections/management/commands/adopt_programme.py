"""Take a district's programme and its phases into the portal."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from inspections.programmes import actions, queries
from portal.core.accounts.models import User
from portal.core.errors import Refused
from portal.core.lib.commands import BaseCommand
from schools.directory.models import District


class Command(BaseCommand):
    help = "登记区县的实施方案和阶段（整改报告按阶段编制）；同一文号再次登记会修改它，须写明原因"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            nargs="?",
            type=Path,
            default=queries.LONGTING,
            metavar="FILE.toml",
            help="方案文件，写法见 inspections/programmes/data/longting-2021-8.toml；不写则登记龙政办〔2021〕8号",
        )
        parser.add_argument("--district", required=True, metavar="CODE", help="六位区划代码")
        parser.add_argument("--reason", default="", help="修改已登记的方案时写明原因")
        parser.add_argument("--by", required=True, metavar="USER", help="以哪个账号的名义登记")

    def handle(self, *args: Any, **options: Any) -> None:
        district = District.objects.filter(code=options["district"]).first()
        person = User.objects.filter(username=options["by"], is_active=True).first()
        if district is None or person is None:
            missing = f"区划代码 {options['district']}" if district is None else f"账号“{options['by']}”"
            raise CommandError(f"没有{missing}。请核对后重试；账号用 create_admin 建立。")
        try:
            content = queries.read_file(options["file"])
            programme = actions.adopt_programme(district=district, content=content, reason=options["reason"], by=person)
        except Refused as refusal:
            raise CommandError("\n".join(refusal.lines)) from refusal
        phases = "、".join(phase.name for phase in programme.phases.all())
        self.stdout.write(f"已登记{district.name}的实施方案 {programme}：{phases}。")
