"""`warn_relaxations`: remind every bureau of the relaxations that end soon."""

from typing import Any

from indicators.collection.relaxations import actions
from portal.core.accounts.queries import system_user
from portal.core.lib.commands import BaseCommand


class Command(BaseCommand):
    """Send the warnings; run it daily, nobody is reminded twice."""

    help = "提醒各区县哪些放宽口径即将到期（可每天运行，同一项只提醒一次）。"
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        count = actions.warn_expiring(by=system_user())
        self.stdout.write(f"即将到期的放宽口径 {count} 项，已提醒局管理员。" if count else "没有即将到期的放宽口径。")
