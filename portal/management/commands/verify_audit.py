"""Check the audit chain."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from portal.core.audit import chain, queries
from portal.core.lib.commands import BaseCommand


class Command(BaseCommand):
    """`manage.py verify_audit`: exit 1 and one line per break if the chain does not hold."""

    help = (
        "核验审计链：查找被修改、删除、插入或调换顺序的审计记录，并与数据库外的检查点核对（末尾被删、清空、换成旧库）"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--against",
            type=Path,
            action="append",
            default=[],
            metavar="PATH",
            help="再与这里的检查点核对：备份目录、验收档案（zip 或文件夹）或检查点文件，可写多次",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        marks = chain.stored_checkpoints()
        for path in options["against"]:
            try:
                found = chain.read_checkpoints(path)
            except OSError as error:
                raise CommandError(f"“{path}”无法读取：{error.strerror}。请核对路径。") from error
            if not found:
                raise CommandError(f"“{path}”里没有审计检查点。请给出备份目录、验收档案或检查点文件。")
            marks += found
        count, breaks = queries.verify(marks)
        if breaks:
            lines = [f"审计链不完整：共 {count} 条记录，发现 {len(breaks)} 处异常。", *(item.what for item in breaks)]
            raise CommandError("\n".join(lines))
        self.stdout.write(f"审计链完整：共 {count} 条记录，未发现修改、缺失或插入；与 {len(marks)} 个检查点一致。")
        if count and not marks:
            self.stdout.write(
                "注意：没有找到检查点（AUDIT_CHECKPOINTS），末尾是否被删除无从核对。可用 --against 指定备份。"
            )
