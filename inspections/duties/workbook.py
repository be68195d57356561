"""A programme with its tasks as a workbook, read and written; the tasks of a unit's year as one."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils import timezone

from inspections.duties import sheet_queries
from inspections.duties.content_queries import YearTarget
from inspections.duties.models import Duty
from inspections.programmes.models import Programme
from portal.core.errors import Invalid, Problem
from portal.core.lib import written
from portal.core.spreadsheets import read as sheets
from portal.core.spreadsheets.read import ReadCell, ReadRow, ReadSheet, Source, Wanted
from portal.core.spreadsheets.write import Sheet, SheetColumn, Value, Workbook, render

HEAD, STEPS, AIMS, TASKS, TARGETS = "实施方案", "实施步骤", "目标和措施", "目标任务", "年度目标"
_PARTS = {label: value for value, label in Duty.Part.choices}
_MEASURES = {label: value for value, label in Duty.Measure.choices}
BUREAU = "教育局"
COLUMNS: Mapping[str, Mapping[str, str]] = {
    HEAD: {"district_code": "区划代码", "title": "方案名称", "document_no": "文号", "goal_year": "目标年份"},
    STEPS: {"name": "阶段", "starts_on": "开始日期", "ends_on": "结束日期"},
    AIMS: {"part": "部分", "title": "标题", "text": "内容", "indicators": "看哪些指标"},
    TASKS: {
        "code": "任务编号",
        "part": "对应部分",
        "number": "第几条",
        "title": "任务",
        "text": "具体要求",
        "owner": "责任单位",
        "leader": "责任领导",
        "partners": "配合单位",
        "measure": "衡量方式",
        "indicator": "指标",
        "unit": "计量单位",
        "starts_on": "开始日期",
        "due_on": "完成期限",
        "phase": "阶段",
    },
    TARGETS: {"code": "任务编号", "year": "年度", "target": "目标值", "mark": "完成标志", "due_on": "年度期限"},
}
_MAY_BE_ABSENT = {"text", "indicators", "leader", "partners", "indicator", "unit", "phase", "target", "mark"}
_KEYS = {HEAD: "document_no", STEPS: "name", AIMS: "title", TASKS: "code", TARGETS: "code"}
_LENGTHS = {
    "title": 120,
    "document_no": 40,
    "name": 40,
    "code": 20,
    "leader": 60,
    "partners": 200,
    "unit": 20,
    "phase": 40,
}
_LENGTHS |= {"mark": 200, "text": 2000, "owner": 100}
_HOW = (
    (HEAD, "必填，一行。同一文号再次导入会更新方案"),
    (STEPS, "按先后一行一个阶段。新方案必填；不带这张表时，已登记的方案保留原来的阶段"),
    (AIMS, f"部分填 {'、'.join(_PARTS)}，按先后一行一条；指标用“、”隔开。不带这张表时保留原来的"),
    (TASKS, f"责任单位填部门、乡镇街道的编号或全称，学校的标识码或全称，或“{BUREAU}”。按任务编号更新，没有的任务不变"),
    (TASKS, f"衡量方式填 {'、'.join(_MEASURES)}；按指标衡量的填指标代号，按数量衡量的填计量单位"),
    (TARGETS, "一行一项任务的一年。数量：至少多少；评估指标：达标学校的百分比，留空为全部；文件材料：只填完成标志"),
    (TASKS, "阶段填“实施步骤”里的名称；留空为完成期限所在的阶段"),
    (TARGETS, "年度期限留空为当年 12 月 31 日，最后一年为完成期限"),
)


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task of the sheet: the texts of its cells, its days, the targets of its years."""

    row: ReadRow
    texts: Mapping[str, str]
    days: Mapping[str, dt.date]
    years: dict[int, YearTarget] = field(default_factory=dict)

    def problem(self, code: str, what: str, do: str) -> Problem:
        return (self.row.cells.get(code) or self.row["code"]).problem(what, do)


@dataclass(frozen=True, slots=True)
class Intake:
    """A workbook as read: `programme` as `programmes.workflow.problems_of` takes it, without what the workbook leaves out."""

    programme: dict[str, Any]
    tasks: tuple[TaskLine, ...]


def read(source: Source, notes: list[str]) -> tuple[Intake, list[Problem]]:
    """Raises Invalid for no workbook."""
    problems: list[Problem] = []
    wanted = [
        Wanted(name, columns, frozenset(columns.keys() - absent), _KEYS[name], optional=name != HEAD)
        for name, columns in COLUMNS.items()
        for absent in [_MAY_BE_ABSENT | ({"due_on"} if name == TARGETS else set())]
    ]
    found = sheets.workbook(source, wanted, problems=problems, notes=notes)
    if problems:
        return Intake({}, ()), problems
    reader = _CellReader(problems)
    heads = list(found[HEAD])
    if len(heads) != 1:
        problems.append(Problem(f"有 {len(heads)} 行", f"工作表“{HEAD}”", "请只填一行。"))
        return Intake({}, ()), problems
    programme: dict[str, Any] = reader.texts(heads[0])
    programme["goal_year"] = reader.whole(heads[0], "goal_year")
    if STEPS in found:
        programme["phases"] = [
            {"name": reader.text(row, "name"), **{name: reader.day(row, name) for name in ("starts_on", "ends_on")}}
            for row in found[STEPS]
        ]
    if AIMS in found:
        programme |= reader.aims(found[AIMS])
    tasks = reader.tasks(found.get(TASKS), found.get(TARGETS))
    return Intake(programme, tasks), problems


class _CellReader:
    """Reads cells; what is wrong is added to the problems."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def text(self, row: ReadRow, code: str) -> str:
        cell = row.cells.get(code)
        value = sheets.text(cell)
        if cell and len(value) > _LENGTHS.get(code, 2000):
            self.problems.append(cell.problem(f"超过 {_LENGTHS[code]} 字", "请精简。"))
        return value

    def texts(self, row: ReadRow) -> dict[str, Any]:
        return {code: self.text(row, code) for code in row.cells}

    def day(self, row: ReadRow, code: str) -> dt.date | None:
        cell = row[code]
        try:
            return sheets.day(cell)
        except ValueError:
            self.problems.append(cell.problem(f"看不懂日期“{sheets.text(cell)[:20]}”", "请写成 2026-03-31 这样。"))
        return None

    def number(self, cell: ReadCell | None) -> Decimal | None:
        try:
            value = sheets.number(cell) if cell else None
        except Invalid as error:
            self.problems.append(sheets.problem_of(error))
            return None
        if cell and value is not None and not (0 <= value < 10**12 and value == value.quantize(Decimal("0.01"))):
            self.problems.append(cell.problem("不在可填的范围内", "请填不小于 0、最多两位小数的数。"))
            return None
        return value

    def whole(self, row: ReadRow, code: str) -> int | None:
        value = self.number(row[code])
        if value is None or value != int(value) or value > 9999:
            self.problems.append(row[code].problem("应填整数", "请填写整数，如 2030。"))
            return None
        return int(value)

    def choice(self, row: ReadRow, code: str, choices: Mapping[str, str]) -> str:
        text = self.text(row, code)
        chosen = written.chosen(text, choices)
        if chosen is None:
            self.problems.append(row[code].problem(f"不认识“{text[:20]}”", f"可填：{'、'.join(choices)}。"))
            return ""
        return choices[chosen]

    def aims(self, sheet: ReadSheet) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {"goals": [], "safeguards": []}
        for row in sheet:
            entry: dict[str, Any] = {"title": self.text(row, "title"), "text": self.text(row, "text")}
            codes = self.text(row, "indicators").replace("，", "、").replace(",", "、").split("、")
            if named := [code.strip().upper() for code in codes if code.strip()]:
                entry["indicators"] = named
            part = self.choice(row, "part", _PARTS)
            found["goals" if part == Duty.Part.GOAL else "safeguards"].append(entry)
        return found

    def tasks(self, sheet: ReadSheet | None, targets: ReadSheet | None) -> tuple[TaskLine, ...]:
        found: dict[str, TaskLine] = {}
        for row in sheet or ():
            texts = self.texts(row)
            texts |= {"part": self.choice(row, "part", _PARTS), "measure": self.choice(row, "measure", _MEASURES)}
            texts["number"] = str(self.whole(row, "number") or 0)
            days = {name: day for name in ("starts_on", "due_on") if (day := self.day(row, name))}
            if texts["code"] in found:
                self.problems.append(row["code"].problem(f"任务编号 {texts['code']} 重复", "每项任务只保留一行。"))
            found[texts["code"]] = TaskLine(row, texts, days)
        for row in targets or ():
            task, year = found.get(self.text(row, "code")), self.whole(row, "year")
            if task is None:
                self.problems.append(row["code"].problem("目标任务表里没有这个编号", "请核对任务编号。"))
            elif year in task.years:
                self.problems.append(row["year"].problem(f"{year} 年重复", "每项任务每年只保留一行。"))
            elif year:
                day = self.day(row, "due_on") if sheets.text(row.cells.get("due_on")) else None
                task.years[year] = YearTarget(self.number(row.cells.get("target")), self.text(row, "mark"), day)
        return tuple(found.values())


def write(programme: Programme | None = None) -> bytes:
    """An empty template, or a programme with its tasks, which can be imported again."""
    rows = _rows(programme) if programme else {}
    choices = {"measure": tuple(_MEASURES), "part": tuple(_PARTS)}
    made = [
        Sheet(
            name,
            [
                SheetColumn(
                    40 if code in ("title", "text") else 14,
                    "General" if code == "target" else "@",
                    "",
                    choices.get(code, ()),
                )
                for code in columns
            ],
            [list(columns.values()), list(columns)],
            rows.get(name, ()),
        )
        for name, columns in COLUMNS.items()
    ]
    how = Sheet("填写说明", [SheetColumn(16), SheetColumn(110)], [["工作表", "怎么填"]], [list(one) for one in _HOW])
    return render(Workbook(HEAD, "优衡", timezone.localdate(), [*made, how]))


def _rows(programme: Programme) -> dict[str, Iterable[list[Value]]]:
    rows = programme.duties.filter(withdrawn_at=None).select_related("school", "department", "phase")
    duties = list(rows.prefetch_related("years"))
    targets = [(one, year, YearTarget.of(year)) for one in duties for year in one.years.all() if not year.is_dropped]
    aims = ((Duty.Part.GOAL, programme.goals), (Duty.Part.SAFEGUARD, programme.safeguards))
    return {
        HEAD: [[programme.district.code, programme.title, programme.document_no, str(programme.goal_year)]],
        STEPS: [[one.name, f"{one.starts_on}", f"{one.ends_on}"] for one in programme.phases.all()],
        AIMS: [
            [part.label, one["title"], one["text"], "、".join(one.get("indicators", ()))]
            for part, entries in aims
            for one in entries
        ],
        TASKS: [
            [
                one.code,
                one.get_part_display(),
                str(one.number),
                one.title,
                one.text,
                one.school.code if one.school else one.department.code if one.department else BUREAU,
                one.leader,
                one.partners,
                one.get_measure_display(),
                one.indicator,
                one.unit,
                f"{one.starts_on}",
                f"{one.due_on}",
                one.phase.name if one.phase else "",
            ]
            for one in duties
        ],
        TARGETS: [
            [one.code, str(year.year), said.target, said.mark, f"{said.due_on or ''}"]
            for one, year, said in targets
            if said.words
        ],
    }


_WIDE = {"任务": 32, "年度目标": 24, "完成情况": 40, "季报": 36}


def year_sheet(found: sheet_queries.YearSheet) -> bytes:
    columns = [SheetColumn(_WIDE.get(name, 12)) for name in sheet_queries.COLUMNS]
    note = f"{found.summary}。数据截至 {timezone.localdate():%Y-%m-%d}"
    notes = [note, f"考核得分：{found.score_words}"] if found.score_words else [note]
    rows: list[list[Value]] = []
    for line in found.lines:
        rows.append([*line.cells[:5], line.files, *line.cells[6:]])
    sheet = Sheet("年度考核表", columns, [sheet_queries.COLUMNS], rows, found.title, notes, frozen_columns=2)
    return render(Workbook(found.title, "优衡", timezone.localdate(), [sheet]))
