"""The ledger as a workbook: 问题清单, 责任清单, 措施清单 are three views of the same findings."""

from collections.abc import Iterable, Sequence

from django.utils import timezone

from inspections.rectification import queries
from inspections.rectification.models import Entry, Finding
from inspections.rectification.queries import Current
from portal.core.spreadsheets import write
from schools.access.restricted import Persons

VIEWS = {"problems": "问题清单", "duties": "责任清单", "measures": "措施清单"}
_HEAD = ("编号", "来源", "学校", "指标")
_PROBLEMS = (
    "问题描述",
    "现状值",
    "标准值",
    "类别",
    "整改要求",
    "整改期限",
    "状态",
    "逾期天数",
    "重新打开次数",
    "销号时间",
    "核查人",
    "最新评估",
)
_DUTIES = ("整改目标", "责任单位", "责任人", "整改期限", "状态", "逾期天数")
_MEASURES = ("整改措施", "整改进展", "最近进展时间", "整改期限", "状态", "逾期天数")
_WIDE = {"问题描述", "最新评估", "整改要求", "整改措施", "整改进展", "整改目标"}


def workbook(findings: Iterable[Finding], *, title: str, persons: Persons) -> bytes:
    """Three lists as .xlsx, one row per finding in each. `findings` come from `queries.for_list`."""
    rows = list(findings)
    now = queries.current(rows)
    today = timezone.localdate()
    note = f"数据截至 {timezone.localtime():%Y-%m-%d %H:%M}"

    def duty(row: Finding) -> tuple[write.Value | write.SheetCell, ...]:
        return (*_head(row), persons.text(row.goal), str(row.school), persons.name(row.responsible), *_state(row))

    sheets = [
        _sheet("problems", _PROBLEMS, [_problem(row, now[row.pk], persons) for row in rows], title, note),
        _sheet("duties", _DUTIES, [duty(row) for row in rows], title, note),
        _sheet("measures", _MEASURES, [_measure(row, persons) for row in rows], title, note),
    ]
    return write.render(write.Workbook(title, "优衡", today, sheets))


def _sheet(
    view: str, names: Sequence[str], rows: list[tuple[write.Value | write.SheetCell, ...]], title: str, note: str
) -> write.Sheet:
    header = [*_HEAD, *names]
    columns = [write.SheetColumn(40 if name in _WIDE else 22 if name == "学校" else 14) for name in header]
    name = VIEWS[view]
    return write.Sheet(
        name, columns, [header], rows, f"{title}·{name}", [note], frozen_columns=1, count=True, filter=True
    )


def _head(row: Finding) -> tuple[write.Value, ...]:
    return (row.number, row.get_source_display(), str(row.school), row.indicator)


def _state(row: Finding) -> tuple[write.Value | write.SheetCell, ...]:
    late = row.days_overdue
    return (row.due_on, row.get_state_display(), write.SheetCell(late, "bad") if late else None)


def _problem(row: Finding, now: Current, persons: Persons) -> tuple[write.Value | write.SheetCell, ...]:
    closed = f"{timezone.localtime(row.closed_at):%Y-%m-%d %H:%M}" if row.closed_at else None
    by = persons.name(row.closed_by.name) if row.closed_by else None
    problem, requirement = persons.text(now.problem), persons.text(row.requirement)
    content = (problem, now.current_value, now.standard_value, row.get_category_display(), requirement)
    return (*_head(row), *content, *_state(row), row.reopened or None, closed, by, now.met_words or None)


def _measure(row: Finding, persons: Persons) -> tuple[write.Value | write.SheetCell, ...]:
    moment = f"{timezone.localtime(row.steps[-1].at):%Y-%m-%d %H:%M}" if row.steps else None  # type: ignore[attr-defined]
    progress = entries_text(row, Entry.Kind.PROGRESS, Entry.Kind.REQUEST_CLOSE)
    measures = persons.text(entries_text(row, Entry.Kind.MEASURE))
    return (*_head(row), measures, persons.text(progress), moment, *_state(row))


def entries_text(row: Finding, *kinds: str) -> str:
    steps = [step for step in row.steps if step.kind in kinds]  # type: ignore[attr-defined]
    return "\n".join(f"{timezone.localtime(step.at):%Y-%m-%d} {step.text}" for step in steps)
