"""Write docs/permissions.md from the table of rights."""

from typing import Any

from portal.config.env import BASE_DIR
from portal.core.lib.commands import BaseCommand
from portal.home import queries


class Command(BaseCommand):
    """`manage.py write_permissions`."""

    help = "根据权限定义生成 docs/permissions.md"

    def handle(self, *args: Any, **options: Any) -> None:
        path = BASE_DIR / "docs" / "permissions.md"
        path.write_text(queries.permissions_markdown(), encoding="utf-8")
        self.stdout.write(f"已写入 {path.relative_to(BASE_DIR)}")
