"""One school's workbook of its submission: a row per item with last year's value, a sheet per table; written, and read back.

Each item carries the version it was written with and a fingerprint of its value, so that what was left as it came differs
from what was changed, whoever changed the stored value meanwhile.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from django.utils import timezone

from indicators.collection.submissions import answers
from indicators.collection.submissions.queries import SubmissionFacts
from indicators.collection.workbooks import workbook as shared
from indicators.collection.workbooks.workbook import BUREAU, README, ReadWorkbook, SchoolAnswers, TableSheet
from indicators.standard.engine import Answer, Item, parse_value
from portal.core.errors import Invalid, Problem
from portal.core.lib import digests, numbers
from portal.core.spreadsheets import read as sheets, write

VALUES, LAST_YEAR = "填报数据", "上年明细"
FIELD, VALUE, MARK = "field", "value", "version"
HEADERS = {
    "section": "栏目",
    "label": "项目",
    "unit": "单位",
    "last_year": "上年",
    VALUE: "本年",
    "help": "口径",
    FIELD: "项目代码",
    MARK: "版本",
}
_WIDTHS = {"section": 14, "label": 34, "unit": 8, "last_year": 16, VALUE: 22, "help": 60, FIELD: 28, MARK: 14}
README_SCHOOL = "学校标识码"
HOW_TO = (
    "只填工作表“填报数据”里“本年”一列和各明细表（班级名册等），其他各列、第 1 行和第 2 行请勿改动。",
    "“本年”一列里是下载时系统里已填的内容。没有改动的，上传后不会再提出来。",
    "空白：表示没有填，上传不会改动系统里已填的内容；要清空一项，请在填报页里清空。",
    "0：表示确实为零。不适用：写成“不适用：原因”，例如“不适用：本校没有初中”。",
    "数字只填阿拉伯数字，不带单位；单位见“单位”一列。",
    "明细表每行一条，上传后以表中的全部行替换原有的行；没有的（如没有音乐教室），在第一个空格里填“无”。",
    "上传后先列出每一项改动，核对采用以后才写进填报表；下载以后系统里有人改过的，会单独列出，不会直接替换。",
)
_MARK_DIGITS = 12


def _mark(item: Item, answer: Answer | None, version: int) -> str:
    """What the field held when the workbook was written."""
    if answer is None:
        return str(version)
    return f"{version}-{digests.fingerprint(answers.frozen(item, answer))[:_MARK_DIGITS]}"


def identity(facts: SubmissionFacts) -> dict[str, tuple[str, str, str]]:
    """What the sheet 说明 must say, by key: code, name, what to do otherwise."""
    round_, school = facts.submission.round, facts.submission.school
    assert school is not None  # noqa: S101 as only schools have this workbook
    return {
        shared.README_ROUND: (round_.code, round_.name, "请下载本年度的模板"),
        README_SCHOOL: (school.code, school.name, "请下载本校的模板"),
    }


def render(facts: SubmissionFacts, items: Sequence[Item]) -> bytes:
    """.xlsx; sent back unchanged it changes nothing."""
    submission, labels = facts.submission, {section.code: section.label for section in facts.spec.sections}
    tables, columns = _tables(items), [write.SheetColumn(_WIDTHS[code]) for code in HEADERS]
    values = [_line(facts, labels, item) for item in items]
    then = [
        [item.label, " ".join(filter(None, row))]
        for item in items
        for row in answers.table(item, facts.last_year.get(item.code))
    ]
    known = identity(facts)
    readme: list[list[write.Value]] = [
        [shared.README_ROUND, submission.round.code],
        ["年度名称", submission.round.name],
        [README_SCHOOL, known[README_SCHOOL][0]],
        ["学校名称", submission.respondent],
        ["评估标准", f"{submission.round.standard.name}（{submission.round.standard.version}）"],
        [shared.README_VERSION, shared.VERSION],
        ["导出日期", timezone.localdate().isoformat()],
    ]
    readme += [["填写说明" if number == 0 else "", text] for number, text in enumerate(HOW_TO)]
    own = SchoolAnswers("", "", facts.answers)
    made = [
        write.Sheet(VALUES, columns, [list(HEADERS.values()), list(HEADERS)], values, frozen_columns=2),
        *(table.filled([own]) for table in tables),
        *(
            [write.Sheet(LAST_YEAR, [write.SheetColumn(30), write.SheetColumn(80)], [["项目", "上年填的"]], then)]
            if then
            else []
        ),
        write.Sheet(README, [shared.text_column(14), shared.text_column(110)], [["项目", "内容"]], readme),
    ]
    title = f"{submission.round.name}填报数据"
    return write.render(write.Workbook(title, submission.respondent, timezone.localdate(), made))


def _line(facts: SubmissionFacts, labels: Mapping[str, str], item: Item) -> list[write.Value | write.SheetCell]:
    """A field with last year's answer and its own; a table refers to its sheet."""
    answer, last = facts.answers.get(item.code), facts.last_year.get(item.code)
    shown: write.Value
    filled: write.Value | write.SheetCell
    if item.kind == "table":
        shown, filled = answers.shown(item, last), _see(item)
    else:
        choices = (item.yes_label, item.no_label) if item.kind == "yes_no" else tuple(item.choices)
        shown, filled = shared.cell_of(item, last), write.SheetCell(shared.cell_of(item, answer), choices=choices)
    mark = _mark(item, answer, facts.version(item.code))
    return [labels.get(item.section, ""), item.label, item.unit, shown, filled, item.help, item.code, mark]


def _tables(items: Iterable[Item]) -> list[TableSheet]:
    """Without a column for the school: there is only one."""
    return shared.sheets_of(items, of_school=False)


def _see(item: Item) -> str:
    return f"见工作表“{item.sheet}”"


@dataclass(frozen=True, slots=True)
class ReadSchoolWorkbook:
    """What a school's workbook says, and the mark each item carries."""

    read: ReadWorkbook
    marks: Mapping[str, str] = field(default_factory=dict)

    @property
    def answers(self) -> Mapping[str, Answer]:
        return self.read.answers[BUREAU]

    def version(self, code: str) -> int:
        """Stored when the workbook was written; 0 where it does not say."""
        return numbers.whole(self.marks.get(code, "").partition("-")[0]) or 0

    def is_untouched(self, item: Item, answer: Answer) -> bool:
        return self.marks.get(item.code) == _mark(item, answer, self.version(item.code))

    @property
    def cleared(self) -> list[str]:
        """Fields that held something and are blank now."""
        return [code for code, mark in self.marks.items() if "-" in mark and code not in self.answers]


def read(source: sheets.Source, facts: SubmissionFacts) -> ReadSchoolWorkbook:
    """Raises Invalid for what is no workbook, or that of another school or year; other faults are in `problems`."""
    found, marks, others, tables = ReadWorkbook(), dict[str, str](), list[str](), _tables(facts.items.values())
    asked = [
        sheets.Wanted(VALUES, HEADERS, frozenset({FIELD, VALUE, MARK}), FIELD),
        *(sheets.Wanted(one.name, one.headers, optional=True) for one in tables),
        sheets.Wanted(LAST_YEAR, optional=True, plain=True),
        sheets.Wanted(README, plain=True),
    ]
    held = sheets.workbook(source, asked, problems=found.problems, others=others, notes=found.notes)
    found.notes += [f"工作表“{name}”不是模板中的工作表，没有读取。" for name in others]
    if README not in held or VALUES not in held:
        raise Invalid("这不是从填报页下载的工作簿。请下载本校的模板，填好后上传。", found.problems)
    known, said = identity(facts), {sheets.text(row.cells.get("A")) for row in held[README]}
    foreign = len(found.problems)
    found.read_readme(held[README], known)
    found.problems += [
        Problem(f"没有写明{key}", f"工作表“{README}”", "请重新下载本校的模板，把填好的内容复制过去。")
        for key in known
        if key not in said
    ]
    if len(found.problems) > foreign:
        raise Invalid("这份工作簿不是本校本年度的，没有读取。", found.problems[foreign:])
    _read_values(held[VALUES], facts.items, found, marks)
    for table in tables:
        if table.name in held:
            found.read_table(held[table.name], table)
    return ReadSchoolWorkbook(found, marks)


def _read_values(
    source: sheets.ReadSheet, items: Mapping[str, Item], found: ReadWorkbook, marks: dict[str, str]
) -> None:
    rows: dict[str, int] = {}
    for row in source if {FIELD, VALUE, MARK} <= set(source.codes) else ():
        code, cell = sheets.text(row[FIELD]), row[VALUE]
        item = items.get(code)
        if item is None:
            do = "请按模板填写代码；本校不填的项目，请删除这一行。"
            found.problems.append(row[FIELD].problem(f"“{code[:40]}”不是本校的填报项", do))
            continue
        if code in rows:
            found.problems.append(row[FIELD].problem("同一项出现了两次", f"与第 {rows[code]} 行重复，请只保留一行。"))
            continue
        # All cells to fill in are in one column: what distinguishes them is the item.
        cell = replace(cell, header=item.label)
        rows[code], marks[code] = row.number, sheets.text(row[MARK])
        # Where a fault that no cell says is shown.
        found.places[BUREAU, code] = cell.where
        if item.kind == "table":
            if cell.value is not None and sheets.text(cell) != _see(item):
                do = f"请填在工作表“{item.sheet}”里，这里写“{_see(item)}”。"
                found.problems.append(cell.problem("这一项是明细表，不能填在这里", do))
        elif cell.value is not None:
            found.put(BUREAU, item, found.parsed(cell, partial(parse_value, item)), cell.where)
