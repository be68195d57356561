"""Store the standards that ship with the portal; running it again changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from indicators.standards import actions
from indicators.standards.schema import StandardError
from portal.accounts import queries as accounts


class Command(BaseCommand):
    """`manage.py load_standard`."""

    help = "载入系统自带的评估标准(可重复执行,未变化的不会重复载入)"

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = actions.load(by=accounts.system_user())
        except StandardError as error:
            raise CommandError(f"标准数据有误,没有载入:{error}") from error
        for entry in loaded:
            state = "新载入" if entry.is_new else "已是最新"
            self.stdout.write(f"{entry.standard.version} {entry.standard.name}:{state}({entry.standard.sha256[:12]})")
