"""Check the audit chain."""

from typing import Any

from django.core.management.base import CommandError

from portal.audit import queries
from portal.lib.commands import BaseCommand


class Command(BaseCommand):
    """`manage.py verify_audit`: exit 1 and one line per break if the chain does not hold."""

    help = "核验审计链：查找被修改、删除、插入或调换顺序的审计记录"

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk the chain and report."""
        count, breaks = queries.verify()
        if breaks:
            lines = [f"审计链不完整：共 {count} 条记录，发现 {len(breaks)} 处异常。", *(item.what for item in breaks)]
            raise CommandError("\n".join(lines))
        self.stdout.write(f"审计链完整：共 {count} 条记录，未发现修改、缺失或插入。")
