"""What the commands that take over a workbook for a round have in common."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from indicators.collection.rounds import queries as rounds
from portal.core.accounts.models import User
from portal.core.errors import Refused
from portal.core.lib.commands import BaseCommand


class Planned(Protocol):
    """What is remarked on without stopping the import."""

    @property
    def notes(self) -> tuple[str, ...]:
        """The remarks, in the order of the workbook."""


class ImportOutcome(Protocol):
    """What an import did or would do."""

    @property
    def plan(self) -> Planned:
        """What it rests on."""

    @property
    def summary(self) -> str:
        """The outcome in one line."""


class ImportCommand(BaseCommand, ABC):
    """`manage.py import_… ROUND FILE.xlsx --by USER [--district CODE] [--dry-run]`."""

    file_help: str

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("round", metavar="ROUND", help="年度代号，如 2026")
        parser.add_argument("file", metavar="FILE.xlsx", help=self.file_help)
        parser.add_argument("--by", required=True, metavar="USER", help="以哪个工作账号导入（须有评估年度管理权限）")
        parser.add_argument(
            "--district", metavar="CODE", default="", help="区划代码；该账号管理多个区县、代号又相同时须写明"
        )
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["by"], is_active=True).first()
        if user is None:
            raise CommandError(f"没有工作账号“{options['by']}”，或账号已停用。")
        path = Path(options["file"])
        try:
            round_ = rounds.by_code(options["round"], district_code=options["district"], by=user)
            outcome = self.take(options, round_id=round_.pk, data=_content(path), name=path.name, by=user)
        except Refused as refusal:
            for problem in refusal.problems:
                self.stderr.write(str(problem))
            raise CommandError(refusal.message) from refusal
        for note in outcome.plan.notes:
            self.stdout.write(f"提示：{note}")
        head = "检查通过，没有写入" if options["dry_run"] else self.done(outcome)
        self.stdout.write(f"{head}：{outcome.summary}。")

    @abstractmethod
    def take(self, options: dict[str, Any], *, round_id: int, data: bytes, name: str, by: User) -> ImportOutcome:
        """Carry out the import by the same action as the page."""

    def done(self, outcome: Any) -> str:
        """What to say once it is done."""
        return "导入完成"


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # One byte more than allowed is enough for the reader to refuse the file.
            return file.read(settings.WORKBOOK_MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"打不开文件 {path}（{error.strerror}）。请检查路径和读取权限。") from error
