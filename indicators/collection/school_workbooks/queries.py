"""What a school's workbook would change: the answers it holds otherwise than it came, what is wrong or unlikely in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from indicators.collection.school_workbooks import workbook
from indicators.collection.submissions import (
    answers,
    proposal_pages as proposals,
    queries,
    rights,
    sheet_pages as sheet,
    workflow,
)
from indicators.collection.submissions.models import Submission
from indicators.collection.workbooks.queries import placed
from indicators.collection.workbooks.workbook import BUREAU
from indicators.standard.engine import Answer, Item, check_school
from portal.core.accounts.models import User
from portal.core.errors import Invalid, Problem
from portal.core.lib import digests

_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class SchoolWorkbookPlan:
    """The changed answers, the version each was made from, where each stands; `problems` stop the import."""

    values: Mapping[str, Answer]
    versions: Mapping[str, int]
    places: Mapping[str, str]
    notes: tuple[str, ...]
    warnings: tuple[Problem, ...]
    problems: tuple[Problem, ...]


def read(*, submission_id: int, data: bytes, name: str, by: User) -> tuple[SchoolWorkbookPlan, queries.SubmissionFacts]:
    """What a workbook would change. Raises Invalid with every fault."""
    submission, _ = rights.school_form(by, submission_id)
    rights.ensure_editable(submission)
    facts = queries.load(submission)
    planned = plan(workbook.read(data, facts), facts, by)
    if planned.problems:
        count = len(planned.problems)
        raise Invalid(f"“{name}”有 {count} 处错误，没有写入任何数据。请逐条改正后重新上传。", planned.problems)
    return planned, facts


def offered(facts: queries.SubmissionFacts, by: User) -> list[Item]:
    """As on the form, without what is another person's to state."""
    foreign = _foreign(facts, by)
    asked = {item.code for item in workflow.assess(facts).asked}
    return [item for item in sheet.offered(facts, asked) if item.code not in foreign]


def _foreign(facts: queries.SubmissionFacts, by: User) -> frozenset[str]:
    return frozenset() if rights.may_state(by, facts.submission) else queries.statements(facts.items)


def plan(found: workbook.ReadSchoolWorkbook, facts: queries.SubmissionFacts, by: User) -> SchoolWorkbookPlan:
    items, foreign = facts.items, _foreign(facts, by)
    changed = {
        code: answer
        for code, answer in found.answers.items()
        if facts.answers.get(code) != answer and not found.is_untouched(items[code], answer)
    }
    values = {code: answer for code, answer in changed.items() if code not in foreign}
    notes = [
        *found.read.notes,
        *_named("由校长本人确认，没有列入：", [code for code in changed if code in foreign], facts),
        *_named("在工作簿里清空了，系统里的没有改动，要清空请在填报页里清空：", found.cleared, facts),
    ]
    faults = [*found.read.problems]
    for code, answer in values.items():
        if said := answers.personal_in(answer):
            what, _, do = said.partition("。")
            faults.append(Problem(what, found.read.where(BUREAU, code), do))
    warnings = list[Problem]()
    before = check_school(facts.spec, facts.kind, facts.answers, facts.last_year)
    known = {(one.code, one.item) for one in before}
    for one in check_school(facts.spec, facts.kind, {**facts.answers, **values}, facts.last_year):
        # What was wrong before is on the form already.
        if (one.code, one.item) not in known:
            (faults if one.level == "error" else warnings).append(placed(one, BUREAU, "", found.read))
    return SchoolWorkbookPlan(
        values=values,
        versions={code: found.version(code) for code in values},
        places={code: found.read.where(BUREAU, code) for code in values},
        notes=tuple(notes),
        warnings=tuple(warnings),
        problems=tuple(faults),
    )


def _named(what: str, codes: list[str], facts: queries.SubmissionFacts) -> list[str]:
    if not codes:
        return []
    more = f"等 {len(codes)} 项" if len(codes) > _MOST_NAMED else ""
    return [what + "、".join(facts.items[code].label for code in codes[:_MOST_NAMED]) + more + "。"]


def preview(planned: SchoolWorkbookPlan, facts: queries.SubmissionFacts) -> dict[str, Any]:
    values = {code: answers.frozen(facts.items[code], answer) for code, answer in planned.values.items()}
    return {
        "digest": digests.fingerprint([values, dict(planned.versions)]),
        "values": values,
        "versions": dict(planned.versions),
        "places": dict(planned.places),
        "notes": list(planned.notes),
        "warnings": [str(warning) for warning in planned.warnings],
    }


def up_to_date(submission: Submission, plan: Mapping[str, Any]) -> dict[str, Any]:
    """The preview with what is stored now."""
    facts = queries.load(submission)
    lines = [
        proposals.propose(
            facts,
            code,
            answers.thawed(facts.items[code], plan["values"][code]),
            sources=[plan["places"][code]],
            # With the version of now: who sees what is there now may overwrite it.
            take=f"{code}:{facts.version(code)}",
            version=plan["versions"][code],
        )
        for code in plan["values"]
        if code in facts.items
    ]
    return {
        **plan,
        "proposals": lines,
        "left": sum(one.is_open for one in lines),
        "conflicts": sum(bool(one.conflict) for one in lines if not one.is_same),
    }
