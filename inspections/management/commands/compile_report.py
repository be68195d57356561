"""Compile a phased rectification report from the command line."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from inspections.reports import actions, document, queries
from inspections.reports.models import Report
from portal.core.accounts.models import User
from portal.core.errors import Refused
from portal.core.files import store
from portal.core.lib import dates
from portal.core.lib.commands import BaseCommand
from schools.directory.models import District, School


class Command(BaseCommand):
    help = "编制阶段整改报告（Word 和 PDF）：按实施方案的阶段或起止日期，全区或一所学校"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--district", required=True, metavar="CODE", help="六位区划代码")
        parser.add_argument("--school", metavar="CODE", help="十位学校标识码，不写为全区")
        parser.add_argument("--phase", type=int, metavar="N", help="实施方案的第几个阶段")
        parser.add_argument("--from", dest="starts_on", metavar="D", help="开始日期，如 2026-01-01")
        parser.add_argument("--to", dest="ends_on", metavar="D", help="结束日期，含当天")
        parser.add_argument("--by", required=True, metavar="USER", help="办理人的工作账号")
        parser.add_argument("--output", type=Path, metavar="DIR", help="把文件另存到这个目录")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["phase"] is not None and (options["starts_on"] or options["ends_on"]):
            raise CommandError("--phase 和 --from/--to 只能用一种。")
        try:
            report = self._compile(options)
            self.stdout.write(f"{report}（{dates.day(report.starts_on)}至{dates.day(report.ends_on)}）已生成。")
            for warning in report.warnings:
                self.stdout.write(f"注意：{warning}")
            if folder := options["output"]:
                try:
                    folder.mkdir(parents=True, exist_ok=True)
                    for document in (report.docx, report.pdf):
                        assert document is not None  # noqa: S101 a ready report has both
                        target = folder / document.name
                        target.write_bytes(b"".join(store.read(document)))
                        self.stdout.write(str(target))
                except OSError as error:
                    raise CommandError(f"报告已保存在系统中，但没有写入目录 {folder}：{error.strerror}。") from error
        except Refused as refusal:
            raise CommandError("\n".join(refusal.lines)) from refusal

    def _compile(self, options: dict[str, Any]) -> Report:
        by = _one(User.objects.filter(username=options["by"], is_active=True), f"没有启用的账号 {options['by']}。")
        district = _one(
            District.objects.filter(code=options["district"]), f"没有区划代码为 {options['district']} 的区县。"
        )
        school = options["school"] and _one(
            School.objects.filter(code=options["school"]), f"名录中没有学校标识码为 {options['school']} 的学校。"
        )
        phase, number = None, options["phase"]
        if number is not None:
            phases = queries.phases(district)
            known = "、".join(f"{one.number} {one.name}" for one in phases) or "还没有实施方案"
            phase = _one(phases.filter(number=number), f"{district.name}没有第 {number} 个阶段，现有：{known}。")
        report = actions.compile_report(
            district=district,
            school=school or None,
            phase=phase,
            starts_on=_day(options["starts_on"]),
            ends_on=_day(options["ends_on"]),
            by=by,
            queue=False,
        )
        if report.state == Report.State.COMPILING:
            rendered = document.render(report)
            report = actions.publish(report_id=report.pk, rendered=rendered, revision=report.revision, by=by)
        return report


def _one(rows: Any, otherwise: str) -> Any:
    row = rows.first()
    if row is None:
        raise CommandError(otherwise)
    return row


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise CommandError(f"日期“{text}”不对，请按 2026-03-31 的格式填写。") from None
