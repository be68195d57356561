"""What importing a workbook would change: each answer compared with what is stored."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from indicators.collection.submissions import answers
from indicators.collection.submissions import facts as submission_facts
from indicators.collection.submissions.models import Round, Submission
from indicators.collection.workbooks.reading import BUREAU, ReadWorkbook
from indicators.standard.engine import Answer, SchoolData, Spec, check_school
from indicators.standard.engine import DataProblem as Fault
from indicators.standard.engine.checks import check_district
from portal.core.errors import Problem
from portal.core.lib import digests
from schools.directory.models import School, Status
from schools.workbooks import workbook as register_workbook

_SHOWN_CHANGES = 12
_ROW = re.compile(r"第 (\d+) 行")


@dataclass(frozen=True, slots=True)
class PlanChange:
    """One answer that differs: label, what stands there, what the workbook says."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """One respondent of the workbook: its submission, what would be stored, what that changes, what looks unlikely."""

    submission: Submission
    place: str
    values: Mapping[str, Answer]
    changed: Mapping[str, Answer]
    after: Mapping[str, Answer]
    changes: tuple[PlanChange, ...]
    warnings: tuple[Problem, ...] = ()
    errors: tuple[Problem, ...] = ()

    @property
    def hidden_changes(self) -> int:
        return len(self.changed) - len(self.changes)


@dataclass(frozen=True, slots=True)
class Before:
    """What the warnings are compared with, by submission: last year's answers, and what was explained already."""

    last_year: Mapping[int, Mapping[str, Answer]]
    explained: Mapping[int, Mapping[tuple[str, str], str]]


@dataclass(frozen=True, slots=True)
class WorkbookPlan:
    """All respondents of a workbook, in its order, with remarks that do not stop the import."""

    entries: tuple[PlanEntry, ...]
    notes: tuple[str, ...]

    @property
    def warnings(self) -> list[Problem]:
        return [warning for entry in self.entries for warning in entry.warnings]

    @property
    def by_change(self) -> list[PlanEntry]:
        """What would change first, each part in the order of the workbook: that is what has to be looked at."""
        return sorted(self.entries, key=lambda entry: not entry.changed)


@dataclass(frozen=True, slots=True)
class WorkbookOutcome:
    """What an import did, or would do: respondents, changed answers, handed in, approved, remarks."""

    plan: WorkbookPlan
    saved: int
    submitted: int
    approved: int

    @property
    def changed_answers(self) -> int:
        return sum(len(entry.changed) for entry in self.plan.entries)

    @property
    def digest(self) -> str:
        """A fingerprint of what would be written, to notice when it is no longer what a person was shown."""
        changed = {
            entry.submission.pk: {field: repr(answer) for field, answer in entry.changed.items()}
            for entry in self.plan.entries
        }
        return digests.fingerprint([list(changed.items()), self.submitted, self.approved])

    @property
    def summary(self) -> str:
        return (
            f"{len(self.plan.entries)} 个填报单位，改动 {self.saved} 个单位 {self.changed_answers} 项，"
            f"提交 {self.submitted} 份，通过 {self.approved} 份"
        )


def make(
    read: ReadWorkbook,
    round_: Round,
    spec: Spec,
    rows: list[Submission],
    stored: Mapping[int, Mapping[str, Answer]],
    register: Mapping[str, School] | None = None,
    before: Before | None = None,
) -> WorkbookPlan:
    """Match a workbook with the round's submissions; what does not fit is added to `read.problems`.

    `register` is looked at instead of the database where the schools come from a file as well.
    """
    names = {row.school.code: row.school.name for row in rows if row.school}
    by_code = {row.school.code if row.school else BUREAU: row for row in submission_facts.as_then(rows)}
    unknown = [code for code in read.answers if code not in by_code]
    strangers = _strangers(unknown) if register is None else register
    entries: list[PlanEntry] = []
    notes: list[str] = [*read.notes]
    for code, values in read.answers.items():
        row = by_code.get(code)
        if row is None:
            _stranger(code, strangers.get(code), round_, values, read, notes)
            continue
        entry = _entry(code, row, values, read, spec, stored.get(row.pk, {}))
        entries.append(entry)
        # What a command only judges is not stored.
        if register is None:
            read.problems += _personal(entry, code, read)
    schools = _schools(rows, stored, entries)
    for position, entry in enumerate(entries):
        errors, warnings = _checked(entry, read, spec, before or Before({}, {}), schools)
        # What was wrong before and is not in the workbook is the school's to mend, not the importer's.
        read.problems.extend(errors if entry.changed else ())
        entries[position] = replace(entry, warnings=tuple(warnings), errors=tuple(errors))
    named = (register_workbook.NamedRow(code, name, where) for code, (name, where) in read.names.items())
    others = register_workbook.compare_names(named, names, register is None)
    read.problems += others.problems
    notes += others.notes
    return WorkbookPlan(tuple(entries), tuple(notes))


def _personal(entry: PlanEntry, code: str, read: ReadWorkbook) -> Iterator[Problem]:
    """Numbers of persons in texts that would be stored."""
    for field, answer in entry.changed.items():
        if said := answers.personal_in(answer):
            what, _, do = said.partition("。")
            yield Problem(f"{entry.submission.respondent}：{what}", read.where(code, field), do)


def _schools(
    rows: Iterable[Submission], stored: Mapping[int, Mapping[str, Answer]], entries: Iterable[PlanEntry]
) -> list[SchoolData]:
    after = {entry.submission.school.code: entry.after for entry in entries if entry.submission.school}
    schools = ((row.school, stored.get(row.pk, {})) for row in rows if row.school)
    return [submission_facts.school_data(school, after.get(school.code, given)) for school, given in schools]


def _strangers(codes: list[str]) -> dict[str, School]:
    return {row.code: row for row in School.objects.filter(code__in=codes).select_related("district")}


def _stranger(
    code: str, school: School | None, round_: Round, values: Mapping[str, Answer], read: ReadWorkbook, notes: list[str]
) -> None:
    """Say why a school of the workbook is no respondent; a closed school's row is left out with a note."""
    where = read.rows.get(code, "工作簿")
    if school is None:
        read.problems.append(Problem(f"学校标识码 {code} 不在学校名录中", where, "请核对代码，或先导入学校名录"))
    elif school.district_id != round_.district_id:
        what = f"{school.name}（{code}）属于{school.district.name}，不属于{round_.district.name}"
        read.problems.append(Problem(what, where, "请删除该行，或在该区县的评估年度中导入"))
    elif school.status == Status.CLOSED:
        notes.append(f"{where}：{school.name}已停办，不参加填报，该行没有导入。")
    else:
        what = f"{school.name}（{code}）不在本评估年度的填报单位中"
        command = f"open_round {round_.code} --district {round_.district.code} --add"
        do = f"该校可能在开启之后才登记；请在评估年度页面加入新登记的学校（或运行 {command}）后再导入"
        read.problems.append(Problem(what, where, do))


def _entry(
    code: str,
    row: Submission,
    values: Mapping[str, Answer],
    read: ReadWorkbook,
    spec: Spec,
    stored: Mapping[str, Answer],
) -> PlanEntry:
    items = answers.items_of(spec, is_school=row.school_id is not None)
    changed = {field: answer for field, answer in values.items() if stored.get(field) != answer}
    shown = [
        PlanChange(
            items[field].label, answers.shown(items[field], stored.get(field)), answers.shown(items[field], answer)
        )
        for field, answer in list(changed.items())[:_SHOWN_CHANGES]
    ]
    return PlanEntry(row, read.rows.get(code, ""), values, changed, {**stored, **changed}, tuple(shown))


def _checked(
    entry: PlanEntry, read: ReadWorkbook, spec: Spec, before: Before, schools: Sequence[SchoolData]
) -> tuple[list[Problem], list[Problem]]:
    """What the checks of the standard find wrong, and unlikely, with the figures as they would stand afterwards."""
    row = entry.submission
    code = row.school.code if row.school else BUREAU
    if entry.changed and not row.is_editable:
        what = f"{row.respondent}的填报{row.get_state_display()}，不能再改（{len(entry.changed)} 处与表中不同）"
        return [Problem(what, read.rows.get(code, ""), "请先在审核页面退回，或从表中删除该行")], []
    school, last_year = row.school, before.last_year.get(row.pk, {})
    explained = before.explained.get(row.pk, {})
    found = (
        check_school(spec, school.kind, entry.after, last_year)
        if school
        else check_district(spec, entry.after, last_year, schools)
    )
    errors = [_reported(one, row.respondent, code, read) for one in found if one.level == "error"]
    unexplained = (
        one for one in found if one.level == "warning" and explained.get((one.code, one.item)) != one.message[:300]
    )
    return errors, [_reported(one, row.respondent, code, read) for one in unexplained]


def _reported(problem: Fault, respondent: str, code: str, read: ReadWorkbook) -> Problem:
    """A fault at its place in the workbook; the engine counts a table's rows, a person those of the sheet."""
    message, where = problem.message, read.where(code, problem.item)
    lines = read.lines.get((code, problem.item), [])
    if problem.row and lines:
        message = _ROW.sub(lambda found: f"第 {lines[int(found[1]) - 1]} 行", message)
        where = _ROW.sub(f"第 {lines[problem.row - 1]} 行", where)
    what, _, do = message.partition("；")
    return Problem(f"{respondent}：{what}", where, do or ("" if "请" in what else "请核对后改正"))


MOST_ENTRIES, MOST_WARNINGS = 400, 200


def preview(outcome: WorkbookOutcome) -> dict[str, Any]:
    """What would change, first what has to be looked at; counts are of all, lists are cut."""
    warnings, entries = outcome.plan.warnings, outcome.plan.by_change
    return {
        "digest": outcome.digest,
        "saved": outcome.saved,
        "submitted": outcome.submitted,
        "approved": outcome.approved,
        "changed_answers": outcome.changed_answers,
        "notes": list(outcome.plan.notes[:MOST_WARNINGS]),
        "warnings": [str(warning) for warning in warnings[:MOST_WARNINGS]],
        "warning_count": len(warnings),
        "entries": [
            {
                "respondent": entry.submission.respondent,
                "place": entry.place,
                "changed": len(entry.changed),
                "changes": [{"label": c.label, "old": c.old, "new": c.new} for c in entry.changes],
                "hidden_changes": entry.hidden_changes,
            }
            for entry in entries[:MOST_ENTRIES]
        ],
        "more_entries": max(0, len(entries) - MOST_ENTRIES),
    }
