"""Back up database and files of one moment."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from portal.core.accounts.queries import system_user
from portal.core.backups import actions
from portal.core.errors import Refused
from portal.core.lib.commands import BaseCommand


class Command(BaseCommand):
    """`manage.py backup FOLDER`: exit 1 when anything is missing from the backup."""

    help = "备份数据库和全部文件（同一时刻），写入一个新目录，并生成清单和校验值"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="备份目录，须不存在或为空")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        try:
            made = actions.take(folder=folder.absolute(), by=system_user())
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        rows, size = sum(made.tables.values()), sum(made.files.values())
        self.stdout.write(
            f"已备份到 {folder}：{len(made.tables)} 张表 {rows} 行，{len(made.files)} 个文件 {size} 字节。"
        )
        self.stdout.write("密钥（SECRET_KEY、AUDIT_KEY）不在备份里，请另行妥善保存，恢复时需要原来的值。")
        if made.damaged:
            head = f"有 {len(made.damaged)} 个文件在存储中缺少或损坏，没有进入备份（其余内容已备份）："
            raise CommandError("\n".join([head, *made.damaged]))
