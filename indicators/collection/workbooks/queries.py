"""Reads of a round for its workbook: what the template is filled with, and what importing one would change."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone

from indicators.collection.rounds import queries as rounds
from indicators.collection.submissions import answers, content_queries, queries as submissions
from indicators.collection.submissions.models import Answer as AnswerRow, Round, Submission, Waiver
from indicators.collection.workbooks import workbook as template
from indicators.standard.engine import Answer, DataProblem as Fault, SchoolData, Spec, check_district, check_school
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import NotFound, Problem
from portal.core.lib import digests
from schools.access.scope import Perm, visible
from schools.directory.models import School
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
    stored: Mapping[str, Answer]
    changes: tuple[PlanChange, ...]
    warnings: tuple[Problem, ...] = ()
    errors: tuple[Problem, ...] = ()

    @classmethod
    def of(
        cls, row: Submission, code: str, read: template.ReadWorkbook, spec: Spec, stored: Mapping[str, Answer]
    ) -> "PlanEntry":
        items, values = answers.items_of(spec, is_school=row.school_id is not None), read.answers[code]
        changed = {field: answer for field, answer in values.items() if stored.get(field) != answer}
        shown = [
            PlanChange(
                items[field].label, answers.shown(items[field], stored.get(field)), answers.shown(items[field], answer)
            )
            for field, answer in list(changed.items())[:_SHOWN_CHANGES]
        ]
        return cls(row, read.rows.get(code, ""), values, changed, stored, tuple(shown))

    @property
    def after(self) -> Mapping[str, Answer]:
        return {**self.stored, **self.changed}

    @property
    def code(self) -> str:
        """As in the workbook."""
        return self.submission.school.code if self.submission.school else template.BUREAU

    @property
    def hidden_changes(self) -> int:
        return len(self.changed) - len(self.changes)


@dataclass(frozen=True, slots=True)
class Before:
    """What the warnings are compared with, by submission: last year's answers, and what was waived already."""

    last_year: Mapping[int, Mapping[str, Answer]]
    waived: Mapping[int, Mapping[tuple[str, str], str]]


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
        """Changed ones first."""
        return sorted(self.entries, key=lambda entry: not entry.changed)


@dataclass(frozen=True, slots=True)
class WorkbookOutcome:
    """What an import did, or would do: respondents, changed answers, handed in, approved, remarks."""

    plan: WorkbookPlan
    saved: int
    submitted: int
    approved: int

    @property
    def is_empty(self) -> bool:
        return not (self.saved or self.submitted or self.approved)

    @property
    def changed_answers(self) -> int:
        return sum(len(entry.changed) for entry in self.plan.entries)

    @property
    def counts(self) -> dict[str, int]:
        """For the trail."""
        return {
            "respondents": len(self.plan.entries),
            "answers": self.changed_answers,
            "submitted": self.submitted,
            "approved": self.approved,
            "warnings": len(self.plan.warnings),
        }

    @property
    def digest(self) -> str:
        """Of what would be written over what, to compare with what a person was shown."""
        changed = [
            [entry.submission.pk, field, repr(entry.stored.get(field)), repr(answer)]
            for entry in self.plan.entries
            for field, answer in entry.changed.items()
        ]
        return digests.fingerprint([changed, list(map(str, self.plan.warnings)), self.submitted, self.approved])

    @property
    def summary(self) -> str:
        return (
            f"{len(self.plan.entries)} 个填报单位，改动 {self.saved} 个单位 {self.changed_answers} 项，"
            f"提交 {self.submitted} 份，通过 {self.approved} 份"
        )


def respondents(user: User, round_: Round) -> list[Submission]:
    rows = Submission.objects.filter(round=round_, department=None).select_related("round__district", "school")
    return list(visible(user, rows, Perm.ROUND_VIEW).order_by("school__code", "id"))


def stored_answers(round_: Round, rows: list[Submission]) -> dict[int, dict[str, Answer]]:
    """By submission id, in one query."""
    spec = standards.load_spec(round_.standard)
    schools = {row.pk: row.school_id is not None for row in rows}
    found: dict[int, list[AnswerRow]] = defaultdict(list)
    # By round, not by a list of ids: a province's round has more ids than SQLite takes parameters.
    for row in AnswerRow.objects.filter(submission__round=round_):
        if row.submission_id in schools:
            found[row.submission_id].append(row)
    return {
        pk: answers.of_rows(answers.items_of(spec, is_school=is_school), found[pk]) for pk, is_school in schools.items()
    }


def before(round_: Round, rows: list[Submission]) -> Before:
    """Last year's submissions and the waivers given; three queries."""
    spec = standards.load_spec(round_.standard)
    last_year = content_queries.last_years(round_, spec, rows)
    waived: dict[int, dict[tuple[str, str], str]] = defaultdict(dict)
    for waiver in Waiver.objects.filter(submission__round=round_):
        waived[waiver.submission_id][waiver.check_code, waiver.field] = waiver.message
    return Before(last_year, waived)


def workbook(user: User, round_: Round) -> bytes:
    """Raises NotFound when the person may follow nobody in the round."""
    rows = respondents(user, round_)
    if not rows:
        raise NotFound("这个评估年度里没有您可以查看的学校。")
    stored = stored_answers(round_, rows)
    own: Mapping[str, Answer] = next((stored[row.pk] for row in rows if row.school_id is None), {})
    filled = template.Prefilled(
        round_code=round_.code,
        round_name=round_.name,
        district_code=round_.district.code,
        district_name=round_.district.name,
        standard=f"{round_.standard.name}（{round_.standard.version}）",
        created=timezone.localdate(),
        district=own,
        schools=[template.SchoolAnswers(r.school.code, r.school.name, stored[r.pk]) for r in rows if r.school],
    )
    return template.render(standards.load_spec(round_.standard), filled)


def plan(
    read: template.ReadWorkbook,
    round_: Round,
    spec: Spec,
    rows: list[Submission],
    stored: Mapping[int, Mapping[str, Answer]],
    register: Mapping[str, School] | None = None,
    before: Before | None = None,
) -> WorkbookPlan:
    """Match a workbook with the round's submissions; what does not fit goes to `read.problems`.

    `register` replaces the database where the schools come from a file as well.
    """
    names = {row.school.code: row.school.name for row in rows if row.school}
    by_code = {row.school.code if row.school else template.BUREAU: row for row in submissions.as_then(rows)}
    entries = list[PlanEntry]()
    for code in read.answers:
        if row := by_code.get(code):
            entries.append(PlanEntry.of(row, code, read, spec, stored.get(row.pk, {})))
    command = f"open_round {round_.code} --district {round_.district.code} --add"
    strangers = rounds.strangers(
        round_,
        {code: read.rows.get(code, "工作簿") for code in read.answers if code not in by_code},
        register,
        unknown="请核对代码，或先导入学校名录",
        unopened=f"该校可能在开启之后才登记；请在评估年度页面加入新登记的学校（或运行 {command}）后再导入",
    )
    read.problems += strangers.problems
    # What a command only judges is not stored.
    for entry in entries if register is None else ():
        for field, answer in entry.changed.items():
            if said := answers.personal_in(answer):
                what, _, do = said.partition("。")
                where = read.where(entry.code, field)
                read.problems.append(Problem(f"{entry.submission.respondent}：{what}", where, do))
    after = {entry.code: entry.after for entry in entries}
    own = ((row.school, stored.get(row.pk, {})) for row in rows if row.school)
    schools = [submissions.school_data(school, after.get(school.code, given)) for school, given in own]
    checked = [_checked(entry, read, spec, before or Before({}, {}), schools) for entry in entries]
    for entry in checked:
        # What was wrong before and is not in the workbook is the school's to correct, not the importer's.
        read.problems.extend(entry.errors if entry.changed else ())
    named = (register_workbook.NamedRow(code, name, where) for code, (name, where) in read.names.items())
    others = register_workbook.compare_names(named, names, register is None)
    read.problems += others.problems
    return WorkbookPlan(tuple(checked), (*read.notes, *strangers.notes, *others.notes))


def _checked(
    entry: PlanEntry, read: template.ReadWorkbook, spec: Spec, before: Before, schools: Sequence[SchoolData]
) -> PlanEntry:
    """With what the standard finds wrong or unlikely in the figures as they would be afterwards."""
    row = entry.submission
    if entry.changed and not row.is_editable:
        what = f"{row.respondent}的填报{row.get_state_display()}，不能再改（{len(entry.changed)} 处与表中不同）"
        do = "请先在审核页面退回，或从表中删除该行"
        return replace(entry, errors=(Problem(what, read.rows.get(entry.code, ""), do),))
    last_year, waived = before.last_year.get(row.pk, {}), before.waived.get(row.pk, {})
    found = (
        check_school(spec, row.school.kind, entry.after, last_year)
        if row.school
        else check_district(spec, entry.after, last_year, schools)
    )
    return replace(
        entry,
        errors=tuple(placed(one, entry.code, row.respondent, read) for one in found if one.level == "error"),
        warnings=tuple(
            placed(one, entry.code, row.respondent, read)
            for one in found
            if one.level == "warning" and waived.get((one.code, one.item)) != one.message[:300]
        ),
    )


def placed(problem: Fault, code: str, respondent: str, read: template.ReadWorkbook) -> Problem:
    """At its place in the workbook; the engine counts a table's rows, a person those of the sheet."""
    message, where = problem.message, read.where(code, problem.item)
    lines = read.lines.get((code, problem.item), [])
    if problem.row and lines:
        message = _ROW.sub(lambda found: f"第 {lines[int(found[1]) - 1]} 行", message)
        where = _ROW.sub(f"第 {lines[problem.row - 1]} 行", where)
    what, _, do = message.partition("；")
    return Problem(
        f"{respondent}：{what}" if respondent else what, where, do or ("" if "请" in what else "请核对后改正")
    )


MOST_ENTRIES, MOST_WARNINGS = 400, 200


def preview(outcome: WorkbookOutcome) -> dict[str, Any]:
    """Counts are of all, lists are cut."""
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
