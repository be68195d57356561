"""Load the demonstration district."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from portal.core.errors import Refused
from portal.core.lib.commands import BaseCommand
from portal.demo import loader, names


class Command(BaseCommand):
    """`manage.py load_demo`: 龙亭区 with four years, visits, findings and people."""

    help = "载入演示区县（龙亭区）：学校、账号、四个年度的填报和评估、督导和整改。只能用于空的数据库。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--schools", type=int, default=names.USUAL, metavar="N", help=f"学校数，默认 {names.USUAL}")
        parser.add_argument(
            "--seed", type=int, default=loader.SEED, metavar="S", help="随机种子：相同的种子得到相同的数据"
        )
        parser.add_argument("--if-empty", action="store_true", help="已有学校时什么也不做，正常结束")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, or say why not."""
        if options["if_empty"] and not loader.is_empty():
            self.stdout.write("演示区县已有数据，没有重新载入。")
            return
        began = time.monotonic()
        try:
            loader.load(schools=options["schools"], seed=options["seed"], say=self.stdout.write)
        except Refused as refusal:
            raise CommandError("\n".join([refusal.message, *map(str, refusal.problems)])) from refusal
        seconds = time.monotonic() - began
        self.stdout.write(f"演示数据已载入，用时 {seconds:.0f} 秒。账号和密码见 manage.py demo_accounts。")
