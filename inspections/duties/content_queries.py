"""What a task says, as typed, imported or stored, in one shape, so that it can be compared."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from inspections.duties.models import Duty, DutyYear
from inspections.programmes.models import Phase, Programme
from inspections.rectification import queries as rectification
from portal.core.lib import dates, numbers
from schools.directory.models import Department, School

LABELS = {
    "code": "任务编号",
    "part": "对应部分",
    "number": "第几条",
    "title": "任务",
    "text": "具体要求",
    "school": "学校",
    "department": "部门",
    "leader": "责任领导",
    "partners": "配合单位",
    "measure": "衡量方式",
    "indicator": "指标",
    "unit": "计量单位",
    "starts_on": "开始日期",
    "due_on": "完成期限",
    "phase": "阶段",
}


@dataclass(frozen=True, slots=True)
class YearTarget:
    """What a task has to come to in a year, all may be blank; `due_on` is None for the usual day."""

    target: Decimal | None = None
    mark: str = ""
    due_on: dt.date | None = None

    @classmethod
    def of(cls, row: DutyYear) -> "YearTarget":
        usual = usual_day(row.year, row.duty.due_on)
        return cls(row.target, row.mark, None if row.due_on == usual else row.due_on)

    @property
    def words(self) -> str:
        day = f"{dates.day(self.due_on)}前" if self.due_on else ""
        return "，".join(filter(None, (numbers.plain(self.target), self.mark, day)))


def usual_day(year: int, due_on: dt.date) -> dt.date:
    return min(due_on, dt.date(year, 12, 31))


@dataclass(frozen=True, slots=True)
class DutyContent:
    """A task without school and department is the bureau's own; years without a target need no entry."""

    code: str
    part: str
    number: int
    title: str
    measure: str
    starts_on: dt.date
    due_on: dt.date
    text: str = ""
    school: School | None = None
    department: Department | None = None
    leader: str = ""
    partners: str = ""
    indicator: str = ""
    unit: str = ""
    phase: Phase | None = None
    years: Mapping[int, YearTarget] = field(default_factory=dict)

    @property
    def all_years(self) -> range:
        return range(self.starts_on.year, self.due_on.year + 1)


def phase_of(programme: Programme, day: dt.date) -> Phase | None:
    return next((one for one in programme.phases.all() if one.starts_on <= day <= one.ends_on), None)


def indicators_of(programme: Programme) -> dict[str, str]:
    """Without vetoes: they are no aim."""
    named = rectification.indicator_choices([programme.district_id])
    return {code: name for code, name in named if not code.startswith("E")}


def said(duty: Duty) -> dict[str, str]:
    """In words, by field; its years as `2027 年目标`."""
    found = {name: _words(getattr(duty, name)) for name in LABELS}
    years = duty.years.filter(is_dropped=False).select_related("duty").order_by("year")
    return found | {f"{row.year} 年目标": YearTarget.of(row).words for row in years}


def said_of(content: DutyContent) -> dict[str, str]:
    """As `said`, of what was typed or imported."""
    found = {name: _words(getattr(content, name)) for name in LABELS}
    return found | {f"{year} 年目标": content.years.get(year, YearTarget()).words for year in sorted(content.all_years)}


def _words(value: object) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, dt.date) else str(value)


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Label, before, after; choices in words."""
    choices = {"part": dict(Duty.Part.choices), "measure": dict(Duty.Measure.choices)}
    found = []
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name, ""), after.get(name, "")
        if was != now:
            words = choices.get(name, {})
            found.append((LABELS.get(name, name), str(words.get(was, was)), str(words.get(now, now))))
    return found
