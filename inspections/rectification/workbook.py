"""The ledger as a workbook: 问题清单, 责任清单, 措施清单 are three views of the same findings."""

from collections.abc import Iterable, Sequence

from django.utils import timezone

from inspections.rectification import queries
from inspections.rectification.models import Entry, Finding
from portal.core.spreadsheets import write
from schools.access.restricted import Persons

VIEWS = {"problems": "问题清单", "duties": "责任清单", "measures": "措施清单"}
_HEAD = ("编号", "来源", "单位", "指标")
_PROBLEMS = (
    "问题描述",
    "现状值",
    "标准值",
    "严重程度",
    "类别",
    "整改要求",
    "整改期限",
    "状态",
    "逾期天数",
    "其中核查占用天数",
    "重新打开次数",
    "屡查屡犯次数",
    "销号时间",
    "核查人",
    "未达标仍销号的理由",
    "最新评估",
)
_DUTIES = ("整改目标", "责任领导", "责任单位", "责任人", "整改期限", "状态", "逾期天数", "其中核查占用天数")
_MEASURES = ("整改措施", "整改进展", "最近进展时间", "整改期限", "状态", "逾期天数", "其中核查占用天数")
Cells = tuple[write.Value | write.SheetCell, ...]
_WIDE = {"问题描述", "未达标仍销号的理由", "最新评估", "整改要求", "整改措施", "整改进展", "整改目标"}


def workbook(findings: Iterable[Finding], *, title: str, persons: Persons) -> bytes:
    """Three lists, one row per finding in each. `findings` come from `queries.for_list`."""
    rows = list(findings)
    now = queries.current(rows)
    today = timezone.localdate()
    note = f"数据截至 {timezone.localtime():%Y-%m-%d %H:%M}"
    problems: list[Cells] = []
    duties: list[Cells] = []
    measures: list[Cells] = []
    for row in rows:
        own, late = now[row.pk], row.days_overdue
        head = (row.number, row.get_source_display(), row.respondent, row.indicator)
        days = write.SheetCell(late, "bad") if late else None
        state = (row.due_on, row.get_state_display(), days, late - row.days_late if late else None)

        problem, requirement = persons.text(own.problem), persons.text(row.requirement)
        graded = (row.get_severity_display() or "未定级", row.get_category_display())
        content = (problem, own.current_value, own.standard_value, *graded, requirement)
        closed = f"{timezone.localtime(row.closed_at):%Y-%m-%d %H:%M}" if row.closed_at else None
        by = persons.name(row.closed_by.name) if row.closed_by else None
        again = (row.reopened or None, row.repeat_count or None)
        despite = row.closed_despite or None
        problems.append((*head, *content, *state, *again, closed, by, despite, own.met_words or None))

        duty = (persons.name(row.leader), row.answering_name, persons.name(row.responsible))
        duties.append((*head, persons.text(row.goal), *duty, *state))

        measure = persons.text(entries_text(row, Entry.Kind.MEASURE))
        progress = persons.text(entries_text(row, Entry.Kind.PROGRESS, Entry.Kind.REQUEST_CLOSE))
        moment = f"{timezone.localtime(row.steps[-1].at):%Y-%m-%d %H:%M}" if row.steps else None  # type: ignore[attr-defined]
        measures.append((*head, measure, progress, moment, *state))
    sheets = [
        _sheet("problems", _PROBLEMS, problems, title, note),
        _sheet("duties", _DUTIES, duties, title, note),
        _sheet("measures", _MEASURES, measures, title, note),
    ]
    return write.render(write.Workbook(title, "优衡", today, sheets))


def _sheet(view: str, names: Sequence[str], rows: list[Cells], title: str, note: str) -> write.Sheet:
    header = [*_HEAD, *names]
    columns = [
        write.SheetColumn(40 if name in _WIDE else 22 if name in ("单位", "责任单位") else 14) for name in header
    ]
    name = VIEWS[view]
    return write.Sheet(
        name, columns, [header], rows, f"{title}·{name}", [note], frozen_columns=1, count=True, filter=True
    )


def entries_text(row: Finding, *kinds: str) -> str:
    steps = [step for step in row.steps if step.kind in kinds]  # type: ignore[attr-defined]
    return "\n".join(f"{timezone.localtime(step.at):%Y-%m-%d} {step.text}" for step in steps)
