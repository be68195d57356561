"""年度目标管理考核表 of a department or township: its tasks of a year, what is late, evidence; no total is calculated."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from inspections.duties import queries
from inspections.duties.models import DutyEntry, DutyFile, DutyReport, DutyScore, DutyYear
from inspections.duties.workflow import S
from portal.core.accounts.models import User
from portal.core.lib import dates, numbers
from schools.access.scope import Perm, visible
from schools.directory.models import Department

COLUMNS = ("编号", "任务", "年度目标", "完成情况", "季报", "佐证（件）", "年度期限", "结果")


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One task of the year."""

    duty_id: int
    code: str
    title: str
    target: str
    progress: str
    reports: str
    files: int
    due: str
    tone: str
    standing: str

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of COLUMNS."""
        return (
            self.code,
            self.title,
            self.target,
            self.progress,
            self.reports,
            str(self.files),
            self.due,
            self.standing,
        )


@dataclass(frozen=True, slots=True)
class YearSheet:
    """A unit's year; `score` is what the bureau gave by its own rules, if anything."""

    department: Department
    year: int
    lines: tuple[SheetLine, ...]
    counts: tuple[tuple[str, int], ...]
    score: DutyScore | None

    @property
    def title(self) -> str:
        return f"{self.department.name} {self.year} 年度目标管理考核表"

    @property
    def summary(self) -> str:
        return "，".join(f"{label} {count}" for label, count in self.counts)

    @property
    def score_words(self) -> str:
        """Blank points are no zero."""
        if self.score is None or self.score.points is None:
            return ""
        return f"{numbers.plain(self.score.points)} 分（{self.score.reason}）"


def units(user: User) -> QuerySet[Department]:
    rows = Department.objects.filter(duties__withdrawn_at=None, duties__isnull=False).select_related("district")
    return visible(user, rows.distinct(), Perm.DUTY_VIEW).order_by("district__code", "kind", "code")


def all_years(user: User) -> list[int]:
    rows = DutyYear.objects.filter(duty__department__in=units(user).values("pk"), is_dropped=False)
    return sorted(set(rows.order_by().values_list("year", flat=True)))


def load(user: User, department_id: int, year: int) -> YearSheet:
    """Raises Http404 out of scope."""
    department = get_object_or_404(units(user), pk=department_id)
    rows = queries.years(user).filter(duty__department=department, year=year, duty__withdrawn_at=None)
    found = queries.with_figures(rows)
    # First report of each: a later one after it was sent back is not late.
    asked = [row.pk for row in found]
    entries = DutyEntry.objects.filter(report__year__in=asked, kind=DutyEntry.Kind.REPORT).order_by("-id")
    first = {report: timezone.localdate(at) for report, at in entries.values_list("report", "at")}
    files = DutyFile.objects.filter(entry__report__year__in=[row.pk for row in found]).order_by()
    counted = dict(files.values_list("entry__report__year").annotate(Count("pk")))
    lines = tuple(_line(row, first, counted.get(row.pk, 0)) for row in found)
    score = DutyScore.objects.filter(department=department, year=year).select_related("updated_by").first()
    today, asked_for = timezone.localdate(), [one for row in found for one in row.asked]  # type: ignore[attr-defined]
    counts = (
        ("任务", len(found)),
        *((label, sum(row.result == code for row in found)) for code, label in DutyYear.Result.choices),
        ("没有认定", sum(not row.result for row in found)),
        ("任务逾期", sum((row.done_on or today) > row.due_on for row in found)),
        ("季报逾期", sum(_is_late(one, first) for one in asked_for)),
        ("季报退回未补", sum(one.state == S.SENT_BACK for one in asked_for)),
        ("佐证（件）", sum(counted.values())),
    )
    return YearSheet(department, year, lines, counts, score)


def _line(row: DutyYear, first: Mapping[int, dt.date], files: int) -> SheetLine:
    duty = row.duty
    said = []
    if row.figure:  # type: ignore[attr-defined]
        said.append(f"{row.figure.words}，{row.figure.verdict}")  # type: ignore[attr-defined]
    newest: DutyReport | None = row.newest  # type: ignore[attr-defined]
    if newest:
        said += [f"{numbers.plain(newest.value)} {duty.unit}"] if newest.value is not None else []
        said.append(newest.get_claim_display())
    reports = []
    for report in row.asked:  # type: ignore[attr-defined]
        late = _is_late(report, first)
        if report.state == S.DUE:
            words = "逾期未报" if late else "未到期"
        else:
            words = report.get_state_display() + ("（逾期报送）" if late else "")
        reports.append(f"第 {report.quarter} 季度{words}")
    return SheetLine(
        duty_id=duty.pk,
        code=duty.code,
        title=duty.title,
        target=row.target_words,
        progress="；".join(said) or "—",
        reports="；".join(reports) or "—",
        files=files,
        due=dates.day(row.due_on),
        tone=row.tone,  # type: ignore[attr-defined]
        standing=row.standing,  # type: ignore[attr-defined]
    )


def _is_late(report: DutyReport, first: Mapping[int, dt.date]) -> bool:
    return first.get(report.pk, timezone.localdate()) > report.due_on
