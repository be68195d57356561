"""Asking who rectifies for what a report lacks before it is issued."""

from collections.abc import Sequence

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from inspections.rectification import workflow
from inspections.rectification.models import Finding
from inspections.reports import queries
from inspections.reports.stored_facts import ReportFinding
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.notices import actions as notices
from schools.access.scope import Perm, ensure

_MOST_NAMED = 5


@transaction.atomic
def remind(*, report_id: int, code: str = "", by: User) -> int:
    """Who rectifies is asked for the reasons and proofs the report lacks, all or only the school or office `code`; once a day.

    Returns how many were asked.
    """
    report = queries.get(by, report_id)
    ensure(by, Perm.REPORT_COMPILE, report)
    lacking = [row for row in queries.missing(report) if code in ("", row.code)]
    numbers = [number for row in lacking for number in row.numbers]
    found = Finding.objects.filter(ledger=report.district.code, number__in=numbers)
    related = ("school__district", "department", "bureau", "responsible_department")
    answering = {finding.number: finding.answering for finding in found.select_related(*related)}
    today = timezone.localdate()
    for row in lacking:
        for unit in {answering[number] for number in row.numbers if number in answering}:
            own = {number for number in row.numbers if answering.get(number) == unit}
            without_reason, unproven = (
                [i for i in two if i.number in own] for two in (row.without_reason, row.unproven)
            )
            asked = [f"说明没有完成的原因和进展（{_numbers(without_reason)}）"] if without_reason else []
            asked += [f"补充佐证（{_numbers(unproven)}）"] if unproven else []
            notices.notify(
                workflow.answerers(unit),
                text=f"正在编制整改报告，请{'，'.join(asked)}",
                url=reverse("rectification:list"),
                key=f"report:{report.pk}:missing:{today}:{row.code}",
                by=by,
            )
    audit.record(
        "report.remind",
        by=by,
        obj=report,
        district=report.district.code,
        school=report.school.code if report.school else "",
        after={"schools": [row.code for row in lacking]},
    )
    return len(lacking)


def _numbers(items: Sequence[ReportFinding]) -> str:
    shown = "、".join(item.number for item in items[:_MOST_NAMED])
    return shown if len(items) <= _MOST_NAMED else f"{shown}等 {len(items)} 项"
