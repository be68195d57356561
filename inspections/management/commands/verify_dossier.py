"""Verify an acceptance dossier, as a zip or unpacked, without a database."""

import hashlib
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from inspections.dossiers import verification
from portal.core.errors import Refused
from portal.core.lib.commands import BaseCommand


class Command(BaseCommand):
    """`manage.py verify_dossier PATH`: exit 1 and one line per changed, missing or added file."""

    help = "核验验收档案包（zip 或解压后的文件夹）：列出被改动、缺少和多出的文件"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH", help="档案包 zip 文件，或解压后的文件夹")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        try:
            report = verification.check(path)
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        if not report.holds:
            head = f"核验不通过：发现 {len(report.problems)} 处问题。"
            raise CommandError("\n".join([head, *report.problems]))
        self.stdout.write(f"核验通过：{report.files} 个文件、{report.size} 字节全部与清单一致，没有缺少或多出。")
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            self.stdout.write(f"整包校验值 sha256 {digest}，请与系统“验收档案”页面显示的核对。")
