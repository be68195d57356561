"""Take over a workbook of the state's education statistics."""

from typing import Any

from indicators.collection.state_statistics import actions
from indicators.management.commands.import_returns import ImportCommand
from portal.core.accounts.models import User


class Command(ImportCommand):
    help = "导入教育事业统计报表（Excel）供核对：全部正确才写入；不改动任何填报数"
    file_help = "统计报表工作簿，每张表每校一行"

    def take(
        self, options: dict[str, Any], *, round_id: int, data: bytes, name: str, by: User
    ) -> actions.StatisticsOutcome:
        return actions.import_statistics(round_id=round_id, data=data, name=name, by=by, dry_run=options["dry_run"])

    def done(self, outcome: actions.StatisticsOutcome) -> str:
        return "以前已经导入过" if outcome.earlier else "导入完成"
